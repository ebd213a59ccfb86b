package topics

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"slices"

	"publica/grouping"
)

// Options of [Learn]. The zero value chooses by itself.
type Options struct {
	Topics int // how many at most, 2 to 64; 0 for √(n/2) of n distinct texts, 2 to 24
	Sample int // distinct texts to learn from at most, at least 10; 0 for 5,000
}

// Topics are what [Learn] found.
type Topics struct {
	Topics  []Topic // largest first
	None    []int   // places of the texts that fit no topic, ascending
	Learned int     // distinct texts that were learned from
}

// A Topic is a set of texts that share words.
type Topic struct {
	Words    []string // its name: at most 5, the most telling first; each stands in two or more distinct texts
	Members  []int    // places of its texts, ascending; at least 2
	Examples []int    // places of the texts nearest to its middle, at most 3, nearest first, no two the same
}

const (
	fewest       = 10 // distinct texts below which there is nothing to sort
	usualSample  = 5000
	mostTopics   = 64
	mostChosen   = 24
	nameWords    = 5
	exampleTexts = 3
)

// Learn sorts the texts. Fewer than ten distinct texts with words have no
// topics. It takes memory for the sample, not for all texts, and stops with
// ctx's error when ctx ends.
func Learn(ctx context.Context, texts []string, o Options) (*Topics, error) {
	if o.Topics < 0 || o.Topics == 1 || o.Topics > mostTopics {
		return nil, errors.New("topics: Topics must be 0, to choose by the number of texts, or 2 to 64")
	}
	if o.Sample < 0 || o.Sample > 0 && o.Sample < fewest {
		return nil, errors.New("topics: Sample must be 0, for 5,000 texts, or at least 10")
	}
	docs, err := sample(ctx, texts, cmp.Or(o.Sample, usualSample))
	if err != nil {
		return nil, err
	}
	if len(docs) < fewest {
		return &Topics{None: places(len(texts))}, nil
	}
	vocab := newVocabulary(docs)
	vectors := make([]vector, len(docs))
	for i, d := range docs {
		vectors[i] = vocab.vector(d)
	}
	k := o.Topics
	if k == 0 {
		k = min(max(int(math.Sqrt(float64(len(docs))/2)), 2), mostChosen)
	}
	middles, err := cluster(ctx, vectors, k, len(vocab.words))
	if err != nil {
		return nil, err
	}
	found, err := assign(ctx, texts, vocab, middles)
	if err != nil {
		return nil, err
	}
	found.Learned = len(docs)
	found.settle(vocab.names(vectors, middles))
	return found, nil
}

// sample returns the words of distinct texts, chosen and ordered by their hash,
// so that neither a campaign's copies nor the order of the texts sways a topic.
func sample(ctx context.Context, texts []string, most int) ([]counts, error) {
	type pick struct {
		hash [sha256.Size]byte
		at   int
	}
	picks := make([]pick, 0, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		picks = append(picks, pick{sha256.Sum256([]byte(grouping.Normal(t))), i})
	}
	slices.SortFunc(picks, func(a, b pick) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), a.at-b.at)
	})
	picks = slices.CompactFunc(picks, func(a, b pick) bool { return a.hash == b.hash })
	var docs []counts
	for _, p := range picks {
		if len(docs) == most {
			break
		}
		if c := count(texts[p.at]); len(c) > 0 {
			docs = append(docs, c)
		}
	}
	return docs, nil
}

// assign gives each text to the topic whose middle is nearest.
func assign(ctx context.Context, texts []string, v *vocabulary, middles [][]float64) (*Topics, error) {
	found := &Topics{Topics: make([]Topic, len(middles))}
	near := make([]nearest, len(middles))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := v.vector(count(text))
		c, likeness := x.nearest(middles)
		if likeness <= 0 {
			found.None = append(found.None, i)
			continue
		}
		found.Topics[c].Members = append(found.Topics[c].Members, i)
		near[c].offer(i, likeness, text)
	}
	for c := range near {
		found.Topics[c].Examples = near[c].places()
	}
	return found, nil
}

// settle names the topics, drops those without a name or with one text, and
// puts the largest first.
func (f *Topics) settle(names [][]string) {
	var kept []Topic
	for c, t := range f.Topics {
		t.Words = names[c]
		if len(t.Members) < 2 || len(t.Words) == 0 {
			f.None = append(f.None, t.Members...)
			continue
		}
		kept = append(kept, t)
	}
	slices.Sort(f.None)
	slices.SortStableFunc(kept, func(a, b Topic) int {
		return cmp.Or(len(b.Members)-len(a.Members), slices.Compare(a.Words, b.Words))
	})
	f.Topics = kept
}

func places(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
	}
	return all
}

// nearest keeps the texts that are most like a middle.
type nearest []example

type example struct {
	at       int
	likeness float64
	normal   string
}

func (n *nearest) offer(at int, likeness float64, text string) {
	if len(*n) == exampleTexts && likeness <= (*n)[exampleTexts-1].likeness {
		return
	}
	e := example{at, likeness, grouping.Normal(text)}
	if slices.ContainsFunc(*n, func(o example) bool { return o.normal == e.normal }) {
		return
	}
	*n = append(*n, e)
	slices.SortStableFunc(*n, func(a, b example) int { return cmp.Compare(b.likeness, a.likeness) })
	*n = (*n)[:min(len(*n), exampleTexts)]
}

func (n nearest) places() []int {
	var at []int
	for _, e := range n {
		at = append(at, e.at)
	}
	return at
}
