package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"publica"
)

// maxShown bounds what a page shows of one text; the rest is a download.
const maxShown = 256 << 10

// A textRenderer turns what people wrote into HTML that is safe to show. Two
// layers: goldmark leaves raw HTML out, bluemonday keeps only what it knows.
type textRenderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

func newTextRenderer() *textRenderer {
	// No pictures: one from elsewhere would tell its host who reads the record.
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowStandardURLs()
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return &textRenderer{markdown: goldmark.New(goldmark.WithExtensions(extension.GFM)), policy: p}
}

// Markdown renders text/markdown.
func (t *textRenderer) Markdown(source string) template.HTML {
	source = clean(cut(source))
	var b bytes.Buffer
	if err := t.markdown.Convert([]byte(source), &b); err != nil {
		return t.Plain(source)
	}
	return template.HTML(`<div class="pub-text" dir="auto">` + lowerHeadings(t.policy.Sanitize(b.String())) + `</div>`)
}

// lowerHeadings keeps headings of a text below those of the page: whatever level
// people begin with becomes h3, and none is skipped below it.
func lowerHeadings(html string) string {
	var open []byte // levels of the headings that the next one may stand under
	return heading.ReplaceAllStringFunc(html, func(tag string) string {
		level := tag[len(tag)-2]
		if tag[1] != '/' {
			for len(open) > 0 && open[len(open)-1] >= level {
				open = open[:len(open)-1]
			}
			open = append(open, level)
		}
		return tag[:len(tag)-2] + string('0'+byte(min(6, 2+len(open)))) + ">"
	})
}

var heading = regexp.MustCompile(`</?h[1-6]>`)

// Plain renders text/plain: paragraphs and line breaks kept, nothing else.
func (t *textRenderer) Plain(source string) template.HTML {
	var b strings.Builder
	b.WriteString(`<div class="pub-text pub-text--plain" dir="auto">`)
	for para := range strings.SplitSeq(strings.ReplaceAll(clean(cut(source)), "\r\n", "\n"), "\n\n") {
		if strings.TrimSpace(para) == "" {
			continue
		}
		b.WriteString("<p>" + strings.ReplaceAll(template.HTMLEscapeString(strings.Trim(para, "\n")), "\n", "<br>") + "</p>")
	}
	b.WriteString("</div>")
	return template.HTML(b.String())
}

// isolate renders one line of a person's text so that its direction stays its
// own.
func isolate(s string) template.HTML {
	s = strings.Join(strings.Fields(clean(s)), " ")
	return template.HTML("<bdi>" + template.HTMLEscapeString(s) + "</bdi>")
}

func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	s = s[:maxShown]
	for len(s) > 0 && !utf8.ValidString(s[len(s)-min(4, len(s)):]) {
		s = s[:len(s)-1]
	}
	return s + "\n\n[cut here: download the part to read the rest]"
}

// clean drops control and deceptive characters; letters keep their own direction.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return r
		case unicode.IsControl(r), Deceptive(r):
			return -1
		case r == utf8.RuneError:
			return '\uFFFD'
		}
		return r
	}, s)
}

// Deceptive reports whether a character turns text around beyond its own end, or
// shows nothing and serves only to make two texts that look the same differ.
// Joiners are not: scripts need them.
func Deceptive(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
		r == 0xad || r == 0x180e || r == 0x200b || r >= 0x2060 && r <= 0x2064 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f
}

func (t *textRenderer) funcs() template.FuncMap {
	return template.FuncMap{
		"markdown": t.Markdown,
		"plain":    t.Plain,
		"tame":     Tame,
		"isolate":  func(v any) template.HTML { return isolate(fmt.Sprint(v)) },
		"short":    short,
		"stamp":    func(t publica.Time) string { return t.String() },
		"sentence": sentence,
		"dict":     dict,
		"add":      func(a, b any) (int64, error) { return sum(a, b) },
	}
}

// short returns the first eight digits of an id.
func short(id fmt.Stringer) string {
	s := id.String()
	return s[:min(8, len(s))]
}

// sentence begins a message with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants names and values in pairs")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// sum adds whole numbers of any integer type.
func sum(a, b any) (int64, error) {
	x, errX := strconv.ParseInt(fmt.Sprint(a), 10, 64)
	y, errY := strconv.ParseInt(fmt.Sprint(b), 10, 64)
	return x + y, errors.Join(errX, errY)
}
