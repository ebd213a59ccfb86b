package procurementview

import (
	"context"
	"slices"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// mountKinds says on the permanent page of each record what it did, and links to
// the tender it is about.
func (p *pages) mountKinds(site *web.Site) {
	d := procurement.Domain()
	for i := range d.Kinds {
		site.RenderKind(d.Kinds[i].Name, p.render)
	}
	for i := range d.Systems {
		site.RenderKind(d.Systems[i].Name, p.render)
	}
}

func (p *pages) render(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	if rec.Leaf.Refused != nil || rec.Docket.IsZero() {
		return nil, nil
	}
	l := web.LocaleIn(ctx)
	base := "/docket/" + rec.Docket.String() + "/tender"
	v := &web.EntryView{Links: []web.Link{{Text: l.T("The tender, and where it stands"), Href: base}, {Text: l.T("Its timeline"), Href: base + "/timeline?record=" + rec.ID.String() + "#r-" + rec.ID.String()}}}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		t, err := p.viewIn(ctx, s, rec.Docket, "")
		if err != nil {
			return err
		}
		i := t.position(rec.ID)
		if i < 0 {
			return nil // on the log, not projected yet
		}
		step := &t.Process.Steps[i]
		v.Headline = t.stepWords(l, step)
		v.Summary = l.T("In the tender “{title}”, by {who}.", "title", web.Apart(web.Excerpt(t.About.Title, 80)), "who", t.actor(l, step.Author, step.For))
		if tag := stepTag(l, step); tag.Text != "" {
			v.Marks = []web.Tag{tag}
		}
		if why, _ := t.protestClosed(l); why == "" && slices.Contains(citedKinds, step.Kind) {
			v.Links = append(v.Links, web.Link{Text: l.T("Protest against it"), Href: base + "/protest?about=" + rec.ID.String()})
		}
		return nil
	})
	if publica.CodeOf(err) == publica.NotFound {
		return v, nil // the docket is on the log, not projected yet
	}
	return v, err
}
