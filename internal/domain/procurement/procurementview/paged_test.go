package procurementview

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/tender"
)

// The desk lists the tenders that a key has to do with and no others, in pages; what
// is over stands last.
func TestDeskTendersPages(t *testing.T) {
	o := newOffice(t)
	o.Bodies["Office of Roads"] = publica.BodyID(o.Do("founder", "identity/body", identity.Body{Name: "Office of Roads", Type: identity.Agency}))
	o.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("rival").ID(), Role: identity.Coordinator}, viewtest.ForThe("Office of Roads"))
	o.publish()
	first := o.Docket
	o.do(url.Values{"do": {"cancel"}, "code": {"not-needed"}, "reason": {"It rains."}})
	second := o.openTender("Another well")
	o.Shown()
	lists := func(name, path string, want ...publica.DocketID) string {
		t.Helper()
		page := o.Enter(name).Get(path)
		at := 0
		for _, id := range want {
			i := strings.Index(page, `id="t-`+id.String())
			if i < at {
				t.Errorf("%s at %s does not see %s in its place", name, path, id)
			}
			at = i
		}
		if n := strings.Count(page, `id="t-`); n != len(want) {
			t.Errorf("%s sees %d tenders at %s, want %d", name, n, path, len(want))
		}
		return page
	}
	lists("coordinator", "/desk/tenders", second, first)
	for _, key := range []string{"ev1", "tr1", "judge"} {
		lists(key, "/desk/tenders", first)
	}
	lists("rival", "/desk/tenders")
	page := lists("coordinator", "/desk/tenders?limit=1", second)
	if !strings.Contains(page, "/desk/tenders?limit=1&amp;since=1") {
		t.Error("the page does not lead to the next")
	}
	lists("coordinator", "/desk/tenders?limit=1&since=1", first)
	lists("coordinator", "/desk/tenders?since=99")
}

// Of many keys some are shown; others are searched for, and what is ticked stays.
func TestDeskFindsKeys(t *testing.T) {
	o := newOffice(t)
	o.open()
	if page := o.desk("publish"); strings.Contains(page, `name="find"`) {
		t.Error("it searches over few keys")
	}
	o.Bodies["Zone Court"] = publica.BodyID(o.Do("founder", "identity/body", identity.Body{Name: "Zone Court", Type: identity.Oversight}))
	for i := range mostRoles {
		o.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(fmt.Sprint("clerk", i)).ID(), Role: identity.Member}, viewtest.ForThe("Court tr1"))
	}
	o.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("zoe").ID(), Role: identity.Member}, viewtest.ForThe("Zone Court"))
	o.Shown()
	zoe := o.Bodies["Zone Court"].String() + "-" + registertest.Key("zoe").ID().String()
	page := o.desk("publish")
	if !strings.Contains(page, `name="find"`) || strings.Contains(page, zoe) || strings.Count(page, `name="trustees"`) > mostRoles {
		t.Errorf("%d keys are shown", strings.Count(page, `name="trustees"`))
	}
	f := o.terms()
	ticked := f["trustees"][0]
	f.Set("find", "zone")
	f.Set("act", "find")
	c := o.Enter("coordinator")
	page = c.Page("POST", o.at("/tender"), f, http.StatusOK)
	for _, want := range []string{`value="` + zoe + `"`, `value="` + ticked + `" checked`, "Eighty metres.", `value="zone"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the form has no %s", want)
		}
	}
	if strings.Contains(page, registertest.Key("clerk7").ID().String()) {
		t.Error("the form shows keys that were not searched for")
	}
	f.Del("find")
	f.Add("trustees", zoe)
	o.do(f)
	if n := len(o.Tender(o.Docket).Terms.Trustees); n != 4 {
		t.Errorf("%d trustees", n)
	}
}

// After a ceremony that failed the form holds what was published.
func TestDeskPublishesAgain(t *testing.T) {
	o := newOffice(t)
	o.open()
	f := o.terms()
	f.Set("inputs", `{"award":"2027-01-01"}`)
	f.Set("lots", "north, south")
	f.Set("threshold", "2")
	o.do(f)
	o.Pass(25 * time.Hour)
	o.Shown()
	page := o.desk("publish")
	viewtest.Says(t, page, "The form holds what was published when the making of keys failed")
	for _, want := range []string{"Eighty metres.", `value="north, south"`, `value="quality"`, `value="40"`, "days &lt;= 90", "2027-01-01", `<option value="own" selected`, `<option value="2" selected`, `<option value="ocds-open" selected`,
		`value="` + f.Get("deadline") + `"`, `value="` + f["trustees"][2] + `" checked`, `value="` + f["evaluators"][1] + `" checked`} {
		if !strings.Contains(page, want) {
			t.Errorf("the form has no %s", want)
		}
	}
	f.Set("trustees", "") // what is sent counts, not what stood
	f.Set("own", "")
	page = o.wrong(f, "0 are ticked: tick 2 to 15.", "This is missing.")
	if strings.Contains(page, f["evaluators"][1]+`" checked`) == false || strings.Contains(page, o.Bodies["Court tr1"].String()+"-"+registertest.Key("tr1").ID().String()+`" checked`) {
		t.Error("what was sent is not what is shown")
	}
}

// A record far down the timeline is asked for by its page.
func TestTimelineTurns(t *testing.T) {
	var all []*tender.Step
	for i := range 2*timelineAtOnce + 5 {
		all = append(all, &tender.Step{Mark: tender.Mark{ID: publica.EntryID{1, byte(i >> 8), byte(i)}}})
	}
	for at, want := range map[int]string{0: "", timelineAtOnce - 1: "", timelineAtOnce: "since=200", 2*timelineAtOnce + 4: "since=400"} {
		if got := turnedTo(httptest.NewRequest("GET", "/timeline?record="+all[at].ID.String(), nil), all).URL.RawQuery; got != want {
			t.Errorf("record %d stands at %q, want %q", at, got, want)
		}
	}
	if got := turnedTo(httptest.NewRequest("GET", "/timeline?record=x&since=7", nil), all).URL.RawQuery; got != "record=x&since=7" {
		t.Errorf("a record that is not there leads to %q", got)
	}
}

// Questions and refused bids are shown in pages, and the page of a record's place in
// the timeline is found.
func TestLongTender(t *testing.T) {
	s := newSample(t)
	id := s.plan("Road salt")
	s.publish(nil)
	s.makeKeys()
	var last publica.EntryID
	for i := range 53 {
		last = s.send("citizen", "procurement/ask", procurement.Ask{}, false, text("text", fmt.Sprintf("Is it number %d?", i)))
	}
	h, _ := s.site()
	base := "/docket/" + id.String() + "/tender"
	for path, want := range map[string]int{base: 50, base + "?since=50": 3, base + "?since=1000": 0} {
		if n := strings.Count(viewtest.Page(t, h, path), "Is it number"); n != want {
			t.Errorf("%s: %d questions, want %d", path, n, want)
		}
	}
	viewtest.Says(t, viewtest.Page(t, h, base), "More questions")
	if page := viewtest.Page(t, h, base+"/timeline?record="+last.String()); !strings.Contains(page, `id="r-`+last.String()) {
		t.Error("the page does not show the record that was asked for")
	}
}
