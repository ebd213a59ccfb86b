package web

import (
	"net/http"
	"strings"

	"filippo.io/torchwood"

	"publica"
)

// mountLog serves the log as C2SP tlog-tiles (https://c2sp.org/tlog-tiles), so
// that any client of that format reads it unchanged:
//
//	/checkpoint               the signed tree head, never cached
//	/tile/<L>/<N>[.p/<W>]     hashes of level L
//	/tile/entries/<N>[.p/<W>] leaves, each with its length in two bytes before it
//
// Full tiles never change and may be kept for ever.
func (s *Site) mountLog() {
	s.handle("GET /checkpoint", openToAll(s.checkpoint))
	s.handle("GET /tile/{path...}", openToAll(s.tile))
}

func (s *Site) checkpoint(w http.ResponseWriter, r *http.Request) {
	signed, err := s.register.Checkpoint(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	send(w, signed)
}

func (s *Site) tile(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	size, full, err := parseTile(name)
	if err == nil && size > s.register.Status().Size {
		err = publica.Problem(publica.NotFound, "path", "the log does not reach this tile").
			WithHint("take the size from /checkpoint; of the last tile ask for the part that is filled, .p/<width>")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	raw, err := s.register.Tile(r.Context(), name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=60")
	if full {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	send(w, raw)
}

// parseTile checks a tlog-tiles path and returns the log size at which the tile
// begins to exist, and whether it is a full one.
func parseTile(name string) (size int64, full bool, err error) {
	t, err := torchwood.ParseTilePath(name)
	if err != nil || t.H != torchwood.TileHeight || torchwood.TilePath(t) != name {
		return 0, false, publica.Problem(publica.NotFound, "path", "is not a tile of this log").
			WithHint("tiles are at /tile/<level>/<index> and /tile/entries/<index>, see c2sp.org/tlog-tiles")
	}
	shift := torchwood.TileHeight * max(t.L, 0)
	last := t.N<<torchwood.TileHeight + int64(t.W)
	if shift > 62 || t.N < 0 || t.N > 1<<54 || last > (1<<62)>>shift {
		return 0, false, publica.Problem(publica.NotFound, "path", "no log reaches this tile")
	}
	return last << shift, t.W == torchwood.TileWidth, nil
}
