package node

import (
	"sync"

	"publica"
)

// promises counts what became of the promises this node gave since it started.
type promises struct {
	mu          sync.Mutex                       // guards all below
	open        map[publica.EntryID]publica.Time // by when
	given, kept int64
}

// gave notes promises that are about to be given.
func (p *promises) gave(ids []publica.EntryID, by publica.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[publica.EntryID]publica.Time{}
	}
	for _, id := range ids {
		if _, again := p.open[id]; !again {
			p.open[id] = by
			p.given++
		}
	}
}

// logged notes that an entry stands in a block of that time.
func (p *promises) logged(id publica.EntryID, at publica.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	by, ok := p.open[id]
	if !ok {
		return
	}
	delete(p.open, id)
	if at <= by {
		p.kept++
	}
}

// count returns how many were given, and kept in time. Those still open count
// as neither.
func (p *promises) count() (given, kept int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.given - int64(len(p.open)), p.kept
}
