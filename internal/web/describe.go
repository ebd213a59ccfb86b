package web

import (
	"context"
	"strings"

	"publica"
)

// A Description names a record outside of its page: in a feed, in a letter.
type Description struct {
	Title   string // in one line
	Summary string // one sentence, or ""
	Kind    string // the kind in words
}

// Describe says what a record of the log is, in the language of ctx and in the
// words of the view that shows its kind. NotFound if it is not on the log.
func (s *Site) Describe(ctx context.Context, id publica.EntryID) (*Description, error) {
	rec, err := s.register.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	l, kind := LocaleIn(ctx), kindOf(rec.Leaf)
	d := &Description{Title: kindTitle(l, kind, rec.Leaf), Kind: l.T(kindWords(kind))}
	render := s.renderers[kind]
	if render == nil {
		return d, nil
	}
	var e *publica.Entry
	if rec.Leaf.Entry != nil {
		if e, err = publica.ParseEntry(rec.Leaf.Entry); err != nil {
			return nil, err
		}
	}
	v, err := render(ctx, rec, e)
	if err != nil || v == nil {
		return d, err
	}
	d.Summary = OneLine(v.Summary)
	if v.Headline != "" {
		d.Title = OneLine(v.Headline)
	}
	return d, nil
}

// Raw returns the canonical bytes of an entry that is on the log, or promised to
// be.
func (s *Site) Raw(ctx context.Context, id publica.EntryID) ([]byte, error) {
	return s.entryBytes(ctx, id)
}

// Content returns what a commitment stands for as the public may see it, verified
// against it. NotFound if it is hidden, erased, or not held.
func (s *Site) Content(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	return s.register.Content(ctx, c)
}

// ForModerators returns content that may be hidden from the public, and whether it
// is. A page that shows it asks first who reads. NotFound if it was erased.
func (s *Site) ForModerators(ctx context.Context, c publica.Commitment) (content *publica.Content, hidden bool, err error) {
	content, err = s.register.Content(ctx, c)
	if publica.CodeOf(err) != publica.NotFound {
		return content, false, err
	}
	content, err = s.register.Withheld(ctx, c)
	return content, err == nil, err
}

// OneLine makes what people wrote fit for where no markup can hold it apart:
// one line, without control characters and without those that turn the text
// around it.
func OneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// WithLocale returns a context that speaks the language of a tag, English if
// there is no such language.
func WithLocale(ctx context.Context, tag string) context.Context {
	if l := localeNamed(tag); l != nil {
		return context.WithValue(ctx, localeKey{}, l)
	}
	return context.WithValue(ctx, localeKey{}, Locales()[0])
}
