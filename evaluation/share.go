package evaluation

import "math/bits"

// share is points·part/whole rounded to the nearest, halves up; 0 of no whole.
// The product may exceed 64 bits, the result does not: part is at most whole, or
// points are 0.
func share(points, part, whole int64) int64 {
	if points == 0 || whole == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(points), uint64(part))
	n, rest := bits.Div64(high, low, uint64(whole))
	if rest >= uint64(whole)-rest {
		n++
	}
	return int64(n)
}

// leastPart is the least part for which share(points, part, whole) is n, of n
// from 1 to points: part ≥ whole·(2n−1) / 2·points.
func leastPart(points, n, whole int64) int64 {
	high, low := bits.Mul64(uint64(whole), uint64(2*n-1))
	part, rest := bits.Div64(high, low, uint64(2*points))
	if rest > 0 {
		part++
	}
	return int64(part)
}
