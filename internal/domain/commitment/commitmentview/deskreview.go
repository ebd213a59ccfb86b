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
)

// reviewDesk is deskreview.html: what an independent reviewer codes, commitment
// by commitment.
type reviewDesk struct {
	deskFrame
	Items  []reviewLine
	Chosen *dossier // the one that is coded now
	Part   bool     // the body has a part in it, and cannot review it
}

// A reviewLine is a commitment in the reviewer's list.
type reviewLine struct {
	Item
	Drafts, Finals int
	Waiting        bool // a draft whose comments are in
	Differs        bool
}

func (p *pages) deskReview(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &reviewDesk{}
	var body publica.BodyID
	if err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.deskFrame, body, err = p.frame(r, s, id, l.T("Reviews of this plan"), func(held []identityview.Held, d *docketview.Docket) publica.BodyID { return reviewer(held, d) }); err != nil {
			return err
		}
		return page.read(s, l, r, body, p.now(s))
	}); err != nil {
		return nil, err
	}
	if page.Chosen == nil {
		return page, nil
	}
	if len(r.PostForm) > 0 {
		page.Form.Took(r.PostForm)
	}
	page.shape(l)
	if r.PostForm.Get("act") != "check" {
		return page, nil
	}
	a := page.coding(l)
	a.For, a.Docket, a.Next = body, id, "/commitment/"+page.Chosen.Entry.String()
	return page, page.ready(r, a)
}

// read lists the commitments, and opens the one that is asked for.
func (p *reviewDesk) read(s *readmodel.Snapshot, l *web.Locale, r *http.Request, body publica.BodyID, now publica.Time) error {
	all, err := plans(s, p.Docket.ID, false)
	if err != nil {
		return err
	}
	for _, q := range all {
		d, err := dossierOf(s, l, q.Adopted.ID, now)
		if err != nil {
			return err
		}
		line := reviewLine{Item: d.Item}
		for i := range d.Reviews {
			switch v := &d.Reviews[i]; {
			case v.Final:
				line.Finals++
			case !v.Replaced:
				line.Drafts++
				line.Waiting = line.Waiting || periodOver(p.Docket, v.Period)
			}
			line.Differs = line.Differs || d.Reviews[i].Differs
		}
		p.Items = append(p.Items, line)
		if chosen := r.FormValue("commitment"); chosen == d.Entry.String() {
			p.Chosen = d
			p.Part = body == d.Lead || body == d.Agency || slices.Contains(d.terms.Supporting, body)
		}
	}
	return nil
}

// periodOver reports whether the public has commented in a period.
func periodOver(d *docketview.Docket, name string) bool {
	return slices.ContainsFunc(d.Periods, func(p docketview.Period) bool { return p.Name == name && !p.Closed.IsZero() })
}

func (p *reviewDesk) shape(l *web.Locale) {
	f := &p.Form
	f.Add(web.FormField{Name: "commitment", Kind: "hidden"}, p.Chosen.Entry.String())
	f.Add(web.FormField{Name: "phase", Kind: "select", Label: l.T("Phase"), Options: options(l, phases, phaseWords)}, "")
	stage := []web.Choice{web.Option("", l.T("Choose"))}
	for _, period := range openPeriods(p.Docket) {
		stage = append(stage, web.Option("draft:"+period.Name, l.T("A draft; the public comments on it in the period {name}, until {day}", "name", docketview.Words(l, period.Name), "day", l.Day(period.Closes))))
	}
	for i := range p.Chosen.Reviews {
		if v := &p.Chosen.Reviews[i]; !v.Final && !v.Replaced && periodOver(p.Docket, v.Period) {
			stage = append(stage, web.Option("final:"+v.ID.String(), l.T("The final review, after the draft of {day} ({phase})", "day", l.Day(v.Time), "phase", phaseWords(l, v.Phase))))
		}
	}
	f.Add(web.FormField{Name: "stage", Kind: "select", Label: l.T("Draft or final?"), Hint: l.T("A final review follows a draft when its period for comments is over. The lead body announces periods."), Options: stage}, "")
	f.Add(web.FormField{Name: "completion", Kind: "select", Label: l.T("Completion"), Options: options(l, completions, completionWords)}, "")
	yes := []web.Choice{web.Option("", l.T("Choose")), web.Option("yes", l.T("yes")), web.Option("no", l.T("no"))}
	f.Add(web.FormField{Name: "verifiable", Kind: "select", Label: l.T("Verifiable"), Options: yes}, "")
	f.Add(web.FormField{Name: "lens", Kind: "select", Label: l.T("Open-government lens"), Options: yes}, "")
	f.Add(web.FormField{Name: "potential", Kind: "select", Label: l.T("Potential for results"), Options: options(l, []commitment.Potential{commitment.UnclearPotential, commitment.ModestPotential, commitment.SubstantialPotential}, potentialWords)}, "")
	f.Add(web.FormField{Name: "results", Kind: "select", Label: l.T("Early results"), Hint: l.T("At the end of the term alone."), Options: options(l, []commitment.Results{commitment.NoNotableResults, commitment.ModerateResults, commitment.SignificantResults}, resultsWords)}, "")
	f.Add(web.FormField{Name: "cites", Kind: "area", Label: l.T("The records it rests on"), Hint: l.T("Their addresses or ids, one a line; at least one.")}, "")
	f.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("Findings")}, "")
}

// coding reads the form of a review.
func (p *reviewDesk) coding(l *web.Locale) *web.Act {
	f := &p.Form
	f.Want(l, "phase", "stage", "completion", "verifiable", "lens", "potential", "cites", "text")
	b := commitment.Review{Commitment: p.Chosen.Entry, Phase: commitment.Phase(f.Get("phase")), Coding: commitment.Coding{Completion: commitment.Completion(f.Get("completion")),
		Lens: f.Get("lens") == "yes", Verifiable: f.Get("verifiable") == "yes", Potential: commitment.Potential(f.Get("potential")), Results: commitment.Results(f.Get("results"))}}
	switch {
	case b.Phase == commitment.EndOfTerm && b.Coding.Results == "":
		f.Refuse("results", l.T("They are coded at the end of the term."))
	case b.Phase == commitment.MidTerm && b.Coding.Results != "":
		f.Refuse("results", l.T("They are coded at the end of the term alone: leave this open."))
	}
	p.stage(l, &b)
	var unread string
	if b.Cites, unread = readIDs(f.Get("cites")); unread != "" {
		f.Refuse("cites", l.T("“{what}” is neither an address nor an id.", "what", web.Excerpt(unread, 80)))
	}
	says := web.Facts{{Name: l.T("Promise"), Value: p.Chosen.Name}, {Name: l.T("Phase"), Value: phaseWords(l, b.Phase)}, {Name: l.T("Draft or final?"), Value: f.Chosen("stage")}, {Name: l.T("Completion"), Value: completionWords(l, b.Coding.Completion)},
		{Name: l.T("Verifiable"), Value: yesWords(l, b.Coding.Verifiable)}, {Name: l.T("Open-government lens"), Value: yesWords(l, b.Coding.Lens)}, {Name: l.T("Potential for results"), Value: potentialWords(l, b.Coding.Potential)},
		{Name: l.T("Rests on"), Value: l.N(len(b.Cites), "{n} record", "{n} records")}}
	return &web.Act{Kind: "commitment/review", Body: b, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Findings"))}, Says: says}
}

// stage reads whether it is a draft, and in which period the public comments on
// it, or the final review after which draft.
func (p *reviewDesk) stage(l *web.Locale, b *commitment.Review) {
	f := &p.Form
	stage := f.Get("stage")
	if len(stage) < 6 {
		return
	}
	what := stage[6:]
	if stage[:6] == "draft:" {
		b.Period = what
		return
	}
	id, err := publica.ParseEntryID(what)
	if err != nil {
		f.Refuse("stage", l.T("This is missing."))
		return
	}
	b.Draft = id
	for i := range p.Chosen.Reviews {
		if v := &p.Chosen.Reviews[i]; v.ID == id && v.Phase != b.Phase {
			f.Refuse("phase", l.T("The draft is of another phase."))
		}
	}
}
