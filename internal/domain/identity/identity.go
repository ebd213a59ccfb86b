package identity

import (
	"publica"
	"publica/internal/machine"
)

// Domain lists the kinds of identity.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "identity",
		Kinds: []machine.Kind{
			machine.Define("identity/body", "Registers a public body. By a founder key.", checkBody, applyBody),
			machine.Define("identity/grant", "Gives a key a role for a body. By a founder key or an admin of the body.", checkGrant, applyGrant),
			machine.Define("identity/revoke", "Takes a role from a key, with a reason. By a founder key or an admin of the body.", checkRevoke, applyRevoke),
			machine.Define("identity/account", "Makes the author's key an account of its own. By anyone.", checkAccount, applyAccount),
			machine.Define("identity/add-key", "Adds a key to an account. By a key of the account.", checkAddKey, applyAddKey),
			machine.Define("identity/drop-key", "Drops a key from an account, never the last. By a key of the account.", checkDropKey, applyDropKey),
		},
		Genesis: genesis,
	}
}

// special is what a key is from the genesis on.
type special struct {
	Founder bool `json:"founder,omitzero"`
	Intake  bool `json:"intake,omitzero"`
}

var specials = machine.NewTable[special]("identity-genesis")

func genesis(tx *machine.Tx, g *machine.Genesis) {
	for _, k := range g.Founders {
		s, _ := specials.Get(tx, k[:])
		s.Founder = true
		specials.Put(tx, k[:], s)
	}
	for _, k := range g.Intake {
		s, _ := specials.Get(tx, k[:])
		s.Intake = true
		specials.Put(tx, k[:], s)
	}
}

// IsFounder reports whether key may register bodies.
func IsFounder(tx *machine.Tx, key publica.KeyID) bool {
	s, _ := specials.Get(tx, key[:])
	return s.Founder
}

// IsIntake reports whether key belongs to a node that signs for people without
// a key of their own.
func IsIntake(tx *machine.Tx, key publica.KeyID) bool {
	s, _ := specials.Get(tx, key[:])
	return s.Intake
}
