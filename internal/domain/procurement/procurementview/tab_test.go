package procurementview

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"publica"
	"publica/internal/domain/participation/participationview"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// A taking face is a register that takes what browsers send.
type taking struct{ viewtest.Face }

func (f taking) Founding() *web.Founding {
	return &web.Founding{Name: registertest.Register, Founded: 1}
}

func (f taking) Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error) {
	if err := f.Take(s); err != nil {
		return nil, err
	}
	if err := f.Model.Fill(ctx, f.Register, nil); err != nil {
		return nil, err
	}
	rec, err := f.Record(ctx, s.Signed.ID())
	if err != nil {
		return nil, err
	}
	return &publica.Receipt{Leaf: rec.Raw}, nil
}

// serve serves the pages to a browser, one request at a time: the law under them
// is that of a test.
func (r *register) serve() (address string, model *readmodel.Model) {
	r.TB.Helper()
	m := r.Model()
	s, err := web.New(web.Config{Register: taking{r.Face(m)}, Title: "Open Rivers Register", Operator: "Office of Open Rivers", PostRate: -1})
	if err == nil {
		err = participationview.Mount(s, m, nil, nil, nil)
	}
	if err == nil {
		err = Mount(s, m, registertest.Register, DataTerms{}, participationview.Menu, false)
	}
	if err != nil {
		r.TB.Fatal(err)
	}
	var one sync.Mutex
	h := s.Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		one.Lock()
		defer one.Unlock()
		h.ServeHTTP(w, q)
	}))
	r.TB.Cleanup(srv.Close)
	return srv.URL, m
}

// A bidder's browser.
type tab struct {
	t   *testing.T
	ctx context.Context
	at  string
}

func openTab(t *testing.T, at string) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine; install it to seal a bid in it")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 1200))...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 6*time.Minute)
	t.Cleanup(stop)
	b := &tab{t, ctx, at}
	b.do(chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok && e.ExceptionDetails.Exception != nil {
			t.Errorf("the browser complains: %s", e.ExceptionDetails.Exception.Description)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) do(all ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, all...); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector("main")?.innerText ?? ""`))
		b.t.Fatalf("%v; the page says:\n%s", err, text)
	}
}

// until waits until an expression of the page is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	b.run(`new Promise(yes => { const look = () => { if (` + expression + `) { o.disconnect(); yes(true); } }, o = new MutationObserver(look);
		o.observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); look(); })`)
}

func (b *tab) run(script string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector("main")?.innerText ?? ""`))
		b.t.Fatalf("%s: %v; the page says:\n%s", script, err, text)
	}
}

// judge lets axe-core judge the page as it stands, on a small phone and on a desk.
func (b *tab) judge(what string) {
	b.t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "..", "..", "browsertest", "axe", "axe.min.js"))
	if err != nil {
		b.t.Logf("SKIPPED: nobody judges %s: %v; make assets fetches axe", what, err)
		return
	}
	for _, width := range []int64{320, 1280} {
		b.do(chromedp.EmulateViewport(width, 1200))
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](string(axe)+`;axe.run(document, { preload: false, resultTypes: ["violations"] }).then(r =>
			(document.scrollingElement.scrollWidth > innerWidth ? "too wide; " : "") + (r.passes.length ? "" : "nothing was judged; ") + r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" ")).join("; "))`, chromedp.EvalAwaitPromise))
		if err != nil || got != "" {
			b.t.Errorf("%s at %d: %.1000s %v", what, width, got, err)
		}
	}
}
