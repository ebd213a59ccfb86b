package tender

import (
	"slices"
	"time"

	"publica"
)

// Missed says which evaluators committed to no scores, or revealed none, in the time
// for it. The tender went on without them.
type Missed struct {
	Mark
	Clock  string          `json:"clock"` // that ran out: score-commit or score-reveal
	Lots   []MissedLot     `json:"lots"`
	Record publica.EntryID `json:"record"` // that started the clock
	Round  int64           `json:"round"`
}

// MissedLot names the evaluators without whom a lot goes on.
type MissedLot struct {
	Evaluators []publica.KeyID `json:"evaluators"`
	Lot        string          `json:"lot,omitzero"`
}

// AllCommitted reports whether the scores of every lot are committed to, so that
// prices open and scores are revealed: by every evaluator, or by those who did in the
// time for it.
func (p *Process) AllCommitted() bool { return p.Committed || len(p.Terms().Scored()) == 0 }

// Scorers returns the evaluators of whom scores of a lot count, or are awaited, in the
// round that counts, in the order of the tender.
func (p *Process) Scorers(lot string) (all []publica.KeyID) {
	for _, key := range p.Terms().Evaluators {
		x := p.Scoring(lot, key)
		if !p.Committed || x != nil && (!p.Disclosed || x.Revealed != nil) {
			all = append(all, key)
		}
	}
	return all
}

// scored counts the commitments of a lot in the round, and those that are revealed.
func (p *Process) scored(lot string) (commits, reveals int) {
	for _, x := range p.Scorings {
		if x.Lot == lot && x.Round == p.Round {
			commits++
			if x.Revealed != nil {
				reveals++
			}
		}
	}
	return commits, reveals
}

// awaitScores notes how far the scores of the round stand, and starts the clock of
// what is awaited next.
func (p *Process) awaitScores(r *Record, record publica.EntryID) {
	if t := p.Terms(); len(t.Scored()) == 0 || p.Stage != Evaluating {
		return
	}
	if p.every(func(l *Lot) bool { n, _ := p.scored(l.Name); return n >= len(p.Terms().Evaluators) }) {
		p.Committed = true
	}
	if p.Committed && p.every(func(l *Lot) bool { n, m := p.scored(l.Name); return m >= n }) {
		p.Disclosed = true
	}
	name, next := ScoreCommitClock, !p.Committed
	if p.Committed {
		p.stop(r, ScoreCommitClock, none)
		name, next = ScoreRevealClock, !p.Disclosed
	}
	if p.Disclosed {
		p.stop(r, ScoreRevealClock, none)
	}
	if next && p.Clock(name, none) == nil {
		p.score(r, name, record)
	}
}

// score starts the clock of commitments or of reveals.
func (p *Process) score(r *Record, name string, record publica.EntryID) {
	hours := p.policy().CommitHours
	if name == ScoreRevealClock {
		hours = p.policy().RevealHours
	}
	p.start(r, name, record, none, r.Time.Add(time.Duration(hours)*time.Hour))
}

func (p *Process) missed(r *Record, s *Step) error {
	x := &Missed{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	if x.Clock != ScoreCommitClock && x.Clock != ScoreRevealClock {
		return r.unknown("the clock " + x.Clock)
	}
	p.Missed, s.Text, s.Subject = append(p.Missed, x), x.Clock, x.Record
	p.Committed, p.Disclosed = true, x.Clock == ScoreRevealClock
	p.awaitScores(r, x.Record)
	p.pricesNext(r, x.Record)
	return nil
}

// MissedIn returns who missed the time for the scores of a lot in the round that
// counts, none if nobody did.
func (p *Process) MissedIn(lot, clock string) (all []publica.KeyID) {
	for _, x := range p.Missed {
		i := slices.IndexFunc(x.Lots, func(l MissedLot) bool { return l.Lot == lot })
		if x.Round == p.Round && x.Clock == clock && i >= 0 {
			all = append(all, x.Lots[i].Evaluators...)
		}
	}
	return all
}
