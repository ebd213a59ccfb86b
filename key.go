package publica

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"strings"

	"github.com/hdevalence/ed25519consensus"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// An Algorithm names a signature scheme of the register.
type Algorithm string

const (
	// Ed25519 is RFC 8032 with the acceptance rule of ZIP 215 (cofactored), so
	// that batch and single verification accept the same set everywhere.
	// Key: 32 bytes. Signature: 64 bytes.
	Ed25519 Algorithm = "ed25519"
	// P256 is ECDSA over NIST P-256 with SHA-256, as WebCrypto makes it.
	// Key: 65 bytes, uncompressed point. Signature: r ‖ s, 64 bytes, with
	// s at most half the group order (else (r, n−s) would verify too).
	P256 Algorithm = "p256"
)

// A Signature stands beside an entry and carries the public key whose
// fingerprint is the entry's author. Bytes are base64.
type Signature struct {
	Algorithm Algorithm `json:"alg"`
	Auth      []byte    `json:"auth,omitempty"`   // of a passkey: authenticatorData, 37 bytes
	Client    []byte    `json:"client,omitempty"` // of a passkey: clientDataJSON, at most 1024 bytes
	Key       []byte    `json:"key"`              // public key
	Sig       []byte    `json:"sig"`              // over the canonical entry; of a passkey: over auth and the hash of client
}

// Fingerprint returns the id of a public key.
func Fingerprint(alg Algorithm, public []byte) KeyID {
	h := sha256.New()
	h.Write([]byte("publica key " + string(alg) + "\n"))
	h.Write(public)
	return KeyID(h.Sum(nil))
}

// KeyID returns the fingerprint of the signature's key.
func (s *Signature) KeyID() KeyID { return Fingerprint(s.Algorithm, s.Key) }

// Verify checks the signature over the canonical bytes of an entry by author.
// It returns nil or an [Error] with code [BadSignature] or [Unsupported].
func (s *Signature) Verify(author KeyID, canonical []byte) error {
	if err := s.CheckForm(author); err != nil {
		return err
	}
	if s.Algorithm.Passkey() {
		e, err := ParseEntry(canonical)
		if err != nil {
			return under("entry", err)
		}
		return s.VerifyChallenge(PasskeyChallenge(e.Register, canonical))
	}
	if !s.Algorithm.verify(s.Key, canonical, s.Sig) {
		return Problem(BadSignature, "signature/sig", "does not verify over this entry").
			WithHint("sign the canonical bytes of the entry, exactly as sent")
	}
	return nil
}

// CheckForm checks all of a signature but the mathematics: algorithm, sizes,
// low s, that its key is the author's, and what a passkey says beside it, the
// challenge excepted. A batch verifier calls it first.
func (s *Signature) CheckForm(author KeyID) error {
	size := s.Algorithm.keySize()
	switch {
	case size == 0:
		return Problem(Unsupported, "signature/alg", "is not an algorithm of this register").
			WithHint("use ed25519, p256, webauthn-p256 or webauthn-ed25519")
	case len(s.Key) != size:
		return Problem(Malformed, "signature/key", "has the wrong length")
	case len(s.Sig) != 64:
		return Problem(Malformed, "signature/sig", "has the wrong length")
	case size == p256KeySize && !lowS(s.Sig):
		return Problem(BadSignature, "signature/sig", "has a high s").WithHint("replace s by n − s before sending")
	case s.KeyID() != author:
		return Problem(BadSignature, "signature/key", "is not the author's key").WithHint("author must be the fingerprint of the key that signs")
	case s.Algorithm.Passkey():
		_, _, err := s.passkey()
		return err
	case len(s.Auth) > 0:
		return Problem(Malformed, "signature/auth", "belongs to passkeys alone").WithHint("leave the member out")
	case len(s.Client) > 0:
		return Problem(Malformed, "signature/client", "belongs to passkeys alone").WithHint("leave the member out")
	}
	return nil
}

const p256KeySize = 65

// keySize returns the size of a public key in bytes, 0 for an algorithm that is
// none of the register's.
func (a Algorithm) keySize() int {
	switch a {
	case Ed25519, WebauthnEd25519:
		return ed25519.PublicKeySize
	case P256, WebauthnP256:
		return p256KeySize
	}
	return 0
}

// verify checks the mathematics of a signature whose sizes are right.
func (a Algorithm) verify(key, message, sig []byte) bool {
	if a.keySize() == p256KeySize {
		return verifyP256(key, message, sig)
	}
	return ed25519consensus.Verify(key, message, sig)
}

var p256HalfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

func lowS(sig []byte) bool {
	return new(big.Int).SetBytes(sig[32:]).Cmp(p256HalfOrder) <= 0
}

func verifyP256(key, message, sig []byte) bool {
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
	if err != nil {
		return false
	}
	digest := sha256.Sum256(message)
	return ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

// A PrivateKey signs entries. The zero value is not usable.
type PrivateKey struct {
	alg    Algorithm
	public []byte
	seed   []byte // ed25519 seed or p256 scalar, 32 bytes
	ed     ed25519.PrivateKey
	ec     *ecdsa.PrivateKey
}

// GenerateKey makes a key from the system's randomness.
func GenerateKey(alg Algorithm) (*PrivateKey, error) {
	switch alg {
	case Ed25519:
		seed := make([]byte, 32)
		rand.Read(seed)
		return newPrivateKey(alg, seed)
	case P256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		seed, err := k.Bytes()
		if err != nil {
			return nil, err
		}
		return newPrivateKey(alg, seed)
	}
	return nil, Problem(Unsupported, "alg", "is not an algorithm of keys in files").WithHint("use ed25519 or p256; a passkey is made by a browser")
}

// KeyFromSeed makes the ed25519 key of a 32-byte seed, for tests and vectors.
func KeyFromSeed(seed [32]byte) *PrivateKey {
	k, err := newPrivateKey(Ed25519, seed[:])
	if err != nil {
		panic(err) // cannot happen: the length is fixed
	}
	return k
}

func newPrivateKey(alg Algorithm, seed []byte) (*PrivateKey, error) {
	k := &PrivateKey{alg: alg, seed: seed}
	switch alg {
	case Ed25519:
		if len(seed) != 32 {
			return nil, Problem(Malformed, "key", "has the wrong length")
		}
		k.ed = ed25519.NewKeyFromSeed(seed)
		k.public = k.ed.Public().(ed25519.PublicKey)
	case P256:
		ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
		if err != nil {
			return nil, &Error{Code: Malformed, Field: "key", Message: "is not a P-256 key", Err: err}
		}
		k.ec = ec
		if k.public, err = ec.PublicKey.Bytes(); err != nil {
			return nil, err
		}
	default:
		return nil, Problem(Unsupported, "alg", "is not an algorithm of keys in files")
	}
	return k, nil
}

// ID returns the fingerprint of the public key: the author of its entries.
func (k *PrivateKey) ID() KeyID { return Fingerprint(k.alg, k.public) }

// Algorithm returns the key's scheme.
func (k *PrivateKey) Algorithm() Algorithm { return k.alg }

// Public returns the public key's bytes.
func (k *PrivateKey) Public() []byte { return k.public }

// keyPrefix starts the text form of a private key.
const keyPrefix = "PUBLICA-SECRET-KEY-1"

// MarshalText returns the one-line text form "PUBLICA-SECRET-KEY-1 alg base64".
// Whoever holds it can sign as its owner: files that keep it are mode 0600.
func (k *PrivateKey) MarshalText() ([]byte, error) {
	return []byte(keyPrefix + " " + string(k.alg) + " " + base64.StdEncoding.EncodeToString(k.seed) + "\n"), nil
}

// ParsePrivateKey parses the text form.
func ParsePrivateKey(text []byte) (*PrivateKey, error) {
	f := strings.Fields(string(text))
	if len(f) != 3 || f[0] != keyPrefix {
		return nil, Problem(Malformed, "key", "is not a Publica key file").WithHint("make one with: publica keygen")
	}
	seed, err := base64.StdEncoding.DecodeString(f[2])
	if err != nil {
		return nil, Problem(Malformed, "key", "is not valid base64")
	}
	return newPrivateKey(Algorithm(f[1]), seed)
}

// sign returns the raw signature over message.
func (k *PrivateKey) sign(message []byte) ([]byte, error) {
	if k.alg == Ed25519 {
		return ed25519.Sign(k.ed, message), nil
	}
	digest := sha256.Sum256(message)
	der, err := k.ec.Sign(nil, digest[:], crypto.SHA256) // deterministic, RFC 6979
	if err != nil {
		return nil, err
	}
	r, s, inner, in := new(big.Int), new(big.Int), cryptobyte.String(nil), cryptobyte.String(der)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) {
		return nil, Problem(Internal, "signature", "could not be made")
	}
	if s.Cmp(p256HalfOrder) > 0 {
		s.Sub(elliptic.P256().Params().N, s)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return sig, nil
}

// SignBytes signs what is no entry, for whoever asks who holds the key. Nothing
// that begins with "{" should be signed so: it might be an entry.
func (k *PrivateKey) SignBytes(message []byte) (*Signature, error) {
	sig, err := k.sign(message)
	if err != nil {
		return nil, err
	}
	return &Signature{Algorithm: k.alg, Key: k.public, Sig: sig}, nil
}

// Sign fills in the author, signs the entry and returns it with its signature.
func (k *PrivateKey) Sign(e Entry) (*Signed, error) {
	e.Author = k.ID()
	raw, err := e.Canonical()
	if err != nil {
		return nil, err
	}
	sig, err := k.sign(raw)
	if err != nil {
		return nil, err
	}
	return &Signed{Raw: raw, Signature: Signature{Algorithm: k.alg, Key: k.public, Sig: sig}}, nil
}

// Signed is an entry's canonical bytes with the signature over them.
type Signed struct {
	Raw       []byte // canonical bytes
	Signature Signature
}

// ID returns the id of the entry.
func (s *Signed) ID() EntryID { return ID(s.Raw) }

// Open parses the entry and verifies its signature.
func (s *Signed) Open() (*Entry, error) {
	e, err := ParseEntry(s.Raw)
	if err != nil {
		return nil, err
	}
	return e, s.Signature.Verify(e.Author, s.Raw)
}
