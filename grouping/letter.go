package grouping

import (
	"bytes"
	"math/bits"
	"slices"
)

// Shingles of a group are counted in 2^20 slots, by the upper bits of their
// hash, so that memory does not grow with a campaign. Shingles that share a slot
// are counted as one.
const slotBits = 20

func slotOf(shingle uint32) uint32 { return shingle >> (32 - slotBits) }

// counts hold for each slot how many distinct texts and how many members of a
// group have a shingle there. Between groups they are zero.
type counts struct{ texts, members []uint32 }

func newCounts() *counts {
	return &counts{make([]uint32, 1<<slotBits), make([]uint32, 1<<slotBits)}
}

// letter returns the text that stands for the group, and the slots of the
// shingles that belong to its letter: those in two texts at least, and in the
// method's share of them. Texts stand in the order of their first ids.
func (g *Grouper) letter(texts []uint32, ids [][]string, c *counts) (letter uint32, common []uint32) {
	if len(texts) == 1 {
		return texts[0], nil
	}
	var members, all uint64 // members, and the shingles of them all
	for _, t := range texts {
		n := uint32(len(ids[t]))
		members += uint64(n)
		all += uint64(n) * uint64(len(g.texts[t].shingles))
		for _, x := range g.texts[t].shingles {
			c.texts[slotOf(x)]++
			c.members[slotOf(x)] += n
		}
	}
	var best score
	for i, t := range texts {
		var s score
		own := g.texts[t].shingles
		for _, x := range own {
			s.shared += uint64(c.members[slotOf(x)])
		}
		s.either = uint64(len(own))*members + all - s.shared
		if i == 0 || best.less(s) || (!s.less(best) && bytes.Compare(g.texts[t].hash[:], g.texts[letter].hash[:]) < 0) {
			best, letter = s, t
		}
	}
	least := max(2, (uint64(len(texts))*uint64(g.method.Common)+999)/1000)
	for _, t := range texts {
		for _, x := range g.texts[t].shingles {
			slot := slotOf(x)
			if uint64(c.texts[slot]) >= least {
				common = append(common, slot)
			}
			c.texts[slot], c.members[slot] = 0, 0
		}
	}
	slices.Sort(common)
	return letter, common
}

// A score is the fraction shared/either. It stays exact: the products take 128
// bits.
type score struct{ shared, either uint64 }

func (s score) less(o score) bool {
	ah, al := bits.Mul64(s.shared, o.either)
	bh, bl := bits.Mul64(o.shared, s.either)
	return ah < bh || (ah == bh && al < bl)
}

// Added returns the sentences by which a member's text differs from the letter
// of its group: those of whose shingles more than half are not the letter's. A
// group of one exact text has none.
func (g *Grouper) Added(group *Group, text string) (added []string) {
	if len(group.Texts) == 1 {
		return nil
	}
	for _, sentence := range Sentences(text) {
		b, starts := normal(sentence)
		known, n := 0, 0
		shingles(b, starts, min(g.method.Words, max(1, len(starts))), func(x uint32) {
			n++
			if _, ok := slices.BinarySearch(group.common, slotOf(x)); ok {
				known++
			}
		})
		if n > 2*known {
			added = append(added, sentence)
		}
	}
	return added
}
