package procurementview

import (
	"encoding/json/v2"
	"net/http"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/procurement"
	"publica/internal/personal"
	"publica/internal/web"
)

// askPage is ask.html: a person writes a question, looks at it as others will read
// it, and signs it in the browser with a key of their own. Without script the page
// says by which command that is done.
type askPage struct {
	web.Head
	*tenderView
	Steps    web.Steps
	Problem  web.Alert
	Closed   string // why nothing can be asked, "" if it can
	Keyed    string // whose key it takes, "" if anyone's does
	Question string // what they wrote
	Body     string // of the entry, on the second step
	Personal []string
	Until    publica.Time
}

// maxQuestion bounds what the form takes, in bytes.
const maxQuestion = 64 << 10

func (p *pages) ask(r *http.Request) (web.Page, error) { return p.askForm(r, "") }

// take is the form sent: to be looked at once more, or changed.
func (p *pages) askTake(r *http.Request) (web.Page, error) {
	text := strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"))
	page, err := p.askForm(r, text)
	if err != nil || page.Closed != "" || r.PostForm.Get("act") == "change" {
		return page, err
	}
	l := web.LocaleOf(r)
	switch most := page.About.Charter.MaxBytes; {
	case text == "":
		page.wrong(l.T("There is no question"), l.T("Write what you want to know."))
	case len(text) > maxQuestion || most > 0 && int64(len(text)) > most:
		page.wrong(l.T("The question is too long"), l.T("Shorten it, or ask twice."))
	default:
		err = page.show(l)
	}
	return page, err
}

func (p *pages) askForm(r *http.Request, text string) (*askPage, error) {
	t, err := p.viewAt(r, "/tender")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &askPage{Head: t.head(l, l.T("Ask about the tender")), tenderView: t, Question: text, Steps: askSteps(l, 0)}
	page.Fresh, page.Script = true, []string{"contribute.js"}
	if c := t.Process.Clock("enquiries", publica.EntryID{}); c != nil {
		page.Until = c.Ends
	}
	if !t.mayAsk() {
		page.Closed = l.T("Questions are taken while bids are, until their own clock ends.")
	}
	if t.About.Charter.Contribute != docket.Anyone {
		page.Keyed = askerWords(l, t.About.Charter.Contribute)
	}
	return page, nil
}

func askSteps(l *web.Locale, at int) web.Steps {
	s := web.Steps{Label: l.T("Your question")}
	for i, text := range []string{l.T("Write"), l.T("Check and sign"), l.T("Receipt")} {
		step := web.Step{Text: text}
		switch {
		case i < at:
			step.State = web.Done
		case i == at:
			step.State = web.Current
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

func (p *askPage) wrong(title, text string) {
	p.Problem = web.Alert{Kind: "error", Title: title, Text: text}
	p.Status = http.StatusUnprocessableEntity
}

// show makes the second step of the page.
func (p *askPage) show(l *web.Locale) error {
	raw, err := json.Marshal(procurement.Ask{}, json.Deterministic(true))
	if err != nil {
		return err
	}
	p.Body, p.Steps, p.Title = string(raw), askSteps(l, 1), l.T("Check what you wrote")
	for _, f := range personal.Find(p.Question) {
		p.Personal = append(p.Personal, f.Text)
	}
	return nil
}
