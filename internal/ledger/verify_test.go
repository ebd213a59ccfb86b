package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json/v2"
	"os"
	"sync"
	"testing"

	"publica"
	"publica/internal/machine"
)

func TestVerifyOneBadAmong256(t *testing.T) {
	v := newVerifier()
	defer v.close()
	entries := make([]*machine.Entry, 256)
	p256, err := publica.GenerateKey(publica.P256)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		key := publica.KeyFromSeed([32]byte{byte(i), 1})
		if i%50 == 3 {
			key = p256
		}
		entries[i], _ = makeEntry(t, key, i, 10)
	}
	for _, bad := range []int{-1, 0, 3, 128, 255} {
		all := append([]*machine.Entry(nil), entries...)
		if bad >= 0 {
			all[bad] = forge(entries[bad])
		}
		for i, valid := range v.verifyAll(all) {
			if valid != (i != bad) {
				t.Errorf("bad %d: entry %d is said to be %v", bad, i, valid)
			}
		}
	}
	if len(v.verifyAll(nil)) != 0 {
		t.Error("answers for no entries")
	}
}

// forge returns the entry with one bit of its signature flipped.
func forge(e *machine.Entry) *machine.Entry {
	signed := *e.Signed
	signed.Signature.Sig = append([]byte(nil), signed.Signature.Sig...)
	signed.Signature.Sig[5] ^= 1
	forged := *e
	forged.Signed = &signed
	return &forged
}

func TestVerifyConcurrently(t *testing.T) {
	v := newVerifier()
	defer v.close()
	var wait sync.WaitGroup
	for i := range 600 {
		e, _ := makeEntry(t, publica.KeyFromSeed([32]byte{byte(i), 2}), i, 10)
		wait.Go(func() {
			if i%97 == 5 {
				if err := v.verify(forge(e)); publica.CodeOf(err) != publica.BadSignature {
					t.Errorf("forged entry %d: %v", i, err)
				}
			} else if err := v.verify(e); err != nil {
				t.Errorf("entry %d: %v", i, err)
			}
		})
	}
	wait.Wait()
}

func TestVerifyChecksForm(t *testing.T) {
	v := newVerifier()
	defer v.close()
	e, _ := makeEntry(t, testKey, 1, 10)
	for name, change := range map[string]func(*publica.Signature){
		"short key":       func(s *publica.Signature) { s.Key = s.Key[:31] },
		"no signature":    func(s *publica.Signature) { s.Sig = nil },
		"other algorithm": func(s *publica.Signature) { s.Algorithm = "rsa" },
		"other key":       func(s *publica.Signature) { s.Key = publica.KeyFromSeed([32]byte{9}).Public() },
	} {
		signed := *e.Signed
		change(&signed.Signature)
		bad := *e
		bad.Signed = &signed
		if v.verify(&bad) == nil {
			t.Errorf("%s: accepted alone", name)
		}
		if v.verifyAll([]*machine.Entry{e, &bad, e})[1] {
			t.Errorf("%s: accepted in a batch", name)
		}
	}
}

// Crafted keys of small order verify any message under ZIP 215. Alone and in a
// batch, here and in package publica, the answer must be the same: else one
// node would take an entry that another skips.
func TestVerifySmallOrderLikeTheRest(t *testing.T) {
	v := newVerifier()
	defer v.close()
	good, _ := makeEntry(t, testKey, 1, 10)
	points := []string{ // encodings of points of small order, canonical and not
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	for _, a := range points {
		for _, r := range points {
			key, _ := hex.DecodeString(a)
			sig, _ := hex.DecodeString(r)
			signed := publica.Signed{Raw: []byte("any message"), Signature: publica.Signature{Algorithm: publica.Ed25519, Key: key, Sig: append(sig, make([]byte, 32)...)}}
			e := &machine.Entry{Entry: &publica.Entry{Author: signed.Signature.KeyID()}, Signed: &signed}
			want := signed.Signature.Verify(e.Author, signed.Raw) == nil
			alone := v.verify(e) == nil
			batch := v.verifyAll([]*machine.Entry{good, e, good})
			if alone != want || batch[1] != want || !batch[0] || !batch[2] {
				t.Errorf("key %s, r %s: package publica says %v, alone %v, in a batch %v", a, r, want, alone, batch)
			}
		}
	}
}

// The shared vectors have one verdict: alone, in a batch and among entries of
// other algorithms. What a record can carry comes back out of it as it was.
func TestVerifyVectors(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/vectors/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			Name      string            `json:"name"`
			Message   []byte            `json:"message"`
			Signature publica.Signature `json:"signature"`
			Author    publica.KeyID     `json:"author"`
			Valid     bool              `json:"valid"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors.Cases) < 300 {
		t.Fatal(len(vectors.Cases), err)
	}
	v := newVerifier()
	defer v.close()
	var entries []*machine.Entry
	passkeys := 0
	for _, c := range vectors.Cases {
		e := &machine.Entry{Entry: &publica.Entry{Author: c.Author}, Signed: &publica.Signed{Raw: c.Message, Signature: c.Signature}}
		entries = append(entries, e)
		if alone := v.verify(e) == nil; alone != c.Valid {
			t.Errorf("%s: alone %v", c.Name, alone)
		}
		if !c.Valid || len(c.Message) == 0 {
			continue
		}
		if c.Signature.Algorithm.Passkey() {
			passkeys++
		}
		record := appendRecord(nil, e.Signed)
		got, rest, ok := parseRecord(record)
		if !ok || len(rest) > 0 || len(record) != recordSize(e.Signed) || !sameSignature(&got.Signature, &c.Signature) || !bytes.Equal(got.Raw, c.Message) {
			t.Errorf("%s: the record does not read back", c.Name)
		}
	}
	for i, valid := range v.verifyAll(entries) {
		if c := vectors.Cases[i]; valid != c.Valid {
			t.Errorf("%s: among all %v", c.Name, valid)
		}
	}
	if passkeys < 10 {
		t.Errorf("%d passkeys", passkeys)
	}
}

// A proposer that changes what stands beside a passkey's signature does not
// pass for the entry that is known.
func TestSameSignatureOfPasskeys(t *testing.T) {
	a := publica.Signature{Algorithm: publica.WebauthnP256, Auth: []byte{1}, Client: []byte{1}}
	for _, change := range []func(*publica.Signature){func(s *publica.Signature) { s.Auth = []byte{2} }, func(s *publica.Signature) { s.Client = []byte{2} }} {
		b := a
		if change(&b); sameSignature(&a, &b) || !sameSignature(&a, &a) {
			t.Errorf("%+v", b)
		}
	}
}

func TestVerifyAfterClose(t *testing.T) {
	v := newVerifier()
	e, _ := makeEntry(t, testKey, 1, 10)
	v.close()
	if err := v.verify(e); err == nil {
		t.Skip("answered before the workers stopped")
	} else if publica.CodeOf(err) != publica.Busy {
		t.Error(err)
	}
}
