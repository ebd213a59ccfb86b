package participationview

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"publica"
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
	page := &ideasPage{Base: "/docket/" + r.PathValue("id"), State: oneOf(r, "state", "owed", "answered")}
	err := p.list(r, "/ideas", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Ideas, next, err = contributions(s, filter{docket: d.Index, kind: "idea", state: page.State, since: at.Since, limit: at.Limit})
		page.Pager = at.Pager(r, next, len(page.Ideas), "ideas")
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(page.Docket, "Ideas")
	page.Open = cardOf(page.Docket).Open
	page.Nothing = web.Empty{Title: "No ideas here", Text: "Nobody has suggested anything yet, or none fits what you chose."}
	if page.Open {
		page.Nothing.Next = web.Link{Text: "Suggest something", Href: page.Base + "/contribute?kind=idea"}
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
		*frame = here(d, path)
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

// commentsPage is comments.html.
type commentsPage struct {
	web.Head
	about
	Comments []Contribution
	Hits     []readmodel.Hit // instead, if searched
	Pager    web.Pager
	Nothing  web.Empty
	Filter   commentFilter
	Sections []Section
	Base     string
	Open     bool
}

// commentFilter is what the reader chose.
type commentFilter struct {
	Text, Stance, Section, State, Channel string
}

// Any reports whether the reader chose anything.
func (f commentFilter) Any() bool { return f != commentFilter{} }

func (p *pages) comments(r *http.Request) (web.Page, error) {
	q := r.URL.Query()
	page := &commentsPage{Base: "/docket/" + r.PathValue("id"), Filter: commentFilter{Text: strings.TrimSpace(q.Get("q")),
		Stance: oneOf(r, "stance", "support", "oppose", "neutral"), Section: q.Get("section"),
		State: oneOf(r, "state", "owed", "answered"), Channel: oneOf(r, "channel", "key", "intake", "imported")}}
	f := page.Filter
	err := p.list(r, "/comments", 25, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		if d.Counts.Drafts > 0 {
			heads, err := drafts(s, d.Index, d.Counts.Drafts, 1)
			if err != nil {
				return err
			}
			if page.Sections, err = sections(s, d.Index, heads[0].Index); err != nil {
				return err
			}
		}
		if f.Text != "" {
			return page.find(s, d, r, at)
		}
		// Whoever filters wants every comment that fits; else threads start at
		// their first comment, replies below it.
		var next int64
		page.Comments, next, err = contributions(s, filter{docket: d.Index, kind: "comment", stance: f.Stance, section: f.Section,
			state: f.State, channel: f.Channel, first: !f.Any(), since: at.Since, limit: at.Limit})
		if err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, len(page.Comments), "comments")
		if !f.Any() {
			return thread(s, page.Comments)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(page.Docket, "Comments")
	page.Open = cardOf(page.Docket).Open
	page.Nothing = web.Empty{Title: "No comments here", Text: "Nobody has commented yet."}
	if f.Any() {
		page.Nothing = web.Empty{Title: "No comment fits", Text: "Try fewer words, or another choice.", Next: web.Link{Text: "All comments", Href: page.Base + "/comments"}}
	} else if page.Open {
		page.Nothing.Next = web.Link{Text: "Be the first", Href: page.Base + "/contribute"}
	}
	return page, nil
}

// find searches the docket's comments.
func (p *commentsPage) find(s *readmodel.Snapshot, d *DocketStanding, r *http.Request, at web.Cursor) error {
	found, err := s.Search(readmodel.Search{Text: p.Filter.Text, Docket: d.ID, Kind: "participation/comment", Cursor: at.Since, Limit: at.Limit})
	if err != nil {
		return err
	}
	p.Hits = found.Hits
	p.Pager = at.Pager(r, orEnd(found.Next), len(found.Hits), "comments")
	return nil
}

// orEnd turns the end of a search, 0, into the end of a list, -1.
func orEnd(next int64) int64 {
	if next == 0 {
		return -1
	}
	return next
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
	page := &responsesPage{Base: "/docket/" + r.PathValue("id")}
	err := p.list(r, "/responses", 20, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) error {
		list, next, err := responses(s, d.Index, at.Since, at.Limit)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Heard, err = heard(s, &list[i], heardShown); err != nil {
				return err
			}
		}
		page.Responses = list
		page.Pager = at.Pager(r, next, len(list), "responses")
		page.Pager.Total = grouped(d.Counts.Responses)
		return nil
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(page.Docket, "What we heard, and our response")
	page.Lead = debtWords(page.Docket.Counts)
	page.Nothing = web.Empty{Title: "No response has been given", Text: debtWords(page.Docket.Counts) + " The lead body answers with publica respond."}
	if page.Docket.Counts.Open > 0 {
		page.Nothing.Next = web.Link{Text: "See what is owed", Href: page.Base + "/debt"}
	}
	return page, nil
}

// debtPage is debt.html: contributions that are owed a response.
type debtPage struct {
	web.Head
	about
	Owed     []Contribution
	Progress web.Progress
	Pager    web.Pager
	Nothing  web.Empty
	Base     string
}

func (p *pages) debt(r *http.Request) (web.Page, error) {
	page := &debtPage{Base: "/docket/" + r.PathValue("id")}
	err := p.list(r, "/debt", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Owed, next, err = contributions(s, filter{docket: d.Index, state: "owed", since: at.Since, limit: at.Limit})
		page.Pager = at.Pager(r, next, len(page.Owed), "contributions")
		page.Pager.Total = grouped(d.Counts.Open)
		return err
	})
	if err != nil {
		return nil, err
	}
	c := page.Docket.Counts
	page.Head = head(page.Docket, "Answer debt")
	page.Lead = debtWords(c)
	page.Progress = web.Progress{Label: "Answered", Done: c.Answered, Total: c.Owed}
	page.Nothing = web.Empty{Title: "Nothing is owed", Text: debtWords(c), Next: web.Link{Text: "Read the responses", Href: page.Base + "/responses"}}
	return page, nil
}

// rulesPage is rules.html: charter, periods and timeline, with every change.
type rulesPage struct {
	web.Head
	about
	Rules     []docketview.Rule
	Charters  []docketview.CharterVersion
	Periods   []docketview.PeriodChange
	Timelines []Timeline
}

func (p *pages) rules(r *http.Request) (web.Page, error) {
	page := &rulesPage{}
	err := p.list(r, "/rules", 1, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, _ web.Cursor) (err error) {
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
	page.Head = head(page.Docket, "The rules of this docket")
	page.Lead = "Its charter, which every validator enforces, and every change of dates with its reason."
	page.Head.Entry = page.Docket.CharterSet
	page.Rules = docketview.CharterWords(&page.Docket.Charter)
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
	page := &refusedPage{}
	err := p.list(r, "/refused", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Entries, next, err = refused(s, d.Index, at.Since, at.Limit)
		page.Pager = at.Pager(r, next, len(page.Entries), "entries")
		page.Pager.Total = grouped(d.Counts.Refused)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(page.Docket, "Refused entries")
	page.Lead = "They stand in the log, because what was taken in is never lost, and have no effect, because a rule said no."
	page.Nothing = web.Empty{Title: "Nothing was refused", Text: "Every entry of this docket took effect.", Next: web.Link{Text: "Back to the docket", Href: "/docket/" + page.Docket.ID.String()}}
	return page, nil
}

// searchPage is search.html.
type searchPage struct {
	web.Head
	Query   string
	Kind    string
	Docket  *DocketStanding
	Found   *readmodel.Found
	Pager   web.Pager
	Nothing web.Empty
}

// searchKinds are the kinds people may narrow a search to.
var searchKinds = []string{"participation/idea", "participation/comment", "participation/response", "participation/draft", "docket/open", "identity/body"}

func (p *pages) search(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 20)
	if err != nil {
		return nil, err
	}
	page := &searchPage{Head: web.Head{Title: "Search the register"}, Query: strings.TrimSpace(r.URL.Query().Get("q")), Kind: oneOf(r, "kind", searchKinds...), Found: &readmodel.Found{}}
	var in publica.DocketID
	if text := r.URL.Query().Get("docket"); text != "" {
		if in, err = web.ParseDocket("docket", text); err != nil {
			return nil, err
		}
	}
	if id, ok := wholeID(page.Query); ok {
		return nil, web.SeeOther("/entry/" + id.String())
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if !in.IsZero() {
			if page.Docket, err = standing(s, in); err != nil {
				return err
			}
		}
		page.Found, err = s.Search(readmodel.Search{Text: page.Query, Docket: in, Kind: publica.Kind(page.Kind), Cursor: at.Since, Limit: at.Limit})
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Pager = at.Pager(r, orEnd(page.Found.Next), len(page.Found.Hits), "results")
	if page.Query != "" {
		page.Nothing = web.Empty{Title: "Nothing found", Text: "Try fewer or other words. A word that ends in * finds every word that begins so; \"quoted words\" stand together."}
	}
	return page, nil
}

// wholeID recognises a tracking number in the search box.
func wholeID(q string) (publica.EntryID, bool) {
	id, err := publica.ParseEntryID(strings.ToLower(q))
	return id, err == nil
}

// Total says how many were found.
func (p *searchPage) Total() string {
	if p.Found.More {
		return "more than " + grouped(p.Found.Total) + " records, the newest first"
	}
	return count(p.Found.Total, "record", "records")
}

func hitHref(h readmodel.Hit) string {
	switch h.Kind {
	case "participation/idea", "participation/comment":
		return "/contribution/" + h.ID.String()
	case "docket/open":
		return "/docket/" + h.ID.String()
	case "participation/response":
		return "/docket/" + h.Docket.String() + "/responses?" + url.Values{"since": {strconv.FormatInt(h.Index, 10)}, "limit": {"1"}}.Encode()
	}
	return "/entry/" + h.ID.String()
}

func kindWord(k publica.Kind) string {
	_, name, _ := strings.Cut(string(k), "/")
	if k == "docket/open" {
		return "Docket"
	}
	if k == "identity/body" {
		return "Public body"
	}
	return docketview.Words(name)
}

// Kinds are the kinds people may narrow a search to.
func (p *searchPage) Kinds() []web.Link {
	var all []web.Link
	for _, k := range searchKinds {
		all = append(all, web.Link{Text: kindWord(publica.Kind(k)), Href: k})
	}
	return all
}
