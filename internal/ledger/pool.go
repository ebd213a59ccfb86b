package ledger

import (
	"bytes"
	"math/bits"
	"strconv"
	"sync"
	"time"

	"publica"
)

// maxPeers is how many peers a node talks to at once: a bit of a word each.
const maxPeers = 64

// pool holds checked entries that are not decided yet, in the order in which
// they became durable. Entries leave it only when a block decides them.
type pool struct {
	maxCount int
	maxBytes int64

	mu     sync.Mutex // guards all below; held for short memory work only
	byID   map[publica.EntryID]*pooled
	queue  []*pooled // durable entries; those gone are skipped
	gone   int       // how many of queue are gone
	bytes  int64
	from   map[string]load                         // what each peer sent, by its id
	sent   load                                    // what all peers sent
	parts  map[publica.Commitment]*publica.Content // those that peers ask for
	slots  uint64                                  // a bit for each slot that a peer has
	before [maxPeers]recent                        // what peers said they hold before it came here
}

// load is a number of entries, and their bytes.
type load struct {
	count int
	bytes int64
}

func (l load) plus(count int, bytes int64) load { return load{l.count + count, l.bytes + bytes} }

func (l load) within(count int, bytes int64) bool {
	return l.count <= max(count, 1) && l.bytes <= bytes
}

// pooled is an entry in the pool. Its item is constant, except that content
// which comes later is there before settled is closed; the rest is guarded by
// the pool's mutex.
type pooled struct {
	item    Item
	size    int64         // bytes counted against the pool's bound
	from    string        // the peer that sent it; "": it was submitted here, or found on disk
	settled chan struct{} // closed when the entry is durable, or has failed
	err     error         // why it failed; set before settled is closed
	promise any           // what the node promised; nil for an entry found on disk or sent by a peer
	gone    bool          // decided or failed
	durable bool          // here
	since   time.Time     // when it became so
	holders uint64        // peers on whose disk it is too, a bit for each slot
	safe    chan struct{} // closed when a peer holds it, or a block decided it
	isSafe  bool          // safe is closed
}

func newPool(maxCount int, maxBytes int64) *pool {
	return &pool{maxCount: maxCount, maxBytes: maxBytes, byID: map[publica.EntryID]*pooled{}, from: map[string]load{}, parts: map[publica.Commitment]*publica.Content{}}
}

// reserve makes room for an entry whose signature has been verified, before it
// is written to disk: what was promised must find its place. If the entry is
// in the pool already, that one is returned and fresh is false. Over capacity
// the error has code busy.
func (p *pool) reserve(it Item) (e *pooled, fresh bool, err error) { return p.add(it, "") }

// receive is reserve for an entry that a peer sent. Content may come later, by
// [pool.complete]. One peer's entries take a quarter of the pool at most, those
// of all peers three quarters: what is submitted here finds room, whatever
// others send.
func (p *pool) receive(it Item, peer string) (e *pooled, fresh bool, err error) {
	return p.add(it, peer)
}

func (p *pool) add(it Item, from string) (e *pooled, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.byID[it.ID]; e != nil {
		return e, false, nil
	}
	size := itemSize(it)
	full := len(p.byID) >= p.maxCount || (p.bytes+size > p.maxBytes && p.bytes > 0)
	if from != "" {
		full = full || !p.from[from].plus(1, size).within(p.maxCount/4, p.share()) || !p.sent.plus(1, size).within(p.maxCount/4*3, 3*p.share())
	}
	if full {
		return nil, false, publica.Problem(publica.Busy, "", strconv.Itoa(len(p.byID))+" entries wait to be decided; the node takes no more for now").
			WithHint("send the entry again in a few seconds")
	}
	return p.insert(it, size, from), true, nil
}

// restore puts back an entry found on disk at start. It was promised once, so
// there is room for it in any case.
func (p *pool) restore(it Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID[it.ID] != nil {
		return
	}
	e := p.insert(it, itemSize(it), "")
	e.durable = true
	p.queue = append(p.queue, e)
	close(e.settled)
}

func (p *pool) insert(it Item, size int64, from string) *pooled {
	e := &pooled{item: it, size: size, from: from, settled: make(chan struct{}), safe: make(chan struct{})}
	p.byID[it.ID] = e
	p.bytes += size
	p.count(e, 1)
	p.index(e)
	for s := p.slots; s != 0; s &= s - 1 {
		if slot := bits.TrailingZeros64(s); p.before[slot].has(it.ID) {
			p.mark(e, slot)
		}
	}
	return e
}

// count adds an entry to what its peer sent, or, with a negative sign, takes it
// off.
func (p *pool) count(e *pooled, sign int) {
	if e.from == "" {
		return
	}
	p.sent = p.sent.plus(sign, int64(sign)*e.size)
	if p.from[e.from] = p.from[e.from].plus(sign, int64(sign)*e.size); p.from[e.from].count == 0 {
		delete(p.from, e.from)
	}
}

// index makes parts that do not travel with the entry available to peers.
func (p *pool) index(e *pooled) {
	e.large(func(at publica.Commitment, c *publica.Content) { p.parts[at] = c })
}

// large calls each for every part at hand that does not travel with the entry.
func (e *pooled) large(each func(publica.Commitment, *publica.Content)) {
	for i := range e.item.Content {
		c := &e.item.Content[i]
		if len(c.Data) <= inlinePart {
			continue
		}
		for j := range e.item.Entry.Content {
			if part := &e.item.Entry.Content[j]; part.Name == c.Name {
				each(part.Commitment, c)
			}
		}
	}
}

// complete gives an entry the content that came after it. It must not be
// settled yet.
func (p *pool) complete(e *pooled, content []publica.Content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.item.Content = content
	if !e.gone {
		p.index(e)
	}
}

// admit marks an entry as durable: from now on proposals take it. It returns
// false if a block decided the entry meanwhile.
func (p *pool) admit(e *pooled, promise any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.promise, e.durable, e.since = promise, true, time.Now()
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

// refill gives items of a block the content that came after the block was read,
// and returns it.
func (p *pool) refill(items []Item) (late []publica.Content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fillUp(items)
}

func (p *pool) fillUp(items []Item) (late []publica.Content) {
	for i := range items {
		it := &items[i]
		if e := p.byID[it.ID]; e != nil && len(it.Content) < len(e.item.Content) {
			it.Content = e.item.Content
			late = append(late, it.Content...)
		}
	}
	return late
}

// decided removes the entries of a block, and returns the content that its
// items still lacked.
func (p *pool) decided(items []Item) (late []publica.Content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	late = p.fillUp(items)
	for i := range items {
		if e := p.byID[items[i].ID]; e != nil {
			p.drop(e)
			p.secure(e)
			if e.durable {
				p.gone++ // else it is not in the queue yet
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
	return late
}

func (p *pool) drop(e *pooled) {
	delete(p.byID, e.item.ID)
	p.bytes -= e.size
	p.count(e, -1)
	e.gone = true
	e.large(func(at publica.Commitment, c *publica.Content) {
		if p.parts[at] == c {
			delete(p.parts, at)
		}
	})
}

// secure tells those who wait for it that the entry does not depend on this
// node's disk alone.
func (p *pool) secure(e *pooled) {
	if !e.isSafe {
		e.isSafe = true
		close(e.safe)
	}
}

func (p *pool) mark(e *pooled, slot int) {
	e.holders |= 1 << slot
	p.secure(e)
}

// A seat is the place of a peer in the pool.
type seat struct {
	slot int
	left bool // guarded by the pool's mutex
}

// meet gives a new peer a seat, nil if there is none left.
func (p *pool) meet() *seat {
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := bits.TrailingZeros64(^p.slots)
	if slot == maxPeers {
		return nil
	}
	p.slots |= 1 << slot
	return &seat{slot: slot}
}

// leave frees a peer's seat and forgets what that peer holds.
func (p *pool) leave(s *seat) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.byID {
		e.holders &^= 1 << s.slot
	}
	s.left = true
	p.slots &^= 1 << s.slot
	p.before[s.slot] = recent{}
}

// confirmed notes that a peer holds entries on its disk.
func (p *pool) confirmed(s *seat, ids []publica.EntryID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.left {
		return // its slot may be another peer's by now
	}
	for _, id := range ids {
		if e := p.byID[id]; e != nil {
			p.mark(e, s.slot)
		} else {
			p.before[s.slot].add(id)
		}
	}
}

// holds reports whether a peer is known to hold an entry.
func (p *pool) holds(s *seat, e *pooled) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !s.left && e.holders>>s.slot&1 == 1
}

// lacking returns those of the entries that are durable here, not decided, and
// not known to be held by a peer; and the ids of those that the peer holds too.
func (p *pool) lacking(s *seat, ids []publica.EntryID) (items []Item, held []publica.EntryID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		switch e := p.byID[id]; {
		case e == nil || !e.durable:
		case e.holders>>s.slot&1 == 1:
			held = append(held, id)
		default:
			items = append(items, e.item)
		}
	}
	return items, held
}

// durable returns the ids of all entries that wait for a block.
func (p *pool) durable() []publica.EntryID {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make([]publica.EntryID, 0, len(p.queue)-p.gone)
	for _, e := range p.queue {
		if !e.gone {
			ids = append(ids, e.item.ID)
		}
	}
	return ids
}

// get returns the entry of that id, nil if there is none, and whether it is
// durable.
func (p *pool) get(id publica.EntryID) (e *pooled, durable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e = p.byID[id]; e != nil {
		durable = e.durable
	}
	return e, durable
}

// find returns the pool's own entry of that id if its signature is the same
// too: then it need not be verified again. An id does not cover the signature,
// so another one must be.
func (p *pool) find(id publica.EntryID, s *publica.Signed) (Item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byID[id]
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

// committed returns a part that does not travel with its entry.
func (p *pool) committed(c publica.Commitment) (publica.Content, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if part := p.parts[c]; part != nil {
		return *part, true
	}
	return publica.Content{}, false
}

// unripeFor is how long a proposal leaves out an entry that fewer than two
// thirds of the connected peers hold: a block that is quicker than its entries
// has to be verified from the start, and their content fetched part by part.
const unripeFor = 500 * time.Millisecond

// reap packs entries for a proposal, oldest first, into transactions of at
// most max bytes together, the engine's framing included. They stay in the
// pool.
func (p *pool) reap(max int64) (txs [][]byte, items []Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	young := time.Now().Add(-unripeFor)
	const framing = 8 // the engine's bytes around a transaction, at most
	var pack []byte
	room := max - framing
	for _, e := range p.queue {
		if e.gone || 3*bits.OnesCount64(e.holders) < 2*bits.OnesCount64(p.slots) && e.since.After(young) {
			continue
		}
		n := int64(recordSize(e.item.Signed))
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

// share is how many bytes the undecided entries of one peer may take, and so how
// large an entry can be where there are peers.
func (p *pool) share() int64 { return p.maxBytes / 4 }

// itemSize counts content by what the entry says of it: some may come later.
func itemSize(it Item) int64 {
	n := int64(recordSize(it.Signed))
	for i := range it.Entry.Content {
		n += it.Entry.Content[i].Size + publica.SaltSize + int64(len(it.Entry.Content[i].Name))
	}
	return n
}

func sameSignature(a, b *publica.Signature) bool {
	return a.Algorithm == b.Algorithm && bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Sig, b.Sig) &&
		bytes.Equal(a.Auth, b.Auth) && bytes.Equal(a.Client, b.Client)
}

// recent remembers at least the last recentIDs ids added, and at most twice as
// many.
type recent struct{ now, old map[publica.EntryID]struct{} }

const recentIDs = 10_000

func (r *recent) add(id publica.EntryID) {
	if len(r.now) >= recentIDs || r.now == nil {
		r.now, r.old = map[publica.EntryID]struct{}{}, r.now
	}
	r.now[id] = struct{}{}
}

func (r *recent) has(id publica.EntryID) bool {
	_, now := r.now[id]
	_, old := r.old[id]
	return now || old
}
