package participationview

import (
	"strings"
	"testing"
)

func TestRedlineKeepsOrder(t *testing.T) {
	sec := func(id, text string) Section { return Section{ID: id, Heading: id, Text: text} }
	got := redlineOf([]Section{sec("a", "1"), sec("b", "2"), sec("c", "3"), sec("d", "4")},
		[]Section{sec("a", "1"), sec("x", "0"), sec("c", "33")}, []Step{{Version: 2, Section: "b", What: "removed"}})
	var words []string
	for _, r := range got {
		words = append(words, r.ID+" "+r.State)
	}
	if s := strings.Join(words, ", "); s != "a same, x new, b removed, c changed, d removed" {
		t.Error(s)
	}
	if len(got[2].Steps) != 1 {
		t.Error("the reason of a removed section is missing")
	}
}
