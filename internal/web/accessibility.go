package web

import "net/http"

// accessibilityPage is accessibility.html: what these pages promise to people
// who use them in other ways, how that is tested, and what is known to be wrong.
type accessibilityPage struct {
	Head
	Contact string // of the operator; may be empty
}

func (s *Site) accessibilityPage(r *http.Request) (Page, error) {
	l := LocaleOf(r)
	return &accessibilityPage{Contact: s.data.Contact, Head: Head{Title: l.T("Accessibility"),
		Lead: l.T("These pages should work for everybody: with a keyboard, a screen reader, large text, other colours, an old device.")}}, nil
}
