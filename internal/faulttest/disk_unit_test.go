package faulttest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// write writes a file, durably if asked.
func write(t *testing.T, path string, data []byte, sync bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if sync {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerCut shows that a cut loses what was not synced and nothing else.
func TestPowerCut(t *testing.T) {
	d := newDisk(t, 64<<20)
	kept, grown, lost := filepath.Join(d.dir, "kept"), filepath.Join(d.dir, "grown"), filepath.Join(d.dir, "lost")
	data := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	write(t, kept, data, true)
	write(t, grown, data, true)
	write(t, grown, data, false)
	write(t, lost, data, false)
	if err := d.cut(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "after"), data, 0o600); err == nil {
		t.Error("a file could be written after the cut")
	}
	if err := d.repair(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{kept: data, grown: data, lost: nil} {
		if got, err := os.ReadFile(path); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d (%v)", path, len(got), len(want), err)
		}
	}
}

// TestFullDisk shows that a filled disk takes no more, until it is released.
func TestFullDisk(t *testing.T) {
	d := newDisk(t, 64<<20)
	if err := d.fill(1 << 20); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(d.dir, "big"), make([]byte, 4<<20), 0o600)
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("4 MiB on a disk with 1 MiB free: %v", err)
	}
	if err := d.release(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.dir, "small"), make([]byte, 4<<20), true)
}

// TestReadOnlyDisk shows that a broken disk takes no writes, not even to files
// that are open, until it is repaired.
func TestReadOnlyDisk(t *testing.T) {
	d := newDisk(t, 64<<20)
	f, err := os.Create(filepath.Join(d.dir, "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := d.breakdown(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err == nil {
		t.Error("an open file could be written to")
	}
	if err := os.WriteFile(filepath.Join(d.dir, "new"), nil, 0o600); !errors.Is(err, unix.EROFS) {
		t.Errorf("a new file: %v", err)
	}
	f.Close()
	if err := d.repair(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.dir, "new"), []byte("x"), true)
}
