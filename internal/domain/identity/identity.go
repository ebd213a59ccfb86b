package identity

import (
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Domain lists the kinds of identity.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "identity",
		Kinds: []machine.Kind{
			machine.Define("identity/body", "Registers a public body. By a founder key.", checkBody, applyBody),
			machine.Define("identity/grant", "Gives a key a role for a body. By a governor or an admin of the body, or, unless the body is a member, a founder key; the roles governor and admin of a member by its governors alone.", checkGrant, applyGrant),
			machine.Define("identity/revoke", "Takes a role from a key, with a reason. By who may grant it.", checkRevoke, applyRevoke),
			machine.Define("identity/account", "Makes the author's key an account of its own. By anyone.", checkAccount, applyAccount),
			machine.Define("identity/add-key", "Invites a key to an account. By a key of the account.", checkAddKey, applyAddKey),
			machine.Define("identity/join", "Adds the author's key to the account that invited it. By the invited key.", checkJoin, applyJoin),
			machine.Define("identity/drop-key", "Drops a key from an account, never the last, or takes an invitation back. By a key of the account.", checkDropKey, applyDropKey),
		},
		Genesis: genesis,
		Admit:   withinQuota,
	}
}

// special is what a key is from the genesis on.
type special struct {
	Founder bool `json:"founder,omitzero"`
	Intake  bool `json:"intake,omitzero"`
}

var specials = machine.NewTable[special]("identity-genesis")

func genesis(tx *machine.Tx, g *machine.Genesis) error {
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
	for i := range g.Bodies {
		if err := genesisBody(tx, g, i); err != nil {
			return err
		}
	}
	return nil
}

func genesisBody(tx *machine.Tx, g *machine.Genesis, i int) error {
	b, at := &g.Bodies[i], "genesis/bodies/"+strconv.Itoa(i)
	body := Body{Name: b.Name, Type: BodyType(b.Type)}
	if err := machine.First(body.Check(at), CheckGovernors(at, b.Governors)); err != nil {
		return err
	}
	id := machine.GenesisBodyID(g.Register, b.Name)
	if bodies.Has(tx, id[:]) {
		return publica.Problem(publica.Conflict, at+"/name", "names a body twice")
	}
	if i == MaxMembers {
		return publica.Problem(publica.TooLarge, at, "is one body too many: a register has at most "+strconv.Itoa(MaxMembers)+" members")
	}
	RegisterBody(tx, id, body)
	Appoint(tx, id, b.Governors)
	for _, k := range b.Intake {
		give(tx, id, k, Intake)
	}
	Join(tx, id)
	return nil
}

// IsFounder reports whether key may register bodies.
func IsFounder(tx *machine.Tx, key publica.KeyID) bool {
	s, _ := specials.Get(tx, key[:])
	return s.Founder
}

// IsIntake reports whether key belongs to a node that signs for people without
// a key of their own: the genesis says so, or a body does by the role intake.
func IsIntake(tx *machine.Tx, key publica.KeyID) bool {
	s, _ := specials.Get(tx, key[:])
	n, _ := intakes.Get(tx, key[:])
	return s.Intake || n > 0
}
