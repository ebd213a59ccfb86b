package procurementview

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// openDesk is deskopen.html: the form that opens a docket for a tender.
type openDesk struct {
	web.Desk
	Form    web.Form
	Nothing web.Empty
}

// questionFiles is how many files may go with a question in a tender that is opened
// here: a drawing, a table, a page of the text with a mark.
const questionFiles = 5

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func (p *pages) deskOpen(r *http.Request) (web.Page, error) {
	session, err := web.SignedIn(r)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &openDesk{Desk: web.Desk{Session: session, Head: web.Head{Title: l.T("Open a tender"), Nav: "/desk", Fresh: true, Script: []string{"act.js"},
		Lead:   l.T("A docket of its own, in which everything of the tender is put on record, from the plan to the last payment."),
		Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}, {Text: l.T("Tenders"), Href: "/desk/tenders"}}}}}
	if len(r.PostForm) > 0 {
		page.Form.Took(r.PostForm)
	}
	var own, bodies []web.Choice
	if err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		for _, h := range held {
			if c := web.Option(h.Body.String(), h.Name); runs(h.Role) && !slices.Contains(own, c) {
				own = append(own, c)
			}
		}
		bodies, err = bodiesOf(s)
		return err
	}); err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return nil, publica.Problem(publica.Forbidden, "key", l.T("your key opens no docket")).WithHint(l.T("ask the administrator of the public body for the role of coordinator"))
	}
	page.form(l, own, bodies)
	if r.PostForm.Get("act") != "check" {
		return page, nil
	}
	act := page.open(l, own)
	if !page.Form.Ready(&page.Desk, l) {
		return page, nil
	}
	page.Act = act
	return page, act.Prepare(r)
}

func (d *openDesk) form(l *web.Locale, own, bodies []web.Choice) {
	f := &d.Form
	f.Add(web.FormField{Name: "buyer", Kind: "select", Label: l.T("Which public body buys?"), Options: own}, own[0].Value)
	f.Add(web.FormField{Name: "title", Kind: "text", Label: l.T("Title"), Hint: l.T("In one line, for everyone: what is bought.")}, "")
	f.Add(web.FormField{Name: "summary", Kind: "area", Label: l.T("Summary"), Hint: l.T("A few sentences. The plan and the text of the tender come later.")}, "")
	f.Add(web.FormField{Name: "languages", Kind: "text", Label: l.T("Languages"), Hint: l.T("Their tags, the main one first, for example en, es.")}, l.Tag)
	f.Add(web.FormField{Name: "reviewers", Kind: "checks", Label: l.T("Who decides protests?"), Hint: l.T("Bodies other than the buyer. Without one the rules refuse the tender."), Options: bodies}, "")
	f.Add(web.FormField{Name: "contribute", Kind: "select", Label: l.T("Who may ask, or protest without a bid?"), Hint: l.T("Anyone may bid, and whoever bid may protest."), Options: []web.Choice{web.Option("anyone", l.T("Anyone, with a key made for this tender")), web.Option("verified", l.T("Keys that a public body vouches for")), web.Option("members", l.T("Members of the buyer"))}}, "anyone")
	f.Add(web.FormField{Name: "quota", Kind: "text", Label: l.T("Questions and bids of one key in a day, at most (optional)"), Hint: l.T("It keeps the box from a flood.")}, "20")
}

func (d *openDesk) open(l *web.Locale, own []web.Choice) *web.Act {
	f := &d.Form
	f.Want(l, "title", "summary", "languages")
	b := docket.Open{Type: docket.Tender, Charter: docket.Charter{Contribute: docket.Audience(f.Get("contribute")), MaxAttachments: questionFiles}}
	var buyer publica.BodyID
	if err := buyer.UnmarshalText([]byte(f.Get("buyer"))); err != nil || !slices.ContainsFunc(own, func(c web.Choice) bool { return c.Value == f.Get("buyer") }) {
		f.Refuse("buyer", l.T("Your key opens no docket for this body."))
	}
	b.Languages = strings.FieldsFunc(f.Get("languages"), func(r rune) bool { return r == ',' || r == ' ' })
	for i, tag := range b.Languages {
		if !languageForm.MatchString(tag) || slices.Contains(b.Languages[:i], tag) {
			f.Refuse("languages", l.T("“{what}” is no language tag, or stands twice: for example en or pt-BR.", "what", web.Excerpt(tag, 40)))
		}
	}
	if n, ok := f.Number(l, "quota", 0); ok && n > 0 {
		b.Charter.QuotaEntries, b.Charter.QuotaHours = n, 24
	}
	b.Charter.Reviewers = d.reviewers(l, buyer)
	reviewers := f.Field("reviewers")
	var names []string
	for _, o := range reviewers.Options {
		if reviewers.Has(o.Value) {
			names = append(names, web.Apart(o.Text))
		}
	}
	says := web.Facts{{Name: l.T("Which public body buys?"), Value: f.Chosen("buyer")}, {Name: l.T("Languages"), Value: strings.Join(b.Languages, ", ")}, {Name: l.T("Who decides protests?"), Value: strings.Join(names, ", ")}, {Name: l.T("Who may ask, or protest without a bid?"), Value: f.Chosen("contribute")}, {Name: l.T("Files with a question, at most"), Value: l.Number(b.Charter.MaxAttachments)}}
	if b.Charter.QuotaEntries > 0 {
		says = append(says, web.Fact{Name: l.T("Questions and bids of one key in a day, at most"), Value: l.Number(b.Charter.QuotaEntries)})
	}
	return &web.Act{Kind: "docket/open", For: buyer, Body: b, Says: says, Next: "/desk/docket/{id}/tender",
		Parts: []web.ActPart{web.Part("title", "text/plain", f.Get("title"), l.T("Title")), web.Part("summary", "text/markdown", f.Get("summary"), l.T("Summary"))}}
}

// reviewers reads who decides protests.
func (d *openDesk) reviewers(l *web.Locale, buyer publica.BodyID) (all []publica.BodyID) {
	for _, text := range d.Form.Field("reviewers").Ticked {
		var id publica.BodyID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			continue
		}
		if id == buyer {
			d.Form.Refuse("reviewers", l.T("The buyer does not decide protests against itself."))
		}
		all = append(all, id)
	}
	if len(all) == 0 {
		d.Form.Refuse("reviewers", l.T("Name a body that decides protests: the rules ask for one."))
	}
	return all
}
