package grouping

import (
	"encoding/json/v2"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var shared = filepath.Join("..", "..", "shared", "data")

// A grammar makes the texts of a campaign: one option of each segment.
type grammar struct {
	Segments [][]string  `json:"segments"`
	Repeat   map[int]int `json:"repeat"` // segments that choose as another did
}

func readGrammar(t testing.TB) *grammar {
	raw, err := os.ReadFile(filepath.Join(shared, "fcc-17-108", "campaign-grammar.json"))
	if err != nil {
		t.Skipf("SKIPPED: the grammar of the campaign is not at ../shared/data/fcc-17-108 beside the project: %v", err)
	}
	g := new(grammar)
	if err := json.Unmarshal(raw, g); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *grammar) text(r *rand.Rand) string {
	choice := make([]int, len(g.Segments))
	var b strings.Builder
	for i, options := range g.Segments {
		choice[i] = r.IntN(len(options))
		if j, ok := g.Repeat[i]; ok {
			choice[i] = choice[j]
		}
		b.WriteString(options[choice[i]])
	}
	return b.String()
}

// A writer makes distinct texts that are hard to tell from near ones: chains of
// words as they follow each other in public documents and, so that they speak
// of the same, in the campaign itself.
type writer struct {
	words []string
	next  map[string][]int32 // where the word that follows stands
}

func newWriter(t testing.TB, g *grammar, r *rand.Rand) *writer {
	w := &writer{next: map[string][]int32{}}
	for _, name := range []string{
		"us-nap4/nap1-final.txt", "us-nap4/nap2-final.txt", "us-nap4/nap3-final.txt", "us-nap4/nap4-final.txt",
		"us-nap5/nap5-final.txt",
	} {
		raw, err := os.ReadFile(filepath.Join(shared, filepath.FromSlash(name)))
		if err != nil {
			t.Skipf("SKIPPED: the texts to write distinct ones from are not at ../shared/data beside the project: %v", err)
		}
		w.words = append(w.words, strings.Fields(string(raw))...)
	}
	for range 300 {
		w.words = append(w.words, strings.Fields(g.text(r))...)
	}
	for i := 1; i < len(w.words); i++ {
		w.next[w.words[i-1]] = append(w.next[w.words[i-1]], int32(i))
	}
	return w
}

// text writes n words.
func (w *writer) text(r *rand.Rand, n int) string {
	var b strings.Builder
	at := r.IntN(len(w.words))
	for i := range n {
		word := w.words[at]
		b.WriteString(word)
		if i == n-1 {
			break
		}
		b.WriteByte(' ')
		follow := w.next[word]
		if len(follow) == 0 || r.IntN(16) == 0 {
			at = r.IntN(len(w.words))
		} else {
			at = int(follow[r.IntN(len(follow))])
		}
	}
	b.WriteByte('.')
	return b.String()
}

// vary is what people do to a letter they are given: another word here and
// there, a sentence of their own before or after, the end left out.
func (w *writer) vary(r *rand.Rand, letter string) string {
	words := strings.Fields(letter)
	for i := range words {
		if r.IntN(16) == 0 {
			words[i] = w.words[r.IntN(len(w.words))]
		}
	}
	if r.IntN(4) == 0 {
		words = words[:len(words)*4/5]
	}
	text := strings.Join(words, " ")
	if r.IntN(2) == 0 {
		text = w.text(r, 5+r.IntN(20)) + " " + text
	}
	if r.IntN(2) == 0 {
		text += " " + w.text(r, 5+r.IntN(20))
	}
	return text
}

// A sample is a text and the campaign it belongs to, 0 for none.
type sample struct {
	id, text string
	campaign int
}

// samples makes n texts: half of them the machine's campaign, one in a hundred
// of these once more in other letters; a tenth letters of small campaigns that
// people varied; the others distinct.
func samples(t testing.TB, n int) iter.Seq[sample] {
	g := readGrammar(t)
	return func(yield func(sample) bool) {
		r := rand.New(rand.NewPCG(17, 108))
		w := newWriter(t, g, r)
		letter, last, campaign, left := "", "", 1, 0
		for range n {
			s := sample{id: fmt.Sprintf("%016x", r.Uint64())}
			switch k := r.IntN(200); {
			case k == 0 && last != "":
				s.text, s.campaign = strings.ToUpper(last), 1
			case k < 100:
				s.text, s.campaign = g.text(r), 1
				last = s.text
			case k < 120:
				if left == 0 {
					letter, left = w.text(r, 60+r.IntN(200)), 2+r.IntN(60)
					campaign++
				}
				left--
				s.text, s.campaign = w.vary(r, letter), campaign
			default:
				s.text = w.text(r, 20+r.IntN(280))
			}
			if !yield(s) {
				return
			}
		}
	}
}

// truth remembers of a sample what judges groups.
type truth map[string]int

// group adds texts on two cores and returns what is true of them.
func group(t testing.TB, m Method, texts iter.Seq[sample]) (*Grouper, truth) {
	g, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	truth := truth{}
	type sketched struct {
		sample
		sketch *Sketch
	}
	in, out := make(chan sample, 256), make(chan sketched, 256)
	var work sync.WaitGroup
	for range 2 {
		work.Go(func() {
			for s := range in {
				out <- sketched{s, g.Sketch(s.text)}
			}
		})
	}
	go func() {
		for s := range texts {
			in <- s
		}
		close(in)
		work.Wait()
		close(out)
	}()
	for s := range out {
		truth[s.id] = s.campaign
		if err := g.Add(s.id, s.sketch); err != nil {
			t.Fatal(err)
		}
	}
	return g, truth
}

// A quality says how well groups meet the truth, in members.
type quality struct {
	found, sent   int // of campaigns: in the group with most of theirs, all
	right, listed int // of groups: of the campaign that has most of it, all
}

func (q quality) recall() int    { return q.found * 1000 / max(1, q.sent) }
func (q quality) precision() int { return q.right * 1000 / max(1, q.listed) }

func (of truth) judge(groups []Group) (q quality) {
	sent, best := map[int]int{}, map[int]int{}
	for _, campaign := range of {
		sent[campaign]++
	}
	for _, g := range groups {
		in := map[int]int{}
		for _, same := range g.Texts {
			for _, id := range same {
				in[of[id]]++
			}
		}
		delete(in, 0) // two distinct texts are no campaign
		most := 0
		for c, n := range in {
			best[c] = max(best[c], n)
			most = max(most, n)
		}
		q.right += most
		q.listed += g.Size
	}
	for c, n := range sent {
		if c != 0 && n > 1 {
			q.sent += n
			q.found += best[c]
		}
	}
	return q
}
