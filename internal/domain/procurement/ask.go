package procurement

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Ask is the body of procurement/ask: a question before the enquiries end. The
// part text is required.
type Ask struct{}

// question is a question as it stands.
type question struct {
	Answer publica.EntryID `json:"answer,omitzero"` // the latest
}

var questions = machine.NewTable[question]("procurement-question") // docket ‖ entry

func checkAsk(e *machine.Entry, _ *Ask) error {
	return machine.First(machine.InDocket(e), machine.CheckParts(e, textParts...))
}

func applyAsk(tx *machine.Tx, e *machine.Entry, _ *Ask) error {
	d, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	if err := s.require(Bidding); err != nil {
		return err
	}
	if s.Clock(EnquiriesClock, publica.EntryID{}) == nil {
		return publica.Problem(publica.Late, "docket", "takes no more questions").WithHint("the enquiries have ended; bids are taken until the deadline")
	}
	if err := machine.First(admitted(tx, e, &d), d.Spend(tx, e)); err != nil {
		return err
	}
	s.Asked++
	questions.Put(tx, machine.Key(e.Docket[:], e.ID[:]), question{})
	put(tx, e.Docket, s)
	return nil
}

// admitted refuses whom the charter does not admit.
func admitted(tx *machine.Tx, e *machine.Entry, d *docket.State) error {
	switch d.Charter.Contribute {
	case docket.Verified:
		if !identity.Verified(tx, e.Author) {
			return publica.Problem(publica.Forbidden, "author", "is not verified, as the charter asks").WithHint("have a body vouch for the key")
		}
	case docket.Members:
		if !identity.HasRole(tx, d.Lead, e.Author, identity.Member) {
			return publica.Problem(publica.Forbidden, "author", "is not a member of the lead body, as the charter asks").WithHint("the lead body grants the role member")
		}
	}
	return nil
}
