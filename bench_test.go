package publica

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func benchSigned(b testing.TB) (*Signed, []Content) {
	key := KeyFromSeed([32]byte{1})
	content, part := NewContent("text", "text/markdown", []byte(strings.Repeat("Please publish the contract. ", 35)))
	signed, err := key.Sign(Entry{Register: "demo.publica.example", Kind: "participation/comment", Docket: DocketID{1}, Made: 1504881000000,
		Nonce: Nonce{1}, Content: []Part{part}, Body: []byte(`{"section":"s1","stance":"support","version":3}`)})
	if err != nil {
		b.Fatal(err)
	}
	return signed, []Content{content}
}

func BenchmarkParseEntry(b *testing.B) {
	signed, _ := benchSigned(b)
	b.SetBytes(int64(len(signed.Raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseEntry(signed.Raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLeafBytes(b *testing.B) {
	signed, _ := benchSigned(b)
	leaf := Leaf{Entry: signed.Raw, Signature: &signed.Signature, Height: 7, Time: 1504881000000}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := leaf.Bytes(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseLeaf(b *testing.B) {
	signed, _ := benchSigned(b)
	leaf := Leaf{Entry: signed.Raw, Signature: &signed.Signature, Height: 7, Time: 1504881000000}
	raw, err := leaf.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseLeaf(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubmissionUnmarshal(b *testing.B) {
	signed, content := benchSigned(b)
	s := Submission{Signed: *signed, Content: content}
	raw, err := s.MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		var s Submission
		if err := s.UnmarshalJSON(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckContent(b *testing.B) {
	signed, content := benchSigned(b)
	e, err := ParseEntry(signed.Raw)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := CheckContent(e, content); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignatureVerify(b *testing.B) {
	signed, _ := benchSigned(b)
	e, err := ParseEntry(signed.Raw)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := signed.Signature.Verify(e.Author, signed.Raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPromiseBatch256(b *testing.B) {
	skey, err := NewLogKey("node.publica.example", nil)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ParseLogKey(skey)
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]EntryID, 256)
	for i := range ids {
		ids[i][0] = byte(i)
	}
	for b.Loop() {
		if _, err := PromiseBatch(signer, "demo.publica.example", ids, 1504881000000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTreeHasherAppend(b *testing.B) {
	var t TreeHasher
	for b.Loop() {
		t.Append(tlog.Hash{})
	}
}

// BenchmarkReceiptVerify is offline verification, from the file's text; compare
// BenchmarkSignatureVerify.
func BenchmarkReceiptVerify(b *testing.B) {
	r := newSample()
	policy, text := r.policy(), []byte(receiptText(r.receipt(r.comment)))
	for b.Loop() {
		receipt, err := ParseReceipt(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := receipt.Verify(policy, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDurableReceiptVerify is the same under three of four validators with
// both their keys, a witness, and three holders: 7 signatures of Ed25519 and 3
// of ML-DSA-44 beside the entry's.
func BenchmarkDurableReceiptVerify(b *testing.B) {
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(true, 1)))
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(receiptText(o.receiptUnder(o.comment, 3, int64(len(o.leaves)), append(o.all(3, true), o.witness)...)))
	for b.Loop() {
		receipt, err := ParseReceipt(text)
		if err != nil {
			b.Fatal(err)
		}
		if v, err := receipt.Verify(policy, ""); err != nil || v.Stage != Durable {
			b.Fatal(v, err)
		}
	}
}

// BenchmarkCosign reports what a cosignature costs its maker.
func BenchmarkCosign(b *testing.B) {
	checkpoint := newSample().checkpoint()
	for _, alg := range []CosignAlgorithm{Ed25519Cosign, MLDSA44Cosign} {
		b.Run(alg.String(), func(b *testing.B) {
			skey, err := NewCosignKey("node1.example", alg, nil)
			if err != nil {
				b.Fatal(err)
			}
			c, err := ParseCosignKey(skey)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := c.Cosign(checkpoint); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyExport reports the time per leaf.
func BenchmarkVerifyExport(b *testing.B) {
	r := newSample()
	key := KeyFromSeed(seedOf("commenter"))
	for range 2000 {
		r.add(r.sign(key, "participation/comment", r.docket, `{"stance":"support"}`, "text", "text/markdown", strings.Repeat("Please publish it. ", 13)), r.docket, nil)
	}
	r.seal()
	text, policy := r.export(r.docket), r.policy()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := VerifyExport(bytes.NewReader(text), policy, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2005, "ns/leaf")
}
