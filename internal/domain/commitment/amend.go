package commitment

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Amend is the body of commitment/amend: it replaces what it names and leaves the
// rest. By the lead body of the docket. Parts: those of the adoption whose text
// is new, deliverables of the milestones it names, and reason, required of all
// but imports, where its absence counts as unexplained.
type Amend struct {
	Agency     publica.BodyID    `json:"agency,omitzero"`
	Baseline   *Measure          `json:"baseline,omitzero"`
	Commitment publica.EntryID   `json:"commitment"`
	Dropped    []string          `json:"dropped,omitempty"` // milestones that are promised no more; none that is done
	Follows    []publica.EntryID `json:"follows,omitempty"` // more of them
	Imported   *docket.Imported  `json:"imported,omitzero"`
	Indicator  *Indicator        `json:"indicator,omitzero"`
	Milestones []Milestone       `json:"milestones,omitempty"` // new, or replaced; none that is done
	Supporting []publica.BodyID  `json:"supporting,omitempty"` // all of them
	Target     *Measure          `json:"target,omitzero"`
	Values     []Value           `json:"values,omitempty"` // all of them
}

func checkAmend(e *machine.Entry, b *Amend) error {
	reason := machine.PartRule{Name: "reason", Media: machine.Text, Required: b.Imported == nil}
	rules, err := milestoneParts(b.Milestones, append(promiseParts(false), reason))
	if err != nil {
		return err
	}
	err = machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), checkIndicator(b.Indicator),
		checkMeasure("body/baseline", b.Baseline), checkMeasure("body/target", b.Target), checkValues(b.Values),
		checkList("body/supporting", b.Supporting, maxBodies), checkList("body/follows", b.Follows, maxFollows),
		checkIDs("body/dropped", b.Dropped, MaxMilestones), b.Imported.Check(e), machine.CheckParts(e, rules...))
	if err != nil {
		return err
	}
	for i, id := range b.Dropped {
		if slices.ContainsFunc(b.Milestones, func(m Milestone) bool { return m.ID == id }) {
			return publica.Problem(publica.Invalid, "body/dropped/"+strconv.Itoa(i), "is in milestones too: it cannot be both dropped and promised")
		}
	}
	if !b.changes(e) {
		return publica.Problem(publica.Invalid, "body", "changes nothing").WithHint("name what is new: a field of the adoption, or a content part with the new words")
	}
	return nil
}

// changes reports whether the amendment names anything that is new.
func (b *Amend) changes(e *machine.Entry) bool {
	for i := range e.Content {
		if name := e.Content[i].Name; name != "reason" && (name != "author" || b.Imported != nil) {
			return true
		}
	}
	return b.Agency != publica.BodyID{} || b.Baseline != nil || b.Indicator != nil || b.Target != nil ||
		len(b.Dropped)+len(b.Follows)+len(b.Milestones)+len(b.Supporting)+len(b.Values) > 0
}

func applyAmend(tx *machine.Tx, e *machine.Entry, b *Amend) error {
	if _, err := lead(tx, e, b.Imported); err != nil {
		return err
	}
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if err := machine.First(requireBodies(tx, b.Agency, b.Supporting), requireFollows(tx, "body/follows", b.Follows), s.amendMilestones(b)); err != nil {
		return err
	}
	s.amendTerms(e, b)
	if !s.Imported {
		if err := s.checkable(); err != nil {
			return err
		}
	}
	s.Amendments++
	if !given(e, "reason") {
		s.Unexplained++
	}
	put(tx, b.Commitment, s)
	return nil
}

// amendTerms replaces what the amendment names.
func (s *State) amendTerms(e *machine.Entry, b *Amend) {
	if b.Agency != (publica.BodyID{}) {
		s.Agency = b.Agency
	}
	if b.Baseline != nil {
		s.Baseline = b.Baseline
	}
	if b.Indicator != nil {
		s.Indicator = b.Indicator
	}
	if b.Target != nil {
		s.Target = b.Target
	}
	if len(b.Supporting) > 0 {
		s.Supporting = b.Supporting
	}
	if len(b.Values) > 0 {
		s.Values = b.Values
	}
	s.Parts = withTexts(s.Parts, e)
}

// amendMilestones drops, replaces and adds milestones. What is done stands.
func (s *State) amendMilestones(b *Amend) error {
	s.Milestones = slices.Clone(s.Milestones)
	for i, id := range b.Dropped {
		m, field := s.milestone(id), "body/dropped/"+strconv.Itoa(i)
		if m == nil {
			return publica.Problem(publica.NotFound, field, "is not a milestone of this commitment")
		}
		if err := m.open(field); err != nil {
			return err
		}
		s.Milestones = slices.DeleteFunc(s.Milestones, func(m MilestoneState) bool { return m.ID == id })
	}
	for i, next := range b.Milestones {
		now := MilestoneState{Deliverable: next.Part != "", Due: next.Due, ID: next.ID}
		m := s.milestone(next.ID)
		if m == nil {
			s.Milestones = append(s.Milestones, now)
			continue
		}
		if err := m.open("body/milestones/" + strconv.Itoa(i)); err != nil {
			return err
		}
		now.Deliverable = now.Deliverable || m.Deliverable
		*m = now
	}
	if len(s.Milestones) > MaxMilestones {
		return publica.Problem(publica.TooLarge, "body/milestones", "are more than "+strconv.Itoa(MaxMilestones)+" with those that stand")
	}
	return nil
}

// open refuses a change of what is there already.
func (m *MilestoneState) open(field string) error {
	if !m.Done.IsZero() {
		return publica.Problem(publica.Conflict, field, "the milestone "+m.ID+" is done, by "+m.Done.String()+", and stands").
			WithHint("promise what is still to come as a milestone of its own")
	}
	return nil
}
