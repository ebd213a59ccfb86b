package publica

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// later claims to have signed at another time than it did.
type later struct{ *cosigner }

func (s later) Sign(msg []byte) ([]byte, error) {
	sig, err := s.cosigner.Sign(msg)
	return append(binary.BigEndian.AppendUint64(nil, cosignatureTime+1), sig[8:]...), err
}

// named puts its signature under the name and key hash of another.
type named struct {
	*cosigner
	as *cosigner
}

func (s named) Name() string    { return s.as.Name() }
func (s named) KeyHash() uint32 { return s.as.KeyHash() }

// resigned signs the text of a note anew.
func (o *operators) resigned(signed string, signers ...note.Signer) []byte {
	text, _, _ := strings.Cut(signed, "\n\n")
	out, err := note.Sign(&note.Note{Text: strings.TrimSuffix(text, "\n") + "\n"}, signers...)
	if err != nil {
		panic(err)
	}
	return out
}

// quorumReceipts makes the receipts of a register that several operators run.
func quorumReceipts(accept func(name, policy, text string, want receiptVector), reject func(name, policy, text string, code Code, field string)) {
	o := newOperators()
	quorum, light, size := o.quorumText(true, 1), o.quorumText(false, 0), int64(len(o.leaves))
	names := []string{"node1.demo.publica.example", "node2.demo.publica.example", "node3.demo.publica.example", "node4.demo.publica.example"}
	signers := append(o.all(3, true), o.witness)
	want := receiptVector{Stage: Cosigned, ID: o.commentSubmission.Signed.ID(), Index: o.comment, Present: []string{"text", "attachment-1"}, Signed: append(names[:3:3], "w1.example")}
	held := func(stage Stage, held ...string) receiptVector {
		w := want
		w.Stage, w.Held, w.Signed = stage, held, names[:3]
		return w
	}
	accept("cosigned by three of four validators with both keys, and the witness", quorum, receiptText(o.receiptUnder(o.comment, 0, 0, signers...)), want)
	durable := want
	durable.Stage, durable.Held = Durable, names[:3]
	accept("durable, with both keys and the witness", quorum, receiptText(o.receiptUnder(o.comment, 3, size, signers...)), durable)

	under := func(holders int, size int64) *Receipt {
		return o.receiptUnder(o.comment, holders, size, o.validators[0].ed, o.validators[1].ed, o.validators[2].ed)
	}
	accept("cosigned by three of four validators", light, receiptText(under(0, 0)), held(Cosigned))
	accept("durable", light, receiptText(under(3, size)), held(Durable, names[:3]...))
	accept("durable, held up to just this record", light, receiptText(under(4, o.comment+1)), held(Durable, names...))
	accept("held by too few", light, receiptText(under(2, size)), held(Cosigned, names[:2]...))
	accept("held up to the record before", light, receiptText(under(4, o.comment)), held(Cosigned))
	again := under(2, size)
	again.Holds = append(again.Holds, o.holds(o.validators[0].node, size-1))
	accept("held by one node twice", light, receiptText(again), held(Cosigned, names[:2]...))
	stranger := under(2, size)
	stranger.Holds = append(stranger.Holds, o.holds(o.log, size))
	accept("held by a node the policy does not know", light, receiptText(stranger), held(Cosigned, names[:2]...))
	alone := o.receipt(o.comment)
	alone.Holds = []string{o.holds(o.node, size)}
	logged := want
	logged.Stage, logged.Signed, logged.Held = Durable, nil, []string{o.node.Name()}
	accept("durable with the log's one operator", o.policyText(), receiptText(alone), logged)
	logged.Stage, logged.Held = Logged, nil
	accept("held, under a policy without nodes", SingleLogPolicyText(o.log.VKey()), receiptText(alone), logged)

	alone.Holds = append(alone.Holds, o.holds(o.validators[0].node, size))
	logged.Held = []string{o.node.Name(), names[0]}
	accept("held by two nodes, under a policy without a quorum", SingleLogPolicyText(o.log.VKey(), o.node.VKey(), o.validators[0].node.VKey()), receiptText(alone), logged)

	reject("cosigned by two of four validators", light, receiptText(o.receiptUnder(o.comment, 4, size, o.all(2, true)...)), Unverified, "checkpoint")
	reject("cosigned with one of two keys", quorum, receiptText(o.receiptUnder(o.comment, 4, size, append(o.all(3, false), o.witness)...)), Unverified, "checkpoint")
	reject("cosigned without the witness", quorum, receiptText(o.receiptUnder(o.comment, 4, size, o.all(4, true)...)), Unverified, "checkpoint")
	bad := func(name string, note func(string) string, code Code) {
		r := under(3, size)
		r.Holds[1] = note(r.Holds[1])
		reject(name, light, receiptText(r), code, "holds/1")
	}
	bad("holds note altered", alterSignature, BadSignature)
	bad("holds note of another size", func(s string) string { return change(s, fmt.Sprintf("\n%d\n", size), "\n99\n") }, BadSignature)
	bad("holds note of another register", func(string) string {
		text, err := SignHolds(o.validators[1].node, "other.publica.example", size, o.now)
		if err != nil {
			panic(err)
		}
		return text
	}, Unverified)
	bad("holds note that is a promise", func(string) string { return o.promises(o.commentSubmission)[0].Promise.Note }, Malformed)
	bad("holds note with two signatures", func(s string) string { return s + s[strings.Index(s, "\n\n")+2:] }, Malformed)
	bad("empty holds note", func(string) string { return "" }, Malformed)
	text := receiptText(under(1, size))
	reject("empty list of holds", light, change(receiptText(under(0, 0)), `"leaf":`, `"holds":[],"leaf":`), Malformed, "")
	promised := receiptText(o.promises(o.commentSubmission)[0])
	holds := text[strings.Index(text, `"holds":`):strings.Index(text, `"leaf":`)]
	reject("holds beside a promise", light, change(promised, `"promise":`, holds+`"promise":`), Malformed, "holds")
}

type holdsVector struct {
	Name     string `json:"name"`
	Policy   string `json:"policy"`
	Register string `json:"register"`
	Note     string `json:"note"`
	Node     string `json:"node,omitzero"`
	Size     int64  `json:"size,omitzero"`
	At       Time   `json:"at,omitzero"`
	verdict
}

func (c *holdsVector) name() string     { return c.Name }
func (c *holdsVector) expect() *verdict { return &c.verdict }
func (c *holdsVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	h, err := VerifyHolds(c.Note, p.Nodes(), c.Register)
	if err != nil {
		return err
	}
	equal(t, "holds", *h, Holds{c.Node, c.Size, c.At})
	return nil
}

func holdsCases() []*holdsVector {
	o := newOperators()
	policy, node := o.quorumText(false, 0), o.validators[0].node
	var cases []*holdsVector
	accept := func(name string, size int64) {
		cases = append(cases, &holdsVector{Name: name, Policy: policy, Register: o.name, Note: o.holds(node, size), Node: node.Name(), Size: size, At: o.now, verdict: valid})
	}
	reject := func(name, text string, code Code) {
		cases = append(cases, &holdsVector{Name: name, Policy: policy, Register: o.name, Note: text, verdict: refused(code, "holds")})
	}
	plain := o.holds(node, 12)
	resigned := func(old, new string) string { return string(o.resigned(change(plain, old, new), node)) }
	accept("twelve leaves", 12)
	accept("no leaf", 0)
	reject("by the log's key", o.holds(o.validators[0].log, 12), Unverified)
	reject("by a cosigner's key", strings.ReplaceAll(o.holds(node, 12), node.Name(), "nobody.example"), Unverified)
	reject("for another register", resigned("v1\n"+o.name, "v1\nother.publica.example"), Unverified)
	reject("size altered", change(plain, "\n12\n", "\n13\n"), BadSignature)
	reject("signature altered", alterSignature(plain), BadSignature)
	reject("stray bits in the signature", strayBits(plain), Malformed)
	reject("size with a leading zero", resigned("\n12\n", "\n012\n"), Malformed)
	reject("negative size", resigned("\n12\n", "\n-1\n"), Malformed)
	reject("time without milliseconds", resigned(o.now.String(), "2017-09-08T14:31:00Z"), Malformed)
	reject("another version", resigned("holds v1", "holds v2"), Malformed)
	reject("an extra line", resigned(o.now.String(), o.now.String()+"\nmore"), Malformed)
	reject("two signatures", string(o.resigned(plain, node, o.validators[1].node)), Malformed)
	reject("a checkpoint", string(o.checkpoint()), Malformed)
	reject("nothing", "", Malformed)
	return cases
}

type statementVector struct {
	Name      string `json:"name"`
	Statement string `json:"statement"`
	verdict
}

func (c *statementVector) name() string     { return c.Name }
func (c *statementVector) expect() *verdict { return &c.verdict }
func (c *statementVector) run(t *testing.T) error {
	s, err := ParseStatement([]byte(c.Statement))
	if err != nil {
		return err
	}
	again, err := s.Bytes()
	if err != nil {
		t.Error(err)
	}
	equal(t, "statement", string(again), c.Statement)
	return nil
}

func statementCases() []*statementVector {
	o := newOperators()
	v := o.validators[0]
	s := Statement{Checkpoint: string(o.signed(o.tree(), v.log, v.ed, v.pq)), Holds: o.holds(v.node, 12)}
	text := func(f func(*Statement)) string {
		c := s
		f(&c)
		raw, err := c.Bytes()
		if err != nil {
			panic(err)
		}
		return string(raw)
	}
	plain := text(func(*Statement) {})
	reject := func(name, text string, code Code, field string) *statementVector {
		return &statementVector{Name: name, Statement: text, verdict: refused(code, field)}
	}
	return []*statementVector{
		{Name: "by a validator", Statement: plain, verdict: valid},
		reject("white space", " "+plain, Malformed, "statement"),
		reject("a newline at the end", plain+"\n", Malformed, "statement"),
		reject("unknown member", change(plain, `{"checkpoint"`, `{"a":1,"checkpoint"`), Malformed, "statement/a"),
		reject("member twice", change(plain, `"holds"`, `"holds":"","holds"`), Malformed, "statement/holds"),
		reject("a time", change(plain, `"}`, `","time":"2017-09-08T14:30:00.800Z"}`), Malformed, "statement/time"),
		reject("no checkpoint", text(func(s *Statement) { s.Checkpoint = "" }), Malformed, "statement/checkpoint"),
		reject("a checkpoint without signatures", text(func(s *Statement) { s.Checkpoint = s.Checkpoint[:strings.Index(s.Checkpoint, "\n\n")+2] }), Malformed, "statement/checkpoint"),
		reject("no holds note", text(func(s *Statement) { s.Holds = "" }), Malformed, "statement/holds"),
		reject("holds note of another register", text(func(s *Statement) { s.Holds = change(s.Holds, "v1\n"+o.name, "v1\nother.publica.example") }), Unverified, "statement/holds"),
		reject("nothing", "", Malformed, "statement"),
	}
}

type forkVector struct {
	Name    string   `json:"name"`
	Policy  string   `json:"policy"`
	Fork    string   `json:"fork"` // the file
	Signers []string `json:"signers,omitempty"`
	verdict
}

func (c *forkVector) name() string     { return c.Name }
func (c *forkVector) expect() *verdict { return &c.verdict }
func (c *forkVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	f, err := ParseFork([]byte(c.Fork))
	if err != nil {
		return err
	}
	signers, err := f.Verify(p)
	if err != nil {
		return err
	}
	equal(t, "signers of both", fmt.Sprint(signers), fmt.Sprint(c.Signers))
	return nil
}

func forkText(f *Fork) string {
	raw, err := f.Bytes()
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// secondHistory is the register with other leaves from the first seal on, and n
// more.
func secondHistory(n int) *operators {
	o := newOperators()
	other := newTestRegister(o.name)
	for i := range len(o.leaves) + n {
		other.append(&Leaf{System: &SystemRecord{Kind: "test/fork", Body: fmt.Appendf(nil, `{"n":%d}`, i)}}, DocketID{})
	}
	o.sampleRegister = &sampleRegister{testRegister: other}
	return o
}

// prefixOf returns what a log begins with, and the path to its root.
func (r *testRegister) prefixOf(n int64) (tlog.Hash, []tlog.Hash) {
	path, err := tlog.ProveTree(int64(len(r.leaves)), n, r)
	if err != nil {
		panic(err)
	}
	return r.treeAt(n).Hash, path
}

func forkCases() []*forkVector {
	o, same, longer := newOperators(), secondHistory(0), secondHistory(5)
	quorum, light, v := o.quorumText(true, 1), o.quorumText(false, 0), o.validators
	n := o.tree().N
	names := []string{"node1.demo.publica.example", "node2.demo.publica.example", "node3.demo.publica.example"}
	var cases []*forkVector
	accept := func(name, policy string, f *Fork, signers ...string) {
		cases = append(cases, &forkVector{Name: name, Policy: policy, Fork: forkText(f), Signers: signers, verdict: valid})
	}
	reject := func(name, policy, text string, code Code, field string) {
		cases = append(cases, &forkVector{Name: name, Policy: policy, Fork: text, verdict: refused(code, field)})
	}
	bySize := func(older, newer []note.Signer) *Fork {
		return &Fork{Older: o.signed(o.tree(), older...), Newer: o.signed(same.tree(), newer...)}
	}
	grown := func(older, newer []note.Signer) *Fork {
		f := &Fork{Older: o.signed(o.tree(), older...), Newer: o.signed(longer.tree(), newer...)}
		f.Prefix, f.Path = longer.prefixOf(n)
		return f
	}
	three := []note.Signer{v[0].ed, v[1].ed, v[2].ed}
	two := []note.Signer{v[1].ed, v[2].ed}
	rest := []note.Signer{v[3].ed, v[0].ed}
	log := []note.Signer{o.log}
	accept("one size, by the log's key", o.policyText(), bySize(log, log), o.name)
	accept("another size, by the log's key", o.policyText(), grown(log, log), o.name)
	accept("one size, by a quorum with both keys, and the witness", quorum, bySize(append(o.all(3, true), o.witness), append(o.all(3, true), o.witness)), append(names, "w1.example")...)
	accept("one size, by two dishonest validators", light, bySize(three, two), names[1:]...)
	accept("another size, by two dishonest validators", light, grown(three, two), names[1:]...)
	accept("one size, by one key of two", quorum, bySize([]note.Signer{v[0].ed, v[1].pq}, []note.Signer{v[0].pq, v[1].pq}), names[1])
	loose := strings.Replace(light, "group validators 3", "group validators 2", 1)
	accept("by two quorums that do not meet", loose, bySize(two, rest))

	reject("by keys of which none signed both", light, forkText(bySize(two, rest)), Unverified, "newer")
	reject("newer signed by nobody known", light, forkText(bySize(three, log)), Unverified, "newer/checkpoint")
	reject("older signed by nobody known", light, forkText(bySize(log, three)), Unverified, "older/checkpoint")
	altered := bySize(three, two)
	altered.Newer = []byte(alterSignature(string(altered.Newer)))
	reject("signature altered", light, forkText(altered), BadSignature, "newer/checkpoint")
	reject("one history twice", light, forkText(&Fork{Older: o.signed(o.tree(), two...), Newer: o.signed(o.tree(), three...)}), Unverified, "newer")
	continued := &Fork{Older: o.signed(o.treeAt(7), three...), Newer: o.signed(o.tree(), three...)}
	continued.Prefix, continued.Path = o.prefixOf(7)
	reject("a history that goes on", light, forkText(continued), Unverified, "newer")
	lied := *continued
	lied.Prefix = same.tree().Hash
	reject("a history that goes on, with a false prefix", light, forkText(&lied), Unverified, "path")
	short := grown(three, three)
	short.Path = short.Path[1:]
	reject("path cut", light, forkText(short), Unverified, "path")
	bare := grown(three, three)
	bare.Path, bare.Prefix = nil, tlog.Hash{}
	reject("another size without a path", light, forkText(bare), Unverified, "path")
	swapped := grown(three, three)
	swapped.Older, swapped.Newer = swapped.Newer, swapped.Older
	reject("the larger as the older", light, forkText(swapped), Malformed, "newer")
	extra := bySize(three, three)
	extra.Prefix = same.tree().Hash
	reject("a prefix beside one size", light, forkText(extra), Malformed, "path")
	reject("older is the empty log", light, forkText(&Fork{Older: o.signed(tlog.Tree{Hash: emptyRoot}, three...), Newer: o.signed(o.tree(), three...)}), Unverified, "older")
	reject("another register's policy", newTestRegister("other.publica.example").policyText(), forkText(bySize(three, three)), Unverified, "older")
	plain := forkText(bySize(three, three))
	reject("another version", light, change(plain, "fork/v1", "fork/v9"), Unsupported, "format")
	reject("unknown member", light, change(plain, `{"format"`, `{"a":"","format"`), Malformed, "a")
	reject("a null path", light, change(plain, `"older":`, `"path":null,"older":`), Malformed, "")
	reject("nothing", light, "", Malformed, "")
	return cases
}

// The fixed signers of the tests make what real cosigners make.
func TestCosigner(t *testing.T) {
	o := newOperators()
	checkpoint := o.checkpoint()
	for _, alg := range []CosignAlgorithm{Ed25519Cosign, MLDSA44Cosign} {
		skey, err := NewCosignKey("node1.example", alg, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCosignKey(" " + skey + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := CosignAlgorithmOf(c.VKey()); err != nil || got != alg || c.Name() != "node1.example" {
			t.Errorf("%s: parsed as %s %q: %v", alg, got, c.Name(), err)
		}
		signed, err := c.Cosign(checkpoint)
		if err != nil || !bytes.HasPrefix(signed, checkpoint) {
			t.Fatalf("%s: %v\n%s", alg, err, signed)
		}
		policy, err := ParsePolicy([]byte("log " + o.log.VKey() + "\nwitness w " + c.VKey() + "\nquorum w\n"))
		if err != nil {
			t.Fatal(err)
		}
		if cp, err := VerifyCheckpoint(signed, policy); err != nil || fmt.Sprint(cp.CosignedBy) != "[node1.example]" {
			t.Errorf("%s: %+v %v", alg, cp, err)
		}
		again, err := c.Cosign(signed)
		if sigs, _ := SignaturesOf(again); err != nil || len(sigs) != 2 {
			t.Errorf("%s: cosigned twice: %v\n%s", alg, err, again)
		}
		for _, text := range []string{"", "nonsense", o.promises(o.commentSubmission)[0].Promise.Note, string(checkpoint) + "x"} {
			if _, err := c.Cosign([]byte(text)); CodeOf(err) != Malformed {
				t.Errorf("%s signs %q: %v", alg, text, err)
			}
		}
		if v, err := ParseCosignVerifier(c.VKey()); err != nil || v.KeyHash() != c.KeyHash() {
			t.Errorf("%s: %v", alg, err)
		}
		if _, err := ParseCosignVerifier(c.VKey()[:len(c.VKey())-4]); CodeOf(err) != Malformed {
			t.Errorf("%s: a key cut short: %v", alg, err)
		}
	}
	if _, err := ParseCosignVerifier(o.log.VKey()); CodeOf(err) != Malformed {
		t.Errorf("a log's key as a cosigner's: %v", err)
	}
	if _, err := NewCosignKey("Node 1", Ed25519Cosign, nil); CodeOf(err) != Invalid {
		t.Errorf("a name with a blank: %v", err)
	}
	if _, err := NewCosignKey("node1.example", 1, nil); CodeOf(err) != Unsupported {
		t.Errorf("type 1: %v", err)
	}
	if _, err := NewCosignKey("node1.example", Ed25519Cosign, strings.NewReader("short")); CodeOf(err) != Internal {
		t.Errorf("too little chance: %v", err)
	}
}

func TestMergeCheckpoints(t *testing.T) {
	o := newOperators()
	v, tree := o.validators, o.tree()
	names := func(signed []byte) string {
		sigs, err := SignaturesOf(signed)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range sigs {
			out = append(out, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
		}
		return strings.Join(out, " ")
	}
	merged, err := MergeCheckpoints(o.signed(tree, v[0].ed, v[0].log), o.signed(tree, v[1].log, v[1].pq, v[0].ed), o.signed(tree, o.witness))
	if want := names(o.signed(tree, v[0].log, v[1].log, v[0].ed, v[1].pq, o.witness)); err != nil || names(merged) != want {
		t.Fatalf("%v\n%s\nwant %s", err, names(merged), want)
	}
	if again, err := MergeCheckpoints(merged, merged, o.signed(tree, v[1].pq)); err != nil || !bytes.Equal(again, merged) {
		t.Errorf("merging again changes the note: %v", err)
	}
	if first, err := MergeCheckpoints(o.signed(tree, later{v[0].ed}), o.signed(tree, v[0].ed)); err != nil || !bytes.Equal(first, o.signed(tree, later{v[0].ed})) {
		t.Errorf("the first line of a key does not win: %v", err)
	}
	var many [][]byte
	for i := range MaxSignatures + 1 {
		many = append(many, o.signed(tree, signerOf(fmt.Sprintf("w%d.example", i), "many")))
	}
	for what, c := range map[string]struct {
		notes [][]byte
		code  Code
	}{
		"nothing":          {nil, Invalid},
		"no checkpoint":    {[][]byte{[]byte(o.holds(v[0].node, 1))}, Malformed},
		"different texts":  {[][]byte{o.signed(tree, v[0].ed), o.signed(o.treeAt(5), v[0].ed)}, Conflict},
		"too many signers": {many, TooLarge},
	} {
		if _, err := MergeCheckpoints(c.notes...); CodeOf(err) != c.code {
			t.Errorf("%s: %v, want code %s", what, err, c.code)
		}
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := ParseFork(bytes.Repeat([]byte(" "), MaxForkSize+1)); CodeOf(err) != TooLarge {
		t.Errorf("fork: %v", err)
	}
	if _, err := ParseStatement(bytes.Repeat([]byte(" "), MaxStatementSize+1)); CodeOf(err) != TooLarge {
		t.Errorf("statement: %v", err)
	}
	r := newSample().receipt(0).WithHolds(make([]string, MaxSignatures+1)...)
	if _, err := ParseReceipt([]byte(receiptText(r))); CodeOf(err) != TooLarge {
		t.Errorf("receipt with too many notes: %v", err)
	}
}

// What is missing is said by name.
func TestUnsignedSays(t *testing.T) {
	o := newOperators()
	v := o.validators
	policy, err := ParsePolicy([]byte(o.quorumText(true, 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = VerifyCheckpoint(o.signed(o.tree(), append(o.all(2, true), v[2].pq)...), policy)
	want := "lacks validators (2 of the 3 demanded; not node3 (1 of the 2 demanded; not node3/ed25519), node4 (0 of the 2 demanded; not node4/ed25519, node4/ml-dsa-44)); w1"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if want := "[3 of node1, node2, node3, node4 w1]"; fmt.Sprint(policy.Demands()) != want {
		t.Errorf("demands %s, want %s", policy.Demands(), want)
	}
	_, err = VerifyCheckpoint(o.signed(o.tree(), v[0].ed), newSample().policy())
	if want := "lacks the log's key demo.publica.example+"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
