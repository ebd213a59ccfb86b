package commitment

import (
	"publica"
	"publica/internal/machine"
)

// Reply is the body of commitment/reply: the government answers a review, draft
// or final. By the agency or the lead body. Parts: text (required),
// attachment-1 ….
type Reply struct {
	Review publica.EntryID `json:"review"`
}

func checkReply(e *machine.Entry, b *Reply) error {
	if b.Review.IsZero() {
		return publica.Problem(publica.Invalid, "body/review", "is missing").WithHint("the id of the entry with the review, draft or final")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, judgementParts...))
}

// applyReply takes an answer at any time, of what is closed too: the reviewer's
// word does not stay without the government's.
func applyReply(tx *machine.Tx, e *machine.Entry, b *Reply) error {
	r, ok := GetReview(tx, b.Review)
	if !ok {
		return publica.Problem(publica.NotFound, "body/review", "is not a review of this register")
	}
	s, _ := Get(tx, r.Commitment)
	if s.Docket != e.Docket {
		return publica.Problem(publica.NotFound, "body/review", "is not in this docket").WithHint("send it to the docket of the plan, " + s.Docket.String())
	}
	return speaks(tx, e, s.Agency)
}
