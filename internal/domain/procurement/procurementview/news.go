package procurementview

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

// Topic is the news of tenders: its name, a message, and the kinds. The steps of
// trustees and what is sealed are no news: they stand in the timeline.
var Topic = struct {
	Name, Label string
	Kinds       []publica.Kind
}{"procurement", web.Msg("Tenders: published, amended, questions, deadlines, openings, decisions, contracts"), []publica.Kind{
	"procurement/plan", "procurement/publish", "procurement/published", "procurement/ceremony-failed", "procurement/amend", "procurement/cancel", "procurement/ask", "procurement/answer",
	"procurement/closed", "procurement/opened", "procurement/reclosed", "procurement/missed", "procurement/breach", "procurement/clock-moved", "procurement/ended",
	"procurement/compliance-result", "procurement/reject", "procurement/memo", "procurement/intent", "procurement/protest", "procurement/protest-step", "procurement/decide", "procurement/award",
	"procurement/contract", "procurement/accept", "procurement/payment", "procurement/modify", "procurement/terminate",
}}

// A Date is an instant that a clock of a tender runs to.
type Date struct {
	Name  string // stays, however the clock moves
	Title string
	Text  string
	Href  string
	Start publica.Time
	Set   publica.Time // block time of the record that set it
	Index int64        // of that record
}

// Clocks tell the dates of tenders, to calendars that ask for them again and again.
type Clocks struct{ shelf *shelf }

// NewClocks makes clocks for the tenders of one register.
func NewClocks() *Clocks { return &Clocks{newShelf("", slog.New(slog.DiscardHandler))} }

// Dates returns the ends of the clocks of a docket that is a tender, as they stand:
// those that run, and the deadline and standstill when they are over; none of any
// other docket.
func (k *Clocks) Dates(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID) ([]Date, error) {
	var in int64
	found, err := s.One("SELECT t.idx FROM docket d JOIN tender t ON t.idx = d.idx WHERE d.id = ?", readmodel.Args{id}, &in)
	if err != nil || !found {
		return nil, err
	}
	t, err := k.shelf.tell(s, id)
	if err != nil {
		return nil, err
	}
	var dates []Date
	for _, c := range t.Clocks {
		if !c.Stopped.IsZero() || c.Name == tender.CeremonyClock || !c.Runs() && c.Name != tender.DeadlineClock && c.Name != tender.StandstillClock {
			continue
		}
		set := tender.Mark{ID: c.Record, Time: c.Started}
		if n := len(c.Moved); n > 0 {
			set = c.Moved[n-1].Mark
		}
		name := "tender." + c.Name + "." + id.String()
		if !c.Subject.IsZero() {
			name = "tender." + c.Name + "." + c.Subject.String()
		}
		d := Date{Name: name, Title: clockWords(l, c.Name), Text: t.thenWords(l, c.Name), Href: "/docket/" + id.String() + "/tender", Start: c.Ends, Set: set.Time}
		if _, err := s.One("SELECT idx FROM entry WHERE id = ?", readmodel.Args{set.ID}, &d.Index); err != nil {
			return nil, err
		}
		dates = slices.DeleteFunc(dates, func(x Date) bool { return x.Name == d.Name })
		dates = append(dates, d)
	}
	return dates, nil
}

// openList keeps which tenders are open for bids, since the home page is asked for
// more often than tenders change. It is as good as a record of any of them: a
// deadline that passes is a record.
type openList struct {
	mu    sync.Mutex // guards all below
	last  int64      // log index of the last record of any tender
	known bool
	open  []*summary
}

// openNow is how many tenders the home page names.
const openNow = 5

// open tells the home page what is open for bids.
func (p *pages) open(r *http.Request) (*web.Teaser, error) {
	l := web.LocaleOf(r)
	t := &web.Teaser{ID: "tenders", Title: l.T("Open for bids"), More: web.Link{Text: l.T("All tenders, and how each stands"), Href: "/tenders"}}
	err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		open, err := p.home.of(s, p)
		if err != nil {
			return err
		}
		named, err := cards(s, open[:min(len(open), openNow)])
		for i := range named {
			c := &named[i]
			t.Items = append(t.Items, web.TeaserItem{Link: web.Link{Text: web.Excerpt(c.About.Title, 90), Href: c.Base() + "/tender"}, Note: c.Buyer, Tag: web.Tag{Kind: "success", Text: l.T("until {when}", "when", l.Moment(c.Deadline))}})
		}
		if n := len(open) - openNow; n > 0 {
			t.More.Text = l.T("{text} ({n} more here)", "text", t.More.Text, "n", n)
		}
		return err
	})
	return t, err
}

// of returns the tenders of a snapshot that take bids, first the one that closes
// first.
func (o *openList) of(s *readmodel.Snapshot, p *pages) ([]*summary, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var last int64
	if _, err := s.One("SELECT COALESCE(MAX(idx), 0) FROM tender_record", nil, &last); err != nil {
		return nil, err
	}
	if o.known && o.last == last {
		return o.open, nil
	}
	all, err := p.summaries(s, 0, everything)
	if err != nil {
		return nil, err
	}
	open, _, _ := arrange(all)
	o.last, o.known, o.open = last, true, open
	return open, nil
}
