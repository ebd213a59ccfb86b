package procurementview

import (
	"net/http"

	"publica"
	"publica/internal/web"
)

// tenderPage is tender.html: where a tender stands.
type tenderPage struct {
	web.Head
	*tenderView
	Facts web.Facts
}

func (p *pages) tender(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	t, err := p.view(r.Context(), id, "/tender")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &tenderPage{Head: t.head(l, web.Tame(t.About.Title)), tenderView: t}
	page.Kicker, page.Crumbs, page.Entry = l.T("Tender of {body}", "body", web.Apart(t.body(t.Buyer))), page.Crumbs[:1], publica.EntryID(id)
	page.Facts = t.facts(l)
	return page, nil
}

// facts say what the tender asks, and by which clocks.
func (t *tenderView) facts(l *web.Locale) (f web.Facts) {
	if plan := t.Plan(); plan != nil && plan.Budget != nil {
		f = append(f, web.Fact{Name: l.T("Budget"), Value: moneyWords(l, plan.Budget)})
	}
	terms := t.Terms()
	if terms == nil {
		return f
	}
	return append(f, web.Fact{Name: l.T("Rules"), Value: profileWords(l, terms.Profile)},
		web.Fact{Name: l.T("Questions until"), Time: terms.Enquiries}, web.Fact{Name: l.T("Bids until"), Time: terms.Deadline})
}
