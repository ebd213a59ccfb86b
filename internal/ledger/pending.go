package ledger

import "publica"

// Pending returns an entry that is durable here and not decided yet, and the
// promise made for it. While the promise waits for a peer ([Ledger.Submit]),
// ok is false.
func (l *Ledger[P]) Pending(id publica.EntryID) (it Item, p P, ok bool) {
	e, durable := l.pool.get(id)
	if !durable {
		return it, p, false
	}
	if !l.lone() {
		select {
		case <-e.safe:
		default:
			return it, p, false
		}
	}
	p, err := l.promised(e)
	return e.item, p, err == nil
}
