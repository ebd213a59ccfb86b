package sealed

import (
	"crypto/ecdh"
	"io"
	"strconv"

	"github.com/cloudflare/circl/hpke"

	"publica"
)

// boxOverhead is what a Box has more than its plaintext, in bytes: the
// encapsulated key and the tag.
const boxOverhead = 32 + 16

// RFC 9180, base mode, one message to a key.
var (
	boxSuite = hpke.NewSuite(hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_ChaCha20Poly1305)
	boxKEM   = hpke.KEM_X25519_HKDF_SHA256.Scheme()
)

// An Announcement is what a trustee, or a member of the board, publishes first:
// a key for everyone who will send it something.
type Announcement struct {
	Boxes []BoxKey `json:"boxes"` // by sender, from the first trustee
}

// Announce makes one key for each of n senders. The secrets are the caller's to
// keep until what they open is open.
func Announce(n int, random io.Reader) (secrets []BoxSecret, a Announcement, err error) {
	secrets = make([]BoxSecret, n)
	for i := range secrets {
		if _, err := io.ReadFull(random, secrets[i][:]); err != nil {
			return nil, a, &publica.Error{Code: publica.Internal, Message: "no randomness", Err: err}
		}
		a.Boxes = append(a.Boxes, secrets[i].Public())
	}
	return secrets, a, a.Check(n)
}

// Check checks that there is one good key for each of n senders, none twice.
func (a Announcement) Check(n int) error {
	if len(a.Boxes) != n {
		return publica.Problem(publica.Invalid, "boxes", "has "+strconv.Itoa(len(a.Boxes))+" keys, want one for each of the "+strconv.Itoa(n)+" trustees")
	}
	seen := make(map[BoxKey]bool, n)
	for i, k := range a.Boxes {
		field := "boxes/" + strconv.Itoa(i)
		if err := k.check(field); err != nil {
			return err
		}
		if seen[k] {
			return publica.Problem(publica.Invalid, field, "stands twice").WithHint("each key opens what one trustee sends: draw a new one")
		}
		seen[k] = true
	}
	return nil
}

// probe is any secret: with a point of small order it gives zero, as all do.
var probe = func() *ecdh.PrivateKey {
	k, err := ecdh.X25519().NewPrivateKey(append(make([]byte, 31), 1))
	if err != nil {
		panic(err) // cannot happen: the length is fixed
	}
	return k
}()

// check refuses keys to which nothing can be encrypted, and second forms of
// others (RFC 7748 accepts them; nobody can prove to hold their secret).
func (k BoxKey) check(field string) error {
	bad := publica.Problem(publica.Malformed, field, "is not an X25519 key in its only form, or one of small order")
	if !k.reduced() {
		return bad
	}
	public, err := ecdh.X25519().NewPublicKey(k[:])
	if err != nil {
		return bad
	}
	if _, err := probe.ECDH(public); err != nil {
		return bad
	}
	return nil
}

// reduced reports whether k, little-endian, is below 2^255 − 19.
func (k BoxKey) reduced() bool {
	if k[31] != 0x7f {
		return k[31] < 0x7f
	}
	for _, b := range k[1:31] {
		if b != 0xff {
			return true
		}
	}
	return k[0] < 0xed
}

// Public returns the key whose secret s is.
func (s BoxSecret) Public() BoxKey {
	private, err := boxKEM.UnmarshalBinaryPrivateKey(s[:])
	if err != nil {
		panic("sealed: " + err.Error()) // cannot happen: 32 bytes are a secret
	}
	return BoxKey(encoded(private.Public()))
}

// seal encrypts to the key. info says what and for whom, and must be the same to open.
func (k BoxKey) seal(info, plain []byte, random io.Reader) (Box, error) {
	public, err := boxKEM.UnmarshalBinaryPublicKey(k[:])
	if err != nil {
		return nil, &publica.Error{Code: publica.Malformed, Field: "boxes", Message: "holds a key that is none", Err: err}
	}
	sender, err := boxSuite.NewSender(public, info)
	if err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "encrypt", Err: err}
	}
	enc, sealer, err := sender.Setup(random)
	if err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "encrypt", Err: err}
	}
	ciphertext, err := sealer.Seal(plain, nil)
	if err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "encrypt", Err: err}
	}
	return append(enc, ciphertext...), nil
}

// open decrypts a box of a known size; field names it in the refusal.
func (s BoxSecret) open(info []byte, b Box, size int, field string) ([]byte, error) {
	bad := publica.Problem(publica.Unverified, field, "does not open with the key it was to be encrypted to")
	private, err := boxKEM.UnmarshalBinaryPrivateKey(s[:])
	if err != nil || len(b) != size+boxOverhead {
		return nil, bad
	}
	receiver, err := boxSuite.NewReceiver(private, info)
	if err != nil {
		return nil, bad
	}
	opener, err := receiver.Setup(b[:32])
	if err != nil {
		return nil, bad
	}
	plain, err := opener.Open(b[32:], nil)
	if err != nil {
		return nil, bad
	}
	return plain, nil
}
