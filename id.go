package publica

import (
	"crypto/sha256"
	"encoding/hex"
)

// HashSize is the size in bytes of every id and commitment: SHA-256.
const HashSize = sha256.Size

// An EntryID names an entry: SHA-256 of its canonical bytes, never of its
// signature. Text form: 64 lower-case hexadecimal digits.
type EntryID [HashSize]byte

// A DocketID names a docket: the id of the entry that opened it. The zero
// value stands for "no docket": statements about the register itself.
type DocketID EntryID

// A BodyID names a public body: the id of the entry that registered it.
type BodyID EntryID

// A KeyID is the fingerprint of a public key: SHA-256 of
// "publica key " ‖ algorithm ‖ "\n" ‖ public key bytes.
type KeyID [HashSize]byte

// A Commitment binds an entry to content without revealing it: SHA-256 of
// salt ‖ bytes, where salt is 32 random bytes (spec/entry.md, "Content").
type Commitment [HashSize]byte

func (id EntryID) String() string   { return hex.EncodeToString(id[:]) }
func (id DocketID) String() string  { return hex.EncodeToString(id[:]) }
func (id BodyID) String() string    { return hex.EncodeToString(id[:]) }
func (id KeyID) String() string     { return hex.EncodeToString(id[:]) }
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// IsZero reports whether the id is absent.
func (id EntryID) IsZero() bool  { return id == EntryID{} }
func (id DocketID) IsZero() bool { return id == DocketID{} }
func (id BodyID) IsZero() bool   { return id == BodyID{} }
func (id KeyID) IsZero() bool    { return id == KeyID{} }

func (id EntryID) AppendText(b []byte) ([]byte, error)   { return hex.AppendEncode(b, id[:]), nil }
func (id DocketID) AppendText(b []byte) ([]byte, error)  { return hex.AppendEncode(b, id[:]), nil }
func (id BodyID) AppendText(b []byte) ([]byte, error)    { return hex.AppendEncode(b, id[:]), nil }
func (id KeyID) AppendText(b []byte) ([]byte, error)     { return hex.AppendEncode(b, id[:]), nil }
func (c Commitment) AppendText(b []byte) ([]byte, error) { return hex.AppendEncode(b, c[:]), nil }

func (id EntryID) MarshalText() ([]byte, error)   { return id.AppendText(nil) }
func (id DocketID) MarshalText() ([]byte, error)  { return id.AppendText(nil) }
func (id BodyID) MarshalText() ([]byte, error)    { return id.AppendText(nil) }
func (id KeyID) MarshalText() ([]byte, error)     { return id.AppendText(nil) }
func (c Commitment) MarshalText() ([]byte, error) { return c.AppendText(nil) }

func (id *EntryID) UnmarshalText(b []byte) error   { return unhex(id[:], b) }
func (id *DocketID) UnmarshalText(b []byte) error  { return unhex(id[:], b) }
func (id *BodyID) UnmarshalText(b []byte) error    { return unhex(id[:], b) }
func (id *KeyID) UnmarshalText(b []byte) error     { return unhex(id[:], b) }
func (c *Commitment) UnmarshalText(b []byte) error { return unhex(c[:], b) }

// unhex decodes exactly len(dst) bytes of lower-case hexadecimal.
func unhex(dst, text []byte) error {
	if len(text) != hex.EncodedLen(len(dst)) {
		return Problem(Malformed, "", "want 64 hexadecimal digits")
	}
	for i := range dst {
		hi, lo := unhexDigit(text[2*i]), unhexDigit(text[2*i+1])
		if hi > 15 || lo > 15 {
			return Problem(Malformed, "", "want lower-case hexadecimal digits")
		}
		dst[i] = hi<<4 | lo
	}
	return nil
}

// ParseEntryID parses the 64-digit text form.
func ParseEntryID(s string) (id EntryID, err error) {
	err = id.UnmarshalText([]byte(s))
	return id, err
}

// A Kind names a record type as "domain/kind", for example
// "participation/comment".
type Kind string

// Valid reports whether k has the form domain/kind: lower-case letters, in the
// second part words joined by single hyphens; at most 64 bytes.
func (k Kind) Valid() bool {
	slash, start := 0, true // start: a letter must follow
	for i := range len(k) {
		switch c := k[i]; {
		case c >= 'a' && c <= 'z':
			start = false
		case c == '/' && slash == 0 && !start:
			slash, start = i, true
		case c == '-' && slash > 0 && !start:
			start = true
		default:
			return false
		}
	}
	return len(k) <= 64 && slash > 0 && !start
}

// Domain returns the part before the slash.
func (k Kind) Domain() string {
	for i := range k {
		if k[i] == '/' {
			return string(k[:i])
		}
	}
	return string(k)
}
