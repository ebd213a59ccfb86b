package commitmentview

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"publica"
	"publica/internal/domain/participation/participationview"
	"publica/internal/private"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// desk is the sample at a node with a desk.
type desk struct {
	*sample
	t     *testing.T
	site  http.Handler
	model *readmodel.Model
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{sample: newSample(t), t: t}
	d.model = d.register.model()
	vault, err := private.Open(filepath.Join(t.TempDir(), "private"), func() time.Time { return d.Now.Std() })
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Register: face{d.register, d.model}, PostRate: -1, Vault: vault, Now: func() time.Time { return d.Now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	if err := participationview.Mount(s, d.model, nil, vault, nil); err != nil {
		t.Fatal(err)
	}
	if err := Mount(s, d.model, participationview.Menu, true); err != nil {
		t.Fatal(err)
	}
	d.site = s.Handler()
	return d
}

// clerk is a member of staff who is signed in.
type clerk struct {
	*desk
	name    string
	session *http.Cookie
}

var challengeInPage = regexp.MustCompile(`data-challenge="([^"]+)"`)

// enter signs an actor in.
func (d *desk) enter(name string) *clerk {
	d.t.Helper()
	c := &clerk{desk: d, name: name}
	challenge := challengeInPage.FindStringSubmatch(c.ask("GET", "/desk/sign-in", nil).Body.String())[1]
	sig, err := registertest.Key(name).SignBytes(web.SignInBytes("rivers.publica.example", challenge))
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := json.Marshal(sig)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, s := range c.ask("POST", "/desk/sign-in", url.Values{"challenge": {challenge}, "signature": {string(raw)}}).Result().Cookies() {
		c.session = s
	}
	return c
}

func (c *clerk) ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if c.session != nil {
		r.AddCookie(c.session)
	}
	w := httptest.NewRecorder()
	c.site.ServeHTTP(w, r)
	return w
}

// fill sends a form, expects a status, and returns the page.
func (c *clerk) fill(status int, path string, form url.Values) string {
	c.t.Helper()
	form.Set("act", "check")
	w := c.ask("POST", path, form)
	if w.Code != status {
		c.t.Fatalf("POST %s: %d, want %d\n%.3000s", path, w.Code, status, w.Body)
	}
	if err := registertest.WellFormed(w.Body.String()); err != nil {
		c.t.Errorf("POST %s: %v", path, err)
	}
	return w.Body.String()
}

// sign does what act.js does with the act that a page shows: makes the entry, has
// its author sign it, and sends it.
func (c *clerk) sign(page string) publica.EntryID {
	c.t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		c.t.Fatal(err)
	}
	e := publica.Entry{Docket: c.docket}
	var texts []registertest.Text
	for n := range doc.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		switch {
		case attr["id"] == "pub-act":
			e.Kind, e.Body = publica.Kind(attr["data-kind"]), jsontext.Value(attr["data-body"])
			if err := e.For.UnmarshalText([]byte(attr["data-for"])); err != nil {
				c.t.Fatal(err)
			}
		case attr["data-part"] != "":
			texts = append(texts, registertest.Text{Name: attr["data-part"], Media: attr["data-media"], Data: strings.TrimPrefix(n.FirstChild.Data, "\n")})
		}
	}
	id, err := c.send(c.name, e, texts...)
	if err != nil {
		c.t.Fatalf("%s: %v", e.Kind, err)
	}
	if err := c.model.Fill(c.t.Context(), c.register, nil); err != nil {
		c.t.Fatal(err)
	}
	return id
}

// A form that lacks what makes a promise checkable says so at each field; a whole
// one becomes an entry that the rules take.
func TestDeskAdopts(t *testing.T) {
	d := newDesk(t)
	c := d.enter("coordinator")
	at := "/desk/docket/" + d.docket.String() + "/commitments"
	if w := d.enter("agent").ask("GET", at, nil); w.Code != http.StatusForbidden {
		t.Errorf("who does not run the docket sees its desk: %d", w.Code)
	}
	says(t, c.fill(http.StatusUnprocessableEntity, at, url.Values{"name": {"OR-9"}, "title": {"A bridge"}}), "which problem it is to solve", "where it started, and when", "a milestone with a day and a deliverable", "fields want something",
		`value="OR-9"`, `aria-invalid="true"`)
	form := url.Values{"name": {"OR-9"}, "title": {"A bridge"}, "agency": {d.bodies["Water Agency"].String()}, "problem": {"No bridge"}, "doing": {"Build one"}, "indicator": {"Bridges"}, "contact": {"Head of Bridges"},
		"unit": {"bridges"}, "decimals": {"1"}, "baseline": {"0.5"}, "since": {"2026-01-01"}, "target": {"1"}, "by": {"2028-01-01"}, "values": {"public-accountability"}, "due-0": {"2027-05-01"}, "says-0": {"It stands"},
		"follows": {"/contribution/" + d.idea.String()}, "section": {"water-data"}}
	id := c.sign(c.fill(http.StatusOK, at, form))
	says(t, page(t, d.site, "/commitment/"+id.String()), "A bridge", "0.5 bridges on 1 January 2026", "It stands", "1 May 2027", "Publish water quality every hour")
}

// What an agency does at its desk becomes entries that the rules take.
func TestDeskReports(t *testing.T) {
	d := newDesk(t)
	c := d.enter("agent")
	says(t, c.ask("GET", "/desk/commitments", nil).Body.String(), "OR-1", "OR-2")
	at := "/desk/commitment/" + d.water.String()
	says(t, c.fill(http.StatusUnprocessableEntity, at, url.Values{"do": {"update"}, "at": {"2100-01-01"}, "value": {"4.5"}}), "This day is in the future.", "This is no number with at most 0 digits", "This is missing.")
	today := dateOf(d.Now)
	c.sign(c.fill(http.StatusOK, at, url.Values{"do": {"update"}, "at": {today}, "claim": {"in-progress"}, "value": {"70"}, "text": {"Seventy."}}))
	c.sign(c.fill(http.StatusOK, at, url.Values{"do": {"milestone"}, "at": {today}, "milestone": {"half"}, "evidence": {"There."}}))
	c.sign(c.fill(http.StatusOK, at, url.Values{"do": {"assess"}, "phase": {"end-of-term"}, "completion": {"substantial"}, "text": {"Nearly."}}))
	c.sign(c.fill(http.StatusOK, at, url.Values{"do": {"reply"}, "review": {d.draft.String()}, "text": {"Once more."}}))
	says(t, page(t, d.site, "/commitment/"+d.water.String()), "Seventy.", "2 of 2 milestones", "Nearly.", "Once more.")
	lead := d.enter("coordinator")
	says(t, lead.fill(http.StatusUnprocessableEntity, at, url.Values{"do": {"close"}, "how": {"ended"}, "reason": {"Over"}}), "The final review of the end of the term is not on record yet.")
}

// A rewording names what differs, and no more.
func TestDeskAmends(t *testing.T) {
	d := newDesk(t)
	c := d.enter("coordinator")
	at := "/desk/commitment/" + d.permits.String()
	form := url.Values{"do": {"amend"}, "title": {"A public list of discharge permits"}, "problem": {"Nobody sees which permits changed."}, "doing": {"Put half of them online."}, "indicator": {"Share of permits online."}, "contact": {"Head of Permits"},
		"unit": {"%"}, "decimals": {"1"}, "baseline": {"0.0"}, "since": {dateOf(d.at(-30))}, "target": {"50"}, "by": {dateOf(d.at(120))}, "values": {"public-accountability"},
		"due-0": {dateOf(d.at(60))}, "says-0": {"The list is online"}}
	says(t, c.fill(http.StatusUnprocessableEntity, at, form), "This is missing.")
	form.Set("reason", "The other half is not ours.")
	shown := c.fill(http.StatusOK, at, form)
	if strings.Contains(shown, "baseline&#34;") || strings.Contains(shown, "milestones&#34;") || !strings.Contains(shown, "target&#34;") {
		t.Errorf("the entry names what did not change, or not what did: %s", regexp.MustCompile(`data-body="[^"]*"`).FindString(shown))
	}
	c.sign(shown)
	says(t, page(t, d.site, "/commitment/"+d.permits.String()), "Promises less", "The other half is not ours.", "50.0 \u2068%\u2069")
}

// A reviewer codes a draft, reads what the public says, and finishes it.
func TestDeskReviews(t *testing.T) {
	d := newDesk(t)
	c := d.enter("reviewer")
	at := "/desk/docket/" + d.docket.String() + "/reviews"
	says(t, c.ask("GET", at+"?commitment="+d.water.String(), nil).Body.String(), "The one at our bridge is silent since March.", "A draft; the public comments on it in the period On the review")
	form := url.Values{"commitment": {d.kiosk.String()}, "phase": {"mid-term"}, "stage": {"draft:on-the-review"}, "completion": {"not-started"}, "verifiable": {"yes"}, "lens": {"no"}, "potential": {"unclear"}, "text": {"No kiosk."}}
	says(t, c.fill(http.StatusUnprocessableEntity, at, form), "This is missing.")
	form.Set("cites", "http://rivers.example/commitment/x#r-"+d.report.String()+"\n/entry/"+d.kiosk.String())
	draft := c.sign(c.fill(http.StatusOK, at, form))
	d.wait(20 * day)
	if err := d.model.Fill(t.Context(), d.register, nil); err != nil {
		t.Fatal(err)
	}
	c = d.enter("reviewer") // a session does not last so long
	form.Set("stage", "final:"+draft.String())
	c.sign(c.fill(http.StatusOK, at, form))
	says(t, page(t, d.site, "/commitment/"+d.kiosk.String()), "No kiosk.", "Final", "Mid-term: review by")
}
