// Package ledger orders entries: it takes them in durably, pools them, checks
// their signatures once, and has CometBFT decide blocks of them.
//
// An entry's way is one direction. [Ledger.Submit] verifies its signature,
// writes it to the intake queue on disk and, after the fsync, has the node's
// promise made; the entry then waits in the pool, and goes to every peer with
// its content. A peer takes it in the same way, on its own disk, and says that
// it has it; the first such word releases the promise. A block proposal takes
// entries from the pool that most peers hold, packs them into a few engine
// transactions (the engine pays per transaction) and leaves their content
// behind. The decided block is handed to the [App], which executes and commits
// it; then the pool and the intake forget its entries.
//
// A block transaction is a pack: the byte 1, then records. A record is
//
//	length of the entry   2 bytes, big endian
//	canonical entry       that many bytes
//	algorithm             1 byte: 1 ed25519, 2 p256, 3 webauthn-p256, 4 webauthn-ed25519
//	public key            32 bytes for Ed25519, 65 for P-256
//	signature             64 bytes
//	auth                  37 bytes, of passkeys only
//	length of client      2 bytes, big endian, of passkeys only
//	client                that many bytes
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
// Between nodes, beside the engine's own channels, go entries, words and pieces
// of content, on three channels of the engine's connections (their forms are
// described beside entryChannel). Connections are encrypted and authenticated by
// the engine, and only to and from the peers of [Config.Peers] or
// [Ledger.SetPeers]. A word is one byte and what it says:
//
//	0  first and last block (8 bytes each)        beat: the peer is there, and keeps these blocks
//	1  ids, 32 bytes each                         have: these entries are on the sender's disk
//	2  text                                       statement, see [Ledger.Say]
//	3  number (4), commitment (32), from (4)      ask for content, answered with a piece
//
// A validator's key signs only through a guard, which knows what the engine does
// not: that the node was restored from an old backup ([MarkRestored]).
//
// The package must not know what entries mean, how the log or the state are
// stored, or HTTP. It is the only importer of cometbft.
package ledger
