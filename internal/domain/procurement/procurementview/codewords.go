package procurementview

import (
	"publica/compliance"
	"publica/internal/web"
	"publica/tender"
)

// causeWords says why a tender ended, or why it was cancelled.
func causeWords(l *web.Locale, cause string) string {
	switch cause {
	case "no-bids":
		return l.T("Nobody bid.")
	case "all-rejected":
		return l.T("All bids were rejected.")
	case "not-opened":
		return l.T("No bid was opened.")
	case "breach":
		return l.T("A share of the key was published before its time.")
	case "not-needed":
		return l.T("It is not needed any more.")
	case "no-funds":
		return l.T("There is no money for it.")
	case "faulty-text":
		return l.T("Its text was faulty.")
	case "little-interest":
		return l.T("Too few were interested.")
	case "prices-too-high":
		return l.T("The prices were too high.")
	case "review":
		return l.T("A protest was sustained, and nothing else was left to do.")
	case "other":
		return l.T("Another reason; the buyer gives it in words.")
	}
	return cause
}

// rejectWords says for what a bid was rejected.
func rejectWords(l *web.Locale, code string) string {
	switch code {
	case "non-responsive":
		return l.T("It does not open, or does not do what the text asks")
	case "non-responsible":
		return l.T("Its bidder cannot be trusted to carry it out")
	case "price":
		return l.T("Its price is not reasonable")
	case "excluded":
		return l.T("Its bidder is excluded")
	case "declined":
		return l.T("Its bidder does not stand by it")
	}
	return code
}

// groundWords says what a protest is about.
func groundWords(l *web.Locale, ground string) string {
	switch ground {
	case "text":
		return l.T("The text of the tender")
	case "rejection":
		return l.T("The rejection of a bid")
	case "evaluation":
		return l.T("The evaluation")
	case "conduct":
		return l.T("How the tender was held")
	}
	return ground
}

// outcomeWords says how a protest ended.
func outcomeWords(l *web.Locale, outcome string) string {
	switch outcome {
	case "dismissed":
		return l.T("Dismissed")
	case "sustained":
		return l.T("Sustained")
	case "withdrawn":
		return l.T("Withdrawn")
	}
	return outcome
}

// reopenWords says to where a decision takes a tender back.
func reopenWords(l *web.Locale, stage tender.Stage) string {
	switch stage {
	case tender.Bidding:
		return l.T("Bids are taken again.")
	case tender.Compliance:
		return l.T("Every bid is judged anew.")
	case tender.Evaluating:
		return l.T("Scores are given anew. Prices that are open stay open.")
	case tender.Intended:
		return l.T("It is said anew to whom the award is to go.")
	}
	return ""
}

// terminationWords says why a contract ended before its time.
func terminationWords(l *web.Locale, code string) string {
	switch code {
	case "default":
		return l.T("The supplier did not perform")
	case "convenience":
		return l.T("The buyer needs it no more")
	case "agreed":
		return l.T("Both agreed to end it")
	}
	return code
}

// statusTag marks what became of a bid.
func statusTag(l *web.Locale, s tender.Status) web.Tag {
	switch s {
	case tender.Sealed:
		return web.Tag{Kind: "info", Text: l.T("Sealed")}
	case tender.Superseded:
		return web.Tag{Text: l.T("Superseded")}
	case tender.Withdrawn:
		return web.Tag{Text: l.T("Withdrawn")}
	case tender.Unstored:
		return web.Tag{Kind: "warning", Text: l.T("Not held in time")}
	}
	return web.Tag{Kind: "success", Text: l.T("Counts")}
}

// statusMeans says why a bid does not count.
func statusMeans(l *web.Locale, s tender.Status) string {
	switch s {
	case tender.Superseded:
		return l.T("A later bid of the same key, or an amendment of the text, took its place.")
	case tender.Withdrawn:
		return l.T("Its bidder took it back before the deadline.")
	case tender.Unstored:
		return l.T("At the deadline, not enough operators had said that they hold it and its documents.")
	}
	return ""
}

// verdictTag marks what a rule says.
func verdictTag(l *web.Locale, v compliance.Verdict) web.Tag {
	switch v {
	case compliance.Pass:
		return web.Tag{Kind: "success", Text: l.T("Passes")}
	case compliance.NotApplicable:
		return web.Tag{Text: l.T("Does not apply")}
	case compliance.Fail:
		return web.Tag{Kind: "error", Text: l.T("Fails")}
	case compliance.OverLimit:
		return web.Tag{Kind: "error", Text: l.T("Too costly to decide")}
	}
	return web.Tag{Kind: "error", Text: l.T("Cannot be decided")}
}

// checkTag marks how something came out that was computed again.
func checkTag(l *web.Locale, s tender.State) web.Tag {
	switch s {
	case tender.Agrees:
		return web.Tag{Kind: "success", Text: l.T("Computed again: agrees")}
	case tender.Differs:
		return web.Tag{Kind: "error", Text: l.T("Computed again: differs")}
	}
	return web.Tag{Text: l.T("Nobody outside can compute it")}
}

// checkWords names what was computed again.
func checkWords(l *web.Locale, what string) string {
	switch what {
	case "key":
		return l.T("The key, made again from what the trustees put on record")
	case "share":
		return l.T("A trustee’s share, held against the key")
	case "bucket":
		return l.T("The sealed bytes of a bid, held against what the bid commits to")
	case "opening":
		return l.T("Which bids were opened")
	case "compliance":
		return l.T("The rules, run again over a bid")
	case "score":
		return l.T("Revealed scores, held against their commitment")
	case "reasons":
		return l.T("The reasons of an evaluator, held against their hash")
	case "contract":
		return l.T("The value of a contract, held against its award")
	case "modification":
		return l.T("The value of a contract as modified, held against the most that its profile allows")
	case "memo":
		return l.T("The ranking of the memo, held against the published formula")
	case "intent":
		return l.T("Who is to get the award, held against the published formula")
	case "award":
		return l.T("The value of the award, held against the price of the bid")
	}
	return what
}
