package compliance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"publica"
)

// A template is words with places for values: plain, place, plain, ….
type template struct {
	plain  []string
	places []place // one fewer
}

// A place is {name}, {input.member}, or either with a form after a colon.
type place struct {
	path []string
	form string // "", ratio or percent
}

// notGiven stands for a value that is not there.
const notGiven = "(not given)"

// How much of a list and of a string stands in words.
const (
	shownElements   = 10
	shownCodePoints = 200
)

// template reads words and checks that each place names something.
func (c *compiler) template(at, words string) (t template, err error) {
	if len(words) > maxWords {
		return t, publica.Problem(publica.TooLarge, at, fmt.Sprintf("has more than %d bytes", maxWords))
	}
	for {
		plain, rest, found := strings.Cut(words, "{")
		t.plain = append(t.plain, plain)
		if !found {
			return t, nil
		}
		inside, rest, closed := strings.Cut(rest, "}")
		if !closed {
			return t, publica.Problem(publica.Invalid, at, "has a { without }").WithHint("write {name}, or {name:ratio} or {name:percent} for permille")
		}
		name, form, _ := strings.Cut(inside, ":")
		p := place{strings.Split(name, "."), form}
		if err := c.checkPlace(at, inside, p); err != nil {
			return t, err
		}
		if c.schema.inputs.index(p.path[0]) >= 0 {
			c.shown = append(c.shown, name)
		}
		t.places, words = append(t.places, p), rest
	}
}

func (c *compiler) checkPlace(at, text string, p place) error {
	typ := c.typeAt(p.path)
	switch {
	case typ == nil:
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("{%s} names nothing", text)).WithHint("known here: " + strings.Join(c.known(), ", "))
	case typ.kind == listKind && typ.elem.kind == recordKind && typ.elem.rec != money, typ.kind == recordKind && typ.rec != money:
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("{%s} is %s, which has no words", text, typ)).WithHint("name one of its members")
	case p.form != "" && p.form != "ratio" && p.form != "percent":
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("{%s} asks for the form %q", text, p.form)).WithHint("want ratio or percent, of permille")
	case p.form != "" && typ.kind != intKind:
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("{%s} asks for a form of %s", text, typ)).WithHint("only integers have forms")
	}
	return nil
}

// typeAt is the type of what a path names, nil if nothing.
func (c *compiler) typeAt(path []string) *declared {
	all := slices.Concat(c.schema.inputs.members, c.values)
	i := slices.IndexFunc(all, func(m member) bool { return m.name == path[0] })
	if i < 0 {
		return nil
	}
	typ := all[i].typ
	for _, name := range path[1:] {
		if typ.kind != recordKind || typ.rec.index(name) < 0 {
			return nil
		}
		typ = typ.rec.members[typ.rec.index(name)].typ
	}
	return typ
}

// fill puts what the rule saw into the words.
func (t template) fill(n *names) string {
	var b strings.Builder
	for i, plain := range t.plain {
		b.WriteString(plain)
		if i < len(t.places) {
			b.WriteString(t.places[i].text(n))
		}
	}
	return b.String()
}

func (p place) text(n *names) string {
	found, ok := n.ResolveName(p.path[0])
	if !ok {
		return notGiven
	}
	v, _ := found.(ref.Val)
	for _, name := range p.path[1:] {
		o, ok := v.(*object)
		if !ok {
			return notGiven
		}
		v = o.values[o.rec.index(name)]
	}
	if i, ok := v.(types.Int); ok && p.form == "ratio" {
		return decimal(int64(i), 3)
	} else if ok && p.form == "percent" {
		return decimal(int64(i), 1) + " %"
	}
	return text(v)
}

// text is a value in words.
func text(v ref.Val) string {
	switch v := v.(type) {
	case types.Bool:
		if v {
			return "yes"
		}
		return "no"
	case types.Int:
		return strconv.FormatInt(int64(v), 10)
	case types.String:
		return cut(string(v))
	case *object:
		if v.rec == money {
			return moneyText(v)
		}
	case traits.Lister:
		return listText(v)
	}
	return notGiven
}

func cut(s string) string {
	n := 0
	for i := range s {
		if n == shownCodePoints {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func listText(l traits.Lister) string {
	var shown []string
	more := int64(l.Size().(types.Int)) - shownElements
	for it := l.Iterator(); it.HasNext() == types.True && len(shown) < shownElements; {
		shown = append(shown, text(it.Next()))
	}
	switch {
	case len(shown) == 0:
		return "none"
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}

// decimal writes n with a point before its last digits.
func decimal(n int64, digits int) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// minorDigits are the digits of the currencies whose minor unit is not a hundredth
// (ISO 4217, List One).
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// MinorDigits returns how many decimal digits the minor unit of an ISO 4217 currency
// has: two but for those of [OtherMinorDigits].
func MinorDigits(currency string) int {
	if digits, other := minorDigits[currency]; other {
		return digits
	}
	return 2
}

// OtherMinorDigits returns the digits of every currency for which they are not two
// (ISO 4217, List One), for a program that cannot ask [MinorDigits]: lists elsewhere,
// the CLDR's for one, say how amounts are shown, and have other digits.
func OtherMinorDigits() map[string]int { return maps.Clone(minorDigits) }

func moneyText(o *object) string {
	currency, known := o.values[0].(types.String)
	amount, given := o.values[1].(types.Int)
	if !known || !given {
		return notGiven
	}
	return decimal(int64(amount), MinorDigits(string(currency))) + " " + string(currency)
}
