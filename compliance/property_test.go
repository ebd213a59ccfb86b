package compliance

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// shuffled is a JSON text of the same value with members, and elements of lists,
// in another order, and other white space.
func shuffled(t *rapid.T, value any) string {
	space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
	switch v := value.(type) {
	case map[string]any:
		var all []string
		for name, member := range v {
			all = append(all, string(quoted(name))+space+":"+shuffled(t, member))
		}
		return "{" + strings.Join(permuted(t, all), ","+space) + "}"
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, shuffled(t, e))
		}
		return "[" + strings.Join(permuted(t, all), space+",") + "]"
	}
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func permuted(t *rapid.T, all []string) []string {
	if len(all) < 2 {
		return all
	}
	return rapid.Permutation(all).Draw(t, "order")
}

// Neither the order of members nor that of elements in the input changes a byte
// of the result, or of the input's canonical form.
func TestOrderDoesNotMatter(t *testing.T) {
	want, err := lane(t, goodOffer).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal([]byte(goodOffer), &value); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := shuffled(t, value)
		in, err := FASTLane().Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := FASTLane().Evaluate(in).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%s\ngives %s\nwant  %s", text, got, want)
		}
	})
}

// Nor does the order of members in a rule set change its hash; that of rules
// does.
func TestOrderInSet(t *testing.T) {
	indented := jsontext.Value(worked)
	if err := indented.Indent(); err != nil {
		t.Fatal(err)
	}
	a, err := Parse([]byte(worked))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(indented)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(a.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash() != b.Hash() || a.Hash() != c.Hash() {
		t.Errorf("hashes %s, %s and %s of one set", a.Hash(), b.Hash(), c.Hash())
	}
	first := strings.Replace(asking("ok"), `"r"`, `"a"`, 1)
	d, err := Parse([]byte(smallSet(first + "," + asking("ok"))))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse([]byte(smallSet(asking("ok") + "," + first)))
	if err != nil {
		t.Fatal(err)
	}
	if d.Hash() == e.Hash() {
		t.Error("two orders of rules have one hash")
	}
}

// One set serves many at once.
func TestTogether(t *testing.T) {
	want, err := lane(t, goodOffer).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 10 {
				in, err := FASTLane().Read([]byte(goodOffer))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := FASTLane().Evaluate(in).Canonical(); err != nil || !bytes.Equal(got, want) {
					t.Errorf("another result: %v", err)
				}
			}
		})
	}
	work.Wait()
}

// The canonical form of an input is one that RFC 8785 canonicalization leaves as
// it is, and reads as the same input.
func TestCanonicalInput(t *testing.T) {
	s, err := Parse([]byte(smallSet(asking("ok"))))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(map[string]any{
			"n": rapid.Int64Range(-1<<53+1, 1<<53-1).Draw(t, "n"), "s": rapid.String().Draw(t, "s"), "ok": rapid.Bool().Draw(t, "ok"), "day": "2026-11-23",
			"nums":  rapid.SliceOf(rapid.Int64Range(-9, 9)).Draw(t, "nums"),
			"items": rapid.SliceOf(rapid.MapOf(rapid.Just("id"), rapid.String())).Draw(t, "items"),
		})
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		again := jsontext.Value(bytes.Clone(in.Canonical()))
		if err := again.Canonicalize(); err != nil || !bytes.Equal(again, in.Canonical()) {
			t.Fatalf("%s is not canonical: %v", in.Canonical(), err)
		}
		if back, err := s.Read(in.Canonical()); err != nil || back.Hash() != in.Hash() {
			t.Fatalf("%s reads otherwise: %v", in.Canonical(), err)
		}
	})
}

// FuzzParse: no text makes the reader of rule sets fail otherwise than by a
// named error, and what it takes evaluates within its limits, twice the same.
func FuzzParse(f *testing.F) {
	f.Add(worked, workedInput)
	f.Add(smallSet(asking("nums.all(a, nums.all(b, a + b > 0))")), smallInput)
	f.Add(smallSet(asking("{'a': 1} == {'a': 1}")), smallInput)
	f.Add(string(fastLaneText), goodOffer)
	f.Fuzz(func(t *testing.T, set, input string) {
		s, err := Parse([]byte(set))
		if err != nil {
			return
		}
		in, err := s.Read([]byte(input))
		if err != nil {
			return
		}
		a, err := s.Evaluate(in).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Evaluate(in).Canonical()
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("two results: %s and %s", a, b)
		}
	})
}

// FuzzExpression: no expression that is taken gives two results, or costs twice
// its limit.
func FuzzExpression(f *testing.F) {
	for _, e := range []string{"n > 1", "items.map(i, i.id) == ['a']", "nums[n] == 1 || has(item.price)", "permille(n, 3) == median(nums)", "Item{id: s} in items", "nums.exists_one(x, x == 1) ? ok : !ok"} {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		raw, err := json.Marshal(expression)
		if err != nil {
			return
		}
		s, err := Parse([]byte(smallSet(`{"id":"r","title":"t","law":["l"],"test":` + string(raw) + `,"pass":"p","fail":"f"}`)))
		if err != nil {
			return
		}
		in, err := s.Read([]byte(smallInput))
		if err != nil {
			t.Fatal(err)
		}
		a, b := s.Evaluate(in), s.Evaluate(in)
		if a.Rules[0].Words != b.Rules[0].Words || a.Cost != b.Cost {
			t.Fatalf("two results of %q: %+v and %+v", expression, a, b)
		}
		if a.Rules[0].Words == "Not decided (the test): it cannot be computed." {
			t.Fatalf("%q fails without a reason", expression)
		}
	})
}
