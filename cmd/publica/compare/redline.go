package compare

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff/lcs"
)

var (
	tags    = regexp.MustCompile(`(?i)</?[a-z][^<>]*>`)
	schemes = regexp.MustCompile(`(?i)https?://`)
)

// Letters returns the letters and digits of a text, in lower case, without tags:
// two texts with the same ones say the same, and differ at most in typography,
// which is white space, quotes, dots, the hyphen at the end of a line, or https
// before an address.
func Letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, schemes.ReplaceAllString(tags.ReplaceAllString(text, ""), ""))
}

// Redline returns both texts as one, word by word: what only the old one has
// stands in [-…-], what only the new one has in {+…+}. Words are those of
// [Words]; what has none of them, such as white space, makes no difference.
func Redline(before, after string) string {
	old, now := strings.Fields(Words(before)), strings.Fields(Words(after))
	var out []string
	at := 0
	for _, d := range lcs.DiffLines(old, now) {
		out = append(out, old[at:d.Start]...)
		if d.End > d.Start {
			out = append(out, "[-"+strings.Join(old[d.Start:d.End], " ")+"-]")
		}
		if d.ReplEnd > d.ReplStart {
			out = append(out, "{+"+strings.Join(now[d.ReplStart:d.ReplEnd], " ")+"+}")
		}
		at = d.End
	}
	return strings.Join(append(out, old[at:]...), " ")
}
