package grouping

import (
	"crypto/sha256"
	"math"
	"math/bits"
	"slices"
)

// A Sketch is what grouping keeps of a text: about 4 bytes for each hash and
// each word. The text itself is not kept.
type Sketch struct {
	hash     [sha256.Size]byte // of the normal form
	minima   []uint32          // the MinHash values; nil if the text cannot be near another
	shingles []uint32          // ascending, each once
	parity   [parityWords]uint64
}

// A bit of parity says whether an odd number of a text's shingles falls on it.
// Each bit in which two texts differ stands for a shingle that one of them lacks,
// so most pairs that are not near are told apart without looking further.
const (
	parityBits  = 10
	parityWords = 1 << parityBits / 64
)

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
		bit := x >> (32 - parityBits)
		s.parity[bit/64] ^= 1 << (bit % 64)
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
func (m *Method) near(a, b *Sketch) bool {
	both := len(a.shingles) + len(b.shingles)
	// shared·1000 ≥ threshold·(both−shared), solved for shared and rounded up.
	need := max(m.Shared, (m.Threshold*both+999+m.Threshold)/(1000+m.Threshold))
	if need > min(len(a.shingles), len(b.shingles)) {
		return false
	}
	lacking := 0
	for i, x := range a.parity {
		lacking += bits.OnesCount64(x ^ b.parity[i])
	}
	return both-lacking >= 2*need && share(a.shingles, b.shingles, need)
}

// share says whether two ascending lists share at least so many members.
func share(a, b []uint32, need int) bool {
	spareA, spareB := len(a)-need, len(b)-need // what may still be lacking in the other
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch x, y := a[i], b[j]; {
		case x < y:
			if spareA--; spareA < 0 {
				return false
			}
			i++
		case y < x:
			if spareB--; spareB < 0 {
				return false
			}
			j++
		default:
			i++
			j++
		}
	}
	return true
}
