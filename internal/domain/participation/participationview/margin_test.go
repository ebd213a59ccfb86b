package participationview

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"publica/internal/domain/participation"
)

// A comment on words of the text stands beside them, and each leads to the
// other; where the words are others by now it says which they were.
func TestMargin(t *testing.T) {
	s := newSample(t)
	words := "open data with a stable address"
	text := "## Water quality data\n\nThe office will publish the reading of every water quality sensor **within 24 hours**, as open data with a stable address."
	from := int64(strings.Index(text, words))
	quote := &[2]int64{from, from + int64(len(words))}
	id := s.Do("reader-9", "participation/comment", participation.Comment{Section: "water-data", Version: 1, Stance: participation.Neutral, Range: quote},
		part("text", "Which licence?"))
	across := s.Do("reader-9", "participation/comment", participation.Comment{Section: "water-data", Version: 2, Stance: participation.Support, Range: &[2]int64{25, 120}},
		part("text", "Good."))
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()

	first := page(t, h, base+"/text?version=1")
	for _, want := range []string{
		fmt.Sprintf(`<mark class="pub-quoted" id="q-%s">%s</mark><sup class="pub-quoted__ref"><a href="#c-%s"`, id, words, id),
		fmt.Sprintf(`id="c-%s"`, id),
		fmt.Sprintf(`<a href="#q-%s"`, id),
		`<div lang="en" class="pub-text"`,
		"/contribute?section=water-data&amp;version=1",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("version 1 has no %s", want)
		}
	}
	says(t, first, "4 comments", "Which licence?", "What became of it")
	second := page(t, h, base+"/text")
	says(t, second, "On words of version 1: "+words)
	if strings.Contains(second, `id="q-`+id.String()) {
		t.Error("words of version 1 are marked in version 2, which has others")
	}
	if n := len(regexp.MustCompile(`<mark class="pub-quoted"( id="q-`+across.String()+`")?>`).FindAllString(second, -1)); n != 3 {
		t.Errorf("a quote across bold words has %d marks, want 3: before, in and after", n)
	}
	says(t, page(t, h, "/contribution/"+id.String()), "The words it is about, in version 1 of the text: "+words)
}
