package procurementview

import (
	"context"
	"embed"
	"html/template"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

//go:embed *.html
var templates embed.FS

// Reader reads snapshots of the read model.
type Reader interface {
	Read(ctx context.Context, f func(*readmodel.Snapshot) error) error
}

// Menu returns the menu of a docket for the page at a path below the docket's.
type Menu func(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID, at string) (web.SubNav, error)

// pages answers the pages and reads of tenders.
type pages struct {
	site     *web.Site
	model    Reader
	menu     Menu
	register string // its name
	terms    DataTerms
	shelf    *shelf
	data     *dataShelf
	made     keyShelf
	list     summaries
	home     openList
}

// DataTerms say on what terms a node publishes open contracting data.
type DataTerms struct {
	License string // an address, "" for none
	Policy  string // address of the publication policy, "" for none
}

// Mount adds the pages and reads of tenders to the site. register is the name that
// bids are bound to; desk says whether the site has one.
func Mount(site *web.Site, model Reader, register string, terms DataTerms, menu Menu, desk bool) error {
	p := &pages{site: site, model: model, menu: menu, register: register, terms: terms, shelf: newShelf(register, site.Log()), data: newDataShelf()}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"stagetag":     func(s tender.Stage) web.Tag { return stageTag(l, s) },
			"clockword":    func(name string) string { return clockWords(l, name) },
			"profileword":  func(name string) string { return profileWords(l, name) },
			"money":        func(m *tender.Money) string { return moneyWords(l, m) },
			"excerpt":      web.Excerpt,
			"tame":         web.Tame,
			"computedword": func(what string) string { return computedWords(l, what) },
			"nothing":      func(title, text string) web.Empty { return web.Empty{Title: title, Text: text} },
			"speaks":       web.Speaks,
			"apart":        web.Apart,
			"amount": func(n int64, currency string) string {
				return moneyWords(l, &tender.Money{Amount: n, Currency: currency})
			},
		}
	})
	if err != nil {
		return err
	}
	site.Nav(web.Link{Text: web.Msg("Tenders"), Href: "/tenders"})
	v.Page("GET /tenders", "tenders.html", p.tenders)
	p.mountPages(site, v)
	p.mountData(site, v)
	p.mountReads(site)
	v.Page("GET /docket/{id}/tender/bid", "bidroom.html", p.bidRoom)
	site.Samples(p.samples)
	p.mountKinds(site)
	p.mountProtest(site, v)
	if desk {
		p.mountDesk(site, v)
	}
	return nil
}
