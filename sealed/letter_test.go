package sealed

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"io"
	"testing"

	"publica"
	"publica/internal/golden"
)

const letterPath = "../testdata/vectors/letters.json"

// A letterVector is one letter, as one of its readers opens it. A case may refer to
// the letter of another, with one bit flipped or cut off, as those of sealed.json.
type letterVector struct {
	Name    string         `json:"name"`
	Context jsontext.Value `json:"context"`
	To      []BoxKey       `json:"to"`
	Reader  int            `json:"reader"` // from 1
	Secret  BoxSecret      `json:"secret"`

	Bytes   []byte `json:"bytes,omitempty"`
	BytesOf string `json:"bytes_of,omitzero"`
	Alter   int    `json:"alter,omitzero"`
	Cut     int    `json:"cut,omitzero"`

	ID     Hash      `json:"id,omitzero"` // of the context with the readers
	Key    LetterKey `json:"key,omitzero"`
	Plain  []byte    `json:"plain,omitempty"`
	Random []byte    `json:"random,omitempty"` // drawn from in order, it seals plain as bytes

	Valid  bool         `json:"valid"`
	Code   publica.Code `json:"code,omitzero"`
	Field  string       `json:"field,omitzero"`
	Reason string       `json:"reason,omitzero"`
}

// letterScene is a letter to three readers.
func letterScene(plain []byte) (x *LetterContext, to []BoxKey, secrets []BoxSecret, letter []byte) {
	x = &LetterContext{Author: keyID("bidder"), Bid: publica.EntryID(keyID("bid")), Kind: "procurement/cure", Lot: "lot-1", Register: "demo.publica.example", Tender: publica.DocketID(keyID("tender"))}
	random := chance("letter")
	for range 3 {
		s := must(NewLetterKey(random))
		to, secrets = append(to, s.Public()), append(secrets, s)
	}
	return x, to, secrets, must(SealLetter(x, plain, to, random))
}

func letterVectors() (all []*letterVector) {
	x, to, secrets, letter := letterScene([]byte("The page that was missing."))
	base := letterVector{Context: text(x), To: to, Reader: 2, Secret: secrets[1], BytesOf: "a letter to three"}
	add := func(name string, code publica.Code, field string, change func(*letterVector)) {
		v := base
		v.Name, v.Valid, v.Code, v.Field = name, code == "", code, field
		change(&v)
		all = append(all, &v)
	}
	context := func(f func(*LetterContext)) func(*letterVector) {
		return func(v *letterVector) {
			other := *x
			f(&other)
			v.Context = text(&other)
		}
	}
	add("a letter to three", "", "", func(v *letterVector) { v.Bytes, v.BytesOf = letter, "" })
	add("as its third reader opens it", "", "", func(v *letterVector) { v.Reader, v.Secret = 3, secrets[2] })
	_, _, _, block := letterScene(bytes.Repeat([]byte{0x80}, letterBlock))
	add("a letter of one whole block", "", "", func(v *letterVector) { v.Bytes, v.BytesOf = block, "" })
	_, _, _, empty := letterScene(nil)
	add("an empty letter", "", "", func(v *letterVector) { v.Bytes, v.BytesOf = empty, "" })
	drawn := make([]byte, 32*(1+len(to)))
	_ = must(io.ReadFull(chance("sealed anew"), drawn))
	add("sealed with this randomness", "", "", func(v *letterVector) {
		v.Bytes, v.BytesOf, v.Random = must(SealLetter(x, []byte("Sealed anew."), to, bytes.NewReader(drawn))), "", drawn
	})
	twice := []BoxKey{to[0], to[0], to[2]} // the second announced the first's key
	copied := must(SealLetter(x, []byte("To whom it may."), twice, bytes.NewReader(drawn)))
	add("to a key that stands twice", "", "", func(v *letterVector) {
		v.To, v.Secret, v.Bytes, v.BytesOf, v.Random = twice, secrets[0], copied, "", drawn
	})
	add("by whom announced another's key", publica.Unverified, "boxes/1", func(v *letterVector) {
		v.To, v.Secret, v.BytesOf = twice, secrets[1], "to a key that stands twice"
	})
	const boxed = "boxes/1"
	add("by another author", publica.Unverified, boxed, context(func(x *LetterContext) { x.Author[0] ^= 1 }))
	add("about another bid", publica.Unverified, boxed, context(func(x *LetterContext) { x.Bid[0] ^= 1 }))
	add("in a record of another kind", publica.Unverified, boxed, context(func(x *LetterContext) { x.Kind = "procurement/debrief" }))
	add("in another tender", publica.Unverified, boxed, context(func(x *LetterContext) { x.Tender[0] ^= 1 }))
	add("with another's secret", publica.Unverified, boxed, func(v *letterVector) { v.Secret = secrets[0] })
	add("by a reader too many", publica.Invalid, "reader", func(v *letterVector) { v.Reader = 4 })
	add("to other readers", publica.Unverified, boxed, func(v *letterVector) { v.To = []BoxKey{to[1], to[0], to[2]} })
	add("to fewer readers", publica.Invalid, "letter", func(v *letterVector) { v.To = to[:2] })
	add("with another commitment", publica.Unverified, boxed, func(v *letterVector) { v.Alter = len(letterLabel) + 1 })
	add("with an altered box", publica.Unverified, boxed, func(v *letterVector) { v.Alter = letterHead + letterBox + 40 })
	add("with altered words", publica.Unverified, "letter", func(v *letterVector) { v.Alter = len(letter) - 20 })
	add("with another label", publica.Malformed, "letter", func(v *letterVector) { v.Alter = 3 })
	add("cut off within a block", publica.Malformed, "letter", func(v *letterVector) { v.Cut = len(letter) - 1 })
	add("cut off in its head", publica.Malformed, "letter", func(v *letterVector) { v.Cut = 20 })
	return all
}

// solve opens the letter as its reader does.
func (v *letterVector) solve(all []*letterVector) error {
	x, err := decoded[LetterContext](v.Context)
	if err != nil {
		return err
	}
	letter := v.Bytes
	for _, other := range all {
		if other.Name == v.BytesOf {
			letter = other.Bytes
		}
	}
	if v.Alter > 0 {
		letter = altered(letter, v.Alter)
	}
	if v.Cut > 0 {
		letter = letter[:v.Cut]
	}
	if v.Key, err = LetterKeyOf(x, letter, v.To, v.Reader, v.Secret); err != nil {
		return err
	}
	v.ID = x.id(v.To)
	v.Plain, err = OpenLetter(x, letter, v.To, v.Key)
	if err != nil {
		v.ID, v.Key = Hash{}, LetterKey{}
	}
	return err
}

// TestLetterVectors holds testdata/vectors/letters.json to the code. With -update it
// writes it.
func TestLetterVectors(t *testing.T) {
	cases := letterVectors()
	for _, v := range cases {
		err := v.solve(cases)
		e, _ := errors.AsType[*publica.Error](err)
		switch {
		case v.Valid && err != nil, !v.Valid && (e == nil || e.Code != v.Code || e.Field != v.Field):
			t.Errorf("%s: got %v (%+v), want %q, %q", v.Name, err, e, v.Code, v.Field)
		case !v.Valid:
			v.Reason = e.Error()
		}
	}
	golden.Vectors(t, letterPath, "Letters: what a few may read of a confidential tender's records.", cases, "a meant change is one of spec/sealed.md")
}

// All readers read the same, and what is handed on is checked.
func TestLettersAreOneForAll(t *testing.T) {
	x, to, secrets, letter := letterScene([]byte("words"))
	for i, s := range secrets {
		k, err := LetterKeyOf(x, letter, to, i+1, s)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := OpenLetter(x, letter, to, k); err != nil || string(plain) != "words" {
			t.Errorf("reader %d reads %q, %v", i+1, plain, err)
		}
		k[0] ^= 1
		_, err = OpenLetter(x, letter, to, k)
		wants(t, "another key", err, publica.Unverified, "key")
	}
	_, err := SealLetter(x, nil, []BoxKey{{1}}, chance("weak"))
	wants(t, "a weak key", err, publica.Malformed, "to/0")
	_, err = SealLetter(x, make([]byte, MaxLetter+1), to, chance("long"))
	wants(t, "too long", err, publica.TooLarge, "letter")
}

// TestDecryptionsAreHandedOn: a decryption with its proof convinces who has no secret.
func TestDecryptionsAreHandedOn(t *testing.T) {
	s := newScene(5, 2, chance("vectors"))
	b := s.seal("bidder", "a bid", chance("bid"))
	p := must(s.key.NewPartial(s.shares[0], b.context, b.envelope, s.board, chance("partial")))
	d := must(s.key.OpenPartial(p, b.context, b.envelope, 1, s.boardSecrets[0][0]))
	if err := s.key.CheckDecryption(d, b.context, b.envelope); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Decryption){
		"another trustee's": func(d *Decryption) { d.Trustee = 2 },
		"without a proof":   func(d *Decryption) { d.Proof = Proof{} },
		"another point":     func(d *Decryption) { d.Point = b.envelope.Point },
	} {
		bad := d
		change(&bad)
		if s.key.CheckDecryption(bad, b.context, b.envelope) == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func FuzzLetter(f *testing.F) {
	x, to, secrets, letter := letterScene([]byte("words"))
	f.Add(letter)
	f.Add(letter[:letterHead])
	f.Add(altered(letter, letterHead+3))
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := LetterKeyOf(x, raw, to, 1, secrets[0])
		if err != nil {
			typed(t, err)
			return
		}
		plain, err := OpenLetter(x, raw, to, k)
		if err != nil {
			typed(t, err)
			return
		}
		if string(plain) != "words" {
			t.Fatalf("another letter opens: %q", plain)
		}
	})
}
