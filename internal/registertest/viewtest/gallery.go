package viewtest

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"publica/internal/golden"
	"publica/internal/registertest"
)

// home is the pattern of the home page.
const home = "/{$}"

var (
	patternInGallery = regexp.MustCompile(`^"GET ([^"]*)"`)
	linkInGallery    = regexp.MustCompile(`<a href="([^"]*)"[^>]*>(?:<bdi>)?([^<]*)`)
	noLetters        = regexp.MustCompile(`[^a-z]+`)
)

// Gallery is what the pages of a site's gallery say, outlined: a file for each
// pattern of pages.
type Gallery struct {
	TB    testing.TB
	Site  http.Handler
	files map[string][]byte
}

// Read adds the pages of the patterns that are wanted, as they are now.
func (g *Gallery) Read(when string, wanted func(pattern string) bool) {
	g.TB.Helper()
	code, index := Get(g.TB, g.Site, "/gallery")
	if code != http.StatusOK {
		g.TB.Fatal(index)
	}
	for _, group := range strings.Split(index, "data-pattern=")[1:] {
		pattern := patternInGallery.FindStringSubmatch(group)
		if pattern == nil || !wanted(pattern[1]) {
			continue
		}
		for _, link := range linkInGallery.FindAllStringSubmatch(group, -1) {
			if link[1] == "/" && pattern[1] != home {
				break // the foot of the page
			}
			g.add(pattern[1], when+": "+link[2], strings.ReplaceAll(link[1], "&amp;", "&"))
		}
	}
}

// add outlines a page: what is its own, but all of the home page, which stands for
// what every page has around it.
func (g *Gallery) add(pattern, name, path string) {
	g.TB.Helper()
	file := strings.Trim(noLetters.ReplaceAllString(pattern, "-"), "-")
	_, body := Get(g.TB, g.Site, path)
	if pattern == home {
		file = "home"
	} else {
		_, body, _ = strings.Cut(body, "<main")
		body, _, _ = strings.Cut("<main"+body, "</main>")
	}
	o, err := registertest.Outline(body)
	if err != nil {
		g.TB.Fatal(err)
	}
	if g.files == nil {
		g.files = map[string][]byte{}
	}
	g.files[file+".txt"] = append(g.files[file+".txt"], "==== "+name+"\n"+o+"\n"...)
}

// Compare compares the outlines, of at least so many patterns, with those in
// testdata/golden.
func (g *Gallery) Compare(least int) {
	g.TB.Helper()
	if len(g.files) < least {
		g.TB.Errorf("the gallery has only %d pages", len(g.files))
	}
	golden.Dir(g.TB, filepath.Join("testdata", "golden"), g.files, "a change of words or order may be meant")
}
