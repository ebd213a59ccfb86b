package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pageFocus gives the page what walk needs. pubFocus.all is what a keyboard
// should reach, in the order of the document; one of a group of radio buttons
// stands for all, and a field of a date takes up to seven steps. pubFocus.got
// fills with what was reached, and how it and its place looked then.
const pageFocus = `(() => {
	const ring = e => [[e, null], [e, "::before"], ...[...(e.labels ?? [])].flatMap(l => [[l, null], [l, "::before"]])].map(([e, part]) => {
		const s = getComputedStyle(e, part);
		return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.textDecorationLine, s.borderColor].join(" "); }).join("|");
	const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " + (e.textContent || e.getAttribute("aria-label") || e.name || "").trim().slice(0, 40);
	const all = () => {
		return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => {
			if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({ visibilityProperty: true })) return false;
			if (e.type !== "radio") return true;
			return e === (document.querySelector('input[name="' + e.name + '"]:checked') ?? document.querySelector('input[name="' + e.name + '"]'));
		}); };
	const got = [];
	document.activeElement?.blur();
	addEventListener("focusin", ({ target }) => {
		const at = (target.labels?.[0] ?? target).getBoundingClientRect();
		got.push({ target, ring: ring(target), seen: at.bottom > 0 && at.top < innerHeight });
	});
	window.pubFocus = {
		settled: async () => {
			for (let last = -1, same = 0; same < 3; last = all().length) {
				await new Promise(r => setTimeout(r, 100));
				same = all().length === last ? same + 1 : 0;
			}
			return true; },
		steps: () => all().reduce((n, e) => n + (e.type?.startsWith("date") ? 7 : 1), 5), // and what a script adds meanwhile
		read: () => {
			document.activeElement?.blur();
			const want = all();
			return { Want: want.map(name), Got: got.map(g => name(g.target)), At: got.map(g => want.indexOf(g.target)),
				Faults: got.filter(g => want.includes(g.target)).flatMap(g => [
					...(g.seen ? [] : ["out of sight with the focus on it: " + name(g.target)]),
					...(g.ring !== ring(g.target) ? [] : ["nothing shows the focus on " + name(g.target)])]) }; } };
	return Promise.resolve(true);
})()`

// walk goes through the page with the tab key alone: everything that can be
// used is reached, in the order of the document, and is seen to be.
func (b *tab) walk(name string) {
	b.t.Helper()
	eval[bool](b, pageFocus)
	eval[bool](b, `pubFocus.settled()`) // scripts show some controls only when they know that they can serve
	b.do(chromedp.KeyEvent(strings.Repeat(kb.Tab, eval[int](b, `Promise.resolve(pubFocus.steps())`))))
	w := eval[struct {
		Want, Got []string
		At        []int
		Faults    []string
	}](b, `Promise.resolve(pubFocus.read())`)
	for _, f := range w.Faults {
		b.t.Errorf("%s: %s", name, f)
	}
	for i, want := range w.Want {
		if i >= len(w.At) {
			b.t.Errorf("%s: the keyboard does not reach %q, number %d of %d", name, want, i+1, len(w.Want))
			return
		}
		if w.At[i] != i {
			b.t.Errorf("%s: in step %d the keyboard is at %q, not at %q", name, i+1, w.Got[i], want)
			return
		}
	}
}

// TestSkipLink passes over what every page begins with.
func TestSkipLink(t *testing.T) {
	chromium := browser(t)
	h := newHouse(t)
	b := open(t, chromium, h)
	b.watch()
	b.visit("/log")
	b.do(chromedp.KeyEvent(kb.Tab))
	if got := eval[bool](b, `(() => { const at = document.activeElement.getBoundingClientRect(); return Promise.resolve(document.activeElement.matches(".usa-skipnav") && at.top >= 0 && at.height > 10); })()`); !got {
		t.Error("the first step of the keyboard does not show the link that skips to the content")
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.id === "main"`)
}

// TestEmptyRegister looks at a register in which nothing has happened.
func TestEmptyRegister(t *testing.T) {
	chromium := browser(t)
	b := open(t, chromium, newHouse(t))
	b.watch()
	for _, path := range []string{"/", "/dockets", "/search?q=river", "/bodies", "/governance", "/log", "/validators", "/mine", "/follow"} {
		b.visit(path).inspect(path, aDesk, aPhone)
	}
}
