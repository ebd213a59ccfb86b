package commitment

import (
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// MilestoneDone is the body of commitment/milestone-done. By whom may update.
// Parts: evidence (required: where the deliverable is), attachment-1 ….
type MilestoneDone struct {
	At         publica.Time     `json:"at"` // when; not in the future
	Commitment publica.EntryID  `json:"commitment"`
	Imported   *docket.Imported `json:"imported,omitzero"`
	Milestone  string           `json:"milestone"`
}

var milestoneDoneParts = []machine.PartRule{
	{Name: "evidence", Media: machine.Text, Required: true},
	{Name: "attachment", Numbered: true},
}

func checkMilestoneDone(e *machine.Entry, b *MilestoneDone) error {
	if !idPattern.MatchString(b.Milestone) {
		return publica.Problem(publica.Invalid, "body/milestone", "is missing or not an id").WithHint("the id that the adoption gave it, for example portal-online")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), checkDay("body/at", b.At), b.Imported.Check(e),
		machine.CheckParts(e, milestoneDoneParts...))
}

func applyMilestoneDone(tx *machine.Tx, e *machine.Entry, b *MilestoneDone) error {
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if err := machine.First(s.reports(tx, e, b.Imported), happened(tx, b.At)); err != nil {
		return err
	}
	s.Milestones = slices.Clone(s.Milestones)
	m := s.milestone(b.Milestone)
	if m == nil {
		return publica.Problem(publica.NotFound, "body/milestone", "is not a milestone of this commitment").
			WithHint("a new one is promised with commitment/amend first")
	}
	if err := m.open("body/milestone"); err != nil {
		return err
	}
	m.Done = e.ID
	put(tx, b.Commitment, s)
	return nil
}
