package tender

import (
	"publica"
	"publica/sealed"
)

type rulesHash = sealed.Hash

// none is no record.
var none publica.EntryID

func (p *Process) clockEnded(r *Record, s *Step) error {
	var b struct {
		Clock   string          `json:"clock"`
		Ends    publica.Time    `json:"ends"`
		Record  publica.EntryID `json:"record"`
		Subject publica.EntryID `json:"subject"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	c := p.clockOf(b.Clock, b.Record, b.Subject)
	if c == nil {
		return r.unknown("the clock " + b.Clock)
	}
	c.Ran, c.Stopped = r.mark(), Mark{}
	s.Text, s.Subject = b.Clock, b.Record
	p.ranOut(r, c)
	return nil
}

// clockOf returns the latest clock that a record started. What the same block did
// when it ran out may have stopped it before the record says so.
func (p *Process) clockOf(name string, record, subject publica.EntryID) *Clock {
	for i := len(p.Clocks) - 1; i >= 0; i-- {
		c := p.Clocks[i]
		if c.Name == name && c.Record == record && c.Subject == subject && c.Ran.IsZero() {
			return c
		}
	}
	return nil
}

// ranOut does what follows from a clock that no record of its own says.
func (p *Process) ranOut(r *Record, c *Clock) {
	switch c.Name {
	case SilenceClock:
		if p.Terms().Mode == Public {
			p.Revealing = true
			p.start(r, RevealClock, c.Record, none, r.Time.Add(silence))
		}
	case CureClock:
		p.endCure()
	case ScoreCommitClock, ScoreRevealClock:
		if p.Stage != Evaluating { // reclosed: the time begins again
			p.score(r, c.Name, c.Record)
		}
	case StandstillClock:
		p.Stage = Awarding
	}
}

func (p *Process) clockMoved(r *Record, s *Step) error {
	var b struct {
		Before publica.Time    `json:"before"`
		Clock  string          `json:"clock"`
		Ends   publica.Time    `json:"ends"`
		Last   publica.Time    `json:"last"`
		Record publica.EntryID `json:"record"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	for _, c := range p.Clocks {
		if c.Runs() && c.Name == b.Clock && c.Record == b.Record && c.Ends == b.Before {
			c.Moved = append(c.Moved, Move{r.mark(), b.Before, b.Ends, b.Last})
			c.Ends = b.Ends
			s.Text, s.Subject = b.Clock, b.Record
			return nil
		}
	}
	return r.unknown("the clock " + b.Clock)
}
