package web

import (
	"net/http"
	"time"

	"publica"
)

// A Desk is what a page of the staff desk shows around its content: template
// "desk-top" draws its menu and what was wrong, "act" what waits for its
// signature. Pages embed it, and name act.js among their scripts.
type Desk struct {
	Head
	Session *Session
	Base    string // of what is worked on, a path
	Menu    SubNav
	Problem Alert
	Act     *Act // set when the form is complete
}

// Refuse shows the form again with what was wrong.
func (d *Desk) Refuse(l *Locale, message, hint string) {
	d.Problem = Alert{Kind: "error", Title: l.T("It is not ready to be signed"), Text: message + " " + hint}
	d.Status = http.StatusUnprocessableEntity
}

// SignedIn returns the session of a request, or sends the person to sign in.
func SignedIn(r *http.Request) (*Session, error) {
	s := SessionOf(r)
	if s == nil || s.Key.IsZero() {
		next := *r.URL
		if do := r.PostForm.Get("do"); do != "" { // back to the form, to which the browser puts back what was written
			q := next.Query()
			q.Set("do", do)
			next.RawQuery = q.Encode()
		}
		return nil, SeeOther(signInPath(next.RequestURI()))
	}
	return s, nil
}

// AtDesk adds a place to go to the desk's first page; its text is a message.
func (s *Site) AtDesk(l Link) { s.atDesk = append(s.atDesk, l) }

// DeskLinks returns the places that [Site.AtDesk] added.
func (s *Site) DeskLinks(l *Locale) (links []Link) {
	for _, at := range s.atDesk {
		links = append(links, Link{l.T(at.Text), at.Href})
	}
	return links
}

// FormTime is how a browser writes a date and time without a zone; the desk
// means UTC.
const FormTime = "2006-01-02T15:04"

// ParseFormTime reads a form's date and time.
func ParseFormTime(s string) (publica.Time, bool) {
	t, err := time.Parse(FormTime, s)
	return publica.TimeOf(t), err == nil
}
