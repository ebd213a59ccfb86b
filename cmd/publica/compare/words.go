package compare

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// A word is what stands between white space, with its punctuation: "code," and
// "code" are two words. HTML tags, and the footnote numbers that stand in <sup>,
// are no words: when footnotes are numbered anew no text has changed.
type word struct {
	text string
	line int // from 1
}

var marks = regexp.MustCompile(`<sup(?:\s[^<>]*)?>(?:[^<]|<a\s[^<>]*>|</a>)*</sup>|</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>`)

// Words returns the words of a text as one string, a space between them: two
// texts are the same to this package if their words are.
func Words(text string) string {
	return strings.Join(strings.Fields(marks.ReplaceAllString(text, " ")), " ")
}

// wordsOf returns the words of a text with their lines.
func wordsOf(text string) (out []word) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, w := range strings.Fields(marks.ReplaceAllString(line, " ")) {
			out = append(out, word{w, n})
		}
	}
	return out
}

// find returns the lines on which phrase begins, word for word and across line
// ends.
func find(in []word, phrase []string) (lines []int) {
	for i := 0; len(phrase) > 0 && i+len(phrase) <= len(in); i++ {
		if slices.EqualFunc(in[i:i+len(phrase)], phrase, func(w word, s string) bool { return w.text == s }) {
			lines = append(lines, in[i].line)
		}
	}
	return lines
}

// context is how many unchanged words on each side belong to a change. Fewer
// would find short words anywhere; more would miss what stands in a sentence
// that was also touched elsewhere.
const context = 3

// changesBetween returns how before became after: each change with context,
// those with less than context between them as one.
func changesBetween(before, after []string) (out []Change) {
	var diffs []lcs.Diff
	for _, d := range lcs.DiffLines(before, after) {
		if n := len(diffs); n > 0 && d.Start-diffs[n-1].End < context {
			diffs[n-1].End, diffs[n-1].ReplEnd = d.End, d.ReplEnd
			continue
		}
		diffs = append(diffs, d)
	}
	for _, d := range diffs {
		out = append(out, Change{
			Old: phrase(before, d.Start, d.End),
			New: phrase(after, d.ReplStart, d.ReplEnd),
		})
	}
	return out
}

func phrase(words []string, from, to int) string {
	return strings.Join(words[max(0, from-context):min(len(words), to+context)], " ")
}
