// Package alerts tells people and programs what is new: Atom feeds, calendars,
// letters by e-mail, webhooks. It follows the log in the order of its index, so
// nothing is told twice in a feed and nothing is skipped by a hook.
//
// What it tells it gets from a [Source] in words. It must not know any domain,
// database or consensus. Addresses of people stand in the node's private store
// alone and never reach the register.
package alerts

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"publica"
	"publica/internal/web"
)

// An Item is one record of the log in words.
type Item struct {
	Index  int64 // in the log
	ID     publica.EntryID
	Kind   publica.Kind
	Docket publica.DocketID // zero: in none
	In     string           // title of that docket
	Title  string           // one line
	Text   string           // one sentence, or ""
	Sort   string           // the kind in words
	Time   publica.Time     // block time
}

// A Query selects records. Refused entries and seals are never among them.
type Query struct {
	Docket publica.DocketID // zero: any
	Kinds  []publica.Kind   // none: all; one that ends in "/" stands for its whole domain
	From   int64            // log index of the first
	Before int64            // log index after the last; 0: no bound
	Newest bool             // the newest first
	Limit  int
}

// A Docket is what alerts say of a docket.
type Docket struct {
	ID     publica.DocketID
	Title  string
	Opened publica.Time
}

// An Event is a time that a docket names.
type Event struct {
	UID   string // the same for as long as the event exists, however it moves
	Title string
	Text  string
	Href  string       // path on this site
	Start publica.Time //
	End   publica.Time // zero: a moment
	Set   publica.Time // block time of the record that set it
	Index int64        // of that record
}

// A Source is the register in words, as far as the pages have come. Its methods
// are safe for concurrent use and speak the language of ctx ([web.WithLocale]).
type Source interface {
	// Next is the log index after the last record that can be told. It does not
	// block.
	Next() int64
	// Items returns at most q.Limit records.
	Items(ctx context.Context, q Query) ([]Item, error)
	// Latest returns the index of the newest record of q, -1 if there is none.
	Latest(ctx context.Context, q Query) (int64, error)
	// Docket returns a docket, or NotFound.
	Docket(ctx context.Context, id publica.DocketID) (*Docket, error)
	// Events returns what a docket's calendar shows.
	Events(ctx context.Context, id publica.DocketID) ([]Event, error)
}

// A Topic is a sort of news that one may follow.
type Topic struct {
	Name  string // one word, as in ?kinds=
	Label string // message
	Kinds []publica.Kind
	Quiet bool // told only to those who ask for it
	Whole bool // of no docket
}

// Config is what alerts are made from.
type Config struct {
	Source   Source
	Topics   []Topic
	Register string       // its name
	Founded  publica.Time // its genesis
	Title    string       // of the site
	URL      string       // where the public reaches it, without a slash at the end; "": as it is asked for
	Vault    web.Vault
	Log      *slog.Logger
	Now      func() time.Time
	Mail     *Mail // nil: no letters
	Hooks    []Hook
}

// Alerts tells what is new.
type Alerts struct {
	Config
	asked *rate.Limiter // of confirmations
	post  *post         // nil: no letters
	hooks []*hook
}

//go:embed *.html
var templates embed.FS

// New reads who follows what from the private store.
func New(c Config) (*Alerts, error) {
	a := &Alerts{Config: c, asked: rate.NewLimiter(confirmationsAnHour/3600.0, confirmationsAtOnce)}
	if c.Mail != nil {
		p, err := newPost(a, c.Mail)
		if err != nil {
			return nil, err
		}
		a.post = p
	}
	for i := range c.Hooks {
		h, err := newHook(a, &c.Hooks[i])
		if err != nil {
			return nil, err
		}
		a.hooks = append(a.hooks, h)
	}
	return a, nil
}

// Mount adds feeds, calendars and the pages of those who follow.
func (a *Alerts) Mount(site *web.Site) error {
	v, err := site.Views(templates, func(*web.Locale) template.FuncMap { return nil })
	if err != nil {
		return err
	}
	site.Stream("GET /feed.atom", a.registerFeed)
	site.Stream("GET /docket/{id}/feed.atom", a.docketFeed)
	site.Stream("GET /docket/{id}/calendar.ics", a.calendar)
	site.Foot(web.Link{Text: web.Msg("Follow this register"), Href: "/follow"})
	v.Page("GET /follow", "follow.html", a.followPage)
	v.Page("GET /docket/{id}/follow", "follow.html", a.followPage)
	if a.post == nil {
		return nil
	}
	v.Page("POST /follow", "follow.html", a.follow)
	v.Page("POST /docket/{id}/follow", "follow.html", a.follow)
	v.Page("GET /follow/sent", "told.html", sentPage)
	v.Page("GET /follow/confirm/{token}", "decide.html", a.confirmPage)
	v.Page("POST /follow/confirm", "told.html", a.confirm)
	v.Page("GET /follow/end/{token}", "decide.html", a.endPage)
	v.Page("POST /follow/end", "told.html", a.end)
	site.Stream("POST /follow/end/{token}", a.endAtOnce)
	return nil
}

// look is how often those who work look for something new.
const look = 2 * time.Second

// Run writes letters and calls hooks until ctx ends. Neither stops the other, or
// the node: what cannot be sent is tried again.
func (a *Alerts) Run(ctx context.Context) error {
	ended := make(chan struct{})
	work := 0
	if a.post != nil {
		work++
		go func() { a.post.run(ctx); ended <- struct{}{} }()
	}
	for _, h := range a.hooks {
		work++
		go func() { h.run(ctx); ended <- struct{}{} }()
	}
	for range work {
		<-ended
	}
	<-ctx.Done()
	return nil
}

// wait waits for d, and reports whether there is still time.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// base returns the address of the site, as the public has it.
func (a *Alerts) base(r *http.Request) string {
	if a.URL != "" {
		return a.URL
	}
	return web.BaseURL(r)
}

var errTopics = publica.Problem(publica.Malformed, "kinds", "names something that is not told").
	WithHint("use all, or names such as drafts,responses,periods as the page /follow lists them")

// kinds reads a list of topics and kinds. "" stands for what is told unasked,
// "all" for everything.
func (a *Alerts) kinds(text string) ([]publica.Kind, error) {
	var kinds []publica.Kind
	switch text {
	case "all":
		return nil, nil
	case "":
		for _, t := range a.Topics {
			if !t.Quiet {
				kinds = append(kinds, t.Kinds...)
			}
		}
		return kinds, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(a.Topics, func(t Topic) bool { return t.Name == name || slices.Contains(t.Kinds, publica.Kind(name)) })
		switch {
		case i < 0:
			return nil, errTopics
		case a.Topics[i].Name == name:
			kinds = append(kinds, a.Topics[i].Kinds...)
		default:
			kinds = append(kinds, publica.Kind(name))
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), nil
}

// docketOf returns the docket that a request's path names; nil for the register
// itself.
func (a *Alerts) docketOf(r *http.Request) (*Docket, error) {
	if r.PathValue("id") == "" {
		return nil, nil
	}
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	return a.Source.Docket(r.Context(), id)
}

func isNotFound(err error) bool {
	var e *publica.Error
	return errors.As(err, &e) && e.Code == publica.NotFound
}
