package ledger

import (
	"context"
	"slices"
	"time"

	"publica"
)

// added says that entries are durable here and wait for a block.
func (x *exchange) added(ids []publica.EntryID, own bool) {
	now := time.Now()
	for _, p := range x.connected() {
		p.mu.Lock()
		for _, id := range ids {
			if own {
				p.now = append(p.now, due{id, now})
			} else {
				p.later = append(p.later, due{id, now.Add(forwardAfter)})
			}
		}
		p.bound(2*x.pool.maxCount + entriesInMessage)
		p.mu.Unlock()
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// feed sends a peer the entries that it should have. At first it tells what is
// here, and gives the peer time to do the same: after an outage both hold much
// of the same.
func (x *exchange) feed(ctx context.Context, p *peer) {
	ids := x.pool.durable()
	for part := range slices.Chunk(ids, idsInWord) {
		p.send(wordChannel, haveWord(part))
	}
	p.list(ids)
	for {
		if p.hasSpilt() {
			p.list(x.pool.durable())
		}
		ids, own, next := p.due(time.Now())
		if len(ids) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
			case <-time.After(next):
			}
			continue
		}
		// A peer may have sent us what was submitted here too; it does not know
		// that we hold it.
		items, held := x.pool.lacking(p.seat, ids[:own])
		p.have(held)
		others, _ := x.pool.lacking(p.seat, ids[own:])
		for items = append(items, others...); len(items) > 0; {
			message, n := appendEntries(nil, items)
			p.send(entryChannel, message) // waits while the peer's queue is full
			p.sent(items[:n])
			items = items[n:]
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// bound keeps the lists of a peer that does not take what it is sent from
// growing; the mutex is held. They are made again of what then waits for a
// block.
func (p *peer) bound(most int) {
	if len(p.now)+len(p.later)+len(p.again) > most {
		p.now, p.later, p.again, p.spilt = nil, nil, nil, true
	}
}

func (p *peer) hasSpilt() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	spilt := p.spilt
	p.spilt = false
	return spilt
}

// list has entries sent in a moment, unless the peer says that it holds them.
func (p *peer) list(ids []publica.EntryID) {
	at := time.Now().Add(forwardAfter)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		p.later = append(p.later, due{id, at})
	}
}

// due returns some entries whose turn it is, first those that were submitted
// here just now, and how many these are; without any, in how long the next
// one's turn comes.
func (p *peer) due(now time.Time) (ids []publica.EntryID, own int, next time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next = time.Hour
	for _, list := range []*[]due{&p.now, &p.later, &p.again} {
		for len(*list) > 0 && len(ids) < entriesInMessage {
			first := (*list)[0]
			if wait := first.at.Sub(now); wait > 0 {
				next = min(next, wait)
				break
			}
			ids, *list = append(ids, first.id), (*list)[1:]
		}
		if list == &p.now {
			own = len(ids)
		}
	}
	return ids, own, next
}

// sent notes that entries should be sent again if the peer does not say that
// it holds them.
func (p *peer) sent(items []Item) {
	at := time.Now().Add(againAfter)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, it := range items {
		p.again = append(p.again, due{it.ID, at})
	}
}

// have tells a peer that entries are on this node's disk, or on the log. If it
// does not fit into the peer's queue, the peer sends the entries again, and is
// told then.
func (p *peer) have(ids []publica.EntryID) {
	for part := range slices.Chunk(ids, idsInWord) {
		p.trySend(wordChannel, haveWord(part))
	}
}
