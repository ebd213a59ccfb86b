package procurement

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// ProtestStep is the body of procurement/protest-step. The protester adds to its
// protest or withdraws it, the buyer answers it, who reviews asks. Parts: text
// (required), attachment-1 ….
type ProtestStep struct {
	Protest  publica.EntryID `json:"protest"`
	Withdraw bool            `json:"withdraw,omitzero"`
}

func checkProtestStep(e *machine.Entry, b *ProtestStep) error {
	return machine.First(machine.InDocket(e), checkOne("body/protest", b.Protest), machine.CheckParts(e, textParts...))
}

func applyProtestStep(tx *machine.Tx, e *machine.Entry, b *ProtestStep) error {
	_, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	d, err := openDispute(tx, e.Docket, b.Protest)
	if err != nil {
		return err
	}
	if d.Author != e.Author {
		return otherStep(tx, e, b)
	}
	if b.Withdraw {
		s.Protests--
		d.Decided, d.Outcome = e.ID, WithdrawnProtest
		put(tx, e.Docket, s)
	} else if d.Steps++; d.Steps > maxSteps {
		return publica.Problem(publica.Conflict, "body/protest", "has "+strconv.Itoa(maxSteps)+" steps of its author already").WithHint("wait for the decision, or withdraw it")
	}
	putDispute(tx, e.Docket, b.Protest, d)
	return nil
}

// otherStep refuses a step of whom the protest does not concern.
func otherStep(tx *machine.Tx, e *machine.Entry, b *ProtestStep) error {
	if b.Withdraw {
		return publica.Problem(publica.Forbidden, "body/withdraw", "is for the protester alone").WithHint("sign with the key that protested")
	}
	if _, err := docket.RequireLead(tx, e); err == nil {
		return nil
	}
	if _, err := docket.RequireReviewer(tx, e); err == nil {
		return nil
	}
	return publica.Problem(publica.Forbidden, "author", "is neither the protester, nor acts for the buyer or the review body").
		WithHint("sign with the key that protested, or say for which body you act")
}

// openDispute returns a protest that is not decided.
func openDispute(tx *machine.Tx, in publica.DocketID, id publica.EntryID) (Dispute, error) {
	d, ok := DisputeOf(tx, in, id)
	switch {
	case !ok:
		return d, publica.Problem(publica.NotFound, "body/protest", "is not a protest of this tender").WithHint("name it by the entry id of its procurement/protest")
	case d.Outcome != "":
		return d, publica.Problem(publica.Conflict, "body/protest", "is "+string(d.Outcome)+" by "+d.Decided.String())
	}
	return d, nil
}
