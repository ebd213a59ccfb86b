package procurementview

import (
	"slices"
	"strings"
	"testing"

	"publica/internal/registertest/viewtest"
)

// TestGolden compares what every page of the gallery says, while bids are taken and
// after the award, with the outlines in testdata/golden: one file for each page, so
// that a change of words or order is seen in review. Run it with -update after a
// change that is meant.
func TestGolden(t *testing.T) {
	s := newSample(t)
	s.bridge()
	s.boats()
	s.salt()
	h, m := s.site()
	g := &viewtest.Gallery{TB: t, Site: h}
	ours := func(pattern string) bool { // what others mount has tests of its own
		for _, mine := range []string{"/tenders", "/docket/{id}/tender", "/docket/{id}/tender/bids", "/docket/{id}/tender/keys", "/docket/{id}/tender/timeline", "/docket/{id}/tender/contracts", "/docket/{id}/tender/ask"} {
			if pattern == mine {
				return true
			}
		}
		return false
	}
	g.Read("while bids are taken", ours)
	s.opened()
	s.judged()
	s.awarded()
	s.carriedOut()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	g.Read("after the award", ours)
	g.Compare(7)
}

// TestConfidential scans every page of the gallery for what the bids of a
// confidential tender say: no byte of it may be anywhere.
func TestConfidential(t *testing.T) {
	s := newSample(t)
	id := s.advice()
	h, _ := s.site()
	code, index := viewtest.Get(t, h, "/gallery")
	if code != 200 {
		t.Fatal(index)
	}
	pages := []string{"/", "/entry/" + s.bids["quiet"].String(), "/entry/" + s.bids["silent"].String()}
	for _, link := range strings.Split(index, `<a href="`)[1:] {
		path, _, _ := strings.Cut(link, `"`)
		if strings.HasPrefix(path, "/") {
			pages = append(pages, strings.ReplaceAll(path, "&amp;", "&"))
		}
	}
	for _, path := range pages {
		_, body := viewtest.Get(t, h, path)
		for _, m := range markers {
			if strings.Contains(body, m) {
				t.Errorf("%s says %q of a confidential bid", path, m)
			}
		}
	}
	if !slices.Contains(pages, "/docket/"+id.String()+"/tender/bids") || len(pages) < 10 {
		t.Errorf("only %d pages were scanned", len(pages))
	}
	bids := viewtest.Page(t, h, "/docket/"+id.String()+"/tender/bids")
	viewtest.Says(t, bids, "Bids stay confidential", "opened to the evaluators alone", "not public", "Best value.", "9,000.00 USD")
}
