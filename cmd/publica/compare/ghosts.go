package compare

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Standing is what became of a section of an older text.
type Standing string

// What can become of a section; the first that applies. A run is three words, in
// lower case, without punctuation, tags and web addresses, that follow each other; the share of a
// section in another is how many of its different runs stand there too.
const (
	Unchanged Standing = "unchanged" // the section of the same name has the same words
	Moved     Standing = "moved"     // another section has the same words, or is the one with the largest share, if that is large enough and no other section went there
	Reworded  Standing = "changed"   // the section of the same name has the largest share, if that is large enough; or none has, but the name is still there
	Merged    Standing = "merged"    // the section with the largest share, if that is large enough, took in another section too
	Gone      Standing = "vanished"  // none of these: a ghost
)

// A SectionFate is what became of one section.
type SectionFate struct {
	Anywhere int      `json:"anywhere"` // percent of its runs that stand in any section of the newer text, rounded down
	Fate     Standing `json:"fate"`
	Into     string   `json:"into,omitzero"` // name of the section it is found in
	Kept     int      `json:"kept"`          // percent of its runs that stand in that section, rounded down
	Section  string   `json:"section"`       // its name
	Words    int      `json:"words"`         // how many it had
}

// Ghosts is what became of every section of an older text in a newer one.
type Ghosts struct {
	Counts   map[Standing]int `json:"counts"`
	New      []string         `json:"new,omitempty"` // sections of the newer text that nothing of the older one went to
	Sections []SectionFate    `json:"sections"`
}

// Follow says what became of the sections of before in after. A share is large
// enough from enough percent on. Sections are the same by name if their ids are.
func Follow(before, after []Section, enough int) *Ghosts {
	next := index(after)
	g := &Ghosts{Counts: map[Standing]int{}, Sections: []SectionFate{}}
	into := make([]int, len(before)) // section of after, -1 for none
	taken := make([]int, len(after)) // how many sections went there
	for i, s := range before {
		f, at := next.follow(s, enough)
		g.Sections, into[i] = append(g.Sections, f), at
		if at >= 0 {
			taken[at]++
		}
	}
	for i := range g.Sections {
		f := &g.Sections[i]
		if at := into[i]; f.Fate == Moved && taken[at] > 1 {
			f.Fate = Merged
		}
		g.Counts[f.Fate]++
	}
	for i, s := range after {
		if taken[i] == 0 {
			g.New = append(g.New, s.ID)
		}
	}
	return g
}

// An indexed text is found by its runs.
type indexed struct {
	sections []Section
	words    []string         // of each section, as one string
	runs     map[string][]int // run → sections that have it, ascending
}

func index(sections []Section) *indexed {
	x := &indexed{sections: sections, runs: map[string][]int{}}
	for i, s := range sections {
		words := plainWords(s.Text)
		x.words = append(x.words, strings.Join(words, " "))
		for _, r := range runsOf(words) {
			x.runs[r] = append(x.runs[r], i)
		}
	}
	return x
}

func (x *indexed) follow(s Section, enough int) (f SectionFate, at int) {
	words := plainWords(s.Text)
	f = SectionFate{Section: s.ID, Words: len(words)}
	same := slices.IndexFunc(x.sections, func(o Section) bool { return o.ID == s.ID })
	runs := runsOf(words)
	found, anywhere := make([]int, len(x.sections)), 0
	for _, r := range runs {
		in := x.runs[r]
		if len(in) > 0 {
			anywhere++
		}
		for _, i := range in {
			found[i]++
		}
	}
	f.Anywhere = percent(anywhere, len(runs))
	text := strings.Join(words, " ")
	at = same
	switch {
	case same >= 0 && x.words[same] == text:
		f.Fate = Unchanged
	case text != "" && slices.Contains(x.words, text):
		f.Fate, at = Moved, slices.Index(x.words, text)
	default:
		best := same
		for i, n := range found {
			if best < 0 || n > found[best] {
				best = i
			}
		}
		switch {
		case best >= 0 && best != same && len(runs) > 0 && percent(found[best], len(runs)) >= enough:
			f.Fate, at = Moved, best
		case same >= 0:
			f.Fate = Reworded
		default:
			f.Fate = Gone
			return f, -1
		}
	}
	f.Into, f.Kept = x.sections[at].ID, percent(found[at], len(runs))
	return f, at
}

// percent rounds down: only all is 100.
func percent(n, of int) int {
	if of == 0 {
		return 100
	}
	return n * 100 / of
}

// Two links share their first words whatever they lead to.
var addresses = regexp.MustCompile(`https?://[^\s)>\]]+`)

// plainWords are the words of a text as runs are made of them: no tags, footnote
// numbers or web addresses.
func plainWords(text string) []string {
	text = addresses.ReplaceAllString(marks.ReplaceAllString(text, " "), " ")
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// runLength is how many words make a run: two happen by chance, four break at
// every word that is mended.
const runLength = 3

// runsOf returns the different runs of words; a text shorter than a run is one.
func runsOf(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	seen := map[string]bool{}
	var out []string
	for i := 0; i == 0 || i+runLength <= len(words); i++ {
		r := strings.Join(words[i:min(len(words), i+runLength)], " ")
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}
