package web

import (
	"strings"
	"testing"
)

// quoteOf marks the given words of a text.
func quoteIn(source, words, id string) Quote {
	at := strings.Index(source, words)
	from := int64(len([]rune(source[:at])))
	return Quote{From: from, To: from + int64(len([]rune(words))), ID: "q-" + id, Href: "#c-" + id, Label: "comment " + id, Number: 1}
}

func TestQuoted(t *testing.T) {
	r := newTextRenderer()
	const text = "## Été: wasser\n\nThe *office* will **publish within 24 hours**, see [the plan](https://x.example/y).\n\n- one thing\n- two things\n\n`a < b` & `c`"
	for _, k := range []struct {
		words string
		want  string // "" if it cannot be marked
	}{
		{"publish within", `<strong><mark class="pub-quoted" id="q-a">publish within</mark><sup class="pub-quoted__ref"><a href="#c-a" aria-label="comment a">1</a></sup> 24 hours</strong>`},
		{"*office* will **publish", `<em><mark class="pub-quoted" id="q-a">office</mark></em><mark class="pub-quoted"> will </mark><strong><mark class="pub-quoted">publish</mark><sup`},
		{"## Été", `<mark class="pub-quoted" id="q-a">Été</mark>`},
		{"one thing\n- two", `<li><mark class="pub-quoted" id="q-a">one thing</mark></li>`},
		{"the plan", `<mark class="pub-quoted" id="q-a">the plan</mark></a><sup`},
		{"a < b", `<code><mark class="pub-quoted" id="q-a">a &lt; b</mark><sup`},
		{"example", ""},
		{"plan](https", ""},
		{"**", ""},
		{"\n\n", ""},
	} {
		got, shown := r.quoted(text, []Quote{quoteIn(text, k.words, "a")})
		if shown[0] != (k.want != "") || !strings.Contains(string(got), k.want) {
			t.Errorf("%q: %v\n%s", k.words, shown, got)
		}
		if k.want == "" && got != r.Markdown(text) {
			t.Errorf("%q changed the text: %s", k.words, got)
		}
	}
	got, shown := r.quoted(text, []Quote{quoteIn(text, "office* will", "a"), quoteIn(text, "example", "b"), quoteIn(text, "will **publish", "c"), {From: 900, To: 1000}})
	if want := `<mark class="pub-quoted"><mark class="pub-quoted" id="q-c">will</mark></mark><sup`; !strings.Contains(string(got), want) || !shown[0] || shown[1] || !shown[2] || shown[3] {
		t.Errorf("overlapping: %v\n%s", shown, got)
	}
}

// Whatever is quoted in whatever text: the words stay the same.
func FuzzQuoted(f *testing.F) {
	r := newTextRenderer()
	f.Add("# a *b* [c](d)\n\n1. e\n2. f\n\n| g | h |\n|---|---|\n| i | j |", int64(3), int64(20), int64(9), int64(12))
	f.Add("<script>\u202ex</script> &amp; \U00100000 ```\n", int64(0), int64(9), int64(2), int64(3))
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int64) {
		if a < 0 || c < 0 || b < a || d < c {
			return
		}
		got, _ := r.quoted(text, []Quote{{From: a, To: b, ID: "x", Href: "#x"}, {From: c, To: d, ID: "y", Href: "#y"}})
		bare := strings.NewReplacer(`<mark class="pub-quoted" id="x">`, "", `<mark class="pub-quoted" id="y">`, "", `<mark class="pub-quoted">`, "", "</mark>", "",
			`<sup class="pub-quoted__ref"><a href="#x" aria-label="">0</a></sup>`, "", `<sup class="pub-quoted__ref"><a href="#y" aria-label="">0</a></sup>`, "").Replace(string(got))
		if bare != string(r.Markdown(text)) {
			t.Errorf("%q became %q", r.Markdown(text), bare)
		}
	})
}
