package ledger

import "publica"

// Pending returns an entry that is durable here and not decided yet, and the
// promise made for it.
func (l *Ledger[P]) Pending(id publica.EntryID) (it Item, p P, ok bool) {
	l.pool.mu.Lock()
	e := l.pool.byID[id]
	l.pool.mu.Unlock()
	if e == nil {
		return it, p, false
	}
	p, err := l.promised(e)
	return e.item, p, err == nil
}
