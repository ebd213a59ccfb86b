// Package governance is the register about itself: which bodies govern it,
// which nodes decide its blocks, what its parameters are, which code runs it.
//
// A governor of a member body proposes one action. As soon as more than two
// thirds of the bodies that are members at that moment approve, it takes effect
// in that block; a system record says so. One body alone decides by proposing.
//
// Anyone may also claim here that a node broke its promise: the promise, past
// its time, of an entry that is not on the log proves itself.
//
// The package must not know dockets, nor how validators talk to each other: it
// changes the machine's own tables, and the engine follows those.
package governance
