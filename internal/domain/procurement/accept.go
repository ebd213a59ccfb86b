package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Accept is the body of procurement/accept: what the buyer says of a milestone that
// is said to be reached. Parts: reason (required of a refusal), attachment-1 ….
type Accept struct {
	Contract  publica.EntryID `json:"contract"`
	Milestone string          `json:"milestone"`
	Refused   bool            `json:"refused,omitzero"`
}

func checkAccept(e *machine.Entry, b *Accept) error {
	rules := reasonOptional
	if b.Refused {
		rules = reasonRequired
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/contract", b.Contract), machine.CheckParts(e, rules...))
}

func applyAccept(tx *machine.Tx, e *machine.Entry, b *Accept) error {
	_, s, err := officer(tx, e, Contracting, Implementation)
	if err != nil {
		return err
	}
	a, err := running(tx, e, b.Contract)
	if err != nil {
		return err
	}
	m, err := a.milestone(b.Milestone)
	switch {
	case err != nil:
		return err
	case !m.Accepted.IsZero():
		return publica.Problem(publica.Conflict, "body/milestone", "is accepted already, by "+m.Accepted.String())
	case m.Reached.IsZero():
		return publica.Problem(publica.Early, "body/milestone", "is not said to be reached").WithHint("the supplier says so with procurement/milestone")
	case b.Refused:
		m.Reached = publica.EntryID{}
	default:
		m.Accepted = e.ID
	}
	keep(tx, e, s, b.Contract, a)
	return nil
}
