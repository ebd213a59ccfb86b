package store

import (
	"bytes"
	"testing"

	"publica"
)

func TestSpacesBatchAndScan(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, b := db.Space('a'), db.Space('b')
	w := db.Batch()
	for _, k := range []string{"x", "x2", "x1", "y", "\xff", "\xff\xff"} {
		if err := w.Set(a, []byte(k), []byte("in a: "+k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Set(b, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if v, err := a.Get([]byte("x")); v != nil || err != nil {
		t.Errorf("a value was there before its batch was committed: %q, %v", v, err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("opening a folder in use: %v, want a conflict that says so", err)
	}
	defer db.Close()
	a, b = db.Space('a'), db.Space('b')
	if v, err := b.Get([]byte("x")); v == nil || len(v) != 0 || err != nil {
		t.Errorf("an empty value must be there and empty: %v, %v", v, err)
	}
	scan := func(s Space, prefix, from string) (keys []byte) {
		if err := s.ScanFrom([]byte(prefix), []byte(from), func(k, v []byte) bool {
			if string(v) != "in a: "+string(k) {
				t.Errorf("%q = %q", k, v)
			}
			keys = append(append(keys, k...), ' ')
			return true
		}); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	for _, c := range []struct{ prefix, from, want string }{
		{"", "", "x x1 x2 y \xff \xff\xff "}, {"x", "", "x x1 x2 "}, {"x", "2", "x2 "}, {"\xff", "", "\xff \xff\xff "}, {"z", "", ""},
	} {
		if got := scan(a, c.prefix, c.from); !bytes.Equal(got, []byte(c.want)) {
			t.Errorf("scan %q from %q = %q, want %q", c.prefix, c.from, got, c.want)
		}
	}
}
