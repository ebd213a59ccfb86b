package compare

import (
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

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
