package commitmentview

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// boardPage is board.html: every promise, or those of one plan, and how each
// stands.
type boardPage struct {
	web.Head
	Menu    web.SubNav // of the docket, if it is the board of one
	Base    string
	Form    boardForm
	States  []choice
	Bodies  []choice
	Dockets []choice
	Then    string // the day that is shown, in words; "" for now
	Claimed bool
	Stats   web.Stats
	Counts  web.Bars
	History []web.Plot
	Cards   []card
	Total   string
	CSV     string
	JSON    string
	Feed    string
	Dates   string
	OGP     string // the same in the shape of the OGP's data set, without its ending
	Pager   web.Pager
	Nothing web.Empty
}

// boardForm is what the board is narrowed by.
type boardForm struct{ Text, Body, Docket, State, At string }

// A choice is an option of a form.
type choice struct{ Value, Text string }

// A card is a commitment in a list.
type card struct {
	Item
	Lang   string
	Within string       // name of the commitment that it is a part of
	Way    web.Progress // towards the target
	Steps  web.Progress // milestones
	Behind string
}

func cardOf(l *web.Locale, it *Item, lang string) card {
	c := card{Item: *it, Lang: lang}
	if v := it.Standing.Permille; v != nil {
		c.Way = web.Progress{Label: l.T("Of the way to the target, in percent"), Done: *v / 10, Total: 100, Note: wayNote(l, it)}
	}
	if n := it.Standing.Milestones; n > 0 {
		c.Steps = web.Progress{Label: l.T("Milestones done"), Done: it.Standing.Done, Total: n}
	}
	if len(it.Standing.Overdue) > 0 {
		c.Behind = l.T("Overdue: {what}", "what", overdueWords(l, it.Standing.Overdue))
	}
	return c
}

func wayNote(l *web.Locale, it *Item) string {
	t := it.terms
	if t.Target == nil || it.Standing.Value == nil {
		return ""
	}
	return l.T("{value} reported; promised: {target}", "value", measureWords(l, t, *it.Standing.Value), "target", atWords(l, t, t.Target))
}

// formOf reads how a board is narrowed.
func formOf(r *http.Request) boardForm {
	q := r.URL.Query()
	return boardForm{strings.TrimSpace(q.Get("q")), q.Get("body"), q.Get("docket"), q.Get("state"), q.Get("at")}
}

// filter checks what was asked for.
func (f *boardForm) filter(now publica.Time) (out filter, err error) {
	out = filter{text: f.Text, at: now}
	if f.At != "" {
		if out.at, err = endOfDay(f.At); err != nil {
			return out, err
		}
	}
	if f.Body != "" {
		id, err := web.ParseEntry("body", f.Body)
		if err != nil {
			return out, err
		}
		out.body = publica.BodyID(id)
	}
	if f.Docket != "" {
		if out.docket, err = web.ParseDocket("docket", f.Docket); err != nil {
			return out, err
		}
	}
	if out.state = ogp.PromiseState(f.State); out.state != "" && !slices.Contains(states, out.state) {
		return out, publica.Problem(publica.Malformed, "state", "is not a state of a promise").WithHint("take one that the board offers, for example overdue")
	}
	return out, nil
}

// endOfDay reads a day, and returns its last moment in UTC.
func endOfDay(text string) (publica.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, publica.Problem(publica.Malformed, "at", "is not a day").WithHint("write it as 2026-03-31")
	}
	return publica.TimeOf(day.AddDate(0, 0, 1)) - 1, nil
}

// query is the form as a query, without the state.
func (f *boardForm) query(more ...string) string {
	return boardHref("", append([]string{"q", f.Text, "body", f.Body, "docket", f.Docket, "at", f.At}, more...)...)
}

func (p *pages) board(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &boardPage{Head: web.Head{Title: l.T("What was promised, and what became of it"), Nav: "/commitments",
		Lead: l.T("Every commitment of the plans on this register. How each stands is computed from its records, never typed in.")}, Base: "/commitments", Form: formOf(r)}
	page.JSON = "/api/v1/commitments" + page.Form.query("state", page.Form.State)
	return page, p.fill(r, page, nil)
}

func (p *pages) docketBoard(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	base := "/docket/" + id.String()
	page := &boardPage{Base: base + "/commitments", Form: formOf(r)}
	page.Form.Docket = ""
	err = p.fill(r, page, func(s *readmodel.Snapshot, f *filter) error {
		d, err := docketview.Get(s, id)
		if err != nil {
			return err
		}
		f.docket = id
		page.Head = web.Head{Title: l.T("Commitments of this plan"), Kicker: d.Title, Nav: "/dockets", Feed: base + "/feed.atom?kinds=commitments",
			Lead:   l.T("How each stands is computed from its records, never typed in."),
			Crumbs: []web.Link{{Text: l.T("Dockets"), Href: "/dockets"}, {Text: web.Excerpt(d.Title, 60), Href: base}}}
		page.Menu, err = p.menu(s, l, id, "/commitments")
		return err
	})
	page.JSON, page.Dates = boardHref("/api/v1/commitments", "docket", id.String(), "state", page.Form.State, "at", page.Form.At), base+"/calendar.ics"
	page.OGP = base + "/commitments/ogp"
	return page, err
}

// fill evaluates a board; narrow, which may be nil, adds to its filter.
func (p *pages) fill(r *http.Request, page *boardPage, narrow func(*readmodel.Snapshot, *filter) error) error {
	at, err := web.ReadCursor(r, 20)
	if err != nil {
		return err
	}
	l := web.LocaleOf(r)
	return p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		f, err := page.Form.filter(p.now(s))
		if err != nil {
			return err
		}
		if narrow != nil {
			if err := narrow(s, &f); err != nil {
				return err
			}
		}
		if page.Form.At != "" {
			page.Then = l.Day(f.at)
		}
		b, err := boardOf(s, f)
		if err != nil {
			return err
		}
		page.draw(l, b, f.at)
		shown, next := pageOf(b.shown, at.Since, at.Limit)
		for i := range shown {
			c := cardOf(l, &shown[i], languageOf(b, &shown[i]))
			c.Within = b.names[c.Parent]
			page.Cards = append(page.Cards, c)
		}
		page.Total = l.N(len(b.shown), "{n} promise", "{n} promises")
		page.Pager = at.Pager(r, next, len(shown), l.T("promises"))
		return page.offer(s, l)
	})
}

// languageOf is the language of what people wrote in its docket, if that has one.
func languageOf(b *board, it *Item) string {
	for _, p := range b.promises {
		if p.Adopted.ID == it.Entry && len(p.Docket.Languages) == 1 {
			return p.Docket.Languages[0]
		}
	}
	return ""
}

// draw adds the pictures and the figures.
func (page *boardPage) draw(l *web.Locale, b *board, at publica.Time) {
	page.Claimed = b.claimed
	page.CSV = page.Base + ".csv" + page.Form.query("state", page.Form.State)
	var behind, reworded, unexplained, gone int64
	kept := int64(0)
	for i := range b.all {
		s := &b.all[i].Standing
		switch s.State {
		case ogp.Kept:
			kept++
		case ogp.Overdue, ogp.NotKept:
			behind++
		case ogp.Gone:
			gone++
		}
		if s.Amendments > 0 {
			reworded++
		}
		unexplained += s.Unexplained
	}
	if len(b.all) == 0 {
		page.Nothing = web.Empty{Title: l.T("No promise is found"), Text: l.T("A commitment is adopted when its plan is final. Ask for fewer words, or for all of them."), Next: web.Link{Text: l.T("All promises"), Href: page.Base}}
		return
	}
	if len(b.shown) == 0 {
		page.Nothing = web.Empty{Title: l.T("None is in this state"), Text: l.T("Choose another state, or all of them."), Next: web.Link{Text: l.T("All promises"), Href: page.Base}}
	}
	page.Stats = web.Stats{
		{Value: l.Number(int64(len(b.all)) - gone), Label: l.T("Promises"), Note: goneNote(l, gone)},
		{Value: l.Number(kept), Label: l.T("Kept"), Kind: "success"},
		{Value: l.Number(behind), Label: l.T("Overdue or not kept"), Kind: kindIf(behind > 0, "error")},
		{Value: l.Number(reworded), Label: l.T("Reworded after they were made"), Note: l.N(unexplained, "{n} rewording without a reason on record", "{n} rewordings without a reason on record"), Kind: kindIf(unexplained > 0, "warning")},
	}
	page.Counts = countsOf(l, b.all, func(s ogp.PromiseState) string { return page.Base + page.Form.query("state", string(s)) })
	page.History = historyOf(l, talliesOf(b.promises, at), page.Base+"/history.csv"+page.Form.query())
}

func goneNote(l *web.Locale, gone int64) string {
	if gone == 0 {
		return ""
	}
	return l.N(gone, "{n} more is no longer promised", "{n} more are no longer promised")
}

func kindIf(so bool, kind string) string {
	if so {
		return kind
	}
	return ""
}

// offer lists what the board may be narrowed by.
func (page *boardPage) offer(s *readmodel.Snapshot, l *web.Locale) (err error) {
	for _, st := range states {
		page.States = append(page.States, choice{string(st), stateWords(l, st)})
	}
	if page.Menu.Items == nil {
		if page.Dockets, err = readmodel.Collect(s, func(scan readmodel.Scan, c *choice) error {
			var id publica.DocketID
			err := scan(&id, &c.Text)
			c.Value, c.Text = id.String(), web.Excerpt(c.Text, 80)
			return err
		}, "SELECT id, title FROM docket WHERE idx IN (SELECT docket FROM commitment) ORDER BY idx DESC"); err != nil {
			return err
		}
	}
	page.Bodies, err = readmodel.Collect(s, func(scan readmodel.Scan, c *choice) error {
		var id publica.BodyID
		err := scan(&id, &c.Text)
		c.Value = id.String()
		return err
	}, `SELECT b.id, b.name FROM body b WHERE hex(b.id) IN (SELECT upper(json_extract(CAST(r.body AS TEXT), '$.agency')) FROM commitment_record r)
		OR b.id IN (SELECT d.lead FROM docket d WHERE d.idx IN (SELECT docket FROM commitment)) ORDER BY b.name`)
	return err
}

// pageOf returns up to limit items from a log index on, and where to continue;
// -1 at the end.
func pageOf(items []Item, since int64, limit int) ([]Item, int64) {
	at, _ := slices.BinarySearchFunc(items, since, func(it Item, since int64) int { return cmp.Compare(it.Index, since) })
	items = items[at:]
	if len(items) > limit {
		return items[:limit], items[limit].Index
	}
	return items, -1
}

// dueSoon bounds what the home page names.
const dueSoon = 8

// dueList keeps what is due, since the home page is asked for more often than
// promises change. It is as good as a log size and a minute: what is hidden or
// erased grows the log.
type dueList struct {
	mu     sync.Mutex // guards all below
	asOf   int64
	minute int64 // since 1970
	items  []Item
}

// of returns what is due or overdue in a snapshot at a time, first what comes next.
func (d *dueList) of(s *readmodel.Snapshot, at publica.Time) ([]Item, error) {
	minute := int64(at) / 60_000
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asOf == s.Next && d.minute == minute {
		return d.items, nil
	}
	b, err := boardOf(s, filter{at: at})
	if err != nil {
		return nil, err
	}
	due := slices.DeleteFunc(b.all, func(it Item) bool {
		return it.Standing.State != ogp.Overdue && !slices.Contains(it.Standing.Marks, ogp.DueSoon)
	})
	slices.SortStableFunc(due, func(x, y Item) int { return cmp.Compare(dueAt(&x), dueAt(&y)) })
	d.asOf, d.minute, d.items = s.Next, minute, due
	return due, nil
}

// due tells the home page what is promised for the next days, and what is
// overdue.
func (p *pages) due(r *http.Request) (*web.Teaser, error) {
	l := web.LocaleOf(r)
	t := &web.Teaser{ID: "due", Title: l.T("Promises due"), More: web.Link{Text: l.T("All promises, and how each stands"), Href: "/commitments"}}
	err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		wanted, err := p.home.of(s, p.now(s))
		if err != nil {
			return err
		}
		for i := range wanted[:min(len(wanted), dueSoon)] {
			it := &wanted[i]
			item := web.TeaserItem{Link: web.Link{Text: it.Name + " · " + web.Excerpt(it.Title, 90), Href: "/commitment/" + it.Entry.String()}, Note: it.AgencyName, Tag: stateTag(l, it.Standing.State)}
			if it.Standing.State != ogp.Overdue {
				item.Tag = stateTag(l, ogp.DueSoon)
				item.Tag.Text = l.T("due {day}", "day", l.Day(it.Standing.Next))
			}
			t.Items = append(t.Items, item)
		}
		if n := len(wanted) - dueSoon; n > 0 {
			t.More.Text = l.T("{text} ({n} more here)", "text", t.More.Text, "n", n)
		}
		return nil
	})
	return t, err
}

// dueAt orders what the home page names: what comes next first, what is overdue
// after that.
func dueAt(it *Item) publica.Time {
	if it.Standing.State == ogp.Overdue {
		return publica.Time(1<<62) - it.Standing.Updated
	}
	return it.Standing.Next
}
