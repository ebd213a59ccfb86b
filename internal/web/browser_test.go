package web_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica/internal/web"
)

var shots = flag.String("shots", "", "folder to write screenshots of all pages to")

// TestBrowser opens every page in a browser, at a desk's and at a phone's
// width: nothing may need sideways scrolling, break the content policy, or lack
// a heading.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine; install it to look at the pages")
	}
	f := newFake(t)
	s := f.fill(t)
	srv := httptest.NewServer(newSite(t, f, s, web.Config{Operator: "Office of Public Records"}).Handler())
	defer srv.Close()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))...)
	defer stop()
	tab, stop := chromedp.NewContext(alloc)
	defer stop()
	tab, stop = context.WithTimeout(tab, 2*time.Minute)
	defer stop()
	pages := []struct{ name, path string }{
		{"gallery", "/gallery"}, {"log", "/log"}, {"log-kind", "/log?kind=sample/say"}, {"validators", "/validators"},
		{"verify", "/verify?id=xyz"}, {"api", "/api"}, {"missing", "/nothing"}, {"entry", "/entry/" + s.comment.String()},
		{"refused", "/entry/" + s.refused.String()}, {"erased", "/entry/" + s.erased.String()},
		{"seal", "/entry/" + s.seal.String()}, {"waiting", "/entry/" + s.waiting.String()},
	}
	widths := []int64{1280, 320}
	if *shots != "" {
		widths = []int64{1280, 400, 320}
	}
	for _, p := range pages {
		for _, width := range widths {
			look(t, tab, srv.URL+p.path, p.name, width)
		}
	}
}

// look opens one page and checks what a person would notice at once.
func look(t *testing.T, tab context.Context, url, name string, width int64) {
	t.Helper()
	type seen struct {
		Overflow, Headings, Fonts int
		Wide                      string
	}
	err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url))
	if err != nil {
		t.Fatalf("%s at %d: %v", name, width, err)
	}
	got, err := chromedp.Run(tab, chromedp.Evaluate[seen](`document.fonts.ready.then(() => ({
		Overflow: document.documentElement.scrollWidth - innerWidth,
		Headings: document.querySelectorAll("h1").length,
		Fonts: [...document.fonts].filter(f => f.status === "loaded").length,
		Wide: [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
			!e.closest("[tabindex]:not(main)")).slice(0, 5).map(e => e.tagName + "." + e.className).join(" ")
	}))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s at %d: %v", name, width, err)
	}
	if got.Overflow > 0 {
		t.Errorf("%s at %d px is %d px too wide: %s", name, width, got.Overflow, got.Wide)
	}
	if got.Headings != 1 {
		t.Errorf("%s has %d first-level headings", name, got.Headings)
	}
	if web.CheckAssets() == nil && got.Fonts == 0 {
		t.Errorf("%s loaded no font: the content policy or the assets are wrong", name)
	}
	if *shots != "" {
		shot, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%d.png", name, width)), shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
