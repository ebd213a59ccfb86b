package publica

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type policyVector struct {
	Name     string `json:"name"`
	Policy   string `json:"policy"`
	Register string `json:"register,omitzero"`
	Quorum   bool   `json:"quorum,omitzero"`
	Holders  int    `json:"holders,omitzero"`
	verdict
}

func (c *policyVector) name() string     { return c.Name }
func (c *policyVector) expect() *verdict { return &c.verdict }
func (c *policyVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	equal(t, "register", p.Register(), c.Register)
	equal(t, "quorum", p.Quorum(), c.Quorum)
	equal(t, "holders", p.Holders(), c.Holders)
	return nil
}

func policyCases() []*policyVector {
	r := newTestRegister("demo.publica.example")
	other := testSigner("other.publica.example")
	w1, w2, w3 := newCosigner("w1.example"), newCosigner("w2.example"), newCosigner("w3.example")
	log, node := "log "+r.log.VKey()+"\n", "node "+r.node.VKey()+"\n"
	witnesses := fmt.Sprintf("witness w1 %s\nwitness w2 %s https://w2.example/\nwitness w3 %s\n", w1.vkey, w2.vkey, w3.vkey)
	accept := func(name, text string) *policyVector {
		return &policyVector{Name: name, Policy: text, Register: r.name, verdict: valid}
	}
	reject := func(name, text, field string) *policyVector {
		return &policyVector{Name: name, Policy: text, verdict: refused(Malformed, field)}
	}
	quorum := func(c *policyVector, holders int) *policyVector {
		c.Quorum, c.Holders = true, holders
		return c
	}
	nodes := func(c *policyVector, holders int) *policyVector {
		c.Holders = holders
		return c
	}
	origin := "origin " + r.name + "\n"
	node2 := "node " + testSigner("node-2."+r.name).VKey() + "\n"
	o := newOperators()
	return []*policyVector{
		accept("log only", log+"quorum none\n"),
		nodes(accept("log and node", log+node+"quorum none\n"), 1),
		accept("comments and blank lines", "# who to believe\n\n  "+log+"\nquorum none # for now\n"),
		accept("CRLF line ends", strings.ReplaceAll("# who\n\n"+log+"quorum none\n", "\n", "\r\n")),
		quorum(accept("two of three witnesses", log+witnesses+"group g 2 w1 w2 w3\nquorum g\n"), 0),
		quorum(accept("one witness", log+witnesses+"quorum w2\n"), 0),
		quorum(accept("group of groups", log+witnesses+"group a any w1 w2\ngroup b all a w3\nquorum b\n"), 0),
		quorum(accept("three of four validators, with both keys, and a witness", o.quorumText(true, 1)), 3),
		quorum(accept("three of four validators", o.quorumText(false, 0)), 3),
		quorum(accept("origin and one cosigner", origin+witnesses+"quorum w1\n"), 0),
		quorum(accept("origin beside a log", origin+log+witnesses+"quorum w1\n"), 0),
		accept("origin beside a log, no quorum", log+origin+"quorum none\n"),
		quorum(accept("one holder of two nodes", log+node+node2+witnesses+"holders 1\nquorum w1\n"), 1),
		accept("two nodes, but no quorum: nothing is durable", log+node+node2+"quorum none\n"),
		reject("holders of two nodes, but no quorum", log+node+node2+"holders 1\nquorum none\n", "policy/line 4"),
		nodes(accept("two keys of one node", log+node+"node "+signerOf(r.node.Name(), "next key").VKey()+"\nquorum none\n"), 1),
		reject("origin, and nobody need sign", origin+"quorum none\n", "policy/line 1"),
		reject("two origins", origin+origin+witnesses+"quorum w1\n", "policy/line 2"),
		reject("origin of another register than the log", log+"origin other.publica.example\nquorum none\n", "policy/line 2"),
		reject("origin without a name", "origin\n"+witnesses+"quorum w1\n", "policy/line 1"),
		reject("origin that is no register's name", "origin Demo\n"+witnesses+"quorum w1\n", "policy"),
		reject("words after the origin", "origin demo.publica.example x\n"+witnesses+"quorum w1\n", "policy/line 1"),
		reject("holders without nodes", log+"holders 1\nquorum none\n", "policy/line 2"),
		reject("more holders than nodes", log+node+node2+"holders 3\nquorum none\n", "policy/line 4"),
		reject("no holders", log+node+"holders 0\nquorum none\n", "policy/line 3"),
		reject("holders twice", log+node+"holders 1\nholders 1\nquorum none\n", "policy/line 4"),
		reject("node twice", log+node+node+"quorum none\n", "policy"),
		reject("node key as a witness", log+"witness w "+r.node.VKey()+"\nquorum w\n", "policy/line 2"),
		reject("cosigner's key as a node", log+"node "+w1.vkey+"\nquorum none\n", "policy/line 2"),
		reject("empty", "", "policy"),
		reject("no log", "quorum none\n", "policy"),
		reject("no quorum", log, "policy"),
		reject("two quorums", log+"quorum none\nquorum none\n", "policy/line 3"),
		reject("unknown quorum", log+"quorum g\n", "policy"),
		reject("unknown keyword", log+"quorum none\nlogg x\n", "policy/line 3"),
		reject("log without key", "log\nquorum none\n", "policy/line 1"),
		reject("log key altered", alterAt(log, len(log)-20)+"quorum none\n", "policy/line 1"),
		reject("node without key", log+"node\nquorum none\n", "policy/line 2"),
		reject("node key altered", log+strings.Replace(node, "node-1.", "node-2.", 1)+"quorum none\n", "policy/line 2"),
		reject("two registers", log+"log "+other.VKey()+"\nquorum none\n", "policy/line 2"),
		reject("log twice", log+log+"quorum none\n", "policy"),
		reject("witness twice", log+witnesses+"witness w4 "+w1.vkey+"\ngroup g 2 w1 w4\nquorum g\n", "policy"),
		reject("witness in two groups", log+witnesses+"group a any w1 w2\ngroup b any w1 w3\ngroup c all a b\nquorum c\n", "policy/line 6"),
		reject("witness twice in one group", log+witnesses+"group a 2 w1 w1\nquorum a\n", "policy/line 5"),
		reject("group in two groups", log+witnesses+"group a any w1 w2\ngroup b all a w3\ngroup c any a b\nquorum c\n", "policy/line 7"),
		reject("log key's hash in upper case", "log "+upperHash(r.log.VKey())+"\nquorum none\n", "policy/line 1"),
		reject("node key's hash in upper case", log+"node "+upperHash(r.node.VKey())+"\nquorum none\n", "policy/line 2"),
		reject("witness key's hash in upper case", log+"witness w "+upperHash(w1.vkey)+"\nquorum w\n", "policy/line 2"),
		reject("stray bits in a witness key", log+"witness w "+strayBits(o.validators[0].pq.vkey+"\n")+"quorum w\n", "policy/line 2"),
		reject("two witnesses of one name", log+witnesses+"witness w1 "+w1.vkey+"\nquorum w1\n", "policy/line 5"),
		reject("group too small", log+witnesses+"group g 4 w1 w2 w3\nquorum g\n", "policy/line 5"),
		reject("unknown member", log+witnesses+"group g 1 w9\nquorum g\n", "policy/line 5"),
		reject("log key as a witness", log+"witness w "+r.log.VKey()+"\nquorum w\n", "policy/line 2"),
		reject("cosigner's key as a log", "log "+w1.vkey+"\nquorum none\n", "policy/line 1"),
	}
}

type checkpointVector struct {
	Name       string `json:"name"`
	Policy     string `json:"policy"`
	Checkpoint string `json:"checkpoint"`
	Size       int64  `json:"size,omitzero"`
	Root       Hash   `json:"root,omitzero"`
	Cosigned   string `json:"cosigned_by,omitzero"` // names, with commas
	verdict
}

func (c *checkpointVector) name() string     { return c.Name }
func (c *checkpointVector) expect() *verdict { return &c.verdict }
func (c *checkpointVector) run(t *testing.T) error {
	cp, err := verifyUnder(c.Policy, []byte(c.Checkpoint))
	if err != nil {
		return err
	}
	equal(t, "size", cp.Tree.N, c.Size)
	equal(t, "root", Hash(cp.Tree.Hash), c.Root)
	equal(t, "cosigners", strings.Join(cp.CosignedBy, ","), c.Cosigned)
	return nil
}

func verifyUnder(policy string, checkpoint []byte) (*Checkpoint, error) {
	p, err := ParsePolicy([]byte(policy))
	if err != nil {
		return nil, err
	}
	return VerifyCheckpoint(checkpoint, p)
}

func checkpointCases() []*checkpointVector {
	r := newSample()
	policy, signed := r.policyText(), string(r.checkpoint())
	w1, w2, w3 := newCosigner("w1.example"), newCosigner("w2.example"), newCosigner("w3.example")
	witnessed := fmt.Sprintf("log %s\nwitness w1 %s\nwitness w2 %s\nwitness w3 %s\ngroup g 2 w1 w2 w3\nquorum g\n", r.log.VKey(), w1.vkey, w2.vkey, w3.vkey)
	with := func(s ...note.Signer) string {
		v, _ := ParseVerifier(r.log.VKey())
		n, err := note.Open([]byte(signed), note.VerifierList(v))
		if err != nil {
			panic(err)
		}
		out, err := note.Sign(n, s...)
		if err != nil {
			panic(err)
		}
		return string(out)
	}
	empty := newTestRegister(r.name)
	otherRegister := newTestRegister("other.publica.example")
	var cases []*checkpointVector
	accept := func(name, policy, checkpoint string, tree tlog.Tree) {
		cases = append(cases, &checkpointVector{Name: name, Policy: policy, Checkpoint: checkpoint, Size: tree.N, Root: Hash(tree.Hash), verdict: valid})
	}
	reject := func(name, policy, checkpoint string, code Code) {
		cases = append(cases, &checkpointVector{Name: name, Policy: policy, Checkpoint: checkpoint, verdict: refused(code, "checkpoint")})
	}
	accept("signed by the log", policy, signed, r.tree())
	accept("of the empty log", policy, string(empty.checkpoint()), empty.tree())
	cosigned := func(names, name, policy, checkpoint string) {
		accept(name, policy, checkpoint, r.tree())
		cases[len(cases)-1].Cosigned = names
	}
	cosigned("w1.example,w3.example", "two of three witnesses", witnessed, with(w1, w3))
	cosigned("w1.example,w2.example,w3.example", "three of three witnesses", witnessed, with(w1, w2, w3))
	accept("with a signature nobody knows", policy, with(otherRegister.log), r.tree())
	o := newOperators()
	quorum, light, tree := o.quorumText(true, 1), o.quorumText(false, 0), o.tree()
	three := "node1.demo.publica.example,node2.demo.publica.example,node3.demo.publica.example"
	v := o.validators
	cosigned(three+",w1.example", "three of four validators with both keys, and the witness", quorum, string(o.signed(tree, append(o.all(3, true), o.witness)...)))
	cosigned(three, "three of four validators", light, string(o.signed(tree, o.all(3, true)...)))
	cosigned(three, "three of four validators, none as the log", light, string(o.signed(tree, v[0].ed, v[1].ed, v[2].ed)))
	reject("two of four validators", light, string(o.signed(tree, o.all(2, true)...)), Unverified)
	reject("one validator's line three times", light, string(o.signed(tree, v[0].ed, v[0].ed, v[0].ed)), Unverified)
	reject("all as the log, none cosigned", light, string(o.signed(tree, v[0].log, v[1].log, v[2].log, v[3].log)), Unverified)
	reject("two of four validators with both keys, and the witness", quorum, string(o.signed(tree, append(o.all(2, true), o.witness)...)), Unverified)
	reject("no witness beside the validators", quorum, string(o.signed(tree, o.all(3, true)...)), Unverified)
	reject("one ML-DSA cosignature missing", quorum, string(o.signed(tree, append(o.all(2, true), v[2].ed, o.witness)...)), Unverified)
	reject("one Ed25519 cosignature missing", quorum, string(o.signed(tree, append(o.all(2, true), v[2].pq, o.witness)...)), Unverified)
	reject("ML-DSA cosignature altered", quorum, alterSignature(string(o.signed(tree, append(o.all(2, true), v[2].ed, o.witness, v[2].pq)...))), BadSignature)
	reject("ML-DSA cosignature of another time", quorum, string(o.signed(tree, append(o.all(2, true), v[2].ed, o.witness, later{v[2].pq})...)), BadSignature)
	reject("ML-DSA cosignature under another's name", quorum, string(o.signed(tree, append([]note.Signer{named{v[2].pq, v[1].pq}, v[2].ed, o.witness}, o.all(2, true)...)...)), BadSignature)
	reject("another register's checkpoint, cosigned", light, string(o.resigned(change(string(o.signed(tree)), o.name, "other.publica.example"), v[0].ed, v[1].ed, v[2].ed)), Unverified)
	reject("an extension line under ML-DSA", quorum, change(string(o.signed(tree, append(o.all(3, true), o.witness)...)), "\n\n", "\nmore\n\n"), BadSignature)
	reject("one of three witnesses", witnessed, with(w2), Unverified)
	reject("witnesses without the log", witnessed, stripSignature(with(w1, w2), r.name), Unverified)
	reject("unsigned", policy, stripSignature(signed, r.name), Malformed)
	reject("of another register", policy, string(otherRegister.checkpoint()), Unverified)
	reject("another register's text, signed by this log", policy, foreignOrigin(r), Unverified)
	reject("promise in place of a checkpoint", policy, r.promises(r.commentSubmission)[0].Promise.Note, Unverified)
	reject("size altered", policy, change(signed, fmt.Sprintf("\n%d\n", len(r.leaves)), "\n99\n"), BadSignature)
	reject("size with a leading zero", policy, change(signed, fmt.Sprintf("\n%d\n", len(r.leaves)), fmt.Sprintf("\n0%d\n", len(r.leaves))), BadSignature)
	reject("signature altered", policy, alterSignature(signed), BadSignature)
	reject("stray bits in the signature", policy, strayBits(signed), Malformed)
	reject("cut", policy, signed[:len(signed)-10], Malformed)
	reject("newline at the end", policy, signed+"\n", Malformed)
	reject("nothing", policy, "", Malformed)
	return cases
}

func stripSignature(signed, name string) string {
	var out []string
	for _, line := range strings.SplitAfter(signed, "\n") {
		if !strings.HasPrefix(line, "— "+name+" ") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func foreignOrigin(r *sampleRegister) string {
	signed, err := note.Sign(&note.Note{Text: change(string(r.checkpoint()[:bytes.Index(r.checkpoint(), []byte("\n\n"))+1]), r.name+"\n", "other.publica.example\n")}, r.log)
	if err != nil {
		panic(err)
	}
	return string(signed)
}

// alterSignature changes one character in the middle of the last line.
func alterSignature(signed string) string {
	i := len(signed) - 20
	c := byte('A')
	if signed[i] == c {
		c = 'B'
	}
	return signed[:i] + string(c) + signed[i+1:]
}

// strayBits sets a bit of the last line's base64 that decoders ignore unless
// they are strict.
func strayBits(signed string) string {
	i := len(signed) - 3
	return signed[:i] + string(signed[i]+1) + signed[i+1:]
}

type treeVector struct {
	Name      string `json:"name"`
	Type      string `json:"type"` // root, inclusion, consistency, head
	Leaves    []Hash `json:"leaves,omitempty"`
	Leaf      Hash   `json:"leaf,omitzero"`
	Index     int64  `json:"index,omitzero"`
	Size      int64  `json:"size"`
	Root      Hash   `json:"root"`
	OldSize   int64  `json:"old_size,omitzero"`
	OldRoot   Hash   `json:"old_root,omitzero"`
	Path      []Hash `json:"path,omitempty"`
	Head      string `json:"head,omitzero"` // bytes of the docket's head
	HeadSize  int64  `json:"head_size,omitzero"`
	HeadID    string `json:"head_docket,omitzero"`
	HeadRoot  Hash   `json:"head_root,omitzero"`
	HeadCount int64  `json:"head_count,omitzero"`
	verdict
}

func (c *treeVector) name() string     { return c.Name }
func (c *treeVector) expect() *verdict { return &c.verdict }
func (c *treeVector) run(t *testing.T) error {
	tree := tlog.Tree{N: c.Size, Hash: tlog.Hash(c.Root)}
	switch c.Type {
	case "root":
		equal(t, "root", Hash(TreeRoot(tlogHashes(c.Leaves))), c.Root)
		return nil
	case "inclusion":
		return CheckInclusion(tlogHashes(c.Path), tree, c.Index, tlog.Hash(c.Leaf))
	case "consistency":
		return CheckConsistency(tlogHashes(c.Path), tree, tlog.Tree{N: c.OldSize, Hash: tlog.Hash(c.OldRoot)})
	case "head":
		id, err := ParseEntryID(c.HeadID)
		if err != nil {
			return err
		}
		head := &DocketHead{Docket: DocketID(id), Root: c.HeadRoot, Size: c.HeadSize}
		equal(t, "bytes of the head", string(head.Bytes()), c.Head)
		return CheckHead(head, c.Index, c.HeadCount, c.Path, &Seal{DocketCount: c.Size, Dockets: c.Root})
	}
	t.Fatalf("unknown type %q", c.Type)
	return nil
}

func tlogHashes(in []Hash) []tlog.Hash {
	var out []tlog.Hash
	for _, h := range in {
		out = append(out, tlog.Hash(h))
	}
	return out
}

func ourHashes(in []tlog.Hash) []Hash {
	var out []Hash
	for _, h := range in {
		out = append(out, Hash(h))
	}
	return out
}

func treeCases() []*treeVector {
	r := newTestRegister("demo.publica.example")
	var leaves []tlog.Hash
	var cases []*treeVector
	for n := range int64(10) {
		tree := r.treeAt(n)
		cases = append(cases, &treeVector{Name: fmt.Sprintf("root of %d leaves", n), Type: "root", Leaves: ourHashes(leaves), Size: n, Root: Hash(tree.Hash), verdict: valid})
		r.append(&Leaf{System: &SystemRecord{Kind: "test/leaf", Body: fmt.Appendf(nil, `{"n":%d}`, n)}}, DocketID{})
		leaves = append(leaves, LeafHash(r.leaves[n]))
	}
	inclusion := func(name string, i, size int64) *treeVector {
		p, err := tlog.ProveRecord(size, i, r)
		if err != nil {
			panic(err)
		}
		return &treeVector{Name: name, Type: "inclusion", Leaf: Hash(leaves[i]), Index: i, Size: size, Root: Hash(r.treeAt(size).Hash), Path: ourHashes(p), verdict: valid}
	}
	consistency := func(name string, old, size int64) *treeVector {
		var p tlog.TreeProof
		if old > 0 {
			var err error
			if p, err = tlog.ProveTree(size, old, r); err != nil {
				panic(err)
			}
		}
		return &treeVector{Name: name, Type: "consistency", OldSize: old, OldRoot: Hash(r.treeAt(old).Hash), Size: size, Root: Hash(r.treeAt(size).Hash), Path: ourHashes(p), verdict: valid}
	}
	for size := int64(1); size <= 8; size++ {
		for i := range size {
			cases = append(cases, inclusion(fmt.Sprintf("leaf %d of %d", i, size), i, size))
		}
		for old := range size + 1 {
			cases = append(cases, consistency(fmt.Sprintf("%d leaves grow to %d", old, size), old, size))
		}
	}
	bend := func(c *treeVector, name, field string, f func(c *treeVector)) {
		c.Name, c.verdict = name, refused(Unverified, field)
		f(c)
		cases = append(cases, c)
	}
	bend(inclusion("", 2, 7), "path altered", "proof", func(c *treeVector) { c.Path[1][0] ^= 1 })
	bend(inclusion("", 2, 7), "path too short", "proof", func(c *treeVector) { c.Path = c.Path[:2] })
	bend(inclusion("", 2, 7), "path too long", "proof", func(c *treeVector) { c.Path = append(c.Path, Hash{}) })
	bend(inclusion("", 2, 7), "path in the wrong order", "proof", func(c *treeVector) { c.Path[0], c.Path[1] = c.Path[1], c.Path[0] })
	bend(inclusion("", 2, 7), "index of another leaf", "proof", func(c *treeVector) { c.Index = 3 })
	bend(inclusion("", 2, 7), "index beyond the tree", "proof", func(c *treeVector) { c.Index = 7 })
	bend(inclusion("", 2, 7), "negative index", "proof", func(c *treeVector) { c.Index = -1 })
	bend(inclusion("", 2, 7), "leaf altered", "proof", func(c *treeVector) { c.Leaf[31] ^= 1 })
	bend(inclusion("", 2, 7), "root altered", "proof", func(c *treeVector) { c.Root[31] ^= 1 })
	bend(inclusion("", 0, 1), "node passed off as a leaf", "proof", func(c *treeVector) {
		c.Size, c.Root, c.Leaf = 1, Hash(r.treeAt(2).Hash), Hash(leaves[0])
	})
	bend(consistency("", 3, 7), "history rewritten", "checkpoint", func(c *treeVector) { c.OldRoot[0] ^= 1 })
	bend(consistency("", 3, 7), "consistency path altered", "checkpoint", func(c *treeVector) { c.Path[0][0] ^= 1 })
	bend(consistency("", 3, 7), "consistency path too short", "checkpoint", func(c *treeVector) { c.Path = c.Path[1:] })
	bend(consistency("", 3, 7), "tree shrinks", "checkpoint", func(c *treeVector) {
		c.OldSize, c.OldRoot, c.Size, c.Root = c.Size, c.Root, c.OldSize, c.OldRoot
	})
	bend(consistency("", 4, 4), "same size, another root", "checkpoint", func(c *treeVector) { c.Root[0] ^= 1 })
	bend(consistency("", 0, 4), "empty tree with another root", "checkpoint", func(c *treeVector) { c.OldRoot[0] ^= 1 })

	s := newSample()
	head := func(name string) *treeVector {
		h := s.header(s.docket)
		seal, err := ParseLeaf(h.Seal)
		if err != nil {
			panic(err)
		}
		return &treeVector{Name: name, Type: "head", Head: string(h.Head.Bytes()), HeadID: h.Docket.String(), HeadRoot: h.Head.Root, HeadSize: h.Head.Size,
			HeadCount: h.HeadCount, Index: h.HeadIndex, Path: h.HeadProof, Size: seal.Seal.DocketCount, Root: seal.Seal.Dockets, verdict: valid}
	}
	cases = append(cases, head("docket's head in the seal"))
	bend(head(""), "docket with one leaf less", "head_proof", func(c *treeVector) {
		c.Head = change(c.Head, fmt.Sprintf(`"size":%d`, c.HeadSize), fmt.Sprintf(`"size":%d`, c.HeadSize-1))
		c.HeadSize--
	})
	bend(head(""), "another number of dockets", "head_count", func(c *treeVector) { c.HeadCount++ })
	bend(head(""), "index of another docket", "head_proof", func(c *treeVector) { c.Index ^= 1 })
	return cases
}

type proofVector struct {
	Name   string `json:"name"`
	Policy string `json:"policy"`
	Leaf   []byte `json:"leaf"`
	Proof  string `json:"proof"`
	Index  int64  `json:"index,omitzero"`
	Size   int64  `json:"size,omitzero"`
	verdict
}

func (c *proofVector) name() string     { return c.Name }
func (c *proofVector) expect() *verdict { return &c.verdict }
func (c *proofVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	index, cp, err := VerifyProof([]byte(c.Proof), p, c.Leaf)
	if err != nil {
		return err
	}
	equal(t, "index", index, c.Index)
	equal(t, "size", cp.Tree.N, c.Size)
	return nil
}

func proofCases() []*proofVector {
	r := newSample()
	policy, leaf, proof := r.policyText(), r.leaves[r.comment], string(r.proof(r.comment))
	size := int64(len(r.leaves))
	path := strings.Split(proof, "\n")
	var cases []*proofVector
	accept := func(name string, leaf []byte, proof string, index, size int64) {
		cases = append(cases, &proofVector{Name: name, Policy: policy, Leaf: leaf, Proof: proof, Index: index, Size: size, verdict: valid})
	}
	reject := func(name string, leaf []byte, proof string, code Code, field string) {
		cases = append(cases, &proofVector{Name: name, Policy: policy, Leaf: leaf, Proof: proof, verdict: refused(code, field)})
	}
	accept("of an entry", leaf, proof, r.comment, size)
	accept("of the seal", r.leaves[size-1], string(r.proof(size-1)), size-1, size)
	one := newTestRegister(r.name)
	one.append(&Leaf{System: &SystemRecord{Kind: "register/genesis", Body: []byte(`{}`)}}, DocketID{})
	accept("in a tree of one", one.leaves[0], string(one.proof(0)), 0, 1)
	index := fmt.Sprintf("index %d\n", r.comment)
	reject("of another leaf", r.leaves[r.open], proof, Unverified, "proof")
	reject("leaf altered", bytes.Replace(leaf, []byte("support"), []byte("opposed"), 1), proof, Unverified, "proof")
	reject("index altered", leaf, change(proof, index, fmt.Sprintf("index %d\n", r.comment^1)), Unverified, "proof")
	reject("index beyond the tree", leaf, change(proof, index, "index 999\n"), Unverified, "proof")
	reject("index with a leading zero", leaf, change(proof, index, fmt.Sprintf("index 0%d\n", r.comment)), Malformed, "proof")
	reject("negative index", leaf, change(proof, index, "index -1\n"), Malformed, "proof")
	reject("no index", leaf, change(proof, index, ""), Malformed, "proof")
	reject("extra line", leaf, change(proof, index, "extra AAAA\n"+index), Malformed, "proof")
	reject("hash missing", leaf, change(proof, path[2]+"\n", ""), Unverified, "proof")
	reject("hash altered", leaf, change(proof, path[2], "AAAA"+path[2][4:]), Unverified, "proof")
	reject("hash too short", leaf, change(proof, path[2], "AAAA"), Malformed, "proof")
	reject("stray bits in a hash", leaf, change(proof, path[2], path[2][:42]+string(path[2][42]+1)+"="), Malformed, "proof")
	reject("another version", leaf, change(proof, "tlog-proof@v1", "tlog-proof@v2"), Malformed, "proof")
	reject("cut", leaf, proof[:60], Malformed, "proof")
	reject("nothing", leaf, "", Malformed, "proof")
	reject("no checkpoint", leaf, proof[:strings.Index(proof, "\n\n")+2], Malformed, "checkpoint")
	reject("checkpoint altered", leaf, alterSignature(proof), BadSignature, "checkpoint")
	reject("checkpoint of another register", leaf, proof[:strings.Index(proof, "\n\n")+2]+string(newTestRegister("other.publica.example").checkpoint()), Unverified, "checkpoint")
	return cases
}
