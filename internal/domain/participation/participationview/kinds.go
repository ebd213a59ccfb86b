package participationview

import (
	"context"
	"encoding/json/v2"
	"errors"
	"strconv"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// mountKinds says on the permanent page of each record what it did, and links
// to where it is shown in context.
func (p *pages) mountKinds(site *web.Site) {
	for _, k := range []publica.Kind{"participation/idea", "participation/comment"} {
		site.RenderKind(k, p.renderContribution)
	}
	site.RenderKind("participation/response", p.renderResponse)
	site.RenderKind("participation/draft", p.renderDraft)
	site.RenderKind("docket/open", p.renderOpen)
	for _, k := range []publica.Kind{"docket/amend-charter", "docket/period", "participation/timeline"} {
		site.RenderKind(k, p.renderInDocket("/rules", web.Msg("The rules of this docket")))
	}
	for _, k := range []publica.Kind{"participation/outreach", "participation/meeting", "participation/evidence"} {
		site.RenderKind(k, p.renderInDocket("/requirements", web.Msg("Minimum requirements")))
	}
	site.RenderKind("participation/group", p.renderInDocket("/groups", web.Msg("Campaigns")))
	for _, k := range actKinds {
		site.RenderKind(publica.Kind(k), p.renderInDocket("/moderation", web.Msg("Moderation")))
	}
	for _, k := range contentKinds {
		site.RenderKind(k, p.renderInDocket("/moderation", web.Msg("Moderation")))
	}
	site.RenderKind("participation/explain", p.renderInDocket("/ghosts", web.Msg("What vanished, and when")))
	for _, k := range []publica.Kind{"participation/codify", "participation/codified", "docket/period-opened", "docket/period-closed"} {
		site.RenderKind(k, p.renderInDocket("", web.Msg("Where it stands")))
	}
}

// describe gives the record's docket to f; nothing is said about a record
// whose docket is not shown, or that was refused.
func (p *pages) describe(ctx context.Context, rec *web.Record, f func(*readmodel.Snapshot, *DocketStanding) error) error {
	if rec.Leaf.Refused != nil || rec.Docket.IsZero() {
		return errNothing
	}
	return p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		d, err := standing(s, rec.Docket)
		if publica.CodeOf(err) == publica.NotFound {
			return errNothing // on the log, not projected yet
		}
		if err != nil {
			return err
		}
		return f(s, d)
	})
}

var errNothing = errors.New("nothing to say")

// orNothing leaves the page to its general form if there is nothing to say.
func orNothing(v *web.EntryView, err error) (*web.EntryView, error) {
	if errors.Is(err, errNothing) || publica.CodeOf(err) == publica.NotFound {
		return nil, nil
	}
	return v, err
}

func docketLink(d *DocketStanding) web.Link {
	return web.Link{Text: web.Excerpt(d.Title, 80), Href: "/docket/" + d.ID.String()}
}

func (p *pages) renderContribution(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	l := web.LocaleIn(ctx)
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		c, err := contribution(s, rec.ID)
		if err != nil {
			return err
		}
		v = &web.EntryView{Headline: c.Name(), Summary: contributionWords(l, c),
			Links: []web.Link{{Text: l.T("See it with its discussion, and what became of it"), Href: "/contribution/" + c.Entry.String()}, docketLink(d)}}
		for _, t := range []web.Tag{stanceTag(l, c.Stance), stateTag(l, c)} {
			if t.Text != "" {
				v.Marks = append(v.Marks, t)
			}
		}
		v.Facts, v.Marks = originFacts(l, &c.Origin, v.Marks)
		return nil
	})
	return orNothing(v, err)
}

func contributionWords(l *web.Locale, c *Contribution) string {
	switch {
	case c.Kind == "idea":
		return l.T("An idea.")
	case c.Depth > 0:
		return l.T("A reply to a comment.")
	case c.IdeaName != "":
		return l.T("A comment on the idea “{idea}”.", "idea", web.Apart(c.IdeaName))
	case c.AboutKind == "commitment/adopt":
		return l.T("A comment on a commitment.")
	case c.AboutKind != "":
		return l.T("A comment on a review.")
	case c.Section != "":
		return l.T("A comment on the section “{section}” of version {v}.", "section", web.Apart(c.Heading), "v", c.Version)
	}
	return l.T("A comment on the docket.")
}

// originFacts says where a record comes from, claims as claims.
func originFacts(l *web.Locale, o *Origin, marks []web.Tag) (web.Facts, []web.Tag) {
	var f web.Facts
	if o.ByIntake() {
		f = append(f, web.Fact{Name: l.T("Signed by"), Value: l.T("a node, on behalf of the author, who has no key here")})
		marks = append(marks, web.Tag{Text: l.T("Signed by the node")})
	}
	if o.Channel == string(byPasskey) {
		marks = append(marks, web.Tag{Text: l.T("Signed with a passkey")})
	}
	if o.Name != "" && !o.Imported() {
		f = append(f, web.Fact{Name: l.T("Calls themselves"), Value: o.Name})
	}
	if !o.Imported() {
		return f, marks
	}
	claim := func(name, value, href string) {
		f = append(f, web.Fact{Name: name, Value: l.T("{claim}, as claimed by the importer", "claim", value), Href: href})
	}
	claim(l.T("Imported from"), web.Apart(o.Source), "")
	if o.Name != "" {
		claim(l.T("Original author"), web.Apart(o.Name), "")
	}
	if !o.Claimed.IsZero() {
		claim(l.T("Original date"), l.Moment(o.Claimed), "")
	}
	if o.URL != "" {
		claim(l.T("Stood at"), web.Apart(o.URL+" ("+o.Label+")"), o.URL)
	}
	return f, append(marks, web.Tag{Text: l.T("Imported"), Kind: "info"})
}

func (p *pages) renderResponse(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	l := web.LocaleIn(ctx)
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		var b participation.Response
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return errNothing
		}
		var covers, settles int64
		found, err := s.One("SELECT covers, settles FROM response WHERE idx = ?", readmodel.Args{rec.Index}, &covers, &settles)
		if err != nil || !found {
			return errors.Join(err, errNothing)
		}
		v = &web.EntryView{Headline: l.T("Response of {body}", "body", web.Apart(d.LeadName)),
			Summary: l.N(covers, "Answers {n} contribution; {first} of them for the first time.", "Answers {n} contributions; {first} of them for the first time.", "first", settles),
			Marks:   []web.Tag{outcomeTag(l, string(b.Outcome))},
			Links:   []web.Link{{Text: l.T("See it beside what it answers"), Href: hitHref(readmodel.Hit{Kind: "participation/response", Docket: d.ID, Index: rec.Index})}, docketLink(d)}}
		return nil
	})
	return orNothing(v, err)
}

func (p *pages) renderDraft(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	l := web.LocaleIn(ctx)
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		var b participation.Draft
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return errNothing
		}
		heads, err := drafts(s, d.Index, b.Version, 1)
		if err != nil || len(heads) == 0 {
			return errors.Join(err, errNothing)
		}
		h := &heads[0]
		base, n := "/docket/"+d.ID.String(), strconv.FormatInt(b.Version, 10)
		v = &web.EntryView{Headline: l.T("Version {v} of the text", "v", h.Version),
			Summary: l.N(h.Sections, "{n} section.", "{n} sections.") + " " + l.N(h.Ghosts, "{n} change was published without a reason.", "{n} changes were published without a reason."),
			Links:   []web.Link{{Text: l.T("Read this version"), Href: base + "/text?version=" + n}, {Text: l.T("What changed"), Href: base + "/redline?to=" + n}, docketLink(d)}}
		v.Facts, v.Marks = originFacts(l, &h.Origin, nil)
		return nil
	})
	return orNothing(v, err)
}

func (p *pages) renderOpen(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	l := web.LocaleIn(ctx)
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		v = &web.EntryView{Headline: d.Title, Summary: l.T("Opened this docket, led by {body}.", "body", web.Apart(d.LeadName)), Marks: []web.Tag{{Text: docketview.TypeWords(l, d.Type)}},
			Links: []web.Link{{Text: l.T("Where it stands"), Href: "/docket/" + d.ID.String()}, {Text: l.T("Its rules"), Href: "/docket/" + d.ID.String() + "/rules"}}}
		return nil
	})
	return orNothing(v, err)
}

// renderInDocket links a record to the page of its docket that shows it.
func (p *pages) renderInDocket(path, text string) web.EntryRenderer {
	return func(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
		var v *web.EntryView
		err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
			v = &web.EntryView{Links: []web.Link{{Text: web.LocaleIn(ctx).T(text), Href: "/docket/" + d.ID.String() + path}, docketLink(d)}}
			v.Headline, err = headlineOf(ctx, rec, e)
			return err
		})
		return orNothing(v, err)
	}
}
