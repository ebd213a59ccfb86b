package ocds

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var translated = regexp.MustCompile(`^\^\(?(\w+?)_\(`)

// bare is a schema without what does not constrain data: words for people, the
// order of codes, and how exactly a language tag is written.
func bare(n *Node) *Node {
	switch {
	case n.is(array):
		out := &Node{Kind: array}
		for _, i := range n.Items {
			out.Items = append(out.Items, bare(i))
		}
		return out
	case !n.is(object):
		return n
	}
	out := Object()
	for _, m := range n.Members {
		v := bare(m.Value)
		switch m.Name {
		case "title", "description":
			if m.Value.is(text) {
				continue
			}
		case "id", "$schema":
			if m.Value.is(text) {
				continue
			}
		case "default", "minProperties":
			if m.Name == "default" {
				continue
			}
		case "versionId", "wholeListMerge", "omitWhenMerged", "uniqueItems":
			if v.is(boolNo) {
				continue
			}
		case "deprecated":
			v = Value(true)
		case "enum", "required", "type":
			v = sortedCodes(v)
		case "patternProperties":
			v = patterns(v)
		case "properties", "definitions":
			for i := range v.Members {
				if v.Members[i].Name == "id" || v.Members[i].Name == "title" || v.Members[i].Name == "description" {
					v.Members[i].Value = bare(m.Value.Get(v.Members[i].Name))
				}
			}
		}
		out.Set(m.Name, v)
	}
	return out
}

func sortedCodes(n *Node) *Node {
	if n.is(text) {
		return List(n)
	}
	out := n.Clone()
	slices.SortFunc(out.Items, func(a, b *Node) int { return strings.Compare(a.Text+string(rune(a.Kind)), b.Text+string(rune(b.Kind))) })
	return out
}

func patterns(n *Node) *Node {
	out := Object()
	for _, m := range n.Members {
		name := m.Name
		if found := translated.FindStringSubmatch(name); found != nil {
			name = found[1]
		}
		out.Set(name, m.Value)
	}
	return out
}

// differences lists where two schemas say different things.
func differences(got, want *Node, path string, out []string) []string {
	if got == nil || want == nil || got.Kind != want.Kind || !got.is(object) {
		if !Equal(got, want) {
			out = append(out, path+": "+show(got)+", the standard has "+show(want))
		}
		return out
	}
	names := map[string]bool{}
	for _, m := range slices.Concat(got.Members, want.Members) {
		if !names[m.Name] {
			names[m.Name] = true
			out = differences(got.Get(m.Name), want.Get(m.Name), path+"/"+m.Name, out)
		}
	}
	return out
}

func show(n *Node) string {
	if n == nil {
		return "nothing"
	}
	return string(Canonical(n))
}

// Our own description says what the standard's schema says, field by field:
// types, what is required, formats, codelists, and how releases merge.
func TestShapesAreTheSchemas(t *testing.T) {
	needData(t)
	_, codes, err := readShape("codelists", nil)
	if err != nil {
		t.Fatal(err)
	}
	schemaFolder := filepath.Join(dataFolder, "ocds-1.1.5", "schema")
	compare := func(name, file string, except ...string) {
		t.Helper()
		got, _, err := readShape(name, codes)
		if err != nil {
			t.Fatal(err)
		}
		want := bare(readNode(t, file))
		got = bare(got)
		for _, n := range []*Node{got, want} {
			for _, d := range append(n.Get("definitions").members(), Member{"", n}) {
				d.Value.Delete("type") // a patch need not repeat that it is an object
			}
			n.At("properties").delete("releases")
			n.At("required").drop("releases")
		}
		for _, e := range except {
			got.At("definitions").Delete(e)
		}
		for _, d := range differences(got, want, "", nil) {
			t.Errorf("%s%s", name, d)
		}
	}
	compare("release", filepath.Join(schemaFolder, "release-schema.json"))
	compare("package", filepath.Join(schemaFolder, "release-package-schema.json"))
	for _, e := range registered {
		// Two definitions are those of extensions that the data does not hold.
		compare(e.Name, filepath.Join(dataFolder, "extensions", e.folder, "release-schema.json"), "Location", "MilestoneReference")
	}
}

func (n *Node) delete(name string) {
	if n != nil {
		n.Delete(name)
	}
}

func (n *Node) drop(s string) {
	if n != nil {
		n.Items = slices.DeleteFunc(n.Items, func(i *Node) bool { return i.Text == s })
	}
}

// Our codelists have the codes of the standard's and the extensions' files.
func TestCodelists(t *testing.T) {
	needData(t)
	_, codes, err := readShape("codelists", nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, got codeLists, folder string) {
		t.Helper()
		want, err := readCodelists(os.DirFS(dataFolder), folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) != len(got) {
			t.Errorf("%s: %d lists, want %d", name, len(got), len(want))
		}
		for list, codes := range want {
			slices.Sort(codes)
			ours := slices.Sorted(slices.Values(got[list]))
			if list == "currency" {
				// The schema's list, which is checked above, is longer by the
				// codes that the file marks as no longer valid.
				ours = slices.DeleteFunc(ours, func(c string) bool { return !slices.Contains(codes, c) })
			}
			if !slices.Equal(ours, codes) {
				t.Errorf("%s: %s is %v, want %v", name, list, ours, codes)
			}
		}
	}
	check("release", codes, "ocds-1.1.5/schema/codelists")
	for _, e := range registered {
		_, own, err := readShape(e.Name, codes)
		if err != nil {
			t.Fatal(err)
		}
		check(e.Name, own, "extensions/"+e.folder+"/codelists")
	}
}
