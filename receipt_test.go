package publica

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"golang.org/x/mod/sumdb/tlog"
)

// TestReceiptFlips changes every byte of a receipt file in several ways: none
// of the changed files may verify. The one exception is a logged receipt whose
// promise names another signer now: its proof stands, its promise is not
// believed.
func TestReceiptFlips(t *testing.T) {
	r := newSample()
	policy := r.policy()
	logged := r.receipt(r.comment)
	logged.Promise = r.promises(r.commentSubmission)[0].Promise
	for name, receipt := range map[string]*Receipt{"logged": logged, "promised": r.promises(r.commentSubmission)[0]} {
		t.Run(name, func(t *testing.T) {
			text := []byte(receiptText(receipt))
			if by, err := verifyReceipt(text, policy); err != nil || by == 0 {
				t.Fatal(by, err)
			}
			for i := range len(text) - 1 { // the newline at the end is white space
				for n, c := range []byte{text[i] ^ 1, text[i] ^ 0x20, text[i] ^ 0x80, text[i] + 1, '0', 'A', ' '} {
					if n != 0 && n != i%7 { // one bit everywhere, and one other change
						continue
					}
					if c == text[i] {
						continue
					}
					bent := bytes.Clone(text)
					bent[i] = c
					by, err := verifyReceipt(bent, policy)
					if name == "logged" && err == nil && by == 0 {
						continue
					}
					if err == nil {
						t.Fatalf("byte %d of …%s… became %q and the receipt still verifies", i, text[max(0, i-20):min(len(text), i+20)], c)
					}
					if _, ok := err.(*Error); !ok || CodeOf(err) == Internal {
						t.Fatalf("byte %d: %T %v", i, err, err)
					}
				}
			}
		})
	}
}

// TestDurableReceiptFlips changes every byte of a receipt that is durable by
// just enough: none of the changed files may show as much.
func TestDurableReceiptFlips(t *testing.T) {
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(false, 1)))
	if err != nil {
		t.Fatal(err)
	}
	v := o.validators
	text := []byte(receiptText(o.receiptUnder(o.comment, 3, int64(len(o.leaves)), v[0].ed, v[1].ed, v[2].ed, o.witness)))
	stage := func(text []byte) Stage {
		r, err := ParseReceipt(text)
		if err != nil {
			typed(t, err)
			return ""
		}
		v, err := r.Verify(policy, "")
		if err != nil {
			typed(t, err)
			return ""
		}
		return v.Stage
	}
	if got := stage(text); got != Durable {
		t.Fatalf("the receipt is %s", got)
	}
	for i := range len(text) - 1 {
		for _, bit := range []byte{1, 1 << (i % 7), 0x80} {
			bent := bytes.Clone(text)
			bent[i] ^= bit
			if got := stage(bent); got == Durable {
				t.Fatalf("byte %d of …%s… became %q and the receipt is still durable", i, text[max(0, i-20):min(len(text), i+20)], bent[i])
			}
		}
	}
}

func verifyReceipt(text []byte, policy *Policy) (by Time, err error) {
	r, err := ParseReceipt(text)
	if err != nil {
		return 0, err
	}
	v, err := r.Verify(policy, "")
	if err != nil {
		return 0, err
	}
	return v.By, nil
}

// TestExportFlips changes single bytes of an export, every third: none may
// verify.
func TestExportFlips(t *testing.T) {
	r := newSample()
	policy, text := r.policy(), r.export(r.docket)
	for i := 0; i < len(text); i += 3 {
		bent := bytes.Clone(text)
		bent[i] ^= 1
		if _, err := VerifyExport(bytes.NewReader(bent), policy, nil); err == nil || CodeOf(err) == Internal {
			t.Fatalf("byte %d of …%s…: %v", i, text[max(0, i-20):min(len(text), i+20)], err)
		}
	}
}

// TestExportSays checks that refusals name the leaf and what is wrong with it.
func TestExportSays(t *testing.T) {
	r := newSample()
	var docket DocketID
	for i := range 40 {
		s := r.sign(KeyFromSeed(seedOf("commenter")), "participation/comment", r.docket, fmt.Sprintf(`{"n":%d}`, i), "text", "text/plain", fmt.Sprintf("Comment %d.", i))
		r.add(s, r.docket, nil)
	}
	docket = r.docket
	r.seal()
	lines := strings.SplitAfter(string(r.export(docket)), "\n")
	for _, c := range []struct {
		bend func(l []string) []string
		want string
	}{
		{func(l []string) []string { return slices.Delete(l, 17, 18) }, "leaf 17 of 45 is missing"},
		{func(l []string) []string { l[17] = strings.Replace(l[17], `{"n":`, `{"n":1`, 1); return l }, "leaf 17 of 45 (entry "},
		{func(l []string) []string { l[17] = strings.Replace(l[17], `"data":"Q`, `"data":"R`, 1); return l }, "does not fit the entry's commitment to its part text"},
		{func(l []string) []string { return l[:18] }, "leaf 18 of 45 is missing: the export ends after 17"},
		{func(l []string) []string { l[2] = strings.Replace(l[2], "comments", "comment_", 1); return l }, "do not give the root"},
	} {
		_, err := VerifyExport(strings.NewReader(strings.Join(c.bend(slices.Clone(lines)), "")), r.policy(), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want it to say %q", err, c.want)
		}
	}
}

// An export under an older seal would prove an older, shorter docket: what came
// later could be left out under the newest checkpoint.
func TestExportMustReachTheCheckpoint(t *testing.T) {
	r := newSample()
	old := r.seal()
	header := r.header(r.docket)
	var lines []*ExportLine
	for line, err := range r.lines(r.docket) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	r.add(r.sign(KeyFromSeed(seedOf("commenter")), "participation/comment", r.docket, `{"n":1}`, "text", "text/plain", "Left out."), r.docket, nil)
	r.seal()
	header.Proof = string(r.proof(old))
	var b bytes.Buffer
	if err := WriteExport(&b, header, func(yield func(*ExportLine, error) bool) {
		for _, line := range lines {
			if !yield(line, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyExport(&b, r.policy(), nil); CodeOf(err) != Unverified {
		t.Errorf("an export without the newest comment: %v, want unverified", err)
	}
}

// endlessExport yields a large export without holding it.
type endlessExport struct {
	next func() ([]byte, bool)
	rest []byte
}

func (e *endlessExport) Read(p []byte) (int, error) {
	for len(e.rest) == 0 {
		line, ok := e.next()
		if !ok {
			return 0, fmt.Errorf("stopped")
		}
		e.rest = line
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestExportMemory verifies a part of an export of two million lines and checks
// that memory stays bounded.
func TestExportMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	r := newSample()
	header := r.header(r.docket)
	header.Format = ExportFormat
	// The header claims a docket far larger than what follows: its head must be
	// in a seal, so one is made for it.
	header.Head.Size = 2_000_000
	header.HeadIndex, header.HeadCount, header.HeadProof = 0, 1, []Hash{}
	i := r.append(&Leaf{Seal: &Seal{DocketCount: 1, Dockets: Hash(LeafHash(header.Head.Bytes()))}}, DocketID{})
	header.Seal, header.Proof = r.leaves[i], string(r.proof(i))
	lines, n := func() []byte {
		var b bytes.Buffer
		h := *header
		h.Head.Size = 0 // so that WriteExport is content with no lines
		if err := WriteExport(&b, &h, func(func(*ExportLine, error) bool) {}); err != nil {
			t.Fatal(err)
		}
		return bytes.Replace(b.Bytes(), []byte(`"size":0`), []byte(`"size":2000000`), 1)
	}(), 0
	leaf := r.leaves[r.opened]
	var before, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	in := &endlessExport{rest: lines, next: func() ([]byte, bool) {
		n++
		return fmt.Appendf(nil, "{\"leaf\":%s,\"position\":%d}\n", leaf, n-1), n <= 60_000
	}}
	calls := 0
	_, err := VerifyExport(in, r.policy(), func(done, total int64) {
		if calls++; calls%20 == 0 {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak.HeapAlloc = max(peak.HeapAlloc, now.HeapAlloc)
		}
	})
	if CodeOf(err) != Internal || !strings.Contains(err.Error(), "stopped") {
		t.Fatalf("ended with %v", err)
	}
	if grown := int64(peak.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MB over %d lines", grown>>20, n)
	}
}

// TestTrees holds our tree arithmetic to x/mod's for sizes up to 300.
func TestTrees(t *testing.T) {
	r := newTestRegister("demo.publica.example")
	var hasher TreeHasher
	var leaves []tlog.Hash
	for n := int64(1); n <= 300; n++ {
		r.append(&Leaf{Seal: &Seal{DocketCount: n}}, DocketID{})
		leaves = append(leaves, LeafHash(r.leaves[n-1]))
		hasher.Append(leaves[n-1])
		tree := r.tree()
		if hasher.Root() != tree.Hash || hasher.Size() != n || TreeRoot(leaves) != tree.Hash {
			t.Fatalf("root of %d leaves differs", n)
		}
		if n > 40 && n%37 != 0 {
			continue
		}
		paths, root := TreePaths(leaves)
		if root != tree.Hash {
			t.Fatalf("TreePaths: root of %d leaves differs", n)
		}
		for i := range n {
			want := r.path(i)
			if !slices.Equal(paths[i], want) || !slices.Equal(TreePath(leaves, i), want) {
				t.Fatalf("path of leaf %d of %d differs", i, n)
			}
		}
	}
}

// TestPromiseBatches checks batches of any size.
func TestPromiseBatches(t *testing.T) {
	r := newTestRegister("demo.publica.example")
	policy := r.policy()
	rapid.Check(t, func(t *rapid.T) {
		ids := make([]EntryID, rapid.IntRange(1, 70).Draw(t, "n"))
		for i := range ids {
			ids[i] = ID([]byte{byte(i)})
		}
		by := Time(rapid.Int64Range(1, 253402300799999).Draw(t, "by"))
		promises, err := PromiseBatch(r.node, r.name, ids, by)
		if err != nil {
			t.Fatal(err)
		}
		for i := range promises {
			if got, err := promises[i].Verify(policy.Promisers(), r.name, ids[i]); err != nil || got != by {
				t.Fatalf("promise %d of %d: %v %v", i, len(ids), got, err)
			}
			if _, err := promises[i].Verify(policy.Promisers(), r.name, ids[(i+1)%len(ids)]); len(ids) > 1 && err == nil {
				t.Fatalf("promise %d of %d is for its neighbour too", i, len(ids))
			}
		}
	})
}
