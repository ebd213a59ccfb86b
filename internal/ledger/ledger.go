package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/types"

	"publica"
	"publica/internal/machine"
)

// Config says how a node takes part in deciding blocks. The zero values of the
// last part stand for the defaults named.
type Config struct {
	Dir         string       // the node's folder; engine/ and intake/ in it are the ledger's
	Register    string       // the register's name
	Genesis     []byte       // handed to App.Found; part of the chain's name
	GenesisTime publica.Time // not in the future; the first block has this time
	Validators  []Validator  // of the genesis; none: this node alone

	Listen string   // host:port for peers; "": loopback, any port
	Peers  []string // id@host:port of those to connect to; only they may connect

	// Signer says that the validator's key is with a process that runs
	// [ServeSigner]: its peer id and where this node listens for it, as
	// id@host:port. The engine's own forms noise://… and unix://… are taken
	// too. "": the key is in the folder.
	Signer string

	// Heard is called for every statement that a peer says, from several
	// goroutines; it must not block. Nil: nobody listens.
	Heard func(peer string, statement []byte)

	Log *slog.Logger     // default: nothing is logged
	Now func() time.Time // default time.Now

	Pace       time.Duration // least time between blocks that change the log: 150 ms; negative: none
	BlockBytes int64         // most bytes of a block: 4 MiB; the same on all nodes
	Keep       int64         // blocks the engine keeps for peers that were away: 2,000
	Entries    int           // most entries that wait: 100,000
	Bytes      int64         // most bytes that wait, content included: 256 MiB
	Confirm    time.Duration // how long Submit waits for a peer: 5 s
	Stall      time.Duration // without a block for so long, while one is wanted, something is wrong: 60 s, see [Status]

	// Another engine and disk, and no waiting in proposals, for the simulation.
	build func(*engine, context.Context, *types.GenesisDoc, *p2p.NodeKey, *bridge, *exchange, *engineLog) (running, error)
	disk  config.DBProvider
	hasty bool

	silent time.Duration // instead of silentAfter, in tests
}

func (c *Config) fill() error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	setDefault(&c.Pace, 150*time.Millisecond)
	setDefault(&c.BlockBytes, 4<<20)
	setDefault(&c.Keep, 2000)
	setDefault(&c.Entries, 100_000)
	setDefault(&c.Bytes, 256<<20)
	setDefault(&c.Confirm, 5*time.Second)
	setDefault(&c.Stall, time.Minute)
	c.Pace = max(c.Pace, 0)
	if c.GenesisTime <= 0 || c.GenesisTime > publica.TimeOf(c.Now()) {
		// The engine would sleep until then.
		return publica.Problem(publica.Invalid, "genesis/time", "is missing or in the future").
			WithHint("check the node's clock")
	}
	return nil
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

var errStopped = publica.Problem(publica.Busy, "", "the node is stopping").WithHint("send the entry again in a minute, or to another node")

// Ledger is a node's part in consensus. P is the promise that the node makes
// for an entry. All methods are safe for concurrent use.
type Ledger[P any] struct {
	config   Config
	app      App
	pool     *pool
	intake   *Intake[P]
	verifier *verifier
	engine   *engine
	bridge   *bridge
	exchange *exchange
	peers    *peerList
	promise  func([]publica.EntryID) ([]P, error)
	clock    blockClock

	nudges   chan struct{} // holds one: the engine should be told that a block is wanted
	quit     chan struct{}
	wait     sync.WaitGroup
	stopping atomic.Bool
	stalled  atomic.Pointer[string] // why no block comes, nil while they come
	stop     sync.Once
	stopErr  error

	die    sync.Once
	done   chan struct{}
	reason error // set before done is closed
}

// Status is where the ledger stands.
type Status struct {
	Height  int64        // of the last committed block since the start, 0 if none yet
	Time    publica.Time // of that block
	Waiting int          // entries in the pool
	Bytes   int64        // of them, with content

	Peers  []Peer // those of the configuration or of SetPeers, by id
	Quorum bool   // validators with more than two thirds of the power are connected, this node included

	// Stalled says that a block is wanted and none has come for Config.Stall, or
	// that none can come since peers keep later ones only; Why says what seems to
	// be the matter. While too few validators are connected that is no fault of
	// this node. Where a quorum is connected and five times that has passed, or
	// this node is the only validator, the ledger counts as dead.
	Stalled bool
	Why     string

	// Restored says that the node signs nothing yet, see [MarkRestored].
	Restored bool
}

// Start opens the intake, replays into the app what it misses, and takes part
// in consensus until Stop. The promise function makes the promises of entries
// that became durable together: as many as ids, in their order. It is called
// from several goroutines. Decided says whether an entry is on the log; it is
// called until Stop, from several goroutines.
//
// The context bounds Start, not the ledger's life.
func Start[P any](ctx context.Context, c Config, app App, promise func([]publica.EntryID) ([]P, error), decided func(publica.EntryID) bool) (_ *Ledger[P], err error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	l := &Ledger[P]{
		config:   c,
		app:      app,
		pool:     newPool(c.Entries, c.Bytes),
		verifier: newVerifier(),
		peers:    new(peerList),
		promise:  promise,
		nudges:   make(chan struct{}, 1),
		quit:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	defer func() {
		if err != nil {
			l.verifier.close()
			if l.intake != nil {
				err = errors.Join(err, l.intake.Close())
			}
		}
	}()
	// 1. What was promised before comes back, with its content, before the
	// engine replays blocks that hold it.
	if err := l.openIntake(decided); err != nil {
		return nil, err
	}
	// 2. The engine, which replays, and what nodes tell each other beside it.
	l.exchange = newExchange(app, l.pool, l.verifier, c.Log)
	if c.silent != 0 {
		l.exchange.silent = c.silent
	}
	l.exchange.keep, l.exchange.forget = l.keep, l.intake.Decided
	l.exchange.decided, l.exchange.heard, l.exchange.arrived = decided, c.Heard, l.nudge
	l.exchange.kept = func() (base, height int64) { b := l.engine.BlockStore(); return b.Base(), b.Height() }
	l.bridge = &bridge{app: app, pool: l.pool, verifier: l.verifier, now: c.Now, peers: l.peers, committed: l.committed, wants: l.clock.wanted, keep: c.Keep, hasty: c.hasty}
	log := newEngineLog(c.Log)
	if l.engine, err = newEngine(ctx, c, l.bridge, l.exchange, log); err != nil {
		return nil, err
	}
	for _, s := range l.peers.set(c.Peers) {
		c.Log.Error("not the address of a peer, want id@host:port", "address", s)
	}
	if err := l.engine.Start(); err != nil {
		l.engine.closeStores()
		return nil, fmt.Errorf("start the engine: %w", errors.Join(err, l.engine.guard.Close()))
	}
	// 3. Those who look after it.
	l.wait.Go(l.wakeEngine)
	l.wait.Go(l.watch)
	l.wait.Go(l.dial)
	l.wait.Go(func() { l.mourn(log) })
	l.nudge()
	return l, nil
}

// openIntake fills the pool with what is on disk. Signatures are verified
// again: a damaged disk may show what was never written there.
func (l *Ledger[P]) openIntake(decided func(publica.EntryID) bool) error {
	var items []Item
	intake, damage, err := OpenIntake(l.config.Dir+"/intake", l.promise, decided, func(s *publica.Signed, content []publica.Content) {
		e, err := l.app.Open(s)
		if err != nil {
			l.config.Log.Error("an entry in the intake can no longer be opened", "entry", s.ID(), "err", err)
			return
		}
		items = append(items, Item{e, content})
	}, l.keepMissing)
	for _, d := range damage {
		l.config.Log.Error("the intake is damaged; entries that were promised may be missing", "file", d.File, "from", d.From, "to", d.To)
	}
	if err != nil {
		return err
	}
	l.intake = intake
	entries := make([]*machine.Entry, len(items))
	for i := range items {
		entries[i] = items[i].Entry
	}
	for i, valid := range l.verifier.verifyAll(entries) {
		if !valid {
			l.config.Log.Error("an entry in the intake has a bad signature", "entry", items[i].ID)
			continue
		}
		l.pool.restore(items[i])
	}
	return nil
}

// keepMissing has the app keep those parts that it does not hold.
func (l *Ledger[P]) keepMissing(parts []publica.Content) error {
	var missing []publica.Content
	for _, c := range parts {
		if _, err := l.app.Content(c.Commitment()); publica.CodeOf(err) == publica.NotFound {
			missing = append(missing, c)
		} else if err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return l.app.Keep(missing)
}

// keep makes entries of peers durable.
func (l *Ledger[P]) keep(items []Item) []error {
	errs := l.intake.keepAll(items)
	if fault := l.intake.Err(); fault != nil {
		l.dead(fault)
	}
	return errs
}

// lone reports whether the node has no peers, so that nobody else can hold its
// entries.
func (l *Ledger[P]) lone() bool { return len(l.peers.all()) == 0 }

// Purge returns when what is on disk of entries that wait holds nothing of
// entries that are decided now: content of those has to go.
func (l *Ledger[P]) Purge(ctx context.Context) error { return l.intake.Purge(ctx) }

// Submit verifies the signature of an entry that passed [App.Open], makes it
// and its content durable, and returns the promise made for it: from then on
// the entry will be decided, whatever happens to the process. If the node has
// peers it returns only when one of them has made the entry durable too, or a
// block has decided it: then the entry does not depend on this node's disk. If
// that takes longer than [Config.Confirm] the error is busy; the entry stays,
// and will be decided, but the node gives no word for it yet. The content must
// have passed [publica.CheckContent] and be complete.
//
// An entry that waits already is not taken in twice; its promise is returned, or
// busy if it is not on disk within Config.Confirm: its content may be on the way
// from a peer.
// Whether it is on the log already is the caller's to know. Errors have code
// bad-signature, unsupported or malformed (the signature), busy (full pool,
// full disk, no peer, stopping), too-large or internal.
func (l *Ledger[P]) Submit(e *machine.Entry, content []publica.Content) (p P, err error) {
	if err := l.Err(); err != nil {
		return p, &publica.Error{Code: publica.Busy, Message: "the node has stopped taking part in consensus", Hint: errStopped.Hint, Err: err}
	}
	if l.stopping.Load() {
		return p, errStopped
	}
	if n := itemSize(Item{e, content}); n > l.pool.share() && !l.lone() {
		return p, publica.Problem(publica.TooLarge, "content", fmt.Sprintf("has %d bytes, between nodes travel at most %d", n, l.pool.share()))
	}
	if _, known := l.pool.find(e.ID, e.Signed); !known {
		if err := l.verifier.verify(e); err != nil {
			return p, err
		}
	}
	waiting, fresh, err := l.pool.reserve(Item{e, content})
	if err != nil {
		return p, err
	}
	late := time.NewTimer(l.config.Confirm)
	defer late.Stop()
	if !fresh {
		select {
		case <-waiting.settled:
		case <-l.quit:
			return p, errStopped
		case <-late.C:
			return p, errLater
		}
		return l.confirmed(waiting, late.C)
	}
	p, err = l.intake.append(e.ID, e.Signed, content)
	if err != nil && !errors.Is(err, errUnsigned) {
		l.pool.fail(waiting, err)
		if fault := l.intake.Err(); fault != nil {
			l.dead(fault) // nothing more can be promised; a restart finds all that was
		}
		return p, err
	}
	var promise any
	if err == nil {
		promise = p
	}
	ids := []publica.EntryID{e.ID}
	if l.pool.admit(waiting, promise) {
		l.exchange.added(ids, true)
		l.nudge()
	} else {
		// A block decided it while our disk worked, perhaps without its content.
		if err := l.app.Keep(content); err != nil {
			return p, fmt.Errorf("keep the entry's content: %w", err)
		}
		l.intake.Decided(ids)
	}
	if err != nil {
		return p, err
	}
	late.Reset(l.config.Confirm)
	return l.confirmed(waiting, late.C)
}

// confirmed returns the promise of an entry that is on disk, once it does not
// depend on this node's disk alone.
func (l *Ledger[P]) confirmed(e *pooled, late <-chan time.Time) (p P, err error) {
	p, err = l.promised(e)
	if err != nil || l.lone() {
		return p, err
	}
	select {
	case <-e.safe:
		return p, nil
	default:
	}
	var none P
	select {
	case <-e.safe:
		return p, nil
	case <-l.quit:
		return none, errStopped
	case <-late:
		return none, errAlone
	}
}

var errAlone = publica.Problem(publica.Busy, "", "the entry is taken in, but no other node has confirmed that it holds it too").
	WithHint("send it again in a few seconds for the promise; it will be decided in any case")

// promised returns the promise of an entry that is in the pool, once it is
// durable. One found on disk at start, or sent by a peer, has none at hand and
// gets a new one.
func (l *Ledger[P]) promised(e *pooled) (p P, err error) {
	<-e.settled
	if e.err != nil {
		return p, e.err
	}
	if p, ok := e.promise.(P); ok {
		return p, nil
	}
	made, err := l.promise([]publica.EntryID{e.item.ID})
	if err != nil || len(made) != 1 {
		return p, fmt.Errorf("promise an entry again: %w", errors.Join(errUnsigned, err))
	}
	return made[0], nil
}

// Wake asks for a block whose time is not before now, though no entry may wait:
// because something falls due, or because the log has been silent for long. It
// returns at once.
func (l *Ledger[P]) Wake() {
	l.clock.want(publica.TimeOf(l.config.Now()))
	l.nudge()
}

// Status returns where the ledger stands.
func (l *Ledger[P]) Status() (s Status) {
	s.Height, s.Time = l.clock.last()
	s.Waiting, s.Bytes = l.pool.load()
	s.Peers, s.Quorum = l.standing()
	if why := l.stalled.Load(); why != nil {
		s.Stalled, s.Why = true, *why
	}
	_, s.Restored = l.engine.guard.waits()
	return s
}

// Done is closed when consensus has died; [Ledger.Err] says why. The process
// should exit then: nothing is decided any more, and only a restart helps.
func (l *Ledger[P]) Done() <-chan struct{} { return l.done }

// Err returns why consensus died, nil while it lives or after Stop.
func (l *Ledger[P]) Err() error {
	select {
	case <-l.done:
		return l.reason
	default:
		return nil
	}
}

// Stop ends the node's part in consensus. Appends under way are finished first;
// what is not decided stays in the intake for the next start.
func (l *Ledger[P]) Stop() error {
	l.stop.Do(func() {
		l.stopping.Store(true)
		close(l.quit)
		l.wait.Wait()
		err := l.engine.Stop()
		l.verifier.close()
		l.stopErr = errors.Join(err, l.intake.Close())
	})
	return l.stopErr
}

// committed hears of every block, on the goroutine of consensus.
func (l *Ledger[P]) committed(b *block) {
	ids := make([]publica.EntryID, len(b.items))
	for i := range b.items {
		ids[i] = b.items[i].ID
	}
	l.intake.Decided(ids)
	l.clock.committed(b.height, b.time)
	if l.engine != nil { // else the engine is replaying
		l.engine.pace(b, l.config.Pace, l.config.Now())
	}
	if l.wanted() {
		l.nudge()
	}
}

// pace sets how long the engine waits after this block before the next.
//
// After a block that changed the log the engine makes another at once, to have
// the new root signed. The pause before it gathers the entries that come
// meanwhile: a seal for every few of them would cost more than they do. After a
// block that did not change the log there is nothing to gather, and an entry
// that waits for a fresh block time must not wait longer.
//
// A node that catches up does not pause either.
//
// This line of the engine has no way to give the pause with a block, so its
// configuration is changed: the engine reads it on this very goroutine, right
// after Commit, and nowhere else.
func (e *engine) pace(b *block, pause time.Duration, now time.Time) {
	if !b.changed || now.Sub(b.time.Std()) > farBehind {
		pause = 0
	}
	e.config.Consensus.TimeoutCommit = pause
}

// farBehind is the age of a block from which on there are surely more.
const farBehind = 5 * time.Second

// mourn waits for the engine to say that consensus has failed.
func (l *Ledger[P]) mourn(log *engineLog) {
	select {
	case <-l.quit:
	case why := <-log.failure:
		l.dead(errors.New("consensus stopped: " + why))
	}
}

func (l *Ledger[P]) dead(reason error) {
	l.die.Do(func() {
		l.reason = reason
		close(l.done)
	})
}
