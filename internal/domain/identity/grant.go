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
	if err := requireGranter(tx, e, b.Role); err != nil {
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

// requireGranter refuses who may not say which keys have a role for the body.
// What founders say ends where members govern: else one founder could vote for
// all. Who speaks for a member and who runs it, only its governors say.
func requireGranter(tx *machine.Tx, e *machine.Entry, role Role) error {
	if err := RequireBody(tx, "for", e.For); err != nil {
		return err
	}
	admin, member := HasRole(tx, e.For, e.Author, Admin), IsMember(tx, e.For)
	switch {
	case HasRole(tx, e.For, e.Author, Governor):
		return nil
	case member && (role == Governor || role == Admin):
		return publica.Problem(publica.Forbidden, "author", "is not a governor of the member body named in for").
			WithHint("ask a governor of the body")
	case admin || !member && IsFounder(tx, e.Author):
		return nil
	case member:
		return publica.Problem(publica.Forbidden, "author", "is neither a governor nor an admin of the member body named in for").
			WithHint("ask a governor or an admin of the body")
	default:
		return publica.Problem(publica.Forbidden, "author", "is neither a founder key nor a governor or an admin of the body named in for").
			WithHint("ask an admin of the body")
	}
}
