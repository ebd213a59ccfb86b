package procurementview

import (
	"fmt"
	"slices"

	"publica"
	"publica/evaluation"
	"publica/tender"
)

// audited is what was computed again of a tender, from its records and the content
// that this node shows.
type audited struct {
	*tender.Audit
	*watch
	judged map[publica.EntryID]*tender.Judgement // by bid, as far as the rules can be run
	lots   map[string]*ranked                    // that have a memo, and prices that can be read
}

// ranked is a lot as the published formula ranks it.
type ranked struct {
	Record  *evaluation.Record
	Ranking *evaluation.Ranking
	Robust  *evaluation.Robustness // nil if the formula gives no award
}

// audit computes a tender again, once for as long as its docket does not grow; if
// something that it takes was not at hand, again after a moment.
func (t *tenderView) audit() (*audited, error) {
	t.opening.Lock()
	defer t.opening.Unlock()
	if err := t.openBids(); err != nil {
		return nil, err
	}
	if t.told.audited != nil && t.told.audited.stands(t.now) {
		return t.told.audited, nil
	}
	a := &audited{watch: t.watch(), judged: map[publica.EntryID]*tender.Judgement{}, lots: map[string]*ranked{}}
	a.lacking.Store(t.opened.lacking.Load())
	content := a.over(t.input.Records, t.content)
	var err error
	if a.Audit, err = t.Process.Audit(content); err != nil {
		return nil, fmt.Errorf("compute the tender %s again: %w", t.Docket, err)
	}
	if set, err := t.Process.Rules(content); err == nil {
		for _, b := range t.open {
			if j, err := t.Process.Judge(set, b, content); err == nil { // what cannot be judged is said by its check
				a.judged[b.ID] = j
			}
		}
	}
	for _, lot := range t.Process.Lots {
		if err := a.rank(t.Process, lot.Name, t.open); err != nil {
			return nil, err
		}
	}
	t.told.audited = a
	return a, nil
}

// rank ranks a lot whose prices and scores can all be read.
func (a *audited) rank(p *tender.Process, lot string, open []*tender.OpenBid) error {
	if !slices.ContainsFunc(a.Rankings, func(r tender.LotRanking) bool { return r.Lot == lot }) {
		return nil
	}
	rec, err := p.Evaluation(lot, open)
	if err != nil {
		return fmt.Errorf("rank the bids of %s: %w", p.Docket, err)
	}
	r := &ranked{Record: rec, Ranking: rec.Rank()}
	if r.Ranking.Award != "" {
		if r.Robust, err = rec.Robust(); err != nil {
			return fmt.Errorf("look what would change the ranking of %s: %w", p.Docket, err)
		}
	}
	a.lots[lot] = r
	return nil
}

// check returns what was computed again of a thing that a record is about, nil if
// nothing was.
func (a *audited) check(what string, id publica.EntryID) *tender.Check {
	for i := range a.Checks {
		if a.Checks[i].What == what && slices.Contains(a.Checks[i].Records, id) {
			return &a.Checks[i]
		}
	}
	return nil
}

// differing are the checks that came out otherwise than a record says.
func (a *audited) differing() (all []tender.Check) {
	for _, c := range a.Checks {
		if c.State == tender.Differs {
			all = append(all, c)
		}
	}
	return all
}
