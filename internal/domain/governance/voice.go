package governance

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// Approve is the body of governance/approve.
type Approve struct {
	Proposal publica.EntryID `json:"proposal"`
}

// Reject is the body of governance/reject; the part "reason" says why.
type Reject struct {
	Proposal publica.EntryID `json:"proposal"`
}

var rejectParts = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkApprove(e *machine.Entry, b *Approve) error {
	return machine.First(checkVoice(e, b.Proposal), machine.CheckParts(e))
}

func checkReject(e *machine.Entry, b *Reject) error {
	return machine.First(checkVoice(e, b.Proposal), machine.CheckParts(e, rejectParts...))
}

func checkVoice(e *machine.Entry, proposal publica.EntryID) error {
	if proposal.IsZero() {
		return publica.Problem(publica.Invalid, "body/proposal", "is missing").WithHint("the id of the entry that proposed it")
	}
	return machine.First(machine.NoDocket(e), machine.ForBody(e))
}

func applyApprove(tx *machine.Tx, e *machine.Entry, b *Approve) error {
	p, err := requireOpen(tx, e, b.Proposal)
	if err != nil {
		return err
	}
	if p.Approvals, p.Rejections, err = move(e.For, p.Approvals, p.Rejections, "approved"); err != nil {
		return err
	}
	proposals.Put(tx, b.Proposal[:], p)
	settle(tx, b.Proposal)
	return nil
}

func applyReject(tx *machine.Tx, e *machine.Entry, b *Reject) error {
	p, err := requireOpen(tx, e, b.Proposal)
	if err != nil {
		return err
	}
	if p.Rejections, p.Approvals, err = move(e.For, p.Rejections, p.Approvals, "rejected"); err != nil {
		return err
	}
	proposals.Put(tx, b.Proposal[:], p)
	return nil
}

// requireOpen returns an open proposal, if the author speaks for a member.
func requireOpen(tx *machine.Tx, e *machine.Entry, id publica.EntryID) (Proposal, error) {
	if err := requireGovernor(tx, e); err != nil {
		return Proposal{}, err
	}
	p, ok := Get(tx, id)
	if !ok {
		return p, publica.Problem(publica.NotFound, "body/proposal", "is not a proposal of this register")
	}
	if p.Status != Open {
		return p, publica.Problem(publica.Late, "body/proposal", "is no longer open: it is "+string(p.Status))
	}
	return p, nil
}

// move takes a body's one voice to where it says, from where it was.
func move(body publica.BodyID, to, from []publica.BodyID, done string) (_, _ []publica.BodyID, err error) {
	if slices.Contains(to, body) {
		return nil, nil, publica.Problem(publica.Conflict, "for", "has "+done+" it already: a body has one voice")
	}
	return append(slices.Clone(to), body), slices.DeleteFunc(slices.Clone(from), func(b publica.BodyID) bool { return b == body }), nil
}
