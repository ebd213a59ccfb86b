package publica

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// A TreeHasher computes RFC 6962 roots of a growing list of leaf hashes in
// logarithmic memory: it keeps the right edge only. The zero value is the
// empty tree.
type TreeHasher struct {
	edge []tlog.Hash // roots of the perfect subtrees, largest first
	size int64
}

// Append adds a leaf hash (see [LeafHash]) at the right end.
func (t *TreeHasher) Append(h tlog.Hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(t.edge[len(t.edge)-1], h)
		t.edge = t.edge[:len(t.edge)-1]
	}
	t.edge = append(t.edge, h)
	t.size++
}

// Size returns the number of leaves.
func (t *TreeHasher) Size() int64 { return t.size }

// Root returns the root: for no leaves, the hash of the empty string.
func (t *TreeHasher) Root() tlog.Hash {
	if len(t.edge) == 0 {
		return emptyRoot
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return h
}

// emptyRoot is SHA-256 of nothing, the root of the empty tree.
var emptyRoot, _ = tlog.TreeHash(0, nil)

// TreeRoot returns the RFC 6962 root over leaf hashes.
func TreeRoot(leaves []tlog.Hash) tlog.Hash {
	var t TreeHasher
	for _, h := range leaves {
		t.Append(h)
	}
	return t.Root()
}

// TreePaths returns for every leaf its path to the root, from the leaf up, and
// the root.
func TreePaths(leaves []tlog.Hash) (paths [][]tlog.Hash, root tlog.Hash) {
	if len(leaves) == 0 {
		return nil, emptyRoot
	}
	paths = make([][]tlog.Hash, len(leaves))
	depth := 0
	for n := len(leaves) - 1; n > 0; n >>= 1 {
		depth++
	}
	store := make([]tlog.Hash, len(leaves)*depth)
	for i := range paths {
		paths[i] = store[i*depth : i*depth : (i+1)*depth]
	}
	// Bottom up, pairing neighbours; an odd last node moves up unchanged, which
	// gives the RFC's tree. Leaf i hangs below node i>>level.
	level := append([]tlog.Hash(nil), leaves...)
	for shift := 0; len(level) > 1; shift++ {
		for i := range paths {
			if sibling := i>>shift ^ 1; sibling < len(level) {
				paths[i] = append(paths[i], level[sibling])
			}
		}
		half := 0
		for i := 0; i < len(level); i += 2 {
			if i+1 < len(level) {
				level[half] = tlog.NodeHash(level[i], level[i+1])
			} else {
				level[half] = level[i]
			}
			half++
		}
		level = level[:half]
	}
	return paths, level[0]
}

// TreePath returns the path of one leaf; see [TreePaths].
func TreePath(leaves []tlog.Hash, index int64) []tlog.Hash {
	path := []tlog.Hash{}
	level := append([]tlog.Hash(nil), leaves...)
	for i := index; len(level) > 1; i >>= 1 {
		if sibling := i ^ 1; sibling < int64(len(level)) {
			path = append(path, level[sibling])
		}
		half := 0
		for j := 0; j < len(level); j += 2 {
			if j+1 < len(level) {
				level[half] = tlog.NodeHash(level[j], level[j+1])
			} else {
				level[half] = level[j]
			}
			half++
		}
		level = level[:half]
	}
	return path
}

// CheckInclusion checks that a leaf stands at index in the tree. An error has
// code [Unverified].
func CheckInclusion(path []tlog.Hash, tree tlog.Tree, index int64, leaf tlog.Hash) error {
	if index < 0 || index >= tree.N {
		return Problem(Unverified, "proof", "says index "+strconv.FormatInt(index, 10)+" in a tree of "+strconv.FormatInt(tree.N, 10)+" leaves")
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, leaf); err != nil {
		return Problem(Unverified, "proof", "does not lead from the leaf to the root of the tree")
	}
	return nil
}

// CheckConsistency checks that the newer tree begins with the older one. An
// error has code [Unverified].
func CheckConsistency(path []tlog.Hash, newer, older tlog.Tree) error {
	switch {
	case newer.N < older.N:
		return Problem(Unverified, "checkpoint", "holds "+strconv.FormatInt(newer.N, 10)+" leaves, fewer than the "+strconv.FormatInt(older.N, 10)+" of one seen before").
			WithHint("the node may be behind: ask again later, or another node")
	case older.N == 0 && older.Hash == emptyRoot && len(path) == 0:
		return nil
	case older.N > 0 && tlog.CheckTree(path, newer.N, newer.Hash, older.N, older.Hash) == nil:
		return nil
	}
	return Problem(Unverified, "checkpoint", "contradicts one seen before: history was rewritten").
		WithHint("keep both checkpoints: together they prove it")
}

// proofHeader starts a C2SP tlog-proof.
const proofHeader = "c2sp.org/tlog-proof@v1\n"

// A Proof places a leaf in the log (C2SP tlog-proof): an index, the path from
// the leaf to the root, and the signed checkpoint with that root.
//
//	c2sp.org/tlog-proof@v1
//	index 5
//	SAVH8nFqzVBsCG6cEpn8kpFEyA4jDrt0EPcZYWJXl0Q=
//
//	demo.publica.example
//	7
//	…
type Proof struct {
	Index      int64
	Path       []tlog.Hash
	Checkpoint []byte // the signed note
}

// FormatProof returns the text form.
func FormatProof(index int64, path []tlog.Hash, checkpoint []byte) []byte {
	return torchwood.FormatProof(index, path, checkpoint)
}

// Bytes returns the text form.
func (p *Proof) Bytes() []byte { return FormatProof(p.Index, p.Path, p.Checkpoint) }

// ParseProof parses the text form, and only that one text for those values. It
// refuses the format's extra line, which no signature would cover.
func ParseProof(text []byte) (*Proof, error) {
	bad := func(message string) (*Proof, error) { return nil, Problem(Malformed, "proof", message) }
	rest, ok := strings.CutPrefix(string(text), proofHeader)
	if !ok {
		return bad("is not a C2SP tlog-proof")
	}
	line, rest, ok := strings.Cut(rest, "\n")
	number, isIndex := strings.CutPrefix(line, "index ")
	if !ok || !isIndex {
		return bad("has no index line")
	}
	p := new(Proof)
	var err error
	if p.Index, err = strconv.ParseInt(number, 10, 64); err != nil || p.Index < 0 {
		return bad("has an index that is not a number")
	}
	for {
		if line, rest, ok = strings.Cut(rest, "\n"); !ok {
			return bad("ends within its path")
		}
		if line == "" {
			break
		}
		h, err := tlog.ParseHash(line)
		if err != nil || len(p.Path) == 64 {
			return bad("has a path that is not a list of hashes")
		}
		p.Path = append(p.Path, h)
	}
	p.Checkpoint = []byte(rest)
	if !bytes.Equal(p.Bytes(), text) {
		return bad("is not in its canonical form")
	}
	return p, nil
}

// Verify checks the checkpoint under the policy and the path of the leaf. It
// returns the checkpoint, or an [Error] that names checkpoint or proof.
func (p *Proof) Verify(policy *Policy, leaf tlog.Hash) (*Checkpoint, error) {
	c, err := VerifyCheckpoint(p.Checkpoint, policy)
	if err != nil {
		return nil, err
	}
	if err := CheckInclusion(p.Path, c.Tree, p.Index, leaf); err != nil {
		return nil, err
	}
	return c, nil
}

// VerifyProof parses and verifies a C2SP tlog-proof of a leaf's bytes.
func VerifyProof(text []byte, policy *Policy, leaf []byte) (index int64, c *Checkpoint, err error) {
	p, err := ParseProof(text)
	if err != nil {
		return 0, nil, err
	}
	if c, err = p.Verify(policy, LeafHash(leaf)); err != nil {
		return 0, nil, err
	}
	return p.Index, c, nil
}

// CheckHead checks that a docket's head is leaf index of the count heads whose
// root stands in the seal.
func CheckHead(head *DocketHead, index, count int64, path []Hash, seal *Seal) error {
	if count != seal.DocketCount {
		return Problem(Unverified, "head_count", "is "+strconv.FormatInt(count, 10)+", the seal says "+strconv.FormatInt(seal.DocketCount, 10))
	}
	hashes := make([]tlog.Hash, len(path))
	for i, h := range path {
		hashes[i] = tlog.Hash(h)
	}
	if err := CheckInclusion(hashes, tlog.Tree{N: count, Hash: tlog.Hash(seal.Dockets)}, index, LeafHash(head.Bytes())); err != nil {
		e, _ := errors.AsType[*Error](err)
		return &Error{Code: e.Code, Field: "head_proof", Message: "does not lead from the docket's head to the root of dockets in the seal"}
	}
	return nil
}
