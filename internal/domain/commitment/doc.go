// Package commitment holds what a public body promised in a plan: measurable
// commitments, the progress reported on them, every rewording with its reason,
// the coding of the independent reviewer, and their end. A promise that nobody
// could check is refused; how one stands is computed from its records
// (package ogp), never typed in.
//
// It asks identity who speaks and docket in which case. It must not know ideas,
// drafts and comments: a promise names what it comes from by entry id.
package commitment
