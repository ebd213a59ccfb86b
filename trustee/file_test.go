package trustee_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"publica"
	"publica/trustee"
)

// What is private stays so, whatever stood in its place.
func TestWritePrivate(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	open, link := filepath.Join(dir, "open"), filepath.Join(dir, "link")
	for _, path := range []string{other, open} {
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(other, link); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{open, link, filepath.Join(dir, "new")} {
		if err := trustee.WritePrivate(path, []byte("secret")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
		if got, _ := os.ReadFile(path); string(got) != "secret" {
			t.Errorf("%s holds %q", path, got)
		}
	}
	if got, _ := os.ReadFile(other); string(got) != "old" {
		t.Errorf("what the link led to is %q", got)
	}
}

// Of two that read the same and write at once, one alone has written: what the other
// drew rests on nothing that was sent.
func TestFileHasOneWriter(t *testing.T) {
	for n := range 50 {
		path := filepath.Join(t.TempDir(), "secrets")
		var wrote atomic.Int32
		var wg sync.WaitGroup
		for i := range 4 {
			f := &trustee.File{Path: path}
			if found, err := f.Read(new(int)); found || err != nil {
				t.Fatal(found, err)
			}
			wg.Go(func() {
				err := f.Write(i)
				if err == nil {
					wrote.Add(1)
				} else if publica.CodeOf(err) != publica.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if wrote.Load() != 1 {
			t.Fatalf("round %d: %d have written", n, wrote.Load())
		}
	}
}
