package sealed

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"publica"
)

// chance is a stream of bytes that is the same on every run, by name.
func chance(name string) io.Reader {
	return rand.NewChaCha8(sha256.Sum256([]byte("publica test " + name)))
}

func keyID(name string) publica.KeyID { return sha256.Sum256([]byte("publica test " + name)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A scene is a ceremony that went well, with all that its trustees keep secret.
type scene struct {
	ceremony *Ceremony
	secrets  [][]BoxSecret // by trustee, by dealer
	records  Records
	key      *Key
	shares   []Share

	board        []Announcement
	boardSecrets [][]BoxSecret // by member, by trustee
}

// newScene has n trustees of whom t+1 open, and a board of two.
func newScene(n, t int, random io.Reader) *scene {
	s := &scene{ceremony: &Ceremony{
		Attempt: 1, Envelope: "price", Lot: "lot-1", Register: "demo.publica.example",
		Tender: publica.DocketID(keyID("tender")), Threshold: t,
	}}
	for i := range n {
		secrets, a, err := Announce(n, random)
		if err != nil {
			panic(err)
		}
		s.secrets = append(s.secrets, secrets)
		s.ceremony.Trustees = append(s.ceremony.Trustees, Trustee{Boxes: a.Boxes, Key: keyID("trustee " + string(rune('1'+i)))})
	}
	for range 2 {
		secrets, a, err := Announce(n, random)
		if err != nil {
			panic(err)
		}
		s.board, s.boardSecrets = append(s.board, a), append(s.boardSecrets, secrets)
	}
	for i := range n {
		d := must(s.ceremony.NewDeal(i+1, random))
		s.records.Deals = append(s.records.Deals, d)
		s.records.Commitments = append(s.records.Commitments, s.ceremony.Commitment(i+1, d))
	}
	s.finish()
	return s
}

// finish computes the key and the shares from the records as they are.
func (s *scene) finish() {
	key, _, err := s.ceremony.Finish(s.records)
	if err != nil {
		panic(err)
	}
	s.key, s.shares = key, nil
	for i := range s.ceremony.Trustees {
		if share, err := s.ceremony.Share(key, i+1, s.records.Deals, s.secrets[i]); err == nil {
			s.shares = append(s.shares, share)
		}
	}
}

// redeal puts another deal in place of a dealer's, with its commitment.
func (s *scene) redeal(dealer int, change func(*Deal)) {
	d := *s.records.Deals[dealer-1]
	d.Commitments, d.Shares = slices.Clone(d.Commitments), slices.Clone(d.Shares)
	change(&d)
	s.records.Deals = slices.Clone(s.records.Deals)
	s.records.Commitments = slices.Clone(s.records.Commitments)
	s.records.Deals[dealer-1] = &d
	s.records.Commitments[dealer-1] = s.ceremony.Commitment(dealer, &d)
}

func (s *scene) context(bidder string) *Context {
	return &Context{
		Bidder: keyID(bidder), Envelope: s.ceremony.Envelope, Lot: s.ceremony.Lot, Register: s.ceremony.Register,
		Tender: s.ceremony.Tender, Text: Hash(keyID("text")),
	}
}

// A sealedBid is a bid with all that its bidder has of it.
type sealedBid struct {
	context  *Context
	bid      []byte
	envelope *Envelope
	bucket   []byte
	secret   Scalar
}

func (s *scene) seal(bidder, bid string, random io.Reader) *sealedBid {
	b := &sealedBid{context: s.context(bidder), bid: []byte(bid)}
	var err error
	if b.envelope, b.bucket, b.secret, err = s.key.Seal(b.context, b.bid, random); err != nil {
		panic(err)
	}
	return b
}

// wants fails t unless err is an [publica.Error] with that code and field.
func wants(t *testing.T, what string, err error, code publica.Code, field string) {
	t.Helper()
	e, ok := err.(*publica.Error)
	if !ok || e.Code != code || e.Field != field || e.Message == "" {
		t.Errorf("%s: got %v (%+v), want code %q, field %q", what, err, e, code, field)
	}
}

// altered returns a copy with one bit of one byte changed.
func altered[T ~[]byte](b T, at int) T {
	b = slices.Clone(b)
	b[at] ^= 1
	return b
}
