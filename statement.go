package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strconv"
)

// MaxStatementSize is the size limit of a statement in bytes.
const MaxStatementSize = 64 << 10

// A Statement is what a validator says to its peers when its log has grown: the
// head it has reached, and how much content it holds. Its form is canonical
// JSON:
//
//	{"checkpoint":"…","holds":"…"}
//
// Both notes are signed and say when; nothing else is in it that could be
// altered on the way.
type Statement struct {
	Checkpoint string `json:"checkpoint"` // signed note, with the validator's signature and cosignatures
	Holds      string `json:"holds"`      // signed note; see [Holds]
}

// Bytes returns the canonical bytes.
func (s *Statement) Bytes() ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, jsonError(err)
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	return v, nil
}

// ParseStatement parses the canonical bytes, and refuses all others. It checks
// that the notes are a checkpoint and a holds note for the same register, and
// no signature.
func ParseStatement(raw []byte) (*Statement, error) {
	if len(raw) > MaxStatementSize {
		return nil, Problem(TooLarge, "statement", "is over "+strconv.Itoa(MaxStatementSize)+" bytes")
	}
	s := new(Statement)
	if err := DecodeStrict(raw, s, "statement"); err != nil {
		return nil, err
	}
	if again, err := s.Bytes(); err != nil || !bytes.Equal(again, raw) {
		return nil, Problem(Malformed, "statement", "is not in its canonical form")
	}
	c, err := ParseCheckpoint([]byte(s.Checkpoint))
	if err != nil {
		return nil, under("statement", err)
	}
	if _, err := parseHolds(s.Holds, c.Register); err != nil {
		return nil, under("statement", err)
	}
	return s, nil
}
