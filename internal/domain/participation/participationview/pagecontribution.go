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
	Acts         []Act
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

// Withdrawable reports whether its author could take it back: what was said before
// the outcome was final stands.
func (p *contributionPage) Withdrawable() bool {
	c := p.Contribution
	if final := p.Docket.Codified; final != nil && c.Index < final.Index {
		return false
	}
	return c.Withdrawn.IsZero() && c.Disavowed.IsZero() && !c.Origin.ByIntake() && !c.Origin.Imported()
}

// Appealable are the acts of moderation that stand.
func (p *contributionPage) Appealable() (all []Act) {
	for _, a := range p.Acts {
		if a.Reversed.IsZero() && (a.Kind == "moderation/redact" || a.Kind == "moderation/hide" && a.Answered.IsZero()) {
			all = append(all, a)
		}
	}
	return all
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
	l := web.LocaleOf(r)
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
		page.about = here(l, d, path)
		if err := page.becameOf(s, d.Index); err != nil {
			return err
		}
		if page.Acts, err = actsAbout(s, page.Contribution.Index); err != nil {
			return err
		}
		return page.discussion(s, r, d.Index, at)
	})
	if err != nil {
		return nil, err
	}
	d, c := page.Docket, page.Contribution
	page.Base = "/docket/" + d.ID.String()
	page.Open = cardOf(l, d).Open
	page.Head = head(l, d, c.Name())
	page.Head.Kicker = l.T("Comment")
	page.Head.Crumbs = append(page.Head.Crumbs, web.Link{Text: l.T("Comments"), Href: page.Base + "/comments"})
	if c.Kind == "idea" {
		page.Head.Kicker = l.T("Idea")
		page.Head.Crumbs[2] = web.Link{Text: l.T("Ideas"), Href: page.Base + "/ideas"}
	}
	page.Head.Entry = c.Entry
	page.Head.Script = []string{"own.js"}
	if page.Open {
		page.Head.Script = append(page.Head.Script, "endorse.js")
	}
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

// quote finds the words of the section that a comment is about.
func (p *contributionPage) quote(s *readmodel.Snapshot, docket int64) (err error) {
	p.Quote, err = quoted(s, docket, p.Contribution)
	return err
}

// quoted returns the words of the text that a comment is about, "" if it is
// about no words in particular.
func quoted(s *readmodel.Snapshot, docket int64, c *Contribution) (string, error) {
	if c.Range == nil {
		return "", nil
	}
	var text string
	_, err := s.One(`SELECT t.text FROM draft d JOIN draft_section x ON x.draft = d.idx JOIN section_text t ON t.draft = x.since AND t.section = x.section
		WHERE d.docket = ? AND d.version = ? AND x.section = ?`, readmodel.Args{docket, c.Version, c.Section}, &text)
	return quoteOf(text, *c.Range), err
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
		p.Pager = at.Pager(r, next, len(p.Thread), web.LocaleOf(r).T("comments"))
		return thread(s, p.Thread)
	}
	replies, err := readmodel.Collect(s, scanContribution, contributionColumns+"WHERE c.root = ? AND c.depth > 0 ORDER BY c.seq LIMIT ?", c.root, maxThread)
	p.Thread = nest(c.Entry, replies)
	return err
}
