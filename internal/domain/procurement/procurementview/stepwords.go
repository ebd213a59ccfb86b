package procurementview

import (
	"slices"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// stepWords says in one line what a step of a tender did.
func (t *tenderView) stepWords(l *web.Locale, s *tender.Step) string {
	switch s.Kind {
	case "docket/open":
		return l.T("The docket was opened")
	case "docket/amend-charter":
		return l.T("The docket’s charter was changed")
	case "procurement/plan":
		return l.T("Planned: what is to be bought")
	case "procurement/publish":
		return l.T("Published; the trustees make the keys")
	case "procurement/amend":
		return l.T("The tender was amended")
	case "procurement/cancel":
		return l.T("Cancelled")
	case "procurement/ask":
		return l.T("A question was asked")
	case "procurement/answer":
		return l.T("The buyer answered")
	case "procurement/ended":
		if t.Stage == tender.Completed {
			return l.T("Everything is carried out and paid")
		}
		return l.T("The tender ended: {cause}", "cause", causeWords(l, s.Text))
	case "procurement/clock-ended":
		return l.T("Time is up: {clock}", "clock", clockWords(l, s.Text))
	case "procurement/clock-moved":
		return l.T("Blocks had stopped: a clock was moved ({clock})", "clock", clockWords(l, s.Text))
	}
	if words := t.sealWords(l, s); words != "" {
		return words
	}
	if words := t.judgeWords(l, s); words != "" {
		return words
	}
	return t.contractWords(l, s)
}

// sealWords are those of keys, bids and openings.
func (t *tenderView) sealWords(l *web.Locale, s *tender.Step) string {
	envelope := envelopeWords(l, s.Text)
	switch s.Kind {
	case "procurement/ceremony":
		return l.T("Next step of the keys: {step}", "step", stepName(l, s.Text))
	case "procurement/ceremony-failed":
		return l.T("The keys could not be made")
	case "procurement/published":
		return l.T("The keys stand: bids are taken")
	case "procurement/trustee-announce":
		return l.T("Announced for a key ({envelope})", "envelope", envelope)
	case "procurement/trustee-commit":
		return l.T("Committed to a part of a key ({envelope})", "envelope", envelope)
	case "procurement/trustee-deal":
		return l.T("Dealt a part of a key ({envelope})", "envelope", envelope)
	case "procurement/trustee-complain":
		return l.T("Checked the shares of a key ({envelope})", "envelope", envelope)
	case "procurement/trustee-destroy":
		return l.T("A trustee declared that it destroyed what it kept of the keys")
	case "procurement/shares-destroyed":
		return l.T("By what trustees declare, nobody can open the bids any more")
	case "procurement/bid":
		return l.T("Bid, sealed")
	case "procurement/withdraw-bid":
		return l.T("A bid was taken back")
	case "procurement/storage-receipt":
		return l.T("A bid is held")
	case "procurement/unstored":
		return l.T("Bids do not count: too few operators held them at the deadline")
	case "procurement/closed":
		n := t.closedWith(s.ID)
		return l.N(n, "The deadline passed: {n} bid counts", "The deadline passed: {n} bids count")
	case "procurement/open-share":
		if s.Subject.IsZero() {
			return l.T("A trustee published its share ({envelope})", "envelope", envelope)
		}
		return l.T("A trustee opened a bid to the evaluators ({envelope})", "envelope", envelope)
	case "procurement/partial-complain":
		return l.T("What a trustee sent was proven wrong ({envelope})", "envelope", envelope)
	case "procurement/reveal":
		return l.T("A bidder opened its own bid ({envelope})", "envelope", envelope)
	case "procurement/opened":
		return l.T("Opened: {envelope}", "envelope", envelope)
	case "procurement/reclosed":
		return l.T("Closed again: {envelope}", "envelope", envelope)
	case "procurement/breach":
		if slices.ContainsFunc(t.Breaches, func(x *tender.Breach) bool { return x.ID == s.ID && x.AfterEnd }) {
			return l.T("Breach: a share came after the end ({envelope})", "envelope", envelope)
		}
		return l.T("Breach: a share came before its time ({envelope})", "envelope", envelope)
	}
	return ""
}

// closedWith is how many bids a record procurement/closed counts.
func (t *told) closedWith(id publica.EntryID) (n int64) {
	var b struct {
		Lots []struct {
			Bids int64 `json:"bids"`
		} `json:"lots"`
	}
	t.decode(id, &b)
	for _, lot := range b.Lots {
		n += lot.Bids
	}
	return n
}

// judgeWords are those of the evaluation and of protests.
func (t *tenderView) judgeWords(l *web.Locale, s *tender.Step) string {
	bid := func() string { return t.bidderOf(l, s.Subject) }
	switch s.Kind {
	case "procurement/compliance-result":
		if s.Text == "pass" {
			return l.T("Passes every rule: {bidder}", "bidder", bid())
		}
		return l.T("Fails a rule: {bidder}", "bidder", bid())
	case "procurement/cure-request":
		return l.T("Asked to cure: {bidder}", "bidder", bid())
	case "procurement/cure":
		return l.T("Cured: {bidder}", "bidder", bid())
	case "procurement/reject":
		return l.T("Rejected: {bidder}", "bidder", bid())
	case "procurement/score-commit":
		return l.T("An evaluator committed to scores")
	case "procurement/score-reveal":
		return l.T("An evaluator revealed the scores")
	case "procurement/missed":
		return l.T("The tender goes on without evaluators who missed the time ({clock})", "clock", clockWords(l, s.Text))
	case "procurement/memo":
		return l.T("The bids were ranked in a memo")
	case "procurement/intent":
		return l.T("To be awarded to {bidder}", "bidder", bid())
	case "procurement/protest":
		return l.T("Protest: {ground}", "ground", groundWords(l, s.Text))
	case "procurement/protest-step":
		if s.Text == "withdrawn" {
			return l.T("A protest was withdrawn")
		}
		return l.T("A protest goes on")
	case "procurement/decide":
		return l.T("Protest decided: {outcome}", "outcome", outcomeWords(l, s.Text))
	case "procurement/award":
		return l.T("Awarded to {bidder}", "bidder", bid())
	case "procurement/debrief":
		return l.T("Told why it did not win: {bidder}", "bidder", bid())
	}
	return ""
}

// contractWords are those of contracts.
func (t *tenderView) contractWords(l *web.Locale, s *tender.Step) string {
	switch s.Kind {
	case "procurement/contract":
		return l.T("The contract is on record")
	case "procurement/milestone":
		return l.T("Milestone reached: {id}", "id", web.Apart(s.Text))
	case "procurement/accept":
		return l.T("Milestone judged: {id}", "id", web.Apart(s.Text))
	case "procurement/payment":
		return l.T("Paid for milestone {id}", "id", web.Apart(s.Text))
	case "procurement/modify":
		return l.T("The contract was modified")
	case "procurement/terminate":
		return l.T("The contract was ended before its time")
	}
	return string(s.Kind)
}

// stepTag marks what sort of step it is, so that a reader finds what matters.
func stepTag(l *web.Locale, s *tender.Step) web.Tag {
	switch s.Kind {
	case "procurement/publish", "procurement/published", "procurement/closed", "procurement/opened", "procurement/award", "procurement/contract":
		return web.Tag{Kind: "success", Text: l.T("milestone")}
	case "procurement/cancel", "procurement/breach", "procurement/unstored", "procurement/ceremony-failed", "procurement/reclosed", "procurement/missed", "procurement/partial-complain", "procurement/terminate":
		return web.Tag{Kind: "error", Text: l.T("trouble")}
	case "procurement/protest", "procurement/amend", "procurement/modify", "procurement/clock-moved":
		return web.Tag{Kind: "warning", Text: l.T("change")}
	}
	return web.Tag{}
}
