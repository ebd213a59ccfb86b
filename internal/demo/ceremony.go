package demo

import (
	"context"
	"crypto/rand"
	"fmt"

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
	for _, x := range t.trustees {
		all = append(all, line{
			name: "grant/" + x.actor, by: "founder", kind: "identity/grant", forBody: x.body,
			body: member{"key": t.key(x.actor).ID(), "role": "member"}, lasting: true,
		})
	}
	return t.say(ctx, all...)
}

// named are the trustees as publish names them.
func (t *tendering) named() (all []tender.Trustee) {
	for _, x := range t.trustees {
		all = append(all, tender.Trustee{Body: publica.BodyID(t.id("body/" + x.body)), Key: t.key(x.actor).ID()})
	}
	return all
}

// makeKeys plays the ceremony of all keys: each step is over when everyone took it.
func (t *tendering) makeKeys(ctx context.Context) error {
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
