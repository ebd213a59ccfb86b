package compliance

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"publica"
)

// A Verdict is what became of one rule.
type Verdict string

// The verdicts. Only Pass and NotApplicable let an offer through.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not-applicable"
	Errored       Verdict = "error"      // it cannot be decided from this input
	OverLimit     Verdict = "over-limit" // it would cost more than the set allows
)

// A Result is what a rule set says of an input. Its canonical form is the same
// on every machine.
type Result struct {
	Set    SetName   `json:"set"`
	Input  string    `json:"input"`  // hash of the input
	Passed bool      `json:"passed"` // whether every rule passes or does not apply
	Cost   int64     `json:"cost"`   // of all rules
	Rules  []Finding `json:"rules"`  // in the order of the set
}

// A SetName says which rule set it was.
type SetName struct {
	Name    string `json:"name"`
	Version int64  `json:"version"`
	Hash    string `json:"hash"`
}

// A Finding is the result of one rule.
type Finding struct {
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	Verdict Verdict  `json:"verdict"`
	Words   string   `json:"words"`
	Law     []string `json:"law"`
	Inputs  []string `json:"inputs"`           // what the rule reads, sorted
	Values  []Seen   `json:"values,omitempty"` // what it came by, as far as it came
	Cost    int64    `json:"cost"`
}

// A Seen is a value of a rule in words: integers as digits.
type Seen struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Canonical returns the result in its RFC 8785 form.
func (r *Result) Canonical() ([]byte, error) { return publica.Canonical(r) }

// Evaluate says what the rules make of an input that was read by this set. It
// cannot fail: whatever goes wrong is a verdict.
func (s *Set) Evaluate(in *Input) *Result {
	out := &Result{
		Set:   SetName{s.definition.Name, s.definition.Version, s.hash},
		Input: in.hash, Passed: true, Rules: make([]Finding, 0, len(s.rules)),
	}
	for _, r := range s.rules {
		run := &run{rule: r, names: names{schema: s.schema, input: in.root, values: r.locals}, limit: s.definition.Limits.Rule}
		f := run.finding(s.definition.Limits.Set - out.Cost)
		out.Cost += f.Cost
		out.Passed = out.Passed && (f.Verdict == Pass || f.Verdict == NotApplicable)
		out.Rules = append(out.Rules, f)
	}
	return out
}

// A run is one evaluation of a rule.
type run struct {
	*rule
	names
	limit int64
	cost  int64
}

var errLimit = errors.New("over the limit")

// finding evaluates the rule if the set has something left to spend, and
// discards what it found if that was not enough.
func (r *run) finding(left int64) Finding {
	f := Finding{Rule: r.ID, Title: r.Title, Law: r.Law, Inputs: r.rule.inputs}
	if f.Inputs == nil {
		f.Inputs = []string{}
	}
	if left <= 0 {
		f.Verdict, f.Words = OverLimit, "Not evaluated: the rules before cost as much as the whole set may."
		return f
	}
	f.Verdict, f.Words = r.decide()
	f.Cost = r.cost
	if f.Verdict != OverLimit && r.cost > left {
		f.Verdict, f.Words = OverLimit, "Not decided: with this rule the set costs more than it may."
	}
	if f.Verdict != OverLimit {
		f.Values = r.seen()
	}
	return f
}

func (r *run) decide() (Verdict, string) {
	if r.when != nil {
		applies, err := r.eval(r.when)
		if err != nil {
			return r.undecided("whether it applies", err)
		}
		if applies != types.True {
			return NotApplicable, r.words[elseWords].fill(&r.names)
		}
	}
	for i, e := range r.rule.values {
		v, err := r.eval(e)
		if err != nil {
			return r.undecided(r.names.values[i].name, err)
		}
		r.given = append(r.given, v)
	}
	passes, err := r.eval(r.test)
	switch {
	case err != nil:
		return r.undecided("the test", err)
	case passes == types.True:
		return Pass, r.words[passWords].fill(&r.names)
	}
	return Fail, r.words[failWords].fill(&r.names)
}

func (r *run) undecided(what string, err error) (Verdict, string) {
	if err == errLimit {
		return OverLimit, "Not decided: the rule costs more than it may (" + what + ")."
	}
	return Errored, "Not decided (" + what + "): " + err.Error() + "."
}

// eval evaluates an expression of the rule. Its errors are in our own words:
// those of the engine may change with its version.
func (r *run) eval(e *expression) (ref.Val, error) {
	v, details, err := e.program.Eval(&r.names)
	if details != nil && details.ActualCost() != nil {
		r.cost += int64(*details.ActualCost())
	}
	switch {
	case r.cost > r.limit:
		return nil, errLimit
	case err != nil:
		return nil, plainly(err)
	}
	return v, nil
}

func plainly(err error) error {
	if a, ok := errors.AsType[*absence](err); ok {
		return a
	}
	for _, own := range []error{errEmpty, errRange, errNoWhole} {
		if errors.Is(err, own) {
			return own
		}
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "by zero"):
		return errZero
	case strings.Contains(text, "overflow"):
		return errRange
	case strings.Contains(text, "index out of bounds"), strings.Contains(text, "invalid_argument"):
		return errPosition
	}
	return errors.New("it cannot be computed")
}

// seen are the values of the rule that have words.
func (r *run) seen() (all []Seen) {
	for i, v := range r.given {
		typ := r.names.values[i].typ
		if typ.kind == listKind {
			typ = typ.elem
		}
		if typ.kind != recordKind || typ.rec == money {
			all = append(all, Seen{r.names.values[i].name, text(v)})
		}
	}
	return slices.Clip(all)
}
