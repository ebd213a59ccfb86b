package commitmentview

import (
	"context"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// mountKinds says on the permanent page of each record what it did, and links
// to the commitment it is about.
func (p *pages) mountKinds(site *web.Site) {
	for _, k := range ogp.PromiseKinds {
		site.RenderKind(k, p.render)
	}
}

func (p *pages) render(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	if rec.Leaf.Refused != nil {
		return nil, nil
	}
	l := web.LocaleIn(ctx)
	var v *web.EntryView
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		var id publica.EntryID
		var title, name, plan string
		var docket publica.DocketID
		found, err := s.One(`SELECT e.id, t.title, c.name, d.id, d.title FROM commitment_record r JOIN commitment c ON c.idx = r.commitment JOIN entry e ON e.idx = c.idx
			JOIN document t ON t.idx = c.idx JOIN docket d ON d.idx = c.docket WHERE r.idx = ?`, readmodel.Args{rec.Index}, &id, &title, &name, &docket, &plan)
		if err != nil || !found {
			return err // on the log, not projected yet
		}
		v = &web.EntryView{Headline: kindWords(l, e.Kind) + ": " + web.Excerpt(title, 100), Marks: []web.Tag{{Text: name}},
			Links: []web.Link{{Text: l.T("The commitment, and what became of it"), Href: "/commitment/" + id.String() + recordAnchor(e.Kind, rec.ID)}, {Text: web.Excerpt(plan, 80), Href: "/docket/" + docket.String() + "/commitments"}}}
		v.Summary = kindMeans(l, e.Kind)
		return nil
	})
	return v, err
}

// recordAnchor is where a commitment's page shows a record.
func recordAnchor(k publica.Kind, id publica.EntryID) string {
	if k == "commitment/adopt" {
		return ""
	}
	return "#r-" + id.String()
}

// kindMeans says what a record of a kind does.
func kindMeans(l *web.Locale, k publica.Kind) string {
	switch k {
	case "commitment/adopt":
		return l.T("A promise of a final plan, with what makes it checkable.")
	case "commitment/update":
		return l.T("What the government says of the commitment as of a day.")
	case "commitment/milestone-done":
		return l.T("A step of the commitment is done; the record says where anyone can see it.")
	case "commitment/amend":
		return l.T("The commitment reads differently since; the old wording stays beside it.")
	case "commitment/self-assess":
		return l.T("The government's own judgement of the commitment.")
	case "commitment/review":
		return l.T("The coding of an independent reviewer.")
	case "commitment/reply":
		return l.T("The government's answer to a review.")
	}
	return l.T("Nothing more is reported on the commitment.")
}
