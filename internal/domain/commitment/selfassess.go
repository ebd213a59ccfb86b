package commitment

import (
	"publica"
	"publica/internal/machine"
)

// SelfAssess is the body of commitment/self-assess: the government's own
// judgement of a phase. By the agency or the lead body. Parts: text (required),
// attachment-1 ….
type SelfAssess struct {
	Commitment publica.EntryID `json:"commitment"`
	Completion Completion      `json:"completion"`
	Phase      Phase           `json:"phase"`
}

// Phase is when a commitment is judged.
type Phase string

const (
	MidTerm   Phase = "mid-term"
	EndOfTerm Phase = "end-of-term"
)

// Completion is how far a commitment was carried out.
type Completion string

const (
	NoEvidence           Completion = "no-evidence"
	CompletionNotStarted Completion = "not-started"
	Limited              Completion = "limited"
	Substantial          Completion = "substantial"
	CompletionComplete   Completion = "complete"
)

var judgementParts = []machine.PartRule{{Name: "text", Media: machine.Text, Required: true}, {Name: "attachment", Numbered: true}}

func checkSelfAssess(e *machine.Entry, b *SelfAssess) error {
	switch b.Completion {
	case CompletionNotStarted, Limited, Substantial, CompletionComplete:
	default:
		return publica.Problem(publica.Invalid, "body/completion", "is missing or not what a government can say of itself").
			WithHint("one of not-started, limited, substantial, complete")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), checkPhase(b.Phase), machine.CheckParts(e, judgementParts...))
}

func checkPhase(p Phase) error {
	if p != MidTerm && p != EndOfTerm {
		return publica.Problem(publica.Invalid, "body/phase", "is missing or not a phase").WithHint("one of mid-term, end-of-term")
	}
	return nil
}

func applySelfAssess(tx *machine.Tx, e *machine.Entry, b *SelfAssess) error {
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if err := speaks(tx, e, s.Agency); err != nil {
		return err
	}
	s.Assessed = s.Assessed || b.Phase == EndOfTerm
	put(tx, b.Commitment, s)
	return nil
}
