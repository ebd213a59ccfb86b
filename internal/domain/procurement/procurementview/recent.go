package procurementview

import (
	"sync"

	"publica"
)

// A recent keeps something for tenders. When it is too much, it lets go of what was
// asked for longest ago.
type recent[V any] struct {
	most     int   // how many it keeps
	heaviest int64 // how much, in the unit of weights; 0 if nothing has a weight

	mu   sync.Mutex // guards all below
	kept map[publica.DocketID]*kept[V]
	held int64 // weight of all
	turn int64 // grows with every use
}

// kept is one thing that is kept.
type kept[V any] struct {
	value  V
	weight int64
	used   int64 // turn at which it was last asked for
}

// get returns what is kept for a tender, the zero value if nothing is.
func (r *recent[V]) get(id publica.DocketID) (v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.kept[id]; k != nil {
		r.turn++
		k.used, v = r.turn, k.value
	}
	return v
}

// has returns what is kept for a tender, or keeps the result of add.
func (r *recent[V]) has(id publica.DocketID, add func() V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept[id] == nil {
		r.keep(id, add(), 0)
	}
	r.turn++
	r.kept[id].used = r.turn
	return r.kept[id].value
}

// put keeps something in place of what was kept for the tender.
func (r *recent[V]) put(id publica.DocketID, v V, weight int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(id, v, weight)
}

// keep is put, with the lock held. What was just put stays, however heavy it is.
func (r *recent[V]) keep(id publica.DocketID, v V, weight int64) {
	if r.kept == nil {
		r.kept = map[publica.DocketID]*kept[V]{}
	}
	if was := r.kept[id]; was != nil {
		r.held -= was.weight
	}
	r.turn++
	r.kept[id] = &kept[V]{v, weight, r.turn}
	r.held += weight
	for len(r.kept) > 1 && (len(r.kept) > r.most || r.held > r.heaviest) {
		r.evict()
	}
}

// evict lets go of what was asked for longest ago.
func (r *recent[V]) evict() {
	var oldest publica.DocketID
	var found *kept[V]
	for id, k := range r.kept {
		if found == nil || k.used < found.used {
			oldest, found = id, k
		}
	}
	r.held -= found.weight
	delete(r.kept, oldest)
}
