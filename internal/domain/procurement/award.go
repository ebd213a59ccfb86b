package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Award is the body of procurement/award: as it was intended, by a person who signs
// a reason and cites the records it rests on. The part reason is required.
type Award struct {
	Bid   publica.EntryID   `json:"bid"`
	Cites []publica.EntryID `json:"cites"`
	Lot   string            `json:"lot,omitzero"`
	Value Money             `json:"value"`
}

func checkAward(e *machine.Entry, b *Award) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/bid", b.Bid), b.Value.check("body/value", 1), checkCites(b.Cites), machine.CheckParts(e, reasonRequired...))
}

func applyAward(tx *machine.Tx, e *machine.Entry, b *Award) error {
	_, s, err := officer(tx, e, Awarding)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	if err := machine.First(s.stayed(), cited(tx, e.Docket, b.Cites), b.Value.in(&t, "body/value")); err != nil {
		return err
	}
	i, err := s.lot(b.Lot)
	if err != nil {
		return err
	}
	lot := &s.Lots[i]
	switch {
	case lot.Intent.IsZero():
		return publica.Problem(publica.NotFound, "body/lot", "is not intended for anyone").WithHint("say so first, with procurement/intent")
	case !lot.Award.IsZero():
		return publica.Problem(publica.Conflict, "body/lot", "is awarded already, by "+lot.Award.String())
	case lot.Winner != b.Bid || lot.Value != b.Value.Amount:
		return publica.Problem(publica.Conflict, "body/bid", "or value is not what the intent says").WithHint("award as intended; a decision on a protest reopens the intent")
	}
	if err := lot.rests(b.Cites); err != nil {
		return err
	}
	lot.Award = e.ID
	if s.every(func(l *Lot) bool { return !l.Award.IsZero() }) {
		s.Stage = Contracting
	}
	s.protestable(tx, e.Docket, e.ID)
	put(tx, e.Docket, s)
	return nil
}
