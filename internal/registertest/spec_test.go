package registertest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/registertest"
	"publica/sealed"
)

var (
	requiredPart = regexp.MustCompile("`([a-z-]+)` \\(required\\)")
	example      = regexp.MustCompile("(?s)```json\n(.*?)\n```")
)

// TestSpec holds spec/kinds to the code: every kind has a section there, and
// no other has one; its example, with the parts it says are required, passes
// the stateless check.
func TestSpec(t *testing.T) {
	l := registertest.NewLaw(t, registertest.Domains())
	sections := map[publica.Kind]string{}
	pages, err := filepath.Glob("../../spec/kinds/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages of kinds: %v", err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range strings.Split(string(text), "\n## ")[1:] {
			name, rest, _ := strings.Cut(section, "\n")
			if kind := publica.Kind(name); kind.Valid() {
				sections[kind] = rest
			}
		}
	}
	for _, k := range l.Machine().Kinds() {
		section, ok := sections[k.Name]
		if !ok {
			t.Errorf("%s has no section in spec/kinds", k.Name)
			continue
		}
		delete(sections, k.Name)
		checkExample(t, l, k.Name, section)
	}
	for name := range sections {
		t.Errorf("spec/kinds describes %s, which is no kind", name)
	}
}

func checkExample(t *testing.T, l *registertest.Law, kind publica.Kind, section string) {
	body := example.FindStringSubmatch(section)
	if body == nil {
		t.Errorf("%s has no example", kind)
		return
	}
	e := publica.Entry{Kind: kind, Body: []byte(body[1]), For: publica.BodyID{1}}
	if kind.Domain() != "identity" && kind.Domain() != "governance" && kind != "docket/open" {
		e.Docket = publica.DocketID{1}
	}
	var parts []registertest.Text
	for _, m := range requiredPart.FindAllStringSubmatch(section, -1) {
		media := "text/markdown"
		if m[1] == "title" || m[1] == "contact" {
			media = "text/plain"
		}
		data := "text"
		if m[1] == "bid" {
			data, e.For = strings.Repeat("x", sealed.BucketSize), publica.BodyID{}
		}
		parts = append(parts, registertest.Text{Name: m[1], Media: media, Data: data})
	}
	signed, err := l.TrySign("alice", e, parts...)
	if err == nil {
		_, err = l.Check(signed)
	}
	if err != nil {
		t.Errorf("example of %s: %v", kind, err)
	}
}
