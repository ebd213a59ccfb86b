package grouping

import (
	"cmp"
	"slices"
)

// Together returns all texts as one group, near or not: what a record says
// belongs together, with the letter it has and what counts as its own. It
// fails to be a group, with Size 0, if there is no text.
func (g *Grouper) Together() Group {
	if len(g.texts) == 0 {
		return Group{}
	}
	ids := make([][]string, len(g.texts))
	for _, m := range g.members {
		ids[m.text] = append(ids[m.text], m.id)
	}
	texts := make([]uint32, len(g.texts))
	for i, same := range ids {
		slices.Sort(same)
		texts[i] = uint32(i)
	}
	slices.SortFunc(texts, func(a, b uint32) int { return cmp.Compare(ids[a][0], ids[b][0]) })
	return g.group(texts, ids, newCounts())
}
