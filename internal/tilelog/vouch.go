package tilelog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// A Member is one whose word on the log counts, and the keys by which it gives
// its word.
type Member struct {
	ID     string // consensus key, hexadecimal
	Name   string
	Log    note.Verifier   // signs checkpoints as the log, in the register's name
	Node   note.Verifier   // attests what the member holds
	Cosign []note.Verifier // cosign checkpoints
	Power  int64
}

// keys returns those that must all have signed a checkpoint for the member to
// count.
func (m *Member) keys() []note.Verifier { return append([]note.Verifier{m.Log}, m.Cosign...) }

// same reports whether the two are one member with the same keys.
func (m *Member) same(o *Member) bool {
	return m.ID == o.ID && slices.EqualFunc(append(m.keys(), m.Node), append(o.keys(), o.Node), func(a, b note.Verifier) bool {
		return a.Name() == b.Name() && a.KeyHash() == b.KeyHash()
	})
}

// A Standing is what is known of a member by its statements.
type Standing struct {
	ID, Name string
	Size     int64         // of the largest checkpoint of ours that it has signed
	At       publica.Time  // when it first said so, by its clock
	Holds    int64         // leaves whose content it holds
	HoldsAt  publica.Time  // when it said so, by its clock
	HeardAt  publica.Time  // when its newest statement came, by our clock
	Skew     time.Duration // how far its clock was ahead of ours then
	Forks    int64         // checkpoints of other histories that it has signed
}

// Bounds of what is kept for each member.
const (
	keptSizes = 128 // statements ahead of our log, and own heads
	keptForks = 16  // other histories that are told apart and reported
)

// farFuture is, in milliseconds, how far a clock may be ahead of ours before
// what it says is no longer taken for the latest.
const farFuture = 60_000

// A Vouch collects who vouches for which checkpoint: of the statements of
// members it makes checkpoints that many have signed. A member counts once for
// each log size, if all its keys have signed, and only on a root that is our
// own. It is safe for concurrent use and starts no goroutines.
type Vouch struct {
	register string
	log      *Log
	now      func() publica.Time
	evidence func(*publica.Fork)

	mu        sync.Mutex // guards all below; but at the start no signature is checked while it is held
	members   []*member
	power     int64                       // of all members
	own       signed                      // our newest head
	roots     []tlog.Tree                 // our last heads, oldest first
	said      map[int64]map[string][]byte // who signed what: notes by size and member, from the quorum's size on
	quorum    signed
	witnessed signed
	moved     chan struct{}   // closed and replaced when quorum moves
	forks     []*publica.Fork // to be reported once the lock is free
	saved     []byte          // what Save returns; nil if it is to be made again
}

// signed is a checkpoint: what it is of, and the note. It is immutable.
type signed struct {
	tree tlog.Tree
	note []byte
}

type member struct {
	Member
	standing Standing
	holds    string                 // its newest holds note
	last     signed                 // the largest checkpoint of ours that it signed
	ahead    map[int64]signed       // what it signed of sizes that we have not reached
	forked   map[tlog.Tree]struct{} // other histories that it signed
	unproven *signed                // one of those, until it has signed ours too
}

// NewVouch returns a Vouch for a register's log. Evidence is called with every
// other history that a member signs; it may be told again of one once that
// member is convicted by its own signatures.
func NewVouch(register string, log *Log, now func() publica.Time, evidence func(*publica.Fork)) *Vouch {
	return &Vouch{register: register, log: log, now: now, evidence: evidence,
		said: map[int64]map[string][]byte{}, moved: make(chan struct{})}
}

// unlock ends what began with mu.Lock, and reports the forks found meanwhile.
func (v *Vouch) unlock() {
	forks := v.forks
	v.forks = nil
	v.mu.Unlock()
	for _, f := range forks {
		v.evidence(f)
	}
}

// SetMembers says who counts from now on. What members said that remain, with
// the same keys, is kept.
func (v *Vouch) SetMembers(all []Member) {
	v.mu.Lock()
	defer v.unlock()
	old := v.members
	v.members, v.power, v.saved = nil, 0, nil
	for i := range all {
		m := &member{Member: all[i], ahead: map[int64]signed{}, forked: map[tlog.Tree]struct{}{}}
		if j := slices.IndexFunc(old, func(o *member) bool { return o.same(&all[i]) }); j >= 0 {
			m = old[j]
			m.Power, m.Name = all[i].Power, all[i].Name
		}
		m.standing.ID, m.standing.Name = m.ID, m.Name
		v.members = append(v.members, m)
		v.power += m.Power
	}
	for _, notes := range v.said {
		maps.DeleteFunc(notes, func(id string, _ []byte) bool { m := v.member(id); return m == nil || !slices.Contains(old, m) })
	}
}

func (v *Vouch) member(id string) *member {
	for _, m := range v.members {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// enough reports whether power is more than two thirds of all.
func (v *Vouch) enough(power int64) bool { return 3*power > 2*v.power }

// Own says what this node has committed and signed. What members said of that
// size before counts from now on. The error means that the store is damaged.
func (v *Vouch) Own(tree tlog.Tree, checkpoint []byte) error {
	v.mu.Lock()
	defer v.unlock()
	if tree.N < v.own.tree.N {
		return nil
	}
	v.own = signed{tree, checkpoint}
	if n := len(v.roots); n == 0 || v.roots[n-1] != tree {
		v.roots = append(v.roots[max(0, n-keptSizes+1):], tree)
	}
	if len(v.members) == 0 { // one node decides alone: its word is all there is
		v.setQuorum(v.own)
	}
	for _, m := range v.members {
		for _, n := range slices.Sorted(maps.Keys(m.ahead)) {
			if n > tree.N {
				break
			}
			s := m.ahead[n]
			delete(m.ahead, n)
			if _, err := v.judge(m, s); err != nil && publica.CodeOf(err) != publica.Conflict {
				return err
			}
		}
	}
	return nil
}

// Hear takes a member's statement. It reports whether the checkpoint with a
// quorum, or the signatures on it, changed. The error says why the statement is
// not believed: [publica.Malformed], [publica.Unverified] or
// [publica.BadSignature]; another history is [publica.Conflict].
func (v *Vouch) Hear(statement []byte) (advanced bool, err error) {
	s, err := publica.ParseStatement(statement)
	if err != nil {
		return false, err
	}
	c, err := publica.ParseCheckpoint([]byte(s.Checkpoint))
	if err != nil {
		return false, err
	}
	m, err := v.speaker(s.Holds)
	if err != nil {
		return false, err
	}
	holds, err := publica.VerifyHolds(s.Holds, note.VerifierList(m.Node), v.register)
	if err != nil {
		return false, err
	}
	var said signed
	if !v.heard(m.ID, c.Tree) {
		if said, err = v.verify(&m, c.Note); err != nil {
			return false, err
		}
	}
	v.mu.Lock()
	defer v.unlock()
	now := v.member(m.ID)
	if now == nil || !now.same(&m) {
		return false, notAMember // no longer
	}
	if v.holding(now, holds, s.Holds) {
		now.standing.HeardAt = v.now()
		now.standing.Skew = time.Duration(holds.At-now.standing.HeardAt) * time.Millisecond
	}
	if said.note == nil {
		return false, nil
	}
	return v.take(now, said)
}

var notAMember = publica.Problem(publica.Unverified, "statement/holds", "is not signed by a validator of this register")

// speaker returns the member whose key has signed a holds note, if the
// signature is genuine.
func (v *Vouch) speaker(holds string) (Member, error) {
	sigs, err := publica.SignaturesOf([]byte(holds))
	if err != nil {
		return Member{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.members {
		if m.Node.Name() == sigs[0].Name && m.Node.KeyHash() == sigs[0].Hash {
			return m.Member, nil
		}
	}
	return Member{}, notAMember
}

// heard reports whether a member's signature on a checkpoint would tell nothing
// new: it was heard before, or more have signed a larger one.
func (v *Vouch) heard(id string, tree tlog.Tree) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	m := v.member(id)
	if m == nil {
		return false
	}
	_, again := m.forked[tree]
	return again || m.last.tree == tree || m.ahead[tree.N].tree == tree ||
		(tree.N < v.quorum.tree.N && slices.Contains(v.roots, tree))
}

// verify checks that all keys of a member have signed a checkpoint, and returns
// it with their lines alone.
func (v *Vouch) verify(m *Member, checkpoint []byte) (signed, error) {
	keys := m.keys()
	n, err := note.Open(checkpoint, note.VerifierList(keys...))
	if bad, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return signed{}, publica.Problem(publica.BadSignature, "statement/checkpoint", "has a signature of "+bad.Name+" that does not verify")
	}
	if err != nil || len(n.Sigs) < len(keys) {
		return signed{}, publica.Problem(publica.Unverified, "statement/checkpoint", "is not signed by all keys of "+m.Name)
	}
	c, err := torchwood.ParseCheckpoint(n.Text)
	if err != nil || c.Origin != v.register || c.Extension != "" {
		return signed{}, publica.Problem(publica.Malformed, "statement/checkpoint", "is not a plain checkpoint of "+v.register)
	}
	text, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs})
	return signed{c.Tree, text}, err
}

// holding notes what a member says it holds, unless that is old news. What came
// from far in the future is forgotten: its clock has been set right since.
func (v *Vouch) holding(m *member, h *publica.Holds, text string) (news bool) {
	if h.At <= m.standing.HoldsAt && m.standing.HoldsAt <= v.now()+farFuture {
		return false
	}
	m.holds, m.standing.Holds, m.standing.HoldsAt = text, h.Size, h.At
	v.saved = nil
	return true
}

// take notes a checkpoint that a member has signed.
func (v *Vouch) take(m *member, s signed) (advanced bool, err error) {
	if s.tree.N <= v.own.tree.N {
		return v.judge(m, s)
	}
	if other, ok := m.ahead[s.tree.N]; ok && other.tree != s.tree {
		return false, v.fork(m, s, other)
	}
	m.ahead[s.tree.N] = s
	if len(m.ahead) > keptSizes {
		delete(m.ahead, slices.Min(slices.Collect(maps.Keys(m.ahead))))
	}
	return false, nil
}

// judge compares what a member has signed with our own log, which has reached
// that size.
func (v *Vouch) judge(m *member, s signed) (advanced bool, err error) {
	root, err := v.root(s.tree.N)
	if err != nil {
		return false, err
	}
	if root != s.tree.Hash {
		return false, v.forkOfOurs(m, s)
	}
	return v.count(m, s)
}

// root returns the root of our log at a size.
func (v *Vouch) root(size int64) (tlog.Hash, error) {
	for _, t := range v.roots {
		if t.N == size {
			return t.Hash, nil
		}
	}
	return v.log.Root(size)
}

// count counts a member for a checkpoint of ours.
func (v *Vouch) count(m *member, s signed) (advanced bool, err error) {
	if s.tree.N > m.last.tree.N {
		m.last, m.standing.Size, m.standing.At = s, s.tree.N, m.standing.HoldsAt
		if m.unproven != nil && m.unproven.tree.N <= s.tree.N {
			err = v.report(*m.unproven, s)
			m.unproven = nil
		}
	}
	if err != nil || s.tree.N < v.quorum.tree.N {
		return false, err
	}
	notes := v.said[s.tree.N]
	if notes == nil {
		notes = map[string][]byte{}
		v.said[s.tree.N] = notes
	}
	if notes[m.ID] != nil {
		return false, nil
	}
	notes[m.ID] = s.note
	if len(v.said) > keptSizes {
		delete(v.said, v.leastSaid())
	}
	return v.tally(s.tree, notes)
}

// leastSaid returns the size that the fewest have signed, the smallest of those:
// one who signs sizes at which no block ends cannot push out what others sign.
func (v *Vouch) leastSaid() (least int64) {
	fewest := len(v.members) + 1
	for _, size := range slices.Sorted(maps.Keys(v.said)) {
		if n := len(v.said[size]); n < fewest {
			least, fewest = size, n
		}
	}
	return least
}

// tally merges what members said of one checkpoint, if they are enough: as many
// as a note has room for.
func (v *Vouch) tally(tree tlog.Tree, notes map[string][]byte) (advanced bool, err error) {
	var power int64
	var all [][]byte
	lines := 0
	for _, m := range v.members {
		n := notes[m.ID]
		if n == nil || lines+len(m.keys()) > publica.MaxSignatures {
			continue
		}
		power += m.Power
		lines += len(m.keys())
		all = append(all, n)
	}
	if tree != v.quorum.tree && !v.enough(power) {
		return false, nil
	}
	if tree == v.quorum.tree { // with the lines of those who were members when they signed
		all = append([][]byte{v.quorum.note}, all...)
	}
	merged, err := publica.MergeCheckpoints(all...)
	if tree == v.quorum.tree && publica.CodeOf(err) == publica.TooLarge {
		return false, nil // it has room for no more
	}
	if err != nil {
		return false, fmt.Errorf("merge what members signed: %w", err)
	}
	v.setQuorum(signed{tree, merged})
	maps.DeleteFunc(v.said, func(size int64, _ map[string][]byte) bool { return size < tree.N })
	return true, nil
}

func (v *Vouch) setQuorum(s signed) {
	v.quorum, v.saved = s, nil
	close(v.moved)
	v.moved = make(chan struct{})
}

// Quorum returns the largest checkpoint that members with more than two thirds
// of the power have signed, with the lines of all who have; nil if there is
// none. It must not be modified.
func (v *Vouch) Quorum() (checkpoint []byte, tree tlog.Tree) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.quorum.note, v.quorum.tree
}

// Witnessed returns the largest checkpoint with a quorum that a witness has
// cosigned too, as [Vouch.Quorum].
func (v *Vouch) Witnessed() (checkpoint []byte, tree tlog.Tree) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.witnessed.note, v.witnessed.tree
}

// witness takes a checkpoint that had a quorum and that a witness has cosigned.
func (v *Vouch) witness(s signed) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.tree.N < v.witnessed.tree.N {
		return nil
	}
	notes := [][]byte{s.note}
	for _, more := range []signed{v.witnessed, v.quorum} {
		if more.tree == s.tree {
			notes = append(notes, more.note)
		}
	}
	merged, err := publica.MergeCheckpoints(notes...)
	if err != nil {
		return fmt.Errorf("merge what witnesses signed: %w", err)
	}
	v.witnessed, v.saved = signed{s.tree, merged}, nil
	return nil
}

// HeldBy returns the newest word of each member that holds the content of the
// leaf at index and all before it, and whether these have more than two thirds
// of the power.
func (v *Vouch) HeldBy(index int64) (notes []string, durable bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var power int64
	for _, m := range v.members {
		if m.standing.Holds > index {
			notes = append(notes, m.holds)
			power += m.Power
		}
	}
	return notes, len(notes) > 0 && v.enough(power)
}

// Durable returns the log size up to which members with more than two thirds of
// the power hold all content.
func (v *Vouch) Durable() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	var power int64
	most := func(a, b *member) int { return cmp.Compare(b.standing.Holds, a.standing.Holds) }
	for _, m := range slices.SortedFunc(slices.Values(v.members), most) {
		if power += m.Power; v.enough(power) {
			return m.standing.Holds
		}
	}
	return 0
}

// Members returns what is known of each member, in the order given.
func (v *Vouch) Members() []Standing {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Standing, len(v.members))
	for i, m := range v.members {
		all[i] = m.standing
	}
	return all
}
