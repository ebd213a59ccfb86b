package participationview

import (
	"context"
	"embed"
	"html/template"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

//go:embed *.html
var templates embed.FS

// Intake takes contributions of people who have no key: the node signs for
// them with its intake key, and the record says so.
type Intake interface {
	// Contribute signs and submits one entry. When it returns, the promise
	// survives a crash; the receipt holds it. What the rules would refuse as
	// things stand is refused here, with a [publica.Error] for its author.
	Contribute(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any, parts []Part) (*publica.Receipt, error)
}

// A Part is one text of a contribution.
type Part struct {
	Name, Media string
	Data        []byte
}

// Reader reads snapshots of the read model.
type Reader interface {
	Read(ctx context.Context, f func(*readmodel.Snapshot) error) error
}

// pages answers the pages and reads of dockets.
type pages struct {
	model  Reader
	intake Intake // nil: this node signs for nobody
}

// Mount adds the pages and reads of dockets to the site. intake may be nil.
func Mount(site *web.Site, model Reader, intake Intake) error {
	p := &pages{model, intake}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"stance":      stanceTag,
			"state":       stateTag,
			"outcome":     outcomeTag,
			"step":        stepWords,
			"words":       docketview.Words,
			"typeword":    docketview.TypeWords,
			"excerpt":     excerpt,
			"tame":        tame,
			"hitword":     kindWord,
			"hithref":     hitHref,
			"len64":       func(list []Contribution) int64 { return int64(len(list)) },
			"sub":         func(a, b int64) int64 { return a - b },
			"nothing":     func(title, text string) web.Empty { return web.Empty{Title: title, Text: text} },
			"importwords": importWords,
		}
	})
	if err != nil {
		return err
	}
	site.Nav(web.Link{Text: web.Msg("Dockets"), Href: "/dockets"})
	site.Nav(web.Link{Text: web.Msg("My records"), Href: "/mine"})
	site.Search("/search")
	v.Page("GET /{$}", "home.html", p.home)
	v.Page("GET /dockets", "dockets.html", p.dockets)
	v.Page("GET /search", "search.html", p.search)
	v.Page("GET /docket/{id}", "docket.html", p.docket)
	v.Page("GET /docket/{id}/text", "text.html", p.text)
	v.Page("GET /docket/{id}/redline", "redline.html", p.redline)
	v.Page("GET /docket/{id}/ideas", "ideas.html", p.ideas)
	v.Page("GET /docket/{id}/comments", "comments.html", p.comments)
	v.Page("GET /docket/{id}/responses", "responses.html", p.responses)
	v.Page("GET /docket/{id}/debt", "debt.html", p.debt)
	v.Page("GET /docket/{id}/ghosts", "ghosts.html", p.ghosts)
	v.Page("GET /docket/{id}/rules", "rules.html", p.rules)
	v.Page("GET /docket/{id}/refused", "refused.html", p.refused)
	v.Page("GET /contribution/{id}", "contribution.html", p.contribution)
	v.Page("GET /docket/{id}/contribute", "contribute.html", p.contribute)
	v.Page("POST /docket/{id}/contribute", "contribute.html", p.take)
	v.Page("GET /received/{id}", "received.html", p.received)
	v.Page("GET /mine", "mine.html", p.mine)
	p.mountReads(site)
	p.mountKinds(site)
	return nil
}

// about is what every page of a docket shows around its content.
type about struct {
	Docket *DocketStanding
	Menu   web.SubNav
}

// here returns the frame of a docket's page.
func here(d *DocketStanding, at string) about {
	base := "/docket/" + d.ID.String()
	item := func(text, path string, count int64) web.SubNavItem {
		i := web.SubNavItem{Link: web.Link{Text: text, Href: base + path}, Current: at == path}
		if count >= 0 {
			i.Count = grouped(count)
		}
		return i
	}
	items := []web.SubNavItem{item("Where it stands", "", -1)}
	if d.Counts.Drafts > 0 {
		items = append(items, item("Text", "/text", -1))
	}
	items = append(items, item("Ideas", "/ideas", d.Counts.Ideas), item("Comments", "/comments", d.Counts.Comments), item("Responses", "/responses", d.Counts.Responses))
	if d.Counts.Owed > 0 {
		items = append(items, item("Owed", "/debt", d.Counts.Open))
	}
	if d.Counts.Drafts > 0 {
		items = append(items, item("Vanished", "/ghosts", d.Counts.Ghosts))
	}
	return about{d, web.SubNav{Label: "This docket", Items: append(items, item("Rules", "/rules", -1))}}
}

// head returns the head of a page below a docket.
func head(d *DocketStanding, title string) web.Head {
	return web.Head{
		Title:  tame(title),
		Kicker: d.Title,
		Nav:    "/dockets",
		Crumbs: []web.Link{{Text: "Dockets", Href: "/dockets"}, {Text: excerpt(d.Title, 60), Href: "/docket/" + d.ID.String()}},
	}
}
