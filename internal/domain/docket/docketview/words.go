package docketview

import (
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
)

// Words turns a name such as public-input into words.
func Words(name string) string {
	words := strings.ReplaceAll(name, "-", " ")
	if words == "" {
		return words
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func moment(t publica.Time) string { return t.Std().Format("2 January 2006, 15:04 UTC") }

// TypeWords says what a docket is.
func TypeWords(t docket.Type) string {
	switch t {
	case docket.ActionPlan:
		return "Action plan"
	case docket.Consultation:
		return "Consultation"
	case docket.Petition:
		return "Petition"
	case docket.Tender:
		return "Tender"
	}
	return Words(string(t))
}

// A Rule is one line of a charter in words.
type Rule struct{ Name, Text string }

// CharterWords says a charter in words.
func CharterWords(c *docket.Charter) []Rule {
	rules := []Rule{{"Who may contribute", map[docket.Audience]string{
		docket.Anyone:   "Anyone.",
		docket.Verified: "Keys that a public body vouches for.",
		docket.Members:  "Members of the lead body.",
	}[c.Contribute]}}
	answer := "Not promised. The lead body may answer."
	if c.Respond {
		answer = "Every idea and every comment is owed a reasoned response. Nothing can be declared final while one is missing."
	}
	rules = append(rules, Rule{"Responses", answer})
	when := "Contributions are welcome until the outcome is declared final."
	if len(c.Periods) > 0 {
		names := make([]string, len(c.Periods))
		for i, p := range c.Periods {
			names[i] = Words(p)
		}
		when = "These periods must have been served before anything is final: " + strings.Join(names, ", ") + "."
	}
	rules = append(rules, Rule{"Periods", when})
	if c.NoticeDays > 0 {
		rules = append(rules, Rule{"Notice", "A period is announced at least " + days(c.NoticeDays) + " before it opens."})
	}
	if c.MinDays > 0 {
		rules = append(rules, Rule{"Length", "A period lasts at least " + days(c.MinDays) + ", and never closes early."})
	}
	if c.MinBytes > 0 || c.MaxBytes > 0 {
		rules = append(rules, Rule{"Size of a text", size(c.MinBytes, c.MaxBytes)})
	}
	if c.MaxAttachments > 0 {
		rules = append(rules, Rule{"Attachments", "Up to " + strconv.FormatInt(c.MaxAttachments, 10) + " files with one contribution."})
	}
	if c.QuotaEntries > 0 {
		rules = append(rules, Rule{"Quota", "Nobody sends more than " + strconv.FormatInt(c.QuotaEntries, 10) + " ideas, comments and endorsements in " + strconv.FormatInt(c.QuotaHours, 10) + " hours."})
	}
	if c.Work > 0 {
		rules = append(rules, Rule{"Proof of work", strconv.FormatInt(c.Work, 10) + " bits in each contribution: programs do it, and it makes floods expensive. Nothing is asked of who writes on a page of a node."})
	}
	if c.Retention != "" {
		rules = append(rules, Rule{"Retention class", Words(c.Retention) + "."})
	}
	return rules
}

func days(n int64) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.FormatInt(n, 10) + " days"
}

func size(min, max int64) string {
	switch {
	case max == 0:
		return "At least " + strconv.FormatInt(min, 10) + " bytes."
	case min == 0:
		return "Up to " + strconv.FormatInt(max, 10) + " bytes."
	}
	return "From " + strconv.FormatInt(min, 10) + " to " + strconv.FormatInt(max, 10) + " bytes."
}
