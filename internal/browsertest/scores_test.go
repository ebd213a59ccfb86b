package browsertest

import (
	"encoding/hex"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"publica"
	"publica/compliance"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/domain/procurement"
	"publica/internal/domain/procurement/procurementview"
	"publica/internal/private"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// court is a register whose clock the test moves, with a tender in it, behind a
// site that a browser sees.
type court struct {
	*viewtest.Register
	*viewtest.Desk
	base string
}

// courtFace says by its name which register it is: browsers sign for it.
type courtFace struct{ viewtest.Face }

func (courtFace) Founding() *web.Founding {
	return &web.Founding{Name: registertest.Register, Founded: 1}
}

var courtTrustees = []string{"tr1", "tr2", "tr3"}

func newCourt(t *testing.T) *court {
	t.Helper()
	c := &court{Register: viewtest.New(t, identityview.View(), docketview.View(), participationview.View(), procurementview.View())}
	c.Bodies = map[string]publica.BodyID{}
	for name, holder := range map[string]string{"Review Board": "judge", "Court tr1": "tr1", "Court tr2": "tr2", "Court tr3": "tr3"} {
		c.Bodies[name] = publica.BodyID(c.Do("founder", "identity/body", identity.Body{Name: name, Type: identity.Oversight}))
		role := identity.Member
		if holder == "judge" {
			role = identity.Reviewer
		}
		c.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(holder).ID(), Role: role}, viewtest.ForThe(name))
	}
	c.Desk = c.Register.Desk()
	now := func() time.Time { return c.Now.Std() }
	vault, err := private.Open(filepath.Join(t.TempDir(), "private"), now)
	must(t, err)
	s, err := web.New(web.Config{Register: courtFace{c.Face(c.Desk.Model)}, PostRate: -1, Vault: vault, Now: now})
	must(t, err)
	must(t, participationview.Mount(s, c.Desk.Model, nil, vault, nil))
	must(t, procurementview.Mount(s, c.Desk.Model, registertest.Register, procurementview.DataTerms{}, participationview.Menu, true))
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	c.base = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return c
}

// tender opens a tender that evaluators score, and has bids come in.
func (c *court) tender(evaluators ...publica.KeyID) (bids []publica.EntryID) {
	t := c.Register.TB
	t.Helper()
	c.Docket = publica.DocketID(c.Do("coordinator", "docket/open", docket.Open{Type: docket.Tender, Languages: []string{"en"}, Charter: docket.Charter{Contribute: docket.Anyone, Reviewers: []publica.BodyID{c.Bodies["Review Board"]}}},
		viewtest.ForBody, viewtest.Said("title", "A new well"), viewtest.Said("summary", "Water.")))
	c.Do("coordinator", "procurement/plan", procurement.Plan{Category: procurement.Works}, viewtest.ForBody, viewtest.Said("text", "A well."))
	var rules sealed.Hash
	raw, err := hex.DecodeString(compliance.FASTLane().Hash())
	must(t, err)
	copy(rules[:], raw)
	b := procurement.Publish{Ceremony: 24, Currency: "USD", Deadline: c.Now.Add(20 * 24 * time.Hour), Enquiries: c.Now.Add(8 * 24 * time.Hour), Envelopes: 2, Evaluators: evaluators, Mode: procurement.Public, Profile: procurement.Open, Rules: rules, Threshold: 1,
		Criteria: []procurement.Criterion{{ID: "quality", Max: 10, Method: procurement.Points, Weight: 30}, {ID: "team", Max: 5, Method: procurement.Points, Weight: 10}, {ID: "price", Method: procurement.Price, Weight: 60}}}
	for _, k := range courtTrustees {
		b.Trustees = append(b.Trustees, procurement.Trustee{Body: c.Bodies["Court "+k], Key: registertest.Key(k).ID()})
	}
	c.Do("coordinator", "procurement/publish", b, viewtest.ForBody, viewtest.Said("text", "Eighty metres."))
	c.Ceremony(courtTrustees...)
	for i, name := range []string{"Deep Wells", "Fair Wells"} {
		bids = append(bids, c.Bid(fmt.Sprint("vendor", i), "", tender.Offer{Format: tender.OfferFormat, Bidder: &tender.Bidder{Name: name}, Facts: jsontext.Value(`{"days":60}`)},
			tender.Offer{Format: tender.OfferFormat, Price: &tender.Money{Amount: int64(900_000 + i), Currency: "USD"}}))
	}
	c.Pass(21 * 24 * time.Hour)
	c.Unseal(0, courtTrustees[:2]...)
	for _, id := range bids {
		c.Do("coordinator", "procurement/compliance-result", procurement.Result{Bid: id, Input: sealed.Hash{1}, Rules: rules, Verdicts: []procurement.Verdict{{Rule: "complete", Verdict: procurement.Pass}}}, viewtest.ForBody)
	}
	c.Shown()
	return bids
}

// inOwn has the page use a module of the site.
const inOwn = `import(document.querySelector('link[href*="/own/"]').href.replace(/own\/.*/, "own/%s"))`

// ownKey makes a key in the browser, with which one can sign in.
func (b *tab) ownKey() (key publica.KeyID) {
	b.t.Helper()
	b.visit("/desk/sign-in").see("#pub-signin, main h1")
	must(b.t, key.UnmarshalText([]byte(eval[string](b, fmt.Sprintf(inOwn, "keys.js")+`.then(m => m.newGuestKey("")).then(k => k.id)`))))
	return key
}

// An evaluator scores in the browser: the register gets a commitment and nothing
// else; the scores are revealed from what the browser keeps or, when that is gone,
// from the file; the rules find them to be what was committed to. Then somebody
// protests with a key made in the browser.
func TestScores(t *testing.T) {
	chromium := browser(t)
	c := newCourt(t)
	b := open(t, chromium, &house{base: c.base})
	b.watch()
	key := b.ownKey()
	bids := c.tender(key)
	at := "/desk/docket/" + c.Docket.String() + "/scores"
	b.visit(at).click("#pub-have button", "#pub-scores") // it holds no role: the tender names it
	b.says("Deep Wells", "Fair Wells", "The price is still sealed.", "not committed yet")
	b.inspect(at, aDesk, aPhone, dark, forced)
	for i, bid := range bids {
		for j, points := range []int{8 - i, 4 + i} {
			b.fill(fmt.Sprintf("#p-%s-%d", bid, j), fmt.Sprint(points)).fill(fmt.Sprintf("#w-%s-%d", bid, j), "They have done it before. Das Rohr hält – ∅ 80 m.")
		}
	}
	b.click("#pub-scores button[type=submit]", "#pub-commit")
	b.inspect(at+" before it is sent", aDesk, aPhone)
	hash := eval[string](b, `Promise.resolve(document.getElementById("pub-hash").textContent)`)
	file := c.keptScores(b, key.String())
	if got, err := tender.Commitment(c.Docket, 1, key, "", file.scores()); err != nil || got.String() != hash {
		t.Errorf("the page commits to %s, the program to %s (%v)", hash, got, err)
	}
	if strings.Contains(file.Scores[0].Reasons, "Wells") {
		t.Errorf("the evaluator signs what bidders call themselves:\n%s", file.Scores[0].Reasons)
	}
	b.do(chromedp.Click("#pub-commit [data-act=send]"))
	b.says("Save the file first")
	b.do(chromedp.Click("#pub-commit [data-act=send]"))
	b.says("Reveal your scores", "committed,")

	// The browser forgets: the file is left.
	path := filepath.Join(t.TempDir(), "tender.scores")
	raw, err := json.Marshal(file)
	must(t, err)
	must(t, os.WriteFile(path, raw, 0o600))
	eval[bool](b, fmt.Sprintf(inOwn, "keys.js")+`.then(m => m.remove("drafts", "scores `+c.Docket.String()+` `+key.String()+`")).then(() => true)`)
	b.visit(at).see("#pub-lost")
	b.inspect(at+" without the scores", aDesk, aPhone)
	b.do(chromedp.SetUploadFiles("#pub-file", []string{path}))
	b.see("#pub-found")
	c.Unseal(1, courtTrustees[:2]...)
	c.Shown()
	b.do(chromedp.Click("#pub-reveal [data-act=send]"))
	b.says("Your scores, on record", "8 of 10", "5 of 5", "Prices are open.", "9,000.00")
	b.inspect(at+" revealed", aDesk, aPhone)

	b.visit("/docket/" + c.Docket.String() + "/tender/protest").see("#f-ground")
	b.inspect("protest", aDesk, aPhone, dark, forced)
	eval[bool](b, `Promise.resolve((() => { document.getElementById("f-ground").value = "evaluation"; document.getElementById("f-about").selectedIndex = 1; return true; })())`)
	b.fill("#f-text", "Nobody has done it before.").click("button[value=check]", "#pub-do")
	b.inspect("protest, before it is signed", aDesk, aPhone)
	b.turn("#pub-do").says("Nobody has done it before.")
	if n := c.Tender(c.Docket).State.Protests; n != 1 {
		t.Errorf("%d protests are open", n)
	}
}

// scoresKept is what the page keeps, and the file that it saves.
type scoresKept struct {
	Docket    string `json:"docket"`
	Evaluator string `json:"evaluator"`
	Register  string `json:"register"`
	Scores    []struct {
		Reasons string         `json:"reasons"`
		Round   int64          `json:"round"`
		Salt    string         `json:"salt"`
		Scores  []tender.Score `json:"scores"`
	} `json:"scores"`
}

func (k *scoresKept) scores() *tender.Scores {
	s := k.Scores[0]
	return &tender.Scores{Reasons: sealed.Hash(publica.ID([]byte(s.Reasons))), Salt: s.Salt, Scores: s.Scores}
}

// keptScores reads what the browser keeps of an evaluator's scores.
func (c *court) keptScores(b *tab, key string) *scoresKept {
	b.t.Helper()
	var all []struct {
		ID string `json:"id"`
		scoresKept
	}
	must(b.t, json.Unmarshal([]byte(b.kept("drafts")), &all))
	for i := range all {
		if all[i].ID == "scores "+c.Docket.String()+" "+key {
			k := &all[i].scoresKept
			k.Docket, k.Evaluator, k.Register = c.Docket.String(), key, registertest.Register
			return k
		}
	}
	b.t.Fatal("the browser keeps no scores")
	return nil
}

// filesOf writes n small files and returns their paths.
func filesOf(t *testing.T, n int) (paths []string) {
	t.Helper()
	for i := range n {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("file-%d.txt", i))
		must(t, os.WriteFile(path, fmt.Appendf(nil, "file %d", i), 0o600))
		paths = append(paths, path)
	}
	return paths
}

// A coordinator opens a tender at the desk, with a key of the browser, and the pages
// of the desk are for everyone.
func TestTenderDesk(t *testing.T) {
	chromium := browser(t)
	c := newCourt(t)
	b := open(t, chromium, &house{base: c.base})
	b.watch()
	key := b.ownKey()
	c.Do("founder", "identity/grant", identity.Grant{Key: key, Role: identity.Coordinator}, viewtest.ForBody)
	c.Do("founder", "identity/grant", identity.Grant{Key: key, Role: identity.Reviewer}, viewtest.ForThe("Review Board"))
	c.tender(registertest.Key("ev1").ID())
	b.visit("/desk/tenders").click("#pub-have button", ".pub-record")
	b.says("A new well", "1 evaluator has not committed to its scores yet.")
	b.inspect("/desk/tenders", aDesk, aPhone, dark, forced)
	at := "/desk/docket/" + c.Docket.String()
	for _, path := range []string{"/tender?do=reject", "/tender?do=cancel", "/scores", "/protests"} {
		b.visit(at + path)
		b.inspect(path, aDesk, aPhone)
	}
	b.visit("/desk/tenders/new").see("#f-title")
	b.inspect("/desk/tenders/new", aDesk, aPhone)
	b.fill("#f-title", "Road salt").fill("#f-summary", "For three winters.").do(chromedp.Click(fmt.Sprintf(`label[for="f-reviewers-%s"]`, c.Bodies["Review Board"])))
	// A session that ends loses nothing of what was written.
	_, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{})
	must(t, err)
	b.click("button[value=check]", "#pub-have button").click("#pub-have button", "#pub-draft")
	b.inspect("/desk/tenders/new, put back", aDesk, aPhone)
	b.click("button[value=check]", "#pub-do")
	b.says("Road salt", "For three winters.", "Files with a question, at most")
	b.click("#pub-do", "#f-category")
	b.says("Say what is to be bought.")
	if left := b.kept("drafts"); strings.Contains(left, "Road salt") {
		t.Errorf("what is on record is still kept as a draft: %s", left)
	}
	eval[bool](b, `Promise.resolve((() => { document.getElementById("f-category").value = "goods"; return true; })())`)
	b.fill("#f-text", "Salt.").click("button[value=check]", "#files")
	b.do(chromedp.SetUploadFiles("#files", filesOf(t, 21)))
	b.click("#pub-do", "#pub-refused")
	b.says("These are too many files, or too large together: 20 at most, and 10 MB in all.")
	b.inspect("a plan with files", aDesk, aPhone)
	b.do(chromedp.SetUploadFiles("#files", filesOf(t, 2)))
	b.click("#pub-do", "#f-profile")
	if got := eval[string](b, `fetch(location.pathname.replace("/desk", "")).then(r => r.text()).then(t => fetch(new DOMParser().parseFromString(t, "text/html").querySelector('a[href$="/part/attachment-2"]').getAttribute("href"))).then(r => r.text())`); got != "file 1" {
		t.Errorf("the second file of the plan holds %q", got)
	}
	b.inspect("publish", aDesk, aPhone, dark, forced)
	b.click("button[value=check]", ".usa-alert--error")
	b.says("Name one at least: the price, of weight 100.")
	b.inspect("publish, refused", aDesk, aPhone, dark, forced)
}
