package web

import "net/http"

// A Teaser is what a domain has to say on the home page, in a few lines:
// template "teaser".
type Teaser struct {
	ID    string
	Title string
	Items []TeaserItem // none: nothing is shown
	More  Link
}

// A TeaserItem is one of its lines.
type TeaserItem struct {
	Link
	Note string
	Tag  Tag
}

// OnHome adds to the home page, in the order of the calls.
func (s *Site) OnHome(f func(*http.Request) (*Teaser, error)) { s.onHome = append(s.onHome, f) }

// Teasers returns what [Site.OnHome] added, for the view that gives the home page.
func (s *Site) Teasers(r *http.Request) (all []*Teaser, err error) {
	for _, f := range s.onHome {
		t, err := f(r)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}
