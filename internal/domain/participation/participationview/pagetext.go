package participationview

import (
	"net/http"
	"strconv"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// textPage is text.html: one version of the text.
type textPage struct {
	web.Head
	about
	Draft    *Draft
	Margins  []margin
	Versions []DraftHead
	Gone     []Step // removed in this version
	Base     string
	Open     bool
	Nothing  web.Empty
}

// maxVersions bounds the list of versions a page offers to choose from.
const maxVersions = 500

func (p *pages) text(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &textPage{Base: "/docket/" + id.String(), Nothing: web.Empty{Title: l.T("This version has no text"), Text: l.T("Every section was taken out of it."),
		Next: web.Link{Text: l.T("See what vanished"), Href: "/docket/" + id.String() + "/ghosts"}}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(l, d, "/text")
		version, err := versionOf(r, "version", d.Counts.Drafts)
		if err != nil {
			return err
		}
		if page.Versions, err = drafts(s, d.Index, 1, maxVersions); err != nil {
			return err
		}
		if page.Draft, err = draft(s, d.Index, version); err != nil {
			return err
		}
		page.Margins, err = margins(s, d.Index, page.Draft)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range page.Margins {
		page.Margins[i].mark(l, p.site)
	}
	for _, st := range page.Draft.Changes {
		if st.What == "removed" {
			page.Gone = append(page.Gone, st)
		}
	}
	d := page.Docket
	page.Open = cardOf(l, d).Open
	page.Head = head(l, d, l.T("The text, version {v}", "v", page.Draft.Version))
	page.Wide = true
	if page.Open {
		page.Script = []string{"quote.js"}
	}
	page.Entry = page.Draft.Entry
	return page, nil
}

// Changed returns what the version did to a section, nil if nothing.
func (p *textPage) Changed(section string) *Step {
	for i := range p.Draft.Changes {
		if p.Draft.Changes[i].Section == section {
			return &p.Draft.Changes[i]
		}
	}
	return nil
}

// versionOf reads a version from the query; the latest if there is none.
func versionOf(r *http.Request, name string, latest int64) (int64, error) {
	if latest == 0 {
		return 0, publica.Problem(publica.NotFound, name, "there is no draft in this docket yet").
			WithHint("come back once the lead body has published one")
	}
	text := r.URL.Query().Get(name)
	if text == "" {
		return latest, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > latest {
		return 0, publica.Problem(publica.NotFound, name, "is not a version of this docket's draft").
			WithHint("there are versions 1 to " + strconv.FormatInt(latest, 10))
	}
	return n, nil
}

// redlinePage is redline.html: two versions side by side.
type redlinePage struct {
	web.Head
	about
	From, To DraftHead
	Versions []DraftHead
	Sections []SectionRedline
	Ideas    []Step
	Same     int
	Base     string
}

func (p *pages) redline(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &redlinePage{Base: "/docket/" + id.String()}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(l, d, "/text")
		to, err := versionOf(r, "to", d.Counts.Drafts)
		if err != nil {
			return err
		}
		from, err := versionOf(r, "from", d.Counts.Drafts)
		if err != nil {
			return err
		}
		if r.URL.Query().Get("from") == "" {
			from = max(1, to-1)
		}
		if from > to {
			from, to = to, from
		}
		return page.compare(s, d.Index, from, to)
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("What changed from version {a} to version {b}", "a", page.From.Version, "b", page.To.Version))
	page.Wide = true
	page.Head.Entry = page.To.Entry
	return page, nil
}

func (p *redlinePage) compare(s *readmodel.Snapshot, docket, from, to int64) error {
	before, err := draft(s, docket, from)
	if err != nil {
		return err
	}
	after, err := draft(s, docket, to)
	if err != nil {
		return err
	}
	between, err := steps(s, docket, from+1, to)
	if err != nil {
		return err
	}
	if p.Versions, err = drafts(s, docket, 1, maxVersions); err != nil {
		return err
	}
	p.From, p.To = before.DraftHead, after.DraftHead
	p.Sections = redlineOf(before.Text, after.Text, between)
	for _, x := range p.Sections {
		if x.State == "same" {
			p.Same++
		}
	}
	for _, st := range between {
		if st.Section == "" {
			p.Ideas = append(p.Ideas, st)
		}
	}
	return nil
}

// ghostsPage is ghosts.html: what changed or vanished without a reason.
type ghostsPage struct {
	web.Head
	about
	Steps   []ghostStep
	Pager   web.Pager
	Nothing web.Empty
	Base    string
}

// ghostStep is what one version did.
type ghostStep struct {
	Ghosts []Ghost
}

// Gone counts what vanished in the step.
func (g ghostStep) Gone() int { return len(g.Ghosts) - g.Changed() }

// Changed counts what stayed with another text.
func (g ghostStep) Changed() (n int) {
	for i := range g.Ghosts {
		if g.Ghosts[i].What == "changed" {
			n++
		}
	}
	return n
}

// First is any ghost of the step: all share version and dates.
func (g ghostStep) First() *Ghost { return &g.Ghosts[0] }

func (p *pages) ghosts(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	at, err := web.ReadCursor(r, 100)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &ghostsPage{Base: "/docket/" + id.String(), Nothing: web.Empty{Title: l.T("Nothing has vanished"), Text: l.T("Every change of the text was published with its reason."),
		Next: web.Link{Text: l.T("Compare versions"), Href: "/docket/" + id.String() + "/redline"}}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(l, d, "/ghosts")
		list, next, err := ghosts(s, d.Index, at.Since, at.Limit)
		if err != nil {
			return err
		}
		for _, g := range list {
			if n := len(page.Steps); n == 0 || page.Steps[n-1].First().Version != g.Version {
				page.Steps = append(page.Steps, ghostStep{})
			}
			last := &page.Steps[len(page.Steps)-1]
			last.Ghosts = append(last.Ghosts, g)
		}
		page.Pager = at.Pager(r, next, len(list), l.T("changes"))
		page.Pager.Total = l.Number(d.Counts.Ghosts)
		return nil
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("What vanished, and when"))
	page.Lead = l.T("Text that was changed or taken out, and ideas that were dropped, in a version that gave no reason.")
	return page, nil
}
