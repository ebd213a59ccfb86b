package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Debrief is the body of procurement/debrief: why a bid did not win, once. Where the
// law counts the time to protest from it, its bidder has that time anew. Parts:
// text (in confidential mode: sealed, for its bidder), attachment-1 ….
type Debrief struct {
	Bid publica.EntryID `json:"bid"`
}

func checkDebrief(e *machine.Entry, b *Debrief) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/bid", b.Bid), machine.CheckParts(e, privateParts...))
}

func applyDebrief(tx *machine.Tx, e *machine.Entry, b *Debrief) error {
	_, s, err := officer(tx, e, Contracting, Implementation, Completed, Unsuccessful)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	bid, err := aBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	switch {
	case s.Lots[bid.Lot].Winner == b.Bid:
		return publica.Problem(publica.Invalid, "body/bid", "is the one that won").WithHint("debrief those who did not")
	case !bid.Debriefed.IsZero():
		return publica.Problem(publica.Conflict, "body/bid", "was debriefed by "+bid.Debriefed.String())
	}
	if err := t.private(e); err != nil {
		return err
	}
	bid.Debriefed = e.ID
	putBid(tx, e.Docket, bid)
	s.Debriefs++
	policy, _ := t.Profile.Policy() // publish checked it
	if policy.DebriefDays > 0 && s.Stage != Completed {
		s.start(tx, e.Docket, Clock{Ends: tx.Time().Add(days(policy.DebriefDays)), Name: ProtestClock, Record: e.ID, Subject: b.Bid})
	}
	put(tx, e.Docket, s)
	return nil
}
