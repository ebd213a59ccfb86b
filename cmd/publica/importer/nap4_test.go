package importer

import (
	"encoding/json/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"publica"
)

// theData returns the folder of the fourth plan, or skips.
func theData(t *testing.T) *NAP4 {
	t.Helper()
	// Reached from the project's root, three folders up.
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "us-nap4")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the data of the fourth U.S. plan is not at ../shared/data/us-nap4 beside the project: %v", err)
	}
	n, err := ReadNAP4(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func signer(t *testing.T) Signer {
	t.Helper()
	return Signer{Key: publica.KeyFromSeed([32]byte{1}), Register: "test.example", Docket: publica.DocketID{1}, For: publica.BodyID{2}}
}

func TestNAP4Counts(t *testing.T) {
	n := theData(t)
	ideas, comments := n.Contributions()
	if len(n.Suggestions) != 77 || len(n.Workshops) != 140 || len(n.Versions) != 20 || ideas != 217 || comments != 25 {
		t.Errorf("got %d suggestions, %d workshop ideas, %d versions, %d ideas, %d comments",
			len(n.Suggestions), len(n.Workshops), len(n.Versions), ideas, comments)
	}
	p, err := n.Plan(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Ideas)+len(p.Comments) != 242 || len(p.Drafts) != 20 {
		t.Errorf("the plan has %d ideas, %d comments, %d drafts", len(p.Ideas), len(p.Comments), len(p.Drafts))
	}
}

// The same source, key and docket give the same entries; another docket gives
// others.
func TestNAP4Repeats(t *testing.T) {
	n, g := theData(t), signer(t)
	all := func(g Signer) map[publica.EntryID]bool {
		p, err := n.Plan(g)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[publica.EntryID]bool{}
		for _, s := range slices.Concat(p.Ideas, p.Comments, p.Drafts) {
			e, err := s.Signed.Open()
			if err != nil {
				t.Fatal(err)
			}
			if err := publica.CheckContent(e, s.Content); err != nil {
				t.Fatal(err)
			}
			ids[s.Signed.ID()] = true
		}
		if len(ids) != 262 {
			t.Errorf("%d distinct entries, want 262", len(ids))
		}
		return ids
	}
	first, second := all(g), all(g)
	g.Docket = publica.DocketID{9}
	other := all(g)
	for id := range first {
		if !second[id] {
			t.Fatal("the second run makes another entry")
		}
		if other[id] {
			t.Fatal("another docket gets the same entry")
		}
	}
}

// What the draft page lost, item by item, is what the page's history says.
func TestNAP4Vanished(t *testing.T) {
	n := theData(t)
	p, err := n.Plan(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	gone := map[int64][]string{} // version → sections of the one before that it lacks
	ideas := map[int64]int{}     // version → ideas of the one before that it lacks
	var before DraftBody
	for _, s := range p.Drafts {
		e, err := s.Signed.Open()
		if err != nil {
			t.Fatal(err)
		}
		var d DraftBody
		if err := json.Unmarshal(e.Body, &d); err != nil {
			t.Fatal(err)
		}
		has := map[string]bool{}
		carried := map[publica.EntryID]bool{}
		for _, x := range d.Sections {
			has[x.ID] = true
			for _, id := range x.Ideas {
				carried[id] = true
			}
		}
		lost := map[publica.EntryID]bool{}
		for _, x := range before.Sections {
			if !has[x.ID] {
				gone[d.Version] = append(gone[d.Version], x.ID)
			}
			for _, id := range x.Ideas {
				if !carried[id] {
					lost[id] = true
				}
			}
		}
		ideas[d.Version] = len(lost)
		before = d
	}
	if !slices.Equal(gone[15], []string{"item-1"}) || ideas[15] != 1 {
		t.Errorf("version 15 (2017-10-02) lost %q and %d ideas, want item-1 and 1", gone[15], ideas[15])
	}
	for _, id := range []string{"item-10", "item-10-2", "item-11", "item-15", "u-s-national-action-plan-4-0-draft-framework"} {
		if !slices.Contains(gone[19], id) {
			t.Errorf("version 19 (2018-06-08) should lose %s; it lost %q", id, gone[19])
		}
	}
	if len(gone[19]) != 23 || ideas[19] != 21 {
		t.Errorf("version 19 (2018-06-08) lost %d sections and %d ideas, want 23 and 21", len(gone[19]), ideas[19])
	}
	for v, ids := range gone {
		if v != 15 && v != 19 {
			t.Errorf("version %d lost %q, but only 15 and 19 removed anything", v, ids)
		}
	}
}

// Sections that stay the same carry no text again.
func TestNAP4Carried(t *testing.T) {
	n := theData(t)
	var d Drafter
	var changed []int
	for _, v := range n.Versions {
		_, parts := d.Next(Split(v.Text, isFramework))
		changed = append(changed, len(parts))
	}
	t.Logf("sections with new text, by version: %v", changed)
	if changed[8] != 1 || changed[19] != 1 {
		t.Errorf("versions 9 and 20 fix one word each, but carry %d and %d texts", changed[8], changed[19])
	}
}
