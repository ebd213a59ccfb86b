package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// faults are what the browser complained of in a tab: scripts that threw, and
// what the content policy refused. That a page or a file is not there is no
// fault by itself: error pages are pages.
type faults struct {
	mu  sync.Mutex
	all []string
}

// watch collects the faults of a tab and fails the test with them at its end.
func (b *tab) watch() {
	f := new(faults)
	add := func(text string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.all = append(f.all, text)
	}
	must(b.t, chromedp.Listen(b.ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			text := ev.ExceptionDetails.Text
			if e := ev.ExceptionDetails.Exception; e != nil {
				text += " " + e.Description
			}
			add(text)
		case *log.EventEntryAdded:
			if e := ev.Entry; e.Level == log.EntryLevelError && e.Source != log.EntrySourceNetwork {
				add(string(e.Source) + ": " + e.Text + " " + e.URL)
			}
		}
	}))
	b.t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, text := range slices.Compact(f.all) {
			b.t.Errorf("the browser complains: %s", text)
		}
	})
}

// A light is how a person's device shows pages.
type light struct {
	name     string
	width    int64
	features []*emulation.MediaFeature
	colours  bool // only what colours can get wrong is judged: the rest is as in the other lights
}

func feature(name, value string) []*emulation.MediaFeature {
	return []*emulation.MediaFeature{{Name: name, Value: value}}
}

var (
	aDesk  = light{"a desk", 1280, nil, false}
	aPhone = light{"a small phone", 320, nil, false}
	dark   = light{"a dark desk", 1280, feature("prefers-color-scheme", "dark"), true}
	forced = light{"forced colours", 1280, feature("forced-colors", "active"), true}
)

// axe is the program that judges accessibility, fetched by make assets.
var axe = sync.OnceValues(func() (string, error) {
	raw, err := os.ReadFile(filepath.Join("axe", "axe.min.js"))
	return string(raw), err
})

// seen is what was found on a page.
type seen struct {
	Found   []string
	Passed  int
	Wide    int
	Missing []string
}

// judge runs what judges a page, and the program it needs if the page does not have
// it. A page that makes way for another meanwhile is not judged: the other is.
func (b *tab) judge(program, run string) seen {
	b.t.Helper()
	for range 5 {
		b.until(`document.readyState === "complete"`)
		got, err := try[*seen](b, `typeof axe === "object" ? `+run+` : Promise.resolve(null)`)
		switch {
		case err == nil && got != nil:
			return *got
		case err == nil:
			_, err = try[bool](b, `(() => {`+program+`; return Promise.resolve(typeof axe === "object"); })()`)
		}
		if err != nil && !left(err) {
			b.t.Fatalf("%v\n%s", err, b.where())
		}
	}
	b.t.Fatalf("the page does not stay\n%s", b.where())
	return seen{}
}

// inspect judges the page in the tab in every light: no violation of WCAG 2.2 A
// and AA, nor of good practice, nothing that needs sideways scrolling, no file
// that is missing.
func (b *tab) inspect(name string, lights ...light) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatalf("%v; make assets fetches it", err)
	}
	for _, l := range lights {
		b.in(l)
		rules := `{ type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"] }`
		if l.colours {
			rules = `{ type: "rule", values: ["color-contrast", "link-in-text-block"] }`
		}
		got := b.judge(script, `axe.run(document, { runOnly: `+rules+`, preload: false, resultTypes: ["violations"] }).then(r => ({
			Found: r.violations.map(v => v.id + ": " + v.help + v.nodes.slice(0, 4).map(n => "\n      " + n.html.slice(0, 300) + "\n        " + n.any.concat(n.all, n.none).map(c => c.message).join("; ").slice(0, 300)).join("")),
			Passed: r.passes.length,
			Wide: document.scrollingElement.scrollWidth - innerWidth,
			Missing: performance.getEntriesByType("resource").filter(e => e.responseStatus >= 400).map(e => e.name) }))`)
		for _, v := range got.Found {
			b.t.Errorf("%s, %s: %s", name, l.name, v)
		}
		if got.Passed == 0 && !l.colours {
			b.t.Errorf("%s, %s: nothing was judged", name, l.name)
		}
		if got.Wide > 0 {
			b.t.Errorf("%s, %s: %d px too wide: %s", name, l.name, got.Wide, eval[string](b, `Promise.resolve([...document.querySelectorAll("main *, header *, footer *")]
				.filter(e => !e.closest(".usa-sr-only, .usa-breadcrumb") && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).slice(0, 6).map(e => e.tagName + "." + e.className).join(" "))`))
		}
		for _, m := range got.Missing {
			b.t.Errorf("%s: %s is missing", name, m)
		}
	}
	b.in(aDesk)
}

// in shows the tab in a light.
func (b *tab) in(l light) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: l.features})
	must(b.t, err)
	b.do(chromedp.EmulateViewport(l.width, 900))
}

// speak asks for the pages of this tab in a language from here on.
func (b *tab) speak(lang string) *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
	must(b.t, err)
	if got := eval[string](b.visit("/log"), `Promise.resolve(document.documentElement.lang)`); got != lang {
		b.t.Fatalf("the page speaks %q, not %q", got, lang)
	}
	return b
}

// A sample is a page of the gallery.
type sample struct{ pattern, text, path string }

func (s sample) name() string { return s.pattern + " (" + s.text + ")" }

// desk reports whether one must be signed in to see it.
func (s sample) desk() bool {
	return strings.HasPrefix(s.path, "/desk") && !strings.HasPrefix(s.path, "/desk/sign-in")
}

// samples reads the gallery.
func (b *tab) samples() (all []sample) {
	b.t.Helper()
	b.visit("/gallery")
	for _, s := range eval[[][3]string](b, `Promise.resolve([...document.querySelectorAll("[data-pattern]")].flatMap(g => {
		const links = [...g.querySelectorAll("a")].map(a => [g.dataset.pattern, a.textContent, a.getAttribute("href")]);
		return links.length ? links : [[g.dataset.pattern, "", ""]]; }))`) {
		all = append(all, sample{s[0], s[1], s[2]})
	}
	return all
}

// each looks at all samples, as anybody or at the desk as a member of staff.
func each(t *testing.T, public, staff *tab, all []sample, f func(b *tab, s sample)) {
	t.Helper()
	for _, s := range all {
		if s.path == "" {
			continue // said by TestPages
		}
		b := public
		if s.desk() {
			b = staff
		}
		b.visit(s.path)
		if at := eval[string](b, `Promise.resolve(location.pathname)`); at != strings.SplitN(s.path, "?", 2)[0] {
			t.Errorf("%s: %s leads to %s", s.name(), s.path, at)
		}
		if eval[bool](b, `Promise.resolve(performance.getEntriesByType("navigation")[0].responseStatus === 403)`) {
			t.Errorf("%s: %s is not for who looks here", s.name(), s.path)
		}
		f(b, s)
		if b.ctx.Err() != nil {
			t.Fatal(fmt.Errorf("%s: %w", s.name(), context.Cause(b.ctx)))
		}
	}
}
