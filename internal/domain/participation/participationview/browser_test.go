package participationview

import (
	"context"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser opens a tab on a register's pages.
func browser(t *testing.T, r *register) (tab context.Context, at string) {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine; install it to look at the pages")
	}
	h, _ := r.site()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))...)
	t.Cleanup(stop)
	tab, stop = chromedp.NewContext(alloc)
	t.Cleanup(stop)
	tab, stop = context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(stop)
	return tab, srv.URL + "/docket/" + r.Docket.String()
}

// ask opens a page and evaluates an expression on it.
func ask[T any](t *testing.T, tab context.Context, width int64, at, expression string) T {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at)); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	got, err := chromedp.Run(tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	return got
}

// choose selects from the first of two texts to the last in a section, and waits
// for the section's link to change.
const choose = `new Promise(done => {
	const section = document.getElementById("s-water-data"), link = section.querySelector("[data-link]");
	new MutationObserver(() => link.href.includes("range") && done(link.href + " " + link.textContent)).observe(link, { attributes: true, childList: true });
	const walk = document.createTreeWalker(section.querySelector(".pub-text"), NodeFilter.SHOW_TEXT), range = document.createRange();
	for (let n; n = walk.nextNode();) {
		if (n.data.includes("sensor ")) range.setStart(n, n.data.indexOf("sensor "));
		if (n.data.includes("as raw")) range.setEnd(n, n.data.indexOf("as raw") + 6);
	}
	getSelection().addRange(range);
})`

// Whoever selects words of a section comments on these words of its source.
func TestQuoteSelected(t *testing.T) {
	s := newSample(t)
	tab, base := browser(t, s.register)
	got := ask[string](t, tab, 1280, base+"/text", choose)
	link, err := url.Parse(got[:len(got)-len(" Comment on the selected words")])
	if err != nil {
		t.Fatal(err)
	}
	h, _ := s.site()
	says(t, page(t, h, link.RequestURI()), "You are writing about these words of version 2: sensor **within the hour**, marked as raw")
	if quoted := link.Query().Get("range"); quoted == "" || link.Query().Get("section") != "water-data" {
		t.Errorf("the link is %s", got)
	}
}

// Comments stand beside their section where there is room, below it where there
// is not, and nothing needs sideways scrolling.
func TestMarginInBrowser(t *testing.T) {
	s := newSample(t)
	tab, base := browser(t, s.register)
	for width, beside := range map[int64]bool{1280: true, 320: false} {
		type seen struct {
			Beside   bool
			Overflow int
		}
		got := ask[seen](t, tab, width, base+"/text?version=1", `(() => {
			const text = document.querySelector(".pub-margin__text").getBoundingClientRect(), notes = document.querySelector(".pub-margin__notes").getBoundingClientRect();
			return { Beside: notes.left >= text.right && notes.top < text.bottom, Overflow: document.documentElement.scrollWidth - innerWidth };
		})()`)
		if got.Beside != beside || got.Overflow > 0 {
			t.Errorf("at %d: %+v", width, got)
		}
		for _, path := range []string{"", "/comments?stance=support", "/redline", "/debt", "/responses"} {
			if over := ask[int](t, tab, width, base+path, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s at %d is %d too wide", path, width, over)
			}
		}
	}
}
