package governanceview

import (
	"context"
	"encoding/json/v2"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// mountKinds says on the page of each record that is about a proposal which one
// it is, and in the news what became of it.
func (p *pages) mountKinds(site *web.Site) {
	site.RenderKind("governance/propose", p.renderProposal)
	for _, k := range []publica.Kind{"governance/approve", "governance/reject", "governance/decided", "governance/expired"} {
		site.RenderKind(k, p.renderAbout)
	}
}

// renderAbout describes a record whose body names a proposal.
func (p *pages) renderAbout(ctx context.Context, rec *web.Record, e *publica.Entry) (v *web.EntryView, err error) {
	if rec.Leaf.Refused != nil {
		return nil, nil
	}
	var body struct {
		Proposal publica.EntryID `json:"proposal"`
	}
	kind, raw := publica.Kind(""), []byte(nil)
	if e != nil {
		kind, raw = e.Kind, e.Body
	} else {
		kind, raw = rec.Leaf.System.Kind, rec.Leaf.System.Body
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	l := web.LocaleIn(ctx)
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		q, err := Get(s, body.Proposal)
		if publica.CodeOf(err) == publica.NotFound {
			return nil // not projected yet
		}
		if err != nil {
			return err
		}
		said := map[publica.Kind]string{
			"governance/approve": l.T("A member approves: {title}", "title", web.OneLine(q.Title)),
			"governance/reject":  l.T("A member rejects: {title}", "title", web.OneLine(q.Title)),
			"governance/decided": l.T("Decided: {title}", "title", web.OneLine(q.Title)),
			"governance/expired": l.T("Ran out of time: {title}", "title", web.OneLine(q.Title)),
		}
		v = &web.EntryView{Headline: said[kind], Summary: q.words(l) + ".", Links: []web.Link{{Text: l.T("What the members say of it"), Href: "/governance/proposal/" + q.ID.String()}}}
		return nil
	})
	return v, err
}
