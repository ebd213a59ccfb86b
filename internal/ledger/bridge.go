package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"publica"
	"publica/internal/machine"
)

// Codes of transaction results. They are part of what consensus agrees on.
const (
	codeOK     = 0
	codeJunk   = 1 // not a pack: ignored
	codeFaulty = 2 // a pack with entries that were skipped
)

// staleAfter is the age from which a proposed block time is too old for
// entries. Twice the usual block interval is far below it.
const staleAfter = time.Second

// bridge is the application the engine talks to (ABCI 2.0). The engine calls
// Info, InitChain, PrepareProposal, ProcessProposal, FinalizeBlock and Commit
// from one goroutine at a time; CheckTx and Query come from others. No method
// panics on input, and none trusts it.
type bridge struct {
	abci.BaseApplication

	app      App
	pool     *pool
	verifier *verifier
	now      func() time.Time
	peers    *peerList   // who may connect
	guard    *guard      // nil in tests without an engine
	wants    func() bool // whether this node itself wants a block; nil: never
	hasty    bool        // never waits in a proposal: virtual time would not go on

	// committed is told of every committed block, before the engine goes on.
	committed func(*block)
	keep      int64 // blocks the engine keeps

	// Only the goroutine of the mempool uses this.
	woken map[uint64]bool // wake-ups seen

	// Only the goroutine of consensus uses these.
	proposed  *block // what PrepareProposal made last
	processed *block // what ProcessProposal accepted last
	executed  *block // between FinalizeBlock and Commit
	root      []byte // of the log after the last block

	mu       sync.Mutex // guards all below
	commitAt time.Time  // when the last block was committed, by our clock
	idle     int        // blocks that did not change the log, one right after the other
}

// block is a block's transactions and the entries in them.
type block struct {
	txs     [][]byte
	hash    []byte // of the block; nil in a proposal
	items   []Item
	votes   []Vote   // for the block before
	codes   []uint32 // per transaction
	height  int64
	time    publica.Time
	changed bool // the log
}

// Info tells the engine where the application stands; what it misses is
// replayed into it.
func (b *bridge) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	height, root, err := b.app.Position()
	if err != nil {
		return nil, fmt.Errorf("read the register's position: %w", err)
	}
	b.root = bytes.Clone(root)
	res := &abci.ResponseInfo{Data: "publica", AppVersion: machine.RulesVersion, LastBlockHeight: height}
	if height > 0 {
		res.LastBlockAppHash = root
	}
	return res, nil
}

// InitChain founds the register.
func (b *bridge) InitChain(_ context.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	genesis, err := unwrapGenesis(req.AppStateBytes)
	if err != nil {
		return nil, err
	}
	root, err := b.app.Found(genesis, publica.TimeOf(req.Time))
	if err != nil {
		return nil, fmt.Errorf("found the register: %w", err)
	}
	b.root = bytes.Clone(root)
	return &abci.ResponseInitChain{AppHash: root}, nil
}

// CheckTx lets wake-ups into the engine's mempool and nothing else, each once.
// After each block the engine asks again: then a wake-up has done its work and
// goes, and the node sends another if entries still wait. So the mempool never
// fills, wake-ups never stand in blocks, and two nodes do not hand each other
// the same one for ever.
//
// Where no entry waits and this node wants no block, it takes a wake-up only if
// the last block is a while ago: else one node, or one wrong clock, could have
// all others make empty blocks without end. One wake-up more passes at once,
// since a fresh block time takes two blocks.
func (b *bridge) CheckTx(_ context.Context, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	n, ok := wakeNumber(req.Tx)
	if req.Type == abci.CheckTxType_Recheck || !ok || b.woken[n] || !b.mayWake() {
		return &abci.ResponseCheckTx{Code: codeJunk}, nil
	}
	const most = 10_000
	if len(b.woken) >= most || b.woken == nil {
		b.woken = map[uint64]bool{} // one may come round once more
	}
	b.woken[n] = true
	return &abci.ResponseCheckTx{Code: codeOK}, nil
}

// calm is how long after a block nobody else's wish for another counts.
const calm = time.Second

func (b *bridge) mayWake() bool {
	if b.pool.waiting() > 0 || b.wants != nil && b.wants() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.idle < 2 || b.now().Sub(b.commitAt) > calm
}

// noteCommit notes when a block was committed.
func (b *bridge) noteCommit(blk *block) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if blk.changed || now.Sub(b.commitAt) > calm {
		b.idle = 0
	}
	if b.commitAt = now; !blk.changed {
		b.idle++
	}
}

// sinceCommit is how long ago the last block was committed.
func (b *bridge) sinceCommit(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Sub(b.commitAt)
}

// PrepareProposal packs the entries that wait.
//
// The time of the proposed block is when the block before it was voted for:
// after a pause, long ago. An entry would then be recorded as made before it
// was, and could slip under a deadline. So if the time is stale, the proposal
// is empty; its votes give the next block a fresh time, and since entries still
// wait, the node wakes the engine again. This cannot go on: a block committed
// within staleAfter is never followed by an empty one, whatever the clocks of
// other validators say. An empty block does not change the root of the log.
func (b *bridge) PrepareProposal(_ context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	now := b.now()
	if now.Sub(req.Time) > staleAfter && b.sinceCommit(now) > staleAfter {
		b.proposed = nil
		return &abci.ResponsePrepareProposal{}, nil
	}
	txs, items := b.pool.reap(req.MaxTxBytes)
	for wait := 0; !b.hasty && len(txs) == 0 && b.pool.waiting() > 0 && wait < 50; wait++ {
		time.Sleep(time.Millisecond) // better than a block for nothing: soon the peers hold one
		txs, items = b.pool.reap(req.MaxTxBytes)
	}
	b.proposed = &block{txs: txs, items: items, codes: make([]uint32, len(txs))}
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// ProcessProposal refuses what no honest proposer makes: anything but packs,
// entries that cannot be opened, bad signatures, an entry twice.
func (b *bridge) ProcessProposal(_ context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	blk := b.read(req.Txs)
	for _, code := range blk.codes {
		if code != codeOK {
			return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
		}
	}
	blk.hash = req.Hash
	b.processed = blk
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// FinalizeBlock executes a decided block. What cannot be executed is skipped,
// on every node alike.
func (b *bridge) FinalizeBlock(_ context.Context, req *abci.RequestFinalizeBlock) (_ *abci.ResponseFinalizeBlock, err error) {
	defer asError(&err)
	blk := b.processed
	if blk == nil || !bytes.Equal(blk.hash, req.Hash) {
		blk = b.read(req.Txs)
	}
	blk.height, blk.time = req.Height, publica.TimeOf(req.Time)
	blk.votes = votes(req.DecidedLastCommit)
	b.pool.refill(blk.items)
	done, err := b.app.Execute(&Block{Height: blk.height, Time: blk.time, Items: blk.items,
		Proposer: hex.EncodeToString(req.ProposerAddress), Votes: blk.votes, Misbehaved: misbehaved(req.Misbehavior)})
	if err != nil {
		return nil, fmt.Errorf("execute block %d: %w", blk.height, err)
	}
	blk.changed = !bytes.Equal(done.Root, b.root)
	b.root = bytes.Clone(done.Root)
	b.executed = blk
	results := make([]*abci.ExecTxResult, len(blk.codes))
	for i, code := range blk.codes {
		results[i] = &abci.ExecTxResult{Code: code}
	}
	return &abci.ResponseFinalizeBlock{TxResults: results, AppHash: done.Root, ValidatorUpdates: updates(done.Powers)}, nil
}

// votes says who signed the block before.
func votes(c abci.CommitInfo) []Vote {
	all := make([]Vote, len(c.Votes))
	for i, v := range c.Votes {
		all[i] = Vote{Validator: hex.EncodeToString(v.Validator.Address), Signed: v.BlockIdFlag == cmtproto.BlockIDFlagCommit}
	}
	return all
}

// misbehaved says what the engine found evidence of.
func misbehaved(evidence []abci.Misbehavior) []Misbehaviour {
	var all []Misbehaviour
	for _, m := range evidence {
		kind := DoubleVote
		if m.Type == abci.MisbehaviorType_LIGHT_CLIENT_ATTACK {
			kind = FalseBlock
		}
		all = append(all, Misbehaviour{Validator: hex.EncodeToString(m.Validator.Address), Height: m.Height, Kind: kind})
	}
	return all
}

func updates(powers []Power) []abci.ValidatorUpdate {
	var all []abci.ValidatorUpdate
	for _, p := range powers {
		all = append(all, abci.UpdateValidator(p.Key, p.Power, ed25519.KeyType))
	}
	return all
}

// Commit makes the executed block durable; then its entries are forgotten.
func (b *bridge) Commit(context.Context, *abci.RequestCommit) (_ *abci.ResponseCommit, err error) {
	defer asError(&err)
	blk := b.executed
	if blk == nil {
		return nil, errors.New("commit without a block")
	}
	if err := b.app.Commit(); err != nil {
		return nil, fmt.Errorf("commit block %d: %w", blk.height, err)
	}
	b.proposed, b.processed, b.executed = nil, nil, nil
	b.noteCommit(blk)
	if b.guard != nil {
		if err := b.guard.committed(blk.height, blk.time, blk.votes); err != nil {
			return nil, fmt.Errorf("guard the validator's key: %w", err)
		}
	}
	// Content that came while the block was executed is in the intake alone. It
	// is kept before the pool gives it up, since peers may be asking for it.
	if err := b.app.Keep(b.pool.refill(blk.items)); err != nil {
		return nil, fmt.Errorf("keep content of block %d: %w", blk.height, err)
	}
	if err := b.app.Keep(b.pool.decided(blk.items)); err != nil {
		return nil, fmt.Errorf("keep content of block %d: %w", blk.height, err)
	}
	b.committed(blk)
	return &abci.ResponseCommit{RetainHeight: b.retain(blk.height)}, nil
}

// asError turns a panic of the application into an error. Both stop consensus,
// but a panic would leave the engine's mempool locked, and Stop would hang.
func asError(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the application panicked: %v\n%s", r, debug.Stack())
	}
}

// retain says from which height on the engine keeps its blocks. The log is the
// archive. Pruning goes in steps, because each costs two syncs.
func (b *bridge) retain(height int64) int64 {
	const step = 50
	if height%step != 0 || height <= b.keep {
		return 0
	}
	return height - b.keep
}

// Query answers the engine's question whether a peer may connect, and nothing
// else.
func (b *bridge) Query(_ context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	if strings.HasPrefix(req.Path, "/p2p/filter/addr/") {
		return &abci.ResponseQuery{}, nil // known by key, not by address
	}
	if id, ok := strings.CutPrefix(req.Path, "/p2p/filter/id/"); ok && b.peers.has(p2p.ID(id)) {
		return &abci.ResponseQuery{}, nil
	}
	return &abci.ResponseQuery{Code: codeJunk}, nil
}

// read finds the entries of a block. Those this node proposed or has in its
// pool are known to be good; the others are opened and verified.
func (b *bridge) read(txs [][]byte) *block {
	if p := b.proposed; p != nil && sameTxs(p.txs, txs) {
		return &block{items: p.items, codes: p.codes}
	}
	blk := &block{codes: make([]uint32, len(txs))}
	var (
		found []Item
		from  []int // transaction of each
		known []bool
		seen  = map[publica.EntryID]bool{}
	)
	for i, tx := range txs {
		signed, ok := parsePack(tx)
		if !ok {
			blk.codes[i] = codeJunk
			continue
		}
		for _, s := range signed {
			it, ok := b.pool.find(s.ID(), s)
			if !ok {
				it = Item{Entry: &machine.Entry{Signed: s}, Content: b.pool.content(s.ID())}
			}
			found, from, known = append(found, it), append(from, i), append(known, ok)
		}
	}
	good := b.openAll(found, known)
	for i := range found {
		// An entry with a bad signature must not hide the same entry with a
		// good one, so only good ones count as seen.
		if !good[i] || seen[found[i].ID] {
			blk.codes[from[i]] = codeFaulty
			continue
		}
		seen[found[i].ID] = true
		blk.items = append(blk.items, found[i])
	}
	return blk
}

// openAll opens and verifies the items that are not known and reports which
// are good.
func (b *bridge) openAll(items []Item, known []bool) []bool {
	good := make([]bool, len(items))
	const step = 64
	parallel(len(items), step, func(from, to int) {
		for i := from; i < to; i++ {
			if good[i] = known[i]; good[i] {
				continue
			}
			if e, err := b.app.Open(items[i].Signed); err == nil {
				items[i].Entry, good[i] = e, true
			}
		}
	})
	var (
		unknown []*machine.Entry
		at      []int
	)
	for i := range items {
		if good[i] && !known[i] {
			unknown, at = append(unknown, items[i].Entry), append(at, i)
		}
	}
	for j, valid := range b.verifier.verifyAll(unknown) {
		good[at[j]] = valid
	}
	return good
}

func sameTxs(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
