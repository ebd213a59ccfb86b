package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strconv"

	"publica"
)

// Text form of everything here that is bytes: lower-case hexadecimal.
type (
	// A Point is an element of ristretto255 (RFC 9496), 32 bytes. Whatever uses
	// one refuses encodings that are not canonical, and the identity.
	Point [32]byte
	// A Scalar is a number modulo the order of the group, 32 bytes,
	// little-endian. Whatever uses one refuses those not reduced, and zero.
	Scalar [32]byte
	// A Proof is one of knowledge (V ‖ r) or of equality (c ‖ s), 64 bytes.
	Proof [64]byte
	// A Hash is SHA-256 over what its field says.
	Hash [32]byte
	// A BoxKey is an X25519 public key with one purpose: one sender, one
	// receiver, one ceremony, so that its secret may be evidence; or letters to
	// one reader ([SealLetter]), and then it never is.
	BoxKey [32]byte
	// A BoxSecret is the secret of a BoxKey.
	BoxSecret [32]byte
	// A Box is something encrypted to a BoxKey (HPKE, RFC 9180): the
	// encapsulated key, 32 bytes, and the ciphertext.
	Box []byte
)

func (p Point) String() string  { return hex.EncodeToString(p[:]) }
func (h Hash) String() string   { return hex.EncodeToString(h[:]) }
func (k BoxKey) String() string { return hex.EncodeToString(k[:]) }

func (p Point) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, p[:]), nil }
func (s Scalar) MarshalText() ([]byte, error)    { return hex.AppendEncode(nil, s[:]), nil }
func (p Proof) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, p[:]), nil }
func (h Hash) MarshalText() ([]byte, error)      { return hex.AppendEncode(nil, h[:]), nil }
func (k BoxKey) MarshalText() ([]byte, error)    { return hex.AppendEncode(nil, k[:]), nil }
func (s BoxSecret) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }
func (b Box) MarshalText() ([]byte, error)       { return hex.AppendEncode(nil, b), nil }

func (p *Point) UnmarshalText(text []byte) error     { return unhex(p[:], text) }
func (s *Scalar) UnmarshalText(text []byte) error    { return unhex(s[:], text) }
func (p *Proof) UnmarshalText(text []byte) error     { return unhex(p[:], text) }
func (h *Hash) UnmarshalText(text []byte) error      { return unhex(h[:], text) }
func (k *BoxKey) UnmarshalText(text []byte) error    { return unhex(k[:], text) }
func (s *BoxSecret) UnmarshalText(text []byte) error { return unhex(s[:], text) }
func (b *Box) UnmarshalText(text []byte) error {
	*b = make(Box, hex.DecodedLen(len(text)))
	return unhex(*b, text)
}

// unhex decodes exactly len(dst) bytes of lower-case hexadecimal.
func unhex(dst, text []byte) error {
	if len(text) != hex.EncodedLen(len(dst)) || bytes.ContainsAny(text, "ABCDEF") {
		return publica.Problem(publica.Malformed, "", "want "+strconv.Itoa(hex.EncodedLen(len(dst)))+" lower-case hexadecimal digits")
	}
	if _, err := hex.Decode(dst, text); err != nil {
		return publica.Problem(publica.Malformed, "", "want lower-case hexadecimal digits")
	}
	return nil
}

// hashOf hashes the canonical JSON (RFC 8785) of v after a label of its own and
// what else it must be bound to.
func hashOf(label string, v any, bound ...[]byte) Hash {
	h := sha256.New()
	h.Write([]byte(label + "\n"))
	for _, b := range bound {
		h.Write(b)
	}
	h.Write(canonical(v))
	return Hash(h.Sum(nil))
}

// canonical returns the canonical JSON of one of this package's structs.
func canonical(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("sealed: " + err.Error()) // cannot happen: only hexadecimal, ASCII and small integers
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		panic("sealed: " + err.Error()) // cannot happen: it was just written
	}
	return text
}
