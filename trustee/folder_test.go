package trustee

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder of secrets is made with what is missing above it, for its owner alone.
func TestPrivateFolder(t *testing.T) {
	above := filepath.Join(t.TempDir(), "trustee")
	dir := filepath.Join(above, "secrets")
	for range 2 {
		if err := privateFolder(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{above, dir} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", d, info, err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := privateFolder(dir); err == nil {
		t.Error("a folder that others can read is taken")
	}
}
