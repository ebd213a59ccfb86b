package publica

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strings"
)

// Algorithms of passkeys. A passkey signs no bytes of ours: the browser hashes
// a document that names the site and holds our challenge, and the authenticator
// signs that hash behind a statement of its own (W3C Web Authentication,
// section 6.3.3). Both stand in the signature, so that it verifies from its
// bytes alone.
const (
	// WebauthnP256 is a passkey with the key and the signature of [P256], as
	// most devices have it.
	WebauthnP256 Algorithm = "webauthn-p256"
	// WebauthnEd25519 is a passkey with the key and the signature of [Ed25519].
	WebauthnEd25519 Algorithm = "webauthn-ed25519"
)

// Sizes of what a passkey's signature carries, in bytes.
const (
	PasskeyAuthSize  = sha256.Size + 1 + 4 // domain's hash, flags, counter; extensions are not asked for
	MaxPasskeyClient = 1024
)

// Flags of authenticator data.
const (
	flagPresent    = 1 << 0 // UP: somebody touched the device
	flagAttested   = 1 << 6 // AT: key data follow
	flagExtensions = 1 << 7 // ED: extension data follow
)

// Passkey reports whether keys of the algorithm are passkeys.
func (a Algorithm) Passkey() bool { return a == WebauthnP256 || a == WebauthnEd25519 }

// PasskeyChallenge returns the challenge that a passkey answers to sign an
// entry: SHA-256("publica passkey v1\n" ‖ register ‖ "\n" ‖ canonical bytes).
func PasskeyChallenge(register string, canonical []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("publica passkey v1\n" + register + "\n"))
	h.Write(canonical)
	return [sha256.Size]byte(h.Sum(nil))
}

// RelyingParty returns the domain a passkey's signature is for, its rpId: of
// the origin's host and the domains above it, the one whose SHA-256 the
// authenticator signed. A browser lets no page of another domain ask for it.
// Whether it is the register's is for the law to say.
func (s *Signature) RelyingParty() (string, error) {
	_, domain, err := s.passkey()
	return domain, err
}

// VerifyChallenge checks that a passkey answered the challenge. It returns nil
// or an [Error].
func (s *Signature) VerifyChallenge(challenge [sha256.Size]byte) error {
	got, _, err := s.passkey()
	if err != nil {
		return err
	}
	if got != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		return Problem(BadSignature, "signature/client", "answers another challenge").
			WithHint(`the challenge is SHA-256 of "publica passkey v1", a line feed, the register's name, a line feed, and the canonical bytes of the entry`)
	}
	client := sha256.Sum256(s.Client)
	signed := append(bytes.Clone(s.Auth), client[:]...)
	if !s.Algorithm.verify(s.Key, signed, s.Sig) {
		return Problem(BadSignature, "signature/sig", "does not verify over what the passkey signed").
			WithHint("send auth and client exactly as the browser gave them")
	}
	return nil
}

// passkey checks what stands beside a passkey's signature, and returns the
// challenge in its text form and the domain.
func (s *Signature) passkey() (challenge, domain string, err error) {
	switch {
	case !s.Algorithm.Passkey():
		return "", "", Problem(Unsupported, "signature/alg", "is not one of passkeys")
	case len(s.Auth) != PasskeyAuthSize:
		return "", "", Problem(Malformed, "signature/auth", "is not 37 bytes").WithHint("ask the passkey for no extensions")
	case s.Auth[32]&(flagAttested|flagExtensions) != 0:
		return "", "", Problem(Malformed, "signature/auth", "announces data that are not there")
	case s.Auth[32]&flagPresent == 0:
		return "", "", Problem(BadSignature, "signature/auth", "says that nobody was present")
	}
	challenge, host, err := parseClientData(s.Client)
	if err != nil {
		return "", "", err
	}
	for domain, more := host, true; more; _, domain, more = strings.Cut(domain, ".") {
		if sha256.Sum256([]byte(domain)) == [sha256.Size]byte(s.Auth) {
			return challenge, domain, nil
		}
	}
	return "", "", Problem(BadSignature, "signature/auth", "is for a domain that "+host+" does not belong to")
}

// parseClientData takes challenge and host out of clientDataJSON. Its start is
// fixed byte for byte, as the specification gives it for verifiers without a
// JSON parser (section 5.8.1.2); browsers add members after it, and some leave
// crossOrigin out.
func parseClientData(client []byte) (challenge, host string, err error) {
	bad := func(message string) (string, string, error) {
		return "", "", Problem(Malformed, "signature/client", message).WithHint("send clientDataJSON exactly as the browser gave it")
	}
	if len(client) > MaxPasskeyClient {
		return bad("is over 1024 bytes")
	}
	text, ok := strings.CutPrefix(string(client), `{"type":"webauthn.get","challenge":"`)
	if !ok {
		return bad("does not begin as a passkey's signature does")
	}
	challenge, text, ok = strings.Cut(text, `","origin":"`)
	if !ok || len(challenge) != base64.RawURLEncoding.EncodedLen(sha256.Size) {
		return bad("does not hold a challenge of 32 bytes and then an origin")
	}
	origin, _, ok := strings.Cut(text, `"`)
	if !ok {
		return bad("does not end its origin")
	}
	var rest struct {
		CrossOrigin jsontext.Value `json:"crossOrigin"`
		TopOrigin   jsontext.Value `json:"topOrigin"`
	}
	if err := json.Unmarshal(client, &rest); err != nil || client[len(client)-1] != '}' {
		return bad("is not one JSON object, each member once")
	}
	if (rest.CrossOrigin != nil && string(rest.CrossOrigin) != "false") || rest.TopOrigin != nil {
		return "", "", Problem(BadSignature, "signature/client", "was signed inside a page of another site")
	}
	host, ok = originHost(origin)
	if !ok {
		return "", "", Problem(BadSignature, "signature/client", "has an origin that is not https://host").
			WithHint("http is for localhost alone")
	}
	return challenge, host, nil
}

// originHost returns the host of a web origin in its one form: https, or http
// on localhost, and perhaps a port.
func originHost(origin string) (string, bool) {
	scheme, host, ok := strings.Cut(origin, "://")
	host, port, ported := strings.Cut(host, ":")
	if ported && (len(port) > 5 || port == "" || port[0] == '0' || strings.Trim(port, "0123456789") != "") {
		return "", false
	}
	return host, ok && ValidHost(host) && (scheme == "https" || scheme == "http" && host == "localhost")
}
