package commitmentview

import (
	"strings"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/web"
	"publica/ogp"
)

// states are the states of a promise in the order of a board: what wants
// attention first.
var states = []ogp.PromiseState{ogp.Overdue, ogp.Regressed, ogp.Stalled, ogp.DueSoon, ogp.OnTime, ogp.Kept, ogp.NotKept, ogp.Gone, ogp.Unverifiable, ogp.Unmeasured}

// stateWords says a state.
func stateWords(l *web.Locale, s ogp.PromiseState) string {
	switch s {
	case ogp.Kept:
		return l.T("Kept")
	case ogp.Overdue:
		return l.T("Overdue")
	case ogp.Regressed:
		return l.T("Gone backwards")
	case ogp.Stalled:
		return l.T("No news for half a year")
	case ogp.DueSoon:
		return l.T("Due soon")
	case ogp.OnTime:
		return l.T("On time")
	case ogp.Unverifiable:
		return l.T("Nobody can check it")
	case ogp.Unmeasured:
		return l.T("Not measurable")
	case ogp.NotKept:
		return l.T("Not kept")
	}
	return l.T("No longer promised")
}

// stateMeans says what a state means, of any promise.
func stateMeans(l *web.Locale, s ogp.PromiseState) string {
	switch s {
	case ogp.Kept:
		return l.T("The target is reached and every milestone is done, by what is on record.")
	case ogp.Overdue:
		return l.T("Something was promised for a day that is past, and is not there.")
	case ogp.Regressed:
		return l.T("It is behind what was reported before.")
	case ogp.Stalled:
		return l.T("The government has not reported on it for 183 days or more.")
	case ogp.DueSoon:
		return l.T("Something is promised for the next 60 days.")
	case ogp.OnTime:
		return l.T("Nothing that was promised for an earlier day is missing.")
	case ogp.Unverifiable:
		return l.T("It is said to be complete, and nothing is on record by which anyone could check that.")
	case ogp.Unmeasured:
		return l.T("It has neither a target nor a milestone with a date: nobody can tell whether it is kept.")
	case ogp.NotKept:
		return l.T("It was closed with something missing.")
	}
	return l.T("It was withdrawn, or its source no longer shows it.")
}

func stateKind(s ogp.PromiseState) string {
	switch s {
	case ogp.Kept:
		return "success"
	case ogp.Overdue, ogp.NotKept:
		return "error"
	case ogp.Regressed, ogp.Stalled, ogp.Unverifiable, ogp.Gone:
		return "warning"
	case ogp.DueSoon, ogp.OnTime:
		return "info"
	}
	return ""
}

// stateTag marks how a promise stands.
func stateTag(l *web.Locale, s ogp.PromiseState) web.Tag {
	return web.Tag{Kind: stateKind(s), Text: stateWords(l, s)}
}

// A because is a mark with what it rests on.
type because struct {
	Tag web.Tag
	Why string
}

// becauseOf explains each mark of a promise from its standing.
func becauseOf(l *web.Locale, s *ogp.Standing) (all []because) {
	for _, m := range s.Marks {
		why := stateMeans(l, m)
		switch m {
		case ogp.Overdue:
			why += " " + l.T("Missing: {what}.", "what", overdueWords(l, s.Overdue))
		case ogp.Stalled:
			if s.Updated != 0 {
				why += " " + l.T("The last report was on {day}.", "day", l.Day(s.Updated))
			} else {
				why += " " + l.T("It has never reported on it.")
			}
		case ogp.Regressed:
			why += " " + l.N(len(s.Back), "{n} report went back; it is marked below.", "{n} reports went back; they are marked below.")
		case ogp.DueSoon:
			if s.Next != 0 {
				why += " " + l.T("The next day is {day}.", "day", l.Day(s.Next))
			}
		}
		all = append(all, because{stateTag(l, m), why})
	}
	return all
}

// overdueWords names milestones, and the target.
func overdueWords(l *web.Locale, what []string) string {
	words := make([]string, len(what))
	for i, w := range what {
		words[i] = l.T("milestone {id}", "id", web.Apart(w))
		if w == "target" {
			words[i] = l.T("the target")
		}
	}
	return strings.Join(words, ", ")
}

// claimWords says what a government says.
func claimWords(l *web.Locale, c string) string {
	switch commitment.Claim(c) {
	case commitment.NotStarted:
		return l.T("not started")
	case commitment.InProgress:
		return l.T("in progress")
	case commitment.Complete:
		return l.T("complete")
	case commitment.Removed:
		return l.T("no longer shown")
	}
	return l.T("nothing said")
}

// completionWords says how far a commitment was carried out.
func completionWords(l *web.Locale, c commitment.Completion) string {
	switch c {
	case commitment.CompletionNotStarted:
		return l.T("not started")
	case commitment.Limited:
		return l.T("limited")
	case commitment.Substantial:
		return l.T("substantial")
	case commitment.CompletionComplete:
		return l.T("complete")
	}
	return l.T("no evidence")
}

var completions = []commitment.Completion{commitment.NoEvidence, commitment.CompletionNotStarted, commitment.Limited, commitment.Substantial, commitment.CompletionComplete}

func phaseWords(l *web.Locale, p commitment.Phase) string {
	if p == commitment.MidTerm {
		return l.T("Mid-term")
	}
	return l.T("End of term")
}

func potentialWords(l *web.Locale, p commitment.Potential) string {
	switch p {
	case commitment.ModestPotential:
		return l.T("modest")
	case commitment.SubstantialPotential:
		return l.T("substantial")
	}
	return l.T("unclear")
}

func resultsWords(l *web.Locale, r commitment.Results) string {
	switch r {
	case commitment.NoNotableResults:
		return l.T("no notable results")
	case commitment.ModerateResults:
		return l.T("moderate results")
	case commitment.SignificantResults:
		return l.T("significant results")
	}
	return l.T("not coded")
}

func valueWords(l *web.Locale, v commitment.Value) string {
	switch v {
	case commitment.AccessToInformation:
		return l.T("Access to information")
	case commitment.CivicParticipation:
		return l.T("Civic participation")
	case commitment.PublicAccountability:
		return l.T("Public accountability")
	}
	return l.T("Technology and innovation")
}

var values = []commitment.Value{commitment.AccessToInformation, commitment.CivicParticipation, commitment.PublicAccountability, commitment.TechnologyInnovation}

func endingWords(l *web.Locale, e commitment.Ending) string {
	switch e {
	case commitment.CarriedOver:
		return l.T("Another commitment goes on with it")
	case commitment.Dropped:
		return l.T("It is promised no more")
	}
	return l.T("Its time is over")
}

// yesWords says yes or no.
func yesWords(l *web.Locale, yes bool) string {
	if yes {
		return l.T("yes")
	}
	return l.T("no")
}

// kindWords says what sort of record it is.
func kindWords(l *web.Locale, k publica.Kind) string {
	switch k {
	case "commitment/adopt":
		return l.T("Commitment adopted")
	case "commitment/update":
		return l.T("Progress reported")
	case "commitment/milestone-done":
		return l.T("Milestone done")
	case "commitment/amend":
		return l.T("Commitment reworded")
	case "commitment/self-assess":
		return l.T("Self-assessment")
	case "commitment/review":
		return l.T("Independent review")
	case "commitment/reply":
		return l.T("Reply to a review")
	case "commitment/close":
		return l.T("Commitment closed")
	}
	return string(k)
}

// fieldWords says what an amendment changed.
func fieldWords(l *web.Locale, t *Terms, field string) string {
	switch field {
	case "title":
		return l.T("Title")
	case "problem":
		return l.T("Problem")
	case "action":
		return l.T("What will be done")
	case "indicator":
		return l.T("What is measured")
	case "contact":
		return l.T("Who answers for it")
	case "agency", "author":
		return l.T("Lead agency")
	case "baseline":
		return l.T("Baseline")
	case "target":
		return l.T("Target")
	case "unit":
		return l.T("Unit")
	case "milestones":
		return l.T("Milestones")
	case "dropped":
		return l.T("Milestones no longer promised")
	case "supporting":
		return l.T("Supporting bodies")
	case "values":
		return l.T("Values of open government")
	case "follows":
		return l.T("Takes up again")
	}
	for _, m := range t.Milestones {
		if m.Part == field {
			return l.T("Deliverable of milestone {id}", "id", web.Apart(m.ID))
		}
	}
	return field
}

// lackWords says what keeps a promise from being checkable.
func lackWords(l *web.Locale, lack *ogp.Lack) string {
	switch {
	case lack.Field == "body/agency":
		return l.T("which agency leads it")
	case lack.Field == "content/contact":
		return l.T("which role answers for it")
	case lack.Field == "content/problem":
		return l.T("which problem it is to solve")
	case lack.Field == "content/action":
		return l.T("what will be done")
	case lack.Field == "content/indicator":
		return l.T("what is measured")
	case lack.Field == "body/indicator":
		return l.T("in which unit it is measured")
	case lack.Field == "body/baseline":
		return l.T("where it started, and when")
	case lack.Field == "body/target":
		return l.T("what is to be reached, and by when")
	case lack.Field == "body/milestones":
		return l.T("a milestone with a day and a deliverable")
	case strings.HasSuffix(lack.Field, "/due"):
		return l.T("a day for every milestone")
	case strings.HasSuffix(lack.Field, "/part"):
		return l.T("a deliverable for every milestone")
	case lack.Field == "body/values":
		return l.T("which value of open government it serves")
	}
	return lack.Says
}

// measureWords says a value with its unit.
func measureWords(l *web.Locale, t *Terms, v int64) string {
	number := l.Fixed(v, t.Decimals())
	if t.Unit() == "" {
		return number
	}
	return number + " " + web.Apart(t.Unit())
}

// atWords says a value and when it holds.
func atWords(l *web.Locale, t *Terms, m *commitment.Measure) string {
	if m == nil {
		return ""
	}
	return l.T("{value} on {day}", "value", measureWords(l, t, m.Value), "day", l.Day(m.At))
}

// differ reports whether a review codes less than, or more than, what the
// government claims: its last claim, or its own assessment.
func claimDiffers(claim string, coded commitment.Completion) bool {
	said, found := map[string]int{"not-started": 0, "in-progress": 1, "complete": 2}, map[commitment.Completion]int{
		commitment.NoEvidence: 0, commitment.CompletionNotStarted: 0, commitment.Limited: 1, commitment.Substantial: 1, commitment.CompletionComplete: 2}
	c, ok := said[claim]
	return ok && c != found[coded]
}
