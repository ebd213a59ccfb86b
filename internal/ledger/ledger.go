package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/mempool"

	"publica"
	"publica/internal/machine"
)

// Config says how a node takes part in deciding blocks. The zero values of the
// second half stand for the defaults named.
type Config struct {
	Dir         string       // the node's folder; engine/ and intake/ in it are the ledger's
	Register    string       // the register's name
	Genesis     []byte       // handed to App.Found; part of the chain's name
	GenesisTime publica.Time // not in the future; the first block has this time
	Validators  []Validator  // of the genesis; none: this node alone

	Listen string   // host:port for peers; "": loopback, any port
	Peers  []string // id@host:port of those to connect to; only they may connect

	Log *slog.Logger     // default: nothing is logged
	Now func() time.Time // default time.Now

	Pace       time.Duration // least time between blocks that change the log: 150 ms; negative: none
	BlockBytes int64         // most bytes of a block: 4 MiB
	Keep       int64         // blocks the engine keeps: 300
	Entries    int           // most entries that wait: 100,000
	Bytes      int64         // most bytes that wait, content included: 256 MiB
	Stall      time.Duration // without a block for so long, while one is wanted, consensus counts as dead: 60 s
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
	setDefault(&c.Keep, 300)
	setDefault(&c.Entries, 100_000)
	setDefault(&c.Bytes, 256<<20)
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
	promise  func([]publica.EntryID) ([]P, error)
	clock    blockClock

	nudges   chan struct{} // holds one: the engine should be told that a block is wanted
	quit     chan struct{}
	wait     sync.WaitGroup
	stopping atomic.Bool
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
}

// Start opens the intake, replays into the app what it misses, and takes part
// in consensus until Stop. The promise function makes the promises of entries
// that became durable together: as many as ids, in their order. It is called
// from several goroutines. Decided says whether an entry is on the log; it is
// called while Start runs only.
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
	// 2. The engine, which replays.
	l.bridge = &bridge{app: app, pool: l.pool, verifier: l.verifier, now: c.Now, peers: peerIDs(c.Peers), committed: l.committed, keep: c.Keep}
	log := newEngineLog(c.Log)
	if l.engine, err = newEngine(ctx, c, l.bridge, log); err != nil {
		return nil, err
	}
	if err := l.engine.Start(); err != nil {
		l.engine.closeStores()
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	// 3. Those who look after it.
	l.wait.Go(l.wakeEngine)
	l.wait.Go(l.watch)
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
	})
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

// Submit verifies the signature of an entry that passed [App.Open], makes it
// and its content durable, and returns the promise made for it: from then on
// the entry will be decided, whatever happens to the process. The content must
// have passed [publica.CheckContent].
//
// An entry that waits already is not taken in twice; its promise is returned.
// Whether it is on the log already is the caller's to know. Errors have code
// bad-signature, unsupported or malformed (the signature), busy (full pool,
// full disk, stopping) or internal.
func (l *Ledger[P]) Submit(e *machine.Entry, content []publica.Content) (p P, err error) {
	if err := l.Err(); err != nil {
		return p, &publica.Error{Code: publica.Busy, Message: "the node has stopped taking part in consensus", Hint: errStopped.Hint, Err: err}
	}
	if l.stopping.Load() {
		return p, errStopped
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
	if !fresh {
		return l.promised(waiting)
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
	if l.pool.admit(waiting, promise) {
		l.nudge()
	} else {
		// A block decided it while our disk worked.
		l.intake.Decided([]publica.EntryID{e.ID})
	}
	return p, err
}

// promised returns the promise of an entry that is in the pool, once it is
// durable. One found on disk at start has none at hand and gets a new one.
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
		l.engine.pace(b, l.config.Pace)
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
// This line of the engine has no way to give the pause with a block, so its
// configuration is changed: the engine reads it on this very goroutine, right
// after Commit, and nowhere else.
func (e *engine) pace(b *block, pause time.Duration) {
	if !b.changed {
		pause = 0
	}
	e.config.Consensus.TimeoutCommit = pause
}

// wanted reports whether a block should be made.
func (l *Ledger[P]) wanted() bool { return l.clock.wanted() || l.pool.waiting() > 0 }

func (l *Ledger[P]) nudge() {
	select {
	case l.nudges <- struct{}{}:
	default:
	}
}

// wakeEngine puts a wake-up into the engine's mempool whenever a block is
// wanted. The mempool is locked while a block is committed, so this is not done
// by those who want it.
func (l *Ledger[P]) wakeEngine() {
	n := rand.Uint64() // so that peers' wake-ups differ
	for {
		select {
		case <-l.quit:
			return
		case <-l.nudges:
		}
		if !l.wanted() {
			continue
		}
		n++
		if err := l.engine.Mempool().CheckTx(wake(n), nil, mempool.TxInfo{}); err != nil {
			l.config.Log.Debug("wake-up not taken", "err", err) // watch tries again
		}
	}
}

// watch looks whether blocks come while one is wanted. A wake-up may get lost
// (a full mempool, a peer's block at the wrong moment), so it sends another
// each second; after Config.Stall without a block consensus is declared dead.
func (l *Ledger[P]) watch() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	height, since := int64(-1), time.Now()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
		now, _ := l.clock.last()
		if now != height || !l.wanted() {
			height, since = now, time.Now()
			continue
		}
		l.nudge()
		if time.Since(since) > l.config.Stall {
			l.dead(fmt.Errorf("no block for %v after height %d, though one is wanted", l.config.Stall, height))
			return
		}
	}
}

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
