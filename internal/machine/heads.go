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
	t.Edge = appendEdge(t.Edge, t.Size, h)
	t.Size++
}

// appendEdge adds a leaf hash to the right edge of a tree of that size, in place.
func appendEdge(edge []publica.Hash, size int64, h tlog.Hash) []publica.Hash {
	for n := size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(tlog.Hash(edge[len(edge)-1]), h)
		edge = edge[:len(edge)-1]
	}
	return append(edge, publica.Hash(h))
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

func (t *headTree) root() tlog.Hash { return MerkleRoot(t.leaf) }

// MerkleRoot returns the RFC 6962 root over leaf hashes; the hash of the empty
// string for none.
func MerkleRoot(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 0 {
		h, _ := tlog.TreeHash(0, nil)
		return h
	}
	var t docketTree
	for i, h := range leaves {
		t.Edge = appendEdge(t.Edge, int64(i), h)
	}
	return tlog.Hash(t.root())
}

// Heads returns all docket heads of the committed state, sorted by docket id:
// the leaves under the seal's dockets root.
func (m *Machine) Heads(r Reader) ([]publica.DocketHead, error) {
	t, err := m.currentHeads(r)
	if err != nil {
		return nil, err
	}
	return t.heads, nil
}
