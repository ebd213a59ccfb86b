// Package moderation says how content goes and what stays of it: hide, restore,
// redact, confirm, appeal, decide, and legal holds. An act takes text away, never
// a record: that it was there, by whom, when and where it stood, what it committed
// to, the act and its reason stay, and so does its claim to a response.
//
// Acts carry the entry they are about, whole, as it stands on the log: the rules
// know its commitments from its own bytes and need no copy of them in the state.
//
// The package must not know other kinds than its own: it is about any record of a
// docket. What has to be erased, and what must not be shown, stands in the state of
// docket, which every node carries out.
package moderation
