package procurementview

import (
	"crypto/rand"
	"encoding/json/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica"
	"publica/compliance"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/sealed"
	"publica/tender"
)

// A bidder takes a bid back, is told that an amendment made one void and seals it
// anew, opens it when the trustees are silent, and cures it: all with what the
// browser keeps.
func TestOwnBids(t *testing.T) {
	r := newRegister(t)
	id := r.forBids("Road salt")
	address, m := r.serve()
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	shown := func() {
		t.Helper()
		if err := m.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.write()
	b.seal()
	b.press("withdraw")
	b.until(`document.querySelector("#pub-own-bids [data-slot=status]")?.textContent === "Withdrawn"`)
	b.write()
	b.seal()

	p, _ := r.process()
	r.Do("coordinator", "procurement/amend", procurement.Amend{Deadline: p.Terms().Deadline.Add(24 * time.Hour), Enquiries: p.Terms().Enquiries}, viewtest.ForBody, viewtest.Said("reason", "More salt"))
	shown()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-own-bids article [data-amended]:not([hidden])"), chromedp.Click("#pub-own-bids article [data-act=replace]:not([hidden])"))
	b.seal()
	p, _ = r.process()
	if len(p.Bids) != 3 || p.Bids[0].Status != tender.Withdrawn || p.Bids[1].Status != tender.Superseded || p.Bids[2].Status != tender.Sealed {
		t.Fatalf("the bids are %+v", p.Bids)
	}

	r.until(p.Terms().Deadline)
	h, _ := r.site()
	late := viewtest.Page(t, h, "/docket/"+id.String()+"/tender/bid")
	viewtest.Says(t, late, "The deadline has passed", "A bid that comes now is late")
	if strings.Contains(late, "pub-offer") {
		t.Error("who comes late is given a form")
	}
	r.until(r.Now.Add(72 * time.Hour))
	shown()
	b.press("reveal")
	p, content := r.process()
	open := must(p.Open(content))
	if len(open) != 1 || open[0].Name() != "Brine & Søhne" {
		t.Fatalf("open are %+v; %s", open, p.Stage)
	}

	j := must(p.Judge(must(p.Rules(content)), open[0], content))
	body := j.Body()
	body.Verdicts[0].Verdict = compliance.Fail
	r.Do("coordinator", "procurement/compliance-result", body, viewtest.ForBody)
	r.Do("coordinator", "procurement/cure-request", procurement.CureRequest{Bid: open[0].ID, Until: r.Now.Add(48 * time.Hour)}, viewtest.ForBody, viewtest.Said("text", "How quick is it?"))
	shown()
	cure := "#pub-own-bids article [data-cure]:not([hidden])"
	b.do(chromedp.Navigate(b.at), chromedp.Click(cure+" [data-act=cure]", chromedp.NodeVisible))
	b.until(`document.activeElement.matches("` + cure + ` textarea[aria-invalid]") && document.querySelector("` + cure + ` [role=alert]").textContent === "This is missing." && document.querySelector("` + cure + ` [data-act=cure]").dataset.sure === ""`)
	b.judge("a bid to be cured")
	b.do(chromedp.SendKeys(cure+" textarea", "Quicker."))
	b.drafted("cure ")
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible(cure))
	b.until(`document.querySelector("` + cure + ` textarea").value === "Quicker."`)
	b.pressed("cure")
	p, content = r.process()
	if cures := p.Bids[2].Cures; len(cures) != 1 {
		t.Fatalf("the bid is %+v", p.Bids[2])
	} else if text, _ := content(cures[0].ID, "text"); string(text) != "Quicker." {
		t.Errorf("the cure says %q", text)
	}
}

// What a bidder of a confidential tender sends to cure a bid the evaluators alone
// read, and what the buyer writes to the bidder nobody but the bidder.
func TestConfidentialBid(t *testing.T) {
	r := newRegister(t)
	id := r.forBidsIn(procurement.Confidential, "Advice")
	address, m := r.serve()
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	shown := func() {
		t.Helper()
		if err := m.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.write()
	b.seal()
	p, content := r.process()
	kept := b.kept()
	bid := p.Bids[0]
	bucket, _ := content(bid.ID, "technical")
	text := must(must(p.Make(p.Key("", "technical"))).OpenRevealed(kept.Secrets.Envelopes[0].Secret, p.Context(bid, 0), &bid.Envelopes[0], bucket))
	if o := must(tender.ParseOffer(p.Terms(), "technical", text)); o.Letters == nil || *o.Letters != kept.Secrets.Letters.Public() {
		t.Fatalf("the buyer is to write to %s", o.Letters)
	}

	r.until(p.Terms().Deadline)
	now := r.Tender(id)
	var law procurement.Bid
	r.View(func(tx *machine.Tx) { law, _ = procurement.BidOf(tx, id, bid.ID) })
	for _, name := range holders[:2] {
		r.Do(name, "procurement/open-share", must(now.Partial(name, 0, &law)))
	}
	result := procurement.Result{Bid: bid.ID, Input: sealed.Hash{1}, Rules: p.Terms().Rules, Verdicts: []procurement.Verdict{{Rule: "quick", Verdict: "fail"}}}
	r.Do("coordinator", "procurement/compliance-result", result, viewtest.ForBody)
	r.Do("coordinator", "procurement/cure-request", procurement.CureRequest{Bid: bid.ID, Until: r.Now.Add(48 * time.Hour)}, viewtest.ForBody, viewtest.Said("text", "How quick is it?"))
	shown()
	cure := "#pub-own-bids [data-act=cure]"
	long := filepath.Join(t.TempDir(), "long.txt") // more than a letter holds, once it is written in base64
	if err := os.WriteFile(long, make([]byte, 6_400_000), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible(cure), chromedp.SendKeys("#pub-own-bids [data-cure]:not([hidden]) textarea", "Quicker."), chromedp.SetUploadFiles("#pub-own-bids [data-cure] [name=files]", []string{long}), chromedp.Click(cure), chromedp.Click(cure+"[data-sure=asked]"))
	b.drafted("cure ")
	b.until(`document.querySelector("#pub-own-bids [data-cure] [role=alert]").textContent.includes("8,388,608 at most") && !document.querySelector("` + cure + `").disabled`)
	b.do(chromedp.Navigate(b.at))
	b.pressed("cure")
	p, content = r.process()
	raw, _ := content(p.Bids[0].Cures[0].ID, "sealed")
	to := must(p.LetterReaders(""))
	about := p.LetterContext(tender.CureKind, bid.Author, bid.ID, "")
	key := must(sealed.LetterKeyOf(about, raw, to, 1, now.Letters("ev", 0)))
	if l, err := tender.ParseLetter(must(sealed.OpenLetter(about, raw, to, key))); err != nil || string(l.Parts[0].Data) != "Quicker." {
		t.Errorf("the evaluators read %+v, %v", l, err)
	}

	slow := r.Do("coordinator", "procurement/compliance-result", result, viewtest.ForBody)
	r.Do("coordinator", "procurement/reject", procurement.Reject{Bid: bid.ID, Cites: []publica.EntryID{slow}, Code: "non-responsive"}, viewtest.ForBody, viewtest.Said("reason", "It is slow."))
	letter := tender.Letter{Format: tender.LetterFormat, Parts: []tender.LetterPart{{Data: []byte("Others were quicker."), Media: "text/plain", Name: "text"}}}
	sent := must(letter.Seal(p.LetterContext(tender.DebriefKind, registertest.Key("coordinator").ID(), bid.ID, ""), []sealed.BoxKey{kept.Secrets.Letters.Public()}, rand.Reader))
	body := must(json.Marshal(procurement.Debrief{Bid: bid.ID}))
	must(r.Send("coordinator", publica.Entry{Kind: "procurement/debrief", Docket: id, For: r.Body, Body: body}, registertest.Text{Name: "sealed", Media: sealed.LetterMedia, Data: string(sent)}))
	shown()
	b.do(chromedp.Navigate(b.at), chromedp.Click("#pub-own-bids [data-act=letter]", chromedp.NodeVisible), chromedp.WaitVisible("#pub-own-bids [data-letter]"))
	b.until(`document.querySelector("#pub-own-bids [data-letter] pre").textContent === "Others were quicker."`)
	b.judge("a letter")
}

// Where the number of bids is need-to-know, the page that a bidder is served holds no
// bid: the browser asks for its own, by an id that nobody else knows from a list.
func TestUntoldBid(t *testing.T) {
	r := newRegister(t)
	id := r.forBidsBy(func(b *procurement.Publish) {
		b.Profile, b.Mode, b.Envelopes, b.Evaluators = procurement.SealedBidding, procurement.Public, 1, nil
		b.Criteria = []procurement.Criterion{{ID: "price", Method: procurement.Price, Weight: 100}}
		b.Deadline = r.Now.Add(60 * day)
	}, "A bridge")
	address, _ := r.serve()
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	b.write()
	b.seal()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-own-bids article"))
	b.until(`document.querySelector("#pub-own-bids [data-slot=status]").textContent === "Sealed; where several nodes decide, they have yet to say that they hold it"`)
	p, _ := r.process()
	h, _ := r.site()
	if page := viewtest.Page(t, h, "/docket/"+id.String()+"/tender/bid"); strings.Contains(page, p.Bids[0].ID.String()) || !strings.Contains(page, "&#34;ask&#34;:true") {
		t.Error("the page lists bids")
	}
	b.pressed("withdraw")
	b.until(`document.querySelector("#pub-own-bids [data-slot=status]")?.textContent === "Withdrawn"`)

	// Nor does the page for protests: the browser offers the key that it bid with, and
	// keeps what is typed.
	b.at = strings.TrimSuffix(b.at, "bid") + "protest"
	b.protest()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-draft"))
	b.until(`document.getElementById("pub-write").elements.text.value === "It is narrow."`)
	b.do(chromedp.Click("button[value=check]", chromedp.NodeVisible), chromedp.WaitVisible("#pub-do"))
	b.until(`document.getElementById("pub-signer").options[0].textContent.startsWith("The key of your bid")`)
	b.do(chromedp.Click("#pub-do", chromedp.NodeVisible))
	for b.ctx.Err() == nil { // a page that makes way for another ends what waits in it
		there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`location.pathname.startsWith("/entry/") && document.readyState === "complete"`))
		if err == nil && there {
			break
		}
		b.do(chromedp.WaitReady("body"))
	}
	p, _ = r.process()
	if len(p.Protests) != 1 || p.Protests[0].Author != p.Bids[0].Author {
		t.Fatalf("the protests are %+v", p.Protests)
	}

	// One protest of a key is open at a time, which the page says in its language, and
	// in English what the rules say.
	b.run(`document.cookie = "publica_lang=es; path=/"; true`)
	b.protest()
	b.do(chromedp.Click("button[value=check]", chromedp.NodeVisible), chromedp.Click("#pub-do", chromedp.NodeVisible), chromedp.WaitVisible("#pub-refused"))
	b.until(`document.querySelector("#pub-refused [lang=en]")?.textContent.startsWith("author has a protest that is open") && document.getElementById("pub-refused").textContent.startsWith("Contra")`)
	b.run(`document.cookie = "publica_lang=en; path=/"; true`)

	// Whoever protested adds to it and withdraws it.
	step := "#pub-own-protests article [data-step]"
	b.do(chromedp.Navigate(b.at), chromedp.Click(step+" [data-act=withdraw-protest]", chromedp.NodeVisible))
	b.until(`document.activeElement.matches("` + step + ` textarea[aria-invalid]") && document.querySelector("` + step + ` [role=alert]").textContent === "This is missing."`)
	b.judge("a protest of the browser")
	b.do(chromedp.SendKeys(step+" textarea", "See the drawing."))
	b.pressed("add-protest")
	b.do(chromedp.SendKeys(step+" textarea", "It is wide.", chromedp.NodeVisible))
	b.pressed("withdraw-protest")
	b.until(`document.querySelector("#pub-own-protests [data-slot=status]")?.textContent === "Withdrawn" && document.querySelector("` + step + `").hidden`)
	p, content := r.process()
	if x := p.Protests[0]; len(x.Steps) != 2 || x.Steps[0].Withdraw || x.Decision == nil || x.Decision.Outcome != "withdrawn" {
		t.Errorf("the protest is %+v", x)
	} else if said, _ := content(x.Steps[0].ID, "text"); string(said) != "See the drawing." {
		t.Errorf("added is %q", said)
	}
}

// protest writes a protest, until the browser keeps it.
func (b *tab) protest() {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("select[name=about]"))
	b.run(`(() => { const f = n => document.querySelector("#pub-write [name=" + n + "]"), set = (e, v) => { e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); };
		set(f("ground"), "text"); set(f("about"), f("about").options[1].value); set(f("text"), "It is narrow."); return true; })()`)
	b.drafted("typed ")
}

// How a bid stands is said after the decisions too, and beside which record.
func TestStandingWords(t *testing.T) {
	id := func(n byte) publica.EntryID { return publica.EntryID{n} }
	mine, theirs := &tender.Bid{Mark: tender.Mark{ID: id(1)}, Status: tender.Counted}, id(2)
	intent, award := &tender.Intent{Mark: tender.Mark{ID: id(3)}}, tender.Mark{ID: id(4)}
	for _, x := range []struct {
		want  string
		about publica.EntryID
		stage tender.Stage
		lot   tender.Lot
	}{
		{"It counted at the deadline", mine.ID, tender.Evaluating, tender.Lot{}},
		{"The tender is cancelled: no bid gets an award", mine.ID, tender.Cancelled, tender.Lot{Intent: intent, Winner: mine.ID}},
		{"The tender is unsuccessful: no bid gets an award", mine.ID, tender.Unsuccessful, tender.Lot{}},
		{"It is to get the award", intent.ID, tender.Standstill, tender.Lot{Intent: intent, Winner: mine.ID}},
		{"The award is to go to another bid", intent.ID, tender.Standstill, tender.Lot{Intent: intent, Winner: theirs}},
		{"It got the award", award.ID, tender.Implementation, tender.Lot{Intent: intent, Winner: mine.ID, Award: &tender.Award{Mark: award, Bid: mine.ID}}},
		{"The award went to another bid", award.ID, tender.Contracting, tender.Lot{Intent: intent, Winner: theirs, Award: &tender.Award{Mark: award, Bid: theirs}}},
	} {
		v := &tenderView{told: &told{Process: &tender.Process{Stage: x.stage, Lots: []*tender.Lot{&x.lot}}}}
		if got, about := v.standingWords(nil, mine, &bidStanding{}); got != x.want || about != x.about {
			t.Errorf("%s: %q by %v, want %q by %v", x.stage, got, about, x.want, x.about)
		}
	}
}

// holds has the browser keep the key of an actor who bid, as if it had bid with it.
func (b *tab) holds(actor string, docket publica.DocketID, bid publica.EntryID) {
	b.t.Helper()
	key := registertest.Key(actor)
	seed := strings.Fields(string(must(key.MarshalText())))[2] // of "PUBLICA-SECRET-KEY-1 ed25519 SEED"
	kept := must(json.Marshal(map[string]any{"id": key.ID(), "seed": seed, "public": key.Public(), "docket": docket, "bid": bid}))
	b.run(`(async () => {
		const { id, seed, public: key, docket, bid } = ` + string(kept) + `, url = s => s.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
		const keys = await import(document.querySelector("script[src*=bidroom]").src.replace("bidroom", "keys"));
		const signs = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", d: url(seed), x: url(key) }, { name: "Ed25519" }, true, ["sign"]);
		await keys.put("keys", { id, sort: "bid", alg: "ed25519", key: Uint8Array.from(atob(key), c => c.charCodeAt(0)), private: signs, docket });
		await keys.put("records", { id: bid, kind: "procurement/bid", docket, key: id, sent: Date.now(), secrets: { envelopes: [] } });
		return true;
	})()`)
}

// Whoever got the award is told so, and says with the key that bid that a milestone
// of the contract is reached.
func TestMilestoneOfBrowser(t *testing.T) {
	s := newSample(t)
	id := s.salt()
	s.opened()
	s.judged()
	s.awarded()
	s.send("coordinator", "procurement/contract", procurement.Contract{Award: s.told().Awards[0].ID, Starts: s.Now, Ends: s.Now.Add(300 * day), Value: usd(8000),
		Milestones: []procurement.Milestone{{ID: "first-winter", Due: s.Now.Add(20 * day), Value: 4000}, {ID: "second-winter", Due: s.Now.Add(280 * day), Value: 4000}}}, true, text("text", "Ten tonnes of salt."))
	address, _ := s.serve()
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	b.do(chromedp.Navigate(b.at))
	b.holds("two", id, s.bids["two"])
	box := "#pub-own-bids article [data-milestone]"
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible(box))
	b.until(`document.querySelector("#pub-own-bids [data-slot=status]").textContent === "It got the award" && document.querySelector("#pub-own-bids [data-slot=told]").hash === "#r-` + s.told().Awards[0].ID.String() + `"`)
	b.run(`document.querySelector("` + box + ` select").value = "second-winter"; true`)
	b.do(chromedp.Click(box + " [data-act=milestone]"))
	b.until(`document.activeElement.matches("` + box + ` textarea[aria-invalid]")`)
	b.judge("a contract of the browser")
	b.do(chromedp.SendKeys(box+" textarea", "All of it is in your yard."))
	b.pressed("milestone")
	stones := s.told().Contracts[0].Milestones
	if stones[1].Reached.IsZero() || !stones[0].Reached.IsZero() {
		t.Errorf("the milestones are %+v, %+v", stones[0], stones[1])
	}
	b.do(chromedp.WaitVisible(box))
	b.until(`[...document.querySelectorAll("` + box + ` option")].map(o => o.value).join() === ",first-winter" && document.querySelector("` + box + ` textarea").value === ""`)
}
