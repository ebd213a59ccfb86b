package participationview

import (
	"context"
	"embed"
	"html/template"
	"reflect"

	"publica"
	"publica/internal/assist"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
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
	// Wait returns when the row at a log index can be read, or ctx ends.
	Wait(ctx context.Context, index int64) error
}

// pages answers the pages and reads of dockets.
type pages struct {
	site    *web.Site
	model   Reader
	intake  Intake    // nil: this node signs for nobody
	vault   web.Vault // nil: this node has no desk
	topics  shelf[sorting]
	letters shelf[[]suggestion]

	personal personalSearch
	drafter  *assist.Drafter // nil: this node offers no drafts
}

// Mount adds the pages and reads of dockets to the site. intake and vault may be
// nil: then the node signs for nobody, and has no desk.
func Mount(site *web.Site, model Reader, intake Intake, vault web.Vault, drafter *assist.Drafter) error {
	p := &pages{site: site, model: model, intake: intake, vault: vault, drafter: drafter}
	p.topics.room = make(chan struct{}, 1)
	p.letters.room = p.topics.room
	p.personal.site, p.personal.model = site, model
	if vault != nil {
		site.Work(p.personal.run)
	}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"stance":      func(stance string) web.Tag { return stanceTag(l, stance) },
			"state":       func(c *Contribution) web.Tag { return stateTag(l, c) },
			"outcome":     func(outcome string) web.Tag { return outcomeTag(l, outcome) },
			"step":        func(what string, idea bool) string { return stepWords(l, what, idea) },
			"stepin":      func(what string, version int64) string { return stepIn(l, what, version) },
			"words":       func(name string) string { return docketview.Words(l, name) },
			"typeword":    func(t docket.Type) string { return docketview.TypeWords(l, t) },
			"sort":        func(kind string) string { return kindWords(l, "participation/"+publica.Kind(kind)) },
			"hitword":     func(k publica.Kind) string { return kindWords(l, k) },
			"importwords": func(o Origin) string { return importWords(l, o) },
			"findingtag":  func(s ogp.State) web.Tag { return findingTag(l, s) },
			"requirement": func(id string) string { return l.T(requirementTitles[id]) },
			"processword": func(s processStep) string { return processWords(l, &s) },
			"codeword":    func(code string) string { return codeWords(l, code) },
			"askedword":   func(asked string) string { return askedWords(l, asked) },
			"acttag":      func(a Act) web.Tag { return actTag(l, &a) },
			"retracted":   func(c any) web.Tag { return retractedTag(l, theContribution(c)) },
			"gone":        func(c any) web.Tag { return goneTag(l, theContribution(c)) },
			"grouped":     func(c *Contribution) string { return "/docket/" + c.Docket.String() + "/groups/" + c.Group.String() },
			"scarwords":   func(c *Contribution) string { return scarWords(l, c) },
			"sectorword":  func(s participation.Sector) string { return sectorWords(l, s) },
			"excerpt":     web.Excerpt,
			"tame":        web.Tame,
			"apart":       web.Apart,
			"bare":        bare,
			"speaks":      web.Speaks,
			"hithref":     hitHref,
			"contributed": func(id publica.EntryID) string { return "/contribution/" + id.String() },
			"section":     sectionHref,
			"versioned":   versionHref,
			"len64":       func(list any) int64 { return int64(reflect.ValueOf(list).Len()) },
			"sub":         func(a, b int64) int64 { return a - b },
			"nothing":     func(title, text string) web.Empty { return web.Empty{Title: title, Text: text} },
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
	v.Page("GET /docket/{id}/requirements", "requirements.html", p.requirements)
	v.Page("GET /docket/{id}/groups", "groups.html", p.groups)
	v.Page("GET /docket/{id}/groups/{group}", "group.html", p.group)
	v.Page("GET /docket/{id}/moderation", "moderation.html", p.moderation)
	v.Page("GET /docket/{id}/refused", "refused.html", p.refused)
	v.Page("GET /contribution/{id}", "contribution.html", p.contribution)
	v.Page("GET /docket/{id}/contribute", "contribute.html", p.contribute)
	v.Page("POST /docket/{id}/contribute", "contribute.html", p.take)
	v.Page("GET /received/{id}", "received.html", p.received)
	v.Page("GET /mine", "mine.html", p.mine)
	site.Samples(p.samples)
	p.mountFiles(site)
	p.mountDesk(site, v)
	p.mountReads(site)
	p.mountV4(site)
	p.mountKinds(site)
	return nil
}

// theContribution is what a template calls by itself or as a member of a group.
func theContribution(v any) *Contribution {
	switch c := v.(type) {
	case *Contribution:
		return c
	case Contribution:
		return &c
	case groupMember:
		return &c.Contribution
	}
	return &Contribution{}
}

// about is what every page of a docket shows around its content.
type about struct {
	Docket *DocketStanding
	Menu   web.SubNav
}

// Lang is the language of what people wrote, if the docket has only one.
func (a *about) Lang() string { return soleLanguage(a.Docket.Languages) }

func soleLanguage(languages []string) string {
	if len(languages) == 1 {
		return languages[0]
	}
	return ""
}

// here returns the frame of a docket's page.
func here(l *web.Locale, d *DocketStanding, at string) about {
	base := "/docket/" + d.ID.String()
	item := func(text, path string, count int64) web.SubNavItem {
		i := web.SubNavItem{Link: web.Link{Text: text, Href: base + path}, Current: at == path}
		if count >= 0 {
			i.Count = l.Number(count)
		}
		return i
	}
	var items []web.SubNavItem
	if d.Type == docket.Tender { // its own pages come first
		items = d.Items(l, at)
	} else {
		items = append(items, item(l.T("Where it stands"), "", -1))
	}
	if d.Counts.Drafts > 0 {
		items = append(items, item(l.T("Text"), "/text", -1))
	}
	if d.Type != docket.Tender || d.Counts.Contributions() > 0 {
		items = append(items, item(l.T("Ideas"), "/ideas", d.Counts.Ideas), item(l.T("Comments"), "/comments", d.Counts.Comments), item(l.T("Responses"), "/responses", d.Counts.Responses))
	}
	if d.Counts.Owed > 0 {
		items = append(items, item(l.T("Owed"), "/debt", d.Counts.Open))
	}
	if d.Counts.Drafts > 0 {
		items = append(items, item(l.T("Vanished"), "/ghosts", d.Counts.Ghosts))
	}
	if d.Counts.Groups > 0 {
		items = append(items, item(l.T("Campaigns"), "/groups", d.Counts.Groups))
	}
	if d.Counts.Acts > 0 {
		items = append(items, item(l.T("Moderation"), "/moderation", d.Counts.Acts))
	}
	if d.Type != docket.Tender {
		items = append(items, d.Items(l, at)...)
	}
	if d.Type == docket.ActionPlan {
		items = append(items, item(l.T("Requirements"), "/requirements", -1))
	}
	rules := l.T("Rules")
	if d.Type == docket.Tender { // whose rules are those that bids must pass
		rules = l.T("Charter")
	}
	return about{d, web.SubNav{Label: l.T("This docket"), Items: append(items, item(rules, "/rules", -1))}}
}

// Menu returns the menu of a docket for a page that another domain gives it, at
// the path below the docket's.
func Menu(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID, at string) (web.SubNav, error) {
	d, err := standing(s, id)
	if err != nil {
		return web.SubNav{}, err
	}
	return here(l, d, at).Menu, nil
}

// head returns the head of a page below a docket.
func head(l *web.Locale, d *DocketStanding, title string) web.Head {
	list := web.Link{Text: l.T("Dockets"), Href: "/dockets"}
	if d.Type == docket.Tender {
		list = web.Link{Text: l.T("Tenders"), Href: "/tenders"}
	}
	return web.Head{
		Title:  web.Tame(title),
		Kicker: d.Title,
		Nav:    list.Href,
		Crumbs: []web.Link{list, {Text: web.Excerpt(d.Title, 60), Href: "/docket/" + d.ID.String()}},
	}
}
