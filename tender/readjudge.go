package tender

import (
	"slices"

	"publica"
	"publica/sealed"
)

func (p *Process) result(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	x := &Result{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	bid.Results, bid.Judged = append(bid.Results, x), true
	s.Text = "pass"
	if !x.Passed() {
		s.Text = "fail"
	}
	if p.Stage == Opened {
		p.Stage = Compliance
	}
	p.settle(r)
	return nil
}

// settle goes on to the evaluation when every bid that is not rejected has passed.
// That all are rejected a record of its own says.
func (p *Process) settle(r *Record) {
	if p.every(func(*Lot) bool { return false }) {
		return
	}
	if p.Stage == Compliance && p.allPass() {
		p.Stage = Evaluating
	}
	if p.Stage == Evaluating {
		p.awaitScores(r, r.ID)
		p.pricesNext(r, r.ID)
		p.ranked()
	}
}

// allPass reports whether every bid that is not rejected passes every rule.
func (p *Process) allPass() bool {
	return !slices.ContainsFunc(p.Bids, func(b *Bid) bool { return b.Status == Counted && b.Rejected == nil && !b.Passes() })
}

// ranked goes on to the intent when every lot has its memo.
func (p *Process) ranked() {
	if p.every(func(l *Lot) bool { return l.Memo != nil }) {
		p.Stage = Intended
	}
}

// pricesNext starts the clock of the trustees' silence when prices may open.
func (p *Process) pricesNext(r *Record, record publica.EntryID) {
	waited := p.Revealing || p.Clock(SilenceClock, none) != nil
	if !waited && p.opened < p.Terms().Envelopes && (p.opened > 1 || p.Stage == Evaluating && p.AllCommitted()) {
		p.start(r, SilenceClock, record, none, r.Time.Add(silence))
	}
}

func (p *Process) request(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	x := &Request{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	bid.Requests = append(bid.Requests, x)
	p.Stage = Curing
	p.start(r, CureClock, r.ID, bid.ID, x.Until)
	return nil
}

func (p *Process) cure(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	bid.Cures, bid.Judged, bid.cured = append(bid.Cures, r.mark()), false, append(bid.cured, *r)
	p.stop(r, CureClock, bid.ID)
	p.endCure()
	return nil
}

// endCure goes back to compliance when no bid has time to cure any more.
func (p *Process) endCure() {
	for _, c := range p.Clocks {
		if c.Name == CureClock && c.Runs() {
			return
		}
	}
	if p.Stage == Curing {
		p.Stage = Compliance
	}
	if p.resume == Curing {
		p.resume = Compliance
	}
}

func (p *Process) reject(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	x := &Rejection{Mark: r.mark(), Author: r.Author}
	if err := r.decode(x); err != nil {
		return err
	}
	bid.Rejected, bid.Rejects, s.Text = x, append(bid.Rejects, x), x.Code
	if p.Stage == Standstill || p.Stage == Awarding || p.Stage == Contracting { // the winner declines
		p.decline(r, p.Lot(bid.Lot))
	}
	p.Lot(bid.Lot).Memo = nil
	if p.Stage == Intended {
		p.Stage = Evaluating
	}
	p.openAll(r)
	if p.Stage == Opened {
		p.Stage = Compliance
	}
	p.settle(r)
	p.signed()
	return nil
}

// decline takes back what was decided; once a lot has its contract, the lot alone
// whose winner declines is given up.
func (p *Process) decline(r *Record, l *Lot) {
	if !slices.ContainsFunc(p.Lots, func(l *Lot) bool { return l.Contract != nil }) {
		p.takeBack(r, Intended)
		return
	}
	if l.Award != nil {
		l.Award.Void = r.mark()
	}
	l.GivenUp, l.Intent, l.Award, l.Winner = r.mark(), nil, nil, none
	p.protestable(r, r.ID)
}

func (p *Process) scoreCommit(r *Record, s *Step) error {
	x := &Scoring{Mark: r.mark(), Author: r.Author, Round: p.Round}
	if err := r.decode(x); err != nil {
		return err
	}
	p.Scorings, s.Text = append(p.Scorings, x), x.Lot
	p.awaitScores(r, r.ID)
	p.pricesNext(r, r.ID)
	return nil
}

func (p *Process) scoreReveal(r *Record, s *Step) error {
	var b struct {
		Commit  publica.EntryID `json:"commit"`
		Reasons sealed.Hash     `json:"reasons"`
		Salt    string          `json:"salt"`
		Scores  []Score         `json:"scores"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	for _, x := range p.Scorings {
		if x.ID == b.Commit {
			x.Revealed = &Scores{r.mark(), b.Reasons, b.Salt, b.Scores}
			s.Subject, s.Text = x.ID, x.Lot
			p.awaitScores(r, r.ID)
			return nil
		}
	}
	return r.unknown("the commitment " + b.Commit.String())
}

func (p *Process) memo(r *Record, s *Step) error {
	x := &Memo{Mark: r.mark(), Author: r.Author}
	if err := r.decode(x); err != nil {
		return err
	}
	l := p.Lot(x.Lot)
	if l == nil {
		return r.unknown("the lot " + x.Lot)
	}
	p.Memos, l.Memo, s.Text = append(p.Memos, x), x, x.Lot
	p.ranked()
	return nil
}
