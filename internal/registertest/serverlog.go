package registertest

import (
	"net/http"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// head serves the signed head of the log.
func (s *Server) head(w http.ResponseWriter, _ *http.Request) {
	cp, err := s.checkpoint()
	if err != nil {
		s.fail(w, err)
		return
	}
	_, _ = w.Write(cp)
}

// tile serves the log as C2SP tlog-tiles.
func (s *Server) tile(w http.ResponseWriter, r *http.Request) {
	data, err := s.readTile(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		s.fail(w, err)
		return
	}
	_, _ = w.Write(data)
}

func (s *Server) readTile(path string) (data []byte, err error) {
	if err := s.grow(); err != nil {
		return nil, err
	}
	t, err := torchwood.ParseTilePath(path)
	last := (t.N<<8 + int64(t.W)) << (8 * max(t.L, 0)) // leaves below it
	if err != nil || last > int64(s.leaves) {
		return nil, publica.Problem(publica.NotFound, "", "is not a tile")
	}
	if t.L >= 0 {
		return tlog.ReadTileData(t, s)
	}
	for _, l := range s.law.Log[t.N<<8 : last] {
		if data, err = torchwood.AppendTileEntry(data, l.Bytes); err != nil {
			return nil, err
		}
	}
	return data, nil
}
