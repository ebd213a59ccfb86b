package web

import (
	"context"

	"publica"
)

// An EntryView is what a domain says about one of its entries on the entry's
// permanent page, above what every entry shows.
type EntryView struct {
	Headline string // "Comment on section 3 of draft 2"; replaces the kind's name as title
	Summary  string // one sentence, what this entry did
	Facts    Facts  // the body in words
	Links    []Link // where it is shown in context, what it answers
	Marks    []Tag  // for example imported
}

// An EntryRenderer describes an entry of its kind, or a system record: then e is
// nil. It may return nil to leave the page to the general form.
type EntryRenderer func(ctx context.Context, rec *Record, e *publica.Entry) (*EntryView, error)

// RenderKind has f describe entries of a kind. It panics if the kind has a
// renderer already.
func (s *Site) RenderKind(kind publica.Kind, f EntryRenderer) {
	if s.renderers[kind] != nil {
		panic("web: two renderers for " + string(kind))
	}
	s.renderers[kind] = f
}
