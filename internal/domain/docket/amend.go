package docket

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// Amend is the body of docket/amend-charter: the whole new charter. The part
// "reason" is required. It holds for what comes after: what is owed stays
// owed, and announced periods keep their times.
type Amend struct {
	Charter Charter `json:"charter"`
}

var reasonRequired = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkAmend(e *machine.Entry, b *Amend) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), b.Charter.check("body/charter"), machine.CheckParts(e, reasonRequired...))
}

func applyAmend(tx *machine.Tx, e *machine.Entry, b *Amend) error {
	s, err := RequireLead(tx, e)
	if err != nil {
		return err
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Late, "docket", "is codified: its charter stands")
	}
	if err := b.Charter.requireBodies(tx, "body/charter"); err != nil {
		return err
	}
	if err := s.mayAmend(&b.Charter); err != nil {
		return err
	}
	s.Charter = b.Charter
	states.Put(tx, e.Docket[:], s)
	return nil
}

// mayAmend refuses what people could not have known when they took part: less
// room while contributions are welcome, an open docket closed, or an announced
// period no longer served.
func (s *State) mayAmend(next *Charter) error {
	for _, name := range s.Charter.Periods {
		if s.Period(name) != nil && !slices.Contains(next.Periods, name) {
			return publica.Problem(publica.Conflict, "body/charter/periods", "drops "+name+", which is announced").
				WithHint("a period that was announced stays required; add others if more time is needed")
		}
	}
	if s.Contributing() != nil {
		return nil
	}
	if field, ok := s.Charter.narrows(next); ok {
		return publica.Problem(publica.Conflict, "body/charter/"+field, "narrows what people may do while contributions are open").
			WithHint("amend it before a period opens or after it closed")
	}
	after := *s
	after.Charter = *next
	if after.Contributing() != nil {
		return publica.Problem(publica.Conflict, "body/charter/periods", "would close a docket that takes contributions now").
			WithHint("open a period first, then name it in the charter")
	}
	return nil
}
