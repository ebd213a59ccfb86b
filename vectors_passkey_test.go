package publica

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
)

// A testPasskey answers challenges as a browser and its authenticator do.
type testPasskey struct {
	alg    Algorithm
	key    *PrivateKey
	domain string // rpId
	origin string
}

func newTestPasskey(alg Algorithm) *testPasskey {
	under := map[Algorithm]Algorithm{WebauthnP256: P256, WebauthnEd25519: Ed25519}[alg]
	seed := seedOf("passkey")
	key, err := newPrivateKey(under, seed[:])
	if err != nil {
		panic(err)
	}
	return &testPasskey{alg: alg, key: key, domain: "publica.example", origin: "https://demo.publica.example"}
}

func (k *testPasskey) id() KeyID { return Fingerprint(k.alg, k.key.Public()) }

// entry returns the sample entry as one of this author.
func (k *testPasskey) entry() []byte {
	const was = "40d9aeb4d67cb7b6d1d6d1a7bc1bc1ae1f3f0ad9fd14c43a4e8e4a5ee8be6b2f"
	return []byte(change(sampleEntry, was, k.id().String()))
}

// auth returns authenticator data: touched, verified, synchronised.
func (k *testPasskey) auth(flags byte) []byte {
	hash := sha256.Sum256([]byte(k.domain))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), 7)
}

const usualFlags = 0x1d // UP, UV, BE, BS

// client returns clientDataJSON up to the origin, without the brace at its end.
func (k *testPasskey) client(challenge string) string {
	return `{"type":"webauthn.get","challenge":"` + challenge + `","origin":"` + k.origin + `"`
}

// sign signs whatever auth and client say.
func (k *testPasskey) sign(auth []byte, client string) Signature {
	hash := sha256.Sum256([]byte(client))
	sig, err := k.key.sign(append(bytes.Clone(auth), hash[:]...))
	if err != nil {
		panic(err)
	}
	return Signature{Algorithm: k.alg, Key: k.key.Public(), Sig: sig, Auth: auth, Client: []byte(client)}
}

func challengeText(register string, message []byte) string {
	c := PasskeyChallenge(register, message)
	return base64.RawURLEncoding.EncodeToString(c[:])
}

// passkeySignatures makes signatures whose mathematics is right, but for the
// few that say otherwise: what is wrong is what stands beside them.
func passkeySignatures() []*signatureVector {
	const register = "demo.publica.example"
	p := newTestPasskey(WebauthnP256)
	message := p.entry()
	challenge := challengeText(register, message)
	auth, start := p.auth(usualFlags), p.client(challenge)
	usual := start + `,"crossOrigin":false}`

	var cases []*signatureVector
	add := func(name string, s Signature, v verdict) {
		cases = append(cases, &signatureVector{Name: string(s.Algorithm) + ": " + name, Message: message, Signature: s, Author: s.KeyID(), verdict: v})
	}
	client := func(name, text string, v verdict) { add(name, p.sign(auth, text), v) }
	site := func(name, domain, origin string, v verdict) {
		k := *p
		k.domain, k.origin = domain, origin
		add(name, k.sign(k.auth(usualFlags), k.client(challenge)+`,"crossOrigin":false}`), v)
	}
	inClient, inAuth := refused(BadSignature, "signature/client"), refused(BadSignature, "signature/auth")
	badClient, badAuth := refused(Malformed, "signature/client"), refused(Malformed, "signature/auth")

	client("plain", usual, valid)
	client("crossOrigin left out", start+`}`, valid)
	client("further members", start+`,"crossOrigin":false,"other_keys_can_be_added_here":"do not compare clientDataJSON against a template. See https://goo.gl/yabPex"}`, valid)
	client("another member instead of crossOrigin", start+`,"androidPackageName":"com.example.browser"}`, valid)
	add("touched, not verified", p.sign(p.auth(1), usual), valid)
	site("domain is the host", "demo.publica.example", "https://demo.publica.example", valid)
	site("domain two above the host", "example", "https://demo.publica.example", valid)
	site("a port", "publica.example", "https://demo.publica.example:8443", valid)
	site("http on localhost", "localhost", "http://localhost:8080", valid)
	site("https on localhost", "localhost", "https://localhost", valid)

	other := challengeText(register, []byte(`{}`))
	client("challenge of another entry", change(usual, challenge, other), inClient)
	client("challenge of another register", change(usual, challenge, challengeText("other.publica.example", message)), inClient)
	client("challenge is the entry's id", change(usual, challenge, func() string { id := ID(message); return base64.RawURLEncoding.EncodeToString(id[:]) }()), inClient)
	client("challenge with stray bits", change(usual, challenge, challenge[:42]+strayDigit(challenge[42])), inClient)
	client("challenge padded", change(usual, challenge, challenge+"="), badClient)
	client("challenge too short", change(usual, challenge, challenge[:42]), badClient)
	client("challenge twice", start+`,"crossOrigin":false,"challenge":"`+challenge+`"}`, badClient)
	client("challenge twice, once escaped", start+`,"crossOrigin":false,"ch\u0061llenge":"`+other+`"}`, badClient)
	client("type of registration", change(usual, "webauthn.get", "webauthn.create"), badClient)
	client("another order", `{"challenge":"`+challenge+`","origin":"`+p.origin+`","type":"webauthn.get"}`, badClient)
	client("space at the start", " "+usual, badClient)
	client("space within", change(usual, `,"origin"`, `, "origin"`), badClient)
	client("line feed at the end", usual+"\n", badClient)
	client("bytes after the end", usual+"{}", badClient)
	client("no end", start+`,"crossOrigin":false`, badClient)
	client("not UTF-8", start+`,"x":"`+"\xff"+`"}`, badClient)
	client("empty", "", badClient)
	client("1024 bytes", padClient(start, MaxPasskeyClient), valid)
	client("1025 bytes", padClient(start, MaxPasskeyClient+1), badClient)
	client("crossOrigin is true", start+`,"crossOrigin":true}`, inClient)
	client("crossOrigin is true, escaped", start+`,"cross\u004frigin":true}`, inClient)
	client("crossOrigin is null", start+`,"crossOrigin":null}`, inClient)
	client("crossOrigin is text", start+`,"crossOrigin":"false"}`, inClient)
	client("crossOrigin twice", start+`,"crossOrigin":false,"crossOrigin":true}`, badClient)
	client("topOrigin", start+`,"crossOrigin":false,"topOrigin":"https://example.org"}`, inClient)

	site("another domain", "example.org", "https://demo.publica.example", inAuth)
	site("domain below the host", "deep.demo.publica.example", "https://demo.publica.example", inAuth)
	site("domain with the same end as the host", "publica.example", "https://notpublica.example", inAuth)
	site("domain at the start of the host", "publica.example", "https://publica.example.org", inAuth)
	site("domain is empty", "", "https://demo.publica.example", inAuth)
	for _, origin := range []string{"http://demo.publica.example", "http://demo.localhost", "https://Demo.publica.example", "https://demo.publica.example/", "https://user@demo.publica.example",
		"https://demo.publica.example.", "https://demo.publica.example:", "https://demo.publica.example:0443", "https://192.0.2.1", "https://", "demo.publica.example", "android:apk-key-hash:c2hh", "null"} {
		site("origin "+origin, "publica.example", origin, inClient)
	}
	client("origin escaped", change(usual, p.origin, `https:\/\/demo.publica.example`), inClient)

	add("auth too short", p.sign(auth[:36], usual), badAuth)
	add("auth too long", p.sign(append(bytes.Clone(auth), 0), usual), badAuth)
	add("auth with extensions", p.sign(append(p.auth(usualFlags|flagExtensions), 0xa0), usual), badAuth)
	add("auth announces extensions", p.sign(p.auth(usualFlags|flagExtensions), usual), badAuth)
	add("auth announces a key", p.sign(p.auth(usualFlags|flagAttested), usual), badAuth)
	add("nobody was present", p.sign(p.auth(usualFlags&^flagPresent), usual), inAuth)

	good := p.sign(auth, usual)
	with := func(name string, v verdict, edit func(*Signature)) {
		s := good
		s.Sig, s.Auth, s.Client = bytes.Clone(s.Sig), bytes.Clone(s.Auth), bytes.Clone(s.Client)
		edit(&s)
		add(name, s, v)
	}
	with("high s", badSig, func(s *Signature) {
		n := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s.Sig[32:]))
		n.FillBytes(s.Sig[32:])
	})
	with("r altered", badSig, func(s *Signature) { s.Sig[0] ^= 1 })
	with("counter altered", badSig, func(s *Signature) { s.Auth[36] ^= 1 })
	with("member added after signing", badSig, func(s *Signature) {
		s.Client = append(s.Client[:len(s.Client)-1], `,"x":1}`...)
	})
	with("no auth", badAuth, func(s *Signature) { s.Auth = nil })
	with("no client", badClient, func(s *Signature) { s.Client = nil })
	with("signature too short", refused(Malformed, "signature/sig"), func(s *Signature) { s.Sig = s.Sig[:63] })
	with("key too short", refused(Malformed, "signature/key"), func(s *Signature) { s.Key = s.Key[:32] })
	with("under the name p256", badAuth, func(s *Signature) { s.Algorithm = P256 })
	with("under the name of the other", refused(Malformed, "signature/key"), func(s *Signature) { s.Algorithm = WebauthnEd25519 })
	plain, err := p.key.sign(message)
	if err != nil {
		panic(err)
	}
	with("signed as p256", badSig, func(s *Signature) { s.Sig = plain })
	another := *p
	seed := seedOf("another passkey")
	if another.key, err = newPrivateKey(P256, seed[:]); err != nil {
		panic(err)
	}
	add("signed by another passkey", another.sign(auth, usual), valid)
	cases[len(cases)-1].Author, cases[len(cases)-1].verdict = p.id(), refused(BadSignature, "signature/key")

	add2 := func(name string, s Signature, m []byte, v verdict) {
		add(name, s, v)
		cases[len(cases)-1].Message = m
	}
	add2("not an entry", p.sign(auth, change(usual, challenge, other)), []byte(`{}`), refused(Invalid, "entry/register"))
	e := newTestPasskey(WebauthnEd25519)
	message = e.entry()
	signed := e.client(challengeText(register, message)) + `,"crossOrigin":false}`
	add("plain", e.sign(e.auth(usualFlags), signed), valid)
	add("challenge of another entry", e.sign(e.auth(usualFlags), change(signed, challengeText(register, message), challenge)), inClient)
	add("another domain", e.sign((&testPasskey{domain: "example.org"}).auth(usualFlags), signed), inAuth)
	bad := e.sign(e.auth(usualFlags), signed)
	bad.Sig[0] ^= 1
	add("R altered", bad, badSig)
	beside := Signature{Algorithm: Ed25519, Key: e.key.Public(), Sig: bad.Sig}
	beside.Sig, err = e.key.sign(message)
	if err != nil {
		panic(err)
	}
	add("beside a passkey's", beside, valid)
	withAuth, withClient := beside, beside
	withAuth.Auth, withClient.Client = auth, []byte(signed)
	add("with auth", withAuth, badAuth)
	add("with client", withClient, badClient)
	return cases
}

// strayDigit returns the last digit of unpadded base64 with a bit set that means
// nothing.
func strayDigit(c byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(digits[strings.IndexByte(digits, c)|1])
}

// padClient returns client data of n bytes.
func padClient(start string, n int) string {
	rest := start + `,"crossOrigin":false,"pad":"`
	return rest + strings.Repeat("x", n-len(rest)-2) + `"}`
}

// FuzzPasskey: whatever stands beside a passkey's signature, the answer is an
// error that says what is wrong, or a domain that the origin belongs to.
func FuzzPasskey(f *testing.F) {
	for _, c := range passkeySignatures() {
		if c.Signature.Algorithm == WebauthnP256 {
			f.Add(c.Signature.Auth, c.Signature.Client)
		}
	}
	k := newTestPasskey(WebauthnP256)
	message := k.entry()
	challenge := PasskeyChallenge("demo.publica.example", message)
	f.Fuzz(func(t *testing.T, auth, client []byte) {
		s := k.sign(auth, string(client))
		domain, err := s.RelyingParty()
		if err != nil {
			typed(t, err)
		} else if hash := sha256.Sum256([]byte(domain)); !bytes.Equal(hash[:], auth[:32]) || !ValidHost(domain) || !bytes.Contains(client, []byte(domain)) {
			t.Fatalf("%q says it is of %q", client, domain)
		}
		// Signed as it is, it verifies exactly if it has a domain and the challenge.
		got := s.Verify(k.id(), message)
		if got != nil {
			typed(t, got)
		}
		answers := bytes.HasPrefix(client, []byte(`{"type":"webauthn.get","challenge":"`+base64.RawURLEncoding.EncodeToString(challenge[:])+`"`))
		if (got == nil) != (err == nil && answers) {
			t.Fatalf("%q: %v, %v, answers %v", client, got, err, answers)
		}
		leaf := Leaf{Entry: message, Signature: &s, Height: 1, Time: 1}
		raw, lerr := leaf.Bytes()
		if lerr != nil {
			t.Fatal(lerr)
		}
		if again, lerr := ParseLeaf(raw); len(raw) <= MaxLeafSize && (lerr != nil || !bytes.Equal(again.Signature.Auth, auth) || !bytes.Equal(again.Signature.Client, client)) {
			t.Fatalf("%q does not read back: %v", raw, lerr)
		}
	})
}

func TestValidHost(t *testing.T) {
	for name, want := range map[string]bool{
		"localhost": true, "example.org": true, "a-1.b2.example": true, "xn--nxasmq6b.example": true, "1.example": true,
		"": false, ".": false, "example.": false, ".example": false, "a..b": false, "-a.example": false, "a-.example": false,
		"Example.org": false, "exa_mple.org": false, "192.0.2.1": false, "[2001:db8::1]": false, "é.example": false,
		strings.Repeat("a", 63) + ".org": true, strings.Repeat("a", 64) + ".org": false, strings.Repeat("a.", 126) + "a": true, strings.Repeat("a.", 127) + "a": false,
	} {
		if got := ValidHost(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
