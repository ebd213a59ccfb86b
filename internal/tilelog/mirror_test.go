package tilelog

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
)

// TestMirror reads a log as another serves it: from a leaf on, whole, with and
// without a damaged log of one's own, and from one who bends what he serves.
func TestMirror(t *testing.T) {
	db, s, l := open(t, t.TempDir())
	defer db.Close()
	const size = 256*60 + 77
	appendTo(t, db, s, l, leavesFrom(0, size))
	tree := l.Tree()
	var mu sync.Mutex
	var fetched []string // tiles of leaves; guarded by mu
	var bend string      // path that is served bent; guarded by mu
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/")
		data, _, err := l.Tile(path)
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(path, bend) && bend != "" {
			data = bytes.Clone(data)
			data[len(data)-1] ^= 1
		}
		if strings.HasPrefix(path, "tile/entries/") {
			fetched = append(fetched, path)
		}
		w.Write(data)
	}))
	defer server.Close()
	read := func(own *Log, from int64, bent string) error {
		t.Helper()
		mu.Lock()
		fetched, bend = nil, bent
		mu.Unlock()
		m, err := NewMirror(server.URL, server.Client(), own)
		if err != nil {
			t.Fatal(err)
		}
		want := leavesFrom(from, size-from)
		next := from
		err = m.Leaves(t.Context(), tree, from, func(i int64, leaf []byte) bool {
			if i != next || !bytes.Equal(leaf, want[i-from].Bytes) {
				t.Fatalf("leaf %d came as %d: %q", next, i, leaf)
			}
			next++
			return true
		})
		if err == nil && next != size {
			t.Errorf("read up to %d of %d", next, size)
		}
		return err
	}
	for _, from := range []int64{0, 1, 255, 256, size - 1, size} {
		if err := read(nil, from, ""); err != nil {
			t.Fatal(err)
		}
	}

	// A log of one's own that lacks a leaf, has another bent, and ends early.
	ownDB, ownSpace, own := open(t, t.TempDir())
	defer ownDB.Close()
	appendTo(t, ownDB, ownSpace, own, leavesFrom(0, 256*50))
	b := ownDB.Batch()
	if err := b.Delete(ownSpace, append([]byte("e"), be64(300)...)); err != nil {
		t.Fatal(err)
	}
	if err := b.Set(ownSpace, append([]byte("e"), be64(256*7+3)...), []byte("bent")); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := read(own, 0, ""); err != nil {
		t.Fatal(err)
	}
	if len(fetched) != 2+10+1 { // nobody asks any more
		t.Errorf("fetched %d tiles of leaves: %v", len(fetched), fetched)
	}

	for _, path := range []string{"tile/entries/007", "tile/0/007", "tile/1/000", "tile/0/060", "tile/entries/060"} {
		for _, o := range []*Log{nil, own} {
			if err := read(o, 0, path); publica.CodeOf(err) != publica.Unverified {
				t.Errorf("%s bent: %v", path, err)
			}
		}
	}

	mu.Lock()
	bend = ""
	mu.Unlock()
	m, err := NewMirror(server.URL, server.Client(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{1, 256, 5000, size} {
		want, err := l.Root(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Root(t.Context(), tree, n); err != nil || got != want || got != naive(t, n) {
			t.Errorf("the root of %d: %v", n, err)
		}
	}
	if _, err := m.Root(t.Context(), tlog.Tree{N: size, Hash: tlog.Hash{1}}, 5); publica.CodeOf(err) != publica.Unverified {
		t.Errorf("a root of another tree: %v", err)
	}
}

// TestAudit finds what is wrong beside leaves and tiles.
func TestAudit(t *testing.T) {
	db, s, l := open(t, t.TempDir())
	defer db.Close()
	leaves := leavesFrom(0, 700)
	for i := range leaves {
		if leaves[i].IsEntry = i%3 > 0; leaves[i].IsEntry {
			leaves[i].Docket, leaves[i].Seq = publica.DocketID{byte(i%2 + 1)}, int64(i)
		}
	}
	appendTo(t, db, s, l, leaves)
	audit := func() error {
		a := l.Audit()
		for _, part := range [][]machine.Leaf{leaves[:100], leaves[100:]} {
			if err := a.Add(part); err != nil {
				return err
			}
		}
		return a.Close()
	}
	if err := audit(); err != nil {
		t.Fatal(err)
	}
	for _, key := range [][]byte{docketKey(leaves[1].Docket, 1), append([]byte("i"), leaves[0].ID[:]...), tileKey(1, 0), tileKey(7, 0), []byte("e2345678"), []byte("z"), []byte("s")} {
		before, err := s.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		b := db.Batch()
		if before == nil {
			err = b.Set(s, key, []byte{1})
		} else {
			err = b.Delete(s, key)
		}
		if err != nil || b.Commit() != nil {
			t.Fatal(err)
		}
		if err := audit(); err == nil {
			t.Errorf("key %q: not found", key)
		}
		b = db.Batch()
		if before == nil {
			err = b.Delete(s, key)
		} else {
			err = b.Set(s, key, before)
		}
		if err != nil || b.Commit() != nil {
			t.Fatal(err)
		}
	}
	if err := audit(); err != nil {
		t.Fatal(err)
	}
}
