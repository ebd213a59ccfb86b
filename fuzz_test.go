package publica

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// typed fails t if err is not an *Error with one of our codes.
func typed(t *testing.T, err error) {
	t.Helper()
	if e, ok := err.(*Error); !ok || e.Code == "" || e.Code == Internal {
		t.Fatalf("error is %T %v, not an *Error that says what is wrong", err, err)
	}
}

func FuzzReceipt(f *testing.F) {
	for _, c := range receiptCases() {
		f.Add([]byte(c.Receipt))
	}
	policy := newSample().policy()
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseReceipt(text)
		if err != nil {
			typed(t, err)
			return
		}
		again, err := r.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		r2, err := ParseReceipt(again)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
		if third, err := r2.Bytes(); err != nil || !bytes.Equal(again, third) {
			t.Fatalf("%q became %q, then %q (%v)", text, again, third, err)
		}
		if _, err := r.Verify(policy, ""); err != nil {
			typed(t, err)
		}
	})
}

func FuzzExport(f *testing.F) {
	r := newSample()
	policy := r.policy()
	for _, c := range exportCases() {
		f.Add([]byte(c.Export))
	}
	good := r.export(r.docket)
	f.Fuzz(func(t *testing.T, text []byte) {
		sum, err := VerifyExport(bytes.NewReader(text), policy, nil)
		if err != nil {
			typed(t, err)
			return
		}
		// Only the two dockets of the sample are under its key, and only erased
		// content may differ from what the register wrote.
		if sum.Docket != r.docket && sum.Docket != r.other {
			t.Fatalf("an export of docket %s verifies", sum.Docket)
		}
		if sum.Docket == r.docket && sum.ContentMissing == 0 && !bytes.Equal(text, good) && bytes.HasPrefix(text, good[:bytes.IndexByte(good, '\n')]) && !sameLines(text, good) {
			t.Fatalf("another export of the docket verifies: %q", text)
		}
	})
}

// sameLines compares exports up to the order of content within a line.
func sameLines(a, b []byte) bool {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if len(x[i]) != len(y[i]) {
			return false
		}
	}
	return true
}

func FuzzCheckpoint(f *testing.F) {
	for _, c := range checkpointCases() {
		f.Add([]byte(c.Checkpoint))
	}
	r := newSample()
	policy := r.policy()
	f.Fuzz(func(t *testing.T, signed []byte) {
		if c, err := ParseCheckpoint(signed); err != nil {
			typed(t, err)
		} else if !bytes.Equal(c.Note, signed) {
			t.Fatal("the note was changed")
		}
		c, err := VerifyCheckpoint(signed, policy)
		if err != nil {
			typed(t, err)
			return
		}
		if c.Register != r.name {
			t.Fatalf("a checkpoint of %q verifies", c.Register)
		}
		if _, err := ParseCheckpoint(signed); err != nil {
			t.Fatalf("verifies, but does not parse: %v", err)
		}
	})
}

func FuzzProof(f *testing.F) {
	r := newSample()
	policy, leaf := r.policy(), r.leaves[r.comment]
	for _, c := range proofCases() {
		f.Add([]byte(c.Proof))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseProof(text)
		if err != nil {
			typed(t, err)
			return
		}
		if !bytes.Equal(p.Bytes(), text) {
			t.Fatalf("%q became %q", text, p.Bytes())
		}
		if _, err := p.Verify(policy, LeafHash(leaf)); err != nil {
			typed(t, err)
		}
	})
}

func FuzzPromise(f *testing.F) {
	for _, c := range promiseCases() {
		f.Add(c.Promise.Note, c.Promise.Index)
	}
	r := newSample()
	id, known := ID([]byte{0}), r.policy().Promisers()
	f.Fuzz(func(t *testing.T, text string, index int64) {
		p := Promise{Note: text, Index: index}
		p.PromisedBy()
		by, err := p.Verify(known, r.name, id)
		if err != nil {
			typed(t, err)
			return
		}
		if claimed, signer, err := p.PromisedBy(); err != nil || claimed != by || signer == "" {
			t.Fatalf("verified by %v, but says %v by %q (%v)", by, claimed, signer, err)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	for _, c := range policyCases() {
		f.Add([]byte(c.Policy))
	}
	signed := newSample().checkpoint()
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			typed(t, err)
			return
		}
		if p.String() != string(text) || !ValidRegister(p.Register()) {
			t.Fatalf("%q became %q about %q", text, p, p.Register())
		}
		if cp, err := VerifyCheckpoint(signed, p); err != nil {
			typed(t, err)
		} else if p.Quorum() && len(cp.CosignedBy) == 0 {
			t.Fatal("a quorum is demanded, and nobody cosigned")
		}
		if len(p.Demands()) == 0 {
			t.Fatal("nobody need have signed")
		}
		if _, err := note.Open(signed, p.Promisers()); err == nil && p.Register() != "demo.publica.example" {
			t.Fatal("the promise keys of another register open a note of this one")
		}
	})
}

func FuzzHolds(f *testing.F) {
	for _, c := range holdsCases() {
		f.Add(c.Note)
	}
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(false, 0)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := VerifyHolds(text, policy.Nodes(), o.name)
		if err != nil {
			typed(t, err)
			return
		}
		// Only the validators' nodes are known, and they said just this.
		for _, v := range o.validators {
			if h.Node == v.node.Name() && text == o.holds(v.node, h.Size) && (h.Size == 0 || h.Size == 12) {
				return
			}
		}
		t.Fatalf("%q verifies", text)
	})
}

func FuzzStatement(f *testing.F) {
	for _, c := range statementCases() {
		f.Add([]byte(c.Statement))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ParseStatement(raw)
		if err != nil {
			typed(t, err)
			return
		}
		if again, err := s.Bytes(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%q became %q (%v)", raw, again, err)
		}
		if _, err := MergeCheckpoints([]byte(s.Checkpoint)); err != nil {
			typed(t, err)
		}
	})
}

func FuzzFork(f *testing.F) {
	for _, c := range forkCases() {
		f.Add([]byte(c.Fork))
	}
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(false, 0)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fork, err := ParseFork(text)
		if err != nil {
			typed(t, err)
			return
		}
		if fork.Error() == "" {
			t.Fatal("says nothing")
		}
		again, err := fork.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if second, err := ParseFork(again); err != nil || forkText(second) != string(again) {
			t.Fatalf("%q became %q (%v)", text, again, err)
		}
		if _, err := fork.Verify(policy); err != nil {
			typed(t, err)
		}
	})
}

func FuzzCosignKey(f *testing.F) {
	for _, alg := range []CosignAlgorithm{Ed25519Cosign, MLDSA44Cosign} {
		seed := seedOf("fuzz")
		skey, err := NewCosignKey("node1.example", alg, bytes.NewReader(seed[:]))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(skey)
	}
	f.Add("PRIVATE+KEY+")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCosignKey(text)
		if err != nil {
			typed(t, err)
			if strings.Contains(err.Error(), text) && len(text) > 20 {
				t.Fatal("the error quotes the key")
			}
			return
		}
		if _, err := ParseCosignVerifier(c.VKey()); err != nil {
			t.Fatalf("verifier key %q: %v", c.VKey(), err)
		}
	})
}

func FuzzMerge(f *testing.F) {
	for _, c := range checkpointCases() {
		f.Add([]byte(c.Checkpoint), []byte(c.Checkpoint))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		merged, err := MergeCheckpoints(a, b)
		if err != nil {
			typed(t, err)
			return
		}
		if again, err := MergeCheckpoints(merged, a, b); err != nil || !bytes.Equal(again, merged) {
			t.Fatalf("%q became %q (%v)", merged, again, err)
		}
	})
}

func FuzzPrivateKey(f *testing.F) {
	for _, alg := range []Algorithm{Ed25519, P256} {
		seed := seedOf("fuzz")
		k, err := newPrivateKey(alg, seed[:])
		if err != nil {
			f.Fatal(err)
		}
		text, err := k.MarshalText()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("PUBLICA-SECRET-KEY-1 rsa AAAA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParsePrivateKey(text)
		if err != nil {
			typed(t, err)
			return
		}
		again, err := k.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		k2, err := ParsePrivateKey(again)
		if err != nil || k2.ID() != k.ID() {
			t.Fatalf("%q became %q (%v)", text, again, err)
		}
		signed, err := k.Sign(Entry{Register: "demo.publica.example", Kind: "test/fuzz", Made: 1, Nonce: Nonce{1}, Body: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signed.Open(); err != nil {
			t.Fatalf("a key that parses makes signatures that do not verify: %v", err)
		}
	})
}

func FuzzLogKey(f *testing.F) {
	seed := seedOf("fuzz")
	skey, err := NewLogKey("demo.publica.example", bytes.NewReader(seed[:]))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(skey)
	f.Add(" " + skey + "\n")
	f.Add("PRIVATE+KEY+")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseLogKey(text)
		if err != nil {
			typed(t, err)
			if strings.Contains(err.Error(), text) && len(text) > 20 {
				t.Fatal("the error quotes the key")
			}
			return
		}
		if _, err := ParseVerifier(s.VKey()); err != nil {
			t.Fatalf("verifier key %q: %v", s.VKey(), err)
		}
	})
}

func FuzzTime(f *testing.F) {
	f.Add("2017-09-08T14:30:00.000Z")
	f.Add("2016-02-30T23:59:60.999Z")
	f.Fuzz(func(t *testing.T, s string) {
		var got Time
		err := got.UnmarshalText([]byte(s))
		want, ok := slowTime(s)
		if ok != (err == nil) || (ok && got != want) {
			t.Fatalf("%q: got %v %v, the time package says %v %v", s, got, err, want, ok)
		}
		if err == nil && got.String() != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
