package topics

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"publica/grouping"
)

const (
	mostWords = 2000  // read of a text
	mostVocab = 20000 // words that are told apart, the most frequent
	longest   = 40    // letters of a word; longer ones are addresses and noise
	tooCommon = 0.35  // share of the texts from which a word says nothing
	telling   = 1.2   // how much more frequent a name's word is in its topic than in all, at least
)

// counts says how often each word stands in a text.
type counts map[string]int

// count reads the words as [grouping.Normal] sees them. In scripts written
// without spaces each pair of letters is a word; elsewhere single letters and
// plain numbers say nothing.
func count(text string) counts {
	c := counts{}
	last, read := "", 0
	for w := range strings.FieldsSeq(grouping.Normal(text)) {
		if read++; read > mostWords {
			break
		}
		first, _ := utf8.DecodeRuneInString(w)
		if unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
			if last != "" {
				c[last+w]++
			}
			last = w
			continue
		}
		last = ""
		if n := utf8.RuneCountInString(w); n < 2 || n > longest || !strings.ContainsFunc(w, unicode.IsLetter) {
			continue
		}
		c[w]++
	}
	return c
}

// vocabulary is the words that tell texts apart, in order of their letters.
type vocabulary struct {
	words []string
	place map[string]int
	idf   []float64
}

func newVocabulary(docs []counts) *vocabulary {
	in := map[string]int{} // texts a word stands in
	for _, d := range docs {
		for w := range d {
			in[w]++
		}
	}
	maps.DeleteFunc(in, func(_ string, n int) bool { return n < 2 || float64(n) > tooCommon*float64(len(docs)) })
	words := slices.SortedFunc(maps.Keys(in), func(a, b string) int {
		return cmp.Or(in[b]-in[a], cmp.Compare(a, b))
	})
	words = words[:min(len(words), mostVocab)]
	slices.Sort(words)
	v := &vocabulary{words: words, place: map[string]int{}}
	for i, w := range words {
		v.place[w] = i
		v.idf = append(v.idf, math.Log(float64(len(docs))/float64(in[w])))
	}
	return v
}

// vector weighs the words of a text, to the length of 1; a text without a word
// of the vocabulary has none.
func (v *vocabulary) vector(c counts) vector {
	var x vector
	for w, n := range c {
		if at, ok := v.place[w]; ok {
			x = append(x, weight{at, (1 + math.Log(float64(n))) * v.idf[at]})
		}
	}
	slices.SortFunc(x, func(a, b weight) int { return a.at - b.at })
	sum := 0.0
	for _, w := range x {
		sum += w.by * w.by
	}
	for i := range x {
		x[i].by /= math.Sqrt(sum)
	}
	return x
}

// names returns the words that tell each topic from the others, of those that
// stand in two or more of its texts: by c-TF-IDF over texts instead of
// occurrences, so that one long text names nothing, times the logarithm of how
// much more frequent the word is in the topic, because in few texts the words of
// grammar are not common enough to be left out.
func (v *vocabulary) names(vectors []vector, middles [][]float64) [][]string {
	within := make([][]float64, len(middles)) // texts of the topic that have the word
	for c := range within {
		within[c] = make([]float64, len(v.words))
	}
	size, all := make([]float64, len(middles)), make([]float64, len(v.words))
	total := 0.0
	for _, x := range vectors {
		c, likeness := x.nearest(middles)
		if likeness <= 0 {
			continue
		}
		size[c]++
		for _, w := range x {
			within[c][w.at]++
			all[w.at]++
			total++
		}
	}
	average := total / float64(len(middles))
	names := make([][]string, len(middles))
	for c := range names {
		var best []weight
		for at, n := range within[c] {
			share := n / size[c]
			lift := share / (all[at] / float64(len(vectors)))
			if n >= 2 && lift >= telling {
				best = append(best, weight{at, share * math.Log(1+average/all[at]) * math.Log(lift)})
			}
		}
		slices.SortStableFunc(best, func(a, b weight) int { return cmp.Compare(b.by, a.by) })
		for _, w := range best[:min(len(best), nameWords)] {
			names[c] = append(names[c], v.words[w.at])
		}
	}
	return names
}
