package ocds

import (
	"encoding/json/jsontext"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A Node is one JSON value as it was written: members in their order, numbers
// digit for digit, with the line it stands on. Fields that the standard does
// not know are kept like all others.
type Node struct {
	Kind    jsontext.Kind
	Text    string   // of a string its characters, of a number its digits
	Members []Member // of an object
	Items   []*Node  // of an array
	Line    int      // from 1; 0 if it was made, not read
}

// A Member is a name and its value in an object.
type Member struct {
	Name  string
	Value *Node
}

// The kinds of nodes.
const (
	null    jsontext.Kind = 'n'
	boolNo  jsontext.Kind = 'f'
	boolYes jsontext.Kind = 't'
	text    jsontext.Kind = '"'
	number  jsontext.Kind = '0'
	object  jsontext.Kind = '{'
	array   jsontext.Kind = '['
)

// Object returns an object of names and values that alternate; a value is what
// [Value] takes.
func Object(pairs ...any) *Node {
	n := &Node{Kind: object}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Set(pairs[i].(string), Value(pairs[i+1]))
	}
	return n
}

// List returns an array of what [Value] takes.
func List(items ...any) *Node {
	n := &Node{Kind: array}
	for _, v := range items {
		n.Items = append(n.Items, Value(v))
	}
	return n
}

// Value returns the node for a string, an int, a bool, nil, a list of strings,
// or for a node, which stays as it is.
func Value(v any) *Node {
	switch v := v.(type) {
	case *Node:
		return v
	case string:
		return &Node{Kind: text, Text: v}
	case int:
		return Number(strconv.Itoa(v))
	case bool:
		if v {
			return &Node{Kind: boolYes}
		}
		return &Node{Kind: boolNo}
	case []string:
		n := &Node{Kind: array}
		for _, s := range v {
			n.Items = append(n.Items, Value(s))
		}
		return n
	}
	return &Node{Kind: null}
}

// Number returns the node of a number, given as JSON writes it.
func Number(digits string) *Node { return &Node{Kind: number, Text: digits} }

// Get returns the value of a member, nil if n is no object or has none. Of a
// name that stands twice the last counts.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != object {
		return nil
	}
	for i := len(n.Members) - 1; i >= 0; i-- {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// At returns the node that names lead to, one within the other.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.Get(name)
	}
	return n
}

// Set gives a member a value, in its place or at the end.
func (n *Node) Set(name string, value *Node) {
	for i := range n.Members {
		if n.Members[i].Name == name {
			n.Members[i].Value = value
			return
		}
	}
	n.Members = append(n.Members, Member{name, value})
}

// Delete removes a member.
func (n *Node) Delete(name string) {
	n.Members = slices.DeleteFunc(n.Members, func(m Member) bool { return m.Name == name })
}

// Str returns the characters of a string, "" of everything else.
func (n *Node) Str() string {
	if n == nil || n.Kind != text {
		return ""
	}
	return n.Text
}

// ID returns an identifier, which the standard lets be a string or a whole
// number, as text; "" if there is none.
func (n *Node) ID() string {
	if n == nil || n.Kind != text && n.Kind != number {
		return ""
	}
	return n.Text
}

// is reports whether n is there and of a kind.
func (n *Node) is(kind jsontext.Kind) bool { return n != nil && n.Kind == kind }

// list returns the items of an array, none of everything else.
func (n *Node) list() []*Node {
	if !n.is(array) {
		return nil
	}
	return n.Items
}

// holds reports whether an array holds a string.
func (n *Node) holds(s string) bool {
	return slices.ContainsFunc(n.list(), func(i *Node) bool { return i.is(text) && i.Text == s })
}

// widest bounds the exponents of numbers that are computed with: a number of
// nine characters must not fill the memory.
const widest = 1000

// Rat returns a number exactly. ok is false for what is no number, or one with
// an exponent beyond ±1000.
func (n *Node) Rat() (r *big.Rat, ok bool) {
	if !n.is(number) || wide(n.Text) {
		return nil, false
	}
	return new(big.Rat).SetString(n.Text)
}

func wide(digits string) bool {
	i := strings.IndexAny(digits, "eE")
	if i < 0 {
		return false
	}
	e, err := strconv.Atoi(digits[i+1:])
	return err != nil || e > widest || e < -widest
}

// Equal reports whether two nodes have the same content: members in any order,
// numbers by their value.
func Equal(a, b *Node) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || len(a.Members) != len(b.Members) || len(a.Items) != len(b.Items) {
		return false
	}
	for i := range a.Items {
		if !Equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for _, m := range a.Members {
		if !Equal(a.Get(m.Name), b.Get(m.Name)) {
			return false
		}
	}
	return a.Text == b.Text || a.Kind == number && plain(a.Text) == plain(b.Text)
}

// Clone returns a copy that shares nothing with n.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Members, c.Items = slices.Clone(n.Members), slices.Clone(n.Items)
	for i := range c.Members {
		c.Members[i].Value = c.Members[i].Value.Clone()
	}
	for i := range c.Items {
		c.Items[i] = c.Items[i].Clone()
	}
	return &c
}

// Find returns the node that a JSON Pointer leads to, nil if there is none.
func (n *Node) Find(path jsontext.Pointer) *Node {
	for name := range path.Tokens() {
		if n.is(array) {
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(n.Items) {
				return nil
			}
			n = n.Items[i]
			continue
		}
		n = n.Get(name)
	}
	return n
}
