package tilelog

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// A Mirror is a log as others serve it, a node or a copy of its tiles anywhere
// (C2SP tlog-tiles). Nothing of it is believed that does not fit a tree which
// the caller has verified. Each use needs its own.
type Mirror struct {
	remote *torchwood.TileFetcher
	own    *Log
	hashes map[tlog.Tile][]byte // of leaves, fetched before they were asked for
}

// NewMirror returns the log served at base. Leaves that own has as they should
// be are not fetched; own may be nil, and may be damaged.
func NewMirror(base string, client *http.Client, own *Log) (*Mirror, error) {
	remote, err := torchwood.NewTileFetcher(base, torchwood.WithHTTPClient(client), torchwood.WithUserAgent("publica"), torchwood.WithConcurrencyLimit(8))
	if err != nil {
		return nil, fmt.Errorf("read the log at %s: %w", base, err)
	}
	return &Mirror{remote, own, map[tlog.Tile][]byte{}}, nil
}

// Root returns the root over the first leaves of a tree, as many as size.
func (m *Mirror) Root(ctx context.Context, tree tlog.Tree, size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, torchwood.TileHashReaderWithContext(ctx, tree, m.remote))
	if err != nil {
		return root, mirrorError(err)
	}
	return root, nil
}

// Leaves yields the leaves of a tree from index from on, each proven to be in
// it, until yield returns false. The bytes are valid only during the call.
func (m *Mirror) Leaves(ctx context.Context, tree tlog.Tree, from int64, yield func(index int64, leaf []byte) bool) error {
	client, err := torchwood.NewClient(m)
	if err != nil {
		return mirrorError(err)
	}
	for i, leaf := range client.AllEntries(ctx, tree, from) {
		if !yield(i, leaf) {
			return nil
		}
	}
	if err := client.Err(); err != nil {
		return mirrorError(err)
	}
	return nil
}

func mirrorError(err error) error {
	return &publica.Error{Code: publica.Unverified, Field: "tiles", Message: "could not be read, or do not fit the checkpoint", Err: err, Hint: "ask another node"}
}

// ReadTiles implements [torchwood.TileReader].
func (m *Mirror) ReadTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	var lack []tlog.Tile
	for i, t := range tiles {
		if data[i] = m.hashes[t]; data[i] == nil {
			lack = append(lack, t)
		}
	}
	if m.own != nil && len(lack) > 0 && lack[0].L == -1 {
		return m.readLeaves(ctx, tiles)
	}
	fetched, err := m.remote.ReadTiles(ctx, lack)
	if err != nil {
		return nil, err
	}
	for i := range data {
		if data[i] == nil {
			data[i], fetched = fetched[0], fetched[1:]
		}
	}
	return data, nil
}

// readLeaves reads tiles of leaves. Their hashes say whether our own are as
// they should be; whether the hashes are, the reader of leaves finds out.
func (m *Mirror) readLeaves(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	level := slices.Clone(tiles)
	for i := range level {
		level[i].L = 0
	}
	hashes, err := m.remote.ReadTiles(ctx, level)
	if err != nil {
		return nil, err
	}
	clear(m.hashes)
	data := make([][]byte, len(tiles))
	var lack []tlog.Tile
	for i, t := range tiles {
		m.hashes[level[i]] = hashes[i]
		if data[i] = m.own.tileLike(t, hashes[i]); data[i] == nil {
			lack = append(lack, t)
		}
	}
	fetched, err := m.remote.ReadTiles(ctx, lack)
	if err != nil {
		return nil, err
	}
	for i := range data {
		if data[i] == nil {
			data[i], fetched = fetched[0], fetched[1:]
		}
	}
	return data, nil
}

// tileLike returns the tile of leaves with those hashes, nil if the log does
// not have it so.
func (l *Log) tileLike(t tlog.Tile, hashes []byte) (data []byte) {
	for i := range t.W {
		leaf, err := l.r.Get(append([]byte("e"), be64(t.N*tileWidth+int64(i))...))
		if err != nil || leaf == nil || len(hashes) != t.W*tlog.HashSize || tlog.RecordHash(leaf) != tlog.Hash(hashes[i*tlog.HashSize:][:tlog.HashSize]) {
			return nil
		}
		if data, err = torchwood.AppendTileEntry(data, leaf); err != nil {
			return nil
		}
	}
	return data
}

// SaveTiles implements [torchwood.TileReader]. Nothing is kept.
func (m *Mirror) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadEndpoint implements [torchwood.TileReader].
func (m *Mirror) ReadEndpoint(ctx context.Context, path string) ([]byte, error) {
	return m.remote.ReadEndpoint(ctx, path)
}
