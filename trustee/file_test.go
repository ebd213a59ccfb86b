package trustee_test

import (
	"os"
	"path/filepath"
	"testing"

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
