package faulttest

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// flip changes one bit somewhere in the files below dir whose names the
// patterns match, the larger files the likelier, and says where. The times of
// the file stay: a disk that rots does not say when.
func flip(t testing.TB, r *rand.Rand, dir string, patterns ...string) (path string, at int64) {
	t.Helper()
	type candidate struct {
		path string
		info fs.FileInfo
	}
	var all []candidate
	var total int64
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := filepath.Match(p, e.Name()); return ok }) {
			return nil
		}
		info, err := e.Info()
		all, total = append(all, candidate{path, info}), total+info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total == 0 {
		t.Fatalf("no bytes to flip in %s of %v", dir, patterns)
	}
	n := r.Int64N(total)
	for _, c := range all {
		if n -= c.info.Size(); n < 0 {
			at = n + c.info.Size()
			flipAt(t, c.path, at, r.IntN(8))
			if err := os.Chtimes(c.path, c.info.ModTime(), c.info.ModTime()); err != nil {
				t.Fatal(err)
			}
			return c.path, at
		}
	}
	panic("the sizes add up to the total")
}

func flipAt(t testing.TB, path string, at int64, bit int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << bit
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// TestFlip shows that one bit changes, in a file that was meant, and nothing
// else.
func TestFlip(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, name := range []string{"a.sst", "b.txt"} {
		write(t, filepath.Join(dir, name), make([]byte, 1000), false)
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	path, at := flip(t, rand.New(rand.NewPCG(1, 2)), dir, "*.sst")
	got, err := os.ReadFile(path)
	if err != nil || filepath.Base(path) != "a.sst" {
		t.Fatalf("%s: %v", path, err)
	}
	ones := 0
	for _, b := range got {
		for ; b != 0; b &= b - 1 {
			ones++
		}
	}
	if ones != 1 || got[at] == 0 || bytes.Count(got, []byte{0}) != 999 {
		t.Errorf("%d bits changed, byte %d is %d", ones, at, got[at])
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the time of the file changed too: %v", err)
	}
}
