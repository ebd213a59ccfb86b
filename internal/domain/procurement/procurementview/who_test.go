package procurementview

import (
	"strings"
	"testing"

	"publica"
	"publica/tender"
)

// A bidder may call itself anything: on a page the name is one line, bounded, and
// turns nothing around beyond its own end.
func TestBidderNames(t *testing.T) {
	b := &tender.Bid{Mark: tender.Mark{ID: publica.EntryID{1}}, Author: publica.KeyID{2}}
	for name, want := range map[string]string{
		"Second Salt":                  "\u2068Second Salt\u2069",
		"Second\nSalt\u202e, the best": "\u2068Second Salt, the best\u2069",
		strings.Repeat("salt ", 12000): "\u2068" + strings.TrimSpace(strings.Repeat("salt ", 16)) + " …\u2069",
		"":                             "Bidder 02000000",
	} {
		v := &tenderView{asked: true, read: []*tender.OpenBid{{Bid: b, Offer: &tender.Offer{Bidder: &tender.Bidder{Name: name}}}}}
		if got := v.bidder(nil, b); got != want {
			t.Errorf("%.40q is shown as %q, want %q", name, got, want)
		}
	}
}
