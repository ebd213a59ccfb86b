package procurement

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// Reject is the body of procurement/reject. No bid is rejected but by a person who
// signs a reason and cites the records it rests on (FAR 9.105-2). The part reason is
// required.
type Reject struct {
	Bid   publica.EntryID   `json:"bid"`
	Cites []publica.EntryID `json:"cites"`
	Code  RejectCode        `json:"code"`
}

// RejectCode is why a bid is rejected.
type RejectCode string

const (
	NonResponsive  RejectCode = "non-responsive"  // does not open, or does not meet the text
	NonResponsible RejectCode = "non-responsible" // its bidder cannot be trusted to carry it out
	PriceReason    RejectCode = "price"           // not reasonable
	Excluded       RejectCode = "excluded"
	Declined       RejectCode = "declined" // its bidder does not stand by it: it signs no contract
)

// RejectCodes are all there are.
var RejectCodes = []RejectCode{NonResponsive, NonResponsible, PriceReason, Excluded, Declined}

func checkReject(e *machine.Entry, b *Reject) error {
	if !slices.Contains(RejectCodes, b.Code) {
		return publica.Problem(publica.Invalid, "body/code", "is missing or not a reason").
			WithHint("one of non-responsive, non-responsible, price, excluded, declined")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/bid", b.Bid), checkCites(b.Cites), machine.CheckParts(e, reasonRequired...))
}

func applyReject(tx *machine.Tx, e *machine.Entry, b *Reject) error {
	stages := []Stage{Opened, Compliance, Curing, Evaluation, Intended}
	if b.Code == Declined {
		stages = append(stages, Standstill, Awarding, Contracting)
	}
	_, s, err := officer(tx, e, stages...)
	if err != nil {
		return err
	}
	bid, err := liveBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	if !bid.Curing.IsZero() {
		return publica.Problem(publica.Early, "body/bid", "may still be cured").WithHint("wait for the cure, or for its clock to run out")
	}
	if err := machine.First(cited(tx, e.Docket, b.Cites), s.judged(tx, &bid, b.Cites), s.decline(tx, e, bid)); err != nil {
		return err
	}
	if bid.Passed {
		s.Lots[bid.Lot].Passed--
	}
	bid.Rejected = e.ID
	putBid(tx, e.Docket, bid)
	s.reject(tx, e, bid.Lot)
	s.signed(tx, e.Docket)
	put(tx, e.Docket, s)
	return nil
}

// decline takes back what was decided when the winner of a lot does not stand by its
// bid, as the buyer says. Once another lot has its contract, what was decided stands,
// and the lot of this bid alone is given up: it is bought in another tender.
func (s *State) decline(tx *machine.Tx, e *machine.Entry, b Bid) error {
	if s.require(Standstill, Awarding, Contracting) != nil {
		return nil
	}
	lot := &s.Lots[b.Lot]
	switch {
	case lot.Winner != b.Entry:
		return publica.Problem(publica.Conflict, "body/bid", "is not the bid to which its lot is to go").WithHint("nothing waits for it: leave it as it is")
	case !lot.Contract.IsZero():
		return publica.Problem(publica.Late, "body/bid", "is too late to reject: its lot has its contract, "+lot.Contract.String()).WithHint("the buyer ends it with procurement/terminate")
	}
	if err := s.stayed(); err != nil {
		return err
	}
	if !s.contracted() {
		s.takeBack(Intended)
		return nil
	}
	lot.GivenUp = e.ID
	lot.Award, lot.Intent, lot.Winner, lot.Value = publica.EntryID{}, publica.EntryID{}, publica.EntryID{}, 0
	s.protestable(tx, e.Docket, e.ID)
	return nil
}

// reject goes on without a bid: a ranking that names it has to be made anew.
func (s *State) reject(tx *machine.Tx, e *machine.Entry, lot int) {
	s.Lots[lot].Live--
	s.Lots[lot].Memo = publica.EntryID{}
	if s.Stage == Intended {
		s.Stage = Evaluation
	}
	s.openAll()
	if s.Stage == Opened {
		s.Stage = Compliance
	}
	s.settle(tx, e)
}
