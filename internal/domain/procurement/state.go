package procurement

import (
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
	"publica/sealed"
)

// Stage says where a tender stands. Each is named for what is going on or awaited.
type Stage string

const (
	Draft          Stage = "draft"          // until publish
	Ceremony       Stage = "ceremony"       // the trustees make the keys; step says how far
	Bidding        Stage = "bidding"        // bids are taken; questions while their clock runs
	Closed         Stage = "closed"         // the deadline passed; trustees open
	Opened         Stage = "opened"         // the first envelopes are open; no result yet
	Compliance     Stage = "compliance"     // each bid needs a result, and those that fail a cure or a rejection
	Curing         Stage = "cure"           // a bidder has time to cure
	Evaluation     Stage = "evaluation"     // scores, prices, memo
	Intended       Stage = "intent"         // every lot has its memo; the intent is awaited
	Standstill     Stage = "standstill"     // nothing may be awarded yet
	Awarding       Stage = "award"          // every lot may be awarded
	Contracting    Stage = "contract"       // everything is awarded; contracts are awaited
	Implementation Stage = "implementation" // contracts run
	Completed      Stage = "complete"       // every contract is carried out or terminated
	Cancelled      Stage = "cancelled"      // by the buyer, or by a breach
	Unsuccessful   Stage = "unsuccessful"   // no bid counted, or all were rejected
)

// order is that in which the stages follow each other, for refusals to say
// whether something is too early or too late.
var order = []Stage{Draft, Ceremony, Bidding, Closed, Opened, Compliance, Curing, Evaluation, Intended, Standstill, Awarding, Contracting, Implementation, Completed, Cancelled, Unsuccessful}

// beforeContracts are the stages in which nothing is bought yet.
var beforeContracts = order[:slices.Index(order, Implementation)]

// State is a tender as it stands. What [Get] returns is shared: do not modify its
// slices.
type State struct {
	Amendments int64           `json:"amendments,omitzero"`
	Answered   int64           `json:"answered,omitzero"` // of the questions
	Asked      int64           `json:"asked,omitzero"`
	Attempt    int64           `json:"attempt,omitzero"` // ceremonies so far
	Breaches   int64           `json:"breaches,omitzero"`
	Cause      string          `json:"cause,omitzero"` // why it is cancelled or unsuccessful
	Clocks     []Clock         `json:"clocks,omitempty"`
	Committed  bool            `json:"committed,omitzero"` // the commitments of this round are those that count
	Debriefs   int64           `json:"debriefs,omitzero"`
	Destroyed  []int           `json:"destroyed,omitempty"` // trustees who declare that they keep nothing any more, sorted
	Disclosed  bool            `json:"disclosed,omitzero"`  // so are its scores
	Due        bool            `json:"due,omitzero"`        // prices could be opened before a decision reopened the evaluation
	Lots       []Lot           `json:"lots,omitempty"`      // one without a name if the tender has none
	Opened     int64           `json:"opened,omitzero"`     // envelopes that are open, for every lot
	Plan       publica.EntryID `json:"plan,omitzero"`       // the latest
	Protests   int64           `json:"protests,omitzero"`   // that are open: each stays the award
	Published  publica.EntryID `json:"published,omitzero"`  // the latest publish
	Register   string          `json:"register,omitzero"`
	Resume     Stage           `json:"resume,omitzero"`    // to which a tender goes back when what was reclosed is open again
	Revealing  bool            `json:"revealing,omitzero"` // trustees were silent: bidders open their own envelopes
	Round      int64           `json:"round,omitzero"`     // of scoring; a decision may begin another
	Running    int64           `json:"running,omitzero"`   // contracts
	Stage      Stage           `json:"stage"`
	Step       Step            `json:"step,omitzero"` // of the ceremony
	Text       sealed.Hash     `json:"text,omitzero"` // of publish and all amendments; what bids are bound to
}

// Lot is a lot as it stands.
type Lot struct {
	Award    publica.EntryID `json:"award,omitzero"`
	Bids     int64           `json:"bids,omitzero"`    // that count, from the deadline on
	Commits  int64           `json:"commits,omitzero"` // of scores, in this round
	Contract publica.EntryID `json:"contract,omitzero"`
	GivenUp  publica.EntryID `json:"given_up,omitzero"` // the rejection with which nothing is bought for it
	Intent   publica.EntryID `json:"intent,omitzero"`
	Live     int64           `json:"live,omitzero"` // of them that are not rejected
	Memo     publica.EntryID `json:"memo,omitzero"`
	Name     string          `json:"name,omitzero"`
	Opened   int64           `json:"opened,omitzero"`   // envelopes that are open
	Passed   int64           `json:"passed,omitzero"`   // of the live bids, those that pass every rule
	Revealed int64           `json:"revealed,omitzero"` // of the next envelope, by their bidders
	Reveals  int64           `json:"reveals,omitzero"`  // of scores, in this round
	Value    int64           `json:"value,omitzero"`    // of the intended award, in minor units
	Winner   publica.EntryID `json:"winner,omitzero"`   // the bid to which the award is intended
}

var (
	states = machine.NewTable[State]("procurement")
	terms  = machine.NewTable[Publish]("procurement-terms") // docket: the tender as amended
)

// Get returns a tender as it stands.
func Get(tx *machine.Tx, id publica.DocketID) (State, bool) { return states.Get(tx, id[:]) }

// TermsOf returns what a tender's latest publish and its amendments say.
func TermsOf(tx *machine.Tx, id publica.DocketID) (Publish, bool) { return terms.Get(tx, id[:]) }

func put(tx *machine.Tx, id publica.DocketID, s State) { states.Put(tx, id[:], s) }

// tender returns the tender that an entry belongs to.
func tender(tx *machine.Tx, e *machine.Entry) (d docket.State, s State, err error) {
	if d, err = docket.Require(tx, e); err != nil {
		return d, s, err
	}
	if d.Type != docket.Tender {
		return d, s, publica.Problem(publica.Invalid, "docket", "is not a tender, but of type "+string(d.Type)).
			WithHint("open a docket of type tender")
	}
	s, ok := Get(tx, e.Docket)
	if !ok {
		s.Stage = Draft
	}
	s.Clocks, s.Lots = slices.Clone(s.Clocks), slices.Clone(s.Lots)
	return d, s, nil
}

// officer is tender for who acts for the buyer.
func officer(tx *machine.Tx, e *machine.Entry, stages ...Stage) (docket.State, State, error) {
	d, s, err := tender(tx, e)
	if err != nil {
		return d, s, err
	}
	if _, err := docket.RequireLead(tx, e); err != nil {
		return d, s, err
	}
	return d, s, s.require(stages...)
}

// participant is tender for everyone else.
func participant(tx *machine.Tx, e *machine.Entry, stages ...Stage) (State, error) {
	_, s, err := tender(tx, e)
	if err != nil {
		return s, err
	}
	return s, s.require(stages...)
}

// require refuses what is not for the stage that the tender is in.
func (s *State) require(stages ...Stage) error {
	if slices.Contains(stages, s.Stage) {
		return nil
	}
	names := make([]string, len(stages))
	for i, stage := range stages {
		names[i] = string(stage)
	}
	code, when := publica.Late, "too late for this"
	if slices.Index(order, s.Stage) < slices.Index(order, stages[0]) {
		code, when = publica.Early, "too early for this"
	}
	return publica.Problem(code, "docket", "is in the stage "+string(s.Stage)+", which is "+when).
		WithHint("this is for the stage " + strings.Join(names, " or "))
}

// lot returns the lot of that name.
func (s *State) lot(name string) (int, error) {
	for i := range s.Lots {
		if s.Lots[i].Name == name {
			return i, nil
		}
	}
	return 0, publica.Problem(publica.NotFound, "body/lot", "is not a lot of this tender").WithHint("publish names the lots; leave it out if there are none")
}

// every reports whether f holds for every lot that has live bids and is not given up.
func (s *State) every(f func(*Lot) bool) bool {
	for i := range s.Lots {
		if s.Lots[i].Live > 0 && s.Lots[i].GivenUp.IsZero() && !f(&s.Lots[i]) {
			return false
		}
	}
	return true
}

// Ended is the body of the system record procurement/ended.
type Ended struct {
	Cause string `json:"cause,omitzero"`
	Stage Stage  `json:"stage"`
}

const endedKind publica.Kind = "procurement/ended"

// end puts the tender into a stage that nothing but a decision leads out of. An end
// without an award can be protested, but for one before any bid was opened; by is
// the record that brought it about.
func (s *State) end(tx *machine.Tx, in publica.DocketID, stage Stage, cause string, by publica.EntryID) {
	s.Stage, s.Cause, s.Clocks, s.Resume, s.Step, s.Revealing = stage, cause, nil, "", "", false
	tx.Emit(endedKind, in, Ended{cause, stage})
	if stage == Unsuccessful || stage == Cancelled && slices.ContainsFunc(s.Lots, func(l Lot) bool { return l.Opened > 0 }) {
		s.protestable(tx, in, by)
	}
}
