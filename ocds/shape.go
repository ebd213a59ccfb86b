package ocds

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// shapes describe the standard and the extensions of its registry in our own
// notation; shape/release.txt explains it.
//
//go:embed shape/*.txt
var shapes embed.FS

// language is a language tag (RFC 5646), loosely: it follows the name of a
// field that is translated, as in title_pt-BR.
const language = `[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|x(-[A-Za-z0-9]{1,8})+`

// A codeLists holds the codes of each list, by its name.
type codeLists map[string][]string

// A shapeReader turns a shape into a JSON Schema, or into the merge patch of
// one, for an extension has the same notation.
type shapeReader struct {
	lines []string
	at    int
	codes codeLists // all lists, to write out the closed ones
	own   codeLists // those that the file itself has
}

// readShape reads a file of shape/. codes are the lists known so far.
func readShape(name string, codes codeLists) (schema *Node, own codeLists, err error) {
	raw, err := fs.ReadFile(shapes, path.Join("shape", name+".txt"))
	if err != nil {
		return nil, nil, err
	}
	r := &shapeReader{codes: codes, own: codeLists{}}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\n "); line != "" && !strings.HasPrefix(line, "#") {
			r.lines = append(r.lines, line)
		}
	}
	if i := r.find("codelists"); i >= 0 {
		r.own = readCodes(r.lines[i+1:])
		r.lines = r.lines[:i]
	}
	schema, err = r.schema()
	if err != nil {
		return nil, nil, fmt.Errorf("shape %s: %w", name, err)
	}
	return schema, r.own, nil
}

func (r *shapeReader) find(line string) int {
	for i, l := range r.lines {
		if l == line {
			return i
		}
	}
	return -1
}

// readCodes reads lists: "name: code code", continued on deeper lines.
func readCodes(lines []string) codeLists {
	lists, name := codeLists{}, ""
	for _, line := range lines {
		if before, after, ok := strings.Cut(line, ":"); ok {
			name, line = strings.TrimSpace(before), after
		}
		lists[name] = append(lists[name], strings.Fields(line)...)
	}
	return lists
}

// schema reads all objects of a file. The first one is the document itself if
// it is called Release or Package.
func (r *shapeReader) schema() (*Node, error) {
	root, definitions := Object(), Object()
	for r.at < len(r.lines) {
		words := strings.Fields(r.lines[r.at])
		r.at++
		o := Object()
		if err := r.body(o, 2); err != nil {
			return nil, err
		}
		if words[0] == "Release" || words[0] == "Package" {
			root = o
			continue
		}
		if len(words) > 1 && words[1] == "nonempty" {
			o.Set("minProperties", Value(1))
		}
		definitions.Set(words[0], o)
	}
	if len(definitions.Members) > 0 {
		root.Set("definitions", definitions)
	}
	return root, nil
}

// body reads the fields that stand below an object, indented.
func (r *shapeReader) body(o *Node, indent int) error {
	o.Set("type", Value("object"))
	properties, patterns, required := Object(), Object(), List()
	for r.at < len(r.lines) && strings.HasPrefix(r.lines[r.at], strings.Repeat(" ", indent)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(r.lines[r.at]), " ")
		r.at++
		f, err := r.field(strings.TrimSpace(rest), indent)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if f.Get(isRequired) != nil {
			required.Items = append(required.Items, Value(name))
			f.Delete(isRequired)
		}
		if f.Get(isTranslated) != nil {
			patterns.Set("^"+name+"_("+language+")$", Object("type", []string{"string", "null"}))
			f.Delete(isTranslated)
		}
		properties.Set(name, f)
	}
	o.Set("properties", properties)
	if len(required.Items) > 0 {
		o.Set("required", required)
	}
	if len(patterns.Members) > 0 {
		o.Set("patternProperties", patterns)
	}
	return nil
}

// What a schema says at the object and not at its field stands at the field
// under these names until the object is complete.
const (
	isRequired   = "$required"
	isTranslated = "$translated"
)

// field reads type and properties of one field.
func (r *shapeReader) field(words string, indent int) (*Node, error) {
	f := Object()
	words, pattern, matching := strings.Cut(words, "matching ")
	if matching {
		f.Set("pattern", Value(pattern))
	}
	var mods string
	var err error
	switch {
	case strings.HasPrefix(words, "[{"):
		mods = words[2:]
		inner := Object()
		err = r.inner(inner, indent, "}]")
		f.Set("type", Value("array"))
		f.Set("items", inner)
	case strings.HasPrefix(words, "{"):
		mods = words[1:]
		err = r.inner(f, indent, "}")
	default:
		words, mods, _ = strings.Cut(words, "  ")
		err = r.typed(f, words)
	}
	for mod := range strings.FieldsSeq(mods) {
		if err == nil {
			err = r.modify(f, mod)
		}
	}
	return f, err
}

func (r *shapeReader) inner(o *Node, indent int, closing string) error {
	if err := r.body(o, indent+2); err != nil {
		return err
	}
	if r.at >= len(r.lines) || strings.TrimSpace(r.lines[r.at]) != closing {
		return fmt.Errorf("%q is missing", closing)
	}
	r.at++
	return nil
}

// types are the words for JSON types; some bring a format.
var types = map[string][]string{
	"text": {"string"}, "number": {"number"}, "integer": {"integer"}, "boolean": {"boolean"},
	"object": {"object"}, "list": {"array"}, "id": {"string", "integer"},
	"date": {"string"}, "uri": {"string"}, "email": {"string"},
}

var formats = map[string]string{"date": "date-time", "uri": "uri", "email": "email"}

// typed reads a type, such as [code releaseTag]? or text|number.
func (r *shapeReader) typed(f *Node, words string) error {
	word, nullable := strings.CutSuffix(words, "?")
	if inner, ok := strings.CutPrefix(word, "["); ok {
		return r.arrayOf(f, strings.TrimSuffix(inner, "]"), nullable)
	}
	if kind, name, ok := strings.Cut(word, " "); ok {
		setType(f, []string{"string"}, nullable)
		return r.coded(f, f, kind, name, nullable)
	}
	if word == "any" {
		return nil
	}
	var names []string
	for w := range strings.SplitSeq(word, "|") {
		if w[0] >= 'A' && w[0] <= 'Z' {
			f.Set("$ref", Value("#/definitions/"+w))
			return nil
		}
		t, ok := types[w]
		if !ok {
			return fmt.Errorf("%q is no type", w)
		}
		names = append(names, t...)
		if formats[w] != "" {
			f.Set("format", Value(formats[w]))
		}
	}
	setType(f, names, nullable)
	return nil
}

func setType(f *Node, names []string, nullable bool) {
	switch {
	case nullable:
		f.Set("type", Value(append(names, "null")))
	case len(names) == 1:
		f.Set("type", Value(names[0]))
	default:
		f.Set("type", Value(names))
	}
}

func (r *shapeReader) arrayOf(f *Node, inner string, nullable bool) error {
	items := Object()
	setType(f, []string{"array"}, nullable)
	f.Set("items", items)
	inner, filled := strings.CutSuffix(inner, " filled")
	if kind, name, ok := strings.Cut(inner, " "); ok {
		setType(items, []string{"string"}, false)
		return r.coded(f, items, kind, name, false)
	}
	if filled {
		items.Set("minLength", Value(1))
	}
	return r.typed(items, inner)
}

// coded says which codes a field may have; value is what holds one code.
func (r *shapeReader) coded(f, value *Node, kind, name string, nullable bool) error {
	codes := r.own[name]
	if codes == nil {
		codes = r.codes[name]
	}
	if codes == nil {
		return fmt.Errorf("there is no codelist %q", name)
	}
	f.Set("codelist", Value(name+".csv"))
	f.Set("openCodelist", Value(kind == "open"))
	if kind == "open" {
		return nil
	}
	enum := Value(codes)
	if nullable {
		enum.Items = append(enum.Items, Value(nil))
	}
	value.Set("enum", enum)
	return nil
}

// modify adds what a word behind the type says.
func (r *shapeReader) modify(f *Node, mod string) error {
	switch mod {
	case "filled":
		f.Set("minLength", Value(1))
	case "some":
		f.Set("minItems", Value(1))
	case "nonempty":
		f.Set("minProperties", Value(1))
	case "unique":
		f.Set("uniqueItems", Value(true))
	case "omit":
		f.Set("omitWhenMerged", Value(true))
	case "whole":
		f.Set("wholeListMerge", Value(true))
	case "versioned":
		f.Set("versionId", Value(true))
	case "required":
		f.Set(isRequired, Value(true))
	case "translated":
		f.Set(isTranslated, Value(true))
	case "deprecated":
		f.Set(mod, Value(true))
	default:
		return fmt.Errorf("%q is no property", mod)
	}
	return nil
}
