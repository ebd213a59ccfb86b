package grouping

import (
	"crypto/sha256"
	"math"
	"slices"
)

// A Sketch is what grouping keeps of a text: about 4 bytes for each hash and
// each word. The text itself is not kept.
type Sketch struct {
	hash     [sha256.Size]byte // of the normal form
	minima   []uint32          // the MinHash values; nil if the text cannot be near another
	shingles []uint32          // ascending, each once
}

// Sketch makes the sketch of a text. It is a pure function of the text and the
// method; many may run at a time.
func (g *Grouper) Sketch(text string) *Sketch {
	b, starts := normal(text)
	s := &Sketch{hash: textHash(b)}
	n := len(starts) - g.method.Words + 1
	if n <= 0 {
		return s
	}
	k := len(g.hashes)
	both := make([]uint32, k, k+n) // one allocation: millions of sketches are kept
	shingles(b, starts, g.method.Words, func(x uint32) { both = append(both, x) })
	slices.Sort(both[k:])
	s.shingles = slices.Compact(both[k:])
	if len(s.shingles) < g.method.Shared {
		return s
	}
	s.minima = both[:k:k]
	for i := range s.minima {
		s.minima[i] = math.MaxUint32
	}
	for _, x := range s.shingles {
		minimize(s.minima, g.hashes, uint64(x))
	}
	return s
}

// minimize is where the time goes.
func minimize(minima []uint32, hashes []hash, x uint64) {
	hashes = hashes[:len(minima)]
	for i, m := range minima {
		minima[i] = min(m, uint32((hashes[i].a*x+hashes[i].b)>>32))
	}
}

// near says whether two texts are near: they share at least so many shingles,
// and these are at least so many permille of all that either has.
func (m *Method) near(a, b []uint32) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	// The smaller cannot share more than it has.
	if len(a) < m.Shared || len(a)*1000 < m.Threshold*len(b) {
		return false
	}
	shared := overlap(a, b)
	return shared >= m.Shared && shared*1000 >= m.Threshold*(len(a)+len(b)-shared)
}

// overlap counts what two ascending lists share.
func overlap(a, b []uint32) int {
	n, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		x, y := a[i], b[j]
		if x == y {
			n++
		}
		if x <= y {
			i++
		}
		if y <= x {
			j++
		}
	}
	return n
}
