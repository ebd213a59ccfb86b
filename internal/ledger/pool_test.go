package ledger

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"publica"
)

func pooledItem(t testing.TB, n int) Item {
	e, c := makeEntry(t, testKey, n, 200)
	return Item{e, c}
}

// fill puts n durable entries into the pool.
func fill(t testing.TB, p *pool, n int) []Item {
	t.Helper()
	items := make([]Item, n)
	for i := range items {
		items[i] = pooledItem(t, i)
		e, fresh, err := p.reserve(items[i])
		if err != nil || !fresh {
			t.Fatalf("entry %d: fresh %v, %v", i, fresh, err)
		}
		p.admit(e, i)
	}
	return items
}

func TestPoolKeepsOrder(t *testing.T) {
	p := newPool(1000, 1<<20)
	items := fill(t, p, 100)
	p.decided(items[10:20])
	p.decided(items[10:30])
	_, got := p.reap(1 << 20)
	want := append(append([]Item(nil), items[:10]...), items[30:]...)
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].ID != want[i].ID {
			t.Fatalf("entry %d is out of order", i)
		}
	}
	p.decided(items)
	if n, bytes := p.load(); n != 0 || bytes != 0 || p.waiting() != 0 || len(p.queue) != 0 {
		t.Errorf("an empty pool holds %d entries, %d bytes", n, bytes)
	}
}

func TestPoolBounds(t *testing.T) {
	p := newPool(5, 1<<20)
	fill(t, p, 5)
	if _, _, err := p.reserve(pooledItem(t, 99)); publica.CodeOf(err) != publica.Busy {
		t.Errorf("over the count: %v", err)
	}
	it := pooledItem(t, 0)
	p = newPool(100, 2*itemSize(it))
	fill(t, p, 2)
	if _, _, err := p.reserve(pooledItem(t, 99)); publica.CodeOf(err) != publica.Busy {
		t.Errorf("over the bytes: %v", err)
	}
	p.restore(pooledItem(t, 100)) // what was promised comes back in any case
	if p.waiting() != 3 {
		t.Errorf("%d wait, want 3", p.waiting())
	}
	// An entry larger than the whole bound still gets through alone.
	p = newPool(100, 10)
	if _, _, err := p.reserve(it); err != nil {
		t.Error(err)
	}
}

func TestPoolSameEntryTwice(t *testing.T) {
	p := newPool(100, 1<<20)
	it := pooledItem(t, 1)
	first, fresh, err := p.reserve(it)
	if !fresh || err != nil {
		t.Fatal(fresh, err)
	}
	second, fresh, err := p.reserve(it)
	if fresh || err != nil || first != second {
		t.Fatal("the same entry got a second place")
	}
	if p.waiting() != 0 {
		t.Error("an entry that is not durable waits for a block")
	}
	if _, items := p.reap(1 << 20); len(items) != 0 {
		t.Error("an entry that is not durable was proposed")
	}
	p.fail(first, errStopped)
	<-second.settled
	if second.err != errStopped {
		t.Error("the second does not hear of the failure")
	}
	if _, fresh, _ := p.reserve(it); !fresh {
		t.Error("a failed entry keeps its place")
	}
}

// A peer's block may decide an entry before our disk has it.
func TestPoolDecidedBeforeDurable(t *testing.T) {
	p := newPool(100, 1<<20)
	it := pooledItem(t, 1)
	e, _, _ := p.reserve(it)
	p.decided([]Item{it})
	if p.admit(e, nil) {
		t.Error("a decided entry was admitted")
	}
	if p.waiting() != 0 || p.bytes != 0 || p.gone != 0 {
		t.Errorf("%d wait, %d bytes, %d gone", p.waiting(), p.bytes, p.gone)
	}
}

func TestPoolReapFits(t *testing.T) {
	p := newPool(10_000, 1<<30)
	items := fill(t, p, 4000)
	for _, max := range []int64{0, 10, 100, 700, 1000, 5000, 1 << 20, 1<<20 + 500, 3 << 20, 10 << 20} {
		txs, got := p.reap(max)
		total := int64(0)
		n := 0
		for _, tx := range txs {
			total += int64(len(tx)) + 8
			if len(tx) > maxPackSize {
				t.Errorf("a pack of %d bytes", len(tx))
			}
			signed, ok := parsePack(tx)
			if !ok {
				t.Fatal("a proposed pack does not parse")
			}
			for _, s := range signed {
				if s.ID() != items[n].ID || !sameSignature(&s.Signature, &items[n].Signed.Signature) {
					t.Fatal("a record differs from its entry")
				}
				n++
			}
		}
		if total > max || n != len(got) {
			t.Errorf("max %d: %d bytes, %d records, %d items", max, total, n, len(got))
		}
		t.Logf("max %d: %d packs, %d entries, %d bytes", max, len(txs), n, total)
	}
}

func TestPoolFindWantsTheSameSignature(t *testing.T) {
	p := newPool(100, 1<<20)
	it := fill(t, p, 1)[0]
	if _, ok := p.find(it.ID, it.Signed); !ok {
		t.Error("a pooled entry is not found")
	}
	forged := *it.Signed
	forged.Signature.Sig = make([]byte, 64)
	if _, ok := p.find(it.ID, &forged); ok {
		t.Error("an entry with another signature counts as verified")
	}
}

func TestPoolConcurrent(t *testing.T) {
	p := newPool(100_000, 1<<30)
	items := make([]Item, 2000)
	for i := range items {
		items[i] = pooledItem(t, i)
	}
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for i := w; i < len(items); i += 4 { // each entry from two goroutines
				e, fresh, err := p.reserve(items[i])
				if err != nil {
					t.Error(err)
				} else if fresh {
					p.admit(e, nil)
				}
			}
		})
	}
	stop := make(chan struct{})
	var taker sync.WaitGroup
	decided := map[publica.EntryID]bool{}
	taker.Go(func() {
		for last := false; ; {
			_, got := p.reap(64 << 10)
			for _, it := range got {
				decided[it.ID] = true
			}
			p.decided(got)
			if last && len(got) == 0 {
				return
			}
			select {
			case <-stop:
				last = true
			default:
			}
		}
	})
	wait.Wait()
	close(stop)
	taker.Wait()
	if len(decided) != len(items) {
		t.Errorf("%d of %d entries came out", len(decided), len(items))
	}
}

// An entry that is still on its way to the peers is not proposed yet.
func TestPoolRipens(t *testing.T) {
	p := newPool(100, 1<<20)
	a, b, c := p.meet(), p.meet(), p.meet()
	it := pooledItem(t, 1)
	e, _, _ := p.reserve(it)
	p.admit(e, nil)
	proposed := func() bool { _, items := p.reap(1 << 20); return len(items) == 1 }
	ids := []publica.EntryID{it.ID}
	if p.confirmed(a, ids); proposed() {
		t.Error("proposed while one of three peers holds it")
	}
	if p.confirmed(b, ids); !proposed() {
		t.Error("not proposed though two of three hold it")
	}
	p.leave(a)
	p.leave(b)
	if proposed() {
		t.Error("proposed though those who hold it are gone")
	}
	p.mu.Lock()
	e.since = e.since.Add(-unripeFor)
	p.mu.Unlock()
	if !proposed() {
		t.Error("a silent peer holds it up")
	}
	p.leave(c)
	if d := p.meet(); d.slot != 0 || e.holders != 0 {
		t.Errorf("a new peer in slot %d is said to hold what another held: %b", d.slot, e.holders)
	}
	p.confirmed(a, ids) // a late word
	if e.holders != 0 {
		t.Error("a word of a peer that is gone counts for another")
	}
	select {
	case <-e.safe:
	default:
		t.Error("what a peer held once counts as held by nobody")
	}
}

// Whatever peers send, each has a quarter of the pool and all together three.
func TestPeersDoNotFillThePool(t *testing.T) {
	size := itemSize(pooledItem(t, 0))
	for name, p := range map[string]*pool{"count": newPool(40, 1<<30), "bytes": newPool(1000, 40*size+100)} {
		var last *pooled
		taken := map[string]int{}
		for i := range 100 {
			from := string("abcde"[i%5])
			if e, _, err := p.receive(pooledItem(t, i), from); err == nil {
				taken[from]++
				last = e
			} else if publica.CodeOf(err) != publica.Busy {
				t.Fatal(err)
			}
		}
		if n, _ := p.load(); n != 30 || taken["a"] != 6 {
			t.Errorf("%s: peers have %d of 40 places: %v", name, n, taken)
		}
		for i := range 10 {
			if _, _, err := p.reserve(pooledItem(t, 100+i)); err != nil {
				t.Errorf("%s: no place for the node's own: %v", name, err)
			}
		}
		p.fail(last, errLater)
		if _, _, err := p.receive(pooledItem(t, 200), "e"); err != nil {
			t.Errorf("%s: no place again: %v", name, err)
		}
		p.decided(slices.Collect(maps.Values(items(p))))
		if len(p.from) != 0 || p.sent != (load{}) {
			t.Errorf("%s: left are %v, %v", name, p.from, p.sent)
		}
	}
	p := newPool(40, 1<<30)
	for i := range 20 {
		p.receive(pooledItem(t, i), "a")
	}
	if n, _ := p.load(); n != 10 {
		t.Errorf("one peer has %d of 40 places", n)
	}
}

func items(p *pool) map[publica.EntryID]Item {
	all := map[publica.EntryID]Item{}
	for id, e := range p.byID {
		all[id] = e.item
	}
	return all
}

func TestPoolHearsOfAnEntryEarly(t *testing.T) {
	p := newPool(100, 1<<20)
	s := p.meet()
	it := pooledItem(t, 1)
	p.confirmed(s, []publica.EntryID{it.ID})
	e, _, _ := p.reserve(it)
	p.admit(e, nil)
	if items, held := p.lacking(s, []publica.EntryID{it.ID}); len(items) != 0 || len(held) != 1 {
		t.Error("an entry goes to a peer that said before that it has it")
	}
	var r recent
	for i := range 5 * recentIDs {
		r.add(publica.EntryID{byte(i), byte(i >> 8), byte(i >> 16)})
		if len(r.now)+len(r.old) > 2*recentIDs {
			t.Fatal("remembers without end")
		}
	}
}
