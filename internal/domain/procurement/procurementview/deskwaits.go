package procurementview

import (
	"slices"

	"publica"
	"publica/internal/web"
	"publica/tender"
	"publica/tender/profile"
)

// A wait is one thing that waits in a tender, and for whom.
type wait struct {
	Text string
	Href string       // where it is done here, "" if nothing is to be done here
	Ends publica.Time // until when, 0 if no clock runs for it
	Mine bool         // it waits for whom it is shown to
}

// waits says what waits in a tender; what waits for the one who asks stands first.
func (t *tenderView) waits(l *web.Locale, x *part) (all []wait) {
	all = slices.Concat(t.scoreWaits(l, x), t.protestWaits(l, x), t.stageWaits(l, x))
	slices.SortStableFunc(all, func(a, b wait) int { return boolRank(a.Mine) - boolRank(b.Mine) })
	return all
}

// act is something that the buyer has to do.
func (t *tenderView) act(x *part, do, text string) wait {
	w := wait{Text: text, Mine: x.buys}
	if x.buys {
		w.Href = "/desk/docket/" + t.Docket.String() + "/tender?do=" + do
	}
	return w
}

// keep is something that trustees do with their programs; the page of the keys says how.
func (t *tenderView) keep(x *part, text string, ends publica.Time) wait {
	w := wait{Text: text, Ends: ends, Mine: x.keeps > 0}
	if w.Mine {
		w.Href = t.Base() + "/tender/keys#now"
	}
	return w
}

// ends is until when a clock of the tender runs, 0 if none does.
func (t *told) ends(name string) publica.Time {
	for _, c := range t.Clocks {
		if c.Name == name && c.Runs() {
			return c.Ends
		}
	}
	return 0
}

// stageWaits says what the stage waits for.
func (t *tenderView) stageWaits(l *web.Locale, x *part) []wait {
	switch t.Stage {
	case tender.Draft:
		return t.draftWaits(l, x)
	case tender.InCeremony:
		return []wait{t.keep(x, l.T("The trustees make the keys; each takes its steps with its own program."), t.ends(tender.CeremonyClock))}
	case tender.Bidding:
		return t.biddingWaits(l, x)
	case tender.Closed:
		if t.Revealing {
			return []wait{{Text: l.T("The trustees were silent: bidders open their own bids."), Ends: t.ends(tender.RevealClock)}}
		}
		return []wait{t.keep(x, l.T("The trustees open the bids; each publishes its share with its own program."), t.ends(tender.SilenceClock))}
	case tender.Opened, tender.Compliance, tender.Curing:
		return t.judgeWaits(l, x)
	case tender.Evaluating:
		return t.memoWaits(l, x)
	case tender.Intended:
		return []wait{t.act(x, "intent", l.T("Every lot has its memo: say to whom the award is to go."))}
	case tender.Standstill:
		return []wait{{Text: l.T("Standstill: nothing can be awarded before it ends."), Ends: t.ends(tender.StandstillClock)}}
	}
	return t.awardWaits(l, x)
}

func (t *tenderView) draftWaits(l *web.Locale, x *part) (all []wait) {
	if c := t.Ceremony(); c != nil && c.Failed != nil {
		all = append(all, wait{Text: l.T("The key ceremony of {day} failed: publish again, with trustees who are there.", "day", l.Day(c.Failed.Time))})
	}
	if t.Plan() == nil {
		return append(all, t.act(x, "plan", l.T("Say what is to be bought.")))
	}
	return append(all, t.act(x, "publish", l.T("The plan is on record: publish the tender.")))
}

func (t *tenderView) biddingWaits(l *web.Locale, x *part) (all []wait) {
	if n := len(t.unanswered()); n > 0 {
		all = append(all, t.act(x, "answer", l.N(n, "{n} question has no answer yet.", "{n} questions have no answer yet.")))
	}
	return append(all, wait{Text: l.T("Bids are taken."), Ends: t.ends(tender.DeadlineClock)})
}

// unanswered are the questions without an answer.
func (t *told) unanswered() (all []*tender.Question) {
	for _, q := range t.Questions {
		if len(q.Answers) == 0 {
			all = append(all, q)
		}
	}
	return all
}

func (t *tenderView) judgeWaits(l *web.Locale, x *part) (all []wait) {
	if n := len(t.unjudged()); n > 0 {
		all = append(all, t.act(x, "result", l.N(n, "{n} bid waits for its result under the rules.", "{n} bids wait for their result under the rules.")))
	}
	for _, c := range t.Clocks {
		if c.Name == tender.CureClock && c.Runs() {
			all = append(all, wait{Text: l.T("{bidder} has time to cure its bid.", "bidder", t.bidderOf(l, c.Subject)), Ends: c.Ends})
		}
	}
	for _, b := range t.failing() {
		w := t.act(x, "reject", l.T("{bidder} does not meet the rules: reject it, with a reason.", "bidder", t.bidder(l, b)))
		if slices.Contains(t.curable(), b) {
			w = t.act(x, "cure", l.T("{bidder} does not meet the rules: let it cure, or reject it with a reason.", "bidder", t.bidder(l, b)))
		}
		if w.Href != "" {
			w.Href += "&bid=" + b.ID.String()
		}
		all = append(all, w)
	}
	return all
}

// unjudged are the bids that the rules are still to be run over.
func (t *told) unjudged() (all []*tender.Bid) {
	for _, b := range t.Bids {
		if b.Status == tender.Counted && b.Rejected == nil && !b.Judged && t.Clock(tender.CureClock, b.ID) == nil {
			all = append(all, b)
		}
	}
	return all
}

// failing are the bids that fail a rule and that nobody cures or has rejected.
func (t *told) failing() (all []*tender.Bid) {
	for _, b := range t.Bids {
		if b.Status == tender.Counted && b.Rejected == nil && b.Judged && !b.Passes() && t.Clock(tender.CureClock, b.ID) == nil {
			all = append(all, b)
		}
	}
	return all
}

// A scoring is how far the scores of a lot have come in this round.
type scoring struct {
	Lot       string
	Committed []publica.KeyID
	Revealed  []publica.KeyID
}

// scorings say how far scores have come, by lot with bids.
func (t *told) scorings() (all []scoring) {
	terms := t.Terms()
	if terms == nil || len(terms.Scored()) == 0 {
		return nil
	}
	for _, lot := range terms.LotNames() {
		if len(t.Live(lot)) == 0 {
			continue
		}
		x := scoring{Lot: lot}
		for _, s := range t.Scorings {
			if s.Lot != lot || s.Round != t.Round {
				continue
			}
			x.Committed = append(x.Committed, s.Author)
			if s.Revealed != nil {
				x.Revealed = append(x.Revealed, s.Author)
			}
		}
		all = append(all, x)
	}
	return all
}

// revealed reports whether all scores of a lot are revealed.
func (t *told) revealed(lot string) bool {
	return !slices.ContainsFunc(t.scorings(), func(x scoring) bool { return x.Lot == lot && (!t.Committed || len(x.Revealed) < len(t.Scorers(lot))) })
}

// pricesOpen reports whether every envelope of a lot is open.
func (t *told) pricesOpen(lot string) bool {
	x := t.Lot(lot)
	return x != nil && x.Opened >= t.Terms().Envelopes
}

// scoreWaits says what waits for an evaluator.
func (t *tenderView) scoreWaits(l *web.Locale, x *part) (all []wait) {
	at := "/desk/docket/" + t.Docket.String() + "/scores"
	switch {
	case x.scores == 0:
		return nil
	case t.unannounced(x.scores):
		return []wait{{Text: l.T("Announce your keys: if an evaluator does not, there are no keys, and the tender must be published again."), Href: at, Ends: t.ends(tender.CeremonyClock), Mine: true}}
	case t.handsOver() && len(t.unjudged()) > 0:
		all = append(all, wait{Text: l.T("The bids are open to the evaluators alone: one of them opens them, and hands what the program wrote to the buyer."), Href: at, Mine: true})
	}
	if t.Stage != tender.Evaluating {
		return all
	}
	for _, s := range t.scorings() {
		w := wait{Mine: true, Href: at}
		if s.Lot != "" {
			w.Href += "?lot=" + s.Lot
		}
		switch {
		case !t.Committed && !slices.Contains(s.Committed, x.key):
			w.Ends = t.ends(tender.ScoreCommitClock)
			w.Text = l.T("Score the offers, and commit to the scores.")
		case t.Committed && slices.Contains(t.Scorers(s.Lot), x.key) && !slices.Contains(s.Revealed, x.key):
			w.Ends = t.ends(tender.ScoreRevealClock)
			w.Text = l.T("Everyone has committed: reveal your scores.")
		default:
			continue
		}
		if s.Lot != "" {
			w.Text = lotWords(l, s.Lot) + ": " + w.Text
		}
		all = append(all, w)
	}
	return all
}

// memoWaits says what keeps the memos.
func (t *tenderView) memoWaits(l *web.Locale, x *part) (all []wait) {
	terms := t.Terms()
	for _, s := range t.scorings() {
		awaited := len(t.Scorers(s.Lot))
		if n := awaited - len(s.Committed); !t.Committed && n > 0 {
			all = append(all, wait{Text: l.N(n, "{n} evaluator has not committed to its scores yet.", "{n} evaluators have not committed to their scores yet."), Ends: t.ends(tender.ScoreCommitClock)})
		} else if n := awaited - len(s.Revealed); t.Committed && n > 0 {
			all = append(all, wait{Text: l.N(n, "{n} evaluator has not revealed its scores yet.", "{n} evaluators have not revealed their scores yet."), Ends: t.ends(tender.ScoreRevealClock)})
		}
	}
	if t.AllCommitted() && slices.ContainsFunc(terms.LotNames(), func(lot string) bool { return len(t.Live(lot)) > 0 && !t.pricesOpen(lot) }) {
		all = append(all, t.keep(x, l.T("The trustees open the prices."), max(t.ends(tender.SilenceClock), t.ends(tender.RevealClock))))
	}
	for _, lot := range t.memoable() {
		if t.Lot(lot).Memo == nil {
			w := t.act(x, "memo", l.T("Everything is open: rank the bids in a memo."))
			if lot != "" {
				w.Text = lotWords(l, lot) + ": " + w.Text
			}
			all = append(all, w)
		}
	}
	return all
}

// memoable are the lots whose bids can be ranked.
func (t *told) memoable() (all []string) {
	for _, lot := range t.Terms().LotNames() {
		if len(t.Live(lot)) > 0 && t.pricesOpen(lot) && t.revealed(lot) {
			all = append(all, lot)
		}
	}
	return all
}

// openProtests are those that are not decided.
func (t *told) openProtests() (all []*tender.Protest) {
	for _, x := range t.Protests {
		if x.Decision == nil {
			all = append(all, x)
		}
	}
	return all
}

// handsOver reports whether bids are open that only the evaluators can read: the
// buyer runs rules and writes memos with what one of them hands over.
func (t *told) handsOver() bool {
	return t.confidential() && slices.ContainsFunc(t.Process.Openings, func(o *tender.Opening) bool { return o.Reclosed.IsZero() })
}

func (t *tenderView) protestWaits(l *web.Locale, x *part) (all []wait) {
	open := t.openProtests()
	if len(open) == 0 {
		return nil
	}
	w := wait{Text: l.N(len(open), "{n} protest waits for a decision, and stays the award until then.", "{n} protests wait for a decision, and stay the award until then."), Mine: !x.reviews.IsZero()}
	if !x.reviews.IsZero() {
		w.Href = "/desk/docket/" + t.Docket.String() + "/protests"
	}
	all = append(all, w)
	if x.buys {
		all = append(all, t.act(x, "protest", l.T("You may answer the protest.")))
	}
	return all
}

// awardWaits says what the award and the contracts wait for.
func (t *tenderView) awardWaits(l *web.Locale, x *part) (all []wait) {
	stayed := len(t.openProtests()) > 0
	switch {
	case t.Stage == tender.Awarding && !stayed:
		all = append(all, t.act(x, "award", l.T("Nothing stands in the way: award, with your reason.")))
	case t.Stage == tender.Contracting && !stayed && t.contractFrom() > 0:
		all = append(all, wait{Text: l.T("It is awarded, and can be protested: a contract can be put on record when that time is over."), Ends: t.contractFrom()})
	case t.Stage == tender.Contracting && !stayed:
		all = append(all, t.act(x, "contract", l.T("It is awarded: put the contract on record.")))
	}
	for _, c := range t.Contracts {
		for _, m := range c.Milestones {
			switch {
			case !m.Accepted.ID.IsZero() && m.Paid < m.Value:
				all = append(all, t.act(x, "payment", l.T("The milestone {id} is accepted: its payment is to be put on record.", "id", m.ID)))
			case !m.Reached.ID.IsZero() && m.Accepted.ID.IsZero() && c.Terminated == nil:
				all = append(all, t.act(x, "accept", l.T("The supplier says that the milestone {id} is reached: accept or refuse it.", "id", m.ID)))
			}
		}
	}
	if n := len(t.undebriefed()); n > 0 {
		all = append(all, t.act(x, "debrief", l.N(n, "{n} bidder that did not win can be told why.", "{n} bidders that did not win can be told why.")))
	}
	return all
}

// contractFrom is until when a contract waits for the time to protest its award, 0 if
// it does not.
func (t *told) contractFrom() (until publica.Time) {
	policy, err := profile.Profile(t.Terms().Profile).Policy()
	if err != nil || !policy.ContractWaits() {
		return 0
	}
	for _, c := range t.Clocks {
		if c.Name == tender.ProtestClock && c.Runs() {
			until = max(until, c.Ends)
		}
	}
	return until
}

// undebriefed are the bids that did not win and whose bidders were not told why.
func (t *told) undebriefed() (all []*tender.Bid) {
	if !slices.Contains([]tender.Stage{tender.Contracting, tender.Implementation, tender.Completed, tender.Unsuccessful}, t.Stage) {
		return nil
	}
	for _, b := range t.Bids {
		if lot := t.Lot(b.Lot); b.Status == tender.Counted && b.Debriefed.ID.IsZero() && lot != nil && lot.Winner != b.ID {
			all = append(all, b)
		}
	}
	return all
}

func boolRank(first bool) int {
	if first {
		return 0
	}
	return 1
}
