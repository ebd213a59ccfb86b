package commitmentview

import (
	"net/http"
	"slices"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// commitmentDesk is deskcommitment.html: what may be done about a commitment.
type commitmentDesk struct {
	deskFrame
	Item   Item
	Acts   web.SubNav
	Ended  bool
	Button string
	leads  bool
	by     publica.BodyID
	doings *dossier
}

// An act is one thing that may be done about a commitment.
type act struct {
	do    string
	text  func(*web.Locale) string
	leads bool // by the lead body of the plan alone
	shape func(*commitmentDesk, *web.Locale)
	read  func(*commitmentDesk, *web.Locale) *web.Act
}

var acts = []act{
	{"update", func(l *web.Locale) string { return l.T("Report progress") }, false, (*commitmentDesk).updateForm, (*commitmentDesk).update},
	{"milestone", func(l *web.Locale) string { return l.T("Milestone done") }, false, (*commitmentDesk).milestoneForm, (*commitmentDesk).milestoneDone},
	{"assess", func(l *web.Locale) string { return l.T("Assess yourselves") }, false, (*commitmentDesk).assessForm, (*commitmentDesk).assess},
	{"reply", func(l *web.Locale) string { return l.T("Reply to a review") }, false, (*commitmentDesk).replyForm, (*commitmentDesk).reply},
	{"amend", func(l *web.Locale) string { return l.T("Reword") }, true, (*commitmentDesk).amendForm, (*commitmentDesk).amend},
	{"close", func(l *web.Locale) string { return l.T("Close") }, true, (*commitmentDesk).closeForm, (*commitmentDesk).close},
}

func (p *pages) deskCommitment(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	if _, err := web.SignedIn(r); err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &commitmentDesk{}
	if err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.doings, err = dossierOf(s, l, id, p.now(s)); err != nil {
			return err
		}
		page.Item, page.Ended = page.doings.Item, page.doings.Closed != nil
		page.deskFrame, page.by, err = p.frame(r, s, page.Item.Docket, page.Item.Name+" · "+web.Excerpt(page.Item.Title, 100), func(held []identityview.Held, d *docketview.Docket) publica.BodyID {
			page.leads = !leader(held, d.Lead).IsZero()
			return reporter(held, &page.Item)
		})
		return err
	}); err != nil {
		return nil, err
	}
	do := r.URL.Query().Get("do")
	if len(r.PostForm) > 0 {
		do = r.PostForm.Get("do")
		page.Form.Took(r.PostForm)
	}
	chosen := page.choose(l, do)
	chosen.shape(page, l)
	page.Form.Do = chosen.do
	if r.PostForm.Get("act") != "check" {
		return page, nil
	}
	a := chosen.read(page, l)
	a.For, a.Docket, a.Next = page.by, page.Item.Docket, "/commitment/"+page.Item.Entry.String()
	if chosen.leads {
		a.For = page.Item.Lead
	}
	return page, page.ready(r, a)
}

// choose offers the acts, and returns the one that is asked for, or the first.
func (p *commitmentDesk) choose(l *web.Locale, do string) *act {
	p.Acts = web.SubNav{Label: l.T("What do you want to do?")}
	var chosen *act
	for i := range acts {
		a := &acts[i]
		if a.leads && !p.leads || p.Ended && a.do != "reply" {
			continue
		}
		if chosen == nil || a.do == do {
			chosen = a
		}
	}
	for i := range acts {
		if a := &acts[i]; (!a.leads || p.leads) && (!p.Ended || a.do == "reply") {
			p.Acts.Items = append(p.Acts.Items, web.SubNavItem{Link: web.Link{Text: a.text(l), Href: "/desk/commitment/" + p.Item.Entry.String() + "?do=" + a.do}, Current: a == chosen})
		}
	}
	return chosen
}

func (p *commitmentDesk) updateForm(l *web.Locale) {
	t, f := p.Item.terms, &p.Form
	f.Add(web.FormField{Name: "at", Kind: "date", Label: l.T("As of which day?")}, dateOf(p.Item.Standing.At))
	f.Add(web.FormField{Name: "claim", Kind: "select", Label: l.T("How far has it come?"), Options: options(l, []commitment.Claim{commitment.NotStarted, commitment.InProgress, commitment.Complete}, func(l *web.Locale, c commitment.Claim) string { return claimWords(l, string(c)) })}, "")
	if t.Unit() != "" {
		f.Add(web.FormField{Name: "value", Kind: "text", Label: l.T("Value of the indicator, in {unit}", "unit", t.Unit())}, "")
	}
	f.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("What happened?")}, "")
	f.Add(web.FormField{Name: "evidence", Kind: "area", Label: l.T("Evidence: where can anyone see it?")}, "")
}

func (p *commitmentDesk) update(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "at", "claim", "text")
	b := commitment.Update{At: f.Day(l, "at", false), Claim: commitment.Claim(f.Get("claim")), Commitment: p.Item.Entry}
	if b.At > p.Item.Standing.At {
		f.Refuse("at", l.T("This day is in the future."))
	}
	says := web.Facts{{Name: l.T("As of"), Value: l.Day(b.At)}, {Name: l.T("Claim"), Value: claimWords(l, string(b.Claim))}}
	if v, ok := f.Number(l, "value", p.Item.terms.Decimals()); ok {
		b.Value = &v
		says = append(says, web.Fact{Name: l.T("Value"), Value: measureWords(l, p.Item.terms, v)})
	}
	parts := []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("What happened"))}
	if text := f.Get("evidence"); text != "" {
		parts = append(parts, web.Part("evidence", "text/markdown", text, l.T("Evidence")))
	}
	return &web.Act{Kind: "commitment/update", Body: b, Parts: parts, Says: says}
}

func (p *commitmentDesk) milestoneForm(l *web.Locale) {
	open := []web.Choice{web.Option("", l.T("Choose"))}
	for i := range p.doings.Steps {
		if m := &p.doings.Steps[i]; m.Done == 0 {
			open = append(open, web.Option(m.ID, m.words(l)+" · "+web.Excerpt(m.Says, 60)))
		}
	}
	p.Form.Add(web.FormField{Name: "milestone", Kind: "select", Label: l.T("Which milestone?"), Options: open}, "")
	p.Form.Add(web.FormField{Name: "at", Kind: "date", Label: l.T("Since when is it done?")}, dateOf(p.Item.Standing.At))
	p.Form.Add(web.FormField{Name: "evidence", Kind: "area", Label: l.T("Evidence: where can anyone see it?")}, "")
}

func (p *commitmentDesk) milestoneDone(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "milestone", "at", "evidence")
	b := commitment.MilestoneDone{At: f.Day(l, "at", false), Commitment: p.Item.Entry, Milestone: f.Get("milestone")}
	if b.At > p.Item.Standing.At {
		f.Refuse("at", l.T("This day is in the future."))
	}
	return &web.Act{Kind: "commitment/milestone-done", Body: b, Parts: []web.ActPart{web.Part("evidence", "text/markdown", f.Get("evidence"), l.T("Evidence"))},
		Says: web.Facts{{Name: l.T("Milestone"), Value: f.Chosen("milestone")}, {Name: l.T("Done"), Value: l.Day(b.At)}}}
}

var phases = []commitment.Phase{commitment.MidTerm, commitment.EndOfTerm}

func (p *commitmentDesk) assessForm(l *web.Locale) {
	p.Form.Add(web.FormField{Name: "phase", Kind: "select", Label: l.T("Phase"), Options: options(l, phases, phaseWords)}, "")
	p.Form.Add(web.FormField{Name: "completion", Kind: "select", Label: l.T("How far was it carried out?"), Options: options(l, completions[1:], completionWords)}, "")
	p.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("Why do you judge so?")}, "")
}

func (p *commitmentDesk) assess(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "phase", "completion", "text")
	b := commitment.SelfAssess{Commitment: p.Item.Entry, Completion: commitment.Completion(f.Get("completion")), Phase: commitment.Phase(f.Get("phase"))}
	return &web.Act{Kind: "commitment/self-assess", Body: b, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Reasons"))},
		Says: web.Facts{{Name: l.T("Phase"), Value: phaseWords(l, b.Phase)}, {Name: l.T("Completion"), Value: completionWords(l, b.Completion)}}}
}

func (p *commitmentDesk) replyForm(l *web.Locale) {
	all := []web.Choice{web.Option("", l.T("Choose"))}
	for i := range p.doings.Reviews {
		r := &p.doings.Reviews[i]
		all = append(all, web.Option(r.ID.String(), l.T("{phase}: review by {body}", "phase", phaseWords(l, r.Phase), "body", r.Body)+", "+l.Day(r.Time)))
	}
	p.Form.Add(web.FormField{Name: "review", Kind: "select", Label: l.T("Which review?"), Options: all}, "")
	p.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("Your reply")}, "")
}

func (p *commitmentDesk) reply(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "review", "text")
	b := commitment.Reply{}
	if id, err := publica.ParseEntryID(f.Get("review")); err == nil {
		b.Review = id
	} else {
		f.Refuse("review", l.T("This is missing."))
	}
	return &web.Act{Kind: "commitment/reply", Body: b, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Reply"))}, Says: web.Facts{{Name: l.T("Review"), Value: f.Chosen("review")}}}
}

func (p *commitmentDesk) closeForm(l *web.Locale) {
	p.Form.Add(web.FormField{Name: "how", Kind: "select", Label: l.T("Why is it closed?"), Options: options(l, []commitment.Ending{commitment.Ended, commitment.CarriedOver, commitment.Dropped}, endingWords)}, "")
	p.Form.Add(web.FormField{Name: "next", Kind: "text", Label: l.T("The commitment that goes on with it"), Hint: l.T("Its address or id, if another goes on with it.")}, "")
	p.Form.Add(web.FormField{Name: "reason", Kind: "area", Label: l.T("Reason")}, "")
}

func (p *commitmentDesk) close(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "how", "reason")
	b := commitment.Close{Commitment: p.Item.Entry, How: commitment.Ending(f.Get("how"))}
	ids, unread := readIDs(f.Get("next"))
	switch {
	case unread != "":
		f.Refuse("next", l.T("“{what}” is neither an address nor an id.", "what", web.Excerpt(unread, 80)))
	case b.How == commitment.CarriedOver && len(ids) != 1:
		f.Refuse("next", l.T("Name the commitment that goes on with it."))
	case b.How == commitment.CarriedOver:
		b.Next = ids[0]
	case len(ids) > 0:
		f.Refuse("next", l.T("Nothing goes on with it, you say: leave this empty."))
	}
	if b.How != commitment.Dropped {
		f.judged(l, p.doings)
	}
	return &web.Act{Kind: "commitment/close", Body: b, Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}, Says: web.Facts{{Name: l.T("How it ends"), Value: endingWords(l, b.How)}}}
}

// judged refuses the end of what was not judged from both sides.
func (f *form) judged(l *web.Locale, d *dossier) {
	if !slices.ContainsFunc(d.Assessed, func(a assessment) bool { return a.Phase == commitment.EndOfTerm }) {
		f.Refuse("how", l.T("Your own assessment of the end of the term is not on record yet."))
	}
	if !slices.ContainsFunc(d.Reviews, func(r codedReview) bool { return r.Phase == commitment.EndOfTerm && r.Final }) {
		f.Refuse("how", l.T("The final review of the end of the term is not on record yet."))
	}
}

func (p *commitmentDesk) amendForm(l *web.Locale) {
	t, f := p.Item.terms, &p.Form
	f.terms(l, t)
	var stand []milestoneRow
	for i := range p.doings.Steps {
		m := &p.doings.Steps[i]
		stand = append(stand, milestoneRow{ID: m.ID, Due: dateOf(m.Due), Says: m.Says, Part: t.Milestone(m.ID).Part, Done: m.Done != 0})
	}
	f.milestones(l, l.T("Change them, add some, or tick those that are promised no more. What is done stands."), stand)
	f.Add(web.FormField{Name: "reason", Kind: "area", Label: l.T("Reason"), Hint: l.T("Everyone reads it beside the old and the new wording.")}, "")
}

// amend makes of the form what differs from what is promised now.
func (p *commitmentDesk) amend(l *web.Locale) *web.Act {
	t, f := p.Item.terms, &p.Form
	f.Want(l, "title", "reason")
	b := commitment.Amend{Commitment: p.Item.Entry}
	indicator, baseline, target := f.measures(l)
	if indicator != nil && (t.Indicator == nil || *indicator != *t.Indicator) {
		b.Indicator = indicator
	}
	if baseline != nil && !same(baseline, t.Baseline) {
		b.Baseline = baseline
	}
	if target != nil && !same(target, t.Target) {
		b.Target = target
	}
	if v := f.values(); len(v) > 0 && !slices.Equal(v, t.Values) {
		b.Values = v
	}
	var parts []web.ActPart
	for _, x := range f.parts(l) {
		if x.Text != t.Texts[x.Name] {
			parts = append(parts, x)
		}
	}
	used := map[string]bool{}
	for name := range t.Texts {
		used[name] = true
	}
	promised, says := f.promised(l, used)
	for i, m := range promised {
		old := t.Milestone(m.ID)
		if old != nil && dateOf(old.Due) == dateOf(m.Due) && t.Texts[old.Part] == says[i].Text {
			continue
		}
		b.Milestones, parts = append(b.Milestones, m), append(parts, says[i])
	}
	for _, row := range f.rows {
		if row.Gone && row.ID != "" {
			b.Dropped = append(b.Dropped, row.ID)
		}
	}
	f.checkable(l, p.after(&b, promised))
	if len(parts) == 0 && b.Indicator == nil && b.Baseline == nil && b.Target == nil && b.Values == nil && b.Milestones == nil && b.Dropped == nil {
		f.Refuse("title", l.T("Nothing differs from what is promised now."))
	}
	what := web.Facts{{Name: l.T("Baseline"), Value: atWords(l, &Terms{Indicator: orElse(b.Indicator, t.Indicator)}, b.Baseline)}, {Name: l.T("Target"), Value: atWords(l, &Terms{Indicator: orElse(b.Indicator, t.Indicator)}, b.Target)}}
	return &web.Act{Kind: "commitment/amend", Body: b, Parts: append(parts, web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))),
		Says: slices.DeleteFunc(what, func(x web.Fact) bool { return x.Value == "" })}
}

// after is what would be promised after an amendment.
func (p *commitmentDesk) after(b *commitment.Amend, promised []commitment.Milestone) *ogp.Terms {
	t, f := p.Item.terms, &p.Form
	said := func(part, field string) bool { return t.Texts[part] != "" || f.Get(field) != "" }
	out := &ogp.Terms{Agency: !t.Agency.IsZero(), Contact: said("contact", "contact"), Problem: said("problem", "problem"), Action: said("action", "doing"), Indicator: said("indicator", "indicator"),
		Unit: orElse(b.Indicator, t.Indicator) != nil, Baseline: point(orElse(b.Baseline, t.Baseline)), Target: point(orElse(b.Target, t.Target)), Values: max(len(b.Values), len(t.Values))}
	for i := range p.doings.Steps {
		if m := &p.doings.Steps[i]; m.Done != 0 {
			out.Milestones = append(out.Milestones, ogp.Deliverable{ID: m.ID, Due: m.Due, Deliverable: m.Says != ""})
		}
	}
	for _, m := range promised {
		out.Milestones = append(out.Milestones, ogp.Deliverable{ID: m.ID, Due: m.Due, Deliverable: true})
	}
	return out
}

// same reports whether two measures are the same value on the same day: a form
// knows no hours.
func same(a, b *commitment.Measure) bool {
	return a != nil && b != nil && a.Value == b.Value && dateOf(a.At) == dateOf(b.At)
}

func orElse[T any](v, other *T) *T {
	if v == nil {
		return other
	}
	return v
}
