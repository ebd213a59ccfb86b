package procurementview

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// timelinePage is timeline.html: every step of a tender, as the records came.
type timelinePage struct {
	web.Head
	*tenderView
	Picture *clockPicture
	Hidden  string // why bids are left out, "" if they are not
	Items   []timelineItem
	Count   int // of records there are
	Pager   web.Pager
}

// A timelineItem is one record.
type timelineItem struct {
	*tender.Step
	Words string
	Who   string
	Tags  []web.Tag
	Why   *publica.Refusal
	About publica.EntryID
	Group []timelineItem // of what trustees did; all else of the item is unset
}

func (p *pages) timeline(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender/timeline")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &timelinePage{Head: t.head(l, l.T("Step by step")), tenderView: t, Picture: t.clockPicture(l, max(p.site.Now(), t.Until))}
	page.Lead = l.T("Every record of this tender in the order of the log, refused ones too. Nothing can be put in between.")
	if t.Untold() {
		page.Hidden = l.T("Until the deadline, sealed bids are left out of this list: how many there are is need-to-know here. They are on the public log all the same.")
	}
	var all []*tender.Step
	for i := range t.Process.Steps {
		if s := &t.Process.Steps[i]; t.Tells(s.Kind) {
			all = append(all, s)
		}
	}
	page.Count = len(all)
	if all, page.Pager, err = paged(turnedTo(r, all), all, timelineAtOnce, l.T("records")); err != nil {
		return nil, err
	}
	for _, s := range all {
		page.add(t.timelineItem(l, s))
	}
	return page, nil
}

// timelineAtOnce is how many records a page of the timeline shows.
const timelineAtOnce = 200

// turnedTo is the request of the page that shows the record which a request asks for;
// the request itself if it asks for none.
func turnedTo(r *http.Request, all []*tender.Step) *http.Request {
	q := r.URL.Query()
	at := slices.IndexFunc(all, func(s *tender.Step) bool { return s.ID.String() == q.Get("record") })
	if at < 0 {
		return r
	}
	q.Del("record")
	q.Del("limit")
	if first := at / timelineAtOnce * timelineAtOnce; first > 0 {
		q.Set("since", strconv.Itoa(first))
	}
	turned := r.Clone(r.Context())
	turned.URL.RawQuery = q.Encode()
	return turned
}

// add puts what trustees did one after the other into one line that opens.
func (p *timelinePage) add(x timelineItem) {
	if x.Refused != "" || !strings.HasPrefix(string(x.Kind), "procurement/trustee-") {
		p.Items = append(p.Items, x)
		return
	}
	if n := len(p.Items); n == 0 || p.Items[n-1].Group == nil {
		p.Items = append(p.Items, timelineItem{Step: x.Step})
	}
	last := &p.Items[len(p.Items)-1]
	last.Group = append(last.Group, x)
}

func (t *tenderView) timelineItem(l *web.Locale, s *tender.Step) timelineItem {
	x := timelineItem{Step: s, Words: t.stepWords(l, s), Who: t.actor(l, s.Author, s.For), About: s.Subject}
	if tag := stepTag(l, s); tag.Text != "" {
		x.Tags = append(x.Tags, tag)
	}
	if s.Refused != "" {
		x.Tags = []web.Tag{{Kind: "error", Text: l.T("refused by the rules")}}
		for _, f := range t.Process.Refused {
			if f.ID == s.ID {
				x.Why = f.Why
			}
		}
	}
	return x
}

// A clockPicture draws when each clock of a tender ran: a row for each.
type clockPicture struct {
	Title, Desc string
	Height      int
	Foot        int
	Rows        []clockRow
	Now         string // where now is drawn
	Anchor      string
	NowWords    string
	From, To    publica.Time
	Marks       []clockMark
}

type clockRow struct {
	Y, Below int
	Label    string
	Spans    []clockSpan
}

// A clockSpan is one run of a clock.
type clockSpan struct {
	X, End, Width string
	State         string // runs, ran, stopped
	Words         string
	Name          string
	From, To      publica.Time
	Record        publica.EntryID
}

// A clockMark is a milestone of the tender.
type clockMark struct {
	X     string
	Words string
	At    publica.Time
	ID    publica.EntryID
}

const (
	clockTop   = 62
	clockRowH  = 46
	clockWidth = 700
)

// clockPicture draws the clocks, nil if none ever ran.
func (t *tenderView) clockPicture(l *web.Locale, now publica.Time) *clockPicture {
	if len(t.Process.Clocks) == 0 {
		return nil
	}
	v := &clockPicture{Title: l.T("Clocks and milestones"), From: t.Began.Time, To: now, NowWords: l.T("today")}
	for _, c := range t.Process.Clocks {
		v.To = max(v.To, c.Ends)
	}
	along := func(at publica.Time) string {
		return strconv.FormatFloat(10+float64(clockWidth)*float64(at-v.From)/float64(max(1, v.To-v.From)), 'f', 1, 64)
	}
	rows := map[string]int{}
	for _, c := range t.Process.Clocks {
		n, seen := rows[c.Name]
		if !seen {
			n = len(v.Rows)
			rows[c.Name] = n
			y := clockTop + clockRowH*n
			v.Rows = append(v.Rows, clockRow{Y: y + 14, Below: y + 26, Label: clockWords(l, c.Name)})
		}
		v.Rows[n].Spans = append(v.Rows[n].Spans, t.span(l, c, along))
	}
	for i := range t.Process.Steps {
		s := &t.Process.Steps[i]
		if tag := stepTag(l, s); tag.Kind == "success" && s.Refused == "" {
			v.Marks = append(v.Marks, clockMark{along(s.Time), t.stepWords(l, s), s.Time, s.ID})
		}
	}
	v.Now, v.Anchor = along(now), "middle"
	switch part := float64(now-v.From) / float64(max(1, v.To-v.From)); {
	case part > 0.85:
		v.Anchor = "end"
	case part < 0.15:
		v.Anchor = "start"
	}
	v.Height = clockTop + clockRowH*len(v.Rows) + 30
	v.Foot = v.Height - 8
	v.Desc = l.T("A bar is a time that ran; the dots above are milestones.")
	return v
}

func (t *tenderView) span(l *web.Locale, c *tender.Clock, along func(publica.Time) string) clockSpan {
	x := clockSpan{State: "runs", From: c.Started, To: c.Ends, Record: c.Record, Name: clockWords(l, c.Name)}
	switch {
	case !c.Ran.IsZero():
		x.State = "ran"
		x.Words = l.T("{clock}: ran out {when}", "clock", x.Name, "when", l.Moment(c.Ends))
	case !c.Stopped.IsZero():
		x.State, x.To = "stopped", c.Stopped.Time
		x.Words = l.T("{clock}: stopped {when}", "clock", x.Name, "when", l.Moment(c.Stopped.Time))
	default:
		x.Words = l.T("{clock}: runs until {when}", "clock", x.Name, "when", l.Moment(c.Ends))
	}
	from, _ := strconv.ParseFloat(along(x.From), 64) // along wrote it
	to, _ := strconv.ParseFloat(along(x.To), 64)
	x.X, x.End, x.Width = along(x.From), along(x.To), strconv.FormatFloat(max(3, to-from), 'f', 1, 64)
	return x
}
