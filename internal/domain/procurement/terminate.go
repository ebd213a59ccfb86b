package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Terminate is the body of procurement/terminate. What was accepted can still be
// paid. The part reason is required.
type Terminate struct {
	Code     TerminateCode   `json:"code"`
	Contract publica.EntryID `json:"contract"`
}

// TerminateCode is why a contract ends before its time.
type TerminateCode string

const (
	Default     TerminateCode = "default"     // the supplier did not perform
	Convenience TerminateCode = "convenience" // the buyer needs it no more
	Agreed      TerminateCode = "agreed"      // by both
)

func checkTerminate(e *machine.Entry, b *Terminate) error {
	switch b.Code {
	case Default, Convenience, Agreed:
	default:
		return publica.Problem(publica.Invalid, "body/code", "is missing or not a reason").WithHint("one of default, convenience, agreed")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/contract", b.Contract), machine.CheckParts(e, reasonRequired...))
}

func applyTerminate(tx *machine.Tx, e *machine.Entry, b *Terminate) error {
	_, s, err := officer(tx, e, Contracting, Implementation)
	if err != nil {
		return err
	}
	a, err := running(tx, e, b.Contract)
	if err != nil {
		return err
	}
	a.Over = Terminated
	s.over(tx, e.Docket)
	putAgreement(tx, e.Docket, b.Contract, a)
	put(tx, e.Docket, s)
	return nil
}
