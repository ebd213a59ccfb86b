package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/v2"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	"github.com/cometbft/cometbft/types"

	"publica"
)

// A Validator takes part in deciding blocks.
type Validator struct {
	Name  string // for people
	Key   []byte // ed25519 public key, 32 bytes
	Power int64  // votes
}

// Address returns the engine's name of a validator: the first 20 bytes of the
// SHA-256 of its public key, in hexadecimal.
func Address(key []byte) string { return hex.EncodeToString(ed25519.PubKey(key).Address()) }

// Identity is who a node is to the engine. Its keys are made once and kept in
// the node's folder.
type Identity struct {
	Validator []byte // ed25519 public key that signs votes, 32 bytes
	Peer      string // the node's id among peers, 40 hexadecimal digits
}

// LoadIdentity returns the identity of the node whose folder is dir and makes
// its keys if there are none. The files are mode 0600.
func LoadIdentity(dir string) (Identity, error) {
	pv, peer, err := loadKeys(dir, engineConfig(Config{Dir: dir}))
	if err != nil {
		return Identity{}, err
	}
	return Identity{Validator: pv.Key.PubKey.Bytes(), Peer: string(peer.ID())}, nil
}

// engineConfig is the engine's configuration with our reasons.
func engineConfig(c Config) *config.Config {
	e := config.DefaultConfig()
	e.SetRoot(filepath.Join(c.Dir, "engine"))
	e.Moniker = "publica" // the validator's address in newEngine
	e.FilterPeers = true  // known peers only
	e.DBBackend = "goleveldb"

	e.RPC.ListenAddress = "" // the register's API is the only door
	e.RPC.GRPCListenAddress = ""
	e.TxIndex.Indexer = "null" // costs two thirds of the throughput; the read model is ours
	e.Storage.DiscardABCIResponses = true
	e.StateSync.Enable = false
	e.BlockSync.AdaptiveSync = false
	e.Instrumentation.Prometheus = false

	e.P2P.ListenAddress = "tcp://127.0.0.1:0"
	if c.Listen != "" {
		e.P2P.ListenAddress = "tcp://" + c.Listen
	}
	e.P2P.PexReactor = false
	e.P2P.AddrBookStrict = false
	e.P2P.AllowDuplicateIP = true
	e.P2P.PersistentPeers = ""              // see Ledger.dial
	e.P2P.MaxNumInboundPeers = 4 * maxPeers // connections too that are being refused
	e.P2P.SendRate, e.P2P.RecvRate = 50<<20, 50<<20
	e.P2P.MaxPacketMsgPayloadSize = 16 << 10
	e.P2P.FlushThrottleTimeout = time.Millisecond

	// The mempool holds wake-ups only; recheck takes them out after each block.
	// The bridge remembers which it has seen.
	e.Mempool.Type = config.MempoolTypeFlood
	e.Mempool.Recheck = true
	e.Mempool.KeepInvalidTxsInCache = false
	e.Mempool.CacheSize = 0 // would cost a hash of every block
	e.Mempool.Size = 64
	e.Mempool.MaxTxBytes = wakeSize
	e.Mempool.MaxTxsBytes = 64 * wakeSize

	e.Consensus.CreateEmptyBlocks = false
	e.Consensus.CreateEmptyBlocksInterval = 0
	e.Consensus.TimeoutCommit = 0 // moved by the pace, see Ledger.committed
	e.Consensus.SkipTimeoutCommit = false
	// A validator that is away costs a block this much when its turn comes.
	e.Consensus.TimeoutPropose = 2 * time.Second
	e.Consensus.TimeoutPrevote = 500 * time.Millisecond
	e.Consensus.TimeoutPrecommit = 500 * time.Millisecond
	e.Consensus.PeerGossipSleepDuration = 10 * time.Millisecond
	// The engine can refuse to start if its own signature stands in the last
	// blocks. That is so after every ordinary restart; see guard for what holds
	// instead.
	e.Consensus.DoubleSignCheckHeight = 0
	return e
}

// chainID names the chain in every vote: the register and its genesis.
func chainID(c Config) string {
	h := sha256.New()
	fmt.Fprintf(h, "publica chain %s\n", c.Register)
	h.Write(c.Genesis)
	return "publica-" + hex.EncodeToString(h.Sum(nil))[:40]
}

// evidenceBlocks and, where there are several validators, two days are how long
// evidence of a double vote counts: until both have passed.
const evidenceBlocks = 2000

// genesisDoc is what the chain starts from. It counts at the first start only;
// then the engine keeps it.
func genesisDoc(c Config, own ed25519.PubKey) (*types.GenesisDoc, error) {
	params := types.DefaultConsensusParams()
	params.Block.MaxBytes = c.BlockBytes
	params.Block.MaxGas = -1
	params.Evidence.MaxAgeNumBlocks = evidenceBlocks // what all must agree on is no node's configuration
	params.Evidence.MaxBytes = min(params.Evidence.MaxBytes, c.BlockBytes/4)
	if len(c.Validators) <= 1 {
		// A lone validator's double vote concerns nobody, and the engine keeps
		// headers for as long as evidence counts.
		params.Evidence.MaxAgeDuration = 10 * time.Minute
	}
	state, err := wrapGenesis(c.Genesis)
	if err != nil {
		return nil, err
	}
	doc := &types.GenesisDoc{
		ChainID:         chainID(c),
		GenesisTime:     c.GenesisTime.Std(),
		InitialHeight:   1,
		ConsensusParams: params,
		AppState:        state,
	}
	validators := c.Validators
	if len(validators) == 0 {
		validators = []Validator{{Name: "self", Key: own, Power: 1}}
	}
	for _, v := range validators {
		if len(v.Key) != ed25519.PubKeySize || v.Power <= 0 {
			return nil, publica.Problem(publica.Invalid, "validators", "want an ed25519 key and a power of at least 1 for "+v.Name)
		}
		doc.Validators = append(doc.Validators, types.GenesisValidator{PubKey: ed25519.PubKey(v.Key), Power: v.Power, Name: v.Name})
	}
	return doc, doc.ValidateAndComplete()
}

// The genesis passes through the engine as a JSON string of base64, since the
// engine rewrites JSON and the register hashes it.
func wrapGenesis(genesis []byte) ([]byte, error) { return json.Marshal(genesis) }

func unwrapGenesis(state []byte) (genesis []byte, err error) {
	if err := json.Unmarshal(state, &genesis); err != nil {
		return nil, fmt.Errorf("read the genesis: %w", err)
	}
	return genesis, nil
}

// loadKeys returns the node's keys and makes them at the first start. The
// engine would end the process on a bad file, so they are looked at first.
func loadKeys(home string, e *config.Config) (*privval.FilePV, *p2p.NodeKey, error) {
	for _, dir := range []string{filepath.Dir(e.PrivValidatorKeyFile()), filepath.Dir(e.PrivValidatorStateFile())} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, fmt.Errorf("make engine folder: %w", err)
		}
	}
	key, state := e.PrivValidatorKeyFile(), e.PrivValidatorStateFile()
	haveKey, err := readable(key, new(privval.FilePVKey))
	if err != nil {
		return nil, nil, err
	}
	var signed privval.FilePVLastSignState
	haveState, err := readable(state, &signed)
	if err != nil {
		return nil, nil, err
	}
	var pv *privval.FilePV
	switch {
	case haveKey && haveState:
		pv = privval.LoadFilePV(key, state)
	case haveKey:
		// A backup has no signing state. The mark of a restored node does what
		// it would.
		if at, err := restoredAt(home); err != nil || at == 0 {
			return nil, nil, errors.Join(err, lost(state))
		}
		pv = privval.LoadFilePVEmptyState(key, state)
		pv.LastSignState.Save()
	case signed.Height > 0:
		return nil, nil, lost(key)
	default:
		pv = privval.GenFilePV(key, state)
		// The state first: if the process dies between the two, a state in
		// which nothing was signed is no reason to refuse, a key without its
		// state is.
		pv.LastSignState.Save()
		pv.Key.Save()
	}
	peer, err := p2p.LoadOrGenNodeKey(e.NodeKeyFile())
	if err != nil {
		return nil, nil, fmt.Errorf("load the node's key: %w", err)
	}
	return pv, peer, nil
}

// lost says that half of the signing key's files are there. To go on without
// the other half could mean to sign two blocks of one height.
func lost(path string) error {
	return publica.Problem(publica.Conflict, "", "the signing key's file "+path+" is missing beside the other one").
		WithHint("never restore a validator's key without its signing state; found the validator anew")
}

// readable reports whether the file exists, and an error if it does not parse.
func readable(path string, into any) (bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = cmtjson.Unmarshal(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return true, nil
}

// engine is a running CometBFT node and what must be closed after it.
type engine struct {
	running
	config  *config.Config
	disk    config.DBProvider
	guard   *guard
	address string // of the validator's key, see [Address]
	stores  map[string]*closing
}

// running is what the ledger asks of the engine's node. The simulation puts
// together one that has neither sockets nor files.
type running interface {
	Start() error
	Stop() error
	BlockStore() *store.BlockStore
	EventBus() *types.EventBus
	GenesisDoc() *types.GenesisDoc
	Mempool() mempool.Mempool
	Switch() p2p.Switcher
}

// closing is a store that may be closed while goroutines of the engine still
// read from it: Stop does not wait for all of them, and an error would make
// them panic. They end where they are.
type closing struct {
	dbm.DB
	mu     sync.RWMutex
	closed bool
}

func (s *closing) Get(key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		runtime.Goexit()
	}
	return s.DB.Get(key)
}

func (s *closing) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.DB.Close()
}

// newEngine builds the engine and replays into the application what it misses.
func newEngine(ctx context.Context, c Config, app *bridge, x *exchange, log *engineLog) (_ *engine, err error) {
	e := &engine{config: engineConfig(c), disk: c.disk}
	defer func() {
		// The engine panics if its stores do not fit each other or the
		// application.
		if r := recover(); r != nil {
			err = fmt.Errorf("start the engine: %v", r)
		}
		if err != nil {
			if e.guard != nil {
				err = errors.Join(err, e.guard.Close())
			}
			e.closeStores()
		}
	}()
	pv, peer, err := loadKeys(c.Dir, e.config)
	if err != nil {
		return nil, err
	}
	app.peers.own = peer.ID()
	doc, err := genesisDoc(c, ed25519.PubKey(pv.Key.PubKey.Bytes()))
	if err != nil {
		return nil, err
	}
	var key types.PrivValidator = pv
	if c.Signer != "" {
		if key, err = remoteSigner(ctx, c, peer, log); err != nil {
			return nil, err
		}
	}
	if e.guard, err = newGuard(c.Dir, key, c.Log); err != nil {
		return nil, err
	}
	app.guard = e.guard
	e.address = e.guard.address
	e.config.Moniker = e.address // tells peers whose votes come from here
	if err := e.config.ValidateBasic(); err != nil {
		return nil, fmt.Errorf("configure the engine: %w", err)
	}
	build := (*engine).build
	if c.build != nil {
		build = c.build
	}
	if e.running, err = build(e, ctx, doc, peer, app, x, log); err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	if have := e.GenesisDoc().ChainID; have != doc.ChainID {
		return nil, publica.Problem(publica.Conflict, "", "the folder "+c.Dir+" belongs to another register, or its genesis was changed").
			WithHint("use the folder's own genesis, or an empty folder")
	}
	state, err := e.state().Load()
	if err != nil {
		return nil, fmt.Errorf("read the engine's state: %w", err)
	}
	if v := state.Validators; v.Size() == 1 && Address(v.Validators[0].PubKey.Bytes()) == e.address {
		if err := e.guard.alone(state.LastBlockHeight); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// build puts the node together as it comes.
func (e *engine) build(ctx context.Context, doc *types.GenesisDoc, peer *p2p.NodeKey, app *bridge, x *exchange, log *engineLog) (running, error) {
	return node.NewNodeWithContext(ctx, e.config, e.guard, peer,
		// One mutex per connection: wake-ups need not wait for a block to be
		// executed.
		proxy.NewConnSyncLocalClientCreator(app),
		func() (*types.GenesisDoc, error) { return e.begun(doc) },
		e.openStore,
		node.DefaultMetricsProvider(e.config.Instrumentation),
		log,
		node.CustomReactors(map[string]p2p.Reactor{"PUBLICA": x}))
}

// openStore opens one of the engine's stores. They are goleveldb, as the engine
// comes: they hold a few hundred blocks, all of it again in the log, and a
// store of our own under its interface would be more code to trust for no
// gain that was measured.
func (e *engine) openStore(ctx *config.DBContext) (dbm.DB, error) {
	open := config.DefaultDBProvider
	if e.disk != nil {
		open = e.disk
	}
	db, err := open(ctx)
	if err != nil {
		return nil, err
	}
	if e.stores == nil {
		e.stores = map[string]*closing{}
	}
	store := &closing{DB: db}
	e.stores[ctx.ID] = store
	if ctx.ID == "state" {
		err = e.resume()
	}
	return store, err
}

// resume tells the engine that it begins above the first block, as long as
// that is so: after [Bootstrap], until it has a block of its own. The engine
// forgets it at each start.
func (e *engine) resume() error {
	state, err := e.state().Load()
	if err != nil || state.IsEmpty() || state.LastBlockHeight == 0 || !store.NewBlockStore(e.stores["blockstore"]).IsEmpty() {
		return err
	}
	return e.state().SetOfflineStateSyncHeight(state.LastBlockHeight)
}

// begun is the chain's beginning as [BootstrapAlone] has set it, if it has. The
// engine asks once, and keeps it.
func (e *engine) begun(doc *types.GenesisDoc) (*types.GenesisDoc, error) {
	state, err := e.state().Load()
	if err == nil && state.InitialHeight > doc.InitialHeight {
		doc.InitialHeight = state.InitialHeight
	}
	return doc, err
}

// state reads the engine's state; only the engine writes it. After Stop it
// returns errors.
func (e *engine) state() sm.Store {
	return sm.NewStore(e.stores["state"].DB, sm.StoreOptions{DiscardABCIResponses: true})
}

// closeStores closes what a failed start left open.
func (e *engine) closeStores() {
	for _, db := range e.stores {
		_ = db.Close() // the start has failed for a better reason
	}
}
