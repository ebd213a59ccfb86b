// Package compare says what became of texts: whether a later version took the
// line edits that people asked for, what two exports of one public docket no
// longer agree on, and which sections of one plan stand in another.
//
// Everything is computed from the texts alone, in integers, by tests that are
// written down beside them: two people with the same texts come to the same
// answer.
//
// The package must not know where texts come from: no register, no files, no
// terminal.
package compare

// A Section is a named part of a text.
type Section struct {
	ID   string
	Text string
}

// A Place is where words stand.
type Place struct {
	Line    int    `json:"line"` // from 1, of the section's text
	Section string `json:"section"`
}
