package browsertest

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"publica/internal/demo"
)

// A sight is a way in which somebody looks at a page.
type sight struct {
	name    string
	width   int64
	lang    string
	feature [][2]string // media features
}

var sights = []sight{
	{"at a desk", 1280, "en", nil},
	{"on a small phone, from right to left", 320, "ar", nil},
	{"in the dark", 1280, "en", [][2]string{{"prefers-color-scheme", "dark"}}},
	{"with colours of their own", 320, "en", [][2]string{{"forced-colors", "active"}}},
}

// criteria are those of WCAG 2.2 A and AA, and what axe calls good practice.
const criteria = `["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]`

// Every page that links lead to, the desk's included, is free of what axe-core
// finds, in every sight; nothing needs sideways scrolling; headings skip no
// level.
func TestEveryLinkedPage(t *testing.T) {
	axe, err := os.ReadFile("axe/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is not here: %v; hint: make assets", err)
	}
	b := browser(t)
	h := newHouse(t)
	must(t, demo.Run(t.Context(), h.base, h.founder, logTo{t}))
	person := open(t, b, h).withAuthenticator()
	pages := person.everyPage()
	t.Logf("%d pages", len(pages))
	for _, path := range pages {
		for _, v := range sights {
			t.Run(path+" "+v.name, func(t *testing.T) {
				p := *person
				p.t = t
				p.look(v, path)
				if found := p.violations(string(axe)); len(found) > 0 {
					t.Error(strings.Join(found, "\n"))
				}
			})
		}
	}
}

type logTo struct{ t *testing.T }

func (l logTo) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// look opens a page as a sight has it.
func (b *tab) look(v sight, path string) {
	b.t.Helper()
	features := []*emulation.MediaFeature{}
	for _, f := range v.feature {
		features = append(features, &emulation.MediaFeature{Name: f[0], Value: f[1]})
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	must(b.t, err)
	b.do(chromedp.EmulateViewport(v.width, 900))
	b.visit("/language?to=" + v.lang + "&back=" + url.QueryEscape(path))
}

// violations lists what is wrong with the page that is open.
func (b *tab) violations(axe string) []string {
	b.t.Helper()
	eval[bool](b, axe+";true")
	found := eval[[]string](b, `axe.run(document, {runOnly: {type: "tag", values: `+criteria+`}, resultTypes: ["violations"]}).then(r =>
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + " " + n.html.slice(0, 200) + " " + (n.any[0]?.message ?? ""))))`)
	if wide := eval[int](b, `document.scrollingElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		found = append(found, fmt.Sprintf("the page is %d px wider than the window: %s", wide, eval[string](b,
			`[...document.querySelectorAll("main *")].filter(e => (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1) && !e.closest("[tabindex]:not(main)")).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" ")`)))
	}
	levels := eval[[]int](b, `[...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(e => e.checkVisibility()).map(e => Number(e.tagName[1]))`)
	for i, n := range levels {
		if i == 0 && n != 1 || i > 0 && n > levels[i-1]+1 {
			found = append(found, fmt.Sprintf("heading %d of level %d comes after %v", i+1, n, levels[:i]))
		}
	}
	return found
}

var (
	anID    = regexp.MustCompile(`[0-9a-f]{64}`)
	aNumber = regexp.MustCompile(`[0-9]+`)
	noPage  = regexp.MustCompile(`^/(api/|assets/|tile/|checkpoint|language|metrics|healthz|readyz)|\.(json|csv|atom|ics|html|svg|png|txt)$|/part/|/export|^/desk/from/`)
)

// shape says which page an address is of, whatever record it shows; "" if it is
// one of many choices of a page that has been seen.
func shape(path string) string {
	u, err := url.Parse(path)
	if err != nil || len(u.Query()) > 1 && !u.Query().Has("version") {
		return ""
	}
	keys := slices.Sorted(maps.Keys(u.Query()))
	return aNumber.ReplaceAllString(anID.ReplaceAllString(u.Path, "ID"), "N") + "?" + strings.Join(keys, "&")
}

// everyPage follows all links from the home page and the desk, and returns one
// address of each shape.
func (b *tab) everyPage() []string {
	b.t.Helper()
	seen := map[string]string{}
	next := []string{"/", "/desk", "/desk/sign-in", "/mine", "/nothing-is-here", "/search?q=water"}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		if _, known := seen[shape(path)]; known || shape(path) == "" || noPage.MatchString(strings.Split(path, "?")[0]) {
			continue
		}
		seen[shape(path)] = path
		b.visit(path)
		next = append(next, eval[[]string](b, `[...document.querySelectorAll("a[href]")].map(a => new URL(a.href)).filter(u => u.origin === location.origin).map(u => u.pathname + u.search)`)...)
		if len(seen) > 300 {
			b.t.Fatalf("pages without end: %v", seen)
		}
	}
	var all []string
	for _, path := range seen {
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}
