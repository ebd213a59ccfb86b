package publica

import (
	"bytes"
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// fakeNode serves a test register over HTTP as a node does. What it serves can
// be bent.
type fakeNode struct {
	t  *testing.T
	mu sync.Mutex // guards all below: handlers run concurrently
	r  *testRegister
	// entries holds submissions by id, logged ones with their index.
	entries map[EntryID]*Submission
	index   map[EntryID]int64
	// contents holds what is served by path.
	contents map[string]Content
	busy     int // requests to put off
	bend     func(path string, body []byte) []byte
}

func newFakeNode(t *testing.T, r *testRegister) (*fakeNode, *httptest.Server) {
	n := &fakeNode{t: t, r: r, entries: map[EntryID]*Submission{}, index: map[EntryID]int64{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	return n, s
}

func (n *fakeNode) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.busy > 0 {
		n.busy--
		w.Header().Set("Retry-After", "0")
		problem(w, http.StatusServiceUnavailable, Busy, "", "over capacity")
		return
	}
	status, body, err := n.answer(req)
	if err != nil {
		e := err.(*Error)
		problem(w, status, e.Code, e.Field, e.Message)
		return
	}
	if n.bend != nil {
		body = n.bend(req.URL.Path, body)
	}
	w.WriteHeader(status)
	w.Write(body)
}

func problem(w http.ResponseWriter, status int, code Code, field, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"about:blank","title":"Refused","status":%d,"detail":%q,"code":%q,"field":%q,"hint":"try again"}`, status, detail, code, field)
}

func (n *fakeNode) answer(req *http.Request) (int, []byte, error) {
	path := req.URL.Path
	switch {
	case path == "/api/v1/register":
		raw, err := json.Marshal(map[string]any{"register": n.r.name, "origin": n.r.name, "vkey": n.r.log.VKey(), "node_vkey": n.r.node.VKey(),
			"checkpoint": string(n.r.checkpoint()), "size": len(n.r.leaves), "founders": []string{}})
		return 200, raw, err
	case path == "/api/v1/entries" && req.Method == http.MethodPost:
		return n.submit(req)
	case strings.HasSuffix(path, "/receipt"):
		id, err := ParseEntryID(strings.TrimSuffix(strings.TrimPrefix(path, "/api/v1/entries/"), "/receipt"))
		if err != nil {
			return 400, nil, err
		}
		s, ok := n.entries[id]
		if !ok {
			return 404, nil, Problem(NotFound, "id", "is not an entry of this register")
		}
		return 200, n.receiptOf(s), nil
	case strings.HasSuffix(path, "/export"):
		id, err := ParseEntryID(strings.TrimSuffix(strings.TrimPrefix(path, "/api/v1/dockets/"), "/export"))
		if err != nil {
			return 400, nil, err
		}
		return 200, n.r.export(DocketID(id)), nil
	case strings.HasPrefix(path, "/api/v1/content/"):
		content, ok := n.contents[path]
		if !ok {
			return 404, nil, Problem(NotFound, "commitment", "is not held here")
		}
		raw, err := json.Marshal(content)
		return 200, raw, err
	case path == "/checkpoint":
		return 200, n.r.checkpoint(), nil
	}
	tile, err := torchwood.ParseTilePath(strings.TrimPrefix(path, "/"))
	if err != nil || (tile.N*torchwood.TileWidth+int64(tile.W))<<(8*max(0, tile.L)) > int64(len(n.r.leaves)) {
		return 404, nil, Problem(NotFound, "", "is not here")
	}
	if tile.L >= 0 {
		data, err := tlog.ReadTileData(tile, n.r)
		return 200, data, err
	}
	var data []byte
	for i := range int64(tile.W) {
		if data, err = torchwood.AppendTileEntry(data, n.r.leaves[tile.N*torchwood.TileWidth+i]); err != nil {
			return 500, nil, err
		}
	}
	return 200, data, nil
}

func (n *fakeNode) submit(req *http.Request) (int, []byte, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		n.t.Error(err)
	}
	s := new(Submission)
	if err := s.UnmarshalJSON(raw); err != nil {
		return 400, nil, err
	}
	e, err := s.Signed.Open()
	if err != nil {
		return 422, nil, err
	}
	if err := CheckContent(e, s.Content); err != nil {
		return 422, nil, err
	}
	n.entries[s.Signed.ID()] = s
	return 202, n.receiptOf(s), nil
}

func (n *fakeNode) receiptOf(s *Submission) []byte {
	if i, ok := n.index[s.Signed.ID()]; ok {
		return []byte(receiptText(n.r.receipt(i)))
	}
	return []byte(receiptText(n.r.promises(s)[0]))
}

// log logs a submitted entry.
func (n *fakeNode) log(id EntryID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.index[id] = n.r.add(n.entries[id], DocketID{}, nil)
	n.r.seal()
}

func newTestClient(t *testing.T, base string, policy *Policy) *Client {
	c, err := NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientSubmitAndReceipt(t *testing.T) {
	ctx := t.Context()
	r := newSample()
	node, server := newFakeNode(t, r.testRegister)
	c := newTestClient(t, server.URL, r.policy())

	info, err := Discover(ctx, nil, server.URL)
	if err != nil || info.PolicyText() != r.policyText() {
		t.Fatalf("Discover: %+v %v", info, err)
	}
	if info, err := c.Register(ctx); err != nil || info.Size != int64(len(r.leaves)) {
		t.Fatalf("Register: %+v %v", info, err)
	}
	node.busy = 2
	receipt, err := c.Submit(ctx, r.lateReceived)
	if err != nil || receipt.Stage() != Promised {
		t.Fatalf("Submit: %+v %v", receipt, err)
	}
	id := r.lateReceived.Signed.ID()
	if _, v, err := c.Receipt(ctx, id, 0); err != nil || v.Stage != Promised || v.By == 0 {
		t.Fatalf("Receipt: %+v %v", v, err)
	}
	go func() {
		time.Sleep(100 * time.Millisecond)
		node.log(id)
	}()
	_, v, err := c.Receipt(ctx, id, 10*time.Second)
	if err != nil || v.Stage != Logged || v.Entry.Kind != "participation/comment" {
		t.Fatalf("Receipt after a while: %+v %v", v, err)
	}
	if again, err := c.Submit(ctx, r.lateReceived); err != nil || again.Stage() != Logged {
		t.Fatalf("Submit again: %+v %v", again, err)
	}
}

func TestClientRefusals(t *testing.T) {
	ctx := t.Context()
	r := newSample()
	node, server := newFakeNode(t, r.testRegister)
	c := newTestClient(t, server.URL, r.policy())
	want := func(what string, err error, code Code) {
		t.Helper()
		if CodeOf(err) != code {
			t.Errorf("%s: got %v with code %q, want code %q", what, err, CodeOf(err), code)
		}
	}
	_, _, err := c.Receipt(ctx, ID([]byte("nobody")), 0)
	want("unknown entry", err, NotFound)
	if e := err.(*Error); e.Field != "id" || e.Hint != "try again" || e.Message != "is not an entry of this register" {
		t.Errorf("problem became %+v", e)
	}
	altered := *r.lateReceived
	altered.Content = []Content{{Name: "text", Salt: altered.Content[0].Salt, Data: []byte("In time!")}}
	_, err = c.Submit(ctx, &altered)
	want("content altered", err, Unverified)
	node.busy = 100
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = c.Submit(cancelled, r.lateReceived)
	if err == nil {
		t.Error("Submit succeeds though cancelled")
	}
	_, err = c.Submit(ctx, r.lateReceived)
	want("busy for too long", err, Busy)
	node.busy = 0

	promise := receiptText(r.promises(r.commentSubmission)[0])
	node.bend = func(string, []byte) []byte { return []byte(promise) }
	_, err = c.Submit(ctx, r.lateReceived)
	want("receipt of another entry", err, Unverified)
	node.bend = func(_ string, b []byte) []byte { return bytes.Replace(b, []byte("node-1"), []byte("node-2"), 1) }
	_, err = c.Submit(ctx, r.lateReceived)
	want("promise by another node", err, Unverified)
	node.bend = func(string, []byte) []byte { return []byte("<html>") }
	_, err = c.Submit(ctx, r.lateReceived)
	want("not a node", err, Malformed)
	_, err = c.Register(ctx)
	want("not a node", err, Malformed)
	_, err = c.Checkpoint(ctx)
	want("not a checkpoint", err, Malformed)
	node.bend = nil
	stranger := newTestClient(t, server.URL, newTestRegister("other.publica.example").policy())
	_, err = stranger.Register(ctx)
	want("another register", err, Unverified)
	for _, base := range []string{"", "register.example.org", "ftp://x", "http://", ":"} {
		_, err = NewClient(base, r.policy())
		want("address "+base, err, Invalid)
	}
	_, err = NewClient(server.URL, nil)
	want("no policy", err, Invalid)
	server.Close()
	_, err = c.Checkpoint(ctx)
	want("node gone", err, Internal)
}

func TestClientFollowsTheLog(t *testing.T) {
	ctx := t.Context()
	r := newSample()
	node, server := newFakeNode(t, r.testRegister)
	c := newTestClient(t, server.URL, r.policy())
	grow := func(n int) {
		for i := range n {
			r.append(&Leaf{System: &SystemRecord{Kind: "test/leaf", Body: fmt.Appendf(nil, `{"n":%d}`, i)}}, DocketID{})
		}
	}
	next := int64(0)
	for _, n := range []int{0, 1, 3, 254, 1, 300, 700, 0} {
		grow(n)
		at, leaves, err := c.Changes(ctx, next)
		if err != nil || at.Tree != r.tree() {
			t.Fatalf("checkpoint: %+v %v", at, err)
		}
		for leaf, err := range leaves {
			if err != nil {
				t.Fatal(err)
			}
			if leaf.Index != next || !bytes.Equal(leaf.Bytes, r.leaves[next]) || (leaf.Leaf.Entry != nil) != (leaf.Entry != nil) {
				t.Fatalf("leaf %d: %+v", next, leaf)
			}
			next++
		}
		if next != int64(len(r.leaves)) {
			t.Fatalf("%d leaves of %d", next, len(r.leaves))
		}
	}
	seen := c.Seen()

	// An entry bundle that does not fit the tree.
	node.bend = func(path string, b []byte) []byte {
		if strings.HasPrefix(path, "/tile/entries/") {
			return bytes.Replace(b, []byte(`"stance":"support"`), []byte(`"stance":"opposed"`), 1)
		}
		return b
	}
	at, leaves, err := c.Changes(ctx, 0)
	if err != nil {
		t.Fatal(at, err)
	}
	err = nil
	for _, err = range leaves {
	}
	if CodeOf(err) != Unverified {
		t.Errorf("altered bundle: %v", err)
	}
	node.bend = nil

	// A log that was rewritten, one that shrank, and one whose key is another.
	old := *r.testRegister
	fork := newSample()
	for range len(old.leaves) - len(fork.leaves) + 5 {
		fork.append(&Leaf{System: &SystemRecord{Kind: "test/fork", Body: []byte(`{}`)}}, DocketID{})
	}
	*r.testRegister = *fork.testRegister
	_, err = c.Checkpoint(ctx)
	if CodeOf(err) != Unverified || !strings.Contains(err.Error(), "history was rewritten") {
		t.Errorf("rewritten log: %v", err)
	}
	if f, ok := errors.AsType[*Fork](err); !ok || !bytes.Equal(f.Older, seen) || !bytes.Equal(f.Newer, r.checkpoint()) {
		t.Errorf("rewritten log, without both histories: %v", err)
	} else if signers, err := f.Verify(r.policy()); err != nil || fmt.Sprint(signers) != "["+r.name+"]" {
		t.Errorf("the evidence: %v %v", signers, err)
	}
	*r.testRegister = *newSample().testRegister
	_, err = c.Checkpoint(ctx)
	if _, fork := errors.AsType[*Fork](err); fork || CodeOf(err) != Unverified || !strings.Contains(err.Error(), "fewer") {
		t.Errorf("shorter log: %v", err)
	}
	if !bytes.Equal(c.Seen(), seen) {
		t.Error("a refused checkpoint was kept")
	}
	r.log = newImposter(r.name)
	if _, err := c.Checkpoint(ctx); CodeOf(err) != Unverified {
		t.Errorf("another key: %v", err)
	}
	*r.testRegister = old
	next2 := newTestClient(t, server.URL, r.policy())
	next2.Last = seen
	if _, err := next2.Checkpoint(ctx); err != nil {
		t.Errorf("a new run with the checkpoint of the last: %v", err)
	}
}

// serve makes the node answer path with what body returns.
func (n *fakeNode) serve(path string, body func() []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.bend
	n.bend = func(p string, b []byte) []byte {
		if p == path {
			return body()
		}
		if before != nil {
			return before(p, b)
		}
		return b
	}
}

// A log forked by two dishonest validators of four is refused: too few signed
// it, and that those two signed both histories is kept.
func TestClientMeetsAFork(t *testing.T) {
	ctx := t.Context()
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(false, 0)))
	if err != nil {
		t.Fatal(err)
	}
	v := o.validators
	for _, c := range []struct {
		name   string
		more   int // leaves of the second history beyond those of the first
		bySome []note.Signer
		forked string // who signed both, "" if nothing is proven
	}{
		{"of the same size, by two", 0, []note.Signer{v[0].ed, v[1].ed}, "[node1.demo.publica.example node2.demo.publica.example]"},
		{"larger, by two", 5, []note.Signer{v[0].ed, v[1].ed}, "[node1.demo.publica.example node2.demo.publica.example]"},
		{"by one who was not asked before", 0, []note.Signer{v[3].ed}, ""},
		{"by nobody", 5, []note.Signer{o.log}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // it waits for cosigners that never sign
			second := secondHistory(c.more)
			node, server := newFakeNode(t, second.testRegister)
			node.serve("/checkpoint", func() []byte { return o.signed(second.tree(), c.bySome...) })
			client := newTestClient(t, server.URL, policy)
			client.Last = o.signed(o.tree(), v[0].ed, v[1].ed, v[2].ed)
			seen := client.Seen()
			_, err := client.Checkpoint(ctx)
			if CodeOf(err) != Unverified || !bytes.Equal(client.Seen(), seen) {
				t.Fatalf("got %v", err)
			}
			f, ok := errors.AsType[*Fork](err)
			if ok != (c.forked != "") {
				t.Fatalf("evidence: %v, in %v", ok, err)
			}
			if !ok {
				if _, ok := errors.AsType[*Unsigned](err); !ok {
					t.Errorf("got %v, want it to say who has not signed", err)
				}
				return
			}
			kept, err := ParseFork([]byte(forkText(f)))
			if err != nil {
				t.Fatal(err)
			}
			if signers, err := kept.Verify(policy); err != nil || fmt.Sprint(signers) != c.forked {
				t.Errorf("signed by %v: %v", signers, err)
			}
		})
	}
}

// A node that is behind is no liar, and one that hides what it has shown is
// found out when it goes on in another way.
func TestClientMeetsANodeBehind(t *testing.T) {
	o, second := newOperators(), secondHistory(0)
	n := o.tree().N
	serveAt := func(log *testRegister, size int64) *Client {
		node, server := newFakeNode(t, log)
		node.serve("/checkpoint", func() []byte { return o.signed(log.treeAt(size), o.log) })
		c := newTestClient(t, server.URL, o.policy())
		c.Last = o.signed(o.tree(), o.log)
		return c
	}
	_, err := serveAt(o.testRegister, n-2).Checkpoint(t.Context())
	if _, fork := errors.AsType[*Fork](err); fork || CodeOf(err) != Unverified || !strings.Contains(err.Error(), "fewer") {
		t.Errorf("behind: %v", err)
	}
	_, err = serveAt(second.testRegister, n-2).Checkpoint(t.Context())
	if _, fork := errors.AsType[*Fork](err); fork || CodeOf(err) != Unverified {
		t.Errorf("behind in another history, whose tiles prove nothing of the first: %v", err)
	}
	node, server := newFakeNode(t, o.testRegister)
	node.serve("/checkpoint", func() []byte { return o.signed(second.treeAt(n-2), o.log) })
	c := newTestClient(t, server.URL, o.policy())
	c.Last = o.signed(o.tree(), o.log)
	_, err = c.Checkpoint(t.Context())
	if f, ok := errors.AsType[*Fork](err); !ok {
		t.Errorf("smaller, and contradicts the tiles of the one seen: %v", err)
	} else if _, err := f.Verify(o.policy()); err != nil {
		t.Error(err)
	}
}

// The receipt grows while the client waits.
func TestClientAwaits(t *testing.T) {
	ctx := t.Context()
	o := newOperators()
	policy, err := ParsePolicy([]byte(o.quorumText(false, 0)))
	if err != nil {
		t.Fatal(err)
	}
	node, server := newFakeNode(t, o.testRegister)
	c := newTestClient(t, server.URL, policy)
	id, size := o.commentSubmission.Signed.ID(), int64(len(o.leaves))
	steps := []*Receipt{
		o.receiptUnder(o.comment, 0, 0, o.all(1, false)...),
		o.receiptUnder(o.comment, 0, 0, o.all(3, false)...),
		o.receiptUnder(o.comment, 2, size, o.all(3, false)...),
		o.receiptUnder(o.comment, 4, size, o.all(4, false)...),
	}
	node.entries[id] = o.commentSubmission
	asked := 0
	node.serve("/api/v1/entries/"+id.String()+"/receipt", func() []byte {
		asked++
		return []byte(receiptText(steps[min(asked, len(steps))-1]))
	})
	if _, v, err := c.Await(ctx, id, Cosigned, time.Minute); err != nil || v.Stage != Cosigned || asked != 2 {
		t.Errorf("cosigned after %d: %+v %v", asked, v, err)
	}
	if _, v, err := c.Await(ctx, id, Durable, time.Minute); err != nil || v.Stage != Durable || len(v.HeldBy) != 4 {
		t.Errorf("durable after %d: %+v %v", asked, v, err)
	}
	asked = 0
	if _, _, err := c.Await(ctx, id, Logged, 0); CodeOf(err) != Unverified {
		t.Errorf("not cosigned, and no time to wait: %v", err)
	}
	asked = 2
	if _, v, err := c.Await(ctx, id, Durable, 0); err != nil || v.Stage != Cosigned {
		t.Errorf("not durable, and no time to wait: %+v %v", v, err)
	}
	bare, err := SingleLogPolicy(o.log.VKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []Stage{Cosigned, Durable} {
		if _, _, err := newTestClient(t, server.URL, bare).Await(ctx, id, stage, time.Minute); CodeOf(err) != Invalid {
			t.Errorf("%s under a policy that cannot show it: %v", stage, err)
		}
	}
}

func TestClientContent(t *testing.T) {
	r := newSample()
	node, server := newFakeNode(t, r.testRegister)
	c := newTestClient(t, server.URL, r.policy())
	want := r.commentSubmission.Content[0]
	path := "/api/v1/content/" + want.Commitment().String()
	node.contents = map[string]Content{path: want}
	if got, err := c.Content(t.Context(), want.Commitment()); err != nil || !bytes.Equal(got.Data, want.Data) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := c.Content(t.Context(), Commitment{1}); CodeOf(err) != NotFound {
		t.Errorf("not there: %v", err)
	}
	bent := want
	bent.Data = append([]byte("x"), want.Data...)
	node.contents[path] = bent
	if _, err := c.Content(t.Context(), want.Commitment()); CodeOf(err) != Unverified {
		t.Errorf("other content: %v", err)
	}
}

func TestClientExport(t *testing.T) {
	ctx := t.Context()
	r := newSample()
	node, server := newFakeNode(t, r.testRegister)
	c := newTestClient(t, server.URL, r.policy())
	var b bytes.Buffer
	sum, err := c.Export(ctx, r.docket, &b, nil)
	if err != nil || sum.Size != 5 || !bytes.Equal(b.Bytes(), r.export(r.docket)) {
		t.Fatalf("%+v %v", sum, err)
	}
	node.bend = func(string, []byte) []byte { return r.export(r.other) }
	if _, err := c.Export(ctx, r.docket, io.Discard, nil); CodeOf(err) != Unverified {
		t.Errorf("another docket: %v", err)
	}
}
