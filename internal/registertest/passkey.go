package registertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"

	"publica"
)

// A Passkey signs as a browser with an authenticator does: package publica can
// only verify that.
type Passkey struct {
	Domain string // that it is bound to, its rpId
	Origin string // of the page that asks it

	key    *ecdsa.PrivateKey
	public []byte
}

// NewPasskey returns the passkey of a named actor for a domain, asked by a page
// there: the same in every run.
func NewPasskey(actor, domain string) *Passkey {
	seed := sha256.Sum256([]byte("publica test passkey " + actor))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		panic(err) // the chance is 2^-32
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return &Passkey{Domain: domain, Origin: "https://" + domain, key: key, public: public}
}

// ID returns the fingerprint of the passkey.
func (p *Passkey) ID() publica.KeyID { return publica.Fingerprint(publica.WebauthnP256, p.public) }

// Sign fills in the author and signs the entry.
func (p *Passkey) Sign(e publica.Entry) (*publica.Signed, error) {
	e.Author = p.ID()
	raw, err := e.Canonical()
	if err != nil {
		return nil, err
	}
	sig, err := p.Answer(publica.PasskeyChallenge(e.Register, raw))
	return &publica.Signed{Raw: raw, Signature: sig}, err
}

// Answer signs a challenge.
func (p *Passkey) Answer(challenge [sha256.Size]byte) (publica.Signature, error) {
	const present, verified = 1, 4
	domain := sha256.Sum256([]byte(p.Domain))
	s := publica.Signature{Algorithm: publica.WebauthnP256, Key: p.public, Auth: append(domain[:], present|verified, 0, 0, 0, 0),
		Client: []byte(`{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(challenge[:]) + `","origin":"` + p.Origin + `","crossOrigin":false}`)}
	client := sha256.Sum256(s.Client)
	digest := sha256.Sum256(append(s.Auth[:publica.PasskeyAuthSize:publica.PasskeyAuthSize], client[:]...))
	der, err := p.key.Sign(nil, digest[:], crypto.SHA256) // deterministic, RFC 6979
	if err != nil {
		return s, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return s, err
	}
	if n := elliptic.P256().Params().N; rs.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		rs.S.Sub(n, rs.S)
	}
	s.Sig = append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
	return s, nil
}
