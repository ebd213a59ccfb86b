// Package readmodel answers questions about a register from SQLite: a copy of
// what the log says, arranged for reading. It is disposable. Delete the file,
// or change a view's schema, and it is refilled from the log; no fact lives
// here alone.
//
// The model pulls: [Model.Follow] asks a [Source] for the rows it lacks, hands
// each to the views, and commits a batch together with the position it has
// reached, so that what is shown is always the register at one log index.
// Starting up is the same path as following.
//
// It owns two tables that views join: entry (every entry and system record
// with its place, time, author and refusal) and document (its text, searched
// with FTS5). All other tables belong to the views.
//
// The package is the only importer of the SQLite driver. It must not know any
// domain, page, or store.
package readmodel
