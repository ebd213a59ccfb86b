package ledger

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cometbft/cometbft/abci/example/kvstore"
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/types"

	"publica"
	"publica/internal/machine"
)

// BenchmarkDecide measures entries per second through this ledger (signature
// checked, intake on disk, promise, block, no law behind it) beside CometBFT's
// own kvstore with transactions of the same size, which checks nothing. Run it
// with a fixed count:
//
//	go test -run - -bench Decide -benchtime 40000x ./internal/ledger
func BenchmarkDecide(b *testing.B) {
	for _, size := range []int{250, 1000} {
		b.Run(fmt.Sprintf("ledger/content=%d", size), func(b *testing.B) { benchLedger(b, size) })
		b.Run(fmt.Sprintf("kvstore/tx=%d", size), func(b *testing.B) { benchKVStore(b, size) })
	}
}

// BenchmarkVerify measures signature checks alone, the limit of the above.
func BenchmarkVerify(b *testing.B) {
	v := newVerifier()
	defer v.close()
	keys := make([]*publica.PrivateKey, 4096)
	for i := range keys {
		keys[i] = publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8), 9})
	}
	for _, authors := range []int{1, len(keys)} {
		entries := make([]*machine.Entry, 4096)
		for i := range entries {
			entries[i], _ = makeEntry(b, keys[i%authors], i, 0)
		}
		b.Run(fmt.Sprintf("authors=%d", authors), func(b *testing.B) {
			for done := 0; done < b.N; done += len(entries) {
				v.verifyAll(entries[:min(len(entries), b.N-done)])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
		})
	}
}

func benchLedger(b *testing.B, size int) {
	dir := b.TempDir()
	app := newFakeApp(b, "")
	l := startLedger(b, testConfig(b, dir), app)
	entries := make([]*machine.Entry, b.N)
	content := make([][]publica.Content, b.N)
	keys := make([]*publica.PrivateKey, 1000)
	for i := range keys {
		keys[i] = publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8), 7})
	}
	var sign sync.WaitGroup
	for w := range 8 {
		sign.Go(func() {
			for i := w; i < b.N; i += 8 {
				entries[i], content[i] = makeEntry(b, keys[i%len(keys)], i, size)
			}
		})
	}
	sign.Wait()
	cpu := cpuTime(b)
	b.ResetTimer()
	eachOf(b.N, 2000, func(i int) {
		for {
			_, err := l.Submit(entries[i], content[i])
			if err == nil {
				return
			}
			if publica.CodeOf(err) != publica.Busy {
				b.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "promised/s")
	for app.count() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/entry")
	b.ReportMetric(float64(l.Status().Height), "blocks")
}

// countingStore is CometBFT's kvstore that counts what it has committed.
type countingStore struct {
	*kvstore.Application
	mu   sync.Mutex
	seen int
}

func (c *countingStore) FinalizeBlock(ctx context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	c.mu.Lock()
	c.seen += len(req.Txs)
	c.mu.Unlock()
	return c.Application.FinalizeBlock(ctx, req)
}

func (c *countingStore) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

// benchKVStore runs the engine as it comes, with all that slows it down and is
// not needed switched off: indexer, recheck, pauses.
func benchKVStore(b *testing.B, size int) {
	c := testConfig(b, b.TempDir())
	e := engineConfig(c)
	def := config.DefaultMempoolConfig()
	def.RootDir = e.Mempool.RootDir
	def.Recheck = false
	def.Size = 100_000
	def.CacheSize = 200_000
	e.Mempool = def
	e.Consensus.SkipTimeoutCommit = true
	pv, peer, err := loadKeys(e)
	if err != nil {
		b.Fatal(err)
	}
	doc := &types.GenesisDoc{
		ChainID: "kvstore", GenesisTime: time.Now(), ConsensusParams: types.DefaultConsensusParams(),
		Validators: []types.GenesisValidator{{PubKey: ed25519.PubKey(pv.Key.PubKey.Bytes()), Power: 1}},
	}
	app := &countingStore{Application: kvstore.NewInMemoryApplication()}
	n, err := node.NewNode(e, pv, peer, proxy.NewLocalClientCreator(app),
		func() (*types.GenesisDoc, error) { return doc, doc.ValidateAndComplete() },
		config.DefaultDBProvider, node.DefaultMetricsProvider(e.Instrumentation), cmtlog.NewNopLogger())
	if err != nil {
		b.Fatal(err)
	}
	if err := n.Start(); err != nil {
		b.Fatal(err)
	}
	defer n.Stop()
	txs := make([][]byte, b.N)
	for i := range txs {
		tx := make([]byte, size)
		rand.Read(tx)
		for j, c := range tx {
			tx[j] = 'a' + c%26
		}
		binary.BigEndian.PutUint64(tx, uint64(i))
		for j := range 8 {
			tx[j] = 'a' + tx[j]%26
		}
		copy(tx, fmt.Sprintf("k%010d=", i))
		txs[i] = tx
	}
	cpu := cpuTime(b)
	b.ResetTimer()
	eachOf(b.N, 100, func(i int) {
		for {
			if err := n.Mempool().CheckTx(txs[i], nil, mempool.TxInfo{}); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	for app.count() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/entry")
}

// cpuTime returns the processor time the process has used. On a machine that
// does other things too it says more than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// eachOf calls f for 0 to n-1 from that many goroutines.
func eachOf(n, goroutines int, f func(i int)) {
	var wait sync.WaitGroup
	for w := range goroutines {
		wait.Go(func() {
			for i := w; i < n; i += goroutines {
				f(i)
			}
		})
	}
	wait.Wait()
}
