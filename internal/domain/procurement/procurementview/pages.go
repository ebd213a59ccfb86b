package procurementview

import "publica/internal/web"

// mountPages adds what everyone reads of a tender.
func (p *pages) mountPages(site *web.Site, v *web.Views) {
	v.Page("GET /docket/{id}/tender", "tender.html", p.tender)
	v.Page("GET /docket/{id}/tender/bids", "bids.html", p.bidsPage)
	v.Page("GET /docket/{id}/tender/keys", "keys.html", p.keys)
	v.Page("GET /docket/{id}/tender/timeline", "timeline.html", p.timeline)
	v.Page("GET /docket/{id}/tender/contracts", "contracts.html", p.contracts)
	v.Page("GET /docket/{id}/tender/ask", "ask.html", p.ask)
	v.Page("POST /docket/{id}/tender/ask", "ask.html", p.askTake)
	site.OnHome(p.open)
}
