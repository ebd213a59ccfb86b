package participationview

import (
	"strings"
	"testing"
)

func TestRedlineGivesBothTexts(t *testing.T) {
	texts := []string{
		"", "a", "One two three.", "One three.", "The office will publish **within 24 hours**, as open data.",
		"The office will publish **within the hour**, marked as raw, as open data.",
		"## Head\n\nfirst line\nsecond line\n", "## Head\n\nfirst line changed\n\nsecond line\n", "שלום עולם", "a\x00b \U000F0000 c",
	}
	for _, a := range texts {
		for _, b := range texts {
			var before, after strings.Builder
			for _, r := range redline(a, b) {
				if r.Op != "insert" {
					before.WriteString(r.Text)
				}
				if r.Op != "delete" {
					after.WriteString(r.Text)
				}
			}
			if before.String() != a || after.String() != b {
				t.Errorf("redline of %q and %q gives %q and %q", a, b, before.String(), after.String())
			}
		}
	}
	got := redline("Readings within 24 hours, as data.", "Readings within the hour, as data.")
	if len(got) != 4 || got[1].Text != "24 hours" || got[2].Text != "the hour" {
		t.Errorf("not by word: %+v", got)
	}
}

func FuzzRedline(f *testing.F) {
	f.Add("a b c", "a c d")
	f.Fuzz(func(t *testing.T, a, b string) {
		var before, after strings.Builder
		for _, r := range redline(a, b) {
			if r.Op != "insert" {
				before.WriteString(r.Text)
			}
			if r.Op != "delete" {
				after.WriteString(r.Text)
			}
		}
		if before.String() != a || after.String() != b {
			t.Errorf("%q, %q: %q, %q", a, b, before.String(), after.String())
		}
	})
}

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
