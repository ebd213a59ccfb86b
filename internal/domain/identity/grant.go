package identity

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// Grant is the body of identity/grant. The entry's "for" names the body the
// role is for.
type Grant struct {
	Key  publica.KeyID `json:"key"`
	Role Role          `json:"role"`
}

func checkGrant(e *machine.Entry, b *Grant) error {
	return machine.First(checkRole(e, b.Key, b.Role), machine.CheckParts(e))
}

func applyGrant(tx *machine.Tx, e *machine.Entry, b *Grant) error {
	if err := requireGranter(tx, e); err != nil {
		return err
	}
	mine := RolesOf(tx, e.For, b.Key)
	if slices.Contains(mine, b.Role) {
		return publica.Problem(publica.Conflict, "body/role", "the key holds the role "+string(b.Role)+" already")
	}
	mine = append(slices.Clone(mine), b.Role)
	slices.Sort(mine)
	roles.Put(tx, roleKey(e.For, b.Key), held{mine})
	if b.Role == VerifiedBy {
		n, _ := verified.Get(tx, b.Key[:])
		verified.Put(tx, b.Key[:], n+1)
	}
	return nil
}

func checkRole(e *machine.Entry, key publica.KeyID, role Role) error {
	if err := machine.First(machine.NoDocket(e), machine.ForBody(e)); err != nil {
		return err
	}
	if key.IsZero() {
		return publica.Problem(publica.Invalid, "body/key", "is missing").WithHint("the fingerprint of the key the role is for")
	}
	if !slices.Contains(allRoles, role) {
		return publica.Problem(publica.Invalid, "body/role", "is not a role").
			WithHint("one of admin, coordinator, moderator, reviewer, intake, importer, verified, member")
	}
	return nil
}

func requireGranter(tx *machine.Tx, e *machine.Entry) error {
	if err := RequireBody(tx, "for", e.For); err != nil {
		return err
	}
	if IsFounder(tx, e.Author) || HasRole(tx, e.For, e.Author, Admin) {
		return nil
	}
	return publica.Problem(publica.Forbidden, "author", "is neither a founder key nor an admin of the body named in for").
		WithHint("ask an admin of the body")
}
