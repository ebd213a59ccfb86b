package participationview

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"publica/internal/domain/docket"
)

// fields reads the editor's form as a browser would send it.
func fields(t *testing.T, page string) url.Values {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	f := url.Values{}
	for form := range tree.Descendants() {
		if form.Data != "form" || !slices.ContainsFunc(form.Attr, func(a html.Attribute) bool { return a.Key == "class" && strings.Contains(a.Val, "pub-editor") }) {
			continue
		}
		for n := range form.Descendants() {
			at := map[string]string{}
			for _, a := range n.Attr {
				at[a.Key] = a.Val
			}
			_, checked := at["checked"]
			switch {
			case n.Data == "textarea" && n.FirstChild == nil:
				f.Add(at["name"], "")
			case n.Data == "textarea":
				f.Add(at["name"], strings.ReplaceAll(n.FirstChild.Data, "\n", "\r\n"))
			case n.Data == "input" && (at["type"] != "checkbox" || checked):
				f.Add(at["name"], at["value"])
			}
		}
	}
	if !f.Has("sections") {
		t.Fatalf("no editor:\n%s", text(page))
	}
	return f
}

// place finds a section's place in the form.
func place(t *testing.T, f url.Values, section string) string {
	t.Helper()
	for i := range 50 {
		if f.Get("id-"+strconv.Itoa(i)) == section {
			return strconv.Itoa(i)
		}
	}
	t.Fatalf("no section %s in %v", section, slices.Sorted(maps.Keys(f)))
	return ""
}

func pressed(f url.Values, act string) url.Values {
	f.Set("act", act)
	return f
}

// The editor makes a version with a reason for each change, and the law finds
// nothing missing.
func TestEditor(t *testing.T) {
	d := newDesk(t)
	c, at := d.Enter("coordinator"), d.at("/text")
	haunting := func() int64 {
		t.Helper()
		var st DocketStanding
		read(t, d.Site, "/dockets/"+d.Docket.String(), &st)
		return st.Counts.Haunting
	}
	before := haunting()
	shown := c.Get(at)
	says(t, shown, "You are writing version 3. It starts from version 2")
	c.Refused(at, pressed(fields(t, shown), "check"), "Nothing differs from the latest version.")

	// One changes, one goes with its idea, one comes, and it moves up.
	f := fields(t, c.Get(at))
	water, floods := place(t, f, "water-data"), place(t, f, "flood-warnings")
	f.Set("text-"+water, f.Get("text-"+water)+"\r\n\r\nThe baseline is published as well.")
	f.Set("gone-"+floods, "yes")
	shown = c.Press(at, pressed(f, "add"))
	f = fields(t, shown)
	last := strconv.Itoa(number(f.Get("sections")) - 1)
	f.Set("text-"+last, "## Über die Flüsse: Wege & Stege\r\n\r\nPaths for all.")
	shown = c.Press(at, pressed(f, "up-"+last))
	f = fields(t, shown)
	if got := f.Get("id-" + strconv.Itoa(number(last)-1)); got != "ber-die-fl-sse-wege-stege" {
		t.Errorf("the new section is called %q", got)
	}
	says(t, shown, "3 changes want their reasons", "The baseline is published as well.", "Section removed", "Idea dropped", "24 hours is too late to warn swimmers")
	c.Refused(at, pressed(f, "check"), "has no reason")
	f = fields(t, c.Get(at))
	for name := range f {
		if strings.HasPrefix(name, "why-") {
			f.Set(name, "Because you asked.")
		}
	}
	f.Set("why-water-data", "The baseline was missing.")
	f.Add("cause-water-data", d.comments[8].String())
	f.Add("cause-water-data", d.comments[9].String())
	f.Set("others-water-data", d.comments[4].String()+"\r\n"+d.comments[8].String())
	ready := c.Press(at, pressed(f, "check"))
	says(t, ready, "This is what you sign", "Changes with a reason", "The baseline was missing.")

	// "Change it" brings the form back as it was, and it can be kept.
	back := url.Values{}
	tree, err := html.Parse(strings.NewReader(ready))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Data == "input" {
			at := map[string]string{}
			for _, a := range n.Attr {
				at[a.Key] = a.Val
			}
			back.Add(at["name"], at["value"])
		}
	}
	shown = c.Press(at, pressed(back, "change"))
	if again := fields(t, shown); again.Get("why-water-data") != "The baseline was missing." || len(again["cause-water-data"]) != 2 || again.Get("others-water-data") != d.comments[4].String() {
		t.Errorf("it came back as %v", again)
	}
	c.Signed(c.Press(at, pressed(fields(t, shown), "check")))
	if after := haunting(); after != before {
		t.Errorf("%d changes lack a reason, %d before", after, before)
	}
	says(t, page(t, d.Site, "/docket/"+d.Docket.String()+"/redline"), "The baseline was missing.", "24 hours is too late to warn swimmers", "Paths for all.")
	says(t, page(t, d.Site, "/contribution/"+d.comments[8].String()), "version 3")
	says(t, c.Get(at), "You are writing version 4. It starts from version 3")
}

func TestEditorRefuses(t *testing.T) {
	d := newDesk(t)
	c, colleague, at := d.Enter("coordinator"), d.Enter("colleague"), d.at("/text")
	f := fields(t, c.Get(at))
	water, paths := place(t, f, "water-data"), place(t, f, "river-paths")
	f.Set("ideas-"+paths, d.ideas[0].String())
	c.Refused(at, pressed(f, "check"), "Two sections carry the idea “Publish water quality every hour”.")
	f = fields(t, c.Get(at))
	f.Del("ideas-" + paths)
	f.Set("text-"+water, "## Water\r\n\r\nNothing.")
	f = fields(t, c.Press(at, pressed(f, "save")))
	f.Set("why-water-data", "No money.")
	f.Set("others-water-data", "see the letter")
	c.Refused(at, pressed(f, "check"), "“see” is no tracking number")

	// Both run the docket and write one version; neither loses what they wrote.
	mine, theirs := fields(t, c.Get(at)), fields(t, colleague.Get(at))
	theirs.Set("text-"+water, "## Water\r\n\r\nTheirs.")
	says(t, colleague.Press(at, pressed(theirs, "save")), "Last kept:")
	mine.Set("text-"+water, "## Water\r\n\r\nMine.")
	shown := c.Page("POST", at, pressed(mine, "save"), 422)
	says(t, shown, "Somebody else has kept or signed a version", "Mine.")
	if kept := fields(t, colleague.Get(at)); !strings.Contains(kept.Get("text-"+water), "Theirs.") {
		t.Error("their version was written over")
	}
	c.Press(at, pressed(fields(t, shown), "save"))
	if kept := fields(t, colleague.Get(at)); !strings.Contains(kept.Get("text-"+water), "Mine.") {
		t.Error("kept on purpose, and not kept")
	}
	if w := c.Ask("POST", at, pressed(fields(t, c.Get(at)), "drop")); w.Code != 303 || strings.Contains(c.Get(at), "Mine.") {
		t.Errorf("starting anew: %d", w.Code)
	}
}

// The first version of a docket that has none, and a version that only changes
// order and title.
func TestEditorBegins(t *testing.T) {
	d := newDesk(t)
	d.Open(docket.Charter{Contribute: docket.Anyone, Respond: true, MaxBytes: 5000, Retention: "standard"}, "Second plan", "Another one.")
	d.Shown()
	c, at := d.Enter("coordinator"), d.at("/text")
	says(t, c.Get(at), "You are writing the first version.")
	f := fields(t, c.Press(at, pressed(fields(t, c.Get(at)), "add")))
	f = fields(t, c.Press(at, pressed(f, "add")))
	f.Set("title", "Plan")
	f.Set("text-0", "# Roads\r\n\r\nMore.")
	f.Set("text-1", "# Roads\r\n\r\nFewer.")
	c.Signed(c.Press(at, pressed(f, "check")))
	f = fields(t, c.Get(at))
	if f.Get("id-0") != "roads" || f.Get("id-1") != "roads-2" {
		t.Errorf("the sections are %q and %q", f.Get("id-0"), f.Get("id-1"))
	}
	f.Set("title", "The plan")
	c.Signed(c.Press(at, pressed(fields(t, c.Press(at, pressed(f, "up-1"))), "check")))
	f = fields(t, c.Get(at))
	if f.Get("id-0") != "roads-2" || f.Get("title") != "The plan" {
		t.Errorf("version 2 begins with %q and is called %q", f.Get("id-0"), f.Get("title"))
	}
}
