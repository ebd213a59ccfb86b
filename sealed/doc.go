// Package sealed keeps bids shut until the deadline: a key that no trustee
// holds alone, envelopes sealed to it, and the proofs by which everybody sees
// that nothing was opened early and nothing but what was sealed. It is
// specified in spec/sealed.md, with bytes, and awaits outside review.
//
// One key is made for each tender, lot and envelope, in a [Ceremony] of 2 to 15
// trustees: each announces keys of one purpose ([Announce]), commits to a
// [Deal] and then reveals it, complains with evidence, and [Ceremony.Finish]
// computes the [Key] from what is on record. Then
//
//	envelope, bucket, r, err := key.Seal(context, bid, rand.Reader)  // a bidder
//	err = key.CheckEnvelope(context, envelope)                       // everybody
//	opening, err := key.Combine(shares)                              // after the deadline
//	bid, err := opening.Open(context, envelope, bucket)
//
// Losing offers that must never be public are opened by a board instead, with
// [Key.NewPartial]; a bidder whose trustees are silent opens one bid by r, with
// [Key.OpenRevealed]; documents too large for a bucket are [Blob]s; and what a few
// may read of a confidential tender's later records is a letter, by [SealLetter].
//
// Everything is a function of bytes. Randomness arrives as an [io.Reader] that
// must be cryptographic; functions that are not given one are deterministic, so
// that rules may call them. Groups, proofs and encryption are those of
// github.com/cloudflare/circl, which no other package imports.
//
// The package must not know what a bid says, who may do what and when, or where
// records stand: it is handed them. It keeps no secret; whoever calls does.
package sealed
