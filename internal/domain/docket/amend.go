package docket

import (
	"bytes"
	"encoding/json/v2"
	"slices"
	"strconv"

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
	if !s.Fixed.IsZero() {
		return publica.Problem(publica.Late, "docket", "has a charter that stands since "+s.Fixed.String()+": people act under it, and know by it who decides").
			WithHint("open another docket for what is to have another charter")
	}
	if err := machine.First(b.Charter.suits(s.Type), b.Charter.requireBodies(tx, "body/charter")); err != nil {
		return err
	}
	may := s.mayAmend
	if !s.Codified.IsZero() {
		may = s.mayAddReviewers
	}
	if err := may(&b.Charter); err != nil {
		return err
	}
	s.Charter = b.Charter
	states.Put(tx, e.Docket[:], s)
	return nil
}

// mayAmend refuses what people could not have known when they took part: less
// room while contributions are welcome or announced, an open docket closed, or a
// promised period no longer served.
func (s *State) mayAmend(next *Charter) error {
	for _, name := range s.Charter.Periods {
		if !slices.Contains(next.Periods, name) {
			return publica.Problem(publica.Conflict, "body/charter/periods", "drops "+name+", which the charter promised").
				WithHint("a period that was promised stays required; add others if more time is needed")
		}
	}
	if next.RetentionDays != s.Charter.RetentionDays {
		return publica.Problem(publica.Conflict, "body/charter/retention_days", "is not what it was when the docket was opened: people took part under that").
			WithHint("keep it at " + strconv.FormatInt(s.Charter.RetentionDays, 10) + "; what must go earlier can be redacted")
	}
	welcome := s.Contributing() == nil
	if !welcome && !slices.ContainsFunc(s.Periods, func(p Period) bool { return p.Stage == Announced }) {
		return nil
	}
	if field, ok := s.Charter.narrows(next); ok {
		return publica.Problem(publica.Conflict, "body/charter/"+field, "narrows what people may do while contributions are open or announced").
			WithHint("amend it before a period is announced or after it closed")
	}
	if !welcome {
		return nil
	}
	after := *s
	after.Charter = *next
	if after.Contributing() != nil {
		return publica.Problem(publica.Conflict, "body/charter/periods", "would close a docket that takes contributions now").
			WithHint("open a period first, then name it in the charter")
	}
	return nil
}

// mayAddReviewers lets a codified docket name more bodies that review how it is
// carried out, nothing else.
func (s *State) mayAddReviewers(next *Charter) error {
	before, after := s.Charter, *next
	for _, id := range before.Reviewers {
		if !slices.Contains(after.Reviewers, id) {
			return publica.Problem(publica.Late, "body/charter/reviewers", "drops "+id.String()+": the docket is codified, and its reviewers stay")
		}
	}
	before.Reviewers, after.Reviewers = nil, nil
	if !before.equal(&after) {
		return publica.Problem(publica.Late, "docket", "is codified: its charter stands, but for more bodies that review").
			WithHint("send the charter as it stands, with the body added to reviewers")
	}
	return nil
}

// equal compares what two charters say.
func (c *Charter) equal(d *Charter) bool {
	x, errX := json.Marshal(c, json.Deterministic(true))
	y, errY := json.Marshal(d, json.Deterministic(true))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
