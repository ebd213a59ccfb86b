package commitmentview

import (
	"context"

	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// samples are links for the gallery: boards that differ, and a commitment in each
// state.
func (p *pages) samples(ctx context.Context) (links []web.Link, err error) {
	add := func(text, href string) { links = append(links, web.Link{Text: text, Href: href}) }
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		b, err := boardOf(s, filter{at: p.now(s)})
		if err != nil {
			return err
		}
		add("Nothing found", "/commitments?q=zyzzyva")
		add("Those overdue", "/commitments?state=overdue")
		add("Long ago", "/commitments?at=2001-01-01")
		seen, plans := map[ogp.PromiseState]bool{}, map[string]bool{}
		for i := range b.all {
			it := &b.all[i]
			at := "/docket/" + it.Docket.String()
			if !plans[at] {
				plans[at] = true
				add("Of one plan", at+"/commitments")
				add("At the desk", "/desk"+at+"/commitments")
				add("Reviews at the desk", "/desk"+at+"/reviews")
			}
			if seen[it.Standing.State] {
				continue
			}
			seen[it.Standing.State] = true
			add(stateWords(nil, it.Standing.State), "/commitment/"+it.Entry.String())
			add("To report on", "/desk/commitment/"+it.Entry.String())
		}
		return nil
	})
	return links, err
}
