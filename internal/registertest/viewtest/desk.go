package viewtest

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// Desk is a site that has a desk, over a register.
type Desk struct {
	TB       testing.TB
	Site     http.Handler
	Model    *readmodel.Model
	register *Register
}

// Desk returns a desk whose site is still to be set.
func (r *Register) Desk() *Desk {
	r.TB.Helper()
	return &Desk{TB: r.TB, Model: r.Model(), register: r}
}

// Shown lets the pages know what has happened.
func (d *Desk) Shown() {
	d.TB.Helper()
	if err := d.Model.Fill(d.TB.Context(), d.register, nil); err != nil {
		d.TB.Fatal(err)
	}
}

// Clerk is a member of staff; without a session, one who is signed out.
type Clerk struct {
	*Desk
	Name    string
	Session *http.Cookie
}

var challengeInPage = regexp.MustCompile(`data-challenge="([^"]+)"`)

// Enter signs an actor in; the session is nil if they are refused.
func (d *Desk) Enter(name string) *Clerk {
	d.TB.Helper()
	c := &Clerk{Desk: d, Name: name}
	challenge := challengeInPage.FindStringSubmatch(c.Get("/desk/sign-in"))[1]
	sig, err := registertest.Key(name).SignBytes(web.SignInBytes("rivers.publica.example", challenge))
	if err != nil {
		d.TB.Fatal(err)
	}
	raw, err := json.Marshal(sig)
	if err != nil {
		d.TB.Fatal(err)
	}
	w := c.Ask("POST", "/desk/sign-in", url.Values{"challenge": {challenge}, "signature": {string(raw)}})
	for _, s := range w.Result().Cookies() {
		c.Session = s
	}
	return c
}

// Ask sends a request with the clerk's session.
func (c *Clerk) Ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	return ask(c.Site, method, path, form, c.Session)
}

// Page asks for a page, checks its HTML and that nobody keeps it.
func (c *Clerk) Page(method, path string, form url.Values, status int) string {
	c.TB.Helper()
	w := c.Ask(method, path, form)
	if w.Code != status {
		c.TB.Fatalf("%s %s by %s: %d, want %d\n%s", method, path, c.Name, w.Code, status, Text(w.Body.String()))
	}
	if err := registertest.WellFormed(w.Body.String()); err != nil {
		c.TB.Errorf("%s %s: %v", method, path, err)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		c.TB.Errorf("%s %s may be cached: %q", method, path, got)
	}
	return w.Body.String()
}

// Get asks for a page that must be there.
func (c *Clerk) Get(path string) string { c.TB.Helper(); return c.Page("GET", path, nil, 200) }

// Press sends a form that is shown again or waits for its signature.
func (c *Clerk) Press(path string, form url.Values) string {
	c.TB.Helper()
	return c.Page("POST", path, form, 200)
}

// Refused sends a form that lacks something; the page says what.
func (c *Clerk) Refused(path string, form url.Values, want string) {
	c.TB.Helper()
	Says(c.TB, c.Page("POST", path, form, 422), "It is not ready to be signed", want)
}

// Sign makes the entry that a page shows, as act.js does, and hands it to the
// law.
func (c *Clerk) Sign(page string) (publica.EntryID, error) {
	c.TB.Helper()
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		c.TB.Fatal(err)
	}
	var e publica.Entry
	var texts []registertest.Text
	found := false
	for n := range tree.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		switch {
		case at["id"] == "pub-act":
			found = true
			if at["data-key"] != registertest.Key(c.Name).ID().String() {
				c.TB.Errorf("the page wants the key %s", at["data-key"])
			}
			e.Kind, e.Body = publica.Kind(at["data-kind"]), jsontext.Value(at["data-body"])
			for to, id := range map[*publica.EntryID]string{(*publica.EntryID)(&e.For): at["data-for"], (*publica.EntryID)(&e.Docket): at["data-docket"]} {
				if id == "" {
					continue
				}
				if *to, err = publica.ParseEntryID(id); err != nil {
					c.TB.Fatal(err)
				}
			}
		case at["data-part"] != "":
			texts = append(texts, registertest.Text{Name: at["data-part"], Media: at["data-media"], Data: strings.TrimPrefix(n.FirstChild.Data, "\n")})
		}
	}
	if !found {
		c.TB.Fatalf("nothing is ready to be signed:\n%s", Text(page))
	}
	id, err := c.register.Send(c.Name, e, texts...)
	c.Shown()
	return id, err
}

// Signed is Sign for an entry the law must take.
func (c *Clerk) Signed(page string) publica.EntryID {
	c.TB.Helper()
	id, err := c.Sign(page)
	if err != nil {
		c.TB.Fatalf("the law refuses what the desk made: %v", err)
	}
	return id
}
