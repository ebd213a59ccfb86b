package sealed

import (
	"io"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/math/polynomial"

	"publica"
)

// All arithmetic is in this group, of prime order, without cofactor.
var curve = group.Ristretto255

// element decodes p; field names it in the refusal. Encoding again is how a
// second form of a point is noticed whatever the library accepts.
func (p Point) element(field string) (group.Element, error) {
	e := curve.NewElement()
	if err := e.UnmarshalBinary(p[:]); err != nil || e.IsIdentity() || pointOf(e) != p {
		return nil, publica.Problem(publica.Malformed, field, "is not a point of ristretto255 in its only form, or is the identity")
	}
	return e, nil
}

// number decodes s; field names it in the refusal.
func (s Scalar) number(field string) (group.Scalar, error) {
	n := curve.NewScalar()
	if err := n.UnmarshalBinary(s[:]); err != nil || n.IsZero() || scalarOf(n) != s {
		return nil, publica.Problem(publica.Malformed, field, "is not a number below the order of ristretto255, or is zero")
	}
	return n, nil
}

// Encoding cannot fail: the library's errors are for groups that have points at
// infinity without a form.
func pointOf(e group.Element) Point  { return Point(encoded(e)) }
func scalarOf(s group.Scalar) Scalar { return Scalar(encoded(s)) }

func encoded(v interface{ MarshalBinary() ([]byte, error) }) []byte {
	raw, err := v.MarshalBinary()
	if err != nil {
		panic("sealed: " + err.Error())
	}
	return raw
}

// draw takes a number from random. The library's own RandomScalar is not used:
// for this group it ignores the reader that it is given.
func draw(random io.Reader) (group.Scalar, error) {
	var seed [64]byte
	for {
		if _, err := io.ReadFull(random, seed[:]); err != nil {
			return nil, &publica.Error{Code: publica.Internal, Message: "no randomness", Err: err}
		}
		if s := curve.HashToScalar(seed[:], []byte("publica sealed v1 scalar")); !s.IsZero() {
			return s, nil
		}
	}
}

func timesBase(s group.Scalar) group.Element { return curve.NewElement().MulGen(s) }

func times(e group.Element, s group.Scalar) group.Element { return curve.NewElement().Mul(e, s) }

func small(n int) group.Scalar { return curve.NewScalar().SetUint64(uint64(n)) }

// committedAt is what commits to the value at x of the polynomial whose
// coefficients the elements commit to.
func committedAt(commitments []group.Element, x int) group.Element {
	sum := curve.Identity()
	for i := len(commitments) - 1; i >= 0; i-- {
		sum = curve.NewElement().Add(times(sum, small(x)), commitments[i])
	}
	return sum
}

// interpolate gives the value at x of the polynomial, of degree one less than
// there are values, that has these values at these places, in the exponent. No
// place stands twice.
func interpolate(places []int, values []group.Element, x int) group.Element {
	at := make([]group.Scalar, len(places))
	for i, p := range places {
		at[i] = small(p)
	}
	sum := curve.Identity()
	for i := range at {
		sum.Add(sum, times(values[i], polynomial.LagrangeBase(uint(i), at, small(x))))
	}
	return sum
}
