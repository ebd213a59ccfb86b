// Package publica is all an outsider needs to write to a Publica register and
// to believe what it says, trusting nobody: entries and their signatures,
// content commitments, leaves of the log, checkpoints and who cosigned them,
// proofs, promises, what nodes hold, receipts, evidence of forks, policies, and
// a client that returns only what verifies.
//
// A statement on a register is an [Entry]: canonical JSON (RFC 8785) signed by
// its author. The register orders entries into blocks and appends each as a
// [Leaf] to an RFC 6962 Merkle tree, whose head is a signed [Checkpoint]
// (C2SP tlog-checkpoint), under which each who runs or witnesses the register
// puts a cosignature. A [Policy] says whose count. A [Receipt] holds a leaf, its
// path in the tree and a signed checkpoint, and needs nothing else to be
// checked.
//
// The package must not know the node: no consensus, no store, no domain. It
// opens no file, and only the [Client], which waits, and the [Cosigner], which
// dates what it signs, read a clock; else the world enters as arguments.
//
// Formats are specified, with bytes, in spec/entry.md, spec/log.md,
// spec/proof.md and spec/receipt.md; vectors are in testdata/vectors.
package publica
