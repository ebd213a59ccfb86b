package participationview

import (
	"net/http"

	"publica/internal/readmodel"
	"publica/internal/web"
)

// contributionPage is contribution.html: an idea or comment, its thread, and
// what became of it.
type contributionPage struct {
	web.Head
	about
	Contribution *Contribution
	Responses    []Response
	Causes       []Cause
	Carried      []Carriage
	Dropped      []Step
	Thread       []Contribution
	Pager        web.Pager
	Quote        string
	Base         string
	Open         bool
}

// Nothing reports whether nothing has become of it so far.
func (p *contributionPage) Nothing() bool {
	return len(p.Responses)+len(p.Causes)+len(p.Carried)+len(p.Dropped) == 0
}

func (p *pages) contribution(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	at, err := web.ReadCursor(r, 50)
	if err != nil {
		return nil, err
	}
	page := &contributionPage{}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.Contribution, err = contribution(s, id); err != nil {
			return err
		}
		d, err := standing(s, page.Contribution.Docket)
		if err != nil {
			return err
		}
		path := "/comments"
		if page.Contribution.Kind == "idea" {
			path = "/ideas"
		}
		page.about = here(d, path)
		if err := page.becameOf(s, d.Index); err != nil {
			return err
		}
		return page.discussion(s, r, d.Index, at)
	})
	if err != nil {
		return nil, err
	}
	d, c := page.Docket, page.Contribution
	page.Base = "/docket/" + d.ID.String()
	page.Open = cardOf(d).Open
	page.Head = head(d, c.Name())
	page.Head.Kicker = "Comment"
	page.Head.Crumbs = append(page.Head.Crumbs, web.Link{Text: "Comments", Href: page.Base + "/comments"})
	if c.Kind == "idea" {
		page.Head.Kicker = "Idea"
		page.Head.Crumbs[2] = web.Link{Text: "Ideas", Href: page.Base + "/ideas"}
	}
	page.Head.Entry = c.Entry
	return page, nil
}

// becameOf gathers the answers to it and the changes it moved.
func (p *contributionPage) becameOf(s *readmodel.Snapshot, docket int64) (err error) {
	c := p.Contribution
	if p.Responses, err = responsesTo(s, c); err != nil {
		return err
	}
	if p.Causes, err = causedBy(s, c); err != nil {
		return err
	}
	if c.Kind != "idea" {
		return p.quote(s, docket)
	}
	if p.Carried, err = carriedIn(s, c.Index); err != nil {
		return err
	}
	all, err := ideaSteps(s, docket, c.Index)
	for _, st := range all {
		if st.What == "removed" {
			p.Dropped = append(p.Dropped, st)
		}
	}
	return err
}

// quote finds the characters of the section that a comment quotes.
func (p *contributionPage) quote(s *readmodel.Snapshot, docket int64) error {
	c := p.Contribution
	if c.Range == nil {
		return nil
	}
	var text string
	if _, err := s.One(`SELECT t.text FROM draft d JOIN draft_section x ON x.draft = d.idx JOIN section_text t ON t.draft = x.since AND t.section = x.section
		WHERE d.docket = ? AND d.version = ? AND x.section = ?`, readmodel.Args{docket, c.Version, c.Section}, &text); err != nil {
		return err
	}
	if runes := []rune(text); c.Range[0] < int64(len(runes)) {
		p.Quote = string(runes[c.Range[0]:min(c.Range[1], int64(len(runes)))])
	}
	return nil
}

// discussion gathers the comments on an idea, or the replies to a comment.
func (p *contributionPage) discussion(s *readmodel.Snapshot, r *http.Request, docket int64, at web.Cursor) (err error) {
	c := p.Contribution
	if c.Kind == "idea" {
		var next int64
		p.Thread, next, err = contributions(s, filter{docket: docket, about: c.Index, first: true, since: at.Since, limit: at.Limit})
		if err != nil {
			return err
		}
		p.Pager = at.Pager(r, next, len(p.Thread), "comments")
		return thread(s, p.Thread)
	}
	replies, err := readmodel.Collect(s, scanContribution, contributionColumns+"WHERE c.root = ? AND c.depth > 0 ORDER BY c.seq LIMIT ?", c.root, maxThread)
	p.Thread = nest(c.Entry, replies)
	return err
}
