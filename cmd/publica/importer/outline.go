package importer

import (
	"regexp"
	"strings"

	"publica/cmd/publica/compare"
)

var (
	numberedLine = regexp.MustCompile(`(?m)^\f?[0-9]{1,3}[.)][ \t]+[^ \t\n][^\n]*$`)
	numbering    = regexp.MustCompile(`^(?:[0-9]+[.)]?)+[ \t]+`)
)

// Outline cuts a text into sections for comparison with another: by its Markdown
// headings or, where it has none, by its lines that begin with a number and a dot
// or bracket, as plans printed to text have them. A section's id is the slug of its
// heading without the number; its text does not repeat the heading.
func Outline(text string) []compare.Section {
	sections := Split(text, nil)
	titled := false
	for _, s := range sections {
		titled = titled || s.Title != ""
	}
	if !titled {
		sections = byNumbers(text)
	}
	ids := newNames()
	var out []compare.Section
	for _, s := range sections {
		id, body := s.ID, s.Text
		if s.Title != "" {
			id = slug(numbering.ReplaceAllString(s.Title, ""))
			if _, rest, ok := strings.Cut(body, "\n"); ok {
				body = rest
			} else {
				body = ""
			}
		}
		out = append(out, compare.Section{ID: ids.take(id), Text: body})
	}
	return out
}

func byNumbers(text string) (out []Section) {
	cuts := numberedLine.FindAllStringIndex(text, -1)
	end := len(text)
	if len(cuts) > 0 {
		end = cuts[0][0]
	}
	if strings.TrimSpace(text[:end]) != "" {
		out = append(out, Section{ID: Preamble, Text: text[:end]})
	}
	for i, c := range cuts {
		end := len(text)
		if i+1 < len(cuts) {
			end = cuts[i+1][0]
		}
		out = append(out, Section{Title: strings.TrimSpace(text[c[0]:c[1]]), Text: text[c[0]:end]})
	}
	return out
}
