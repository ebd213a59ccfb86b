package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/blocksync"
	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/evidence"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/proxy"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"

	"publica"
	"publica/internal/machine"
)

// simNode is a node of a simulation: a folder and a disk that outlive the
// process, and the process, if there is one.
type simNode struct {
	sim   *simulation
	index int
	id    Identity
	conf  Config
	disk  simDisk
	said  simLines // warnings

	mu    sync.Mutex // guards all below
	life  *simLife
	skew  time.Duration
	heard map[string]string // the last statement of each peer
}

func (n *simNode) process() *simLife {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

// simLife is a process. All that it makes durable goes through write, so it
// can be killed between any two such steps.
type simLife struct {
	node *simNode
	app  *simApp

	mu     sync.Mutex // guards all below
	ledger *Ledger[testPromise]
	engine *simEngine
	dead   bool
	left   int // durable steps until it dies; negative: it does not
	power  bool
}

var errKilled = errors.New("killed")

// write does one durable step, or nothing if the process is dead.
func (l *simLife) write(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return false
	}
	if l.left == 0 {
		l.die()
		return false
	}
	if l.left > 0 {
		l.left--
	}
	f()
	return true
}

// die ends the process here; the mutex is held. What is left of it runs on
// until it is stopped, and nobody hears of that.
func (l *simLife) die() {
	l.dead = true
	if l.engine != nil {
		l.engine.sw.kill(l.power)
	}
	// What it writes to its queue from now on must not be there afterwards.
	if err := copyIntake(filepath.Join(l.node.conf.Dir, "intake"), l.node.intakeCopy()); err != nil {
		l.node.sim.fault("copy the intake of node %d: %v", l.node.index, err)
	}
}

func (l *simLife) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead {
		l.die()
	}
}

func (l *simLife) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// up returns the running ledger, nil if it is dead or not there yet.
func (l *simLife) up() *Ledger[testPromise] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil
	}
	return l.ledger
}

// holds reports whether an entry waits here, durably. What is dead is looked
// into too: it has its disk.
func (l *simLife) holds(id publica.EntryID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ledger == nil {
		return false
	}
	_, durable := l.ledger.pool.get(id)
	return durable
}

func (n *simNode) intakeCopy() string { return filepath.Join(n.conf.Dir, "intake.killed") }

func copyIntake(from, to string) error {
	paths, err := filepath.Glob(filepath.Join(from, "*.seg"))
	if err == nil {
		err = os.MkdirAll(to, 0o700)
	}
	for _, path := range paths {
		b, readErr := os.ReadFile(path)
		if errors.Is(readErr, os.ErrNotExist) { // all in it is decided
			continue
		}
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(to, filepath.Base(path)), b, 0o600))
	}
	return err
}

// newSimNode makes a node's folder, with keys that depend on the seed.
func newSimNode(s *simulation, index int, dir string) (*simNode, error) {
	n := &simNode{sim: s, index: index, disk: simDisk{stores: map[string]*dbm.MemDB{}}, heard: map[string]string{}}
	e := engineConfig(Config{Dir: dir})
	for _, file := range []string{e.PrivValidatorKeyFile(), e.PrivValidatorStateFile()} {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
	}
	secret := func(what string) ed25519.PrivKey {
		return ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "%s %d of seed %d", what, index, s.seed))
	}
	privval.NewFilePV(secret("validator"), e.PrivValidatorKeyFile(), e.PrivValidatorStateFile()).Save()
	peer := &p2p.NodeKey{PrivKey: secret("peer")}
	if err := peer.SaveAs(e.NodeKeyFile()); err != nil {
		return nil, err
	}
	var err error
	n.id, err = LoadIdentity(dir)
	n.disk.app.ids, n.disk.app.parts = map[publica.EntryID]int64{}, map[publica.Commitment]publica.Content{}
	n.conf = Config{
		Dir: dir, Register: testRegister, Genesis: []byte(`{"register":"simulated"}`), GenesisTime: publica.TimeOf(time.Now()),
		Now: n.now, disk: n.open, build: n.build, hasty: true,
		Log: slog.New(simLine{simLines: &n.said}),
		Heard: func(peer string, statement []byte) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.heard[peer] = string(statement)
		},
	}
	return n, err
}

func (n *simNode) address() string {
	return fmt.Sprintf("%s@%v:%d", n.id.Peer, simIP(n.index), simPort)
}

func (n *simNode) now() time.Time { return time.Now().Add(n.skewed()) }

func (n *simNode) skewed() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.skew
}

// start begins a process on what is on the disk. It dies after so many durable
// steps, if that is not negative.
func (n *simNode) start(left int) error {
	if _, err := os.Stat(n.intakeCopy()); err == nil {
		intake := filepath.Join(n.conf.Dir, "intake")
		if err := errors.Join(os.RemoveAll(intake), os.Rename(n.intakeCopy(), intake)); err != nil {
			return err
		}
	}
	life := &simLife{node: n, left: left}
	life.app = &simApp{life: life}
	n.mu.Lock()
	n.life = life
	n.mu.Unlock()
	ledger, err := Start(context.Background(), n.conf, life.app, life.promises, life.app.decided)
	if err != nil && life.isDead() {
		return nil
	}
	life.mu.Lock()
	defer life.mu.Unlock()
	life.ledger = ledger
	return err
}

// stop ends the process, killed or not, and waits for what is left of it.
func (l *simLife) stop() {
	if l.ledger != nil { // else it died as it started
		if err := l.ledger.Stop(); err != nil {
			l.node.sim.fault("stop node %d: %v", l.node.index, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
}

func (l *simLife) promises(ids []publica.EntryID) ([]testPromise, error) {
	if l.isDead() {
		return nil, errKilled
	}
	return testPromises(ids)
}

// open opens one of the engine's stores.
func (n *simNode) open(c *config.DBContext) (dbm.DB, error) {
	if n.disk.stores[c.ID] == nil {
		n.disk.stores[c.ID] = dbm.NewMemDB()
	}
	return &simStore{DB: n.disk.stores[c.ID], life: n.process()}, nil
}

// simSigner notes what is signed. It also has the node's clock, which the
// engine cannot be given: the time of a vote is that clock's.
type simSigner struct {
	types.PrivValidator
	life *simLife
}

func (s *simSigner) SignVote(chain string, v *cmtproto.Vote) (err error) {
	n := s.life.node
	n.disk.mu.Lock()
	least := n.disk.app.time.Std().Add(time.Millisecond)
	n.disk.mu.Unlock()
	if v.Timestamp = v.Timestamp.Add(n.skewed()); v.Timestamp.Before(least) {
		v.Timestamp = least
	}
	if !s.life.write(func() { err = s.PrivValidator.SignVote(chain, v) }) {
		return errKilled
	}
	if err == nil {
		n.sim.signed(signature{n.index, v.Height, v.Round, v.Type}, v.BlockID.String())
	}
	return err
}

func (s *simSigner) SignProposal(chain string, p *cmtproto.Proposal) (err error) {
	if !s.life.write(func() { err = s.PrivValidator.SignProposal(chain, p) }) {
		return errKilled
	}
	if err == nil {
		s.life.node.sim.signed(signature{s.life.node.index, p.Height, p.Round, p.Type}, p.BlockID.String())
	}
	return err
}

// simApp is the register of one process.
type simApp struct {
	life *simLife
	next simRegister // by Execute; of ids and parts only those of its block
}

var _ App = (*simApp)(nil)

func (a *simApp) Position() (int64, []byte, error) {
	d := &a.life.node.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	root := d.app.root
	return d.app.height, root[:], nil
}

func (a *simApp) Found(genesis []byte, at publica.Time) ([]byte, error) {
	d := &a.life.node.disk
	if !a.life.write(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.app.root, d.app.time = sha256.Sum256(genesis), at
	}) {
		return nil, errKilled
	}
	root := sha256.Sum256(genesis)
	return root[:], nil
}

func (a *simApp) Open(s *publica.Signed) (*machine.Entry, error) { return openEntry(s) }

func (a *simApp) Execute(b *Block) (*Executed, error) {
	n := a.life.node
	a.next = simRegister{height: b.Height, time: b.Time, ids: map[publica.EntryID]int64{}, parts: map[publica.Commitment]publica.Content{}}
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	a.next.root = n.disk.app.root
	h := sha256.New()
	fmt.Fprint(h, b.Height, b.Time)
	h.Write(a.next.root[:])
	for i := range b.Items {
		id := b.Items[i].ID
		if at, twice := n.disk.app.ids[id]; twice {
			n.sim.fault("block %d at node %d holds entry %v of block %d again", b.Height, n.index, id, at)
		}
		a.next.ids[id] = b.Height
		h.Write(id[:])
		for _, c := range b.Items[i].Content {
			a.next.parts[c.Commitment()] = c
		}
	}
	if len(b.Items) > 0 {
		h.Sum(a.next.root[:0])
	}
	if len(b.Misbehaved) > 0 {
		n.sim.fault("block %d says that validators misbehaved: %v", b.Height, b.Misbehaved)
	}
	n.sim.executed(n.index, b, a.next.root)
	return &Executed{Root: bytes.Clone(a.next.root[:])}, nil
}

// Commit does not come back in a process that is dead. Where the engine is
// catching up it takes an error for its own end and that of the whole test.
func (a *simApp) Commit() error {
	n := a.life.node
	if a.life.write(func() {
		n.disk.mu.Lock()
		defer n.disk.mu.Unlock()
		n.disk.app.height, n.disk.app.time, n.disk.app.root = a.next.height, a.next.time, a.next.root
		maps.Copy(n.disk.app.ids, a.next.ids)
		maps.Copy(n.disk.app.parts, a.next.parts)
	}) {
		return nil
	}
	a.life.mu.Lock()
	e := a.life.engine
	a.life.mu.Unlock()
	if e != nil && e.reactor.WaitSync() {
		e.mempool.Unlock() // it is locked for a commit; what is left of the process must still stop
		runtime.Goexit()
	}
	return errKilled
}

func (a *simApp) Content(c publica.Commitment) (publica.Content, error) {
	d := &a.life.node.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if part, ok := d.app.parts[c]; ok {
		return part, nil
	}
	return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is not held")
}

func (a *simApp) decided(id publica.EntryID) bool {
	d := &a.life.node.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.app.ids[id]
	return ok
}

// simEngine is the engine's node, put together as the engine does it, on the
// simulation's network and disk. What it leaves out: sockets, the address book,
// state sync, and the exchange of peers.
type simEngine struct {
	bus     *types.EventBus
	blocks  *store.BlockStore
	genesis *types.GenesisDoc
	mempool mempool.Mempool
	app     proxy.AppConns
	sw      *simSwitch
	reactor *consensus.Reactor
}

func (e *simEngine) EventBus() *types.EventBus     { return e.bus }
func (e *simEngine) BlockStore() *store.BlockStore { return e.blocks }
func (e *simEngine) GenesisDoc() *types.GenesisDoc { return e.genesis }
func (e *simEngine) Mempool() mempool.Mempool      { return e.mempool }
func (e *simEngine) Switch() p2p.Switcher          { return e.sw }
func (e *simEngine) Start() error                  { return e.sw.Start() }

func (e *simEngine) Stop() error {
	return errors.Join(e.bus.Stop(), e.sw.Stop(), e.app.Stop())
}

func (n *simNode) build(e *engine, ctx context.Context, doc *types.GenesisDoc, peer *p2p.NodeKey, app *bridge, x *exchange, log *engineLog) (_ running, err error) {
	life := n.process()
	c := e.config
	c.Consensus.PeerGossipSleepDuration = 100 * time.Millisecond // the engine's default; ours costs ten times the work
	s := &simEngine{bus: types.NewEventBus(), app: proxy.NewAppConns(proxy.NewConnSyncLocalClientCreator(app), proxy.NopMetrics())}
	s.bus.SetLogger(log)
	s.app.SetLogger(log)
	if err := errors.Join(s.bus.Start(), s.app.Start()); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if err != nil {
			err = errors.Join(err, s.bus.Stop(), s.app.Stop())
		}
	}()
	// 1. The stores, and what the application misses of them.
	stores := map[string]dbm.DB{}
	for _, id := range []string{"blockstore", "state", "evidence"} {
		if stores[id], err = e.openStore(&config.DBContext{ID: id, Config: c}); err != nil {
			return nil, err
		}
	}
	s.blocks = store.NewBlockStore(stores["blockstore"])
	states := sm.NewStore(stores["state"], sm.StoreOptions{DiscardABCIResponses: c.Storage.DiscardABCIResponses})
	state, genesis, err := node.LoadStateFromDBOrGenesisDocProvider(stores["state"], func() (*types.GenesisDoc, error) { return e.begun(doc) })
	if err != nil {
		return nil, err
	}
	s.genesis = genesis
	handshake := consensus.NewHandshaker(states, state, s.blocks, genesis)
	handshake.SetLogger(log)
	handshake.SetEventBus(s.bus)
	if err := handshake.HandshakeWithContext(ctx, s.app); err != nil {
		return nil, err
	}
	if state, err = states.Load(); err != nil {
		return nil, err
	}
	// 2. What decides.
	pool := mempool.NewCListMempool(c.Mempool, s.app.Mempool(), state.LastBlockHeight,
		mempool.WithPreCheck(sm.TxPreCheck(state)), mempool.WithPostCheck(sm.TxPostCheck(state)))
	pool.SetLogger(log)
	pool.EnableTxsAvailable()
	s.mempool = pool
	proofs, err := evidence.NewPool(stores["evidence"], states, s.blocks)
	if err != nil {
		return nil, err
	}
	executor := sm.NewBlockExecutor(states, log, s.app.Consensus(), pool, proofs, s.blocks,
		sm.BlockExecutorWithBlockTimeTolerance(c.Consensus.BlockTimeTolerance))
	decider := consensus.NewState(c.Consensus, state.Copy(), executor, s.blocks, pool, proofs)
	decider.SetLogger(log)
	decider.SetPrivValidator(&simSigner{e.guard, life})
	// The engine takes another write-ahead log than files only so.
	wal := &simLog{life: life}
	if len(n.disk.log) == 0 {
		if err := wal.WriteSync(consensus.EndHeightMessage{}); err != nil {
			return nil, err
		}
	}
	field := reflect.ValueOf(decider).Elem().FieldByName("wal")
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(wal))
	// 3. What talks about it.
	pub, err := e.guard.GetPubKey()
	if err != nil {
		return nil, err
	}
	s.reactor = consensus.NewReactor(decider, true)
	s.reactor.SetEventBus(s.bus)
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, state.Version.Consensus.Block, state.Version.Consensus.App),
		DefaultNodeID:   peer.ID(), Network: genesis.ChainID, Moniker: c.Moniker,
		ListenAddr: strings.TrimPrefix(n.address(), n.id.Peer+"@"),
	}
	s.sw = newSimSwitch(n.sim.net, n.index, info, allowed(app))
	s.sw.SetLogger(log)
	for _, r := range []struct {
		name string
		p2p.Reactor
	}{
		{"MEMPOOL", mempool.NewReactor(c.Mempool, pool, true)},
		{"BLOCKSYNC", blocksync.NewReactor(true, false, state.Copy(), executor, s.blocks, pub.Address(), 0, blocksync.NopMetrics())},
		{"CONSENSUS", s.reactor},
		{"EVIDENCE", evidence.NewReactor(proofs)},
		{"PUBLICA", x},
	} {
		r.SetLogger(log)
		s.sw.AddReactor(r.name, r.Reactor)
	}
	life.mu.Lock()
	defer life.mu.Unlock()
	if life.engine = s; life.dead {
		return nil, errKilled
	}
	return s, nil
}
