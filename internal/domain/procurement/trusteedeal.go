package procurement

import (
	"publica/internal/machine"
	"publica/sealed"
)

// Deal is the body of procurement/trustee-deal: the deal that was committed to.
type Deal struct {
	Deal     sealed.Deal `json:"deal"`
	Envelope string      `json:"envelope"`
	Lot      string      `json:"lot,omitzero"`
}

func checkDeal(e *machine.Entry, _ *Deal) error {
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyDeal(tx *machine.Tx, e *machine.Entry, b *Deal) error {
	s, t, w, k, err := atStep(tx, e, DealStep, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	i, err := t.trusteeOf(e)
	if err != nil {
		return err
	}
	if k.Dealt[i-1] {
		return again("has dealt")
	}
	if err := s.CeremonyOf(e.Docket, &t, w, &k).CheckDeal(i, k.Commitments[i-1], &b.Deal); err != nil {
		return under("body/deal", err)
	}
	k.Dealt[i-1] = true
	deals.Put(tx, dealKey(e.Docket, w, i-1), b.Deal)
	return took(tx, e, &s, w, k)
}
