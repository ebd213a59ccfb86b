// Package procurement is the law of tenders: who may say what, when, and in which
// order, from the plan to the last payment. Bids stay sealed until the deadline by
// a key that no trustee holds alone ([publica/sealed]); every clock starts
// from a record and is computed from block time.
//
// A tender is a docket of type tender. Its lead body is the buyer, whose
// coordinators act as contracting officers; the reviewers that its charter names
// decide protests.
//
// The package must not know what a bid says: the rules see entries, never content,
// and never a bid that was opened. What follows from content is stated on record,
// with the hashes of what it was computed from, and recomputed by anyone
// (docs/decisions/0039). It must not know pages, or how a tender is published.
package procurement
