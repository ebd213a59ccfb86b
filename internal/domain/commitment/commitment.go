package commitment

import (
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Domain lists the kinds of commitment.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "commitment",
		Kinds: []machine.Kind{
			machine.Define("commitment/adopt", "Adopts a commitment of a final plan; refused while nobody could check it. By the lead body.", checkAdopt, applyAdopt),
			machine.Define("commitment/update", "Reports how far a commitment has come. By the agency that leads it, a supporting body, or the lead body.", checkUpdate, applyUpdate),
			machine.Define("commitment/milestone-done", "Says that a milestone is there, with evidence. By who may report.", checkMilestoneDone, applyMilestoneDone),
			machine.Define("commitment/amend", "Changes a commitment, with a reason. By the lead body.", checkAmend, applyAmend),
			machine.Define("commitment/self-assess", "Judges a commitment from inside the government. By the agency that leads it, or the lead body.", checkSelfAssess, applySelfAssess),
			machine.Define("commitment/review", "Codes a commitment independently: a draft for the public to comment on, then the final word. By a reviewer of the charter.", checkReview, applyReview),
			machine.Define("commitment/reply", "Answers a review. By the agency that leads the commitment, or the lead body.", checkReply, applyReply),
			machine.Define("commitment/close", "Ends the reporting on a commitment; refused before it is assessed and reviewed. By the lead body.", checkClose, applyClose),
		},
		Systems: []machine.System{
			{Name: closedKind, Doc: "What was on record of a commitment when it was closed.", Apply: neverDue},
		},
	}
}

// neverDue is for records that follow an entry at once and are not scheduled.
func neverDue(*machine.Tx, *machine.Due) bool { return false }

const (
	adoptKind publica.Kind = "commitment/adopt"
	ideaKind  publica.Kind = "participation/idea"
)

// State is a commitment as it stands. What [Get] returns is shared: do not modify
// its slices.
type State struct {
	Agency      publica.BodyID   `json:"agency,omitzero"`
	Amendments  int64            `json:"amendments,omitzero"`
	Assessed    bool             `json:"assessed,omitzero"` // by the government, at the end of its term
	Baseline    *Measure         `json:"baseline,omitzero"`
	Claim       Claim            `json:"claim,omitzero"` // as of the latest day that an update speaks of
	ClaimedAt   publica.Time     `json:"claimed_at,omitzero"`
	Closed      publica.EntryID  `json:"closed,omitzero"` // the entry that closed it
	Docket      publica.DocketID `json:"docket"`
	Imported    bool             `json:"imported,omitzero"` // taken as its source had it, with what it lacks
	Indicator   *Indicator       `json:"indicator,omitzero"`
	Milestones  []MilestoneState `json:"milestones,omitempty"`
	Parts       []string         `json:"parts,omitempty"`   // of the texts that make it checkable: those that it has, in order
	Reviewed    bool             `json:"reviewed,omitzero"` // finally, at the end of its term
	Reviews     int64            `json:"reviews,omitzero"`  // final ones
	Supporting  []publica.BodyID `json:"supporting,omitempty"`
	Target      *Measure         `json:"target,omitzero"`
	Unexplained int64            `json:"unexplained,omitzero"` // amendments without a reason
	Updates     int64            `json:"updates,omitzero"`
	Value       *int64           `json:"value,omitzero"` // as Claim
	Values      []Value          `json:"values,omitempty"`
	ValuedAt    publica.Time     `json:"valued_at,omitzero"`
}

// MilestoneState is a milestone as it stands.
type MilestoneState struct {
	Deliverable bool            `json:"deliverable,omitzero"` // says what is to be there
	Done        publica.EntryID `json:"done,omitzero"`        // the entry that said it is
	Due         publica.Time    `json:"due,omitzero"`
	ID          string          `json:"id"`
}

var (
	states = machine.NewTable[State]("commitment")                // the entry that adopted it
	names  = machine.NewTable[publica.EntryID]("commitment-name") // docket ‖ name
)

// Get returns a commitment as it stands.
func Get(tx *machine.Tx, id publica.EntryID) (State, bool) { return states.Get(tx, id[:]) }

func put(tx *machine.Tx, id publica.EntryID, s State) { states.Put(tx, id[:], s) }

// require returns the commitment that an entry of its docket is about.
func require(tx *machine.Tx, e *machine.Entry, id publica.EntryID) (State, error) {
	s, ok := Get(tx, id)
	switch {
	case !ok:
		return s, publica.Problem(publica.NotFound, "body/commitment", "is not a commitment of this register").
			WithHint("a commitment is named by the id of the entry that adopted it")
	case s.Docket != e.Docket:
		return s, publica.Problem(publica.NotFound, "body/commitment", "is not in this docket").
			WithHint("send it to the docket of its plan, " + s.Docket.String())
	}
	return s, nil
}

// requireOpen is require for what is not closed yet.
func requireOpen(tx *machine.Tx, e *machine.Entry, id publica.EntryID) (State, error) {
	s, err := require(tx, e, id)
	if err == nil && !s.Closed.IsZero() {
		return s, publica.Problem(publica.Late, "body/commitment", "is closed, by "+s.Closed.String()).
			WithHint("a new commitment can take it up again: name it in follows")
	}
	return s, err
}

// lead refuses an entry whose author does not run the docket, or is no importer
// of what is imported.
func lead(tx *machine.Tx, e *machine.Entry, m *docket.Imported) (docket.State, error) {
	if m != nil {
		return docket.RequireImporter(tx, e)
	}
	return docket.RequireLead(tx, e)
}

// speaks refuses an entry whose author acts for none of the bodies nor for the
// lead body of the docket.
func speaks(tx *machine.Tx, e *machine.Entry, bodies ...publica.BodyID) error {
	d, err := docket.Require(tx, e)
	if err != nil {
		return err
	}
	if e.For != d.Lead && !slices.Contains(bodies, e.For) {
		return publica.Problem(publica.Forbidden, "for", "is not a body that may speak of this commitment").
			WithHint("sign for the agency that leads it, or for the lead body of the docket, " + d.Lead.String())
	}
	return identity.RequireRole(tx, e, identity.Coordinator, identity.Importer)
}

// reports refuses an entry whose author may not say how the commitment goes.
func (s *State) reports(tx *machine.Tx, e *machine.Entry, m *docket.Imported) error {
	if m != nil {
		_, err := docket.RequireImporter(tx, e)
		return err
	}
	return speaks(tx, e, append([]publica.BodyID{s.Agency}, s.Supporting...)...)
}

// milestone returns the milestone of that id, nil if there is none.
func (s *State) milestone(id string) *MilestoneState {
	for i := range s.Milestones {
		if s.Milestones[i].ID == id {
			return &s.Milestones[i]
		}
	}
	return nil
}

// checkCommitment refuses a body that names no commitment.
func checkCommitment(id publica.EntryID) error {
	if id.IsZero() {
		return publica.Problem(publica.Invalid, "body/commitment", "is missing").WithHint("the id of the entry that adopted it")
	}
	return nil
}

// checkDay refuses what is no time at all.
func checkDay(field string, t publica.Time) error {
	if t <= 0 || t >= docket.Year10000 {
		return publica.Problem(publica.Invalid, field, "is missing or out of range").WithHint("a time, for example 2027-12-31T00:00:00.000Z")
	}
	return nil
}

// happened refuses a time that is still to come.
func happened(tx *machine.Tx, t publica.Time) error {
	if t > tx.Time() {
		return publica.Problem(publica.Early, "body/at", "is in the future: only what is so already is reported").
			WithHint("the block's time is " + tx.Time().String())
	}
	return nil
}
