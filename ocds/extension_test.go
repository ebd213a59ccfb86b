package ocds

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var example = regexp.MustCompile("(?s)```json\n(.*?)```")

// Our own extensions are whole: each codelist has the codes of its schema, each
// README an example that fits, and every field is explained.
func TestOwnExtensions(t *testing.T) {
	dirs, err := fs.ReadDir(OwnExtensions(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range dirs {
		names = append(names, d.Name())
		t.Run(d.Name(), func(t *testing.T) { ownExtension(t, d.Name()) })
	}
	if want := []string{"complaints", "evaluations", "ledgerProof", "standstill"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}

func ownExtension(t *testing.T, name string) {
	e, err := readExtension(OwnExtensions(), name, name, name)
	if err != nil {
		t.Fatal(err)
	}
	about, err := parseFile(OwnExtensions(), name+"/extension.json")
	if err != nil {
		t.Fatal(err)
	}
	if about.At("name", "en").Str() == "" || about.At("description", "en").Str() == "" || !about.Get("compatibility").holds("1.1") {
		t.Error("extension.json says too little")
	}
	if len(e.codes) != len(about.Get("codelists").list()) {
		t.Errorf("extension.json names %d codelists, there are %d", len(about.Get("codelists").list()), len(e.codes))
	}
	explained(t, e, e.patch, "")
	p, unknown, err := builtinOf(t).Profile("https://demo.publica.example/ocds/extensions/" + name + "/extension.json")
	if err != nil || len(unknown) > 0 || !slices.Equal(p.Extensions, []string{name}) {
		t.Fatalf("%v is not known by its address: %v", unknown, err)
	}
	readme, err := fs.ReadFile(OwnExtensions(), name+"/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindSubmatch(readme)
	if found == nil {
		t.Fatal("README has no example")
	}
	sample, err := Parse(found[1])
	if err != nil {
		t.Fatal(err)
	}
	problems, err := conforms(p.release, sample, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range append(problems, p.fields(Found{Release, sample, ""})...) {
		if problem.Check != "required" || problem.Path != "" { // an example is a part of a release
			t.Errorf("README: %+v", problem)
		}
	}
}

// explained checks that each field of a patch has a title and a description,
// and each closed list the codes of its file.
func explained(t *testing.T, e *Extension, n *Node, path string) {
	for _, m := range n.Get("properties").members() {
		f := m.Value
		if f.Get("title").Str() == "" || !strings.HasSuffix(f.Get("description").Str(), ".") {
			t.Errorf("%s/%s is not explained", path, m.Name)
		}
		list := strings.TrimSuffix(f.Get("codelist").Str(), ".csv")
		if list == "" {
			continue
		}
		enum := f.Get("enum")
		if enum == nil {
			enum = f.At("items", "enum")
		}
		var codes []string
		for _, c := range enum.list() {
			if c.is(text) {
				codes = append(codes, c.Text)
			}
		}
		if !slices.Equal(codes, e.codes[list]) {
			t.Errorf("%s/%s has the codes %v, its list %v", path, m.Name, codes, e.codes[list])
		}
	}
	for _, m := range n.Get("definitions").members() {
		explained(t, e, m.Value, path+"/definitions/"+m.Name)
	}
}

func TestUnknownExtensionsAndWhatTheyNeed(t *testing.T) {
	p, unknown, err := builtinOf(t).Profile("selectionCriteria", "https://example.org/x/extension.json")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Extensions, []string{"awardCriteria", "selectionCriteria"}) || !slices.Equal(unknown, []string{"https://example.org/x/extension.json"}) {
		t.Errorf("%v, unknown %v", p.Extensions, unknown)
	}
	lists := codeLists{"a": {"1", "2"}}.with(codeLists{"+a": {"3"}, "b": {"x"}}).with(codeLists{"-a": {"1"}})
	if !slices.Equal(lists["a"], []string{"2", "3"}) || !slices.Equal(lists["b"], []string{"x"}) {
		t.Errorf("%v", lists)
	}
}
