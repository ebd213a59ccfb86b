package ledger

import (
	"publica"
	"publica/internal/machine"
)

// App is the register as consensus sees it.
//
// Position and Found are called while the engine starts, then Execute and
// Commit alternate, one block at a time, from one goroutine. Open is called
// from many goroutines at once. An error of any of them but Open is a fault of
// the node: consensus stops, and [Ledger.Done] says so.
type App interface {
	// Position returns the height of the last committed block, 0 after Found
	// or before it, and the root of the log after it. A position may be older
	// than the last Commit, after a crash for example: the engine hands over
	// every block above it again, as long as it still holds them
	// ([Config.Keep]).
	Position() (height int64, root []byte, err error)

	// Found lays down the genesis as block 0 and returns the root of the log.
	// It is called again if the process died before the first block was
	// decided, and must then return the same root.
	Found(genesis []byte, at publica.Time) (root []byte, err error)

	// Open parses an entry and checks all that needs neither state nor the
	// mathematics of its signature. It must be a pure function: whether an
	// entry of a decided block is executed or skipped depends on it.
	Open(s *publica.Signed) (*machine.Entry, error)

	// Execute runs a decided block. Nothing may be durable yet. Signatures
	// have been verified; no entry stands twice.
	Execute(b *Block) (*Executed, error)

	// Commit makes the block last executed durable in one atomic step, with
	// its height, and its content; the intake forgets its entries afterwards.
	Commit() error

	// Keep makes parts durable that came too late for the Commit of their
	// entry's block. It may be called from several goroutines, between the
	// calls of the others, and before the engine starts.
	Keep(parts []publica.Content) error

	// Content returns a part that this node holds, for a peer that asks for
	// it. The error is NotFound if it does not. Called from many goroutines.
	Content(c publica.Commitment) (publica.Content, error)
}

// A Block is a decided block as the register executes it.
type Block struct {
	Height   int64
	Time     publica.Time // block time: the median of the votes for the block before
	Items    []Item
	Proposer string // address of the validator that proposed it, see [Address]
	Votes    []Vote // for the block before, by all validators of that height

	// Misbehaved is what the engine has found evidence of since the block
	// before.
	Misbehaved []Misbehaviour
}

// A Vote says whether a validator signed a block.
type Vote struct {
	Validator string // address, see [Address]
	Signed    bool   // false: absent, or for no block
}

// Misbehaviour is a validator's fault that its own signatures prove.
type Misbehaviour struct {
	Validator string // address, see [Address]
	Height    int64  // of the blocks voted for
	Kind      string
}

// Kinds of misbehaviour.
const (
	DoubleVote = "double-vote" // two votes of one step for different blocks
	FalseBlock = "false-block" // a vote for a block that is not the chain's
)

// Executed is what became of a block.
type Executed struct {
	Root   []byte  // of the log after it: the one before, if nothing changed
	Powers []Power // of validators, where they change; in effect two blocks later
}

// A Power is what a validator's vote weighs.
type Power struct {
	Key   []byte // ed25519 public key, 32 bytes
	Power int64  // 0: no validator any more
}

// An Item is one entry of a block.
type Item struct {
	*machine.Entry
	// Content is what this node was given beside the entry; nil where the
	// entry came in a peer's block. It must not influence Execute's result.
	Content []publica.Content
}
