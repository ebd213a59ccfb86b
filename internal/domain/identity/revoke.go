package identity

import (
	"slices"

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
	if err := requireGranter(tx, e); err != nil {
		return err
	}
	mine := RolesOf(tx, e.For, b.Key)
	i := slices.Index(mine, b.Role)
	if i < 0 {
		return publica.Problem(publica.NotFound, "body/role", "the key does not hold the role "+string(b.Role)+" for this body")
	}
	if mine = slices.Delete(slices.Clone(mine), i, i+1); len(mine) == 0 {
		roles.Delete(tx, roleKey(e.For, b.Key))
	} else {
		roles.Put(tx, roleKey(e.For, b.Key), held{mine})
	}
	if b.Role == VerifiedBy {
		if n, _ := verified.Get(tx, b.Key[:]); n > 1 {
			verified.Put(tx, b.Key[:], n-1)
		} else {
			verified.Delete(tx, b.Key[:])
		}
	}
	return nil
}
