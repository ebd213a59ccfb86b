package web

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Excerpt returns the beginning of a Markdown text in one line, at most n
// characters, cut at a word.
func Excerpt(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("#*_>`", r) || Deceptive(r) {
			return -1
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text[:min(len(text), 8*n)])
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)[:n]
	cut := string(runes)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,.;:") + " …"
}

// Tame drops the characters that make text look other than it is.
func Tame(s string) string {
	return strings.Map(func(r rune) rune {
		if Deceptive(r) {
			return -1
		}
		return r
	}, s)
}

// Apart keeps a person's words inside a message: on one line, and their
// direction their own.
func Apart(s string) string { return "\u2068" + strings.Join(strings.Fields(Tame(s)), " ") + "\u2069" }

// Speaks says in which language a person's words are, where that is known.
func Speaks(lang string, html template.HTML) template.HTML {
	if tag, err := language.Parse(lang); err == nil && lang != "" {
		return template.HTML(strings.Replace(string(html), "<div ", `<div lang="`+tag.String()+`" `, 1))
	}
	return html
}
