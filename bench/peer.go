package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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
// kvstore: no signatures, no rules, no log, state in memory; everything that
// only slows it down is off (indexer, recheck, pauses, RPC).
func kvstorePeer(ctx context.Context, n, size int) (float64, error) {
	dir, err := os.MkdirTemp("", "bench-kvstore-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	c := config.DefaultConfig()
	c.SetRoot(dir)
	c.RPC.ListenAddress = ""
	c.P2P.ListenAddress = "tcp://127.0.0.1:0"
	c.P2P.PexReactor = false
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.Consensus.TimeoutCommit = 0
	c.Consensus.SkipTimeoutCommit = true
	c.Consensus.CreateEmptyBlocks = false
	c.Mempool.Recheck = false
	c.Mempool.Size = 100_000
	c.Mempool.CacheSize = 200_000
	for _, d := range []string{filepath.Dir(c.PrivValidatorKeyFile()), filepath.Dir(c.PrivValidatorStateFile())} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return 0, err
		}
	}
	pv := privval.GenFilePV(c.PrivValidatorKeyFile(), c.PrivValidatorStateFile())
	pv.Save()
	key, err := p2p.LoadOrGenNodeKey(c.NodeKeyFile())
	if err != nil {
		return 0, err
	}
	doc := &types.GenesisDoc{ChainID: "kvstore", GenesisTime: time.Now(), ConsensusParams: types.DefaultConsensusParams(),
		Validators: []types.GenesisValidator{{PubKey: pv.Key.PubKey, Power: 1}}}
	app := &counting{Application: kvstore.NewInMemoryApplication()}
	engine, err := node.NewNode(c, pv, key, proxy.NewLocalClientCreator(app),
		func() (*types.GenesisDoc, error) { return doc, doc.ValidateAndComplete() },
		config.DefaultDBProvider, node.DefaultMetricsProvider(c.Instrumentation), log.NewNopLogger())
	if err != nil {
		return 0, err
	}
	if err := engine.Start(); err != nil {
		return 0, err
	}
	defer engine.Stop()
	txs := make([][]byte, n)
	for i := range txs {
		txs[i] = kvstoreTx(i, size)
	}
	began := time.Now()
	each(n, 100, func(i int) {
		for ctx.Err() == nil && engine.Mempool().CheckTx(txs[i], nil, mempool.TxInfo{}) != nil {
			time.Sleep(5 * time.Millisecond)
		}
	})
	for app.seen.Load() < int64(n) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return perSecond(n, began), ctx.Err()
}

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
