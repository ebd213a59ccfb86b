package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/abci/example/kvstore"
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/types"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// signatureLimit returns how many ed25519 signatures this machine verifies per
// second, in batches of 256 on all cores, doing nothing else.
func signatureLimit() float64 {
	const batch, batches = 256, 40
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return 0
	}
	message := make([]byte, 500)
	sig := ed25519.Sign(priv, message)
	began := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for range batches {
				v := ed25519.NewBatchVerifierWithCapacity(batch)
				for range batch {
					v.AddWithOptions(pub, message, sig, &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215})
				}
				v.VerifyBatchOnly(rand.Reader)
			}
		})
	}
	wg.Wait()
	return perSecond(batch*batches*runtime.GOMAXPROCS(0), began)
}

// counting is the engine's own kvstore, in memory, that counts what it commits.
type counting struct {
	*kvstore.Application
	seen atomic.Int64
}

func (c *counting) FinalizeBlock(ctx context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	defer c.seen.Add(int64(len(req.Txs)))
	return c.Application.FinalizeBlock(ctx, req)
}

// kvstorePeer returns the transactions per second of the engine with its own
// kvstore on that many validators: no signatures, no rules, no log, state in
// memory; everything that only slows it down is off (indexer, recheck, pauses,
// RPC). Transactions are handed to all validators in turn; they count when
// every validator has committed them.
func kvstorePeer(ctx context.Context, n, size, validators int) (_ float64, err error) {
	dir, err := os.MkdirTemp("", "bench-kvstore-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	doc := &types.GenesisDoc{ChainID: "kvstore", GenesisTime: time.Now(), ConsensusParams: types.DefaultConsensusParams()}
	peers := make([]*kvstoreNode, validators)
	for i := range peers {
		if peers[i], err = newKVStoreNode(filepath.Join(dir, fmt.Sprint(i))); err != nil {
			return 0, err
		}
		doc.Validators = append(doc.Validators, types.GenesisValidator{PubKey: peers[i].signer.Key.PubKey, Power: 1})
	}
	for _, p := range peers {
		if err := p.start(doc, peers); err != nil {
			return 0, err
		}
		defer p.engine.Stop()
	}
	for _, p := range peers {
		for p.engine.Switch().Peers().Size() < validators-1 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
	txs := make([][]byte, n)
	for i := range txs {
		txs[i] = kvstoreTx(i, size)
	}
	began := time.Now()
	each(n, 100, func(i int) {
		pool := peers[i%validators].engine.Mempool()
		for ctx.Err() == nil && !taken(pool.CheckTx(txs[i], nil, mempool.TxInfo{})) {
			time.Sleep(5 * time.Millisecond)
		}
	})
	for _, p := range peers {
		for p.app.seen.Load() < int64(n) && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	return perSecond(n, began), ctx.Err()
}

// taken says whether the mempool has the transaction: it may have come from a
// peer already.
func taken(err error) bool { return err == nil || errors.Is(err, mempool.ErrTxInCache) }

// kvstoreNode is one validator of the peer.
type kvstoreNode struct {
	config  *config.Config
	signer  *privval.FilePV
	key     *p2p.NodeKey
	address string
	app     *counting
	engine  *node.Node
}

func newKVStoreNode(dir string) (*kvstoreNode, error) {
	c := config.DefaultConfig()
	c.SetRoot(dir)
	c.RPC.ListenAddress = ""
	c.P2P.PexReactor = false
	c.P2P.AddrBookStrict = false
	c.P2P.AllowDuplicateIP = true
	c.P2P.SendRate, c.P2P.RecvRate = 50<<20, 50<<20
	c.P2P.FlushThrottleTimeout = time.Millisecond
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.Consensus.TimeoutCommit = 0
	c.Consensus.PeerGossipSleepDuration = 10 * time.Millisecond
	c.Consensus.PeerQueryMaj23SleepDuration = time.Second
	c.Consensus.SkipTimeoutCommit = true
	c.Consensus.CreateEmptyBlocks = false
	c.Mempool.Recheck = false
	c.Mempool.Size = 100_000
	c.Mempool.CacheSize = 200_000
	for _, d := range []string{filepath.Dir(c.PrivValidatorKeyFile()), filepath.Dir(c.PrivValidatorStateFile())} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	n := &kvstoreNode{config: c, signer: privval.GenFilePV(c.PrivValidatorKeyFile(), c.PrivValidatorStateFile()),
		app: &counting{Application: kvstore.NewInMemoryApplication()}}
	n.signer.Save()
	var err error
	if n.key, err = p2p.LoadOrGenNodeKey(c.NodeKeyFile()); err != nil {
		return nil, err
	}
	n.address, err = freeAddress()
	c.P2P.ListenAddress = "tcp://" + n.address
	return n, err
}

// freeAddress returns a loopback address nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (n *kvstoreNode) start(doc *types.GenesisDoc, all []*kvstoreNode) (err error) {
	var others []string
	for _, o := range all {
		if o != n {
			others = append(others, string(o.key.ID())+"@"+o.address)
		}
	}
	n.config.P2P.PersistentPeers = strings.Join(others, ",")
	n.engine, err = node.NewNode(n.config, n.signer, n.key, proxy.NewLocalClientCreator(n.app),
		func() (*types.GenesisDoc, error) { return doc, doc.ValidateAndComplete() },
		openOnly, node.DefaultMetricsProvider(n.config.Instrumentation), log.NewNopLogger())
	if err != nil {
		return err
	}
	return n.engine.Start()
}

// openOnly opens a store that stays open: goroutines of the stopped engine may
// still read from it, and panic if it is closed.
func openOnly(ctx *config.DBContext) (dbm.DB, error) {
	db, err := config.DefaultDBProvider(ctx)
	return unclosed{db}, err
}

type unclosed struct{ dbm.DB }

func (unclosed) Close() error { return nil }

// kvstoreTx is "key=value" of that many bytes, the value random letters.
func kvstoreTx(i, size int) []byte {
	tx := make([]byte, size)
	rand.Read(tx)
	for j, c := range tx {
		tx[j] = 'a' + c%26
	}
	copy(tx, fmt.Sprintf("k%010d=", i))
	return tx
}

// each calls f for 0 to n-1 from that many goroutines.
func each(n, goroutines int, f func(i int)) {
	var wg sync.WaitGroup
	for w := range goroutines {
		wg.Go(func() {
			for i := w; i < n; i += goroutines {
				f(i)
			}
		})
	}
	wg.Wait()
}
