package compare

import (
	"strings"
	"testing"

	"publica"
)

func diffOf(old, new string) string {
	n := func(s string) int { return strings.Count(s, "\n") }
	var b strings.Builder
	b.WriteString("diff --git a/pages/Roads.md b/pages/Roads.md\n--- a/pages/Roads.md\n+++ b/pages/Roads.md\n@@ -1,")
	b.WriteString(string(rune('0'+n(old))) + " +1," + string(rune('0'+n(new))) + " @@\n")
	for l := range strings.Lines(old) {
		b.WriteString("-" + l)
	}
	for l := range strings.Lines(new) {
		b.WriteString("+" + l)
	}
	return b.String()
}

func TestJudge(t *testing.T) {
	const old = "The city mends every road within ten days of a report.\n"
	for _, c := range []struct {
		name, old, new, text string
		fate                 Fate
		taken, changes       int
	}{
		{"word for word", old, "The city mends every road within five days of a report.\n", "# Roads\n\nThe city mends every road\nwithin five days of a report.", Taken, 1, 1},
		{"nothing", old, "The city mends every road within five days of a report.\n", old, NotTaken, 0, 1},
		{"rewritten", old, "The city mends every road within five days of a report.\n", "Roads are mended.", NotTaken, 0, 1},
		{"one of two", old, "A city mends every road within ten days of each report.\n", "A city mends every road within ten days of a report.", InPart, 1, 2},
		{"close changes are one", old, "The town mends each road within ten days of a report.\n", "The town mends every road within ten days of a report.", NotTaken, 0, 1},
		{"at the end of a line", old, "The city mends every road within ten days of a report. Bridges too.\n", old + "x", NotTaken, 0, 1},
		{"at the end of a line, taken", old, "The city mends every road within ten days of a report. Bridges too.\n", old[:len(old)-1] + " Bridges too.", Taken, 1, 1},
		{"off the end of a line", old, "The city mends every road within ten days.\n", old, NotTaken, 0, 1},
		{"off the end of a line, taken", old, "The city mends every road within ten days.\n", "The city mends every road within ten days.", Taken, 1, 1},
		{"a line added", "", old, "x\n" + old, Taken, 1, 1},
		{"a line not added", "", old, "x", NotTaken, 0, 1},
		{"a line removed", old, "", "x", Taken, 1, 1},
		{"a line kept", old, "", old, NotTaken, 0, 1},
		{"both stand", old, "The city mends every road within five days of a report.\n", old + "The city mends every road within five days of a report.", InPart, 0, 1},
		{"only footnotes", "A road.<sup id=\"f3\"><a href=\"#3\">3</a></sup>\n", "A road.<sup id=\"f4\"><a href=\"#4\">4</a></sup>\n", "A road.", NoWords, 0, 0},
	} {
		edits, err := ParseDiff(diffOf(c.old, c.new))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		v := Judge(edits, []Section{{"bridges", old}, {"roads", c.text}}, "")
		if v.Fate != c.fate || v.Taken != c.taken || len(v.Changes) != c.changes {
			t.Errorf("%s: %s, %d of %d, want %s, %d of %d: %+v", c.name, v.Fate, v.Taken, len(v.Changes), c.fate, c.taken, c.changes, v.Changes)
		}
	}
}

// Where an edit is looked for: in the section its file names, else in the
// comment's, else everywhere.
func TestJudgePlace(t *testing.T) {
	edits, err := ParseDiff(diffOf("Roads are grey in all towns.\n", "Roads are red in all towns.\n"))
	if err != nil {
		t.Fatal(err)
	}
	red := "Title\n\nRoads are red in all towns.\n"
	for _, c := range []struct {
		text []Section
		fate Fate
		at   string
	}{
		{[]Section{{"a", red}, {"roads", "nothing"}}, NotTaken, ""},
		{[]Section{{"a", red}, {"b", "nothing"}}, NotTaken, ""},
		{[]Section{{"a", red}, {"c", "nothing"}}, Taken, "a"},
	} {
		v := Judge(edits, c.text, "b")
		if v.Fate != c.fate || (c.at != "" && *v.Changes[0].Place != Place{Section: c.at, Line: 3}) {
			t.Errorf("%v: %s %+v", c.text, v.Fate, v.Changes)
		}
	}
}

func TestParseDiffRefuses(t *testing.T) {
	for _, c := range [][2]string{
		{"hello", "diff: names no file"},
		{"@@ -1 +1 @@\n-a\n+b", "diff:1: "},
		{"--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-a", "diff:3: announces more"},
		{"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n-b\n+c", "diff:3: announces fewer"},
		{"--- a/x\n+++ b/x\n@@ -1 +1 @@\n?a", "diff:4: starts with"},
		{"+++ b/x\n", "diff:1: names a new file"},
	} {
		diff, at := c[0], c[1]
		_, err := ParseDiff(diff)
		if publica.CodeOf(err) != publica.Malformed || !strings.Contains(err.Error(), at) {
			t.Errorf("%q: %v, want %q", diff, err, at)
		}
	}
}

func TestDiffsIn(t *testing.T) {
	diff := diffOf("a\n", "```\n")
	text := "Please.\n\n" + Fenced(diff) + "\n```go\nx\n```\n" + Fenced("y\n")
	if got := DiffsIn(text); len(got) != 2 || got[0] != diff || got[1] != "y\n" {
		t.Errorf("%q", got)
	}
}

func FuzzParseDiff(f *testing.F) {
	f.Add(diffOf("a b c\n", "a x c\n"))
	f.Add("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n\\ No newline")
	f.Fuzz(func(t *testing.T, diff string) {
		edits, err := ParseDiff(diff)
		if err != nil && publica.CodeOf(err) != publica.Malformed {
			t.Fatal(err)
		}
		v := Judge(edits, []Section{{"x", diff}}, "")
		if v.Taken > len(v.Changes) {
			t.Fatal("more taken than there are")
		}
	})
}
