package compliance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"path/filepath"
	"testing"

	"publica"
	"publica/internal/golden"
)

// A vector is one case for other implementations: a rule set that is refused,
// an input that is refused, or a result.
type vector struct {
	Name string `json:"name"`
	Type string `json:"type"` // set, input, result

	Set   jsontext.Value `json:"set"`
	Input jsontext.Value `json:"input,omitempty"`

	Code   publica.Code `json:"code,omitzero"` // why the set or the input is refused
	Field  string       `json:"field,omitzero"`
	Reason string       `json:"reason,omitzero"`

	SetHash    string         `json:"set_hash,omitzero"`
	Canonical  string         `json:"canonical,omitzero"` // of the input, its lists sorted
	InputHash  string         `json:"input_hash,omitzero"`
	Result     jsontext.Value `json:"result,omitempty"`
	ResultHash string         `json:"result_hash,omitzero"` // SHA-256 of its canonical form
}

const worked = `{"name":"worked","version":1,"about":"The example of the specification.","language":"publica-cel-1","limits":{"rule":1000,"set":2000},
"records":[{"name":"Item","members":[{"name":"id","type":"string"},{"name":"price","type":"Money"}]}],
"inputs":[{"name":"items","type":"list(Item)"},{"name":"usual","type":"list(int)","about":"prices paid before"},{"name":"tolerance","type":"int","about":"permille"}],
"rules":[{"id":"usual-price","title":"The dearest item costs what is usual","law":["FAR 15.404-1(b)(2)"],"when":"size(usual) > 0",
"values":[{"name":"dearest","is":"most(items.map(i, i.price.amount))"},{"name":"over","is":"permille(dearest - median(usual), median(usual))"}],
"test":"over <= tolerance","pass":"The dearest item is {over:percent} over what is usual.","fail":"The dearest item is {over:percent} over what is usual; {tolerance:percent} are tolerated.","else":"No price is known that was paid before."}]}`

const workedInput = `{"usual":[1200,1001,1000],"tolerance":150,"items":[{"price":{"currency":"USD","amount":1190},"id":"b"},{"id":"a","price":{"amount":400,"currency":"USD"}}]}`

func vectors() []vector {
	value := func(s string) jsontext.Value { return jsontext.Value(s) }
	return []vector{
		{Name: "the worked example", Type: "result", Set: value(worked), Input: value(workedInput)},
		{Name: "not applicable", Type: "result", Set: value(worked), Input: value(`{"tolerance":1}`)},
		{Name: "cannot be decided", Type: "result", Set: value(worked), Input: value(`{"tolerance":1,"usual":[0]}`)},
		{Name: "a rule over its limit", Type: "result", Set: value(smallSet(asking("nums.all(a, nums.all(b, nums.all(c, nums.all(d, nums.all(e, nums.all(f, a + b + c + d + e + f > 0))))))"))), Input: value(smallInput)},
		{Name: "division by zero", Type: "result", Set: value(smallSet(asking("1 / (n - 7) == 1"))), Input: value(smallInput)},
		{Name: "out of range", Type: "result", Set: value(smallSet(asking("n * 9223372036854775807 > 1"))), Input: value(smallInput)},
		{Name: "functions", Type: "result", Set: value(smallSet(asking("median([2, 1]) == 1 && permille(-1, 3) == -334 && sum(nums) == 6 && -7 / 2 == -3"))), Input: value(smallInput)},
		{Name: "FASt Lane", Type: "result", Set: value(string(fastLaneText)), Input: value(goodOffer)},
		{Name: "FASt Lane, nothing given", Type: "result", Set: value(string(fastLaneText)), Input: value(`{"award":"2026-12-15"}`)},
		{Name: "map", Type: "set", Set: value(smallSet(asking("{'a': 1} == {'a': 1}")))},
		{Name: "fraction", Type: "set", Set: value(smallSet(asking("1.5 == 1.5")))},
		{Name: "regular expression", Type: "set", Set: value(smallSet(asking("s.matches('a')")))},
		{Name: "syntax", Type: "set", Set: value(smallSet(asking("n >")))},
		{Name: "lists joined", Type: "set", Set: value(smallSet(asking("nums + nums == nums")))},
		{Name: "a fraction in the input", Type: "input", Set: value(worked), Input: value(`{"tolerance":1.0}`)},
		{Name: "an unknown member in the input", Type: "input", Set: value(worked), Input: value(`{"tolerance":1,"prices":[]}`)},
		{Name: "money without a currency", Type: "input", Set: value(worked), Input: value(`{"tolerance":1,"items":[{"price":{"amount":1}}]}`)},
	}
}

func (v *vector) refused(t *testing.T, err error) {
	e, ok := err.(*publica.Error)
	if !ok {
		t.Fatalf("%s: %v, want it refused", v.Name, err)
	}
	v.Code, v.Field, v.Reason = e.Code, e.Field, e.Error()
}

// solve fills in what this package says.
func (v *vector) solve(t *testing.T) {
	s, err := Parse(v.Set)
	if v.Type == "set" {
		v.refused(t, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	v.SetHash = s.Hash()
	in, err := s.Read(v.Input)
	if v.Type == "input" {
		v.refused(t, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	v.Canonical, v.InputHash = string(in.Canonical()), in.Hash()
	if v.Result, err = s.Evaluate(in).Canonical(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(v.Result)
	v.ResultHash = hex.EncodeToString(sum[:])
}

// TestVectors holds the package to testdata/vectors/compliance.json: a change of
// any result, a cost included, is a new name of the language. It runs on two
// architectures (scripts/two-architectures).
func TestVectors(t *testing.T) {
	cases := vectors()
	for i := range cases {
		cases[i].solve(t)
	}
	golden.Vectors(t, filepath.Join("..", "testdata", "vectors", "compliance.json"), "Rule sets and inputs evaluated as spec/compliance.md says.", cases, "a meant change of a result is a new name of the language")
}
