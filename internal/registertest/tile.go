package registertest

import (
	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// Checkpoint returns the head of the log, signed by a key of its own.
func (l *Law) Checkpoint() ([]byte, error) {
	root := l.Root()
	return noteKey("register", Register).SignCheckpoint(tlog.Tree{N: int64(len(l.Log)), Hash: tlog.Hash(root)})
}

// Tile returns a tile of hashes of the log, by its C2SP tlog-tiles path.
func (l *Law) Tile(path string) ([]byte, error) {
	tile, err := torchwood.ParseTilePath(path)
	if err != nil {
		return nil, publica.Problem(publica.NotFound, "", "is not a tile")
	}
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i := range l.Log {
		more, err := tlog.StoredHashesForRecordHash(int64(i), l.Log[i].Hash, hashes)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return tlog.ReadTileData(tile, hashes)
}
