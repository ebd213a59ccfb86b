package tender

import (
	"math/bits"

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

// maxUnsure is how many bids of a lot may have documents of which the docket alone
// does not tell whether a quorum held them: 2^16 ways are tried.
const maxUnsure = 16

// count says which bids of a lot count. Whether a quorum held the documents of a
// bid depends on the validators of the day, which are no record of the docket; the
// root over the bids that counted tells it.
func (p *Process) count(r *Record, c *closedLot) error {
	var all, unsure []*Bid
	for _, b := range p.Bids {
		if b.Lot != c.Lot || b.Status != Sealed || b.Text != p.Text() {
			continue
		}
		all = append(all, b)
		if len(b.Documents) > 0 {
			unsure = append(unsure, b)
		}
	}
	if len(unsure) > maxUnsure {
		return publica.Problem(publica.Unsupported, "record "+r.ID.String(), "closes a lot with more bids that have documents than can be told apart")
	}
	for out := range uint(1) << len(unsure) {
		if int64(len(all)-bits.OnesCount(out)) == c.Bids && rootOf(without(all, unsure, out)) == c.Root {
			settle(all, unsure, out)
			return nil
		}
	}
	return publica.Problem(publica.Unverified, "record "+r.ID.String(), "names a root that the bids on record do not give").
		WithHint("a bid is missing, or the record is not what the rules compute: verify the export")
}

// without leaves out the unsure bids whose bit is set.
func without(all, unsure []*Bid, out uint) (ids []publica.EntryID) {
	for _, b := range all {
		if !picked(b, unsure, out) {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

func picked(b *Bid, unsure []*Bid, out uint) bool {
	for i, x := range unsure {
		if x == b {
			return out>>i&1 == 1
		}
	}
	return false
}

func settle(all, unsure []*Bid, out uint) {
	for _, b := range all {
		b.Status = Counted
		if picked(b, unsure, out) {
			b.Status = Unstored
		}
	}
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
