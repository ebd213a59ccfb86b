package ocds

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dataFolder holds data that this project did not write.
var dataFolder = filepath.Join("..", "..", "shared", "data", "ocds")

// needData skips a test, loudly, where the folder is absent.
func needData(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(dataFolder); err != nil {
		t.Skipf("SKIPPED: the data of the standard is not at ../shared/data/ocds beside the project, which does not contain it: %v", err)
	}
}

func readNode(t testing.TB, name string) *Node {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Parse(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func core(t testing.TB) *Profile {
	t.Helper()
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := s.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// same compares content and shows both sides where they differ.
func same(t *testing.T, got, want *Node) {
	t.Helper()
	if !Equal(got, want) {
		t.Errorf("got %s\nwant %s", Canonical(got), Canonical(want))
	}
}

// Every vector of the standard's own merge library: each X.json gives
// X-compiled.json and X-versioned.json. Vectors with append or by-position in
// their name merge the releases of X.json twice.
func TestMergeVectors(t *testing.T) {
	needData(t)
	small := &Profile{schema: readNode(t, filepath.Join(dataFolder, "merge-vectors", "schema.json"))}
	for folder, p := range map[string]*Profile{"1.1": core(t), "schema": small} {
		names, _ := filepath.Glob(filepath.Join(dataFolder, "merge-vectors", folder, "*.json"))
		checked := 0
		for _, name := range names {
			stem := strings.TrimSuffix(name, ".json")
			for suffix, lists := range map[string]map[string]ListRule{
				"compiled": nil, "versioned": nil,
				"append":      {"nested/array": Append},
				"by-position": {"nested/array": ByPosition},
			} {
				if _, err := os.Stat(stem + "-" + suffix + ".json"); err != nil {
					continue
				}
				checked++
				t.Run(folder+"/"+filepath.Base(stem)+"-"+suffix, func(t *testing.T) {
					releases := readNode(t, name).Items
					m := Merge{Profile: p, Lists: lists}
					f := m.Compiled
					if suffix == "versioned" {
						f = m.Versioned
					}
					if lists != nil {
						releases = append(releases, releases...)
					}
					got, err := f(releases)
					if err != nil {
						t.Fatal(err)
					}
					same(t, got, readNode(t, stem+"-"+suffix+".json"))
				})
			}
		}
		if checked < 15 {
			t.Errorf("%s: only %d vectors", folder, checked)
		}
	}
}

// A long list is merged as a short one is.
func TestLongLists(t *testing.T) {
	items := func(n int, key string) *Node {
		list := List()
		for i := range n {
			list.Items = append(list.Items, Object("id", i, key, key))
		}
		list.Items = append(list.Items, Object("id", "7", key, "text"))
		return list
	}
	release := func(date string, items *Node) *Node {
		return Object("ocid", "ocds-213czf-1", "id", date, "date", date, "tag", []string{"tender"}, "tender", Object("id", "1", "items", items))
	}
	got, err := Merge{Profile: core(t)}.Compiled([]*Node{
		release("2026-01-01T00:00:00Z", items(5000, "a")), release("2026-01-02T00:00:00Z", items(5000, "b")),
	})
	if err != nil {
		t.Fatal(err)
	}
	list := got.At("tender", "items").list()
	if len(list) != 5001 {
		t.Fatalf("%d items", len(list))
	}
	for _, i := range []int{0, 7, 4999, 5000} {
		if list[i].Get("a") == nil || list[i].Get("b") == nil {
			t.Errorf("item %d is %s", i, Canonical(list[i]))
		}
	}
}
