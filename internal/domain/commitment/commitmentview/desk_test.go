package commitmentview

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"publica/internal/domain/participation/participationview"
	"publica/internal/private"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// desk is the sample at a node with a desk.
type desk struct {
	*sample
	*viewtest.Desk
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{sample: newSample(t)}
	d.Desk = d.register.Desk()
	vault, err := private.Open(filepath.Join(t.TempDir(), "private"), func() time.Time { return d.Now.Std() })
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Register: d.Face(d.Model), PostRate: -1, Vault: vault, Now: func() time.Time { return d.Now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	if err := participationview.Mount(s, d.Model, nil, vault, nil); err != nil {
		t.Fatal(err)
	}
	if err := Mount(s, d.Model, participationview.Menu, true); err != nil {
		t.Fatal(err)
	}
	d.Site = s.Handler()
	return d
}

// fill sends a form, expects a status, and returns the page.
func fill(c *viewtest.Clerk, status int, path string, form url.Values) string {
	c.TB.Helper()
	form.Set("act", "check")
	return c.Page("POST", path, form, status)
}

// A form that lacks what makes a promise checkable says so at each field; a whole
// one becomes an entry that the rules take.
func TestDeskAdopts(t *testing.T) {
	d := newDesk(t)
	c := d.Enter("coordinator")
	at := "/desk/docket/" + d.Docket.String() + "/commitments"
	if w := d.Enter("agent").Ask("GET", at, nil); w.Code != http.StatusForbidden {
		t.Errorf("who does not run the docket sees its desk: %d", w.Code)
	}
	says(t, fill(c, http.StatusUnprocessableEntity, at, url.Values{"name": {"OR-9"}, "title": {"A bridge"}}), "which problem it is to solve", "where it started, and when", "a milestone with a day and a deliverable", "fields want something",
		`value="OR-9"`, `aria-invalid="true"`)
	form := url.Values{"name": {"OR-9"}, "title": {"A bridge"}, "agency": {d.Bodies["Water Agency"].String()}, "problem": {"No bridge"}, "doing": {"Build one"}, "indicator": {"Bridges"}, "contact": {"Head of Bridges"},
		"unit": {"bridges"}, "decimals": {"1"}, "baseline": {"0.5"}, "since": {"2026-01-01"}, "target": {"1"}, "by": {"2028-01-01"}, "values": {"public-accountability"}, "due-0": {"2027-05-01"}, "says-0": {"It stands"},
		"follows": {"/contribution/" + d.idea.String()}, "section": {"water-data"}}
	id := c.Signed(fill(c, http.StatusOK, at, form))
	says(t, page(t, d.Site, "/commitment/"+id.String()), "A bridge", "0.5 bridges on 1 January 2026", "It stands", "1 May 2027", "Publish water quality every hour")
}

// What an agency does at its desk becomes entries that the rules take.
func TestDeskReports(t *testing.T) {
	d := newDesk(t)
	c := d.Enter("agent")
	says(t, c.Ask("GET", "/desk/commitments", nil).Body.String(), "OR-1", "OR-2")
	at := "/desk/commitment/" + d.water.String()
	says(t, fill(c, http.StatusUnprocessableEntity, at, url.Values{"do": {"update"}, "at": {"2100-01-01"}, "value": {"4.5"}}), "This day is in the future.", "This is no number with at most 0 digits", "This is missing.")
	today := dateOf(d.Now)
	c.Signed(fill(c, http.StatusOK, at, url.Values{"do": {"update"}, "at": {today}, "claim": {"in-progress"}, "value": {"70"}, "text": {"Seventy."}}))
	c.Signed(fill(c, http.StatusOK, at, url.Values{"do": {"milestone"}, "at": {today}, "milestone": {"half"}, "evidence": {"There."}}))
	c.Signed(fill(c, http.StatusOK, at, url.Values{"do": {"assess"}, "phase": {"end-of-term"}, "completion": {"substantial"}, "text": {"Nearly."}}))
	c.Signed(fill(c, http.StatusOK, at, url.Values{"do": {"reply"}, "review": {d.draft.String()}, "text": {"Once more."}}))
	says(t, page(t, d.Site, "/commitment/"+d.water.String()), "Seventy.", "2 of 2 milestones", "Nearly.", "Once more.")
	lead := d.Enter("coordinator")
	says(t, fill(lead, http.StatusUnprocessableEntity, at, url.Values{"do": {"close"}, "how": {"ended"}, "reason": {"Over"}}), "The final review of the end of the term is not on record yet.")
}

// A rewording names what differs, and no more.
func TestDeskAmends(t *testing.T) {
	d := newDesk(t)
	c := d.Enter("coordinator")
	at := "/desk/commitment/" + d.permits.String()
	form := url.Values{"do": {"amend"}, "title": {"A public list of discharge permits"}, "problem": {"Nobody sees which permits changed."}, "doing": {"Put half of them online."}, "indicator": {"Share of permits online."}, "contact": {"Head of Permits"},
		"unit": {"%"}, "decimals": {"1"}, "baseline": {"0.0"}, "since": {dateOf(d.at(-30))}, "target": {"50"}, "by": {dateOf(d.at(120))}, "values": {"public-accountability"},
		"due-0": {dateOf(d.at(60))}, "says-0": {"The list is online"}}
	says(t, fill(c, http.StatusUnprocessableEntity, at, form), "This is missing.")
	form.Set("reason", "The other half is not ours.")
	shown := fill(c, http.StatusOK, at, form)
	if strings.Contains(shown, "baseline&#34;") || strings.Contains(shown, "milestones&#34;") || !strings.Contains(shown, "target&#34;") {
		t.Errorf("the entry names what did not change, or not what did: %s", regexp.MustCompile(`data-body="[^"]*"`).FindString(shown))
	}
	c.Signed(shown)
	says(t, page(t, d.Site, "/commitment/"+d.permits.String()), "Promises less", "The other half is not ours.", "50.0 \u2068%\u2069")
}

// A reviewer codes a draft, reads what the public says, and finishes it.
func TestDeskReviews(t *testing.T) {
	d := newDesk(t)
	c := d.Enter("reviewer")
	at := "/desk/docket/" + d.Docket.String() + "/reviews"
	says(t, c.Ask("GET", at+"?commitment="+d.water.String(), nil).Body.String(), "The one at our bridge is silent since March.", "A draft; the public comments on it in the period On the review")
	form := url.Values{"commitment": {d.kiosk.String()}, "phase": {"mid-term"}, "stage": {"draft:on-the-review"}, "completion": {"not-started"}, "verifiable": {"yes"}, "lens": {"no"}, "potential": {"unclear"}, "text": {"No kiosk."}}
	says(t, fill(c, http.StatusUnprocessableEntity, at, form), "This is missing.")
	form.Set("cites", "http://rivers.example/commitment/x#r-"+d.report.String()+"\n/entry/"+d.kiosk.String())
	draft := c.Signed(fill(c, http.StatusOK, at, form))
	d.Wait(20 * day)
	d.Shown()
	c = d.Enter("reviewer") // a session does not last so long
	form.Set("stage", "final:"+draft.String())
	c.Signed(fill(c, http.StatusOK, at, form))
	says(t, page(t, d.Site, "/commitment/"+d.kiosk.String()), "No kiosk.", "Final", "Mid-term: review by")
}
