package ocds

import (
	"encoding/json/jsontext"
	"fmt"
	"slices"
	"strings"
)

// A Checker checks data strictly, as it must be before it is published: the
// schema with formats, codelists, and whether what it says fits together.
// Errors keep data from being published; warnings do not.
type Checker struct {
	Schemas *Schemas

	// Extensions are those that releases use which stand in no package that
	// names them; nil means all that are known.
	Extensions []string

	// Prefixes are the ocid prefixes that are the publisher's own; nil allows
	// every prefix of the registered form.
	Prefixes []string
}

// FictionalPrefix is the ocid prefix that the standard's documentation uses
// for examples. A register that has none of its own uses it.
const FictionalPrefix = "ocds-213czf"

// Check checks all documents of a file. Problems are in the order of the file
// and include those of reading. It fails only if the schemas cannot be used.
func (c Checker) Check(in *Import) ([]Problem, error) {
	all := slices.Clone(in.Problems)
	for _, d := range in.Documents {
		problems, err := c.Document(d)
		if err != nil {
			return nil, err
		}
		all = append(all, problems...)
	}
	return inOrder(all), nil
}

// Document checks one document. Paths begin at it.
func (c Checker) Document(d *Document) (problems []Problem, err error) {
	p, problems, err := c.profile(d)
	if err != nil {
		return nil, err
	}
	found, err := c.shell(d, p)
	if err != nil {
		return nil, err
	}
	problems = append(problems, found...)
	for _, f := range d.Found() {
		if found, err = c.found(f, p); err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	problems = append(problems, together(d)...)
	for i := range problems {
		problems[i].Path = d.Path + problems[i].Path
	}
	return inOrder(problems), nil
}

// profile is the standard with the extensions that a document uses.
func (c Checker) profile(d *Document) (*Profile, []Problem, error) {
	names := c.Extensions
	packaged := d.Form == ReleasePackage || d.Form == RecordPackage
	switch {
	case packaged:
		names = d.ExtensionsOf()
	case names == nil:
		names = c.Schemas.Extensions()
	}
	p, unknown, err := c.Schemas.Profile(names...)
	var problems []Problem
	for i, url := range names {
		if packaged && slices.Contains(unknown, url) {
			path := jsontext.Pointer("/extensions").AppendToken(fmt.Sprint(i))
			problems = append(problems, Problem{Check: "extension-unknown", Path: path, Line: lineOf(d.Root, path), Level: Warning,
				Message: "The extension at " + url + " is not known here: its fields are kept, and not checked.",
				Hint:    "load it from its folder, beside the standard's schemas"})
		}
	}
	return p, problems, err
}

func lineOf(root *Node, path jsontext.Pointer) int {
	if n := root.Find(path); n != nil {
		return n.Line
	}
	return root.Line
}

// shell checks a package as such, without what it holds.
func (c Checker) shell(d *Document, p *Profile) ([]Problem, error) {
	schema, packaged := p.packages[d.Form]
	if !packaged {
		return nil, nil
	}
	problems, err := conforms(schema, d.Root, "")
	if v := d.Root.Get("version"); v.is(text) && v.Text != "1.1" {
		problems = append(problems, Problem{Check: "version", Path: "/version", Line: v.Line, Level: Warning,
			Message: fmt.Sprintf("The package is of version %q; it is checked as 1.1.", v.Text), Hint: "this program knows OCDS 1.1"})
	}
	return problems, err
}

// found checks one release or record by itself.
func (c Checker) found(f Found, p *Profile) (problems []Problem, err error) {
	switch f.Form {
	case Release, CompiledRelease:
		if problems, err = conforms(p.release, f.Node, f.Path); err != nil {
			return nil, err
		}
		problems = append(problems, p.fields(f)...)
		problems = append(problems, c.coherence(f, p)...)
	case VersionedRelease:
		return conforms(p.versioned, f.Node, f.Path)
	case Record:
		problems = record(f)
	}
	return problems, nil
}

// record checks a record: whether its releases are all embedded or all linked.
func record(f Found) (problems []Problem) {
	releases := f.Node.Get("releases").list()
	links := 0
	for i, r := range releases {
		if r.Get("url") == nil {
			continue
		}
		links++
		path := f.Path + jsontext.Pointer("/releases").AppendToken(fmt.Sprint(i))
		switch {
		case r.Get("date") == nil:
			problems = append(problems, Problem{Check: "required", Path: path, Line: r.Line, Level: Error, Message: "Missing: date.", Hint: "a link to a release has url and date"})
		case !strings.Contains(r.Get("url").Str(), ":"):
			problems = append(problems, Problem{Check: "format", Path: path + "/url", Line: r.Get("url").Line, Level: Error, Message: fmt.Sprintf("%q is no uri.", r.Get("url").Str()), Hint: formatHint("uri")})
		}
	}
	if links > 0 && links < len(releases) {
		problems = append(problems, Problem{Check: "record-releases", Path: f.Path + "/releases", Line: f.Node.Get("releases").Line, Level: Error,
			Message: "Some releases are embedded, some linked.", Hint: "embed all, or link to all"})
	}
	return problems
}

// A CheckInfo explains a check.
type CheckInfo struct {
	ID    string `json:"id"`
	Means string `json:"means"`
}

// Checks lists every check that a [Problem] may name.
func Checks() (all []CheckInfo) {
	all = []CheckInfo{
		{"syntax", "The text is JSON."},
		{"encoding", "The text is UTF-8, without a byte order mark."},
		{"duplicate-name", "No name stands twice in an object."},
		{"number", "Numbers can be computed with."},
		{"form", "Every document is a release, a record, or a package of them."},
		{"merge", "The releases of a process can be merged."},
		{"version", "A package is of version 1.1."},
		{"required", "What the standard requires is there."},
		{"type", "Values have the type that the standard gives them."},
		{"format", "Dates and addresses are well formed."},
		{"pattern", "Texts have the form that the standard gives them."},
		{"empty", "Nothing that must not be empty is."},
		{"unique-items", "No list has an item twice."},
		{"schema", "Nothing else that the schema refuses."},
		{"codelist-closed", "A code of a closed list is one of the list."},
		{"codelist-open", "A code of an open list is one of the list; others are allowed."},
		{"unknown-field", "Every field is one of the standard or of an extension that the package names."},
		{"deprecated", "No field is used that the standard advises against."},
		{"extension-unknown", "Every extension is known."},
		{"record-releases", "A record embeds all of its releases or links to all."},
	}
	for _, list := range [][]coherenceCheck{releaseChecks, extensionChecks, togetherChecks} {
		for _, c := range list {
			all = append(all, CheckInfo{c.id, c.means})
		}
	}
	return all
}

// pointer is the JSON Pointer to one member.
func pointer(name string) jsontext.Pointer { return jsontext.Pointer("").AppendToken(name) }
