package machine

import (
	"strconv"
	"strings"

	"publica"
)

// Media says which media types a part may have.
type Media int

const (
	AnyMedia  Media = iota
	PlainText       // text/plain
	Text            // text/plain or text/markdown
	Markdown        // text/markdown
)

// A PartRule says what one content part of a kind must be. Sizes are in bytes.
type PartRule struct {
	Name     string // "text"; with Numbered the prefix of "attachment-1", "attachment-2", …
	Media    Media
	Required bool  // must be there and not be empty
	Numbered bool  // Name-1 … Name-n
	Max      int64 // 0: [publica.MaxPartSize]
}

// CheckParts refuses an entry whose content parts are not what the rules say:
// a part missing, empty though required, unknown, too large, or of another
// media type.
func CheckParts(e *Entry, rules ...PartRule) error {
	for i := range e.Content {
		if err := checkPart(&e.Content[i], i, rules); err != nil {
			return err
		}
	}
	for i := range rules {
		r := &rules[i]
		if !r.Required {
			continue
		}
		p, ok := e.Part(r.Name)
		if !ok {
			return publica.Problem(publica.Invalid, "content", "lacks the part "+r.Name).
				WithHint("add a content part named " + r.Name + " of type " + r.Media.String())
		}
		if p.Size == 0 {
			return publica.Problem(publica.Invalid, "content", "has an empty part "+r.Name)
		}
	}
	return nil
}

func checkPart(p *publica.Part, i int, rules []PartRule) error {
	for j := range rules {
		r := &rules[j]
		if !r.names(p.Name) {
			continue
		}
		if !r.Media.allows(p.Media) {
			return publica.Problem(publica.Unsupported, "content/"+strconv.Itoa(i)+"/media", "is "+p.Media+", the part "+p.Name+" is "+r.Media.String())
		}
		if r.Max > 0 && p.Size > r.Max {
			return publica.Problem(publica.TooLarge, "content/"+strconv.Itoa(i)+"/size", "the part "+p.Name+" has "+strconv.FormatInt(p.Size, 10)+" bytes, over the limit of "+strconv.FormatInt(r.Max, 10))
		}
		return nil
	}
	return publica.Problem(publica.Invalid, "content/"+strconv.Itoa(i)+"/part", p.Name+" is not a part of this kind").
		WithHint("its parts are: " + partNames(rules))
}

func (r *PartRule) names(part string) bool {
	if !r.Numbered {
		return r.Name == part
	}
	n, ok := strings.CutPrefix(part, r.Name+"-")
	if !ok || n == "" || n[0] == '0' || len(n) > 2 {
		return false
	}
	for i := range len(n) {
		if n[i] < '0' || n[i] > '9' {
			return false
		}
	}
	return true
}

func (m Media) allows(media string) bool {
	base, _, _ := strings.Cut(media, ";")
	switch m {
	case PlainText:
		return base == "text/plain"
	case Text:
		return base == "text/plain" || base == "text/markdown"
	case Markdown:
		return base == "text/markdown"
	}
	return true
}

func (m Media) String() string {
	return [...]string{"any media type", "text/plain", "text/plain or text/markdown", "text/markdown"}[m]
}

func partNames(rules []PartRule) string {
	if len(rules) == 0 {
		return "none"
	}
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
		if r.Numbered {
			names[i] += "-1 …"
		}
	}
	return strings.Join(names, ", ")
}

// InDocket refuses an entry that names no docket.
func InDocket(e *Entry) error {
	if e.Docket.IsZero() {
		return publica.Problem(publica.Invalid, "docket", "is missing").WithHint("name the docket this belongs to: the id of the entry that opened it")
	}
	return nil
}

// NoDocket refuses an entry that names a docket.
func NoDocket(e *Entry) error {
	if !e.Docket.IsZero() {
		return publica.Problem(publica.Invalid, "docket", "must be absent: "+string(e.Kind)+" belongs to no docket")
	}
	return nil
}

// ForBody refuses an entry that does not say for which body its author acts.
func ForBody(e *Entry) error {
	if e.For == (publica.BodyID{}) {
		return publica.Problem(publica.Invalid, "for", "is missing").WithHint("name the body you act for: the id of the entry that registered it")
	}
	return nil
}

// First returns the first refusal of several checks, or nil.
func First(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
