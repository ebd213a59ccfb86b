package participationview

import (
	"net/http"

	"publica/internal/domain/docket"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// homePage is home.html: what is open now, and where everything stands.
type homePage struct {
	web.Head
	Stats   web.Stats
	Open    []card
	Closed  []card
	Teasers []*web.Teaser // of other domains
	More    bool
	Nothing web.Empty
}

// card is a docket in a list.
type card struct {
	*DocketStanding
	When   string // whether it takes contributions, in words
	Open   bool   // for comments and endorsements
	Ideas  bool   // for ideas too
	Answer web.Progress
	Tags   []web.Tag
}

func cardOf(l *web.Locale, d *DocketStanding) card {
	c := card{DocketStanding: d}
	if d.Type == docket.Tender { // its own pages say what is open, and until when
		c.When = l.T("The tender, and where it stands")
		return c
	}
	c.Open, c.When = d.Contributing(l)
	c.Ideas = c.Open
	if d.Codified != nil {
		c.Ideas, c.When = false, l.T("Final since {day}: version {v} of the text.", "day", l.Day(d.Codified.Time), "v", d.Codified.Version)
		c.Tags = append(c.Tags, web.Tag{Kind: "success", Text: l.T("Final")})
		var words string
		if c.Open, words = d.Commenting(l); words != "" {
			c.When += " " + words
		}
	}
	switch {
	case c.Ideas:
		c.Tags = append(c.Tags, web.Tag{Kind: "info", Text: l.T("Open for contributions")})
	case c.Open:
		c.Tags = append(c.Tags, web.Tag{Kind: "info", Text: l.T("Open for comments")})
	}
	if n := d.Counts.Haunting; n > 0 {
		c.Tags = append(c.Tags, web.Tag{Kind: "warning", Text: l.N(n, "{n} change without a reason", "{n} changes without a reason")})
	}
	if d.Counts.Owed > 0 {
		c.Answer = web.Progress{Label: l.T("Answered"), Done: d.Counts.Answered, Total: d.Counts.Owed, Note: debtWords(l, d.Counts)}
	}
	return c
}

// debtWords says plainly what is owed.
func debtWords(l *web.Locale, c Counts) string {
	switch {
	case c.Owed == 0:
		return l.T("Nothing here is owed a response.")
	case c.Open == 0:
		return l.T("Every contribution has been answered: {n} of {n}.", "n", c.Owed)
	case c.Owed == 1:
		return l.T("One contribution is owed a response.")
	}
	return l.N(c.Open, "{n} of {all} contributions is owed a response.", "{n} of {all} contributions are owed a response.", "all", c.Owed)
}

// homeDockets is how many dockets the home page shows.
const homeDockets = 12

func (p *pages) home(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &homePage{
		Head: web.Head{Title: l.T("Have your say, and see what became of it"),
			Lead: l.T("Plans and consultations of public bodies: every draft, every idea and comment, every answer, in a record that nobody can change afterwards.")},
		Nothing: web.Empty{Title: l.T("No docket has been opened yet"),
			Text: l.T("A docket is the case file of a plan or a consultation. A coordinator of a public body opens one with publica submit docket/open."),
			Next: web.Link{Text: l.T("Who may speak here"), Href: "/bodies"}},
	}
	err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		var dockets, contributions, owed, answered int64
		if _, err := s.One("SELECT count(*), sum(ideas + comments), sum(owed), sum(owed - open) FROM tally", nil, &dockets, &contributions, &owed, &answered); err != nil {
			return err
		}
		page.Stats = web.Stats{
			{Value: l.Number(dockets), Label: l.T("Dockets"), Href: "/dockets"},
			{Value: l.Number(contributions), Label: l.T("Ideas and comments")},
			{Value: l.Number(owed - answered), Label: l.T("Owed a response"), Note: l.T("of {n} that the charters promise to answer", "n", owed), Kind: warnIf(owed > answered)},
			{Value: l.Number(s.Next), Label: l.T("Records in the log"), Note: l.T("block {height}, {moment}", "height", s.Height, "moment", l.Moment(s.Time)), Href: "/log"},
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
			if list[i].Type == docket.Tender {
				continue // it is listed with what is open for bids
			}
			if c := cardOf(l, &list[i]); c.Open {
				page.Open = append(page.Open, c)
			} else {
				page.Closed = append(page.Closed, c)
			}
		}
		return nil
	})
	if err == nil {
		page.Teasers, err = p.site.Teasers(r)
	}
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
	l := web.LocaleOf(r)
	page := &docketsPage{
		Head:    web.Head{Title: l.T("Dockets"), Nav: "/dockets", Lead: l.T("Every case file of this register, in the order they were opened.")},
		Nothing: web.Empty{Title: l.T("No docket has been opened yet"), Text: l.T("A coordinator of a public body opens one with publica submit docket/open."), Next: web.Link{Text: l.T("Who may speak here"), Href: "/bodies"}},
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
			page.Cards = append(page.Cards, cardOf(l, &list[i]))
		}
		page.Pager = at.Pager(r, next, len(list), l.T("dockets"))
		return nil
	})
	return page, err
}
