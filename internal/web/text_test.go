package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestMarkdown shows what people may write and what is left of the rest.
func TestMarkdown(t *testing.T) {
	r := newTextRenderer()
	for _, c := range []struct{ in, want, never string }{
		{"**yes** and _so_", "<strong>yes</strong> and <em>so</em>", ""},
		{"<script>alert(1)</script>", "", "script"},
		{"<b onclick=x>hi</b>", "hi", "onclick"},
		{"[x](javascript:alert(1))", "x", "javascript"},
		{"[x](https://example.org)", `href="https://example.org" rel="nofollow noreferrer"`, ""},
		{"![x](https://example.org/a.png)", "", "<img"},
		{"# One\n\n## Two", "<h3>One</h3>\n<h4>Two</h4>", "<h1"},
		{"### One\n\n##### Two\n\n## Three", "<h3>One</h3>\n<h4>Two</h4>\n<h3>Three</h3>", "<h5"},
		{"| a | b |\n|--|--|\n| 1 | 2 |", "<td>1</td>", "style="},
		{"a\u202eb\u2066c\x00d", "abcd", "\u202e"},
		{"pay\u200bpal\u2060\u00ad\U000e0041", "paypal", "\u200b"},
		{"می\u200cخواهم", "می\u200cخواهم", "\ufffd"},
		{"1 < 2 & 3", "1 &lt; 2 &amp; 3", ""},
		{strings.Repeat("x", maxShown+10), "cut here", ""},
	} {
		got := string(r.Markdown(c.in))
		if !strings.Contains(got, c.want) || (c.never != "" && strings.Contains(got, c.never)) {
			t.Errorf("%.40q is shown as %.300q", c.in, got)
		}
	}
}

// TestPlain checks that plain text keeps its lines and nothing else.
func TestPlain(t *testing.T) {
	got := string(newTextRenderer().Plain("one <b>\r\ntwo\n\n\nthree **x**"))
	for _, want := range []string{"<p>one &lt;b&gt;<br>two</p>", "<p>three **x**</p>"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if got := isolate("a\u202e<b>\n c"); got != "<bdi>a&lt;b&gt; c</bdi>" {
		t.Errorf("isolated: %q", got)
	}
}

// FuzzText shows anything: what comes out holds no active markup and no
// control that reaches beyond its own text.
func FuzzText(f *testing.F) {
	for _, s := range []string{"<script>", "[a](javascript:x)", "<img src=x onerror=y>", "\u202e", "`<a href='x'>`", "<a\nhref=\"javascript:x\">", "&lt;script&gt;"} {
		f.Add(s)
	}
	r := newTextRenderer()
	f.Fuzz(func(t *testing.T, s string) {
		for _, html := range []string{string(r.Markdown(s)), string(r.Plain(s)), string(isolate(s))} {
			low := strings.ToLower(html)
			for _, never := range []string{"<script", "<img", "<iframe", "<style", "<svg", "<form", "<input", " onerror=\"", "href=\"javascript:", "\u202e", "\u2066"} {
				if strings.Contains(low, never) {
					t.Fatalf("%q is shown as %q", s, html)
				}
			}
		}
	})
}

// TestWords checks the small words of the pages.
func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{english.Number(1234567), "1,234,567"}, {english.Number(-1234), "-1,234"}, {english.Number(7), "7"},
		{english.Bytes(999), "999 bytes"}, {english.Bytes(20480), "20.5 kB"}, {english.Bytes(10 << 20), "10.5 MB"},
		{english.Duration(30 * time.Second), "30 seconds"}, {english.Duration(15 * time.Minute), "15 minutes"}, {english.Duration(72 * time.Hour), "3 days"},
		{kindWords("docket/amend-charter"), "Amend charter (docket)"}, {kindWords(""), ""},
		{sentence("is missing"), "Is missing"}, {sentence(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// TestPlotAxis checks that the axis holds every value and four lines divide it.
func TestPlotAxis(t *testing.T) {
	for _, most := range []int64{0, 1, 4, 5, 9, 12, 13, 41, 99, 100, 312, 1204, 22567, 1 << 40} {
		top := Plot{Points: []Point{{"a", most}}}.Top()
		if top < most || top%4 != 0 || (most > 12 && top > 3*most) {
			t.Errorf("a value of %d has an axis up to %d", most, top)
		}
	}
}

// TestCursor checks paging by cursor and that other parameters are kept.
func TestCursor(t *testing.T) {
	r := httptest.NewRequest("GET", "/docket/x/comments?since=40&limit=10&stance=oppose", nil)
	c, err := ReadCursor(r, 25)
	if err != nil || c.Since != 40 || c.Limit != 10 {
		t.Fatalf("%+v, %v", c, err)
	}
	p := c.Pager(r, 77, 10, "comments")
	if p.Next != "/docket/x/comments?limit=10&since=77&stance=oppose" || p.First != "/docket/x/comments?limit=10&stance=oppose" {
		t.Errorf("%+v", p)
	}
	if p := c.Pager(r, -1, 3, "comments"); p.Next != "" {
		t.Errorf("%+v goes on after the end", p)
	}
	for _, q := range []string{"since=-1", "since=x", "limit=0", "limit=1001", "limit=x"} {
		if _, err := ReadCursor(httptest.NewRequest("GET", "/?"+q, nil), 25); err == nil {
			t.Errorf("%s is taken", q)
		}
	}
}

// TestBacklink checks that an error page leads back to this site only.
func TestBacklink(t *testing.T) {
	r := httptest.NewRequest("POST", "http://example.com/x", nil)
	for referer, want := range map[string]string{"http://example.com/a?b=c": "/a?b=c", "http://evil.example/a": "", "": "/x", "//evil.example": "", "javascript:alert(1)": ""} {
		r.Header.Set("Referer", referer)
		if got := backTo(r); got != want {
			t.Errorf("from %q back to %q, want %q", referer, got, want)
		}
	}
}
