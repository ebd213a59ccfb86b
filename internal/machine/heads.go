package machine

import (
	"bytes"
	"slices"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// docketTree is the right edge of a docket's RFC 6962 tree: the roots of its
// perfect subtrees, largest first. It is all that appending needs.
type docketTree struct {
	Edge []publica.Hash `json:"e"`
	Size int64          `json:"n"`
}

func (t *docketTree) append(h tlog.Hash) {
	for n := t.Size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(tlog.Hash(t.Edge[len(t.Edge)-1]), h)
		t.Edge = t.Edge[:len(t.Edge)-1]
	}
	t.Edge = append(t.Edge, publica.Hash(h))
	t.Size++
}

func (t *docketTree) root() publica.Hash {
	if len(t.Edge) == 0 {
		return publica.Hash{}
	}
	h := tlog.Hash(t.Edge[len(t.Edge)-1])
	for i := len(t.Edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(tlog.Hash(t.Edge[i]), h)
	}
	return publica.Hash(h)
}

// headTree is the tree over all docket heads, sorted by docket id. Its root
// stands in the seal. It is immutable; with returns a changed copy.
type headTree struct {
	heads []publica.DocketHead
	leaf  []tlog.Hash
}

// currentHeads returns the cached tree, loading it from state the first time.
func (m *Machine) currentHeads(r Reader) (*headTree, error) {
	if m.heads != nil {
		return m.heads, nil
	}
	b := &Block{reader: r}
	touched := map[publica.DocketID]*docketTree{}
	for k, t := range dockets.Scan(&Tx{block: b}, nil) {
		touched[publica.DocketID(k)] = &t
	}
	m.heads = new(headTree).with(touched)
	return m.heads, b.err
}

func (t *headTree) with(touched map[publica.DocketID]*docketTree) *headTree {
	next := &headTree{slices.Clone(t.heads), slices.Clone(t.leaf)}
	var added []publica.DocketHead
	for id, tree := range touched {
		h := publica.DocketHead{Docket: id, Size: tree.Size, Root: tree.root()}
		i, ok := next.find(id)
		if !ok {
			added = append(added, h)
			continue
		}
		next.heads[i], next.leaf[i] = h, tlog.RecordHash(h.Bytes())
	}
	if len(added) == 0 {
		return next
	}
	next.heads = append(next.heads, added...)
	sort.Slice(next.heads, func(i, j int) bool {
		return bytes.Compare(next.heads[i].Docket[:], next.heads[j].Docket[:]) < 0
	})
	next.leaf = next.leaf[:0]
	for i := range next.heads {
		next.leaf = append(next.leaf, tlog.RecordHash(next.heads[i].Bytes()))
	}
	return next
}

func (t *headTree) find(id publica.DocketID) (int, bool) {
	return slices.BinarySearchFunc(t.heads, id, func(h publica.DocketHead, id publica.DocketID) int {
		return bytes.Compare(h.Docket[:], id[:])
	})
}

func (t *headTree) root() tlog.Hash { return publica.TreeRoot(t.leaf) }

// Heads returns all docket heads of the committed state, sorted by docket id:
// the leaves under the seal's dockets root.
func (m *Machine) Heads(r Reader) ([]publica.DocketHead, error) {
	t, err := m.currentHeads(r)
	if err != nil {
		return nil, err
	}
	return t.heads, nil
}
