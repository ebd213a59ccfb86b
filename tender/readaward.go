package tender

import (
	"time"

	"publica"
)

func (p *Process) intent(r *Record, s *Step) error {
	x := &Intent{Mark: r.mark(), Author: r.Author}
	if err := r.decode(x); err != nil {
		return err
	}
	for _, a := range x.Awards {
		l := p.Lot(a.Lot)
		if l == nil {
			return r.unknown("the lot " + a.Lot)
		}
		if p.Bid(a.Bid) == nil {
			return r.unknown("the bid " + a.Bid.String())
		}
		l.Intent, l.Winner, s.Subject = x, a.Bid, a.Bid
	}
	p.Intents, p.Stage = append(p.Intents, x), Awarding
	if n := p.policy().StandstillDays; n > 0 {
		p.Stage = Standstill
		p.start(r, StandstillClock, r.ID, none, r.Time.Add(time.Duration(n)*day))
	}
	p.protestable(r, r.ID)
	return nil
}

func (p *Process) award(r *Record, s *Step) error {
	x := &Award{Mark: r.mark(), Author: r.Author}
	if err := r.decode(x); err != nil {
		return err
	}
	l := p.Lot(x.Lot)
	if l == nil {
		return r.unknown("the lot " + x.Lot)
	}
	if x.intent = l.Intent; x.intent == nil || p.Bid(x.Bid) == nil {
		return r.unknown("the intent, or the bid " + x.Bid.String())
	}
	p.Awards, l.Award, s.Subject, s.Text = append(p.Awards, x), x, x.Bid, x.Lot
	if p.every(func(l *Lot) bool { return l.Award != nil }) {
		p.Stage = Contracting
	}
	p.protestable(r, r.ID)
	return nil
}

func (p *Process) debrief(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	bid.Debriefed = r.mark()
	if n := p.policy().DebriefDays; n > 0 && p.Stage != Completed {
		p.start(r, ProtestClock, r.ID, bid.ID, r.Time.Add(time.Duration(n)*day))
	}
	return nil
}

func (p *Process) protest(r *Record, s *Step) error {
	x := &Protest{Mark: r.mark(), Author: r.Author}
	p.Protests = append(p.Protests, x)
	err := r.decode(x)
	s.Subject, s.Text = x.About, x.Ground
	return err
}

// Protest returns a protest, nil if there is none of that id.
func (p *Process) Protest(id publica.EntryID) *Protest {
	for _, x := range p.Protests {
		if x.ID == id {
			return x
		}
	}
	return nil
}

func (p *Process) protestStep(r *Record, s *Step) error {
	var b struct {
		Protest  publica.EntryID `json:"protest"`
		Withdraw bool            `json:"withdraw"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	x := p.Protest(b.Protest)
	if x == nil {
		return r.unknown("the protest " + b.Protest.String())
	}
	x.Steps = append(x.Steps, &ProtestStep{r.mark(), r.Author, r.For, b.Withdraw})
	s.Subject = b.Protest
	if b.Withdraw && r.Author == x.Author {
		x.Decision, s.Text = &Decision{Mark: r.mark(), Outcome: "withdrawn"}, "withdrawn"
	}
	return nil
}

func (p *Process) decide(r *Record, s *Step) error {
	var b struct {
		Protest publica.EntryID `json:"protest"`
	}
	d := &Decision{Mark: r.mark(), By: r.For}
	if err := r.decode(d); err != nil {
		return err
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	x := p.Protest(b.Protest)
	if x == nil {
		return r.unknown("the protest " + b.Protest.String())
	}
	x.Decision, s.Subject, s.Text = d, b.Protest, d.Outcome
	switch d.Reopen {
	case "":
	case Bidding:
		p.reopenBidding(r, d)
	default:
		p.reopen(r, d.Reopen)
	}
	return nil
}

// reopenBidding gives bidders more time.
func (p *Process) reopenBidding(r *Record, d *Decision) {
	p.stop(r, SilenceClock, none)
	p.stop(r, RevealClock, none)
	p.Stage, p.Revealing = Bidding, false
	for _, b := range p.Bids {
		if b.Status == Counted || b.Status == Unstored {
			b.Status = Sealed
		}
	}
	p.Terms().Deadline = d.Deadline
	p.start(r, DeadlineClock, r.ID, none, d.Deadline)
}

// reopen takes the tender back to a stage after the opening.
func (p *Process) reopen(r *Record, at Stage) {
	p.takeBack(r, at)
	if at == Intended {
		return
	}
	if at == Compliance {
		p.judgeAnew(r)
	}
	p.Round++
	p.Committed, p.Disclosed = false, false
	if at == Evaluating {
		p.awaitScores(r, r.ID)
		p.pricesNext(r, r.ID)
	}
}

// takeBack goes back to a stage: what was decided after it counts no more.
func (p *Process) takeBack(r *Record, to Stage) {
	for _, name := range []string{StandstillClock, SilenceClock, RevealClock, ScoreCommitClock, ScoreRevealClock} {
		p.stop(r, name, none)
	}
	for _, c := range p.Clocks {
		if c.Name == ProtestClock && c.Runs() {
			c.Stopped = r.mark()
		}
	}
	p.forget(r, to != Intended)
	p.Stage, p.Revealing = to, false
}

// forget takes back what was decided.
func (p *Process) forget(r *Record, memos bool) {
	for _, x := range p.Intents {
		if x.Void.IsZero() {
			x.Void = r.mark()
		}
	}
	for _, x := range p.Awards {
		if x.Void.IsZero() {
			x.Void = r.mark()
		}
	}
	for _, l := range p.Lots {
		l.Intent, l.Award, l.Winner = nil, nil, none
		if memos {
			l.Memo = nil
		}
	}
}

// judgeAnew has every bid that counted judged anew, those rejected too.
func (p *Process) judgeAnew(r *Record) {
	for _, b := range p.Bids {
		if b.Status == Counted {
			p.stop(r, CureClock, b.ID)
			b.Judged, b.Rejected = false, nil
		}
	}
	p.Cause, p.Ended, p.Cancelled, p.opened = "", Mark{}, Mark{}, p.leastOpen()
}
