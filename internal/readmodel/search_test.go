package readmodel

import (
	"path/filepath"
	"strings"
	"testing"

	"publica"
)

// hostile are questions that would be syntax, or worse, if they reached FTS5.
var hostile = []string{
	"", " ", `"`, `""`, `"""`, `" OR 1=1`, "a OR", "AND", "NOT", "NEAR(", "NEAR(a b, 2)", "title:x", "{title} : x", "-", "--", "-a", `-"`, `-"a`, `-"a b" c`,
	"*", "a*", "**", "a**b", "^a", "(", "a)", "((((", "'; DROP TABLE document; --", "\x00", "a\x00b", "\xff\xfe", "\u202e", "a\u0301", "\u0301", "日本語", "مرحبا", "🙂",
	"col:umn:", "+", "a + b", strings.Repeat("a ", 5000), strings.Repeat("x", 100000), strings.Repeat(`"`, 999), "\\", "%", "a_b", "a-b-c", "𝒜", "²", "Ⅷ", "ﬁ", "\u2028", "scope : dffff",
}

func searchAll(t testing.TB, m *Model, q Search) *Found {
	t.Helper()
	var found *Found
	if err := m.Read(t.Context(), func(s *Snapshot) (err error) {
		found, err = s.Search(q)
		return err
	}); err != nil {
		t.Fatalf("searching %.80q: %v", q.Text, err)
	}
	return found
}

func searchModel(t testing.TB) (*Model, publica.DocketID) {
	t.Helper()
	l := new(testLog)
	l.add(t, publica.Leaf{System: &publica.SystemRecord{Kind: "register/genesis", Body: []byte(`{}`)}}, "")
	d := publica.DocketID(l.entry(t, "docket/open", publica.DocketID{}, "A docket", nil))
	for _, text := range []string{"Blockchain for permits", "Permits without a chain, <b>please</b>", "Été à la rivière", "chain \x02of\x03 rivers", "日本語 の 文"} {
		l.entry(t, "note/add", d, text, nil)
	}
	l.entry(t, "note/add", publica.DocketID{}, "Permits elsewhere", nil)
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), noteView)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	return m, d
}

func TestSearch(t *testing.T) {
	m, d := searchModel(t)
	for q, want := range map[string]int{
		"permits": 3, "PERMITS chain": 1, "chain*": 2, "block*": 1, `"permits without"`: 1, `"without permits"`: 0, "permits -chain": 2,
		`permits -"without a chain"`: 2, "riviere": 1, "ete": 1, "日本語": 1, "elephant": 0, "-permits": 0, "for permits": 1, "permits,chain;": 1,
	} {
		if got := searchAll(t, m, Search{Text: q}); len(got.Hits) != want || int(got.Total) != want {
			t.Errorf("%q finds %d, want %d", q, len(got.Hits), want)
		}
	}
	if got := searchAll(t, m, Search{Text: "permits", Docket: d}); len(got.Hits) != 2 || got.Hits[0].Docket != d {
		t.Errorf("in the docket: %+v", got)
	}
	if got := searchAll(t, m, Search{Text: "permits", Kind: "docket/open"}); len(got.Hits) != 0 {
		t.Errorf("of another kind: %+v", got)
	}
	hit := searchAll(t, m, Search{Text: "please"}).Hits[0]
	var whole string
	for _, s := range hit.Snippet {
		whole += s.Text
		if s.Match != (s.Text == "please") {
			t.Errorf("span %+v", s)
		}
	}
	if whole != "Permits without a chain, <b>please</b>" {
		t.Errorf("snippet %q", whole)
	}
}

func TestSearchPages(t *testing.T) {
	l := new(testLog)
	for range rankedHits + 200 {
		l.entry(t, "note/add", publica.DocketID{}, "river", nil)
	}
	for range 30 {
		l.entry(t, "note/add", publica.DocketID{}, "lake", nil)
	}
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), noteView)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"river": rankedHits + 200, "lake": 30} {
		seen := map[int64]bool{}
		for q := (Search{Text: word, Limit: 100}); ; {
			found := searchAll(t, m, q)
			if found.Ranked != (word == "lake") {
				t.Fatalf("%s: ranked is %v", word, found.Ranked)
			}
			for _, h := range found.Hits {
				if seen[h.Index] {
					t.Fatalf("%s: %d stands twice", word, h.Index)
				}
				seen[h.Index] = true
			}
			if q.Cursor = found.Next; found.Next == 0 {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%s: paging saw %d of %d", word, len(seen), want)
		}
	}
}

func TestHostileQueries(t *testing.T) {
	m, d := searchModel(t)
	for _, q := range hostile {
		searchAll(t, m, Search{Text: q})
		searchAll(t, m, Search{Text: q, Docket: d, Kind: publica.Kind(q), Cursor: 3, Limit: 1})
	}
}

func FuzzSearch(f *testing.F) {
	for _, q := range hostile {
		f.Add(q)
	}
	m, d := searchModel(f)
	f.Fuzz(func(t *testing.T, q string) {
		searchAll(t, m, Search{Text: q, Docket: d})
		searchAll(t, m, Search{Text: "permits " + q, Kind: publica.Kind(q)})
	})
}
