package commitmentview

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"publica/internal/registertest"
)

var update = flag.Bool("update", false, "write the golden outlines anew")

// TestGolden compares what every page of the gallery says, of the sample plan before
// the final review and after, with the outlines in testdata/golden: one file for
// each page, so that a change of words or order is seen in review. Run it with
// -update after a change that is meant.
func TestGolden(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	pages := map[string]*strings.Builder{}
	read := func(when string) {
		code, index := get(t, h, "/gallery")
		if code != http.StatusOK {
			t.Fatal(index)
		}
		for _, group := range strings.Split(index, "data-pattern=")[1:] {
			pattern := regexp.MustCompile(`^"GET ([^"]*)"`).FindStringSubmatch(group)
			if pattern == nil || !strings.HasPrefix(pattern[1], "/commitment") && !strings.HasSuffix(pattern[1], "/commitments") || strings.HasPrefix(pattern[1], "/desk") {
				continue // the desk has tests of its own, and other pages their own outlines
			}
			file := strings.Trim(regexp.MustCompile(`[^a-z]+`).ReplaceAllString(pattern[1], "-"), "-")
			for _, link := range regexp.MustCompile(`<a href="([^"]*)"[^>]*>(?:<bdi>)?([^<]*)`).FindAllStringSubmatch(group, -1) {
				if link[1] == "/" {
					break // the foot of the page
				}
				if pages[file] == nil {
					pages[file] = new(strings.Builder)
				}
				_, body := get(t, h, strings.ReplaceAll(link[1], "&amp;", "&"))
				_, body, _ = strings.Cut(body, "<main")
				body, _, _ = strings.Cut("<main"+body, "</main>")
				o, err := registertest.Outline(body)
				if err != nil {
					t.Fatal(err)
				}
				pages[file].WriteString("==== " + when + ": " + link[2] + "\n" + o + "\n")
			}
		}
	}
	read("in the middle")
	s.finish()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	read("at the end")

	dir := filepath.Join("testdata", "golden")
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if len(pages) < 3 {
		t.Errorf("the gallery has only %d pages", len(pages))
	}
	for file, got := range pages {
		file = filepath.Join(dir, file+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v; write it with go test -run TestGolden -update", err)
			continue
		}
		if string(want) != got.String() {
			t.Errorf("%s differs; if that is meant, run go test -run TestGolden -update:\n%s", file, firstChange(string(want), got.String()))
		}
	}
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
