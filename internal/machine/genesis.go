package machine

import (
	"slices"
	"strconv"

	"publica"
)

// Genesis is what a register starts from. It is the body of the log's first
// leaf, so that everyone can see it.
type Genesis struct {
	Bodies     []GenesisBody   `json:"bodies,omitempty"`   // members: more than two thirds of them change the register
	Founders   []publica.KeyID `json:"founders"`           // keys that may register bodies; none: bodies are admitted by the members
	Intake     []publica.KeyID `json:"intake,omitempty"`   // keys of nodes that sign for people without a key
	Passkeys   string          `json:"passkeys,omitempty"` // as in Parameters
	Register   string          `json:"register"`
	Silence    int64           `json:"silence_ms"` // a seal at least this often, in milliseconds
	Time       publica.Time    `json:"time"`
	Validators []Validator     `json:"validators,omitempty"` // who decide blocks; none: the node that founds it, alone
	Version    int64           `json:"version"`              // of the rules
}

// A GenesisBody is a member body from the first block on. Its id is
// [GenesisBodyID].
type GenesisBody struct {
	Governors []publica.KeyID `json:"governors"`        // keys that speak for it in governance
	Intake    []publica.KeyID `json:"intake,omitempty"` // keys of its nodes, which sign for people without one and say what they hold
	Name      string          `json:"name"`
	Type      string          `json:"type"` // as in identity/body
}

// GenesisBodyID is the id of a body that the genesis names: no entry
// registered it.
func GenesisBodyID(register, name string) publica.BodyID {
	return publica.BodyID(publica.ID([]byte("publica genesis body\n" + register + "\n" + name)))
}

// Parameters returns what holds from the genesis on.
func (g *Genesis) Parameters() Parameters {
	return Parameters{Passkeys: g.Passkeys, Silence: g.Silence}
}

// Found executes the genesis as block 0.
func (m *Machine) Found(r Reader, g *Genesis) (*Result, error) {
	if err := m.checkGenesis(g); err != nil {
		return nil, err
	}
	b := m.newBlock(r, 0, g.Time)
	b.meta = metaState{Register: g.Register}
	tx := b.fresh()
	meta.Put(tx, metaKey, b.meta)
	parameters.Put(tx, parametersKey, g.Parameters())
	for i := range g.Validators {
		validators.Put(tx, g.Validators[i].Consensus, g.Validators[i])
	}
	for _, d := range m.domains {
		if d.Genesis == nil {
			continue
		}
		if err := d.Genesis(tx, g); err != nil {
			return nil, err
		}
	}
	tx.Emit("register/genesis", publica.DocketID{}, g)
	b.closeTx(tx)
	if publica.CodeOf(b.err) == publica.TooLarge {
		return nil, publica.Problem(publica.TooLarge, "genesis", "is over "+strconv.Itoa(publica.MaxLeafSize)+" bytes, the limit of a leaf").
			WithHint("name at most 20 validators, and admit others with governance/propose")
	}
	return b.Finish()
}

// checkGenesis refuses what no register can start from. What a domain reads of
// it, the domain checks.
func (m *Machine) checkGenesis(g *Genesis) error {
	if g.Register != m.register || g.Version != RulesVersion || g.Time <= 0 || len(g.Founders)+len(g.Bodies) == 0 {
		return publica.Problem(publica.Invalid, "genesis", "must name this register, its bodies or founders, a time, and rules version 1")
	}
	p := g.Parameters()
	if err := p.Check("genesis"); err != nil {
		return err
	}
	at := func(i int) string { return "genesis/validators/" + strconv.Itoa(i) }
	for i := range g.Validators {
		v := &g.Validators[i]
		if !slices.ContainsFunc(g.Bodies, func(b GenesisBody) bool { return GenesisBodyID(g.Register, b.Name) == v.Body }) {
			return publica.Problem(publica.Invalid, at(i)+"/body", "is none of the bodies of the genesis").
				WithHint("the id of a genesis body follows from the register and the body's name")
		}
	}
	return checkValidators(m.register, at, g.Validators)
}
