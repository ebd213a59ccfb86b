// Package ledger orders entries: it takes them in durably, pools them, checks
// their signatures once, and has CometBFT decide blocks of them.
//
// An entry's way is one direction. [Ledger.Submit] verifies its signature,
// writes it to the intake queue on disk and, after the fsync, has the node's
// promise made; the entry then waits in the pool. A block proposal takes
// entries from the pool, packs them into a few engine transactions (the engine
// pays per transaction) and leaves their content behind. The decided block is
// handed to the [App], which executes and commits it; then the pool and the
// intake forget its entries.
//
// A block transaction is a pack: the byte 1, then records. A record is
//
//	length of the entry   2 bytes, big endian
//	canonical entry       that many bytes
//	algorithm             1 byte: 1 ed25519, 2 p256
//	public key            32 bytes for ed25519, 65 for p256
//	signature             64 bytes
//
// The engine's own mempool never holds entries. It holds wake-ups, the byte 0
// and 8 bytes that make each distinct, which only tell the engine that a block
// is wanted; they never stand in a block.
//
// Blocks are made when there is something to decide, and when the node asks
// for one ([Ledger.Wake]). A block's time is the time of the votes for the
// block before it, so after a pause it is old: a proposer that sees an old time
// proposes an empty block first, and entries land in the next one, whose time
// is fresh.
//
// The package must not know what entries mean, how the log or the state are
// stored, or HTTP. It is the only importer of cometbft.
package ledger
