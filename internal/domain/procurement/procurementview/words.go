package procurementview

import (
	"publica/compliance"
	"publica/internal/web"
	"publica/tender"
)

// stageWords says where a tender stands.
func stageWords(l *web.Locale, s tender.Stage) string {
	switch s {
	case tender.Draft:
		return l.T("In preparation")
	case tender.InCeremony:
		return l.T("Keys are being made")
	case tender.Bidding:
		return l.T("Open for bids")
	case tender.Closed:
		return l.T("Closed, being opened")
	case tender.Opened:
		return l.T("Bids are open")
	case tender.Compliance:
		return l.T("Checked against the rules")
	case tender.Curing:
		return l.T("A bid is being cured")
	case tender.Evaluating:
		return l.T("Being evaluated")
	case tender.Intended:
		return l.T("Evaluated")
	case tender.Standstill:
		return l.T("Standstill")
	case tender.Awarding:
		return l.T("About to be awarded")
	case tender.Contracting:
		return l.T("Awarded")
	case tender.Implementation:
		return l.T("Being carried out")
	case tender.Completed:
		return l.T("Carried out")
	case tender.Cancelled:
		return l.T("Cancelled")
	case tender.Unsuccessful:
		return l.T("Unsuccessful")
	}
	return string(s)
}

func stageTag(l *web.Locale, s tender.Stage) web.Tag {
	t := web.Tag{Kind: "info", Text: stageWords(l, s)}
	switch s {
	case tender.Bidding, tender.Completed:
		t.Kind = "success"
	case tender.Cancelled, tender.Unsuccessful:
		t.Kind = "error"
	case tender.Draft:
		t.Kind = ""
	}
	return t
}

// clockWords names what a clock of the tender runs for.
func clockWords(l *web.Locale, name string) string {
	switch name {
	case tender.CeremonyClock:
		return l.T("Step of the key ceremony")
	case tender.EnquiriesClock:
		return l.T("Questions")
	case tender.DeadlineClock:
		return l.T("Deadline for bids")
	case tender.SilenceClock:
		return l.T("Time for trustees to open")
	case tender.RevealClock:
		return l.T("Time for bidders to open their own bids")
	case tender.CureClock:
		return l.T("Time to cure a bid")
	case tender.ScoreCommitClock:
		return l.T("Time for evaluators to commit to scores")
	case tender.ScoreRevealClock:
		return l.T("Time for evaluators to reveal scores")
	case tender.StandstillClock:
		return l.T("Standstill")
	case tender.ProtestClock:
		return l.T("Time to protest")
	}
	return name
}

// profileWords says under which family of rules a tender is held.
func profileWords(l *web.Locale, name string) string {
	switch name {
	case "us-sealed-bidding":
		return l.T("Sealed bidding (FAR part 14)")
	case "us-negotiated":
		return l.T("Negotiated, confidential (FAR part 15)")
	case "ocds-open":
		return l.T("Open tender")
	case "practice":
		return l.T("Practice: no law’s periods apply")
	}
	return name
}

// moneyWords says an amount, which is kept in minor units.
func moneyWords(l *web.Locale, m *tender.Money) string {
	if m == nil {
		return ""
	}
	return l.Fixed(m.Amount, minorDigits(m.Currency)) + " " + m.Currency
}

// minorDigits are the digits of a currency's minor unit.
func minorDigits(code string) int64 { return int64(compliance.MinorDigits(code)) }
