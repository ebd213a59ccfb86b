package ocds

import (
	"cmp"
	"encoding/json/jsontext"
	"slices"
)

// Level is how much a problem weighs.
type Level string

const (
	Error   Level = "error"   // against the standard: it must not be published so
	Warning Level = "warning" // the standard lets it pass, a reader may stumble
)

// A Problem is one thing that is wrong with data, and where.
type Problem struct {
	Check   string           `json:"check"` // which check speaks; [Checks] explains each
	Path    jsontext.Pointer `json:"path"`  // within its document; "" for the whole
	Line    int              `json:"line"`  // of the file, from 1; 0 if the data was not read
	Level   Level            `json:"level"`
	Message string           `json:"message"` // what is wrong, in one sentence
	Hint    string           `json:"hint,omitzero"`
}

// Errors reports whether one of the problems is an error.
func Errors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Level == Error })
}

// inOrder sorts problems as a reader of the file meets them.
func inOrder(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}
