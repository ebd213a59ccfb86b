package publica

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha512"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"filippo.io/edwards25519"
	"github.com/hdevalence/ed25519consensus"
	voi "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

type signatureVector struct {
	Name      string    `json:"name"`
	Message   []byte    `json:"message"`
	Signature Signature `json:"signature"`
	Author    KeyID     `json:"author"`
	verdict
}

func (c *signatureVector) name() string     { return c.Name }
func (c *signatureVector) expect() *verdict { return &c.verdict }
func (c *signatureVector) run(t *testing.T) error {
	return c.Signature.Verify(c.Author, c.Message)
}

func signatureCases() []*signatureVector {
	return slices.Concat(plainSignatures(), zip215Signatures(), p256Signatures(), passkeySignatures())
}

func newSignatureVector(name string, alg Algorithm, key, sig, message []byte, v verdict) *signatureVector {
	return &signatureVector{Name: name, Message: message, Signature: Signature{Algorithm: alg, Key: key, Sig: sig}, Author: Fingerprint(alg, key), verdict: v}
}

var badSig = refused(BadSignature, "signature/sig")

func plainSignatures() []*signatureVector {
	key := KeyFromSeed(seedOf("signer"))
	message := []byte(`{"a":1}`)
	sig := ed25519.Sign(key.ed, message)
	flip := func(i int) []byte { s := bytes.Clone(sig); s[i] ^= 1; return s }
	other := newSignatureVector("ed25519: key of another author", Ed25519, key.Public(), sig, message, refused(BadSignature, "signature/key"))
	other.Author[0] ^= 1
	return []*signatureVector{
		newSignatureVector("ed25519: plain", Ed25519, key.Public(), sig, message, valid),
		newSignatureVector("ed25519: empty message", Ed25519, key.Public(), ed25519.Sign(key.ed, nil), []byte{}, valid),
		newSignatureVector("ed25519: another message", Ed25519, key.Public(), sig, []byte(`{"a":2}`), badSig),
		newSignatureVector("ed25519: R altered", Ed25519, key.Public(), flip(0), message, badSig),
		newSignatureVector("ed25519: s altered", Ed25519, key.Public(), flip(32), message, badSig),
		newSignatureVector("ed25519: signature too short", Ed25519, key.Public(), sig[:63], message, refused(Malformed, "signature/sig")),
		newSignatureVector("ed25519: signature too long", Ed25519, key.Public(), append(bytes.Clone(sig), 0), message, refused(Malformed, "signature/sig")),
		newSignatureVector("ed25519: key too short", Ed25519, key.Public()[:31], sig, message, refused(Malformed, "signature/key")),
		newSignatureVector("unknown algorithm", "rsa", key.Public(), sig, message, refused(Unsupported, "signature/alg")),
		newSignatureVector("algorithm in upper case", "Ed25519", key.Public(), sig, message, refused(Unsupported, "signature/alg")),
		other,
	}
}

// zip215Signatures makes the cases on which libraries differ: points of small
// order, encodings that are not canonical, keys with a part of small order. By
// ZIP 215 all such are valid, if s is below the order and [8]([s]B) equals
// [8](R + [k]A).
func zip215Signatures() []*signatureVector {
	var cases []*signatureVector
	message := []byte("Zcash")
	zero := make([]byte, 32)
	small := smallOrderEncodings()
	for i, a := range small {
		for j, r := range small {
			cases = append(cases, newSignatureVector(fmt.Sprintf("ed25519: small order, A %d, R %d", i, j), Ed25519, a, append(bytes.Clone(r), zero...), message, valid))
		}
	}
	torsion := torsionPoints()
	for i := range 8 {
		for j := range 8 {
			key, sig := signWithTorsion(torsion[i], torsion[j], message)
			cases = append(cases, newSignatureVector(fmt.Sprintf("ed25519: A plus torsion %d, R plus torsion %d", i, j), Ed25519, key, sig, message, valid))
		}
	}
	key, sig := signWithTorsion(torsion[1], torsion[3], message)
	cases = append(cases, newSignatureVector("ed25519: torsion, another message", Ed25519, key, sig, []byte("zcash"), badSig))

	plain := KeyFromSeed(seedOf("signer"))
	good := ed25519.Sign(plain.ed, message)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	for _, times := range []int64{1, 2, 8, 14} {
		s := new(big.Int).SetBytes(reversed(good[32:]))
		s.Add(s, new(big.Int).Mul(order, big.NewInt(times)))
		if s.BitLen() > 256 {
			continue
		}
		high := append(bytes.Clone(good[:32]), reversed(s.FillBytes(make([]byte, 32)))...)
		cases = append(cases, newSignatureVector(fmt.Sprintf("ed25519: s plus %d times the order", times), Ed25519, plain.Public(), high, message, badSig))
	}
	sOrder := reversed(order.FillBytes(make([]byte, 32)))
	cases = append(cases,
		newSignatureVector("ed25519: small order, s is the order", Ed25519, small[0], append(bytes.Clone(small[0]), sOrder...), message, badSig),
		newSignatureVector("ed25519: small order, s is one", Ed25519, small[0], append(bytes.Clone(small[0]), append([]byte{1}, zero[1:]...)...), message, badSig))

	off := notOnCurve()
	cases = append(cases,
		newSignatureVector("ed25519: A is not on the curve", Ed25519, off, good, message, badSig),
		newSignatureVector("ed25519: R is not on the curve", Ed25519, plain.Public(), append(bytes.Clone(off), good[32:]...), message, badSig),
		newSignatureVector("ed25519: small order, A is not on the curve", Ed25519, off, append(bytes.Clone(small[0]), zero...), message, badSig),
		newSignatureVector("ed25519: small order, R is not on the curve", Ed25519, small[0], append(bytes.Clone(off), zero...), message, badSig))
	return cases
}

func reversed(b []byte) []byte {
	b = bytes.Clone(b)
	slices.Reverse(b)
	return b
}

// torsionPoints returns the eight points whose order divides eight: multiples
// of one of order eight.
func torsionPoints() [8]*edwards25519.Point {
	for seed := byte(2); ; seed++ {
		p, err := new(edwards25519.Point).SetBytes(append([]byte{seed}, make([]byte, 31)...))
		if err != nil {
			continue
		}
		// [L]p = [L-1]p + p leaves the part of small order.
		minusOne := edwards25519.NewScalar().Negate(scalarOf(1))
		t := new(edwards25519.Point).ScalarMult(minusOne, p)
		t.Add(t, p)
		var out [8]*edwards25519.Point
		out[0] = edwards25519.NewIdentityPoint()
		order := 8
		for i := 1; i < 8; i++ {
			out[i] = new(edwards25519.Point).Add(out[i-1], t)
			if out[i].Equal(out[0]) == 1 {
				order = i
				break
			}
		}
		if order == 8 {
			return out
		}
	}
}

func scalarOf(n byte) *edwards25519.Scalar {
	s, err := edwards25519.NewScalar().SetCanonicalBytes(append([]byte{n}, make([]byte, 31)...))
	if err != nil {
		panic(err)
	}
	return s
}

// smallOrderEncodings returns the 14 encodings of the torsion points: eight
// canonical, and those with y at or above the field's prime or with a sign on
// x = 0.
func smallOrderEncodings() [][]byte {
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	var out [][]byte
	add := func(b []byte) {
		if _, err := new(edwards25519.Point).SetBytes(b); err != nil {
			panic(err)
		}
		if !slices.ContainsFunc(out, func(o []byte) bool { return bytes.Equal(o, b) }) {
			out = append(out, b)
		}
	}
	for _, p := range torsionPoints() {
		canonical := p.Bytes()
		add(canonical)
		y := bytes.Clone(canonical)
		sign := y[31] & 0x80
		y[31] &^= 0x80
		encodings := [][]byte{y}
		if n := new(big.Int).Add(new(big.Int).SetBytes(reversed(y)), prime); n.BitLen() <= 255 {
			encodings = append(encodings, reversed(n.FillBytes(make([]byte, 32))))
		}
		isXZero := new(edwards25519.Point).Add(p, p).Equal(edwards25519.NewIdentityPoint()) == 1 // order one or two
		for _, e := range encodings {
			for _, bit := range []byte{0, 0x80} {
				if bit == sign || isXZero {
					e := bytes.Clone(e)
					e[31] |= bit
					add(e)
				}
			}
		}
	}
	return out
}

// signWithTorsion signs with a key and an R to which points of small order are
// added: valid with the cofactor, mostly not without.
func signWithTorsion(onKey, onR *edwards25519.Point, message []byte) (key, sig []byte) {
	seed := seedOf("torsion")
	h := sha512.Sum512(seed[:])
	a, err := edwards25519.NewScalar().SetBytesWithClamping(h[:32])
	if err != nil {
		panic(err)
	}
	r, err := edwards25519.NewScalar().SetUniformBytes(h[:])
	if err != nil {
		panic(err)
	}
	key = new(edwards25519.Point).Add(new(edwards25519.Point).ScalarBaseMult(a), onKey).Bytes()
	bigR := new(edwards25519.Point).Add(new(edwards25519.Point).ScalarBaseMult(r), onR).Bytes()
	kh := sha512.Sum512(slices.Concat(bigR, key, message))
	k, err := edwards25519.NewScalar().SetUniformBytes(kh[:])
	if err != nil {
		panic(err)
	}
	s := edwards25519.NewScalar().MultiplyAdd(k, a, r)
	return key, append(bigR, s.Bytes()...)
}

func notOnCurve() []byte {
	for y := byte(2); ; y++ {
		b := append([]byte{y}, make([]byte, 31)...)
		if _, err := new(edwards25519.Point).SetBytes(b); err != nil {
			return b
		}
	}
}

func p256Signatures() []*signatureVector {
	seed := seedOf("p256")
	key, err := newPrivateKey(P256, seed[:])
	if err != nil {
		panic(err)
	}
	message := []byte(`{"a":1}`)
	sig, err := key.sign(message)
	if err != nil {
		panic(err)
	}
	n := elliptic.P256().Params().N
	s := new(big.Int).SetBytes(sig[32:])
	with := func(s *big.Int) []byte { return append(bytes.Clone(sig[:32]), s.FillBytes(make([]byte, 32))...) }
	flip := bytes.Clone(sig)
	flip[0] ^= 1
	offCurve := bytes.Clone(key.Public())
	offCurve[64] ^= 1
	compressed := append([]byte{2 + key.Public()[64]&1}, key.Public()[1:33]...)
	hybrid := bytes.Clone(key.Public())
	hybrid[0] = 6 + key.Public()[64]&1
	zeroR := append(make([]byte, 32), sig[32:]...)
	return []*signatureVector{
		newSignatureVector("p256: plain", P256, key.Public(), sig, message, valid),
		newSignatureVector("p256: another message", P256, key.Public(), sig, []byte(`{"a":2}`), badSig),
		newSignatureVector("p256: high s", P256, key.Public(), with(new(big.Int).Sub(n, s)), message, badSig),
		newSignatureVector("p256: s is zero", P256, key.Public(), with(new(big.Int)), message, badSig),
		newSignatureVector("p256: r is zero", P256, key.Public(), zeroR, message, badSig),
		newSignatureVector("p256: r altered", P256, key.Public(), flip, message, badSig),
		newSignatureVector("p256: key not on the curve", P256, offCurve, sig, message, badSig),
		newSignatureVector("p256: compressed key", P256, compressed, sig, message, refused(Malformed, "signature/key")),
		newSignatureVector("p256: hybrid key", P256, hybrid, sig, message, badSig),
		newSignatureVector("p256: key under the name ed25519", Ed25519, key.Public(), sig, message, refused(Malformed, "signature/key")),
	}
}

// TestZIP215Agreement checks that the libraries a node and a client use accept
// the same signatures, one by one and in batches.
func TestZIP215Agreement(t *testing.T) {
	options := &voi.Options{Verify: voi.VerifyOptionsZIP_215}
	all := voi.NewBatchVerifier()
	added := 0
	for _, c := range signatureCases() {
		s := &c.Signature
		if s.Algorithm != Ed25519 || s.CheckForm(c.Author) != nil {
			continue
		}
		if got := ed25519consensus.Verify(s.Key, c.Message, s.Sig); got != c.Valid {
			t.Errorf("%s: ed25519consensus says %v", c.Name, got)
		}
		if got := voi.VerifyWithOptions(s.Key, c.Message, s.Sig, options); got != c.Valid {
			t.Errorf("%s: curve25519-voi says %v", c.Name, got)
		}
		batch, batch2 := voi.NewBatchVerifier(), ed25519consensus.NewBatchVerifier()
		batch.AddWithOptions(s.Key, c.Message, s.Sig, options)
		batch2.Add(s.Key, c.Message, s.Sig)
		// A second signature keeps the libraries from taking a way of their own
		// for batches of one.
		other := KeyFromSeed(seedOf("beside"))
		beside := ed25519.Sign(other.ed, c.Message)
		batch.AddWithOptions(other.Public(), c.Message, beside, options)
		batch2.Add(other.Public(), c.Message, beside)
		if got, each := batch.Verify(nil); got != c.Valid || each[0] != c.Valid || !each[1] {
			t.Errorf("%s: curve25519-voi says %v %v in a batch", c.Name, got, each)
		}
		if got := batch2.Verify(); got != c.Valid {
			t.Errorf("%s: ed25519consensus says %v in a batch", c.Name, got)
		}
		if c.Valid {
			all.AddWithOptions(s.Key, c.Message, s.Sig, options)
			added++
		}
	}
	if ok, _ := all.Verify(nil); !ok || added < 14*14+64 {
		t.Errorf("a batch of all %d valid signatures: %v", added, ok)
	}
	if n := len(smallOrderEncodings()); n != 14 {
		t.Errorf("%d encodings of small order, want 14", n)
	}
}

// TestStandardLibraryDiffers notes why the register has its own rule: the
// standard library refuses what ZIP 215 accepts.
func TestStandardLibraryDiffers(t *testing.T) {
	differ := 0
	for _, c := range zip215Signatures() {
		if c.Valid && !ed25519.Verify(c.Signature.Key, c.Message, c.Signature.Sig) {
			differ++
		}
	}
	if differ == 0 {
		t.Error("crypto/ed25519 accepts all of ZIP 215: the fallback of other verifiers is not needed any more")
	}
}
