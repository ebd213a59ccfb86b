package web

import (
	"context"
	"fmt"
	"strconv"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// A merklePicture is the path from a leaf to the root of the log, drawn from
// the bottom up: at each level the node that is computed, and the sibling whose
// hash the proof supplies.
type merklePicture struct {
	Index  int64
	Size   int64
	Root   publica.Hash
	Levels []merkleLevel // from the root down to the leaf, as drawn
	Width  int
	Height int
}

// A merkleLevel is one row of the picture.
type merkleLevel struct {
	Node    publica.Hash
	Sibling publica.Hash
	Side    string // of the sibling, a message: "left", "right"; "" at the root
	Label   string // of the node, a message
	// Where it is drawn, in SVG units.
	Y, NodeX, SiblingX, ParentX, ParentY int
}

// Sizes of the drawing, in SVG units.
const (
	merkleWidth = 640
	merkleRow   = 58
	merkleBox   = 34
)

// drawPath computes the inclusion proof of a record from the log's tiles, and
// checks it before anything is drawn.
func (s *Site) drawPath(ctx context.Context, rec *Record) (*merklePicture, error) {
	signed, err := s.register.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	cp, err := publica.ParseCheckpoint(signed)
	if err != nil {
		return nil, fmt.Errorf("read own checkpoint: %w", err)
	}
	if rec.Index >= cp.Tree.N {
		return nil, publica.Problem(publica.Busy, "", "the checkpoint does not cover this record yet").WithHint("load the page again")
	}
	reader := torchwood.TileHashReaderWithContext(ctx, cp.Tree, ownTiles{s.register})
	path, err := tlog.ProveRecord(cp.Tree.N, rec.Index, reader)
	if err != nil {
		return nil, fmt.Errorf("prove record %d: %w", rec.Index, err)
	}
	leaf := publica.LeafHash(rec.Raw)
	if err := tlog.CheckRecord(path, cp.Tree.N, cp.Tree.Hash, rec.Index, leaf); err != nil {
		return nil, fmt.Errorf("the log's own tiles do not prove record %d: %w", rec.Index, err)
	}
	return layOut(rec.Index, cp.Tree, path, leaf), nil
}

// layOut walks the proof upwards (RFC 9162, section 2.1.3.2) and places each
// level.
func layOut(index int64, tree tlog.Tree, path []tlog.Hash, leaf tlog.Hash) *merklePicture {
	p := &merklePicture{Index: index, Size: tree.N, Root: publica.Hash(tree.Hash), Width: merkleWidth,
		Height: merkleRow*len(path) + merkleBox + 16}
	levels := make([]merkleLevel, 0, len(path)+1)
	fn, sn, node := index, tree.N-1, leaf
	for _, sibling := range path {
		l := merkleLevel{Node: publica.Hash(node), Sibling: publica.Hash(sibling)}
		if fn&1 == 1 || fn == sn {
			l.Side = Msg("left")
			node = tlog.NodeHash(sibling, node)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			l.Side = Msg("right")
			node = tlog.NodeHash(node, sibling)
		}
		fn, sn = fn>>1, sn>>1
		levels = append(levels, l)
	}
	levels = append(levels, merkleLevel{Node: publica.Hash(node)})
	for i := len(levels) - 1; i >= 0; i-- {
		p.Levels = append(p.Levels, levels[i])
	}
	p.place()
	return p
}

// place sets coordinates: nodes stand right of the middle when their sibling is
// on the left, and left of it otherwise; the root stands in the middle.
func (p *merklePicture) place() {
	const middle, aside = merkleWidth / 2, 165
	for i := range p.Levels {
		l := &p.Levels[i]
		l.Y = 8 + i*merkleRow
		l.NodeX, l.Label = middle, ""
		switch l.Side {
		case "left":
			l.NodeX, l.SiblingX = middle+aside, middle-aside
		case "right":
			l.NodeX, l.SiblingX = middle-aside, middle+aside
		}
		if i > 0 {
			l.ParentX, l.ParentY = p.Levels[i-1].NodeX, p.Levels[i-1].Y+merkleBox
		}
	}
	p.Levels[0].Label = Msg("root")
	p.Levels[len(p.Levels)-1].Label = Msg("this record")
}

// Depth returns how many hashes the path has.
func (p *merklePicture) Depth() int { return len(p.Levels) - 1 }

// ownTiles reads the register's own tiles.
type ownTiles struct{ register Register }

func (t ownTiles) ReadTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		raw, err := t.register.Tile(ctx, torchwood.TilePath(tile))
		if err != nil {
			return nil, err
		}
		all[i] = raw
	}
	return all, nil
}

func (t ownTiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t ownTiles) ReadEndpoint(context.Context, string) ([]byte, error) {
	return nil, publica.Problem(publica.NotFound, "", "only tiles are read here")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
