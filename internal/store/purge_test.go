package store

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// onDisk reports whether any file below dir holds the bytes.
func onDisk(t *testing.T, dir string, what []byte) (where string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, what) {
			where += " " + filepath.Base(f)
		}
	}
	return where
}

func TestPurge(t *testing.T) {
	for _, settled := range []bool{false, true} {
		t.Run(fmt.Sprintf("in tables %t", settled), func(t *testing.T) {
			dir := t.TempDir()
			db, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			s := db.Space('c')
			put := func(key, value string) {
				b := db.Batch()
				if err := b.Set(s, []byte(key), []byte(value)); err != nil {
					t.Fatal(err)
				}
				if err := b.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 500 {
				put(fmt.Sprintf("key %03d", i), rand.Text()+rand.Text())
				if settled && i%50 == 0 {
					if err := db.p.Flush(); err != nil {
						t.Fatal(err)
					}
				}
			}
			secret := rand.Text() + rand.Text()
			put("key 250 a", secret)
			if settled {
				if err := db.p.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if onDisk(t, dir, []byte(secret)) == "" {
				t.Fatal("the secret was never on disk: this is no test")
			}
			b := db.Batch()
			if err := b.Delete(s, []byte("key 250 a")); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(); err != nil {
				t.Fatal(err)
			}
			if onDisk(t, dir, []byte(secret)) == "" {
				t.Fatal("deleting destroys by itself: purging is not needed")
			}
			if err := s.Purge(t.Context(), [][]byte{[]byte("key 250 a")}); err != nil {
				t.Fatal(err)
			}
			if where := onDisk(t, dir, []byte(secret)); where != "" {
				t.Errorf("the secret stands in%s still", where)
			}
			if v, err := s.Get([]byte("key 250")); v == nil || err != nil {
				t.Errorf("a neighbour is gone: %v", err)
			}
		})
	}
}
