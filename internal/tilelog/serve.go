package tilelog

import (
	"bytes"
	"fmt"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// Tile returns the bytes at a C2SP tlog-tiles path, without leading slash:
// "tile/<L>/<N>[.p/<W>]" or "tile/entries/<N>[.p/<W>]". full reports that the
// tile is complete and will never change. Paths beyond the log are NotFound.
func (l *Log) Tile(path string) (data []byte, full bool, err error) {
	notFound := publica.Problem(publica.NotFound, "path", "is not a tile of this log")
	if !strings.HasPrefix(path, "tile/") {
		return nil, false, notFound
	}
	t, err := torchwood.ParseTilePath(path)
	if err != nil {
		return nil, false, notFound
	}
	level := max(t.L, 0)
	n := l.Size() >> (8 * level) // hashes at that level
	if level > 6 || t.N*tileWidth+int64(t.W) > n {
		return nil, false, notFound
	}
	if t.L >= 0 {
		hashes, err := l.readTile(level, t.N, t.W)
		return joinHashes(hashes), t.W == tileWidth, err
	}
	var b []byte
	err = l.Leaves(t.N*tileWidth, func(i int64, leaf []byte) bool {
		if i >= t.N*tileWidth+int64(t.W) {
			return false
		}
		if b, err = torchwood.AppendTileEntry(b, leaf); err != nil {
			return false
		}
		return true
	})
	return b, t.W == tileWidth, err
}

// tiles serves tlog.TileHashReader from the store.
type tiles struct{ l *Log }

func (tiles) Height() int { return 8 }
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(want))
	for i, w := range want {
		hashes, err := t.l.readTile(w.L, w.N, w.W)
		if err != nil {
			return nil, err
		}
		data[i] = joinHashes(hashes)
	}
	return data, nil
}
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// Prove returns the inclusion proof of the leaf at index in tree, built from
// tiles authenticated against the tree's root and checked against the leaf as
// stored. An error that is not NotFound means that the store is damaged.
func (l *Log) Prove(tree tlog.Tree, index int64) (tlog.RecordProof, error) {
	if index < 0 || index >= tree.N {
		return nil, publica.Problem(publica.NotFound, "index", "is beyond the end of the log")
	}
	leaf, err := l.Leaf(index)
	if err != nil {
		return nil, err
	}
	p, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tiles{l}))
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	if err := tlog.CheckRecord(p, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return nil, fmt.Errorf("leaf %d as stored does not prove: %w", index, err)
	}
	return p, nil
}

// Root returns the root over the first leaves of the log, as many as size.
func (l *Log) Root(size int64) (tlog.Hash, error) {
	tree := l.Tree()
	if size == tree.N {
		return tree.Hash, nil
	}
	if size < 0 || size > tree.N {
		return tlog.Hash{}, publica.Problem(publica.NotFound, "size", "is beyond the end of the log")
	}
	return tlog.TreeHash(size, tlog.TileHashReader(tree, tiles{l}))
}

// ProveTree returns the consistency proof between two sizes, checked.
func (l *Log) ProveTree(tree tlog.Tree, older int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(tree.N, older, tlog.TileHashReader(tree, tiles{l}))
}

// Check re-reads the whole log and verifies every tile against the leaves and
// the root. progress, if not nil, is told how many leaves are done.
func (l *Log) Check(progress func(done, total int64)) error {
	tree := l.Tree()
	again := &Staged{head: &head{}}
	var wrong error
	var count int64
	err := l.Leaves(0, func(i int64, leaf []byte) bool {
		if i != count {
			wrong = fmt.Errorf("leaf %d is missing from the store", count)
			return false
		}
		again.push(0, i/tileWidth, tlog.RecordHash(leaf))
		for _, t := range again.full {
			if wrong = l.sameTile(t.level, t.n, t.hashes); wrong != nil {
				return false
			}
		}
		again.full = again.full[:0]
		count++
		again.head.size = count
		if progress != nil && count%1024 == 0 {
			progress(count, tree.N)
		}
		return true
	})
	if wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	if count != tree.N {
		return fmt.Errorf("the store has %d leaves, the head says %d", count, tree.N)
	}
	for level, hashes := range again.head.edge {
		if len(hashes) > 0 {
			if err := l.sameTile(level, tree.N>>(8*level)/tileWidth, hashes); err != nil {
				return err
			}
		}
	}
	if again.head.computeRoot() != tree.Hash {
		return fmt.Errorf("the leaves do not hash to the root of size %d", tree.N)
	}
	return nil
}

func (l *Log) sameTile(level int, n int64, want []tlog.Hash) error {
	got, err := l.r.Get(tileKey(level, n))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, joinHashes(want)) {
		return fmt.Errorf("tile %d/%d does not fit its leaves", level, n)
	}
	return nil
}
