package procurementview

import (
	"encoding/json/v2"
	"net/http"
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// protestPage is protest.html: where bidders, and whoever the charter admits,
// protest. protest.js signs with a key of the browser, any that it made for a bid
// here: the page names no bidder, and of keys that did not bid the rules are the judges.
type protestPage struct {
	web.Head
	*tenderView
	Form    web.Form
	Problem web.Alert
	Closed  string // why nobody can protest now, "" if somebody can
	Until   publica.Time
	Ready   *protestDraft
	Admits  bool  // anyone, with a new key
	Work    int64 // bits that the charter asks of whoever did not bid
	Files   int   // that may go with it as evidence
	Command string

	Text     string // that was written, where nobody can protest any more
	Protests string // of this tender, for the script: as JSON
}

// A protestDraft is a protest that waits for its signature.
type protestDraft struct {
	Body  string // JSON
	Text  string
	Says  web.Facts
	Field []web.Field // what the form held
}

func (p *pages) mountProtest(site *web.Site, v *web.Views) {
	v.Page("GET /docket/{id}/tender/protest", "protest.html", p.protest)
	v.Page("POST /docket/{id}/tender/protest", "protest.html", p.protest)
}

func (p *pages) protest(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender/protest")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &protestPage{Head: t.head(l, l.T("Protest")), tenderView: t}
	page.Lead = l.T("A protest is public, and while it is open nothing is awarded. The review body of this tender decides it, with a reason.")
	page.Script, page.Fresh, page.Files = []string{"protest.js"}, true, web.MostFiles
	page.Closed, page.Until = t.protestClosed(l)
	if page.Protests, err = t.ownProtests(l); err != nil {
		return nil, err
	}
	if page.Closed != "" {
		page.Text = r.PostForm.Get("text")
		return page, nil
	}
	page.Admits, page.Work = page.About.Charter.Contribute == docket.Anyone, page.About.Charter.Work
	if len(r.PostForm) > 0 {
		page.Form.Took(r.PostForm)
	}
	page.form(l, r.URL.Query().Get("about"))
	page.Command = "publica submit procurement/protest --docket " + t.Docket.String() + " --set about=" + page.first("about") + " --set ground=" + page.first("ground") + " --part text=protest.md --key bidder.key"
	if r.PostForm.Get("act") != "check" {
		return page, nil
	}
	return page, page.check(l, r)
}

// protestClosed says why nobody can protest now, or until when that is possible.
func (t *tenderView) protestClosed(l *web.Locale) (why string, until publica.Time) {
	switch t.Stage {
	case tender.Draft, tender.InCeremony:
		return l.T("The tender is not published yet."), 0
	case tender.Completed:
		return l.T("The tender is over."), 0
	case tender.Cancelled: // once bids were open
		if until = t.ends(tender.ProtestClock); until == 0 {
			return l.T("The tender is over."), 0
		}
	case tender.Bidding:
		return "", t.ends(tender.DeadlineClock)
	case tender.Standstill, tender.Awarding, tender.Contracting, tender.Implementation, tender.Unsuccessful:
		if until = t.ends(tender.ProtestClock); until == 0 {
			return l.T("The time to protest has run out. A court may still hear it; the record stands."), 0
		}
	}
	return "", until
}

func (p *protestPage) form(l *web.Locale, asked string) {
	grounds := []procurement.Ground{procurement.RejectionGround, procurement.EvaluationGround, procurement.ConductGround}
	if p.Stage == tender.Bidding {
		grounds = []procurement.Ground{procurement.TextGround, procurement.ConductGround}
	}
	p.Form.Add(web.FormField{Name: "ground", Kind: "select", Label: l.T("What do you protest against?"), Options: append([]web.Choice{web.Option("", l.T("Choose"))}, codes(l, groundWords, grounds...)...)}, "")
	about := []web.Choice{web.Option("", l.T("Choose"))}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if s := &p.Steps[i]; s.Refused == "" && p.Tells(s.Kind) && slices.Contains(citedKinds, s.Kind) {
			about = append(about, web.Option(s.ID.String(), p.recordWords(l, s)))
		}
	}
	p.Form.Add(web.FormField{Name: "about", Kind: "select", Label: l.T("Against which record?"), Options: about}, asked)
	p.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("What is wrong, and what should be done?"), Hint: l.T("Everyone can read it, for good. Do not name what only you and the buyer may know.")}, "")
}

// first is what a select holds, or a word that stands for it.
func (p *protestPage) first(name string) string {
	if v := p.Form.Get(name); v != "" {
		return v
	}
	return map[string]string{"about": "RECORD", "ground": "evaluation"}[name]
}

// check reads the form, and shows what waits for its signature.
func (p *protestPage) check(l *web.Locale, r *http.Request) error {
	f := &p.Form
	f.Want(l, "ground", "about", "text")
	id, err := publica.ParseEntryID(f.Get("about"))
	if err != nil {
		f.Refuse("about", l.T("This is missing."))
	}
	if n := f.Wrong(); n > 0 {
		p.Problem = web.Alert{Kind: "error", Title: l.T("It is not ready to be signed"), Text: l.N(n, "{n} field wants something.", "{n} fields want something.")}
		p.Status = http.StatusUnprocessableEntity
		return nil
	}
	raw, err := json.Marshal(procurement.Protest{About: id, Ground: procurement.Ground(f.Get("ground"))}, json.Deterministic(true))
	if err != nil {
		return err
	}
	p.Ready = &protestDraft{Body: string(raw), Text: f.Get("text"), Says: web.Facts{{Name: l.T("What do you protest against?"), Value: f.Chosen("ground")}, {Name: l.T("Against which record?"), Value: f.Chosen("about"), Href: "/entry/" + id.String()}}}
	for _, name := range []string{"ground", "about", "text"} {
		p.Ready.Field = append(p.Ready.Field, web.Field{Name: name, Value: r.PostForm.Get(name)})
	}
	return nil
}
