package viewtest

import (
	"encoding/json/v2"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/tender"
)

// Those who take part in the tender that records go to.

// Ceremony has trustees, and in confidential mode evaluators, make its keys.
func (r *Register) Ceremony(actors ...string) {
	r.TB.Helper()
	for r.Tender(r.Docket).State.Stage == procurement.Ceremony {
		x := r.Tender(r.Docket)
		for _, actor := range actors {
			for i := range x.Slots {
				if !x.Lacks(actor, i) {
					continue
				}
				kind, body, err := x.Step(actor, string(x.State.Step), i)
				if err != nil {
					r.TB.Fatal(err)
				}
				r.Do(actor, kind, body)
			}
		}
	}
}

// Bid seals an offer for each envelope, and bids.
func (r *Register) Bid(actor, lot string, offers ...tender.Offer) publica.EntryID {
	r.TB.Helper()
	x := r.Tender(r.Docket)
	var texts []string
	for _, o := range offers {
		raw, err := o.Canonical()
		if err != nil {
			r.TB.Fatal(err)
		}
		texts = append(texts, string(raw))
	}
	body, parts, _, err := x.Seal(actor, lot, x.State.Text, texts)
	if err != nil {
		r.TB.Fatal(err)
	}
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		r.TB.Fatal(err)
	}
	id, err := r.Send(actor, publica.Entry{Kind: "procurement/bid", Docket: r.Docket, Body: raw}, parts...)
	if err != nil {
		r.TB.Fatal(err)
	}
	return id
}

// Unseal has trustees open an envelope of a lot: the slot of that number.
func (r *Register) Unseal(slot int, trustees ...string) {
	r.TB.Helper()
	for _, actor := range trustees {
		body, err := r.Tender(r.Docket).Open(actor, slot)
		if err != nil {
			r.TB.Fatal(err)
		}
		r.Do(actor, "procurement/open-share", body)
	}
}

// Pass lets time pass, with blocks where something is due and shortly before: after
// a gap clocks of tenders would be moved.
func (r *Register) Pass(d time.Duration) {
	r.TB.Helper()
	end := r.Now.Add(d)
	for {
		next, err := machine.NextDue(r.State, r.Now)
		if err != nil {
			r.TB.Fatal(err)
		}
		if next == 0 || next > end {
			break
		}
		for _, at := range []publica.Time{next.Add(-time.Second), next} {
			r.Now = max(r.Now, at)
			r.Block()
		}
	}
	r.Now = end
	r.Block()
}
