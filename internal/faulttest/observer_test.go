package faulttest

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// observed is what outsiders have seen of the log, one watching each node all
// the time. They compare every leaf and every root: two nodes that tell
// different stories, or one that changes its own, are noticed at the first leaf.
type observed struct {
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex         // guards all below
	tree    publica.TreeHasher // of all leaves seen
	leaves  []tlog.Hash
	roots   []tlog.Hash // by size, of leaves
	entries map[publica.EntryID]sighting
	seen    []*view  // by node
	older   int      // checkpoints than the one the same node showed before
	wrong   []string // forks, rewritten history, entries that stand twice
}

// A sighting is an entry's first appearance on any node's log.
type sighting struct {
	index int64
	at    publica.Time // block time
	when  time.Time    // it was seen
}

// A view is the log as one node shows it.
type view struct {
	shown   int64 // leaves
	size    int64 // of its last checkpoint
	trouble error // of the last look, nil if it went well
}

// lookEach is between two looks at a node.
const lookEach = 200 * time.Millisecond

func newObserved() *observed {
	o := &observed{entries: map[publica.EntryID]sighting{}}
	o.roots = append(o.roots, o.tree.Root())
	return o
}

// follow watches all nodes until stop.
func (o *observed) follow(r *Register) {
	var ctx context.Context
	ctx, o.cancel = context.WithCancel(context.Background())
	for _, n := range r.nodes {
		v := new(view)
		o.seen = append(o.seen, v)
		o.wait.Go(func() {
			client := n.client(n.own)
			for ctx.Err() == nil {
				err := o.look(ctx, client, n, v)
				o.mu.Lock()
				v.trouble = err
				o.mu.Unlock()
				pauseFor(ctx, lookEach)
			}
		})
	}
}

func (o *observed) stop() {
	o.cancel()
	o.wait.Wait()
}

// look reads what a node's log has gained. Its error means that the node could
// not be read, or showed what does not verify: a node that was just killed
// does the one, none may go on with either.
func (o *observed) look(ctx context.Context, client *publica.Client, n *Node, v *view) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	at, err := client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	client.Last = nil // contradictions are found here, with both sides at hand
	o.mu.Lock()
	if at.Tree.N < v.size {
		o.older++ // of the same log, or its root will tell
	}
	v.size = at.Tree.N
	from := v.shown
	o.mu.Unlock()
	for leaf, err := range client.Leaves(ctx, at, from) {
		if err != nil {
			return err
		}
		o.leaf(n, v, &leaf)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.roots[at.Tree.N] != at.Tree.Hash {
		o.accuse("node %d signed another root at %d leaves than its leaves have", n.i+1, at.Tree.N)
	}
	return nil
}

func (o *observed) leaf(n *Node, v *view, l *publica.LogLeaf) {
	hash := publica.LeafHash(l.Bytes)
	o.mu.Lock()
	defer o.mu.Unlock()
	v.shown++
	if l.Index < int64(len(o.leaves)) {
		if o.leaves[l.Index] != hash {
			o.accuse("fork: node %d has another leaf %d than the node that showed it first", n.i+1, l.Index)
		}
		return
	}
	o.tree.Append(hash)
	o.leaves, o.roots = append(o.leaves, hash), append(o.roots, o.tree.Root())
	if l.Leaf.Entry == nil {
		return
	}
	id := l.Leaf.ID()
	if before, ok := o.entries[id]; ok {
		o.accuse("entry %s stands at %d and again at %d", id, before.index, l.Index)
		return
	}
	o.entries[id] = sighting{index: l.Index, at: l.Leaf.Time, when: time.Now()}
}

// accuse notes what must never happen; called with mu held.
func (o *observed) accuse(format string, args ...any) {
	o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
}

// standing is what a node says of itself and the others, GET /validators.
type standing struct {
	Size     int64 `json:"size"`
	Cosigned int64 `json:"cosigned"`
	Durable  int64 `json:"durable"`
	Missing  int64 `json:"missing"`

	Validators []struct {
		Name      string       `json:"name"`
		LastVote  publica.Time `json:"last_vote"`
		Holds     int64        `json:"holds"`
		Conflicts int64        `json:"conflicts"`
		Broken    int64        `json:"broken"`
	} `json:"validators"`
}

// standing asks the node.
func (n *Node) standing() (s standing, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	status, body, err := n.get(ctx, "/api/v1/validators")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &s)
	}
	return s, err
}

// get fetches a path from the node.
func (n *Node) get(ctx context.Context, path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.base+path, nil)
	if err != nil {
		return 0, "", err
	}
	client := n.r.net.client(n.i)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, string(raw), err
}
