package topics

import (
	"context"
	"math"
	"math/rand/v2"
)

// vector is sparse: the words of a text by their place in the vocabulary, ascending.
type vector []weight

type weight struct {
	at int
	by float64
}

const (
	starts = 4  // the best of so many is taken
	rounds = 25 // of k-means at most
)

// nearest returns the middle that is most like x, by cosine, the first of equals.
func (x vector) nearest(middles [][]float64) (at int, likeness float64) {
	for c, m := range middles {
		if l := x.dot(m); l > likeness {
			at, likeness = c, l
		}
	}
	return at, likeness
}

func (x vector) dot(m []float64) (sum float64) {
	for _, w := range x {
		sum += w.by * m[w.at]
	}
	return sum
}

// cluster returns the middles of at most k topics, each of length 1.
func cluster(ctx context.Context, vectors []vector, k, words int) ([][]float64, error) {
	chance := rand.New(rand.NewPCG(1, 2)) // fixed: the same texts give the same topics
	var best [][]float64
	most := -1.0
	for range starts {
		middles := seed(vectors, k, words, chance)
		likeness := 0.0
		for range rounds {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			before := likeness
			if middles, likeness = improve(vectors, middles, words); likeness-before < 1e-4*likeness {
				break
			}
		}
		if likeness > most {
			best, most = middles, likeness
		}
	}
	return best, nil
}

// seed chooses the first middles by k-means++: each text with a chance that
// grows with how unlike the chosen ones it is.
func seed(vectors []vector, k, words int, chance *rand.Rand) [][]float64 {
	far := make([]float64, len(vectors))
	sum := 0.0
	for i, x := range vectors {
		if len(x) > 0 {
			far[i] = 1
			sum++
		}
	}
	var middles [][]float64
	for len(middles) < k && sum > 1e-9 {
		at, left := -1, chance.Float64()*sum
		for i, f := range far {
			if f > 0 {
				at = i
				if left -= f; left <= 0 {
					break
				}
			}
		}
		m := make([]float64, words)
		for _, w := range vectors[at] {
			m[w.at] = w.by
		}
		middles = append(middles, m)
		sum = 0
		for i, x := range vectors {
			if away := 1 - x.dot(m); away < far[i] {
				far[i] = max(away, 0)
			}
			sum += far[i]
		}
		sum -= far[at]
		far[at] = 0
	}
	return middles
}

// improve moves each middle to the mean of its texts. A middle that lost all of
// its texts goes.
func improve(vectors []vector, middles [][]float64, words int) (moved [][]float64, likeness float64) {
	sums := make([][]float64, len(middles))
	for _, x := range vectors {
		c, l := x.nearest(middles)
		if l <= 0 {
			continue
		}
		likeness += l
		if sums[c] == nil {
			sums[c] = make([]float64, words)
		}
		for _, w := range x {
			sums[c][w.at] += w.by
		}
	}
	for _, m := range sums {
		if m == nil {
			continue
		}
		length := 0.0
		for _, by := range m {
			length += by * by
		}
		for at := range m {
			m[at] /= math.Sqrt(length)
		}
		moved = append(moved, m)
	}
	return moved, likeness
}
