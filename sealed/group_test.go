package sealed

import (
	"bytes"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"publica"
)

// prime is 2^255 − 19.
var prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

func littleEndian(n *big.Int) (b [32]byte) {
	n.FillBytes(b[:])
	for i := range 16 {
		b[i], b[31-i] = b[31-i], b[i]
	}
	return b
}

// TestPoints decodes what RFC 9496, appendix A.3 lists as bad, in kind: no field
// elements, negative ones, no squares, and the identity.
func TestPoints(t *testing.T) {
	base := pointOf(curve.Generator())
	if _, err := base.element("p"); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{ // RFC 9496, appendix A.1
		1:  "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
		2:  "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
		15: "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
	} {
		if got := pointOf(timesBase(small(n))).String(); got != want {
			t.Errorf("%d·G is %s, want %s", n, got, want)
		}
	}
	bad := map[string]Point{
		"identity":   {},
		"negative":   Point(littleEndian(new(big.Int).Sub(prime, new(big.Int).SetBytes(reversed(base))))),
		"unused bit": secondForm(base),
		"minus one":  Point(littleEndian(new(big.Int).Sub(prime, big.NewInt(1)))),
		"all ones":   Point(bytes.Repeat([]byte{0xff}, 32)),
	}
	for i := range int64(19) { // all that have a second form below 2^255
		bad["prime and "+big.NewInt(i).String()] = Point(littleEndian(new(big.Int).Add(prime, big.NewInt(i))))
	}
	for what, p := range bad {
		_, err := p.element("p")
		wants(t, what, err, publica.Malformed, "p")
	}
}

func reversed(p Point) []byte {
	b := littleEndian(new(big.Int).SetBytes(p[:]))
	return b[:]
}

func TestNumbers(t *testing.T) {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	last := littleEndian(new(big.Int).Sub(order, big.NewInt(1)))
	if _, err := Scalar(last).number("s"); err != nil {
		t.Error(err)
	}
	for what, s := range map[string]Scalar{
		"zero":             {},
		"the order":        Scalar(littleEndian(order)),
		"one more":         Scalar(littleEndian(new(big.Int).Add(order, big.NewInt(1)))),
		"an unused bit":    {0: 1, 31: 0x20},
		"the highest bit":  {0: 1, 31: 0x80},
		"all ones":         Scalar(bytes.Repeat([]byte{0xff}, 32)),
		"order and 2^255 ": Scalar(littleEndian(new(big.Int).SetBit(order, 255, 1))),
	} {
		_, err := s.number("s")
		wants(t, what, err, publica.Malformed, "s")
	}
}

// TestDraw holds that numbers come from the reader that is given.
func TestDraw(t *testing.T) {
	a, b, c := must(draw(chance("a"))), must(draw(chance("a"))), must(draw(chance("b")))
	if !a.IsEqual(b) || a.IsEqual(c) {
		t.Error("randomness is not what the reader gives")
	}
	first, second := newScene(3, 1, chance("same")), newScene(3, 1, chance("same"))
	x, y := first.seal("b", "bid", chance("bid")), second.seal("b", "bid", chance("bid"))
	if first.key.Public != second.key.Public || *x.envelope != *y.envelope || !bytes.Equal(x.bucket, y.bucket) {
		t.Error("the same randomness gives something else")
	}
}

// TestAnyTrustees holds for every size, threshold, set of dealers who fail and
// set of trustees who open: more than the threshold open every bid, in public,
// for the board and by its bidder; the outcome is one.
func TestAnyTrustees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(MinTrustees, 4).Draw(t, "trustees")
		threshold := rapid.IntRange(1, n-1).Draw(t, "threshold")
		s := newScene(n, threshold, chance("any"))
		for _, dealer := range rapid.Permutation(numbers(n)).Draw(t, "order")[:rapid.IntRange(0, n-threshold-1).Draw(t, "failing")] {
			s.fail(dealer, rapid.IntRange(0, 3).Draw(t, "how"), rapid.IntRange(1, n).Draw(t, "whom"))
		}
		s.finish()
		b := s.seal("bidder", string(rapid.SliceOfN(rapid.Byte(), 0, 99).Draw(t, "bid")), chance("bid"))
		opening := rapid.Permutation(s.shares).Draw(t, "opening")[:threshold+1]
		got, err := must(s.key.Combine(opening)).Open(b.context, b.envelope, b.bucket)
		if err != nil || !bytes.Equal(got, b.bid) {
			t.Fatalf("%q became %q, %v", b.bid, got, err)
		}
		if _, err := s.key.Combine(opening[1:]); publica.CodeOf(err) != publica.Unverified {
			t.Fatalf("too few open: %v", err)
		}
		wrong := &Opening{s.key, must(recovered(threshold-1, opening[1:]))}
		if got, err := wrong.Open(b.context, b.envelope, b.bucket); err == nil {
			t.Fatalf("%d shares open %q", threshold, got)
		}
		var all []Decryption
		for _, share := range opening {
			p := must(s.key.NewPartial(share, b.context, b.envelope, s.board, chance("partial")))
			all = append(all, must(s.key.OpenPartial(p, b.context, b.envelope, 2, s.boardSecrets[1][share.Trustee-1])))
		}
		if got, err := s.key.OpenPartials(all, b.context, b.envelope, b.bucket); err != nil || !bytes.Equal(got, b.bid) {
			t.Fatalf("for the board %q became %q, %v", b.bid, got, err)
		}
	})
}

func numbers(n int) (all []int) {
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

// fail has a dealer fail in one of the ways there are.
func (s *scene) fail(dealer, how, whom int) {
	switch how {
	case 0:
		s.records.Commitments[dealer-1] = Hash{}
	case 1:
		s.records.Deals[dealer-1] = nil
	case 2:
		s.redeal(dealer, func(d *Deal) { d.Proof[33] ^= 1 })
	case 3:
		s.garble(dealer, whom, true)
		s.records.Complaints = append(s.records.Complaints, Complaint{dealer, s.secrets[whom-1][dealer-1], whom})
	}
}

func BenchmarkSeal(b *testing.B) {
	s := newScene(7, 3, chance("bench"))
	x, random := s.context("bidder"), chance("seal")
	for b.Loop() {
		_, _, _, _ = s.key.Seal(x, make([]byte, 1000), random)
	}
}

func BenchmarkCheckEnvelope(b *testing.B) {
	s := newScene(7, 3, chance("bench"))
	bid := s.seal("bidder", "bid", chance("seal"))
	for b.Loop() {
		if err := s.key.CheckEnvelope(bid.context, bid.envelope); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newScene(7, 3, chance("bench"))
	bid := s.seal("bidder", "bid", chance("seal"))
	o := must(s.key.Combine(s.shares))
	for b.Loop() {
		if _, err := o.Open(bid.context, bid.envelope, bid.bucket); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFinish(b *testing.B) {
	s := newScene(7, 3, chance("bench"))
	for b.Loop() {
		if _, _, err := s.ceremony.Finish(s.records); err != nil {
			b.Fatal(err)
		}
	}
}
