package procurementview

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strings"

	"publica"
	"publica/compliance"
)

// A factInput is a field of the form for what a tender's rules ask of a bidder, or
// a group of them. The script of the page reads it by its type.
type factInput struct {
	Name, About string
	Type        string // int, string, date, bool, money; lines: a list of one of these; record; records: a list of them
	Of          string // of lines
	Members     []factInput
}

// maxFacts bounds the form: records within records can multiply.
const maxFacts = 400

// factInputs makes the form of a rule set's inputs. What the buyer gives is not
// among them: a bidder cannot change it. TooLarge if it does not fit a page.
func factInputs(d *compliance.Definition, given []byte) ([]factInput, error) {
	var buyers map[string]jsontext.Value
	if err := json.Unmarshal(given, &buyers); err != nil {
		return nil, publica.Problem(publica.Malformed, "inputs", "is no JSON object: "+err.Error())
	}
	f := &factForm{definition: d, left: maxFacts}
	var asked []compliance.Member
	for _, m := range d.Inputs {
		if _, ok := buyers[m.Name]; !ok {
			asked = append(asked, m)
		}
	}
	all := f.members(asked)
	if f.left < 0 {
		return nil, publica.Problem(publica.TooLarge, "inputs", "are too many for a form")
	}
	return all, nil
}

type factForm struct {
	definition *compliance.Definition
	left       int // fields that may still be made; below zero: too many
}

func (f *factForm) members(all []compliance.Member) (out []factInput) {
	for _, m := range all {
		if f.left--; f.left < 0 {
			return nil
		}
		out = append(out, f.input(m))
	}
	return out
}

func (f *factForm) input(m compliance.Member) factInput {
	in := factInput{Name: m.Name, About: m.About, Type: m.Type}
	of, isList := strings.CutPrefix(m.Type, "list(")
	of = strings.TrimSuffix(of, ")")
	switch {
	case isList && f.plain(of):
		in.Type, in.Of = "lines", of
	case isList:
		in.Type, in.Members = "records", f.members(f.record(of))
	case m.Type == "Money":
		in.Type = "money"
	case !f.plain(of):
		in.Type, in.Members = "record", f.members(f.record(of))
	}
	return in
}

// plain reports whether a type is written in one field.
func (f *factForm) plain(name string) bool {
	return name == "int" || name == "string" || name == "date" || name == "bool"
}

func (f *factForm) record(name string) []compliance.Member {
	if name == "Money" {
		return []compliance.Member{{Name: "currency", Type: "string"}, {Name: "amount", Type: "int"}}
	}
	for _, r := range f.definition.Records {
		if r.Name == name {
			return r.Members
		}
	}
	return nil // cannot happen: the set was read
}
