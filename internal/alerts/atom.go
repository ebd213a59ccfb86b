package alerts

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"publica"
	"publica/internal/web"
)

// feedPage is how many entries one page of a feed has.
const feedPage = 50

// An atomFeed is a feed of RFC 4287, one page of it as RFC 5005 (section 3)
// has them:
//
//	<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
//	  <id>tag:register.example.org,2026-01-01:log</id>
//	  <title type="text">Open Rivers Register</title>
//	  <updated>2026-12-01T22:00:00Z</updated>
//	  <author><name>Open Rivers Register</name></author>
//	  <link rel="self" type="application/atom+xml" href="https://…/feed.atom"></link>
//	  <link rel="next" type="application/atom+xml" href="https://…/feed.atom?before=51"></link>
//	  <entry>…
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   atomText    `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     atomText     `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Links     []atomLink   `xml:"link"`
	Category  atomCategory `xml:"category"`
	Summary   *atomText    `xml:"summary,omitempty"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

const atomType = "application/atom+xml"

// registerFeed is GET /feed.atom: everything, or ?kinds=.
func (a *Alerts) registerFeed(w http.ResponseWriter, r *http.Request) error {
	kinds := r.URL.Query().Get("kinds")
	if kinds == "" {
		kinds = "all"
	}
	return a.feed(w, r, nil, kinds)
}

// docketFeed is GET /docket/{id}/feed.atom.
func (a *Alerts) docketFeed(w http.ResponseWriter, r *http.Request) error {
	d, err := a.docketOf(r)
	if err != nil {
		return err
	}
	return a.feed(w, r, d, r.URL.Query().Get("kinds"))
}

func (a *Alerts) feed(w http.ResponseWriter, r *http.Request, d *Docket, names string) error {
	q := Query{Newest: true, Limit: feedPage}
	var err error
	if q.Kinds, err = a.kinds(names); err != nil {
		return err
	}
	if s := r.URL.Query().Get("before"); s != "" {
		if q.Before, err = strconv.ParseInt(s, 10, 64); err != nil || q.Before < 1 {
			return publica.Problem(publica.Malformed, "before", "is not a log index").WithHint("follow the link next of the page before")
		}
	}
	if d != nil {
		q.Docket = d.ID
	}
	ctx, base := r.Context(), a.base(r)
	latest, err := a.Source.Latest(ctx, q)
	if err != nil {
		return err
	}
	// What a page of a feed says follows from the newest record on it.
	h := w.Header()
	h.Set("ETag", fmt.Sprintf(`W/"%s-%d"`, web.LocaleOf(r).Tag, latest))
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Type", atomType+"; charset=utf-8")
	var b bytes.Buffer
	if r.Header.Get("If-None-Match") != h.Get("ETag") {
		items, err := a.Source.Items(ctx, q)
		if err != nil {
			return err
		}
		b.WriteString(xml.Header)
		if err := xml.NewEncoder(&b).Encode(a.page(r, base, d, names, items)); err != nil {
			return err
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.Bytes()))
	return nil
}

// tag returns a name that stays (RFC 4151): the register's own, whichever node
// says it.
func (a *Alerts) tag(what string) string {
	return "tag:" + a.Register + "," + a.Founded.Std().Format(time.DateOnly) + ":" + what
}

func (a *Alerts) page(r *http.Request, base string, d *Docket, names string, items []Item) *atomFeed {
	here := func(before int64) string {
		q := r.URL.Query()
		q.Del("before")
		if before > 0 {
			q.Set("before", strconv.FormatInt(before, 10))
		}
		if len(q) == 0 {
			return base + r.URL.Path
		}
		return base + r.URL.Path + "?" + q.Encode()
	}
	f := &atomFeed{Lang: web.LocaleOf(r).Tag, ID: a.tag("log"), Title: plain(a.Title), Author: web.OneLine(a.Title), Updated: stamp(a.Founded)}
	page := base + "/"
	if d != nil {
		f.ID, f.Title, f.Updated = a.tag("docket/"+d.ID.String()), plain(d.Title), stamp(d.Opened)
		page = base + "/docket/" + d.ID.String()
	}
	if names != "" && names != "all" {
		f.ID += "?kinds=" + names
	}
	self, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	f.Links = []atomLink{{"self", atomType, here(self)}, {"alternate", "text/html", page}, {"first", atomType, here(0)}}
	if len(items) > 0 {
		f.Updated = stamp(items[0].Time)
	}
	if len(items) == feedPage {
		f.Links = append(f.Links, atomLink{"next", atomType, here(items[len(items)-1].Index)})
	}
	for i := range items {
		it := &items[i]
		title := it.Title
		if d == nil && it.In != "" && it.In != it.Title {
			title += " · " + it.In
		}
		e := atomEntry{ID: a.tag("entry/" + it.ID.String()), Title: plain(title), Updated: stamp(it.Time), Published: stamp(it.Time),
			Links: []atomLink{{"alternate", "text/html", base + it.Href()}}, Category: atomCategory{string(it.Kind), it.Sort}}
		if text := plain(it.Text); text.Text != "" {
			e.Summary = &text
		}
		f.Entries = append(f.Entries, e)
	}
	return f
}

// Href is the path of the record's page.
func (it *Item) Href() string { return "/entry/" + it.ID.String() }

func plain(s string) atomText { return atomText{"text", web.OneLine(s)} }

func stamp(t publica.Time) string { return t.Std().Format(time.RFC3339Nano) }
