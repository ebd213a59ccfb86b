package sealed

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/secretsharing"

	"publica"
)

// recovered interpolates without any check.
func recovered(threshold int, shares []Share) (group.Scalar, error) {
	var parts []secretsharing.Share
	for _, s := range shares {
		parts = append(parts, secretsharing.Share{ID: small(s.Trustee), Value: must(s.Value.number(""))})
	}
	return secretsharing.Recover(uint(threshold), parts)
}

// decryptions are what a member of the board has of a bid from all trustees.
func (s *scene) decryptions(t *testing.T, b *sealedBid, member int) (all []Decryption) {
	t.Helper()
	for _, share := range s.shares {
		p := must(s.key.NewPartial(share, b.context, b.envelope, s.board, chance("partial")))
		if err := s.key.CheckPartial(p, len(s.board)); err != nil {
			t.Fatal(err)
		}
		d, err := s.key.OpenPartial(p, b.context, b.envelope, member+1, s.boardSecrets[member][share.Trustee-1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestPartials(t *testing.T) {
	s := newScene(5, 2, chance("partials"))
	b := s.seal("bidder", "a bid", chance("bid"))
	for member := range s.board {
		all := s.decryptions(t, b, member)
		for _, some := range [][]Decryption{all, all[2:], {all[4], all[0], all[2]}} {
			got, err := s.key.OpenPartials(some, b.context, b.envelope, b.bucket)
			if err != nil || string(got) != "a bid" {
				t.Errorf("%q %v", got, err)
			}
		}
	}
	all := s.decryptions(t, b, 0)
	_, err := s.key.OpenPartials(all[:2], b.context, b.envelope, b.bucket)
	wants(t, "too few", err, publica.Unverified, "shares")
	_, err = s.key.OpenPartials([]Decryption{all[0], all[1], all[1]}, b.context, b.envelope, b.bucket)
	wants(t, "twice", err, publica.Conflict, "decryptions/2")
	_, err = s.key.OpenPartials([]Decryption{{Trustee: 9}}, b.context, b.envelope, b.bucket)
	wants(t, "nobody's", err, publica.Invalid, "decryptions/0")
	_, err = s.key.OpenPartials([]Decryption{{Trustee: 1}}, b.context, b.envelope, b.bucket)
	wants(t, "identity", err, publica.Malformed, "decryptions/0")
	all[1].Point = all[0].Point
	_, err = s.key.OpenPartials(all[:3], b.context, b.envelope, b.bucket)
	wants(t, "a wrong point, unchecked", err, publica.Unverified, "bucket")
}

func TestPartialRefusals(t *testing.T) {
	s := newScene(5, 2, chance("partial refusals"))
	b, other := s.seal("one", "a bid", chance("one")), s.seal("two", "another", chance("two"))
	unproven := *b.envelope
	unproven.Point = other.envelope.Point
	_, err := s.key.NewPartial(s.shares[0], b.context, &unproven, s.board, chance("x"))
	wants(t, "an envelope without a proof", err, publica.Unverified, "proof")
	_, err = s.key.NewPartial(Share{1, s.shares[1].Value}, b.context, b.envelope, s.board, chance("x"))
	wants(t, "another's share", err, publica.Unverified, "share/value")
	_, err = s.key.NewPartial(s.shares[0], b.context, b.envelope, nil, chance("x"))
	wants(t, "no board", err, publica.Invalid, "board")
	_, err = s.key.NewPartial(s.shares[0], b.context, b.envelope, []Announcement{{}}, chance("x"))
	wants(t, "a member without keys", err, publica.Invalid, "board/0/boxes")
	p := must(s.key.NewPartial(s.shares[0], b.context, b.envelope, s.board, chance("x")))
	wants(t, "another board", s.key.CheckPartial(p, 3), publica.Invalid, "boxes")
	wants(t, "nobody's", s.key.CheckPartial(&Partial{p.Boxes, 6}, 2), publica.Invalid, "trustee")
	wants(t, "short", s.key.CheckPartial(&Partial{[]Box{p.Boxes[0], p.Boxes[1][1:]}, 1}, 2), publica.Malformed, "boxes/1")
	_, err = s.key.OpenPartial(p, b.context, b.envelope, 2, s.boardSecrets[0][0])
	wants(t, "another member's", err, publica.Unverified, "boxes/1")
	_, err = s.key.OpenPartial(p, b.context, b.envelope, 3, s.boardSecrets[0][0])
	wants(t, "no member", err, publica.Invalid, "member")
	_, err = s.key.OpenPartial(p, other.context, other.envelope, 1, s.boardSecrets[0][0])
	wants(t, "for another envelope", err, publica.Unverified, "boxes/0")
}

// cheat makes a partial for the first member from a plaintext of the trustee's choice.
func (s *scene) cheat(b *sealedBid, share Share, plain []byte) *Partial {
	p := must(s.key.NewPartial(share, b.context, b.envelope, s.board, chance("cheat")))
	p.Boxes = slices.Clone(p.Boxes)
	p.Boxes[0] = must(s.board[0].Boxes[share.Trustee-1].seal(partialInfo(b.context.id(s.key), share.Trustee, 1), plain, chance("cheat")))
	return p
}

func TestPartialComplaint(t *testing.T) {
	s := newScene(5, 2, chance("partial complaint"))
	b, other := s.seal("one", "a bid", chance("one")), s.seal("two", "another", chance("two"))
	right := must(s.key.partial(s.shares[0], b.context, b.envelope, chance("right")))
	secret := s.boardSecrets[0][0]
	for what, plain := range map[string][]byte{
		"another point":     append(bytes.Clone(b.envelope.Point[:]), right[32:]...),
		"identity":          append(make([]byte, 32), right[32:]...),
		"altered proof":     altered(right, 40),
		"zero in the proof": append(bytes.Clone(right[:64]), make([]byte, 32)...),
		"too short":         right[:95],
		"another's share":   must(s.key.partial(s.shares[1], b.context, b.envelope, chance("x"))),
		"another envelope":  must(s.key.partial(s.shares[0], other.context, other.envelope, chance("x"))),
	} {
		p := s.cheat(b, s.shares[0], plain)
		if _, err := s.key.OpenPartial(p, b.context, b.envelope, 1, secret); err == nil {
			t.Errorf("%s: the member does not notice", what)
		}
		if len(plain) == partialSize { // else everyone sees it
			if err := s.key.CheckPartialComplaint(PartialComplaint{1, secret, 1}, p, b.context, b.envelope, s.board); err != nil {
				t.Errorf("%s: a justified complaint is refused: %v", what, err)
			}
		}
	}
	p := s.cheat(b, s.shares[0], right)
	for what, c := range map[string]struct {
		complaint PartialComplaint
		code      publica.Code
		field     string
	}{
		"false":           {PartialComplaint{1, secret, 1}, publica.Unverified, ""},
		"another secret":  {PartialComplaint{1, s.boardSecrets[0][1], 1}, publica.Unverified, "secret"},
		"another member":  {PartialComplaint{2, secret, 1}, publica.Unverified, "secret"},
		"no member":       {PartialComplaint{3, secret, 1}, publica.Invalid, "member"},
		"another trustee": {PartialComplaint{1, secret, 2}, publica.Invalid, "trustee"},
	} {
		wants(t, what, s.key.CheckPartialComplaint(c.complaint, p, b.context, b.envelope, s.board), c.code, c.field)
	}
	wants(t, "no board", s.key.CheckPartialComplaint(PartialComplaint{1, secret, 1}, p, b.context, b.envelope, nil), publica.Invalid, "board")
}
