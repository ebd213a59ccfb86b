package procurement

import (
	"slices"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Reveal is the body of procurement/reveal: the secret of an envelope, when the
// trustees have been silent for [silenceHours] hours. It opens this envelope alone.
type Reveal struct {
	Bid      publica.EntryID `json:"bid"`
	Envelope string          `json:"envelope"`
	Secret   sealed.Scalar   `json:"secret"`
}

func checkReveal(e *machine.Entry, b *Reveal) error {
	return machine.First(machine.InDocket(e), checkOne("body/bid", b.Bid), machine.CheckParts(e))
}

func applyReveal(tx *machine.Tx, e *machine.Entry, b *Reveal) error {
	s, err := participant(tx, e, Closed, Evaluation)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	bid, err := aBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	w, err := s.slot(&t, s.Lots[bid.Lot].Name, b.Envelope)
	if err != nil {
		return err
	}
	switch {
	case bid.Author != e.Author:
		return publica.Problem(publica.Forbidden, "author", "did not make this bid").WithHint("sign with the key that sealed it")
	case t.Mode == Confidential:
		return publica.Problem(publica.Forbidden, "docket", "is confidential: what is revealed here everyone could read").WithHint("trustees open it, or the buyer cancels")
	case !s.Revealing || int64(w.Envelope) != s.Opened || s.Lots[bid.Lot].Opened > s.Opened:
		return publica.Problem(publica.Early, "body/envelope", "is for the trustees to open").WithHint("when they are silent for " + (silenceHours * time.Hour).String() + " it is for its bidder")
	case bid.Revealed[w.Envelope]:
		return publica.Problem(publica.Conflict, "body/envelope", "is revealed already")
	}
	if err := bid.Envelopes[w.Envelope].CheckRevealed(b.Secret); err != nil {
		return under("body", err)
	}
	bid.Revealed = slices.Clone(bid.Revealed)
	bid.Revealed[w.Envelope] = true
	putBid(tx, e.Docket, bid)
	s.Lots[w.Lot].Revealed++
	s.revealed(tx, e.Docket, &t, w)
	put(tx, e.Docket, s)
	return nil
}

// revealed opens a lot when every bidder has revealed.
func (s *State) revealed(tx *machine.Tx, in publica.DocketID, t *Publish, w Slot) {
	if lot := &s.Lots[w.Lot]; lot.Revealed == lot.Bids {
		s.openLot(tx, in, t, w, OpenedBids{By: ByReveal}, counted(tx, in, w.Lot))
	}
}
