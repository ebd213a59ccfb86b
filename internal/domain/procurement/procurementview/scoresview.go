package procurementview

import (
	"strings"

	"publica"
	"publica/evaluation"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// A scoresView is what evaluators gave the bids of a lot in a round.
type scoresView struct {
	Round      int64
	Past       bool // a decision ended the round: its scores count no more
	Criteria   []tender.Criterion
	Evaluators []evaluatorView
	Rows       []scoreRow
	Opened     tender.Mark // when prices opened, none if they are not
	Early      bool        // the prices stood open in the one envelope
	Missing    int         // evaluators who committed to nothing yet
	Gone       []string    // who missed the time, in words
}

// An evaluatorView is one evaluator's scoring.
type evaluatorView struct {
	Name     string
	Key      publica.KeyID
	Bodies   string // for which the key holds a role now, "" if for none
	Commit   tender.Mark
	Revealed tender.Mark
	Before   bool // committed before prices opened
	Reasons  string
	Other    bool // the reasons are not those that were committed to
	Check    web.Tag
}

// A scoreRow is what a bid got, criterion by criterion: the evaluators' points in
// their order, and their mean.
type scoreRow struct {
	Bid   publica.EntryID
	Who   string
	Cells []scoreCell
}

type scoreCell struct{ Given, Mean string }

// scoresView shows the scores of a lot in a round, nil if nothing is scored or nobody
// has committed to anything.
func (t *tenderView) scoresView(l *web.Locale, lot string, round int64) *scoresView {
	terms := t.Terms()
	v := &scoresView{Round: round, Past: round < t.Round, Criteria: terms.Scored(), Early: terms.Envelopes == 1}
	for _, o := range t.Openings {
		if o.Lot == lot && o.Envelope == "price" && o.Reclosed.IsZero() {
			v.Opened = o.Mark
		}
	}
	given := map[publica.EntryID][][]int64{}
	for _, x := range t.Scorings {
		if x.Lot != lot || x.Round != round {
			continue
		}
		e := evaluatorView{Name: l.T("evaluator {n}", "n", terms.Evaluator(x.Author)), Key: x.Author, Bodies: t.speak[x.Author], Commit: x.Mark}
		e.Before = v.Opened.IsZero() || t.position(x.ID) < t.position(v.Opened.ID)
		if s := x.Revealed; s != nil {
			e.Revealed, e.Reasons = s.Mark, t.text(s.ID, "reasons")
			e.Other = e.Reasons != "" && sealed.Hash(publica.ID([]byte(e.Reasons))) != s.Reasons
			if hash, err := tender.Commitment(t.Docket, x.Round, x.Author, lot, s); err == nil && hash == x.Commitment && !e.Other {
				e.Check = web.Tag{Kind: "success", Text: l.T("As committed to")}
			} else {
				e.Check = web.Tag{Kind: "error", Text: l.T("Not what was committed to")}
			}
			for _, y := range s.Scores {
				given[y.Bid] = append(given[y.Bid], y.Points)
			}
		}
		v.Evaluators = append(v.Evaluators, e)
	}
	if len(v.Evaluators) == 0 {
		return nil
	}
	if !v.Past && !t.Committed {
		v.Missing = len(terms.Evaluators) - len(v.Evaluators)
	}
	if !v.Past {
		v.Gone = t.gone(l, lot)
	}
	for _, b := range t.Process.Counted(lot) {
		if all := given[b.ID]; len(all) > 0 {
			v.Rows = append(v.Rows, scoreRow{b.ID, t.bidder(l, b), cells(l, all, len(v.Criteria))})
		}
	}
	return v
}

// cells are the points of all evaluators for each criterion.
func cells(l *web.Locale, all [][]int64, criteria int) []scoreCell {
	row := make([]scoreCell, criteria)
	for i := range row {
		var words []string
		var sum int64
		for _, points := range all {
			if i < len(points) {
				words = append(words, l.Number(points[i]))
				sum += points[i]
			}
		}
		if len(words) > 0 {
			row[i] = scoreCell{strings.Join(words, " · "), l.Fixed((sum*100+int64(len(words))/2)/int64(len(words)), 2)}
		}
	}
	return row
}

// robustWords say how little would have to be otherwise for another award.
func (t *tenderView) robustWords(l *web.Locale, r *ranked) (all []string) {
	if r.Robust == nil {
		return []string{l.T("By the formula no bid leads alone: the first are tied, or none is acceptable.")}
	}
	who := func(id string) string {
		entry, err := publica.ParseEntryID(id)
		if err != nil || id == "" {
			return l.T("nobody alone")
		}
		return t.bidderOf(l, entry)
	}
	if f := r.Robust.Score; f != nil {
		all = append(all, l.T("Scores: had {evaluator} given {bid} {to} instead of {from} for “{criterion}”, the lead would be with {other}.",
			"evaluator", t.evaluatorNamed(l, f.Evaluator), "bid", who(f.Bid), "to", f.To, "from", f.From, "criterion", web.Apart(f.Criterion), "other", who(f.Award)))
	}
	if f := r.Robust.Price; f != nil {
		all = append(all, l.T("Prices: had {bid} asked {to} instead of {from} ({share}), the lead would be with {other}.",
			"bid", who(f.Bid), "to", money(l, r.Record, f.To), "from", money(l, r.Record, f.From), "share", l.Fixed(f.Permille, 1)+" %", "other", who(f.Award)))
	}
	for _, x := range r.Robust.Exclusions {
		all = append(all, l.T("Without {bid}, the lead would be with {other}.", "bid", who(x.Bid), "other", who(x.Award)))
	}
	if len(all) == 0 {
		all = append(all, l.T("Nothing single decides it: with any one score, price or other bid changed or gone, the same bid leads."))
	}
	return all
}

func money(l *web.Locale, r *evaluation.Record, amount int64) string {
	return moneyWords(l, &tender.Money{Amount: amount, Currency: r.Method.Currency})
}

// evaluatorNamed names an evaluator by the id of its key.
func (t *tenderView) evaluatorNamed(l *web.Locale, id string) string {
	for i, e := range t.Terms().Evaluators {
		if e.String() == id {
			return l.T("evaluator {n}", "n", i+1)
		}
	}
	return l.T("the rules, by themselves")
}

// gone says of which evaluators the tender has gone on without scores.
func (t *tenderView) gone(l *web.Locale, lot string) (all []string) {
	terms := t.Terms()
	name := func(key publica.KeyID) string { return l.T("evaluator {n}", "n", terms.Evaluator(key)) }
	for _, key := range t.MissedIn(lot, tender.ScoreCommitClock) {
		all = append(all, l.T("{evaluator} committed to no scores in the time for it: the tender went on without.", "evaluator", name(key)))
	}
	for _, key := range t.MissedIn(lot, tender.ScoreRevealClock) {
		all = append(all, l.T("{evaluator} did not reveal the scores committed to in the time for it: they do not count.", "evaluator", name(key)))
	}
	return all
}
