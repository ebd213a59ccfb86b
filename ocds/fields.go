package ocds

import (
	"encoding/json/jsontext"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// fields walks through a release beside its schema, for what a JSON Schema
// does not refuse: fields that nobody knows, fields one should not use any
// more, codes that are not on an open list.
func (p *Profile) fields(f Found) []Problem {
	w := &fieldWalk{profile: p}
	w.object(f.Node, rulesOf(p.schema), f.Path)
	return w.problems
}

type fieldWalk struct {
	profile  *Profile
	problems []Problem
}

func (w *fieldWalk) warn(check string, path jsontext.Pointer, n *Node, message, hint string) {
	w.problems = append(w.problems, Problem{Check: check, Path: path, Line: n.Line, Level: Warning, Message: message, Hint: hint})
}

func (w *fieldWalk) object(n *Node, r rule, path jsontext.Pointer) {
	properties := r.schema.Get("properties")
	if properties == nil {
		return // the schema says nothing of what is in here
	}
	for _, m := range n.Members {
		below, field := path.AppendToken(m.Name), r.of(m.Name)
		if field.field == nil {
			if !patterned(r.schema, m.Name) {
				w.warn("unknown-field", below, m.Value, fmt.Sprintf("The field %q is not of the standard.", m.Name), "it is kept; name the extension that has it, or check its spelling")
			}
			continue
		}
		if field.field.Get("deprecated") != nil {
			w.warn("deprecated", below, m.Value, fmt.Sprintf("The field %q is deprecated.", m.Name), "see the standard for what replaces it")
		}
		w.value(m.Value, field, below)
	}
}

func (w *fieldWalk) value(n *Node, r rule, path jsontext.Pointer) {
	if r.flag("openCodelist") {
		w.codes(n, strings.TrimSuffix(r.field.Get("codelist").Str(), ".csv"), path)
	}
	switch {
	case n.is(object):
		w.object(n, r, path)
	case n.is(array):
		for i, item := range n.Items {
			if item.is(object) {
				w.object(item, r.item(), path.AppendToken(strconv.Itoa(i)))
			}
		}
	}
}

// codes says which codes are not on an open list, which is allowed.
func (w *fieldWalk) codes(n *Node, list string, path jsontext.Pointer) {
	for i, item := range n.list() {
		w.codes(item, list, path.AppendToken(strconv.Itoa(i)))
	}
	if n.is(text) && !slices.Contains(w.profile.codes[list], n.Text) {
		w.warn("codelist-open", path, n, fmt.Sprintf("%q is not on the list %s.", n.Text, list), "use a code of the list if one means the same; the list is open")
	}
}

// compiledPatterns keeps the few patterns that schemas have for names.
var compiledPatterns sync.Map

func patterned(schema *Node, name string) bool {
	for _, m := range schema.Get("patternProperties").members() {
		re, ok := compiledPatterns.Load(m.Name)
		if !ok {
			compiled, err := regexp.Compile(m.Name)
			if err != nil {
				continue // the schema library has refused such a schema already
			}
			re, _ = compiledPatterns.LoadOrStore(m.Name, compiled)
		}
		if re.(*regexp.Regexp).MatchString(name) {
			return true
		}
	}
	return false
}
