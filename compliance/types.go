package compliance

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"publica"
)

// A kind is what a declared type is made of.
type kind int

const (
	boolKind kind = iota
	intKind
	stringKind
	dateKind // a string that names a day; it sorts as a string
	listKind
	recordKind
)

// A declared type is what a member, an input or a value may hold.
type declared struct {
	kind kind
	elem *declared // of a list
	rec  *record   // of a record
}

// A record is a declared record type.
type record struct {
	name    string
	members []member
}

type member struct {
	name string
	typ  *declared
}

func (r *record) index(name string) int {
	return slices.IndexFunc(r.members, func(m member) bool { return m.name == name })
}

// money is the record that every rule set knows.
var money = &record{"Money", []member{{"currency", &declared{kind: stringKind}}, {"amount", &declared{kind: intKind}}}}

// schema are the types and inputs of a rule set.
type schema struct {
	records []*record
	inputs  *record // its members are the inputs
}

func newSchema(d *Definition) (*schema, error) {
	s := &schema{records: []*record{money}}
	for i, r := range d.Records {
		at := fmt.Sprintf("records/%d", i)
		if !recordName.MatchString(r.Name) {
			return nil, publica.Problem(publica.Invalid, at+"/name", fmt.Sprintf("%q is not a name of a record", r.Name)).WithHint("want an upper-case letter, then letters and digits")
		}
		if s.record(r.Name) != nil {
			return nil, publica.Problem(publica.Invalid, at+"/name", fmt.Sprintf("%q stands twice", r.Name)).WithHint("Money is declared already")
		}
		rec, err := s.members(at+"/members", r.Name, r.Members)
		if err != nil {
			return nil, err
		}
		s.records = append(s.records, rec)
	}
	for i, m := range d.Inputs {
		if err := checkVariable(fmt.Sprintf("inputs/%d/name", i), m.Name); err != nil {
			return nil, err
		}
	}
	var err error
	s.inputs, err = s.members("inputs", "", d.Inputs)
	return s, err
}

func (s *schema) record(name string) *record {
	if i := slices.IndexFunc(s.records, func(r *record) bool { return r.name == name }); i >= 0 {
		return s.records[i]
	}
	return nil
}

func (s *schema) members(at, name string, list []Member) (*record, error) {
	if len(list) == 0 || len(list) > maxMembers {
		return nil, publica.Problem(publica.Invalid, at, fmt.Sprintf("are %d, not from 1 to %d", len(list), maxMembers))
	}
	r := &record{name: name}
	for i, m := range list {
		here := fmt.Sprintf("%s/%d", at, i)
		if err := checkName(here+"/name", m.Name); err != nil {
			return nil, err
		}
		if r.index(m.Name) >= 0 {
			return nil, publica.Problem(publica.Invalid, here+"/name", fmt.Sprintf("%q stands twice", m.Name))
		}
		t, err := s.parse(here+"/type", m.Type)
		if err != nil {
			return nil, err
		}
		r.members = append(r.members, member{m.Name, t})
	}
	return r, nil
}

func (s *schema) parse(at, name string) (*declared, error) {
	if inner, ok := strings.CutPrefix(name, "list("); ok && strings.HasSuffix(inner, ")") {
		elem, err := s.parse(at, strings.TrimSuffix(inner, ")"))
		if err != nil {
			return nil, err
		}
		if elem.kind == listKind {
			return nil, publica.Problem(publica.Invalid, at, "is a list of lists").WithHint("declare a record that holds the inner list")
		}
		return &declared{kind: listKind, elem: elem}, nil
	}
	switch name {
	case "bool":
		return &declared{kind: boolKind}, nil
	case "int":
		return &declared{kind: intKind}, nil
	case "string":
		return &declared{kind: stringKind}, nil
	case "date":
		return &declared{kind: dateKind}, nil
	}
	if r := s.record(name); r != nil {
		return &declared{kind: recordKind, rec: r}, nil
	}
	return nil, publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is not a type known here", name)).
		WithHint("want int, bool, string, date, Money, a record declared before, or list(…) of one of them; there are no maps and no fractions")
}

// cel is the type as the engine sees it.
func (d *declared) cel() *cel.Type {
	switch d.kind {
	case boolKind:
		return cel.BoolType
	case intKind:
		return cel.IntType
	case listKind:
		return cel.ListType(d.elem.cel())
	case recordKind:
		return d.rec.cel()
	default:
		return cel.StringType
	}
}

// String names the type as a rule set does.
func (d *declared) String() string {
	switch d.kind {
	case boolKind:
		return "bool"
	case intKind:
		return "int"
	case stringKind:
		return "string"
	case dateKind:
		return "date"
	case listKind:
		return "list(" + d.elem.String() + ")"
	default:
		return d.rec.name
	}
}

// declaredOf is the type of what an expression gives, nil if rules may not
// hold such values.
func (s *schema) declaredOf(t *cel.Type) *declared {
	switch t.Kind() {
	case cel.BoolKind:
		return &declared{kind: boolKind}
	case cel.IntKind:
		return &declared{kind: intKind}
	case cel.StringKind:
		return &declared{kind: stringKind}
	case cel.ListKind:
		if elem := s.declaredOf(t.Parameters()[0]); elem != nil {
			return &declared{kind: listKind, elem: elem}
		}
	case cel.StructKind:
		if r := s.record(t.TypeName()); r != nil {
			return &declared{kind: recordKind, rec: r}
		}
	}
	return nil
}
