package procurement

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// MilestoneReached is the body of procurement/milestone. The supplier signs with
// the key of its bid. Parts: text (required), attachment-1 ….
type MilestoneReached struct {
	Contract  publica.EntryID `json:"contract"`
	Milestone string          `json:"milestone"`
}

func checkMilestone(e *machine.Entry, b *MilestoneReached) error {
	return machine.First(machine.InDocket(e), checkOne("body/contract", b.Contract), machine.CheckParts(e, textParts...))
}

func applyMilestone(tx *machine.Tx, e *machine.Entry, b *MilestoneReached) error {
	_, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	a, err := running(tx, e, b.Contract)
	if err != nil {
		return err
	}
	if e.Author != a.Supplier {
		if _, err := docket.RequireLead(tx, e); err != nil {
			return publica.Problem(publica.Forbidden, "author", "is neither the supplier nor acts for the buyer").WithHint("the supplier signs with the key of its bid")
		}
	}
	m, err := a.milestone(b.Milestone)
	if err != nil {
		return err
	}
	if !m.Accepted.IsZero() {
		return publica.Problem(publica.Conflict, "body/milestone", "is accepted already")
	}
	m.Reached = e.ID
	keep(tx, e, s, b.Contract, a)
	return nil
}
