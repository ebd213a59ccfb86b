package procurement

import (
	"time"

	"publica"
	"publica/internal/machine"
)

// CureRequest is the body of procurement/cure-request: what a bid that failed may
// be cured of, and until when. A bid is cured once. Parts: text (required),
// attachment-1 ….
type CureRequest struct {
	Bid   publica.EntryID `json:"bid"`
	Until publica.Time    `json:"until"` // the first instant after the cure
}

func checkCureRequest(e *machine.Entry, b *CureRequest) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/bid", b.Bid), machine.CheckParts(e, textParts...))
}

func applyCureRequest(tx *machine.Tx, e *machine.Entry, b *CureRequest) error {
	_, s, err := officer(tx, e, Compliance, Curing)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	policy, err := t.Profile.Policy()
	if err != nil {
		return err
	}
	bid, err := liveBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	least, most := tx.Time().Add(time.Duration(policy.CureMinutes)*time.Minute), tx.Time().Add(days(policy.CureDays))
	switch {
	case bid.Result.IsZero() || bid.Passed:
		return publica.Problem(publica.Conflict, "body/bid", "has no result that fails").WithHint("run the rules first, with procurement/compliance-result")
	case bid.Asked:
		return publica.Problem(publica.Conflict, "body/bid", "was asked for a cure already").WithHint("reject it, or show how it passes")
	case b.Until < least || b.Until > most:
		return publica.Problem(publica.Invalid, "body/until", "is not between "+least.String()+" and "+most.String()+", as "+string(t.Profile)+" has it").
			WithHint("a bidder is asked once: leave it time to answer")
	}
	bid.Asked, bid.Curing = true, e.ID
	putBid(tx, e.Docket, bid)
	s.Stage = Curing
	s.start(tx, e.Docket, Clock{Ends: b.Until, Name: CureClock, Record: e.ID, Subject: b.Bid})
	put(tx, e.Docket, s)
	return nil
}

// endCure ends the time of a bid to be cured.
func (s *State) endCure(tx *machine.Tx, in publica.DocketID, id publica.EntryID) {
	bid, _ := BidOf(tx, in, id)
	bid.Curing = publica.EntryID{}
	putBid(tx, in, bid)
	for i := range s.Clocks {
		if s.Clocks[i].Name == CureClock {
			return
		}
	}
	if s.Stage == Curing {
		s.Stage = Compliance
	}
	if s.Resume == Curing {
		s.Resume = Compliance
	}
}
