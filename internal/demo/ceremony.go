package demo

import (
	"context"
	"errors"
	"sync"
	"time"

	"publica"
	"publica/sealed"
	"publica/tender"
	"publica/trustee"
)

// A trusteeSeat is a trustee of the sample: an actor, and the body it is of. One that
// is no actor of the sample acts by itself, in the node that runs it.
type trusteeSeat struct {
	actor, body string
	itself      bool
}

// runs has the trustees of a tender run by nodes that have their keys: they act by
// themselves.
func (t *tendering) runs(keys []*publica.PrivateKey) {
	for i := range t.trustees {
		t.trustees[i].itself = true
		t.given[t.trustees[i].actor] = keys[i]
	}
}

// keyOf is the key by which a trustee signs.
func (t *tendering) keyOf(x trusteeSeat) publica.KeyID { return t.key(x.actor).ID() }

// seats gives trustees the role for their bodies that a tender asks of them, once.
func (t *tendering) seats(ctx context.Context) error {
	var all []line
	for _, x := range t.trustees {
		if t.has("grant/" + x.actor) {
			continue
		}
		all = append(all, line{
			name: "grant/" + x.actor, by: "founder", kind: "identity/grant", forBody: x.body,
			body: member{"key": t.keyOf(x), "role": "member"}, lasting: true,
		})
	}
	return t.say(ctx, all...)
}

// named are the trustees as publish names them.
func (t *tendering) named() (all []tender.Trustee) {
	for _, x := range t.trustees {
		all = append(all, tender.Trustee{Body: publica.BodyID(t.id("body/" + x.body)), Key: t.keyOf(x)})
	}
	return all
}

// byThemselves reports whether nodes run the trustees.
func (t *tendering) byThemselves() bool { return t.trustees[0].itself }

// makeKeys plays the ceremony of all keys, or waits for it: each step is over when
// everyone took it.
func (t *tendering) makeKeys(ctx context.Context) error {
	if t.byThemselves() {
		return t.reaches(ctx, tender.Bidding)
	}
	t.secrets = map[string]*trustee.Secrets{}
	for range 4 { // announce, commit, deal, complain
		if err := t.act(ctx, t.trustees...); err != nil {
			return err
		}
	}
	return nil
}

// opened has as many trustees act as it takes to open these envelopes, or waits until
// they have.
func (t *tendering) opened(ctx context.Context, envelope string) error {
	if t.byThemselves() {
		return t.sees(ctx, "trustees that open the envelopes "+envelope, func(now *sight) bool {
			return int64(len(now.Key("", envelope).Shares)) > now.Terms().Threshold
		})
	}
	return t.act(ctx, t.trustees[0], t.trustees[2], t.trustees[3])
}

// destroyed has trustees whom the sample plays drop what they keep, and declare it.
func (t *tendering) destroyed(ctx context.Context) error {
	t.secrets = nil
	var all []line
	for _, x := range t.trustees {
		all = append(all, t.record(x.actor, "destroyed/"+x.actor, "trustee-destroy", member{}, nil))
	}
	return t.say(ctx, all...)
}

// forged is a line by which a trustee gives what is not its share.
func (t *tendering) forged(number int, envelope string) line {
	var share sealed.Scalar
	copy(share[:len(share)-1], t.derive("forged share")) // below the order of the group
	return t.record(t.trustees[number-1].actor, "share/forged", "open-share", member{"envelope": envelope, "share": share, "trustee": number}, nil)
}

// act has each of these trustees do what is due, at the same time.
func (t *tendering) act(ctx context.Context, all ...trusteeSeat) error {
	errs, counts := make([]error, len(all)), make([]int, len(all))
	for _, x := range all {
		if t.secrets[x.actor] == nil {
			t.secrets[x.actor] = new(trustee.Secrets)
		}
	}
	var wg sync.WaitGroup
	for i, x := range all {
		wg.Go(func() { counts[i], errs[i] = t.actOf(ctx, x) })
	}
	wg.Wait()
	for _, n := range counts {
		t.count += n
	}
	return errors.Join(errs...)
}

// actOf has one trustee look, and do what is due. What it keeps lasts as long as
// the sample is played.
func (t *tendering) actOf(ctx context.Context, x trusteeSeat) (n int, err error) {
	now, err := t.look(ctx)
	if err != nil {
		return 0, err
	}
	seat, err := trustee.New(now.Process, t.key(x.actor), t.secrets[x.actor], trustee.World{
		Now:  func() publica.Time { return publica.TimeOf(time.Now()) },
		Keep: func(*trustee.Secrets) error { return nil },
		Send: func(s *publica.Submission) error { return t.send(ctx, s) },
	})
	if err != nil {
		return 0, err
	}
	for _, a := range seat.Due() {
		if _, err := seat.Take(a); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// send hands in an entry and waits until it is in the log.
func (t *tendering) send(ctx context.Context, s *publica.Submission) error {
	if _, err := t.client.Submit(ctx, s); err != nil {
		return err
	}
	return t.await(ctx, &line{name: t.docket + "/act/" + s.Signed.ID().String()}, s)
}
