package identity

import (
	"publica"
	"publica/internal/machine"
)

// Revoke is the body of identity/revoke; the part "reason" says why. What the
// key did while it held the role stays valid.
type Revoke struct {
	Key  publica.KeyID `json:"key"`
	Role Role          `json:"role"`
}

var revokeParts = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkRevoke(e *machine.Entry, b *Revoke) error {
	return machine.First(checkRole(e, b.Key, b.Role), machine.CheckParts(e, revokeParts...))
}

func applyRevoke(tx *machine.Tx, e *machine.Entry, b *Revoke) error {
	if err := requireGranter(tx, e, b.Role); err != nil {
		return err
	}
	if !HasRole(tx, e.For, b.Key, b.Role) {
		return publica.Problem(publica.NotFound, "body/role", "the key does not hold the role "+string(b.Role)+" for this body")
	}
	if b.Role == Governor && IsMember(tx, e.For) && len(Governors(tx, e.For)) == 1 {
		return publica.Problem(publica.Conflict, "body/key", "is the last governor of a member body, which would lose its voice").
			WithHint("grant the role governor to another key first")
	}
	take(tx, e.For, b.Key, b.Role)
	return nil
}
