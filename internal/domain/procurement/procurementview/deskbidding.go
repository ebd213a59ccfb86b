package procurementview

import (
	"slices"
	"strings"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
	"publica/tender/profile"
)

// answerForm is the queue of questions: one answer for one of them or several.
func (d *tenderDesk) answerForm(l *web.Locale) {
	one := web.FormField{Name: "asks", Kind: "checks", Label: l.T("Which questions do you answer?"), Hint: l.T("One answer may be for several. Everyone reads question and answer.")}
	add := func(q *tender.Question, group string) {
		text := strings.Join(strings.Fields(d.T.text(q.ID, "text")), " ")
		if text == "" {
			text = l.T("(its text is not shown here)")
		}
		one.Options = append(one.Options, web.Choice{Value: q.ID.String(), Text: web.Excerpt(text, 300) + " · " + l.Moment(q.Time), Group: group})
	}
	open := d.T.unanswered()
	for _, q := range open[:min(len(open), maxCites)] { // the others follow when these are answered
		add(q, l.T("Without an answer"))
	}
	for _, q := range slices.Backward(d.T.Questions) {
		if len(q.Answers) > 0 && len(one.Options) < 2*maxCites {
			add(q, l.T("Answered"))
		}
	}
	if len(open) == 1 {
		one.Ticked = []string{open[0].ID.String()}
	}
	d.Form.Add(one, "")
	d.write("text", l.T("Your answer"), "")
}

func (d *tenderDesk) answer(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text")
	var b procurement.Answer
	says := web.Facts{}
	for _, q := range d.T.Questions {
		if f.Field("asks").Has(q.ID.String()) {
			b.Asks = append(b.Asks, q.ID)
			says = append(says, web.Fact{Name: l.T("Question"), Value: web.Excerpt(d.T.text(q.ID, "text"), 300)})
		}
	}
	if len(b.Asks) == 0 || len(b.Asks) > maxCites {
		f.Refuse("asks", l.T("Tick the questions that you answer."))
	}
	return &web.Act{Kind: "procurement/answer", Body: b, Says: says, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Answer"))}}
}

// policy is what the profile of the tender asks.
func (t *told) policy() profile.Policy {
	policy, _ := profile.Profile(t.Terms().Profile).Policy() // the rules have judged it
	return policy
}

// amended is when bidders have had, from now, what an amendment, or a decision that
// takes bids again, leaves them at least.
func (d *deskFrame) amended() publica.Time {
	return d.Now.Add(time.Duration(d.T.policy().AmendDays) * 24 * time.Hour)
}

// extended is the first deadline that an amendment can set.
func (d *deskFrame) extended() publica.Time {
	return max(d.amended(), d.T.ends(tender.DeadlineClock))
}

func (d *tenderDesk) amendForm(l *web.Locale) {
	terms, f := d.T.Terms(), &d.Form
	d.About = web.Alert{Kind: "warning", Title: l.T("Bids that were sealed must be sealed again"), Text: l.T("A bid is bound to the text as it was. After an amendment it counts no more, unless its bidder seals it anew.")}
	// As it stands, unless that leaves bidders too little time; then with an hour to write and sign it.
	deadline := max(minuteUp(d.amended().Add(time.Hour)), minuteUp(d.T.endsOr(tender.DeadlineClock, terms.Deadline)))
	f.Add(web.FormField{Name: "enquiries", Kind: "moment", Label: l.T("Questions until (UTC)")}, web.MomentOf(terms.Enquiries))
	f.Add(web.FormField{Name: "deadline", Kind: "moment", Label: l.T("Bids until (UTC)"), Hint: l.T("Not before {time}: bidders have {n} days at least after an amendment, and never less than they had.", "time", l.Moment(d.extended()), "n", d.T.policy().AmendDays)}, web.MomentOf(deadline))
	f.Add(web.FormField{Name: "change", Kind: "checks", Label: l.T("What else changes?"), Options: []web.Choice{web.Option("criteria", l.T("The criteria, as they stand below"))}}, "")
	d.addCriteria(l, stands(d.T.Terms().Criteria))
	d.addRules(l, true)
	d.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("A new text of the tender (optional)"), Hint: l.T("Leave it empty if the text stays as it is.")}, "")
	d.write("reason", l.T("Reason"), l.T("Everyone reads it beside what changed."))
}

// minuteUp rounds a time up to the minute, as forms hold it.
func minuteUp(t publica.Time) publica.Time {
	return publica.TimeOf(t.Std().Add(time.Minute - 1).Truncate(time.Minute))
}

// stands are criteria as the form of a tender has them.
func stands(of []tender.Criterion) (all []procurement.Criterion) {
	for _, c := range of {
		all = append(all, procurement.Criterion{ID: c.ID, Max: c.Max, Method: procurement.Method(c.Method), Weight: c.Weight, Least: c.Least})
	}
	return all
}

func (d *tenderDesk) amend(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "enquiries", "deadline", "reason")
	b := procurement.Amend{Enquiries: f.Moment(l, "enquiries"), Deadline: f.Moment(l, "deadline")}
	if first := d.extended(); b.Deadline != 0 && b.Deadline < first {
		f.Refuse("deadline", l.T("Too soon: not before {time}.", "time", l.Moment(first)))
	}
	if b.Enquiries > b.Deadline && b.Deadline != 0 {
		f.Refuse("enquiries", l.T("Questions end before bids do, so that answers can still be read."))
	}
	if runs := d.T.ends(tender.EnquiriesClock); b.Enquiries != 0 && b.Enquiries < runs {
		f.Refuse("enquiries", l.T("Too soon: not before {time}.", "time", l.Moment(runs)))
	}
	says := web.Facts{{Name: l.T("Questions until"), Time: b.Enquiries}, {Name: l.T("Bids until"), Time: b.Deadline}}
	if f.Field("change").Has("criteria") {
		b.Criteria = d.criteria(l)
		says = append(says, web.Fact{Name: l.T("Criteria"), Value: criteriaWords(l, b.Criteria)})
	}
	parts := []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}
	if text := f.Get("text"); text != "" {
		parts = append(parts, web.Part("text", "text/markdown", text, l.T("The text of the tender")))
	}
	set, parts := d.ruleSet(l, parts)
	if set != nil {
		h := rulesHash(set)
		b.Rules = &h
		says = append(says, web.Fact{Name: l.T("Hash of the rules that every bid is held against"), Value: set.Hash(), Code: true})
	}
	return &web.Act{Kind: "procurement/amend", Body: b, Says: says, Parts: parts}
}

// mayCancel reports whether the tender can still be cancelled: no contract runs.
func (d *tenderDesk) mayCancel() bool {
	switch d.T.Stage {
	case tender.Implementation, tender.Completed, tender.Cancelled, tender.Unsuccessful:
		return false
	}
	return len(d.T.running()) == 0
}

func (d *tenderDesk) cancelForm(l *web.Locale) {
	d.About = web.Alert{Kind: "warning", Title: l.T("It cannot be taken back"), Text: l.T("The tender ends. Bids that are sealed stay sealed for good; the reason is public.")}
	d.pick(l, "code", l.T("Why is it cancelled?"), "", codes(l, causeWords, procurement.NotNeeded, procurement.NoFunds, procurement.FaultyText, procurement.LittleInterest, procurement.PricesTooHigh, procurement.SustainedReview, procurement.OtherReason), "")
	d.write("reason", l.T("Reason"), "")
}

func (d *tenderDesk) cancel(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "reason")
	b := procurement.Cancel{Code: procurement.CancelCode(d.picked(l, "code"))}
	return &web.Act{Kind: "procurement/cancel", Body: b, Says: web.Facts{{Name: l.T("Why is it cancelled?"), Value: f.Chosen("code")}}, Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}
