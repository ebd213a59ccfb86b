package tender

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/compliance"
)

// firmness says how little would have to be otherwise.
func (w *memoWriter) firmness() {
	w.section("How firm that is")
	r, err := w.record.Robust()
	if err != nil {
		w.say("No bid is first, so there is nothing that a change could flip.")
		return
	}
	switch f := r.Score; {
	case f == nil:
		w.say("- No change of a single score leads to another first.")
	case len(w.Terms().Scored()) == 0:
		w.say("- If %s did not meet the rules: %s.", w.calledText(f.Bid), w.leads(f.Award, f.Tied))
	default:
		w.say("- The smallest change of one score: %s gives %s for %s %d in place of %d. Then %s.", w.evaluator(f.Evaluator), w.calledText(f.Bid), escaped(f.Criterion), f.To, f.From, w.leads(f.Award, f.Tied))
	}
	if f := r.Price; f == nil {
		w.say("- No change of a single price leads to another first.")
	} else {
		c := w.record.Method.Currency
		w.say("- The smallest change of one price: %s asks %s in place of %s, %s or %d per mille of it. Then %s.", w.calledText(f.Bid), amount(f.To, c), amount(f.From, c), signed(f.By, c), f.Permille, w.leads(f.Award, f.Tied))
	}
	for _, x := range r.Exclusions {
		w.say("- Without %s: %s.", w.calledText(x.Bid), w.leads(x.Award, x.Tied))
	}
	if len(r.Exclusions) == 0 {
		w.say("- No other bid's absence leads to another first.")
	}
	if !r.Complete {
		w.say("- Not every price was tried: there are too many bids and points. A smaller change of a price may exist.")
	}
}

func signed(n int64, currency string) string {
	if n > 0 {
		return "+" + amount(n, currency)
	}
	return amount(n, currency)
}

// leads says who would be first.
func (w *memoWriter) leads(award string, tied []string) string {
	switch {
	case award != "":
		return w.calledText(award) + " is first"
	case len(tied) > 0:
		words := make([]string, len(tied))
		for i, id := range tied {
			words[i] = w.calledText(id)
		}
		return andWords(words) + " are tied"
	}
	return "no bid is acceptable"
}

// prices sets the prices beside each other and beside what the rules compared them
// with.
func (w *memoWriter) prices() {
	w.section("Prices")
	var priced []*OpenBid
	for _, b := range w.open {
		if b.Offer != nil && b.Offer.Price != nil {
			priced = append(priced, b)
		}
	}
	if len(priced) == 0 {
		w.say("No price is open.")
		return
	}
	low := priced[0].Offer.Price.Amount
	for _, b := range priced {
		low = min(low, b.Offer.Price.Amount)
	}
	w.table("bid", "price", "above the lowest offered", "beside the budget")
	for _, b := range priced {
		price := b.Offer.Price
		w.row(w.called(b.ID), amount(price.Amount, price.Currency), more(price.Amount-low, low, price.Currency), w.budget(price.Amount))
	}
	w.say("")
	compared := false
	for _, b := range priced {
		j := w.judged[b.ID]
		if j == nil || j.Result == nil {
			continue
		}
		for _, f := range j.Result.Rules {
			if ofPrice(&f) {
				compared = true
				w.say("- %s, rule %s: %s. %s%s", capital(w.called(b.ID)), escaped(f.Rule), f.Verdict, escaped(f.Words), w.seen(&f))
			}
		}
	}
	if !compared {
		w.say("No pinned rule compares prices with anything.\n")
	}
	for _, v := range w.Versions {
		for _, x := range v.parts {
			if x.Media == InputMedia {
				w.say("- What the buyer gave the rules to compare with is the part %s %s.", escaped(x.Name), w.cite(v.ID))
			}
		}
	}
}

// ofPrice reports whether a rule reads prices or what they are compared with.
func ofPrice(f *compliance.Finding) bool {
	about := func(s string) bool { return strings.Contains(s, "price") || strings.Contains(s, "comparable") }
	return about(f.Rule) || slices.ContainsFunc(f.Inputs, about)
}

// seen lists the numbers that a rule came by.
func (w *memoWriter) seen(f *compliance.Finding) string {
	words := make([]string, len(f.Values))
	for i, v := range f.Values {
		words[i] = escaped(v.Name) + " " + escaped(v.Text)
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}

// more is a difference with its share of the whole in per mille, rounded down.
func more(by, of int64, currency string) string {
	if by == 0 {
		return "the lowest"
	}
	return fmt.Sprint(amount(by, currency), ", ", permille(by, of), " per mille")
}

// permille is by of the whole in thousandths, without leaving 64 bits.
func permille(by, of int64) int64 {
	if of == 0 {
		return 0
	}
	return by/of*1000 + by%of*1000/of
}

func (w *memoWriter) budget(price int64) string {
	p := w.Plan()
	if p == nil || p.Budget == nil || p.Budget.Currency != w.Terms().Currency || len(w.Terms().Lots) > 0 { // a budget is of the whole
		return "–"
	}
	switch d := price - p.Budget.Amount; {
	case d > 0:
		return amount(d, p.Budget.Currency) + " above"
	case d < 0:
		return amount(-d, p.Budget.Currency) + " below"
	}
	return "the same"
}

func (w *memoWriter) flags() {
	w.section("Red flags")
	if w.Terms().Mode == Confidential {
		w.say("Computed from what is published of this tender; bids are not.\n")
	}
	if len(w.raised) == 0 {
		w.say("None of those that are computed for a single process was raised.")
	}
	for _, f := range w.raised {
		w.say("- %s. %s", f.code, f.words)
	}
	if len(w.raised) > 0 {
		w.say("\nA red flag is a reason to look closer, and no finding of wrongdoing.")
	}
}

var rejectionWords = map[string]string{
	"non-responsive":  "it is not what was asked for",
	"non-responsible": "its bidder is not found responsible",
	"price":           "its price",
	"excluded":        "its bidder is excluded",
	"declined":        "its bidder does not stand by it",
}

func (w *memoWriter) rejections() {
	w.section("Rejections")
	none := true
	for _, b := range w.open {
		for _, r := range b.Rejects {
			none = false
			words := fmt.Sprintf("%s was rejected %s by the key %s with the code %s (%s) %s", capital(w.called(b.ID)), r.Time, r.Author, r.Code, or(rejectionWords[r.Code], "no words for it"), w.cite(r.ID))
			var cites []string
			for _, id := range r.Cites {
				cites = append(cites, w.cite(id))
			}
			if words += ", citing " + andWords(cites); r != b.Rejected {
				words += ". A decision took it back"
			}
			w.say("- %s.", words)
		}
	}
	if none {
		w.say("No bid was rejected.")
	}
}

// incidents are what went on beside the plan: breaches, protests, clocks moved.
func (w *memoWriter) incidents() {
	var lines []string
	for _, b := range w.Breaches {
		when := "before its time"
		if b.AfterEnd {
			when = "after the end"
		}
		lines = append(lines, fmt.Sprintf("- A share of the envelope %s was published %s, %s %s.", b.Envelope, when, b.Time, w.cite(b.ID)))
	}
	for _, x := range w.Protests {
		outcome := "it is open: nothing may be awarded"
		if d := x.Decision; d != nil {
			outcome = d.Outcome + " " + w.cite(d.ID)
		}
		lines = append(lines, fmt.Sprintf("- A protest on the ground %s, %s %s: %s.", x.Ground, x.Time, w.cite(x.ID), outcome))
	}
	for _, c := range w.Clocks {
		for _, m := range c.Moved {
			lines = append(lines, fmt.Sprintf("- The clock %s was moved by rule from %s to %s, for blocks had stopped %s.", c.Name, m.Before, m.Ends, w.cite(m.ID)))
		}
	}
	if len(lines) > 0 {
		w.section("Protests and incidents")
		w.say("%s", strings.Join(lines, "\n"))
	}
}

// order writes the ranking that is proposed, and where a person has to say why.
func (w *memoWriter) order() {
	w.section("The ranking")
	for i, id := range w.ranked {
		w.say("%d. %s%s", i+1, w.called(id), w.formulaPlace(id))
	}
	w.say("")
	differs, tied := w.differs(), len(w.tied()) > 0
	switch {
	case differs:
		w.say("**It differs from the formula.** The reason:\n")
	case tied:
		w.say("It is that of the formula, but for the order of bids that are tied. The reason for that order:\n")
	default:
		w.say("It is that of the formula.")
		if w.reason != "" {
			w.say("\n%s", w.reason)
		}
		return
	}
	w.say("%s", or(w.reason, MemoBlank))
}

func (w *memoWriter) formulaPlace(id publica.EntryID) string {
	if n := w.rankOf(id); n > 0 {
		return ", place " + strconv.FormatInt(n, 10) + " by the formula"
	}
	return ", which takes no part by the formula"
}

// records lists what was cited.
func (w *memoWriter) records() {
	w.section("Records")
	w.say("The entry of this memo names those that somebody signed, the first %d at most; what the rules logged by themselves follows from them.\n", maxMemoCites)
	for i, id := range w.cites {
		words := ""
		for _, s := range w.Steps {
			if s.ID == id {
				words = " " + string(s.Kind) + ", " + s.Time.String()
			}
		}
		w.say("%d. `%s`%s", i+1, id, words)
	}
}
