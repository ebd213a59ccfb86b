package participationview

import (
	"net/http"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// contributePage is contribute.html: the form for people without a key.
type contributePage struct {
	web.Head
	about
	Problem web.Alert // what was wrong with what they sent
	Closed  string    // why nothing can be sent, "" if it can
	On      *Contribution
	Section *Section
	Form    form
	Base    string
}

// form is what people fill in.
type form struct {
	Kind, On, Section, Version, Stance, Title, Text, Name string
}

func formOf(get func(string) string) form {
	f := form{Kind: "comment", On: get("on"), Section: get("section"), Version: get("version"), Stance: get("stance"),
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

// take is the form sent: it goes to the page that shows the tracking number,
// or shows the form again with what was wrong and nothing lost.
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
	if page.Closed != "" {
		return page, nil
	}
	receipt, err := p.send(r, page)
	if err == nil {
		id, err := trackingNumber(receipt)
		if err != nil {
			return nil, err
		}
		return nil, web.SeeOther("/received/" + id.String())
	}
	if c := publica.CodeOf(err); c == publica.Internal || c == publica.Busy {
		return nil, err
	}
	return p.contributeForm(r, f, err)
}

func (p *pages) contributeForm(r *http.Request, f form, problem error) (*contributePage, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	page := &contributePage{Form: f, Base: "/docket/" + id.String()}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		d, err := standing(s, id)
		if err != nil {
			return err
		}
		page.about = here(d, "/contribute")
		return page.place(s)
	})
	if err != nil {
		return nil, err
	}
	d := page.Docket
	if c := cardOf(d); !c.Open {
		page.Closed = c.When
	} else if d.Charter.Contribute != docket.Anyone {
		page.Closed = "This docket's charter asks for a key of your own: the node cannot sign for you here."
	} else if p.intake == nil {
		page.Closed = "This node signs for nobody. Sign with a key of your own: publica keygen makes one, publica submit sends."
	}
	page.Head = head(d, page.title())
	page.Fresh = true
	if e, ok := publicaError(problem); ok {
		page.Problem = web.Alert{Kind: "error", Title: "It was not sent", Text: sentence(e.Message) + " " + sentence(e.Hint)}
		page.Status = http.StatusUnprocessableEntity
	}
	return page, nil
}

func (p *contributePage) title() string {
	switch {
	case p.Form.Kind == "idea":
		return "Suggest an idea"
	case p.On != nil && p.On.Kind == "comment":
		return "Reply to a comment"
	case p.On != nil:
		return "Comment on an idea"
	case p.Section != nil:
		return "Comment on “" + p.Section.Heading + "”"
	}
	return "Comment on this docket"
}

// place finds what the contribution is about.
func (p *contributePage) place(s *readmodel.Snapshot) error {
	if p.Form.On != "" {
		id, err := web.ParseEntry("on", p.Form.On)
		if err != nil {
			return err
		}
		if p.On, err = contribution(s, id); err != nil {
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
			return nil
		}
	}
	return publica.Problem(publica.NotFound, "section", "is not a section of that version")
}

// send checks what people filled in, in their words, and hands it to the node.
func (p *pages) send(r *http.Request, page *contributePage) (*publica.Receipt, error) {
	f, c := page.Form, page.Docket.Charter
	size := int64(len(f.Text))
	switch {
	case f.Kind == "idea" && f.Title == "":
		return nil, publica.Problem(publica.Invalid, "title", "the idea has no title").WithHint("say in one line what you suggest")
	case len(f.Title) > 1000:
		return nil, publica.Problem(publica.TooLarge, "title", "the title is too long").WithHint("keep it to one line")
	case f.Text == "":
		return nil, publica.Problem(publica.Invalid, "text", "there is no text").WithHint("write what you want to say")
	case size < c.MinBytes:
		return nil, publica.Problem(publica.Invalid, "text", "the text has "+grouped(size)+" bytes, and this docket asks for at least "+grouped(c.MinBytes)).WithHint("say a little more")
	case c.MaxBytes > 0 && size > c.MaxBytes:
		return nil, publica.Problem(publica.TooLarge, "text", "the text has "+grouped(size)+" bytes, and this docket takes at most "+grouped(c.MaxBytes)).WithHint("shorten it, or send it in two comments")
	case len(f.Name) > 200:
		return nil, publica.Problem(publica.TooLarge, "name", "the name is too long")
	case f.Kind == "comment" && f.Stance != "support" && f.Stance != "oppose" && f.Stance != "neutral":
		return nil, publica.Problem(publica.Invalid, "stance", "you have not said whether you support it").WithHint("choose one of the three; neutral is fine")
	}
	parts := []Part{{"text", "text/markdown", []byte(f.Text)}}
	if f.Name != "" {
		parts = append(parts, Part{"author", "text/plain", []byte(f.Name)})
	}
	if f.Kind == "idea" {
		parts = append(parts, Part{"title", "text/plain", []byte(f.Title)})
		return p.intake.Contribute(r.Context(), page.Docket.ID, "participation/idea", participation.Idea{}, parts)
	}
	b := participation.Comment{Stance: participation.Stance(f.Stance)}
	if page.On != nil {
		b.Target = page.On.Entry
	}
	if page.Section != nil {
		b.Section = page.Section.ID
		b.Version, _ = strconv.ParseInt(f.Version, 10, 64) // place has parsed it
	}
	return p.intake.Contribute(r.Context(), page.Docket.ID, "participation/comment", b, parts)
}

// receivedPage is received.html: the tracking number.
type receivedPage struct {
	web.Head
	ID      publica.EntryID
	Found   *Contribution // once it is on the log
	Refused *RefusedEntry // if the rules refused it after all
}

func (p *pages) received(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	page := &receivedPage{Head: web.Head{Title: "We have your contribution", Fresh: true, Nav: "/dockets"}, ID: id}
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
			page.Refused, page.Title = &e, "The rules refused your contribution"
		}
		return err
	})
	return page, err
}
