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
	Governor    Role = "governor"    // speaks for the body in governance, and may do what an admin may; of a member, says who is governor and admin
	Admin       Role = "admin"       // grants and revokes roles of the body
	Coordinator Role = "coordinator" // runs the body's dockets: drafts, answers, codifies
	Moderator   Role = "moderator"   // hides and redacts by the charter
	Reviewer    Role = "reviewer"    // reviews independently
	Intake      Role = "intake"      // signs for people without a key
	Importer    Role = "importer"    // brings records from elsewhere, and may do what a coordinator may
	VerifiedBy  Role = "verified"    // the body vouches that a person is behind the key
	Member      Role = "member"      // a member of the body
)

var allRoles = []Role{Governor, Admin, Coordinator, Moderator, Reviewer, Intake, Importer, VerifiedBy, Member}

// held is what one key may do for one body, sorted.
type held struct {
	Roles []Role `json:"roles"`
}

var (
	roles    = machine.NewTable[held]("identity-role")      // body ‖ key
	verified = machine.NewTable[int64]("identity-verified") // key: by how many bodies
	intakes  = machine.NewTable[int64]("identity-intake")   // key: for how many bodies

	governors = machine.NewTable[keyList]("identity-governors") // body
)

// keyList is who holds a role for a body, in the order they got it.
type keyList struct {
	Keys []publica.KeyID `json:"keys"`
}

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

// give gives a key a role that it does not hold.
func give(tx *machine.Tx, body publica.BodyID, key publica.KeyID, role Role) {
	mine := append(slices.Clone(RolesOf(tx, body, key)), role)
	slices.Sort(mine)
	roles.Put(tx, roleKey(body, key), held{mine})
	tally(tx, body, key, role, 1)
}

// take takes a role that the key holds.
func take(tx *machine.Tx, body publica.BodyID, key publica.KeyID, role Role) {
	mine := slices.DeleteFunc(slices.Clone(RolesOf(tx, body, key)), func(r Role) bool { return r == role })
	if len(mine) == 0 {
		roles.Delete(tx, roleKey(body, key))
	} else {
		roles.Put(tx, roleKey(body, key), held{mine})
	}
	tally(tx, body, key, role, -1)
}

// tally keeps what the rules ask without knowing the body or the key.
func tally(tx *machine.Tx, body publica.BodyID, key publica.KeyID, role Role, n int64) {
	switch role {
	case VerifiedBy:
		add(tx, verified, key, n)
	case Intake:
		add(tx, intakes, key, n)
	case Governor:
		keys := slices.DeleteFunc(slices.Clone(Governors(tx, body)), func(k publica.KeyID) bool { return k == key })
		if n > 0 {
			keys = append(keys, key)
		}
		governors.Put(tx, body[:], keyList{keys})
	}
}

func add(tx *machine.Tx, t machine.Table[int64], key publica.KeyID, n int64) {
	if was, _ := t.Get(tx, key[:]); was+n > 0 {
		t.Put(tx, key[:], was+n)
	} else {
		t.Delete(tx, key[:])
	}
}

// Governors returns the keys that speak for a body in governance. Do not modify
// it.
func Governors(tx *machine.Tx, body publica.BodyID) []publica.KeyID {
	l, _ := governors.Get(tx, body[:])
	return l.Keys
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
		WithHint("a governor or an admin of the body grants it with identity/grant, or a founder unless the body is a member")
}
