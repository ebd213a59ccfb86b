package procurementview

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
	"publica/tender"
)

// site is a sample's site with what reads its pages.
type site struct {
	*sample
	t    *testing.T
	base string
	site http.Handler
	get  func(path string) string // of the tender's page at a path below its own
	fill func()
}

func (s *sample) browse(t *testing.T, id publica.DocketID) *site {
	h, m := s.site()
	x := &site{sample: s, t: t, site: h, base: "/docket/" + id.String() + "/tender"}
	x.get = func(path string) string {
		t.Helper()
		if strings.HasPrefix(path, "//") {
			return viewtest.Page(t, h, path[1:])
		}
		return viewtest.Page(t, h, x.base+path)
	}
	x.fill = func() {
		t.Helper()
		if err := m.Fill(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func (x *site) says(path string, want ...string) {
	x.t.Helper()
	viewtest.Says(x.t, x.get(path), want...)
}

func (x *site) lacks(path string, not ...string) {
	x.t.Helper()
	page := x.get(path)
	for _, words := range not {
		if strings.Contains(page, words) {
			x.t.Errorf("%q says %q", path, words)
		}
	}
}

// A public tender, told by its pages while bids are taken, when they are open, and
// when the contract runs.
func TestPublicTender(t *testing.T) {
	s := newSample(t)
	x := s.browse(t, s.salt())
	x.fill()
	x.says("", "Step 3 of 8: Bids", "Deadline for bids", "Then the box shuts by itself", "Any 2 of these 3 trustees open all bids; 1 alone learns nothing", "of any colour", "A bidder asked what colour it may be", "Is it delivered in time?", "Any colour will do", "40 %")
	x.says("/bids", "Sealed bids", "Superseded", "Withdrawn")
	x.says("//tenders", "Road salt for two winters")
	x.says("", "Who decides protests Protest Board")
	x.says("//docket/"+s.Docket.String()+"/rules", "The charter of this tender", "Who may ask Anyone.", "Who decides protests Protest Board")
	x.lacks("//docket/"+s.Docket.String()+"/rules", "Contributions are welcome", "endorsements", "No period has been announced")
	x.says("/ask", "Your question")
	for _, path := range []string{"/bids", "/timeline", ""} {
		if strings.Contains(x.get(path), "First Salt") {
			t.Errorf("%q names a bidder before the deadline", path)
		}
	}

	s.opened()
	x.fill()
	x.says("/bids", "First Salt", "technical envelope: 4 bids were opened", "Technical envelope: open; price envelope: sealed", "Too late, and refused", "is not canonical JSON")
	if strings.Contains(x.get("/bids"), "100.00 USD") {
		t.Error("a price is shown before prices are open")
	}

	s.judged()
	s.awarded()
	s.carriedOut()
	x.fill()
	x.says("/bids", "The buyer ranks otherwise than the published formula", "Awarded to Second Salt, 80.00 USD", "Computed again: agrees", "20 days", "Asked to cure until", "Cured,", "What was sealed is no offer",
		"before prices opened", "As committed to", "Dismissed by Protest Board", "the lead would be with First Salt", "Your price was higher")
	x.says("/contracts", "Contract with Second Salt", "Paid: 40.00 USD of 88.00 USD", "80.00 USD 88.00 USD (8.00 USD more)", "One tonne is wet", "The second winter is long")
	x.says("/timeline", "refused by the rules", "Awarded to Second Salt", "The deadline passed: 4 bids count", "6 steps of the trustees")
	q := httptest.NewRequest(http.MethodGet, x.base+"/timeline", nil)
	q.Header.Set("Accept-Language", "es")
	w := httptest.NewRecorder()
	x.site.ServeHTTP(w, q)
	if why := `El programa dice, en inglés: <bdi lang="en" dir="ltr"><code>docket</code> is in the stage closed`; !strings.Contains(w.Body.String(), why) {
		t.Errorf("no refusal in Spanish says %s", why)
	}
	x.says("//entry/"+s.told().Awards[0].ID.String(), "Awarded to Second Salt", "In the tender “Road salt for two winters”, by Office of Open Rivers")

	s.until(s.Now.Add(60 * day)) // who writes a protest meanwhile finds it again
	x.fill()
	late := viewtest.Post(t, x.site, x.base+"/protest", url.Values{"act": {"check"}, "text": {"Our grain is better."}})
	viewtest.Says(t, late.Body.String(), "Nobody can protest now", "What you wrote, so that it is not lost: Our grain is better.")
}

// A decision that has bids judged anew takes back rejections, memo and intent; what
// was scored before it stays to be read.
func TestJudgedAnew(t *testing.T) {
	s := newSample(t)
	x := s.browse(t, s.salt())
	s.opened()
	s.judged()
	memo, intent := s.intended()
	x.fill()
	x.says("/bids", "To whom it is to go", "Signed by key "+registertest.Key("coordinator").ID().String()[:8]+" · Office of Open Rivers", "Evaluator 1 key "+registertest.Key("eva").ID().String()[:8])
	x.lacks("/bids", "To whom it was to go")
	p := s.send("one", "procurement/protest", procurement.Protest{About: intent, Ground: procurement.EvaluationGround}, false, text("text", "Our grain is better."))
	x.fill()
	x.says("/contracts", "1 protest is open: nothing is awarded", "No contract yet")
	decision := s.Do("judge", "procurement/decide", procurement.Decide{Cites: []publica.EntryID{memo}, Outcome: procurement.Sustained, Protest: p, Reopen: procurement.Compliance}, viewtest.ForThe("Protest Board"), viewtest.Said("reason", "Judge them again."))
	by := " · by " + decision.String()[:8]
	x.fill()
	for range 2 { // before and after the next round
		x.says("/bids", "taken back by a decision", "Memo, which counts no more "+memo.String()[:8]+by, "Intent to award, taken back by a decision "+intent.String()[:8]+by,
			"The scores of round 1, which count no more", "Reasons of evaluator 1 Good grain.", "before prices opened")
		s.judge()
		for _, b := range s.told().Live("") {
			if !b.Passes() {
				s.send("coordinator", "procurement/reject", procurement.Reject{Bid: b.ID, Cites: []publica.EntryID{b.Results[len(b.Results)-1].ID}, Code: procurement.NonResponsive}, true, text("reason", "It still is no offer."))
			}
		}
		if s.told().Round == 2 && s.told().Stage == tender.Evaluating {
			s.intended()
		}
		x.fill()
	}
	x.says("/bids", "This is round 2", "after prices had opened", "To whom it is to go", "Rejection of Bidder "+registertest.Key("four").ID().String()[:8]+", taken back by a decision")
}

// What a record said when the deadline passed stays said, though bids are taken again.
func TestBidsTakenAgain(t *testing.T) {
	s := newSample(t)
	x := s.browse(t, s.salt())
	s.until(s.Tender(s.Docket).Terms.Deadline)
	p := s.send("one", "procurement/protest", procurement.Protest{About: s.bids["one"], Ground: procurement.ConductGround}, false, text("text", "The network was down."))
	x.fill()
	x.says("/keys", "Step “Opening”, until", "Technical envelope: 0 of 2 shares that open it are here", "publica trustee open "+s.Docket.String())
	s.Do("judge", "procurement/decide", procurement.Decide{Cites: []publica.EntryID{p}, Deadline: s.Now.Add(30 * day), Outcome: procurement.Sustained, Protest: p, Reopen: procurement.Bidding}, viewtest.ForThe("Protest Board"), viewtest.Said("reason", "It was."))
	x.fill()
	x.says("/timeline", "The deadline passed: 4 bids count")
	x.lacks("/keys", "publica trustee open")
	s.until(s.Tender(s.Docket).Terms.Deadline)
	s.open(0, "ana")
	x.fill()
	x.says("/keys", "Technical envelope: 1 of 2 shares that open it are here")
	x.lacks("/keys", "Price envelope: 0 of 2")
}

// An intent for several lots is shown at each, with one anchor; questions to which an
// amendment gave more time show no clock that it stopped.
func TestLots(t *testing.T) {
	s := newSample(t)
	id := s.plan("Two bridges")
	s.publish(func(b *procurement.Publish) {
		b.Envelopes, b.Evaluators, b.Lots = 1, nil, []string{"east", "west"}
		b.Criteria = []procurement.Criterion{{ID: "price", Method: procurement.Price, Weight: 100}}
	})
	s.makeKeys()
	s.until(s.Now.Add(10 * day))
	enquiries := s.terms.Enquiries.Add(2 * day)
	s.Do("coordinator", "procurement/amend", procurement.Amend{Deadline: s.terms.Deadline, Enquiries: enquiries}, viewtest.ForBody, viewtest.Said("reason", "There is more to ask."))
	x := s.browse(t, id)
	x.fill()
	until := web.LocaleIn(t.Context()).Day(enquiries)
	x.says("", "Questions until "+until)
	intent := procurement.Intent{}
	for i, lot := range s.terms.Lots {
		tr := s.Tender(id)
		body, parts, _, err := tr.Seal("mason", lot, tr.State.Text, s.offer("Mason and Daughters", 10, 50000))
		if err != nil {
			t.Fatal(err)
		}
		b := s.send("mason", "procurement/bid", body, false, parts...)
		intent.Awards = append(intent.Awards, procurement.IntendedAward{Bid: b, Lot: s.terms.Lots[i], Value: usd(50000)})
	}
	s.until(s.terms.Deadline)
	for i := range s.terms.Lots {
		s.open(i, "ana", "ben")
	}
	s.judge()
	for _, a := range intent.Awards {
		intent.Cites = append(intent.Cites, s.send("coordinator", "procurement/memo", procurement.Memo{Cites: []publica.EntryID{a.Bid}, Lot: a.Lot, Ranking: []publica.EntryID{a.Bid}}, true, text("text", "One bid.")))
	}
	record := s.send("coordinator", "procurement/intent", intent, true)
	x.fill()
	_, page := viewtest.Get(t, x.site, x.base+"/bids")
	if n := strings.Count(page, `id="r-`+record.String()+`"`); n != 1 {
		t.Errorf("the intent has %d anchors", n)
	}
	if n := strings.Count(page, "To whom it is to go"); n != 2 {
		t.Errorf("the intent is shown %d times", n)
	}
}

// Where the number of bids is need-to-know, no page, file, read or release counts or
// names them before the deadline; whoever knows a bid is told how it stands.
func TestNeedToKnow(t *testing.T) {
	s := newSample(t)
	x := s.browse(t, s.bridge())
	q := s.send("citizen", "procurement/ask", procurement.Ask{}, false, text("text", "May it be of wood?"))
	s.send("coordinator", "procurement/answer", procurement.Answer{Asks: []publica.EntryID{q}}, true, text("text", "It may.")) // a release after the bids
	x.fill()
	x.says("/bids", "The box is shut", "need-to-know before the opening")
	api, ocid := "//api/v1/tenders/"+s.Docket.String(), "//ocds/"
	all := []string{"", "/bids", "/timeline", "/bid", "/protest", "/data", "/data/bids.csv", "/data/items.csv", "/data/clocks.csv",
		api, api + "/audit", api + "/flags", ocid + "releases", ocid + "releases/" + s.told().OCID(ocidPrefix), ocid + "records/" + s.told().OCID(ocidPrefix)}
	get := func(path string) string {
		t.Helper()
		at, below := strings.CutPrefix(path, "//")
		if at = "/" + at; !below {
			at = x.base + path
		}
		code, body := viewtest.Get(t, x.site, at)
		if code != http.StatusOK {
			t.Errorf("%s: %d", at, code)
		}
		return body
	}
	for _, path := range all {
		page := get(path)
		for who, id := range s.bids {
			if strings.Contains(page, id.String()) || strings.Contains(page, registertest.Key(who).ID().String()) {
				t.Errorf("%q shows that %s has bid", path, who)
			}
		}
		if strings.Contains(page, "procurement/bid\"") || strings.Contains(page, "bucket") {
			t.Errorf("%q counts bids", path)
		}
	}
	viewtest.Says(t, get(api+"/bids/"+s.bids["mason"].String()), `"words":"Sealed; where several nodes decide, they have yet to say that they hold it"`, `"counts":true`)
	if code, _ := viewtest.Get(t, x.site, strings.TrimPrefix(api, "/")+"/bids/"+q.String()); code != http.StatusNotFound {
		t.Errorf("a question is a bid: %d", code)
	}

	s.until(s.terms.Deadline)
	x.fill()
	for _, path := range []string{"/bids", "/timeline", "/data/bids.csv", api, api + "/audit", ocid + "releases"} {
		if !strings.Contains(get(path), s.bids["mason"].String()) {
			t.Errorf("%q leaves a bid out after the deadline", path)
		}
	}
	x.says("/data", "Yes. The package was just checked strictly")
}

// Keys that are the buyer's own are said to be; a failed ceremony stays to be seen.
func TestKeysPage(t *testing.T) {
	s := newSample(t)
	x := s.browse(t, s.boats())
	x.fill()
	x.says("", "Opened by 1 operator: not independent")
	x.says("/keys", "This attempt failed", "Announced nothing in time: Trustee 3", "Step “Commit”", "Still missing: Trustee 2, Office of Open Rivers", "0 of 3 are outside of the buyer")
}

// A question is looked at before it is signed, and shown with what is wrong with it.
func TestAsk(t *testing.T) {
	s := newSample(t)
	id := s.bridge()
	h, _ := s.site()
	path := "/docket/" + id.String() + "/tender/ask"
	for _, x := range []struct {
		text, act string
		code      int
		says      string
	}{
		{"May it be of wood? Write to a@b.example", "check", 200, "This is what others will read"},
		{"May it be of wood?", "change", 200, "Your question"},
		{"", "check", 422, "There is no question"},
		{strings.Repeat("wood ", 20000), "check", 422, "The question is too long"},
	} {
		w := viewtest.Post(t, h, path, url.Values{"text": {x.text}, "act": {x.act}})
		if w.Code != x.code {
			t.Errorf("%.30q answers %d, want %d", x.text, w.Code, x.code)
		}
		viewtest.Says(t, w.Body.String(), x.says)
	}
	page := viewtest.Post(t, h, path, url.Values{"text": {"Write to a@b.example"}, "act": {"check"}}).Body.String()
	viewtest.Says(t, page, "This looks personal", "a@b.example", "publica submit procurement/ask --docket "+id.String())
}

// The clocks of a tender are dates of its docket; what is open for bids stands on the
// home page.
func TestDatesAndHome(t *testing.T) {
	s := newSample(t)
	id := s.bridge()
	h, m := s.site()
	var dates []Date
	if err := m.Read(t.Context(), func(snap *readmodel.Snapshot) (err error) {
		dates, err = NewClocks().Dates(snap, nil, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	got := map[string]publica.Time{}
	for _, d := range dates {
		got[d.Title] = d.Start
		if d.Index == 0 || d.Set == 0 {
			t.Errorf("the date %s rests on no record", d.Title)
		}
	}
	if len(dates) != 2 || got["Deadline for bids"] != s.terms.Deadline || got["Questions"] != s.terms.Enquiries {
		t.Errorf("the dates are %+v", dates)
	}
	viewtest.Says(t, viewtest.Page(t, h, "/"), "Open for bids", "A bridge at the mill")
}

// A cancelled tender says so, and why, and that bids stay sealed.
func TestCancelled(t *testing.T) {
	s := newSample(t)
	id := s.bridge()
	s.Do("coordinator", "procurement/cancel", procurement.Cancel{Code: procurement.NoFunds}, viewtest.ForBody, viewtest.Said("reason", "The council cut the budget."))
	x := s.browse(t, id)
	x.fill()
	x.says("", "This tender is cancelled", "There is no money for it. The council cut the budget.", "Bids that are sealed stay sealed.")
	x.says("/bids", "No bid was opened", "while bids were taken", "Sealed bids")
	x.lacks("/bids", "Nobody bid", "The deadline passed", "do not count")
	x.says("/contracts", "No contract follows")
	x.lacks("/contracts", "once its lot is awarded")

	late := s.Tender(id)
	body, parts, _, err := late.Seal("late", "", late.State.Text, s.offer("Late Bridges", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	s.late(body, parts) // the law's word for what comes after a cancel
	x.fill()
	x.lacks("/bids", "Too late, and refused")
}

// One that is cancelled before anyone could bid says that, not that a deadline passed.
func TestCancelledEarly(t *testing.T) {
	for name, play := range map[string]func(*sample) publica.DocketID{
		"planned":             func(s *sample) publica.DocketID { return s.plan("A well") },
		"keys are being made": (*sample).boats,
	} {
		s := newSample(t)
		id := play(s)
		s.Do("coordinator", "procurement/cancel", procurement.Cancel{Code: procurement.NotNeeded}, viewtest.ForBody, viewtest.Said("reason", "There is one."))
		x := s.browse(t, id)
		x.fill()
		t.Log(name)
		x.says("/bids", "No bids were taken", "before anyone could bid")
		x.lacks("/bids", "Nobody bid", "The deadline passed")
	}
}
