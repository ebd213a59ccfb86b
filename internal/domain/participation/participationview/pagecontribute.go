package participationview

import (
	"encoding/json/v2"
	"net/http"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/personal"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// contributePage is contribute.html: a person writes, looks at what they wrote
// as others will see it, and sends it. With script the browser signs with a key
// of their own; without, the node signs for them where the charter allows.
type contributePage struct {
	web.Head
	about
	Steps    web.Steps
	Problem  web.Alert // what was wrong with what they sent
	Closed   string    // why nothing can be sent, "" if it can
	NoIntake string    // why the node does not sign for people, "" if it does
	On       *Contribution
	Record   *record // commitment, or review of one, that it is about
	Section  *Section
	Quote    string // the words of the section that it is about
	Form     form
	Base     string
	Preview  *preview // set on the second step
}

// record is a record of another domain that a comment may be about.
type record struct {
	Entry publica.EntryID
	Kind  publica.Kind
}

// preview is what would be sent.
type preview struct {
	Kind  publica.Kind
	Body  string // JSON of the entry's body
	Found []warning
}

// A warning names a stretch of text that looks personal.
type warning struct{ What, Text string }

// form is what people fill in.
type form struct {
	Kind, On, Section, Version, Range, Stance, Title, Text, Name string
}

func formOf(get func(string) string) form {
	f := form{Kind: "comment", On: get("on"), Section: get("section"), Version: get("version"), Range: get("range"), Stance: get("stance"),
		Title: strings.TrimSpace(get("title")), Text: strings.TrimSpace(strings.ReplaceAll(get("text"), "\r\n", "\n")), Name: strings.TrimSpace(get("name"))}
	if get("kind") == "idea" {
		f.Kind = "idea"
	}
	return f
}

func (p *pages) contribute(r *http.Request) (web.Page, error) {
	return p.contributeForm(r, formOf(r.URL.Query().Get), nil)
}

// maxContribution bounds what the form takes, in bytes.
const maxContribution = 256 << 10

// take is the form sent: to be looked at once more, to be changed, or for good.
// Whatever was wrong, what they wrote is shown again.
func (p *pages) take(r *http.Request) (web.Page, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxContribution)
	if err := r.ParseForm(); err != nil {
		return nil, &publica.Error{Code: publica.TooLarge, Message: "the form is too large or broke off", Hint: "shorten the text, or send it from the command line with publica submit", Err: err}
	}
	f := formOf(r.PostForm.Get)
	page, err := p.contributeForm(r, f, nil)
	if err != nil {
		return nil, err
	}
	act := r.PostForm.Get("act")
	if page.Closed != "" || act == "change" {
		return page, nil
	}
	body, parts, err := page.contents(web.LocaleOf(r))
	if err == nil && act == "send" {
		var receipt *publica.Receipt
		if receipt, err = p.sign(r, page, body, parts); err == nil {
			id, err := trackingNumber(receipt)
			if err != nil {
				return nil, err
			}
			return nil, web.SeeOther("/received/" + id.String())
		}
	}
	if err == nil {
		return page, page.show(web.LocaleOf(r), body)
	}
	if c := publica.CodeOf(err); c == publica.Internal || c == publica.Busy {
		return nil, err
	}
	return p.contributeForm(r, f, err)
}

// sign hands a contribution to the node, which signs it as its intake.
func (p *pages) sign(r *http.Request, page *contributePage, body any, parts []Part) (*publica.Receipt, error) {
	if page.NoIntake != "" {
		return nil, publica.Problem(publica.Forbidden, "key", page.NoIntake)
	}
	return p.intake.Contribute(r.Context(), page.Docket.ID, "participation/"+publica.Kind(page.Form.Kind), body, parts)
}

func (p *pages) contributeForm(r *http.Request, f form, problem error) (*contributePage, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &contributePage{Form: f, Base: "/docket/" + id.String()}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(l, d, "/contribute")
		return page.place(s)
	})
	if err != nil {
		return nil, err
	}
	d := page.Docket
	switch c := cardOf(l, d); {
	case !c.Open:
		page.Closed = c.When
	case f.Kind == "idea" && !c.Ideas:
		page.Closed = l.T("The outcome is final, so that no more ideas are taken; comments on how it is carried out are.")
	}
	switch {
	case d.Charter.Contribute != docket.Anyone:
		page.NoIntake = l.T("This docket’s charter asks for a key of your own that some body vouches for: the node cannot sign for you here.")
	case p.intake == nil:
		page.NoIntake = l.T("This node signs for nobody: a key of your own is needed.")
	}
	page.Head = head(l, d, page.title(l))
	page.Fresh = true
	page.Script = []string{"contribute.js"}
	page.Steps = contributeSteps(l, 0)
	if e, ok := publicaError(problem); ok {
		page.Problem = web.Alert{Kind: "error", Title: l.T("It was not sent"), Text: strings.TrimSpace(sentence(l.T(e.Message)) + " " + sentence(l.T(e.Hint)))}
		page.Status = http.StatusUnprocessableEntity
	}
	return page, nil
}

func contributeSteps(l *web.Locale, at int) web.Steps {
	s := web.Steps{Label: l.T("Your contribution")}
	for i, text := range []string{l.T("Write"), l.T("Check and sign"), l.T("Receipt")} {
		state := web.Ahead
		switch {
		case i < at:
			state = web.Done
		case i == at:
			state = web.Current
		}
		s.Steps = append(s.Steps, web.Step{Text: text, State: state})
	}
	return s
}

func (p *contributePage) title(l *web.Locale) string {
	switch {
	case p.Form.Kind == "idea":
		return l.T("Suggest an idea")
	case p.On != nil && p.On.Kind == "comment":
		return l.T("Reply to a comment")
	case p.On != nil:
		return l.T("Comment on an idea")
	case p.Record != nil && p.Record.Kind == "commitment/adopt":
		return l.T("Comment on a commitment")
	case p.Record != nil:
		return l.T("Comment on a review")
	case p.Section != nil:
		return l.T("Comment on “{section}”", "section", p.Section.Heading)
	}
	return l.T("Comment on this docket")
}

// place finds what the contribution is about.
func (p *contributePage) place(s *readmodel.Snapshot) error {
	if p.Form.On != "" {
		id, err := web.ParseEntry("on", p.Form.On)
		if err != nil {
			return err
		}
		if p.Record, err = commitmentRecord(s, id, p.Docket.Index); err == nil && p.Record == nil {
			p.On, err = contribution(s, id)
		}
		if err != nil {
			return err
		}
	}
	if p.Form.Section == "" {
		return nil
	}
	version, err := strconv.ParseInt(p.Form.Version, 10, 64)
	if err != nil {
		return publica.Problem(publica.NotFound, "version", "is not a version of this docket's draft")
	}
	d, err := draft(s, p.Docket.Index, version)
	if err != nil {
		return err
	}
	for i := range d.Text {
		if d.Text[i].ID == p.Form.Section {
			p.Section = &d.Text[i]
			if quoted, ok := parseRange(p.Form.Range); ok {
				p.Quote = quoteOf(p.Section.Text, quoted)
			}
			return nil
		}
	}
	return publica.Problem(publica.NotFound, "section", "is not a section of that version")
}

// commitmentRecord returns a commitment of the docket, or a review of one; nil for
// any other entry, and for what was refused.
func commitmentRecord(s *readmodel.Snapshot, id publica.EntryID, docket int64) (*record, error) {
	r := record{Entry: id}
	found, err := s.One("SELECT kind FROM entry WHERE id = ? AND docket = ? AND kind IN ('commitment/adopt', 'commitment/review') AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.idx = entry.idx)",
		readmodel.Args{id, docket}, &r.Kind)
	if err != nil || !found {
		return nil, err
	}
	return &r, nil
}

// parseRange parses "FROM-TO", Unicode code points of a section.
func parseRange(s string) ([2]int64, bool) {
	from, to, ok := strings.Cut(s, "-")
	a, err := strconv.ParseInt(from, 10, 32)
	b, also := strconv.ParseInt(to, 10, 32)
	return [2]int64{a, b}, ok && err == nil && also == nil && a >= 0 && b > a
}

func quoteOf(text string, r [2]int64) string {
	runes := []rune(text)
	from, to := min(r[0], int64(len(runes))), min(r[1], int64(len(runes)))
	return strings.TrimSpace(string(runes[from:to]))
}

// contents checks what people filled in, in their words, and makes of it the
// body and the parts of an entry.
func (p *contributePage) contents(l *web.Locale) (body any, parts []Part, err error) {
	f, c := p.Form, p.Docket.Charter
	size := int64(len(f.Text))
	say := func(code publica.Code, field, message, hint string) error {
		return publica.Problem(code, field, message).WithHint(hint)
	}
	switch {
	case f.Kind == "idea" && f.Title == "":
		err = say(publica.Invalid, "title", l.T("the idea has no title"), l.T("say in one line what you suggest"))
	case len(f.Title) > 1000:
		err = say(publica.TooLarge, "title", l.T("the title is too long"), l.T("keep it to one line"))
	case f.Text == "":
		err = say(publica.Invalid, "text", l.T("there is no text"), l.T("write what you want to say"))
	case size < c.MinBytes:
		err = say(publica.Invalid, "text", l.T("the text has {size}, and this docket asks for at least {least}", "size", l.Bytes(size), "least", l.Bytes(c.MinBytes)), l.T("say a little more"))
	case c.MaxBytes > 0 && size > c.MaxBytes:
		err = say(publica.TooLarge, "text", l.T("the text has {size}, and this docket takes at most {most}", "size", l.Bytes(size), "most", l.Bytes(c.MaxBytes)), l.T("shorten it, or send it in two comments"))
	case len(f.Name) > 200:
		err = say(publica.TooLarge, "name", l.T("the name is too long"), l.T("keep it to one line"))
	case f.Kind == "comment" && f.Stance != "support" && f.Stance != "oppose" && f.Stance != "neutral":
		err = say(publica.Invalid, "stance", l.T("you have not said whether you support it"), l.T("choose one of the three; neutral is fine"))
	}
	if err != nil {
		return nil, nil, err
	}
	parts = []Part{{"text", "text/markdown", []byte(f.Text)}}
	if f.Name != "" {
		parts = append(parts, Part{"author", "text/plain", []byte(f.Name)})
	}
	if f.Kind == "idea" {
		return participation.Idea{}, append(parts, Part{"title", "text/plain", []byte(f.Title)}), nil
	}
	b := participation.Comment{Stance: participation.Stance(f.Stance)}
	switch {
	case p.On != nil:
		b.Target = p.On.Entry
	case p.Record != nil:
		b.Target = p.Record.Entry
	}
	if p.Section != nil {
		b.Section = p.Section.ID
		b.Version, _ = strconv.ParseInt(f.Version, 10, 64) // place has parsed it
		if quoted, ok := parseRange(f.Range); ok && p.Quote != "" {
			b.Range = &quoted
		}
	}
	return b, parts, nil
}

// show makes the second step of the page.
func (p *contributePage) show(l *web.Locale, body any) error {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return err
	}
	p.Preview = &preview{Kind: "participation/" + publica.Kind(p.Form.Kind), Body: string(raw)}
	for _, f := range personal.Find(p.Form.Title + "\n" + p.Form.Text) {
		p.Preview.Found = append(p.Preview.Found, warning{personalWords(l, f.Sort), f.Text})
	}
	p.Steps = contributeSteps(l, 1)
	p.Title = l.T("Check what you wrote")
	return nil
}

func personalWords(l *web.Locale, s personal.Sort) string {
	switch s {
	case personal.Email:
		return l.T("an e-mail address")
	case personal.Phone:
		return l.T("a telephone number")
	case personal.NationalID:
		return l.T("a national identity number")
	case personal.Card:
		return l.T("the number of a payment card")
	case personal.Account:
		return l.T("a bank account")
	case personal.Birth:
		return l.T("a date of birth")
	}
	return l.T("a postal address")
}

// receivedPage is received.html: the tracking number.
type receivedPage struct {
	web.Head
	ID      publica.EntryID
	Steps   web.Steps
	Found   *Contribution // once it is on the log
	Refused *RefusedEntry // if the rules refused it after all
}

func (p *pages) received(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &receivedPage{Head: web.Head{Title: l.T("We have your contribution"), Fresh: true, Nav: "/dockets"}, ID: id, Steps: contributeSteps(l, 2)}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		found, err := readmodel.Collect(s, scanContribution, contributionColumns+"WHERE e.id = ?", id)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			page.Found = &found[0]
			return nil
		}
		var e RefusedEntry
		ok, err := s.One("SELECT e.id, e.idx, e.time, e.kind, e.author, r.code, r.field, r.message FROM refused r JOIN entry e ON e.idx = r.idx WHERE e.id = ?",
			readmodel.Args{id}, &e.Entry, &e.Index, &e.Time, &e.Kind, &e.Author, &e.Code, &e.Field, &e.Message)
		if ok {
			page.Refused, page.Title = &e, l.T("The rules refused your contribution")
		}
		return err
	})
	return page, err
}

// minePage is mine.html: what this browser sent, and the keys it keeps. The node
// knows neither.
type minePage struct{ web.Head }

func (p *pages) mine(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	return &minePage{web.Head{Title: l.T("My records"), Nav: "/mine", Script: []string{"mine.js"},
		Lead: l.T("What you sent from this browser, and the keys that signed it. This list stays on your device: the register does not know whose it is.")}}, nil
}
