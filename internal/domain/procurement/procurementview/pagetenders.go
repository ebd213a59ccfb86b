package procurementview

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

// tendersPage is tenders.html: every tender, those that take bids first.
type tendersPage struct {
	web.Head
	Cards   []card
	Nothing web.Empty
}

// A card is a tender in a list.
type card struct {
	*tenderView
	Buyer string
	Next  *tender.Clock // that runs out first, nil if none runs
}

func (p *pages) tenders(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &tendersPage{Head: web.Head{Title: l.T("Tenders"), Nav: "/tenders", Lead: l.T("What public bodies buy: what they ask for, until when bids are taken, and what was decided, with every record behind it.")},
		Nothing: web.Empty{Title: l.T("No tender yet"), Text: l.T("A public body opens a docket of the type tender and says what is to be bought.")}}
	err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		page.Cards, err = p.cards(r.Context(), s)
		return err
	})
	return page, err
}

// cards lists the tenders: those that take bids by their deadline, then the others,
// the newest first.
func (p *pages) cards(ctx context.Context, s *readmodel.Snapshot) ([]card, error) {
	ids, err := tenderIDs(s)
	if err != nil {
		return nil, err
	}
	var all []card
	for _, id := range ids {
		t, err := p.viewIn(ctx, s, id, "")
		if err != nil {
			return nil, err
		}
		all = append(all, card{t, t.body(t.Process.Buyer), t.next()})
	}
	slices.SortStableFunc(all, func(a, b card) int {
		if x, y := a.Stage == tender.Bidding, b.Stage == tender.Bidding; x != y {
			return cmp.Compare(boolRank(x), boolRank(y))
		} else if x {
			return cmp.Compare(a.Terms().Deadline, b.Terms().Deadline)
		}
		return cmp.Compare(b.About.Index, a.About.Index)
	})
	return all, nil
}

func boolRank(first bool) int {
	if first {
		return 0
	}
	return 1
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
