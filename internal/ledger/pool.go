package ledger

import (
	"bytes"
	"strconv"
	"sync"

	"publica"
)

// pool holds checked entries that are not decided yet, in the order in which
// they became durable. Entries leave it only when a block decides them.
type pool struct {
	maxCount int
	maxBytes int64

	mu    sync.Mutex // guards all below; held for short memory work only
	byID  map[publica.EntryID]*pooled
	queue []*pooled // durable entries; those gone are skipped
	gone  int       // how many of queue are gone
	bytes int64
}

// pooled is an entry in the pool. Its item is constant; the rest is guarded by
// the pool's mutex until settled is closed.
type pooled struct {
	item    Item
	size    int64         // bytes counted against the pool's bound
	settled chan struct{} // closed when the entry is durable, or has failed
	err     error         // why it failed
	promise any           // what the node promised; nil for an entry found on disk at start
	gone    bool          // decided or failed
}

func newPool(maxCount int, maxBytes int64) *pool {
	return &pool{maxCount: maxCount, maxBytes: maxBytes, byID: map[publica.EntryID]*pooled{}}
}

// reserve makes room for an entry whose signature has been verified, before it
// is written to disk: what was promised must find its place. If the entry is
// in the pool already, that one is returned and fresh is false. Over capacity
// the error has code busy.
func (p *pool) reserve(it Item) (e *pooled, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.byID[it.ID]; e != nil {
		return e, false, nil
	}
	size := itemSize(it)
	if len(p.byID) >= p.maxCount || (p.bytes+size > p.maxBytes && p.bytes > 0) {
		return nil, false, publica.Problem(publica.Busy, "", strconv.Itoa(len(p.byID))+" entries wait to be decided; the node takes no more for now").
			WithHint("send the entry again in a few seconds")
	}
	return p.insert(it, size), true, nil
}

// restore puts back an entry found on disk at start. It was promised once, so
// there is room for it in any case.
func (p *pool) restore(it Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID[it.ID] != nil {
		return
	}
	e := p.insert(it, itemSize(it))
	p.queue = append(p.queue, e)
	close(e.settled)
}

func (p *pool) insert(it Item, size int64) *pooled {
	e := &pooled{item: it, size: size, settled: make(chan struct{})}
	p.byID[it.ID] = e
	p.bytes += size
	return e
}

// admit marks an entry as durable: from now on proposals take it. It returns
// false if a block decided the entry meanwhile.
func (p *pool) admit(e *pooled, promise any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.promise = promise
	close(e.settled)
	if e.gone {
		return false
	}
	p.queue = append(p.queue, e)
	return true
}

// fail gives up the room of an entry that did not become durable.
func (p *pool) fail(e *pooled, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.err = err
	close(e.settled)
	if !e.gone {
		p.drop(e)
	}
}

// decided removes entries.
func (p *pool) decided(items []Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range items {
		if e := p.byID[items[i].ID]; e != nil {
			p.drop(e)
			select {
			case <-e.settled:
				p.gone++
			default: // not in the queue yet
			}
		}
	}
	if p.gone > len(p.queue)/2 {
		kept := p.queue[:0]
		for _, e := range p.queue {
			if !e.gone {
				kept = append(kept, e)
			}
		}
		clear(p.queue[len(kept):])
		p.queue, p.gone = kept, 0
	}
}

func (p *pool) drop(e *pooled) {
	delete(p.byID, e.item.ID)
	p.bytes -= e.size
	e.gone = true
}

// find returns the pool's own entry of that id if its signature is the same
// too: then it need not be verified again. An id does not cover the signature,
// so another one must be.
func (p *pool) find(id publica.EntryID, s *publica.Signed) (Item, bool) {
	p.mu.Lock()
	e := p.byID[id]
	p.mu.Unlock()
	if e == nil || !sameSignature(&e.item.Signed.Signature, &s.Signature) {
		return Item{}, false
	}
	return e.item, true
}

// content returns what stands beside the entry of that id, whatever its
// signature: the id covers the commitments, so it is the same content.
func (p *pool) content(id publica.EntryID) []publica.Content {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.byID[id]; e != nil {
		return e.item.Content
	}
	return nil
}

// reap packs entries for a proposal, oldest first, into transactions of at
// most max bytes together, the engine's framing included. They stay in the
// pool.
func (p *pool) reap(max int64) (txs [][]byte, items []Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const framing = 8 // the engine's bytes around a transaction, at most
	var pack []byte
	room := max - framing
	for _, e := range p.queue {
		if e.gone {
			continue
		}
		n := int64(len(e.item.Signed.Raw) + packedExtra)
		if len(pack) > 0 && int64(len(pack))+n > maxPackSize {
			txs, pack = append(txs, pack), nil
			room -= framing
		}
		if pack == nil {
			n++
		}
		if n > room {
			break
		}
		if pack == nil {
			pack = append(make([]byte, 0, min(maxPackSize, room)), tagPack)
		}
		pack = appendRecord(pack, e.item.Signed)
		items = append(items, e.item)
		room -= n
	}
	if len(pack) > 0 {
		txs = append(txs, pack)
	}
	return txs, items
}

// waiting returns how many entries wait for a block.
func (p *pool) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) - p.gone
}

// load returns how much of the pool is taken.
func (p *pool) load() (entries int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.byID), p.bytes
}

func itemSize(it Item) int64 {
	n := int64(len(it.Signed.Raw) + packedExtra)
	for i := range it.Content {
		n += int64(len(it.Content[i].Data) + len(it.Content[i].Salt) + len(it.Content[i].Name))
	}
	return n
}

func sameSignature(a, b *publica.Signature) bool {
	return a.Algorithm == b.Algorithm && bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Sig, b.Sig)
}
