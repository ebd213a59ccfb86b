package procurementview

import (
	"crypto/sha256"
	"encoding/json/jsontext"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/compliance"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation/participationview"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/private"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// office is a register whose site has the desks of procurement, with all who take
// part in a tender: a buyer, two evaluators, three trustees of three bodies, a
// review body, and vendors.
type office struct {
	*register
	*viewtest.Desk
	bids map[string]publica.EntryID // by their bidder
}

var (
	board = []string{"ev1", "ev2"}
	keeps = []string{"tr1", "tr2", "tr3"}
)

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{register: newRegister(t), bids: map[string]publica.EntryID{}}
	o.Bodies = map[string]publica.BodyID{}
	body := func(name string, holder string, role identity.Role) {
		o.Bodies[name] = publica.BodyID(o.Do("founder", "identity/body", identity.Body{Name: name, Type: identity.Oversight}))
		o.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(holder).ID(), Role: role}, viewtest.ForThe(name))
	}
	body("Review Board", "judge", identity.Reviewer)
	for _, k := range keeps {
		body("Court "+k, k, identity.Member)
	}
	for _, e := range board {
		o.Grant(e, identity.Member)
	}
	o.Desk = o.register.Desk()
	vault, err := private.Open(filepath.Join(t.TempDir(), "private"), func() time.Time { return o.Now.Std() })
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Register: o.Face(o.Model), PostRate: -1, Vault: vault, Gallery: true, Now: func() time.Time { return o.Now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	if err := participationview.Mount(s, o.Model, nil, vault, nil); err != nil {
		t.Fatal(err)
	}
	if err := Mount(s, o.Model, registertest.Register, DataTerms{}, participationview.Menu, true); err != nil {
		t.Fatal(err)
	}
	o.Site = s.Handler()
	return o
}

// fill sends a form, expects a status, and returns the page.
func sent(c *viewtest.Clerk, status int, path string, form url.Values) string {
	c.TB.Helper()
	form.Set("act", "check")
	return c.Page("POST", path, form, status)
}

// do signs an act of the buyer that the rules must take.
func (o *office) do(form url.Values) publica.EntryID {
	o.register.TB.Helper()
	return o.Enter("coordinator").Signed(sent(o.Enter("coordinator"), http.StatusOK, o.at("/tender"), form))
}

// wrong sends an act of the buyer that is not ready, and looks for what is said at
// its fields.
func (o *office) wrong(form url.Values, want ...string) string {
	o.register.TB.Helper()
	page := sent(o.Enter("coordinator"), http.StatusUnprocessableEntity, o.at("/tender"), form)
	viewtest.Says(o.register.TB, page, append(want, "It is not ready to be signed")...)
	return page
}

func (o *office) at(path string) string { return "/desk/docket/" + o.Docket.String() + path }

// desk is the buyer's desk as it stands.
func (o *office) desk(do string) string {
	o.register.TB.Helper()
	return o.Enter("coordinator").Get(o.at("/tender?do=" + do))
}

// open opens a tender at the desk, and plans it.
func (o *office) open() {
	t := o.register.TB
	t.Helper()
	c := o.Enter("coordinator")
	form := url.Values{"buyer": {o.Body.String()}, "title": {"A new well"}, "languages": {"en, xx-1"}, "contribute": {"anyone"}, "quota": {"50"}, "reviewers": {o.Body.String()}}
	viewtest.Says(t, sent(c, http.StatusUnprocessableEntity, "/desk/tenders/new", form), "This is missing.", "is no language tag", "The buyer does not decide protests against itself.")
	form.Set("languages", "en")
	form.Set("summary", "Water for the valley.")
	form.Set("reviewers", o.Bodies["Review Board"].String())
	o.Docket = publica.DocketID(c.Signed(sent(c, http.StatusOK, "/desk/tenders/new", form)))
	viewtest.Says(t, o.desk(""), "Say what is to be bought.", "Waits for you")
	o.wrong(url.Values{"do": {"plan"}, "budget": {"12.345"}, "currency": {"USD"}}, "This is missing.", "This is no number with at most 2 digits")
	o.do(url.Values{"do": {"plan"}, "category": {"works"}, "budget": {"12500"}, "currency": {"USD"}, "text": {"A well of 80 metres."}})
}

const ownRules = `{"name":"well","version":1,"about":"","language":"publica-cel-1","limits":{"rule":2000,"set":3000},"records":[],"inputs":[{"name":"days","type":"int"}],
"rules":[{"id":"time","title":"It is done in time","law":["the text"],"test":"days <= 90","pass":"{days} days are at most 90","fail":"{days} days are more than 90"}]}`

// terms is the form of a tender that can be published.
func (o *office) terms() url.Values {
	f := url.Values{"do": {"publish"}, "profile": {"ocds-open"}, "mode": {"public"}, "envelopes": {"2"}, "threshold": {"1"}, "ceremony": {"24"}, "currency": {"USD"}, "rules": {"own"}, "own": {ownRules}, "text": {"## A well\n\nEighty metres."},
		"criterion-0": {"quality"}, "method-0": {"points"}, "weight-0": {"40"}, "max-0": {"10"}, "criterion-1": {"price"}, "method-1": {"price"}, "weight-1": {"60"},
		"enquiries": {web.MomentOf(o.Now.Add(8 * day))}, "deadline": {web.MomentOf(o.Now.Add(20 * day))}}
	for _, e := range board {
		f.Add("evaluators", o.Body.String()+"-"+registertest.Key(e).ID().String())
	}
	for _, k := range keeps {
		f.Add("trustees", o.Bodies["Court "+k].String()+"-"+registertest.Key(k).ID().String())
	}
	return f
}

// bid seals an offer that is done in some days, for a price in cents.
func (o *office) bid(actor, name, days string, price int64) {
	o.register.TB.Helper()
	o.bids[actor] = o.Bid(actor, "", tender.Offer{Format: tender.OfferFormat, Bidder: &tender.Bidder{Name: name}, Facts: jsontext.Value(`{"days":` + days + `}`)},
		tender.Offer{Format: tender.OfferFormat, Price: &tender.Money{Amount: price, Currency: "USD"}})
}

// unseal has two trustees open a slot.
func (o *office) unseal(slot int) {
	o.Unseal(slot, keeps[:2]...)
	o.Shown()
}

// wait lets days pass.
func (o *office) wait(days int) {
	o.Pass(time.Duration(days) * day)
	o.Shown()
}

// publish brings a tender to the stage in which bids are taken.
func (o *office) publish() {
	o.open()
	o.do(o.terms())
	o.Ceremony(keeps...)
	o.Shown()
}

// What the rules would refuse is said at its field, and nothing that was typed is
// lost.
func TestDeskPublishRefuses(t *testing.T) {
	o := newOffice(t)
	o.open()
	f := o.terms()
	f.Set("weight-0", "30")
	f.Set("max-1", "5")
	f.Set("threshold", "3")
	f.Set("deadline", web.MomentOf(o.Now.Add(9*day)))
	f.Set("currency", "usd")
	f.Set("own", strings.Replace(ownRules, "days <= 90", "days <=", 1))
	f.Add("evaluators", o.Bodies["Court tr1"].String()+"-"+registertest.Key("tr1").ID().String())
	page := o.wrong(f, "The weights add up to 90, not to 100.", "The price is computed: leave this empty.", "With 3 trustees it lies between 1 and 2.", "this profile wants 10 days",
		"This is no currency", "This is no rule set that can be run: rules/0/test", "is a trustee too: who opens does not judge")
	for _, kept := range []string{`value="30"`, "Eighty metres.", "days &lt;=", `value="usd"`, `value="` + f.Get("trustees") + `" checked`} {
		if !strings.Contains(page, kept) {
			t.Errorf("the form has lost %s", kept)
		}
	}
	f = o.terms()
	f.Set("profile", "us-sealed-bidding")
	f["trustees"] = []string{o.Body.String() + "-" + registertest.Key("coordinator").ID().String(), o.Bodies["Court tr1"].String() + "-" + registertest.Key("tr1").ID().String()}
	o.wrong(f, "“Sealed bidding (FAR part 14)” has one envelope.", "the price decides: leave evaluators out", "the price decides: one criterion", "this profile wants 30 days", "Half of them or more are the buyer’s own")
	f = o.terms()
	f.Set("text", "") // as a browser sends what is empty
	f.Set("deadline", "")
	o.wrong(f, "2 fields want something.", "This is missing.")
	o.wrong(url.Values{"do": {"publish"}}, "Name one at least: the price, of weight 100.", "0 are ticked: tick 2 to 15.")
}

// The built-in rules are pinned by their hash.
func TestDeskFASTLane(t *testing.T) {
	o := newOffice(t)
	o.open()
	f := o.terms()
	f.Set("rules", "fastlane")
	f.Del("own")
	f.Set("inputs", `{"award":"2027-01-01"}`)
	o.do(f)
	if got, want := o.Tender(o.Docket).Terms.Rules, sealed.Hash(sha256.Sum256(compliance.FASTLane().Canonical())); got != want {
		t.Errorf("the tender pins %s, the built-in rules are %s", got, want)
	}
}

// A tender goes from its opening to the last payment by forms alone, and each act
// is one that the rules take.
func TestDeskTender(t *testing.T) {
	o := newOffice(t)
	o.publish()
	viewtest.Says(t, o.Enter("coordinator").Get("/desk/tenders"), "A new well", "Bids are taken.", "Open for bids")

	// Questions, and an amendment.
	q := o.Do("ven1", "procurement/ask", procurement.Ask{}, viewtest.Said("text", "How deep exactly?"))
	o.Shown()
	viewtest.Says(t, o.desk(""), "1 question has no answer yet.", "How deep exactly?")
	o.wrong(url.Values{"do": {"answer"}, "text": {"Eighty metres."}}, "Tick the questions that you answer.")
	o.do(url.Values{"do": {"answer"}, "asks": {q.String()}, "text": {"Eighty metres."}})
	o.wrong(url.Values{"do": {"amend"}, "enquiries": {web.MomentOf(o.Now.Add(2 * day))}, "deadline": {web.MomentOf(o.Now.Add(3 * day))}, "rules": {"keep"}, "reason": {"More time."}}, "Too soon: not before")
	o.do(url.Values{"do": {"amend"}, "enquiries": {web.MomentOf(o.Now.Add(9 * day))}, "deadline": {web.MomentOf(o.Now.Add(25 * day))}, "rules": {"keep"}, "reason": {"More time."}})

	o.bid("ven1", "Deep Wells", "60", 1_000_000)
	o.bid("ven2", "Slow Wells", "120", 700_000)
	o.bid("ven3", "Fair Wells", "80", 900_000)
	o.wait(26)
	viewtest.Says(t, o.desk(""), "The trustees open the bids", "Cancel the tender")
	o.unseal(0)

	// The rules are run, and a person decides about what fails.
	page := o.desk("result")
	viewtest.Says(t, page, "3 bids wait for their result under the rules.", "Deep Wells", "60 days are at most 90", "120 days are more than 90", "Fails")
	for _, v := range []string{"ven1", "ven2", "ven3"} {
		o.do(url.Values{"do": {"result"}, "bid": {o.bids[v].String()}})
	}
	if page := o.desk(""); !strings.Contains(page, "?do=cure&amp;bid="+o.bids["ven2"].String()) || !strings.Contains(page, `<option value="`+o.bids["ven2"].String()+`" selected>`) || !strings.Contains(page, `name="until"`) {
		t.Error("the desk does not lead to the cure of the bid that fails")
	}
	o.wrong(url.Values{"do": {"cure"}, "bid": {o.bids["ven2"].String()}, "until": {web.MomentOf(o.Now.Add(day))}, "text": {"Be faster."}}, "This is not between")
	o.do(url.Values{"do": {"cure"}, "bid": {o.bids["ven2"].String()}, "until": {web.MomentOf(o.Now.Add(3 * day))}, "text": {"Be faster."}})
	viewtest.Says(t, o.desk(""), "has time to cure its bid.")
	o.wait(4)
	if page := o.desk(""); !strings.Contains(page, "?do=reject&amp;bid="+o.bids["ven2"].String()) {
		t.Error("the desk does not lead to the rejection of the bid that was not cured")
	}
	o.wrong(url.Values{"do": {"reject"}, "bid": {o.bids["ven2"].String()}, "code": {"non-responsive"}}, "Tick the records that this rests on.", "This is missing.")
	o.wrong(url.Values{"do": {"reject"}, "bid": {o.bids["ven2"].String()}, "code": {"non-responsive"}, "reason": {"It takes too long."}, "cites": {o.bids["ven2"].String()}}, "Result under the rules")
	var result publica.EntryID
	o.View(func(tx *machine.Tx) {
		b, _ := procurement.BidOf(tx, o.Docket, o.bids["ven2"])
		result = b.Result
	})
	o.do(url.Values{"do": {"reject"}, "bid": {o.bids["ven2"].String()}, "code": {"non-responsive"}, "reason": {"It takes too long."}, "cites": {result.String()}})

	o.score()
	o.rank()
	o.perform()
	if got := o.Tender(o.Docket).State.Stage; got != procurement.Completed {
		t.Errorf("in the end the tender is %s", got)
	}
}

// score has the evaluators commit, the trustees open the prices, the evaluators
// reveal.
func (o *office) score() {
	t := o.register.TB
	t.Helper()
	ev := o.Enter("ev1")
	page := ev.Get(o.at("/scores"))
	viewtest.Says(t, page, "Deep Wells", "Fair Wells", "The price is still sealed.", "quality: points from 0 to 10", "not committed yet")
	if strings.Contains(page, "Slow Wells") || !strings.Contains(page, `src="/assets/`) {
		t.Error("the desk shows a bid that is rejected, or has no script")
	}
	kept := map[string]procurement.Scores{}
	commits := map[string]publica.EntryID{}
	for i, e := range board {
		reasons := "Because of " + e
		kept[e] = procurement.Scores{Reasons: sha256.Sum256([]byte(reasons)), Salt: strings.Repeat("0a", 16), Scores: []procurement.Score{{Bid: o.bids["ven1"], Points: []int64{int64(8 + i)}}, {Bid: o.bids["ven3"], Points: []int64{6}}}}
		c := kept[e]
		hash, err := c.Commitment(o.Docket, 1, registertest.Key(e).ID())
		if err != nil {
			t.Fatal(err)
		}
		commits[e] = o.Do(e, "procurement/score-commit", procurement.ScoreCommit{Commitment: hash, Round: 1})
		o.Shown()
		if i == 0 {
			page := o.Enter("ev1").Get(o.at("/scores"))
			viewtest.Says(t, page, "You have committed", "Your scores stand and cannot be changed.")
		}
	}
	viewtest.Says(t, o.Enter("ev1").Get(o.at("/scores")), "Reveal your scores", "Everyone has committed.")
	viewtest.Says(t, o.desk(""), "The trustees open the prices.", "2 evaluators have not revealed their scores yet.")
	o.unseal(1)
	for _, e := range board {
		o.Do(e, "procurement/score-reveal", procurement.ScoreReveal{Commit: commits[e], Scores: kept[e]}, viewtest.Said("reasons", "Because of "+e))
	}
	o.Shown()
	viewtest.Says(t, o.Enter("ev1").Get(o.at("/scores")), "Your scores, on record", "8 of 10", "Prices are open.", "10,000.00")
}

var placed0 = regexp.MustCompile(`name="of-0" value="([0-9a-f]+)"`)

// rank has the buyer write the memo and say its intent, a vendor protest, the
// review body decide.
func (o *office) rank() {
	t := o.register.TB
	t.Helper()
	page := o.desk("memo")
	viewtest.Says(t, page, "Everything is open: rank the bids in a memo.", "Price 10,000.00")
	first, second := o.bids["ven3"].String(), o.bids["ven1"].String()
	if got := placed0.FindStringSubmatch(page)[1]; got != first {
		first, second = second, first
	}
	o.wrong(url.Values{"do": {"memo"}, "of-0": {first}, "place-0": {"2"}, "of-1": {second}, "place-1": {"2"}}, "Each place from 1 to 2 stands once.")
	o.wrong(url.Values{"do": {"memo"}, "of-0": {first}, "place-0": {"2"}, "of-1": {second}, "place-1": {"1"}}, "Say why: the order is not that of the formula")
	o.do(url.Values{"do": {"memo"}, "of-0": {first}, "place-0": {"1"}, "of-1": {second}, "place-1": {"2"}})
	memo := o.Tender(o.Docket).State.Lots[0].Memo.String()
	value := map[string]string{o.bids["ven1"].String(): "10000", o.bids["ven3"].String(): "9000.00"}
	o.wrong(url.Values{"do": {"intent"}, "bid-0": {second}, "value-0": {value[second]}, "cites": {memo}}, "The bid is not the first of the memo: say why.")
	o.do(url.Values{"do": {"intent"}, "bid-0": {first}, "value-0": {value[first]}, "cites": {memo}})
	viewtest.Says(t, o.desk(""), "Standstill: nothing can be awarded before it ends.")
	viewtest.Says(t, o.desk("reject"), "Its bidder does not stand by it", "said anew to whom the award is to go")
	o.wrong(url.Values{"do": {"reject"}, "bid": {second}, "code": {"price"}, "reason": {"It is dear."}, "cites": {memo}}, "This is missing.")
	intent := o.Tender(o.Docket).State.Lots[0].Intent
	protest := o.Do("ven2", "procurement/protest", procurement.Protest{About: intent, Ground: procurement.EvaluationGround}, viewtest.Said("text", "We were rejected wrongly."))
	o.wait(11)
	viewtest.Says(t, o.desk(""), "1 protest waits for a decision, and stays the award until then.")
	if strings.Contains(o.desk("award"), "do=award") {
		t.Error("the desk offers an award that a protest stays")
	}
	o.do(url.Values{"do": {"protest"}, "protest": {protest.String()}, "text": {"It takes 120 days."}})
	o.review(protest)
	o.wrong(url.Values{"do": {"award"}, "cites": {memo}, "bid": {first}}, "This is missing.")
	o.do(url.Values{"do": {"award"}, "bid": {first}, "reason": {"The best by the formula."}, "cites": {memo, intent.String()}})
}

// review decides a protest at the reviewers' desk.
func (o *office) review(protest publica.EntryID) {
	t := o.register.TB
	t.Helper()
	c, at := o.Enter("judge"), o.at("/protests")
	viewtest.Says(t, c.Get(at), "We were rejected wrongly.", "It takes 120 days.", "the evaluators score anew; prices that are open stay open", "Open: it stays the award")
	c.Signed(sent(c, http.StatusOK, at, url.Values{"do": {"step"}, "protest": {protest.String()}, "text": {"Which rule was it?"}}))
	viewtest.Says(t, sent(c, http.StatusUnprocessableEntity, at, url.Values{"do": {"decide"}, "protest": {protest.String()}, "outcome": {"dismissed"}, "reopen": {"evaluation"}}), "You dismiss it: then nothing is done again.", "Tick the records that this rests on.", "This is missing.")
	c.Signed(sent(c, http.StatusOK, at, url.Values{"do": {"decide"}, "protest": {protest.String()}, "outcome": {"dismissed"}, "reason": {"The rule was published."}, "cites": {protest.String()}}))
	viewtest.Says(t, c.Get(at), "No protest is open", "Decided", "Dismissed")
}

// perform has the buyer contract, accept, pay and debrief.
func (o *office) perform() {
	t := o.register.TB
	t.Helper()
	lot := o.Tender(o.Docket).State.Lots[0]
	value := procurement.Money{Amount: lot.Value, Currency: "USD"}
	half := moneyText(lot.Value/2, "USD")
	due := web.MomentOf(o.Now.Add(60 * day))
	f := url.Values{"do": {"contract"}, "award": {lot.Award.String()}, "starts": {"2027-01-01"}, "ends": {"2026-12-01"}, "text": {"The contract."}, "milestone-0": {"drilled"}, "due-0": {due}, "worth-0": {half}}
	o.wrong(f, "It ends before it starts.", "The milestones add up to")
	f.Set("ends", "2027-12-31")
	f.Set("milestone-1", "Running")
	f.Set("due-1", due)
	f.Set("worth-1", half)
	o.wrong(f, "This is no id, or stands twice")
	f.Set("milestone-1", "running")
	contract := o.do(f)
	line := contract.String() + "/"
	o.Do(o.winner(), "procurement/milestone", procurement.MilestoneReached{Contract: contract, Milestone: "drilled"}, viewtest.Said("text", "It is drilled."))
	o.Shown()
	viewtest.Says(t, o.desk(""), "The supplier says that the milestone drilled is reached")
	o.wrong(url.Values{"do": {"accept"}, "line": {line + "drilled"}, "verdict": {"no"}}, "This is missing.")
	o.do(url.Values{"do": {"accept"}, "line": {line + "drilled"}, "verdict": {"yes"}})
	paid := url.Values{"do": {"payment"}, "line": {line + "drilled"}, "amount": {moneyText(value.Amount, "USD")}, "paid": {web.MomentOf(o.Now.Add(day))}}
	o.wrong(paid, "This is more than is left of the milestone", "This lies in the future.")
	paid.Set("amount", half)
	paid.Set("paid", web.MomentOf(o.Now.Add(-time.Hour)))
	o.do(paid)
	o.do(url.Values{"do": {"modify"}, "contract": {contract.String()}, "value": {moneyText(value.Amount+100, "USD")}, "ends": {"2028-01-31"}, "milestone-0": {"running"}, "due-0": {due}, "worth-0": {moneyText(value.Amount/2+100, "USD")}, "reason": {"A longer pipe."}})
	o.do(url.Values{"do": {"milestone"}, "line": {line + "running"}, "text": {"It runs."}})
	o.do(url.Values{"do": {"accept"}, "line": {line + "running"}, "verdict": {"yes"}})
	o.do(url.Values{"do": {"debrief"}, "bid": {o.bids["ven2"].String()}, "text": {"It took too long."}})
	o.do(url.Values{"do": {"payment"}, "line": {line + "running"}, "amount": {moneyText(value.Amount/2+100, "USD")}, "paid": {web.MomentOf(o.Now.Add(-time.Hour))}})
}

// winner is the actor who won.
func (o *office) winner() string {
	won := o.Tender(o.Docket).State.Lots[0].Winner
	for actor, id := range o.bids {
		if id == won {
			return actor
		}
	}
	return ""
}

// Others' keys see nothing of a tender's desks, and evaluators no more than theirs.
func TestDeskAuthority(t *testing.T) {
	o := newOffice(t)
	o.Bodies["Office of Roads"] = publica.BodyID(o.Do("founder", "identity/body", identity.Body{Name: "Office of Roads", Type: identity.Agency}))
	o.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("rival").ID(), Role: identity.Coordinator}, viewtest.ForThe("Office of Roads"))
	o.publish()
	for name, want := range map[string]map[string]int{
		"rival":       {"/tender": 403, "/scores": 403, "/protests": 403},
		"ev1":         {"/tender": 403, "/scores": 200, "/protests": 403},
		"judge":       {"/tender": 403, "/scores": 403, "/protests": 200},
		"coordinator": {"/tender": 200, "/scores": 200, "/protests": 200},
	} {
		c := o.Enter(name)
		for path, code := range want {
			if got := c.Ask("GET", o.at(path), nil).Code; got != code {
				t.Errorf("%s at %s: %d, want %d", name, path, got, code)
			}
		}
	}
	viewtest.Says(t, o.Enter("rival").Get("/desk/tenders"), "No tender yet")
	o.Enter("rival").Page("POST", o.at("/tender"), url.Values{"do": {"cancel"}, "code": {"other"}, "reason": {"no"}, "act": {"check"}}, 403)
	if w := (&viewtest.Clerk{Desk: o.Desk}).Ask("GET", o.at("/tender"), nil); w.Code != http.StatusSeeOther {
		t.Errorf("signed out: %d", w.Code)
	}
}

// A key that holds no role any more and is an evaluator may still sign in.
func TestDeskEvaluatorSignsIn(t *testing.T) {
	o := newOffice(t)
	o.publish()
	o.Do("founder", "identity/revoke", identity.Revoke{Key: registertest.Key("ev2").ID(), Role: identity.Member}, viewtest.ForBody, viewtest.Said("reason", "left"))
	o.Shown()
	viewtest.Says(t, o.Enter("ev2").Get(o.at("/scores")), "Nothing to score now")
	if o.Enter("ven1").Session != nil {
		t.Error("a vendor is signed in")
	}
}

// Whoever bid, and whoever the charter admits, finds the form to protest while
// there is time.
func TestProtestPage(t *testing.T) {
	o := newOffice(t)
	o.publish()
	at := "/docket/" + o.Docket.String() + "/tender/protest"
	anyone := &viewtest.Clerk{Desk: o.Desk}
	viewtest.Says(t, anyone.Get(at), "The text of the tender", "Anyone else may too", "publica submit procurement/protest --docket "+o.Docket.String())
	viewtest.Says(t, sent(anyone, http.StatusUnprocessableEntity, at, url.Values{"ground": {"text"}}), "This is missing.")
	page := sent(anyone, http.StatusOK, at, url.Values{"ground": {"text"}, "about": {o.Tender(o.Docket).State.Published.String()}, "text": {"Eighty metres is arbitrary."}})
	viewtest.Says(t, page, "This is what you sign", "Eighty metres is arbitrary.", "Text and terms")
	if !strings.Contains(page, `data-admits="yes"`) {
		t.Error("the page says not that anyone may protest")
	}
	o.do(url.Values{"do": {"cancel"}, "code": {"not-needed"}, "reason": {"It rains."}})
	viewtest.Says(t, anyone.Get(at), "Nobody can protest now", "The tender is over.")
	viewtest.Says(t, o.desk(""), "Nothing to do here now")
}

// What was written for an act that came too late is shown, and no other act with it.
func TestDeskTooLate(t *testing.T) {
	o := newOffice(t)
	o.open()
	viewtest.Says(t, o.Enter("coordinator").Get(o.at("/scores")), "Nothing is published yet")
	if !strings.Contains(o.desk("cancel"), "It cannot be taken back") {
		t.Error("a draft cannot be cancelled")
	}
	o.do(o.terms())
	o.Ceremony(keeps...)
	o.Shown()
	standing := o.Tender(o.Docket).Terms.Deadline
	if page := o.desk("amend"); !strings.Contains(page, `value="`+web.MomentOf(standing)+`"`) {
		t.Error("the form to amend moves a deadline that is days off")
	}
	protest := o.Do("ven1", "procurement/protest", procurement.Protest{About: o.Tender(o.Docket).State.Published, Ground: procurement.TextGround}, viewtest.Said("text", "Why eighty?"))
	o.bid("ven1", "Deep Wells", "60", 1_000_000)
	o.wait(21)
	late := func(actor, path, title string, form url.Values) {
		t.Helper()
		page := sent(o.Enter(actor), http.StatusConflict, o.at(path), form)
		viewtest.Says(t, page, title, "Nothing was signed.", "More time, and less money.")
		if strings.Contains(page, `method="post" action="`+o.at("")) {
			t.Errorf("%s: another act is there to be sent", title)
		}
	}
	late("coordinator", "/tender", "“Amend” can no longer be done Meanwhile the tender has come to another stage, “Closed, being opened”.", url.Values{"do": {"amend"}, "reason": {"More time,\nand less money."}, "text": {"Ninety metres."}, "deadline": {web.MomentOf(standing)}})
	page := o.desk("amend")
	viewtest.Says(t, page, "“Amend” cannot be done now", "The tender is at the stage “Closed, being opened”.")
	if strings.Contains(page, "<textarea") {
		t.Error("who asks for one act is shown another")
	}
	o.Do("ven1", "procurement/protest-step", procurement.ProtestStep{Protest: protest, Withdraw: true}, viewtest.Said("text", "Never mind."))
	o.Shown()
	late("judge", "/protests", "“Decide” can no longer be done Meanwhile the protest was decided or withdrawn.", url.Values{"do": {"decide"}, "protest": {protest.String()}, "outcome": {"dismissed"}, "reason": {"More time,\nand less money."}})
}

// Where who bid is need-to-know, the review body learns it no sooner than others.
func TestDeskNeedToKnow(t *testing.T) {
	o := newOffice(t)
	o.open()
	f := o.terms()
	for name, value := range map[string]string{"profile": "us-sealed-bidding", "envelopes": "1", "criterion-0": "price", "method-0": "price", "weight-0": "100", "max-0": "", "criterion-1": "", "method-1": "", "weight-1": "", "deadline": web.MomentOf(o.Now.Add(36 * day))} {
		f.Set(name, value)
	}
	f.Del("evaluators")
	o.do(f)
	o.Ceremony(keeps...)
	o.Shown()
	bid := o.Bid("ven1", "", tender.Offer{Format: tender.OfferFormat, Bidder: &tender.Bidder{Name: "Deep Wells"}, Facts: jsontext.Value(`{"days":60}`), Price: &tender.Money{Amount: 1_000_000, Currency: "USD"}})
	protest := o.Do("ven2", "procurement/protest", procurement.Protest{About: o.Tender(o.Docket).State.Published, Ground: procurement.TextGround}, viewtest.Said("text", "Why eighty?"))
	o.Shown()
	page := o.Enter("judge").Get(o.at("/protests"))
	viewtest.Says(t, page, "Why eighty?", "On which records does it rest?")
	if strings.Contains(page, bid.String()) || !strings.Contains(page, `value="`+protest.String()+`"`) {
		t.Error("the review body can cite a sealed bid, or not the protest")
	}
	o.wait(37)
	o.unseal(0)
	if page := o.Enter("judge").Get(o.at("/protests")); !strings.Contains(page, bid.String()) {
		t.Error("the review body cannot cite a bid that is open")
	}
}

// An evaluator of a confidential tender is told to announce keys, and to hand over
// what was opened, as long as others wait for it.
func TestDeskConfidentialEvaluator(t *testing.T) {
	o := newOffice(t)
	o.open()
	f := o.terms()
	f.Set("mode", "confidential")
	o.do(f)
	ev := func(path string) string { t.Helper(); return o.Enter("ev1").Get(path) }
	viewtest.Says(t, ev("/desk/tenders"), "Waits for you Announce your keys")
	if !strings.Contains(ev("/desk/tenders"), `href="`+o.at("/scores")+`">`) {
		t.Error("nothing leads to where keys are announced")
	}
	viewtest.Says(t, ev(o.at("/scores")), "publica evaluate announce "+o.Docket.String())
	o.Ceremony(append(keeps, board...)...)
	o.Shown()
	if strings.Contains(ev("/desk/tenders"), "Announce your keys") {
		t.Error("an evaluator who has announced is told to")
	}
	o.bid("ven1", "Deep Wells", "60", 1_000_000)
	o.wait(21)
	for _, actor := range keeps[:2] {
		var sealed []procurement.Bid
		o.Law.View(func(tx *machine.Tx) {
			sealed = procurement.Bids(tx, o.Docket, func(*procurement.Bid) bool { return true })
		})
		body, err := o.Tender(o.Docket).Partial(actor, 0, &sealed[0])
		if err != nil {
			t.Fatal(err)
		}
		o.Do(actor, "procurement/open-share", body)
	}
	o.Shown()
	viewtest.Says(t, ev("/desk/tenders"), "Waits for you The bids are open to the evaluators alone")
	viewtest.Says(t, ev(o.at("/scores")), "Hand the file opening.json in it to the buyer, and to nobody else", "publica evaluate open "+o.Docket.String(), "Nothing to score now")
	if strings.Contains(o.Enter("coordinator").Get(o.at("/scores")), "evaluate open") {
		t.Error("the buyer is told to open what only evaluators can")
	}
}
