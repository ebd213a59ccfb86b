package participationview

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
	"publica/internal/assist"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/private"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// desk is a register whose site has a desk.
type desk struct {
	*sample
	t     *testing.T
	site  http.Handler
	model *readmodel.Model
	vault *private.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{sample: newSample(t), t: t}
	d.grant("colleague", identity.Coordinator)
	d.grant("admin", identity.Admin)
	d.model = d.register.model()
	d.mount(nil)
	return d
}

// mount makes the site anew, with what drafts answers.
func (d *desk) mount(drafter *assist.Drafter) {
	t := d.t
	t.Helper()
	var err error
	if d.vault, err = private.Open(filepath.Join(t.TempDir(), "private"), time.Now); err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Register: face{d.register, d.model}, PostRate: -1, Vault: d.vault})
	if err != nil {
		t.Fatal(err)
	}
	if err := Mount(s, d.model, nil, d.vault, drafter); err != nil {
		t.Fatal(err)
	}
	d.site = s.Handler()
}

func (d *desk) grant(actor string, role identity.Role) {
	d.t.Helper()
	d.do("founder", "identity/grant", identity.Grant{Key: registertest.Key(actor).ID(), Role: role}, forBody)
}

// shown lets the pages know what has happened.
func (d *desk) shown() {
	d.t.Helper()
	if err := d.model.Fill(d.t.Context(), d.register, nil); err != nil {
		d.t.Fatal(err)
	}
}

// at is the address of a page of the docket's desk.
func (d *desk) at(path string) string { return "/desk/docket/" + d.docket.String() + path }

// clerk is a member of staff who is signed in.
type clerk struct {
	*desk
	name    string
	session *http.Cookie
}

var challengeInPage = regexp.MustCompile(`data-challenge="([^"]+)"`)

// enter signs an actor in; the cookie is nil if they are refused.
func (d *desk) enter(name string) *clerk {
	d.t.Helper()
	c := &clerk{desk: d, name: name}
	challenge := challengeInPage.FindStringSubmatch(c.get("/desk/sign-in"))[1]
	sig, err := registertest.Key(name).SignBytes(web.SignInBytes("rivers.publica.example", challenge))
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := json.Marshal(sig)
	if err != nil {
		d.t.Fatal(err)
	}
	w := c.ask("POST", "/desk/sign-in", url.Values{"challenge": {challenge}, "signature": {string(raw)}})
	for _, s := range w.Result().Cookies() {
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

// page asks for a page, checks its HTML and that nobody keeps it.
func (c *clerk) page(method, path string, form url.Values, status int) string {
	c.t.Helper()
	w := c.ask(method, path, form)
	if w.Code != status {
		c.t.Fatalf("%s %s by %s: %d, want %d\n%s", method, path, c.name, w.Code, status, text(w.Body.String()))
	}
	if err := registertest.WellFormed(w.Body.String()); err != nil {
		c.t.Errorf("%s %s: %v", method, path, err)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		c.t.Errorf("%s %s may be cached: %q", method, path, got)
	}
	return w.Body.String()
}

func (c *clerk) get(path string) string { c.t.Helper(); return c.page("GET", path, nil, 200) }

// press sends a form that is shown again or waits for its signature.
func (c *clerk) press(path string, form url.Values) string {
	c.t.Helper()
	return c.page("POST", path, form, 200)
}

// refused sends a form that lacks something; the page says what.
func (c *clerk) refused(path string, form url.Values, want string) {
	c.t.Helper()
	says(c.t, c.page("POST", path, form, 422), "It is not ready to be signed", want)
}

// sign makes the entry that a page shows, as act.js does, and hands it to the
// law.
func (c *clerk) sign(page string) (publica.EntryID, error) {
	c.t.Helper()
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		c.t.Fatal(err)
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
			if at["data-key"] != registertest.Key(c.name).ID().String() {
				c.t.Errorf("the page wants the key %s", at["data-key"])
			}
			e.Kind, e.Body = publica.Kind(at["data-kind"]), jsontext.Value(at["data-body"])
			for to, id := range map[*publica.EntryID]string{(*publica.EntryID)(&e.For): at["data-for"], (*publica.EntryID)(&e.Docket): at["data-docket"]} {
				if id == "" {
					continue
				}
				if *to, err = publica.ParseEntryID(id); err != nil {
					c.t.Fatal(err)
				}
			}
		case at["data-part"] != "":
			texts = append(texts, registertest.Text{Name: at["data-part"], Media: at["data-media"], Data: strings.TrimPrefix(n.FirstChild.Data, "\n")})
		}
	}
	if !found {
		c.t.Fatalf("nothing is ready to be signed:\n%s", text(page))
	}
	id, err := c.send(c.name, e, texts...)
	c.shown()
	return id, err
}

func (c *clerk) signed(page string) publica.EntryID {
	c.t.Helper()
	id, err := c.sign(page)
	if err != nil {
		c.t.Fatalf("the law refuses what the desk made: %v", err)
	}
	return id
}

// Who may see what of the desk.
func TestDeskRefuses(t *testing.T) {
	d := newDesk(t)
	other := publica.BodyID(d.do("founder", "identity/body", identity.Body{Name: "Office of Roads", Type: identity.Agency}))
	ours := d.body
	d.body = other
	d.grant("rival", identity.Coordinator)
	d.body = ours
	d.grant("reviewer", identity.Reviewer)
	d.shown()
	if d.enter("neighbour-1").session != nil {
		t.Error("a key without a role is signed in")
	}
	nobody, rival, reviewer := &clerk{desk: d, name: "nobody"}, d.enter("rival"), d.enter("reviewer")
	pages := []string{"", "/answer?target=" + d.comments[3].String(), "/groups", "/text", "/explain", "/periods", "/codify"}
	for _, p := range pages {
		w := nobody.ask("GET", d.at(p), nil)
		if want := "/desk/sign-in?next=" + url.QueryEscape(d.at(p)); w.Code != 303 || w.Header().Get("Location") != want {
			t.Errorf("%s, signed out: %d to %s", p, w.Code, w.Header().Get("Location"))
		}
		for _, c := range []*clerk{rival, reviewer} {
			says(t, c.page("GET", d.at(p), nil, 403), "your key does not run this docket")
		}
	}
	form := url.Values{"target": {d.comments[3].String()}, "outcome": {"noted"}, "reason": {"No."}, "act": {"check"}, "sections": {"0"}, "to": {registertest.Key("rival").ID().String()}}
	for _, p := range []string{"/assign", "/answer", "/groups", "/text", "/explain", "/periods", "/codify"} {
		rival.page("POST", d.at(p), form, 403)
		if w := nobody.ask("POST", d.at(p), form); w.Code != 303 {
			t.Errorf("%s, signed out: %d", p, w.Code)
		}
	}
	rival.page("GET", "/desk/body/"+d.body.String(), nil, 403)
	says(t, reviewer.get("/desk/body/"+d.body.String()), "Administrators of the body give and take back roles.")
	says(t, reviewer.get("/desk"), "No docket to run", "reviewer")
	if err := d.vault.Each("desk/", func(name string, _ []byte) bool { t.Errorf("%s was kept", name); return true }); err != nil {
		t.Fatal(err)
	}
	// A role that is taken back closes the desk at once.
	colleague := d.enter("colleague")
	colleague.get(d.at(""))
	d.do("founder", "identity/revoke", identity.Revoke{Key: registertest.Key("colleague").ID(), Role: identity.Coordinator}, forBody, part{"reason", "left"})
	d.shown()
	colleague.page("GET", d.at(""), nil, 403)
	says(t, colleague.get("/desk"), "Your key holds no role yet")
}

func TestDeskQueue(t *testing.T) {
	d := newDesk(t)
	c, colleague := d.enter("coordinator"), d.enter("colleague")
	says(t, c.get("/desk"), "14 contributions are owed a response", "changes of the text lack a reason", "Office of Open Rivers : coordinator")
	queue := c.get(d.at(""))
	says(t, queue, "assigned to nobody", "A public ledger of discharge permits")
	if i, j := strings.Index(queue, "A public ledger of discharge permits"), strings.Index(queue, "Two permits on our street"); i > j {
		t.Error("the oldest does not stand first")
	}
	lists := func(c *clerk, query string) (n int) {
		return strings.Count(c.get(d.at(query)), `name="target"`)
	}
	if got := lists(c, ""); got != 14 {
		t.Errorf("%d of 14 are listed", got)
	}
	if got := lists(c, "?section=spill-detection"); got != 1 {
		t.Errorf("%d of 1 are listed", got)
	}
	if got := lists(c, "?kind=idea&stance=oppose"); got != 0 {
		t.Errorf("%d of 0 are listed", got)
	}
	to := registertest.Key("colleague").ID().String()
	assign := func(to string, ids ...publica.EntryID) int {
		f := url.Values{"to": {to}}
		for _, id := range ids {
			f.Add("target", id.String())
		}
		return c.ask("POST", d.at("/assign"), f).Code
	}
	if got := assign(to, d.comments[2], d.comments[3], d.ideas[0], publica.EntryID{9}); got != 303 {
		t.Errorf("assigning: %d", got)
	}
	says(t, c.get(d.at("")), "assigned to "+to[:8])
	says(t, colleague.get(d.at("")), "assigned to you")
	if mine, theirs, free := lists(colleague, "?assigned=me"), lists(c, "?assigned=me"), lists(c, "?assigned=nobody"); mine != 2 || theirs != 0 || free != 12 {
		t.Errorf("%d are theirs, %d mine, %d nobody's", mine, theirs, free)
	}
	if got := assign("", d.comments[2]); got != 303 || lists(colleague, "?assigned=me") != 1 {
		t.Errorf("taking it back: %d", got)
	}
	for name, got := range map[string]int{
		"to who runs no docket": assign(registertest.Key("neighbour-1").ID().String(), d.comments[2]),
		"to no key":             assign("me", d.comments[2]),
		"what is answered":      assign(to, d.ideas[0]),
		"nothing":               assign(to),
	} {
		if got != 422 {
			t.Errorf("assigning %s: %d", name, got)
		}
	}
}

func TestDeskAnswer(t *testing.T) {
	d := newDesk(t)
	c, colleague := d.enter("coordinator"), d.enter("colleague")
	at := d.at("/answer")
	both := []string{d.comments[3].String(), d.comments[4].String()}
	form := func(pairs ...string) url.Values {
		f := url.Values{"target": both}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		return f
	}
	says(t, c.press(at, form()), "You answer 2 contributions", "Which model, trained on what", "What became of it?")
	c.refused(at, url.Values{"act": {"check"}}, "Nothing was chosen.")
	c.refused(at, form("act", "check", "reason", "Yes."), "You have not said what became of it.")
	c.refused(at, form("act", "check", "outcome", "perhaps", "reason", "Yes."), "You have not said what became of it.")
	c.refused(at, form("act", "check", "outcome", "noted"), "There is no reason.")
	c.refused(at, form("act", "check", "outcome", "accepted", "reason", "Yes."), "names the sections")
	c.page("POST", at, url.Values{"target": {publica.EntryID{9}.String()}}, 404)
	c.page("POST", at, url.Values{"target": {"nonsense"}}, 404)

	// A draft comes back, to its writer alone, and no link writes into it.
	says(t, c.press(at, form("act", "save", "outcome", "noted", "reason", "Half a thought")), "Kept for you")
	link := at + "?target=" + both[0]
	says(t, c.get(d.at("")), "Answers you have begun", "Half a thought", "2 contributions")
	if page := c.get(link); !strings.Contains(page, "Half a thought") || !strings.Contains(page, `value="noted" checked`) {
		t.Error("the draft did not come back")
	}
	c.get(link + "&act=save&reason=Foisted&outcome=declined")
	c.get(link + "&act=drop")
	_, shown, _ := strings.Cut(c.get(link+"&act=check&reason=Foisted&outcome=declined"), "<main") // the links above, to other languages, lead to the same address
	if !strings.Contains(shown, "Half a thought") || strings.Contains(shown, "Foisted") {
		t.Error("a link wrote into the draft")
	}
	if page := colleague.get(d.at("")) + colleague.get(link); strings.Contains(page, "Half a thought") {
		t.Error("a colleague sees the draft")
	}
	if w := c.ask("POST", at, form("act", "drop")); w.Code != 303 || strings.Contains(c.get(d.at("")), "Half a thought") {
		t.Errorf("dropping it: %d", w.Code)
	}

	ready := c.press(at, form("act", "check", "outcome", "accepted", "section", "river-paths", "reason", "Thank **you**.\r\nIt is in the text."))
	says(t, ready, "This is what you sign", "2 contributions", "Accepted", "River paths", "Thank you.")
	says(t, c.press(at, form("act", "change", "outcome", "noted", "reason", "Thank you.")), "What became of it?", "Thank you.")
	c.signed(ready)
	says(t, page(t, d.site, "/contribution/"+both[1]), "Accepted", "It is in the text.")
	if strings.Contains(c.get(d.at("")), "Answers you have begun") {
		t.Error("what has been answered stays among the drafts")
	}
	// What is left of a draft when a part of it has been answered elsewhere.
	left := d.comments[2].String()
	c.press(at, url.Values{"target": {left, both[0]}, "act": {"save"}, "reason": {"Later"}})
	says(t, c.get(d.at("")), "Later · 1 contribution")
}

func TestDeskExplain(t *testing.T) {
	d := newDesk(t)
	// The same section changes twice without a reason.
	d.do("coordinator", "participation/draft", participation.Draft{Version: 3, Sections: []participation.Section{{ID: "water-data", Part: "s1", Ideas: d.ideas[:1]}, {ID: "flood-warnings", Part: "s2"}}},
		forBody, part{"s1", "## Water\n\nLess."}, part{"s2", "## Floods\n\nLess."})
	d.do("coordinator", "participation/draft", participation.Draft{Version: 4, Sections: []participation.Section{{ID: "water-data", Part: "s1", Ideas: d.ideas[:1]}, {ID: "flood-warnings"}}},
		forBody, part{"s1", "## Water\n\nEven less."})
	d.shown()
	c, at := d.enter("coordinator"), d.at("/explain")
	says(t, c.get(at), "A public ledger of permits", "gone in version 2", "changed in version 3", "changed in version 4")
	c.refused(at, url.Values{"act": {"check"}, "reason": {"Because."}}, "Nothing was chosen.")
	c.refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger"}}, "There is no reason.")
	c.refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger", "3-water-data"}, "reason": {"Because."}}, "of two versions")
	c.refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger"}, "reason": {"Because."}, "causes": {"comment number 3"}}, "“comment” is no tracking number")
	for _, ghosts := range [][]string{
		{"2-permit-ledger", "2-spill-detection", "2-" + d.ideas[1].String(), "2-" + d.ideas[2].String()},
		{"3-water-data", "3-flood-warnings", "3-river-paths", "3-" + d.ideas[4].String()}, {"4-water-data"},
	} {
		c.signed(c.press(at, url.Values{"act": {"check"}, "ghost": ghosts, "reason": {"The ministry declined."}, "causes": {d.comments[3].String() + "\n" + d.comments[3].String()}}))
	}
	says(t, c.get(at), "No reason is owed")
}

func TestDeskPeriods(t *testing.T) {
	d := newDesk(t)
	c, at := d.enter("coordinator"), d.at("/periods")
	says(t, c.get(at), "public-input", "open", "Stage 4", "Stage 7")
	in := func(days int) string { return d.Now.Add(time.Duration(days) * day).Std().Format(web.FormTime) }
	form := func(name, opens, closes, reason string) url.Values {
		return url.Values{"act": {"period"}, "name": {name}, "opens": {opens}, "closes": {closes}, "reason": {reason}}
	}
	c.refused(at, form("", in(20), in(40), ""), "no name")
	c.refused(at, form("second-round", in(20), "soon", ""), "times are missing")
	c.refused(at, form("second-round", in(20), in(20), ""), "end is not after the beginning")
	c.signed(c.press(at, form("second-round", in(20), in(40), "")))
	says(t, c.get(at), "second-round", "announced")
	c.refused(at, form("second-round", in(30), in(50), ""), "a change needs a reason")
	c.signed(c.press(at, form("second-round", in(30), in(50), "The hall is closed that week.")))
	// The law, not the desk, keeps the notice.
	if _, err := c.sign(c.press(at, form("third-round", in(1), in(40), ""))); publica.CodeOf(err) != publica.Late {
		t.Errorf("a period without notice: %v", err)
	}
	line := url.Values{"act": {"timeline"}, "stage": {"Answers", "", "Final plan"}, "from": {in(1), "", in(30)}, "to": {in(20), "", in(31)}}
	c.refused(at, line, "a change needs a reason")
	line.Set("reason", "The river rose.")
	half := url.Values{"act": {"timeline"}, "stage": {"Answers"}, "from": {in(1)}, "to": {""}, "reason": {"x"}}
	c.refused(at, half, "lacks its name or its times")
	c.refused(at, url.Values{"act": {"timeline"}, "reason": {"x"}}, "There are no stages.")
	c.signed(c.press(at, line))
	says(t, c.get(at), "Stage 5")
}

func TestDeskCodify(t *testing.T) {
	d := newDesk(t)
	c, at := d.enter("coordinator"), d.at("/codify")
	says(t, c.get(at), "What stands in the way", "14 contributions are owed a response", "lack a reason", "The period “public-input” has not been served")
	c.refused(at, url.Values{"act": {"check"}}, "Something stands in the way.")
	d.do("coordinator", "docket/period", docket.Announce{Name: "extra", Opens: d.Now.Add(15 * day), Closes: d.Now.Add(150 * day)}, forBody)
	d.do("coordinator", "participation/explain", participation.Explain{Version: 2, Sections: []string{"permit-ledger", "spill-detection"}, Ideas: []publica.EntryID{d.ideas[1], d.ideas[2]}}, forBody, part{"reason", "It waits."})
	d.do("coordinator", "participation/response", participation.Response{Outcome: participation.Noted, Ranges: [][2]int64{{1, d.size() - 1}}}, forBody, part{"reason", "All read."})
	d.wait(100 * day)
	d.shown()
	says(t, c.get(at), "The period “extra” has not been served")
	c.refused(at, url.Values{"act": {"check"}}, "Something stands in the way.")
	d.wait(60 * day)
	d.shown()
	says(t, c.get(at), "The latest version can be declared final.")
	c.signed(c.press(at, url.Values{"act": {"check"}, "reason": {"Thank you all."}}))
	says(t, c.get(at), "It is final")
	says(t, c.get("/desk"), "Declared final")
}

func TestDeskRoles(t *testing.T) {
	d := newDesk(t)
	admin, c := d.enter("admin"), d.enter("coordinator")
	at := "/desk/body/" + d.body.String()
	if strings.Contains(c.get(at), "Give or take back a role") {
		t.Error("a coordinator is offered to give roles")
	}
	says(t, admin.get(at), "Give or take back a role", "coordinator", registertest.Key("colleague").ID().String())
	form := func(act, key, role, reason string) url.Values {
		return url.Values{"act": {act}, "key": {key}, "role": {role}, "reason": {reason}}
	}
	ada := registertest.Key("ada").ID().String()
	admin.refused(at, form("grant", "ada", "coordinator", ""), "no fingerprint of a key")
	admin.refused(at, form("grant", ada, "king", ""), "No role was chosen.")
	admin.refused(at, form("revoke", ada, "coordinator", ""), "needs a reason")
	if d.enter("ada").session != nil {
		t.Error("without a role, and signed in")
	}
	admin.signed(admin.press(at, form("grant", ada, "coordinator", "")))
	says(t, d.enter("ada").get(d.at("")), "To answer")
	admin.signed(admin.press(at, form("revoke", ada, "coordinator", "She has left.")))
	if d.enter("ada").session != nil {
		t.Error("the role was taken back")
	}
	// Whatever a page shows, the law asks who signs.
	if _, err := c.sign(c.press(at, form("grant", ada, "coordinator", ""))); publica.CodeOf(err) != publica.Forbidden {
		t.Errorf("a coordinator gives roles: %v", err)
	}
}
