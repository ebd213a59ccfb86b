// Package trustee is what those do who keep the keys of sealed bids: they take the
// steps of the ceremony that makes a tender's keys (spec/sealed.md), and after the
// deadline they publish what opens the bids. What a trustee keeps of a tender is a
// [File] of [Secrets]; which acts are due follows from the records alone
// ([Trustee.Due]); [Trustee.Take] takes one. A [Service] does all of it by itself,
// for every tender of a register that names its key.
//
// Two things hold whatever happens. Nothing is sent that rests on a secret which
// would not survive a crash. And no share is sent before its time: what is due is
// computed from records that are proven under a policy, by the block times on the
// log, and neither a node's word nor this machine's clock makes it earlier.
//
// The package knows no pages and no node: the register is a [publica.Client], and
// chance, clock, disk and sending come from outside.
package trustee
