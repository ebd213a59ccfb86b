package procurement

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Decide is the body of procurement/decide. A sustained protest may reopen the
// tender at an earlier stage: what was decided after it counts no more. The part
// reason is required.
type Decide struct {
	Cites    []publica.EntryID `json:"cites"`
	Deadline publica.Time      `json:"deadline,omitzero"` // with reopen bidding: as much later as an amendment's
	Outcome  Outcome           `json:"outcome"`
	Protest  publica.EntryID   `json:"protest"`
	Reopen   Stage             `json:"reopen,omitzero"`
}

// Outcome is what becomes of a protest.
type Outcome string

const (
	Dismissed        Outcome = "dismissed"
	Sustained        Outcome = "sustained"
	WithdrawnProtest Outcome = "withdrawn" // by the protester, with a protest-step
)

func checkDecide(e *machine.Entry, b *Decide) error {
	if b.Outcome != Dismissed && b.Outcome != Sustained {
		return publica.Problem(publica.Invalid, "body/outcome", "is missing or not a decision").WithHint("dismissed or sustained")
	}
	switch b.Reopen {
	case "", Bidding, Compliance, Evaluation, Intended:
	default:
		return publica.Problem(publica.Invalid, "body/reopen", "is not a stage that can be reopened").WithHint("one of bidding, compliance, evaluation, intent")
	}
	switch {
	case b.Reopen != "" && b.Outcome == Dismissed:
		return publica.Problem(publica.Invalid, "body/reopen", "is for a protest that is sustained").WithHint("leave it out of a dismissal")
	case (b.Reopen == Bidding) != (b.Deadline != 0):
		return publica.Problem(publica.Invalid, "body/deadline", "goes with reopen bidding, and with nothing else").WithHint("give both or none")
	case b.Deadline < 0 || b.Deadline >= docket.Year10000:
		return publica.Problem(publica.Invalid, "body/deadline", "is out of range")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/protest", b.Protest), checkCites(b.Cites), machine.CheckParts(e, reasonRequired...))
}

func applyDecide(tx *machine.Tx, e *machine.Entry, b *Decide) error {
	_, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	if _, err := docket.RequireReviewer(tx, e); err != nil {
		return err
	}
	d, err := openDispute(tx, e.Docket, b.Protest)
	if err != nil {
		return err
	}
	if err := machine.First(cited(tx, e.Docket, b.Cites), s.reopen(tx, e, b)); err != nil {
		return err
	}
	s.Protests--
	d.Decided, d.Outcome = e.ID, b.Outcome
	putDispute(tx, e.Docket, b.Protest, d)
	put(tx, e.Docket, s)
	return nil
}

// reopen takes the tender back to a stage.
func (s *State) reopen(tx *machine.Tx, e *machine.Entry, b *Decide) error {
	if b.Reopen == "" {
		return nil
	}
	t, _ := TermsOf(tx, e.Docket)
	if b.Reopen == Bidding {
		return s.reopenBidding(tx, e, b, &t)
	}
	if err := s.mayReopen(b.Reopen); err != nil {
		return err
	}
	s.Due = s.Due || s.scoresStand(&t)
	s.takeBack(b.Reopen)
	switch b.Reopen {
	case Compliance:
		s.judgeAnew(tx, e.Docket)
	case Intended:
		return nil
	}
	s.nextRound()
	if s.Stage == Evaluation {
		s.awaitScores(tx, e.Docket, e.ID)
		s.pricesNext(tx, e.Docket, e.ID)
	}
	return nil
}

// takeBack goes back to a stage after the opening: what was decided after it counts
// no more.
func (s *State) takeBack(to Stage) {
	for _, name := range []ClockName{StandstillClock, SilenceClock, RevealClock, ScoreCommitClock, ScoreRevealClock} {
		s.stop(name, publica.EntryID{})
	}
	s.Clocks = slices.DeleteFunc(s.Clocks, func(c Clock) bool { return c.Name == ProtestClock }) // each award has its own
	s.forget(to != Intended)
	s.Stage, s.Revealing = to, false
}

// mayReopen refuses a stage that the tender has not come past, or that a contract
// has made final.
func (s *State) mayReopen(at Stage) error {
	past := map[Stage][]Stage{
		Compliance: {Compliance, Curing, Evaluation, Intended, Standstill, Awarding, Contracting, Cancelled, Unsuccessful},
		Evaluation: {Evaluation, Intended, Standstill, Awarding, Contracting},
		Intended:   {Intended, Standstill, Awarding, Contracting},
	}
	if s.contracted() {
		return publica.Problem(publica.Late, "body/reopen", "is too late: a lot has its contract").WithHint("leave it out; the buyer ends the contract with procurement/terminate")
	}
	switch {
	case s.require(past[at]...) != nil:
		return publica.Problem(publica.Conflict, "body/reopen", "is not a stage that the tender has come past: it is in "+string(s.Stage))
	case !s.judgeable():
		return publica.Problem(publica.Conflict, "body/reopen", "has no bids to judge: none counted, or they are sealed").
			WithHint("leave it out: the decision stands on record, and the buyer publishes another tender")
	}
	return nil
}

// judgeable reports whether bids counted, and the first envelopes of them all are open.
func (s *State) judgeable() bool {
	some := slices.ContainsFunc(s.Lots, func(l Lot) bool { return l.Bids > 0 })
	return some && !slices.ContainsFunc(s.Lots, func(l Lot) bool { return l.Bids > 0 && l.Opened == 0 })
}

// contracted reports whether a lot has its contract, whatever became of it: then
// what was decided stands.
func (s *State) contracted() bool {
	return slices.ContainsFunc(s.Lots, func(l Lot) bool { return !l.Contract.IsZero() })
}

// nextRound has evaluators score anew. Prices that are open stay open, and the
// record says in which round a score was given.
func (s *State) nextRound() {
	s.Round++
	s.Committed, s.Disclosed = false, false
	for i := range s.Lots {
		s.Lots[i].Commits, s.Lots[i].Reveals = 0, 0
	}
}

// forget takes back what was decided: awards and intents, and the memos too.
func (s *State) forget(memos bool) {
	for i := range s.Lots {
		l := &s.Lots[i]
		l.Award, l.Intent, l.Winner, l.Value = publica.EntryID{}, publica.EntryID{}, publica.EntryID{}, 0
		if memos {
			l.Memo = publica.EntryID{}
		}
	}
}

// judgeAnew has every bid that counted at the deadline judged anew, those that
// were rejected too.
func (s *State) judgeAnew(tx *machine.Tx, in publica.DocketID) {
	for i := range s.Lots {
		s.Lots[i].Live, s.Lots[i].Passed = s.Lots[i].Bids, 0
		for _, b := range counted(tx, in, i) {
			s.stop(CureClock, b.Entry)
			b.Asked, b.Curing, b.Passed, b.Rejected, b.Result = false, publica.EntryID{}, false, publica.EntryID{}, publica.EntryID{}
			putBid(tx, in, b)
		}
	}
	s.Cause, s.Opened = "", s.leastOpen()
}

// reopenBidding gives bidders more time, as long as nothing is open.
func (s *State) reopenBidding(tx *machine.Tx, e *machine.Entry, b *Decide, t *Publish) error {
	if s.Stage != Bidding && s.Stage != Closed || s.anyOpen(tx, e.Docket, t) {
		return publica.Problem(publica.Late, "body/reopen", "is too late: shares are on record, and bids may be known").WithHint("the buyer cancels, and publishes another tender")
	}
	policy, err := t.Profile.Policy()
	if err != nil {
		return err
	}
	earliest := tx.Time().Add(days(policy.AmendDays))
	if c := s.Clock(DeadlineClock, publica.EntryID{}); c != nil {
		earliest = max(earliest, c.Ends)
	}
	if b.Deadline < earliest {
		return publica.Problem(publica.Invalid, "body/deadline", "must be at least "+strconv.FormatInt(policy.AmendDays, 10)+" days from now, and not before the one that stands").
			WithHint("set it to " + earliest.String() + " or later")
	}
	s.stop(SilenceClock, publica.EntryID{})
	s.stop(RevealClock, publica.EntryID{})
	s.Stage, s.Revealing = Bidding, false
	for i := range s.Lots {
		s.Lots[i].Bids, s.Lots[i].Live = 0, 0
	}
	for _, bid := range Bids(tx, e.Docket, func(b *Bid) bool { return b.Status == Counted || b.Status == Unstored }) {
		bid.Status = Sealed
		putBid(tx, e.Docket, bid)
	}
	t.Deadline = b.Deadline
	terms.Put(tx, e.Docket[:], *t)
	s.start(tx, e.Docket, Clock{Ends: b.Deadline, Name: DeadlineClock, Record: e.ID})
	return nil
}

// anyOpen reports whether anything was published that opens bids.
func (s *State) anyOpen(tx *machine.Tx, in publica.DocketID, t *Publish) bool {
	for _, w := range s.Slots(t) {
		for range shares.Scan(tx, w.key(in)) {
			return true
		}
		for range partials.Scan(tx, w.key(in)) {
			return true
		}
	}
	revealed := func(b *Bid) bool { return len(b.Revealed) > 0 && b.Revealed[0] }
	return len(Bids(tx, in, revealed)) > 0
}
