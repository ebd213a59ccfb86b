package publica

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json/jsontext"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// A Leaf is one record of the log: what was decided, at which height and block
// time. Exactly one of Entry, System and Seal is set. Its bytes are canonical
// JSON; its hash is the RFC 6962 leaf hash of those bytes. See spec/log.md.
//
//	{"entry":{…},"height":7,"signature":{…},"time":"2026-11-22T22:00:00.000Z"}
//	{"height":7,"system":{"body":{…},"docket":"…","kind":"docket/period-opened"},"time":"…"}
//	{"height":7,"seal":{"docket_count":2,"dockets":"…","state":"…"},"time":"…"}
type Leaf struct {
	Entry     jsontext.Value `json:"entry,omitzero"`
	Height    int64          `json:"height"`             // block height, from 1
	Refused   *Refusal       `json:"refused,omitzero"`   // set when the rules refused the entry
	Seal      *Seal          `json:"seal,omitzero"`      // the last leaf of a block
	Signature *Signature     `json:"signature,omitzero"` // beside Entry
	System    *SystemRecord  `json:"system,omitzero"`
	Time      Time           `json:"time"` // block time
}

// A Refusal says which rule kept an entry from taking effect. The entry stays
// on the log: what was promised is there, with the reason it counts for nothing.
type Refusal struct {
	Code    Code   `json:"code"`
	Field   string `json:"field,omitzero"`
	Message string `json:"message"`
}

// A SystemRecord is a consequence the rules drew by themselves, such as a
// period that opened at its time. Nobody signs it; anybody can recompute it.
type SystemRecord struct {
	Body   jsontext.Value `json:"body"`
	Docket DocketID       `json:"docket,omitzero"`
	Kind   Kind           `json:"kind"`
}

// A Seal closes a block: it ties the log to the state and to every docket.
type Seal struct {
	DocketCount int64 `json:"docket_count"`
	Dockets     Hash  `json:"dockets"` // RFC 6962 root over [DocketHead] leaves, sorted by docket id
	State       Hash  `json:"state"`   // chained over each block's ordered writes
}

// A DocketHead is the head of one docket's own RFC 6962 tree, whose leaves are
// that docket's leaves of the log, in order.
type DocketHead struct {
	Docket DocketID `json:"docket"`
	Root   Hash     `json:"root"`
	Size   int64    `json:"size"`
}

// A Hash is a SHA-256 in lower-case hexadecimal text form.
type Hash [HashSize]byte

func (h Hash) String() string                      { return EntryID(h).String() }
func (h Hash) AppendText(b []byte) ([]byte, error) { return EntryID(h).AppendText(b) }
func (h Hash) MarshalText() ([]byte, error)        { return h.AppendText(nil) }
func (h *Hash) UnmarshalText(b []byte) error       { return unhex(h[:], b) }

// MaxLeafSize is the size limit of a leaf in bytes: entry bundles hold lengths
// of 16 bits (C2SP tlog-tiles).
const MaxLeafSize = 1<<16 - 1

// Bytes returns the canonical bytes of the leaf. Entry must hold canonical
// bytes already, as [ParseEntry] demands; the body of a system record need not.
func (l *Leaf) Bytes() ([]byte, error) {
	b := make([]byte, 0, len(l.Entry)+512)
	if l.Entry != nil {
		b = append(append(b, `{"entry":`...), l.Entry...)
		b = append(b, `,"height":`...)
	} else {
		b = append(b, `{"height":`...)
	}
	b = strconv.AppendInt(b, l.Height, 10)
	var err error
	if l.Refused != nil {
		if b, err = l.Refused.append(b); err != nil {
			return nil, err
		}
	}
	if l.Seal != nil {
		b = l.Seal.append(b)
	}
	if l.Signature != nil {
		b = l.Signature.append(b)
	}
	if l.System != nil {
		if b, err = l.System.append(b); err != nil {
			return nil, err
		}
	}
	b = append(b, `,"time":"`...)
	b, _ = l.Time.AppendText(b)
	return append(b, `"}`...), nil
}

func (r *Refusal) append(b []byte) ([]byte, error) {
	b = append(b, `,"refused":{"code":`...)
	b, err := jsontext.AppendQuote(b, r.Code)
	if err == nil && r.Field != "" {
		b, err = jsontext.AppendQuote(append(b, `,"field":`...), r.Field)
	}
	if err == nil {
		b, err = jsontext.AppendQuote(append(b, `,"message":`...), r.Message)
	}
	if err != nil {
		return nil, jsonError(err)
	}
	return append(b, '}'), nil
}

func (s *Seal) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `,"seal":{"docket_count":`...), s.DocketCount, 10)
	b = hex.AppendEncode(append(b, `,"dockets":"`...), s.Dockets[:])
	b = hex.AppendEncode(append(b, `","state":"`...), s.State[:])
	return append(b, `"}`...)
}

func (s *Signature) append(b []byte) []byte {
	b, _ = jsontext.AppendQuote(append(b, `,"signature":{"alg":`...), s.Algorithm) // replaces bytes that are not UTF-8
	if len(s.Auth) > 0 {
		b = append(base64.StdEncoding.AppendEncode(append(b, `,"auth":"`...), s.Auth), '"')
	}
	if len(s.Client) > 0 {
		b = append(base64.StdEncoding.AppendEncode(append(b, `,"client":"`...), s.Client), '"')
	}
	b = base64.StdEncoding.AppendEncode(append(b, `,"key":"`...), s.Key)
	b = base64.StdEncoding.AppendEncode(append(b, `","sig":"`...), s.Sig)
	return append(b, `"}`...)
}

func (s *SystemRecord) append(b []byte) ([]byte, error) {
	body := s.Body
	if !canonicalValue(body) {
		body = bytes.Clone(body)
		if err := body.Canonicalize(); err != nil {
			return nil, jsonError(err)
		}
	}
	b = append(append(b, `,"system":{"body":`...), body...)
	if !s.Docket.IsZero() {
		b = hex.AppendEncode(append(b, `,"docket":"`...), s.Docket[:])
		b = append(b, '"')
	}
	b, err := jsontext.AppendQuote(append(b, `,"kind":`...), s.Kind)
	if err != nil {
		return nil, jsonError(err)
	}
	return append(b, '}'), nil
}

// ParseLeaf parses the canonical bytes of a leaf. It checks form only, neither
// signature nor place in the log; the entry within is some canonical object,
// and [ParseEntry] says whether it is an entry. The result shares memory with
// raw.
func ParseLeaf(raw []byte) (*Leaf, error) {
	if len(raw) > MaxLeafSize {
		return nil, Problem(TooLarge, "leaf", "is over "+strconv.Itoa(MaxLeafSize)+" bytes")
	}
	l := new(Leaf)
	if l.scan(raw) {
		return l, nil
	}
	return parseLeaf(raw)
}

// scan is the fast path of [ParseLeaf].
func (l *Leaf) scan(raw []byte) bool {
	s := scanner{b: raw}
	if !s.next('{') {
		return false
	}
	if s.lit(`"entry":`) {
		start := s.i
		if !s.object() || !s.next(',') {
			return false
		}
		l.Entry = raw[start : s.i-1 : s.i-1]
	}
	if !s.lit(`"height":`) {
		return false
	}
	var ok bool
	if l.Height, ok = s.integer(); !ok || l.Height < 0 {
		return false
	}
	switch {
	case l.Entry != nil:
		ok = l.scanRefused(&s) && l.scanSignature(&s)
	case s.lit(`,"seal":`):
		ok = l.scanSeal(&s)
	default:
		ok = l.scanSystem(&s)
	}
	if !ok || !s.lit(`,"time":`) {
		return false
	}
	l.Time, ok = s.time()
	return ok && s.next('}') && s.end()
}

func (l *Leaf) scanRefused(s *scanner) bool {
	if !s.lit(`,"refused":{"code":`) {
		return true
	}
	code, ok := s.plain()
	if !ok {
		return false
	}
	field, has := s.member(`,"field":`)
	if has && len(field) == 0 {
		return false
	}
	message, ok := s.member(`,"message":`)
	l.Refused = &Refusal{Code: Code(code), Field: string(field), Message: string(message)}
	return ok && s.next('}')
}

func (l *Leaf) scanSignature(s *scanner) bool {
	signature, ok := s.signature()
	l.Signature = &signature
	return ok
}

// signature passes over a signature member with the comma before it.
func (s *scanner) signature() (sig Signature, ok bool) {
	alg, ok := s.member(`,"signature":{"alg":`)
	if !ok {
		return sig, false
	}
	sig.Algorithm = Algorithm(alg)
	if sig.Auth, ok = s.base64Member(`,"auth":`); !ok {
		return sig, false
	}
	if sig.Client, ok = s.base64Member(`,"client":`); !ok {
		return sig, false
	}
	if !s.lit(`,"key":`) {
		return sig, false
	}
	if sig.Key, ok = s.base64(); !ok || !s.lit(`,"sig":`) {
		return sig, false
	}
	sig.Sig, ok = s.base64()
	return sig, ok && s.next('}')
}

// base64Member passes over a member, comma and name as given, that is left out
// if it is empty.
func (s *scanner) base64Member(prefix string) ([]byte, bool) {
	if !s.lit(prefix) {
		return nil, true
	}
	b, ok := s.base64()
	return b, ok && len(b) > 0
}

func (l *Leaf) scanSeal(s *scanner) bool {
	l.Seal = new(Seal)
	if !s.lit(`{"docket_count":`) {
		return false
	}
	var ok bool
	l.Seal.DocketCount, ok = s.integer()
	return ok && s.lit(`,"dockets":`) && s.hex(l.Seal.Dockets[:]) &&
		s.lit(`,"state":`) && s.hex(l.Seal.State[:]) && s.next('}')
}

func (l *Leaf) scanSystem(s *scanner) bool {
	if !s.lit(`,"system":{"body":`) {
		return false
	}
	start := s.i
	if !s.object() {
		return false
	}
	l.System = &SystemRecord{Body: s.b[start:s.i:s.i]}
	if s.lit(`,"docket":`) && (!s.hex(l.System.Docket[:]) || l.System.Docket.IsZero()) {
		return false
	}
	kind, ok := s.member(`,"kind":`)
	l.System.Kind = Kind(kind)
	return ok && s.next('}')
}

// parseLeaf is the slow path of [ParseLeaf]; see [Entry.parse].
func parseLeaf(raw []byte) (*Leaf, error) {
	if err := checkCanonical(raw); err != nil {
		return nil, under("leaf", err)
	}
	l := new(Leaf)
	if err := DecodeStrict(raw, l, "leaf"); err != nil {
		return nil, err
	}
	n := 0
	for _, set := range []bool{l.Entry != nil, l.System != nil, l.Seal != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1 || (l.Entry != nil) != (l.Signature != nil) || (l.Refused != nil && l.Entry == nil):
		return nil, Problem(Malformed, "leaf", "is not exactly one of entry with signature, system record, seal")
	case l.Entry != nil && l.Entry.Kind() != '{':
		return nil, Problem(Malformed, "leaf/entry", "is not an object")
	case l.System != nil && l.System.Body.Kind() != '{':
		return nil, Problem(Malformed, "leaf/system/body", "is not an object")
	case l.Height < 0:
		return nil, Problem(Malformed, "leaf/height", "is negative")
	}
	if again, err := l.Bytes(); err != nil || !bytes.Equal(again, raw) {
		return nil, Problem(Malformed, "leaf", "holds a value that is not in its only form").
			WithHint("leave empty members out; base64 must have no stray bits")
	}
	return l, nil
}

// ID returns the entry's id, or for a system record or seal the SHA-256 of the
// leaf's bytes.
func (l *Leaf) ID() EntryID {
	if l.Entry != nil {
		return ID(l.Entry)
	}
	raw, err := l.Bytes()
	if err != nil {
		return EntryID{}
	}
	return ID(raw)
}

// LeafHash returns the RFC 6962 hash of leaf bytes.
func LeafHash(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }

// Bytes returns the canonical bytes of the head: a leaf of the tree whose root
// stands in the seal.
func (h *DocketHead) Bytes() []byte {
	b := hex.AppendEncode([]byte(`{"docket":"`), h.Docket[:])
	b = hex.AppendEncode(append(b, `","root":"`...), h.Root[:])
	b = strconv.AppendInt(append(b, `","size":`...), h.Size, 10)
	return append(b, '}')
}
