package procurement

import (
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Protest is the body of procurement/protest. While it is open, nothing is awarded
// and no contract is recorded. Parts: text (required), attachment-1 ….
type Protest struct {
	About  publica.EntryID `json:"about"` // the record that is protested
	Ground Ground          `json:"ground"`
}

// Ground is what is protested.
type Ground string

const (
	TextGround       Ground = "text"       // of the tender
	RejectionGround  Ground = "rejection"  // of a bid
	EvaluationGround Ground = "evaluation" // scores, ranking, unequal treatment
	ConductGround    Ground = "conduct"    // of the procedure
)

// Dispute is a protest as it stands.
type Dispute struct {
	About   publica.EntryID `json:"about"`
	Author  publica.KeyID   `json:"author"`
	Decided publica.EntryID `json:"decided,omitzero"` // the decision, or the step that withdrew it
	Outcome Outcome         `json:"outcome,omitzero"` // none while it is open
	Steps   int64           `json:"steps,omitzero"`   // that the protester added
}

// maxSteps bounds what a protester adds to one protest: it costs others, who read
// and publish it, and the protester nothing.
const maxSteps = 20

var (
	disputes   = machine.NewTable[Dispute]("procurement-protest")           // docket ‖ entry
	protesting = machine.NewTable[publica.EntryID]("procurement-protester") // docket ‖ author: its protest that is open
)

// DisputeOf returns a protest as it stands.
func DisputeOf(tx *machine.Tx, in publica.DocketID, id publica.EntryID) (Dispute, bool) {
	return disputes.Get(tx, machine.Key(in[:], id[:]))
}

func putDispute(tx *machine.Tx, in publica.DocketID, id publica.EntryID, d Dispute) {
	disputes.Put(tx, machine.Key(in[:], id[:]), d)
	if key := machine.Key(in[:], d.Author[:]); d.Outcome == "" {
		protesting.Put(tx, key, id)
	} else {
		protesting.Delete(tx, key)
	}
}

func checkProtest(e *machine.Entry, b *Protest) error {
	switch b.Ground {
	case TextGround, RejectionGround, EvaluationGround, ConductGround:
	default:
		return publica.Problem(publica.Invalid, "body/ground", "is missing or not a ground").WithHint("one of text, rejection, evaluation, conduct")
	}
	return machine.First(machine.InDocket(e), checkOne("body/about", b.About), machine.CheckParts(e, textParts...))
}

// protestStages are those in which a protest can still change something.
var protestStages = []Stage{Bidding, Closed, Opened, Compliance, Curing, Evaluation, Intended, Standstill, Awarding, Contracting, Implementation, Cancelled, Unsuccessful}

func applyProtest(tx *machine.Tx, e *machine.Entry, b *Protest) error {
	d, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	if err := machine.First(s.require(protestStages...), s.inTime(tx, e, b), onDocket(tx, e.Docket, "body/about", b.About), s.interested(tx, e, &d)); err != nil {
		return err
	}
	if id, open := protesting.Get(tx, machine.Key(e.Docket[:], e.Author[:])); open {
		return publica.Problem(publica.Conflict, "author", "has a protest that is open, "+id.String()).WithHint("add to it with procurement/protest-step")
	}
	s.Protests++
	putDispute(tx, e.Docket, e.ID, Dispute{About: b.About, Author: e.Author})
	put(tx, e.Docket, s)
	return nil
}

// protestable starts the time in which an intent, an award, or an end without one can
// be protested.
func (s *State) protestable(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	t, _ := TermsOf(tx, in)
	policy, _ := t.Profile.Policy() // publish checked it
	s.start(tx, in, Clock{Ends: tx.Time().Add(days(policy.ProtestDays)), Name: ProtestClock, Record: record})
}

// protestUntil is until when somebody may protest what is decided, 0 if nobody may.
// by says whose time counts: that of all, and of the bids that it holds for.
func (s *State) protestUntil(by func(bid publica.EntryID) bool) (until publica.Time) {
	for i := range s.Clocks {
		if c := &s.Clocks[i]; c.Name == ProtestClock && (c.Subject.IsZero() || by(c.Subject)) {
			until = max(until, c.Ends)
		}
	}
	return until
}

// anyBid has [State.protestUntil] count the time of every bidder.
func anyBid(publica.EntryID) bool { return true }

// inTime refuses a protest about the text once bids are closed, and any other when
// the time for it has run out that the intent, the award or the end started, or the
// debriefing of the author's own bid.
func (s *State) inTime(tx *machine.Tx, e *machine.Entry, b *Protest) error {
	decided := slices.Contains([]Stage{Standstill, Awarding, Contracting, Implementation, Cancelled, Unsuccessful}, s.Stage)
	own := func(id publica.EntryID) bool {
		bid, _ := BidOf(tx, e.Docket, id)
		return bid.Author == e.Author
	}
	switch {
	case b.Ground == TextGround && s.Stage != Bidding:
		return publica.Problem(publica.Late, "body/ground", "is the text, which is protested before the deadline (4 CFR 21.2(a)(1))")
	case decided && s.protestUntil(own) == 0:
		return publica.Problem(publica.Late, "docket", "takes no more protests: their time has run out").WithHint("a court may still hear it; the record stands")
	}
	return nil
}

// interested refuses who has not bid, unless the charter admits it.
func (s *State) interested(tx *machine.Tx, e *machine.Entry, d *docket.State) error {
	for i := range s.Lots {
		if latest.Has(tx, latestKey(e.Docket, i, e.Author)) {
			return nil
		}
	}
	return machine.First(admitted(tx, e, d), d.Spend(tx, e))
}

// stayed refuses what an open protest stays.
func (s *State) stayed() error {
	if s.Protests > 0 {
		return publica.Problem(publica.Conflict, "docket", "has a protest that is open, which stays the award").
			WithHint("the review body decides it with procurement/decide")
	}
	return nil
}
