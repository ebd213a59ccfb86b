package publica

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"io"
	"strconv"
)

// Limits of an entry. Bytes unless said otherwise.
const (
	MaxEntrySize = 16 << 10 // canonical bytes of an entry
	MaxParts     = 64       // content parts of one entry
	MaxPartSize  = 10 << 20 // one content part
	NonceSize    = 16
)

// An Entry is one statement by one author: what is signed, and all that the
// rules see. It is immutable once signed; [Entry.Canonical] gives the bytes
// that are signed, hashed and logged. See spec/entry.md.
type Entry struct {
	Author   KeyID          `json:"author"`            // fingerprint of the signing key
	Body     jsontext.Value `json:"body"`              // object, typed by kind
	Content  []Part         `json:"content,omitempty"` // commitments to free text, names, files
	Docket   DocketID       `json:"docket,omitzero"`   // the case file, absent for statements about the register
	For      BodyID         `json:"for,omitzero"`      // the body the author acts for, if any
	Kind     Kind           `json:"kind"`              // record type
	Made     Time           `json:"made"`              // when the author says it was made; a claim
	Nonce    Nonce          `json:"nonce"`             // makes equal statements distinct
	Register string         `json:"register"`          // the register's name: no replay elsewhere
}

// A Nonce makes two otherwise equal entries distinct. Text form: 32 lower-case
// hexadecimal digits.
type Nonce [NonceSize]byte

// NewNonce draws a nonce from random, [crypto/rand.Reader] if nil.
func NewNonce(random io.Reader) (n Nonce) {
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, n[:]); err != nil {
		panic("publica: no randomness: " + err.Error())
	}
	return n
}

func (n Nonce) AppendText(b []byte) ([]byte, error) { return hex.AppendEncode(b, n[:]), nil }
func (n Nonce) MarshalText() ([]byte, error)        { return n.AppendText(nil) }
func (n *Nonce) UnmarshalText(b []byte) error {
	if len(b) != 2*NonceSize || bytes.ContainsAny(b, "ABCDEF") {
		return Problem(Malformed, "", "want 32 lower-case hexadecimal digits")
	}
	if _, err := hex.Decode(n[:], b); err != nil {
		return Problem(Malformed, "", "want 32 lower-case hexadecimal digits")
	}
	return nil
}

// A Part commits an entry to one piece of content. Parts go one by one: each
// has a salt of its own, so that one can be erased and the others still prove.
type Part struct {
	Commitment Commitment `json:"commitment"` // SHA-256(salt ‖ bytes)
	Media      string     `json:"media"`      // media type, for example "text/markdown"
	Name       string     `json:"part"`       // unique within the entry, for example "text"
	Size       int64      `json:"size"`       // of the content in bytes
}

// Canonical returns the canonical bytes of e (RFC 8785) or an [Error] that
// names the field at fault. It does not require Body to be canonical already.
func (e *Entry) Canonical() ([]byte, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, jsonError(err)
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	if _, err := ParseEntry(v); err != nil {
		return nil, err
	}
	return v, nil
}

// ID returns the id of the entry whose canonical bytes are given.
func ID(canonical []byte) EntryID { return sha256.Sum256(canonical) }

// ParseEntry parses the canonical bytes of an entry. It refuses, naming the
// field: bytes over [MaxEntrySize], anything not canonical, duplicate or
// unknown members, null, numbers that are not integers of at most 53 bits.
// The result shares memory with raw.
func ParseEntry(raw []byte) (*Entry, error) {
	if len(raw) > MaxEntrySize {
		return nil, Problem(TooLarge, "", "the entry is "+strconv.Itoa(len(raw))+" bytes, over the limit of "+strconv.Itoa(MaxEntrySize)).
			WithHint("move long text into content parts; an entry carries commitments only")
	}
	e := new(Entry)
	if !e.scan(raw) {
		*e = Entry{}
		if err := e.parse(raw); err != nil {
			return nil, err
		}
	}
	if err := e.validate(); err != nil {
		return nil, err
	}
	return e, nil
}

// scan is the fast path of [ParseEntry]: one pass over the members in their
// canonical order. It reports whether raw has the form; if not, parse knows why.
func (e *Entry) scan(raw []byte) bool {
	s := scanner{b: raw}
	if !s.lit(`{"author":`) || !s.hex(e.Author[:]) || !s.lit(`,"body":`) {
		return false
	}
	start := s.i
	if !s.object() {
		return false
	}
	e.Body = raw[start:s.i:s.i]
	if s.lit(`,"content":[`) && !e.scanParts(&s) {
		return false
	}
	if s.lit(`,"docket":`) && (!s.hex(e.Docket[:]) || e.Docket.IsZero()) {
		return false
	}
	if s.lit(`,"for":`) && (!s.hex(e.For[:]) || e.For.IsZero()) {
		return false
	}
	kind, ok := s.member(`,"kind":`)
	if !ok || !s.lit(`,"made":`) {
		return false
	}
	if e.Made, ok = s.time(); !ok || !s.lit(`,"nonce":`) || !s.hex(e.Nonce[:]) {
		return false
	}
	register, ok := s.member(`,"register":`)
	if !ok || !s.lit(`}`) || !s.end() {
		return false
	}
	e.Kind, e.Register = Kind(kind), string(register)
	return true
}

func (e *Entry) scanParts(s *scanner) bool {
	for {
		var p Part
		if !s.lit(`{"commitment":`) || !s.hex(p.Commitment[:]) {
			return false
		}
		media, ok := s.member(`,"media":`)
		if !ok {
			return false
		}
		name, ok := s.member(`,"part":`)
		if !ok || !s.lit(`,"size":`) {
			return false
		}
		if p.Size, ok = s.integer(); !ok || !s.next('}') {
			return false
		}
		p.Media, p.Name = string(media), string(name)
		e.Content = append(e.Content, p)
		if s.next(']') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// parse is the slow path of [ParseEntry]: it accepts what scan accepts and what
// scan leaves to it, and says what is wrong with the rest.
func (e *Entry) parse(raw []byte) error {
	if err := checkCanonical(raw); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, e, json.RejectUnknownMembers(true)); err != nil {
		return jsonError(err)
	}
	return e.checkPresence(raw)
}

// checkPresence refuses optional members that are there and say nothing: one
// statement has one form.
func (e *Entry) checkPresence(raw []byte) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		return jsonError(err)
	}
	for _, m := range []struct {
		name  string
		empty bool
	}{{"content", len(e.Content) == 0}, {"docket", e.Docket.IsZero()}, {"for", e.For.IsZero()}} {
		if _, ok := members[m.name]; ok && m.empty {
			return Problem(Malformed, m.name, "is empty").WithHint("leave the member out")
		}
	}
	return nil
}

func (e *Entry) validate() error {
	switch {
	case !ValidRegister(e.Register):
		return Problem(Invalid, "register", "is missing or not a register name").WithHint(`a register name looks like "register.example.org"`)
	case !e.Kind.Valid():
		return Problem(Invalid, "kind", "is missing or not of the form domain/kind")
	case e.Author.IsZero():
		return Problem(Invalid, "author", "is missing").WithHint("author is the fingerprint of the signing key")
	case e.Nonce == Nonce{}:
		return Problem(Invalid, "nonce", "is missing").WithHint("draw 16 random bytes for every entry")
	case e.Made <= 0 || e.Made >= 253402300800000:
		return Problem(Invalid, "made", "is missing or out of range")
	case e.Body.Kind() != '{':
		return Problem(Invalid, "body", "is missing or not an object")
	case len(e.Content) > MaxParts:
		return Problem(TooLarge, "content", "has more than "+strconv.Itoa(MaxParts)+" parts")
	}
	for i := range e.Content {
		p := &e.Content[i]
		problem := func(code Code, member, message string) error {
			return Problem(code, "content/"+strconv.Itoa(i)+"/"+member, message)
		}
		switch {
		case !validPart(p.Name):
			return problem(Invalid, "part", "is missing or not a part name")
		case e.partIndex(p.Name) != i:
			return problem(Invalid, "part", "names the part "+p.Name+" twice")
		case !validMedia(p.Media):
			return problem(Invalid, "media", "is missing or not a media type")
		case p.Size < 0 || p.Size > MaxPartSize:
			return problem(TooLarge, "size", "is not between 0 and "+strconv.Itoa(MaxPartSize))
		case p.Commitment == Commitment{}:
			return problem(Invalid, "commitment", "is missing")
		}
	}
	return nil
}

// Part returns the content part of that name, if the entry has one.
func (e *Entry) Part(name string) (Part, bool) {
	if i := e.partIndex(name); i >= 0 {
		return e.Content[i], true
	}
	return Part{}, false
}

// partIndex returns the index of the first part of that name, or -1. A list of
// at most [MaxParts] is searched faster than a map is made.
func (e *Entry) partIndex(name string) int {
	for i := range e.Content {
		if e.Content[i].Name == name {
			return i
		}
	}
	return -1
}
