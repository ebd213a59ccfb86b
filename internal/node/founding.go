package node

import (
	"cmp"
	"encoding/json/v2"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/internal/domain"
	"publica/internal/machine"
)

// DefaultSilence is how long a register may be silent before it seals anyway.
const DefaultSilence = 5 * time.Minute

// DefaultPower is what a new validator's vote weighs. The engine divides power
// by three in whole numbers: with 1 each it would misjudge what a third is.
const DefaultPower = 10

// A Card is what the operator of a node hands to those who found a register
// together, or are to admit the node to one: names and public keys, nothing
// secret. It is kept as validator.json.
type Card struct {
	Body      machine.GenesisBody `json:"body"`   // that runs the node
	Intake    []publica.KeyID     `json:"intake"` // the key by which the node signs for people without one
	Register  string              `json:"register"`
	Validator machine.Validator   `json:"validator"`
}

// Init makes the folder of a new node: keys, configuration, and its card. The
// body runs the node; unless it names governors, a governor's key is made too.
// Address is where other nodes reach this one, host:port. It refuses a folder
// that holds a node.
func Init(dir string, cfg Config, body machine.GenesisBody, address string) (*Folder, *Card, error) {
	f := &Folder{dir: dir, Config: cfg.withDefaults()}
	if bad := f.Config.checkNames(); bad != nil {
		return nil, nil, bad
	}
	if _, err := os.Stat(f.path("publica.toml")); err == nil {
		return nil, nil, publica.Problem(publica.Conflict, "home", dir+" holds a node already").
			WithHint("serve it with: publicad serve --home " + dir)
	}
	if _, port, err := net.SplitHostPort(address); err == nil && f.Config.Peers.Listen == "" {
		f.Config.Peers.Listen = net.JoinHostPort("0.0.0.0", port)
	}
	if err := os.MkdirAll(f.path("keys"), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the node's folder: %w", err)
	}
	if err := f.drawNoteKeys(); err != nil {
		return nil, nil, err
	}
	card := &Card{Body: body, Register: f.Config.Register}
	intake, err := f.drawKey("intake")
	if err != nil {
		return nil, nil, err
	}
	card.Intake = []publica.KeyID{intake}
	if len(body.Governors) == 0 {
		governor, err := f.drawKey("governor")
		if err != nil {
			return nil, nil, err
		}
		card.Body.Governors = []publica.KeyID{governor}
	}
	if card.Validator, err = f.public(); err != nil {
		return nil, nil, err
	}
	v := &card.Validator
	v.Address, v.URL, v.Power = address, f.Config.URL, DefaultPower
	v.Body = machine.GenesisBodyID(f.Config.Register, body.Name)
	raw, err := encode(card)
	if err != nil {
		return nil, nil, err
	}
	if err := writeNew(f.path("validator.json"), raw, 0o644); err != nil {
		return nil, nil, err
	}
	return f, card, writeConfig(f.path("publica.toml"), f.Config)
}

// drawNoteKeys makes the keys that sign notes: as the log, as the node, and as
// its cosigners.
func (f *Folder) drawNoteKeys() error {
	name := f.Config.NodeName()
	for file, draw := range map[string]func() (string, error){
		"log":       func() (string, error) { return publica.NewLogKey(f.Config.Register, nil) },
		"node":      func() (string, error) { return publica.NewLogKey(name, nil) },
		"cosign":    func() (string, error) { return publica.NewCosignKey(name, publica.Ed25519Cosign, nil) },
		"cosign-pq": func() (string, error) { return publica.NewCosignKey(name, publica.MLDSA44Cosign, nil) },
	} {
		text, err := draw()
		if err != nil {
			return err
		}
		if err := writeNew(f.path("keys", file+".key"), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// drawKey makes a key that signs entries and returns its fingerprint.
func (f *Folder) drawKey(name string) (publica.KeyID, error) {
	return f.drawKeyIn(filepath.Join("keys", name+".key"))
}

// drawKeyIn is drawKey for a file below the folder.
func (f *Folder) drawKeyIn(file string) (publica.KeyID, error) {
	k, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		return publica.KeyID{}, err
	}
	text, err := k.MarshalText()
	if err != nil {
		return publica.KeyID{}, err
	}
	return k.ID(), writeNew(f.path(file), text, 0o600)
}

// checkNames refuses names that cannot stand in keys.
func (c *Config) checkNames() error {
	if !publica.ValidRegister(c.Register) {
		return publica.Problem(publica.Invalid, "register", "is not a register name").
			WithHint(`a register name looks like "register.example.org"`)
	}
	if strings.ContainsAny(c.Name, "./") || !publica.ValidRegister(c.NodeName()) {
		return publica.Problem(publica.Invalid, "name", "cannot name a node").
			WithHint(`one word of lower-case letters, digits and hyphens, like "node1"`)
	}
	return nil
}

// ReadCard reads an operator's card.
func ReadCard(path string) (*Card, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read card: %w", err)
	}
	c := new(Card)
	return c, publica.DecodeStrict(raw, c, path)
}

// A Term is something else that a genesis says, on which its founders agreed.
type Term func(*machine.Genesis)

// Passkeys has the register take passkeys of a domain, that of its pages or one
// above it. Every node whose pages are to sign with them must be below it.
func Passkeys(domain string) Term { return func(g *machine.Genesis) { g.Passkeys = domain } }

// Gather makes the genesis of a register from its operators' cards. A body may
// run several nodes. Founders are keys that may register public bodies by
// themselves; without any the members admit them together. The register begins
// at now. The order of the cards does not matter.
func Gather(cards []*Card, founders []publica.KeyID, silence time.Duration, now time.Time, terms ...Term) (*machine.Genesis, error) {
	if len(cards) == 0 {
		return nil, publica.Problem(publica.Invalid, "cards", "are missing").WithHint("name the validator.json of every node")
	}
	cards = slices.SortedFunc(slices.Values(cards), func(a, b *Card) int { return cmp.Compare(a.Validator.Name, b.Validator.Name) })
	g := &machine.Genesis{Register: cards[0].Register, Founders: founders, Silence: silence.Milliseconds(), Time: publica.TimeOf(now), Version: machine.RulesVersion}
	for _, c := range cards {
		if c.Register != g.Register {
			return nil, publica.Problem(publica.Invalid, c.Validator.Name+"/register", "is "+c.Register+", that of the first card is "+g.Register).
				WithHint("every node must be made for the same register: publicad init --register " + g.Register)
		}
		if err := c.Validator.Check(c.Register, c.Validator.Name); err != nil {
			return nil, err
		}
		g.Intake = append(g.Intake, c.Intake...)
		g.Validators = append(g.Validators, c.Validator)
		i := slices.IndexFunc(g.Bodies, func(b machine.GenesisBody) bool { return b.Name == c.Body.Name })
		if i < 0 {
			i, g.Bodies = len(g.Bodies), append(g.Bodies, machine.GenesisBody{Name: c.Body.Name, Type: c.Body.Type})
		}
		b := &g.Bodies[i]
		if b.Type != c.Body.Type {
			return nil, publica.Problem(publica.Invalid, c.Validator.Name+"/body/type", "is "+c.Body.Type+", another card of "+b.Name+" says "+b.Type)
		}
		b.Governors = append(b.Governors, c.Body.Governors...)
		b.Intake = append(b.Intake, c.Intake...)
	}
	for _, t := range terms {
		t(g)
	}
	return g, checkGenesis(g)
}

// checkGenesis asks the law whether a register can start from that.
func checkGenesis(g *machine.Genesis) error {
	law, err := machine.New(g.Register, domain.All())
	if err != nil {
		return err
	}
	_, err = law.Found(nothing{}, g)
	return err
}

// nothing is the state before the genesis.
type nothing struct{}

func (nothing) Get([]byte) ([]byte, error)                      { return nil, nil }
func (nothing) Scan([]byte, func(key, value []byte) bool) error { return nil }

// EncodeGenesis returns the bytes of genesis.json. Operators compare their
// SHA-256: the bytes are what the register starts from.
func EncodeGenesis(g *machine.Genesis) ([]byte, error) { return encode(g) }

func encode(v any) ([]byte, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return append(raw, '\n'), nil
}

// AmendCard changes what the node's card says, before it is handed out.
func (f *Folder) AmendCard(change func(*Card)) error {
	card, err := ReadCard(f.path("validator.json"))
	if err != nil {
		return err
	}
	change(card)
	raw, err := encode(card)
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.path("validator.json"), raw, 0o644); err != nil {
		return fmt.Errorf("write the node's card: %w", err)
	}
	return nil
}

// Found makes a folder for a register that one node runs: [Init], a founder's
// key, and a genesis that names this node and its body alone. It refuses a
// folder that holds a node.
func Found(dir string, cfg Config, now time.Time, terms ...Term) (*Folder, error) {
	name := cfg.Operator
	if name == "" {
		name = cfg.Register
	}
	draft := machine.Genesis{Silence: DefaultSilence.Milliseconds()}
	for _, t := range terms {
		t(&draft)
	}
	p := draft.Parameters()
	if err := p.Check("genesis"); err != nil { // before there is a folder
		return nil, err
	}
	f, card, err := Init(dir, cfg, machine.GenesisBody{Name: name, Type: "other"}, "")
	if err != nil {
		return nil, err
	}
	founder, err := f.drawKey("founder")
	if err != nil {
		return nil, err
	}
	g, err := Gather([]*Card{card}, []publica.KeyID{founder}, DefaultSilence, now, terms...)
	if err != nil {
		return nil, err
	}
	raw, err := EncodeGenesis(g)
	if err != nil {
		return nil, err
	}
	return f, writeNew(f.path("genesis.json"), raw, 0o644)
}
