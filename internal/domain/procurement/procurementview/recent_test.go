package procurementview

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/participation/participationview"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// What was asked for longest ago goes first, one at a time, and what was just put
// stays.
func TestRecent(t *testing.T) {
	id := func(n byte) publica.DocketID { return publica.DocketID{n} }
	r := recent[string]{most: 3, heaviest: 10}
	for i, name := range []string{"", "one", "two", "three"} {
		if i > 0 {
			r.put(id(byte(i)), name, 3)
		}
	}
	r.get(id(1))
	r.put(id(4), "four", 1)
	if r.get(id(2)) != "" || r.get(id(1)) != "one" || r.get(id(3)) != "three" || r.get(id(4)) != "four" || r.held != 7 {
		t.Errorf("it keeps %v of weight %d", r.kept, r.held)
	}
	r.put(id(4), "heavy", 11)
	if len(r.kept) != 1 || r.get(id(4)) != "heavy" || r.held != 11 {
		t.Errorf("it keeps %v of weight %d", r.kept, r.held)
	}
	if got := r.has(id(5), func() string { return "five" }); got != "five" || r.has(id(5), func() string { return "six" }) != "five" {
		t.Errorf("it has %q", got)
	}
}

// pagesOf are the pages of a register over a face that a test may change.
func pagesOf(tb testing.TB, face web.Register, m *readmodel.Model, now func() time.Time) *pages {
	tb.Helper()
	w, err := web.New(web.Config{Register: face, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	return &pages{site: w, model: m, menu: participationview.Menu, register: registertest.Register, shelf: newShelf(registertest.Register, w.Log()), data: newDataShelf()}
}

// Readers who come by several addresses read these addresses, and nothing is made
// again for them.
func TestDataOfManyHosts(t *testing.T) {
	s := newSample(t)
	id := s.bridge()
	m := s.Model()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	ask := func(host string) string {
		r := httptest.NewRequest("GET", "http://"+host+"/ocds/releases?since=0", nil)
		raw, err := p.feed(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), ".invalid") || !strings.Contains(string(raw), "http://"+host+"/entry/") {
			t.Errorf("asked of %s: %.600s", host, raw)
		}
		return string(raw)
	}
	one := ask("one.example")
	made := p.data.get(id).made
	two := ask("two.example")
	if p.data.get(id).made != made {
		t.Error("it was made again for another host")
	}
	if strings.ReplaceAll(two, "two.example", "one.example") != one {
		t.Error("hosts differ in more than the address")
	}
}

// Content that was not at hand is taken into account a moment after it came, and
// what is not at hand is not looked for with every request.
func TestLackingContent(t *testing.T) {
	s := newSample(t)
	id := s.salt()
	s.opened()
	s.judge()
	m := s.Model()
	now := s.Now.Std()
	face := &hiding{Face: s.Face(m)}
	p := pagesOf(t, face, m, func() time.Time { return now })
	audit := func() *audited {
		v, err := p.view(t.Context(), id, "")
		if err != nil {
			t.Fatal(err)
		}
		a, err := v.audit()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	lacking, asked := audit(), 0
	if asked = face.asked; asked == 0 || len(lacking.judged) != 0 {
		t.Fatalf("%d parts were asked for, %d bids judged", asked, len(lacking.judged))
	}
	p.site = pagesOf(t, s.Face(m), m, func() time.Time { return now }).site // it has come
	if audit() != lacking || face.asked != asked {
		t.Error("it was computed again at once")
	}
	now = now.Add(lackingFor)
	full := audit()
	if full == lacking || len(full.judged) == 0 {
		t.Error("what came is not taken into account")
	}
	if now = now.Add(time.Hour); audit() != full {
		t.Error("it was computed again though nothing was lacking")
	}
}

// The list has all that take bids on its first page, and pages of the others; every
// tender is on one page.
func TestTendersPages(t *testing.T) {
	r := newRegister(t)
	var want []string
	for range 5 {
		want = append(want, "/docket/"+r.openTender("A well").String()+"/tender\"")
	}
	h, _ := r.site()
	slices.Reverse(want)
	path, at := "/tenders?limit=2", 0
	for pages := 1; ; pages++ {
		page := viewtest.Page(t, h, path)
		for n := range want {
			if on := n >= at && n < at+2; strings.Contains(page, want[n]) != on {
				t.Errorf("page %d: tender %d: %v", pages, n, !on)
			}
		}
		_, rest, more := strings.Cut(page, `class="usa-button" href="`)
		if !more {
			if pages != 3 {
				t.Errorf("there are %d pages", pages)
			}
			return
		}
		next, _, _ := strings.Cut(rest, `"`)
		path, at = strings.ReplaceAll(next, "&amp;", "&"), at+2
	}
}

// A tender that cannot be told is left out of what is made over all, which says so.
func TestFaultyTender(t *testing.T) {
	s := newSample(t)
	s.bridge()
	bad := s.plan("A tender of an odd form")
	h, m := s.site()
	p := pagesOf(t, s.Face(m), m, s.Now.Std)
	var size int64
	if err := m.Read(t.Context(), func(x *readmodel.Snapshot) error {
		v, err := p.tell(x, bad)
		if err == nil {
			size = v.size
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p.shelf.put(bad, &told{size: size, fault: faultOf(p.site.Log(), bad, "read", errors.New("odd"))}, 0)
	report, err := p.flagReport(t.Context())
	if err != nil || report.Processes != 1 || !slices.Equal(report.left, []string{bad.String()}) {
		t.Errorf("flags: %+v, %v", report, err)
	}
	list, err := p.readTenders(t.Context(), &tendersIn{Limit: 100})
	if err != nil || len(list.Items) != 1 || !slices.Equal(list.Left, []string{bad.String()}) {
		t.Errorf("list: %+v, %v", list, err)
	}
	request := func(path string) *http.Request {
		r := httptest.NewRequest("GET", path, nil)
		return r.WithContext(context.WithoutCancel(t.Context()))
	}
	page, err := p.tenders(request("/tenders"))
	if err != nil || len(page.(*tendersPage).Cards) != 1 || len(page.(*tendersPage).Lost) != 1 {
		t.Errorf("page: %+v, %v", page, err)
	}
	if home, err := p.open(request("/")); err != nil || len(home.Items) != 1 {
		t.Errorf("home: %+v, %v", home, err)
	}
	if f, err := p.releasesFrom(t.Context(), web.Cursor{Limit: 100}); err != nil || !slices.Contains(f.left, ocidPrefix+"-"+bad.String()) {
		t.Errorf("feed: %+v, %v", f, err)
	}
	if code, _ := viewtest.Get(t, h, "/tenders"); code != http.StatusOK {
		t.Error(code)
	}
}
