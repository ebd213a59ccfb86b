package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"publica"
)

// A Page is what a page handler returns: a pointer to a struct that embeds
// [Head].
type Page interface{ head() *Head }

// A Head is what the layout shows around a page.
type Head struct {
	Title  string          // the h1, a person's words allowed: it is isolated
	Lead   string          // one sentence below the title
	Kicker string          // what sort of thing this is, above the title
	Crumbs []Link          // the way here, without home and without this page
	Entry  publica.EntryID // the entry this page rests on; zero if none
	Nav    string          // href of the navigation item to mark
	Wide   bool            // for pages of tables
	Fresh  bool            // never cached: the page shows more than committed state
	Status int             // HTTP status, 200 if 0
	Script []string        // modules of assets/own that add to the page; it works without
	Wasm   bool            // those run WebAssembly of this site
	Feed   string          // href of the page's Atom feed; "" if none
}

func (h *Head) head() *Head { return h }

// A PageHandler answers a request with a page, or an error (see the package
// doc, "Errors").
type PageHandler func(r *http.Request) (Page, error)

// A FormHandler takes a submitted form (application/x-www-form-urlencoded,
// already parsed and bounded, same origin) and returns where to go next. An
// error becomes a page that says what to do.
type FormHandler func(r *http.Request) (next string, err error)

// SeeOther returns an error that sends the reader to another page of the site.
func SeeOther(path string) error { return &redirect{to: path} }

type redirect struct {
	to   string
	with func(w http.ResponseWriter) error // acts before; may be nil
}

func (r *redirect) Error() string { return "see " + r.to }

// Views are the pages of one package: its templates with the layout and the
// components around them.
type Views struct {
	site  *Site
	set   *template.Template
	funcs Words
}

// Words gives a view's template functions in one language; it is called once
// for each. It may be nil.
type Words func(*Locale) template.FuncMap

// Views parses the *.html files at the root of fsys. A file's name is its
// template's name; funcs add to those of the package doc and may be nil.
func (s *Site) Views(fsys fs.FS, funcs Words) (*Views, error) {
	if funcs == nil {
		funcs = func(*Locale) template.FuncMap { return nil }
	}
	base, err := s.base.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone layout: %w", err)
	}
	set, err := base.Funcs(funcs(Locales()[0])).ParseFS(fsys, "*.html")
	if err != nil {
		return nil, fmt.Errorf("parse views: %w", err)
	}
	return &Views{site: s, set: set, funcs: funcs}, nil
}

// Page registers a page under an [http.ServeMux] pattern ("GET /docket/{id}").
// Under "POST …" it is a form that may be shown again with what was wrong: the
// form is parsed and bounded as for [Site.Form], and what went well ends with
// [SeeOther]. Page panics if the template does not exist or the pattern is taken: both are
// mistakes in the program.
func (v *Views) Page(pattern, templateName string, h PageHandler) {
	t := v.prepare(templateName)
	answer := v.site.conditional(func(w http.ResponseWriter, r *http.Request) {
		p, err := h(r)
		if err != nil {
			v.site.fail(w, r, err)
			return
		}
		v.site.render(w, r, t, p)
	})
	if strings.HasPrefix(pattern, "POST ") {
		v.site.handle(pattern, v.site.withForm(answer))
		return
	}
	v.site.pages = append(v.site.pages, pattern)
	v.site.handle(pattern, answer)
}

// Form registers a form under a pattern ("POST /docket/{id}/comment").
func (v *Views) Form(pattern string, h FormHandler) { v.site.Form(pattern, h) }

// A face is the layout with one template as its content, in each language.
type face map[*Locale]*template.Template

// prepare returns the face of the named template.
func (v *Views) prepare(name string) face {
	if v.set.Lookup(name) == nil {
		panic("web: no template " + name)
	}
	f := face{}
	for _, l := range Locales() {
		t := template.Must(v.set.Clone()).Funcs(l.funcs()).Funcs(v.funcs(l))
		f[l] = template.Must(t.New("content").Parse(`{{template "` + name + `" .}}`))
	}
	return f
}

// layoutData is what layout.html gets.
type layoutData struct {
	Site     *siteData
	Head     *Head
	Page     Page
	Status   *Status
	Here     string // path and query, where a change of language leads back to
	Nav      []navItem
	Foot     []Link
	Search   string
	Query    string
	Founding *Founding
}

type navItem struct {
	Link
	Current bool
}

func (s *Site) layout(r *http.Request, p Page) *layoutData {
	h, locale := p.head(), LocaleOf(r)
	d := &layoutData{Site: &s.data, Head: h, Page: p, Status: s.register.Status(), Here: r.URL.RequestURI(), Foot: s.foot,
		Search: s.search, Founding: s.register.Founding()}
	if s.search != "" && r.URL.Path == s.search {
		d.Query = r.URL.Query().Get("q")
	}
	for _, l := range s.nav {
		d.Nav = append(d.Nav, navItem{Link{locale.T(l.Text), l.Href}, l.Href == h.Nav || strings.HasPrefix(r.URL.Path, l.Href+"/")})
	}
	return d
}

// render writes the page, whole or not at all.
func (s *Site) render(w http.ResponseWriter, r *http.Request, f face, p Page) {
	var b bytes.Buffer
	if err := f[LocaleOf(r)].ExecuteTemplate(&b, "layout.html", s.layout(r, p)); err != nil {
		s.fail(w, r, fmt.Errorf("render %s: %w", r.Pattern, err))
		return
	}
	h := p.head()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", LocaleOf(r).Tag)
	w.Header().Add("Vary", "Accept-Language, Cookie")
	if h.Fresh || h.Status >= 400 {
		w.Header().Del("ETag")
		w.Header().Set("Cache-Control", "no-store")
	}
	if h.Wasm {
		w.Header().Set("Content-Security-Policy", wasmPolicy)
	}
	if h.Status != 0 {
		w.WriteHeader(h.Status)
	}
	send(w, b.Bytes())
}

// maxForm bounds the body of a form.
const maxForm = 1 << 20

// Form registers a form under a pattern ("POST /docket/{id}/comment").
func (s *Site) Form(pattern string, h FormHandler) {
	if !strings.HasPrefix(pattern, "POST ") {
		panic("web: a form takes POST: " + pattern)
	}
	s.handle(pattern, s.withForm(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next, err := h(r)
		if err == nil {
			err = SeeOther(next)
		}
		s.fail(w, r, err)
	})))
}

// withForm reads the form before the handler runs.
func (s *Site) withForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := parseForm(w, r); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// parseForm reads an urlencoded form of at most maxForm bytes.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	if mediaType(r) != "application/x-www-form-urlencoded" {
		return withStatus(http.StatusUnsupportedMediaType, publica.Problem(publica.Unsupported, "content-type",
			"this form takes application/x-www-form-urlencoded").WithHint("send the form from its page"))
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return bodyError(err, publica.Problem(publica.TooLarge, "", "the form is over "+english.Bytes(maxForm)).
			WithHint("shorten the text, or send it as an attachment"))
	}
	return nil
}
