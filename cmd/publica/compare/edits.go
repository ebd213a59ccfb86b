package compare

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"publica"
)

// A LineEdit is a change that somebody asked for in one file or section, as a
// unified diff says it.
type LineEdit struct {
	Path    string // as the diff names it, without the leading "a/" or "b/"
	Changes []Change
}

// A Change is some words that others should replace. Both sides begin and end
// with up to three words that stay, words being what stands between white
// space; changes with less than three words between them are one. Old is empty
// where whole lines were added, New where whole lines were taken out.
type Change struct {
	Old string `json:"old,omitzero"`
	New string `json:"new,omitzero"`
}

// ID is the section that a path means: its last element without extension, in
// lower case.
func (e *LineEdit) ID() string {
	base := path.Base(e.Path)
	return strings.ToLower(strings.TrimSuffix(base, path.Ext(base)))
}

// Fate is what became of a change.
type Fate string

// What can become of a change, and of a line edit.
const (
	Taken     Fate = "taken"         // of a change: the new words stand there, the old no longer; of an edit: all its changes
	InPart    Fate = "taken in part" // of an edit: some changes; of a change: both the new and the old words stand there
	NotTaken  Fate = "not taken"     // of an edit: none; of a change: the old words stand there, the new do not
	NoWords   Fate = "no words"      // of an edit: it changes none, only white space, tags or footnote numbers
	Rewritten Fate = "rewritten"     // of a change only: neither stands there. It does not count as taken
)

// An Outcome is the fate of one change.
type Outcome struct {
	Change
	Fate  Fate   `json:"fate"`
	Place *Place `json:"place,omitzero"` // where the new words stand, else the old ones
}

// A Verdict is the fate of one line edit.
type Verdict struct {
	Changes []Outcome `json:"changes"`
	Fate    Fate      `json:"fate"`
	Taken   int       `json:"taken"` // how many of the changes
}

// Judge says whether a text took edits. A change is looked for in the section
// that its path names (see [LineEdit.ID]) if the text has it, else in the
// section otherwise if the text has that, else in every section. Words are
// compared exactly; white space and line ends do not matter.
func Judge(edits []LineEdit, text []Section, otherwise string) Verdict {
	var v Verdict
	part := false
	for _, e := range edits {
		in := sectionsFor(text, e.ID(), otherwise)
		for _, c := range e.Changes {
			o := judge(c, in)
			v.Changes = append(v.Changes, o)
			part = part || o.Fate == InPart
			if o.Fate == Taken {
				v.Taken++
			}
		}
	}
	switch {
	case len(v.Changes) == 0:
		v.Fate = NoWords
	case v.Taken > 0 && v.Taken == len(v.Changes):
		v.Fate = Taken
	case v.Taken > 0 || part:
		v.Fate = InPart
	default:
		v.Fate = NotTaken
	}
	return v
}

func sectionsFor(text []Section, ids ...string) []Section {
	for _, id := range ids {
		for i := range text {
			if text[i].ID == id {
				return text[i : i+1]
			}
		}
	}
	return text
}

// judge counts both sides. Words to add at the end of a line make the old words
// a piece of the new ones, and words to take away the reverse: what stands only
// as a piece of the other side does not count.
func judge(c Change, in []Section) Outcome {
	o := Outcome{Change: c}
	now, news := locate(c.New, in)
	before, olds := locate(c.Old, in)
	stands := news > olds*within(c.New, c.Old)
	remains := olds > news*within(c.Old, c.New)
	if c.New == "" {
		stands = !remains // nothing to look for: the lines are gone, or not
	}
	switch {
	case stands && remains:
		o.Fate, o.Place = InPart, now
	case stands:
		o.Fate, o.Place = Taken, now
	case remains:
		o.Fate, o.Place = NotTaken, before
	case c.Old == "":
		o.Fate = NotTaken // lines to add that were not added
	default:
		o.Fate = Rewritten
	}
	return o
}

// locate returns where a phrase stands first, and how often.
func locate(phrase string, in []Section) (first *Place, n int) {
	words := strings.Fields(phrase)
	for _, s := range in {
		lines := find(wordsOf(s.Text), words)
		if len(lines) > 0 && first == nil {
			first = &Place{Line: lines[0], Section: s.ID}
		}
		n += len(lines)
	}
	return first, n
}

// within returns how often a phrase stands in another.
func within(phrase, other string) int {
	return len(find(wordsOf(other), strings.Fields(phrase)))
}

var (
	newPath = regexp.MustCompile(`^(?:---|\+\+\+) (?:[ab]/)?([^\t\r\n]+)`)
	hunk    = regexp.MustCompile(`^@@ -[0-9]+(?:,([0-9]+))? \+[0-9]+(?:,([0-9]+))? @@`)
)

// ParseDiff reads a unified diff, as diff -u and git write it. It fails with a
// [publica.Error] that names the line.
func ParseDiff(diff string) ([]LineEdit, error) {
	var out []LineEdit
	lines := strings.Split(strings.TrimSuffix(diff, "\n"), "\n")
	for i := 0; i < len(lines); {
		if m := newPath.FindStringSubmatch(lines[i]); m != nil {
			if strings.HasPrefix(lines[i], "+++") && m[1] == "/dev/null" && len(out) > 0 {
				i++ // the file is taken out whole: its old name stands
				continue
			}
			if strings.HasPrefix(lines[i], "---") {
				out = append(out, LineEdit{})
			} else if len(out) == 0 {
				return nil, badDiff(i, "names a new file before the old one")
			}
			out[len(out)-1].Path = m[1]
			i++
			continue
		}
		m := hunk.FindStringSubmatch(lines[i])
		if m == nil {
			i++ // between files a diff may say anything
			continue
		}
		if len(out) == 0 {
			return nil, badDiff(i, "changes lines before any file is named")
		}
		changes, next, err := readHunk(lines, i, count(m[1]), count(m[2]))
		if err != nil {
			return nil, err
		}
		e := &out[len(out)-1]
		e.Changes = append(e.Changes, changes...)
		i = next
	}
	if len(out) == 0 {
		return nil, publica.Problem(publica.Malformed, "diff", "names no file").WithHint("a unified diff starts with --- and +++")
	}
	return out, nil
}

func count(s string) int {
	if s == "" {
		return 1
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1 // longer than any file
	}
	return n
}

// readHunk reads the lines under the heading at lines[at] and returns where the
// next begins.
func readHunk(lines []string, at, older, newer int) (out []Change, next int, err error) {
	var minus, plus []string
	flush := func() {
		out = append(out, changesBetween(fields(minus), fields(plus))...)
		minus, plus = nil, nil
	}
	i := at + 1
	for ; older > 0 || newer > 0; i++ {
		if i == len(lines) {
			return nil, 0, badDiff(at, "announces more lines than follow")
		}
		kind, rest := byte(' '), ""
		if lines[i] != "" { // some programs drop the space of an empty line
			kind, rest = lines[i][0], lines[i][1:]
		}
		switch kind {
		case '-':
			if len(plus) > 0 {
				flush()
			}
			minus, older = append(minus, rest), older-1
		case '+':
			plus, newer = append(plus, rest), newer-1
		case ' ':
			flush()
			older, newer = older-1, newer-1
		case '\\':
		default:
			return nil, 0, badDiff(i, "starts with none of space, + and -")
		}
		if older < 0 || newer < 0 {
			return nil, 0, badDiff(at, "announces fewer lines than follow")
		}
	}
	flush()
	return out, i, nil
}

func fields(lines []string) []string { return strings.Fields(Words(strings.Join(lines, "\n"))) }

func badDiff(at int, words string) error {
	return publica.Problem(publica.Malformed, "diff:"+strconv.Itoa(at+1), words)
}

// DiffsIn returns the unified diffs in a Markdown text: the blocks fenced by
// three or more backticks whose info string is diff.
func DiffsIn(text string) (out []string) {
	fence := ""
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimRight(line, "\r\n")
		ticks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		switch {
		case fence != "" && len(ticks) >= len(fence) && strings.TrimSpace(trimmed) == ticks:
			out, fence = append(out, b.String()), ""
			b.Reset()
		case fence != "":
			b.WriteString(line)
		case len(ticks) >= 3 && strings.TrimSpace(trimmed[len(ticks):]) == "diff":
			fence = ticks
		}
	}
	return out
}

// Fenced is the block of a Markdown text that [DiffsIn] finds.
func Fenced(diff string) string {
	fence := "```"
	for strings.Contains(diff, fence) {
		fence += "`"
	}
	return fence + "diff\n" + strings.TrimSuffix(diff, "\n") + "\n" + fence + "\n"
}
