package ocds

import (
	"encoding/json/jsontext"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Form is what a document is.
type Form string

const (
	ReleasePackage   Form = "release-package"
	RecordPackage    Form = "record-package"
	Release          Form = "release"
	CompiledRelease  Form = "compiled-release"
	VersionedRelease Form = "versioned-release"
	Record           Form = "record"
	Unknown          Form = "unknown"
)

// An Import is everything that a file had, and what is wrong with it as a
// file. Nothing is left out: what is no JSON stands in Unread.
type Import struct {
	Documents []*Document
	Problems  []Problem
	Unread    []string
}

// A Document is one value of a file: a package, a release, a record. Of a list
// each item is one.
type Document struct {
	Form Form
	Root *Node
	Path jsontext.Pointer // of the document in its file, if the file is a list
}

// A Found is a release or record of a document, and where it stands there.
type Found struct {
	Form Form
	Node *Node
	Path jsontext.Pointer
}

// Read reads a file of any form: a release or record package, a release,
// compiled or versioned, a record, a list of them, or JSON lines. It takes
// what can be taken and says what is wrong; it never fails.
func Read(raw []byte) *Import {
	p := newParser(raw)
	values, unread := p.values()
	in := &Import{}
	for _, v := range values {
		in.add(v, "", p)
	}
	for _, u := range unread {
		in.Unread = append(in.Unread, string(u.Text))
	}
	if len(values) == 0 && len(unread) == 0 {
		p.say("syntax", "", 1, Error, "The file is empty.", "")
	}
	in.Problems = inOrder(p.problems)
	return in
}

func (in *Import) add(n *Node, path jsontext.Pointer, p *parser) {
	if n.is(array) && path == "" {
		for i, item := range n.Items {
			in.add(item, path.AppendToken(strconv.Itoa(i)), p)
		}
		return
	}
	d := &Document{Form: formOf(n), Root: n, Path: path}
	if d.Form == Unknown {
		p.say("form", path, n.Line, Error, "This is neither a release nor a record nor a package of them.", "a release has ocid and tag, a record ocid and releases, a package releases or records")
	}
	in.Documents = append(in.Documents, d)
}

// formOf tells by its members what a document is meant to be.
func formOf(n *Node) Form {
	ocid := n.Get("ocid") != nil
	switch {
	case n.Get("records").is(array):
		return RecordPackage
	case ocid && (n.Get("releases") != nil || n.Get("compiledRelease") != nil):
		return Record
	case n.Get("releases").is(array):
		return ReleasePackage
	case n.Get("tag").holds("compiled"):
		return CompiledRelease
	case ocid && n.Get("initiationType").is(array):
		return VersionedRelease
	case ocid:
		return Release
	case n.Get("publisher") != nil && n.Get("publishedDate") != nil:
		return ReleasePackage
	}
	return Unknown
}

// Found lists the releases and records of a document.
func (d *Document) Found() (found []Found) {
	switch d.Form {
	case ReleasePackage:
		return among(found, d.Root.Get("releases"), "/releases")
	case RecordPackage:
		for i, r := range d.Root.Get("records").list() {
			found = inRecord(found, r, jsontext.Pointer("/records").AppendToken(strconv.Itoa(i)))
		}
		return found
	case Record:
		return inRecord(found, d.Root, "")
	case Unknown:
		return nil
	}
	return []Found{{d.Form, d.Root, ""}}
}

func among(found []Found, list *Node, path jsontext.Pointer) []Found {
	for i, r := range list.list() {
		form := Release
		if r.Get("tag").holds("compiled") {
			form = CompiledRelease
		}
		found = append(found, Found{form, r, path.AppendToken(strconv.Itoa(i))})
	}
	return found
}

// inRecord lists a record and what it embeds. Releases that are only linked to
// stand elsewhere.
func inRecord(found []Found, r *Node, path jsontext.Pointer) []Found {
	found = append(found, Found{Record, r, path})
	if !linked(r) {
		found = among(found, r.Get("releases"), path+"/releases")
	}
	if c := r.Get("compiledRelease"); c.is(object) {
		found = append(found, Found{CompiledRelease, c, path + "/compiledRelease"})
	}
	if v := r.Get("versionedRelease"); v.is(object) {
		found = append(found, Found{VersionedRelease, v, path + "/versionedRelease"})
	}
	return found
}

// linked reports whether a record only links to its releases.
func linked(record *Node) bool {
	releases := record.Get("releases").list()
	return len(releases) > 0 && !slices.ContainsFunc(releases, func(r *Node) bool { return r.Get("url") == nil })
}

// ExtensionsOf returns the addresses of the extensions that a package names.
func (d *Document) ExtensionsOf() (urls []string) {
	for _, u := range d.Root.Get("extensions").list() {
		urls = append(urls, u.Str())
	}
	return urls
}

// Releases returns all releases that are neither compiled nor versioned, in
// the order of the file.
func (in *Import) Releases() (releases []*Node) {
	for _, d := range in.Documents {
		for _, f := range d.Found() {
			if f.Form == Release {
				releases = append(releases, f.Node)
			}
		}
	}
	return releases
}

// Processes returns a compiled release for each process of the file, in the
// order of first appearance: one that the file has, else what its releases
// merge to. Releases that cannot be merged are said in problems.
func (in *Import) Processes(m Merge) (processes []*Node, problems []Problem) {
	at, ready := map[string]int{}, map[string]*Node{}
	var loose []*Node
	see := func(n *Node) string {
		ocid := n.Get("ocid").Str()
		if _, ok := at[ocid]; !ok {
			at[ocid] = len(at)
		}
		return ocid
	}
	for _, d := range in.Documents {
		for _, f := range d.Found() {
			switch f.Form {
			case CompiledRelease:
				if ocid := see(f.Node); ready[ocid] == nil || compareDates(ready[ocid], f.Node) < 0 {
					ready[ocid] = f.Node
				}
			case Release:
				see(f.Node)
				loose = append(loose, f.Node)
			}
		}
	}
	for _, group := range ByProcess(loose) {
		ocid := group[0].Get("ocid").Str()
		if ready[ocid] != nil {
			continue
		}
		c, problem := compileOrTake(m, group)
		if problem != nil {
			problems = append(problems, *problem)
		}
		if c != nil {
			ready[ocid] = c
		}
	}
	ocids := make([]string, len(at))
	for ocid, i := range at {
		ocids[i] = ocid
	}
	for _, ocid := range ocids {
		if ready[ocid] != nil {
			processes = append(processes, ready[ocid])
		}
	}
	return processes, problems
}

// compileOrTake merges releases. A single one without a date stands for its
// process as it is.
func compileOrTake(m Merge, group []*Node) (*Node, *Problem) {
	c, err := m.Compiled(group)
	if err == nil {
		return c, nil
	}
	if len(group) == 1 {
		return group[0], nil
	}
	return nil, &Problem{Check: "merge", Line: group[0].Line, Level: Error,
		Message: fmt.Sprintf("The %d releases of %q cannot be merged: %s.", len(group), group[0].Get("ocid").Str(), strings.TrimSuffix(err.Error(), ".")),
		Hint:    "each release needs a date and the ocid of its process"}
}
