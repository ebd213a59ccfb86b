package procurementview

import (
	"context"

	"publica/internal/readmodel"
	"publica/internal/web"
)

// samples names a page of each kind, of every tender, for the gallery.
func (p *pages) samples(ctx context.Context) (all []web.Link, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		all = append(all, web.Link{Text: "Tenders", Href: "/tenders"})
		ids, err := tenderIDs(s)
		for _, id := range ids {
			base := "/docket/" + id.String() + "/tender"
			all = append(all, web.Link{Text: "Tender", Href: base})
			for _, at := range []string{"bids", "keys", "timeline", "contracts", "ask", "bid", "protest"} {
				all = append(all, web.Link{Text: "Its " + at, Href: base + "/" + at})
			}
		}
		return err
	})
	return all, err
}
