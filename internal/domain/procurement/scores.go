package procurement

import (
	"time"

	"publica"
	"publica/internal/machine"
)

// Missed is the body of the system record procurement/missed: who committed to no
// scores, or revealed none, in the time for it. The tender goes on without them.
type Missed struct {
	Clock  ClockName       `json:"clock"` // that ran out: score-commit or score-reveal
	Lots   []MissedLot     `json:"lots"`
	Record publica.EntryID `json:"record"` // that started the clock
	Round  int64           `json:"round"`
}

// MissedLot names the evaluators without whom a lot goes on.
type MissedLot struct {
	Evaluators []publica.KeyID `json:"evaluators"`
	Lot        string          `json:"lot,omitzero"`
}

const missedKind publica.Kind = "procurement/missed"

// awaitScores notes how far the scores of the round stand, and starts the clock of
// what is awaited next. Where it ran out and nobody had used it for some lot, it
// starts again with the next record that moves the evaluation on.
func (s *State) awaitScores(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	t, _ := TermsOf(tx, in)
	if !t.scored() || s.Stage != Evaluation {
		return
	}
	if s.every(func(l *Lot) bool { return l.Commits >= int64(len(t.Evaluators)) }) {
		s.Committed = true
	}
	if s.Committed && s.every(func(l *Lot) bool { return l.Reveals >= l.Commits }) {
		s.Disclosed = true
	}
	name, next := ScoreCommitClock, !s.Committed
	if s.Committed {
		s.stop(ScoreCommitClock, publica.EntryID{})
		name, next = ScoreRevealClock, !s.Disclosed
	}
	if s.Disclosed {
		s.stop(ScoreRevealClock, publica.EntryID{})
	}
	if next && s.Clock(name, publica.EntryID{}) == nil {
		s.score(tx, in, &t, name, record)
	}
}

// score starts the clock of commitments or of reveals.
func (s *State) score(tx *machine.Tx, in publica.DocketID, t *Publish, name ClockName, record publica.EntryID) {
	policy, _ := t.Profile.Policy() // publish checked it
	hours := policy.CommitHours
	if name == ScoreRevealClock {
		hours = policy.RevealHours
	}
	s.start(tx, in, Clock{Ends: tx.Time().Add(time.Duration(hours) * time.Hour), Name: name, Record: record})
}

// scoresOver goes on without those who did not use the time that a clock gave them:
// one evaluator must not hold up a tender, least of all one who has seen prices. It
// never goes on without any. While a tender is reclosed nobody scores: then the time
// begins again.
func (s *State) scoresOver(tx *machine.Tx, in publica.DocketID, c Clock) {
	t, _ := TermsOf(tx, in)
	if s.Stage != Evaluation {
		s.score(tx, in, &t, c.Name, c.Record)
		return
	}
	done := func(l *Lot) bool { return l.Commits > 0 }
	if c.Name == ScoreRevealClock {
		done = func(l *Lot) bool { return l.Reveals > 0 }
	}
	if !s.every(done) {
		return
	}
	tx.Emit(missedKind, in, Missed{c.Name, s.missed(tx, in, &t, c.Name), c.Record, s.Round})
	s.Committed, s.Disclosed = true, c.Name == ScoreRevealClock
	s.awaitScores(tx, in, c.Record)
	s.pricesNext(tx, in, c.Record)
}

// missed returns who did not commit, or committed and did not reveal, by lot.
func (s *State) missed(tx *machine.Tx, in publica.DocketID, t *Publish, clock ClockName) (all []MissedLot) {
	for i := range s.Lots {
		l := MissedLot{Lot: s.Lots[i].Name}
		for n, key := range t.Evaluators {
			c, ok := commitments.Get(tx, scoreKey(in, s.Round, i, n+1))
			if clock == ScoreCommitClock && !ok || clock == ScoreRevealClock && ok && c.Revealed.IsZero() {
				l.Evaluators = append(l.Evaluators, key)
			}
		}
		if s.Lots[i].Live > 0 && len(l.Evaluators) > 0 {
			all = append(all, l)
		}
	}
	return all
}
