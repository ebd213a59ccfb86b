package sealed

import (
	"crypto"
	_ "crypto/sha512" // for the proof of equality
	"encoding/binary"
	"io"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/zk/dl"
	"github.com/cloudflare/circl/zk/dleq"

	"publica"
)

// A purpose keeps a proof from passing for one of another kind.
const (
	dealProof     = "publica sealed v1 deal"
	envelopeProof = "publica sealed v1 envelope"
	partialProof  = "publica sealed v1 partial"
)

// proveKnowledge proves that one knows k, of k·G, to whoever shares the context
// (RFC 8235). The library's own prover draws from no reader one can choose, so
// the four lines of it stand here; its verifier has the last word.
func proveKnowledge(k group.Scalar, purpose string, context []byte, random io.Reader) (p Proof, err error) {
	v, err := draw(random)
	if err != nil {
		return p, err
	}
	public, nonce := timesBase(k), timesBase(v)
	c := knowledgeChallenge(nonce, public, purpose, context)
	r := curve.NewScalar().Sub(v, curve.NewScalar().Mul(k, c))
	copy(p[:32], encoded(nonce))
	copy(p[32:], encoded(r))
	return p, p.checkKnowledge(public, "proof", purpose, context)
}

// knowledgeChallenge is the challenge of circl/zk/dl: a hash to a scalar over
// G ‖ V ‖ public ‖ length ‖ context ‖ length ‖ purpose.
func knowledgeChallenge(nonce, public group.Element, purpose string, context []byte) group.Scalar {
	var t []byte
	for _, e := range []group.Element{curve.Generator(), nonce, public} {
		t = append(t, encoded(e)...)
	}
	t = append(binary.BigEndian.AppendUint32(t, uint32(len(context))), context...)
	t = append(binary.BigEndian.AppendUint32(t, uint32(len(purpose))), purpose...)
	return curve.HashToScalar(t, []byte(purpose))
}

func (p Proof) checkKnowledge(public group.Element, field, purpose string, context []byte) error {
	nonce, err := Point(p[:32]).element(field)
	if err != nil {
		return err
	}
	r, err := Scalar(p[32:]).number(field)
	if err != nil {
		return err
	}
	if !dl.Verify(curve, curve.Generator(), public, dl.Proof{V: nonce, R: r}, context, []byte(purpose)) {
		return publica.Problem(publica.Unverified, field, "does not prove knowledge of the secret in this context").
			WithHint("a proof holds for one register, tender, lot, envelope, text and author; make it anew for each")
	}
	return nil
}

// equality are the parameters of proofs that two points have the same
// logarithm to two bases, bound to a context.
func equality(context Hash) dleq.Params {
	return dleq.Params{G: curve, H: crypto.SHA512, DST: append([]byte(partialProof), context[:]...)}
}

// proveEquality proves that k·G and k·base are made with the same k.
func proveEquality(k group.Scalar, base group.Element, context Hash, random io.Reader) (p Proof, err error) {
	v, err := draw(random)
	if err != nil {
		return p, err
	}
	proof, err := dleq.Prover{Params: equality(context)}.ProveWithRandomness(k, curve.Generator(), timesBase(k), base, times(base, k), v)
	if err != nil {
		return p, &publica.Error{Code: publica.Internal, Message: "prove equality", Err: err}
	}
	return Proof(encoded(proof)), nil
}

func (p Proof) checkEquality(public, base, power group.Element, field string, context Hash) error {
	for _, half := range [][]byte{p[:32], p[32:]} {
		if _, err := Scalar(half).number(field); err != nil {
			return err
		}
	}
	proof := new(dleq.Proof)
	if err := proof.UnmarshalBinary(curve, p[:]); err != nil {
		return publica.Problem(publica.Malformed, field, "is not a proof")
	}
	if !(dleq.Verifier{Params: equality(context)}).Verify(curve.Generator(), public, base, power, proof) {
		return publica.Problem(publica.Unverified, field, "does not prove that the trustee's share was used on this envelope")
	}
	return nil
}
