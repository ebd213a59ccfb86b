package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// A trusteeSeat is a trustee of the sample: an actor, and the body it is of.
type trusteeSeat struct{ actor, body string }

// trusteeSecrets are what a trustee keeps of one key.
type trusteeSecrets struct {
	boxes []sealed.BoxSecret
	deal  *sealed.Deal
}

// seats gives trustees the role for their bodies that a tender asks of them.
func (t *tendering) seats(ctx context.Context) error {
	var all []line
	for i, x := range t.trustees {
		all = append(all, line{
			name: "grant/" + x.actor, by: "founder", kind: "identity/grant", forBody: x.body,
			body: member{"key": t.seated(i), "role": "member"}, lasting: true,
		})
	}
	return t.say(ctx, all...)
}

// named are the trustees as publish names them.
func (t *tendering) named() (all []tender.Trustee) {
	for i, x := range t.trustees {
		all = append(all, tender.Trustee{Body: publica.BodyID(t.id("body/" + x.body)), Key: t.seated(i)})
	}
	return all
}

// served reports whether the trustees run by themselves.
func (t *tendering) served() bool { return len(t.stage.trustees) == len(t.trustees) }

// seated is the key of the i-th trustee.
func (t *tendering) seated(i int) publica.KeyID {
	if t.served() {
		return t.stage.trustees[i]
	}
	return t.key(t.trustees[i].actor).ID()
}

// atWork is how long trustees that run by themselves may take for the ceremony on a
// register that takes so long for a record.
func (t *tendering) atWork(beat time.Duration) time.Duration {
	if !t.served() {
		return 0
	}
	return max(8*time.Second, 24*beat)
}

// makeKeys plays the ceremony of all keys: each step is over when everyone took it.
func (t *tendering) makeKeys(ctx context.Context) error {
	if t.served() {
		_, err := t.reaches(ctx, tender.Bidding)
		return err
	}
	t.secrets = map[string]*trusteeSecrets{}
	for _, step := range []string{"announce", "commit", "deal", "complain"} {
		now, err := t.look(ctx)
		if err != nil {
			return err
		}
		if now.Step != step {
			return publica.Problem(publica.Conflict, "", "the ceremony is at the step "+now.Step+", not at "+step)
		}
		var all []line
		for i, x := range t.trustees {
			for _, k := range now.Ceremony().Keys {
				body, err := t.step(now, step, i+1, k)
				if err != nil {
					return err
				}
				all = append(all, t.record(x.actor, fmt.Sprintf("%s/%s/%s", step, x.actor, k.Lot+k.Envelope), publica.Kind("trustee-"+step), body, nil))
			}
		}
		if err := t.say(ctx, all...); err != nil {
			return err
		}
	}
	return nil
}

// step is what a trustee puts on record in a step, for one key.
func (t *tendering) step(now *sight, step string, number int, k *tender.Key) (any, error) {
	name := t.trustees[number-1].actor + "/" + k.Lot + k.Envelope
	mine := t.secrets[name]
	switch step {
	case "announce":
		secrets, a, err := sealed.Announce(len(t.trustees), rand.Reader)
		t.secrets[name] = &trusteeSecrets{boxes: secrets}
		return tender.Announce{Boxes: a.Boxes, Envelope: k.Envelope, Lot: k.Lot}, err
	case "commit":
		deal, err := now.CeremonyOf(k).NewDeal(number, rand.Reader)
		if err != nil {
			return nil, err
		}
		mine.deal = deal
		return tender.Commit{Commitment: now.CeremonyOf(k).Commitment(number, deal), Envelope: k.Envelope, Lot: k.Lot}, nil
	case "deal":
		return tender.Deal{Deal: *mine.deal, Envelope: k.Envelope, Lot: k.Lot}, nil
	}
	return tender.Complain{Complaints: mine.wrong(now.CeremonyOf(k), number, k.Records().Deals), Envelope: k.Envelope, Lot: k.Lot}, nil
}

// wrong are the complaints about shares that are not what their deal commits to.
func (x *trusteeSecrets) wrong(c *sealed.Ceremony, number int, deals []*sealed.Deal) []tender.Complaint {
	all := []tender.Complaint{}
	for i, d := range deals {
		if d == nil {
			continue
		}
		if _, err := c.OpenShare(i+1, number, d, x.boxes[i]); err != nil {
			all = append(all, tender.Complaint{Dealer: i + 1, Secret: x.boxes[i]})
		}
	}
	return all
}

// openEnvelopes publishes the shares that open an envelope of all bids: those of as
// many trustees as it takes.
func (t *tendering) openEnvelopes(ctx context.Context, envelope string, numbers ...int) error {
	if t.served() {
		_, err := t.sees(ctx, "the envelope "+envelope+" open", func(now *sight) bool {
			return slices.ContainsFunc(now.Openings, func(o *tender.Opening) bool { return o.Envelope == envelope })
		})
		return err
	}
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	var all []line
	for _, k := range now.Ceremony().Keys {
		if k.Envelope != envelope {
			continue
		}
		made, err := now.Make(k)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			actor := t.trustees[n-1].actor
			share, err := now.CeremonyOf(k).Share(made, n, k.Records().Deals, t.secrets[actor+"/"+k.Lot+k.Envelope].boxes)
			if err != nil {
				return err
			}
			all = append(all, t.record(actor, fmt.Sprintf("share/%s/%s", actor, k.Lot+k.Envelope), "open-share",
				tender.OpenShare{Envelope: k.Envelope, Lot: k.Lot, Share: &share.Value, Trustee: n}, nil))
		}
	}
	return t.say(ctx, all...)
}
