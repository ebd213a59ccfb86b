package procurement

import (
	"slices"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// ClosedBids is the body of the system record procurement/closed: what counts at
// the deadline. It says how many, and binds to which; nothing of what they say.
type ClosedBids struct {
	Lots   []ClosedLot     `json:"lots"`
	Others int64           `json:"others,omitzero"` // superseded, withdrawn, or held by no quorum
	Record publica.EntryID `json:"record"`          // that set the deadline
}

// ClosedLot is the bids of a lot that count. Root is that of an RFC 6962 tree whose
// leaves are their entry ids, in the order of the log.
type ClosedLot struct {
	Bids int64       `json:"bids"`
	Lot  string      `json:"lot,omitzero"`
	Root sealed.Hash `json:"root"`
}

// UnstoredBids is the body of the system record procurement/unstored, which comes
// before procurement/closed: bids to a lot that would count if a quorum had held
// what they say. Who held what depends on the validators of the day, which the
// records of the docket do not tell.
type UnstoredBids struct {
	Bids []publica.EntryID `json:"bids"` // in the order of the log
	Lot  string            `json:"lot,omitzero"`
}

const (
	closedKind   publica.Kind = "procurement/closed"
	unstoredKind publica.Kind = "procurement/unstored"

	// maxUnstored is how many bids one record names, so that it fits a leaf.
	maxUnstored = 500
)

// closeBids decides at the deadline which bids count.
func (s *State) closeBids(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	s.stop(EnquiriesClock, publica.EntryID{})
	body, ids, unstored := ClosedBids{Record: record}, make([][]publica.EntryID, len(s.Lots)), make([][]publica.EntryID, len(s.Lots))
	validators := tx.Validators()
	for _, b := range Bids(tx, in, func(*Bid) bool { return true }) {
		was := b.Status
		switch b.Status = s.count(&b, validators); b.Status {
		case Counted:
			ids[b.Lot] = append(ids[b.Lot], b.Entry)
		case Unstored:
			unstored[b.Lot] = append(unstored[b.Lot], b.Entry)
			body.Others++
		default:
			body.Others++
		}
		if b.Status != was {
			putBid(tx, in, b)
		}
	}
	for i := range unstored {
		for some := range slices.Chunk(unstored[i], maxUnstored) {
			tx.Emit(unstoredKind, in, UnstoredBids{some, s.Lots[i].Name})
		}
	}
	total := 0
	for i := range s.Lots {
		n := int64(len(ids[i]))
		s.Lots[i].Bids, s.Lots[i].Live = n, n
		body.Lots = append(body.Lots, ClosedLot{n, s.Lots[i].Name, rootOf(ids[i])})
		total += len(ids[i])
	}
	tx.Emit(closedKind, in, body)
	if total == 0 {
		s.end(tx, in, Unsuccessful, "no-bids", record)
		return
	}
	s.Stage = Closed
	s.await(tx, in, record)
}

// count returns what becomes of a bid at the deadline.
func (s *State) count(b *Bid, validators []machine.Validator) BidStatus {
	switch {
	case b.Status != Sealed:
		return b.Status
	case b.Text != s.Text:
		return Superseded
	case !b.heldBy(validators):
		return Unstored
	}
	return Counted
}

// await starts the clock of the trustees' silence: they may open now.
func (s *State) await(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	s.start(tx, in, Clock{Ends: tx.Time().Add(silenceHours * time.Hour), Name: SilenceClock, Record: record})
}
