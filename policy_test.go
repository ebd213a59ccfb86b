package publica

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// upperHash writes the hash of a verifier key in upper case.
func upperHash(vkey string) string {
	name, rest, _ := strings.Cut(vkey, "+")
	hash, key, _ := strings.Cut(rest, "+")
	return name + "+" + strings.ToUpper(hash) + "+" + key
}

// A verifier key has one text.
func TestVKeyText(t *testing.T) {
	o := newOperators()
	v := o.validators[0]
	for _, c := range []struct {
		vkey  string
		parse func(string) (note.Verifier, error)
	}{
		{v.log.VKey(), ParseVerifier}, {v.node.VKey(), ParseVerifier}, {v.ed.vkey, ParseCosignVerifier}, {v.pq.vkey, ParseCosignVerifier},
	} {
		if _, err := c.parse(c.vkey); err != nil {
			t.Fatalf("%s: %v", c.vkey, err)
		}
		n := len(c.vkey) - 8
		others := []string{c.vkey[:n] + "\n" + c.vkey[n:], c.vkey[:n] + "\r\n" + c.vkey[n:], c.vkey + "\n", c.vkey + "=", c.vkey[:n], "", "+", "a+b"}
		if upper := upperHash(c.vkey); upper != c.vkey {
			others = append(others, upper)
		}
		if strings.HasSuffix(c.vkey, "=") {
			others = append(others, strings.TrimSuffix(strayBits(c.vkey+"\n"), "\n"))
		}
		for _, other := range others {
			if _, err := c.parse(other); CodeOf(err) != Malformed {
				t.Errorf("%q: %v", other, err)
			}
		}
	}
	if upperHash(v.node.VKey()) == v.node.VKey() || upperHash(v.ed.vkey) == v.ed.vkey || !strings.HasSuffix(v.pq.vkey, "=") {
		t.Error("these keys do not try what they are to try")
	}
}

// Whatever validators and witnesses are called, the policy of them parses and
// demands all of their keys.
func TestPolicyLabels(t *testing.T) {
	o := newOperators()
	names := []string{"validators", "witnesses", "everyone", "a", "a/ed25519", "a/ml-dsa-44", "a", "a~2", "none", "", "x y", "# z", "q\nquorum none", "\u00a0", "\xff", "group", "validators~2"}
	var validators, witnesses []PolicyMember
	var signers []note.Signer
	for i, name := range names {
		ed, pq := newCosigner(fmt.Sprintf("v%d.example", i)), newPQCosigner(fmt.Sprintf("v%d.example", i))
		m := PolicyMember{Name: name, Cosign: []string{ed.vkey}}
		signers = append(signers, ed)
		if i%4 != 0 {
			m.Cosign = append(m.Cosign, pq.vkey)
			signers = append(signers, pq)
		}
		validators = append(validators, m)
		w := newCosigner(fmt.Sprintf("w%d.example", i))
		witnesses = append(witnesses, PolicyMember{Name: name, Cosign: []string{w.vkey}})
		signers = append(signers, w)
	}
	text := QuorumPolicyText(o.name, validators, len(names), witnesses, len(names))
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if _, err := VerifyCheckpoint(o.signed(o.tree(), signers...), p); err != nil {
		t.Fatalf("signed by all: %v", err)
	}
	for i, s := range signers {
		_, err := VerifyCheckpoint(o.signed(o.tree(), slices.Delete(slices.Clone(signers), i, i+1)...), p)
		if _, ok := errors.AsType[*Unsigned](err); !ok {
			t.Errorf("without %s: %v", s.Name(), err)
		}
	}
	if _, err := ParsePolicy([]byte(QuorumPolicyText(o.name, validators, 3, nil, 0))); err != nil {
		t.Error(err)
	}
}

// The need meets what its documentation says, and one less does not, for all
// powers of up to five validators and some of more.
func TestPolicyNeed(t *testing.T) {
	for _, c := range []struct {
		powers []int64
		want   int
	}{
		{nil, 0}, {[]int64{10}, 1}, {[]int64{10, 10}, 2}, {[]int64{10, 10, 10}, 3}, {[]int64{10, 10, 10, 10}, 3},
		{[]int64{10, 10, 10, 10, 10, 10, 10}, 5}, {[]int64{70, 10, 10, 10}, 4}, {[]int64{1 << 58, 1 << 58, 1 << 58, 1 << 58, 1 << 58, 1 << 58, 1 << 58}, 5},
	} {
		if got := PolicyNeed(c.powers); got != c.want {
			t.Errorf("%d: need %d, want %d", c.powers, got, c.want)
		}
	}
	var try func(powers []int64, most int)
	try = func(powers []int64, most int) {
		if len(powers) > 0 {
			checkNeed(t, powers)
		}
		for p := int64(1); len(powers) < most && p <= 6; p++ {
			try(append(slices.Clone(powers), p), most)
		}
	}
	try(nil, 5)
	for _, powers := range [][]int64{{1, 1, 1, 1, 1, 1, 100}, {9, 8, 7, 6, 5, 4, 3, 2, 1}, {5, 5, 5, 5, 5, 1, 1, 1}, {40, 30, 20, 5, 5, 5, 5}} {
		checkNeed(t, powers)
	}
}

// checkNeed counts all sets of validators.
func checkNeed(t *testing.T, powers []int64) {
	n, total := len(powers), int64(0)
	for _, p := range powers {
		total += p
	}
	quorum, weak := n, 0 // the smallest set with more than two thirds, the largest with at most one
	for set := range 1 << n {
		count, sum := 0, int64(0)
		for i, p := range powers {
			if set>>i&1 == 1 {
				count, sum = count+1, sum+p
			}
		}
		if 3*sum > 2*total {
			quorum = min(quorum, count)
		}
		if 3*sum <= total {
			weak = max(weak, count)
		}
	}
	if got, want := PolicyNeed(powers), max(quorum, weak+1, n/2+1); got != want {
		t.Fatalf("%d: need %d, want %d", powers, got, want)
	}
}

// Groups are trees, so that no file takes longer to read than it is long.
func TestNestedGroups(t *testing.T) {
	o := newOperators()
	var b strings.Builder
	fmt.Fprintf(&b, "log %s\nwitness g0 %s\n", o.log.VKey(), o.witness.vkey)
	for i := range 60 {
		fmt.Fprintf(&b, "group g%d any g%d g%d\n", i+1, i, i)
	}
	b.WriteString("quorum g60\n")
	if _, err := ParsePolicy([]byte(b.String())); CodeOf(err) != Malformed || !strings.Contains(err.Error(), "policy/line 3") {
		t.Errorf("two branches at each of 60 groups: %v", err)
	}
	b.Reset()
	fmt.Fprintf(&b, "log %s\nwitness g0 %s\n", o.log.VKey(), o.witness.vkey)
	for i := range 60 {
		fmt.Fprintf(&b, "group g%d any g%d\n", i+1, i)
	}
	b.WriteString("quorum g60\n")
	p, err := ParsePolicy([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyCheckpoint(o.signed(o.tree(), o.log, o.witness), p); err != nil {
		t.Error(err)
	}
}

// What was seen under the keys of former validators is continued under those of
// the present ones.
func TestClientOutlivesValidators(t *testing.T) {
	o := newOperators()
	seen := o.signed(o.treeAt(7), o.log)
	policy, err := ParsePolicy([]byte(o.quorumText(false, 0))) // which the log's key does not satisfy
	if err != nil {
		t.Fatal(err)
	}
	serve := func(log *testRegister) *Client {
		node, server := newFakeNode(t, log)
		node.serve("/checkpoint", func() []byte { return o.signed(log.tree(), o.all(3, false)...) })
		c := newTestClient(t, server.URL, policy)
		c.Last = seen
		return c
	}
	c := serve(o.testRegister)
	if at, err := c.Checkpoint(t.Context()); err != nil || at.Tree != o.tree() || bytes.Equal(c.Seen(), seen) {
		t.Errorf("the register with other validators: %+v %v", at, err)
	}
	other := newTestRegister(o.name)
	for i := range 20 {
		other.append(&Leaf{System: &SystemRecord{Kind: "test/fork", Body: fmt.Appendf(nil, `{"n":%d}`, i)}}, DocketID{})
	}
	if _, err := serve(other).Checkpoint(t.Context()); CodeOf(err) != Unverified || !strings.Contains(err.Error(), "history was rewritten") {
		t.Errorf("another history by other validators: %v", err)
	}
	c = serve(o.testRegister)
	c.Last = []byte(change(string(seen), o.name+"\n7", "other.publica.example\n7"))
	if _, err := c.Checkpoint(t.Context()); CodeOf(err) != Unverified || !strings.Contains(err.Error(), "last") {
		t.Errorf("the checkpoint of another register: %v", err)
	}
	c.Last = []byte("cut")
	if _, err := c.Checkpoint(t.Context()); CodeOf(err) != Malformed {
		t.Errorf("no checkpoint: %v", err)
	}
}
