package tender

import (
	"slices"

	"publica"
	"publica/evaluation"
)

// Evaluation returns the record from which the ranking of a lot follows: criteria
// and weights of the tender, scores revealed in the last round (of those evaluators
// without whom the tender did not go on), prices of the open
// bids. Bids and evaluators are named by their ids.
func (p *Process) Evaluation(lot string, open []*OpenBid) (*evaluation.Record, error) {
	t := p.Terms()
	if t == nil || p.Lot(lot) == nil {
		return nil, publica.Problem(publica.NotFound, "lot", "is not one of the tender")
	}
	r := &evaluation.Record{Tender: p.Docket.String(), Method: evaluation.Method{Kind: evaluation.LowestPrice, Currency: t.Currency}}
	if lot != "" {
		r.Tender += " " + lot
	}
	if len(t.Scored()) > 0 {
		r.Method = evaluation.Method{Kind: evaluation.BestValue, Currency: t.Currency, Rounding: evaluation.HalfUp, Unit: 100}
	}
	for _, c := range t.Criteria {
		switch {
		case c.Method == Points:
			r.Criteria = append(r.Criteria, evaluation.Criterion{ID: c.ID, Weight: c.Weight, Most: c.Max, Least: c.Least})
		case len(t.Scored()) > 0:
			r.Method.Price += c.Weight
		}
	}
	if err := p.addBids(r, lot, open); err != nil {
		return nil, err
	}
	if len(t.Scored()) > 0 {
		p.addScores(r, lot)
	} else {
		acceptable(r)
	}
	raw, err := r.Canonical()
	if err != nil {
		return nil, err
	}
	return evaluation.Parse(raw)
}

// addBids adds the bids of a lot that have a price. What is rejected, or is no offer
// in one of its envelopes, takes no part.
func (p *Process) addBids(r *evaluation.Record, lot string, open []*OpenBid) error {
	for _, b := range open {
		if b.Lot != lot {
			continue
		}
		x := evaluation.Bid{ID: b.ID.String()}
		if b.Rejected != nil {
			x.Excluded = "rejected by " + b.Rejected.ID.String() + ": " + b.Rejected.Code
		}
		if b.Offer != nil && b.Offer.Price != nil {
			x.Price = b.Offer.Price.Amount
		}
		switch {
		case x.Price > 0:
			r.Bids = append(r.Bids, x)
		case x.Excluded == "" && b.Responsive():
			return publica.Problem(publica.Early, "bid "+x.ID, "has no price that can be read").
				WithHint("prices open when every evaluator has committed; in confidential mode they are never public")
		}
	}
	return nil
}

// addScores adds what evaluators revealed in the last round, of bids with a price.
func (p *Process) addScores(r *evaluation.Record, lot string) {
	criteria := p.Terms().Scored()
	for _, e := range p.Scorers(lot) {
		r.Evaluators = append(r.Evaluators, e.String())
	}
	for _, x := range p.Scorings {
		if x.Lot != lot || x.Round != p.Round || x.Revealed == nil {
			continue
		}
		for _, s := range x.Revealed.Scores {
			has := func(b evaluation.Bid) bool { return b.ID == s.Bid.String() }
			if !slices.ContainsFunc(r.Bids, has) || len(s.Points) != len(criteria) {
				continue
			}
			for i, n := range s.Points {
				r.Scores = append(r.Scores, evaluation.Score{Bid: s.Bid.String(), Criterion: criteria[i].ID, Evaluator: x.Author.String(), Score: n, Reason: x.Revealed.Reasons.String()})
			}
		}
	}
}

// acceptable gives every bid that takes part what price alone decides between: it
// is acceptable, for it passed the rules and nobody rejected it.
func acceptable(r *evaluation.Record) {
	r.Criteria = []evaluation.Criterion{{ID: "compliance", Most: 1, Least: 1}}
	r.Evaluators = []string{"rules"}
	for _, b := range r.Bids {
		r.Scores = append(r.Scores, evaluation.Score{Bid: b.ID, Criterion: "compliance", Evaluator: "rules", Score: 1})
	}
}
