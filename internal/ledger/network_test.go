package ledger

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"publica"
)

// A network is a few nodes on loopback.
type network struct {
	t     testing.TB
	nodes []*testNode
}

type testNode struct {
	Config
	id      Identity
	address string // id@host:port
	app     *fakeApp
	*Ledger[testPromise]
	stopped bool

	mu    sync.Mutex
	heard []string // statements, as peer and text
}

// newNetwork prepares n validators that all know each other.
func newNetwork(t testing.TB, n int) *network {
	t.Helper()
	w := &network{t: t}
	var validators []Validator
	for i := range n {
		node := w.newNode()
		validators = append(validators, Validator{Name: fmt.Sprint(i), Key: node.id.Validator, Power: 10})
	}
	for _, node := range w.nodes {
		node.Validators = validators
		for _, other := range w.nodes {
			if other != node {
				node.Peers = append(node.Peers, other.address)
			}
		}
	}
	t.Cleanup(func() {
		for i, node := range w.nodes {
			if node.Ledger != nil && !node.stopped {
				w.stop(i)
			}
		}
	})
	return w
}

// newNode prepares a node that knows nobody.
func (w *network) newNode() *testNode {
	w.t.Helper()
	dir := w.t.TempDir()
	id, err := LoadIdentity(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	node := &testNode{Config: testConfig(w.t, dir), id: id, app: newFakeApp(w.t, filepath.Join(dir, "app.json"))}
	node.GenesisTime = publica.Time(1_700_000_000_000)
	node.Listen = freeAddress(w.t)
	node.Log = nil // peers that are not up yet are no news
	node.Heard = func(peer string, statement []byte) {
		node.mu.Lock()
		defer node.mu.Unlock()
		node.heard = append(node.heard, peer+" "+string(statement))
	}
	node.address = id.Peer + "@" + node.Listen
	w.nodes = append(w.nodes, node)
	return node
}

// addresses counts those given to tests of this process.
var addresses atomic.Int64

// freeAddress returns a loopback address for a node to listen on later. Nobody
// else gets it meanwhile: its host is this process' own, and its port is below
// those that the system gives to connections.
func freeAddress(t testing.TB) string {
	t.Helper()
	pid := os.Getpid()
	for range 100 {
		at := fmt.Sprintf("127.%d.%d.%d:%d", pid>>14&255, pid>>7&127, pid&127+1, 10_000+addresses.Add(1)%20_000)
		if l, err := net.Listen("tcp", at); err == nil {
			l.Close()
			return at
		}
	}
	t.Fatal("no loopback address can be had")
	return ""
}

// join prepares a node that is no validator and that all know.
func (w *network) join() *testNode {
	w.t.Helper()
	node := w.newNode()
	node.Validators = w.nodes[0].Validators
	for _, other := range w.nodes[:len(w.nodes)-1] {
		node.Peers = append(node.Peers, other.address)
		other.Peers = append(other.Peers, node.address)
		if other.Ledger != nil && !other.stopped {
			other.SetPeers(other.Peers)
		}
	}
	return node
}

func (w *network) start(which ...int) {
	w.t.Helper()
	for _, i := range which {
		node := w.nodes[i]
		l, err := Start(w.t.Context(), node.Config, node.app, testPromises, node.app.decided)
		if err != nil {
			w.t.Fatal(err)
		}
		node.Ledger, node.stopped = l, false
	}
}

func (w *network) startAll() {
	w.t.Helper()
	for i := range w.nodes {
		w.start(i)
	}
}

// stop stops a node; its app is read from disk at the next start.
func (w *network) stop(i int) {
	w.t.Helper()
	node := w.nodes[i]
	if err := node.Stop(); err != nil {
		w.t.Error(err)
	}
	node.stopped = true
	node.app = newFakeApp(w.t, node.app.file)
}

// submit submits entries to a node until it promises them.
func (w *network) submit(i, from, n int) []publica.EntryID {
	w.t.Helper()
	ids := make([]publica.EntryID, n)
	eachOf(n, 50, func(k int) {
		e, c := makeEntry(w.t, testKey, from+k, 100)
		ids[k] = e.ID
		for {
			_, err := w.nodes[i].Submit(e, c)
			if err == nil {
				return
			}
			if publica.CodeOf(err) != publica.Busy {
				w.t.Errorf("entry %d: %v", from+k, err)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	return ids
}

// decided waits until all running nodes have decided the entries.
func (w *network) decided(ids []publica.EntryID) {
	w.t.Helper()
	for i, node := range w.nodes {
		if node.Ledger == nil || node.stopped {
			continue
		}
		eventually(w.t, fmt.Sprintf("%d entries at node %d", len(ids), i), func() bool {
			return !slices.ContainsFunc(ids, func(id publica.EntryID) bool { return !node.app.decided(id) })
		})
	}
}

// agree waits until all running nodes have come to the same root.
func (w *network) agree() {
	w.t.Helper()
	eventually(w.t, "equal roots", func() bool {
		var first []byte
		for _, node := range w.nodes {
			if node.Ledger == nil || node.stopped {
				continue
			}
			_, root, _ := node.app.Position()
			if first == nil {
				first = root
			}
			if !bytes.Equal(first, root) {
				return false
			}
		}
		return true
	})
}

func (w *network) connected(i, n int) {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%d peers of node %d", n, i), func() bool {
		here := 0
		for _, p := range w.nodes[i].Status().Peers {
			if p.Connected {
				here++
			}
		}
		return here == n
	})
}

// proposers says who proposed the entries a node has decided.
func (n *testNode) proposers() map[string]int {
	by := map[string]int{}
	for _, b := range n.app.history() {
		by[b.proposer] += b.entries
	}
	return by
}

// Entries that one node took in reach blocks that others propose, content is
// on every node, and all come to the same register.
func TestFourValidators(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	for i := range w.nodes {
		w.connected(i, 3)
	}
	const each = 50
	var ids []publica.EntryID
	for i := range w.nodes {
		ids = append(ids, w.submit(i, i*1000, each)...)
	}
	w.decided(ids)
	for i := range 8 {
		one := w.submit(0, 10_000+i, 1)
		w.decided(one)
		ids = append(ids, one...)
	}
	w.agree()
	for i, node := range w.nodes {
		eventually(t, "an empty pool", func() bool { return node.Status().Waiting == 0 && node.intake.Undecided() == 0 })
		// A block may be quicker than an entry; then content must be fetched.
		t.Logf("node %d was handed %d parts of content with %d entries", i, node.app.content, len(ids))
		if s := node.Status(); !s.Quorum || s.Stalled || s.Restored {
			t.Errorf("node %d: %+v", i, s)
		}
	}
	by := w.nodes[0].proposers()
	t.Logf("%d entries in %d blocks, proposed by %v", len(ids), w.nodes[0].Status().Height, by)
	if len(by) < 4 {
		t.Errorf("only %d nodes proposed", len(by))
	}
}

// One of four is away: the others go on, and it catches up.
func TestOneOfFourAway(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	ids := w.submit(3, 0, 20)
	w.decided(ids)
	w.stop(3)
	for i := range 5 {
		one := w.submit(i%3, 1000+i, 1)
		w.decided(one)
		ids = append(ids, one...)
	}
	w.start(3)
	w.decided(ids)
	w.agree()
	w.connected(3, 3)
	w.decided(w.submit(3, 2000, 5))
}

// All go, at once, and come back: nothing that was promised is lost.
func TestAllAway(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	var ids []publica.EntryID
	for round := range 2 {
		for i := range w.nodes {
			ids = append(ids, w.submit(i, round*10_000+i*1000, 20)...)
		}
		var all sync.WaitGroup
		for i := range w.nodes {
			all.Go(func() { w.stop(i) })
		}
		all.Wait()
		w.startAll()
	}
	w.decided(ids)
	w.agree()
}

// Content that does not travel with its entry is pulled before the entry counts
// as held, and served to whoever lacks it afterwards.
func TestLargeContent(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	w.connected(0, 3)
	for i, size := range []int{inlinePart, inlinePart + 1, pieceSize, 3*pieceSize + 17} {
		e, c := makeEntry(t, testKey, i, size)
		if _, err := w.nodes[0].Submit(e, c); err != nil {
			t.Fatal(err)
		}
		w.decided([]publica.EntryID{e.ID})
		want := c[0].Commitment()
		for j, node := range w.nodes {
			if _, err := node.app.Content(want); err != nil {
				t.Logf("%d bytes: node %d was not handed the content: %v", size, j, err)
				got, err := node.Fetch(t.Context(), want)
				if err != nil || !bytes.Equal(got.Data, c[0].Data) {
					t.Errorf("%d bytes: node %d: %v", size, j, err)
				}
			}
		}
		got, err := w.nodes[1].Fetch(t.Context(), want)
		if err != nil || got.Commitment() != want || len(got.Data) != size {
			t.Errorf("fetch %d bytes: %d, %v", size, len(got.Data), err)
		}
	}
	if _, err := w.nodes[1].Fetch(t.Context(), publica.Commitment{1}); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("fetch what nobody has: %v", err)
	}
}

// While no peer is there a node takes entries in and gives no word for them.
func TestPromiseNeedsAPeer(t *testing.T) {
	w := newNetwork(t, 4)
	w.nodes[0].Confirm = 300 * time.Millisecond
	w.start(0)
	e, c := makeEntry(t, testKey, 1, 100)
	for range 2 {
		if p, err := w.nodes[0].Submit(e, c); publica.CodeOf(err) != publica.Busy || p != (testPromise{}) {
			t.Fatalf("alone: %v, %v", p, err)
		}
	}
	if _, _, ok := w.nodes[0].Pending(e.ID); ok {
		t.Error("pending, with a promise, though nobody else holds it")
	}
	if w.nodes[0].Status().Waiting != 1 {
		t.Error("not taken in")
	}
	w.start(1)
	eventually(t, "the promise", func() bool { _, err := w.nodes[0].Submit(e, c); return err == nil })
	if _, _, ok := w.nodes[0].Pending(e.ID); !ok {
		t.Error("not pending")
	}
	if w.nodes[0].app.count() != 0 {
		t.Error("decided by two of four")
	}
	w.start(2, 3)
	w.decided([]publica.EntryID{e.ID})
}

// Nodes that are connected through others only get entries all the same, with
// their content.
func TestEntriesAreForwarded(t *testing.T) {
	w := newNetwork(t, 4)
	for i, node := range w.nodes {
		node.Peers = nil
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < 4 {
				node.Peers = append(node.Peers, w.nodes[j].address)
			}
		}
		node.Pace = time.Hour // so that the entry waits long enough to be passed on
	}
	w.startAll()
	w.decided(w.submit(0, 1, 1))
	e, c := makeEntry(t, testKey, 2, inlinePart+1)
	if _, err := w.nodes[0].Submit(e, c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the entry at the other end", func() bool { _, _, ok := w.nodes[3].Pending(e.ID); return ok })
	it, _, _ := w.nodes[3].Pending(e.ID)
	if err := publica.CheckContent(it.Entry.Entry, it.Content); err != nil || len(it.Content) != 1 {
		t.Errorf("%d parts, %v", len(it.Content), err)
	}
}

// A node that has the entry of another is not sent it again and again.
func TestEntriesAreSentOnce(t *testing.T) {
	w := newNetwork(t, 4)
	for _, node := range w.nodes {
		node.Pace = time.Hour
	}
	w.startAll()
	for i := range w.nodes {
		w.connected(i, 3)
	}
	w.decided(w.submit(0, 1, 1))
	ids := w.submit(0, 10, 30)
	for i, node := range w.nodes[1:] {
		eventually(t, "the entries", func() bool { return node.Status().Waiting == len(ids) })
		for _, p := range node.exchange.connected() {
			eventually(t, fmt.Sprintf("node %d to know who holds them", i+1), func() bool {
				lacking, _ := node.pool.lacking(p.seat, ids)
				return len(lacking) == 0
			})
		}
	}
}

func TestStatements(t *testing.T) {
	w := newNetwork(t, 3)
	w.startAll()
	w.connected(0, 2)
	heard := func(i int, from int, what string) func() bool {
		node := w.nodes[i]
		return func() bool {
			node.mu.Lock()
			defer node.mu.Unlock()
			return slices.Contains(node.heard, w.nodes[from].id.Peer+" "+what)
		}
	}
	w.nodes[0].Say([]byte("first"))
	eventually(t, "a statement", heard(1, 0, "first"))
	eventually(t, "a statement", heard(2, 0, "first"))
	w.stop(2)
	w.nodes[0].Say([]byte("second"))
	long := strings.Repeat("x", maxStatement)
	w.nodes[0].Say([]byte(long))
	w.nodes[0].Say([]byte(long + "y"))
	eventually(t, "a long statement", heard(1, 0, long))
	w.start(2)
	eventually(t, "the last statement after coming back", heard(2, 0, long))
	if heard(2, 0, "second")() || heard(1, 0, long+"y")() {
		t.Error("heard what should not have been said")
	}
}

// Latency of a lone entry on a register of four: to the promise, and to its
// block.
func BenchmarkLoneEntry(b *testing.B) {
	w := newNetwork(b, 4)
	w.startAll()
	w.connected(0, 3)
	w.decided(w.submit(0, 0, 1))
	var promised, decided []time.Duration
	for i := range b.N {
		time.Sleep(1500 * time.Millisecond) // long enough for block time to be stale
		e, c := makeEntry(b, testKey, 10+i, 250)
		start := time.Now()
		if _, err := w.nodes[i%4].Submit(e, c); err != nil {
			b.Fatal(err)
		}
		promised = append(promised, time.Since(start))
		eventually(b, "the entry", func() bool { return w.nodes[(i+1)%4].app.decided(e.ID) })
		decided = append(decided, time.Since(start))
	}
	slices.Sort(promised)
	slices.Sort(decided)
	b.ReportMetric(float64(promised[len(promised)/2].Microseconds())/1000, "promised-ms")
	b.ReportMetric(float64(decided[len(decided)/2].Microseconds())/1000, "decided-ms")
	b.ReportMetric(float64(decided[len(decided)-1].Microseconds())/1000, "decided-max-ms")
}

// Peers come and go while the node runs; strangers are not let in.
func TestSetPeers(t *testing.T) {
	w := newNetwork(t, 3)
	for _, node := range w.nodes[1:] {
		node.Peers = []string{w.nodes[0].address}
	}
	first := w.nodes[0]
	first.Peers = nil
	w.startAll()
	time.Sleep(1500 * time.Millisecond) // they dial meanwhile
	if n := first.engine.Switch().Peers().Size(); n != 0 {
		t.Fatalf("%d strangers connected", n)
	}
	first.SetPeers([]string{w.nodes[1].address, "nonsense", first.address})
	w.connected(0, 1)
	if p := first.Status().Peers; len(p) != 1 || p[0].ID != w.nodes[1].id.Peer || p[0].Address != w.nodes[1].Listen || p[0].Validator != Address(w.nodes[1].id.Validator) {
		t.Errorf("peers %+v", p)
	}
	first.SetPeers([]string{w.nodes[2].address})
	eventually(t, "the change of peers", func() bool {
		peers := first.engine.Switch().Peers()
		return peers.Size() == 1 && string(peers.Copy()[0].ID()) == w.nodes[2].id.Peer
	})
}
