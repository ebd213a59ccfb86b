package browsertest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"publica"
	"publica/cmd/publica/importer"
	"publica/internal/node"
	"publica/internal/web"
)

// house is a register that one node runs on this machine, as publicad demo
// does, and that a test stops and starts.
type house struct {
	t       *testing.T
	folder  *node.Folder
	base    string // http://localhost:PORT
	founder *publica.PrivateKey
	client  *publica.Client
	policy  string
	stop    func()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the same port after a restart
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	h := &house{t: t, base: "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)}
	h.folder, err = node.Found(filepath.Join(t.TempDir(), "node"), node.Config{Register: "rivers.publica.example", Listen: address, Title: "Open Rivers Register"},
		time.Now(), node.Passkeys("localhost"))
	must(t, err)
	h.founder, err = h.folder.Key("founder")
	must(t, err)
	h.start()
	t.Cleanup(func() { h.stop() })
	info, err := publica.Discover(t.Context(), http.DefaultClient, h.base)
	must(t, err)
	h.policy = info.PolicyText()
	policy, err := publica.ParsePolicy([]byte(h.policy))
	must(t, err)
	h.client, err = publica.NewClient(h.base, policy)
	must(t, err)
	return h
}

func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- node.Run(ctx, h.folder, node.Options{Gallery: true, Ready: func(string, web.Register) { close(ready) }})
	}()
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("the node ended with %v", err)
		}
		h.stop = func() {}
	}
	select {
	case <-ready:
	case err := <-ended:
		h.t.Fatalf("the node does not start: %v", err)
	}
}

// found registers a public body and opens a docket that anyone may write to, and
// whose charter names no period.
func (h *house) found(s importer.Setup) importer.Signer {
	h.t.Helper()
	g := importer.Signer{Key: h.founder, Register: "rivers.publica.example"}
	f, err := g.Make(h.t.Context(), h.upload(), s, &importer.Found{}, publica.TimeOf(time.Now()))
	must(h.t, err)
	g.Docket, g.For = f.Docket, f.Body
	return g
}

func (h *house) upload() *importer.Upload {
	return &importer.Upload{To: h.client, Workers: 8, Patience: time.Minute}
}

// say signs statements and waits until they are in the log.
func (h *house) say(g importer.Signer, all ...importer.Statement) (ids []publica.EntryID) {
	h.t.Helper()
	var subs []*publica.Submission
	for _, s := range all {
		s.Made = publica.TimeOf(time.Now())
		sub, err := g.Sign(s)
		must(h.t, err)
		subs, ids = append(subs, sub), append(ids, sub.Signed.ID())
	}
	must(h.t, h.upload().InOrder(h.t.Context(), subs))
	return ids
}

// person is a key of its own for each name.
func person(name string) *publica.PrivateKey {
	return publica.KeyFromSeed(sha256.Sum256([]byte("publica browser test " + name)))
}

// grant gives a key a role of the signer's body.
func (h *house) grant(g importer.Signer, key, role string) {
	h.t.Helper()
	g.Docket = publica.DocketID{}
	h.say(g, importer.Statement{Source: "grant/" + key + role, Kind: "identity/grant", Body: map[string]string{"key": key, "role": role}})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tab is a page in a browser of its own: nobody else's keys, records, cookies.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// browser starts Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine; install it to try what people do")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 1200))...)
	t.Cleanup(stop)
	first, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	must(t, chromedp.Do(first, chromedp.Navigate("about:blank")))
	return first
}

// open opens a tab for a person of their own.
func open(t *testing.T, browser context.Context, h *house) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // the first action's context is the tab's life
	return &tab{t: t, ctx: ctx, base: h.base}
}

// beside opens another tab of the same browser profile for a test.
func (b *tab) beside(t *testing.T) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx)
	t.Cleanup(stop)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // as in open
	c := &tab{t: t, ctx: ctx, base: b.base}
	c.watch()
	return c
}

// withAuthenticator gives the tab a device that holds passkeys and says yes.
func (b *tab) withAuthenticator() *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	must(b.t, err)
	_, err = chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	must(b.t, err)
	return b
}

// patience is how long a page may take to do what it was asked.
const patience = 90 * time.Second

func (b *tab) do(all ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, a := range all {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, a)
		cancel()
		if err != nil {
			b.t.Fatalf("%v\n%s", err, b.where())
		}
	}
}

// where says what the tab shows, for who reads a failure.
func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`"at " + location.href + ", which says:\n" + (document.querySelector("main")?.innerText ?? "")`))
	if err != nil {
		return "the tab does not answer: " + err.Error()
	}
	return text
}

func (b *tab) visit(path string) *tab {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
	return b
}

// click presses what a person sees; wait names what must be there then.
func (b *tab) click(selector, wait string) *tab {
	b.t.Helper()
	b.do(chromedp.Click(selector, chromedp.NodeVisible), chromedp.WaitVisible(wait))
	return b
}

// turn presses what leads to another page, and waits until that is there: what
// is looked for on it may stand on this one too.
func (b *tab) turn(selector string) *tab {
	b.t.Helper()
	eval[bool](b, `Promise.resolve(window.pubLeft = true)`)
	b.do(chromedp.Click(selector, chromedp.NodeVisible))
	b.until(`!window.pubLeft && document.readyState === "complete"`)
	return b
}

func (b *tab) see(selector string) *tab {
	b.t.Helper()
	b.do(chromedp.WaitVisible(selector))
	return b
}

// fill writes into a field as one who types does.
func (b *tab) fill(selector, text string) *tab {
	b.t.Helper()
	b.do(chromedp.SendKeys(selector, text, chromedp.NodeVisible))
	return b
}

// says waits until the page says all of it.
func (b *tab) says(want ...string) {
	b.t.Helper()
	for _, w := range want {
		b.until(fmt.Sprintf("document.body?.innerText.includes(%q)", w))
	}
}

// until waits until an expression of the page's script is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	wait := chromedp.Evaluate[bool](`new Promise(yes => { const ok = () => `+expression+`; if (ok()) return yes(true);
		const look = () => { if (ok()) { o.disconnect(); yes(true); } };
		const o = new MutationObserver(look);
		document.addEventListener("readystatechange", look);
		o.observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); })`, chromedp.EvalAwaitPromise)
	for {
		_, err := chromedp.Run(ctx, wait)
		if err == nil {
			return
		}
		if ctx.Err() != nil || !left(err) {
			b.t.Fatalf("%s: %v\n%s", expression, err, b.where())
		}
	}
}

func eval[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := try[T](b, script)
	if err != nil {
		b.t.Fatalf("%.2000s: %v", script, err)
	}
	return v
}

func try[T any](b *tab, script string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// left reports whether an error says that the page made way for another.
func left(err error) bool {
	return strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "context")
}

// kept is what the browser keeps of a sort: keys, records, drafts.
func (b *tab) kept(store string) string {
	b.t.Helper()
	return eval[string](b, `(async () => {
		if (!(await indexedDB.databases()).some(d => d.name === "publica")) return "[]";
		return new Promise((yes, no) => { const r = indexedDB.open("publica"); r.onerror = () => no(r.error); r.onsuccess = () => {
			const all = r.result.transaction("`+store+`").objectStore("`+store+`").getAll();
			all.onsuccess = () => { r.result.close(); yes(JSON.stringify(all.result)); }; }; });
	})()`)
}
