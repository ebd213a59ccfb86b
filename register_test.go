package publica

import (
	"bytes"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// testRegister is a small register in memory, the same on every run: it makes
// what a node would, so that the tests can check what outsiders check.
type testRegister struct {
	name      string
	log, node *LogSigner
	leaves    [][]byte
	stored    []tlog.Hash // as tlog stores them
	dockets   map[DocketID][]int64
	content   map[EntryID][]Content
	height    int64
	now       Time
	drawn     int
}

// seedOf returns 32 bytes that depend on a name only.
func seedOf(name string) [32]byte { return sha256.Sum256([]byte("publica test " + name)) }

func testSigner(name string) *LogSigner { return signerOf(name, name) }

// signerOf is a signer of that name with the key of a seed.
func signerOf(name, from string) *LogSigner {
	seed := seedOf(from)
	skey, err := NewLogKey(name, bytes.NewReader(seed[:]))
	if err != nil {
		panic(err)
	}
	s, err := ParseLogKey(skey)
	if err != nil {
		panic(err)
	}
	return s
}

func newTestRegister(name string) *testRegister {
	return &testRegister{name: name, log: testSigner(name), node: testSigner("node-1." + name), height: 1, now: 1504881000000,
		dockets: map[DocketID][]int64{}, content: map[EntryID][]Content{}}
}

func (r *testRegister) policyText() string {
	return SingleLogPolicyText(r.log.VKey(), r.node.VKey())
}

func (r *testRegister) policy() *Policy {
	p, err := ParsePolicy([]byte(r.policyText()))
	if err != nil {
		panic(err)
	}
	return p
}

// sign makes an entry with content parts given as name, media, data triples.
func (r *testRegister) sign(key *PrivateKey, kind Kind, docket DocketID, body string, parts ...string) *Submission {
	r.drawn++
	e := Entry{Register: r.name, Kind: kind, Docket: docket, Made: r.now, Body: []byte(body)}
	seed := seedOf("nonce " + strconv.Itoa(r.drawn))
	e.Nonce = Nonce(seed[:NonceSize])
	var content []Content
	for i := 0; i < len(parts); i += 3 {
		salt := seedOf(fmt.Sprintf("salt %d %s", r.drawn, parts[i]))
		data := []byte(parts[i+2])
		content = append(content, Content{Name: parts[i], Salt: salt[:], Data: data})
		e.Content = append(e.Content, Part{Name: parts[i], Media: parts[i+1], Size: int64(len(data)), Commitment: Commit(salt[:], data)})
	}
	s, err := NewSubmission(key, e, content...)
	if err != nil {
		panic(err)
	}
	return s
}

// add logs an entry and returns its index.
func (r *testRegister) add(s *Submission, docket DocketID, refused *Refusal) int64 {
	r.content[s.Signed.ID()] = s.Content
	return r.append(&Leaf{Entry: s.Signed.Raw, Signature: &s.Signed.Signature, Refused: refused}, docket)
}

func (r *testRegister) append(l *Leaf, docket DocketID) int64 {
	l.Height, l.Time = r.height, r.now
	raw, err := l.Bytes()
	if err != nil {
		panic(err)
	}
	index := int64(len(r.leaves))
	hashes, err := tlog.StoredHashes(index, raw, r)
	if err != nil {
		panic(err)
	}
	r.leaves, r.stored = append(r.leaves, raw), append(r.stored, hashes...)
	if docket != (DocketID{}) {
		r.dockets[docket] = append(r.dockets[docket], index)
	}
	return index
}

// ReadHashes implements [tlog.HashReader].
func (r *testRegister) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = r.stored[x]
	}
	return out, nil
}

// heads returns the head of every docket, sorted by id.
func (r *testRegister) heads() []DocketHead {
	var heads []DocketHead
	for id, leaves := range r.dockets {
		var t TreeHasher
		for _, i := range leaves {
			t.Append(LeafHash(r.leaves[i]))
		}
		heads = append(heads, DocketHead{Docket: id, Root: Hash(t.Root()), Size: t.Size()})
	}
	slices.SortFunc(heads, func(a, b DocketHead) int { return bytes.Compare(a.Docket[:], b.Docket[:]) })
	return heads
}

func headHashes(heads []DocketHead) []tlog.Hash {
	var out []tlog.Hash
	for i := range heads {
		out = append(out, LeafHash(heads[i].Bytes()))
	}
	return out
}

// seal closes the block.
func (r *testRegister) seal() int64 {
	heads := r.heads()
	state := seedOf("state " + strconv.FormatInt(r.height, 10))
	i := r.append(&Leaf{Seal: &Seal{DocketCount: int64(len(heads)), Dockets: Hash(TreeRoot(headHashes(heads))), State: state}}, DocketID{})
	r.height++
	r.now += 200
	return i
}

func (r *testRegister) tree() tlog.Tree { return r.treeAt(int64(len(r.leaves))) }

func (r *testRegister) treeAt(n int64) tlog.Tree {
	h, err := tlog.TreeHash(n, r)
	if err != nil {
		panic(err)
	}
	return tlog.Tree{N: n, Hash: h}
}

func (r *testRegister) checkpoint() []byte {
	signed, err := r.log.SignCheckpoint(r.tree())
	if err != nil {
		panic(err)
	}
	return signed
}

func (r *testRegister) path(i int64) tlog.RecordProof {
	p, err := tlog.ProveRecord(int64(len(r.leaves)), i, r)
	if err != nil {
		panic(err)
	}
	return p
}

func (r *testRegister) proof(i int64) []byte { return FormatProof(i, r.path(i), r.checkpoint()) }

func (r *testRegister) receipt(i int64) *Receipt {
	leaf, err := ParseLeaf(r.leaves[i])
	if err != nil {
		panic(err)
	}
	return LoggedReceipt(r.name, r.leaves[i], r.content[leaf.ID()], r.proof(i))
}

// promises gives promises for a batch of submissions.
func (r *testRegister) promises(batch ...*Submission) []*Receipt {
	var ids []EntryID
	for _, s := range batch {
		ids = append(ids, s.Signed.ID())
	}
	promises, err := PromiseBatch(r.node, r.name, ids, r.now.Add(60e9))
	if err != nil {
		panic(err)
	}
	var out []*Receipt
	for i, s := range batch {
		out = append(out, PromisedReceipt(r.name, s, &promises[i]))
	}
	return out
}

// header returns the header of a docket's export; the last leaf must be a seal.
func (r *testRegister) header(docket DocketID) *ExportHeader {
	heads := r.heads()
	index := slices.IndexFunc(heads, func(h DocketHead) bool { return h.Docket == docket })
	h := &ExportHeader{Docket: docket, Register: r.name, Head: heads[index], HeadIndex: int64(index), HeadCount: int64(len(heads)), HeadProof: []Hash{}}
	for _, p := range TreePath(headHashes(heads), int64(index)) {
		h.HeadProof = append(h.HeadProof, Hash(p))
	}
	last := int64(len(r.leaves) - 1)
	h.Seal, h.Proof = r.leaves[last], string(r.proof(last))
	return h
}

func (r *testRegister) lines(docket DocketID) iter.Seq2[*ExportLine, error] {
	return func(yield func(*ExportLine, error) bool) {
		for _, i := range r.dockets[docket] {
			leaf, err := ParseLeaf(r.leaves[i])
			if err != nil {
				panic(err)
			}
			if !yield(&ExportLine{Leaf: r.leaves[i], Content: r.content[leaf.ID()]}, nil) {
				return
			}
		}
	}
}

func (r *testRegister) export(docket DocketID) []byte {
	var b bytes.Buffer
	if err := WriteExport(&b, r.header(docket), r.lines(docket)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// sampleRegister is a register with two dockets: an open one with a period, a
// comment, a refused comment and an idea; and another with one comment.
type sampleRegister struct {
	*testRegister
	docket, other                   DocketID
	open, comment, refused, opened  int64 // indexes in the log
	commentSubmission, lateReceived *Submission
}

func newSample() *sampleRegister {
	r := &sampleRegister{testRegister: newTestRegister("demo.publica.example")}
	body := KeyFromSeed(seedOf("agency"))
	author := KeyFromSeed(seedOf("commenter"))
	phone, err := newPrivateKey(P256, func() []byte { s := seedOf("phone"); return s[:] }())
	if err != nil {
		panic(err)
	}
	r.append(&Leaf{System: &SystemRecord{Kind: "register/genesis", Body: []byte(`{"register":"demo.publica.example","rules":1}`)}}, DocketID{})
	r.seal()
	open := r.sign(body, "docket/open", DocketID{}, `{"languages":["en"],"type":"action-plan"}`, "title", "text/plain", "Open government action plan")
	r.docket = DocketID(open.Signed.ID())
	r.open = r.add(open, r.docket, nil)
	other := r.sign(body, "docket/open", DocketID{}, `{"languages":["en"],"type":"consultation"}`, "title", "text/plain", "Source code policy")
	r.other = DocketID(other.Signed.ID())
	r.add(other, r.other, nil)
	r.seal()
	r.opened = r.append(&Leaf{System: &SystemRecord{Kind: "docket/period-opened", Docket: r.docket, Body: []byte(`{"name":"comments"}`)}}, r.docket)
	r.commentSubmission = r.sign(author, "participation/comment", r.docket, `{"section":"s1","stance":"support","version":1}`,
		"text", "text/markdown", "Publish the data **and** the code. Année 2017, naïve façade — ☂.", "attachment-1", "application/octet-stream", "\x00\x01\xfe\xff")
	r.comment = r.add(r.commentSubmission, r.docket, nil)
	r.add(r.sign(phone, "participation/idea", r.docket, `{}`, "title", "text/plain", "Machine learning", "text", "text/markdown", ""), r.docket, nil)
	r.add(r.sign(author, "participation/comment", r.other, `{"stance":"neutral"}`, "text", "text/plain", "Elsewhere."), r.other, nil)
	r.seal()
	late := r.sign(author, "participation/comment", r.docket, `{"stance":"oppose"}`, "text", "text/plain", "Too late?")
	r.refused = r.add(late, r.docket, &Refusal{Code: Late, Message: "the period \"comments\" is over"})
	r.lateReceived = r.sign(author, "participation/comment", r.docket, `{"stance":"neutral"}`, "text", "text/plain", "In time.")
	r.seal()
	return r
}

// cosigner is a C2SP tlog-cosignature signer with a fixed time and no chance.
type cosigner struct {
	*LogSigner
	vkey string
	hash uint32
	sign func(msg []byte) ([]byte, error)
}

const cosignatureTime = 1504881060

func newCosigner(name string) *cosigner {
	key := KeyFromSeed(seedOf("witness " + name))
	c := &cosigner{LogSigner: testSigner(name)}
	c.setKey(4, key.Public())
	c.sign = func(msg []byte) ([]byte, error) {
		return key.sign(fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", cosignatureTime, msg))
	}
	return c
}

// newPQCosigner is newCosigner with ML-DSA-44.
func newPQCosigner(name string) *cosigner {
	seed := seedOf("post-quantum " + name)
	key, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), seed[:])
	if err != nil {
		panic(err)
	}
	c := &cosigner{LogSigner: testSigner(name)}
	c.setKey(6, key.PublicKey().Bytes())
	c.sign = func(msg []byte) ([]byte, error) {
		origin, rest, _ := strings.Cut(string(msg), "\n")
		size, root, _ := strings.Cut(rest, "\n")
		n, err := strconv.ParseUint(size, 10, 64)
		if err != nil {
			return nil, err
		}
		hash, err := tlog.ParseHash(strings.TrimSuffix(root, "\n"))
		if err != nil {
			return nil, err
		}
		m := append([]byte("subtree/v1\n\x00"), byte(len(name)))
		m = binary.BigEndian.AppendUint64(append(m, name...), cosignatureTime)
		m = append(append(m, byte(len(origin))), origin...)
		m = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(m, 0), n)
		return key.SignDeterministic(append(m, hash[:]...), nil)
	}
	return c
}

func (c *cosigner) setKey(alg byte, public []byte) {
	typed := append([]byte{alg}, public...)
	sum := sha256.Sum256([]byte(c.Name() + "\n" + string(typed)))
	c.hash = binary.BigEndian.Uint32(sum[:])
	c.vkey = fmt.Sprintf("%s+%08x+%s", c.Name(), c.hash, base64.StdEncoding.EncodeToString(typed))
}

func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Sign(msg []byte) ([]byte, error) {
	sig, err := c.sign(msg)
	return append(binary.BigEndian.AppendUint64(nil, cosignatureTime), sig...), err
}

// operators are four validators that run a register, and a witness.
type operators struct {
	*sampleRegister
	validators []*operator
	witness    *cosigner
}

// An operator is one validator's keys.
type operator struct {
	log, node *LogSigner
	ed, pq    *cosigner
}

func newOperators() *operators {
	o := &operators{sampleRegister: newSample(), witness: newCosigner("w1.example")}
	for i := range 4 {
		name := fmt.Sprintf("node%d.%s", i+1, o.name)
		o.validators = append(o.validators, &operator{log: signerOf(o.name, "log "+name), node: testSigner(name), ed: newCosigner(name), pq: newPQCosigner(name)})
	}
	return o
}

// member is the validator as a policy names it, with one key or both.
func (v *operator) member(i int, both bool) PolicyMember {
	m := PolicyMember{Name: "node" + strconv.Itoa(i+1), Cosign: []string{v.ed.vkey}, Node: v.node.VKey()}
	if both {
		m.Cosign = append(m.Cosign, v.pq.vkey)
	}
	return m
}

// quorumText is a policy of three of the validators, and the witness if asked
// for.
func (o *operators) quorumText(both bool, witnesses int) string {
	var members []PolicyMember
	for i, v := range o.validators {
		members = append(members, v.member(i, both))
	}
	return QuorumPolicyText(o.name, members, 3, []PolicyMember{{Name: "w1", Cosign: []string{o.witness.vkey}}}, witnesses)
}

// signed is the checkpoint of a tree with these signatures.
func (o *operators) signed(tree tlog.Tree, signers ...note.Signer) []byte {
	signed, err := note.Sign(&note.Note{Text: torchwood.Checkpoint{Origin: o.name, Tree: tree}.String()}, signers...)
	if err != nil {
		panic(err)
	}
	return signed
}

// all returns the signers of the first n validators: log key, and one cosigner
// key or both.
func (o *operators) all(n int, both bool) []note.Signer {
	var out []note.Signer
	for _, v := range o.validators[:n] {
		out = append(out, v.log, v.ed)
		if both {
			out = append(out, v.pq)
		}
	}
	return out
}

// receiptUnder is the receipt of a leaf with a checkpoint by these signers, and
// holds notes for the size by the first n validators.
func (o *operators) receiptUnder(i int64, holders int, size int64, signers ...note.Signer) *Receipt {
	r := o.receipt(i)
	r.Proof = string(FormatProof(i, o.path(i), o.signed(o.tree(), signers...)))
	for _, v := range o.validators[:holders] {
		r.Holds = append(r.Holds, o.holds(v.node, size))
	}
	return r
}

func (o *operators) holds(signer note.Signer, size int64) string {
	text, err := SignHolds(signer, o.name, size, o.now)
	if err != nil {
		panic(err)
	}
	return text
}
