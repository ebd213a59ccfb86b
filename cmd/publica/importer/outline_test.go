package importer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"publica/cmd/publica/compare"
)

func TestOutline(t *testing.T) {
	for text, want := range map[string]string{
		"before\n# 1. Boats & *piers*\n\nRow.\n## 2) Piers\nMend.\n": `preamble=before|boats-piers=Row.|piers=Mend.`,
		"Plan\n1. Boats\nRow.\n\n\f2) Piers\n  3. no heading\n":      `preamble=Plan|boats=Row.|piers=3. no heading`,
		"# Notes\na\n# Notes\nb":                                     `notes=a|notes-2=b`,
		"only words":                                                 `preamble=only words`,
		"# Boats":                                                    `boats=`,
	} {
		var got []string
		for _, s := range Outline(text) {
			got = append(got, s.ID+"="+strings.TrimSpace(s.Text))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %s", text, got, want)
		}
	}
}

// None of the commitments of the third U.S. plan stand in the fourth.
func TestOutlineNAP3(t *testing.T) {
	dir := dataFolder(t, "us-nap4")
	var texts [][]compare.Section
	for _, name := range []string{"nap3-final.txt", "nap4-final.txt"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, Outline(string(text)))
	}
	g := compare.Follow(texts[0], texts[1], 50)
	if len(g.Sections) != 46 || g.Counts[compare.Gone] != 45 || g.Counts[compare.Reworded] != 1 || len(g.New) != 8 {
		t.Errorf("%d sections: %v, new %q", len(g.Sections), g.Counts, g.New)
	}
	for _, s := range g.Sections {
		if s.Fate == compare.Gone && s.Anywhere > 15 {
			t.Errorf("%s vanished, but %d percent of it stand somewhere", s.Section, s.Anywhere)
		}
	}
}

// From version 18 to 19 of the fourth plan's draft page, the whole list of items
// vanished: the ghosts are those that the versions' own section ids tell.
func TestGhostsNAP4(t *testing.T) {
	n := theData(t)
	cut := func(version int) (out []compare.Section) {
		for _, s := range Split(n.Versions[version-1].Text, isFramework) {
			out = append(out, compare.Section{ID: s.ID, Text: s.Text})
		}
		return out
	}
	before, after := cut(18), cut(19)
	g := compare.Follow(before, after, 50)
	var gone []string
	for _, s := range g.Sections {
		if s.Fate == compare.Gone {
			gone = append(gone, s.Section)
		}
		stays := slices.ContainsFunc(after, func(x compare.Section) bool { return x.ID == s.Section })
		if stays == (s.Fate == compare.Gone) {
			t.Errorf("%s is %s, and stays %t", s.Section, s.Fate, stays)
		}
	}
	for _, id := range []string{"item-10", "item-11", "item-15"} {
		if !slices.Contains(gone, id) {
			t.Errorf("%s did not vanish; these did: %q", id, gone)
		}
	}
	if len(gone) != 23 {
		t.Errorf("%d vanished: %q", len(gone), gone)
	}
}
