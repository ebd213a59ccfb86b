package web

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Quote is a stretch of a Markdown text that something elsewhere on the page
// is about: the code points From up to To of its source.
type Quote struct {
	From, To int64
	ID       string // of the first marked word
	Href     string // where what quotes it stands
	Label    string // of the link there, for those who cannot see the mark
	Number   int    // shown after the mark
}

// The signs that carry quotes through the renderer: the last plane of Unicode,
// which no text uses.
const (
	firstSign = 0x100000
	maxQuotes = 64
)

// Quoted renders text/markdown with quotes marked, and reports which of them it
// could mark. One whose ends fall inside the markup, so that marking it would
// change the text, is left alone.
func (s *Site) Quoted(source string, quotes []Quote) (template.HTML, []bool) {
	return s.text.quoted(source, quotes[:min(len(quotes), maxQuotes)])
}

func (t *textRenderer) quoted(source string, quotes []Quote) (template.HTML, []bool) {
	bare, shown := t.Markdown(source), make([]bool, len(quotes))
	if len(quotes) == 0 || strings.ContainsFunc(source, isSign) {
		return bare, shown
	}
	text, marked := []rune(source), string(bare)
	try := func(which []bool) bool {
		html := string(t.Markdown(signed(text, quotes, which)))
		if strings.Map(dropSign, html) != string(bare) {
			return false
		}
		marked = markUp(html, quotes)
		return true
	}
	for i, q := range quotes {
		from, to := inside(text, q)
		shown[i] = from < to
	}
	if try(shown) {
		return template.HTML(marked), shown
	}
	// One of them falls inside the markup: take those that do not.
	fit := make([]bool, len(quotes))
	for i := range quotes {
		fit[i] = shown[i]
		if fit[i] && !try(fit) {
			fit[i] = false
		}
	}
	return template.HTML(marked), fit
}

func isSign(r rune) bool { return r >= firstSign && r < firstSign+2*maxQuotes }

func dropSign(r rune) rune {
	if isSign(r) {
		return -1
	}
	return r
}

// inside moves the ends of a quote off white space and the signs of Markdown,
// onto its first and last word.
func inside(text []rune, q Quote) (from, to int64) {
	from, to = min(q.From, int64(len(text))), min(q.To, int64(len(text)))
	idle := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("*_~`#>[]|!+-", r) }
	for from < to && idle(text[from]) {
		from++
	}
	for to > from && idle(text[to-1]) {
		to--
	}
	return from, to
}

// signed puts signs where the chosen quotes begin and end.
func signed(text []rune, quotes []Quote, which []bool) string {
	type sign struct {
		at   int64
		mark rune
	}
	var all []sign
	for i, q := range quotes {
		if which[i] {
			from, to := inside(text, q)
			all = append(all, sign{to, firstSign + 2*rune(i) + 1}, sign{from, firstSign + 2*rune(i)})
		}
	}
	slices.SortStableFunc(all, func(a, b sign) int { return int(a.at - b.at) })
	var b strings.Builder
	at := int64(0)
	for _, s := range all {
		b.WriteString(string(text[at:s.at]) + string(s.mark))
		at = s.at
	}
	return b.String() + string(text[at:])
}

// markUp turns signs in safe HTML into marks. A mark never spans a tag: what a
// quote covers is marked run by run.
func markUp(html string, quotes []Quote) string {
	var b, run strings.Builder
	var open, refs []int
	begun := make([]bool, len(quotes))
	link := false
	flush := func() {
		text := run.String()
		run.Reset()
		if len(open) == 0 || strings.TrimSpace(text) == "" {
			b.WriteString(text)
			return
		}
		for _, i := range open {
			b.WriteString(`<mark class="pub-quoted"`)
			if !begun[i] {
				b.WriteString(` id="` + template.HTMLEscapeString(quotes[i].ID) + `"`)
			}
			b.WriteString(">")
			begun[i] = true
		}
		b.WriteString(text + strings.Repeat("</mark>", len(open)))
	}
	refer := func() {
		for _, i := range refs {
			q := quotes[i]
			b.WriteString(`<sup class="pub-quoted__ref"><a href="` + template.HTMLEscapeString(safeHref(q.Href)) + `" aria-label="` + template.HTMLEscapeString(q.Label) + `">` + strconv.Itoa(q.Number) + "</a></sup>")
		}
		refs = nil
	}
	for len(html) > 0 {
		if html[0] == '<' {
			flush()
			end := strings.IndexByte(html, '>') + 1
			tag := html[:end]
			html = html[end:]
			b.WriteString(tag)
			if link = link || strings.HasPrefix(tag, "<a "); tag == "</a>" {
				link = false
				refer()
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(html)
		html = html[size:]
		if !isSign(r) {
			run.WriteRune(r)
			continue
		}
		flush()
		i := int(r-firstSign) / 2
		if (r-firstSign)%2 == 0 {
			open = append(open, i)
			continue
		}
		open = slices.DeleteFunc(open, func(j int) bool { return j == i })
		if refs = append(refs, i); !link {
			refer()
		}
	}
	flush()
	return b.String()
}
