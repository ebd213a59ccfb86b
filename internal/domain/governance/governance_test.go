package governance_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json/v2"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/machine"
	"publica/internal/registertest"
)

func TestScenarios(t *testing.T) {
	registertest.RunScenarios(t, "testdata/*.txtar", registertest.Domains())
}

// council is a register that n bodies govern.
type council struct {
	*registertest.Law
}

func found(t *testing.T, n int) council {
	return council{registertest.Found(t, registertest.Domains(), registertest.Governed(n))}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// propose has the first body propose an action.
func (c council) propose(t *testing.T, a governance.Action) (publica.EntryID, error) {
	t.Helper()
	return c.Try("governor1", publica.Entry{Kind: "governance/propose", For: registertest.MemberID(1), Body: encode(t, governance.Propose{Action: a})},
		registertest.Text{Name: "title", Media: "text/plain", Data: "A title"}, registertest.Text{Name: "text", Media: "text/plain", Data: "A reason"})
}

// approve has the n-th body approve a proposal.
func (c council) approve(t *testing.T, id publica.EntryID, n int) {
	t.Helper()
	c.Do(fmt.Sprintf("governor%d", n), publica.Entry{Kind: "governance/approve", For: registertest.MemberID(n), Body: encode(t, governance.Approve{Proposal: id})})
}

func (c council) status(id publica.EntryID) (s governance.Status) {
	c.View(func(tx *machine.Tx) {
		p, _ := governance.Get(tx, id)
		s = p.Status
	})
	return s
}

// pass takes an action with the approval of all.
func (c council) pass(t *testing.T, a governance.Action) {
	t.Helper()
	id, err := c.propose(t, a)
	if err != nil {
		t.Fatal(err)
	}
	for n := 2; c.status(id) == governance.Open; n++ {
		c.approve(t, id, n)
	}
	if s := c.status(id); s != governance.Decided {
		t.Fatalf("the proposal is %s", s)
	}
}

// TestTwoThirds holds decisions to more than two thirds, exactly.
func TestTwoThirds(t *testing.T) {
	for members, enough := range []int{1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 9: 7, 10: 7, 12: 9} {
		if enough == 0 {
			continue
		}
		c := found(t, members)
		id, err := c.propose(t, governance.Action{SetParameters: &machine.Parameters{Silence: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n < enough; n++ {
			if s := c.status(id); s != governance.Open {
				t.Fatalf("%d of %d: %s", n, members, s)
			}
			c.approve(t, id, n+1)
		}
		if s := c.status(id); s != governance.Decided {
			t.Errorf("%d of %d: %s", enough, members, s)
		}
		c.CheckRegister()
	}
}

func TestChangeValidator(t *testing.T) {
	c := found(t, 1)
	old, next := registertest.Validator("node1", registertest.MemberID(1)), registertest.Validator("node1", registertest.MemberID(1))
	spare := registertest.Validator("spare", registertest.MemberID(1))
	next.Consensus, next.Peer, next.Power, next.URL = spare.Consensus, spare.Peer, 3, ""
	change := governance.Action{ChangeValidator: &governance.ChangeValidator{Consensus: old.Consensus, Validator: next}}
	c.pass(t, change)
	c.CheckRegister()
	all, err := machine.Validators(c.State)
	if err != nil || len(all) != 1 || string(all[0].Consensus) != string(next.Consensus) || all[0].Power != 3 {
		t.Fatalf("validators %+v, %v", all, err)
	}
	if _, err := c.propose(t, change); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("the old key is still known: %v", err)
	}
	change.ChangeValidator.Consensus, change.ChangeValidator.Validator = next.Consensus, spare
	if _, err := c.propose(t, change); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("a node took another name: %v", err)
	}
}

// TestUpgrade: up to the height any code executes blocks, from it on the named
// code only; that code may go before.
func TestUpgrade(t *testing.T) {
	c := found(t, 1)
	old, next, third := publica.Hash{1}, publica.Hash{2}, publica.Hash{3}
	begin := func(code publica.Hash, height int64) error {
		m, err := machine.New(registertest.Register, registertest.Domains())
		if err != nil {
			t.Fatal(err)
		}
		m.SetCode(code)
		_, err = m.Begin(c.State, height, c.Now)
		return err
	}
	may := func(code publica.Hash, height int64) {
		t.Helper()
		if err := begin(code, height); err != nil {
			t.Errorf("height %d, code %s: %v", height, code, err)
		}
	}
	mayNot := func(code publica.Hash, height int64, says publica.Hash) {
		t.Helper()
		if err := begin(code, height); !errors.Is(err, machine.ErrUpgrade) || !strings.Contains(err.Error(), says.String()) {
			t.Errorf("height %d, code %s: %v", height, code, err)
		}
	}
	upgrade := func(height int64, code ...publica.Hash) governance.Action {
		return governance.Action{Upgrade: &machine.Upgrade{Code: code, Height: height, Version: "1.1"}}
	}
	if _, err := c.propose(t, upgrade(c.Height+10, next)); publica.CodeOf(err) != publica.Late {
		t.Errorf("too soon: %v", err)
	}
	early := c.Sign("governor1", publica.Entry{Kind: "governance/propose", For: registertest.MemberID(1), Body: encode(t, governance.Propose{Action: upgrade(c.Height+11, next)})},
		registertest.Text{Name: "title", Media: "text/plain", Data: "A title"}, registertest.Text{Name: "text", Media: "text/plain", Data: "A reason"})
	if e, err := c.Check(early); err != nil {
		t.Error(err)
	} else if err := c.Machine().Preview(c.State, c.Height+1, c.Now, e); err != nil {
		t.Errorf("in the next block: %v", err)
	} else if err := c.Machine().Preview(c.State, c.Height+2, c.Now, e); publica.CodeOf(err) != publica.Late {
		t.Errorf("in the block after it: %v", err)
	}
	c.pass(t, upgrade(100, old)) // a mistake, put right in time
	c.pass(t, upgrade(100, next, publica.Hash{22}))
	may(old, 99)
	may(next, 99)
	may(next, 100)
	may(publica.Hash{22}, 100)
	mayNot(old, 100, next)
	mayNot(publica.Hash{}, 5000, next)

	c.Height, c.Code = 99, next
	c.Restart()
	c.pass(t, upgrade(200, third))
	may(next, 199)
	may(third, 199)
	mayNot(old, 199, next)
	mayNot(next, 200, third)
	may(third, 200)

	c.Height, c.Code = 299, third
	c.Restart()
	c.pass(t, upgrade(400, old))
	mayNot(next, 399, third)
	may(third, 399)
	may(old, 399)
	mayNot(third, 400, old)

	m, err := machine.New(registertest.Register, registertest.Domains())
	if err != nil {
		t.Fatal(err)
	}
	m.AnyCode()
	if _, err := m.Begin(c.State, 400, c.Now); err != nil {
		t.Errorf("any code: %v", err)
	}
}

// TestClaim: a promise convicts its node when its time is over and the entry is
// not on the log, and only then.
func TestClaim(t *testing.T) {
	c := found(t, 4)
	kept := c.Sign("alice", publica.Entry{Kind: "identity/account"})
	lost := c.Sign("bob", publica.Entry{Kind: "identity/account"})
	by := c.Now.Add(time.Minute)
	promises, err := publica.PromiseBatch(registertest.NodeKey("node2"), registertest.Register, []publica.EntryID{kept.ID(), lost.ID()}, by)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(who string, id publica.EntryID, p publica.Promise) error {
		t.Helper()
		_, err := c.Try(who, publica.Entry{Kind: "governance/claim", Body: encode(t, governance.Claim{Entry: id, Promise: p})})
		return err
	}
	refused := func(want publica.Code, err error) {
		t.Helper()
		if publica.CodeOf(err) != want {
			t.Errorf("claim: %v, want %s", err, want)
		}
	}
	c.Now = by.Add(time.Minute)
	refused(publica.Early, claim("bob", lost.ID(), promises[1]))
	c.Now++
	refused(publica.Early, claim("bob", lost.ID(), promises[1])) // that block is the first that is sealed late enough
	e, err := c.Check(kept)
	if err != nil {
		t.Fatal(err)
	}
	c.Block(e)
	refused(publica.Conflict, claim("alice", kept.ID(), promises[0]))
	refused(publica.Unverified, claim("bob", lost.ID(), promises[0]))
	forged := promises[1]
	forged.Note = strings.Replace(forged.Note, "— node2.", "— node3.", 1)
	refused(publica.Unverified, claim("bob", lost.ID(), forged))
	forged.Note = strings.Replace(forged.Note, "— node3.", "— node9.", 1)
	refused(publica.NotFound, claim("bob", lost.ID(), forged))
	forged.Note = "publica promise v1"
	refused(publica.Malformed, claim("bob", lost.ID(), forged))
	elsewhere, err := publica.PromiseBatch(registertest.NodeKey("node2"), "other.example", []publica.EntryID{lost.ID()}, by)
	if err != nil {
		t.Fatal(err)
	}
	refused(publica.Unverified, claim("bob", lost.ID(), elsewhere[0]))

	// A node that left, or has new keys, has promised all the same.
	all, err := machine.Validators(c.State)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if strings.HasPrefix(all[i].Name, "node2.") {
			c.pass(t, governance.Action{RemoveValidator: &governance.RemoveValidator{Consensus: all[i].Consensus}})
		}
	}
	if err := claim("anyone", lost.ID(), promises[1]); err != nil {
		t.Fatal(err)
	}
	refused(publica.Conflict, claim("bob", lost.ID(), promises[1]))
	c.View(func(tx *machine.Tx) {
		if r, ok := governance.RecordOf(tx, "node2."+registertest.Register); !ok || r.Broken != 1 {
			t.Errorf("record of node2: %+v", r)
		}
	})

	// What nobody has ever heard of convicts whoever promised it, each once.
	other, err := publica.PromiseBatch(registertest.NodeKey("node3"), registertest.Register, []publica.EntryID{lost.ID()}, by)
	if err != nil {
		t.Fatal(err)
	}
	if err := claim("bob", lost.ID(), other[0]); err != nil {
		t.Error(err)
	}
	c.CheckRegister()
}

// TestClaimAfterStall: when the register stood still, nobody is convicted by the
// block that ends it: what was promised may stand in that block, or not.
func TestClaimAfterStall(t *testing.T) {
	for _, claimFirst := range []bool{true, false} {
		c := found(t, 4)
		kept := c.Sign("alice", publica.Entry{Kind: "identity/account"})
		promises, err := publica.PromiseBatch(registertest.NodeKey("node2"), registertest.Register, []publica.EntryID{kept.ID(), {7}}, c.Now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		claim := func(id publica.EntryID, p publica.Promise) *publica.Signed {
			return c.Sign("bob", publica.Entry{Kind: "governance/claim", Body: encode(t, governance.Claim{Entry: id, Promise: p})})
		}
		both := []*publica.Signed{claim(kept.ID(), promises[0]), kept}
		at := 0
		if !claimFirst {
			at, both[0], both[1] = 1, both[1], both[0]
		}
		var entries []*machine.Entry
		for _, s := range both {
			e, err := c.Check(s)
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, e)
		}
		c.Now = c.Now.Add(time.Hour)
		done := c.Block(entries...)
		if r := done[at].Refusal; r == nil || r.Code != publica.Early {
			t.Errorf("claim first %v: %+v", claimFirst, r)
		}
		if done[1-at].Refusal != nil {
			t.Error(done[1-at].Refusal)
		}
		lost, err := c.Check(claim(publica.EntryID{7}, promises[1]))
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Block(lost)[0].Refusal; r != nil {
			t.Errorf("what is still not there: %+v", r)
		}
		c.CheckRegister()
	}
}

// TestHugeClaim: a promise for a register with a name that quoting makes longer
// is refused in few words.
func TestHugeClaim(t *testing.T) {
	c := found(t, 4)
	promises, err := publica.PromiseBatch(registertest.NodeKey("node2"), strings.Repeat("\x7f", 14_000), []publica.EntryID{{1}}, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sign("bob", publica.Entry{Kind: "governance/claim", Body: encode(t, governance.Claim{Entry: publica.EntryID{1}, Promise: promises[0]})})
	e, err := c.Check(s)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Block(e)[0]
	if d.Refusal == nil || d.Refusal.Code != publica.Unverified || len(d.Leaf.Bytes) > len(s.Raw)+1000 {
		t.Errorf("leaf of %d bytes for an entry of %d: %+v", len(d.Leaf.Bytes), len(s.Raw), d.Refusal)
	}
	c.CheckRegister()
}

// collide returns keys in a name that have one hash: with 32 bits that takes no
// time. Nobody need know what signs for them.
func collide(name string, algorithm, other byte) (vkey, another string) {
	seen := map[uint32]string{}
	of := func(algorithm byte, n uint64) (uint32, string) {
		key := append([]byte{algorithm}, make([]byte, 32)...)
		binary.BigEndian.PutUint64(key[1:], n)
		h := sha256.Sum256(append([]byte(name+"\n"), key...))
		hash := binary.BigEndian.Uint32(h[:])
		return hash, fmt.Sprintf("%s+%08x+%s", name, hash, base64.StdEncoding.EncodeToString(key))
	}
	for n := uint64(0); ; n += 2 {
		hash, vkey := of(algorithm, n)
		seen[hash] = vkey
		hash, another = of(other, n+1)
		if vkey, ok := seen[hash]; ok {
			return vkey, another
		}
	}
}

// TestKeysOfValidators: a key has one form, and no two keys have one name and
// hash; a node has one word for a name.
func TestKeysOfValidators(t *testing.T) {
	const ed25519Log, ed25519Cosign = 1, 4
	node1 := "node1." + registertest.Register
	logs := [2]string{}
	logs[0], logs[1] = collide(registertest.Register, ed25519Log, ed25519Log)
	mixed, cosign := collide(node1, ed25519Log, ed25519Cosign)
	name := func(s string) func(all []machine.Validator) {
		return func(all []machine.Validator) { all[0].Name = s }
	}
	loud := func(vkey string) string {
		parts := strings.SplitN(vkey, "+", 3)
		return parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2]
	}
	for what, c := range map[string]struct {
		field string
		spoil func(all []machine.Validator)
	}{
		"two words":          {"0/name", name("a.b." + registertest.Register)},
		"a path":             {"0/name", name(node1 + "/x")},
		"the register":       {"0/name", name(registertest.Register)},
		"no word":            {"0/name", name("." + registertest.Register)},
		"another register":   {"0/name", name("node1.example.org")},
		"a word of policies": {"0/name", name("everyone." + registertest.Register)},
		"another such":       {"0/name", name("validators." + registertest.Register)},
		"upper-case hash":    {"0/log", func(all []machine.Validator) { all[0].Log = loud(all[0].Log) }},
		"line end":           {"0/node", func(all []machine.Validator) { all[0].Node += "\n" }},
		"line end within": {"0/node", func(all []machine.Validator) {
			n := len(all[0].Node) - 8
			all[0].Node = all[0].Node[:n] + "\n" + all[0].Node[n:]
		}},
		"upper-case cosigner": {"0/cosign/0", func(all []machine.Validator) { all[0].Cosign[0] = loud(all[0].Cosign[0]) }},
		"another's log key":   {"1/log", func(all []machine.Validator) { all[1].Log = all[0].Log }},
		"colliding log keys":  {"1/log", func(all []machine.Validator) { all[0].Log, all[1].Log = logs[0], logs[1] }},
		"colliding within":    {"0/cosign", func(all []machine.Validator) { all[0].Node, all[0].Cosign[0] = mixed, cosign }},
	} {
		g := registertest.Governed(4)
		c.spoil(g.Validators)
		m, err := machine.New(registertest.Register, registertest.Domains())
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Found(registertest.NewState(), g)
		if e, ok := errors.AsType[*publica.Error](err); !ok || e.Field != "genesis/validators/"+c.field {
			t.Errorf("%s: want %s, got %v", what, c.field, err)
		}
	}

	c := found(t, 1)
	now := registertest.Validator("node1", registertest.MemberID(1))
	change := func(node string) governance.Action {
		now.Node = node
		return governance.Action{ChangeValidator: &governance.ChangeValidator{Consensus: now.Consensus, Validator: now}}
	}
	genesis := now.Node
	first, second := collide(node1, ed25519Log, ed25519Log)
	c.pass(t, change(first))
	c.pass(t, change(genesis))
	_, err := c.propose(t, change(second))
	if e, ok := errors.AsType[*publica.Error](err); !ok || e.Code != publica.Conflict || e.Field != "body/action/change_validator/node" {
		t.Errorf("a key that makes an old one ambiguous: %v", err)
	}
	c.pass(t, change(first))
	c.CheckRegister()
}

// TestGenesis: a genesis that cannot govern itself is refused, with the field.
func TestGenesis(t *testing.T) {
	for field, spoil := range map[string]func(g *machine.Genesis){
		"genesis/bodies/4/name":          func(g *machine.Genesis) { g.Bodies = append(g.Bodies, g.Bodies[0]) },
		"genesis/bodies/2/type":          func(g *machine.Genesis) { g.Bodies[2].Type = "ministry" },
		"genesis/bodies/0/governors":     func(g *machine.Genesis) { g.Bodies[0].Governors = nil },
		"genesis/bodies/0/governors/0":   func(g *machine.Genesis) { g.Bodies[0].Governors[0] = publica.KeyID{} },
		"genesis/validators/1/body":      func(g *machine.Genesis) { g.Validators[1].Body = publica.BodyID{1} },
		"genesis/validators/1/name":      func(g *machine.Genesis) { g.Validators[1] = g.Validators[0] },
		"genesis/validators/3/power":     func(g *machine.Genesis) { g.Validators[3].Power = 0 },
		"genesis/validators/0/consensus": func(g *machine.Genesis) { g.Validators[0].Consensus = make([]byte, 31) },
		"genesis/validators/0/peer":      func(g *machine.Genesis) { g.Validators[0].Peer = strings.Repeat("A", 40) },
		"genesis/validators/0/address":   func(g *machine.Genesis) { g.Validators[0].Address = "node1.example" },
		"genesis/validators/1/address":   func(g *machine.Genesis) { g.Validators[1].Address = g.Validators[0].Address },
		"genesis/validators/0/url":       func(g *machine.Genesis) { g.Validators[0].URL = "javascript:alert(1)" },
		"genesis/validators/0/cosign":    func(g *machine.Genesis) { g.Validators[0].Cosign = g.Validators[0].Cosign[:1] },
		"genesis/validators/0/cosign/0":  func(g *machine.Genesis) { g.Validators[0].Cosign[0] = g.Validators[0].Cosign[1] },
		"genesis/validators/0/cosign/1":  func(g *machine.Genesis) { g.Validators[0].Cosign[1] = g.Validators[0].Node },
		"genesis/validators/0/log":       func(g *machine.Genesis) { g.Validators[0].Log = g.Validators[0].Node },
		"genesis/validators/0/node":      func(g *machine.Genesis) { g.Validators[0].Node = g.Validators[0].Log },
		"genesis/validators/2/node":      func(g *machine.Genesis) { g.Validators[2].Node = "node3" },
		"genesis/silence_ms":             func(g *machine.Genesis) { g.Silence = 0 },
		"genesis":                        func(g *machine.Genesis) { g.Bodies, g.Validators, g.Founders = nil, nil, nil },
	} {
		g := registertest.Governed(4)
		spoil(g)
		m, err := machine.New(registertest.Register, registertest.Domains())
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Found(registertest.NewState(), g)
		if e, ok := errors.AsType[*publica.Error](err); !ok || e.Field != field {
			t.Errorf("want %s, got %v", field, err)
		}
	}
	m, err := machine.New(registertest.Register, registertest.Domains())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Found(registertest.NewState(), registertest.Governed(machine.MaxValidators)); publica.CodeOf(err) != publica.TooLarge {
		t.Errorf("a genesis that no leaf can hold: %v", err)
	}
	g := registertest.Governed(1)
	g.Founders = nil
	l := registertest.Found(t, registertest.Domains(), g)
	l.View(func(tx *machine.Tx) {
		if got := identity.Members(tx); len(got) != 1 || got[0] != registertest.MemberID(1) {
			t.Errorf("members %v", got)
		}
	})
	l.CheckRegister()
}
