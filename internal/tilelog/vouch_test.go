package tilelog

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

const register = "register.example"

// An operator is a validator with all its keys.
type operator struct {
	log, node *publica.LogSigner
	cosign    []*publica.Cosigner
	member    Member
}

func newOperator(t testing.TB, name string) *operator {
	t.Helper()
	must := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	o := &operator{}
	var err error
	if o.log, err = publica.ParseLogKey(must(publica.NewLogKey(register, nil))); err != nil {
		t.Fatal(err)
	}
	if o.node, err = publica.ParseLogKey(must(publica.NewLogKey(name, nil))); err != nil {
		t.Fatal(err)
	}
	o.member = Member{ID: name, Name: name, Power: 1}
	if o.member.Log, err = publica.ParseVerifier(o.log.VKey()); err != nil {
		t.Fatal(err)
	}
	if o.member.Node, err = publica.ParseVerifier(o.node.VKey()); err != nil {
		t.Fatal(err)
	}
	for _, alg := range []publica.CosignAlgorithm{publica.Ed25519Cosign, publica.MLDSA44Cosign} {
		c, err := publica.ParseCosignKey(must(publica.NewCosignKey(name, alg, nil)))
		if err != nil {
			t.Fatal(err)
		}
		o.cosign = append(o.cosign, c)
		o.member.Cosign = append(o.member.Cosign, c.Verifier())
	}
	return o
}

// checkpoint is signed with all keys of the operator.
func (o *operator) checkpoint(t testing.TB, tree tlog.Tree) []byte {
	t.Helper()
	signed, err := o.log.SignCheckpoint(tree)
	for _, c := range o.cosign {
		if err == nil {
			signed, err = c.Cosign(signed)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (o *operator) says(t testing.TB, tree tlog.Tree, holds int64, at publica.Time) []byte {
	t.Helper()
	return statement(t, o.checkpoint(t, tree), o.holds(t, holds, at), at)
}

func (o *operator) holds(t testing.TB, size int64, at publica.Time) string {
	t.Helper()
	text, err := publica.SignHolds(o.node, register, size, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func statement(t testing.TB, checkpoint []byte, holds string, at publica.Time) []byte {
	t.Helper()
	raw, err := (&publica.Statement{Checkpoint: string(checkpoint), Holds: holds}).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// council is four operators and the Vouch of a node whose log the test grows.
type council struct {
	*Vouch
	t      testing.TB
	all    []*operator
	log    *Log
	grow   func(n int64) tlog.Tree // commits n leaves
	clock  publica.Time
	forks  []*publica.Fork
	policy *publica.Policy // three of four, with both algorithms
}

func newCouncil(t testing.TB) *council {
	t.Helper()
	db, s, l := open(t, t.TempDir())
	t.Cleanup(func() { db.Close() })
	c := &council{t: t, log: l, clock: 1_000_000}
	c.grow = func(n int64) tlog.Tree {
		appendTo(t, db, s, l, leavesFrom(l.Size(), n))
		return l.Tree()
	}
	for i := range 4 {
		c.all = append(c.all, newOperator(t, fmt.Sprintf("node%d.%s", i+1, register)))
	}
	c.Vouch = c.again()
	c.policy = quorumPolicy(t, c.all, nil)
	return c
}

func (c *council) members() []Member {
	var all []Member
	for _, o := range c.all {
		all = append(all, o.member)
	}
	return all
}

// again is a Vouch as after a restart, that has heard nothing.
func (c *council) again() *Vouch {
	v := NewVouch(register, c.log, func() publica.Time { return c.clock }, func(f *publica.Fork) { c.forks = append(c.forks, f) })
	v.SetMembers(c.members())
	return v
}

func quorumPolicy(t testing.TB, all []*operator, witnesses []publica.PolicyMember) *publica.Policy {
	t.Helper()
	var members []publica.PolicyMember
	for i, o := range all {
		members = append(members, publica.PolicyMember{Name: fmt.Sprintf("node%d", i+1), Node: o.node.VKey(),
			Cosign: []string{o.cosign[0].VKey(), o.cosign[1].VKey()}})
	}
	p, err := publica.ParsePolicy([]byte(publica.QuorumPolicyText(register, members, 3, witnesses, len(witnesses))))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// own makes the log as it stands the node's own head, signed by the first
// operator.
func (c *council) own() tlog.Tree {
	c.t.Helper()
	tree := c.log.Tree()
	if err := c.Own(tree, c.all[0].checkpoint(c.t, tree)); err != nil {
		c.t.Fatal(err)
	}
	return tree
}

// hear is Hear that must succeed. Each statement is said a little later.
func (c *council) hear(o *operator, tree tlog.Tree) bool {
	c.t.Helper()
	c.clock++
	advanced, err := c.Hear(o.says(c.t, tree, tree.N, c.clock))
	if err != nil {
		c.t.Fatalf("%s on %d: %v", o.member.Name, tree.N, err)
	}
	return advanced
}

// quorumIs checks that the quorum stands at a size, verifies under the policy,
// and has the signatures of so many operators.
func (c *council) quorumIs(size int64, signers int) {
	c.t.Helper()
	signed, tree := c.Quorum()
	if tree.N != size {
		c.t.Fatalf("the quorum stands at %d, want %d", tree.N, size)
	}
	if size == 0 {
		return
	}
	if root, err := c.log.Root(size); err != nil || root != tree.Hash {
		c.t.Fatalf("the quorum of %d is on another root than the log's (%v)", size, err)
	}
	cp, err := publica.VerifyCheckpoint(signed, c.policy)
	if err != nil {
		c.t.Fatalf("the checkpoint of the quorum: %v", err)
	}
	lines, _ := publica.SignaturesOf(signed)
	if len(cp.CosignedBy) != signers || len(lines) != 3*signers {
		c.t.Fatalf("signed by %v in %d lines, want %d operators with three each", cp.CosignedBy, len(lines), signers)
	}
}

func TestMoreThanTwoThirdsMakeAQuorum(t *testing.T) {
	c := newCouncil(t)
	c.grow(300)
	tree := c.own()
	for i, want := range []struct {
		advanced bool
		size     int64
		signers  int
	}{{false, 0, 0}, {false, 0, 0}, {true, 300, 3}, {true, 300, 4}} {
		if c.hear(c.all[i], tree) != want.advanced {
			t.Errorf("statement %d: advanced is %v", i+1, !want.advanced)
		}
		c.quorumIs(want.size, want.signers)
	}
	if c.hear(c.all[3], tree) {
		t.Error("the same statement advanced the quorum twice")
	}

	// The log under the quorum's checkpoint is read by anybody.
	signed, _ := c.Quorum()
	path, err := c.log.Prove(tree, 7)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := publica.ParseProof(publica.FormatProof(7, path, signed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Verify(c.policy, tlog.RecordHash(leavesFrom(7, 1)[0].Bytes)); err != nil {
		t.Error(err)
	}

	// Three more on a larger one: the quorum moves, and never back.
	c.grow(10)
	larger := c.own()
	for _, o := range c.all[1:] {
		c.hear(o, larger)
	}
	c.quorumIs(310, 3)
	c.hear(c.all[0], tree)
	c.quorumIs(310, 3)
}

func TestPowerCounts(t *testing.T) {
	c := newCouncil(t)
	c.all[0].member.Power = 7 // of ten: alone more than two thirds
	c.SetMembers(c.members())
	c.grow(5)
	tree := c.own()
	for _, o := range c.all[1:] {
		if c.hear(o, tree) {
			t.Error("three of ten made a quorum")
		}
	}
	if !c.hear(c.all[0], tree) {
		t.Error("ten of ten made none")
	}
	if _, durable := c.HeldBy(4); !durable {
		t.Error("what all hold is not durable")
	}
}

func TestStatementsAheadOfUsCountOnceWeAreThere(t *testing.T) {
	c := newCouncil(t)
	var trees []tlog.Tree
	for range 3 {
		trees = append(trees, c.grow(100))
	}
	for _, tree := range trees {
		for _, o := range c.all {
			if c.hear(o, tree) {
				t.Fatal("a size that this node has not signed made a quorum")
			}
		}
	}
	c.quorumIs(0, 0)
	for _, tree := range trees[:2] {
		if err := c.Own(tree, c.all[0].checkpoint(t, tree)); err != nil {
			t.Fatal(err)
		}
		c.quorumIs(tree.N, 4)
	}
	// However far a member runs ahead, it takes up bounded room.
	for i := range int64(keptSizes + 50) {
		c.hear(c.all[2], tlog.Tree{N: 1000 + i, Hash: tlog.Hash{byte(i)}})
	}
	if n := len(c.Vouch.member(c.all[2].member.ID).ahead); n != keptSizes {
		t.Errorf("%d statements ahead are kept", n)
	}
}

// TestOrderDoesNotMatter hands the same statements to a node in many orders,
// among them its own heads: the same quorum comes out.
func TestOrderDoesNotMatter(t *testing.T) {
	c := newCouncil(t)
	type event struct {
		tree tlog.Tree
		said []byte // nil: the node's own head
	}
	var events []event
	said := map[int64]int{30: 4, 60: 2, 90: 3, 120: 3, 150: 2}
	for size := int64(30); size <= 150; size += 30 {
		tree := c.grow(30)
		events = append(events, event{tree: tree})
		for i := range said[size] {
			o := c.all[(int(size)/30+i)%4]
			events = append(events, event{tree, o.says(t, tree, tree.N, c.clock+publica.Time(size))})
		}
	}
	c.clock += 1000
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		c.Vouch = c.again()
		for _, e := range events {
			if e.said != nil {
				if _, err := c.Hear(e.said); err != nil {
					t.Fatal(err)
				}
			} else if err := c.Own(e.tree, c.all[0].checkpoint(t, e.tree)); err != nil {
				t.Fatal(err)
			}
		}
		c.quorumIs(120, 3)
	}
}

// TestForks has members sign other histories than ours, in every way there is.
// None counts, all are told, and the evidence convicts those who signed both.
func TestForks(t *testing.T) {
	theirs := func(tree tlog.Tree) tlog.Tree { return tlog.Tree{N: tree.N, Hash: tlog.Hash{0xbd, byte(tree.N)}} }
	cases := map[string]struct {
		play   func(c *council, small, large tlog.Tree)
		guilty int // forks that convict the second operator
	}{
		"same size, ours signed first": {func(c *council, small, _ tlog.Tree) {
			c.hear(c.all[1], small)
			c.mustConflict(c.all[1], theirs(small))
		}, 1},
		"same size, never signed ours": {func(c *council, small, _ tlog.Tree) { c.mustConflict(c.all[1], theirs(small)) }, 0},
		"smaller, signed ours of a larger size": {func(c *council, small, large tlog.Tree) {
			c.hear(c.all[1], large)
			c.mustConflict(c.all[1], theirs(small))
		}, 1},
		"a size between two heads": {func(c *council, small, large tlog.Tree) {
			c.hear(c.all[1], large)
			c.mustConflict(c.all[1], theirs(tlog.Tree{N: small.N + 1}))
		}, 1},
		"convicted later": {func(c *council, small, large tlog.Tree) {
			c.mustConflict(c.all[1], theirs(small))
			c.hear(c.all[1], large)
		}, 1},
		"twice ahead of us": {func(c *council, _, large tlog.Tree) {
			c.hear(c.all[1], theirs(tlog.Tree{N: large.N + 1}))
			c.mustConflict(c.all[1], tlog.Tree{N: large.N + 1, Hash: tlog.Hash{1}})
		}, 1},
		"known when we get there": {func(c *council, _, large tlog.Tree) {
			c.hear(c.all[1], theirs(tlog.Tree{N: large.N + 5}))
			c.grow(5)
			c.own()
		}, 0},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCouncil(t)
			c.grow(10)
			small := c.own()
			c.grow(300)
			large := c.own()
			k.play(c, small, large)
			convicting := 0
			for _, f := range c.forks {
				raw, err := f.Bytes()
				if err != nil {
					t.Fatal(err)
				}
				if f, err = publica.ParseFork(raw); err != nil {
					t.Fatalf("the evidence is no evidence: %v", err)
				}
				signers, err := f.Verify(c.policy)
				if slices.Contains(signers, c.all[1].member.Name) {
					convicting++
				} else if publica.CodeOf(err) != publica.Unverified {
					t.Errorf("evidence that convicts nobody verifies: %v, %v", signers, err)
				}
			}
			if len(c.forks) == 0 || convicting != k.guilty {
				t.Errorf("%d pieces of evidence, %d convict", len(c.forks), convicting)
			}
			if got := c.Members()[1].Forks; got != 1 {
				t.Errorf("its standing says %d forks", got)
			}
			tree := c.log.Tree()
			for _, o := range []*operator{c.all[0], c.all[2], c.all[3]} {
				c.hear(o, tree)
			}
			if _, at := c.Quorum(); at != tree {
				t.Error("the honest have no quorum")
			}
		})
	}
}

// mustConflict has an operator say what contradicts our log, twice: it is told
// once.
func (c *council) mustConflict(o *operator, tree tlog.Tree) {
	c.t.Helper()
	c.clock++
	before := len(c.forks)
	if _, err := c.Hear(o.says(c.t, tree, 0, c.clock)); publica.CodeOf(err) != publica.Conflict {
		c.t.Fatalf("another history: %v", err)
	}
	c.clock++
	if _, err := c.Hear(o.says(c.t, tree, 0, c.clock)); err != nil {
		c.t.Fatal(err)
	}
	if len(c.forks) != before+1 {
		c.t.Fatalf("%d forks told", len(c.forks)-before)
	}
}

func TestForksAreBounded(t *testing.T) {
	c := newCouncil(t)
	c.grow(200)
	c.own()
	for n := range int64(50) {
		c.clock++
		if _, err := c.Hear(c.all[1].says(t, tlog.Tree{N: n + 1, Hash: tlog.Hash{9}}, 0, c.clock)); publica.CodeOf(err) != publica.Conflict {
			t.Fatal(err)
		}
	}
	if len(c.forks) != keptForks || c.Members()[1].Forks != 50 {
		t.Errorf("%d told, standing says %d", len(c.forks), c.Members()[1].Forks)
	}
}

func TestWhatIsNotBelieved(t *testing.T) {
	c := newCouncil(t)
	tree := c.grow(10)
	c.own()
	one, stranger := c.all[1], newOperator(t, "stranger.example")
	at := c.clock
	holds := one.holds(t, 10, at)
	full := one.checkpoint(t, tree)
	without := func(i int) []byte {
		n := &note.Note{Text: string(full[:bytes.LastIndex(full, []byte("\n\n"))+1])}
		n.UnverifiedSigs, _ = publica.SignaturesOf(full)
		n.UnverifiedSigs = slices.Delete(n.UnverifiedSigs, i, i+1)
		out, err := note.Sign(n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	otherTree := one.checkpoint(t, tlog.Tree{N: 10, Hash: tlog.Hash{1}})
	grafted := append(slices.Clone(full[:bytes.LastIndex(full, []byte("\n\n"))+2]), otherTree[bytes.LastIndex(otherTree, []byte("\n\n"))+2:]...)
	extended := []byte(torchwood.Checkpoint{Origin: register, Tree: tree, Extension: "more\n"}.String())
	extended, err := note.Sign(&note.Note{Text: string(extended)}, one.log, one.cosign[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		raw  []byte
		code publica.Code
	}{
		"no statement":              {[]byte("{}"), publica.Malformed},
		"of nobody":                 {stranger.says(t, tree, 10, at), publica.Unverified},
		"checkpoint of a stranger":  {statement(t, stranger.checkpoint(t, tree), holds, at), publica.Unverified},
		"checkpoint of another":     {statement(t, c.all[2].checkpoint(t, tree), holds, at), publica.Unverified},
		"without the log's line":    {statement(t, without(0), holds, at), publica.Unverified},
		"without Ed25519":           {statement(t, without(1), holds, at), publica.Unverified},
		"without ML-DSA-44":         {statement(t, without(2), holds, at), publica.Unverified},
		"signatures of other bytes": {statement(t, grafted, holds, at), publica.BadSignature},
		"extended checkpoint":       {statement(t, extended, holds, at), publica.Unverified},
		"holds of other bytes":      {statement(t, full, strings.Replace(holds, "\n10\n", "\n11\n", 1), at), publica.BadSignature},
	} {
		if advanced, err := c.Hear(k.raw); publica.CodeOf(err) != k.code || advanced {
			t.Errorf("%s: %v, want %s", name, err, k.code)
		}
	}
	if s := c.Members()[1]; s.Size != 0 || s.Forks != 0 {
		t.Errorf("after all that, %+v", s)
	}
}

func TestHoldsAndClocks(t *testing.T) {
	c := newCouncil(t)
	tree := c.grow(100)
	c.own()
	for i, o := range c.all {
		if _, err := c.Hear(o.says(t, tree, int64(10*(i+1)), c.clock+publica.Time(i)*30_000)); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []struct {
		index   int64
		holders int
		durable bool
	}{{9, 4, true}, {10, 3, true}, {19, 3, true}, {20, 2, false}, {40, 0, false}} {
		notes, durable := c.HeldBy(k.index)
		if len(notes) != k.holders || durable != k.durable {
			t.Errorf("leaf %d is held by %d, durable %v", k.index, len(notes), durable)
		}
		for _, text := range notes {
			if h, err := publica.VerifyHolds(text, c.policy.Nodes(), register); err != nil || h.Size <= k.index {
				t.Errorf("leaf %d: %+v, %v", k.index, h, err)
			}
		}
	}
	if c.Durable() != 20 {
		t.Errorf("durable up to %d", c.Durable())
	}
	if s := c.Members()[3]; s.Skew != 90*time.Second || s.Holds != 40 || s.Size != 100 || s.HeardAt != c.clock {
		t.Errorf("the fourth stands at %+v", s)
	}
	// What was said before is not heard again; what was said by a clock that
	// ran ahead is, once that is set right.
	if _, err := c.Hear(c.all[0].says(t, tree, 5, c.clock-1)); err != nil || c.Members()[0].Holds != 10 {
		t.Error("an old statement was taken for a new one")
	}
	if _, err := c.Hear(c.all[3].says(t, tree, 39, c.clock-1)); err != nil || c.Members()[3].Holds != 39 || c.Members()[3].Skew >= 0 {
		t.Error("a clock that is set back is not heard")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	c := newCouncil(t)
	tree := c.grow(10)
	c.own()
	for _, o := range c.all[:2] {
		c.hear(o, tree)
	}
	// Another takes the second's place: what the second said is forgotten.
	left := c.all[1]
	c.all[1] = newOperator(t, left.member.Name)
	c.SetMembers(c.members())
	if c.hear(c.all[2], tree) {
		t.Error("one who has left counts")
	}
	if _, err := c.Hear(left.says(t, tree, 10, c.clock)); publica.CodeOf(err) != publica.Unverified {
		t.Errorf("one who has left is heard: %v", err)
	}
	c.policy = quorumPolicy(t, c.all, nil)
	if !c.hear(c.all[3], tree) {
		t.Error("those who stayed were forgotten")
	}
	c.quorumIs(10, 3)
}

func TestOneNodeAlone(t *testing.T) {
	c := newCouncil(t)
	c.SetMembers(nil)
	tree := c.grow(3)
	c.own()
	if _, at := c.Quorum(); at != tree {
		t.Error("where nobody else decides, the node's own word is the quorum")
	}
	if notes, durable := c.HeldBy(0); notes != nil || durable {
		t.Error("somebody attests content where nobody is")
	}
}

func TestSaveRestore(t *testing.T) {
	c := newCouncil(t)
	c.grow(100)
	tree := c.own()
	for _, o := range c.all {
		c.hear(o, tree)
	}
	w := newOperator(t, "witness.example")
	quorum, _ := c.Quorum()
	witnessed, err := w.cosign[0].Cosign(quorum)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.witness(signed{tree, witnessed}); err != nil {
		t.Fatal(err)
	}
	c.grow(7)
	larger := c.own()
	for _, o := range c.all[1:] {
		c.hear(o, larger)
	}
	saved := c.Save()
	if &saved[0] != &c.Save()[0] {
		t.Error("what has not changed is made again")
	}

	c.Vouch = c.again()
	if err := c.Restore(saved); err != nil {
		t.Fatal(err)
	}
	c.quorumIs(107, 3)
	if got, at := c.Witnessed(); at != tree || !bytes.Equal(got, witnessed) {
		t.Error("what was witnessed is forgotten")
	}
	if _, durable := c.HeldBy(99); !durable || c.Durable() != 107 {
		t.Error("what was held is forgotten")
	}
	if s := c.Members()[2]; s.HeardAt != 0 || s.Skew != 0 || s.Size != 107 {
		t.Errorf("what was stored was heard just now: %+v", s)
	}
	if !bytes.Equal(c.Save(), saved) {
		t.Error("saving what was restored gives something else")
	}
	c.own()
	c.hear(c.all[0], larger)
	c.quorumIs(107, 4)

	// Fewer members remain than made it: it is no quorum any more.
	gone := c.all
	c.all = []*operator{c.all[0], newOperator(t, "a.example"), newOperator(t, "b.example"), c.all[3]}
	c.Vouch = c.again()
	if err := c.Restore(saved); err != nil {
		t.Fatal(err)
	}
	c.quorumIs(0, 0)
	if _, at := c.Witnessed(); at.N != 0 {
		t.Error("what no quorum has signed is restored as witnessed")
	}

	// A bent store is noticed.
	c.all = gone
	c.Vouch = c.again()
	bent := bytes.Replace(saved, []byte("— node2"), []byte("— node1"), 1)
	if c.Restore(bent) == nil && bytes.Equal(c.Save(), saved) {
		t.Error("a bent note was taken up")
	}
	if err := c.again().Restore([]byte("{")); err == nil {
		t.Error("a store cut off was taken up")
	}
}

func TestManyTalkAtOnce(t *testing.T) {
	c := newCouncil(t)
	var trees []tlog.Tree
	for range 10 {
		trees = append(trees, c.grow(10))
	}
	var wait sync.WaitGroup
	for i, o := range c.all {
		wait.Go(func() {
			for _, tree := range trees {
				if _, err := c.Hear(o.says(t, tree, tree.N, publica.Time(1000*(i+1))+publica.Time(tree.N))); err != nil {
					t.Error(err)
				}
				c.Save()
				c.Members()
			}
		})
	}
	wait.Go(func() {
		for _, tree := range trees {
			c.SetMembers(c.members())
			if err := c.Own(tree, c.all[0].checkpoint(t, tree)); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	c.quorumIs(100, 4)
}

// BenchmarkHear is one statement heard: three signatures on the checkpoint, one
// on what is held.
func BenchmarkHear(b *testing.B) {
	c := newCouncil(b)
	tree := c.grow(1000)
	c.own()
	var said [][]byte
	for i := range 64 {
		said = append(said, c.all[i%4].says(b, tree, 1000, c.clock+publica.Time(i)))
	}
	b.ResetTimer()
	for i := range b.N {
		if i%len(said) == 0 {
			b.StopTimer()
			c.Vouch = c.again()
			c.own()
			b.StartTimer()
		}
		if _, err := c.Hear(said[i%len(said)]); err != nil {
			b.Fatal(err)
		}
	}
}
