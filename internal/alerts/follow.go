package alerts

import (
	"net/http"
	"slices"
	"strings"

	"publica"
	"publica/internal/web"
)

// followPage is follow.html: how to learn what is new, of a docket or of the
// whole register.
type followPage struct {
	web.Head
	Base     string // path of what is followed: "" or "/docket/…"
	Feed     string
	Calendar string // "" if there is none
	Topics   []choice
	Mail     bool // letters can be had
	Keep     int64
	Form     followForm
	Problem  web.Alert
}

type followForm struct{ Address, Often string }

// A choice is a checkbox.
type choice struct {
	Name, Label string
	On          bool
}

func (a *Alerts) followPage(r *http.Request) (web.Page, error) {
	d, err := a.docketOf(r)
	if err != nil {
		return nil, err
	}
	p := a.newFollowPage(r, d)
	p.Form.Often = string(daily)
	return p, nil
}

func (a *Alerts) newFollowPage(r *http.Request, d *Docket) *followPage {
	l := web.LocaleOf(r)
	p := &followPage{Mail: a.post != nil, Head: web.Head{Title: l.T("Follow this register"), Lead: l.T("Hear what is new without having to look.")}}
	if d != nil {
		p.Base = "/docket/" + d.ID.String()
		p.Calendar = p.Base + "/calendar.ics"
		p.Head = web.Head{Title: l.T("Follow this docket"), Kicker: web.OneLine(d.Title), Lead: p.Lead, Nav: "/dockets",
			Crumbs: []web.Link{{Text: l.T("Dockets"), Href: "/dockets"}, {Text: web.OneLine(d.Title), Href: p.Base}}}
	}
	p.Feed = p.Base + "/feed.atom"
	p.Head.Feed = p.Feed
	if a.post != nil {
		p.Keep = int64(a.Mail.Keep.Hours() / 24)
	}
	for _, t := range a.Topics {
		if t.Whole && d != nil {
			continue
		}
		p.Topics = append(p.Topics, choice{t.Name, l.T(t.Label), !t.Quiet})
	}
	return p
}

// follow takes the form. Whatever is known of an address, the answer is the
// same: nobody learns here who follows what.
func (a *Alerts) follow(r *http.Request) (web.Page, error) {
	d, err := a.docketOf(r)
	if err != nil {
		return nil, err
	}
	f, problem := a.wanted(r, d)
	if problem == nil {
		problem = a.post.begin(f)
	}
	if problem == nil {
		return nil, web.SeeOther("/follow/sent")
	}
	if publica.CodeOf(problem) != publica.Invalid && publica.CodeOf(problem) != publica.Busy {
		return nil, problem
	}
	l, p := web.LocaleOf(r), a.newFollowPage(r, d)
	p.Status, p.Fresh = http.StatusUnprocessableEntity, true
	p.Form = followForm{r.PostForm.Get("address"), r.PostForm.Get("often")}
	for i := range p.Topics {
		p.Topics[i].On = slices.Contains(r.PostForm["topic"], p.Topics[i].Name)
	}
	p.Problem = web.Alert{Kind: "error", Title: l.T("Nothing was taken in"), Text: l.T(map[error]string{
		errAddress: web.Msg("This is not an e-mail address that messages can be sent to. Write it like name@example.org."),
		errOften:   web.Msg("Say how often you want messages."),
		errNoTopic: web.Msg("Choose at least one thing to hear of."),
		errMany:    web.Msg("Too many people asked at once. Try again in a few minutes."),
	}[problem])}
	return p, nil
}

var (
	errOften   = publica.Problem(publica.Invalid, "often", "is not one of once, daily, weekly")
	errNoTopic = publica.Problem(publica.Invalid, "topic", "names nothing that is told")
	errMany    = publica.Problem(publica.Busy, "", "too many addresses were given at once").WithHint("try again in a few minutes")
)

// wanted reads the form.
func (a *Alerts) wanted(r *http.Request, d *Docket) (f follower, err error) {
	if f.Address, err = parseAddress(r.PostForm.Get("address")); err != nil {
		return f, err
	}
	if f.Often = often(r.PostForm.Get("often")); f.Often != atOnce && f.Often != daily && f.Often != weekly {
		return f, errOften
	}
	var names []string
	for _, t := range a.Topics {
		if slices.Contains(r.PostForm["topic"], t.Name) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return f, errNoTopic
	}
	f.Topics, f.Lang = strings.Join(names, ","), web.LocaleOf(r).Tag
	if d != nil {
		f.Docket = d.ID
	}
	return f, nil
}

// begin keeps an address that has to be confirmed. One that was asked often
// enough these days is not asked again.
func (p *post) begin(f follower) error {
	now := p.Now()
	if !p.asked.AllowN(now, 1) {
		return errMany
	}
	waiting := p.followers.list(func(o *follower) bool {
		return !o.Confirmed && strings.EqualFold(o.Address, f.Address) && o.Until.Std().After(now)
	})
	if len(waiting) >= maxAsked {
		return nil
	}
	f.Token, f.Until = newToken(), publica.TimeOf(now.Add(confirmWithin))
	return p.followers.put(f)
}

// toldPage is told.html: what has happened.
type toldPage struct {
	web.Head
	Told web.Alert
}

func told(title, text string, link web.Link) web.Page {
	return &toldPage{Head: web.Head{Title: title, Fresh: true}, Told: web.Alert{Kind: "success", Title: title, Text: text, Link: link}}
}

func sentPage(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	return told(l.T("Look into your mailbox"), l.T("If the address is right, a message with a link is on its way. Only when you have opened the link and pressed its button do you get news. Without that the address is deleted after 48 hours."), web.Link{}), nil
}

// decidePage is decide.html: a link of a letter leads here, and a button does it.
// Programs that open every link of a letter press no button.
type decidePage struct {
	web.Head
	Text, Button string
	Action       string
	Token        string
}

// errEnded is all that is said of a token that is none, or no longer.
var errEnded = publica.Problem(publica.NotFound, "token", "belongs to no messages that are sent").
	WithHint("the link was good once or for 48 hours; nothing is kept of an address that has ended")

func (p *post) known(token string) (follower, error) {
	f, ok := p.followers.get(token, p.Now())
	if !ok {
		return f, errEnded
	}
	return f, nil
}

func (a *Alerts) confirmPage(r *http.Request) (web.Page, error) {
	f, err := a.post.known(r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	what, err := a.post.what(r.Context(), &f)
	if err != nil {
		return nil, err
	}
	return &decidePage{Head: web.Head{Title: l.T("Do you want these messages?"), Fresh: true}, Action: "/follow/confirm", Token: f.Token, Button: l.T("Yes, send me news"),
		Text: l.T("News of “{title}” will go to {address}. Every message has a link that ends them.", "title", what, "address", f.Address)}, nil
}

// confirm begins the letters, and ends those that the same address had of the
// same docket.
func (a *Alerts) confirm(r *http.Request) (web.Page, error) {
	f, err := a.post.known(r.PostForm.Get("token"))
	if err != nil {
		return nil, err
	}
	l, now := web.LocaleOf(r), a.Now()
	if !f.Confirmed {
		f.Confirmed, f.Since, f.Due = true, a.Source.Next(), publica.TimeOf(now)
		f.Until = publica.TimeOf(now.Add(a.Mail.Keep))
		if f.Often != atOnce {
			f.Due = publica.TimeOf(f.Often.next(now.UTC(), a.Mail.Hour))
		}
		if err := a.post.followers.put(f); err != nil {
			return nil, err
		}
		for _, old := range a.post.followers.list(func(o *follower) bool {
			return o.Token != f.Token && o.Docket == f.Docket && strings.EqualFold(o.Address, f.Address)
		}) {
			if err := a.post.followers.remove(old.Token); err != nil {
				return nil, err
			}
		}
	}
	return told(l.T("You follow"), l.T("Messages come from now on. They end by themselves on {day}, or with the link in each of them.", "day", l.Day(f.Until)), web.Link{Text: l.T("End them now"), Href: "/follow/end/" + f.Token}), nil
}

func (a *Alerts) endPage(r *http.Request) (web.Page, error) {
	f, err := a.post.known(r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	what, err := a.post.what(r.Context(), &f)
	if err != nil {
		return nil, err
	}
	return &decidePage{Head: web.Head{Title: l.T("End these messages?"), Fresh: true}, Action: "/follow/end", Token: f.Token, Button: l.T("End them and delete my address"),
		Text: l.T("News of “{title}” goes to {address}.", "title", what, "address", f.Address)}, nil
}

// end deletes an address. Whoever presses twice is told the same.
func (a *Alerts) end(r *http.Request) (web.Page, error) {
	if err := a.post.followers.remove(r.PostForm.Get("token")); err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	return told(l.T("The messages have ended"), l.T("The address is deleted from this node."), web.Link{}), nil
}

// endAtOnce is what a mail program sends for its reader (RFC 8058): no page, no
// redirect, and whatever form of body.
func (a *Alerts) endAtOnce(w http.ResponseWriter, r *http.Request) error {
	if err := a.post.followers.remove(r.PathValue("token")); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("ended\n"))
	return err
}
