package procurementview

import (
	"net/http"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

// tendersPage is tenders.html: every tender, those that take bids first.
type tendersPage struct {
	web.Head
	Cards   []*card
	Lost    []web.Alert // that some are left out
	Pager   web.Pager
	Nothing web.Empty
}

// tenders shows all that take bids on its first page, and on each some of the others;
// its cursor is the log index before which those were opened.
func (p *pages) tenders(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 25)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &tendersPage{Head: web.Head{Title: l.T("Tenders"), Nav: "/tenders", Lead: l.T("What public bodies buy: what they ask for, until when bids are taken, and what was decided, with every record behind it.")},
		Nothing: web.Empty{Title: l.T("No tender yet"), Text: l.T("A public body opens a docket of the type tender and says what is to be bought.")}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		all, err := p.summaries(s, 0, everything)
		if err != nil {
			return err
		}
		shown, next, lost := tendersAt(all, at)
		found, err := cards(s, shown)
		for i := range found {
			page.Cards = append(page.Cards, &found[i])
		}
		page.Lost, page.Pager = lostAlert(l, lost), at.Pager(r, next, len(found), l.T("tenders"))
		return err
	})
	return page, err
}

// tendersAt returns what a page of the list shows, and the cursor of the next, -1 at
// the end.
func tendersAt(all []*summary, at web.Cursor) (shown []*summary, next int64, lost int) {
	open, others, lost := arrange(all)
	if at.Since > 0 {
		open = nil
		for len(others) > 0 && others[0].Index >= at.Since {
			others = others[1:]
		}
	}
	next = -1
	if len(others) > at.Limit {
		others = others[:at.Limit]
		next = others[at.Limit-1].Index
	}
	return append(open, others...), next, lost
}

// lostAlert says that tenders are left out, none if there are no such.
func lostAlert(l *web.Locale, lost int) []web.Alert {
	if lost == 0 {
		return nil
	}
	return []web.Alert{{Kind: "warning", Title: l.N(lost, "{n} tender is left out here", "{n} tenders are left out here"),
		Text: l.T("This node cannot make sense of all of its records. It is a fault of the program, not of the buyer; the records themselves stand in the log.")}}
}

// tenderIDs are the dockets that are tenders, in the order of the log.
func tenderIDs(s *readmodel.Snapshot) ([]publica.DocketID, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, id *publica.DocketID) error { return scan(id) },
		"SELECT d.id FROM docket d JOIN tender t ON t.idx = d.idx ORDER BY d.idx")
}

// next returns the clock that runs out first.
func (t *told) next() *tender.Clock {
	var first *tender.Clock
	for _, c := range t.Clocks {
		if c.Runs() && (first == nil || c.Ends < first.Ends) {
			first = c
		}
	}
	return first
}
