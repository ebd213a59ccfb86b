package ocds

import (
	"path/filepath"
	"testing"

	"publica"
)

var info = PackageInfo{
	URI: "https://demo.publica.example/ocds/records.json", Publisher: Publisher{Name: "City of Example"},
	PublishedDate: "2026-11-29T14:00:00Z", License: "https://creativecommons.org/publicdomain/zero/1.0/",
}

// The fictional process of six releases gives records that are valid by our
// description and by the standard's schemas, and whose compiled release is
// that of the standard's own record, but for what its author chose himself.
func TestRecordsOfTheSample(t *testing.T) {
	needData(t)
	names, _ := filepath.Glob(filepath.Join(dataFolder, "sample-data", "fictional-1.1", "*-0[0-9]-*.json"))
	var releases []*Node
	for _, name := range names {
		releases = append(releases, readNode(t, name).Get("releases").list()...)
	}
	if len(releases) != 6 {
		t.Fatalf("%d releases", len(releases))
	}
	for name, link := range map[string]func(*Node) string{
		"embedded": nil,
		"linked":   func(r *Node) string { return "https://demo.publica.example/ocds/releases/" + r.Get("id").ID() },
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Records{Info: info, Merge: Merge{Profile: core(t)}, Versioned: true, Link: link}.New(releases)
			if err != nil {
				t.Fatal(err)
			}
			again := Read(Canonical(p))
			if len(again.Documents) != 1 || again.Documents[0].Form != RecordPackage {
				t.Fatal("this is no record package")
			}
			for _, f := range again.Documents[0].Found() {
				if link != nil && f.Form == Release {
					t.Error("a release is embedded")
				}
			}
			for _, s := range []*Schemas{builtinOf(t), loaded(t)} {
				problems, err := Checker{Schemas: s, Prefixes: []string{FictionalPrefix}}.Check(again)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range problems {
					if p.Level == Error && !theirOwn[p.Check] {
						t.Errorf("%+v", p)
					}
				}
			}
		})
	}
}

// theirOwn are the checks of coherence that the sample itself does not pass.
var theirOwn = map[string]bool{"party-role": true, "tender-before-award": true, "signed-before-end": true}

func builtinOf(t testing.TB) *Schemas {
	t.Helper()
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The real records that were merged by the standard's routine are what we merge
// their releases to, but for tenderers and suppliers: those were merged by the
// rules of version 1.0, which replaced the lists.
func TestRecordsOfTheData(t *testing.T) {
	needData(t)
	records := readRoot(t, "realdata/ocdskit-record-package_versioned.json").Get("records").list()
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	m := Merge{Profile: core(t)}
	for _, r := range records {
		for field, f := range map[string]func([]*Node) (*Node, error){"compiledRelease": m.Compiled, "versionedRelease": m.Versioned} {
			got, err := f(r.Get("releases").list())
			if err != nil {
				t.Fatal(err)
			}
			same(t, withoutTenderers(got), withoutTenderers(r.Get(field)))
		}
	}
	compiled, err := m.Compiled(readRoot(t, "realdata/ocdskit-release-package-1-2.json").Get("releases").list()[:2])
	if err != nil {
		t.Fatal(err)
	}
	same(t, withoutTenderers(compiled), withoutTenderers(readRoot(t, "realdata/ocdskit-compiled-release-1.json")))
}

func readRoot(t *testing.T, name string) *Node { return Read(readData(t, name)).root() }

func withoutTenderers(n *Node) *Node {
	n = n.Clone()
	n.Get("tender").delete("tenderers")
	for _, a := range n.Get("awards").list() {
		a.delete("suppliers")
	}
	return n
}

// Versioned releases of the data fit the schema we derive where they fit the
// standard's, and break it where they break that.
func TestVersionedSchema(t *testing.T) {
	needData(t)
	theirs := readNode(t, filepath.Join(dataFolder, "ocds-1.1.5", "schema", "versioned-release-validation-schema.json"))
	standard, err := compile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range packages(t) {
		for _, d := range Read(readData(t, name)).Documents {
			for _, f := range d.Found() {
				if f.Form != VersionedRelease {
					continue
				}
				checked++
				value, err := forSchema(f.Node)
				if err != nil {
					t.Fatal(err)
				}
				ours, err := conforms(core(t).versioned, f.Node, "")
				if err != nil {
					t.Fatal(err)
				}
				if want := standard.Validate(value); (want != nil) != (len(ours) > 0) {
					t.Errorf("%s%s: the standard's schema says %v, ours %v", name, f.Path, want, ours)
				}
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d versioned releases", checked)
	}
}

func TestPackagesSayEnough(t *testing.T) {
	release := Object("ocid", "ocds-213czf-1", "id", "1", "date", "2026-11-01T00:00:00Z", "tag", []string{"planning"})
	for _, c := range []struct {
		field string
		make  func() (*Node, error)
	}{
		{"uri", func() (*Node, error) {
			return NewReleasePackage(PackageInfo{Publisher: info.Publisher, PublishedDate: info.PublishedDate}, []*Node{release})
		}},
		{"publisher/name", func() (*Node, error) {
			return NewReleasePackage(PackageInfo{URI: info.URI, PublishedDate: info.PublishedDate}, []*Node{release})
		}},
		{"releases", func() (*Node, error) { return NewReleasePackage(info, nil) }},
		{"releases", func() (*Node, error) { return Records{Info: info, Merge: Merge{Profile: core(t)}}.New(nil) }},
		{"releases/url", func() (*Node, error) {
			return Records{Info: info, Merge: Merge{Profile: core(t)}, Link: func(*Node) string { return "here" }}.New([]*Node{release})
		}},
		{"releases/0/date", func() (*Node, error) {
			return Records{Info: info, Merge: Merge{Profile: core(t)}}.New([]*Node{Object("ocid", "ocds-213czf-1", "date", "soon")})
		}},
	} {
		_, err := c.make()
		if e, ok := err.(*publica.Error); !ok || e.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}
