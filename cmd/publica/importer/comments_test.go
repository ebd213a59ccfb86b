package importer

import (
	"encoding/json/v2"
	"strings"
	"testing"

	"publica"
)

func TestComments(t *testing.T) {
	const file = `{"id":"7","text":"Yes, **please**.","author":"A. Reader","made":"2031-02-03","section":"boats","version":2,"stance":"support","url":"https://example.org/7"}

{"id":"8","text":"Hm."}
`
	comments, err := ReadComments("c.jsonl", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(source string) Stage {
		stage, err := SignComments(signer(t), source, 5000, comments)
		if err != nil {
			t.Fatal(err)
		}
		return stage
	}
	one, again, other := sign("survey"), sign("survey"), sign("letters")
	if one.Submissions[0].Signed.ID() != again.Submissions[0].Signed.ID() || one.Submissions[0].Signed.ID() == other.Submissions[0].Signed.ID() {
		t.Error("entry ids do not follow the source")
	}
	for i, want := range []string{
		`{"imported":{"label":"7","made":"2031-02-03T00:00:00.000Z","source":"survey","url":"https://example.org/7"},"section":"boats","stance":"support","version":2}`,
		`{"imported":{"label":"8","source":"survey"},"stance":"neutral"}`,
	} {
		e, err := one.Submissions[i].Signed.Open()
		if err != nil {
			t.Fatal(err)
		}
		if string(e.Body) != want {
			t.Errorf("body %s, want %s", e.Body, want)
		}
		if n := len(e.Content); n != 2-i {
			t.Errorf("%d parts", n)
		}
	}
	if e, _ := one.Submissions[1].Signed.Open(); e.Made != 5000 {
		t.Errorf("made %s", e.Made)
	}
}

func TestCommentsRefuses(t *testing.T) {
	for line, want := range map[string]string{
		`{"text":"x"}`:                               "c.jsonl:2/id: is missing",
		`{"id":"1","text":"x"}`:                      "c.jsonl:2/id: repeats 1, which stands in line 1",
		`{"id":"2"}`:                                 "c.jsonl:2/text: is missing",
		`{"id":"2","text":"x","stance":"maybe"}`:     `c.jsonl:2/stance: is not one of support, oppose, neutral: "maybe"`,
		`{"id":"2","text":"x","made":"soon"}`:        `c.jsonl:2/made: is neither a day nor a moment`,
		`{"id":"2","text":"x","section":"a"}`:        "c.jsonl:2/version: is missing",
		`{"id":"2","text":"x","url":"javascript:a"}`: "c.jsonl:2/url: is not an http",
		`{"id":"2","text":"x","colour":"red"}`:       "c.jsonl:2/colour: is a field that comments do not have",
		`{"id":2,"text":"x"}`:                        "c.jsonl:2/id: is no comment as JSON",
		`{"id":"2","text":"x"`:                       "c.jsonl:2",
		`{"id":"2","text":"x","text":"y"}`:           "c.jsonl:2/text",
		`{"id":"2","text":"` + "\xff" + `"}`:         "c.jsonl:2",
		`{"id":"2","text":"x","version":-1}`:         "c.jsonl:2/version: is negative",
		`["id"]`:                                     "c.jsonl:2: is no comment as JSON",
	} {
		_, err := ReadComments("c.jsonl", strings.NewReader(`{"id":"1","text":"x"}`+"\n"+line+"\n"))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	if _, err := ReadComments("c.jsonl", strings.NewReader("\n")); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("an empty file: %v", err)
	}
}

// Whatever ReadComments takes can be signed, and has nothing but claims in its
// body.
func FuzzReadComments(f *testing.F) {
	f.Add(`{"id":"7","text":"Yes","made":"2031-02-03","stance":"support"}`)
	g := Signer{Key: publica.KeyFromSeed([32]byte{1}), Register: "test.example", Docket: publica.DocketID{1}, For: publica.BodyID{2}}
	f.Fuzz(func(t *testing.T, text string) {
		comments, err := ReadComments("c", strings.NewReader(text))
		if err != nil {
			return
		}
		stage, err := SignComments(g, "fuzz", 1, comments)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stage.Submissions {
			e, err := s.Signed.Open()
			if err != nil {
				t.Fatal(err)
			}
			var b map[string]any
			if err := json.Unmarshal(e.Body, &b); err != nil || b["text"] != nil || b["author"] != nil {
				t.Fatalf("%s: %v", e.Body, err)
			}
		}
	})
}
