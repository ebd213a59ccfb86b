package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Cure is the body of procurement/cure: what the bidder adds in time. In public
// mode the part text is required; in confidential mode the part sealed is, for the
// evaluators alone, and nothing else is taken. Parts: text, sealed, attachment-1 ….
type Cure struct {
	Bid publica.EntryID `json:"bid"`
}

// privateParts are those of what an evaluator or a bidder alone may read in
// confidential mode, which the mode decides about.
var privateParts = []machine.PartRule{{Name: "text", Media: machine.Text}, {Name: "sealed"}, {Name: "attachment", Numbered: true}}

func checkCure(e *machine.Entry, b *Cure) error {
	return machine.First(machine.InDocket(e), checkOne("body/bid", b.Bid), machine.CheckParts(e, privateParts...))
}

// private refuses parts that everyone could read where the mode forbids it, and
// the other way round.
func (t *Publish) private(e *machine.Entry) error {
	want := "text"
	if t.Mode == Confidential {
		want = "sealed"
	}
	if p, _ := e.Part(want); p.Size == 0 {
		return publica.Problem(publica.Invalid, "content", "lacks the part "+want+", in "+string(t.Mode)+" mode").
			WithHint("text for everyone; sealed, encrypted to those it is for, in confidential mode")
	}
	for i := range e.Content {
		if name := e.Content[i].Name; t.Mode == Confidential && name != "sealed" || t.Mode == Public && name == "sealed" {
			return publica.Problem(publica.Invalid, "content", "has the part "+name+", which is not for "+string(t.Mode)+" mode").WithHint("leave it out")
		}
	}
	return nil
}

func applyCure(tx *machine.Tx, e *machine.Entry, b *Cure) error {
	s, err := participant(tx, e, Compliance, Curing)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	bid, err := liveBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	switch {
	case bid.Author != e.Author:
		return publica.Problem(publica.Forbidden, "author", "did not make this bid").WithHint("sign with the key that sealed it")
	case bid.Curing.IsZero():
		return publica.Problem(publica.Late, "body/bid", "has no time left to be cured, or was not asked").WithHint("the buyer asks once, with procurement/cure-request")
	}
	if err := t.private(e); err != nil {
		return err
	}
	bid.Cured, bid.Result = e.ID, publica.EntryID{}
	putBid(tx, e.Docket, bid)
	s.stop(CureClock, b.Bid)
	s.endCure(tx, e.Docket, b.Bid)
	put(tx, e.Docket, s)
	return nil
}
