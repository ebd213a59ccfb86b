package procurement

import (
	"slices"
	"time"

	"publica"
	"publica/internal/machine"
)

// A Clock of a tender runs from a record until a block time. It is the body of
// the system record procurement/clock-ended.
type Clock struct {
	Ends    publica.Time    `json:"ends"` // the first instant after it
	Name    ClockName       `json:"clock"`
	Record  publica.EntryID `json:"record"`           // that started it
	Subject publica.EntryID `json:"subject,omitzero"` // the bid it is about
}

// ClockName says what a clock is for.
type ClockName string

const (
	CeremonyClock    ClockName = "ceremony"     // the step of the ceremony is over
	EnquiriesClock   ClockName = "enquiries"    // no more questions
	DeadlineClock    ClockName = "deadline"     // no more bids
	SilenceClock     ClockName = "silence"      // the trustees had their time to open
	RevealClock      ClockName = "reveal"       // the bidders had theirs
	CureClock        ClockName = "cure"         // the bid was not cured
	ScoreCommitClock ClockName = "score-commit" // who committed to no scores is left out
	ScoreRevealClock ClockName = "score-reveal" // so is who revealed none
	StandstillClock  ClockName = "standstill"   // awards may be made
	ProtestClock     ClockName = "protest"      // no more protests
)

// Moved is the body of the system record procurement/clock-moved.
type Moved struct {
	Before publica.Time    `json:"before"` // when the clock would have run out
	Clock  ClockName       `json:"clock"`
	Ends   publica.Time    `json:"ends"` // when it does now
	Last   publica.Time    `json:"last"` // of the last sealed block before blocks stopped
	Record publica.EntryID `json:"record"`
}

const (
	clockEndedKind publica.Kind = "procurement/clock-ended"
	clockMovedKind publica.Kind = "procurement/clock-moved"

	day = 24 * time.Hour

	// outage is how much longer than the register's silence interval may pass
	// between sealed blocks before a clock that runs out in between is moved.
	outage = 30 * time.Minute
)

func days(n int64) time.Duration { return time.Duration(n) * day }

// start starts a clock, in place of one of the same name and subject.
func (s *State) start(tx *machine.Tx, in publica.DocketID, c Clock) {
	s.stop(c.Name, c.Subject)
	s.Clocks = append(s.Clocks, c)
	tx.Schedule(c.Ends, clockEndedKind, in, c)
}

// stop stops a clock before it runs out.
func (s *State) stop(name ClockName, subject publica.EntryID) {
	s.Clocks = slices.DeleteFunc(slices.Clone(s.Clocks), func(c Clock) bool { return c.Name == name && c.Subject == subject })
}

// Clock returns the clock of that name and subject, nil if none runs.
func (s *State) Clock(name ClockName, subject publica.EntryID) *Clock {
	for i := range s.Clocks {
		if s.Clocks[i].Name == name && s.Clocks[i].Subject == subject {
			return &s.Clocks[i]
		}
	}
	return nil
}

// clockEnded runs when a clock is due to run out. What was stopped or replaced
// does nothing.
func clockEnded(tx *machine.Tx, d *machine.Due) bool {
	var c Clock
	if err := publica.DecodeStrict(d.Body, &c, "body"); err != nil {
		return false // cannot happen: start wrote it
	}
	s, _ := Get(tx, d.Docket)
	s.Clocks, s.Lots = slices.Clone(s.Clocks), slices.Clone(s.Lots)
	if now := s.Clock(c.Name, c.Subject); now == nil || *now != c {
		return false
	}
	if ends, ok := moved(tx, c.Ends); ok {
		tx.Emit(clockMovedKind, d.Docket, Moved{c.Ends, c.Name, ends, tx.SealedAt(), c.Record})
		c.Ends = ends
		s.start(tx, d.Docket, c)
		put(tx, d.Docket, s)
		return false
	}
	s.stop(c.Name, c.Subject)
	s.ranOut(tx, d.Docket, c)
	put(tx, d.Docket, s)
	return true
}

// moved returns when a clock ends that should have run out while there were no
// blocks: as much later than the first block after the gap as it had left at the
// last sealed block before. The block that moves it is sealed, so one gap moves a
// clock once.
func moved(tx *machine.Tx, ends publica.Time) (publica.Time, bool) {
	last, p := tx.SealedAt(), tx.Parameters()
	most := time.Duration(p.Silence)*time.Millisecond + outage
	if tx.Time() <= last.Add(most) || ends <= last {
		return ends, false
	}
	return tx.Time() + (ends - last), true
}

// letReveal lets bidders open their own envelopes. In confidential mode that would
// open them to everyone, so trustees are awaited, or the buyer cancels.
func (s *State) letReveal(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	if t, _ := TermsOf(tx, in); t.Mode == Confidential {
		return
	}
	s.Revealing = true
	s.start(tx, in, Clock{Ends: tx.Time().Add(silenceHours * time.Hour), Name: RevealClock, Record: record})
}

// ranOut does what follows from a clock that ran out.
func (s *State) ranOut(tx *machine.Tx, in publica.DocketID, c Clock) {
	switch c.Name {
	case CeremonyClock:
		s.endStep(tx, in)
	case DeadlineClock:
		s.closeBids(tx, in, c.Record)
	case SilenceClock:
		s.letReveal(tx, in, c.Record)
	case RevealClock:
		s.openRevealed(tx, in, c.Record)
	case CureClock:
		s.endCure(tx, in, c.Subject)
	case ScoreCommitClock, ScoreRevealClock:
		s.scoresOver(tx, in, c)
	case StandstillClock:
		s.Stage = Awarding
	}
}
