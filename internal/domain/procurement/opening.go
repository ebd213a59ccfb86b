package procurement

import (
	"cmp"
	"slices"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// OpenedBids is the body of the system record procurement/opened. Whether each bid
// opens follows from its content: one that does not is non-responsive.
type OpenedBids struct {
	Bids     int64       `json:"bids"` // that are open
	By       OpenedBy    `json:"by"`
	Envelope string      `json:"envelope"`
	Lot      string      `json:"lot,omitzero"`
	Root     sealed.Hash `json:"root"`               // of their entry ids, as in procurement/closed
	Trustees []int       `json:"trustees,omitempty"` // whose shares open them
}

// OpenedBy says what opens the bids.
type OpenedBy string

const (
	ByShares   OpenedBy = "shares"   // everyone can
	ByPartials OpenedBy = "partials" // each evaluator can
	ByReveal   OpenedBy = "reveal"   // everyone can, those whose bidders revealed
)

const (
	openedKind   publica.Kind = "procurement/opened"
	reclosedKind publica.Kind = "procurement/reclosed"
)

// opened looks whether enough trustees have opened an envelope of a lot.
func (s *State) opened(tx *machine.Tx, in publica.DocketID, t *Publish, w Slot, k *Keys) {
	lot := &s.Lots[w.Lot]
	who, by := s.openers(tx, in, t, w, k)
	if lot.Opened > int64(w.Envelope) || int64(len(who)) <= t.Threshold {
		return
	}
	s.openLot(tx, in, t, w, OpenedBids{By: by, Trustees: who}, counted(tx, in, w.Lot))
}

// openers returns the trustees whose shares, or whose partials of every bid, stand.
func (s *State) openers(tx *machine.Tx, in publica.DocketID, t *Publish, w Slot, k *Keys) (who []int, by OpenedBy) {
	if t.Mode == Public {
		for _, x := range SharesOf(tx, in, w) {
			who = append(who, x.Trustee)
		}
		return who, ByShares
	}
	for i := range t.Trustees {
		n, _ := partialCounts.Get(tx, dealKey(in, w, i))
		if k.struck(i+1) == nil && n == s.Lots[w.Lot].Bids {
			who = append(who, i+1)
		}
	}
	return who, ByPartials
}

// openLot puts on record that an envelope of a lot is open.
func (s *State) openLot(tx *machine.Tx, in publica.DocketID, t *Publish, w Slot, body OpenedBids, open []Bid) {
	lot := &s.Lots[w.Lot]
	lot.Opened, lot.Revealed = s.openUpTo(tx, in, t, w), 0
	ids := make([]publica.EntryID, len(open))
	for i := range open {
		ids[i] = open[i].Entry
	}
	body.Bids, body.Envelope, body.Lot, body.Root = int64(len(ids)), t.EnvelopeNames()[w.Envelope], lot.Name, rootOf(ids)
	tx.Emit(openedKind, in, body)
	s.openAll()
}

// openUpTo is how many envelopes of a lot are open with this one. Prices that were
// open when the first envelope was reclosed are open still.
func (s *State) openUpTo(tx *machine.Tx, in publica.DocketID, t *Publish, w Slot) int64 {
	for n := w.Envelope + 1; n < int(t.Envelopes); n++ {
		next := Slot{w.Attempt, w.Lot, n}
		k, _ := KeysOf(tx, in, next)
		if who, _ := s.openers(tx, in, t, next, &k); int64(len(who)) <= t.Threshold {
			return int64(n)
		}
	}
	return t.Envelopes
}

// openAll goes on when an envelope is open for every lot that has bids left.
func (s *State) openAll() {
	least := s.leastOpen()
	if least <= s.Opened {
		return
	}
	s.Opened, s.Revealing = least, false
	s.stop(SilenceClock, publica.EntryID{})
	s.stop(RevealClock, publica.EntryID{})
	if s.Stage == Closed {
		s.Stage, s.Resume = cmp.Or(s.Resume, Opened), ""
	}
}

// leastOpen is how many envelopes are open for every lot that has bids left.
func (s *State) leastOpen() int64 {
	least := int64(2)
	s.every(func(l *Lot) bool {
		least = min(least, l.Opened)
		return true
	})
	return least
}

// openRevealed opens what bidders revealed when the trustees and the rest of the
// bidders have had their time. Who revealed nothing is not open, and can be
// rejected for it; the tender ends only if no lot is open.
func (s *State) openRevealed(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	t, _ := TermsOf(tx, in)
	envelope := int(s.Opened)
	revealed := func(b *Bid) bool { return b.Status == Counted && b.Revealed[envelope] }
	open := func(l Lot) bool { return l.Live > 0 && l.Opened > int64(envelope) }
	if len(Bids(tx, in, revealed)) == 0 && !slices.ContainsFunc(s.Lots, open) {
		s.end(tx, in, Unsuccessful, "not-opened", record)
		return
	}
	for i := range s.Lots {
		if s.Lots[i].Bids > 0 && s.Lots[i].Opened == int64(envelope) {
			open := Bids(tx, in, func(b *Bid) bool { return b.Lot == i && revealed(b) })
			s.openLot(tx, in, &t, Slot{s.Attempt, i, envelope}, OpenedBids{By: ByReveal}, open)
		}
	}
}
