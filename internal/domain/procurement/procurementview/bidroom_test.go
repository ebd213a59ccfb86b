package procurementview

import (
	"bytes"
	"crypto/sha256"
	"encoding/json/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica"
	"publica/compliance"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/sealed"
	"publica/tender"
)

// asks is a rule set with an input of every type that a form can hold.
const asks = `{"name":"asks","version":1,"about":"Everything.","language":"publica-cel-1","limits":{"rule":1000,"set":2000},
	"records":[{"name":"Site","members":[{"name":"place","type":"string"},{"name":"days","type":"int","about":"from order to delivery"}]}],
	"inputs":[{"name":"certified","type":"bool"},{"name":"since","type":"date"},{"name":"ids","type":"list(int)"},{"name":"office","type":"Site"},
		{"name":"sites","type":"list(Site)"},{"name":"turnover","type":"Money"},{"name":"limit","type":"int","about":"by the buyer"}],
	"rules":[{"id":"quick","title":"It is quick","law":["none"],"test":"office.days <= limit","pass":"Quick.","fail":"Slow."}]}`

var holders = []string{"tr1", "tr2", "tr3"}

// forBids opens a public tender of two envelopes, and lets its trustees make the keys.
func (r *register) forBids(title string, lots ...string) publica.DocketID {
	r.TB.Helper()
	return r.forBidsIn(procurement.Public, title, lots...)
}

func (r *register) forBidsIn(mode procurement.Mode, title string, lots ...string) publica.DocketID {
	r.TB.Helper()
	return r.forBidsBy(func(b *procurement.Publish) { b.Mode, b.Lots = mode, lots }, title)
}

// forBidsBy does it by terms that are changed.
func (r *register) forBidsBy(change func(*procurement.Publish), title string) publica.DocketID {
	r.TB.Helper()
	board := publica.BodyID(r.Do("founder", "identity/body", identity.Body{Name: "Review board", Type: identity.Oversight}))
	r.Docket = publica.DocketID{} // a docket is opened outside of any
	r.Docket = publica.DocketID(r.Do("coordinator", "docket/open", docket.Open{Type: docket.Tender, Languages: []string{"en"},
		Charter: docket.Charter{Contribute: docket.Anyone, Reviewers: []publica.BodyID{board}, Work: 4}}, viewtest.ForBody, viewtest.Said("title", title), viewtest.Said("summary", "What is bought.")))
	r.Do("coordinator", "procurement/plan", procurement.Plan{Category: procurement.Goods}, viewtest.ForBody, viewtest.Said("text", "Salt"))
	var trustees []procurement.Trustee
	for _, name := range holders {
		id := publica.BodyID(r.Do("founder", "identity/body", identity.Body{Name: "Keepers " + name, Type: identity.OtherBody}))
		r.Bodies[name] = id
		r.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(name).ID(), Role: identity.Member}, viewtest.ForThe(name))
		trustees = append(trustees, procurement.Trustee{Body: id, Key: registertest.Key(name).ID()})
	}
	set, err := compliance.Parse([]byte(asks))
	if err != nil {
		r.TB.Fatal(err)
	}
	terms := procurement.Publish{Ceremony: 24, Criteria: []procurement.Criterion{{ID: "quality", Max: 10, Method: procurement.Points, Weight: 40}, {ID: "price", Method: procurement.Price, Weight: 60}},
		Currency: "USD", Deadline: r.Now.Add(20 * 24 * time.Hour), Enquiries: r.Now.Add(10 * 24 * time.Hour), Envelopes: 2, Evaluators: []publica.KeyID{registertest.Key("ev").ID()},
		Profile: procurement.Open, Rules: must(hashOf(set.Hash())), Threshold: 1, Trustees: trustees}
	change(&terms)
	raw, err := json.Marshal(terms, json.Deterministic(true))
	if err != nil {
		r.TB.Fatal(err)
	}
	_, err = r.Send("coordinator", publica.Entry{Kind: "procurement/publish", Docket: r.Docket, For: r.Body, Body: raw},
		registertest.Text{Name: "attachment-1", Media: tender.InputMedia, Data: `{"limit":30}`},
		registertest.Text{Name: "rules", Media: "application/json", Data: asks}, registertest.Text{Name: "text", Media: "text/markdown", Data: "Salt for the roads"})
	if err != nil {
		r.TB.Fatal(err)
	}
	for _, step := range []string{"announce", "commit", "deal", "complain"} {
		now := r.Tender(r.Docket)
		for _, name := range append([]string{"ev"}, holders...) {
			for i := range now.Slots {
				if !now.Lacks(name, i) {
					continue
				}
				kind, body, err := now.Step(name, step, i)
				if err != nil {
					r.TB.Fatal(err)
				}
				r.Do(name, kind, body)
			}
		}
	}
	return r.Docket
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func hashOf(text string) (h [sha256.Size]byte, err error) {
	err = json.Unmarshal([]byte(`"`+text+`"`), (*publica.KeyID)(&h)) // 32 bytes in hexadecimal
	return h, err
}

// fill writes an offer into the form as a person would leave it.
const fill = `(async () => {
	const form = document.getElementById("pub-offer"), f = n => form.querySelector("[name=" + n + "]"), member = n => form.querySelector("[data-member=" + n + "]");
	const set = (e, v) => { e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); };
	set(f("bidder"), "Brine & Søhne"); set(f("scheme"), "US-SAM"); set(f("identifier"), "B1");
	const row = (list, i) => { list.querySelector(":scope > [data-act=add]").click(); return list.querySelectorAll(":scope > [data-rows] > [data-row]")[i]; };
	const items = form.querySelector("#bid-items");
	for (const [i, [id, quantity, unit, price]] of [["salt", "1000", "tonne", "110.00"], ["lorry", "2", "", "5,25"]].entries()) {
		const r = row(items, i), g = n => r.querySelector("[name=" + n + "]");
		set(g("id"), id); set(g("quantity"), quantity); set(g("unit"), unit); set(g("price"), price);
	}
	set(member("certified").querySelector("select"), "yes");
	set(member("since").querySelector("input"), "2020-02-29");
	set(member("ids").querySelector("textarea"), "7\n\n 12 ");
	set(member("office").querySelector("[data-member=place] input"), "Oslo");
	set(member("office").querySelector("[data-member=days] input"), "20");
	set(row(member("sites"), 0).querySelector("[data-member=place] input"), "Bergen");
	set(member("turnover").querySelector("[name=amount]"), "1250.5");
	set(member("turnover").querySelector("[name=currency]"), "eur");
	return true;
})()`

// write opens the page and fills the form.
func (b *tab) write() {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-offer"))
	b.run(fill)
}

// rules runs the tender's rules in the browser over what stands in the form.
func (b *tab) rules() {
	b.t.Helper()
	b.do(chromedp.Click("#pub-offer [value=rules]", chromedp.NodeVisible), chromedp.WaitVisible("#bid-findings"))
	b.until(`/No rule stops.*Passes.*It is quick.*Quick\./s.test(document.getElementById("bid-findings").textContent)`)
	b.judge("what the rules say")
	b.run(`(() => { const days = document.querySelector("[data-member=office] [data-member=days] input"); days.value = "31"; return true; })()`)
	b.do(chromedp.Click("#pub-offer [value=rules]", chromedp.NodeVisible))
	b.until(`/A rule stops.*Fails.*Slow\./s.test(document.getElementById("bid-findings").textContent)`)
	b.run(`(() => { document.querySelector("[data-member=office] [data-member=days] input").value = "20"; return true; })()`)
}

// half writes what makes no offer yet, and waits until the browser keeps it.
const half = `(async () => {
	const form = document.getElementById("pub-offer"), set = (e, v) => { e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); };
	form.querySelector("#bid-items [data-act=add]").click();
	set(form.querySelector("#bid-items [name=price]"), "12,");
	form.querySelector("[data-member=sites] > [data-act=add]").click();
	set(form.querySelector("[data-member=sites] [data-member=days] input"), "soon");
	set(form.querySelector("[data-member=turnover] [name=amount]"), "1.2.3");
	set(form.querySelector("[data-member=certified] select"), "yes");
	const keys = await import(document.querySelector("script[src*=bidroom]").src.replace("bidroom", "keys"));
	while (!(await keys.list("drafts")).length) await new Promise(requestAnimationFrame);
	return true;
})()`

// keepsHalf writes half an offer, finds it again, and discards it.
func (b *tab) keepsHalf() {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-offer"))
	b.run(half)
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-draft"))
	for field, want := range map[string]string{"#bid-items [name=price]": "12,", "[data-member=sites] [data-member=days] input": "soon", "[data-member=turnover] [name=amount]": "1.2.3", "[data-member=certified] select": "yes"} {
		if got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector("#pub-offer `+field+`")?.value ?? "gone"`)); err != nil || got != want {
			b.t.Errorf("%s holds %q, want %q; %v", field, got, want, err)
		}
	}
	b.do(chromedp.Click("#pub-draft [data-act=discard]", chromedp.NodeVisible))
	b.until(`document.getElementById("pub-draft").hidden && !document.querySelector("#pub-offer [data-rows] > *")`)
}

// tooMuch has something between the browser and the node refuse what is sent.
const tooMuch = `window.through = fetch; window.fetch = (at, how) => how?.method === "POST" ? Promise.resolve(new Response("too much", { status: 413 })) : through(at, how); true`

// full has the browser keep no record, and the page save files into window.files.
const full = `(() => {
	const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (v) { if (this.name === "records") throw new DOMException("full", "QuotaExceededError"); return put.call(this, v); };
	window.files = [];
	HTMLAnchorElement.prototype.click = function () { files.push(this.download); };
	return true;
})()`

// sealUnkept seals with a browser that keeps nothing: the bid leaves once its files are saved.
func (b *tab) sealUnkept() {
	b.t.Helper()
	send := chromedp.Click("#pub-preview [value=send]:enabled", chromedp.NodeVisible)
	b.run(full)
	b.do(chromedp.Click("#pub-offer [value=check]", chromedp.NodeVisible), send, chromedp.WaitVisible("#pub-preview [data-unkept]"))
	b.judge("what to do if the browser keeps nothing")
	b.do(chromedp.Click("#pub-preview [data-act=secrets]"), send)
	b.until(`document.querySelector("#pub-preview [role=alert]").textContent.includes("cannot keep it") && !document.querySelector("#pub-preview [value=send]").disabled && document.getElementById("pub-sent").hidden`)
	b.do(chromedp.Click("#pub-preview [data-act=key]"))
	b.run(`(async () => { while (files.length < 2) await new Promise(requestAnimationFrame); return true; })()`)
	b.do(send, chromedp.WaitVisible("#pub-sent"))
}

// seal goes from the form to the receipt.
func (b *tab) seal() {
	b.t.Helper()
	b.do(chromedp.Click("#pub-offer [value=check]", chromedp.NodeVisible), chromedp.Click("#pub-preview [value=send]", chromedp.NodeVisible), chromedp.WaitVisible("#pub-sent"))
}

// press does what wants a second press, with the latest bid of the browser, and waits
// for the page that follows.
func (b *tab) press(act string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at))
	b.pressed(act)
}

func (b *tab) pressed(act string) {
	b.t.Helper()
	button := "article [data-act=" + act + "]:not([hidden])"
	b.do(chromedp.WaitVisible(button))
	b.run(`window.before = true`)
	b.do(chromedp.Click(button, chromedp.NodeVisible), chromedp.Click(button+"[data-sure=asked]", chromedp.NodeVisible))
	for b.ctx.Err() == nil { // a page that makes way for another ends what waits in it
		gone, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!window.before && document.readyState === "complete"`))
		if err == nil && gone {
			return
		}
		b.do(chromedp.WaitReady("body"))
	}
	b.t.Fatalf("%s leads nowhere", act)
}

// drafted waits until the browser keeps a draft whose id begins so.
func (b *tab) drafted(id string) {
	b.t.Helper()
	b.run(`(async () => {
		const keys = await import(document.querySelector("script[src*=bidroom], script[src*=protest]").src.replace(/bidroom|protest/, "keys"));
		while (!(await keys.list("drafts")).some(d => d.id.startsWith("` + id + `"))) await new Promise(requestAnimationFrame);
		return true;
	})()`)
}

// sealedAs is what of it stands in the offer, apart from the document.
const sealedAs = `{"bidder":{"id":"B1","name":"Brine & Søhne","scheme":"US-SAM"},"facts":{"certified":true,"ids":[7,12],"office":{"days":20,"place":"Oslo"},"since":"2020-02-29",` +
	`"sites":[{"place":"Bergen"}],"turnover":{"amount":125050,"currency":"EUR"}},"format":"publica-offer/v1",` +
	`"items":[{"id":"salt","price":11000,"quantity":1000,"unit":"tonne"},{"id":"lorry","price":525,"quantity":2}],"price":{"amount":11001050,"currency":"USD"}}`

// process tells the tender from the log alone.
func (r *register) process() (*tender.Process, tender.Content) {
	r.TB.Helper()
	var c tender.Collector
	for i := range r.Log {
		if l := &r.Log[i]; l.Docket == r.Docket {
			if err := c.Add(l.Seq, must(publica.ParseLeaf(l.Bytes))); err != nil {
				r.TB.Fatal(err)
			}
		}
	}
	p := must(tender.Read(&tender.Input{Register: registertest.Register, Docket: r.Docket, Records: c.Records}))
	return p, func(id publica.EntryID, part string) ([]byte, bool) {
		for i := range c.Records {
			for _, x := range c.Records[i].Parts {
				if c.Records[i].ID == id && x.Name == part {
					content, err := r.Face(nil).Content(r.TB.Context(), x.Commitment)
					return content.Data, err == nil
				}
			}
		}
		return nil, false
	}
}

// until moves the clock, with a block before, so that none is found to have stopped.
func (r *register) until(t publica.Time) {
	r.TB.Helper()
	r.Wait(t.Std().Sub(r.Now.Std()) - time.Minute)
	r.Wait(time.Minute)
}

// openFirst lets the deadline pass and two trustees open the first envelope.
func (r *register) openFirst() {
	r.TB.Helper()
	p, _ := r.process()
	r.until(p.Terms().Deadline)
	for _, name := range holders[:2] {
		body := must(r.Tender(r.Docket).Open(name, 0))
		r.Do(name, "procurement/open-share", body)
	}
}

// What a bidder writes in a browser is what trustees open, and nobody before: the
// node and the log see envelopes, and the secrets that the browser keeps are those
// of the envelopes.
func TestBidRoom(t *testing.T) {
	r := newRegister(t)
	id := r.forBids("Road salt")
	address, _ := r.serve()
	for page, want := range map[string]bool{"/tender/bid": true, "/tender": false} { // where a script may run the rules, and where none may
		res := must(http.Get(address + "/docket/" + id.String() + page))
		res.Body.Close()
		if policy := res.Header.Get("Content-Security-Policy"); strings.Contains(policy, " 'wasm-unsafe-eval'") != want || strings.Contains(policy, " 'unsafe") {
			t.Errorf("%s: content policy %q", page, policy)
		}
	}
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	file := filepath.Join(t.TempDir(), "plan.txt")
	if err := os.WriteFile(file, []byte("How it is brought."), 0o600); err != nil {
		t.Fatal(err)
	}
	b.keepsHalf()
	b.write()
	b.rules()
	b.until(`document.getElementById("bid-sum").textContent.includes("110,010.50")`)
	b.judge("the form")
	b.do(chromedp.SetUploadFiles("#bid-documents", []string{file}), chromedp.Click("#pub-offer [value=check]", chromedp.NodeVisible), chromedp.WaitVisible("#pub-preview"))
	b.until(`document.querySelectorAll("#pub-preview pre").length === 2`)
	b.judge("the preview")
	b.run(tooMuch)
	b.do(chromedp.Click("#pub-preview [value=send]", chromedp.NodeVisible))
	b.until(`document.querySelector("#pub-preview [role=alert]").textContent.includes("HTTP 413")`)
	asked := b.kept().Secrets.Bid
	b.run(`window.fetch = through; true`)
	b.do(chromedp.Click("#pub-preview [value=send]:enabled", chromedp.NodeVisible), chromedp.WaitVisible("#pub-sent"))

	p, content := r.process()
	if len(p.Bids) == 1 && p.Bids[0].ID != asked {
		t.Errorf("sent again, the bid %s is %s", asked, p.Bids[0].ID)
	}
	if len(p.Bids) != 1 || p.Bids[0].Status != tender.Sealed || len(p.Bids[0].Documents) != 1 {
		t.Fatalf("the bids are %+v", p.Bids)
	}
	for i := range r.Log {
		if strings.Contains(string(r.Log[i].Bytes), "Brine") {
			t.Errorf("leaf %d says who bids", i)
		}
	}
	b.holdsSecrets(p, content)
	b.judge("the receipt")

	// The page knows the bid as its browser's. Sealed anew, it takes the old one's place.
	b.do(chromedp.Navigate(b.at), chromedp.WaitVisible("#pub-own-bids"))
	b.until(`document.querySelector("#pub-own-bids [data-slot=status]").textContent.includes("0 bodies say")`)
	b.judge("the bids of a browser")
	b.do(chromedp.Click("#pub-own-bids [data-act=replace]", chromedp.NodeVisible), chromedp.WaitVisible("#pub-offer [data-lacking]"), chromedp.Click("#pub-offer [value=check]"))
	b.until(`document.querySelector("#pub-offer > [role=alert]").textContent.startsWith("Documents of the bid that this one replaces: 1.") && document.activeElement.id === "bid-documents"`)
	b.judge("a bid that lacks documents")
	b.do(chromedp.Click("label[for=bid-nodocuments]", chromedp.NodeVisible))
	b.sealUnkept()
	r.opensAs(t)
}

// bidFiles are what a browser keeps of its first bid, as its files have it.
type bidFiles struct {
	File    string `json:"file"`
	Secrets struct {
		Author    publica.KeyID   `json:"author"`
		Bid       publica.EntryID `json:"bid"`
		Envelopes []struct {
			Envelope string        `json:"envelope"`
			Secret   sealed.Scalar `json:"secret"`
		} `json:"envelopes"`
		Letters sealed.BoxSecret `json:"letters"`
	} `json:"secrets"`
}

func (b *tab) kept() (k bidFiles) {
	b.t.Helper()
	kept, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(async () => {
		const keys = await import(document.querySelector("script[src*=bidroom]").src.replace("bidroom", "keys"));
		const record = (await keys.list("records")).find(r => r.kind === "procurement/bid"), key = await keys.get("keys", record.key);
		return JSON.stringify({ secrets: record.secrets, file: await keys.keyFile(key) });
	})()`, chromedp.EvalAwaitPromise))
	if err == nil {
		err = json.Unmarshal([]byte(kept), &k)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

// holdsSecrets checks what the browser keeps against the record: the key is that
// of the author, and the secrets open what was written.
func (b *tab) holdsSecrets(p *tender.Process, content tender.Content) {
	b.t.Helper()
	found := b.kept()
	bid := p.Bid(found.Secrets.Bid)
	key, err := publica.ParsePrivateKey([]byte(found.File))
	if err != nil || bid == nil || key.ID() != bid.Author || found.Secrets.Author != bid.Author || len(found.Secrets.Envelopes) != 2 {
		b.t.Fatalf("kept are %+v; %v", found, err)
	}
	var parts []*tender.Offer
	for i, e := range found.Secrets.Envelopes {
		bucket, _ := content(bid.ID, e.Envelope)
		text, err := must(p.Make(p.Key("", e.Envelope))).OpenRevealed(e.Secret, p.Context(bid, i), &bid.Envelopes[i], bucket)
		if err != nil {
			b.t.Fatalf("the secret of %s: %v", e.Envelope, err)
		}
		o, err := tender.ParseOffer(p.Terms(), e.Envelope, text)
		if err != nil {
			b.t.Fatalf("%s holds %s: %v", e.Envelope, text, err)
		}
		parts = append(parts, o)
	}
	b.holdsOffer(bid, parts[0], parts[1], content)
}

func (b *tab) holdsOffer(bid *tender.Bid, first, last *tender.Offer, content tender.Content) {
	b.t.Helper()
	if len(first.Documents) != 1 {
		b.t.Fatalf("the documents are %+v", first.Documents)
	}
	var plain bytes.Buffer
	cipher, _ := content(bid.ID, "document-1")
	if err := sealed.OpenBlob(&plain, bytes.NewReader(cipher), &first.Documents[0].Blob); err != nil || plain.String() != "How it is brought." || first.Documents[0].Name != "plan.txt" {
		b.t.Errorf("the document is %q, %v", plain.String(), err)
	}
	whole := *first
	whole.Documents, whole.Items, whole.Price = nil, last.Items, last.Price
	if text, err := whole.Canonical(); err != nil || string(text) != sealedAs {
		b.t.Errorf("sealed is\n%s\nwant\n%s\n%v", text, sealedAs, err)
	}
}

// opensAs lets the trustees open the bid that counts, and holds it to what was
// written.
func (r *register) opensAs(t *testing.T) {
	t.Helper()
	r.openFirst()
	p, content := r.process()
	open, err := p.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Bids) != 2 || p.Bids[0].Status != tender.Superseded || len(open) != 1 || open[0].Opened[0].Access != tender.Readable || open[0].Opened[1].Access != tender.Shut {
		t.Fatalf("%d bids, open are %+v", len(p.Bids), open)
	}
	var want tender.Offer
	if err := json.Unmarshal([]byte(sealedAs), &want); err != nil {
		t.Fatal(err)
	}
	if got, first := string(open[0].Opened[0].Text), string(must(want.For("technical").Canonical())); got != first {
		t.Errorf("trustees open\n%s\nwant\n%s", got, first)
	}
}

// Whoever comes late is told so, and the page needs no script to say what happens
// and how a bid is made without it.
func TestBidRoomInWords(t *testing.T) {
	r := newRegister(t)
	id := r.forBids("Road salt", "north", "south")
	h, _ := r.site()
	at := "/docket/" + id.String() + "/tender/bid"
	viewtest.Says(t, viewtest.Page(t, h, at), "The offer never leaves it unsealed", "Keepers tr1", "2 of them together open", "21 January 2026",
		"publica bid "+id.String()+" offer.json --lot north --key bid.key", "publica preflight rules.json inputs.json --pin")
	p, _ := r.process()
	r.until(p.Terms().Deadline)
	h, _ = r.site()
	viewtest.Says(t, viewtest.Page(t, h, at), "The tender is over") // nobody had bid
	draft := r.openTender("A new well")
	h, _ = r.site()
	viewtest.Says(t, viewtest.Page(t, h, "/docket/"+draft.String()+"/tender/bid"), "Not published yet")
}

// An amount is sealed in the minor units that everybody reads it in, whatever this
// browser holds of the currency: by the CLDR there are no piastres of a pound of
// Lebanon, by ISO 4217 a hundred.
func TestBidInMinorUnits(t *testing.T) {
	r := newRegister(t)
	id := r.forBidsBy(func(b *procurement.Publish) { b.Mode, b.Currency = procurement.Public, "LBP" }, "Road salt")
	address, _ := r.serve()
	b := openTab(t, address+"/docket/"+id.String()+"/tender/bid")
	b.write()
	b.until(`document.getElementById("bid-sum").textContent.includes("110,010.50")`)
	got := must(chromedp.Run(b.ctx, chromedp.Evaluate[string](`(async () => {
		const form = document.getElementById("pub-offer"), { digitsOf, readOffer } = await import(document.querySelector("script[src*=bidroom]").src.replace("bidroom", "bidform"));
		form.querySelector("[data-member=turnover] [name=amount]").value = "1250.555";
		form.querySelector("[data-member=turnover] [name=currency]").value = "IQD";
		const { facts, price } = readOffer(form, "LBP"), here = c => new Intl.NumberFormat("en", { style: "currency", currency: c }).resolvedOptions().maximumFractionDigits;
		return JSON.stringify({ digits: Object.fromEntries(Intl.supportedValuesOf("currency").map(c => [c, digitsOf(c)])), lebanon: here("LBP"), price, turnover: facts.turnover });
	})()`, chromedp.EvalAwaitPromise)))
	var found struct {
		Digits          map[string]int
		Lebanon         int
		Price, Turnover tender.Money
	}
	if err := json.Unmarshal([]byte(got), &found, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if found.Lebanon == compliance.MinorDigits("LBP") {
		t.Log("the browser and ISO 4217 agree about LBP: another currency would show more here")
	}
	if found.Price != (tender.Money{Amount: 11001050, Currency: "LBP"}) || found.Turnover != (tender.Money{Amount: 1250555, Currency: "IQD"}) {
		t.Errorf("sealed are %v and %v", found.Price, found.Turnover)
	}
	if len(found.Digits) < 100 {
		t.Errorf("the browser knows %d currencies", len(found.Digits))
	}
	for currency, digits := range found.Digits {
		if want := compliance.MinorDigits(currency); digits != want {
			t.Errorf("%s has %d digits in the browser, %d on the register", currency, digits, want)
		}
	}
}
