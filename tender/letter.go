package tender

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"io"
	"strconv"
	"strings"

	"publica"
	"publica/sealed"
)

// LetterFormat names the form of what a letter says; see spec/offer.md.
const LetterFormat = "publica-letter/v1"

// A Letter is what the part sealed of a cure, a memo or a debrief says in a
// confidential tender: the parts that the record would have in a public one.
type Letter struct {
	Format string       `json:"format"`
	Parts  []LetterPart `json:"parts"`
}

// LetterPart is a part of a letter: text, then attachment-1 ….
type LetterPart struct {
	Data  []byte `json:"data"` // base64
	Media string `json:"media"`
	Name  string `json:"name"`
}

// ParseLetter reads what a letter says.
func ParseLetter(plain []byte) (*Letter, error) {
	l := new(Letter)
	if err := publica.DecodeStrict(plain, l, "letter"); err != nil {
		return nil, err
	}
	return l, l.Check()
}

// Check checks the form of a letter.
func (l *Letter) Check() error {
	switch {
	case l.Format != LetterFormat:
		return publica.Problem(publica.Unsupported, "letter/format", "is "+strconv.Quote(l.Format)+", not "+LetterFormat)
	case len(l.Parts) == 0:
		return publica.Problem(publica.Invalid, "letter/parts", "are missing").WithHint("a letter has a text at least")
	}
	for i, x := range l.Parts {
		at, want := "letter/parts/"+strconv.Itoa(i), "attachment-"+strconv.Itoa(i)
		if i == 0 {
			want = "text"
		}
		if x.Name != want {
			return publica.Problem(publica.Invalid, at+"/name", "is "+strconv.Quote(x.Name)+", not "+want)
		}
		if x.Media == "" || i == 0 && x.Media != "text/plain" && x.Media != "text/markdown" {
			return publica.Problem(publica.Invalid, at+"/media", "is "+strconv.Quote(x.Media)).WithHint("a text is text/plain or text/markdown")
		}
	}
	return nil
}

// Canonical returns the bytes that are encrypted.
func (l *Letter) Canonical() ([]byte, error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "letter", err.Error())
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		return nil, publica.Problem(publica.Malformed, "letter", err.Error())
	}
	return text, nil
}

// The kinds whose part sealed is a letter.
const (
	CureKind    publica.Kind = "procurement/cure"
	MemoKind    publica.Kind = "procurement/memo"
	DebriefKind publica.Kind = "procurement/debrief"
)

// LetterContext is what a letter of this tender is bound to: the bid that the record
// names, or the lot of a memo.
func (p *Process) LetterContext(kind publica.Kind, author publica.KeyID, bid publica.EntryID, lot string) *sealed.LetterContext {
	x := &sealed.LetterContext{Author: author, Bid: bid, Kind: kind, Register: p.Register, Tender: p.Docket}
	if kind == MemoKind {
		x.Lot = lot
	}
	return x
}

// LetterReaders returns the evaluators' keys for letters about a lot, by evaluator:
// those that they announced for its first envelope.
func (p *Process) LetterReaders(lot string) ([]sealed.BoxKey, error) {
	t := p.Terms()
	if t == nil || t.Mode != Confidential {
		return nil, publica.Problem(publica.Invalid, "docket", "is no confidential tender: its texts are for everyone")
	}
	k := p.Key(lot, t.EnvelopeNames()[0])
	if k == nil {
		return nil, publica.Problem(publica.NotFound, "lot", strconv.Quote(lot)+" is not a lot of this tender")
	}
	for i, key := range k.letters {
		if key == (sealed.BoxKey{}) {
			return nil, publica.Problem(publica.Early, "docket", "evaluator "+strconv.Itoa(i+1)+" has announced no key for letters")
		}
	}
	return k.letters, nil
}

// Seal encrypts a letter for the part sealed of a record.
func (l *Letter) Seal(x *sealed.LetterContext, to []sealed.BoxKey, random io.Reader) ([]byte, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	plain, err := l.Canonical()
	if err != nil {
		return nil, err
	}
	return sealed.SealLetter(x, plain, to, random)
}

// An OpenLetter is a letter on record that was read.
type OpenLetter struct {
	Record publica.EntryID `json:"record"`
	Letter *Letter         `json:"letter,omitzero"`
	Why    string          `json:"why,omitzero"` // it says nothing
}

// inputs are what a cure gives the rules in a letter.
func (l *OpenLetter) inputs() (map[string]jsontext.Value, error) {
	if l.Letter == nil {
		return nil, nil
	}
	for _, x := range l.Letter.Parts {
		if x.Media == InputMedia && strings.HasPrefix(x.Name, "attachment-") {
			return members(x.Data, "inputs of "+l.Record.String())
		}
	}
	return nil, nil
}

// writtenLetter is a record with a letter to the evaluators.
type writtenLetter struct {
	id      publica.EntryID
	context *sealed.LetterContext
	lot     string
}

// letters are the letters to the evaluators on record: cures and memos.
func (p *Process) letters() (all []writtenLetter) {
	for _, b := range p.Bids {
		for _, c := range b.cured {
			all = append(all, writtenLetter{c.ID, p.LetterContext(CureKind, b.Author, b.ID, ""), b.Lot})
		}
	}
	for _, m := range p.Memos {
		all = append(all, writtenLetter{m.ID, p.LetterContext(MemoKind, m.Author, none, m.Lot), m.Lot})
	}
	return all
}
