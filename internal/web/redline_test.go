package web

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
			for _, r := range Redline(a, b) {
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
	got := Redline("Readings within 24 hours, as data.", "Readings within the hour, as data.")
	if len(got) != 4 || got[1].Text != "24 hours" || got[2].Text != "the hour" {
		t.Errorf("not by word: %+v", got)
	}
}

func FuzzRedline(f *testing.F) {
	f.Add("a b c", "a c d")
	f.Fuzz(func(t *testing.T, a, b string) {
		var before, after strings.Builder
		for _, r := range Redline(a, b) {
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
