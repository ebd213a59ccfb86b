package ocds

import "strings"

// versionedSchema returns the schema of versioned releases that follows from a
// release schema: each value becomes a list of versions, objects stay, and the
// ids of objects in lists stay plain. Definitions stand three times: for
// objects, for items of lists (suffix Item), and as they were, for what a
// version holds whole (suffix Whole).
func versionedSchema(schema *Node) *Node {
	definitions := Object()
	for _, m := range schema.Get("definitions").Members {
		definitions.Set(m.Name, versionedObject(m.Value, schema, false))
		definitions.Set(m.Name+"Item", versionedObject(m.Value, schema, true))
		definitions.Set(m.Name+"Whole", asWhole(m.Value))
	}
	out := versionedObject(schema, schema, false)
	for _, name := range reserved {
		out.At("properties").Delete(name)
	}
	out.At("properties").Set("ocid", Object("type", "string", "minLength", 1))
	out.Set("required", List("ocid"))
	out.Set("definitions", definitions)
	return out
}

func versionedObject(o, root *Node, item bool) *Node {
	properties := Object()
	for _, m := range o.Get("properties").members() {
		if m.Value.Get("omitWhenMerged").is(boolYes) {
			continue
		}
		if item && m.Name == "id" {
			properties.Set("id", m.Value.Clone())
			continue
		}
		properties.Set(m.Name, versionedField(m.Value, root))
	}
	out := Object("type", "object", "properties", properties)
	if o.Get("properties") == nil {
		return Object() // a definition that takes anything
	}
	for _, m := range o.Get("patternProperties").members() {
		if out.Get("patternProperties") == nil {
			out.Set("patternProperties", Object())
		}
		out.Get("patternProperties").Set(m.Name, versionsOf(m.Value))
	}
	if item && o.Get("required").holds("id") {
		out.Set("required", List("id"))
	}
	return out
}

func (n *Node) members() []Member {
	if n == nil {
		return nil
	}
	return n.Members
}

func versionedField(f, root *Node) *Node {
	target := follow(f, root)
	r := rule{schema: target, field: f, root: root}
	switch {
	case f.Get("$ref") != nil && target.Get("properties") != nil:
		return f.Clone()
	case target.Get("type").typed("object") && target.Get("properties") != nil:
		return versionedObject(f, root, false)
	case target.Get("type").typed("array") && !r.whole(List()) && r.item().schema.Get("properties") != nil:
		items := f.Get("items")
		if ref := items.Get("$ref").Str(); ref != "" {
			return Object("type", "array", "items", Object("$ref", ref+"Item"))
		}
		return Object("type", "array", "items", versionedObject(items, root, true))
	}
	return versionsOf(f)
}

// versionsOf is the schema of the versions of a value.
func versionsOf(value *Node) *Node {
	return Object("type", "array", "items", Object("type", "object", "properties", Object(
		"releaseDate", Object("type", "string", "format", "date-time"),
		"releaseID", Object("type", "string"),
		"releaseTag", Object("type", "array", "items", Object("type", "string")),
		"value", nullable(asWhole(value)))))
}

// nullable lets a version say that a value was removed.
func nullable(value *Node) *Node {
	t := value.Get("type")
	switch {
	case t == nil || t.typed("null"):
		return value
	case t.is(text):
		value.Set("type", List(t, "null"))
	default:
		t.Items = append(t.Items, Value("null"))
	}
	if enum := value.Get("enum"); enum != nil {
		enum.Items = append(enum.Items, Value(nil))
	}
	return value
}

// asWhole is a schema whose references go to definitions as they were.
func asWhole(n *Node) *Node {
	out := n.Clone()
	var walk func(*Node)
	walk = func(n *Node) {
		if ref := n.Get("$ref").Str(); strings.HasPrefix(ref, definitionsRef) {
			n.Set("$ref", Value(ref+"Whole"))
		}
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, i := range n.Items {
			walk(i)
		}
	}
	walk(out)
	return out
}
