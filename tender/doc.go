// Package tender tells a tender from its records alone: how far it has come and
// which record started each clock, who bid and what the bids say once they are
// open, what the rules and the published formula give for them, and what was
// decided, contracted and paid.
//
//	export → [Collector] → records → [Read] → [Process]
//	process + content → [Process.Open] → offers
//	process + an evaluator's secrets → [Process.OpenBoxes] → [Process.OpenConfidential] → offers
//	offers + pinned rules → [Process.Judge], scores + prices → [Process.Evaluation]
//	all of it in plain words → [Process.DraftMemo]
//	all of it against what was recorded → [Audit]; as OCDS → [Publish]
//
// A page that shows a tender and a client that has nothing but an export run the
// same code, so they say the same. It invents nothing and decides nothing: where it
// finds something else than a record says, it names both.
//
// The package must not know a register beyond leaves and entries, nor how records
// were come by: content is asked of whoever calls. It sees no clock, chance, disk or
// net. The form of an offer is specified in spec/offer.md, the kinds of records in
// spec/kinds/procurement.md.
package tender
