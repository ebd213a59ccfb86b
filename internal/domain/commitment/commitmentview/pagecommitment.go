package commitmentview

import (
	"net/http"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// commitmentPage is commitment.html: one promise, and what became of it.
type commitmentPage struct {
	web.Head
	*dossier
	Lang     string
	Because  []because
	Then     string
	Texts    []webText
	Facts    web.Facts
	Progress *web.TimePlot
	Lanes    *web.Lanes
	Welcome  string // where to comment; "" if nobody may now
	Base     string // of the docket
	Terms    *Terms
}

// A webText is a text with its heading.
type webText struct{ Name, Text string }

func (p *pages) commitment(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &commitmentPage{}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		at := p.now(s)
		day := r.URL.Query().Get("at")
		if day != "" {
			if at, err = endOfDay(day); err != nil {
				return err
			}
		}
		if page.dossier, err = dossierOf(s, l, id, at); err != nil {
			return err
		}
		if page.then = day != ""; page.then {
			page.Then = l.Day(at)
		}
		if err := page.facts(l); err != nil {
			return err
		}
		return page.welcome(s)
	})
	if err != nil {
		return nil, err
	}
	page.show(l)
	return page, nil
}

// show says the commitment in words and pictures.
func (c *commitmentPage) show(l *web.Locale) {
	c.Base, c.Terms = "/docket/"+c.Docket.String(), c.terms
	c.Head = web.Head{Title: web.Tame(c.dossier.Title), Kicker: l.T("Commitment {name} of {body}", "name", c.Name, "body", c.AgencyName), Nav: "/commitments", Entry: c.dossier.Entry,
		Crumbs: []web.Link{{Text: l.T("Commitments"), Href: "/commitments"}, {Text: web.Excerpt(c.Plan, 60), Href: c.Base + "/commitments"}}, Feed: c.Base + "/feed.atom?kinds=commitments"}
	if c.Head.Title == "" {
		c.Head.Title = c.Name
	}
	c.Because = becauseOf(l, &c.Standing)
	for _, t := range []struct{ part, name string }{{"problem", l.T("Problem")}, {"action", l.T("What will be done")}, {"indicator", l.T("What is measured")}} {
		if text := c.terms.Texts[t.part]; text != "" {
			c.Texts = append(c.Texts, webText{t.name, text})
		}
	}
	c.Progress, c.Lanes = c.progressOf(l), c.milestonesOf(l)
}

// facts says what is promised, by whom.
func (c *commitmentPage) facts(l *web.Locale) error {
	t := c.terms
	supporting, err := c.namesOf(t.Supporting)
	if err != nil {
		return err
	}
	lead, err := c.names.of(c.dossier.Lead)
	if err != nil {
		return err
	}
	values, err := c.say(l, t, "values")
	if err != nil {
		return err
	}
	adopted := web.Fact{Name: l.T("Adopted"), Value: l.Day(c.Adopted)}
	if c.Claimed {
		adopted.Value = l.T("{day}, as claimed by the importer", "day", l.Day(c.Adopted))
	}
	for _, f := range []web.Fact{
		{Name: l.T("Lead agency"), Value: c.AgencyName, Href: agencyHref(t)},
		{Name: l.T("Supporting bodies"), Value: supporting},
		{Name: l.T("Who answers for it"), Value: t.Texts["contact"]},
		{Name: l.T("Plan"), Value: c.Plan, Href: "/docket/" + c.Docket.String()},
		{Name: l.T("The plan is led by"), Value: lead},
		adopted,
		{Name: l.T("Baseline"), Value: atWords(l, t, t.Baseline)},
		{Name: l.T("Target"), Value: atWords(l, t, t.Target)},
		{Name: l.T("Values of open government"), Value: values},
	} {
		if f.Value != "" {
			c.Facts = append(c.Facts, f)
		}
	}
	return nil
}

// welcome finds out whether the docket takes comments now.
func (c *commitmentPage) welcome(s *readmodel.Snapshot) error {
	var open bool
	if _, err := s.One("SELECT 1 FROM period p JOIN docket d ON d.idx = p.docket WHERE d.id = ? AND p.stage = ?", readmodel.Args{c.Docket, string(docket.Opened)}, &open); err != nil || !open || c.then {
		return err
	}
	c.Welcome = "/docket/" + c.Docket.String() + "/contribute?on="
	return nil
}

// Regressions counts reports that went back.
func (c *commitmentPage) Regressions() int { return len(c.Standing.Back) }

// Coded reports whether there is a review to set beside the government's claims.
func (c *commitmentPage) Coded() bool { return len(c.Reviews) > 0 }

// Current returns the reviews that stand: final ones, and drafts that none follows.
func (c *commitmentPage) Current() (all []codedReview) {
	for _, r := range c.Reviews {
		if !r.Replaced {
			all = append(all, r)
		}
	}
	return all
}

// Assessment returns the government's own of a phase.
func (c *commitmentPage) Assessment(phase commitment.Phase) *assessment {
	for i := len(c.Assessed) - 1; i >= 0; i-- {
		if c.Assessed[i].Phase == phase {
			return &c.Assessed[i]
		}
	}
	return nil
}

// agencyHref leads to what an agency promised; "" if it is no body of the register.
func agencyHref(t *Terms) string {
	if t.Agency.IsZero() {
		return ""
	}
	return boardHref("/commitments", "body", publica.EntryID(t.Agency).String())
}
