package identity

import (
	"slices"
	"strconv"

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
	if HasRole(tx, e.For, b.Key, b.Role) {
		return publica.Problem(publica.Conflict, "body/role", "the key holds the role "+string(b.Role)+" already")
	}
	if b.Role == Governor && len(Governors(tx, e.For)) >= MaxGovernors {
		return publica.Problem(publica.TooLarge, "body/role", "is held by "+strconv.Itoa(MaxGovernors)+" keys, which is the most a body may have").
			WithHint("revoke it from another key first")
	}
	give(tx, e.For, b.Key, b.Role)
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
			WithHint("one of governor, admin, coordinator, moderator, reviewer, intake, importer, verified, member")
	}
	return nil
}

// requireGranter refuses who may not say what keys may do for the body. What
// founders say ends where members govern: else one founder could vote for all.
func requireGranter(tx *machine.Tx, e *machine.Entry) error {
	if err := RequireBody(tx, "for", e.For); err != nil {
		return err
	}
	if HasRole(tx, e.For, e.Author, Admin) || HasRole(tx, e.For, e.Author, Governor) {
		return nil
	}
	if IsMember(tx, e.For) {
		return publica.Problem(publica.Forbidden, "author", "is neither a governor nor an admin of the member body named in for").
			WithHint("ask a governor of the body")
	}
	if IsFounder(tx, e.Author) {
		return nil
	}
	return publica.Problem(publica.Forbidden, "author", "is neither a founder key nor an admin of the body named in for").
		WithHint("ask an admin of the body")
}
