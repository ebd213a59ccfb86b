package tender

import (
	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/sealed"
)

// closedLot is what procurement/closed says of a lot.
type closedLot struct {
	Bids int64       `json:"bids"`
	Lot  string      `json:"lot"`
	Root sealed.Hash `json:"root"`
}

// stands reports whether a bid to a lot counts by what its docket says, unless no
// quorum holds it.
func (p *Process) stands(b *Bid, lot string) bool {
	return b.Lot == lot && b.Status == Sealed && b.Text == p.Text()
}

// unstored takes bids out of the count that no quorum held at the deadline.
func (p *Process) unstored(r *Record, s *Step) error {
	var b struct {
		Bids []publica.EntryID `json:"bids"`
		Lot  string            `json:"lot"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	for _, id := range b.Bids {
		bid := p.Bid(id)
		if bid == nil || !p.stands(bid, b.Lot) {
			return r.unknown("the bid " + id.String())
		}
		bid.Status = Unstored
	}
	s.Text = b.Lot
	return nil
}

// count says which bids of a lot count, and holds them to the root that the record
// names.
func (p *Process) count(r *Record, c *closedLot) error {
	var ids []publica.EntryID
	for _, b := range p.Bids {
		if p.stands(b, c.Lot) {
			ids = append(ids, b.ID)
			b.Status = Counted
		}
	}
	if int64(len(ids)) != c.Bids || rootOf(ids) != c.Root {
		return publica.Problem(publica.Unverified, "record "+r.ID.String(), "names a root that the bids on record do not give").
			WithHint("a bid is missing, or the record is not what the rules compute: verify the export")
	}
	return nil
}

// rootOf is the root of an RFC 6962 tree whose leaves are these ids.
func rootOf(ids []publica.EntryID) sealed.Hash {
	if len(ids) == 0 {
		return sealed.Hash(publica.ID(nil))
	}
	return sealed.Hash(subtree(ids))
}

func subtree(ids []publica.EntryID) tlog.Hash {
	if len(ids) == 1 {
		return tlog.RecordHash(ids[0][:])
	}
	split := 1
	for 2*split < len(ids) {
		split *= 2
	}
	return tlog.NodeHash(subtree(ids[:split]), subtree(ids[split:]))
}
