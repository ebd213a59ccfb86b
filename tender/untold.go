package tender

import (
	"slices"

	"publica"
)

// Untold reports whether who bid, and how many, is told to nobody yet: the profile
// has that need-to-know (FAR 14.401(a), and 15.207(b) for proposals), and bids may
// still come. The log has them all the same, under keys that were made for this
// tender.
func (p *Process) Untold() bool {
	return p.policy().NeedToKnow && slices.Contains([]Stage{Draft, InCeremony, Bidding}, p.Stage)
}

// untoldKinds are the records by which bids could be counted.
var untoldKinds = []publica.Kind{"procurement/bid", "procurement/withdraw-bid", "procurement/storage-receipt"}

// Tells reports whether a record of a kind may be told of now: while bids are
// [Process.Untold], none may from which they could be counted.
func (p *Process) Tells(kind publica.Kind) bool {
	return !p.Untold() || !slices.Contains(untoldKinds, kind)
}

// BidsTold are the bids that may be told of now.
func (p *Process) BidsTold() []*Bid {
	if p.Untold() {
		return nil
	}
	return p.Bids
}

// Told returns the process as far as it may be told now: while bids are
// [Process.Untold], without them and all that would tell of them.
func (p *Process) Told() *Process {
	if !p.Untold() {
		return p
	}
	out := *p
	out.Bids, out.Erased = nil, nil
	out.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return !p.Tells(s.Kind) })
	out.Refused = slices.DeleteFunc(slices.Clone(p.Refused), func(r *Refused) bool { return !p.Tells(r.Kind) })
	return &out
}
