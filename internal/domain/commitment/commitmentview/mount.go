package commitmentview

import (
	"context"
	"embed"
	"html/template"
	"net/url"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

//go:embed *.html
var templates embed.FS

// Reader reads snapshots of the read model.
type Reader interface {
	Read(ctx context.Context, f func(*readmodel.Snapshot) error) error
}

// Menu returns the menu of a docket for the page at a path below the docket's.
type Menu func(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID, at string) (web.SubNav, error)

// pages answers the pages and reads of commitments.
type pages struct {
	site  *web.Site
	model Reader
	menu  Menu
	home  dueList
}

// Mount adds the pages and reads of commitments to the site; desk says whether
// the site has one.
func Mount(site *web.Site, model Reader, menu Menu, desk bool) error {
	p := &pages{site: site, model: model, menu: menu}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"statetag":       func(s ogp.PromiseState) web.Tag { return stateTag(l, s) },
			"claimword":      func(c string) string { return claimWords(l, c) },
			"completionword": func(c any) string { return completionWords(l, completionOf(c)) },
			"phaseword":      func(x commitment.Phase) string { return phaseWords(l, x) },
			"potentialword":  func(x commitment.Potential) string { return potentialWords(l, x) },
			"resultsword":    func(x commitment.Results) string { return resultsWords(l, x) },
			"endingword":     func(x commitment.Ending) string { return endingWords(l, x) },
			"kindword":       func(k publica.Kind) string { return kindWords(l, k) },
			"yesword":        func(yes bool) string { return yesWords(l, yes) },
			"measure":        func(t *Terms, v *int64) string { return measureWords(l, t, *v) },
			"periodword":     func(name string) string { return docketview.Words(l, name) },
			"excerpt":        web.Excerpt,
			"tame":           web.Tame,
			"apart":          web.Apart,
			"speaks":         web.Speaks,
			"nothing":        func(title, text string) web.Empty { return web.Empty{Title: title, Text: text} },
		}
	})
	if err != nil {
		return err
	}
	site.Nav(web.Link{Text: web.Msg("Commitments"), Href: "/commitments"})
	v.Page("GET /commitments", "board.html", p.board)
	v.Page("GET /docket/{id}/commitments", "board.html", p.docketBoard)
	v.Page("GET /commitment/{id}", "commitment.html", p.commitment)
	site.OnHome(p.due)
	site.Samples(p.samples)
	p.mountFiles(site)
	p.mountReads(site)
	p.mountKinds(site)
	if desk {
		p.mountDesk(site, v)
	}
	return nil
}

// completionOf takes a completion as the API names it, or typed.
func completionOf(c any) commitment.Completion {
	switch c := c.(type) {
	case commitment.Completion:
		return c
	case string:
		return commitment.Completion(c)
	}
	return ""
}

// boardHref leads to the board at base narrowed to what the values say; empty
// ones are left out.
func boardHref(base string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}
