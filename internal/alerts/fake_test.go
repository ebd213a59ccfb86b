package alerts

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"publica"
	"publica/internal/private"
	"publica/internal/registertest"
	"publica/internal/web"
)

const epoch = publica.Time(1796162400000) // Tuesday, 2026-12-01T22:00:00Z

// fakeSource is a register of a few records in words.
type fakeSource struct {
	mu     sync.Mutex // guards items
	items  []Item
	docket Docket
	events []Event
}

func (s *fakeSource) add(docket bool, kind publica.Kind, title string) *Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := int64(len(s.items))
	it := Item{Index: i, ID: sha256.Sum256([]byte{byte(i), byte(i >> 8)}), Kind: kind, Title: title, Sort: "Sort", Time: epoch.Add(time.Duration(i) * time.Second)}
	if docket {
		it.Docket, it.In = s.docket.ID, s.docket.Title
	}
	s.items = append(s.items, it)
	return &it
}

func (s *fakeSource) Next() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.items))
}

func (s *fakeSource) Items(_ context.Context, q Query) (found []Item, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.items {
		if it.Index >= q.From && (q.Before == 0 || it.Index < q.Before) && (q.Docket.IsZero() || it.Docket == q.Docket) && takes(q.Kinds, it.Kind) {
			found = append(found, it)
		}
	}
	if q.Newest {
		slices.SortFunc(found, func(a, b Item) int { return cmp.Compare(b.Index, a.Index) })
	}
	return found[:min(len(found), q.Limit)], nil
}

// takes reports whether a kind is among those of a query.
func takes(kinds []publica.Kind, k publica.Kind) bool {
	return len(kinds) == 0 || slices.ContainsFunc(kinds, func(want publica.Kind) bool {
		return want == k || strings.HasSuffix(string(want), "/") && strings.HasPrefix(string(k), string(want))
	})
}

func (s *fakeSource) Latest(ctx context.Context, q Query) (int64, error) {
	q.Newest, q.Limit = true, 1
	found, err := s.Items(ctx, q)
	if len(found) == 0 {
		return -1, err
	}
	return found[0].Index, err
}

func (s *fakeSource) Docket(_ context.Context, id publica.DocketID) (*Docket, error) {
	if id != s.docket.ID {
		return nil, publica.Problem(publica.NotFound, "id", "is not a docket")
	}
	return &s.docket, nil
}

func (s *fakeSource) Events(context.Context, publica.DocketID) ([]Event, error) {
	return s.events, nil
}

// silent is all that a site asks of a register to show a page.
type silent struct{ web.Register }

func (silent) Founding() *web.Founding {
	return &web.Founding{Name: "rivers.example", Founded: epoch}
}
func (silent) Status() *web.Status { return &web.Status{Ready: true} }

// bench is alerts with all around them.
type bench struct {
	*Alerts
	t      *testing.T
	source *fakeSource
	sink   *sink
	dir    string
	clock  time.Time
	pages  http.Handler // made when first asked for
}

func newBench(t *testing.T, hooks ...Hook) *bench {
	b := &bench{t: t, dir: filepath.Join(t.TempDir(), "private"), clock: epoch.Std(), sink: newSink(t),
		source: &fakeSource{docket: Docket{ID: publica.DocketID{7}, Title: "A plan; with, \"marks\" & <tags>", Opened: epoch}}}
	b.open(hooks...)
	return b
}

// open starts the alerts anew over the same folder, as after a crash.
func (b *bench) open(hooks ...Hook) {
	b.t.Helper()
	vault, err := private.Open(b.dir, func() time.Time { return b.clock })
	if err != nil {
		b.t.Fatal(err)
	}
	b.Alerts, err = New(Config{Source: b.source, Register: "rivers.example", Founded: epoch, Title: "Open Rivers", URL: "https://rivers.example", Vault: vault,
		Topics: []Topic{{Name: "drafts", Label: "Ideas", Kinds: []publica.Kind{"participation/draft"}}, {Name: "comments", Label: "Comments", Kinds: []publica.Kind{"participation/comment"}, Quiet: true}},
		Log:    slog.New(slog.DiscardHandler), Now: func() time.Time { return b.clock }, Hooks: hooks,
		Mail: &Mail{Server: "127.0.0.1", Port: b.sink.port, TLS: "none", From: "Open Rivers <noreply@rivers.example>", Hour: 6, Keep: 30 * 24 * time.Hour}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.pages = nil
}

// site serves the pages.
func (b *bench) site() http.Handler {
	b.t.Helper()
	if b.pages != nil {
		return b.pages
	}
	site, err := web.New(web.Config{Register: silent{}, Title: "Open Rivers", PostRate: -1, Now: func() time.Time { return b.clock }})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.Mount(site); err != nil {
		b.t.Fatal(err)
	}
	b.pages = site.Handler()
	return b.pages
}

func (b *bench) get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.site().ServeHTTP(w, r)
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		if err := registertest.WellFormed(w.Body.String()); err != nil {
			b.t.Errorf("GET %s: %v", path, err)
		}
	}
	return w
}

func (b *bench) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	b.site().ServeHTTP(w, r)
	return w
}

// letters sends what is due, and returns what the mail server took.
func (b *bench) letters() []received {
	b.t.Helper()
	if _, err := b.Alerts.post.round(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.sink.take()
}

// sink is a mail server that keeps what it gets (RFC 5321, as much as it needs).
type sink struct {
	port int
	mu   sync.Mutex // guards all below
	got  []received
	deny map[string]string // answers to RCPT TO of an address
}

type received struct {
	to   string
	head mail.Header
	text string
}

func newSink(t *testing.T) *sink {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &sink{port: l.Addr().(*net.TCPAddr).Port, deny: map[string]string{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(t, c)
		}
	}()
	return s
}

func (s *sink) serve(t *testing.T, c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { io.WriteString(c, line+"\r\n") }
	say("220 sink")
	var to string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "EHLO"), strings.HasPrefix(line, "HELO"):
			say("250 sink")
		case strings.HasPrefix(line, "RCPT TO:"):
			to = strings.Trim(strings.TrimPrefix(line, "RCPT TO:"), "<>")
			s.mu.Lock()
			answer := cmp.Or(s.deny[to], "250 ok")
			s.mu.Unlock()
			say(answer)
		case line == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			m, err := mail.ReadMessage(strings.NewReader(b.String()))
			if err != nil {
				t.Errorf("not a message: %v\n%s", err, b.String())
				return
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil {
				t.Errorf("not quoted-printable: %v", err)
			}
			s.mu.Lock()
			s.got = append(s.got, received{to, m.Header, string(text)})
			s.mu.Unlock()
			say("250 taken")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *sink) take() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}
