package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
	"publica/tender/profile"
)

// Amend is the body of procurement/amend: the new dates, and what else changes.
// Bids are bound to the text they were made for, so those sent before are
// superseded. Parts: reason (required), text, rules (required of rules that change, as
// with [Publish]), attachment-1 ….
type Amend struct {
	Criteria  []Criterion  `json:"criteria,omitempty"` // all of them, if they change
	Deadline  publica.Time `json:"deadline"`           // not before the one that stands
	Enquiries publica.Time `json:"enquiries"`          // not before the one that runs
	Rules     *sealed.Hash `json:"rules,omitzero"`     // if they change
}

var amendParts = append([]machine.PartRule{{Name: "text", Media: machine.Text}, {Name: "rules"}}, reasonRequired...)

func checkAmend(e *machine.Entry, b *Amend) error {
	if len(b.Criteria) > 0 {
		if err := checkCriteria(b.Criteria); err != nil {
			return err
		}
	}
	if err := machine.First(machine.InDocket(e), machine.ForBody(e), checkDates(b.Enquiries, b.Deadline), machine.CheckParts(e, amendParts...)); err != nil || b.Rules == nil {
		return err
	}
	if *b.Rules == (sealed.Hash{}) {
		return publica.Problem(publica.Invalid, "body/rules", "is zero").WithHint("leave it out if the rules stay")
	}
	return givesRules(e, *b.Rules)
}

func applyAmend(tx *machine.Tx, e *machine.Entry, b *Amend) error {
	_, s, err := officer(tx, e, Bidding)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	policy, err := t.Profile.Policy()
	if err != nil {
		return err
	}
	if err := b.later(tx, &policy, &s); err != nil {
		return err
	}
	t.Deadline, t.Enquiries = b.Deadline, b.Enquiries
	if b.Rules != nil {
		t.Rules = *b.Rules
	}
	if len(b.Criteria) > 0 {
		t.Criteria = b.Criteria
		if err := t.checkBoard(&policy); err != nil {
			return err
		}
	}
	s.Amendments++
	s.Text = textHash(s.Text, e.ID)
	s.dates(tx, e.Docket, &t, e.ID)
	terms.Put(tx, e.Docket[:], t)
	put(tx, e.Docket, s)
	return nil
}

// later refuses dates that give bidders less time than they had, to bid or to ask, and
// a deadline that gives less than the profile asks for.
func (b *Amend) later(tx *machine.Tx, p *profile.Policy, s *State) error {
	if stands := s.Clock(DeadlineClock, publica.EntryID{}); stands != nil && b.Deadline < stands.Ends {
		return publica.Problem(publica.Conflict, "body/deadline", "is before the one that stands, "+stands.Ends.String()).WithHint("keep it or extend it")
	}
	if runs := s.Clock(EnquiriesClock, publica.EntryID{}); runs != nil && b.Enquiries < runs.Ends {
		return publica.Problem(publica.Conflict, "body/enquiries", "is before the one that runs, "+runs.Ends.String()).WithHint("keep it or extend it")
	}
	earliest := tx.Time().Add(days(p.AmendDays))
	if b.Deadline < earliest {
		return publica.Problem(publica.Invalid, "body/deadline", "must be at least "+strconv.FormatInt(p.AmendDays, 10)+" days after the amendment").
			WithHint("set it to " + earliest.String() + " or later")
	}
	return nil
}

// dates starts the clocks of questions and bids.
func (s *State) dates(tx *machine.Tx, in publica.DocketID, t *Publish, record publica.EntryID) {
	s.stop(EnquiriesClock, publica.EntryID{})
	if t.Enquiries > tx.Time() {
		s.start(tx, in, Clock{Ends: t.Enquiries, Name: EnquiriesClock, Record: record})
	}
	s.start(tx, in, Clock{Ends: t.Deadline, Name: DeadlineClock, Record: record})
}
