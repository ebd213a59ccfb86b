package procurementview

import (
	"net/http"
	"slices"
	"strings"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// bidsPage is bids.html: what was bid, and what became of it.
type bidsPage struct {
	web.Head
	*tenderView
	Waiting  bool           // bids are still taken, or not yet
	Hidden   string         // why it is not told how many there are, "" if it is
	Private  string         // what of the bids is never public, "" if all is
	Verdict  web.Alert      // whether what is on record was computed again
	Differs  []checkView    // what came out otherwise
	Sealed   []bidView      // while bids are taken, where they may be told
	Late     []*tender.Step // bids that the rules refused for they came after the deadline
	Pager    web.Pager      // of those that were late
	Shut     bool           // the deadline passed
	Lots     []lotView
	Disputes []protestView
	Nothing  web.Empty // of the whole tender

	MayProtest bool // about what is decided, now
	Papers     bool // some open bid has documents
	Judges     string
}

// A checkView is something that was computed again.
type checkView struct {
	tender.Check
	What        string
	Said, Found string // bids named as the page names them
}

func (p *pages) bidsPage(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender/bids")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &bidsPage{Head: t.head(l, l.T("Bids, and what became of them")), tenderView: t, Waiting: t.counting()}
	page.Wide = true
	if t.confidential() {
		page.Private = l.T("What the bids say was opened to the evaluators alone. Here stands only what is public: keys that were made for this tender, results of the rules, scores, decisions and reasons.")
	}
	page.Disputes = t.disputes(l)
	closed, _ := t.protestClosed(l)
	page.MayProtest, page.Judges = closed == "", t.reviewers(l)
	if page.Waiting {
		page.wait(l)
		return page, nil
	}
	return page, page.count(r, l)
}

// wait says what can be said while bids are taken.
func (p *bidsPage) wait(l *web.Locale) {
	p.Nothing = web.Empty{Title: l.T("No bids yet"), Text: l.T("Bids are taken once the trustees have made the keys that keep them shut.")}
	if p.Stage != tender.Bidding {
		return
	}
	p.Nothing = web.Empty{Title: l.T("No bid so far"), Text: l.T("A bid is sealed in the bidder’s own browser or computer; nobody can read it before the deadline."), Next: web.Link{Text: l.T("Bid"), Href: p.Base() + "/tender/bid"}}
	if p.Untold() {
		p.Hidden = l.T("How many bids there are, and whose, is need-to-know before the opening (FAR 14.401, 15.207), so this page counts none.")
		return
	}
	for _, b := range p.BidsTold() {
		p.Sealed = append(p.Sealed, p.bidView(l, nil, b))
	}
}

// count shows what was bid, once no bid is taken any more.
func (p *bidsPage) count(r *http.Request, l *web.Locale) error {
	a, err := p.audit()
	if err != nil {
		return err
	}
	p.Shut, p.Late = p.shut()
	if p.Late, p.Pager, err = paged(r, p.Late, 50, l.T("bids")); err != nil {
		return err
	}
	p.Nothing = p.unbid(l, p.Shut, false)
	p.Papers = slices.ContainsFunc(a.Bids, func(b *tender.OpenBid) bool { return b.Offer != nil && len(b.Offer.Documents) > 0 })
	known := 0
	for _, c := range a.Checks {
		if c.State != tender.Unknown {
			known++
		}
	}
	p.Verdict = web.Alert{Kind: "success", Title: l.T("Everything that can be computed again agrees"),
		Text: l.N(known, "{n} thing was computed again from the records, by the same code that anyone can run.", "{n} things were computed again from the records, by the same code that anyone can run.")}
	for _, c := range a.differing() {
		p.Differs = append(p.Differs, checkView{c, checkWords(l, c.What), p.nameBids(l, c.Said), p.nameBids(l, c.Found)})
	}
	ranked := func(c checkView) bool { return c.Check.What == "memo" || c.Check.What == "intent" }
	switch {
	case len(p.Differs) > 0 && !slices.ContainsFunc(p.Differs, func(c checkView) bool { return !ranked(c) }):
		p.Verdict = web.Alert{Kind: "warning", Title: l.T("The buyer ranks otherwise than the published formula"), Text: l.T("It may, and must say why. All else that can be computed again agrees.")}
	case len(p.Differs) > 0:
		p.Verdict = web.Alert{Kind: "error", Title: l.N(len(p.Differs), "{n} thing comes out otherwise than the record says", "{n} things come out otherwise than the records say"), Text: l.T("They are listed here, each with its records.")}
	case known == 0:
		p.Verdict = web.Alert{}
	}
	for _, lot := range p.Process.Lots {
		v := p.lotView(l, a, lot)
		v.Nothing = p.unbid(l, p.Shut, len(v.Others) > 0)
		p.Lots = append(p.Lots, v)
	}
	return nil
}

// shut reports whether the deadline passed, and gives the bids that the rules refused
// because it had. That bids were taken again undoes it.
func (t *told) shut() (shut bool, late []*tender.Step) {
	for i := range t.Process.Steps {
		s := &t.Process.Steps[i]
		switch {
		case s.Kind == "procurement/bid" && s.Refused == publica.Late && shut:
			late = append(late, s)
		case s.Refused != "":
		case s.Kind == "procurement/closed":
			shut = true
		case s.Kind == "procurement/decide" && s.Stage == tender.Bidding:
			shut = false
		}
	}
	return shut, late
}

// unbid says why no bid is shown as one that counts. some says that there are bids
// that do not.
func (t *told) unbid(l *web.Locale, shut, some bool) web.Empty {
	switch {
	case shut && some:
		return web.Empty{Title: l.T("No bid counts"), Text: l.T("Bids came, but at the deadline none of them counted.")}
	case shut:
		return web.Empty{Title: l.T("Nobody bid"), Text: l.T("The deadline passed, and no bid had come.")}
	case slices.ContainsFunc(t.Process.Steps, func(s tender.Step) bool { return s.Stage == tender.Bidding }):
		return web.Empty{Title: l.T("No bid was opened"), Text: l.T("The tender was cancelled while bids were taken. What was sealed stays sealed.")}
	}
	return web.Empty{Title: l.T("No bids were taken"), Text: l.T("The tender was cancelled before anyone could bid.")}
}

// nameBids says a check with bids named as the page names them.
func (t *tenderView) nameBids(l *web.Locale, words string) string {
	all := strings.Fields(words)
	for i, w := range all {
		if id, err := publica.ParseEntryID(w); err == nil && t.Process.Bid(id) != nil {
			all[i] = t.bidderOf(l, id)
			if i < len(all)-1 {
				all[i] += ","
			}
		}
	}
	return strings.Join(all, " ")
}
