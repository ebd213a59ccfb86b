package node

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"publica"
	"publica/internal/ledger"
	"publica/internal/machine"
)

// accounts has so many people open an account, each with a name.
func accounts(t *testing.T, r *running, n int) (last publica.EntryID, parts []publica.Commitment) {
	t.Helper()
	for i := range n {
		key, err := publica.GenerateKey(publica.Ed25519)
		if err != nil {
			t.Fatal(err)
		}
		c, part := publica.NewContent("name", "text/plain", fmt.Appendf(nil, "Person %d", i))
		s, err := publica.NewSubmission(key, publica.Entry{Register: "test.example", Kind: "identity/account", Made: publica.TimeOf(time.Now()),
			Nonce: publica.NewNonce(nil), Body: []byte("{}"), Content: []publica.Part{part}}, c)
		if err != nil {
			t.Fatal(err)
		}
		within(t, time.Minute, "the entry is taken in", func() bool {
			_, err := r.reg.Submit(t.Context(), s)
			if err != nil && publica.CodeOf(err) != publica.Busy {
				t.Fatal(err)
			}
			return err == nil
		})
		last, parts = s.Signed.ID(), append(parts, c.Commitment())
	}
	within(t, time.Minute, "the last one is on the log", func() bool {
		receipt, err := r.reg.Receipt(t.Context(), last)
		return err == nil && receipt.Stage().Reached(publica.Logged)
	})
	return last, parts
}

// newcomer makes the folder of a node that is to join, and lets it connect to
// the others.
func newcomer(t *testing.T, others []*running) *running {
	t.Helper()
	f := newFolder(t)
	id, err := ledger.LoadIdentity(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range others {
		r.stop()
		r.folder.Config.Peers.Followers = []string{id.Peer + "@" + f.Config.Peers.Listen}
		r.start(t)
	}
	return &running{folder: f}
}

func newFolder(t *testing.T) *Folder {
	t.Helper()
	cfg := Config{Register: "test.example", Name: "newcomer", Listen: "127.0.0.1:0"}
	cfg.Peers.Listen = freeAddress(t)
	f, _, err := Init(filepath.Join(t.TempDir(), "newcomer"), cfg, machine.GenesisBody{Name: "Body of newcomers", Type: "other"}, cfg.Peers.Listen)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestJoin has a node join a register of four that others write on meanwhile.
// It executes the whole log, goes on with the blocks that come, and gets the
// content of what was there before.
func TestJoin(t *testing.T) {
	nodes := network(t, 4)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	_, parts := accounts(t, nodes[0], 300)
	late := newcomer(t, nodes)
	from := []string{"http://127.0.0.1:1", nodes[0].base, nodes[1].base} // nobody is at the first
	meanwhile := make(chan struct{})
	go func() { defer close(meanwhile); accounts(t, nodes[2], 20) }()
	var most int64
	if err := Join(t.Context(), late.folder, from, policy, func(done, _ int64) { most = done }); err != nil {
		t.Fatal(err)
	}
	t.Logf("joined with %d leaves", most)
	if most < 200 { // those who serve have just started again: what is cosigned may be a few blocks old
		t.Errorf("joined with %d leaves", most)
	}
	theirs, err := os.ReadFile(nodes[0].folder.path("genesis.json"))
	if err != nil {
		t.Fatal(err)
	}
	if ours, err := os.ReadFile(late.folder.path("genesis.json")); err != nil || !bytes.Equal(ours, theirs) {
		t.Errorf("the genesis that was kept is another: %v", err)
	}
	if err := Join(t.Context(), late.folder, from, policy, nil); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("joining twice: %v", err)
	}
	<-meanwhile
	late.start(t)
	last, _ := accounts(t, nodes[1], 1)
	within(t, time.Minute, "the newcomer follows", func() bool { return stage(t, late, policy, last) == publica.Durable })
	within(t, time.Minute, "the newcomer has the content", func() bool {
		for _, c := range parts {
			if _, err := late.reg.Content(t.Context(), c); err != nil {
				return false
			}
		}
		return true
	})
	within(t, time.Minute, "the newcomer holds everything", func() bool {
		return late.reg.(*register).holding.held() == late.reg.Status().Size
	})
	late.stop()
	r, err := Check(t.Context(), late.folder, nil)
	if err != nil || len(r.Wrong) > 0 || r.Missing > 0 {
		t.Errorf("check of the newcomer: %+v, %v", r, err)
	}
}

// TestJoinAnew has a validator that was away drop its engine's blocks and go on
// from the log of the others, with its keys and what they have signed; others
// with another history are refused.
func TestJoinAnew(t *testing.T) {
	nodes := network(t, 4)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	accounts(t, nodes[0], 20)
	away := nodes[3]
	if err := JoinAnew(t.Context(), away.folder, []string{nodes[0].base}, policy, nil); err == nil {
		t.Fatal("a running node joined anew")
	}
	away.stop()
	height, _, err := ledger.Reached(away.folder.dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := func() (all []byte) {
		for _, elem := range [][]string{{"keys", "log.key"}, {"publica.toml"}, {"engine", "config", "priv_validator_key.json"}, {"engine", "data", "priv_validator_state.json"}} {
			raw, err := os.ReadFile(away.folder.path(elem...))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, raw...)
		}
		return all
	}
	before := kept()
	_, parts := accounts(t, nodes[1], 50)

	stranger := network(t, 1)
	theirs, err := publica.ParsePolicy([]byte(stranger[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	accounts(t, stranger[0], 300)
	if err := JoinAnew(t.Context(), away.folder, []string{stranger[0].base}, theirs, nil); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("joined those who have another history: %v", err)
	}
	if now, _, err := ledger.Reached(away.folder.dir); err != nil || now != height {
		t.Errorf("then the engine is at %d, not %d, %v", now, height, err)
	}

	if err := JoinAnew(t.Context(), away.folder, []string{nodes[0].base, nodes[1].base}, policy, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, kept()) {
		t.Error("keys, configuration or signing state have changed")
	}
	if now, _, err := ledger.Reached(away.folder.dir); err != nil || now <= height {
		t.Errorf("the engine is at %d, was at %d, %v", now, height, err)
	}
	away.start(t)
	nodes[0].stop() // now the others need its vote
	last, _ := accounts(t, away, 1)
	within(t, time.Minute, "its votes count", func() bool { return stage(t, nodes[1], policy, last) == publica.Durable })
	within(t, time.Minute, "it has the content", func() bool {
		for _, c := range parts {
			if _, err := away.reg.Content(t.Context(), c); err != nil {
				return false
			}
		}
		return true
	})
	away.stop()
	if r, err := Check(t.Context(), away.folder, nil); err != nil || len(r.Wrong) > 0 || r.Missing > 0 {
		t.Errorf("check: %+v, %v", r, err)
	}
}

// TestJoinRefuses has a node join from those who serve something else than the
// log that was signed.
func TestJoinRefuses(t *testing.T) {
	nodes := network(t, 1)
	accounts(t, nodes[0], 300)
	g, err := nodes[0].folder.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := GenesisPolicy(g)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(nodes[0].base)
	if err != nil {
		t.Fatal(err)
	}
	var bend func(path string, body []byte) []byte
	var cut atomic.Int64 // requests for leaves that are answered, then no more
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/tile/entries/") && cut.Add(-1) < 0 {
			http.Error(w, "gone", http.StatusNotFound)
			return
		}
		rec := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding")
		proxy.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if bend != nil {
			body = bend(r.URL.Path, body)
		}
		w.WriteHeader(rec.Code)
		w.Write(body)
	}))
	defer server.Close()
	flip := func(prefix string) func(string, []byte) []byte {
		return func(path string, body []byte) []byte {
			if strings.HasPrefix(path, prefix) && len(body) > 100 {
				body[len(body)/2] ^= 1
			}
			return body
		}
	}
	bentRoot := func(path string, body []byte) []byte {
		if path == "/checkpoint" { // its third line
			at := bytes.LastIndexByte(body[:bytes.Index(body, []byte("\n\n"))], '\n') + 1
			body[at] = map[bool]byte{true: 'B', false: 'A'}[body[at] == 'A']
		}
		return body
	}
	other, err := publica.NewLogKey("test.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := publica.ParseLogKey(other)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := publica.SingleLogPolicy(signer.VKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		policy *publica.Policy
		bend   func(string, []byte) []byte
		cut    int64
		code   publica.Code
	}{
		"signed by nobody we believe": {stranger, nil, 100, publica.Unverified},
		"a bent checkpoint":           {policy, bentRoot, 100, publica.BadSignature},
		"a bent leaf":                 {policy, flip("/tile/entries/000"), 100, publica.Unverified},
		"a bent hash":                 {policy, flip("/tile/0/"), 100, publica.Unverified},
		"leaves that are gone":        {policy, nil, 1, publica.Unverified},
	} {
		t.Run(name, func(t *testing.T) {
			late := newFolder(t)
			bend = k.bend
			cut.Store(k.cut)
			err := Join(t.Context(), late, []string{server.URL}, k.policy, nil)
			if publica.CodeOf(err) != k.code {
				t.Fatalf("joined: %v, want %s", err, k.code)
			}
			t.Log(err)
			// With an honest one among those asked it goes on where it was.
			if err := Join(t.Context(), late, []string{server.URL, nodes[0].base}, policy, nil); err != nil {
				t.Fatal(err)
			}
			if r, err := Check(t.Context(), late, nil); err != nil || len(r.Wrong) > 0 {
				t.Errorf("check: %+v, %v", r, err)
			}
		})
	}
	t.Run("another genesis", func(t *testing.T) {
		late := newFolder(t)
		g.Silence++
		raw, err := EncodeGenesis(g)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeNew(late.path("genesis.json"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Join(t.Context(), late, []string{nodes[0].base}, policy, nil); publica.CodeOf(err) != publica.Conflict {
			t.Errorf("joined: %v", err)
		}
	})
}

// BenchmarkJoin reads a log of small entries from another node's tiles and
// executes it, beside what checking its signatures alone takes.
func BenchmarkJoin(b *testing.B) {
	const blocks, perBlock = 20, 1000
	f, err := Found(filepath.Join(b.TempDir(), "first"), Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	g, raw, err := f.genesis()
	if err != nil {
		b.Fatal(err)
	}
	c, err := openAgain(f)
	if err != nil {
		b.Fatal(err)
	}
	defer c.close()
	if _, err := c.Found(raw, g.Time); err != nil {
		b.Fatal(err)
	}
	var entries []*machine.Entry
	for h := range int64(blocks) {
		blk := &ledger.Block{Height: h + 1, Time: g.Time + publica.Time(h+1)*1000}
		for range perBlock {
			key, err := publica.GenerateKey(publica.Ed25519)
			if err != nil {
				b.Fatal(err)
			}
			s, err := publica.NewSubmission(key, publica.Entry{Register: "test.example", Kind: "identity/account", Made: blk.Time, Nonce: publica.NewNonce(nil), Body: []byte("{}")})
			if err != nil {
				b.Fatal(err)
			}
			e, err := c.Open(&s.Signed)
			if err != nil {
				b.Fatal(err)
			}
			entries = append(entries, e)
			blk.Items = append(blk.Items, ledger.Item{Entry: e})
		}
		if _, err := c.Execute(blk); err != nil {
			b.Fatal(err)
		}
		if err := c.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/checkpoint" {
			w.Write(c.head.Load().checkpoint)
			return
		}
		data, _, err := c.log.Tile(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
		}
		w.Write(data)
	}))
	defer server.Close()
	policy, err := GenesisPolicy(g)
	if err != nil {
		b.Fatal(err)
	}
	all, err := askOthers([]string{server.URL}, policy)
	if err != nil {
		b.Fatal(err)
	}
	var joining, verifying time.Duration
	for b.Loop() {
		late, err := Found(filepath.Join(b.TempDir(), "late"), Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		lc, err := openAgain(late)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := (&catchUp{chain: lc}).run(b.Context(), all); err != nil {
			b.Fatal(err)
		}
		joining += time.Since(began)
		if lc.log.Tree() != c.log.Tree() {
			b.Fatal("another log came out")
		}
		lc.close()
		os.RemoveAll(late.dir)
		verify := ledger.BatchVerifier()
		began = time.Now()
		for part := range slices.Chunk(entries, readAhead) {
			verify(part)
		}
		verifying += time.Since(began)
	}
	n := float64(b.N * len(entries))
	b.ReportMetric(n/joining.Seconds(), "entries/s")
	b.ReportMetric(n/verifying.Seconds(), "signatures/s")
}
