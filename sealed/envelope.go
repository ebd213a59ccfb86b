package sealed

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strconv"

	"github.com/cloudflare/circl/group"
	"golang.org/x/crypto/chacha20poly1305"

	"publica"
)

// Sizes in bytes.
const (
	BucketSize = 64 << 10                                   // of every sealed bucket
	MaxBid     = BucketSize - chacha20poly1305.Overhead - 4 // of a bid
)

// A Context is what an envelope is for. It is bound into the key of the bucket
// and into the proof, so an envelope counts for nobody and nothing else.
type Context struct {
	Bidder   publica.KeyID    `json:"bidder"`       // the key, a pseudonym, that signs the record
	Envelope string           `json:"envelope"`     // as in the ceremony
	Lot      string           `json:"lot,omitzero"` // as in the ceremony
	Register string           `json:"register"`
	Tender   publica.DocketID `json:"tender"`
	Text     Hash             `json:"text"` // of the tender's text with all amendments, as the bidder read it
}

// Check checks the form of the context.
func (x *Context) Check() error {
	if err := checkScope(x.Register, x.Tender, x.Lot, x.Envelope); err != nil {
		return err
	}
	switch {
	case x.Bidder.IsZero():
		return publica.Problem(publica.Invalid, "bidder", "is missing")
	case x.Text == Hash{}:
		return publica.Problem(publica.Invalid, "text", "is missing")
	}
	return nil
}

// id binds the context to a key.
func (x *Context) id(k *Key) Hash {
	return hashOf("publica sealed v1 context", x, k.Ceremony[:], k.Public[:])
}

// An Envelope is what stands on the register of a bid. The bucket is content
// beside it.
type Envelope struct {
	Bucket Hash  `json:"bucket"` // SHA-256 of the sealed bucket
	Point  Point `json:"point"`  // R = r·G
	Proof  Proof `json:"proof"`  // that the bidder knows r, bound to context and bucket
}

// Seal seals a bid of at most [MaxBid] bytes. The bidder keeps the secret r: it
// opens this envelope alone, should the trustees be silent.
func (k *Key) Seal(x *Context, bid []byte, random io.Reader) (e *Envelope, bucket []byte, r Scalar, err error) {
	if err := x.Check(); err != nil {
		return nil, nil, r, under("context", err)
	}
	if len(bid) > MaxBid {
		return nil, nil, r, publica.Problem(publica.TooLarge, "bid", "is "+strconv.Itoa(len(bid))+" bytes, over the limit of "+strconv.Itoa(MaxBid)).
			WithHint("move large documents into blobs; the bid carries their keys")
	}
	public, err := k.Public.element("public")
	if err != nil {
		return nil, nil, r, err
	}
	secret, err := draw(random)
	if err != nil {
		return nil, nil, r, err
	}
	id := x.id(k)
	e = &Envelope{Point: pointOf(timesBase(secret))}
	plain := binary.BigEndian.AppendUint32(make([]byte, 0, BucketSize), uint32(len(bid)))
	plain = append(plain, bid...)[:BucketSize-chacha20poly1305.Overhead]
	bucket, err = sealBucket(bucketKey(times(public, secret), e.Point, id), plain)
	if err != nil {
		return nil, nil, r, err
	}
	e.Bucket = sha256.Sum256(bucket)
	e.Proof, err = proveKnowledge(secret, envelopeProof, e.context(id), random)
	return e, bucket, scalarOf(secret), err
}

func (e *Envelope) context(id Hash) []byte { return append(id[:], e.Bucket[:]...) }

// CheckEnvelope checks what everyone can see of an envelope before the deadline:
// that whoever made it for this context and bucket knows what opens it.
func (k *Key) CheckEnvelope(x *Context, e *Envelope) error {
	if err := x.Check(); err != nil {
		return under("context", err)
	}
	point, err := e.Point.element("point")
	if err != nil {
		return err
	}
	return e.Proof.checkKnowledge(point, "proof", envelopeProof, e.context(x.id(k)))
}

// An Opening opens every envelope that was sealed to a key: whoever has it has
// all bids, or none. [Key.Combine] makes it.
type Opening struct {
	key    *Key
	secret group.Scalar // x, of Y = x·G
}

// Open opens an envelope. Whatever is refused for the bucket is refused on every
// machine, for ever: the bid is non-responsive.
func (o *Opening) Open(x *Context, e *Envelope, bucket []byte) ([]byte, error) {
	point, err := o.key.checkBucket(x, e, bucket)
	if err != nil {
		return nil, err
	}
	return openBucket(bucketKey(times(point, o.secret), e.Point, x.id(o.key)), bucket)
}

// OpenRevealed opens an envelope by the secret r that its bidder reveals. It
// opens no other.
func (k *Key) OpenRevealed(r Scalar, x *Context, e *Envelope, bucket []byte) ([]byte, error) {
	if _, err := k.checkBucket(x, e, bucket); err != nil {
		return nil, err
	}
	if err := e.CheckRevealed(r); err != nil {
		return nil, err
	}
	secret, err := r.number("secret")
	if err != nil {
		return nil, err
	}
	public, err := k.Public.element("public")
	if err != nil {
		return nil, err
	}
	return openBucket(bucketKey(times(public, secret), e.Point, x.id(k)), bucket)
}

// CheckRevealed checks that r is the secret of the envelope.
func (e *Envelope) CheckRevealed(r Scalar) error {
	secret, err := r.number("secret")
	if err != nil {
		return err
	}
	if pointOf(timesBase(secret)) != e.Point {
		return publica.Problem(publica.Unverified, "secret", "is not that of this envelope")
	}
	return nil
}

// checkBucket checks all that stands before the decryption and returns R.
func (k *Key) checkBucket(x *Context, e *Envelope, bucket []byte) (group.Element, error) {
	if err := k.CheckEnvelope(x, e); err != nil {
		return nil, err
	}
	if len(bucket) != BucketSize {
		return nil, publica.Problem(publica.Malformed, "bucket", "is not "+strconv.Itoa(BucketSize)+" bytes")
	}
	if sha256.Sum256(bucket) != e.Bucket {
		return nil, publica.Problem(publica.Unverified, "bucket", "is not the one that the envelope commits to")
	}
	return e.Point.element("point")
}

// bucketKey derives the key of a bucket from the point that r and Y make, or R
// and x.
func bucketKey(shared group.Element, r Point, id Hash) []byte {
	info := "publica sealed v1 bucket\n" + string(r[:]) + string(id[:])
	key, err := hkdf.Key(sha256.New, encoded(shared), nil, info, chacha20poly1305.KeySize)
	if err != nil {
		panic("sealed: " + err.Error()) // cannot happen: the length is small
	}
	return key
}

// The nonce is zero: r is drawn for one envelope, so is the key.
var noNonce [chacha20poly1305.NonceSize]byte

func sealBucket(key, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, noNonce[:], plain, nil), nil
}

func openBucket(key, bucket []byte) ([]byte, error) {
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, noNonce[:], bucket, nil)
	if err != nil {
		return nil, publica.Problem(publica.Unverified, "bucket", "does not open: the bid is non-responsive")
	}
	return bidIn(plain)
}

// bidIn takes the bid out of a decrypted bucket: its length, itself, zeros.
func bidIn(plain []byte) ([]byte, error) {
	n := binary.BigEndian.Uint32(plain)
	if n > MaxBid {
		return nil, publica.Problem(publica.Malformed, "bucket", "says that its bid is longer than it: the bid is non-responsive")
	}
	for _, b := range plain[4+n:] {
		if b != 0 {
			return nil, publica.Problem(publica.Malformed, "bucket", "is not filled up with zeros: the bid is non-responsive")
		}
	}
	return plain[4 : 4+n], nil
}
