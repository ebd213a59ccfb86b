package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"publica"
)

// holding knows up to where this node holds the content that the log commits
// to, and fetches from peers what it lacks.
//
// How far it got is kept in the content store itself: if that folder is lost,
// so is the knowledge, and everything is looked for again.
type holding struct {
	chain *chain
	fetch func(context.Context, publica.Commitment) (publica.Content, error) // set before run
	purge func(context.Context) error                                        // the same: empties what else holds content
	log   *slog.Logger

	moved  chan struct{} // holds one: held has changed
	wanted chan struct{} // holds one: more is missing than before

	mu      sync.Mutex                   // guards all below
	cursor  int64                        // leaves looked at
	missing map[publica.Commitment]int64 // parts lacked, and the first leaf that commits to each
	saved   int64
	ordered int64 // leaf of the first order to erase that is not carried out; never if there is none
}

const (
	mostMissing  = 100_000 // parts looked for at once; the cursor waits beyond
	fetchers     = 4       // parts asked for at once
	lookAgain    = 2 * time.Second
	saveHeldEach = 1000 // leaves between two notes of how far it got
)

func newHolding(c *chain, log *slog.Logger) (*holding, error) {
	from, err := c.content.Held()
	if err != nil {
		return nil, err
	}
	if size := c.head.Load().tree.N; from > size {
		// The log is older than the content: a backup was restored. What comes
		// on it now is not what was held.
		from = size
		if err := c.content.SetHeld(from); err != nil {
			return nil, err
		}
	}
	h := &holding{chain: c, log: log, moved: make(chan struct{}, 1), wanted: make(chan struct{}, 1), cursor: from, saved: from,
		missing: map[publica.Commitment]int64{}}
	return h, h.nextOrder()
}

// held returns the log size up to which all content is here.
func (h *holding) held() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heldLocked()
}

func (h *holding) heldLocked() int64 {
	held := min(h.cursor, h.ordered)
	for _, at := range h.missing {
		held = min(held, at)
	}
	return held
}

// lacking returns how many parts are looked for.
func (h *holding) lacking() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(len(h.missing))
}

// run follows the log until ctx ends, and asks peers for what is missing beside
// that: one who answers slowly must not keep this node from seeing what it has.
func (h *holding) run(ctx context.Context) error {
	var seeker sync.WaitGroup
	defer seeker.Wait()
	seeker.Go(func() { h.keepSeeking(ctx) })
	for {
		moved := h.chain.moved()
		before := h.held()
		if err := h.erase(ctx); err != nil {
			return err
		}
		if h.held() != before {
			poke(h.moved)
		}
		if err := h.look(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return h.save(0)
		case <-moved:
		}
	}
}

func (h *holding) keepSeeking(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wanted:
		case <-tick.C:
		}
		h.seek(ctx)
	}
}

// committed hears of every block: most come with all their content, and need
// not be looked through. One that orders to erase is held when that is done.
func (h *holding) committed(base, size int64, complete bool) error {
	if err := h.nextOrder(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if complete && h.cursor == base {
		h.cursor = size
	}
	return nil
}

// look goes through the leaves it has not seen and notes what is missing. What
// is, is asked for at once: the peer that has it is likely near.
func (h *holding) look(ctx context.Context) error {
	h.mu.Lock()
	from, before, lacked := h.cursor, h.heldLocked(), len(h.missing)
	h.mu.Unlock()
	var bad error
	err := h.chain.log.Leaves(from, func(index int64, raw []byte) bool {
		if bad = h.leaf(index, raw); bad != nil || ctx.Err() != nil {
			return false
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.cursor = max(h.cursor, index+1)
		return len(h.missing) < mostMissing
	})
	if err != nil {
		return err
	}
	if bad != nil {
		return bad
	}
	if h.lacking() > int64(lacked) {
		poke(h.wanted)
	}
	if h.held() != before {
		poke(h.moved)
		return h.save(saveHeldEach)
	}
	return nil
}

// leaf notes which parts of a leaf's entry are missing here.
func (h *holding) leaf(index int64, raw []byte) error {
	l, err := publica.ParseLeaf(raw)
	if err != nil {
		return fmt.Errorf("leaf %d: %w", index, err)
	}
	if l.Entry == nil {
		return nil
	}
	e, err := publica.ParseEntry(l.Entry)
	if err != nil {
		return fmt.Errorf("leaf %d: %w", index, err)
	}
	for _, p := range e.Content {
		has, err := h.chain.content.Has(p.Commitment)
		if err != nil {
			return err
		}
		if !has {
			h.lack(p.Commitment, index)
		}
	}
	return nil
}

// lack notes that a part is missing. The same part may be committed to again:
// what counts is the first leaf that does.
func (h *holding) lack(c publica.Commitment, index int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.missing[c]; !known {
		h.missing[c] = index
	}
}

// seek asks peers for what is missing.
func (h *holding) seek(ctx context.Context) {
	h.mu.Lock()
	want := make(chan publica.Commitment, len(h.missing))
	for c := range h.missing {
		want <- c
	}
	h.mu.Unlock()
	close(want)
	if len(want) == 0 {
		return
	}
	before := h.held()
	var wait sync.WaitGroup
	for range fetchers {
		wait.Go(func() {
			for c := range want {
				if ctx.Err() != nil {
					return
				}
				h.get(ctx, c)
			}
		})
	}
	wait.Wait()
	if h.held() != before {
		poke(h.moved)
		if err := h.save(saveHeldEach); err != nil {
			h.log.Warn("how far content is held could not be noted", "err", err)
		}
	}
}

// get fetches one part. If no peer has it, it stays missing and is asked for
// again.
func (h *holding) get(ctx context.Context, c publica.Commitment) {
	has, err := h.chain.content.Has(c) // it may have come with its entry meanwhile
	if err == nil && !has {
		var part publica.Content
		if part, err = h.fetch(ctx, c); err == nil {
			err = h.chain.content.Keep([]publica.Content{part})
		}
	}
	if err != nil {
		if publica.CodeOf(err) != publica.NotFound && ctx.Err() == nil {
			h.log.Warn("content could not be fetched", "commitment", c, "err", err)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.missing, c)
}

// save notes how far content is held, if it is step leaves or more since the
// last time.
func (h *holding) save(step int64) error {
	h.mu.Lock()
	held := h.heldLocked()
	due := held != h.saved && (held-h.saved >= step || held < h.saved)
	h.mu.Unlock()
	if !due {
		return nil
	}
	if err := h.chain.content.SetHeld(held); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.saved = held
	return nil
}
