package tilelog

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
	"publica/internal/store"
)

func open(t testing.TB, dir string) (*store.DB, store.Space, *Log) {
	t.Helper()
	db, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := db.Space('l')
	l, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return db, s, l
}

func leavesFrom(base, n int64) []machine.Leaf {
	all := make([]machine.Leaf, n)
	for i := range all {
		raw := fmt.Appendf(nil, `{"leaf":%d}`, base+int64(i))
		all[i] = machine.Leaf{Bytes: raw, Hash: tlog.RecordHash(raw), ID: publica.ID(raw)}
	}
	return all
}

func appendTo(t testing.TB, db *store.DB, s store.Space, l *Log, leaves []machine.Leaf) {
	t.Helper()
	st := l.Stage(leaves)
	b := db.Batch()
	if err := st.Write(func(k, v []byte) error { return b.Set(s, k, v) }); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	l.Adopt(st)
}

// naive is the plain RFC 6962 root over all leaves, as tlog computes it.
func naive(t *testing.T, n int64) tlog.Hash {
	t.Helper()
	var hashes []tlog.Hash
	r := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(ix))
		for i, x := range ix {
			out[i] = hashes[x]
		}
		return out, nil
	})
	for i, l := range leavesFrom(0, n) {
		h, err := tlog.StoredHashes(int64(i), l.Bytes, r)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, h...)
	}
	root, err := tlog.TreeHash(n, r)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// sizes cross every boundary that matters: one leaf, a tile less one, a tile,
// a tile and one, many tiles, and a second level.
var sizes = []int64{1, 2, 3, 255, 1, 1, 249, 700, 64500, 3000}

func TestRootsAgreeWithTlogAfterEveryAppendAndReopen(t *testing.T) {
	dir := t.TempDir()
	db, s, l := open(t, dir)
	var n int64
	for _, k := range sizes {
		appendTo(t, db, s, l, leavesFrom(n, k))
		n += k
		if got := l.Tree(); got.N != n || got.Hash != naive(t, n) {
			t.Fatalf("size %d: root differs from tlog's", n)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db, s, l = open(t, dir)
		if got := l.Tree(); got.N != n || got.Hash != naive(t, n) {
			t.Fatalf("size %d: root differs after reopening", n)
		}
	}
	defer db.Close()
	if err := l.Check(nil); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int64{0, 1, 254, 255, 256, 65535, 65536, n - 1} {
		if _, err := l.Prove(l.Tree(), i); err != nil {
			t.Errorf("prove %d: %v", i, err)
		}
	}
	if _, err := l.ProveTree(l.Tree(), 300); err != nil {
		t.Error(err)
	}
	if publica.CodeOf(func() error { _, err := l.Prove(l.Tree(), n); return err }()) != publica.NotFound {
		t.Error("a proof beyond the end must be not-found")
	}
}

func TestUnchangedClientsReadTheLog(t *testing.T) {
	db, s, l := open(t, t.TempDir())
	defer db.Close()
	const n = 66000
	appendTo(t, db, s, l, leavesFrom(0, n))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _, err := l.Tile(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Write(data)
	}))
	defer srv.Close()
	f, err := torchwood.NewTileFetcher(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := torchwood.NewClient(f)
	if err != nil {
		t.Fatal(err)
	}
	var count int64
	for i, e := range c.AllEntries(context.Background(), l.Tree(), 0) {
		if want := fmt.Sprintf(`{"leaf":%d}`, i); string(e) != want {
			t.Fatalf("entry %d = %s", i, e)
		}
		count++
	}
	if err := c.Err(); err != nil || count != n {
		t.Fatalf("torchwood read %d of %d entries: %v", count, n, err)
	}
	for _, bad := range []string{"tile/0/258", "tile/1/001", "tile/entries/258", "tile/0/257.p/209", "tile/9/000", "tile/x", "tile/", "tile/entries/-1", "../tile/0/000"} {
		if _, _, err := l.Tile(bad); publica.CodeOf(err) != publica.NotFound {
			t.Errorf("%s: %v, want not-found", bad, err)
		}
	}
}

func TestCheckFindsEveryDamage(t *testing.T) {
	db, s, l := open(t, t.TempDir())
	defer db.Close()
	appendTo(t, db, s, l, leavesFrom(0, 600))
	var keys [][]byte
	if err := s.Scan(nil, func(k, v []byte) bool {
		if k[0] == 'e' || k[0] == 't' {
			keys = append(keys, append([]byte{}, k...))
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for n, k := range keys {
		if n%37 != 0 && k[0] != 't' {
			continue
		}
		good, err := s.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]byte{}, good...)
		bad[len(bad)/2] ^= 1
		set := func(v []byte) {
			b := db.Batch()
			if err := b.Set(s, k, v); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		set(bad)
		if l.Check(nil) == nil {
			t.Errorf("a flipped byte under key %q went unnoticed", k)
		}
		set(good)
	}
	if err := l.Check(nil); err != nil {
		t.Fatal(err)
	}
}

func FuzzTilePath(f *testing.F) {
	dir := f.TempDir()
	db, err := store.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	s := db.Space('l')
	l, err := Open(s)
	if err != nil {
		f.Fatal(err)
	}
	st := l.Stage(leavesFrom(0, 300))
	b := db.Batch()
	if err := st.Write(func(k, v []byte) error { return b.Set(s, k, v) }); err != nil {
		f.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		f.Fatal(err)
	}
	l.Adopt(st)
	for _, p := range []string{"tile/0/000", "tile/entries/001.p/44", "tile/1/000.p/1", "tile/8/x000/000", ""} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		data, _, err := l.Tile(path)
		if err == nil && len(data) == 0 {
			t.Errorf("%q served nothing without an error", path)
		}
		if err != nil && publica.CodeOf(err) != publica.NotFound {
			t.Errorf("%q: %v", path, err)
		}
	})
}
