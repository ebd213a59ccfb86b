// Package golden holds a package to what its testdata keeps of it: outlines of
// pages, vectors for other implementations. A test run with -update writes anew
// what differs, so that a change that is meant is seen in review.
//
// The package knows nothing of what it compares, and must not be imported but by
// tests.
package golden

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what testdata keeps anew")

// Compare compares got with the file at path; meant says when they may differ.
func Compare(tb testing.TB, path string, got []byte, meant string) {
	tb.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Errorf("%v; write it with go test -run %s -update", err, tb.Name())
		return
	}
	if !bytes.Equal(want, got) {
		tb.Errorf("%s differs; %s, and go test -run %s -update writes it:\n%s", path, meant, tb.Name(), firstChange(string(want), string(got)))
	}
}

// Dir compares the files of a folder, by name; with -update the folder keeps no
// others.
func Dir(tb testing.TB, dir string, files map[string][]byte, meant string) {
	tb.Helper()
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			tb.Fatal(err)
		}
	}
	for name, got := range files {
		Compare(tb, filepath.Join(dir, name), got, meant)
	}
}

// Vectors compares cases, in which the test has written what its package says of
// them, with the file at path, a JSON object of about and cases.
func Vectors[T any](tb testing.TB, path, about string, cases []T, meant string) {
	tb.Helper()
	got, err := json.Marshal(struct {
		About string `json:"about"`
		Cases []T    `json:"cases"`
	}{about, cases}, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		tb.Fatal(err)
	}
	Compare(tb, path, append(got, '\n'), meant)
}

// firstChange shows the first lines that differ.
func firstChange(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "- " + w[i] + "\n+ " + g[i]
		}
	}
	return "one is longer"
}
