package machine

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"publica"
)

// TestRefusalFits: whatever a rule says of the largest entry, its leaf can be
// read again.
func TestRefusalFits(t *testing.T) {
	entry := []byte(`{"a":"` + strings.Repeat("x", publica.MaxEntrySize-8) + `"}`)
	for _, s := range []string{strings.Repeat("\x01", 70_000), strings.Repeat("\xff", 70_000), "x" + strings.Repeat("é", 70_000), strings.Repeat("\\", 70_000)} {
		for _, err := range []error{errors.New(s), publica.Problem(publica.Invalid, s, s)} {
			leaf := publica.Leaf{Entry: entry, Refused: RefusalOf(err), Signature: &publica.Signature{Algorithm: publica.Ed25519, Key: make([]byte, 2000), Sig: make([]byte, 5000)}}
			raw, err := leaf.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			got, err := publica.ParseLeaf(raw)
			if err != nil {
				t.Fatalf("leaf of %d bytes: %v", len(raw), err)
			}
			if m := got.Refused.Message; !utf8.ValidString(m) || strings.HasSuffix(m, "\uFFFD") != strings.HasPrefix(s, "\xff") {
				t.Errorf("%q", m)
			}
		}
	}
}

// TestLeafTooLarge: a leaf that nobody could read again stops the block.
func TestLeafTooLarge(t *testing.T) {
	const kind publica.Kind = "big/record"
	m, err := New("r.example", []Domain{{
		Name: "big",
		Systems: []System{{Name: kind, Apply: func(tx *Tx, _ *Due) bool {
			tx.Emit(kind, publica.DocketID{}, strings.Repeat("x", publica.MaxLeafSize))
			return false
		}}},
		Genesis: func(tx *Tx, _ *Genesis) error {
			tx.Schedule(5, kind, publica.DocketID{}, struct{}{})
			return nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	state := mapReader{}
	r, err := m.Found(state, &Genesis{Founders: []publica.KeyID{{1}}, Register: "r.example", Silence: 1000, Time: 1, Version: RulesVersion})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range r.Writes {
		state[string(w.Key)] = w.Value
	}
	m.Committed(r)
	if _, err := m.Begin(state, 1, 5); publica.CodeOf(err) != publica.TooLarge {
		t.Errorf("%v", err)
	}
}
