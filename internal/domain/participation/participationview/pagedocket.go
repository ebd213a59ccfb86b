package participationview

import (
	"net/http"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// docketPage is docket.html: where a docket stands.
type docketPage struct {
	web.Head
	about
	Base     string
	Steps    web.Steps
	Alerts   []web.Alert
	Welcome  string // whether contributions are welcome
	Open     bool   // for comments
	Ideas    bool   // open for ideas too
	Stats    web.Stats
	Progress web.Progress
	Plots    []web.Plot
	Stages   web.Table
	Facts    web.Facts
}

func (p *pages) docket(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &docketPage{Base: "/docket/" + id.String()}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error { // a tender has pages of its own
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		if d.Type == docket.Tender {
			return web.SeeOther(page.Base + "/tender")
		}
		page.about = here(l, d, "")
		h, err := historyOf(s, d.Index)
		if err != nil || h == nil {
			return err
		}
		page.Plots = h.plots(l, page.Base)
		return nil
	})
	if err != nil {
		return nil, err
	}
	d, base := page.Docket, page.Base
	page.Head = web.Head{Title: web.Tame(d.Title), Kicker: l.T("{type} of {body}", "type", docketview.TypeWords(l, d.Type), "body", web.Apart(d.LeadName)), Nav: "/dockets",
		Crumbs: []web.Link{{Text: l.T("Dockets"), Href: "/dockets"}}, Entry: publica.EntryID(d.ID), Feed: base + "/feed.atom"}
	c := cardOf(l, d)
	page.Open, page.Ideas, page.Welcome = c.Open, c.Ideas, c.When
	page.Steps = stepsOf(l, d)
	page.Alerts = alertsOf(l, d)
	page.Progress = c.Answer
	page.Stats = web.Stats{
		{Value: l.Number(d.Counts.Ideas), Label: l.T("Ideas"), Href: base + "/ideas"},
		{Value: l.Number(d.Counts.Comments), Label: l.T("Comments"), Href: base + "/comments"},
		{Value: l.Number(d.Counts.Responses), Label: l.T("Responses"), Href: base + "/responses"},
		{Value: l.Number(d.Counts.Drafts), Label: l.T("Versions of the text"), Href: textHref(d)},
	}
	page.Stages = stagesOf(l, d)
	page.Facts = factsOf(l, d)
	return page, nil
}

func textHref(d *DocketStanding) string {
	if d.Counts.Drafts == 0 {
		return ""
	}
	return "/docket/" + d.ID.String() + "/text"
}

// stepsOf says where the docket stands: periods, text, answers, final.
func stepsOf(l *web.Locale, d *DocketStanding) web.Steps {
	steps := []web.Step{{Text: l.T("Opened"), Note: l.Day(d.Opened), State: web.Done}}
	for _, name := range d.Charter.Periods {
		steps = append(steps, periodStep(l, d, name))
	}
	if len(d.Charter.Periods) == 0 {
		s := web.Step{Text: l.T("Contributions"), Note: l.T("{n} so far", "n", d.Counts.Contributions())}
		if d.Codified != nil {
			s.State, s.Note = web.Done, l.Number(d.Counts.Contributions())
		} else if d.Counts.Contributions() > 0 && d.Counts.Drafts > 0 {
			s.State = web.Done
		}
		steps = append(steps, s)
	}
	text := web.Step{Text: l.T("Draft")}
	if d.Draft != nil {
		text.State, text.Note = web.Done, l.T("version {v}, {day}", "v", d.Draft.Version, "day", l.Day(d.Draft.Date()))
	}
	steps = append(steps, text)
	if d.Charter.Respond {
		s := web.Step{Text: l.T("Answers"), Note: l.T("{n} of {all}", "n", d.Counts.Answered, "all", d.Counts.Owed)}
		if d.Counts.Owed > 0 && d.Counts.Open == 0 {
			s.State = web.Done
		}
		steps = append(steps, s)
	}
	final := web.Step{Text: l.T("Final")}
	if d.Codified != nil {
		final.State, final.Note = web.Done, l.Day(d.Codified.Time)
	}
	steps = append(steps, final)
	return web.Steps{Label: l.T("Where it stands"), Steps: inOrder(steps, d.Codified != nil)}
}

// inOrder makes the first step that is not done the current one, and all after
// it ahead; once the outcome is final all are done.
func inOrder(steps []web.Step, final bool) []web.Step {
	ahead := false
	for i := range steps {
		switch {
		case final:
			steps[i].State = web.Done
		case ahead:
			steps[i].State = web.Ahead
		case steps[i].State != web.Done:
			steps[i].State, ahead = web.Current, true
		}
	}
	return steps
}

func periodStep(l *web.Locale, d *DocketStanding, name string) web.Step {
	s := web.Step{Text: docketview.Words(l, name), Note: l.T("not announced yet")}
	for _, p := range d.Periods {
		if p.Name != name {
			continue
		}
		s.Note = l.T("{from} to {to}", "from", l.Day(p.Opens), "to", l.Day(p.Closes))
		if p.Stage == docket.Closed {
			s.State = web.Done
		}
	}
	return s
}

// alertsOf says first what people need to know.
func alertsOf(l *web.Locale, d *DocketStanding) []web.Alert {
	base := "/docket/" + d.ID.String()
	var all []web.Alert
	if c := d.Codified; c != nil {
		all = append(all, web.Alert{Kind: "success", Title: l.T("Final since {day}", "day", l.Day(c.Time)),
			Text: l.T("Version {v} of the text is the outcome. Its record counts {ideas}, {comments}, {responses} and {explained}.", "v", c.Version,
				"ideas", l.N(c.Counts.Ideas, "{n} idea", "{n} ideas"), "comments", l.N(c.Counts.Comments, "{n} comment", "{n} comments"),
				"responses", l.N(c.Counts.Responses, "{n} response", "{n} responses"), "explained", l.N(c.Counts.GhostsExplained, "{n} change explained later", "{n} changes explained later")),
			Link: web.Link{Text: l.T("See the record"), Href: "/entry/" + c.Record.String()}})
	}
	if d.Counts.Open > 0 {
		why := l.T("Nobody can declare the outcome final before each of them is answered.")
		if d.Codified != nil {
			why = l.T("The outcome was final before they came in; each is owed its answer all the same.")
		}
		all = append(all, web.Alert{Kind: "warning", Title: debtWords(l, d.Counts),
			Text: why, Link: web.Link{Text: l.T("See what is owed"), Href: base + "/debt"}})
	}
	if n := d.Counts.Haunting; n > 0 {
		all = append(all, web.Alert{Kind: "warning", Title: l.N(n, "{n} change of the text has no reason on record", "{n} changes of the text have no reason on record"),
			Text: l.T("Something was changed or taken out, and nobody has said why."), Link: web.Link{Text: l.T("See what vanished, and when"), Href: base + "/ghosts"}})
	}
	return all
}

func stagesOf(l *web.Locale, d *DocketStanding) web.Table {
	t := web.Table{Caption: l.T("Timeline, as published by the lead body"), Columns: []web.Column{{Name: l.T("Stage")}, {Name: l.T("From")}, {Name: l.T("To")}},
		Empty: web.Empty{Title: l.T("No timeline has been published"), Text: l.T("The lead body publishes one with publica submit participation/timeline.")}}
	if d.Timeline == nil {
		return t
	}
	for _, s := range d.Timeline.Stages {
		t.Rows = append(t.Rows, []web.Cell{{Text: s.Name}, {Text: l.Day(s.From)}, {Text: l.Day(s.To)}})
	}
	return t
}

func factsOf(l *web.Locale, d *DocketStanding) web.Facts {
	facts := web.Facts{
		{Name: l.T("Led by"), Value: d.LeadName, Href: "/entry/" + publica.EntryID(d.Lead).String()},
		{Name: l.T("Opened"), Time: d.Opened},
	}
	stages := map[docket.Stage]string{docket.Announced: l.T("announced"), docket.Opened: l.T("open"), docket.Closed: l.T("closed")}
	for _, p := range d.Periods {
		facts = append(facts, web.Fact{Name: docketview.Words(l, p.Name), Href: "/entry/" + p.Entry.String(),
			Value: l.T("{from} to {to} ({stage})", "from", l.Moment(p.Opens), "to", l.Moment(p.Closes), "stage", stages[p.Stage])})
	}
	if d.Counts.Refused > 0 {
		facts = append(facts, web.Fact{Name: l.T("Refused entries"), Value: l.T("{n}, on the log without effect", "n", d.Counts.Refused), Href: "/docket/" + d.ID.String() + "/refused"})
	}
	return facts
}
