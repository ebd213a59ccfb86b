package compliance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"fmt"
	"slices"

	"publica"
)

// A Set is a rule set that was read, type-checked and found fit to be
// evaluated. It does not change, and many goroutines may use it.
type Set struct {
	definition Definition
	canonical  jsontext.Value
	hash       string // of the canonical form
	schema     *schema
	rules      []*rule
}

type rule struct {
	*Rule
	when   *expression // nil: always
	values []*expression
	locals []member // names and types of the values
	test   *expression
	words  [3]template // pass, fail, else
	inputs []string    // all that the rule reads, sorted
}

const (
	passWords = iota
	failWords
	elseWords
)

// Parse reads a rule set. White space and the order of members in the text do
// not matter: the hash is that of the canonical form. The error is a
// [publica.Error] that names the place, and the line and column within an
// expression.
func Parse(text []byte) (*Set, error) {
	if len(text) > maxSize {
		return nil, publica.Problem(publica.TooLarge, "", fmt.Sprintf("a rule set has at most %d bytes", maxSize))
	}
	s := &Set{}
	if err := publica.DecodeStrict(text, &s.definition, ""); err != nil {
		return nil, err
	}
	if err := s.definition.check(); err != nil {
		return nil, err
	}
	s.canonical = bytes.Clone(text)
	if err := s.canonical.Canonicalize(); err != nil {
		return nil, publica.Problem(publica.Malformed, "", "has no canonical form: "+err.Error())
	}
	sum := sha256.Sum256(s.canonical)
	s.hash = hex.EncodeToString(sum[:])
	var err error
	if s.schema, err = newSchema(&s.definition); err != nil {
		return nil, err
	}
	if err := s.compile(); err != nil {
		return nil, err
	}
	return s, nil
}

// Hash is SHA-256 of the canonical form, in hexadecimal: what a tender pins.
func (s *Set) Hash() string { return s.hash }

// Name returns the name and version of the set.
func (s *Set) Name() (name string, version int64) { return s.definition.Name, s.definition.Version }

// Definition returns what the set says; it must not be changed.
func (s *Set) Definition() *Definition { return &s.definition }

// Canonical returns the set in its RFC 8785 form; it must not be changed.
func (s *Set) Canonical() []byte { return s.canonical }

func (s *Set) compile() error {
	base, err := s.schema.environment()
	if err != nil {
		return publica.Problem(publica.Internal, "", "make the environment: "+err.Error())
	}
	for i := range s.definition.Rules {
		c := &compiler{schema: s.schema, env: base, limit: uint64(s.definition.Limits.Rule)}
		r, err := c.rule(fmt.Sprintf("rules/%d", i), &s.definition.Rules[i])
		if err != nil {
			return err
		}
		s.rules = append(s.rules, r)
	}
	return nil
}

func (c *compiler) rule(at string, d *Rule) (r *rule, err error) {
	r = &rule{Rule: d}
	if d.When != "" {
		if r.when, err = c.want(at+"/when", d.When); err != nil {
			return nil, err
		}
		r.inputs = append(r.inputs, r.when.inputs...)
	}
	if r.words[elseWords], err = c.template(at+"/else", d.Else); err != nil {
		return nil, err
	}
	for i, v := range d.Values {
		here := fmt.Sprintf("%s/values/%d", at, i)
		e, err := c.compile(here+"/is", v.Is)
		if err != nil {
			return nil, err
		}
		if err := c.declare(here+"/name", v.Name, e.typ); err != nil {
			return nil, err
		}
		r.values, r.inputs = append(r.values, e), append(r.inputs, e.inputs...)
	}
	r.locals = c.values
	if r.test, err = c.want(at+"/test", d.Test); err != nil {
		return nil, err
	}
	if r.words[passWords], err = c.template(at+"/pass", d.Pass); err != nil {
		return nil, err
	}
	if r.words[failWords], err = c.template(at+"/fail", d.Fail); err != nil {
		return nil, err
	}
	r.inputs = append(append(r.inputs, r.test.inputs...), c.shown...)
	slices.Sort(r.inputs)
	r.inputs = slices.Compact(r.inputs)
	return r, nil
}
