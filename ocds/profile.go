package ocds

import (
	"encoding/json/jsontext"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// A Profile is the standard with some extensions, ready to check and to merge
// by. It is safe for concurrent use.
type Profile struct {
	Extensions []string // names, sorted

	schema    *Node // of a release, with the extensions' patches
	codes     codeLists
	release   func() (*jsonschema.Schema, error)
	versioned func() (*jsonschema.Schema, error)
	packages  map[Form]func() (*jsonschema.Schema, error)
}

func newProfile(s *Schemas, extensions []*Extension) (*Profile, error) {
	p := &Profile{schema: s.release.Clone(), codes: s.codes}
	for _, e := range extensions {
		p.Extensions = append(p.Extensions, e.Name)
		p.schema = Patch(p.schema, e.patch)
		p.codes = p.codes.with(e.codes)
	}
	if err := refer(p.schema); err != nil {
		return nil, err
	}
	p.release = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(p.schema) })
	p.versioned = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(versionedSchema(p.schema)) })
	p.packages = map[Form]func() (*jsonschema.Schema, error){
		ReleasePackage: sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(s.releases) }),
		RecordPackage:  sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(s.records) }),
	}
	return p, nil
}

// refer gives each object that the schema refers to and nobody defines, such
// as that of an extension one does not have, a definition that takes anything.
func refer(schema *Node) error {
	definitions := schema.Get("definitions")
	if definitions == nil {
		definitions = Object()
		schema.Set("definitions", definitions)
	}
	for _, name := range refs(schema, nil) {
		if definitions.Get(name) == nil {
			definitions.Set(name, Object())
		}
	}
	for _, m := range definitions.Members {
		if !m.Value.is(object) {
			return fmt.Errorf("definitions/%s is no schema", m.Name)
		}
	}
	return nil
}

const definitionsRef = "#/definitions/"

func refs(n *Node, names []string) []string {
	if name, ok := strings.CutPrefix(n.Get("$ref").Str(), definitionsRef); ok {
		names = append(names, name)
	}
	for _, m := range n.Members {
		names = refs(m.Value, names)
	}
	for _, i := range n.Items {
		names = refs(i, names)
	}
	return names
}

// compile prepares a schema, of JSON Schema draft 4 as OCDS 1.1 uses it, with
// formats asserted. Nothing is fetched: what a schema refers to stands in it.
func compile(schema *Node) (*jsonschema.Schema, error) {
	const url = "ocds:schema"
	plain := schema.Clone()
	plain.Delete("id") // it would make every reference one to the network
	plain.Delete("$schema")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	value, err := forSchema(plain)
	if err != nil {
		return nil, err
	}
	if err := c.AddResource(url, value); err != nil {
		return nil, err
	}
	return c.Compile(url)
}

type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not at hand", url) }

// forSchema returns a value as the schema library wants it. Numbers stay
// exact; one that is too wide to compute with counts as zero, and the reader
// has said so.
func forSchema(n *Node) (any, error) {
	switch n.Kind {
	case text:
		return n.Text, nil
	case boolYes, boolNo:
		return n.Kind == boolYes, nil
	case number:
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return i, nil
		}
		if wide(n.Text) {
			return 0, nil
		}
		return jsonschema.UnmarshalJSON(strings.NewReader(n.Text))
	case object:
		m := make(map[string]any, len(n.Members))
		for _, member := range n.Members {
			v, err := forSchema(member.Value)
			if err != nil {
				return nil, err
			}
			m[member.Name] = v
		}
		return m, nil
	case array:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			v, err := forSchema(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	}
	return nil, nil
}

// conforms checks a value against a schema. base is where the value stands in
// its document.
func conforms(schema func() (*jsonschema.Schema, error), n *Node, base jsontext.Pointer) ([]Problem, error) {
	s, err := schema()
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	value, err := forSchema(n)
	if err != nil {
		return nil, err
	}
	err = s.Validate(value)
	if err == nil {
		return nil, nil
	}
	e, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return nil, fmt.Errorf("check against the schema: %w", err)
	}
	return failures(e, n, base, nil), nil
}

// failures are the leaves of an error: those that name what is wrong.
func failures(e *jsonschema.ValidationError, root *Node, base jsontext.Pointer, found []Problem) []Problem {
	for _, cause := range e.Causes {
		found = failures(cause, root, base, found)
	}
	if len(e.Causes) > 0 {
		return found
	}
	path, n := base, root
	for _, name := range e.InstanceLocation {
		path = path.AppendToken(name)
		n = n.Find(jsontext.Pointer("").AppendToken(name))
	}
	p := Problem{Path: path, Level: Error}
	if n != nil {
		p.Line = n.Line
	}
	p.Check, p.Message, p.Hint = failure(e.ErrorKind, n)
	return append(found, p)
}

// failure puts into words what a schema refuses.
func failure(k jsonschema.ErrorKind, n *Node) (check, message, hint string) {
	switch k := k.(type) {
	case *kind.Required:
		return "required", "Missing: " + strings.Join(k.Missing, ", ") + ".", "the standard requires it here"
	case *kind.Type:
		return "type", fmt.Sprintf("This is %s, not %s.", k.Got, strings.Join(slices.DeleteFunc(slices.Clone(k.Want), func(s string) bool { return s == "null" }), " or ")), typeHint(k)
	case *kind.Format:
		return "format", fmt.Sprintf("%q is no %s.", n.Str(), k.Want), formatHint(k.Want)
	case *kind.Enum:
		return "codelist-closed", fmt.Sprintf("%q is none of the codes allowed here.", n.Str()), "one of: " + codesHint(k.Want)
	case *kind.UniqueItems:
		return "unique-items", fmt.Sprintf("Items %d and %d are the same.", k.Duplicates[0], k.Duplicates[1]), "leave one out"
	case *kind.MinItems:
		return "empty", "The list is empty.", "leave the field out, or give an item"
	case *kind.MinLength:
		return "empty", "The text is empty.", "leave the field out, or say something"
	case *kind.MinProperties:
		return "empty", "The object is empty.", "leave the field out"
	case *kind.Pattern:
		return "pattern", fmt.Sprintf("%q does not have the form %s.", n.Str(), k.Want), "write it in that form"
	}
	return "schema", "The schema refuses this: " + strings.Join(k.KeywordPath(), "/") + ".", "see the schema's description of the field"
}

func typeHint(k *kind.Type) string {
	switch {
	case k.Got == "null":
		return "leave the field out: null has no meaning here"
	case k.Got == "string" && slices.Contains(k.Want, "number"):
		return "write numbers without quotes, as 12.5"
	case k.Got == "number" && slices.Contains(k.Want, "string"):
		return "write it in quotes"
	}
	return ""
}

func formatHint(format string) string {
	switch format {
	case "date-time":
		return "for example 2026-11-29T14:00:00Z (RFC 3339): date, time and zone"
	case "uri":
		return "for example https://example.org/document.pdf: a whole address with its scheme"
	}
	return ""
}

func codesHint(codes []any) string {
	var words []string
	for _, c := range codes {
		if s, ok := c.(string); ok {
			words = append(words, s)
		}
	}
	if len(words) > 20 {
		return strings.Join(words[:20], ", ") + " …"
	}
	return strings.Join(words, ", ")
}
