// Package tilelog is the transparency log: an append-only RFC 6962 SHA-256
// tree over leaf bytes, kept as C2SP tlog-tiles, with the order of each
// docket's leaves beside it.
//
// A block's leaves are staged, which gives the new root without writing
// anything, and written into the same atomic batch as the state that they
// belong to. What is served is verified first: a proof is built from tiles
// that are authenticated against the tree's root, and checked, before it
// leaves.
//
// The package must not know what a leaf says, nor who decided it.
//
// Layout in its space of the store:
//
//	"s"                              size (8 bytes, big endian)
//	"e" index                        leaf bytes
//	"t" level(1) tile(8)             hashes of a tile, 32 bytes each, full or right edge
//	"d" docket(32) seq(8)            log index (8 bytes)
//	"i" id(32)                       log index, for leaves that are no entries
package tilelog

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
)

// tileWidth is the number of hashes in a full tile (C2SP tlog-tiles).
const tileWidth = 256

// Reader is how the log reads its space. Get returns nil for a missing key.
// It must be safe for concurrent use.
type Reader interface {
	Get(key []byte) ([]byte, error)
	ScanFrom(prefix, from []byte, yield func(key, value []byte) bool) error
}

// Log is the log as committed. Reading is safe for concurrent use; staging and
// adopting belong to the one goroutine that executes blocks.
type Log struct {
	r    Reader
	head atomic.Pointer[head]
}

// head is the state of one log size; immutable.
type head struct {
	size int64
	root tlog.Hash
	edge [][]tlog.Hash // edge[L]: the hashes of the last, partial tile at level L
}

// Open reads the log's head and checks that the right-edge tiles fit its size.
func Open(r Reader) (*Log, error) {
	l := &Log{r: r}
	h := &head{}
	raw, err := r.Get([]byte("s"))
	if err != nil {
		return nil, err
	}
	if raw != nil && len(raw) != 8 {
		return nil, fmt.Errorf("the size of the log is stored as %x", raw)
	}
	if raw != nil {
		h.size = int64(binary.BigEndian.Uint64(raw))
	}
	for level, n := 0, h.size; n > 0; level, n = level+1, n/tileWidth {
		width := n % tileWidth
		if width == 0 {
			h.edge = append(h.edge, nil)
			continue
		}
		tile, err := l.readTile(level, n/tileWidth, int(width))
		if err != nil {
			return nil, err
		}
		h.edge = append(h.edge, tile)
	}
	h.root = h.computeRoot()
	l.head.Store(h)
	return l, nil
}

// Size returns the number of leaves.
func (l *Log) Size() int64 { return l.head.Load().size }

// Tree returns size and root together.
func (l *Log) Tree() tlog.Tree {
	h := l.head.Load()
	return tlog.Tree{N: h.size, Hash: h.root}
}

// computeRoot folds the perfect subtrees of the right edge, smallest first.
func (h *head) computeRoot() tlog.Hash {
	var root tlog.Hash
	have := false
	fold := func(left tlog.Hash) {
		if !have {
			root, have = left, true
			return
		}
		root = tlog.NodeHash(left, root)
	}
	for _, hashes := range h.edge {
		// The tile's hashes split into perfect subtrees by the bits of their count.
		for n := len(hashes); n > 0; n &= n - 1 {
			width := n & -n
			fold(perfectRoot(hashes[n-width : n]))
		}
	}
	if !have {
		root, _ = tlog.TreeHash(0, nil)
	}
	return root
}

// perfectRoot returns the root over a power-of-two number of hashes.
func perfectRoot(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(perfectRoot(hashes[:half]), perfectRoot(hashes[half:]))
}

// Staged is a log extended by a block's leaves, not yet written.
type Staged struct {
	head   *head
	base   int64
	leaves []machine.Leaf
	full   []fullTile
}

type fullTile struct {
	level  int
	n      int64
	hashes []tlog.Hash
}

// Root returns the root after the staged leaves: the app hash of the block.
func (s *Staged) Root() tlog.Hash { return s.head.root }

// Size returns the size after the staged leaves.
func (s *Staged) Size() int64 { return s.head.size }

// Stage extends the log by leaves in memory. Nothing changes until
// [Staged.Write] and [Log.Adopt].
func (l *Log) Stage(leaves []machine.Leaf) *Staged {
	old := l.head.Load()
	s := &Staged{base: old.size, leaves: leaves, head: &head{size: old.size, root: old.root}}
	for _, e := range old.edge {
		s.head.edge = append(s.head.edge, slices.Clone(e))
	}
	if len(leaves) == 0 {
		return s
	}
	for i := range leaves {
		s.push(0, s.head.size/tileWidth, leaves[i].Hash)
		s.head.size++
	}
	s.head.root = s.head.computeRoot()
	return s
}

// push appends a hash to tile n of a level; a full tile moves to the written
// ones and its root goes up a level.
func (s *Staged) push(level int, n int64, h tlog.Hash) {
	if level == len(s.head.edge) {
		s.head.edge = append(s.head.edge, nil)
	}
	edge := append(s.head.edge[level], h)
	s.head.edge[level] = edge
	if len(edge) < tileWidth {
		return
	}
	s.full = append(s.full, fullTile{level, n, edge})
	s.head.edge[level] = nil
	s.push(level+1, n/tileWidth, perfectRoot(edge))
}

// Write hands the staged keys and values to set, which must put them into one
// atomic batch with the block's state.
func (s *Staged) Write(set func(key, value []byte) error) error {
	if len(s.leaves) == 0 {
		return nil
	}
	var err error
	put := func(key, value []byte) {
		if err == nil {
			err = set(key, value)
		}
	}
	for i := range s.leaves {
		l := &s.leaves[i]
		index := be64(s.base + int64(i))
		put(append([]byte("e"), index...), l.Bytes)
		if !l.Docket.IsZero() {
			put(docketKey(l.Docket, l.Seq), index)
		}
		if !l.IsEntry {
			put(append([]byte("i"), l.ID[:]...), index)
		}
	}
	for _, t := range s.full {
		put(tileKey(t.level, t.n), joinHashes(t.hashes))
	}
	for level, n := 0, s.head.size; n > 0; level, n = level+1, n/tileWidth {
		if n%tileWidth != 0 {
			put(tileKey(level, n/tileWidth), joinHashes(s.head.edge[level]))
		}
	}
	put([]byte("s"), be64(s.head.size))
	return err
}

// Adopt makes the staged head the committed one, after the batch is durable.
func (l *Log) Adopt(s *Staged) { l.head.Store(s.head) }

// Leaf returns the bytes of the leaf at index.
func (l *Log) Leaf(index int64) ([]byte, error) {
	if index < 0 || index >= l.Size() {
		return nil, publica.Problem(publica.NotFound, "index", "is beyond the end of the log")
	}
	raw, err := l.r.Get(append([]byte("e"), be64(index)...))
	if err == nil && raw == nil {
		err = fmt.Errorf("leaf %d is missing from the store", index)
	}
	return raw, err
}

// Leaves yields leaves from index on, to the end of the log or until yield
// returns false. The bytes are valid only during the call.
func (l *Log) Leaves(from int64, yield func(index int64, leaf []byte) bool) error {
	size := l.Size()
	return l.r.ScanFrom([]byte("e"), be64(from), func(key, leaf []byte) bool {
		i := int64(binary.BigEndian.Uint64(key[1:]))
		return i < size && yield(i, leaf)
	})
}

// IndexOf finds a leaf that is no entry, a system record or a seal, by its id.
func (l *Log) IndexOf(id publica.EntryID) (int64, bool, error) {
	raw, err := l.r.Get(append([]byte("i"), id[:]...))
	if raw == nil || err != nil {
		return 0, false, err
	}
	return int64(binary.BigEndian.Uint64(raw)), true, nil
}

// Docket yields the log indexes of a docket's leaves, in order, from position
// seq on, until yield returns false.
func (l *Log) Docket(docket publica.DocketID, seq int64, yield func(seq, index int64) bool) error {
	return l.r.ScanFrom(append([]byte("d"), docket[:]...), be64(seq), func(key, value []byte) bool {
		return yield(int64(binary.BigEndian.Uint64(key[33:])), int64(binary.BigEndian.Uint64(value)))
	})
}

func docketKey(docket publica.DocketID, seq int64) []byte {
	return append(append([]byte("d"), docket[:]...), be64(seq)...)
}

func tileKey(level int, n int64) []byte { return append([]byte{'t', byte(level)}, be64(n)...) }

func be64(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func joinHashes(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// readTile returns the first width hashes of a tile.
func (l *Log) readTile(level int, n int64, width int) ([]tlog.Hash, error) {
	raw, err := l.r.Get(tileKey(level, n))
	if err != nil {
		return nil, err
	}
	if len(raw) < width*tlog.HashSize {
		return nil, fmt.Errorf("tile %d/%d has %d bytes, want %d hashes", level, n, len(raw), width)
	}
	hashes := make([]tlog.Hash, width)
	for i := range hashes {
		copy(hashes[i][:], raw[i*tlog.HashSize:])
	}
	return hashes, nil
}
