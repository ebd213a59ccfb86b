package private

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "private")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	open := func() *Store {
		s, err := Open(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	put := func(name, value string, d time.Duration) {
		if err := s.Put(name, []byte(value), at.Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	put("mail/ada", "ada@example.org", time.Hour)
	put("mail/bob", "bob@example.org", time.Minute)
	put("desk/1", "a draft", time.Hour)
	put("desk/1", "a better draft", time.Hour)
	s = open() // what was kept survives
	value, ok, err := s.Get("desk/1")
	if err != nil || !ok || string(value) != "a better draft" {
		t.Errorf("got %q, %v, %v", value, ok, err)
	}
	names := func(prefix string) (all []string) {
		if err := s.Each(prefix, func(name string, _ []byte) bool { all = append(all, name); return true }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := names("mail/"); len(got) != 2 || got[0] != "mail/ada" {
		t.Errorf("names %v", got)
	}
	at = at.Add(2 * time.Minute)
	if _, ok, _ := s.Get("mail/bob"); ok || len(names("mail/")) != 1 {
		t.Error("what expired is still given")
	}
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("mail/ada"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("mail/nobody"); err != nil {
		t.Error(err)
	}
	// Nothing of them is in any file, and nobody else may read the rest.
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || bytes.Contains(raw, []byte("example.org")) {
			t.Errorf("%s holds %s, %v", f.Name(), raw, err)
		}
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v, %v", f.Name(), info.Mode(), err)
		}
	}
	s = open()
	if got := names(""); len(got) != 1 {
		t.Errorf("after reopening: %v", got)
	}
}

// A write that a crash cut short leaves the value before it.
func TestCutShort(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put("a", []byte("whole"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("a")+".new", []byte(`{"name":"a","va`), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, time.Now); err != nil {
		t.Fatal(err)
	}
	if value, ok, err := s.Get("a"); string(value) != "whole" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", value, ok, err)
	}
	if _, err := os.Stat(s.path("a") + ".new"); !os.IsNotExist(err) {
		t.Errorf("the half value is still there: %v", err)
	}
}
