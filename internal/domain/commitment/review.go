package commitment

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Review is the body of commitment/review: the coding of the independent
// reviewer, as the IRM's procedures have it. By a reviewer of a body that the
// charter names, which neither leads the docket nor the commitment. A draft names
// the period of the docket in which the public comments on it; a final one
// follows it when that period is over. Parts: text (required), attachment-1 ….
type Review struct {
	Cites      []publica.EntryID `json:"cites"` // records it rests on, at least one
	Coding     Coding            `json:"coding"`
	Commitment publica.EntryID   `json:"commitment"`
	Draft      publica.EntryID   `json:"draft,omitzero"`  // of a final review: the draft it follows
	Period     string            `json:"period,omitzero"` // of a draft: the period for comments
	Phase      Phase             `json:"phase"`
}

// Coding is what the IRM codes of a commitment (IRM Guidebook). Completion and
// Results are of the phase end-of-term; at mid-term Results is absent.
type Coding struct {
	Completion Completion `json:"completion"`
	Lens       bool       `json:"lens"`             // it has an open-government lens
	Potential  Potential  `json:"potential"`        // for results
	Results    Results    `json:"results,omitzero"` // early results
	Verifiable bool       `json:"verifiable"`
}

// Potential is a commitment's potential for results.
type Potential string

const (
	UnclearPotential     Potential = "unclear"
	ModestPotential      Potential = "modest"
	SubstantialPotential Potential = "substantial"
)

// Results are early results of a commitment.
type Results string

const (
	NoNotableResults   Results = "no-notable"
	ModerateResults    Results = "moderate"
	SignificantResults Results = "significant"
)

const maxCites = 200

// ReviewState is a review as it stands.
type ReviewState struct {
	Body       publica.BodyID  `json:"body"` // whose reviewer it is from
	Commitment publica.EntryID `json:"commitment"`
	Final      publica.EntryID `json:"final,omitzero"` // of a draft: the final review that follows it
	Period     string          `json:"period,omitzero"`
	Phase      Phase           `json:"phase"`
}

var reviews = machine.NewTable[ReviewState]("commitment-review") // the entry with it

// GetReview returns a review as it stands.
func GetReview(tx *machine.Tx, id publica.EntryID) (ReviewState, bool) { return reviews.Get(tx, id[:]) }

func checkReview(e *machine.Entry, b *Review) error {
	switch {
	case b.Draft.IsZero() && b.Period == "":
		return publica.Problem(publica.Invalid, "body/period", "is missing: the public comments on a draft of the review first").
			WithHint("name the period of the docket for that; the final review then names its draft")
	case !b.Draft.IsZero() && b.Period != "":
		return publica.Problem(publica.Invalid, "body/period", "belongs to a draft, and this is the final review").WithHint("leave it out, or leave draft out")
	case len(b.Cites) == 0:
		return publica.Problem(publica.Invalid, "body/cites", "is missing: a review names the records it rests on").WithHint("the ids of updates, milestones done, comments or other records")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), checkPhase(b.Phase), b.Coding.check(b.Phase),
		checkList("body/cites", b.Cites, maxCites), machine.CheckParts(e, judgementParts...))
}

// check holds a coding to the words of the IRM.
func (c *Coding) check(phase Phase) error {
	const at = "body/coding"
	switch c.Completion {
	case NoEvidence, CompletionNotStarted, Limited, Substantial, CompletionComplete:
	default:
		return publica.Problem(publica.Invalid, at+"/completion", "is missing or not a coding").
			WithHint("one of no-evidence, not-started, limited, substantial, complete")
	}
	switch c.Potential {
	case UnclearPotential, ModestPotential, SubstantialPotential:
	default:
		return publica.Problem(publica.Invalid, at+"/potential", "is missing or not a coding").WithHint("one of unclear, modest, substantial")
	}
	if phase == MidTerm {
		if c.Results != "" {
			return publica.Problem(publica.Invalid, at+"/results", "is coded at the end of the term").WithHint("leave it out at mid-term")
		}
		return nil
	}
	switch c.Results {
	case NoNotableResults, ModerateResults, SignificantResults:
		return nil
	}
	return publica.Problem(publica.Invalid, at+"/results", "is missing or not a coding").WithHint("one of no-notable, moderate, significant")
}

func applyReview(tx *machine.Tx, e *machine.Entry, b *Review) error {
	d, err := docket.Require(tx, e)
	if err != nil {
		return err
	}
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if err := machine.First(s.independent(tx, e, &d), requireCites(tx, b.Cites)); err != nil {
		return err
	}
	if b.Draft.IsZero() {
		err = mayComment(&d, b.Period)
	} else {
		err = finishDraft(tx, e, &d, b)
	}
	if err != nil {
		return err
	}
	reviews.Put(tx, e.ID[:], ReviewState{Body: e.For, Commitment: b.Commitment, Period: b.Period, Phase: b.Phase})
	if !b.Draft.IsZero() {
		s.Reviews++
		s.Reviewed = s.Reviewed || b.Phase == EndOfTerm
		put(tx, b.Commitment, s)
	}
	return nil
}

// independent refuses a reviewer whom the charter does not name, or whose body has
// a part in the promise.
func (s *State) independent(tx *machine.Tx, e *machine.Entry, d *docket.State) error {
	switch named := d.Charter.Reviewers; {
	case len(named) == 0:
		return publica.Problem(publica.Forbidden, "for", "does not review this docket: its charter names no reviewer").
			WithHint("the lead body names one with docket/amend-charter")
	case !slices.Contains(named, e.For):
		return publica.Problem(publica.Forbidden, "for", "is not a body that reviews this docket").WithHint("sign for " + named[0].String())
	case e.For == d.Lead || e.For == s.Agency || slices.Contains(s.Supporting, e.For):
		return publica.Problem(publica.Forbidden, "for", "has a part in the promise and cannot review it").
			WithHint("a body that neither leads nor supports it reviews it")
	}
	return identity.RequireRole(tx, e, identity.Reviewer)
}

func requireCites(tx *machine.Tx, ids []publica.EntryID) error {
	for i, id := range ids {
		r, ok := tx.Record(id)
		at := "body/cites/" + strconv.Itoa(i)
		if !ok {
			return publica.Problem(publica.NotFound, at, "is not on this register")
		}
		if r.Refused {
			return publica.Problem(publica.Invalid, at, "was refused and counts for nothing")
		}
	}
	return nil
}

// mayComment refuses a draft on which nobody could comment any more.
func mayComment(d *docket.State, period string) error {
	switch p := d.Period(period); {
	case p == nil:
		return publica.Problem(publica.NotFound, "body/period", "is not a period of this docket").WithHint("the lead body announces it with docket/period")
	case p.Stage == docket.Closed:
		return publica.Problem(publica.Late, "body/period", "closed at "+p.Closes.String()+": nobody could comment on the draft").WithHint("name a period that is announced or open")
	}
	return nil
}

// finishDraft marks the draft of a final review as followed. It refuses a final
// review as long as the public may comment on its draft.
func finishDraft(tx *machine.Tx, e *machine.Entry, d *docket.State, b *Review) error {
	const field = "body/draft"
	r, ok := GetReview(tx, b.Draft)
	switch {
	case !ok || r.Period == "":
		return publica.Problem(publica.NotFound, field, "is not a draft of a review")
	case r.Commitment != b.Commitment:
		return publica.Problem(publica.Invalid, field, "is about another commitment, "+r.Commitment.String())
	case r.Phase != b.Phase:
		return publica.Problem(publica.Invalid, field, "is about another phase, "+string(r.Phase))
	case r.Body != e.For:
		return publica.Problem(publica.Forbidden, field, "is by another body, "+r.Body.String())
	case !r.Final.IsZero():
		return publica.Problem(publica.Conflict, field, "has its final review already, "+r.Final.String())
	}
	if p := d.Period(r.Period); p != nil && p.Stage != docket.Closed {
		return publica.Problem(publica.Early, field, "is open to comments: its period "+r.Period+" closes at "+p.Closes.String()).
			WithHint("send the final review then, with what the comments brought")
	}
	r.Final = e.ID
	reviews.Put(tx, b.Draft[:], r)
	return nil
}
