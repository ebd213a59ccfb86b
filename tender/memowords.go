package tender

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"publica"
	"publica/ocds"
)

// cite returns the number by which the memo cites a record, as [3].
func (w *memoWriter) cite(id publica.EntryID) string {
	i := slices.Index(w.cites, id)
	if i < 0 {
		w.cites = append(w.cites, id)
		i = len(w.cites) - 1
	}
	return "[" + strconv.Itoa(i+1) + "]"
}

func (w *memoWriter) say(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

func (w *memoWriter) section(title string) { w.say("\n## %s\n", title) }

// row writes a row of a table.
func (w *memoWriter) row(cells ...string) { w.say("| %s |", strings.Join(cells, " | ")) }

func (w *memoWriter) table(heads ...string) {
	w.row(heads...)
	w.say("|%s", strings.Repeat(" --- |", len(heads)))
}

// number returns a bid's number among those of its lot, in the order of the docket.
func (w *memoWriter) number(id publica.EntryID) int {
	n := 0
	for _, b := range w.Bids {
		if b.Lot == w.lot.Name {
			n++
		}
		if b.ID == id {
			break
		}
	}
	return n
}

// called names a bid and, if that can be known, who bids.
func (w *memoWriter) called(id publica.EntryID) string {
	words := "bid " + strconv.Itoa(w.number(id))
	for _, b := range w.open {
		if b.ID == id && b.Name() != "" {
			words += " (" + escaped(b.Name()) + ")"
		}
	}
	return words
}

// calledText is called for an id as evaluations have it.
func (w *memoWriter) calledText(id string) string {
	parsed, err := publica.ParseEntryID(id)
	if err != nil {
		return id
	}
	return w.called(parsed)
}

func (w *memoWriter) calledAll(ids []publica.EntryID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = w.called(id)
	}
	return andWords(words)
}

// evaluator names an evaluator by its place in the tender.
func (w *memoWriter) evaluator(key string) string {
	for i, k := range w.Terms().Evaluators {
		if k.String() == key {
			return "evaluator " + strconv.Itoa(i+1)
		}
	}
	return key
}

func andWords(words []string) string {
	switch n := len(words); n {
	case 0:
		return "none"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// plural is "1 bid", "2 bids".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// amount is money in units of its currency.
func amount(n int64, currency string) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return sign + decimal(Money{n, currency}) + " " + currency
}

// points writes parts of a point.
func (w *memoWriter) points(n int64) string {
	unit := w.record.Method.Unit
	if unit <= 1 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%d.%0*d", n/unit, len(strconv.FormatInt(unit, 10))-1, n%unit)
}

// escaped makes words of others harmless in Markdown: they stay words, on one line. What
// shows nothing, or turns the direction of what follows, is left out, but for the
// joiners that words of some scripts are written with.
func escaped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var out strings.Builder
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Cc, unicode.Cf) && r != zeroWidthNonJoiner && r != zeroWidthJoiner:
			continue
		case strings.ContainsRune("\\`*_{}[]<>#|!~&", r):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// flagWords are a red flag in words.
type flagWords struct{ code, words string } // Markdown

// flagsRaised computes the red flags of the process.
func (w *memoWriter) flagsRaised() (all []flagWords, err error) {
	flags, err := w.Flags(w.content)
	for _, f := range flags {
		all = append(all, flagWords{f.Code, escaped(f.Title) + ", of " + w.flagged(&f) + ": " + f.Decimal + against(&f) + ". " + escaped(f.Definition)})
	}
	return all, err
}

// flagged says whom or what a red flag is about.
func (w *memoWriter) flagged(f *ocds.Flag) string {
	for _, b := range w.open {
		if b.Author.String() == f.ID {
			return "the bidder of " + w.called(b.ID)
		}
	}
	if f.ID == w.Buyer.String() {
		return "the buyer"
	}
	return "this process"
}

func against(f *ocds.Flag) string {
	if f.Against == nil {
		return ""
	}
	return ", compared with " + f.Against.RatString()
}
