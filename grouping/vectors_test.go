package grouping

import (
	"encoding/hex"
	"path/filepath"
	"publica/internal/golden"
	"slices"
	"testing"
)

// A vector is one case for other implementations; which members it has depends
// on its type.
type vector struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, sentences, groups

	Method *Method      `json:"method,omitempty"` // text, groups
	Text   string       `json:"text,omitempty"`   // text, sentences
	Texts  []vectorText `json:"texts,omitempty"`  // groups

	Normal    string        `json:"normal,omitzero"`
	Hash      string        `json:"hash,omitzero"`       // of the normal form, hexadecimal
	Shingles  []uint32      `json:"shingles,omitempty"`  // ascending, each once
	Minima    []uint32      `json:"minima,omitempty"`    // MinHash values; none: near no other text
	Sentences []string      `json:"sentences,omitempty"` // of type sentences
	Groups    []vectorGroup `json:"groups,omitempty"`
}

type vectorText struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type vectorGroup struct {
	Name   string              `json:"name"`
	Size   int                 `json:"size"`
	Letter string              `json:"letter"`
	Texts  [][]string          `json:"texts"`
	Added  map[string][]string `json:"added,omitempty"` // what each member's text adds to the letter; none is left out
}

// small is a method whose steps fit on a page.
func small() *Method {
	m := Default()
	m.Bands, m.Rows, m.Shared, m.Common, m.Unicode = 8, 1, 2, 900, "17.0.0"
	return &m
}

func usual() *Method {
	m := Default()
	m.Unicode = "17.0.0"
	return &m
}

func textsOf(texts ...string) (all []vectorText) {
	for i, text := range texts {
		all = append(all, vectorText{string(rune('a' + i)), text})
	}
	return all
}

func vectors() []vector {
	m := usual()
	m.Common = 900
	rows := usual()
	rows.Rows, rows.Bands, rows.Words = 4, 32, 3
	return []vector{
		{Name: "words", Type: "text", Method: small(), Text: "Don’t cut the night bus! The night bus is ours."},
		{Name: "words again", Type: "text", Method: small(), Text: "DON'T cut the night bus. The night bus is all we have."},
		{Name: "fewer shingles than must be shared", Type: "text", Method: small(), Text: "Thank you!"},
		{Name: "no word", Type: "text", Method: small(), Text: " 👍\n👍 "},
		{Name: "empty", Type: "text", Method: small()},
		{Name: "Chinese", Type: "text", Method: small(), Text: "公共汽车7路"},
		{Name: "Arabic with vowel marks", Type: "text", Method: small(), Text: "يَجِبُ أن تعمل الحافلة"},
		{Name: "Hindi", Type: "text", Method: small(), Text: "बस आधी रात तक चले"},
		{Name: "combined and single characters stay apart", Type: "text", Method: small(), Text: "é e\u0301 \u0301x"},
		{Name: "invisible characters", Type: "text", Method: small(), Text: "the b\u00adus\u200b es"},
		{Name: "the usual method", Type: "text", Method: usual(), Text: letterText},
		{Name: "short pieces join", Type: "sentences", Text: "Dear Mr. Smith, we ask you. Thanks!"},
		{Name: "quotes and empty lines", Type: "sentences", Text: "He said “run the bus.” We agree with it\n\nAll of us do. Do version 1.5 then!"},
		{Name: "Chinese sentences", Type: "sentences", Text: "应该运行到午夜。医院十一点换班。"},
		{Name: "the worked example", Type: "groups", Method: small(), Texts: textsOf("Don’t cut the night bus! The night bus is ours.", "DON'T cut the night bus. The night bus is all we have.", "don't cut the night bus the night bus is ours", "More trees, please, and benches.")},
		{Name: "near and exact, and what was added", Type: "groups", Method: m, Texts: textsOf(letterText, otherText, nearText, letterText+" I am a nurse and walked home in the rain.", letterText, otherText, farText)},
		{Name: "a chain", Type: "groups", Method: usual(), Texts: textsOf(chain(5)...)},
		{Name: "four rows, three words", Type: "groups", Method: rows, Texts: textsOf(letterText, nearText, otherText, letterText)},
		{Name: "empty texts", Type: "groups", Method: usual(), Texts: textsOf("", " ", "\n", letterText)},
		{Name: "scripts", Type: "groups", Method: usual(), Texts: textsOf(cjkText, arabicText, cjkNear, arabicVocal)},
		{Name: "no group", Type: "groups", Method: usual(), Texts: textsOf(letterText, otherText, farText)},
	}
}

// solve fills in what this package says.
func (v *vector) solve(t *testing.T) {
	switch v.Type {
	case "text":
		s := add(t, *v.Method).Sketch(v.Text)
		v.Normal, v.Hash, v.Shingles, v.Minima = Normal(v.Text), hex.EncodeToString(s.hash[:]), s.shingles, s.minima
	case "sentences":
		v.Sentences = Sentences(v.Text)
	case "groups":
		g, err := New(*v.Method)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range v.Texts {
			if err := g.Add(text.ID, g.Sketch(text.Text)); err != nil {
				t.Fatal(err)
			}
		}
		for _, group := range g.Groups() {
			out := vectorGroup{group.Name, group.Size, group.Letter, group.Texts, map[string][]string{}}
			for _, text := range v.Texts {
				if added := g.Added(&group, text.Text); len(added) > 0 && slices.ContainsFunc(group.Texts, func(ids []string) bool { return slices.Contains(ids, text.ID) }) {
					out.Added[text.ID] = added
				}
			}
			v.Groups = append(v.Groups, out)
		}
	}
}

// TestVectors holds the package to testdata/vectors/grouping.json: a change of
// any result is a new version of the method, not new vectors.
func TestVectors(t *testing.T) {
	cases := vectors()
	for i := range cases {
		cases[i].solve(t)
	}
	golden.Vectors(t, filepath.Join("..", "testdata", "vectors", "grouping.json"), "Texts grouped as spec/grouping.md says.", cases, "a meant change of a result is a new version of the method")
}
