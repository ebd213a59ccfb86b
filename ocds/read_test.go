package ocds

import (
	"bytes"
	"encoding/json/jsontext"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestForms(t *testing.T) {
	for _, c := range []struct {
		text  string
		forms string
	}{
		{`{"releases":[{"ocid":"a","tag":["award"]}]}`, "release-package"},
		{`{"records":[{"ocid":"a","releases":[]}]}`, "record-package"},
		{`{"ocid":"a","tag":["award"]}`, "release"},
		{`{"ocid":"a","tag":["compiled"]}`, "compiled-release"},
		{`{"ocid":"a","initiationType":[{"value":"tender"}]}`, "versioned-release"},
		{`{"ocid":"a","releases":[]}`, "record"},
		{`[{"ocid":"a"},{"ocid":"b","tag":["compiled"]}]`, "release compiled-release"},
		{`{"ocid":"a"}` + "\n" + `{"ocid":"b"}` + "\n", "release release"},
		{`{"uri":"x","releases":[` + "\n" + `{"ocid":"a"}` + "\n" + `]}`, "release-package"},
		{"[\n" + `{"ocid":"a"}` + "\n]", "release"},
		{"[\n" + `{"ocid":"a"}` + ",\n" + `{"ocid":"b"}` + "\n]\n", "release release"},
		{`{"ocid":"a"} {"releases":[]}`, "release release-package"},
		{`{"uri":"x","publisher":{},"publishedDate":"x"}`, "release-package"},
		{`7`, "unknown"},
		{`[[{"ocid":"a"}]]`, "unknown"},
		{`{}`, "unknown"},
	} {
		var forms []string
		in := Read([]byte(c.text))
		if slices.ContainsFunc(in.Problems, func(p Problem) bool { return p.Check == "syntax" }) {
			t.Errorf("%s: %+v", c.text, in.Problems)
		}
		for _, d := range in.Documents {
			forms = append(forms, string(d.Form))
		}
		if got := strings.Join(forms, " "); got != c.forms {
			t.Errorf("%s is %s, want %s", c.text, got, c.forms)
		}
	}
}

// What is wrong with a file is said with its line, and what can be read is
// read; nothing else is lost.
func TestBadFiles(t *testing.T) {
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(`{"ocid":"ä"}`)) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	for _, c := range []struct {
		name, text  string
		check, path string
		line        int
		documents   int
		unread      string
	}{
		{"empty", "", "syntax", "", 1, 0, ""},
		{"truncated", "{\"ocid\":\"a\",\n\"tag\":[\"award\"", "syntax", "/tag", 2, 1, "{\"ocid\":\"a\",\n\"tag\":[\"award\""},
		{"comma", "{\"ocid\":\"a\",\n\n\"tag\" [1]}", "syntax", "/tag", 3, 1, "{\"ocid\":\"a\",\n\n\"tag\" [1]}"},
		{"second of three lines", "{\"ocid\":\"a\"}\n{\"ocid\":\n{\"ocid\":\"c\"}\n", "syntax", "/ocid", 2, 2, "{\"ocid\":\n"},
		{"first of two lines", "{\"ocid\"}\n{\"ocid\":\"b\"}\n", "syntax", "/ocid", 1, 1, "{\"ocid\"}\n"},
		{"two on a line", "{\"ocid\":\"a\"}\n{\"ocid\":\"b\"} 7\n", "syntax", "", 2, 1, "{\"ocid\":\"b\"} 7\n"},
		{"after the value", "{\"ocid\":\n\"a\"}\n,", "syntax", "", 3, 1, "{\"ocid\":\n\"a\"}\n,"},
		{"duplicate", "{\"ocid\":\"a\",\n\"ocid\":\"b\"}", "duplicate-name", "/ocid", 2, 1, ""},
		{"wide", "{\"ocid\":\"a\",\n\"x\":[1e99999]}", "number", "/x/0", 2, 1, ""},
		{"mark", "\xef\xbb\xbf{\"ocid\":\"a\"}", "encoding", "", 1, 1, ""},
		{"latin", "{\"ocid\":\"a\",\n\"x\":\"M\xe9xico\"}", "encoding", "", 2, 1, ""},
		{"utf-16", string(utf16le), "encoding", "", 1, 1, ""},
		{"half a pair", `{"ocid":"a","x":"\ud800"}`, "encoding", "/x", 1, 1, ""},
		{"no form", "[{\"ocid\":\"a\"},\n{\"x\":1}]", "form", "/1", 2, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Read([]byte(c.text))
			if len(in.Problems) != 1 {
				t.Fatalf("%+v", in.Problems)
			}
			p := in.Problems[0]
			if p.Check != c.check || string(p.Path) != c.path || p.Line != c.line || p.Message == "" {
				t.Errorf("%+v", p)
			}
			if len(in.Documents) != c.documents || strings.Join(in.Unread, "") != c.unread {
				t.Errorf("%d documents, unread %q", len(in.Documents), in.Unread)
			}
		})
	}
	if got := Read([]byte("{\"ocid\":\"M\xe9xico\"}")).root().Get("ocid").Str(); got != "México" {
		t.Errorf("%q", got)
	}
	if in := Read([]byte(`{"a":1,"a":2,"ocid":"x"}`)); string(Line(in.root())) != `{"a":1,"a":2,"ocid":"x"}` {
		t.Errorf("a duplicate is lost: %s", Line(in.root()))
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range [][2]string{
		{`{"b":1,"a":[true,false,null]}`, `{"a":[true,false,null],"b":1}`},
		{`[1.50,1E2,-0,0.0,1e-3,100.0,-12.340,12345678901234567890.10]`, `[1.5,100,0,0,0.001,100,-12.34,12345678901234567890.1]`},
		{`[1e1000,0.1e1]`, `[1` + strings.Repeat("0", 1000) + `,1]`},
		{`{"\u20ac":1,"\r":2,"\ud83d\ude00":3,"1":4,"\u0080":5,"\u00f6":6,"\ufb33":7}`, "{\"\\r\":2,\"1\":4,\"\u0080\":5,\"ö\":6,\"€\":1,\"😀\":3,\"\ufb33\":7}"},
		{`{"a":"\u000f\n\"\\\/"}`, `{"a":"\u000f\n\"\\/"}`},
		{`{"":{}}`, `{"":{}}`},
	} {
		n, err := Parse([]byte(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(Canonical(n)); got != c[1] {
			t.Errorf("%s gives %s, want %s", c[0], got, c[1])
		}
	}
	if plain("1e1001") != "1e1001" || plain("1E1001") != "1e1001" {
		t.Error("a wide number is written out")
	}
}

func TestPatch(t *testing.T) {
	for _, c := range [][3]string{ // RFC 7396, appendix A
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		var n [3]*Node
		for i, text := range c {
			var err error
			if n[i], err = Parse([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		same(t, Patch(n[0], n[1]), n[2])
	}
}

// Whatever the bytes, reading ends, writing what was read is read as the same,
// and no check fails on it.
func FuzzRead(f *testing.F) {
	f.Add(samplePackage(f))
	f.Add([]byte("{\"ocid\":\"a\"}\n{\"ocid\":\n{\"ocid\":\"c\"}\n"))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	f.Add([]byte(`{"ocid":"ocds-213czf-1","tag":["award"],"awards":[{"id":1,"value":{"amount":1e999}}],"tender":{"tenderPeriod":{"startDate":null}}}`))
	s := builtinOf(f)
	p, _, err := s.Profile(s.Extensions()...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := Read(raw)
		for _, d := range in.Documents {
			again := Read(Line(d.Root))
			if !Equal(in.documentRoot(d), again.root()) && d.Root.is(object) {
				t.Errorf("%q is read as another value", Line(d.Root))
			}
			canonical := Canonical(d.Root)
			if !jsontext.Value(canonical).IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Errorf("%q is no JSON", canonical)
			}
			if n := Read(canonical); d.Root.is(object) && !bytes.Equal(Canonical(n.root()), canonical) {
				t.Errorf("%q is not canonical", canonical)
			}
		}
		if _, err := (Checker{Schemas: s}).Check(in); err != nil {
			t.Error(err)
		}
		processes, _ := in.Processes(Merge{Profile: p})
		Flags(processes, DefaultSettings())
	})
}

func (in *Import) documentRoot(d *Document) *Node { return d.Root }
