// Package registertest is a register in a test: named actors whose keys never
// change, a clock the test moves, blocks, scripts, and a check of everything
// after each step.
//
// [Law] is the law alone: a machine with the register's domains over state in
// memory, without consensus, network or disk. [RunScenarios] runs scripts
// against it. The language has one statement a line; a line that starts with
// white space continues the one before, and "#" starts a comment line.
//
//	at 2026-01-01T00:00:00.000Z        move the clock; runs a block, so that what is due happens
//	at +14d                            the same, by days (d), hours (h), minutes (m), seconds (s) or milliseconds (ms)
//	until +14d                         the same, with another block a minute before
//	[NAME =] ACTOR KIND [in DOCKET] [for BODY] [work BITS] [BODY-JSON] [PART="text" …] [! CODE [FIELD] ["words"]]
//	block / end                        put the entries between into one block
//	again NAME                         send an entry of before once more: nothing must change
//	governed 4                         first of all: a register that so many bodies govern
//	ceremony TENDER STEP ACTOR …       each takes a step for every key of the tender, in one block: announce, commit, deal, complain, or commit-badly (to a deal whose share for the next trustee is wrong)
//	held TENDER                        every body that runs a validator says that it holds each bid of which it has not said it
//	restart                            go on with a new machine on the stored state
//	expect debt DOCKET owed=2 open=1   some of ideas, comments, owed, answered, open
//	expect tally DOCKET drafts=2       some of the counters of participation.Tally, by JSON name
//	expect open DOCKET 3,4 | none      positions that are owed a response
//	expect ghosts DOCKET 2/a:removed 3/b:changed:return | none
//	expect tender DOCKET stage=draft …  members of procurement.State, by JSON name; clocks are names joined by commas
//	expect validators node1 node2:5 …  those that decide blocks, with a power that is not 1
//	expect system KIND [JSON]          the last block logged it; the JSON's members are equal
//	expect silence                     the last block logged nothing, or its seal alone
//	expect nothing                     the last block logged nothing
//	expect seal                        the last block logged its seal alone
//	expect refused NAME CODE           the entry is on the log, with that refusal
//
// An actor is made by being named; "founder" is the founder and "intake" the
// intake key of the genesis. Without "!" an entry must be accepted; with it, it
// must be refused with that code, either before the log (a stateless refusal)
// or on it. In JSON, "$NAME" stands for the id of an earlier entry, "%NAME" for
// that entry whole, "@ACTOR" for an actor's key, "#NAME" for an entry's position in its docket (a number),
// and "+14d" for a time from now. The body may be "<FILE" of the archive. A part
// is PART="text", PART="text":media/type, or PART=~5000 for that many bytes.
//
// What needs secrets, the script makes in place of a body, and keeps what is secret:
//
//	seal [LOT] [stale | garbage] "…" … [documents SIZE …]   a procurement/bid with an envelope for each text; bound to another text; with buckets that do not open; with documents beside them
//	copy BID                            a procurement/bid with another's envelopes
//	share | forge [LOT/]ENVELOPE        a procurement/open-share with the author's share, or with another number
//	partial | spoil [LOT/]ENVELOPE BID  a procurement/open-share with boxes for the evaluators, or with boxes that do not open
//	object ENVELOPE BID TRUSTEE         a procurement/partial-complain
//	reveal ENVELOPE BID                 a procurement/reveal
//	commits FILE, reveals COMMIT FILE   scores of an evaluator, as they are committed to and revealed
//
// The package must not be imported but by tests.
package registertest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
)

// Register is the name of every test register.
const Register = "test.publica.example"

// Start is the time of the genesis.
var Start = publica.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// Key returns the key of a named actor: the same in every run.
func Key(actor string) *publica.PrivateKey {
	return publica.KeyFromSeed(sha256.Sum256([]byte("publica test actor " + actor)))
}

// Genesis returns the genesis of every test register.
func Genesis() *machine.Genesis {
	return &machine.Genesis{
		Founders: []publica.KeyID{Key("founder").ID()},
		Intake:   []publica.KeyID{Key("intake").ID()},
		Register: Register,
		Silence:  (5 * time.Minute).Milliseconds(),
		Time:     Start,
		Version:  machine.RulesVersion,
	}
}

// State is committed state in memory: a [machine.Reader].
type State struct {
	values map[string][]byte
	keys   []string // sorted
}

// NewState returns empty state.
func NewState() *State { return &State{values: map[string][]byte{}} }

// Get implements [machine.Reader].
func (s *State) Get(key []byte) ([]byte, error) { return s.values[string(key)], nil }

// Scan implements [machine.Reader].
func (s *State) Scan(prefix []byte, yield func(key, value []byte) bool) error {
	p := string(prefix)
	for _, k := range s.keys[sort.SearchStrings(s.keys, p):] {
		if len(k) < len(p) || k[:len(p)] != p || !yield([]byte(k), s.values[k]) {
			break
		}
	}
	return nil
}

// Write commits the writes of a block.
func (s *State) Write(writes []machine.Write) {
	for _, w := range writes {
		k := string(w.Key)
		i, had := slices.BinarySearch(s.keys, k)
		switch {
		case w.Value == nil && had:
			s.keys = slices.Delete(s.keys, i, i+1)
			delete(s.values, k)
		case w.Value != nil:
			if !had {
				s.keys = slices.Insert(s.keys, i, k)
			}
			s.values[k] = slices.Clone(w.Value)
		}
	}
}

// TB is what a register needs of a test: [testing.TB], or rapid's.
type TB interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Law is a register in memory: the law, its state and its log.
type Law struct {
	T       TB
	Domains []machine.Domain
	Now     publica.Time // time of the next block
	State   *State
	Log     []machine.Leaf // all leaves
	Height  int64
	Genesis *machine.Genesis
	Texts   map[publica.EntryID][]Text // content of what was signed, by entry
	Work    int                        // bits of work in what is signed
	Code    publica.Hash               // that the machines run in, from the next Restart on

	machine *machine.Machine
	powers  map[string]int64 // as the engine would know them
	mirror  *State           // of a second machine, made anew for every block
	signed  uint64           // entries signed so far
	keys    map[string]*publica.PrivateKey
}

// NewLaw founds a register with the domains.
func NewLaw(t TB, domains []machine.Domain) *Law {
	t.Helper()
	return Found(t, domains, Genesis())
}

// Found founds a register with the domains from a genesis.
func Found(t TB, domains []machine.Domain, g *machine.Genesis) *Law {
	t.Helper()
	l := &Law{T: t, Domains: domains, Now: Start, State: NewState(), mirror: NewState(), Genesis: g, powers: map[string]int64{}}
	l.Restart()
	r, err := l.machine.Found(l.State, g)
	if err != nil {
		t.Fatal(err)
	}
	l.commit(r)
	second, err := l.fresh().Found(l.mirror, g)
	if err != nil {
		t.Fatal(err)
	}
	l.compare(r, second)
	return l
}

func (l *Law) fresh() *machine.Machine {
	m, err := machine.New(Register, l.Domains)
	if err != nil {
		l.T.Fatal(err)
	}
	m.SetCode(l.Code)
	return m
}

// Restart goes on with a new machine on the stored state.
func (l *Law) Restart() { l.machine = l.fresh() }

// Machine returns the machine, for those who ask it.
func (l *Law) Machine() *machine.Machine { return l.machine }

// Sign signs an entry of the actor, made now, with content of those texts. The
// same calls in the same order give the same bytes.
func (l *Law) Sign(actor string, e publica.Entry, parts ...Text) *publica.Signed {
	l.T.Helper()
	s, err := l.TrySign(actor, e, parts...)
	if err != nil {
		l.T.Fatalf("sign %s: %v", e.Kind, err)
	}
	return s
}

// key is Key, made once.
func (l *Law) key(actor string) *publica.PrivateKey {
	if l.keys == nil {
		l.keys = map[string]*publica.PrivateKey{}
	}
	if l.keys[actor] == nil {
		l.keys[actor] = Key(actor)
	}
	return l.keys[actor]
}

// Text is the content of one part.
type Text struct {
	Name, Media, Data string
}

// TrySign is Sign for entries that may not be entries at all.
func (l *Law) TrySign(actor string, e publica.Entry, parts ...Text) (*publica.Signed, error) {
	l.signed++
	seed := binary.BigEndian.AppendUint64([]byte("publica test entry "), l.signed)
	draw := sha256.Sum256(seed)
	e.Register = Register
	e.Nonce = publica.Nonce(draw[:publica.NonceSize])
	e.Made = l.Now
	if e.Body == nil {
		e.Body = jsontext.Value("{}")
	}
	for _, p := range parts {
		salt := sha256.Sum256(append(seed, p.Name...))
		e.Content = append(e.Content, publica.Part{
			Commitment: publica.Commit(salt[:], []byte(p.Data)), Media: p.Media, Name: p.Name, Size: int64(len(p.Data))})
	}
	key := l.key(actor)
	if l.Work > 0 {
		var err error
		if e, err = publica.Grind(context.Background(), key, e, l.Work); err != nil {
			return nil, err
		}
	}
	signed, err := key.Sign(e)
	if err == nil && len(parts) > 0 {
		if l.Texts == nil {
			l.Texts = map[publica.EntryID][]Text{}
		}
		l.Texts[signed.ID()] = parts
	}
	return signed, err
}

// Decision is what became of one entry of a block.
type Decision struct {
	Outcome machine.Outcome
	Leaf    machine.Leaf     // none for a duplicate
	Refusal *publica.Refusal // if refused
}

// Check is the machine's stateless check.
func (l *Law) Check(s *publica.Signed) (*machine.Entry, error) { return l.machine.Check(s) }

// Block runs a block of entries at Now, on this machine and on a second one,
// which must agree. The clock stands still.
func (l *Law) Block(entries ...*machine.Entry) []Decision {
	l.T.Helper()
	l.Height++
	b, err := l.machine.Begin(l.State, l.Height, l.Now)
	if err != nil {
		l.T.Fatal(err)
	}
	decisions := make([]Decision, len(entries))
	for i, e := range entries {
		if decisions[i].Outcome, err = b.Apply(e); err != nil {
			l.T.Fatal(err)
		}
	}
	r, err := b.Finish()
	if err != nil {
		l.T.Fatal(err)
	}
	l.second(entries, r)
	l.commit(r)
	placed := map[publica.EntryID]machine.Leaf{}
	for _, leaf := range r.Leaves {
		placed[leaf.ID] = leaf
	}
	for i, e := range entries {
		if decisions[i].Outcome == machine.Duplicate {
			continue
		}
		decisions[i].Leaf = placed[e.ID]
		parsed, err := publica.ParseLeaf(decisions[i].Leaf.Bytes)
		if err != nil {
			l.T.Fatalf("leaf of entry %s: %v", e.ID, err)
		}
		decisions[i].Refusal = parsed.Refused
	}
	return decisions
}

// second feeds the block to a machine made anew, on state of its own.
func (l *Law) second(entries []*machine.Entry, want *machine.Result) {
	l.T.Helper()
	m := l.fresh()
	b, err := m.Begin(l.mirror, l.Height, l.Now)
	if err != nil {
		l.T.Fatal(err)
	}
	for _, e := range entries {
		again, err := m.Check(e.Signed)
		if err != nil {
			l.T.Fatalf("second machine: %v", err)
		}
		if _, err := b.Apply(again); err != nil {
			l.T.Fatal(err)
		}
	}
	got, err := b.Finish()
	if err != nil {
		l.T.Fatal(err)
	}
	l.compare(want, got)
}

// compare fails if two machines differ about a block, and commits the second.
func (l *Law) compare(want, got *machine.Result) {
	l.T.Helper()
	if err := SameResult(want, got); err != nil {
		l.T.Fatalf("height %d: two machines differ: %v", l.Height, err)
	}
	l.mirror.Write(got.Writes)
}

// SameResult returns how two results of one block differ, nil if they do not.
func SameResult(a, b *machine.Result) error {
	if len(a.Leaves) != len(b.Leaves) || len(a.Writes) != len(b.Writes) {
		return fmt.Errorf("%d leaves and %d writes, against %d and %d", len(a.Leaves), len(a.Writes), len(b.Leaves), len(b.Writes))
	}
	for i := range a.Leaves {
		x, y := &a.Leaves[i], &b.Leaves[i]
		if string(x.Bytes) != string(y.Bytes) || x.Hash != y.Hash || x.ID != y.ID || x.Docket != y.Docket || x.Seq != y.Seq {
			return fmt.Errorf("leaf %d: %s against %s", i, x.Bytes, y.Bytes)
		}
	}
	for i := range a.Writes {
		x, y := a.Writes[i], b.Writes[i]
		if string(x.Key) != string(y.Key) || string(x.Value) != string(y.Value) || (x.Value == nil) != (y.Value == nil) {
			return fmt.Errorf("write %q: %q against %q: %q", x.Key, x.Value, y.Key, y.Value)
		}
	}
	if !slices.EqualFunc(a.Powers, b.Powers, func(x, y machine.Power) bool { return string(x.Key) == string(y.Key) && x.Power == y.Power }) {
		return fmt.Errorf("powers %v against %v", a.Powers, b.Powers)
	}
	return nil
}

func (l *Law) commit(r *machine.Result) {
	l.State.Write(r.Writes)
	for _, p := range r.Powers {
		if l.powers[string(p.Key)] = p.Power; p.Power == 0 {
			delete(l.powers, string(p.Key))
		}
	}
	l.machine.Committed(r)
	l.Log = append(l.Log, r.Leaves...)
}

// Do signs an entry, runs it in a block of its own and returns its id. It fails
// unless the entry is accepted.
func (l *Law) Do(actor string, e publica.Entry, parts ...Text) publica.EntryID {
	l.T.Helper()
	id, err := l.Try(actor, e, parts...)
	if err != nil {
		l.T.Fatalf("%s by %s: %v", e.Kind, actor, err)
	}
	return id
}

// Try is Do that returns the refusal.
func (l *Law) Try(actor string, e publica.Entry, parts ...Text) (publica.EntryID, error) {
	l.T.Helper()
	s, err := l.TrySign(actor, e, parts...)
	if err != nil {
		return publica.EntryID{}, err
	}
	checked, err := l.Check(s)
	if err != nil {
		return s.ID(), err
	}
	d := l.Block(checked)[0]
	if d.Outcome == machine.Duplicate {
		return s.ID(), errors.New("is on the log already")
	}
	if d.Refusal != nil {
		return s.ID(), &publica.Error{Code: d.Refusal.Code, Field: d.Refusal.Field, Message: d.Refusal.Message}
	}
	return s.ID(), nil
}

// View asks the rules what stands now.
func (l *Law) View(f func(tx *machine.Tx)) {
	l.T.Helper()
	if err := l.machine.View(l.State, l.Now, f); err != nil {
		l.T.Fatal(err)
	}
}

// Domains returns the domains that scripts know, without their views: those of
// domain.All, which a test there holds to.
func Domains() []machine.Domain {
	return []machine.Domain{identity.Domain(), docket.Domain(), participation.Domain(), commitment.Domain(), procurement.Domain(), moderation.Domain(), governance.Domain()}
}
