// Package machine is the law: given the same blocks of entries it produces the
// same state, the same leaves and the same hashes on every machine, always.
//
// A block is executed in one direction: [Machine.Begin] runs what fell due by
// block time, [Block.Apply] takes each entry through its kind's rule, and
// [Block.Finish] seals the result: leaves for the log, ordered writes for the
// store. Rules are given by the domains as [Kind] and [System] values; they
// see an entry, its block time and a [Tx], and nothing else.
//
// The package must not know: clocks, chance, disks, networks, floats,
// goroutines, or the order of a map. State is read through [Reader]; who
// stores it is not its business.
package machine
