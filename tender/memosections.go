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

func (w *memoWriter) head() {
	title := "Pre-negotiation memo"
	if w.lot.Name != "" {
		title += ", lot " + escaped(w.lot.Name)
	}
	w.say("# %s\n", title)
	if raw, ok := w.content(w.Began.ID, "title"); ok {
		w.say("%s\n", escaped(string(raw)))
	}
	w.say("Tender %s on %s, by its records up to %s. Everything here is computed from the records that it cites by number; the list at the end names them. "+
		"It says what the published rules and formula give, and recommends nothing else. Rejection and award are decisions of persons, who sign them.", w.Docket, w.Register, w.Until)
	if w.Terms().Mode == Confidential {
		w.say("\nThe tender is confidential: this memo speaks of bids that the public does not see. It is for the evaluators and the buyer.")
	}
}

func (w *memoWriter) asked() {
	t := w.Terms()
	w.section("What was asked")
	first := w.Versions[0]
	w.say("- Published %s %s, under the profile %s, %s mode, %s.", first.Time, w.cite(first.ID), t.Profile, t.Mode, plural(int(t.Envelopes), "envelope", "envelopes"))
	if p := w.Plan(); p != nil {
		words := "Planned as " + p.Category
		if p.Budget != nil {
			words += ", with a budget of " + amount(p.Budget.Amount, p.Budget.Currency)
		}
		w.say("- %s %s.", words, w.cite(p.ID))
	}
	for _, v := range w.Versions[1:] {
		w.say("- Amended %s %s.", v.Time, w.cite(v.ID))
	}
	if c := w.Ceremony(); !c.Published.IsZero() {
		w.say("- Bids were sealed to keys of %s %s, of whom %d open; %s.", plural(len(t.Trustees), "trustee", "trustees"), w.cite(c.Published.ID), t.Threshold+1, independence(t))
	}
	w.say("- Questions: %d, answers: %d.", len(w.Questions), len(w.Answers))
	w.say("- Bids were due %s.", w.due())
	for _, o := range w.Openings {
		if o.Lot == w.lot.Name && o.Reclosed.IsZero() {
			w.say("- The envelope %s of %s was opened %s, by %s %s.", o.Envelope, plural(int(o.Bids), "bid", "bids"), o.Time, openedBy[o.By], w.cite(o.ID))
		}
	}
	w.say("- Rules: %s, SHA-256 %s.", w.setName(), t.Rules)
	w.say("- Criteria:\n")
	w.table("criterion", "how", "weight", "most", "least acceptable mean")
	for _, c := range t.Criteria {
		how := "scored by evaluators"
		if c.Method == Price {
			how = "computed from the price"
		}
		w.row(escaped(c.ID), how, strconv.FormatInt(c.Weight, 10)+" %", numberOr(c.Max), numberOr(c.Least))
	}
}

var openedBy = map[string]string{"shares": "the trustees' shares", "partials": "the trustees to the evaluators alone", "reveal": "its bidders, for the trustees were silent"}

func numberOr(n int64) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatInt(n, 10)
}

func independence(t *Terms) string {
	if t.Embedded {
		return "they are the buyer's own, not independent"
	}
	return "most are outside the buyer"
}

// due is when the deadline was, as the clock ran.
func (w *memoWriter) due() publica.Time {
	due := w.Terms().Deadline
	for _, c := range w.Clocks {
		if c.Name == DeadlineClock && !c.Ran.IsZero() {
			due = c.Ends
		}
	}
	return due
}

func (w *memoWriter) setName() string {
	if w.set == nil {
		return "a set that is not at hand"
	}
	name, version := w.set.Name()
	return fmt.Sprint(escaped(name), ", version ", version)
}

func (w *memoWriter) bidders() {
	w.section("Who bid")
	w.table("bid", "bidder", "received", "price", "stands")
	for _, b := range w.Bids {
		if b.Lot != w.lot.Name {
			continue
		}
		name, price, stands := "not known", "–", string(b.Status)
		for _, x := range w.open {
			if x.Bid == b {
				name, price, stands = or(escaped(x.Name()), name), priceOf(x), w.stands(x)
			}
		}
		if !b.Replaced.IsZero() {
			stands += " " + w.cite(b.Replaced.ID)
		}
		w.row("bid "+strconv.Itoa(w.number(b.ID))+" "+w.cite(b.ID), name, b.Time.String(), price, stands)
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func priceOf(b *OpenBid) string {
	if b.Offer == nil || b.Offer.Price == nil {
		return "–"
	}
	return amount(b.Offer.Price.Amount, b.Offer.Price.Currency)
}

// stands says in words how a bid that counted stands.
func (w *memoWriter) stands(b *OpenBid) string {
	switch {
	case b.Rejected != nil:
		return "rejected: " + b.Rejected.Code + " " + w.cite(b.Rejected.ID)
	case !b.Responsive():
		return "is no offer"
	case b.Passes():
		return "counts, meets every rule"
	}
	return "counts"
}

func (w *memoWriter) rules() {
	w.section("How each bid stands to the pinned rules")
	if w.set == nil {
		w.say("The rules could not be run again: %s.\n", escaped(w.noSet))
	}
	for _, b := range w.open {
		r := b.Result()
		if r == nil {
			w.say("- %s has no result that counts.", capital(w.called(b.ID)))
			continue
		}
		w.say("- %s: %s %s. %s", capital(w.called(b.ID)), verdictCount(r.Verdicts), w.cite(r.ID), w.again(b, r))
		for _, v := range r.Verdicts {
			if !v.met() {
				w.say("  - %s: %s.", escaped(v.Rule), w.why(b, v))
			}
		}
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func verdictCount(all []Verdict) string {
	bad := 0
	for _, v := range all {
		if !v.met() {
			bad++
		}
	}
	if bad == 0 {
		return "meets every rule of " + strconv.Itoa(len(all))
	}
	return "does not meet " + plural(bad, "rule", "rules") + " of " + strconv.Itoa(len(all))
}

// again says whether the rules give the same when they are run here.
func (w *memoWriter) again(b *OpenBid, r *Result) string {
	j := w.judged[b.ID]
	switch {
	case j == nil:
		return "It could not be computed again here."
	case verdictWords(j.Input, j.Verdicts) == verdictWords(r.Input, r.Verdicts):
		return "Computed again: the same."
	}
	return "**Computed again it differs from the record**: " + verdictCount(j.Verdicts) + ", on the input " + j.Input.String() + "."
}

// why says in words why a rule is not met.
func (w *memoWriter) why(b *OpenBid, v Verdict) string {
	if f := w.finding(b, v.Rule); f != nil {
		return escaped(f.Title) + ": " + string(f.Verdict) + ". " + escaped(strings.TrimSuffix(f.Words, "."))
	}
	if v.Rule == OpensRule {
		return "it does not open, or is not of the form of an offer"
	}
	return string(v.Verdict)
}

// finding is what a rule says of a bid, nil if it was not run.
func (w *memoWriter) finding(b *OpenBid, rule string) *compliance.Finding {
	j := w.judged[b.ID]
	if j == nil || j.Result == nil {
		return nil
	}
	i := slices.IndexFunc(j.Result.Rules, func(f compliance.Finding) bool { return f.Rule == rule })
	if i < 0 {
		return nil
	}
	return &j.Result.Rules[i]
}

func (w *memoWriter) cures() {
	w.section("Cures")
	none := true
	for _, b := range w.open {
		for _, r := range b.Requests {
			none = false
			w.say("- %s was asked for a cure until %s %s.", capital(w.called(b.ID)), r.Until, w.cite(r.ID))
		}
		for _, c := range b.Cures {
			none = false
			w.say("- %s was cured %s %s.", capital(w.called(b.ID)), c.Time, w.cite(c.ID))
		}
		for _, r := range b.Results[:max(0, len(b.Results)-1)] {
			w.say("  - An earlier result said: %s %s.", verdictCount(r.Verdicts), w.cite(r.ID))
		}
	}
	if none {
		w.say("No bidder was asked for one.")
	}
}

func (w *memoWriter) scores() {
	criteria := w.Terms().Scored()
	w.section("Scores")
	if len(criteria) == 0 {
		w.say("The tender has no criterion that evaluators score: among the bids that meet every rule and are not rejected, the price decides.")
		return
	}
	if w.Round > 1 {
		w.say("This is round %d of scoring: a decision reopened it. Prices that were open stayed open.\n", w.Round)
	}
	heads := []string{"evaluator", "bid"}
	for _, c := range criteria {
		heads = append(heads, escaped(c.ID)+" (0 to "+strconv.FormatInt(c.Max, 10)+")")
	}
	w.table(heads...)
	for _, x := range w.lotScorings() {
		for _, s := range x.Revealed.Scores {
			cells := []string{w.evaluator(x.Author.String()) + " " + w.cite(x.Revealed.ID), w.called(s.Bid)}
			for _, n := range s.Points {
				cells = append(cells, strconv.FormatInt(n, 10))
			}
			w.row(cells...)
		}
	}
	w.say("")
	for _, x := range w.lotScorings() {
		w.say("- %s committed to the scores %s %s; %s.", capital(w.evaluator(x.Author.String())), x.Time, w.cite(x.ID), w.beforePrices(x))
	}
	w.missing()
}

// missing names the evaluators without whom the lot went on.
func (w *memoWriter) missing() {
	for _, x := range w.Missed {
		for _, l := range x.Lots {
			if x.Round != w.Round || l.Lot != w.lot.Name {
				continue
			}
			did := "committed to no scores"
			if x.Clock == ScoreRevealClock {
				did = "did not reveal the scores committed to"
			}
			for _, key := range l.Evaluators {
				w.say("- %s %s in the time for it, which ran out %s %s. The tender went on without.", capital(w.evaluator(key.String())), did, x.Time, w.cite(x.ID))
			}
		}
	}
}

// lotScorings are the scorings of the lot in the last round that are revealed.
func (w *memoWriter) lotScorings() (all []*Scoring) {
	for _, x := range w.Scorings {
		if x.Lot == w.lot.Name && x.Round == w.Round && x.Revealed != nil {
			all = append(all, x)
		}
	}
	return all
}

// beforePrices says whether an evaluator could know the prices.
func (w *memoWriter) beforePrices(x *Scoring) string {
	if w.Terms().Envelopes == 1 {
		return "the tender has one envelope, so prices were open already"
	}
	for _, o := range w.Openings {
		if o.Lot == w.lot.Name && o.Envelope == "price" && o.Reclosed.IsZero() {
			if w.before(x.ID, o.ID) {
				return "prices were opened later, " + o.Time.String() + " " + w.cite(o.ID)
			}
			return "prices were open already, since " + o.Time.String() + " " + w.cite(o.ID)
		}
	}
	return "prices are sealed"
}

// before reports whether a record stands before another; times of one block are the same.
func (w *memoWriter) before(a, b publica.EntryID) bool {
	at := func(id publica.EntryID) int {
		return slices.IndexFunc(w.Steps, func(s Step) bool { return s.ID == id })
	}
	return at(a) < at(b)
}

func (w *memoWriter) formula() {
	w.section("What the published formula gives")
	m := w.record.Method
	if m.Kind == evaluation.BestValue {
		w.say("For each criterion its weight × the sum of the scores ÷ (evaluators × most), rounded half up to 1/%d of a point; for the price %d × lowest price ÷ price, rounded likewise. More points are better; of equal points the lower price.\n", m.Unit, m.Price)
	} else {
		w.say("The lowest price of the bids that meet every rule and are not rejected.\n")
	}
	w.table("place", "bid", "criteria", "price points", "together", "price")
	for _, r := range w.ranking.Ranks {
		place, criteria, price, total := "takes no part", "–", "–", "–"
		if r.Rank > 0 {
			place = strconv.FormatInt(r.Rank, 10)
		}
		if m.Kind == evaluation.BestValue {
			criteria = w.points(r.Technical)
			if r.Rank > 0 {
				price, total = w.points(r.PricePoints), w.points(r.Total)
			}
		}
		w.row(place+w.out(r), w.calledText(r.Bid), criteria, price, total, amount(r.Price, m.Currency))
	}
	for _, b := range w.open {
		if b.Rejected == nil && !b.Responsive() {
			w.row("takes no part: an envelope is no offer", w.called(b.ID), "–", "–", "–", "–")
		}
	}
	w.say("")
	switch {
	case w.ranking.Award != "":
		w.say("First by the formula: **%s**.", w.calledText(w.ranking.Award))
	case len(w.ranking.Tied) > 0:
		w.say("**No bid is first by the formula**: the first are tied.")
	default:
		w.say("**No bid is first by the formula**: none is acceptable.")
	}
	for _, group := range w.tied() {
		w.say("\nTied: %s, equal in points and in price. The published formula has no rule after these, and the register has no record by which a lot is drawn. "+
			"The ranking of this memo puts them in an order all the same; nothing on record decides it, and whoever signs answers for it.", w.calledAll(group))
	}
	if hash, err := w.record.Hash(); err == nil {
		w.say("\nThe record of this evaluation has the SHA-256 %s; whoever has these records computes it again.", hash)
	}
}

// out says why a bid takes no part in the ranking.
func (w *memoWriter) out(r evaluation.Rank) string {
	switch {
	case r.Excluded != "":
		return ": rejected"
	case len(r.Below) > 0:
		return ": below the least acceptable mean of " + escaped(strings.Join(r.Below, ", "))
	}
	return ""
}
