package procurementview

import (
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/evaluation"
	"publica/internal/web"
	"publica/tender"
)

// A lotView is a lot on the page of bids: its bids, how they were opened, judged,
// scored and ranked, and what was decided.
type lotView struct {
	Key      string // for anchors
	Name     string // "" if the tender has no lots
	Openings []openingView
	Bids     []bidView // that count
	Others   []bidView // that do not
	Nothing  web.Empty // why no bid counts
	Scores   *scoresView
	Earlier  []*scoresView // of rounds that a decision ended, the first first
	Ranks    []rankView
	Formula  bool   // the ranking is by points
	Record   string // SHA-256 of what it was computed from
	Memo     *said
	MemoSame bool // it ranks as the formula does
	Robust   []string
	Intent   *decisionView
	Award    *decisionView
	Void     []voidView
}

// An openingView is an envelope that is open.
type openingView struct {
	*tender.Opening
	Words string
	By    string
}

// A decisionView is an intent or an award.
type decisionView struct {
	tender.Mark
	Author publica.KeyID
	Here   bool // its anchor is here: an intent for several lots is shown at each
	Who    string
	Bid    publica.EntryID
	Value  string
	Reason string
	Cites  []publica.EntryID
	Check  web.Tag
}

// A voidView is a decision that counts no more.
type voidView struct {
	tender.Mark
	Words string
	By    tender.Mark // the record that took it back
}

// A rankView is where a bid stands, by the formula and in the memo.
type rankView struct {
	Bid       publica.EntryID
	Who       string
	Rank      string // by the formula, "–" if it takes no part
	Memo      string // in the memo
	Technical string
	Price     string
	PricePts  string
	Total     string
	Note      string
	Differs   bool
}

func (t *tenderView) lotView(l *web.Locale, a *audited, lot *tender.Lot) lotView {
	v := lotView{Key: "lot-" + strconv.Itoa(slices.Index(t.Process.Lots, lot)+1), Name: lotWords(l, lot.Name), Formula: len(t.Terms().Scored()) > 0}
	for _, b := range t.Process.Bids {
		switch {
		case b.Lot != lot.Name:
		case b.Status == tender.Counted:
			v.Bids = append(v.Bids, t.bidView(l, a, b))
		default:
			v.Others = append(v.Others, t.bidView(l, a, b))
		}
	}
	for _, o := range t.Openings {
		if o.Lot == lot.Name {
			v.Openings = append(v.Openings, t.openingView(l, o))
		}
	}
	for round := int64(1); round < t.Round; round++ {
		if s := t.scoresView(l, lot.Name, round); s != nil {
			v.Earlier = append(v.Earlier, s)
		}
	}
	v.Scores = t.scoresView(l, lot.Name, t.Round)
	v.rank(l, t, a, lot)
	v.decide(l, t, a, lot)
	return v
}

func (t *tenderView) openingView(l *web.Locale, o *tender.Opening) openingView {
	v := openingView{Opening: o}
	v.Words = l.N(o.Bids, "{envelope}: {n} bid was opened", "{envelope}: {n} bids were opened", "envelope", slotWords(l, o.Lot, o.Envelope))
	var who []string
	for _, n := range o.Trustees {
		who = append(who, t.trustee(l, n))
	}
	switch o.By {
	case "reveal":
		v.By = l.T("The trustees were silent: bidders opened their own.")
	case "partials":
		v.By = l.T("To the evaluators alone, by {trustees}.", "trustees", strings.Join(who, "; "))
	default:
		v.By = l.T("With the shares of {trustees}.", "trustees", strings.Join(who, "; "))
	}
	return v
}

// rank shows the ranking of the formula beside that of the memo.
func (v *lotView) rank(l *web.Locale, t *tenderView, a *audited, lot *tender.Lot) {
	if lot.Memo == nil {
		return
	}
	v.Memo = &said{lot.Memo.Mark, t.text(lot.Memo.ID, "text")}
	place := func(id string) string {
		i := slices.IndexFunc(lot.Memo.Ranking, func(x publica.EntryID) bool { return x.String() == id })
		if i < 0 {
			return "–"
		}
		return l.Number(int64(i) + 1)
	}
	r := a.lots[lot.Name]
	if r == nil {
		v.Formula = false
		for i, id := range lot.Memo.Ranking {
			v.Ranks = append(v.Ranks, rankView{Bid: id, Who: t.bidderOf(l, id), Memo: l.Number(int64(i) + 1), Rank: "–"})
		}
		return
	}
	v.MemoSame = true
	for _, c := range a.Rankings {
		if c.Lot == lot.Name {
			v.Record = c.Record
		}
	}
	for _, x := range r.Ranking.Ranks {
		id, _ := publica.ParseEntryID(x.Bid) // Evaluation wrote it
		row := rankView{Bid: id, Who: t.bidderOf(l, id), Rank: "–", Memo: place(x.Bid), Price: moneyWords(l, &tender.Money{Amount: x.Price, Currency: r.Record.Method.Currency})}
		if x.Rank > 0 {
			row.Rank = l.Number(x.Rank)
			row.Technical, row.PricePts, row.Total = points(l, r.Record, x.Technical), points(l, r.Record, x.PricePoints), points(l, r.Record, x.Total)
		}
		switch {
		case x.Excluded != "":
			row.Note = l.T("rejected")
		case len(x.Below) > 0:
			row.Note = l.T("below the least for {criteria}", "criteria", strings.Join(x.Below, ", "))
		}
		if row.Rank != row.Memo {
			row.Differs, v.MemoSame = true, false
		}
		v.Ranks = append(v.Ranks, row)
	}
	v.Robust = t.robustWords(l, r)
}

// points says points that are counted in parts of a point.
func points(l *web.Locale, r *evaluation.Record, n int64) string {
	digits := int64(0)
	for unit := r.Method.Unit; unit >= 10; unit /= 10 {
		digits++
	}
	return l.Fixed(n, digits)
}

// decide shows intent and award, and what was taken back.
func (v *lotView) decide(l *web.Locale, t *tenderView, a *audited, lot *tender.Lot) {
	checked := func(what string, id publica.EntryID) web.Tag {
		if c := a.check(what, id); c != nil {
			return checkTag(l, c.State)
		}
		return web.Tag{}
	}
	if x := lot.Intent; x != nil {
		first := slices.IndexFunc(t.Process.Lots, func(o *tender.Lot) bool { return o.Intent == x })
		v.Intent = &decisionView{Mark: x.Mark, Author: x.Author, Here: t.Process.Lots[first] == lot, Who: t.bidderOf(l, lot.Winner), Bid: lot.Winner, Reason: t.text(x.ID, "reason"), Cites: x.Cites, Check: checked("intent", x.ID)}
		for _, y := range x.Awards {
			if y.Lot == lot.Name {
				v.Intent.Value = moneyWords(l, &y.Value)
			}
		}
	}
	if x := lot.Award; x != nil {
		v.Award = &decisionView{x.Mark, x.Author, true, t.bidderOf(l, x.Bid), x.Bid, moneyWords(l, &x.Value), t.text(x.ID, "reason"), x.Cites, checked("award", x.ID)}
	}
	t.void(l, v, lot)
}

// void lists what was decided about a lot and counts no more, as it came.
func (t *tenderView) void(l *web.Locale, v *lotView, lot *tender.Lot) {
	anew, undo := t.reopened(tender.Compliance), t.reopened(tender.Compliance, tender.Evaluating)
	for _, b := range t.Process.Bids {
		for _, x := range b.Rejects {
			if b.Lot != lot.Name {
				continue
			}
			undo = append(undo, x.Mark) // a memo ranks the bids that are left
			if x != b.Rejected {
				v.Void = append(v.Void, voidView{x.Mark, l.T("Rejection of {bidder}, taken back by a decision", "bidder", t.bidder(l, b)), t.firstAfter(x.ID, anew)})
			}
		}
	}
	for _, x := range t.Memos {
		if x.Lot == lot.Name {
			undo = append(undo, x.Mark)
		}
	}
	for _, x := range t.Memos {
		if x.Lot == lot.Name && x != lot.Memo {
			v.Void = append(v.Void, voidView{x.Mark, l.T("Memo, which counts no more"), t.firstAfter(x.ID, undo)})
		}
	}
	for _, x := range t.Intents {
		if !x.Void.IsZero() && slices.ContainsFunc(x.Awards, func(y tender.IntendedAward) bool { return y.Lot == lot.Name }) {
			v.Void = append(v.Void, voidView{x.Mark, l.T("Intent to award, taken back by a decision"), x.Void})
		}
	}
	for _, x := range t.Awards {
		if !x.Void.IsZero() && x.Lot == lot.Name {
			words := l.T("Award, taken back by a decision")
			if x.Void == lot.GivenUp {
				words = l.T("Award, given up: its bidder declined after another lot had its contract, and nothing is bought for this lot here")
			}
			v.Void = append(v.Void, voidView{x.Mark, words, x.Void})
		}
	}
	slices.SortFunc(v.Void, func(a, b voidView) int { return t.position(a.ID) - t.position(b.ID) })
}

// reopened are the decisions that took the tender back to one of these stages.
func (t *told) reopened(stages ...tender.Stage) (all []tender.Mark) {
	for _, x := range t.Protests {
		if x.Decision != nil && slices.Contains(stages, x.Decision.Reopen) {
			all = append(all, x.Decision.Mark)
		}
	}
	return all
}

// firstAfter is the first of some records that came after another, none if none did.
func (t *told) firstAfter(id publica.EntryID, all []tender.Mark) (first tender.Mark) {
	for _, x := range all {
		if at := t.position(x.ID); at > t.position(id) && (first.IsZero() || at < t.position(first.ID)) {
			first = x
		}
	}
	return first
}
