package tender

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/compliance"
	"publica/evaluation"
)

// MemoBlank marks the place in a memo where a person has to say why.
const MemoBlank = "[TO BE WRITTEN BY WHOEVER SIGNS]"

// maxMemoCites is how many records a memo may cite; spec/kinds/procurement.md.
const maxMemoCites = 100

// A Proposal is what the buyer adds to what is computed.
type Proposal struct {
	Ranking []publica.EntryID // of the lot's bids that are not rejected, the best first; nil: as the formula has it
	Reason  string            // why it differs from the formula, or why tied bids stand in this order; Markdown
}

// A MemoDraft is a pre-negotiation memo: what procurement/memo is to say and to cite.
type MemoDraft struct {
	Body   MemoBody `json:"body"`
	Text   string   `json:"text"`             // Markdown
	Blanks []string `json:"blanks,omitempty"` // what a person has still to give a reason for
}

// DraftMemo writes the memo of a lot from the records alone, and cites them: what was
// asked, who bid, how each bid stands to the pinned rules, cures, scores, what the
// published formula gives and how firm that is, prices beside what they were compared
// with, red flags, rejections. It recommends nothing beyond the formula; rejection
// and award are decisions of persons. The same records, content and proposal give
// the same bytes.
//
// open are the tender's bids, of [Process.Open] or [Process.OpenConfidential]. It
// fails with a [publica.Error] as long as there is nothing to rank by: prices are
// sealed, or scores not revealed.
func (p *Process) DraftMemo(lot string, open []*OpenBid, content Content, proposal Proposal) (*MemoDraft, error) {
	if p.Terms() == nil || p.Lot(lot) == nil {
		return nil, publica.Problem(publica.NotFound, "lot", strconv.Quote(lot)+" is not one of the tender")
	}
	w := &memoWriter{Process: p, lot: p.Lot(lot), content: content}
	for _, b := range open {
		if b.Lot == lot {
			w.open = append(w.open, b)
		}
	}
	if err := w.compute(open); err != nil {
		return nil, err
	}
	if err := w.propose(proposal); err != nil {
		return nil, err
	}
	for _, section := range []func(){w.head, w.asked, w.bidders, w.rules, w.cures, w.scores, w.formula, w.firmness, w.prices, w.flags, w.rejections, w.incidents, w.order} {
		section()
	}
	w.records()
	return &MemoDraft{Body: MemoBody{Cites: w.citable(), Lot: lot, Ranking: w.ranked}, Text: w.text.String(), Blanks: w.blanks}, nil
}

// A memoWriter writes one memo.
type memoWriter struct {
	*Process
	lot     *Lot
	content Content
	open    []*OpenBid // of the lot
	set     *compliance.Set
	noSet   string // why there is none
	judged  map[publica.EntryID]*Judgement
	record  *evaluation.Record
	ranking *evaluation.Ranking
	raised  []flagWords

	ranked []publica.EntryID // as proposed
	reason string
	blanks []string
	text   strings.Builder
	cites  []publica.EntryID // in the order in which they are cited
}

// compute does what the sections tell of.
func (w *memoWriter) compute(all []*OpenBid) (err error) {
	if owed := w.owed(); owed != nil {
		return owed
	}
	if w.record, err = w.Evaluation(w.lot.Name, all); err != nil {
		return err
	}
	w.ranking = w.record.Rank()
	w.judged = map[publica.EntryID]*Judgement{}
	if w.set, err = w.Rules(w.content); err != nil {
		w.noSet = err.Error()
	} else {
		for _, b := range w.open {
			if j, err := w.Judge(w.set, b, w.content); err == nil {
				w.judged[b.ID] = j
			}
		}
	}
	w.raised, err = w.flagsRaised()
	return err
}

// owed refuses what the rules would refuse of a memo now.
func (w *memoWriter) owed() error {
	t := w.Terms()
	if len(w.Live(w.lot.Name)) == 0 {
		return publica.Problem(publica.Invalid, "lot", "has no bids that are not rejected: there is nothing to rank")
	}
	if w.lot.Opened < t.Envelopes {
		return publica.Problem(publica.Early, "docket", "has envelopes that are sealed").WithHint("trustees open prices when every score is committed to")
	}
	_, revealed := w.scored(w.lot.Name)
	if want := len(w.Scorers(w.lot.Name)); len(t.Scored()) > 0 && (!w.Committed || revealed < want) {
		return publica.Problem(publica.Owed, "lot", fmt.Sprint("lacks scores: ", revealed, " of ", want, " evaluators have revealed theirs")).
			WithHint("each reveals with: publica evaluate reveal")
	}
	return nil
}

// citable are the records cited that an entry can name: those that somebody signed.
// What the rules logged by themselves follows from them.
func (w *memoWriter) citable() (ids []publica.EntryID) {
	for _, id := range w.cites {
		signed := slices.ContainsFunc(w.Steps, func(s Step) bool { return s.ID == id && !s.Author.IsZero() })
		if signed && len(ids) < maxMemoCites {
			ids = append(ids, id)
		}
	}
	return ids
}

// rankOf returns the place that the formula gives a bid, 0 if it takes no part.
func (w *memoWriter) rankOf(id publica.EntryID) int64 {
	for _, r := range w.ranking.Ranks {
		if r.Bid == id.String() {
			return r.Rank
		}
	}
	return 0
}

// place is rankOf with what takes no part last.
func (w *memoWriter) place(id publica.EntryID) int64 {
	if n := w.rankOf(id); n > 0 {
		return n
	}
	return int64(len(w.ranking.Ranks)) + 1
}

// propose settles the order of the memo, and what has to be given a reason for.
func (w *memoWriter) propose(proposal Proposal) error {
	var live []publica.EntryID
	for _, b := range w.Live(w.lot.Name) {
		live = append(live, b.ID)
	}
	w.ranked, w.reason = slices.Clone(proposal.Ranking), strings.TrimSpace(proposal.Reason)
	if w.ranked == nil {
		w.ranked = slices.Clone(live)
		slices.SortStableFunc(w.ranked, func(a, b publica.EntryID) int { return int(w.place(a) - w.place(b)) })
	}
	for i, id := range w.ranked {
		if !slices.Contains(live, id) || slices.Contains(w.ranked[:i], id) {
			return publica.Problem(publica.Invalid, "ranking/"+strconv.Itoa(i), "is no bid of the lot that is not rejected, or stands twice: "+id.String())
		}
	}
	if len(w.ranked) < len(live) {
		return publica.Problem(publica.Invalid, "ranking", "leaves out a bid that is not rejected").WithHint("rank every bid of the lot; what cannot win is last, or rejected")
	}
	if w.reason == "" && w.differs() {
		w.blanks = append(w.blanks, "why the ranking differs from the formula")
	}
	if w.reason == "" && len(w.tied()) > 0 {
		w.blanks = append(w.blanks, "why tied bids stand in this order")
	}
	return nil
}

// differs reports whether a bid stands before one that the formula puts first.
func (w *memoWriter) differs() bool {
	return !slices.IsSortedFunc(w.ranked, func(a, b publica.EntryID) int { return int(w.place(a) - w.place(b)) })
}

// tied are the bids that share a place with another, by place.
func (w *memoWriter) tied() (groups [][]publica.EntryID) {
	for i, r := range w.ranking.Ranks {
		if r.Rank == 0 || i > 0 && w.ranking.Ranks[i-1].Rank == r.Rank {
			continue
		}
		var group []publica.EntryID
		for _, b := range w.open {
			if w.rankOf(b.ID) == r.Rank {
				group = append(group, b.ID)
			}
		}
		if len(group) > 1 {
			groups = append(groups, group)
		}
	}
	return groups
}
