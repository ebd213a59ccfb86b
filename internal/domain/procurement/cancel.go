package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Cancel is the body of procurement/cancel. Bids that are sealed stay sealed: the
// trustees' shares are taken no more. Once bids are open it can be protested as an
// award can: who may cancel unseen may choose the winner. The part reason is required.
type Cancel struct {
	Code CancelCode `json:"code"`
}

// CancelCode is why a tender is cancelled.
type CancelCode string

const (
	NotNeeded       CancelCode = "not-needed"
	NoFunds         CancelCode = "no-funds"
	FaultyText      CancelCode = "faulty-text"
	LittleInterest  CancelCode = "little-interest"
	PricesTooHigh   CancelCode = "prices-too-high"
	SustainedReview CancelCode = "review" // a sustained protest left nothing else
	OtherReason     CancelCode = "other"
)

func checkCancel(e *machine.Entry, b *Cancel) error {
	switch b.Code {
	case NotNeeded, NoFunds, FaultyText, LittleInterest, PricesTooHigh, SustainedReview, OtherReason:
	default:
		return publica.Problem(publica.Invalid, "body/code", "is missing or not a reason").
			WithHint("one of not-needed, no-funds, faulty-text, little-interest, prices-too-high, review, other")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonRequired...))
}

func applyCancel(tx *machine.Tx, e *machine.Entry, b *Cancel) error {
	_, s, err := officer(tx, e, beforeContracts...)
	if err != nil {
		return err
	}
	if s.Running > 0 {
		return publica.Problem(publica.Late, "docket", "has a contract that runs").WithHint("end it with procurement/terminate")
	}
	s.end(tx, e.Docket, Cancelled, string(b.Code), e.ID)
	put(tx, e.Docket, s)
	return nil
}
