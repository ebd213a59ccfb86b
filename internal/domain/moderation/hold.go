package moderation

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Hold is the body of moderation/hold, which has no fields. The part "reason" is
// required.
type Hold struct{}

// Release is the body of moderation/release. The part "reason" is required.
type Release struct {
	Hold publica.EntryID `json:"hold"` // the moderation/hold that it ends
}

func checkHold(e *machine.Entry, _ *Hold) error { return checkAct(e) }

func applyHold(tx *machine.Tx, e *machine.Entry, _ *Hold) error {
	if _, err := docket.RequireModerator(tx, e); err != nil {
		return err
	}
	if h, ok := docket.Held(tx, e.Docket); ok {
		return publica.Problem(publica.Conflict, "docket", "is under a legal hold already, by "+h.By.String())
	}
	docket.PutHold(tx, e.Docket, e.ID)
	return nil
}

func checkRelease(e *machine.Entry, b *Release) error {
	return machine.First(checkID("body/hold", b.Hold, "the id of the moderation/hold"), checkAct(e))
}

func applyRelease(tx *machine.Tx, e *machine.Entry, b *Release) error {
	if _, err := docket.RequireModerator(tx, e); err != nil {
		return err
	}
	if h, ok := docket.Held(tx, e.Docket); !ok || h.By != b.Hold {
		return publica.Problem(publica.NotFound, "body/hold", "is not the legal hold that this docket is under")
	}
	docket.EndHold(tx, e.Docket)
	return nil
}
