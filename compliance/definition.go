package compliance

import (
	"fmt"
	"regexp"
	"slices"

	"publica"
)

// Language names what expressions may say and how their cost is counted. A
// change of either is a new name.
const Language = "publica-cel-1"

// What a rule set may be at most. They bound the work of whoever must evaluate
// somebody else's rules.
const (
	MaxRuleCost = 1_000_000 // units of the engine's cost, each some tens of nanoseconds
	MaxSetCost  = 2_000_000 // of all rules together

	maxSize       = 256 << 10 // bytes of a rule set
	maxRules      = 100
	maxValues     = 30 // of one rule
	maxRecords    = 50
	maxMembers    = 60   // of one record, and inputs of a set
	maxExpression = 4000 // code points
	maxWords      = 2000 // bytes of a template
)

// A Definition is a rule set as it is written down.
type Definition struct {
	Name     string   `json:"name"`
	Version  int64    `json:"version"` // 1 or more; another content is another version
	About    string   `json:"about"`   // for the reader
	Language string   `json:"language"`
	Limits   Limits   `json:"limits"`
	Records  []Record `json:"records"` // a record may use those before it
	Inputs   []Member `json:"inputs"`
	Rules    []Rule   `json:"rules"` // in the order in which they are evaluated and shown
}

// Limits bound what an evaluation may cost, in the engine's units.
type Limits struct {
	Rule int64 `json:"rule"` // of one rule, 1 to [MaxRuleCost]
	Set  int64 `json:"set"`  // of all, 1 to [MaxSetCost]
}

// A Record is a declared type: members in an order that sorts its values. The
// record Money (amount in minor units, currency) is declared everywhere.
type Record struct {
	Name    string   `json:"name"`
	Members []Member `json:"members"`
}

// A Member is a member of a record, or an input.
type Member struct {
	Name  string `json:"name"`
	Type  string `json:"type"`            // int, bool, string, date, a record, or list(…) of one of them
	About string `json:"about,omitempty"` // for whoever fills it in
}

// A Rule is one question and what to say of its answer.
type Rule struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Law    []string `json:"law"`              // what it carries out
	When   string   `json:"when,omitempty"`   // CEL, bool: whether it applies; without it always
	Values []Value  `json:"values,omitempty"` // each may use those before it
	Test   string   `json:"test"`             // CEL, bool: whether the offer passes
	Pass   string   `json:"pass"`             // words; {name} or {input.member} stands for a value
	Fail   string   `json:"fail"`
	Else   string   `json:"else,omitempty"` // words if it does not apply; inputs only
}

// A Value is a name for what an expression gives.
type Value struct {
	Name string `json:"name"`
	Is   string `json:"is"` // CEL
}

var (
	setName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	memberName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	recordName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,63}$`)
)

// reserved are names that mean something else in an expression.
var reserved = []string{
	"as", "bool", "break", "bytes", "const", "continue", "double", "dyn", "else", "false", "for", "function", "if", "import", "in", "int",
	"let", "list", "loop", "map", "namespace", "null", "null_type", "package", "return", "string", "true", "type", "uint", "var", "void", "while",
}

// check refuses what is wrong apart from types and expressions.
func (d *Definition) check() error {
	switch {
	case !setName.MatchString(d.Name):
		return publica.Problem(publica.Invalid, "name", fmt.Sprintf("%q is not a name of a rule set", d.Name)).WithHint("want a lower-case letter, then letters, digits and hyphens")
	case d.Version < 1:
		return publica.Problem(publica.Invalid, "version", "is not 1 or more")
	case d.Language != Language:
		return publica.Problem(publica.Unsupported, "language", fmt.Sprintf("%q is not what this program evaluates", d.Language)).WithHint("want " + Language)
	case d.Limits.Rule < 1 || d.Limits.Rule > MaxRuleCost:
		return publica.Problem(publica.Invalid, "limits/rule", fmt.Sprintf("is %d, not from 1 to %d", d.Limits.Rule, MaxRuleCost))
	case d.Limits.Set < 1 || d.Limits.Set > MaxSetCost:
		return publica.Problem(publica.Invalid, "limits/set", fmt.Sprintf("is %d, not from 1 to %d", d.Limits.Set, MaxSetCost))
	case len(d.Rules) == 0 || len(d.Rules) > maxRules:
		return publica.Problem(publica.Invalid, "rules", fmt.Sprintf("are %d, not from 1 to %d", len(d.Rules), maxRules))
	case len(d.Records) > maxRecords:
		return publica.Problem(publica.TooLarge, "records", fmt.Sprintf("are %d, more than %d", len(d.Records), maxRecords))
	}
	var seen []string
	for i := range d.Rules {
		at := fmt.Sprintf("rules/%d", i)
		if err := d.Rules[i].check(at); err != nil {
			return err
		}
		if slices.Contains(seen, d.Rules[i].ID) {
			return publica.Problem(publica.Invalid, at+"/id", fmt.Sprintf("%q stands twice", d.Rules[i].ID))
		}
		seen = append(seen, d.Rules[i].ID)
	}
	return nil
}

func (r *Rule) check(at string) error {
	switch {
	case !setName.MatchString(r.ID):
		return publica.Problem(publica.Invalid, at+"/id", fmt.Sprintf("%q is not an id of a rule", r.ID)).WithHint("want a lower-case letter, then letters, digits and hyphens")
	case r.Title == "":
		return publica.Problem(publica.Invalid, at+"/title", "is empty").WithHint("say in a few words what the rule asks")
	case len(r.Law) == 0:
		return publica.Problem(publica.Invalid, at+"/law", "is empty").WithHint("cite what the rule carries out, for example FAR 9.104-1(a)")
	case len(r.Values) > maxValues:
		return publica.Problem(publica.TooLarge, at+"/values", fmt.Sprintf("are %d, more than %d", len(r.Values), maxValues))
	case r.When != "" && r.Else == "":
		return publica.Problem(publica.Invalid, at+"/else", "is missing, though the rule may not apply").WithHint("say in words why it does not apply then")
	case r.When == "" && r.Else != "":
		return publica.Problem(publica.Invalid, at+"/else", "stands though the rule always applies").WithHint("give a \"when\", or remove it")
	}
	for _, w := range []struct{ name, words string }{{"pass", r.Pass}, {"fail", r.Fail}} {
		if w.words == "" {
			return publica.Problem(publica.Invalid, at+"/"+w.name, "is empty").WithHint("say what was found, with the numbers as {name}")
		}
	}
	return nil
}

// checkName refuses a name of a member.
func checkName(at, name string) error {
	if !memberName.MatchString(name) {
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is not a name", name)).WithHint("want a lower-case letter, then letters, digits and _")
	}
	if slices.Contains(reserved, name) {
		return taken(at, name)
	}
	return nil
}

// checkVariable refuses a name of an input or a value, which would hide a
// function.
func checkVariable(at, name string) error {
	if functionNamed(name) {
		return taken(at, name)
	}
	return checkName(at, name)
}

func taken(at, name string) error {
	return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q has a meaning in expressions", name)).WithHint("choose another name")
}
