package commitment

import (
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
	"publica/ogp"
)

// Close is the body of commitment/close: nothing more is reported on it. By the
// lead body. Refused before an end-of-term self-assessment and a final
// end-of-term review, except for what is withdrawn. Parts: reason (required).
type Close struct {
	Commitment publica.EntryID `json:"commitment"`
	How        Ending          `json:"how"`
	Next       publica.EntryID `json:"next,omitzero"` // of what is carried over: the commitment that goes on
}

// Ending says why a commitment is closed. Whether the promise was kept is not
// said here: the records tell.
type Ending string

const (
	Ended       Ending = "ended"        // its time is over
	CarriedOver Ending = "carried-over" // another commitment goes on with it
	Dropped     Ending = "withdrawn"    // promised no more
)

// Closed is the body of the system record commitment/closed, which follows a
// close: what the rules counted.
type Closed struct {
	Amendments  int64           `json:"amendments"`
	Claim       Claim           `json:"claim,omitzero"` // the last one
	Commitment  publica.EntryID `json:"commitment"`
	Done        int64           `json:"milestones_done"`
	Milestones  int64           `json:"milestones"`
	Reached     bool            `json:"target_reached"` // by the last value
	Reviews     int64           `json:"reviews"`        // final ones
	Unexplained int64           `json:"unexplained"`    // amendments without a reason
	Updates     int64           `json:"updates"`
}

const closedKind publica.Kind = "commitment/closed"

var reasonRequired = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkClose(e *machine.Entry, b *Close) error {
	switch b.How {
	case Ended, CarriedOver, Dropped:
	default:
		return publica.Problem(publica.Invalid, "body/how", "is missing or not a way to end").WithHint("one of ended, carried-over, withdrawn")
	}
	switch {
	case b.How == CarriedOver && b.Next.IsZero():
		return publica.Problem(publica.Invalid, "body/next", "is missing: what is carried over goes on in another commitment").WithHint("the id of the entry that adopted it")
	case b.How != CarriedOver && !b.Next.IsZero():
		return publica.Problem(publica.Invalid, "body/next", "belongs to what is carried over").WithHint("leave it out, or say how = carried-over")
	case b.Next == b.Commitment && !b.Next.IsZero():
		return publica.Problem(publica.Invalid, "body/next", "is the commitment itself")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), machine.CheckParts(e, reasonRequired...))
}

func applyClose(tx *machine.Tx, e *machine.Entry, b *Close) error {
	if _, err := docket.RequireLead(tx, e); err != nil {
		return err
	}
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if b.How != Dropped {
		if err := s.judged(); err != nil {
			return err
		}
	}
	if next, ok := Get(tx, b.Next); b.How == CarriedOver && (!ok || !next.Closed.IsZero()) {
		return publica.Problem(publica.NotFound, "body/next", "is not an open commitment of this register").WithHint("adopt the one that goes on with it first")
	}
	s.Closed = e.ID
	put(tx, b.Commitment, s)
	tx.Emit(closedKind, e.Docket, s.closed(b.Commitment))
	return nil
}

// judged refuses the end of a promise that was not judged from both sides, naming
// all that is missing.
func (s *State) judged() error {
	var open []string
	if !s.Assessed {
		open = append(open, "the government's self-assessment at the end of the term")
	}
	if !s.Reviewed {
		open = append(open, "the final review at the end of the term")
	}
	if len(open) == 0 {
		return nil
	}
	return publica.Problem(publica.Owed, "body/commitment", "is not closed before it is judged; missing: "+strings.Join(open, "; and ")).
		WithHint("record them with commitment/self-assess and commitment/review; what is promised no more is closed as withdrawn")
}

func (s *State) closed(id publica.EntryID) Closed {
	c := Closed{
		Amendments: s.Amendments, Claim: s.Claim, Commitment: id, Milestones: int64(len(s.Milestones)),
		Reviews: s.Reviews, Unexplained: s.Unexplained, Updates: s.Updates,
	}
	c.Reached = s.Value != nil && ogp.Reached(s.Baseline.point(), s.Target.point(), *s.Value)
	for _, m := range s.Milestones {
		if !m.Done.IsZero() {
			c.Done++
		}
	}
	return c
}
