package publica

import (
	"bytes"
	"encoding/base64"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

type promiseVector struct {
	Name     string  `json:"name"`
	Policy   string  `json:"policy"`
	Register string  `json:"register"`
	ID       EntryID `json:"id"`
	Promise  Promise `json:"promise"`
	By       Time    `json:"by,omitzero"`
	verdict
}

func (c *promiseVector) name() string     { return c.Name }
func (c *promiseVector) expect() *verdict { return &c.verdict }
func (c *promiseVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	by, err := c.Promise.Verify(p.Promisers(), c.Register, c.ID)
	if err != nil {
		return err
	}
	equal(t, "by", by, c.By)
	return nil
}

func promiseCases() []*promiseVector {
	r := newSample()
	by := r.now.Add(60e9)
	ids := make([]EntryID, 5)
	for i := range ids {
		ids[i] = ID([]byte{byte(i)})
	}
	batch, err := PromiseBatch(r.node, r.name, ids, by)
	if err != nil {
		panic(err)
	}
	single, err := PromiseBatch(r.node, r.name, ids[:1], by)
	if err != nil {
		panic(err)
	}
	byLog, err := PromiseBatch(r.log, r.name, ids[:1], by)
	if err != nil {
		panic(err)
	}
	byOther, err := PromiseBatch(testSigner("node-2.demo.publica.example"), r.name, ids[:1], by)
	if err != nil {
		panic(err)
	}
	elsewhere, err := PromiseBatch(r.node, "other.publica.example", ids[:1], by)
	if err != nil {
		panic(err)
	}
	var cases []*promiseVector
	accept := func(name string, id EntryID, p Promise) {
		cases = append(cases, &promiseVector{Name: name, Policy: r.policyText(), Register: r.name, ID: id, Promise: p, By: by, verdict: valid})
	}
	reject := func(name string, id EntryID, p Promise, code Code, field string) {
		cases = append(cases, &promiseVector{Name: name, Policy: r.policyText(), Register: r.name, ID: id, Promise: p, verdict: refused(code, field)})
	}
	resigned := func(text string) Promise {
		signed, err := note.Sign(&note.Note{Text: text}, r.node)
		if err != nil {
			panic(err)
		}
		p := single[0]
		p.Note = string(signed)
		return p
	}
	text := single[0].Note[:strings.Index(single[0].Note, "\n\n")+1]
	accept("alone", ids[0], single[0])
	for i := range batch {
		accept(fmt.Sprintf("%d of a batch of five", i), ids[i], batch[i])
	}
	accept("by the log's own key", ids[0], byLog[0])
	reject("for another entry", ids[1], single[0], Unverified, "promise")
	reject("of another place in the batch", ids[1], batch[2], Unverified, "promise")
	reject("path altered", ids[1], func() Promise { p := batch[1]; p.Hashes = slices.Clone(p.Hashes); p.Hashes[0][0] ^= 1; return p }(), Unverified, "promise")
	reject("negative index", ids[1], func() Promise { p := batch[1]; p.Index = -1; return p }(), Unverified, "promise")
	reject("by a node nobody knows", ids[0], byOther[0], Unverified, "promise/note")
	reject("for another register", ids[0], elsewhere[0], Unverified, "promise/note")
	reject("time altered", ids[0], func() Promise { p := single[0]; p.Note = change(p.Note, by.String(), (by + 1).String()); return p }(), BadSignature, "promise/note")
	reject("signature altered", ids[0], func() Promise { p := single[0]; p.Note = alterSignature(p.Note); return p }(), BadSignature, "promise/note")
	reject("stray bits in the signature", ids[0], func() Promise { p := single[0]; p.Note = strayBits(p.Note); return p }(), Malformed, "promise/note")
	reject("size with a leading zero", ids[0], resigned(change(text, "\n1\n", "\n01\n")), Malformed, "promise/note")
	reject("of no entries", ids[0], resigned(change(text, "\n1\n", "\n0\n")), Malformed, "promise/note")
	reject("time without milliseconds", ids[0], resigned(change(text, by.String(), "2017-09-08T14:31:00Z")), Malformed, "promise/note")
	reject("another version", ids[0], resigned(change(text, "promise v1", "promise v2")), Malformed, "promise/note")
	reject("an extra line", ids[0], resigned(text+"more\n"), Malformed, "promise/note")
	reject("a checkpoint", ids[0], func() Promise { p := single[0]; p.Note = string(r.checkpoint()); return p }(), Malformed, "promise/note")
	reject("nothing", ids[0], Promise{}, Malformed, "promise/note")
	return cases
}

type receiptVector struct {
	Name    string   `json:"name"`
	Policy  string   `json:"policy"`
	Receipt string   `json:"receipt"` // the file
	Stage   Stage    `json:"stage,omitzero"`
	ID      EntryID  `json:"id,omitzero"`
	Index   int64    `json:"index,omitzero"`
	By      Time     `json:"by,omitzero"`
	Present []string `json:"present,omitempty"`
	Missing []string `json:"missing,omitempty"`
	Signed  []string `json:"cosigned_by,omitempty"`
	Held    []string `json:"held_by,omitempty"`
	verdict
}

func (c *receiptVector) name() string     { return c.Name }
func (c *receiptVector) expect() *verdict { return &c.verdict }
func (c *receiptVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	r, err := ParseReceipt([]byte(c.Receipt))
	if err != nil {
		return err
	}
	v, err := r.Verify(p, "")
	if err != nil {
		return err
	}
	equal(t, "stage", v.Stage, c.Stage)
	equal(t, "id", v.ID, c.ID)
	equal(t, "index", v.Index, c.Index)
	equal(t, "by", v.By, c.By)
	equal(t, "parts present", fmt.Sprint(v.Present), fmt.Sprint(c.Present))
	equal(t, "parts missing", fmt.Sprint(v.Missing), fmt.Sprint(c.Missing))
	equal(t, "cosigners", fmt.Sprint(v.CosignedBy), fmt.Sprint(c.Signed))
	equal(t, "holders", fmt.Sprint(v.HeldBy), fmt.Sprint(c.Held))
	return nil
}

func receiptText(r *Receipt) string {
	raw, err := r.Bytes()
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func receiptCases() []*receiptVector {
	r := newSample()
	var cases []*receiptVector
	accept := func(name, policy, text string, want receiptVector) {
		want.Name, want.Policy, want.Receipt, want.verdict = name, policy, text, valid
		cases = append(cases, &want)
	}
	reject := func(name, policy, text string, code Code, field string) {
		cases = append(cases, &receiptVector{Name: name, Policy: policy, Receipt: text, verdict: refused(code, field)})
	}
	policy, id := r.policyText(), r.commentSubmission.Signed.ID()
	logged := r.receipt(r.comment)
	text := receiptText(logged)
	comment := receiptVector{Stage: Logged, ID: id, Index: r.comment, Present: []string{"text", "attachment-1"}}
	accept("logged", policy, text, comment)
	accept("logged, without newline", policy, strings.TrimSuffix(text, "\n"), comment)
	accept("logged, other white space and order", policy, "{ \"register\": \"demo.publica.example\",\n"+change(text[1:], `,"register":"demo.publica.example"}`+"\n", "}\n\n"), comment)
	partial := *logged
	partial.Content = logged.Content[:1]
	accept("logged, a part gone", policy, receiptText(&partial), receiptVector{Stage: Logged, ID: id, Index: r.comment, Present: []string{"text"}, Missing: []string{"attachment-1"}})
	partial.Content = nil
	accept("logged, all content gone", policy, receiptText(&partial), receiptVector{Stage: Logged, ID: id, Index: r.comment, Missing: []string{"text", "attachment-1"}})
	promised := r.promises(r.lateReceived, r.commentSubmission)
	both := *logged
	both.Promise = promised[1].Promise
	withPromise := comment
	withPromise.By = r.now.Add(60e9)
	accept("logged, with the promise", policy, receiptText(&both), withPromise)
	accept("logged, with a promise by a node the policy does not know", SingleLogPolicyText(r.log.VKey()), receiptText(&both), comment)
	leafID := func(i int64) EntryID { l, _ := ParseLeaf(r.leaves[i]); return l.ID() }
	accept("refused by the rules", policy, receiptText(r.receipt(r.refused)), receiptVector{Stage: Logged, ID: leafID(r.refused), Index: r.refused, Present: []string{"text"}})
	accept("p256 entry with an empty part", policy, receiptText(r.receipt(r.comment+1)), receiptVector{Stage: Logged, ID: leafID(r.comment + 1), Index: r.comment + 1, Present: []string{"title", "text"}})
	accept("system record", policy, receiptText(r.receipt(r.opened)), receiptVector{Stage: Logged, ID: leafID(r.opened), Index: r.opened})
	last := int64(len(r.leaves) - 1)
	accept("seal", policy, receiptText(r.receipt(last)), receiptVector{Stage: Logged, ID: leafID(last), Index: last})
	accept("promised", policy, receiptText(promised[0]), receiptVector{Stage: Promised, ID: r.lateReceived.Signed.ID(), Index: -1, By: r.now.Add(60e9), Present: []string{"text"}})
	w1 := newCosigner("w1.example")
	witnessed := "log " + r.log.VKey() + "\nwitness w1 " + w1.vkey + "\nquorum w1\n"
	v, _ := ParseVerifier(r.log.VKey())
	n, err := note.Open(r.checkpoint(), note.VerifierList(v))
	if err != nil {
		panic(err)
	}
	cosigned, err := note.Sign(n, w1)
	if err != nil {
		panic(err)
	}
	byWitness := *logged
	byWitness.Proof = string(FormatProof(r.comment, r.path(r.comment), cosigned))
	byOne := comment
	byOne.Stage, byOne.Signed = Cosigned, []string{"w1.example"}
	accept("cosigned", witnessed, receiptText(&byWitness), byOne)
	quorumReceipts(accept, reject)

	altered := func(name string, f func(c *Receipt), code Code, field string) {
		c := *logged
		c.Content = slices.Clone(logged.Content)
		f(&c)
		reject(name, policy, receiptText(&c), code, field)
	}
	leaf := string(r.leaves[r.comment])
	altered("entry altered", func(c *Receipt) { c.Leaf = []byte(change(leaf, "support", "opposed")) }, BadSignature, "leaf/signature/sig")
	altered("height altered", func(c *Receipt) { c.Leaf = []byte(change(leaf, `"height":3`, `"height":2`)) }, Unverified, "proof")
	altered("block time altered", func(c *Receipt) {
		i := strings.LastIndex(leaf, `"time":"2017`)
		c.Leaf = []byte(leaf[:i] + change(leaf[i:], "2017", "2016"))
	}, Unverified, "proof")
	altered("refusal added", func(c *Receipt) {
		c.Leaf = []byte(change(leaf, `,"signature"`, `,"refused":{"code":"late","message":"x"},"signature"`))
	}, Unverified, "proof")
	altered("signature altered", func(c *Receipt) {
		i := strings.Index(leaf, `"sig":"`) + 20
		b := byte('A')
		if leaf[i] == b {
			b = 'B'
		}
		c.Leaf = []byte(leaf[:i] + string(b) + leaf[i+1:])
	}, BadSignature, "leaf/signature/sig")
	altered("content altered", func(c *Receipt) {
		c.Content[0].Data = append([]byte("p"), c.Content[0].Data[1:]...)
	}, Unverified, "content/0/data")
	altered("salt altered", func(c *Receipt) {
		c.Content[1].Salt = slices.Clone(c.Content[1].Salt)
		c.Content[1].Salt[0] ^= 1
	}, Unverified, "content/1/data")
	altered("content cut", func(c *Receipt) { c.Content[0].Data = c.Content[0].Data[1:] }, Unverified, "content/0/data")
	altered("content twice", func(c *Receipt) { c.Content[1] = c.Content[0] }, Invalid, "content/1/part")
	altered("content of no part", func(c *Receipt) { c.Content[0].Name = "title" }, Invalid, "content/0/part")
	altered("proof of another leaf", func(c *Receipt) { c.Proof = string(r.proof(r.open)) }, Unverified, "proof")
	altered("proof path altered", func(c *Receipt) {
		i := strings.Index(c.Proof, "\n") + len("\nindex 0\n") + 5
		c.Proof = alterAt(c.Proof, i)
	}, Unverified, "proof")
	altered("checkpoint signature altered", func(c *Receipt) { c.Proof = alterSignature(c.Proof) }, BadSignature, "checkpoint")
	altered("checkpoint size altered", func(c *Receipt) {
		c.Proof = change(c.Proof, fmt.Sprintf("\n%d\n", len(r.leaves)), "\n99\n")
	}, BadSignature, "checkpoint")
	altered("no proof", func(c *Receipt) { c.Proof = "" }, Malformed, "proof")
	altered("no leaf", func(c *Receipt) { c.Leaf = nil }, Malformed, "leaf")
	altered("submission beside the leaf", func(c *Receipt) { c.Submission = promised[1].Submission }, Malformed, "submission")
	altered("of another register", func(c *Receipt) { c.Register = "other.publica.example" }, Unverified, "register")
	altered("register missing", func(c *Receipt) { c.Register = "" }, Malformed, "register")
	altered("another version", func(c *Receipt) { c.Format = "publica-receipt/v9" }, Unsupported, "format")
	altered("promise for another entry", func(c *Receipt) { c.Promise = promised[0].Promise }, Unverified, "promise")
	altered("promise altered", func(c *Receipt) {
		p := *promised[1].Promise
		p.Note = alterSignature(p.Note)
		c.Promise = &p
	}, BadSignature, "promise/note")
	system := r.receipt(r.opened)
	system.Content = logged.Content[:1]
	reject("content beside a system record", policy, receiptText(system), Malformed, "content")
	foreign := foreignEntry(r)
	reject("entry of another register, logged here", policy, receiptText(foreign), Unverified, "leaf/entry/register")

	reject("no witness", witnessed, text, Unverified, "checkpoint")
	reject("another log's policy", newTestRegister("other.publica.example").policyText(), text, Unverified, "register")
	imposter := newImposter(r.name)
	reject("another key of the same name", SingleLogPolicyText(imposter.VKey()), text, Unverified, "checkpoint")
	reject("promised by a node the policy does not know", SingleLogPolicyText(r.log.VKey()), receiptText(promised[0]), Unverified, "promise/note")
	noPromise := *promised[0]
	noPromise.Promise = nil
	reject("submission without promise", policy, receiptText(&noPromise), Malformed, "promise")
	forged := *promised[0]
	forged.Submission = promised[1].Submission
	forged.Content = promised[1].Content
	reject("promise of another submission", policy, receiptText(&forged), Unverified, "promise")
	unsigned := *promised[0]
	s := *promised[0].Submission
	s.Signature = r.commentSubmission.Signed.Signature
	unsigned.Submission = &s
	reject("submission with another entry's signature", policy, receiptText(&unsigned), BadSignature, "submission/signature/sig")

	reject("nothing", policy, "", Malformed, "")
	reject("not JSON", policy, text[1:], Malformed, "")
	reject("empty object", policy, "{}", Unsupported, "format")
	reject("neither leaf nor submission", policy, `{"format":"publica-receipt/v1","register":"demo.publica.example"}`, Malformed, "")
	reject("unknown member", policy, change(text, `{"content"`, `{"comment":"","content"`), Malformed, "comment")
	reject("member twice", policy, change(text, `"format"`, `"format":"publica-receipt/v1","format"`), Malformed, "format")
	reject("empty list of content", policy, change(receiptText(&partial), `{"format"`, `{"content":[],"format"`), Malformed, "")
	data := base64.StdEncoding.EncodeToString(logged.Content[1].Data)
	reject("stray bits in base64", policy, change(text, `"data":"`+data+`"`, `"data":"`+data[:5]+string(data[5]+1)+data[6:]+`"`), Malformed, "")
	reject("fraction", policy, change(text, `"height":3`, `"height":3.5`), Malformed, "leaf/height")
	reject("null", policy, change(text, `"format"`, `"promise":null,"format"`), Malformed, "")
	return cases
}

// newImposter returns a signer of the same name and another key.
func newImposter(name string) *LogSigner {
	seed := seedOf("imposter")
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

func alterAt(s string, i int) string {
	c := byte('A')
	if s[i] == c {
		c = 'B'
	}
	return s[:i] + string(c) + s[i+1:]
}

// foreignEntry is the receipt of a leaf that a dishonest log took from
// elsewhere.
func foreignEntry(r *sampleRegister) *Receipt {
	elsewhere := newTestRegister("other.publica.example")
	bad := newTestRegister(r.name)
	s := elsewhere.sign(KeyFromSeed(seedOf("commenter")), "participation/idea", DocketID{}, `{}`)
	return bad.receipt(bad.add(s, DocketID{}, nil))
}

type exportVector struct {
	Name    string         `json:"name"`
	Policy  string         `json:"policy"`
	Export  string         `json:"export"` // the file
	Summary *exportNumbers `json:"summary,omitzero"`
	verdict
}

type exportNumbers struct {
	Docket         DocketID `json:"docket"`
	Size           int64    `json:"size"`
	Accepted       int64    `json:"accepted"`
	Refused        int64    `json:"refused"`
	System         int64    `json:"system"`
	ContentPresent int64    `json:"content_present"`
	ContentMissing int64    `json:"content_missing"`
}

func (c *exportVector) name() string     { return c.Name }
func (c *exportVector) expect() *verdict { return &c.verdict }
func (c *exportVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	s, err := VerifyExport(strings.NewReader(c.Export), p, nil)
	if err != nil {
		return err
	}
	equal(t, "summary", exportNumbers{s.Docket, s.Size, s.Accepted, s.Refused, s.System, s.ContentPresent, s.ContentMissing}, *c.Summary)
	return nil
}

func exportCases() []*exportVector {
	r := newSample()
	policy := r.policyText()
	full := string(r.export(r.docket))
	lines := strings.SplitAfter(full, "\n")
	lines = lines[:len(lines)-1]
	var cases []*exportVector
	accept := func(name, text string, want exportNumbers) {
		cases = append(cases, &exportVector{Name: name, Policy: policy, Export: text, Summary: &want, verdict: valid})
	}
	reject := func(name, text string, code Code, field string) {
		cases = append(cases, &exportVector{Name: name, Policy: policy, Export: text, verdict: refused(code, field)})
	}
	numbers := exportNumbers{Docket: r.docket, Size: 5, Accepted: 3, Refused: 1, System: 1, ContentPresent: 6}
	accept("whole docket", full, numbers)
	accept("docket of one comment", string(r.export(r.other)), exportNumbers{Docket: r.other, Size: 2, Accepted: 2, ContentPresent: 2})
	with := func(f func(l []string) []string) string { return strings.Join(f(slices.Clone(lines)), "") }
	line := func(i int, f func(*ExportLine)) string {
		return with(func(l []string) []string {
			var x ExportLine
			if err := json.Unmarshal([]byte(l[i]), &x); err != nil {
				panic(err)
			}
			f(&x)
			raw, err := json.Marshal(&x)
			if err != nil {
				panic(err)
			}
			l[i] = string(raw) + "\n"
			return l
		})
	}
	gone := numbers
	gone.ContentPresent, gone.ContentMissing = 4, 2
	accept("content erased", line(3, func(x *ExportLine) { x.Content = nil }), gone)
	reject("a leaf taken out", with(func(l []string) []string { return slices.Delete(l, 3, 4) }), Unverified, "export")
	reject("the last leaf taken out", with(func(l []string) []string { return l[:len(l)-1] }), Unverified, "export")
	reject("all leaves taken out", lines[0], Unverified, "export")
	reject("a leaf twice", with(func(l []string) []string { return slices.Insert(l, 3, l[3]) }), Unverified, "export")
	reject("a leaf added at the end", with(func(l []string) []string {
		return append(l, change(l[5], `"position":4`, `"position":5`))
	}), Unverified, "export")
	reject("two leaves swapped", with(func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }), Unverified, "export")
	reject("two leaves swapped and renumbered", with(func(l []string) []string {
		l[3], l[4] = change(l[4], `"position":3`, `"position":2`), change(l[3], `"position":2`, `"position":3`)
		return l
	}), Unverified, "export")
	reject("a leaf replaced by another docket's", with(func(l []string) []string {
		other := strings.SplitAfter(string(r.export(r.other)), "\n")
		l[3] = change(other[2], `"position":1`, `"position":2`)
		return l
	}), Unverified, "export")
	reject("an entry altered", with(func(l []string) []string { l[3] = change(l[3], `"support"`, `"opposed"`); return l }), BadSignature, "export")
	reject("a refusal taken away", line(5, func(x *ExportLine) {
		leaf, _ := ParseLeaf(x.Leaf)
		leaf.Refused = nil
		x.Leaf, _ = leaf.Bytes()
	}), Unverified, "export")
	reject("a system record altered", with(func(l []string) []string { l[2] = change(l[2], `"comments"`, `"nothing"`); return l }), Unverified, "export")
	reject("content altered", line(3, func(x *ExportLine) { x.Content[0].Data[0] ^= 1 }), Unverified, "export")
	reject("content of another part", line(3, func(x *ExportLine) { x.Content[0].Name = "x" }), Invalid, "export")
	reject("white space in a line", with(func(l []string) []string { l[3] = change(l[3], `,"leaf":`, `, "leaf":`); return l }), Malformed, "export")
	reject("a line that is not JSON", with(func(l []string) []string { l[3] = "junk\n"; return l }), Malformed, "export")
	reject("cut within a line", full[:len(full)-20], Malformed, "export")
	reject("nothing", "", Malformed, "export")
	reject("no header", strings.Join(lines[1:], ""), Malformed, "header/content")
	reject("a seal among the leaves", with(func(l []string) []string {
		seal := &ExportLine{Leaf: r.leaves[len(r.leaves)-1], Position: 4}
		raw, _ := json.Marshal(seal)
		l[5] = string(raw) + "\n"
		return l
	}), Unverified, "export")

	header := func(name string, f func(*ExportHeader), code Code, field string) {
		h := r.header(r.docket)
		h.Format = ExportFormat
		f(h)
		raw, err := json.Marshal(h)
		if err != nil {
			panic(err)
		}
		reject(name, with(func(l []string) []string { l[0] = string(raw) + "\n"; return l }), code, field)
	}
	header("head says one leaf less", func(h *ExportHeader) { h.Head.Size-- }, Unverified, "header/head_proof")
	header("head says another root", func(h *ExportHeader) { h.Head.Root[0] ^= 1 }, Unverified, "header/head_proof")
	header("head proof altered", func(h *ExportHeader) { h.HeadProof[0][0] ^= 1 }, Unverified, "header/head_proof")
	header("head count altered", func(h *ExportHeader) { h.HeadCount++ }, Unverified, "header/head_count")
	header("docket is not the head's", func(h *ExportHeader) { h.Docket = r.other }, Unverified, "header/head/docket")
	header("seal altered", func(h *ExportHeader) { h.Seal = []byte(change(string(h.Seal), `"docket_count":2`, `"docket_count":3`)) }, Unverified, "header/proof")
	header("seal is an entry", func(h *ExportHeader) { h.Seal, h.Proof = r.leaves[r.comment], string(r.proof(r.comment)) }, Malformed, "header/seal")
	header("checkpoint altered", func(h *ExportHeader) { h.Proof = alterSignature(h.Proof) }, BadSignature, "header/checkpoint")
	header("another register", func(h *ExportHeader) { h.Register = "other.publica.example" }, Unverified, "header/register")
	header("another format", func(h *ExportHeader) { h.Format = "publica-docket-export/v9" }, Unsupported, "header/format")
	return cases
}
