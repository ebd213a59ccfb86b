package procurement

import (
	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Commit is the body of procurement/trustee-commit: what binds a trustee to its
// deal before anyone reveals one.
type Commit struct {
	Commitment sealed.Hash `json:"commitment"`
	Envelope   string      `json:"envelope"`
	Lot        string      `json:"lot,omitzero"`
}

func checkCommit(e *machine.Entry, b *Commit) error {
	if b.Commitment == (sealed.Hash{}) {
		return publica.Problem(publica.Invalid, "body/commitment", "is missing").WithHint("the hash of what is to be revealed later")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyCommit(tx *machine.Tx, e *machine.Entry, b *Commit) error {
	s, t, w, k, err := atStep(tx, e, CommitStep, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	i, err := t.trusteeOf(e)
	if err != nil {
		return err
	}
	if k.Commitments[i-1] != (sealed.Hash{}) {
		return again("has committed")
	}
	k.Commitments[i-1] = b.Commitment
	return took(tx, e, &s, w, k)
}
