package participationview

import (
	"net/http"
	"net/url"
	"strings"

	"publica/internal/readmodel"
	"publica/internal/web"
)

// commentsPage is comments.html.
type commentsPage struct {
	web.Head
	about
	Comments []Contribution
	Pager    web.Pager
	Nothing  web.Empty
	Looked   string // that there may be more beyond what was looked through
	Filter   commentFilter
	Chosen   []web.Link // what the reader chose, each with the page without it
	Channels []web.Link
	Sections []Section
	Base     string
	CSV      string
	Open     bool
	Singly   bool     // members of campaigns, each
	Fold     web.Link // to the list the other way, empty if there is none
}

// commentFilter is what the reader chose.
type commentFilter struct {
	Text, Stance, Section, State, Channel string
	Files                                 bool
}

// Any reports whether the reader chose anything.
func (f commentFilter) Any() bool { return f != commentFilter{} }

func commentFilterOf(r *http.Request) commentFilter {
	q := r.URL.Query()
	return commentFilter{Text: strings.TrimSpace(q.Get("q")), Stance: oneOf(r, "stance", "support", "oppose", "neutral"), Section: q.Get("section"),
		State: oneOf(r, "state", "owed", "answered"), Channel: oneOf(r, "channel", channels...), Files: q.Get("files") == "yes"}
}

// channels are the ways a record comes to the register.
var channels = []string{"key", "passkey", "intake", "imported"}

func channelWords(l *web.Locale, channel string) string {
	switch channel {
	case "key":
		return l.T("The author, with a key")
	case "passkey":
		return l.T("The author, with a passkey")
	case "intake":
		return l.T("The node, on their behalf")
	}
	return l.T("An importer")
}

// query makes of it what a list is asked for.
func (f commentFilter) query(d *DocketStanding) filter {
	// Whoever filters wants every comment that fits; else threads start at
	// their first comment, replies below it, and a campaign stands once.
	return filter{docket: d.Index, in: d.ID, kind: "comment", text: f.Text, stance: f.Stance, section: f.Section, state: f.State, channel: f.Channel, files: f.Files, first: !f.Any(), once: !f.Any()}
}

func (p *pages) comments(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &commentsPage{Base: "/docket/" + r.PathValue("id"), Filter: commentFilterOf(r), Singly: r.URL.Query().Get("campaigns") == "singly"}
	f := page.Filter
	err := p.list(r, "/comments", 25, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		if d.Draft != nil {
			if page.Sections, err = headings(s, d.Index, d.Draft.Index); err != nil {
				return err
			}
		}
		q := f.query(d)
		q.since, q.limit, q.once = at.Since, at.Limit, q.once && !page.Singly
		var next int64
		if page.Comments, next, err = contributions(s, q); err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, len(page.Comments), l.T("comments"))
		if next >= 0 && len(page.Comments) < at.Limit {
			page.Looked = l.T("{n} comments were looked through for this page; go on for the rest.", "n", looked)
		}
		if !f.Any() {
			page.Pager.Total = l.Number(d.Counts.Comments)
			if err := thread(s, page.Comments); err != nil || page.Singly {
				return err
			}
			return standFor(s, page.Comments)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Comments"))
	page.Open = cardOf(l, page.Docket).Open
	page.Chosen = page.chosen(l, r.URL.Query())
	if page.Docket.Counts.Groups > 0 && !f.Any() {
		page.Fold = web.Link{Text: l.T("Show every letter of a campaign singly"), Href: page.Base + "/comments?campaigns=singly"}
		if page.Singly {
			page.Fold = web.Link{Text: l.T("Show each campaign once"), Href: page.Base + "/comments"}
		}
	}
	for _, c := range channels {
		page.Channels = append(page.Channels, web.Link{Text: channelWords(l, c), Href: c})
	}
	page.CSV = withoutQuery(page.Base+"/comments.csv", r.URL.Query(), "since", "limit", "campaigns")
	page.Nothing = web.Empty{Title: l.T("No comments here"), Text: l.T("Nobody has commented yet.")}
	if f.Any() {
		page.Nothing = web.Empty{Title: l.T("No comment fits"), Text: l.T("Try fewer words, or another choice."), Next: web.Link{Text: l.T("All comments"), Href: page.Base + "/comments"}}
	} else if page.Open {
		page.Nothing.Next = web.Link{Text: l.T("Be the first"), Href: page.Base + "/contribute"}
	}
	return page, nil
}

// chosen lists the reader's choices.
func (p *commentsPage) chosen(l *web.Locale, q url.Values) []web.Link {
	var all []web.Link
	add := func(on bool, name, text string) {
		if on {
			all = append(all, web.Link{Text: text, Href: withoutQuery(p.Base+"/comments", q, name, "since")})
		}
	}
	f := p.Filter
	add(f.Text != "", "q", "“"+web.Apart(web.Excerpt(f.Text, 60))+"”")
	add(f.Stance != "", "stance", stanceTag(l, f.Stance).Text)
	section := f.Section
	for _, s := range p.Sections {
		if s.ID == f.Section {
			section = web.Excerpt(s.Heading, 60)
		}
	}
	add(f.Section != "", "section", web.Apart(section))
	add(f.State == "owed", "state", l.T("Owed"))
	add(f.State == "answered", "state", l.T("Answered"))
	add(f.Channel != "", "channel", channelWords(l, f.Channel))
	add(f.Files, "files", l.T("With attachments"))
	return all
}

// withoutQuery returns a path with a query less some names and empty values.
func withoutQuery(path string, q url.Values, names ...string) string {
	kept := url.Values{}
	for k, v := range q {
		if v[0] != "" {
			kept[k] = v[:1]
		}
	}
	for _, n := range names {
		kept.Del(n)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + kept.Encode()
}
