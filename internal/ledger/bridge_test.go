package ledger

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"publica"
)

// testBridge is a bridge without an engine: the test calls what the engine
// would.
type testBridge struct {
	*bridge
	app    *fakeApp
	now    time.Time
	height int64
	blocks []*block
}

func newTestBridge(t testing.TB) *testBridge {
	v := newVerifier()
	t.Cleanup(v.close)
	b := &testBridge{app: newFakeApp(t, ""), now: time.UnixMilli(1_700_000_000_000)}
	b.bridge = &bridge{app: b.app, pool: newPool(100_000, 1<<30), verifier: v, now: func() time.Time { return b.now },
		peers: new(peerList), keep: 100}
	if bad := b.peers.set([]string{strings.Repeat("AB12", 10) + "@10.0.0.1:26656"}); bad != nil {
		t.Fatal(bad)
	}
	b.bridge.committed = func(blk *block) { b.blocks = append(b.blocks, blk) }
	if _, err := b.Info(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	state, err := wrapGenesis([]byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.InitChain(context.Background(), &abci.RequestInitChain{AppStateBytes: state, Time: b.now}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *testBridge) propose(t testing.TB, at time.Time) [][]byte {
	t.Helper()
	res, err := b.PrepareProposal(context.Background(), &abci.RequestPrepareProposal{MaxTxBytes: 4 << 20, Height: b.height + 1, Time: at})
	if err != nil {
		t.Fatal(err)
	}
	return res.Txs
}

func (b *testBridge) accepts(t testing.TB, txs [][]byte) bool {
	t.Helper()
	res, err := b.ProcessProposal(context.Background(), &abci.RequestProcessProposal{Txs: txs, Hash: hashOf(txs), Height: b.height + 1})
	if err != nil {
		t.Fatal(err)
	}
	return res.IsAccepted()
}

func (b *testBridge) finalize(t testing.TB, txs [][]byte, at time.Time) (root []byte, codes []uint32) {
	t.Helper()
	b.height++
	res, err := b.FinalizeBlock(context.Background(), &abci.RequestFinalizeBlock{Txs: txs, Hash: hashOf(txs), Height: b.height, Time: at})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.TxResults) != len(txs) {
		t.Fatalf("%d results for %d transactions", len(res.TxResults), len(txs))
	}
	for _, r := range res.TxResults {
		codes = append(codes, r.Code)
	}
	if _, err := b.Commit(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return res.AppHash, codes
}

func hashOf(txs [][]byte) []byte {
	id := publica.ID(bytes.Join(txs, []byte{0xff}))
	return id[:]
}

// Two nodes execute the same blocks: one proposed them and knows the entries,
// the other sees them for the first time. The roots must agree.
func TestBridgeTwoNodesAgree(t *testing.T) {
	a, b := newTestBridge(t), newTestBridge(t)
	for round := range 3 {
		for i := range 300 {
			it := pooledItem(t, round*1000+i)
			e, _, _ := a.pool.reserve(it)
			a.pool.admit(e, nil)
		}
		at := a.now
		txs := a.propose(t, at)
		if len(txs) == 0 || !a.accepts(t, txs) || !b.accepts(t, txs) {
			t.Fatalf("round %d: %d transactions proposed, not accepted by both", round, len(txs))
		}
		rootA, _ := a.finalize(t, txs, at)
		rootB, _ := b.finalize(t, txs, at)
		if !bytes.Equal(rootA, rootB) {
			t.Fatalf("round %d: roots differ", round)
		}
		if a.pool.waiting() != 0 {
			t.Errorf("round %d: %d decided entries wait still", round, a.pool.waiting())
		}
	}
	if a.app.count() != 900 || b.app.count() != 900 {
		t.Errorf("%d and %d entries, want 900", a.app.count(), b.app.count())
	}
	if a.app.content != 900 || b.app.content != 0 {
		t.Errorf("%d and %d parts of content", a.app.content, b.app.content)
	}
	// The third replays what was decided without having seen a proposal.
	c := newTestBridge(t)
	root, _ := c.finalize(t, nil, c.now)
	if !bytes.Equal(root, c.root) || c.blocks[0].changed {
		t.Error("an empty block changed the root")
	}
}

// What no honest proposer makes is refused in a proposal, and skipped where it
// has been decided all the same.
func TestBridgeHostileBlocks(t *testing.T) {
	good, other := pooledItem(t, 1), pooledItem(t, 2)
	pack := func(signed ...*publica.Signed) []byte {
		tx := []byte{tagPack}
		for _, s := range signed {
			tx = appendRecord(tx, s)
		}
		return tx
	}
	forged := forge(good.Entry).Signed
	unreadable := &publica.Signed{Raw: []byte(`{"no":"entry"}`), Signature: good.Signed.Signature}
	for name, c := range map[string]struct {
		tx   []byte
		code uint32
		n    int // entries executed
	}{
		"empty":             {nil, codeJunk, 0},
		"tag only":          {[]byte{tagPack}, codeJunk, 0},
		"wake-up":           {wake(7), codeJunk, 0},
		"unknown tag":       {[]byte{9, 9, 9}, codeJunk, 0},
		"text":              {[]byte("hello"), codeJunk, 0},
		"cut":               {pack(good.Signed)[:200], codeJunk, 0},
		"trailing byte":     {append(pack(good.Signed), 1), codeJunk, 0},
		"bad signature":     {pack(forged), codeFaulty, 0},
		"bad beside good":   {pack(forged, other.Signed), codeFaulty, 1},
		"bad before itself": {pack(forged, good.Signed), codeFaulty, 1},
		"not an entry":      {pack(unreadable, other.Signed), codeFaulty, 1},
		"twice":             {pack(good.Signed, good.Signed), codeFaulty, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTestBridge(t)
			if b.accepts(t, [][]byte{c.tx}) {
				t.Error("accepted as a proposal")
			}
			_, codes := b.finalize(t, [][]byte{c.tx}, b.now)
			if codes[0] != c.code || b.app.count() != c.n {
				t.Errorf("code %d, %d entries executed, want %d and %d", codes[0], b.app.count(), c.code, c.n)
			}
		})
	}
	t.Run("twice in two transactions", func(t *testing.T) {
		b := newTestBridge(t)
		txs := [][]byte{pack(good.Signed), pack(good.Signed)}
		if b.accepts(t, txs) {
			t.Error("accepted as a proposal")
		}
		if b.finalize(t, txs, b.now); b.app.count() != 1 {
			t.Errorf("%d entries executed", b.app.count())
		}
	})
	t.Run("pooled with another signature", func(t *testing.T) {
		b := newTestBridge(t)
		e, _, _ := b.pool.reserve(good)
		b.pool.admit(e, nil)
		if b.accepts(t, [][]byte{pack(forged)}) {
			t.Error("a forged signature passed because the entry is in the pool")
		}
		b.finalize(t, [][]byte{pack(forged)}, b.now)
		if b.app.count() != 0 || b.pool.waiting() != 1 {
			t.Error("the pooled entry was decided by a forged one")
		}
	})
}

// After a pause the first proposal is empty, and only the first.
func TestBridgeStaleTime(t *testing.T) {
	b := newTestBridge(t)
	put := func(n int) {
		e, _, _ := b.pool.reserve(pooledItem(t, n))
		b.pool.admit(e, nil)
	}
	b.finalize(t, nil, b.now)
	voted := b.now
	put(1)
	b.now = b.now.Add(5 * time.Minute)
	if txs := b.propose(t, voted); len(txs) != 0 {
		t.Fatal("entries in a block of five minutes ago")
	}
	b.finalize(t, nil, voted)
	voted = b.now
	b.now = b.now.Add(5 * time.Millisecond)
	txs := b.propose(t, voted)
	if len(txs) != 1 {
		t.Fatal("the second proposal does not hold the entry")
	}
	b.finalize(t, txs, voted)

	// Clocks of other validators an hour behind: every block time is stale.
	// The entry lands in the second block all the same.
	put(2)
	b.now = b.now.Add(time.Minute)
	behind := b.now.Add(-time.Hour)
	if len(b.propose(t, behind)) != 0 {
		t.Fatal("not empty")
	}
	b.finalize(t, nil, behind)
	b.now = b.now.Add(200 * time.Millisecond)
	if len(b.propose(t, behind.Add(time.Millisecond))) != 1 {
		t.Fatal("empty blocks without end")
	}
	// Clocks ahead are no reason to wait.
	b.now = b.now.Add(time.Minute)
	if len(b.propose(t, b.now.Add(time.Hour))) != 1 {
		t.Fatal("empty because the block time is ahead")
	}
}

func TestBridgeMempool(t *testing.T) {
	b := newTestBridge(t)
	for _, c := range []struct {
		tx      []byte
		recheck bool
		ok      bool
	}{
		{wake(1), false, true},
		{wake(1), true, false},
		{wake(1), false, false}, // came round again
		{wake(2), false, true},
		{wake(1)[:8], false, false},
		{append(wake(1), 0), false, false},
		{nil, false, false},
		{[]byte{tagPack, 1, 2, 3, 4, 5, 6, 7, 8}, false, false},
		{bytes.Repeat([]byte{0}, 100), false, false},
	} {
		req := &abci.RequestCheckTx{Tx: c.tx}
		if c.recheck {
			req.Type = abci.CheckTxType_Recheck
		}
		res, err := b.CheckTx(context.Background(), req)
		if err != nil || res.IsOK() != c.ok {
			t.Errorf("%x recheck %v: code %d, %v", c.tx, c.recheck, res.Code, err)
		}
	}
}

func TestBridgePeers(t *testing.T) {
	b := newTestBridge(t)
	for path, ok := range map[string]bool{
		"/p2p/filter/addr/10.9.9.9:1":                  true,
		"/p2p/filter/id/" + strings.Repeat("ab12", 10): true,
		"/p2p/filter/id/" + strings.Repeat("cd34", 10): false,
		"/p2p/filter/id/":                              false,
		"/store":                                       false,
		"":                                             false,
	} {
		res, err := b.Query(context.Background(), &abci.RequestQuery{Path: path})
		if err != nil || res.IsOK() != ok {
			t.Errorf("%q: code %d, %v", path, res.Code, err)
		}
	}
}

func TestBridgeFaultsOfTheApp(t *testing.T) {
	b := newTestBridge(t)
	b.app.fail.Store(true)
	if _, err := b.FinalizeBlock(context.Background(), &abci.RequestFinalizeBlock{Height: 1, Time: b.now}); err == nil {
		t.Error("a failed execution went through")
	}
	if _, err := b.Commit(context.Background(), nil); err == nil {
		t.Error("committed a block that was not executed")
	}
	b.bridge.app = panicking{b.app}
	if _, err := b.FinalizeBlock(context.Background(), &abci.RequestFinalizeBlock{Height: 1, Time: b.now}); err == nil {
		t.Error("a panic went through")
	}
	if _, err := b.InitChain(context.Background(), &abci.RequestInitChain{AppStateBytes: []byte("{")}); err == nil {
		t.Error("founded without a genesis")
	}
}

type panicking struct{ *fakeApp }

func (panicking) Execute(*Block) (*Executed, error) { panic(errors.New("bug")) }

func TestBridgeRetains(t *testing.T) {
	b := newTestBridge(t)
	for height, want := range map[int64]int64{1: 0, 50: 0, 100: 0, 101: 0, 150: 50, 149: 0, 10_000: 9900} {
		if got := b.retain(height); got != want {
			t.Errorf("height %d: keeps from %d, want %d", height, got, want)
		}
	}
}

func TestBlockClock(t *testing.T) {
	var c blockClock
	c.want(1000)
	c.committed(1, 400) // the time of the votes before
	if !c.wanted() {
		t.Error("satisfied by an old block")
	}
	c.committed(2, 1000)
	if c.wanted() {
		t.Error("not satisfied by a block of that time")
	}
	if c.want(900); c.wanted() {
		t.Error("wants a time that has come")
	}
	c.want(1e9) // a clock far ahead
	for i := range maxTries {
		if !c.wanted() {
			t.Fatalf("gave up after %d blocks", i)
		}
		c.committed(3+int64(i), 1001+publica.Time(i))
	}
	if c.wanted() {
		t.Error("empty blocks without end")
	}
}

// Wake-ups of others do not make a node produce empty blocks without end; those
// it needs itself pass at once.
func TestWakeUpsAreLimited(t *testing.T) {
	b := newTestBridge(t)
	n := uint64(0)
	wakes := func() bool {
		n++
		res, err := b.CheckTx(context.Background(), &abci.RequestCheckTx{Tx: wake(n)})
		return err == nil && res.IsOK()
	}
	at := b.now
	empty := func() { at = at.Add(time.Millisecond); b.finalize(t, nil, at) }
	for i := range 2 {
		if !wakes() {
			t.Fatalf("wake-up %d after a pause is not taken: a fresh block time needs two blocks", i)
		}
		empty()
	}
	if wakes() {
		t.Error("a third empty block in a row")
	}
	b.wants = func() bool { return true }
	if !wakes() {
		t.Error("the node's own wake-up is not taken")
	}
	b.wants = nil
	it := pooledItem(t, 1)
	e, _, _ := b.pool.reserve(it)
	if b.pool.admit(e, nil); !wakes() {
		t.Error("not taken though an entry waits")
	}
	b.pool.decided([]Item{it})
	if wakes() {
		t.Error("taken though the entry is decided")
	}
	if b.now = b.now.Add(calm + time.Millisecond); !wakes() {
		t.Error("not taken after a pause")
	}
}

// Content that arrives after the block's proposal was read, or while the block
// is executed, is not lost with the entry's place in pool and intake.
func TestContentThatComesLateIsKept(t *testing.T) {
	for _, when := range []string{"before execution", "before commit"} {
		t.Run(when, func(t *testing.T) {
			a, b := newTestBridge(t), newTestBridge(t)
			entry, content := makeEntry(t, testKey, 1, 100)
			e, _, _ := a.pool.reserve(Item{entry, content})
			a.pool.admit(e, nil)
			at := a.now
			txs := a.propose(t, at)
			if !b.accepts(t, txs) {
				t.Fatal("refused")
			}
			arrive := func() {
				e, _, _ := b.pool.reserve(Item{entry, content})
				b.pool.admit(e, nil)
			}
			ctx := context.Background()
			if when == "before execution" {
				arrive()
			}
			b.height++
			if _, err := b.FinalizeBlock(ctx, &abci.RequestFinalizeBlock{Txs: txs, Hash: hashOf(txs), Height: b.height, Time: at}); err != nil {
				t.Fatal(err)
			}
			if when == "before commit" {
				arrive()
			}
			if _, err := b.Commit(ctx, &abci.RequestCommit{}); err != nil {
				t.Fatal(err)
			}
			if _, err := b.app.Content(content[0].Commitment()); err != nil {
				t.Error("content that this node held is gone: ", err)
			}
		})
	}
}
