package moderation

import (
	"encoding/json/jsontext"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Appeal is the body of moderation/appeal. The part "text" is required. Anyone may
// appeal, as often as the charter's quota lets them, once against each act.
type Appeal struct {
	Act publica.EntryID `json:"act"` // a moderation/hide or moderation/redact
}

// Decide is the body of moderation/decide. The part "reason" is required. Entry is
// required where an act is reversed that hides something.
type Decide struct {
	Appeal  publica.EntryID `json:"appeal"`
	Entry   jsontext.Value  `json:"entry,omitzero"` // the entry that the act is about, whole
	Outcome Outcome         `json:"outcome"`
}

// Outcome is what became of an appeal.
type Outcome string

const (
	Upheld     Outcome = "upheld"   // the act stands
	Overturned Outcome = "reversed" // the act was wrong
)

var appealParts = []machine.PartRule{{Name: "text", Media: machine.Text, Required: true}, {Name: "author", Media: machine.PlainText, Max: 1000}}

func checkAppeal(e *machine.Entry, b *Appeal) error {
	return machine.First(machine.InDocket(e), checkID("body/act", b.Act, "the id of the act of moderation"), machine.CheckParts(e, appealParts...))
}

func applyAppeal(tx *machine.Tx, e *machine.Entry, b *Appeal) error {
	s, err := docket.Require(tx, e)
	if err != nil {
		return err
	}
	a, err := find(tx, e, "body/act", b.Act)
	if err != nil {
		return err
	}
	if a.Stage != Standing && a.Stage != Pending {
		return publica.Problem(publica.Conflict, "body/act", "does not stand any more: there is nothing to appeal against")
	}
	key := machine.Key(b.Act[:], e.Author[:])
	if id, ok := objects.Get(tx, key); ok && !identity.IsIntake(tx, e.Author) {
		return publica.Problem(publica.Conflict, "body/act", "has this person's appeal already, "+id.String())
	}
	if err := s.Spend(tx, e); err != nil {
		return err
	}
	objects.Put(tx, key, e.ID)
	appeals.Put(tx, e.ID[:], appealState{Act: b.Act, By: e.Author})
	a.Appeals++
	put(tx, b.Act, a)
	return nil
}

func checkDecide(e *machine.Entry, b *Decide) error {
	if b.Outcome != Upheld && b.Outcome != Overturned {
		return publica.Problem(publica.Invalid, "body/outcome", "is missing or not an outcome").WithHint("one of upheld, reversed")
	}
	if len(b.Entry) > 0 {
		if err := checkTarget(b.Entry, nil); err != nil {
			return err
		}
	}
	return machine.First(checkID("body/appeal", b.Appeal, "the id of the appeal"), checkAct(e))
}

func applyDecide(tx *machine.Tx, e *machine.Entry, b *Decide) error {
	if _, err := docket.RequireReviewer(tx, e); err != nil {
		return err
	}
	p, ok := appeals.Get(tx, b.Appeal[:])
	if !ok {
		return publica.Problem(publica.NotFound, "body/appeal", "is not an appeal of this register")
	}
	a, err := find(tx, e, "body/appeal", p.Act)
	if err != nil {
		return err
	}
	switch {
	case !p.Decided.IsZero():
		return publica.Problem(publica.Conflict, "body/appeal", "is decided already, by "+p.Decided.String())
	case e.Author == a.By || e.Author == a.Second:
		return publica.Problem(publica.Forbidden, "author", "took part in the act: somebody else has to decide")
	case e.Author == p.By:
		return publica.Problem(publica.Forbidden, "author", "signed the appeal: somebody else has to decide")
	}
	if b.Outcome == Overturned && (a.Stage == Standing || a.Stage == Pending) {
		if err := reverse(tx, e, p.Act, &a, b.Entry); err != nil {
			return err
		}
	}
	p.Decided = e.ID
	appeals.Put(tx, b.Appeal[:], p)
	a.Appeals--
	put(tx, p.Act, a)
	return nil
}

// reverse undoes an act as far as it can be undone: what was hidden is shown
// again, a redaction that waited does not happen. What was erased is gone; the
// record says that it should not have been.
func reverse(tx *machine.Tx, e *machine.Entry, id publica.EntryID, a *Act, raw []byte) error {
	if a.Kind == "moderation/hide" || a.Stage == Pending {
		if len(raw) == 0 {
			return publica.Problem(publica.Invalid, "body/entry", "is missing").WithHint("give the whole entry that was hidden, as it stands on the log")
		}
		if err := show(tx, e, id, *a, raw); err != nil {
			return err
		}
	}
	redactions.Delete(tx, id[:])
	a.Stage = Reversed
	return nil
}
