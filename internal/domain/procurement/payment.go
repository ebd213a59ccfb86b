package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Payment is the body of procurement/payment: money that went to the supplier for a
// milestone that is accepted; of a contract that ended, and of a tender that was
// cancelled after it, too. Parts: text, attachment-1 ….
type Payment struct {
	Amount    Money           `json:"amount"`
	Contract  publica.EntryID `json:"contract"`
	Milestone string          `json:"milestone"`
	Paid      publica.Time    `json:"paid"` // when; not in the future
}

var paymentParts = []machine.PartRule{{Name: "text", Media: machine.Text}, {Name: "attachment", Numbered: true}}

func checkPayment(e *machine.Entry, b *Payment) error {
	if b.Paid <= 0 {
		return publica.Problem(publica.Invalid, "body/paid", "is missing").WithHint("the time of the payment")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/contract", b.Contract), b.Amount.check("body/amount", 1), machine.CheckParts(e, paymentParts...))
}

func applyPayment(tx *machine.Tx, e *machine.Entry, b *Payment) error {
	_, s, err := officer(tx, e, Contracting, Implementation, Completed, Cancelled)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	if err := b.Amount.in(&t, "body/amount"); err != nil {
		return err
	}
	a, ok := AgreementOf(tx, e.Docket, b.Contract)
	if !ok {
		return publica.Problem(publica.NotFound, "body/contract", "is not a contract of this tender").WithHint("name it by the entry id of its procurement/contract")
	}
	m, err := a.milestone(b.Milestone)
	switch {
	case err != nil:
		return err
	case b.Paid > tx.Time():
		return publica.Problem(publica.Early, "body/paid", "lies in the future, by the block time "+tx.Time().String())
	case m.Accepted.IsZero():
		return publica.Problem(publica.Early, "body/milestone", "is not accepted").WithHint("accept it first, with procurement/accept")
	case m.Paid+b.Amount.Amount > m.Value:
		return publica.Problem(publica.Conflict, "body/amount", "is more than is left of the milestone, "+strconv.FormatInt(m.Value-m.Paid, 10)).
			WithHint("a contract is raised with procurement/modify, and a reason")
	}
	m.Paid += b.Amount.Amount
	a.Paid += b.Amount.Amount
	keep(tx, e, s, b.Contract, a)
	return nil
}
