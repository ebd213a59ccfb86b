package participationview

import (
	"net/http"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// homePage is home.html: what is open now, and where everything stands.
type homePage struct {
	web.Head
	Stats   web.Stats
	Open    []card
	Closed  []card
	More    bool
	Nothing web.Empty
}

// card is a docket in a list.
type card struct {
	*DocketStanding
	When   string // whether it takes contributions, in words
	Open   bool
	Answer web.Progress
	Tags   []web.Tag
}

func cardOf(d *DocketStanding) card {
	c := card{DocketStanding: d}
	c.Open, c.When = d.Contributing()
	if d.Codified != nil {
		c.Open, c.When = false, "Final since "+dayOf(d.Codified.Time)+": version "+grouped(d.Codified.Version)+" of the text."
		c.Tags = append(c.Tags, web.Tag{Kind: "success", Text: "Final"})
	} else if c.Open {
		c.Tags = append(c.Tags, web.Tag{Kind: "info", Text: "Open for contributions"})
	}
	if n := d.Counts.Haunting; n > 0 {
		c.Tags = append(c.Tags, web.Tag{Kind: "warning", Text: count(n, "change without a reason", "changes without a reason")})
	}
	if d.Counts.Owed > 0 {
		c.Answer = web.Progress{Label: "Answered", Done: d.Counts.Answered, Total: d.Counts.Owed, Note: debtWords(d.Counts)}
	}
	return c
}

// debtWords says plainly what is owed.
func debtWords(c Counts) string {
	switch {
	case c.Owed == 0:
		return "Nothing here is owed a response."
	case c.Open == 0:
		return "Every contribution has been answered: " + grouped(c.Owed) + " of " + grouped(c.Owed) + "."
	case c.Owed == 1:
		return "1 contribution is owed a response."
	}
	verb := " contributions are owed a response."
	if c.Open == 1 {
		verb = " contributions is owed a response."
	}
	return grouped(c.Open) + " of " + grouped(c.Owed) + verb
}

// homeDockets is how many dockets the home page shows.
const homeDockets = 12

func (p *pages) home(r *http.Request) (web.Page, error) {
	page := &homePage{
		Head: web.Head{Title: "Have your say, and see what became of it",
			Lead: "Plans and consultations of public bodies: every draft, every idea and comment, every answer, in a record that nobody can change afterwards."},
		Nothing: web.Empty{Title: "No docket has been opened yet",
			Text: "A docket is the case file of a plan or a consultation. A coordinator of a public body opens one with publica submit docket/open.",
			Next: web.Link{Text: "Who may speak here", Href: "/bodies"}},
	}
	err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		var dockets, contributions, owed, answered, haunting int64
		if _, err := s.One("SELECT count(*), sum(ideas + comments), sum(owed), sum(owed - open), sum(haunting) FROM tally", nil, &dockets, &contributions, &owed, &answered, &haunting); err != nil {
			return err
		}
		page.Stats = web.Stats{
			{Value: grouped(dockets), Label: word(dockets, "docket", "dockets"), Href: "/dockets"},
			{Value: grouped(contributions), Label: "ideas and comments"},
			{Value: grouped(owed - answered), Label: "owed a response", Note: "of " + grouped(owed) + " that the charters promise to answer", Kind: warnIf(owed > answered)},
			{Value: grouped(s.Next), Label: "records in the log", Note: "block " + grouped(s.Height) + ", " + momentOf(s.Time), Href: "/log"},
		}
		// The newest dockets: opened last, shown first.
		var since int64
		if _, err := s.One("SELECT idx FROM docket ORDER BY idx DESC LIMIT 1 OFFSET ?", readmodel.Args{homeDockets - 1}, &since); err != nil {
			return err
		}
		list, err := standings(s, since, homeDockets)
		if err != nil {
			return err
		}
		page.More = dockets > int64(len(list))
		for i := len(list) - 1; i >= 0; i-- {
			if c := cardOf(&list[i]); c.Open {
				page.Open = append(page.Open, c)
			} else {
				page.Closed = append(page.Closed, c)
			}
		}
		return nil
	})
	return page, err
}

func warnIf(bad bool) string {
	if bad {
		return "warning"
	}
	return ""
}

// docketsPage is dockets.html: all of them.
type docketsPage struct {
	web.Head
	Cards   []card
	Pager   web.Pager
	Nothing web.Empty
}

func (p *pages) dockets(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 20)
	if err != nil {
		return nil, err
	}
	page := &docketsPage{
		Head:    web.Head{Title: "Dockets", Nav: "/dockets", Lead: "Every case file of this register, in the order they were opened."},
		Nothing: web.Empty{Title: "No docket has been opened yet", Text: "A coordinator of a public body opens one with publica submit docket/open.", Next: web.Link{Text: "Who may speak here", Href: "/bodies"}},
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		list, err := standings(s, at.Since, at.Limit+1)
		if err != nil {
			return err
		}
		next := int64(-1)
		if len(list) > at.Limit {
			next, list = list[at.Limit].Index, list[:at.Limit]
		}
		for i := range list {
			page.Cards = append(page.Cards, cardOf(&list[i]))
		}
		page.Pager = at.Pager(r, next, len(list), "dockets")
		return nil
	})
	return page, err
}

// docketPage is docket.html: where a docket stands.
type docketPage struct {
	web.Head
	about
	Steps    web.Steps
	Alerts   []web.Alert
	Welcome  string // whether contributions are welcome
	Open     bool
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
	page := &docketPage{}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(d, "")
		page.Plots, err = plots(s, d.Index)
		return err
	})
	if err != nil {
		return nil, err
	}
	d := page.Docket
	base := "/docket/" + d.ID.String()
	page.Head = web.Head{Title: tame(d.Title), Kicker: docketview.TypeWords(d.Type) + " of " + d.LeadName, Nav: "/dockets",
		Crumbs: []web.Link{{Text: "Dockets", Href: "/dockets"}}, Entry: publica.EntryID(d.ID)}
	c := cardOf(d)
	page.Open, page.Welcome = c.Open, c.When
	page.Steps = stepsOf(d)
	page.Alerts = alertsOf(d)
	page.Progress = c.Answer
	page.Stats = web.Stats{
		{Value: grouped(d.Counts.Ideas), Label: word(d.Counts.Ideas, "idea", "ideas"), Href: base + "/ideas"},
		{Value: grouped(d.Counts.Comments), Label: word(d.Counts.Comments, "comment", "comments"), Href: base + "/comments"},
		{Value: grouped(d.Counts.Responses), Label: word(d.Counts.Responses, "response", "responses"), Href: base + "/responses"},
		{Value: grouped(d.Counts.Drafts), Label: word(d.Counts.Drafts, "version of the text", "versions of the text"), Href: textHref(d)},
	}
	page.Stages = stagesOf(d)
	page.Facts = factsOf(d)
	return page, nil
}

func textHref(d *DocketStanding) string {
	if d.Counts.Drafts == 0 {
		return ""
	}
	return "/docket/" + d.ID.String() + "/text"
}

// stepsOf says where the docket stands: periods, text, answers, final.
func stepsOf(d *DocketStanding) web.Steps {
	steps := []web.Step{{Text: "Opened", Note: dayOf(d.Opened), State: web.Done}}
	for _, name := range d.Charter.Periods {
		steps = append(steps, periodStep(d, name))
	}
	if len(d.Charter.Periods) == 0 {
		s := web.Step{Text: "Contributions", Note: count(d.Counts.Contributions(), "so far", "so far")}
		if d.Codified != nil {
			s.State, s.Note = web.Done, grouped(d.Counts.Contributions())
		} else if d.Counts.Contributions() > 0 && d.Counts.Drafts > 0 {
			s.State = web.Done
		}
		steps = append(steps, s)
	}
	text := web.Step{Text: "Draft"}
	if d.Draft != nil {
		text.State, text.Note = web.Done, "version "+grouped(d.Draft.Version)+", "+dayOf(d.Draft.Date())
	}
	steps = append(steps, text)
	if d.Charter.Respond {
		s := web.Step{Text: "Answers", Note: grouped(d.Counts.Answered) + " of " + grouped(d.Counts.Owed)}
		if d.Counts.Owed > 0 && d.Counts.Open == 0 {
			s.State = web.Done
		}
		steps = append(steps, s)
	}
	final := web.Step{Text: "Final"}
	if d.Codified != nil {
		final.State, final.Note = web.Done, dayOf(d.Codified.Time)
	}
	steps = append(steps, final)
	if d.Codified != nil {
		for i := range steps {
			steps[i].State = web.Done
		}
	}
	for i := range steps {
		if steps[i].State != web.Done {
			steps[i].State = web.Current
			for j := i + 1; j < len(steps); j++ {
				steps[j].State = web.Ahead
			}
			break
		}
	}
	return web.Steps{Label: "Where it stands", Steps: steps}
}

func periodStep(d *DocketStanding, name string) web.Step {
	s := web.Step{Text: docketview.Words(name), Note: "not announced yet"}
	for _, p := range d.Periods {
		if p.Name != name {
			continue
		}
		s.Note = dayOf(p.Opens) + " to " + dayOf(p.Closes)
		if p.Stage == docket.Closed {
			s.State = web.Done
		}
	}
	return s
}

// alertsOf says first what people need to know.
func alertsOf(d *DocketStanding) []web.Alert {
	base := "/docket/" + d.ID.String()
	var all []web.Alert
	if c := d.Codified; c != nil {
		all = append(all, web.Alert{Kind: "success", Title: "Final since " + dayOf(c.Time),
			Text: "Version " + grouped(c.Version) + " of the text is the outcome. Its record counts " + count(c.Counts.Ideas, "idea", "ideas") + ", " + count(c.Counts.Comments, "comment", "comments") +
				", " + count(c.Counts.Responses, "response", "responses") + " and " + count(c.Counts.GhostsExplained, "change explained later", "changes explained later") + ".",
			Link: web.Link{Text: "See the record", Href: "/entry/" + c.Record.String()}})
	}
	if d.Counts.Open > 0 {
		all = append(all, web.Alert{Kind: "warning", Title: debtWords(d.Counts),
			Text: "Nobody can declare the outcome final before each of them is answered.", Link: web.Link{Text: "See what is owed", Href: base + "/debt"}})
	}
	if n := d.Counts.Haunting; n > 0 {
		all = append(all, web.Alert{Kind: "warning", Title: count(n, "change of the text has no reason on record", "changes of the text have no reason on record"),
			Text: "Something was changed or taken out, and nobody has said why.", Link: web.Link{Text: "See what vanished, and when", Href: base + "/ghosts"}})
	}
	return all
}

func stagesOf(d *DocketStanding) web.Table {
	t := web.Table{Caption: "Timeline, as published by the lead body", Columns: []web.Column{{Name: "Stage"}, {Name: "From"}, {Name: "To"}},
		Empty: web.Empty{Title: "No timeline has been published", Text: "The lead body publishes one with publica submit participation/timeline."}}
	if d.Timeline == nil {
		return t
	}
	for _, s := range d.Timeline.Stages {
		t.Rows = append(t.Rows, []web.Cell{{Text: s.Name}, {Text: dayOf(s.From)}, {Text: dayOf(s.To)}})
	}
	return t
}

func factsOf(d *DocketStanding) web.Facts {
	facts := web.Facts{
		{Name: "Led by", Value: d.LeadName, Href: "/entry/" + publica.EntryID(d.Lead).String()},
		{Name: "Opened", Time: d.Opened},
	}
	for _, p := range d.Periods {
		facts = append(facts, web.Fact{Name: docketview.Words(p.Name), Value: momentOf(p.Opens) + " to " + momentOf(p.Closes) + " (" + string(p.Stage) + ")", Href: "/entry/" + p.Entry.String()})
	}
	if d.Counts.Refused > 0 {
		facts = append(facts, web.Fact{Name: "Refused entries", Value: grouped(d.Counts.Refused) + ", on the log without effect", Href: "/docket/" + d.ID.String() + "/refused"})
	}
	return append(facts, web.Fact{Name: "Everything, as a file", Value: "Download the whole docket with its proofs", Href: "/api/v1/dockets/" + d.ID.String() + "/export"})
}

func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func word(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func count(n int64, one, many string) string { return grouped(n) + " " + word(n, one, many) }

func dayOf(t publica.Time) string    { return t.Std().Format("2 January 2006") }
func momentOf(t publica.Time) string { return t.Std().Format("2 January 2006, 15:04 UTC") }
