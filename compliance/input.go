package compliance

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"publica"
)

const maxInput = 1 << 20 // bytes of an input

// An Input is what the rules of one set look at, read and brought into order:
// every list is sorted, so neither the order of members nor that of elements in
// the text changes it.
type Input struct {
	root      *object
	canonical []byte
	hash      string
}

// Hash is SHA-256 of the canonical form, in hexadecimal.
func (in *Input) Hash() string { return in.hash }

// Canonical returns the input in its RFC 8785 form, lists sorted.
func (in *Input) Canonical() []byte { return in.canonical }

// Read reads an input for the set: a JSON object whose members are the declared
// inputs. What is left out is not given; a list that is left out is empty, and a
// record that is left out has no member. The error is a [publica.Error] that
// names the field.
func (s *Set) Read(text []byte) (*Input, error) {
	if len(text) > maxInput {
		return nil, publica.Problem(publica.TooLarge, "", fmt.Sprintf("an input has at most %d bytes", maxInput))
	}
	r := &reader{jsontext.NewDecoder(bytes.NewReader(text))}
	root, err := r.object(s.schema.inputs)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, publica.Problem(publica.Malformed, "", "goes on after its end").WithHint("want one JSON object")
	}
	for i, m := range s.schema.inputs.members {
		if root.values[i] == nil && m.typ.kind != listKind && m.typ.kind != recordKind {
			return nil, publica.Problem(publica.Invalid, m.name, "is missing").WithHint("want " + m.typ.String())
		}
	}
	in := &Input{root: root}
	var b bytes.Buffer
	writeValue(&b, root)
	in.canonical = b.Bytes()
	sum := sha256.Sum256(in.canonical)
	in.hash = hex.EncodeToString(sum[:])
	in.root = filled(root)
	return in, nil
}

// filled gives rules something to read for inputs that are left out.
func filled(root *object) *object {
	o := &object{root.rec, slices.Clone(root.values)}
	for i, m := range o.rec.members {
		if o.values[i] != nil {
			continue
		}
		if m.typ.kind == listKind {
			o.values[i] = newList(nil)
		} else {
			o.values[i] = &object{m.typ.rec, make([]ref.Val, len(m.typ.rec.members))}
		}
	}
	return o
}

func newList(elements []ref.Val) ref.Val {
	return types.NewRefValList(types.DefaultTypeAdapter, elements)
}

// A reader reads values of declared types.
type reader struct{ dec *jsontext.Decoder }

// field is where the reader stands.
func (r *reader) field() string {
	return strings.TrimPrefix(string(r.dec.StackPointer()), "/")
}

func (r *reader) wrong(message string) *publica.Error {
	return publica.Problem(publica.Malformed, r.field(), message)
}

func (r *reader) syntax(err error) error {
	e := r.wrong("is not valid JSON")
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return r.wrong("stands twice in its object").WithHint("leave one of them out")
	}
	e.Err = err
	return e
}

// next reads a token and refuses one of another kind than wanted.
func (r *reader) next(want jsontext.Kind, name string) (jsontext.Token, error) {
	t, err := r.dec.ReadToken()
	if err != nil {
		return t, r.syntax(err)
	}
	if t.Kind() != want {
		return t, r.wrong("is not " + name)
	}
	return t, nil
}

func (r *reader) value(d *declared) (ref.Val, error) {
	switch d.kind {
	case boolKind:
		t, err := r.dec.ReadToken()
		if err != nil {
			return nil, r.syntax(err)
		}
		if t.Kind() != 't' && t.Kind() != 'f' {
			return nil, r.wrong("is not true or false")
		}
		return types.Bool(t.Bool()), nil
	case intKind:
		return r.integer()
	case listKind:
		return r.list(d.elem)
	case recordKind:
		return r.object(d.rec)
	}
	t, err := r.next('"', "a string")
	if err != nil {
		return nil, err
	}
	if d.kind == dateKind && !isDate(t.String()) {
		return nil, r.wrong(fmt.Sprintf("%q is not a date", t.String())).WithHint("want YYYY-MM-DD, for example 2026-11-23")
	}
	return types.String(t.String()), nil
}

// integer reads a number that every JSON reader reads the same.
func (r *reader) integer() (ref.Val, error) {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return nil, r.syntax(err)
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n >= 1<<53 || n <= -1<<53 || string(raw) == "-0" {
		return nil, r.wrong("is not an integer below 2^53").WithHint("write money in minor units and shares in permille")
	}
	return types.Int(n), nil
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

func (r *reader) list(elem *declared) (ref.Val, error) {
	if _, err := r.next('[', "a list"); err != nil {
		return nil, err
	}
	var all []ref.Val
	for r.dec.PeekKind() != ']' {
		if r.dec.PeekKind() == 0 {
			_, err := r.dec.ReadToken()
			return nil, r.syntax(err)
		}
		v, err := r.value(elem)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, r.syntax(err)
	}
	slices.SortFunc(all, compare)
	return newList(all), nil
}

func (r *reader) object(rec *record) (*object, error) {
	if _, err := r.next('{', "an object"); err != nil {
		return nil, err
	}
	o := &object{rec, make([]ref.Val, len(rec.members))}
	for {
		t, err := r.dec.ReadToken()
		if err != nil {
			return nil, r.syntax(err)
		}
		if t.Kind() == '}' {
			return o, checkMoney(o, r)
		}
		i := rec.index(t.String())
		if i < 0 {
			return nil, r.wrong("is not a member known here").WithHint("want one of " + strings.Join(rec.names(), ", "))
		}
		if o.values[i], err = r.value(rec.members[i].typ); err != nil {
			return nil, err
		}
	}
}

func (r *record) names() (names []string) {
	for _, m := range r.members {
		names = append(names, m.name)
	}
	return names
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// checkMoney refuses an amount without its currency.
func checkMoney(o *object, r *reader) error {
	if o.rec != money {
		return nil
	}
	if code, ok := o.values[0].(types.String); !ok || !currencyCode.MatchString(string(code)) {
		return r.wrong("is money without a currency").WithHint(`want {"amount": minor units, "currency": a code of ISO 4217}, for example {"amount": 1250, "currency": "USD"} for 12.50`)
	}
	if o.values[1] == nil {
		return r.wrong("is money without an amount").WithHint("want the amount in minor units")
	}
	return nil
}

// compare orders values of one type: false before true, numbers by size,
// strings by bytes, lists by their elements, records by their members in
// declared order, what is not given first.
func compare(a, b ref.Val) int {
	switch a := a.(type) {
	case types.Bool:
		b := b.(types.Bool)
		switch {
		case a == b:
			return 0
		case bool(b):
			return -1
		}
		return 1
	case types.Int:
		return cmp.Compare(a, b.(types.Int))
	case types.String:
		return cmp.Compare(a, b.(types.String))
	case *object:
		return compareObjects(a, b.(*object))
	}
	return slices.CompareFunc(elements(a), elements(b), compare)
}

func elements(v ref.Val) (all []ref.Val) {
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		all = append(all, it.Next())
	}
	return all
}

func compareObjects(a, b *object) int {
	for i, v := range a.values {
		w := b.values[i]
		switch {
		case v == nil && w == nil:
			continue
		case v == nil:
			return -1
		case w == nil:
			return 1
		}
		if c := compare(v, w); c != 0 {
			return c
		}
	}
	return 0
}

// writeValue writes a value in its RFC 8785 form. Names of members are ASCII,
// so their order by bytes is that by UTF-16.
func writeValue(b *bytes.Buffer, v ref.Val) {
	switch v := v.(type) {
	case types.Bool:
		b.WriteString(strconv.FormatBool(bool(v)))
	case types.Int:
		b.WriteString(strconv.FormatInt(int64(v), 10))
	case types.String:
		b.Write(quoted(string(v)))
	case *object:
		writeObject(b, v)
	default:
		b.WriteByte('[')
		for i, e := range elements(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			writeValue(b, e)
		}
		b.WriteByte(']')
	}
}

func writeObject(b *bytes.Buffer, o *object) {
	names := o.rec.names()
	slices.Sort(names)
	b.WriteByte('{')
	first := true
	for _, name := range names {
		v := o.values[o.rec.index(name)]
		if v == nil {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.Write(quoted(name))
		b.WriteByte(':')
		writeValue(b, v)
	}
	b.WriteByte('}')
}

// quoted is a JSON string with the shortest escapes, as RFC 8785 wants it.
func quoted(s string) []byte {
	raw, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic(err) // the decoder takes valid UTF-8 only
	}
	return raw
}
