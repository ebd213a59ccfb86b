package participationview

import (
	"strings"
	"testing"

	"publica/internal/registertest/viewtest"
)

// TestGolden compares what every page of the gallery says, of the sample docket
// before its end and after, with the outlines in testdata/golden: one file for
// each page, so that a change of words or order is seen in review. Run it with
// -update after a change that is meant.
func TestGolden(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	g := &viewtest.Gallery{TB: t, Site: h}
	// The desk has tests of its own; the gallery and the reference list what others say.
	ours := func(pattern string) bool {
		return !strings.HasPrefix(pattern, "/desk") && pattern != "/gallery" && pattern != "/api"
	}
	g.Read("in the middle", func(pattern string) bool { return ours(pattern) && pattern != "/entry/{id}" }) // records do not change
	s.moderate()
	s.finish()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	g.Read("at the end", ours)
	g.Compare(15)
}
