package web

import (
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"
)

// A Run is a stretch of text that stayed, went, or came.
type Run struct {
	Text string `json:"text"`
	Op   string `json:"op,omitzero" doc:"empty: unchanged; delete; insert"`
}

// Redline compares two texts word by word.
func Redline(before, after string) []Run {
	if before == after {
		return []Run{{Text: after}}
	}
	a, b := tokens(before), tokens(after)
	alphabet := map[string]rune{}
	var words []string
	encode := func(all []string) string {
		var out strings.Builder
		for _, w := range all {
			r, ok := alphabet[w]
			if !ok {
				r = firstToken + rune(len(words))
				alphabet[w] = r
				words = append(words, w)
			}
			out.WriteRune(r)
		}
		return out.String()
	}
	// The library compares runes, so every distinct word is one rune. A text
	// with more distinct words than there are runes is shown as replaced.
	x, y := encode(a), encode(b)
	if len(words) > maxTokens {
		return []Run{{before, "delete"}, {after, "insert"}}
	}
	decode := func(s string) string {
		var out strings.Builder
		for _, r := range s {
			out.WriteString(words[r-firstToken])
		}
		return out.String()
	}
	var runs []Run
	add := func(op, s string) {
		if s != "" {
			runs = append(runs, Run{decode(s), op})
		}
	}
	at := 0
	for _, e := range udiff.Strings(x, y) {
		add("", x[at:e.Start])
		add("delete", x[e.Start:e.End])
		add("insert", e.New)
		at = e.End
	}
	add("", x[at:])
	return joinRuns(runs)
}

// The private planes of Unicode: no word of a text is one of these by itself.
const (
	firstToken = 0xF0000
	maxTokens  = 0x10FFFF - firstToken
)

// tokens splits a text into words and what stands between them.
func tokens(s string) []string {
	var out []string
	start, class := 0, -1
	for i, r := range s {
		c := 0
		switch {
		case r == '\n':
			c = 3
		case unicode.IsSpace(r):
			c = 1
		case !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r):
			c = 2
		}
		if i > start && (c != class || c >= 2) {
			out = append(out, s[start:i])
			start = i
		}
		class = c
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// joinRuns makes a redline readable: where only a space stayed between two
// changes, the change is shown as one.
func joinRuns(runs []Run) []Run {
	var out []Run
	for i := 0; i < len(runs); {
		if runs[i].Op == "" {
			out = append(out, runs[i])
			i++
			continue
		}
		var gone, come strings.Builder
		for i < len(runs) {
			r := runs[i]
			blank := r.Op == "" && strings.TrimSpace(r.Text) == "" && !strings.Contains(r.Text, "\n") && i+1 < len(runs)
			if r.Op == "" && !blank {
				break
			}
			if r.Op != "insert" {
				gone.WriteString(r.Text)
			}
			if r.Op != "delete" {
				come.WriteString(r.Text)
			}
			i++
		}
		if gone.Len() > 0 {
			out = append(out, Run{gone.String(), "delete"})
		}
		if come.Len() > 0 {
			out = append(out, Run{come.String(), "insert"})
		}
	}
	return out
}
