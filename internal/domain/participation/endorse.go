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

// endorsements has two rows for each that stands, under target ‖ holder and
// under target ‖ key: a key that changes accounts does not endorse anew. Where
// the holder is the key they are one.
var endorsements = machine.NewTable[endorsement]("participation-endorsement")

// endorsement says who holds it and which key signed it.
type endorsement struct {
	Holder identity.Holder `json:"holder"`
	Key    publica.KeyID   `json:"key"`
}

// keys are where an endorsement of target stands.
func (s endorsement) keys(target publica.EntryID) [2][]byte {
	return [2][]byte{endorsementKey(target, s.Holder), endorsementKey(target, identity.Holder(s.Key))}
}

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
	stands := endorsement{identity.HolderOf(tx, e.Author), e.Author}
	for _, key := range stands.keys(b.Target) {
		endorsements.Put(tx, key, stands)
	}
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
	r, err := contribution(tx, e.Docket, "body/target", b.Target)
	if err != nil {
		return err
	}
	if s.BeforeCodification(tx, r) {
		return publica.Problem(publica.Late, "docket", "is codified: endorsements of what was said before stand")
	}
	stands, ok := standing(tx, b.Target, e.Author)
	if !ok {
		return publica.Problem(publica.NotFound, "body/target", "is not endorsed by this person")
	}
	for _, key := range stands.keys(b.Target) {
		endorsements.Delete(tx, key)
	}
	t := Counts(tx, e.Docket)
	t.Endorsed--
	putTally(tx, e.Docket, t)
	return nil
}

// standing finds the endorsement a person holds: by account, or by the key
// itself from before it joined one or after it left.
func standing(tx *machine.Tx, target publica.EntryID, author publica.KeyID) (endorsement, bool) {
	for _, h := range [...]identity.Holder{identity.HolderOf(tx, author), identity.Holder(author)} {
		if stands, ok := endorsements.Get(tx, endorsementKey(target, h)); ok {
			return stands, true
		}
	}
	return endorsement{}, false
}
