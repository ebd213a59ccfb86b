package participation

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Endorse is the body of participation/endorse.
type Endorse struct {
	Target publica.EntryID `json:"target"` // an idea or comment of the docket
}

// Unendorse is the body of participation/unendorse.
type Unendorse struct {
	Target publica.EntryID `json:"target"`
}

// endorsements has a row for each that stands, under target ‖ holder. The row
// says nothing but that.
var endorsements = machine.NewTable[bool]("participation-endorsement")

func endorsementKey(target publica.EntryID, h identity.Holder) []byte {
	return machine.Key(target[:], h[:])
}

func checkEndorse(e *machine.Entry, b *Endorse) error { return checkTarget(e, b.Target) }

func checkUnendorse(e *machine.Entry, b *Unendorse) error { return checkTarget(e, b.Target) }

func checkTarget(e *machine.Entry, target publica.EntryID) error {
	if target.IsZero() {
		return publica.Problem(publica.Invalid, "body/target", "is missing").WithHint("the id of an idea or comment")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyEndorse(tx *machine.Tx, e *machine.Entry, b *Endorse) error {
	if _, err := admit(tx, e, nil); err != nil {
		return err
	}
	if _, err := contribution(tx, e.Docket, "body/target", b.Target); err != nil {
		return err
	}
	if _, ok := standing(tx, b.Target, e.Author); ok {
		return publica.Problem(publica.Conflict, "body/target", "is endorsed by this person already").
			WithHint("one endorsement counts per account, or per key without one")
	}
	endorsements.Put(tx, endorsementKey(b.Target, identity.HolderOf(tx, e.Author)), true)
	t := Counts(tx, e.Docket)
	t.Endorsed++
	putTally(tx, e.Docket, t)
	return nil
}

func applyUnendorse(tx *machine.Tx, e *machine.Entry, b *Unendorse) error {
	s, err := docket.Require(tx, e)
	if err != nil {
		return err
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Late, "docket", "is codified: its endorsements stand")
	}
	if _, err := contribution(tx, e.Docket, "body/target", b.Target); err != nil {
		return err
	}
	key, ok := standing(tx, b.Target, e.Author)
	if !ok {
		return publica.Problem(publica.NotFound, "body/target", "is not endorsed by this person")
	}
	endorsements.Delete(tx, key)
	t := Counts(tx, e.Docket)
	t.Endorsed--
	putTally(tx, e.Docket, t)
	return nil
}

// standing finds the endorsement a person holds: by account, or by the key
// itself from before it joined one.
func standing(tx *machine.Tx, target publica.EntryID, author publica.KeyID) (key []byte, ok bool) {
	for _, h := range [...]identity.Holder{identity.HolderOf(tx, author), identity.Holder(author)} {
		if key = endorsementKey(target, h); endorsements.Has(tx, key) {
			return key, true
		}
	}
	return nil, false
}
