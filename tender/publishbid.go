package tender

import (
	"slices"
	"strconv"

	"publica"
	"publica/ocds"
)

// openedAt is when the first envelopes of all lots were open, zero before: then who
// bid for which is known of all at once.
func (w *writer) openedAt() (at publica.Time) {
	for _, l := range w.Lots {
		if len(w.Counted(l.Name)) == 0 {
			continue
		}
		i := slices.IndexFunc(w.Openings, func(o *Opening) bool { return o.Lot == l.Name })
		if i < 0 {
			return 0
		}
		at = max(at, w.Openings[i].Time)
	}
	return at
}

// bids writes what was bid, once it is open; in confidential mode how many alone.
func (w *writer) bids() *ocds.Node {
	n := ocds.Object()
	if w.openedAt().IsZero() {
		return n
	}
	count := ocds.Object("id", "bids", "measure", "bids", "value", len(w.open))
	n.Set("statistics", ocds.List(count))
	if w.Terms().Mode == Confidential {
		return n
	}
	var all []*ocds.Node
	for _, b := range w.open {
		all = append(all, w.bid(b))
	}
	setList(n, "details", all)
	return n
}

func (w *writer) bid(b *OpenBid) *ocds.Node {
	n := ocds.Object("id", b.ID.String(), "date", b.Time.String(), "status", w.bidStatus(b), "tenderers", ocds.List(w.bidder(b.Bid, "tenderer")), "relatedLots", []string{lotID(b.Lot)})
	if b.Offer != nil && b.Offer.Price != nil {
		n.Set("value", value(*b.Offer.Price))
	}
	setList(n, "requirementResponses", w.responses(b))
	w.documents(n, "bid/"+b.ID.String())
	return n
}

func (w *writer) bidStatus(b *OpenBid) string {
	switch {
	case b.Rejected != nil:
		return "disqualified"
	case b.Passes():
		return "valid"
	}
	return "pending"
}

// responses are the verdicts of the last result. While it counts no more, because the
// bid is to be judged anew, they have no value.
func (w *writer) responses(b *OpenBid) (all []*ocds.Node) {
	if len(b.Results) == 0 || w.set == nil {
		return nil
	}
	for _, v := range b.Results[len(b.Results)-1].Verdicts {
		if v.Rule != OpensRule && !w.rule(v.Rule) {
			continue
		}
		n := ocds.Object("id", b.ID.String()+"/"+v.Rule, "requirement", ocds.Object("id", v.Rule))
		if b.Judged {
			n.Set("value", ocds.Value(v.met()))
		}
		all = append(all, n)
	}
	return all
}

func (w *writer) rule(id string) bool {
	for _, r := range w.set.Definition().Rules {
		if r.ID == id {
			return true
		}
	}
	return false
}

// withheld says what is never published in confidential mode, and why.
func (w *writer) withheld() []*ocds.Node {
	if w.Terms().Mode != Confidential {
		return nil
	}
	return []*ocds.Node{ocds.Object("id", "bids", "field", "bids/details", "name", "Bids",
		"rationale", "The tender is confidential: bids are opened to its evaluators alone.")}
}

// evaluations writes the scores that evaluators revealed, with when they were fixed.
func (w *writer) evaluations() (all []*ocds.Node) {
	if w.Terms().Mode == Confidential {
		return nil
	}
	criteria := w.Terms().Scored()
	for _, x := range w.Scorings {
		if x.Revealed == nil {
			continue
		}
		for _, s := range x.Revealed.Scores {
			if b := w.Bid(s.Bid); b == nil || len(s.Points) != len(criteria) {
				continue
			}
			all = append(all, w.evaluation(x, &s, criteria))
		}
	}
	return all
}

func (w *writer) evaluation(x *Scoring, s *Score, criteria []Criterion) *ocds.Node {
	scores := ocds.List()
	for i, n := range s.Points {
		scores.Items = append(scores.Items, ocds.Object("criterion", criteria[i].ID, "value", int(n), "maximum", int(criteria[i].Max), "weight", int(criteria[i].Weight)))
	}
	n := ocds.Object("id", x.ID.String()+"/"+s.Bid.String(), "relatedBid", s.Bid.String(), "relatedLot", lotID(x.Lot),
		"evaluator", "evaluator "+strconv.Itoa(w.Terms().Evaluator(x.Author)), "round", int(x.Round), "commitment", x.Commitment.String(),
		"dateCommitted", x.Time.String(), "dateRevealed", x.Revealed.Time.String(), "scores", scores)
	w.documents(n, "scoring/"+x.ID.String())
	return n
}

// complaints writes the protests.
func (w *writer) complaints() (all []*ocds.Node) {
	for _, x := range w.Protests {
		n := ocds.Object("id", x.ID.String(), "date", x.Time.String(), "status", "admitted", "suspends", x.Decision == nil)
		setText(n, "title", grounds[x.Ground])
		w.about(n, x.About)
		if c := w.complainant(x); c != nil {
			n.Set("complainant", c)
		}
		setText(n, "description", w.text(x.ID, "text"))
		if d := x.Decision; d != nil {
			w.decision(n, d)
		}
		w.documents(n, "complaint/"+x.ID.String())
		all = append(all, n)
	}
	return all
}

// grounds are what is protested, as a title says it.
var grounds = map[string]string{"text": "Protest about the text of the tender", "rejection": "Protest about the rejection of a bid",
	"evaluation": "Protest about the evaluation", "conduct": "Protest about the conduct of the procedure"}

// about names what a protest is about, as far as it is told: awards, a bid.
func (w *writer) about(n *ocds.Node, id publica.EntryID) {
	var awards []string
	for _, x := range w.Intents {
		for _, a := range x.Awards {
			if made := w.made(x, a.Lot); x.ID == id || made != nil && made.ID == id {
				awards = append(awards, awardID(x.ID, a.Lot))
			}
		}
	}
	if len(awards) > 0 {
		n.Set("relatedAwards", ocds.Value(awards))
	}
	if w.Terms().Mode == Confidential || w.openedAt().IsZero() {
		return
	}
	for _, b := range w.open {
		of := func(x *Rejection) bool { return x.ID == id }
		if b.ID == id || slices.ContainsFunc(b.Rejects, of) || slices.ContainsFunc(b.Results, func(x *Result) bool { return x.ID == id }) {
			n.Set("relatedBids", ocds.Value([]string{b.ID.String()}))
		}
	}
}

// complainant refers to who protests: a bidder by its name if bids were open when it
// did, else by the key as a pseudonym, which stays what it was. In confidential mode
// who bid and lost is nobody's to know, so nobody is named.
func (w *writer) complainant(x *Protest) *ocds.Node {
	if w.Terms().Mode == Confidential {
		return nil
	}
	opened := w.openedAt()
	for _, b := range w.open {
		if b.Author == x.Author && !opened.IsZero() && x.Time >= opened {
			return w.bidder(b.Bid, "complainant")
		}
	}
	return w.refer(x.Author.String(), "complainant "+x.Author.String()[:16], "complainant")
}

var remedies = map[Stage]string{Bidding: "termsChanged", Compliance: "reevaluation", Evaluating: "reevaluation", Intended: "awardAnnulled"}

func (w *writer) decision(n *ocds.Node, d *Decision) {
	if d.Outcome == "withdrawn" {
		n.Set("status", ocds.Value("withdrawn"))
		return
	}
	n.Set("status", ocds.Value("decided"))
	if d.By != (publica.BodyID{}) {
		n.Set("reviewBody", w.body(d.By, "reviewBody"))
	}
	outcome, remedy := "dismissed", "none"
	if d.Outcome == "sustained" {
		outcome = "upheld"
		if r := remedies[d.Reopen]; r != "" {
			remedy = r
		}
	}
	x := ocds.Object("date", d.Time.String(), "outcome", outcome, "remedies", []string{remedy})
	setText(x, "rationale", w.text(d.ID, "reason"))
	n.Set("decision", x)
}
