// Package node assembles one node of a register and runs it: store, log,
// content, law, consensus, read model, web. It is wiring only.
//
// An entry's way through it, in one direction: web takes a submission
// ([register.Submit]), the law checks it, the ledger makes it durable and has
// it decided, [chain] executes and commits the block to log, state and content
// in one step, the read model follows the log, and web shows what it holds.
// Recovery is the same way: each part says how far it has come and is handed
// what it misses.
//
// The package must not know what any kind of entry means.
package node
