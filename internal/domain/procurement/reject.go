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
	if err := machine.First(cited(tx, e.Docket, b.Cites), s.judged(tx, &bid, b.Cites), s.decline(bid)); err != nil {
		return err
	}
	if bid.Passed {
		s.Lots[bid.Lot].Passed--
	}
	bid.Rejected = e.ID
	putBid(tx, e.Docket, bid)
	s.reject(tx, e, bid.Lot)
	put(tx, e.Docket, s)
	return nil
}

// decline takes back what was decided when the winner of a lot does not stand by its
// bid, as the buyer says. Once a lot has its contract it is too late: the others go
// on, and this one is bought in another tender.
func (s *State) decline(b Bid) error {
	if s.require(Standstill, Awarding, Contracting) != nil {
		return nil
	}
	if s.Lots[b.Lot].Winner != b.Entry {
		return publica.Problem(publica.Conflict, "body/bid", "is not the bid to which its lot is to go").WithHint("nothing waits for it: leave it as it is")
	}
	if s.contracted() {
		return publica.Problem(publica.Late, "body/bid", "is too late to reject: another lot has its contract").WithHint("buy this lot in another tender")
	}
	if err := s.stayed(); err != nil {
		return err
	}
	s.takeBack(Intended)
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
