// Package participation is what a public body and the public do in a docket:
// ideas and comments, drafts of a text with stable sections, responses, and
// the declaration that a draft is final.
//
// Two debts are kept, and nobody can codify around them. Every idea or comment
// of a docket whose charter owes responses is an obligation until a response
// names it ([Debt]). Every section changed or removed, and every idea no
// longer carried, without a reason is a ghost until it is explained
// ([Ghosts]). Obligations are bits over the docket's positions, so that a
// docket of millions stays cheap.
//
// The package must not know content (it sees sizes and commitments, never
// text), pages, or which response answered which contribution: views keep
// that, from the same records.
package participation
