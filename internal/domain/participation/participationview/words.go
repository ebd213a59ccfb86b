package participationview

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/web"
)

// excerpt returns the beginning of a Markdown text in one line, at most n
// characters, cut at a word.
func excerpt(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("#*_>`", r) || bidiControl(r) {
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

// tame drops the characters that turn text around beyond its own end.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		if bidiControl(r) {
			return -1
		}
		return r
	}, s)
}

func bidiControl(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// outcomeWords says an outcome.
func outcomeWords(outcome string) string {
	switch outcome {
	case "accepted":
		return "Accepted"
	case "accepted-in-part":
		return "Accepted in part"
	case "out-of-scope":
		return "Out of scope"
	case "duplicate":
		return "Said elsewhere"
	}
	return docketview.Words(outcome)
}

// outcomeTag marks an outcome.
func outcomeTag(outcome string) web.Tag {
	t := web.Tag{Text: outcomeWords(outcome), Kind: "info"}
	switch outcome {
	case "accepted", "accepted-in-part":
		t.Kind = "success"
	case "declined":
		t.Kind = "warning"
	}
	return t
}

// stanceTag marks what an author says of what they comment on.
func stanceTag(stance string) web.Tag {
	switch stance {
	case "support":
		return web.Tag{Kind: "success", Text: "Supports"}
	case "oppose":
		return web.Tag{Kind: "warning", Text: "Opposes"}
	case "neutral":
		return web.Tag{Text: "Neutral"}
	}
	return web.Tag{}
}

// stateTag marks whether a contribution has its answer.
func stateTag(c *Contribution) web.Tag {
	switch {
	case !c.Response.IsZero():
		t := outcomeTag(c.outcome)
		t.Text = "Answered: " + strings.ToLower(t.Text[:1]) + t.Text[1:]
		return t
	case c.Owed:
		return web.Tag{Kind: "error", Text: "Owed a response"}
	}
	return web.Tag{}
}

// stepWords says what a version did.
func stepWords(what string, idea bool) string {
	switch what {
	case "new":
		return "New section"
	case "changed":
		return "Text changed"
	case "removed":
		if idea {
			return "Idea dropped"
		}
		return "Section removed"
	case "returned":
		return "Section is back"
	case "carried":
		return "Idea taken up"
	}
	return docketview.Words(what)
}

// sentence makes a sentence of an error's words.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// publicaError returns the error people can act on.
func publicaError(err error) (*publica.Error, bool) {
	if err == nil {
		return nil, false
	}
	return errors.AsType[*publica.Error](err)
}

// trackingNumber returns the id of the entry a receipt is for.
func trackingNumber(r *publica.Receipt) (publica.EntryID, error) {
	switch {
	case r.Submission != nil:
		return publica.ID(r.Submission.Entry), nil
	case r.Leaf != nil:
		l, err := publica.ParseLeaf(r.Leaf)
		if err != nil {
			return publica.EntryID{}, err
		}
		return l.ID(), nil
	}
	return publica.EntryID{}, errors.New("the receipt names no entry")
}

// importWords says where an imported record comes from, as a claim.
func importWords(o Origin) string {
	words := "Brought here from " + o.Source + " and signed by the importer, who claims that "
	if o.Name != "" {
		words += "the author was " + o.Name
	} else {
		words += "the author is not known"
	}
	if o.Claimed != 0 {
		words += " and that it was made on " + dayOf(o.Claimed)
	}
	return words + ". Nobody here has checked that."
}
