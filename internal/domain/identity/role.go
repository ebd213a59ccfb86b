package identity

import (
	"slices"
	"strings"

	"publica"
	"publica/internal/machine"
)

// Role is what a key may do for a body.
type Role string

const (
	Admin       Role = "admin"       // grants and revokes roles of the body
	Coordinator Role = "coordinator" // runs the body's dockets: drafts, answers, codifies
	Moderator   Role = "moderator"   // hides and redacts by the charter
	Reviewer    Role = "reviewer"    // reviews independently
	Intake      Role = "intake"      // signs for people without a key
	Importer    Role = "importer"    // brings records from elsewhere, and may do what a coordinator may
	VerifiedBy  Role = "verified"    // the body vouches that a person is behind the key
	Member      Role = "member"      // a member of the body
)

var allRoles = []Role{Admin, Coordinator, Moderator, Reviewer, Intake, Importer, VerifiedBy, Member}

// held is what one key may do for one body, sorted.
type held struct {
	Roles []Role `json:"roles"`
}

var (
	roles    = machine.NewTable[held]("identity-role")      // body ‖ key
	verified = machine.NewTable[int64]("identity-verified") // key: by how many bodies
)

func roleKey(body publica.BodyID, key publica.KeyID) []byte { return machine.Key(body[:], key[:]) }

// RolesOf returns the roles key holds for body, sorted. Do not modify it.
func RolesOf(tx *machine.Tx, body publica.BodyID, key publica.KeyID) []Role {
	h, _ := roles.Get(tx, roleKey(body, key))
	return h.Roles
}

// HasRole reports whether key holds role for body.
func HasRole(tx *machine.Tx, body publica.BodyID, key publica.KeyID, role Role) bool {
	return slices.Contains(RolesOf(tx, body, key), role)
}

// Verified reports whether any body vouches for the person behind key.
func Verified(tx *machine.Tx, key publica.KeyID) bool {
	n, _ := verified.Get(tx, key[:])
	return n > 0
}

// RequireRole refuses an entry whose author holds none of the roles for the
// body the entry names in "for".
func RequireRole(tx *machine.Tx, e *machine.Entry, any ...Role) error {
	if err := RequireBody(tx, "for", e.For); err != nil {
		return err
	}
	mine := RolesOf(tx, e.For, e.Author)
	for _, r := range any {
		if slices.Contains(mine, r) {
			return nil
		}
	}
	names := make([]string, len(any))
	for i, r := range any {
		names[i] = string(r)
	}
	return publica.Problem(publica.Forbidden, "author", "does not hold the role "+strings.Join(names, " or ")+" for the body named in for").
		WithHint("a founder or an admin of the body grants it with identity/grant")
}
