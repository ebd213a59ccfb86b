package procurementview

import (
	"context"
	"encoding/json/v2"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

// A late face holds all content but a text.
type late struct {
	viewtest.Face
	text string
	held int64 // log size up to which it says that it holds all
}

func (f *late) Content(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	got, err := f.Face.Content(ctx, c)
	if err == nil && f.text != "" && string(got.Data) == f.text {
		return nil, publica.Problem(publica.NotFound, "commitment", "is not held by this node")
	}
	return got, err
}

func (f *late) Status() *web.Status {
	s := f.Face.Status()
	s.Held = f.held
	return s
}

// pageAt reads the page of the feed at a path.
func pageAt(t *testing.T, p *pages, path string) (ids []string, texts map[string]string, next int64, link string) {
	t.Helper()
	raw, err := p.feed(httptest.NewRequest("GET", "http://node.example"+path, nil))
	if err != nil {
		t.Fatal(err)
	}
	var pkg struct {
		Releases []struct{ ID, OCID string } `json:"releases"`
		Links    struct{ Next string }       `json:"links"`
		Next     int64                       `json:"next"`
	}
	if err := json.Unmarshal(raw, &pkg, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	root, err := ocds.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for i, r := range pkg.Releases {
		ids = append(ids, r.ID)
		texts[r.ID] = string(ocds.Line(root.Get("releases").Items[i]))
	}
	return ids, texts, pkg.Next, pkg.Links.Next
}

// The feed waits for content that the node looks for, and not for what it hides; who
// follows it sees every release as it stays.
func TestFeedWaits(t *testing.T) {
	s := newSample(t)
	s.salt()
	m := s.Model()
	now := s.Now.Std()
	asked := s.index("procurement/ask")
	face := &late{Face: s.Face(m), held: s.Size()}
	whole := pagesOf(t, face, m, func() time.Time { return now })
	all, want, end, _ := pageAt(t, whole, "/ocds/releases?since=0&limit=1000")

	face = &late{Face: s.Face(m), text: "May the salt be blue?", held: asked}
	p := pagesOf(t, face, m, func() time.Time { return now })
	got, texts, next, link := pageAt(t, p, "/ocds/releases?since=0&limit=1000")
	if len(got) == 0 || len(got) == len(all) || next <= asked || next >= end || link != "" {
		t.Fatalf("%d of %d releases, next %d and %q; the question has the index %d", len(got), len(all), next, link, asked)
	}
	if again, _, at, _ := pageAt(t, p, "/ocds/releases?limit=1000&since="+strconv.FormatInt(next, 10)); again != nil || at != next {
		t.Errorf("the next page has %v and goes on to %d", again, at)
	}
	now = now.Add(lackingFor)
	face.text, face.held = "", s.Size() // it has come
	rest, more, _, _ := pageAt(t, p, "/ocds/releases?limit=1000&since="+strconv.FormatInt(next, 10))
	if got = append(got, rest...); !slices.Equal(got, all) {
		t.Errorf("the reader saw %d releases of %d", len(got), len(all))
	}
	for _, id := range all {
		if texts[id]+more[id] != want[id] {
			t.Errorf("release %s was read as\n%s\nand is\n%s", id, texts[id]+more[id], want[id])
		}
	}

	hidden := pagesOf(t, &late{Face: s.Face(m), text: "May the salt be blue?", held: s.Size()}, m, func() time.Time { return now })
	if got, _, _, _ := pageAt(t, hidden, "/ocds/releases?since=0&limit=1000"); !slices.Equal(got, all) {
		t.Errorf("%d releases of %d, though what lacks is hidden", len(got), len(all))
	}
	lost := pagesOf(t, &late{Face: s.Face(m), text: "May the salt be blue?", held: asked}, m, func() time.Time { return now })
	if got, _, _, _ := pageAt(t, lost, "/ocds/releases?since=0&limit=1000"); len(got) == len(all) {
		t.Error("it does not wait")
	}
	now = now.Add(patience)
	if got, _, _, _ := pageAt(t, lost, "/ocds/releases?since=0&limit=1000"); !slices.Equal(got, all) {
		t.Errorf("%d releases of %d, though nobody has what lacks", len(got), len(all))
	}
}

// index is the log index of the first record of a kind.
func (s *sample) index(kind publica.Kind) int64 {
	for i := range s.Log {
		leaf, err := publica.ParseLeaf(s.Log[i].Bytes)
		if err != nil {
			s.TB.Fatal(err)
		}
		if e, err := publica.ParseEntry(leaf.Entry); err == nil && e.Kind == kind {
			return int64(i)
		}
	}
	s.TB.Fatalf("no record of the kind %s", kind)
	return 0
}

// Whoever follows links.next reads all, each page has something, and there is an end.
func TestFeedLinks(t *testing.T) {
	s := newSample(t)
	s.bridge()
	s.plan("A tender that is only planned")
	m := s.Model()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	all, _, _, _ := pageAt(t, p, "/ocds/releases?since=0&limit=1000")
	var followed []string
	for path, n := "/ocds/releases?limit=1", 0; path != ""; n++ {
		got, _, _, link := pageAt(t, p, path)
		if len(got) != 1 || n > len(all) {
			t.Fatalf("page %d at %s has %d releases", n, path, len(got))
		}
		followed, path = append(followed, got...), strings.TrimPrefix(link, "http://node.example")
	}
	if len(all) < 2 || !slices.Equal(followed, all) {
		t.Errorf("followed %v, there are %v", followed, all)
	}
}

// Packages name the license and the publication policy of the node.
func TestFeedTerms(t *testing.T) {
	s := newSample(t)
	s.plan("Sand")
	m := s.Model()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	p.terms = DataTerms{License: "https://license.example/zero", Policy: "https://node.example/policy"}
	raw, err := p.feed(httptest.NewRequest("GET", "/ocds/releases", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"license":"https://license.example/zero"`, `"publicationPolicy":"https://node.example/policy"`} {
		if !strings.Contains(strings.ReplaceAll(string(raw), " ", ""), want) {
			t.Errorf("%.900s", raw)
		}
	}
	dataChecked(t, string(raw))
}

// A page ends at its weight, and has a release that is heavier alone.
func TestFeedWeight(t *testing.T) {
	x := &published{at: map[int64]int{10: 0, 12: 1, 13: 2}, releases: []*ocds.Node{ocds.Object(), ocds.Object(), ocds.Object()}, weights: []int64{5 << 20, 4 << 20, 9 << 20}}
	one, two := &feedPage{}, &feedPage{}
	if !one.take(x, 10, 100) || !one.take(x, 11, 100) || one.more || one.take(x, 12, 100) || !one.more || len(one.releases) != 1 {
		t.Errorf("%+v", one)
	}
	if !two.take(x, 13, 100) || two.more || two.take(x, 10, 100) || len(two.releases) != 1 {
		t.Errorf("%+v", two)
	}
}

// The list has what is published and nothing else, in the order in which it was.
func TestRecordList(t *testing.T) {
	s := newSample(t)
	later := s.openTender("Planned later")
	s.Docket = s.openTender("Given up before it was planned")
	s.Do("coordinator", "procurement/cancel", procurement.Cancel{Code: procurement.NotNeeded}, viewtest.ForBody, viewtest.Said("reason", "Nobody needs it."))
	first := s.plan("Planned first")
	s.Docket = later
	s.Do("coordinator", "procurement/plan", procurement.Plan{Category: procurement.Goods}, viewtest.ForBody, viewtest.Said("text", "Sand."))
	m := s.Model()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	all, left, next, err := p.recordsFrom(t.Context(), web.Cursor{Limit: 100})
	if err != nil || left != nil || next != s.Size() || len(all) != 2 || all[0].Docket != first || all[1].Docket != later || all[0].Index >= all[1].Index || all[0].Updated == 0 {
		t.Fatalf("%+v, left %v, next %d of %d, %v", all, left, next, s.Size(), err)
	}
	for i := range all {
		if _, x, err := p.publishedOf(t.Context(), all[i].Docket, ""); err != nil || len(x.releases) == 0 {
			t.Errorf("%s is listed and not published: %v", all[i].OCID, err)
		}
	}
	one, _, at, err := p.recordsFrom(t.Context(), web.Cursor{Limit: 1})
	two, _, _, err2 := p.recordsFrom(t.Context(), web.Cursor{Since: at, Limit: 1})
	if err != nil || err2 != nil || len(one) != 1 || len(two) != 1 || one[0] != all[0] || two[0] != all[1] {
		t.Errorf("%+v and from %d %+v", one, at, two)
	}
	waits := pagesOf(t, &late{Face: s.Face(m), text: "Sand.", held: all[1].Index}, m, s.Now.Std)
	if got, _, at, err := waits.recordsFrom(t.Context(), web.Cursor{Limit: 100}); err != nil || len(got) != 1 || at != all[1].Index {
		t.Errorf("%+v, next %d, %v", got, at, err)
	}
}

// What a node publishes of a tender is what anyone makes of its records.
func TestPublishedAlike(t *testing.T) {
	s := newSample(t)
	id := s.salt()
	m := s.Model()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	v, err := p.view(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	for about, pack := range map[string]func(*tender.Publication, []*ocds.Node) (*ocds.Node, error){"releases": (*tender.Publication).Pack, "records": (*tender.Publication).Record} {
		r := httptest.NewRequest("GET", "http://node.example/ocds/"+about+"/x", nil)
		r.SetPathValue("ocid", ocidPrefix+"-"+id.String())
		raw, err := p.packed(pack)(r)
		if err != nil {
			t.Fatal(err)
		}
		in := *v.input
		in.Records = slices.Clone(in.Records)
		for i := range in.Records {
			in.Records[i].Index = 0 // an export has none
		}
		x, err := tender.Alike(&in, v.content, raw)
		if err != nil || len(x.Differs) > 0 || x.Indexes < 10 || x.Publication.Names[s.Body] != "Office of Open Rivers" {
			t.Errorf("%s: %+v, %v", about, x, err)
		}
	}
}
