package ocds

import (
	"encoding/json/jsontext"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Canonical writes a value so that equal content gives equal bytes: members
// sorted and strings escaped as RFC 8785 has it, no white space, and every
// number exactly, in its shortest decimal form. RFC 8785 itself would round
// amounts to 53 bits.
//
//	{"amount":1.50,"currency":"USD"} → {"amount":1.5,"currency":"USD"}
func Canonical(n *Node) []byte { return appendNode(nil, n, style{sorted: true}, "\n") }

// Text writes a value indented, in the order and with the digits it was read.
func Text(n *Node) []byte { return append(appendNode(nil, n, style{indent: "  "}, "\n"), '\n') }

// Line writes a value as read on one line, without the newline.
func Line(n *Node) []byte { return appendNode(nil, n, style{}, "\n") }

type style struct {
	sorted bool
	indent string
}

func appendNode(b []byte, n *Node, s style, margin string) []byte {
	switch n.Kind {
	case text:
		b, _ = jsontext.AppendQuote(b, n.Text) // it fails on invalid UTF-8 only, and writes U+FFFD for that
		return b
	case number:
		if s.sorted {
			return append(b, plain(n.Text)...)
		}
		return append(b, n.Text...)
	case object:
		return appendObject(b, n, s, margin)
	case array:
		return appendArray(b, n, s, margin)
	case boolYes:
		return append(b, "true"...)
	case boolNo:
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

func appendObject(b []byte, n *Node, s style, margin string) []byte {
	members, inner := n.Members, margin+s.indent
	if s.sorted {
		members = slices.Clone(members)
		slices.SortStableFunc(members, func(a, b Member) int { return compareNames(a.Name, b.Name) })
	}
	b = append(b, '{')
	for i, m := range members {
		b = s.next(b, i, inner)
		b, _ = jsontext.AppendQuote(b, m.Name) // as above
		b = append(b, ':')
		if s.indent != "" {
			b = append(b, ' ')
		}
		b = appendNode(b, m.Value, s, inner)
	}
	return s.end(b, len(members), margin, '}')
}

func appendArray(b []byte, n *Node, s style, margin string) []byte {
	inner := margin + s.indent
	b = append(b, '[')
	for i, v := range n.Items {
		b = appendNode(s.next(b, i, inner), v, s, inner)
	}
	return s.end(b, len(n.Items), margin, ']')
}

func (s style) next(b []byte, i int, inner string) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	if s.indent != "" {
		b = append(b, inner...)
	}
	return b
}

func (s style) end(b []byte, count int, margin string, closing byte) []byte {
	if s.indent != "" && count > 0 {
		b = append(b, margin...)
	}
	return append(b, closing)
}

// compareNames orders member names by UTF-16 code units, as RFC 8785 does.
func compareNames(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// plain returns the shortest decimal form of a number: no exponent unless it
// is wide, no sign of zero, no zeros at the end of a fraction.
func plain(digits string) string {
	mantissa, exponent := digits, 0
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		if wide(digits) {
			return strings.ToLower(digits)
		}
		mantissa = digits[:i]
		exponent, _ = strconv.Atoi(digits[i+1:]) // wide would have said so
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all, point := whole+fraction, len(whole)+exponent
	if point < 0 {
		all, point = strings.Repeat("0", -point)+all, 0
	}
	if point > len(all) {
		all += strings.Repeat("0", point-len(all))
	}
	whole, fraction = strings.TrimLeft(all[:point], "0"), strings.TrimRight(all[point:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole
}
