package evaluation

import (
	"encoding/json/jsontext"
	"path/filepath"
	"strings"
	"testing"

	"publica"
	"publica/internal/golden"
)

// A vector is one case for other implementations: a record that is refused, or
// what follows from one.
type vector struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"` // refused, ranking
	Record  string   `json:"record"`
	Changes []Change `json:"-"`

	Code   publica.Code `json:"code,omitzero"`
	Field  string       `json:"field,omitzero"`
	Reason string       `json:"reason,omitzero"`

	Hash       string         `json:"hash,omitzero"`
	Ranking    jsontext.Value `json:"ranking,omitempty"`
	Robustness jsontext.Value `json:"robustness,omitempty"` // none if there is no award
	Comparison jsontext.Value `json:"comparison,omitempty"` // with changes
}

func vectors() []vector {
	replace := func(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
	return []vector{
		{Name: "the worked example", Type: "ranking", Record: sample, Changes: []Change{{Kind: SetScore, Bid: "A", Criterion: "quality", Evaluator: "ana", To: 9}}},
		{Name: "an admission sets another scale", Type: "ranking", Record: sample, Changes: []Change{{Kind: Admit, Bid: "C"}}},
		{Name: "weights", Type: "ranking", Record: sample, Changes: []Change{{Kind: SetWeight, Criterion: "quality", To: 10}, {Kind: SetPriceWeight, To: 70}}},
		{Name: "not acceptable", Type: "ranking", Record: replace(sample, `"ana", "score": 7`, `"ana", "score": 1`)},
		{Name: "halves go up", Type: "ranking", Record: replace(sample, `"precision": 100`, `"precision": 1`, `"price": 1100000`, `"price": 3200000`)},
		{Name: "large prices", Type: "ranking", Record: replace(sample, `"price": 1000000`, `"price": 9007199254740990`, `"price": 1100000`, `"price": 9007199254740991`)},
		{Name: "lowest price", Type: "ranking", Record: lowest, Changes: []Change{{Kind: SetPrice, Bid: "B", To: 999999}}},
		{Name: "tied", Type: "ranking", Record: replace(lowest, `"price": 1100000`, `"price": 1000000`)},
		{Name: "tied, drawn", Type: "ranking", Record: replace(lowest, `"price": 1100000`, `"price": 1000000`, `"evaluators"`, `"lots": ["B", "A"], "evaluators"`)},
		{Name: "tied, drawn for one only", Type: "ranking", Record: replace(lowest, `"price": 1100000`, `"price": 1000000`, `"evaluators"`, `"lots": ["B"], "evaluators"`)},
		{Name: "a score is missing", Type: "refused", Record: replace(sample, `{"bid": "A", "criterion": "quality", "evaluator": "ana", "score": 7},`, ``)},
		{Name: "a score out of range", Type: "refused", Record: replace(sample, `"ana", "score": 7`, `"ana", "score": 11`)},
		{Name: "a fraction", Type: "refused", Record: replace(sample, `"price": 1000000`, `"price": 1000000.5`)},
		{Name: "another rounding", Type: "refused", Record: replace(sample, "half-up", "banker")},
	}
}

// solve fills in what this package says.
func (v *vector) solve(t *testing.T) {
	r, err := Parse([]byte(v.Record))
	if v.Type == "refused" {
		e, ok := err.(*publica.Error)
		if !ok {
			t.Fatalf("%s: %v, want it refused", v.Name, err)
		}
		v.Code, v.Field, v.Reason = e.Code, e.Field, e.Error()
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	must := func(raw []byte, err error) jsontext.Value {
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		return raw
	}
	if v.Hash, err = r.Hash(); err != nil {
		t.Fatal(err)
	}
	v.Ranking = must(r.Rank().Canonical())
	if robust, err := r.Robust(); err == nil {
		v.Robustness = must(robust.Canonical())
	}
	if v.Changes != nil {
		c, err := r.Replay(v.Changes)
		if err != nil {
			t.Fatal(err)
		}
		v.Comparison = must(c.Canonical())
	}
}

// TestVectors holds the package to testdata/vectors/evaluation.json. It runs on
// two architectures (scripts/two-architectures).
func TestVectors(t *testing.T) {
	cases := vectors()
	for i := range cases {
		cases[i].solve(t)
	}
	golden.Vectors(t, filepath.Join("..", "testdata", "vectors", "evaluation.json"), "Records of evaluations ranked as spec/evaluation.md says.", cases, "a meant change of a result is a change of spec/evaluation.md")
}
