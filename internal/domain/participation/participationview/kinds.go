package participationview

import (
	"context"
	"encoding/json/v2"
	"errors"

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
		site.RenderKind(k, p.renderInDocket("/rules", "The rules of this docket"))
	}
	site.RenderKind("participation/explain", p.renderInDocket("/ghosts", "What vanished, and when"))
	site.RenderKind("participation/codify", p.renderInDocket("", "Where it stands"))
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
	return web.Link{Text: excerpt(d.Title, 80), Href: "/docket/" + d.ID.String()}
}

func (p *pages) renderContribution(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		c, err := contribution(s, rec.ID)
		if err != nil {
			return err
		}
		v = &web.EntryView{Headline: c.Name(), Summary: contributionWords(c),
			Links: []web.Link{{Text: "See it with its discussion, and what became of it", Href: "/contribution/" + c.Entry.String()}, docketLink(d)}}
		for _, t := range []web.Tag{stanceTag(c.Stance), stateTag(c)} {
			if t.Text != "" {
				v.Marks = append(v.Marks, t)
			}
		}
		v.Facts, v.Marks = originFacts(&c.Origin, v.Marks)
		return nil
	})
	return orNothing(v, err)
}

func contributionWords(c *Contribution) string {
	switch {
	case c.Kind == "idea":
		return "An idea."
	case c.Depth > 0:
		return "A reply to a comment."
	case c.IdeaName != "":
		return "A comment on the idea “" + c.IdeaName + "”."
	case c.Section != "":
		return "A comment on the section " + c.Heading + " of version " + grouped(c.Version) + "."
	}
	return "A comment on the docket."
}

// originFacts says where a record comes from, claims as claims.
func originFacts(o *Origin, marks []web.Tag) (web.Facts, []web.Tag) {
	var f web.Facts
	if o.ByIntake() {
		f = append(f, web.Fact{Name: "Signed by", Value: "a node, on behalf of the author, who has no key here"})
		marks = append(marks, web.Tag{Text: "Signed by the node"})
	}
	if o.Name != "" && !o.Imported() {
		f = append(f, web.Fact{Name: "Calls themselves", Value: o.Name})
	}
	if !o.Imported() {
		return f, marks
	}
	f = append(f, web.Fact{Name: "Imported from", Value: o.Source + ", as claimed by the importer"})
	if o.Name != "" {
		f = append(f, web.Fact{Name: "Original author", Value: o.Name + ", as claimed by the importer"})
	}
	if !o.Claimed.IsZero() {
		f = append(f, web.Fact{Name: "Original date", Value: momentOf(o.Claimed) + ", as claimed by the importer"})
	}
	if o.URL != "" {
		f = append(f, web.Fact{Name: "Stood at", Value: o.URL + " (" + o.Label + "), as claimed by the importer", Href: o.URL})
	}
	return f, append(marks, web.Tag{Text: "Imported", Kind: "info"})
}

func (p *pages) renderResponse(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
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
		v = &web.EntryView{Headline: "Response of " + d.LeadName, Summary: "Answers " + count(covers, "contribution", "contributions") + "; " + grouped(settles) + " of them for the first time.",
			Marks: []web.Tag{outcomeTag(string(b.Outcome))},
			Links: []web.Link{{Text: "See it beside what it answers", Href: hitHref(readmodel.Hit{Kind: "participation/response", Docket: d.ID, Index: rec.Index})}, docketLink(d)}}
		return nil
	})
	return orNothing(v, err)
}

func (p *pages) renderDraft(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
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
		base, n := "/docket/"+d.ID.String(), "version="+grouped(b.Version)
		v = &web.EntryView{Headline: "Version " + grouped(h.Version) + " of the text", Summary: count(h.Sections, "section", "sections") + "; " + count(h.Ghosts, "change was", "changes were") + " published without a reason.",
			Links: []web.Link{{Text: "Read this version", Href: base + "/text?" + n}, {Text: "What changed", Href: base + "/redline?to=" + grouped(b.Version)}, docketLink(d)}}
		v.Facts, v.Marks = originFacts(&h.Origin, nil)
		return nil
	})
	return orNothing(v, err)
}

func (p *pages) renderOpen(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
		v = &web.EntryView{Headline: d.Title, Summary: "Opened this docket, led by " + d.LeadName + ".", Marks: []web.Tag{{Text: docketview.TypeWords(d.Type)}},
			Links: []web.Link{{Text: "Where it stands", Href: "/docket/" + d.ID.String()}, {Text: "Its rules", Href: "/docket/" + d.ID.String() + "/rules"}}}
		return nil
	})
	return orNothing(v, err)
}

// renderInDocket links a record to the page of its docket that shows it.
func (p *pages) renderInDocket(path, text string) web.EntryRenderer {
	return func(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
		var v *web.EntryView
		err := p.describe(ctx, rec, func(s *readmodel.Snapshot, d *DocketStanding) error {
			v = &web.EntryView{Links: []web.Link{{Text: text, Href: "/docket/" + d.ID.String() + path}, docketLink(d)}}
			return nil
		})
		return orNothing(v, err)
	}
}
