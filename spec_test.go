package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpec checks that the worked examples of spec/*.md are vectors: a fenced
// block whose first line is
//
//	```text file/case/member
//
// holds that member of that case of testdata/vectors/file.json, byte for byte;
// with json in place of text it may have other white space. A case's "entry" is
// the entry within its text. With -update the blocks are written anew.
func TestSpec(t *testing.T) {
	pages, err := filepath.Glob("spec/*.md")
	if err != nil || len(pages) < 4 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			raw, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			examples := 0
			rest := string(raw)
			for {
				before, block, ok := strings.Cut(rest, "\n```")
				out.WriteString(before)
				if !ok {
					break
				}
				info, block, _ := strings.Cut(block, "\n")
				body, after, ok := strings.Cut("\n"+block, "\n```")
				if !ok {
					t.Fatalf("block %q does not end", info)
				}
				body = strings.TrimPrefix(body, "\n")
				language, source, ok := strings.Cut(info, " ")
				if ok {
					examples++
					want := example(t, language, source)
					if !*update && !sameExample(language, body, want) {
						t.Errorf("block %q is not what the vector says", info)
					}
					body = want
				}
				out.WriteString("\n```" + info + "\n" + body + "\n```")
				rest = after
			}
			if *update {
				if err := os.WriteFile(page, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if examples == 0 {
				t.Error("has no worked example")
			}
		})
	}
}

// example returns a member of a vector as the page shows it.
func example(t *testing.T, language, source string) string {
	file, rest, _ := strings.Cut(source, "/")
	i := strings.LastIndexByte(rest, '/')
	if i < 0 {
		t.Fatalf("%q is not file/case/member", source)
	}
	name, member := rest[:i], rest[i+1:]
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var f vectorValues
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Cases {
		var n string
		if json.Unmarshal(c["name"], &n) != nil || n != name {
			continue
		}
		value := string(c[member])
		if member == "entry" {
			var text string
			var sub Submission
			if json.Unmarshal(c["text"], &text) != nil || sub.UnmarshalJSON([]byte(text)) != nil {
				t.Fatalf("%q has no entry", source)
			}
			return string(sub.Signed.Raw)
		}
		var s string
		if json.Unmarshal(c[member], &s) == nil {
			value = s
		}
		if value == "" {
			t.Fatalf("%q has no such member", source)
		}
		if language == "json" {
			v := jsontext.Value(value)
			if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
				t.Fatal(err)
			}
			value = string(v)
		}
		return strings.TrimSuffix(value, "\n")
	}
	t.Fatalf("there is no vector %q", source)
	return ""
}

type vectorValues struct {
	About string                      `json:"about"`
	Cases []map[string]jsontext.Value `json:"cases"`
}

func sameExample(language, got, want string) bool {
	if language != "json" {
		return got == want
	}
	a, b := jsontext.Value(got), jsontext.Value(want)
	return a.Canonicalize() == nil && b.Canonicalize() == nil && bytes.Equal(a, b)
}
