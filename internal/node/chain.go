package node

import (
	"encoding/json/v2"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/content"
	"publica/internal/ledger"
	"publica/internal/machine"
	"publica/internal/store"
	"publica/internal/tilelog"
)

// chain is the register as consensus sees it: it executes decided blocks and
// commits them to log, state and content. It implements [ledger.App].
type chain struct {
	machine  *machine.Machine
	db       *store.DB
	state    store.Space // the law's
	logs     store.Space // the log's
	position store.Space // where the chain stands
	log      *tilelog.Log
	content  *content.Store
	signer   *publica.LogSigner

	pending *pending // executed and not committed; consensus goroutine only

	head      atomic.Pointer[head] // what is committed; replaced as a whole
	vouched   atomic.Pointer[head] // the latest that a quorum has signed; nil if none yet
	witnessed atomic.Pointer[head] // the latest that witnesses have signed too

	// Set once before blocks are executed.
	onCommit func(base, size int64, complete bool) error // may be nil
	onEntry  func(publica.EntryID, publica.Time)         // each entry of a committed block; may be nil
	vouches  func() []byte                               // to store with the next block; may be nil

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when head moves; guarded by mu
	recent  []*head       // the last sealed heads, oldest first; guarded by mu
}

// recentHeads is how many sealed heads are kept for signatures to arrive.
const recentHeads = 64

// head is the register as committed at one height. It is immutable.
type head struct {
	position
	tree       tlog.Tree
	checkpoint []byte               // as it is served
	own        []byte               // the same, signed by this node alone
	dockets    []publica.DocketHead // sorted; the leaves under the last seal
	state      *remembered          // committed state, for those who only read
	due        publica.Time         // when the law next wants a block; zero for never
	validators []machine.Validator  // by name
	members    []tilelog.Member     // the same, as signers
	silence    time.Duration        // a seal is due at least this often
	passkeys   string               // domain whose passkeys may sign
	turnout    *turnout
}

// position is what the chain stores beside log and state, in the same batch.
type position struct {
	Height int64        `json:"height"`
	Root   publica.Hash `json:"root"`
	Time   publica.Time `json:"time"`   // block time of the last block
	Sealed publica.Time `json:"sealed"` // block time of the last seal
	Seals  int64        `json:"seals"`
}

// pending is a block between Execute and Commit.
type pending struct {
	position position
	result   *machine.Result
	staged   *tilelog.Staged
	content  []publica.Content
	complete bool // content holds every part that the block's entries commit to
	turnout  *turnout
}

var positionKey = []byte("position")

// openChain opens log, state and content in their folders and reads where they
// stand.
func openChain(m *machine.Machine, f *Folder, signer *publica.LogSigner) (_ *chain, err error) {
	// Texts and names of people are in here; the umask must not decide.
	if err := os.Chmod(f.dir, 0o700); err != nil {
		return nil, fmt.Errorf("protect the data folder: %w", err)
	}
	c := &chain{machine: m, signer: signer, changed: make(chan struct{})}
	if c.db, err = store.Open(f.path("register")); err != nil {
		return nil, err
	}
	c.state, c.logs, c.position = c.db.Space('s'), c.db.Space('l'), c.db.Space('p')
	if c.log, err = tilelog.Open(c.logs); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	if c.content, err = content.Open(f.path("content")); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	p, founded, err := c.readPosition()
	if root := publica.Hash(c.log.Tree().Hash); err == nil && founded && p.Root != root {
		err = publica.Problem(publica.Unverified, "", "the log on disk has the root "+root.String()+", the last block left "+p.Root.String()).
			WithHint("the folder is damaged: run publicad check, and restore it from a backup")
	}
	var t *turnout
	if err == nil {
		t, err = c.readTurnout()
	}
	if err == nil {
		err = c.publish(p, t)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *chain) close() error { return errors.Join(c.content.Close(), c.db.Close()) }

func (c *chain) readPosition() (p position, founded bool, err error) {
	raw, err := c.position.Get(positionKey)
	if err != nil || raw == nil {
		return p, false, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, false, fmt.Errorf("read chain position: %w", err)
	}
	return p, true, nil
}

// Position implements [ledger.App].
func (c *chain) Position() (int64, []byte, error) {
	p, founded, err := c.readPosition()
	if err != nil || !founded {
		return 0, nil, err
	}
	return p.Height, p.Root[:], nil
}

// Found implements [ledger.App].
func (c *chain) Found(genesis []byte, _ publica.Time) ([]byte, error) {
	p, founded, err := c.readPosition()
	if err != nil {
		return nil, err
	}
	if founded {
		if p.Height != 0 {
			return nil, fmt.Errorf("found: the chain is at height %d already", p.Height)
		}
		return p.Root[:], nil
	}
	g := new(machine.Genesis)
	if err := publica.DecodeStrict(genesis, g, "genesis"); err != nil {
		return nil, err
	}
	r, err := c.machine.Found(c.state, g)
	if err != nil {
		return nil, err
	}
	staged := c.log.Stage(r.Leaves)
	c.pending = &pending{result: r, staged: staged, complete: true, turnout: &turnout{},
		position: position{Root: publica.Hash(staged.Root()), Time: g.Time, Sealed: g.Time, Seals: 1}}
	if err := c.Commit(); err != nil {
		return nil, err
	}
	root := staged.Root()
	return root[:], nil
}

// Open implements [ledger.App].
func (c *chain) Open(s *publica.Signed) (*machine.Entry, error) { return c.machine.Check(s) }

// Execute implements [ledger.App].
func (c *chain) Execute(blk *ledger.Block) (*ledger.Executed, error) {
	height, at, items := blk.Height, blk.Time, blk.Items
	b, err := c.machine.Begin(c.state, height, at)
	if err != nil {
		return nil, fmt.Errorf("begin block %d: %w", height, err)
	}
	var parts []publica.Content
	complete := true
	for i := range items {
		outcome, err := b.Apply(items[i].Entry)
		if err != nil {
			return nil, fmt.Errorf("apply entry %s in block %d: %w", items[i].ID, height, err)
		}
		if outcome != machine.Duplicate {
			parts = append(parts, items[i].Content...)
			complete = complete && len(items[i].Content) == len(items[i].Entry.Entry.Content)
		}
	}
	r, err := b.Finish()
	if err != nil {
		return nil, fmt.Errorf("finish block %d: %w", height, err)
	}
	p := c.head.Load().position
	staged := c.log.Stage(r.Leaves)
	p.Height, p.Time, p.Root = height, at, publica.Hash(staged.Root())
	if len(r.Leaves) > 0 {
		p.Sealed = at
		p.Seals++
	}
	c.pending = &pending{position: p, result: r, staged: staged, content: parts, complete: complete, turnout: c.head.Load().turnout.count(blk)}
	root := staged.Root()
	done := &ledger.Executed{Root: root[:]}
	for _, v := range r.Powers {
		done.Powers = append(done.Powers, ledger.Power{Key: v.Key, Power: v.Power})
	}
	return done, nil
}

// Keep implements [ledger.App].
func (c *chain) Keep(parts []publica.Content) error { return c.content.Keep(parts) }

// Content implements [ledger.App].
func (c *chain) Content(p publica.Commitment) (publica.Content, error) { return c.content.Get(p) }

// Commit implements [ledger.App]. Content goes first: a leaf whose content was
// promised must never be on the log without it.
func (c *chain) Commit() error {
	p := c.pending
	if err := c.content.Keep(p.content); err != nil {
		return err
	}
	base := c.log.Size()
	if err := c.write(p, (*store.Batch).Commit); err != nil {
		return err
	}
	c.pending = nil
	for i := range p.result.Leaves {
		if l := &p.result.Leaves[i]; c.onEntry != nil && l.IsEntry {
			c.onEntry(l.ID, p.position.Time)
		}
	}
	if c.onCommit != nil {
		if err := c.onCommit(base, c.log.Size(), p.complete); err != nil {
			return err
		}
	}
	return c.publish(p.position, p.turnout)
}

// write puts a block into log and state, all of it or nothing.
func (c *chain) write(p *pending, commit func(*store.Batch) error) error {
	b := c.db.Batch()
	for _, w := range p.result.Writes {
		if err := set(b, c.state, w); err != nil {
			return err
		}
	}
	if err := p.staged.Write(func(k, v []byte) error { return b.Set(c.logs, k, v) }); err != nil {
		return err
	}
	if err := c.writePlace(b, p); err != nil {
		return err
	}
	if err := commit(b); err != nil {
		return fmt.Errorf("commit block %d: %w", p.position.Height, err)
	}
	c.log.Adopt(p.staged)
	c.machine.Committed(p.result)
	return nil
}

// writePlace puts into the block's batch where the chain stands after it, and
// what others have signed so far.
func (c *chain) writePlace(b *store.Batch, p *pending) error {
	for key, v := range map[string]any{string(positionKey): p.position, string(turnoutKey): p.turnout} {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := b.Set(c.position, []byte(key), raw); err != nil {
			return err
		}
	}
	if c.vouches == nil {
		return nil
	}
	return b.Set(c.position, vouchesKey, c.vouches())
}

var vouchesKey = []byte("vouches")

func set(b *store.Batch, s store.Space, w machine.Write) error {
	if w.Value == nil {
		return b.Delete(s, w.Key)
	}
	return b.Set(s, w.Key, w.Value)
}

// publish makes the committed state visible to readers and wakes those who
// wait for it.
func (c *chain) publish(p position, t *turnout) error {
	h := &head{position: p, tree: c.log.Tree(), state: &remembered{space: c.state}, turnout: t}
	if old := c.head.Load(); old != nil && old.tree == h.tree {
		h.checkpoint, h.own, h.dockets, h.state = old.checkpoint, old.own, old.dockets, old.state
		h.validators, h.members, h.silence, h.passkeys = old.validators, old.members, old.silence, old.passkeys
	} else if h.tree.N > 0 {
		if err := c.sealed(h); err != nil {
			return err
		}
	}
	var err error
	if h.due, err = machine.NextDue(c.state, h.Time); err != nil {
		return err
	}
	c.head.Store(h)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.recent); n == 0 || c.recent[n-1].tree != h.tree {
		c.recent = append(c.recent[max(0, n-recentHeads+1):], h)
	}
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

// sealed fills in what changes only when the log does.
func (c *chain) sealed(h *head) (err error) {
	if h.own, err = c.signer.SignCheckpoint(h.tree); err != nil {
		return err
	}
	h.checkpoint = h.own
	if h.dockets, err = c.machine.Heads(c.state); err != nil {
		return err
	}
	if h.validators, err = machine.Validators(c.state); err != nil {
		return err
	}
	slices.SortFunc(h.validators, func(a, b machine.Validator) int { return strings.Compare(a.Name, b.Name) })
	if h.members, err = membersOf(h.validators); err != nil {
		return err
	}
	now, err := machine.ParametersOf(c.state)
	h.silence, h.passkeys = time.Duration(now.Silence)*time.Millisecond, now.Passkeys
	return err
}

// adopt makes a checkpoint that others have signed the one in place, if it is
// newer and this node still knows the head it is of.
func (c *chain) adopt(place *atomic.Pointer[head], tree tlog.Tree, checkpoint []byte) {
	old := place.Load()
	if old != nil && (old.tree.N > tree.N || (old.tree.N == tree.N && len(old.checkpoint) >= len(checkpoint))) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.recent, func(h *head) bool { return h.tree == tree })
	if i < 0 {
		return
	}
	h := *c.recent[i]
	h.checkpoint = checkpoint
	place.Store(&h)
	close(c.changed)
	c.changed = make(chan struct{})
}

// alone reports whether one node decides by itself: then its own signature is
// all there is.
func (h *head) alone() bool { return len(h.members) < 2 }

// believed returns the head with the strongest signatures that covers the leaf
// at index, or the own one if none does. A negative index asks for the
// strongest there is.
func (c *chain) believed(index int64) *head {
	own := c.head.Load()
	for _, h := range []*head{c.witnessed.Load(), c.vouched.Load()} {
		if h != nil && index < h.tree.N {
			return h
		}
	}
	return own
}

// moved returns a channel that is closed at the next commit.
func (c *chain) moved() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// record returns where an entry stands.
func (c *chain) record(id publica.EntryID) (rec machine.Record, ok bool, err error) {
	err = c.machine.View(c.state, 0, func(tx *machine.Tx) { rec, ok = tx.Record(id) })
	return rec, ok, err
}
