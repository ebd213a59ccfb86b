package docketview

import (
	"strings"

	"publica/internal/domain/docket"
	"publica/internal/web"
)

// known are the names that dockets commonly use, in words; other names are the
// lead body's own and are shown as they are.
var known = map[string]string{
	"public-input":   web.Msg("Public input"),
	"public-comment": web.Msg("Public comment"),
	"ideas":          web.Msg("Ideas"),
	"standard":       web.Msg("Standard"),
	"ten-years":      web.Msg("Ten years"),
	"permanent":      web.Msg("Permanent"),
}

// Words turns a name such as public-input into words.
func Words(l *web.Locale, name string) string {
	if words, ok := known[name]; ok {
		return l.T(words)
	}
	words := strings.ReplaceAll(name, "-", " ")
	if words == "" {
		return words
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// TypeWords says what a docket is.
func TypeWords(l *web.Locale, t docket.Type) string {
	switch t {
	case docket.ActionPlan:
		return l.T("Action plan")
	case docket.Consultation:
		return l.T("Consultation")
	case docket.Petition:
		return l.T("Petition")
	case docket.Tender:
		return l.T("Tender")
	}
	return Words(l, string(t))
}

// A Rule is one line of a charter in words.
type Rule struct{ Name, Text string }

// CharterWords says a charter of a docket of some type in words. Of a tender it says
// nothing of contributions and their periods: it has its own clocks.
// reviewers are the names of those whom the charter names.
func CharterWords(l *web.Locale, t docket.Type, c *docket.Charter, reviewers []string) (rules []Rule) {
	who := map[docket.Audience]string{
		docket.Anyone:   l.T("Anyone."),
		docket.Verified: l.T("Keys that a public body vouches for."),
		docket.Members:  l.T("Members of the lead body."),
	}[c.Contribute]
	quota := l.T("Nobody sends more than {n} ideas, comments and endorsements in {hours} hours.", "n", c.QuotaEntries, "hours", c.QuotaHours)
	if t == docket.Tender {
		rules = []Rule{{l.T("Who may ask"), who}, {l.T("Who may bid"), l.T("Anyone.")}}
		if len(reviewers) > 0 {
			rules = append(rules, Rule{l.T("Who decides protests"), strings.Join(reviewers, ", ")})
		}
		quota = l.T("Nobody sends more than {n} questions, bids and protests in {hours} hours.", "n", c.QuotaEntries, "hours", c.QuotaHours)
	} else {
		rules = append([]Rule{{l.T("Who may contribute"), who}}, served(l, c)...)
	}
	if c.TwoPersons {
		rules = append(rules, Rule{l.T("Redactions"), l.T("A second moderator has to confirm every redaction.")})
	}
	if c.QuotaEntries > 0 {
		rules = append(rules, Rule{l.T("Quota"), quota})
	}
	if c.Work > 0 {
		rules = append(rules, Rule{l.T("Proof of work"), l.N(c.Work, "{n} bit in each contribution: programs do it, and it makes floods expensive.", "{n} bits in each contribution: programs do it, and it makes floods expensive.")})
	}
	if c.Retention != "" {
		rules = append(rules, Rule{l.T("Retention class"), Words(l, c.Retention) + "."})
	}
	if c.RetentionDays > 0 {
		rules = append(rules, Rule{l.T("Kept for"), l.N(c.RetentionDays, "{n} day after the outcome is final. Then what the public wrote is erased on every node; the records and their proofs stay.",
			"{n} days after the outcome is final. Then what the public wrote is erased on every node; the records and their proofs stay.")})
	}
	return rules
}

// served says what contributors are owed, when, and what they may send.
func served(l *web.Locale, c *docket.Charter) []Rule {
	answer := l.T("Not promised. The lead body may answer.")
	if c.Respond {
		answer = l.T("Every idea and every comment is owed a reasoned response. Nothing can be declared final while one is missing.")
	}
	when := l.T("Contributions are welcome until the outcome is declared final.")
	if len(c.Periods) > 0 {
		names := make([]string, len(c.Periods))
		for i, p := range c.Periods {
			names[i] = Words(l, p)
		}
		when = l.T("These periods must have been served before anything is final: {names}.", "names", strings.Join(names, ", "))
	}
	rules := []Rule{{l.T("Responses"), answer}, {l.T("Periods"), when}}
	if c.NoticeDays > 0 {
		rules = append(rules, Rule{l.T("Notice"), l.N(c.NoticeDays, "A period is announced at least {n} day before it opens.", "A period is announced at least {n} days before it opens.")})
	}
	if c.MinDays > 0 {
		rules = append(rules, Rule{l.T("Length"), l.N(c.MinDays, "A period lasts at least {n} day, and never closes early.", "A period lasts at least {n} days, and never closes early.")})
	}
	if c.MinBytes > 0 || c.MaxBytes > 0 {
		rules = append(rules, Rule{l.T("Size of a text"), size(l, c.MinBytes, c.MaxBytes)})
	}
	if c.MaxAttachments > 0 {
		rules = append(rules, Rule{l.T("Attachments"), l.N(c.MaxAttachments, "Up to {n} file with one contribution.", "Up to {n} files with one contribution.")})
	}
	return rules
}

func size(l *web.Locale, least, most int64) string {
	switch {
	case most == 0:
		return l.T("At least {least}.", "least", l.Bytes(least))
	case least == 0:
		return l.T("Up to {most}.", "most", l.Bytes(most))
	}
	return l.T("From {least} to {most}.", "least", l.Bytes(least), "most", l.Bytes(most))
}
