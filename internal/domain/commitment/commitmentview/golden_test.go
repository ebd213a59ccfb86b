package commitmentview

import (
	"strings"
	"testing"

	"publica/internal/registertest/viewtest"
)

// TestGolden compares what every page of the gallery says, of the sample plan before
// the final review and after, with the outlines in testdata/golden: one file for
// each page, so that a change of words or order is seen in review. Run it with
// -update after a change that is meant.
func TestGolden(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	g := &viewtest.Gallery{TB: t, Site: h}
	ours := func(pattern string) bool { // the desk has tests of its own, and other pages their own outlines
		return strings.HasPrefix(pattern, "/commitment") || strings.HasSuffix(pattern, "/commitments") && !strings.HasPrefix(pattern, "/desk")
	}
	g.Read("in the middle", ours)
	s.finish()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	g.Read("at the end", ours)
	g.Compare(3)
}
