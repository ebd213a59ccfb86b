package web_test

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/web"
)

// TestTileClient reads the log back with torchwood's own client, over HTTP,
// past the size of a full tile, and proves single records.
func TestTileClient(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	key := publica.KeyFromSeed([32]byte{5})
	for i := range byte(180) {
		f.block(time.Second, statement(t, key, i+1, "sample/say", `{"stance":"neutral"}`, s.docket, "text", "text/plain", "again"))
	}
	srv := httptest.NewServer(newSite(t, f, s, web.Config{}).Handler())
	defer srv.Close()
	fetcher, err := torchwood.NewTileFetcher(srv.URL + "/")
	must(t, err)
	client, err := torchwood.NewClient(fetcher)
	must(t, err)
	signed, err := fetcher.ReadEndpoint(t.Context(), "checkpoint")
	must(t, err)
	policy, err := publica.ParsePolicy([]byte(f.Policy()))
	must(t, err)
	cp, _, err := torchwood.VerifyCheckpoint(signed, policy)
	must(t, err)
	if cp.N != int64(len(f.leaves)) || cp.N <= torchwood.TileWidth {
		t.Fatalf("the checkpoint covers %d leaves of %d", cp.N, len(f.leaves))
	}
	n := int64(0)
	for i, entry := range client.AllEntries(t.Context(), cp.Tree, 0) {
		if !bytes.Equal(entry, f.leaves[i].Raw) {
			t.Fatalf("leaf %d reads differently", i)
		}
		n++
	}
	must(t, client.Err())
	if n != cp.N {
		t.Errorf("%d leaves read, %d signed", n, cp.N)
	}
	for _, at := range []int64{0, 255, 256, cp.N - 1} {
		entry, path, err := client.Entry(t.Context(), cp.Tree, at)
		must(t, err)
		if err := tlog.CheckRecord(path, cp.N, cp.Hash, at, tlog.RecordHash(entry)); err != nil {
			t.Errorf("leaf %d: %v", at, err)
		}
	}
	full := get(t, srv.Config.Handler, "/tile/0/000").wants(t, 200)
	if got := full.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("a full tile may be kept %q", got)
	}
	if full.Body.Len() != torchwood.TileWidth*tlog.HashSize {
		t.Errorf("a full tile has %d bytes", full.Body.Len())
	}
}

// TestMerklePicture opens the page of every record: each draws its path only
// after the path has been checked, so a page is a proof.
func TestMerklePicture(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{}).Handler()
	for i := range f.leaves {
		a := get(t, h, "/entry/"+f.leaves[i].ID.String()).wants(t, 200)
		root := publica.Hash(f.tree().Hash).String()
		if n := bytes.Count(a.Body.Bytes(), []byte("root <code class=\"pub-hash\">"+root)); n != 1 {
			t.Errorf("leaf %d: the path does not end at the root", i)
		}
	}
}
