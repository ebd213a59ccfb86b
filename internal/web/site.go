package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"publica"
)

//go:embed templates/*.html
var ownTemplates embed.FS

// Config is what a site is made from. Only Register is required.
type Config struct {
	Register Register
	Title    string           // shown name; the register's name if empty
	Lang     string           // BCP 47 tag of the pages, "en" if empty
	Operator string           // who runs this node, shown in the footer; may be empty
	Contact  string           // mailto: or https: address of the operator; may be empty
	Version  string           // of the program, shown in the API document
	Gallery  bool             // adds /gallery, for those who work on the pages
	Log      *slog.Logger     // discards if nil
	Now      func() time.Time // time.Now if nil; for rate limits and "how long ago"

	// Look is the site's colours and images; a site refuses one that not
	// everybody could read.
	Look Look

	// PostRate and PostBurst bound submissions per client address, in requests
	// per second. Zero: 200, and five seconds' worth. Negative: no bound.
	PostRate  rate.Limit
	PostBurst int
	// Vault keeps what is private to the node; without one there is no desk.
	Vault Vault
	// SignIn are the services that members of staff may come from.
	SignIn []SignInService
	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// MaxSubmission bounds the body of one submission in bytes. Zero: 16 MiB,
	// room for one part of the largest size in base64.
	MaxSubmission int64
	// Scratch is a folder for what waits while a response is written; the
	// system's own if empty. Nothing is left in it.
	Scratch string
}

// Site is the pages and the API of one register. Views are added first, then
// [Site.Handler] is called once; after that it is safe for concurrent use and
// nothing may be added.
type Site struct {
	register Register
	data     siteData
	log      *slog.Logger
	now      func() time.Time
	limit    *limiter
	proxies  []netip.Prefix
	maxBody  int64
	reading  *semaphore.Weighted // bytes of submissions being read at once
	archives *semaphore.Weighted // archives being written at once
	scratch  string
	instance string // of this process, part of every ETag

	mux         *http.ServeMux
	patterns    map[string]bool
	pages       []string // the patterns of pages that are read, for the gallery
	samples     []func(context.Context) ([]Link, error)
	base        *template.Template
	errorPage   face
	receiptFace face
	text        *textRenderer
	api         huma.API
	nav         []Link
	search      string
	foot        []Link
	atDesk      []Link
	onHome      []func(*http.Request) (*Teaser, error)
	renderers   map[publica.Kind]EntryRenderer
	metrics     *metrics
	sessions    *sessions // nil: no desk
	services    []*service
	staff       func(context.Context, publica.KeyID) (bool, error) // who may sign in
	work        []func(context.Context) error
}

// siteData is what every page may say about the site.
type siteData struct {
	Title    string
	Register string
	Lang     string
	Operator string
	Contact  string
	Assets   string // fingerprint of the style sheets, part of their URLs
	Logo     string // its path below that
	Banner   string // the line above every page; may be empty
	Flag     string // the path of the image before it; may be empty
}

// readingAtOnce bounds the bytes of submissions held in memory while they are
// read, however many clients there are.
const readingAtOnce = 256 << 20

// New makes a site with the pages and reads that know no domain.
func New(c Config) (*Site, error) {
	if c.Register == nil {
		return nil, errors.New("web: no register")
	}
	name := c.Register.Founding().Name
	s := &Site{
		register:  c.Register,
		data:      siteData{Title: orElse(c.Title, name), Register: name, Lang: orElse(c.Lang, "en"), Operator: c.Operator, Contact: c.Contact},
		log:       c.Log,
		now:       c.Now,
		proxies:   c.Proxies,
		maxBody:   c.MaxSubmission,
		mux:       http.NewServeMux(),
		patterns:  map[string]bool{},
		text:      newTextRenderer(),
		renderers: map[publica.Kind]EntryRenderer{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.maxBody <= 0 {
		s.maxBody = 16 << 20
	}
	s.archives, s.scratch = semaphore.NewWeighted(archivesAtOnce), c.Scratch
	s.reading = semaphore.NewWeighted(max(readingAtOnce, s.maxBody))
	s.limit = newLimiter(c.PostRate, c.PostBurst, s.now)
	s.instance = strconv.FormatInt(s.now().UnixMilli(), 36)
	s.metrics = newMetrics(s.register)

	base, err := template.New("web").Funcs(s.text.funcs()).Funcs(componentFuncs()).Funcs(Locales()[0].funcs()).ParseFS(ownTemplates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	s.base = base
	own := &Views{site: s, set: base, funcs: func(*Locale) template.FuncMap { return nil }}
	s.errorPage = own.prepare("problem.html")
	s.receiptFace = own.prepare("receipt.html")
	if err := s.mountAssets(&c.Look); err != nil {
		return nil, err
	}
	s.api = s.newAPI(s.data.Title, orElse(c.Version, "1"))
	s.mountAPI()
	s.mountLog()
	s.mountPages(own)
	s.mountHealth()
	if c.Gallery {
		s.mountGallery(own)
	}
	if c.Vault != nil {
		s.sessions = newSessions(c.Vault, s.now)
		s.staff = func(context.Context, publica.KeyID) (bool, error) { return false, nil }
		for i := range c.SignIn {
			s.services = append(s.services, &service{SignInService: c.SignIn[i], site: s})
		}
		s.mountDesk(own)
	}
	return s, nil
}

// Nav adds an item to the navigation, before the site's own. Views add theirs
// in the order they are mounted.
func (s *Site) Nav(l Link) {
	own := len(ownNav)
	at := len(s.nav) - own
	s.nav = append(s.nav[:at:at], append([]Link{l}, s.nav[at:]...)...)
}

// Title returns what pages call the register.
func (s *Site) Title() string { return s.data.Title }

// Register returns the register's name.
func (s *Site) Register() string { return s.data.Register }

// Now is what the clock of this site says.
func (s *Site) Now() publica.Time { return publica.TimeOf(s.now()) }

// Held is the log size up to which this node holds all content that was not erased:
// what is not at hand of records before it is hidden or erased, and does not come.
func (s *Site) Held() int64 { return s.register.Status().Held }

// Log is where views tell the operator what nobody else can mend.
func (s *Site) Log() *slog.Logger { return s.log }

// Search shows the search box in the header; path takes the query as ?q=.
func (s *Site) Search(path string) { s.search = path }

// Foot adds a link to the foot of every page; its text is a message.
func (s *Site) Foot(l Link) { s.foot = append(s.foot, l) }

// Work adds what views do in the background, until its context ends.
func (s *Site) Work(f func(context.Context) error) { s.work = append(s.work, f) }

// Background returns what views do in the background, for who runs the site.
func (s *Site) Background() []func(context.Context) error { return s.work }

// Handle registers a plain handler, for what is neither page nor form nor API.
// It is guarded like them.
func (s *Site) Handle(pattern string, h http.Handler) { s.handle(pattern, h) }

func (s *Site) handle(pattern string, h http.Handler) {
	s.mux.Handle(pattern, h)
	s.patterns[pattern] = true
}

// Handler returns the whole site, guarded. Call it once, after all views are
// added.
func (s *Site) Handler() http.Handler {
	if !s.patterns["GET /{$}"] {
		s.handle("GET /{$}", http.RedirectHandler("/log", http.StatusFound))
	}
	s.finishAPI()
	h := http.Handler(http.HandlerFunc(s.route))
	if s.sessions != nil {
		h = s.sessions.with(h, s.log)
	}
	return s.withLocale(s.guard(h))
}

// route finds the handler; what the mux itself would answer in plain text is
// answered as a page or a problem.
func (s *Site) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	probe := &headerProbe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		allow := probe.header.Get("Allow")
		w.Header().Set("Allow", allow)
		s.fail(w, r, withStatus(http.StatusMethodNotAllowed,
			publica.Problem(publica.Unsupported, "", "this address does not take "+methodWord(r.Method)).WithHint("it takes "+allow)))
	case http.StatusNotFound, 0:
		s.fail(w, r, errNotFound)
	default:
		h.ServeHTTP(w, r)
	}
}

// methodWord repeats a request's method only if it is a plain word.
func methodWord(m string) string {
	if len(m) <= 10 && strings.Trim(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return m
	}
	return "this method"
}

// headerProbe learns what a handler would answer, without a body.
type headerProbe struct {
	header http.Header
	status int
}

func (p *headerProbe) Header() http.Header         { return p.header }
func (p *headerProbe) WriteHeader(status int)      { p.status = status }
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
