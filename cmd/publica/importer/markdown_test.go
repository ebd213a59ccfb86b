package importer

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func ids(sections []Section) (out []string) {
	for _, s := range sections {
		out = append(out, s.ID)
	}
	return out
}

func join(sections []Section) string {
	var b strings.Builder
	for _, s := range sections {
		b.WriteString(s.Text)
	}
	return b.String()
}

func TestSplit(t *testing.T) {
	framework := func(h string) bool { return strings.Contains(h, "Framework") }
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"no heading", "words\n", []string{"preamble"}},
		{"headings", "before\n\n# One & Two\ntext\n## One & Two\nmore\n", []string{"preamble", "one-two", "one-two-2"}},
		{"setext", "Title\n=====\n\ntext\n\nPart\n----\n", []string{"title", "part"}},
		{"front matter", "---\ntitle: x\n---\n\n# A\n", []string{"front-matter", "a"}},
		{"front matter and words", "---\ntitle: x\n---\nwords\n", []string{"front-matter", "preamble"}},
		{"rule is no heading", "a\n\n---\n\n# B\n", []string{"preamble", "b"}},
		{"heading in code and quote", "```\n# no\n```\n> # no\n\n# yes\n", []string{"preamble", "yes"}},
		{"other script", "# Περίληψη\n# Περίληψη\n", []string{"section-" + hash("Περίληψη"), "section-" + hash("Περίληψη") + "-2"}},
		{"items", "# Framework\nintro\n* [A](https://x.example/issues/4)\n    * [B](https://x.example/issues/10)\n* Plain words\n* [B](https://x.example/issues/10)\n\nafter\n# End\n* not cut\n",
			[]string{"framework", "item-4", "item-10", "plain-words", "item-10-2", "framework-after", "end"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Split(c.text, framework)
			if !slices.Equal(ids(got), c.want) {
				t.Errorf("ids %q, want %q", ids(got), c.want)
			}
			if join(got) != c.text {
				t.Errorf("sections do not add up to the document: %q", join(got))
			}
		})
	}
}

func hash(s string) string { return strings.TrimPrefix(slug(s), "section-") }

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func FuzzSplit(f *testing.F) {
	f.Add("---\na: b\n---\n# A\n* [x](/issues/1)\n  * y\n\nz\n")
	f.Add("A\n===\n\n- - [n](u/issues/2)\n1. b\n\n\tcode\n")
	f.Add("# \r\n#\r\n* \r\n> * # q\n")
	f.Add("\x00# \xff\n[a]: <b\n* [a]\n<div>\n* c\n")
	f.Fuzz(func(t *testing.T, document string) {
		sections := Split(document, func(string) bool { return true })
		if join(sections) != document {
			t.Fatalf("sections do not add up to the document: %q, want %q", join(sections), document)
		}
		seen := map[string]bool{}
		for _, s := range sections {
			if !idPattern.MatchString(s.ID) || len(s.ID) > 56 || seen[s.ID] {
				t.Fatalf("bad or repeated id %q", s.ID)
			}
			seen[s.ID] = true
			if s.Text == "" {
				t.Fatalf("section %s is empty", s.ID)
			}
		}
	})
}
