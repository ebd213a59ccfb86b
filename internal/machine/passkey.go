package machine

import "publica"

// admitPasskey refuses a passkey that is of another domain than the register's.
// Its signature verifies wherever it came from; which pages may ask for one is
// for the members to say, so it is a parameter.
func admitPasskey(tx *Tx, s *publica.Signature) error {
	if !s.Algorithm.Passkey() {
		return nil
	}
	want := tx.Parameters().Passkeys
	if want == "" {
		return publica.Problem(publica.Unsupported, "signature/alg", "is one of passkeys, which this register does not take").
			WithHint("sign with a key: ed25519 or p256")
	}
	got, err := s.RelyingParty()
	if err != nil {
		return err
	}
	if got != want {
		return publica.Problem(publica.Forbidden, "signature/auth", "is of a passkey for "+got+", this register takes those for "+want).
			WithHint("make a passkey on a page of this register")
	}
	return nil
}
