package ocds

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// packages are the names of all JSON files of the data that are meant to be
// releases, records or packages, relative to the data's folder.
func packages(t testing.TB) (names []string) {
	t.Helper()
	needData(t)
	for _, folder := range []string{"ocds-1.1.5/examples", "sample-data/fictional-1.1", "realdata", "extensions/ocds_contract_completion_extension/examples"} {
		err := filepath.WalkDir(filepath.Join(dataFolder, folder), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".json") {
				return err
			}
			if base := filepath.Base(name); base == "extension.json" || base == "release-schema.json" {
				return nil
			}
			rel, err := filepath.Rel(dataFolder, name)
			names = append(names, rel)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func readData(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dataFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// anyOf is what another JSON reader makes of text, numbers as written.
func anyOf(t testing.TB, text []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// What is read and written again is the same, whichever way it is written; and
// another reader of JSON sees the same too.
func TestRoundTrip(t *testing.T) {
	for _, name := range packages(t) {
		t.Run(name, func(t *testing.T) {
			raw := readData(t, name)
			in := Read(raw)
			if len(in.Unread) > 0 {
				t.Fatalf("not read: %q", in.Unread)
			}
			root := in.root()
			for _, written := range [][]byte{Text(root), Line(root), Canonical(root)} {
				again, err := Parse(written)
				if err != nil {
					t.Fatal(err)
				}
				if !Equal(root, again) {
					t.Error("reading it again gives another content")
				}
			}
			if !utf8.Valid(raw) {
				return // that other reader replaces what it does not understand
			}
			if !reflect.DeepEqual(anyOf(t, Text(root)), anyOf(t, bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))) {
				t.Error("another reader sees a difference")
			}
		})
	}
}

// root is the value of a file that has one.
func (in *Import) root() *Node {
	if len(in.Documents) == 1 && in.Documents[0].Path == "" {
		return in.Documents[0].Root
	}
	list := List()
	for _, d := range in.Documents {
		list.Items = append(list.Items, d.Root)
	}
	return list
}

func loaded(t testing.TB) *Schemas {
	t.Helper()
	needData(t)
	s, err := LoadSchemas(os.DirFS(dataFolder))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// With the standard's own schemas and with our description the same problems
// are found, in every file of the data.
func TestBothSchemasFindTheSame(t *testing.T) {
	builtin, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	theirs := loaded(t)
	for _, name := range packages(t) {
		t.Run(name, func(t *testing.T) {
			in := Read(readData(t, name))
			a, err := Checker{Schemas: builtin}.Check(in)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Checker{Schemas: theirs}.Check(in)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range missing(a, b) {
				t.Errorf("only our description: %+v", p)
			}
			for _, p := range missing(b, a) {
				t.Errorf("only the standard's schemas: %+v", p)
			}
			for _, p := range a {
				if p.Level == Error {
					t.Logf("%d %s %s: %s (%s)", p.Line, p.Path, p.Check, p.Message, p.Hint)
				}
			}
		})
	}
}

// missing are the errors of a that b has not.
func missing(a, b []Problem) (out []Problem) {
	has := map[string]bool{}
	key := func(p Problem) string { return string(p.Path) + " " + p.Check }
	for _, p := range b {
		has[key(p)] = true
	}
	for _, p := range a {
		if p.Level == Error && !has[key(p)] {
			out = append(out, p)
		}
	}
	return out
}

// The standard's examples keep its schema, but for those that are fragments or
// show what is wrong, which are reported as such.
func TestExamples(t *testing.T) {
	structural := map[string]bool{}
	for _, c := range Checks() {
		structural[c.ID] = true
	}
	for _, list := range [][]coherenceCheck{releaseChecks, extensionChecks, togetherChecks} {
		for _, c := range list {
			delete(structural, c.id)
		}
	}
	wrong := []string{
		"merging/example02-field-record", "merging/example02-object-record", "merging/example03-awardAmendment", "merging/example03-record", "serialization-flat", "examples/language",
	}
	for _, name := range packages(t) {
		if !strings.HasPrefix(name, "ocds-1.1.5") && !strings.HasPrefix(name, "sample-data") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var against []Problem
			for _, p := range check(t, builtinOf(t), readData(t, name)) {
				if p.Level == Error && structural[p.Check] {
					against = append(against, p)
				}
			}
			byDesign := slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(name, w) })
			if byDesign != (len(against) > 0) {
				t.Errorf("wrong by design is %v: %+v", byDesign, against)
			}
		})
	}
}

// Of the real files none is right as published; each is said to be wrong in
// the way it is, on a line of its own. Nothing keeps any of them from being
// imported.
func TestRealData(t *testing.T) {
	for _, name := range packages(t) {
		if !strings.HasPrefix(name, "realdata") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			raw := readData(t, name)
			problems, err := Checker{Schemas: builtinOf(t)}.Check(Read(raw))
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[string]int{}
			for _, p := range problems {
				if p.Line < 1 || p.Line > 1+bytes.Count(raw, []byte("\n")) {
					t.Errorf("%+v stands on no line", p)
				}
				if p.Level == Error {
					kinds[p.Check]++
				}
			}
			if len(Read(raw).Documents[0].Found()) == 0 {
				t.Error("nothing is imported")
			}
			if got := fmt.Sprint(kinds); got != realKinds[filepath.Base(name)] {
				t.Errorf("%s", got)
			}
		})
	}
}

// realKinds are the errors of each file, by their check.
var realKinds = map[string]string{
	"ocdskit-compiled-release-1.json":                  "map[ocid-prefix:1 party-exists:5]",
	"ocdskit-record-package-1-2.json":                  "map[amount-currency:4 type:4]",
	"ocdskit-record-package-1.json":                    "map[amount-currency:2 type:2]",
	"ocdskit-record-package-2.json":                    "map[amount-currency:2 type:2]",
	"ocdskit-record-package_package.json":              "map[format:2 milestone-met:3 ocid-prefix:6 party-exists:27]",
	"ocdskit-record-package_versioned.json":            "map[format:2 milestone-met:3 ocid-prefix:6 party-exists:27]",
	"ocdskit-release-package-1-2.json":                 "map[milestone-met:2 ocid-prefix:4 party-exists:18 required:1]",
	"ocdskit-release-package_1.0-2.json":               "map[required:1]",
	"ocdskit-release-package_1.1-2.json":               "map[party-exists:2]",
	"ocdskit-release-package_encoding-iso-8859-1.json": "map[amount-currency:2 encoding:1 ocid-prefix:3 party-exists:18 required:1]",
}
