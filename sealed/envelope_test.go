package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"publica"
)

func TestEnvelope(t *testing.T) {
	s := newScene(5, 2, chance("envelope"))
	opening := must(s.key.Combine(s.shares[1:4]))
	for _, bid := range []string{"", "a bid", strings.Repeat("x", MaxBid)} {
		b := s.seal("bidder", bid, chance(bid))
		if len(b.bucket) != BucketSize {
			t.Errorf("a bucket of %d bytes", len(b.bucket))
		}
		if err := s.key.CheckEnvelope(b.context, b.envelope); err != nil {
			t.Error(err)
		}
		got, err := opening.Open(b.context, b.envelope, b.bucket)
		if err != nil || string(got) != bid {
			t.Errorf("%d bytes became %d: %v", len(bid), len(got), err)
		}
		got, err = s.key.OpenRevealed(b.secret, b.context, b.envelope, b.bucket)
		if err != nil || string(got) != bid {
			t.Errorf("revealed, %d bytes became %d: %v", len(bid), len(got), err)
		}
	}
	_, _, _, err := s.key.Seal(s.context("bidder"), make([]byte, MaxBid+1), chance("large"))
	wants(t, "a large bid", err, publica.TooLarge, "bid")
	_, _, _, err = s.key.Seal(&Context{}, nil, chance("none"))
	wants(t, "no context", err, publica.Invalid, "context/register")
}

// TestCopied holds that an envelope counts for its context alone: nobody can
// hand in another's bid, nor the same bid for what it was not made for.
func TestCopied(t *testing.T) {
	s := newScene(5, 2, chance("copied"))
	b := s.seal("bidder", "a bid", chance("bid"))
	for what, change := range map[string]func(*Context){
		"another bidder":   func(x *Context) { x.Bidder = keyID("other") },
		"another lot":      func(x *Context) { x.Lot = "lot-2" },
		"no lot":           func(x *Context) { x.Lot = "" },
		"another envelope": func(x *Context) { x.Envelope = "technical" },
		"another register": func(x *Context) { x.Register = "other.publica.example" },
		"another tender":   func(x *Context) { x.Tender[0] ^= 1 },
		"an amended text":  func(x *Context) { x.Text[0] ^= 1 },
	} {
		x := *b.context
		change(&x)
		wants(t, what, s.key.CheckEnvelope(&x, b.envelope), publica.Unverified, "proof")
	}
	other := newScene(5, 2, chance("another key"))
	wants(t, "another key", other.key.CheckEnvelope(b.context, b.envelope), publica.Unverified, "proof")
	e := *b.envelope
	e.Bucket[0] ^= 1
	wants(t, "another bucket", s.key.CheckEnvelope(b.context, &e), publica.Unverified, "proof")
	// A point shifted by a known amount, the way encryption without a proof is copied.
	e = *b.envelope
	e.Point = pointOf(curve.NewElement().Add(must(e.Point.element("")), curve.Generator()))
	wants(t, "a point derived from another's", s.key.CheckEnvelope(b.context, &e), publica.Unverified, "proof")
	for what, p := range map[string]Point{"identity": {}, "no point": {1}, "second form": secondForm(b.envelope.Point)} {
		e.Point = p
		wants(t, what, s.key.CheckEnvelope(b.context, &e), publica.Malformed, "point")
	}
	for what, x := range map[string]*Context{"no bidder": {Register: "a.example", Tender: b.context.Tender, Envelope: "price"}} {
		wants(t, what, s.key.CheckEnvelope(x, b.envelope), publica.Invalid, "context/bidder")
	}
	x := *b.context
	x.Text = Hash{}
	wants(t, "no text", s.key.CheckEnvelope(&x, b.envelope), publica.Invalid, "context/text")
}

// secondForm sets a bit that no encoding uses.
func secondForm(p Point) Point {
	p[31] |= 0x80
	return p
}

// resealed encrypts another plaintext into the bucket of a bid, as its bidder could.
func (s *scene) resealed(b *sealedBid, plain []byte) *sealedBid {
	secret, id := must(b.secret.number("")), b.context.id(s.key)
	c := *b
	c.bucket = must(sealBucket(bucketKey(times(must(s.key.Public.element("")), secret), b.envelope.Point, id), plain))
	e := Envelope{Bucket: sha256.Sum256(c.bucket), Point: b.envelope.Point}
	e.Proof = must(proveKnowledge(secret, envelopeProof, e.context(id), chance("resealed")))
	c.envelope = &e
	return &c
}

// committed commits to a bucket that was not made for the envelope, as a bidder
// could who hands in noise.
func (s *scene) committed(b *sealedBid, bucket []byte) *sealedBid {
	c := *b
	e := Envelope{Bucket: sha256.Sum256(bucket), Point: b.envelope.Point}
	e.Proof = must(proveKnowledge(must(b.secret.number("")), envelopeProof, e.context(b.context.id(s.key)), chance("committed")))
	c.envelope, c.bucket = &e, bucket
	return &c
}

func TestNonResponsive(t *testing.T) {
	s := newScene(5, 2, chance("garbage"))
	b := s.seal("bidder", "a bid", chance("bid"))
	plain := make([]byte, BucketSize-16)
	long, dirty := slices.Clone(plain), slices.Clone(plain)
	binary.BigEndian.PutUint32(long, MaxBid+1)
	dirty[len(dirty)-1] = 1
	for what, c := range map[string]struct {
		bid  *sealedBid
		code publica.Code
	}{
		"noise":                {s.committed(b, make([]byte, BucketSize)), publica.Unverified},
		"altered":              {s.committed(b, altered(b.bucket, 77)), publica.Unverified},
		"short":                {s.committed(b, b.bucket[:100]), publica.Malformed},
		"not the one":          {&sealedBid{b.context, nil, b.envelope, altered(b.bucket, 0), b.secret}, publica.Unverified},
		"longer than it":       {s.resealed(b, long), publica.Malformed},
		"not filled with zero": {s.resealed(b, dirty), publica.Malformed},
	} {
		_, err := must(s.key.Combine(s.shares)).Open(c.bid.context, c.bid.envelope, c.bid.bucket)
		wants(t, what, err, c.code, "bucket")
		_, err = s.key.OpenRevealed(c.bid.secret, c.bid.context, c.bid.envelope, c.bid.bucket)
		wants(t, what+", revealed", err, c.code, "bucket")
		_, err = s.key.OpenPartials(s.decryptions(t, c.bid, 0), c.bid.context, c.bid.envelope, c.bid.bucket)
		wants(t, what+", for the board", err, c.code, "bucket")
	}
}

func TestShares(t *testing.T) {
	s := newScene(5, 2, chance("shares"))
	wrong := must(s.key.wrongShare())
	wants(t, "forged", s.key.CheckShare(Share{1, wrong}), publica.Unverified, "value")
	wants(t, "another's", s.key.CheckShare(Share{1, s.shares[1].Value}), publica.Unverified, "value")
	wants(t, "zero", s.key.CheckShare(Share{1, Scalar{}}), publica.Malformed, "value")
	wants(t, "not reduced", s.key.CheckShare(Share{1, Scalar(bytes.Repeat([]byte{0xff}, 32))}), publica.Malformed, "value")
	wants(t, "nobody's", s.key.CheckShare(Share{6, s.shares[0].Value}), publica.Invalid, "trustee")
	for _, c := range []struct {
		what   string
		shares []Share
		code   publica.Code
		field  string
	}{
		{"none", nil, publica.Unverified, "shares"},
		{"too few", s.shares[:2], publica.Unverified, "shares"},
		{"one twice", []Share{s.shares[0], s.shares[1], s.shares[0]}, publica.Conflict, "shares/2/trustee"},
		{"one forged", []Share{s.shares[0], s.shares[1], s.shares[2], {4, wrong}}, publica.Unverified, "shares/3/value"},
	} {
		_, err := s.key.Combine(c.shares)
		wants(t, c.what, err, c.code, c.field)
	}
}

// TestThresholdOpensNothing tries what t trustees can: to interpolate with what
// they have, with a guess, and as if the threshold were lower.
func TestThresholdOpensNothing(t *testing.T) {
	s := newScene(5, 2, chance("conspiracy"))
	b := s.seal("bidder", "a bid", chance("bid"))
	conspire := func(what string, k *Key, shares []Share) {
		x := &Opening{key: s.key, secret: must(recovered(k.Threshold, shares))}
		_, err := x.Open(b.context, b.envelope, b.bucket)
		wants(t, what, err, publica.Unverified, "bucket")
	}
	lower := *s.key
	lower.Threshold = 1
	conspire("two as if two were enough", &lower, s.shares[:2])
	conspire("two and a guess", s.key, append(slices.Clone(s.shares[:2]), Share{3, must(s.key.wrongShare())}))
	_, err := lower.Combine(s.shares[:2])
	wants(t, "a lower threshold", err, publica.Unverified, "shares")
}

func TestRevealed(t *testing.T) {
	s := newScene(5, 2, chance("revealed"))
	b, other := s.seal("one", "a bid", chance("one")), s.seal("two", "another bid", chance("two"))
	_, err := s.key.OpenRevealed(b.secret, other.context, other.envelope, other.bucket)
	wants(t, "another's envelope", err, publica.Unverified, "secret")
	wants(t, "zero", b.envelope.CheckRevealed(Scalar{}), publica.Malformed, "secret")
	if err := b.envelope.CheckRevealed(b.secret); err != nil {
		t.Error(err)
	}
}
