package ocds

import (
	"slices"
	"strings"
)

// A rule is what the schema says of one field, as far as merging and looking
// for unknown fields need it. The zero rule is that of a field the schema does
// not have.
type rule struct {
	schema *Node // of the field, followed to its definition; nil if unknown
	field  *Node // as it stands at the field, with its keywords of merging
	root   *Node
}

func rulesOf(schema *Node) rule { return rule{schema: schema, field: schema, root: schema} }

// of returns the rule for a member of an object.
func (r rule) of(name string) rule {
	if r.schema == nil {
		return rule{root: r.root}
	}
	f := r.schema.At("properties", name)
	return rule{schema: follow(f, r.root), field: f, root: r.root}
}

// item returns the rule for what an array holds.
func (r rule) item() rule {
	if r.schema == nil {
		return rule{root: r.root}
	}
	f := r.schema.Get("items")
	return rule{schema: follow(f, r.root), field: f, root: r.root}
}

// follow goes from a reference to the definition it means.
func follow(f, root *Node) *Node {
	for range 16 { // a definition that only refers to others, in a circle, ends here
		name, ok := strings.CutPrefix(f.Get("$ref").Str(), definitionsRef)
		if !ok {
			return f
		}
		f = root.At("definitions", name)
	}
	return nil
}

func (r rule) flag(keyword string) bool { return r.field.Get(keyword).is(boolYes) }

// omitted reports whether merging leaves the field out.
func (r rule) omitted() bool { return r.flag("omitWhenMerged") }

// whole reports whether merging replaces a list instead of going into it: the
// schema says so, or it knows the items and they have no id, or some are no
// objects.
func (r rule) whole(list *Node) bool {
	if !r.schema.Get("type").typed("array") && r.schema != nil && r.schema.Get("type") != nil {
		return true
	}
	if r.flag("wholeListMerge") {
		return true
	}
	if items := r.item(); items.schema != nil && items.schema.Get("properties") != nil && items.schema.At("properties", "id") == nil {
		return true
	} else if items.schema != nil && items.schema.Get("type") != nil && !items.schema.Get("type").typed("object") {
		return true
	}
	return slices.ContainsFunc(list.Items, func(n *Node) bool { return !n.is(object) })
}

// typed reports whether a schema's type is, or may be, a type.
func (n *Node) typed(name string) bool { return n.Str() == name || n.holds(name) }
