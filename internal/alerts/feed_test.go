package alerts

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

// A node of XML as it stands in a document, whatever structs wrote it.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *node) all(name string) (found []*node) {
	for i := range n.Children {
		if c := &n.Children[i]; c.XMLName == (xml.Name{Space: "http://www.w3.org/2005/Atom", Local: name}) {
			found = append(found, c)
		}
	}
	return found
}

func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n *node) link(rel string) string {
	for _, l := range n.all("link") {
		if l.attr("rel") == rel {
			return l.attr("href")
		}
	}
	return ""
}

// checkAtom holds a document to what RFC 4287 demands (4.1.1, 4.1.2, 3.2, 3.3,
// 4.2.6, 4.2.7).
func checkAtom(t *testing.T, raw []byte) *node {
	t.Helper()
	feed := new(node)
	if err := xml.Unmarshal(raw, feed); err != nil || feed.XMLName != (xml.Name{Space: "http://www.w3.org/2005/Atom", Local: "feed"}) {
		t.Fatalf("not a feed: %v\n%s", err, raw)
	}
	once := func(n *node, names ...string) {
		for _, name := range names {
			if got := n.all(name); len(got) != 1 || strings.TrimSpace(got[0].Text) == "" && len(got[0].Children) == 0 {
				t.Errorf("%s has %d %s, or an empty one", n.XMLName.Local, len(got), name)
			}
		}
		if u, err := url.Parse(n.all("id")[0].Text); err != nil || !u.IsAbs() {
			t.Errorf("id %q is no IRI", n.all("id")[0].Text)
		}
		if _, err := time.Parse(time.RFC3339, n.all("updated")[0].Text); err != nil {
			t.Error(err)
		}
		for _, l := range n.all("link") {
			if u, err := url.Parse(l.attr("href")); err != nil || !u.IsAbs() {
				t.Errorf("link to %q", l.attr("href"))
			}
		}
		if typ := n.all("title")[0].attr("type"); typ != "text" {
			t.Errorf("title of type %q", typ)
		}
	}
	once(feed, "id", "title", "updated", "author")
	if len(feed.all("author")[0].all("name")) != 1 || feed.link("self") == "" {
		t.Error("the author has no name, or the feed no link to itself")
	}
	ids := map[string]bool{}
	for _, e := range feed.all("entry") {
		once(e, "id", "title", "updated")
		if id := e.all("id")[0].Text; ids[id] {
			t.Errorf("two entries %s", id)
		} else {
			ids[id] = true
		}
		if e.link("alternate") == "" || len(e.all("summary")) > 1 || e.all("category")[0].attr("term") == "" {
			t.Errorf("entry without content, alternate link or term: %+v", e)
		}
	}
	return feed
}

// Following next from the first page gives every record once, the newest first,
// and each id stays.
func TestFeedPages(t *testing.T) {
	b := newBench(t)
	for i := range 120 {
		b.source.add(i%2 == 0, "participation/draft", fmt.Sprintf("<b>Draft</b> %d & \x01\u202e“quotes”", i))
		b.source.add(i%2 == 0, "participation/comment", fmt.Sprintf("Comment %d", i))
	}
	for path, want := range map[string]int{
		"/feed.atom": 240, "/feed.atom?kinds=drafts": 120, "/docket/" + b.source.docket.ID.String() + "/feed.atom": 60,
		"/docket/" + b.source.docket.ID.String() + "/feed.atom?kinds=participation/comment,drafts": 120,
	} {
		count, last, next, feedID := 0, "9999", path, ""
		for next != "" {
			u, err := url.Parse(next)
			if err != nil {
				t.Fatal(err)
			}
			w := b.get(u.RequestURI())
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/atom+xml") {
				t.Fatalf("%s: %d %s", next, w.Code, w.Header())
			}
			feed := checkAtom(t, w.Body.Bytes())
			if id := feed.all("id")[0].Text; feedID != "" && id != feedID {
				t.Errorf("pages of one feed have ids %s and %s", feedID, id)
			} else {
				feedID = id
			}
			for _, e := range feed.all("entry") {
				if at := e.all("updated")[0].Text; at > last {
					t.Errorf("%s after %s", at, last)
				} else {
					last = at
				}
				count++
			}
			next = feed.link("next")
		}
		if count != want {
			t.Errorf("%s has %d entries, want %d", path, count, want)
		}
	}
	body := b.get("/feed.atom").Body.String()
	if !strings.Contains(body, "&lt;b&gt;Draft&lt;/b&gt; 119 &amp; ") || strings.ContainsAny(body, "\x01\u202e") || !strings.Contains(body, "<id>tag:rivers.example,2026-12-01:entry/"+b.source.items[239].ID.String()+"</id>") {
		t.Errorf("feed is %.1500s", body)
	}
	if w := b.get("/feed.atom?kinds=nothing"); w.Code != http.StatusBadRequest {
		t.Errorf("unknown kinds: %d", w.Code)
	}
	if w := b.get("/docket/" + strings.Repeat("0", 64) + "/feed.atom"); w.Code != http.StatusNotFound {
		t.Errorf("unknown docket: %d", w.Code)
	}
}

// A reader that has everything is told so, until there is more.
func TestFeedUnchanged(t *testing.T) {
	b := newBench(t)
	checkAtom(t, b.get("/feed.atom").Body.Bytes()) // of an empty register
	b.source.add(false, "participation/draft", "One")
	tag := b.get("/feed.atom").Header().Get("ETag")
	if w := b.get("/feed.atom", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("unchanged: %d %q", w.Code, w.Body)
	}
	b.source.add(false, "participation/draft", "Two")
	if w := b.get("/feed.atom", "If-None-Match", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Two") {
		t.Errorf("changed: %d %q", w.Code, w.Body)
	}
}

// The calendar keeps to RFC 5545: lines of at most 75 octets of whole
// characters, CRLF, escaped text, a UID that stays when the event moves.
func TestCalendar(t *testing.T) {
	b := newBench(t)
	long := strings.Repeat("مرحلة طويلة جدا، ", 12)
	b.source.events = []Event{
		{UID: "period.a", Title: "Comments; all, of\nthem\\ " + long, Text: long, Href: "/docket/x", Start: epoch, End: epoch.Add(48 * time.Hour), Set: epoch, Index: 3},
		{UID: "closing.a", Title: "Closes", Href: "/docket/x", Start: epoch.Add(48 * time.Hour), Set: epoch, Index: 3},
	}
	path := "/docket/" + b.source.docket.ID.String() + "/calendar.ics"
	w := b.get(path)
	raw := w.Body.String()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") || strings.Count(raw, "\n") != strings.Count(raw, "\r\n") {
		t.Fatalf("%d %s", w.Code, w.Header())
	}
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(raw, "\r\n ", "")
	for _, want := range []string{"VERSION:2.0", "PRODID:", "UID:period.a@rivers.example\r\n", "DTSTAMP:20261201T220000Z\r\n", "DTSTART:20261201T220000Z\r\n", "DTEND:20261203T220000Z\r\n",
		"SEQUENCE:3\r\n", `SUMMARY:Comments\; all\, of them\\ مرحلة`, "URL:https://rivers.example/docket/x"} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("no %q in\n%s", want, unfolded)
		}
	}
	c, err := ics.ParseCalendar(strings.NewReader(raw))
	if err != nil || len(c.Events()) != 2 {
		t.Fatalf("read back: %v", err)
	}
	if got := c.Events()[0].GetProperty(ics.ComponentPropertyDescription).Value; got != strings.TrimSpace(long) {
		t.Errorf("description came back as %q", got)
	}
	b.source.events[0].Start, b.source.events[0].Set, b.source.events[0].Index = epoch.Add(time.Hour), epoch.Add(time.Minute), 9
	if moved := b.get(path).Body.String(); !strings.Contains(moved, "UID:period.a@rivers.example\r\n") || !strings.Contains(moved, "SEQUENCE:9\r\n") || !strings.Contains(moved, "DTSTART:20261201T230000Z") {
		t.Errorf("after it moved:\n%s", moved)
	}
}
