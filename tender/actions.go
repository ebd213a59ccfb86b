package tender

import (
	"slices"

	"publica"
	"publica/sealed"
)

// For returns what of a whole offer stands in an envelope.
func (o *Offer) For(envelope string) *Offer {
	part := &Offer{Format: o.Format}
	if envelope != "price" {
		part.Bidder, part.Documents, part.Facts, part.Letters = o.Bidder, o.Documents, o.Facts, o.Letters
	}
	if envelope != "technical" {
		part.Items, part.Price = o.Items, o.Price
	}
	return part
}

// MayOpen reports whether the time has come for trustees to open a key that is not
// open yet. Before it a share is a breach.
func (p *Process) MayOpen(k *Key) bool {
	l, i := p.Lot(k.Lot), p.envelope(k.Envelope)
	ended := slices.Contains([]Stage{Draft, InCeremony, Bidding, Cancelled, Unsuccessful, Completed}, p.Stage)
	if ended || l == nil || len(p.Counted(k.Lot)) == 0 || l.Opened > int64(i) {
		return false
	}
	return i == 0 || p.opened > 1 || p.Stage == Evaluating && p.AllCommitted()
}

// Over reports whether the tender has ended and nothing can reopen it any more. What
// is reported stays true.
func (p *Process) Over() bool {
	ended := slices.Contains([]Stage{Cancelled, Unsuccessful, Completed}, p.Stage)
	mayCome := func(c *Clock) bool { return c.Name == ProtestClock && c.Runs() } // from anybody, or from one bidder that was debriefed
	return ended && !slices.ContainsFunc(p.Clocks, mayCome) && !slices.ContainsFunc(p.Protests, func(x *Protest) bool { return x.Decision == nil })
}

// MayDestroy reports whether the time has come for a trustee, by its number from 1,
// to destroy what it keeps of the keys and to declare it: the tender is [Process.Over]
// without a contract, and the trustee took part and has not declared it yet.
func (p *Process) MayDestroy(trustee int) bool {
	c := p.Ceremony()
	tookPart := c != nil && trustee > 0 && slices.ContainsFunc(c.Keys, func(k *Key) bool { return !k.Announced[trustee-1].IsZero() })
	declared := func(x *Destroyed) bool { return x.Trustee == trustee }
	return tookPart && p.Stage != Completed && p.Over() && !slices.ContainsFunc(p.Destroyed, declared)
}

// MayReveal reports whether the bidder may open an envelope of its bid.
func (p *Process) MayReveal(b *Bid, envelope string) bool {
	l := p.Lot(b.Lot)
	return p.Revealing && b.Status == Counted && l != nil && int64(p.envelope(envelope)) == p.opened && l.Opened == p.opened && b.revealed(envelope) == nil
}

// Scoring returns what an evaluator committed to for a lot in the round that counts,
// nil if nothing.
func (p *Process) Scoring(lot string, evaluator publica.KeyID) *Scoring {
	for _, x := range p.Scorings {
		if x.Lot == lot && x.Round == p.Round && x.Author == evaluator {
			return x
		}
	}
	return nil
}

// SentBy reports whether a trustee's partial of an envelope is on record and stands.
func (b *Bid) SentBy(trustee int, envelope string) bool {
	return slices.ContainsFunc(b.Partials, func(x *Partial) bool { return x.Trustee == trustee && x.Envelope == envelope && x.Struck.IsZero() })
}

// BoardKeys returns what the evaluators announced for a key, by evaluator.
func (k *Key) BoardKeys() []sealed.Announcement { return k.boardBoxes }

// ResultBody is the body of procurement/compliance-result.
type ResultBody struct {
	Bid      publica.EntryID `json:"bid"`
	Input    sealed.Hash     `json:"input"`
	Rules    sealed.Hash     `json:"rules"`
	Verdicts []Verdict       `json:"verdicts"`
}

// Body returns what the buyer puts on record of a judgement.
func (j *Judgement) Body() ResultBody { return ResultBody{j.Bid, j.Input, j.Rules, j.Verdicts} }
