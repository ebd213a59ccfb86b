package publica

import (
	"compress/flate"
	"fmt"
	"slices"
	"strings"
	"testing"
)

type compactVector struct {
	Name    string   `json:"name"`
	Policy  string   `json:"policy"`
	Compact string   `json:"compact"`
	Stage   Stage    `json:"stage,omitzero"`
	ID      EntryID  `json:"id,omitzero"`
	Index   int64    `json:"index,omitzero"`
	Present []string `json:"present,omitempty"`
	Missing []string `json:"missing,omitempty"`
	verdict
}

func (c *compactVector) name() string     { return c.Name }
func (c *compactVector) expect() *verdict { return &c.verdict }
func (c *compactVector) run(t *testing.T) error {
	p, err := ParsePolicy([]byte(c.Policy))
	if err != nil {
		return err
	}
	r, err := ParseCompact(c.Compact)
	if err != nil {
		return err
	}
	v, err := r.Verify(p, "")
	if err != nil {
		return err
	}
	if _, err := ParseReceipt([]byte(receiptText(r))); err != nil {
		t.Errorf("becomes a file that is refused: %v", err)
	}
	equal(t, "stage", v.Stage, c.Stage)
	equal(t, "id", v.ID, c.ID)
	equal(t, "index", v.Index, c.Index)
	equal(t, "parts present", fmt.Sprint(v.Present), fmt.Sprint(c.Present))
	equal(t, "parts missing", fmt.Sprint(v.Missing), fmt.Sprint(c.Missing))
	return nil
}

// unpacked takes a compact form apart.
func unpacked(text string) *compact {
	raw, err := compactEncoding.DecodeString(strings.TrimPrefix(text, CompactPrefix))
	if err != nil {
		panic(err)
	}
	in := compactReader{b: raw}
	c := compact{}
	c.header(&in)
	if in.short || !c.unpack(in.b) {
		panic("not a compact form")
	}
	return &c
}

// stored packs without compression, whose bytes are the same in every version
// of package flate.
func stored(r *Receipt, policy string, change func(*compact)) string {
	p, err := ParsePolicy([]byte(policy))
	if err != nil {
		panic(err)
	}
	text, err := r.Compact(p, MaxCompact)
	if err != nil {
		panic(err)
	}
	c := unpacked(text)
	if change != nil {
		change(c)
	}
	return c.text(flate.NoCompression)
}

func compactCases() []*compactVector {
	r, o := newSample(), newOperators()
	var cases []*compactVector
	accept := func(name, policy, text string, want compactVector) {
		want.Name, want.Policy, want.Compact, want.verdict = name, policy, text, valid
		cases = append(cases, &want)
	}
	policy, id := r.policyText(), r.commentSubmission.Signed.ID()
	whole := stored(r.receipt(r.comment), policy, nil)
	comment := compactVector{Stage: Logged, ID: id, Index: r.comment, Present: []string{"text", "attachment-1"}}
	accept("an entry with all content", policy, whole, comment)
	bare := *r.receipt(r.comment)
	bare.Content = nil
	comment.Present, comment.Missing = nil, []string{"text", "attachment-1"}
	accept("an entry without content", policy, stored(&bare, policy, nil), comment)
	last := int64(len(r.leaves) - 1)
	seal, err := ParseLeaf(r.leaves[last])
	if err != nil {
		panic(err)
	}
	accept("a seal", policy, stored(r.receipt(last), policy, nil), compactVector{Stage: Logged, ID: seal.ID(), Index: last})
	light := o.quorumText(false, 0)
	byThree := o.receiptUnder(o.comment, 0, 0, o.all(3, true)...)
	accept("cosigned by three of four", light, stored(byThree, light, nil), compactVector{Stage: Cosigned, ID: o.commentSubmission.Signed.ID(), Index: o.comment, Present: []string{"text", "attachment-1"}})

	both := o.quorumText(true, 0)
	cases = append(cases, &compactVector{Name: "under a policy that demands ML-DSA-44 too", Policy: both, Compact: stored(byThree, both, nil), verdict: refused(Unverified, "checkpoint")})
	reject := func(name, text string, code Code, field string) {
		cases = append(cases, &compactVector{Name: name, Policy: policy, Compact: text, verdict: refused(code, field)})
	}
	altered := func(name string, code Code, field string, change func(*compact)) {
		reject(name, stored(r.receipt(r.comment), policy, change), code, field)
	}
	altered("index altered", BadSignature, "checkpoint", func(c *compact) { c.index ^= 1 })
	altered("size altered", BadSignature, "checkpoint", func(c *compact) { c.size-- })
	altered("path altered", BadSignature, "checkpoint", func(c *compact) { c.path = slices.Clone(c.path); c.path[0][0] ^= 1 })
	altered("path too short", Malformed, "compact", func(c *compact) { c.path = c.path[1:] })
	altered("signature altered", BadSignature, "checkpoint", func(c *compact) { c.sigs[0][10] ^= 1 })
	altered("no signature", Malformed, "compact", func(c *compact) { c.sigs, c.names = nil, nil })
	altered("signed by another name", Unverified, "checkpoint", func(c *compact) { c.names[0] = "other.example" })
	altered("height altered", BadSignature, "checkpoint", func(c *compact) { c.leaf = []byte(change(string(c.leaf), `"height":3`, `"height":4`)) })
	altered("entry altered", BadSignature, "leaf/signature/sig", func(c *compact) { c.leaf = []byte(change(string(c.leaf), `"support"`, `"opposes"`)) })
	altered("content altered", Unverified, "content/0/data", func(c *compact) { c.content[0].Data[0] ^= 1 })
	altered("salt altered", Unverified, "content/0/data", func(c *compact) { c.content[0].Salt[0] ^= 1 })
	altered("content too long", Malformed, "compact", func(c *compact) { c.content[1].Data = append(c.content[1].Data, 0) })
	altered("content of no part", Malformed, "compact", func(c *compact) { c.parts[1] = 2 })
	altered("content twice", Invalid, "content/1/part", func(c *compact) { c.parts[1], c.content[1] = c.parts[0], c.content[0] })
	altered("register altered", Unverified, "register", func(c *compact) { c.register = "other.publica.example" })
	reject("cut", whole[:len(whole)-8], Malformed, "compact")
	reject("more at the end", whole+"AAAAAAAA", Malformed, "compact")
	reject("lower case", strings.ToLower(whole), Malformed, "compact")
	reject("another version", change(whole, "PUBLICA1:", "PUBLICA2:"), Malformed, "compact")
	reject("nothing", "", Malformed, "compact")
	return cases
}

// TestCompact packs and unpacks, within a limit.
func TestCompact(t *testing.T) {
	r := newSample()
	full := r.receipt(r.comment)
	text, err := full.Compact(r.policy(), MaxCompact)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d characters", len(text))
	found, ok := FindCompact("https://demo.publica.example/verify#" + text + "\n")
	if !ok || found != text {
		t.Errorf("in a URL: %q", found)
	}
	again, err := ParseCompact(text)
	if err != nil || receiptText(again) != receiptText(full) {
		t.Errorf("comes back as %s: %v", receiptText(again), err)
	}
	less, err := full.Compact(r.policy(), len(text)-1)
	if err != nil {
		t.Fatal(err)
	}
	if again, err = ParseCompact(less); err != nil || len(again.Content) != 1 || again.Content[0].Name != "attachment-1" {
		t.Errorf("with less room: %v, %v", again.Content, err)
	}
	if _, err := full.Compact(r.policy(), 500); CodeOf(err) != TooLarge {
		t.Errorf("without room: %v", err)
	}
}
