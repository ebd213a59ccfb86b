package identity

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Membership is what a body has that takes part in governing the register.
type Membership struct {
	Since publica.Time `json:"since"`
}

const (
	// MaxMembers is how many bodies may govern a register.
	MaxMembers = 100
	// MaxGovernors is how many keys may speak for a body in governance.
	MaxGovernors = 16
)

var members = machine.NewTable[Membership]("identity-member")

// Members returns the bodies that govern the register, sorted by id.
func Members(tx *machine.Tx) (ids []publica.BodyID) {
	for k := range members.Scan(tx, nil) {
		ids = append(ids, publica.BodyID(k))
	}
	return ids
}

// IsMember reports whether a body takes part in governing the register.
func IsMember(tx *machine.Tx, id publica.BodyID) bool { return members.Has(tx, id[:]) }

// Join makes a registered body a member. It must have governors. Its admins were
// made by others, and are admins no longer unless they are governors.
func Join(tx *machine.Tx, id publica.BodyID) {
	governors := Governors(tx, id)
	for k := range roles.Scan(tx, id[:]) {
		key := publica.KeyID(k[len(id):])
		if HasRole(tx, id, key, Admin) && !slices.Contains(governors, key) {
			take(tx, id, key, Admin)
		}
	}
	members.Put(tx, id[:], Membership{tx.Time()})
}

// Appoint makes these keys, and no others, the governors of a registered body.
func Appoint(tx *machine.Tx, id publica.BodyID, keys []publica.KeyID) {
	for _, k := range Governors(tx, id) {
		if !slices.Contains(keys, k) {
			take(tx, id, k, Governor)
		}
	}
	for _, k := range keys {
		if !HasRole(tx, id, k, Governor) {
			give(tx, id, k, Governor)
		}
	}
}

// Leave ends a membership. The body stays registered, and its keys keep their
// roles.
func Leave(tx *machine.Tx, id publica.BodyID) { members.Delete(tx, id[:]) }

// CheckGovernors refuses keys that are no governors: none, too many, absent or
// repeated.
func CheckGovernors(at string, keys []publica.KeyID) error {
	if len(keys) == 0 || len(keys) > MaxGovernors {
		return publica.Problem(publica.Invalid, at+"/governors", "are missing, or more than "+strconv.Itoa(MaxGovernors)).
			WithHint("name the keys that speak for the body in governance")
	}
	for i, k := range keys {
		if k.IsZero() || slices.Contains(keys[:i], k) {
			return publica.Problem(publica.Invalid, at+"/governors/"+strconv.Itoa(i), "is absent or stands twice")
		}
	}
	return nil
}
