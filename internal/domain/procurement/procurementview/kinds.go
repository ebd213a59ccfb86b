package procurementview

import (
	"context"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
)

// mountKinds links the permanent page of each record to the tender it is about.
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
	return &web.EntryView{Links: []web.Link{{Text: l.T("The tender, and where it stands"), Href: base}, {Text: l.T("Its timeline"), Href: base + "/timeline#r-" + rec.ID.String()}}}, nil
}
