package participationview

import (
	"net/http"
	"slices"

	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// ideasPage is ideas.html.
type ideasPage struct {
	web.Head
	about
	Ideas   []Contribution
	Pager   web.Pager
	Nothing web.Empty
	State   string
	Base    string
	Open    bool
}

func (p *pages) ideas(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &ideasPage{Base: "/docket/" + r.PathValue("id"), State: oneOf(r, "state", "owed", "answered")}
	err := p.list(r, "/ideas", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Ideas, next, err = contributions(s, filter{docket: d.Index, kind: "idea", state: page.State, since: at.Since, limit: at.Limit})
		page.Pager = at.Pager(r, next, len(page.Ideas), l.T("ideas"))
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Ideas"))
	page.Open = cardOf(l, page.Docket).Ideas
	page.Nothing = web.Empty{Title: l.T("No ideas here"), Text: l.T("Nobody has suggested anything yet, or none fits what you chose.")}
	if page.Open {
		page.Nothing.Next = web.Link{Text: l.T("Suggest something"), Href: page.Base + "/contribute?kind=idea"}
	}
	return page, nil
}

// list reads a page that is a list of a docket's records.
func (p *pages) list(r *http.Request, path string, limit int, frame *about, f func(*readmodel.Snapshot, *DocketStanding, web.Cursor) error) error {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return err
	}
	at, err := web.ReadCursor(r, limit)
	if err != nil {
		return err
	}
	return p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		*frame = here(web.LocaleOf(r), d, path)
		return f(s, d, at)
	})
}

// oneOf returns a query parameter if it is one of the values, else "".
func oneOf(r *http.Request, name string, values ...string) string {
	if v := r.URL.Query().Get(name); slices.Contains(values, v) {
		return v
	}
	return ""
}

// responsesPage is responses.html: what we heard, and our response.
type responsesPage struct {
	web.Head
	about
	Responses []Response
	Pager     web.Pager
	Nothing   web.Empty
	Base      string
}

// heardShown is how many of the answered contributions are shown beside a
// response.
const heardShown = 4

func (p *pages) responses(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &responsesPage{Base: "/docket/" + r.PathValue("id")}
	err := p.list(r, "/responses", 20, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) error {
		list, next, err := responses(s, d.Index, at.Since, at.Limit)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Heard, err = heard(s, d.Index, &list[i], heardShown); err != nil {
				return err
			}
		}
		page.Responses = list
		page.Pager = at.Pager(r, next, len(list), l.T("responses"))
		page.Pager.Total = l.Number(d.Counts.Responses)
		return nil
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("What we heard, and our response"))
	page.Lead = debtWords(l, page.Docket.Counts)
	page.Nothing = web.Empty{Title: l.T("No response has been given"), Text: debtWords(l, page.Docket.Counts) + " " + l.T("The lead body answers with publica respond.")}
	if page.Docket.Counts.Open > 0 {
		page.Nothing.Next = web.Link{Text: l.T("See what is owed"), Href: page.Base + "/debt"}
	}
	return page, nil
}

// debtPage is debt.html: contributions that are owed a response.
type debtPage struct {
	web.Head
	about
	Owed     []Contribution
	Progress web.Progress
	Plot     web.Plot
	Pager    web.Pager
	Nothing  web.Empty
	Base     string
}

func (p *pages) debt(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &debtPage{Base: "/docket/" + r.PathValue("id")}
	err := p.list(r, "/debt", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Owed, next, err = contributions(s, filter{docket: d.Index, state: "owed", since: at.Since, limit: at.Limit})
		if err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, len(page.Owed), l.T("contributions"))
		page.Pager.Total = l.Number(d.Counts.Open)
		h, err := historyOf(s, d.Index)
		if h != nil && d.Counts.Owed > 0 {
			page.Plot = h.plots(l, page.Base)[1]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c := page.Docket.Counts
	page.Head = head(l, page.Docket, l.T("Answer debt"))
	page.Lead = debtWords(l, c)
	page.Progress = web.Progress{Label: l.T("Answered"), Done: c.Answered, Total: c.Owed}
	page.Nothing = web.Empty{Title: l.T("Nothing is owed"), Text: debtWords(l, c), Next: web.Link{Text: l.T("Read the responses"), Href: page.Base + "/responses"}}
	return page, nil
}

// rulesPage is rules.html: charter, periods and timeline, with every change.
type rulesPage struct {
	web.Head
	about
	Tender    bool // it has clocks of its own, not periods
	Rules     []docketview.Rule
	Charters  []docketview.CharterVersion
	Periods   []docketview.PeriodChange
	Timelines []Timeline
}

func (p *pages) rules(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &rulesPage{}
	var reviewers []string
	err := p.list(r, "/rules", 1, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, _ web.Cursor) (err error) {
		for _, b := range d.Charter.Reviewers {
			var name string
			if _, err := s.One("SELECT name FROM body WHERE id = ?", readmodel.Args{b}, &name); err != nil {
				return err
			}
			reviewers = append(reviewers, web.Apart(name))
		}
		if page.Charters, err = docketview.Charters(s, d.Index); err != nil {
			return err
		}
		if page.Periods, err = docketview.PeriodChanges(s, d.Index); err != nil {
			return err
		}
		page.Timelines, err = timelines(s, d.Index)
		return err
	})
	if err != nil {
		return nil, err
	}
	title, lead := l.T("The rules of this docket"), l.T("Its charter, which every validator enforces, and every change of dates with its reason.")
	if page.Tender = page.Docket.Type == docket.Tender; page.Tender {
		title, lead = l.T("The charter of this tender"), l.T("What every validator enforces here beside the rules of tenders.")
	}
	page.Head = head(l, page.Docket, title)
	page.Lead = lead
	page.Head.Entry = page.Docket.CharterSet
	page.Rules = docketview.CharterWords(l, page.Docket.Type, &page.Docket.Charter, reviewers)
	return page, nil
}

// refusedPage is refused.html: what the rules refused.
type refusedPage struct {
	web.Head
	about
	Entries []RefusedEntry
	Pager   web.Pager
	Nothing web.Empty
}

func (p *pages) refused(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &refusedPage{}
	err := p.list(r, "/refused", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Entries, next, err = refused(s, d.Index, at.Since, at.Limit)
		page.Pager = at.Pager(r, next, len(page.Entries), l.T("entries"))
		page.Pager.Total = l.Number(d.Counts.Refused)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Refused entries"))
	page.Lead = l.T("They stand in the log, because what was taken in is never lost, and have no effect, because a rule said no.")
	page.Nothing = web.Empty{Title: l.T("Nothing was refused"), Text: l.T("Every entry of this docket took effect."), Next: web.Link{Text: l.T("Back to the docket"), Href: "/docket/" + page.Docket.ID.String()}}
	return page, nil
}
