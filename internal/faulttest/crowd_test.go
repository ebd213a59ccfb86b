package faulttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"publica"
)

// A crowd is people who comment, each at one node and at the next if that one
// does not answer, and keep the promises they are given.
type crowd struct {
	r      *Register
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu       sync.Mutex // guards all below
	promises map[publica.EntryID]promise
	followed []time.Duration // from click to a receipt that is cosigned and durable
	refused  int             // attempts that ended without a promise
	sealed   error           // a promise or receipt that does not verify
}

// A promise is what a person was given.
type promise struct {
	node    int // that gave it
	clicked time.Time
	given   time.Time
	receipt *publica.Receipt
}

const (
	people = 6
	// pause is between two comments of a person: the register is to be in use,
	// not to be measured.
	pause = 50 * time.Millisecond
	// oneIn of the comments is followed until its receipt is complete.
	oneIn = 10
	// giveUp is how long a person waits for an answer before going elsewhere.
	giveUp = 5 * time.Second
)

// newCrowd lets people comment until they are told to leave.
func newCrowd(r *Register) *crowd {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{r: r, cancel: cancel, promises: map[publica.EntryID]promise{}}
	for i := range people {
		c.wait.Go(func() { c.person(ctx, i) })
	}
	return c
}

// leave ends the comments and waits until the last is answered.
func (c *crowd) leave() {
	c.cancel()
	c.wait.Wait()
}

func (c *crowd) person(ctx context.Context, i int) {
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		panic(err)
	}
	var clients []*publica.Client
	for _, n := range c.r.nodes {
		clients = append(clients, n.client(c.r.policy))
	}
	for turn := 0; ctx.Err() == nil; turn++ {
		s := c.r.comment(key, nil)
		clicked := time.Now()
		for at := i % len(clients); ctx.Err() == nil; at = (at + 1) % len(clients) {
			if c.submit(ctx, clients[at], at, s, clicked) {
				if turn%oneIn == 0 {
					c.wait.Go(func() { c.follow(ctx, clients, at, s.Signed.ID(), clicked) })
				}
				break
			}
			pauseFor(ctx, pause)
		}
		pauseFor(ctx, pause)
	}
}

// submit tries once and keeps the promise.
func (c *crowd) submit(ctx context.Context, client *publica.Client, at int, s *publica.Submission, clicked time.Time) bool {
	patient, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	receipt, err := client.Submit(patient, s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.refused++
		if code := publica.CodeOf(err); ctx.Err() == nil && (code == publica.Unverified || code == publica.BadSignature) {
			c.sealed = fmt.Errorf("what node %d answered does not verify: %w", at+1, err)
		}
		return false
	}
	id := s.Signed.ID()
	if _, before := c.promises[id]; !before && receipt.Promise != nil {
		c.promises[id] = promise{node: at, clicked: clicked, given: time.Now(), receipt: receipt}
	}
	return true
}

// follow asks for the receipt until it is complete, at the next node when one
// does not answer.
func (c *crowd) follow(ctx context.Context, clients []*publica.Client, at int, id publica.EntryID, clicked time.Time) {
	for ; ctx.Err() == nil; at = (at + 1) % len(clients) {
		patient, cancel := context.WithTimeout(ctx, giveUp)
		_, v, err := clients[at].Await(patient, id, publica.Durable, giveUp)
		cancel()
		if err == nil && v.Stage.Reached(publica.Durable) {
			c.mu.Lock()
			c.followed = append(c.followed, time.Since(clicked))
			c.mu.Unlock()
			return
		}
		pauseFor(ctx, pause)
	}
}

// count returns how many promises were given so far.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.promises)
}

// awaitPromise waits until somebody is given a promise from now on: the
// register goes on.
func (c *crowd) awaitPromise(within time.Duration) {
	c.r.t.Helper()
	before := c.count()
	c.r.await("a promise", within, func() string {
		if c.count() > before {
			return ""
		}
		return "nobody is given one"
	})
}

// comment returns a signed comment, with an attachment if there is one.
func (r *Register) comment(key *publica.PrivateKey, attachment []byte) *publica.Submission {
	text, part := publica.NewContent("text", "text/plain", []byte("A comment, one of many: "+rand.Text()))
	content, parts := []publica.Content{text}, []publica.Part{part}
	if attachment != nil {
		a, part := publica.NewContent("attachment-1", "application/octet-stream", attachment)
		content, parts = append(content, a), append(parts, part)
	}
	s, err := publica.NewSubmission(key, publica.Entry{Register: registerName, Docket: r.docket, Kind: "participation/comment",
		Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: []byte(`{"stance":"support"}`), Content: parts}, content...)
	if err != nil {
		panic(err)
	}
	return s
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// percentile returns the value that so many of a hundred do not exceed, zero of
// none.
func percentile(all []time.Duration, of int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*of/100, len(sorted)-1)]
}
