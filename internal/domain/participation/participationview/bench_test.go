package participationview

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// manySource is a register followed by very many comments on its docket, whose
// entries nobody signed: the model does not check signatures.
type manySource struct {
	*register
	leaves [][]byte
	texts  [][]byte

	grouped publica.EntryID // the campaign
}

func (m *manySource) Size() int64 { return m.register.Size() + int64(len(m.leaves)) }

func (m *manySource) Rows(ctx context.Context, from int64, limit int) ([]readmodel.Row, error) {
	base := m.register.Size()
	if from < base {
		return m.register.Rows(ctx, from, limit)
	}
	var rows []readmodel.Row
	for i := from; i < min(m.Size(), from+int64(limit)); i++ {
		text := m.texts[i-base]
		row, err := readmodel.NewRow(i, m.leaves[i-base], func(publica.Commitment) ([]byte, bool) { return text, true })
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// BenchmarkProjectComments measures comment rows a second, everything
// projected: threads, counts, debt, activity, full-text index, from the bytes
// of the leaves. Comments have 40 words of the unevenness of real text.
func BenchmarkProjectComments(b *testing.B) {
	m := newMany(b, 20000)
	for b.Loop() {
		model, err := readmodel.Open(filepath.Join(b.TempDir(), "model.db"), views)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := model.Fill(b.Context(), m, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Size())/time.Since(start).Seconds(), "rows/s")
		if err := model.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// newMany returns a register with that many comments in its docket: on
// sections, in threads' first rank, of every stance, some of them long answered.
func newMany(tb testing.TB, n int) *manySource {
	tb.Helper()
	r := newRegister(tb)
	r.Open(docket.Charter{Contribute: docket.Anyone, Respond: true}, "Benchmark", "")
	r.Do("coordinator", "participation/draft", participation.Draft{Version: 1, Sections: []participation.Section{{ID: "one", Part: "s1"}, {ID: "two", Part: "s2"}, {ID: "three", Part: "s3"}}}, forBody,
		part("s1", "## One\n\nThe first thing is done **within a year**."), part("s2", "## Two\n\nThe second thing is done."), part("s3", "## Three\n\nThe third is not."))
	m := &manySource{register: r}
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 3, 20000)
	for i := range n {
		c := participation.Comment{Stance: []participation.Stance{participation.Support, participation.Support, participation.Oppose, participation.Neutral}[i%4]}
		if i%5 > 0 {
			c.Section, c.Version = []string{"one", "two", "three"}[i%3], 1
			if i%2 == 0 {
				c.Range = &[2]int64{8, 30}
			}
		}
		body, err := json.Marshal(c)
		if err != nil {
			tb.Fatal(err)
		}
		var text strings.Builder
		for range 40 {
			fmt.Fprintf(&text, "w%x ", zipf.Uint64()*2654435761%1000003)
		}
		if i < 1000 && i%40 == 20 {
			text.WriteString("seldom")
		}
		e := publica.Entry{Author: publica.KeyID{1, byte(i), byte(i >> 8), byte(i >> 16)}, Body: body, Docket: r.Docket, Kind: "participation/comment", Made: r.Now,
			Nonce: publica.NewNonce(nil), Register: registertest.Register,
			Content: []publica.Part{{Commitment: publica.Commitment{1}, Media: "text/markdown", Name: "text", Size: int64(text.Len())}}}
		if i%50 == 0 {
			e.Content = append(e.Content, publica.Part{Commitment: publica.Commitment{2}, Media: "text/plain", Name: "attachment-1", Size: 1})
			slices.SortFunc(e.Content, func(a, b publica.Part) int { return strings.Compare(a.Name, b.Name) })
		}
		m.add(&e, text.String())
		r.Now = r.Now.Add(time.Minute)
	}
	// Every tenth is answered by a response for a range that is mostly others'.
	m.respond(int64(n / 10))
	// Half of all are letters of one campaign.
	m.campaign(int64(n/4), int64(n/4+n/2))
	return m
}

// campaign says that what stands at the positions from and up to says the same.
func (m *manySource) campaign(from, to int64) {
	body, err := json.Marshal(participation.Group{Method: &participation.Method{Algorithm: "by-hand", Version: 1}, Ranges: [][2]int64{{from, to}}})
	if err != nil {
		m.TB.Fatal(err)
	}
	m.grouped = m.add(&publica.Entry{Author: registertest.Key("coordinator").ID(), Body: body, Docket: m.Docket, For: m.Body, Kind: "participation/group", Made: m.Now, Nonce: publica.NewNonce(nil), Register: registertest.Register}, "")
}

func (m *manySource) add(e *publica.Entry, text string) publica.EntryID {
	m.TB.Helper()
	raw, err := e.Canonical()
	if err != nil {
		m.TB.Fatal(err)
	}
	leaf := publica.Leaf{Entry: raw, Signature: &publica.Signature{Algorithm: publica.Ed25519}, Height: 1000, Time: m.Now}
	bytes, err := leaf.Bytes()
	if err != nil {
		m.TB.Fatal(err)
	}
	m.leaves, m.texts = append(m.leaves, bytes), append(m.texts, []byte(text))
	return publica.ID(raw)
}

// respond answers the first n positions of the docket at once.
func (m *manySource) respond(n int64) {
	body, err := json.Marshal(participation.Response{Outcome: participation.Noted, Ranges: [][2]int64{{2, n}}})
	if err != nil {
		m.TB.Fatal(err)
	}
	m.add(&publica.Entry{Author: registertest.Key("coordinator").ID(), Body: body, Docket: m.Docket, For: m.Body, Kind: "participation/response", Made: m.Now, Nonce: publica.NewNonce(nil), Register: registertest.Register,
		Content: []publica.Part{{Commitment: publica.Commitment{1}, Media: "text/markdown", Name: "reason", Size: 4}}}, "Read.")
}

// benchPages are the pages whose cost must not follow the size of a docket.
var benchPages = map[string]string{
	"docket": "", "text": "/text", "debt": "/debt", "ideas": "/ideas", "responses": "/responses", "comments": "/comments", "comments-late": "/comments?since=900", "comments-singly": "/comments?campaigns=singly", "groups": "/groups",
	"stance": "/comments?stance=oppose", "section": "/comments?section=two", "owed": "/comments?state=owed", "answered": "/comments?state=answered", "channel": "/comments?channel=key",
	"files": "/comments?files=yes", "section+stance+owed": "/comments?section=two&stance=neutral&state=owed", "none": "/comments?stance=neutral&channel=imported", "word": "/comments?q=w0", "word+stance": "/comments?q=w0&stance=oppose", "seldom": "/comments?q=seldom",
}

// BenchmarkPages measures pages over a docket of 1,000 and of 100,000 comments:
// the second may cost at most twice the first.
func BenchmarkPages(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		m := newMany(b, n)
		model, err := readmodel.Open(filepath.Join(b.TempDir(), "model.db"), views)
		if err != nil {
			b.Fatal(err)
		}
		defer model.Close()
		if err := model.Fill(b.Context(), m, nil); err != nil {
			b.Fatal(err)
		}
		site, err := web.New(web.Config{Register: m.Face(model)})
		if err != nil {
			b.Fatal(err)
		}
		if err := Mount(site, model, nil, nil, nil); err != nil {
			b.Fatal(err)
		}
		h := site.Handler()
		open := func(name, path string) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if code, body := get(b, h, path); code != 200 {
						b.Fatalf("GET %s: %d %s", path, code, body)
					}
				}
			})
		}
		for _, name := range slices.Sorted(maps.Keys(benchPages)) {
			open(name, "/docket/"+m.Docket.String()+benchPages[name])
		}
		open("home", "/")
		open("group", "/docket/"+m.Docket.String()+"/groups/"+m.grouped.String())
		open("search", "/search?q=seldom")
		open("search-common", "/search?q=w0&docket="+m.Docket.String())
	}
}

// BenchmarkV4 measures the page that has the most before it from both ends, the
// middle one, of the lists that are read by numbers of pages.
func BenchmarkV4(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		m := newMany(b, n)
		model, err := readmodel.Open(filepath.Join(b.TempDir(), "model.db"), views)
		if err != nil {
			b.Fatal(err)
		}
		defer model.Close()
		if err := model.Fill(b.Context(), m, nil); err != nil {
			b.Fatal(err)
		}
		site, err := web.New(web.Config{Register: m.Face(model)})
		if err != nil {
			b.Fatal(err)
		}
		if err := Mount(site, model, nil, nil, nil); err != nil {
			b.Fatal(err)
		}
		h := site.Handler()
		in := "&filter[docketId]=" + m.Docket.String()
		for name, query := range map[string]string{"all": "", "docket": in, "modified": in + "&sort=lastModifiedDate,documentId", "since": in + "&filter[lastModifiedDate][ge]=2000-01-01"} {
			for place, number := range map[string]int{"first": 1, "middle": n / 50 / 2, "last": n / 50} {
				b.Run(fmt.Sprintf("%s/%s/%d", name, place, n), func(b *testing.B) {
					for b.Loop() {
						if code, body := get(b, h, fmt.Sprintf("/v4/comments?page[size]=50&page[number]=%d%s", number, query)); code != 200 {
							b.Fatalf("%d %s", code, body)
						}
					}
				})
			}
		}
	}
}
