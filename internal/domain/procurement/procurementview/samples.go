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
			all = append(all, web.Link{Text: "Tender", Href: "/docket/" + id.String() + "/tender"}, web.Link{Text: "Bid room", Href: "/docket/" + id.String() + "/tender/bid"})
		}
		return err
	})
	return all, err
}
