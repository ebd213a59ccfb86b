package participationview

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/assist"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/private"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// desk is a register whose site has a desk.
type desk struct {
	*sample
	*viewtest.Desk
	vault *private.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{sample: newSample(t)}
	d.Grant("colleague", identity.Coordinator)
	d.Grant("admin", identity.Admin)
	d.Desk = d.register.Desk()
	d.mount(nil)
	return d
}

// mount makes the site anew, with what drafts answers.
func (d *desk) mount(drafter *assist.Drafter) {
	t := d.TB
	t.Helper()
	var err error
	if d.vault, err = private.Open(filepath.Join(t.TempDir(), "private"), time.Now); err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Register: d.Face(d.Model), PostRate: -1, Vault: d.vault})
	if err != nil {
		t.Fatal(err)
	}
	if err := Mount(s, d.Model, nil, d.vault, drafter); err != nil {
		t.Fatal(err)
	}
	d.Site = s.Handler()
}

// at is the address of a page of the docket's desk.
func (d *desk) at(path string) string { return "/desk/docket/" + d.Docket.String() + path }

// Who may see what of the desk.
func TestDeskRefuses(t *testing.T) {
	d := newDesk(t)
	other := publica.BodyID(d.Do("founder", "identity/body", identity.Body{Name: "Office of Roads", Type: identity.Agency}))
	ours := d.Body
	d.Body = other
	d.Grant("rival", identity.Coordinator)
	d.Body = ours
	d.Grant("reviewer", identity.Reviewer)
	d.Shown()
	if d.Enter("neighbour-1").Session != nil {
		t.Error("a key without a role is signed in")
	}
	nobody, rival, reviewer := &viewtest.Clerk{Desk: d.Desk, Name: "nobody"}, d.Enter("rival"), d.Enter("reviewer")
	pages := []string{"", "/answer?target=" + d.comments[3].String(), "/groups", "/text", "/explain", "/periods", "/codify"}
	for _, p := range pages {
		w := nobody.Ask("GET", d.at(p), nil)
		if want := "/desk/sign-in?next=" + url.QueryEscape(d.at(p)); w.Code != 303 || w.Header().Get("Location") != want {
			t.Errorf("%s, signed out: %d to %s", p, w.Code, w.Header().Get("Location"))
		}
		for _, c := range []*viewtest.Clerk{rival, reviewer} {
			says(t, c.Page("GET", d.at(p), nil, 403), "your key does not run this docket")
		}
	}
	form := url.Values{"target": {d.comments[3].String()}, "outcome": {"noted"}, "reason": {"No."}, "act": {"check"}, "sections": {"0"}, "to": {registertest.Key("rival").ID().String()}}
	for _, p := range []string{"/assign", "/answer", "/groups", "/text", "/explain", "/periods", "/codify"} {
		rival.Page("POST", d.at(p), form, 403)
		if w := nobody.Ask("POST", d.at(p), form); w.Code != 303 {
			t.Errorf("%s, signed out: %d", p, w.Code)
		}
	}
	rival.Page("GET", "/desk/body/"+d.Body.String(), nil, 403)
	says(t, reviewer.Get("/desk/body/"+d.Body.String()), "Administrators of the body give and take back roles.")
	says(t, reviewer.Get("/desk"), "No docket to run", "reviewer")
	if err := d.vault.Each("desk/", func(name string, _ []byte) bool { t.Errorf("%s was kept", name); return true }); err != nil {
		t.Fatal(err)
	}
	// A role that is taken back closes the desk at once.
	colleague := d.Enter("colleague")
	colleague.Get(d.at(""))
	d.Do("founder", "identity/revoke", identity.Revoke{Key: registertest.Key("colleague").ID(), Role: identity.Coordinator}, forBody, part("reason", "left"))
	d.Shown()
	colleague.Page("GET", d.at(""), nil, 403)
	says(t, colleague.Get("/desk"), "Your key holds no role yet")
}

func TestDeskQueue(t *testing.T) {
	d := newDesk(t)
	c, colleague := d.Enter("coordinator"), d.Enter("colleague")
	says(t, c.Get("/desk"), "14 contributions are owed a response", "changes of the text lack a reason", "Office of Open Rivers : coordinator")
	queue := c.Get(d.at(""))
	says(t, queue, "assigned to nobody", "A public ledger of discharge permits")
	if i, j := strings.Index(queue, "A public ledger of discharge permits"), strings.Index(queue, "Two permits on our street"); i > j {
		t.Error("the oldest does not stand first")
	}
	lists := func(c *viewtest.Clerk, query string) (n int) {
		return strings.Count(c.Get(d.at(query)), `name="target"`)
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
		return c.Ask("POST", d.at("/assign"), f).Code
	}
	if got := assign(to, d.comments[2], d.comments[3], d.ideas[0], publica.EntryID{9}); got != 303 {
		t.Errorf("assigning: %d", got)
	}
	says(t, c.Get(d.at("")), "assigned to "+to[:8])
	says(t, colleague.Get(d.at("")), "assigned to you")
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
	c, colleague := d.Enter("coordinator"), d.Enter("colleague")
	at := d.at("/answer")
	both := []string{d.comments[3].String(), d.comments[4].String()}
	form := func(pairs ...string) url.Values {
		f := url.Values{"target": both}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		return f
	}
	says(t, c.Press(at, form()), "You answer 2 contributions", "Which model, trained on what", "What became of it?")
	c.Refused(at, url.Values{"act": {"check"}}, "Nothing was chosen.")
	c.Refused(at, form("act", "check", "reason", "Yes."), "You have not said what became of it.")
	c.Refused(at, form("act", "check", "outcome", "perhaps", "reason", "Yes."), "You have not said what became of it.")
	c.Refused(at, form("act", "check", "outcome", "noted"), "There is no reason.")
	c.Refused(at, form("act", "check", "outcome", "accepted", "reason", "Yes."), "names the sections")
	c.Page("POST", at, url.Values{"target": {publica.EntryID{9}.String()}}, 404)
	c.Page("POST", at, url.Values{"target": {"nonsense"}}, 404)

	// A draft comes back, to its writer alone, and no link writes into it.
	says(t, c.Press(at, form("act", "save", "outcome", "noted", "reason", "Half a thought")), "Kept for you")
	link := at + "?target=" + both[0]
	says(t, c.Get(d.at("")), "Answers you have begun", "Half a thought", "2 contributions")
	if page := c.Get(link); !strings.Contains(page, "Half a thought") || !strings.Contains(page, `value="noted" checked`) {
		t.Error("the draft did not come back")
	}
	c.Get(link + "&act=save&reason=Foisted&outcome=declined")
	c.Get(link + "&act=drop")
	_, shown, _ := strings.Cut(c.Get(link+"&act=check&reason=Foisted&outcome=declined"), "<main") // the links above, to other languages, lead to the same address
	if !strings.Contains(shown, "Half a thought") || strings.Contains(shown, "Foisted") {
		t.Error("a link wrote into the draft")
	}
	if page := colleague.Get(d.at("")) + colleague.Get(link); strings.Contains(page, "Half a thought") {
		t.Error("a colleague sees the draft")
	}
	if w := c.Ask("POST", at, form("act", "drop")); w.Code != 303 || strings.Contains(c.Get(d.at("")), "Half a thought") {
		t.Errorf("dropping it: %d", w.Code)
	}

	ready := c.Press(at, form("act", "check", "outcome", "accepted", "section", "river-paths", "reason", "Thank **you**.\r\nIt is in the text."))
	says(t, ready, "This is what you sign", "2 contributions", "Accepted", "River paths", "Thank you.")
	says(t, c.Press(at, form("act", "change", "outcome", "noted", "reason", "Thank you.")), "What became of it?", "Thank you.")
	c.Signed(ready)
	says(t, page(t, d.Site, "/contribution/"+both[1]), "Accepted", "It is in the text.")
	if strings.Contains(c.Get(d.at("")), "Answers you have begun") {
		t.Error("what has been answered stays among the drafts")
	}
	// What is left of a draft when a part of it has been answered elsewhere.
	left := d.comments[2].String()
	c.Press(at, url.Values{"target": {left, both[0]}, "act": {"save"}, "reason": {"Later"}})
	says(t, c.Get(d.at("")), "Later · 1 contribution")
}

func TestDeskExplain(t *testing.T) {
	d := newDesk(t)
	// The same section changes twice without a reason.
	d.Do("coordinator", "participation/draft", participation.Draft{Version: 3, Sections: []participation.Section{{ID: "water-data", Part: "s1", Ideas: d.ideas[:1]}, {ID: "flood-warnings", Part: "s2"}}},
		forBody, part("s1", "## Water\n\nLess."), part("s2", "## Floods\n\nLess."))
	d.Do("coordinator", "participation/draft", participation.Draft{Version: 4, Sections: []participation.Section{{ID: "water-data", Part: "s1", Ideas: d.ideas[:1]}, {ID: "flood-warnings"}}},
		forBody, part("s1", "## Water\n\nEven less."))
	d.Shown()
	c, at := d.Enter("coordinator"), d.at("/explain")
	says(t, c.Get(at), "A public ledger of permits", "gone in version 2", "changed in version 3", "changed in version 4")
	c.Refused(at, url.Values{"act": {"check"}, "reason": {"Because."}}, "Nothing was chosen.")
	c.Refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger"}}, "There is no reason.")
	c.Refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger", "3-water-data"}, "reason": {"Because."}}, "of two versions")
	c.Refused(at, url.Values{"act": {"check"}, "ghost": {"2-permit-ledger"}, "reason": {"Because."}, "causes": {"comment number 3"}}, "“comment” is no tracking number")
	for _, ghosts := range [][]string{
		{"2-permit-ledger", "2-spill-detection", "2-" + d.ideas[1].String(), "2-" + d.ideas[2].String()},
		{"3-water-data", "3-flood-warnings", "3-river-paths", "3-" + d.ideas[4].String()}, {"4-water-data"},
	} {
		c.Signed(c.Press(at, url.Values{"act": {"check"}, "ghost": ghosts, "reason": {"The ministry declined."}, "causes": {d.comments[3].String() + "\n" + d.comments[3].String()}}))
	}
	says(t, c.Get(at), "No reason is owed")
}

func TestDeskPeriods(t *testing.T) {
	d := newDesk(t)
	c, at := d.Enter("coordinator"), d.at("/periods")
	says(t, c.Get(at), "public-input", "open", "Stage 4", "Stage 7")
	in := func(days int) string { return d.Now.Add(time.Duration(days) * day).Std().Format(web.FormTime) }
	form := func(name, opens, closes, reason string) url.Values {
		return url.Values{"act": {"period"}, "name": {name}, "opens": {opens}, "closes": {closes}, "reason": {reason}}
	}
	c.Refused(at, form("", in(20), in(40), ""), "no name")
	c.Refused(at, form("second-round", in(20), "soon", ""), "times are missing")
	c.Refused(at, form("second-round", in(20), in(20), ""), "end is not after the beginning")
	c.Signed(c.Press(at, form("second-round", in(20), in(40), "")))
	says(t, c.Get(at), "second-round", "announced")
	c.Refused(at, form("second-round", in(30), in(50), ""), "a change needs a reason")
	c.Signed(c.Press(at, form("second-round", in(30), in(50), "The hall is closed that week.")))
	// The law, not the desk, keeps the notice.
	if _, err := c.Sign(c.Press(at, form("third-round", in(1), in(40), ""))); publica.CodeOf(err) != publica.Late {
		t.Errorf("a period without notice: %v", err)
	}
	line := url.Values{"act": {"timeline"}, "stage": {"Answers", "", "Final plan"}, "from": {in(1), "", in(30)}, "to": {in(20), "", in(31)}}
	c.Refused(at, line, "a change needs a reason")
	line.Set("reason", "The river rose.")
	half := url.Values{"act": {"timeline"}, "stage": {"Answers"}, "from": {in(1)}, "to": {""}, "reason": {"x"}}
	c.Refused(at, half, "lacks its name or its times")
	c.Refused(at, url.Values{"act": {"timeline"}, "reason": {"x"}}, "There are no stages.")
	c.Signed(c.Press(at, line))
	says(t, c.Get(at), "Stage 5")
}

func TestDeskCodify(t *testing.T) {
	d := newDesk(t)
	c, at := d.Enter("coordinator"), d.at("/codify")
	says(t, c.Get(at), "What stands in the way", "14 contributions are owed a response", "lack a reason", "The period “public-input” has not been served")
	c.Refused(at, url.Values{"act": {"check"}}, "Something stands in the way.")
	d.Do("coordinator", "docket/period", docket.Announce{Name: "extra", Opens: d.Now.Add(15 * day), Closes: d.Now.Add(150 * day)}, forBody)
	d.Do("coordinator", "participation/explain", participation.Explain{Version: 2, Sections: []string{"permit-ledger", "spill-detection"}, Ideas: []publica.EntryID{d.ideas[1], d.ideas[2]}}, forBody, part("reason", "It waits."))
	d.Do("coordinator", "participation/response", participation.Response{Outcome: participation.Noted, Ranges: [][2]int64{{1, d.Leaves() - 1}}}, forBody, part("reason", "All read."))
	d.Wait(100 * day)
	d.Shown()
	says(t, c.Get(at), "The period “extra” has not been served")
	c.Refused(at, url.Values{"act": {"check"}}, "Something stands in the way.")
	d.Wait(60 * day)
	d.Shown()
	says(t, c.Get(at), "The latest version can be declared final.")
	c.Signed(c.Press(at, url.Values{"act": {"check"}, "reason": {"Thank you all."}}))
	says(t, c.Get(at), "It is final")
	says(t, c.Get("/desk"), "Declared final")
}

func TestDeskRoles(t *testing.T) {
	d := newDesk(t)
	admin, c := d.Enter("admin"), d.Enter("coordinator")
	at := "/desk/body/" + d.Body.String()
	if strings.Contains(c.Get(at), "Give or take back a role") {
		t.Error("a coordinator is offered to give roles")
	}
	says(t, admin.Get(at), "Give or take back a role", "coordinator", registertest.Key("colleague").ID().String())
	form := func(act, key, role, reason string) url.Values {
		return url.Values{"act": {act}, "key": {key}, "role": {role}, "reason": {reason}}
	}
	ada := registertest.Key("ada").ID().String()
	admin.Refused(at, form("grant", "ada", "coordinator", ""), "no fingerprint of a key")
	admin.Refused(at, form("grant", ada, "king", ""), "No role was chosen.")
	admin.Refused(at, form("revoke", ada, "coordinator", ""), "needs a reason")
	if d.Enter("ada").Session != nil {
		t.Error("without a role, and signed in")
	}
	admin.Signed(admin.Press(at, form("grant", ada, "coordinator", "")))
	says(t, d.Enter("ada").Get(d.at("")), "To answer")
	admin.Signed(admin.Press(at, form("revoke", ada, "coordinator", "She has left.")))
	if d.Enter("ada").Session != nil {
		t.Error("the role was taken back")
	}
	// Whatever a page shows, the law asks who signs.
	if _, err := c.Sign(c.Press(at, form("grant", ada, "coordinator", ""))); publica.CodeOf(err) != publica.Forbidden {
		t.Errorf("a coordinator gives roles: %v", err)
	}
}
