// Package web is the public face of a register over HTTP: pages, the JSON API,
// the transparency log's tiles, submission. It lays out, guards and serves; it
// must not know any domain, consensus, or database. What it needs of the node
// is the [Register] interface; what pages say comes from the views.
//
// # Writing a view
//
// A view is a package beside its rules. It brings templates, registers pages
// and reads, and answers from its own queries. Everything is done in one
// function that the wiring calls once:
//
//	//go:embed *.html
//	var templates embed.FS
//
//	// Mount adds the pages and reads of dockets to the site.
//	func Mount(site *web.Site, q *Queries) error {
//		v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
//			return template.FuncMap{"stance": func(s Stance) string { return stanceWord(l, s) }}
//		})
//		if err != nil {
//			return err
//		}
//		site.Nav(web.Link{Text: web.Msg("Dockets"), Href: "/dockets"})
//		v.Page("GET /docket/{id}", "docket.html", q.docketPage)
//		v.Page("GET /{$}", "home.html", q.homePage) // the home page, given by one view
//		v.Form("POST /docket/{id}/follow", q.follow)                 // acts, then goes elsewhere
//		v.Page("POST /docket/{id}/comment", "comment.html", q.take) // or shows the form again
//		web.Read(site, web.Op{Path: "/dockets/{id}", Name: "get-docket", Summary: "One docket", Tag: "Dockets"}, q.docketRead)
//		site.RenderKind("docket/open", q.renderOpen)
//		return nil
//	}
//
// # Languages
//
// Pages speak the reader's language; see locale.go. The English text is the id
// of a message, and stands in templates and in Go as it is said:
//
//	{{t "Version {v} of the draft" "v" .Version}}
//	{{n .Count "{n} comment" "{n} comments"}}
//	{{tl "Compare it with [one published elsewhere], or run `publica trust`." "/trust"}}
//
//	l := web.LocaleOf(r) // or web.LocaleIn(ctx); never nil
//	l.T("Response of {body}", "body", name), l.N(count, "{n} day", "{n} days"), l.Number(n), l.Moment(t)
//
// A text that is said later, from a table, is marked [Msg]. What page structs,
// components and renderers of kinds hold is in the page's language already;
// Nav is the exception. The API, its documents and problems are English: a nil
// *Locale speaks it, and problems are translated when a page shows them.
// What people wrote is never a message.
//
// The translations are languages/LANGUAGE.AREA.toml, one area to a view, with
// every plural form of the language. A test holds that no message lacks one, and
// that none is left over; kinds and their docs are messages by themselves, and
// what publica.Problem and WithHint say may be translated too.
//
// # A page
//
// A page is a typed struct that embeds [Head], and a template of the same
// name. The handler returns it, or an error; the layout draws title,
// breadcrumb, entry id with its verify link, and the head of the register.
//
//	type DocketPage struct {
//		web.Head
//		Steps    web.Steps
//		Stats    web.Stats
//		Comments []Comment
//		Pager    web.Pager
//		Nothing  web.Empty
//	}
//
//	func (q *Queries) docketPage(r *http.Request) (web.Page, error) {
//		id, err := web.PathDocket(r, "id") // NotFound if it is not an id
//		if err != nil {
//			return nil, err
//		}
//		at, err := web.ReadCursor(r, 25) // ?since=&limit=
//		if err != nil {
//			return nil, err
//		}
//		l := web.LocaleOf(r)
//		d, err := q.Docket(r.Context(), id) // a publica.Error with code NotFound becomes a 404 page
//		if err != nil {
//			return nil, err
//		}
//		return &DocketPage{
//			Head: web.Head{
//				Title:  d.Title,
//				Crumbs: []web.Link{{Text: l.T("Dockets"), Href: "/dockets"}},
//				Entry:  publica.EntryID(id), // shows the id and "verify this"
//				Nav:    "/dockets",          // marks this item of the navigation
//			},
//			Steps: web.Steps{Label: l.T("Where it stands"), Steps: []web.Step{
//				{Text: l.T("Ideas"), State: web.Done}, {Text: l.T("Draft"), State: web.Current}, {Text: l.T("Final"), State: web.Ahead}}},
//			Pager: at.Pager(r, d.NextIndex, len(d.Comments), l.T("comments")),
//		}, nil
//	}
//
// docket.html, with the components of this package:
//
//	{{template "steps" .Steps}}
//	{{template "stats" .Stats}}
//	{{range .Comments}}
//	<article class="pub-record" id="r-{{.ID}}">
//	  <h3 class="pub-record__title"><a href="/entry/{{.ID}}">{{isolate .Title}}</a> {{template "tag" (tag "warning" (t "Imported"))}}</h3>
//	  <p class="pub-record__meta">{{template "who" .Author}} · {{template "when" .Time}} · <a href="/entry/{{.ID}}">{{t "verify"}}</a></p>
//	  <div class="usa-prose">{{markdown .Text}}</div>
//	</article>
//	{{else}}{{template "empty" .Nothing}}{{end}}
//	{{template "pager" .Pager}}
//
// # Components
//
// Each is a type of components.go and a template that takes it:
// "steps" [Steps], "alert" [Alert], "table" [Table], "pager" [Pager],
// "tag" [Tag], "stats" [Stats], "progress" [Progress], "plot" [Plot],
// "empty" [Empty], "facts" [Facts], "subnav" [SubNav]; "who" takes a
// publica.KeyID, "when" a publica.Time, "id" a publica.EntryID (shortened and
// linked), "hash" any hash (monospaced, wraps).
//
// Functions: markdown (text/markdown to safe HTML), plain (text/plain to safe
// HTML, line breaks kept), isolate (one line of a person's text, bidi
// isolated, control characters dropped), short (first 8 digits of an id),
// stamp (a publica.Time for programs), sentence (begins with a capital), tag
// KIND TEXT, alert KIND TITLE TEXT, link TEXT HREF, add (of whole numbers),
// dict (pairs, for a template of your own that needs two things).
//
// These speak the page's language: t, n and tl (messages, plurals, messages
// with links and code), day and moment (a publica.Time in words), since (a
// duration in words), number (digits grouped), bytes (a size in words), percent
// PART WHOLE; lang and dir are its tag and direction.
//
// Text that people wrote is shown through isolate, plain or markdown, always:
// html/template escapes it, but only these keep a right-to-left override from
// turning the rest of the page around. Some languages run from right to left:
// ids, hashes and commands stand in code or pre, which keep their direction, and
// names in a bdi.
//
// # Rules of the house for pages
//
// No style attributes, no inline script, nothing from another host: the
// content security policy refuses them. Use USWDS classes (usa-*, grid-*,
// utility classes) and those of assets/own/publica.css (pub-*). Headings start
// at h2: the layout draws the h1 from Head.Title. Every list has an empty
// state with a next step. Every claim links to the entry it rests on.
//
// # Errors
//
// Handlers return [publica.Error] (or [SeeOther] to redirect); one table maps its code to an HTTP status,
// for pages and API alike (problem.go). An error of any other type is a fault:
// it is logged, and shown as a 500 without its text.
//
// # API reads
//
// [Read] registers GET /api/v1 + Path with typed input (huma tags: path,
// query) and output (the JSON body). ETag, cross-origin access, problems and
// OpenAPI come by themselves. Use publica.EntryID and the other ids directly
// as field types of output; path and query parameters are strings, parsed
// with [ParseDocket] and [ParseEntry].
//
//	type docketIn struct {
//		ID    string `path:"id" doc:"docket id, 64 hexadecimal digits"`
//		Since int64  `query:"since" doc:"log index to continue from"`
//	}
//	func (q *Queries) docketRead(ctx context.Context, in *docketIn) (*DocketOut, error)
//
// Already here, so views must not register them: /api/v1/entries…, /check,
// /content/{commitment}, /changes, /register, /kinds, /validators,
// /dockets/{id}/export; the pages /entry/{id}, /log, /validators, /verify,
// /api. A view that offers search calls site.Search("/search") to get the
// search box of the header.
package web
