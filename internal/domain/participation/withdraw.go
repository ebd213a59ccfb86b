package participation

import (
	"encoding/json/jsontext"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Withdraw is the body of participation/withdraw: an author takes a contribution
// back. The record stays and counts; it is owed no response any more. Parts:
// reason (optional).
type Withdraw struct {
	Entry jsontext.Value `json:"entry"`          // the contribution, whole, as it stands on the log
	Erase bool           `json:"erase,omitzero"` // its content has to go, on every node
}

// Disavow is the body of participation/disavow: a person in whose name somebody
// else contributed says so. The record stays, marked, and counts no more; it is
// owed no response. Parts: reason (required).
type Disavow struct {
	Entry jsontext.Value `json:"entry"`          // the contribution, whole, as it stands on the log
	Erase bool           `json:"erase,omitzero"` // its content has to go, on every node
}

// Reinstate is the body of participation/reinstate: a disavowal was wrong. Parts:
// reason (required).
type Reinstate struct {
	Entry publica.EntryID `json:"entry"` // the contribution
}

var (
	withdrawn = machine.NewBitset("participation-withdrawn")
	disavowed = machine.NewBitset("participation-disavowed")
	voided    = machine.NewBitset("participation-voided") // obligations that ended so, without an answer
)

var reasonNeeded = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkWithdraw(e *machine.Entry, b *Withdraw) error {
	_, err := docket.ParseTarget(b.Entry)
	return machine.First(machine.InDocket(e), err, machine.CheckParts(e, reasonOptional...))
}

func applyWithdraw(tx *machine.Tx, e *machine.Entry, b *Withdraw) error {
	t, err := retractable(tx, e, b.Entry)
	if err != nil {
		return err
	}
	if identity.HolderOf(tx, t.Author) != identity.HolderOf(tx, e.Author) || identity.IsIntake(tx, t.Author) {
		return publica.Problem(publica.Forbidden, "author", "did not sign that contribution").
			WithHint("sign with the key it was signed with; what a node or an importer signed for somebody, the docket's moderators can hide or redact")
	}
	withdrawn.Set(tx, e.Docket[:], t.Record.Seq, true)
	n := Counts(tx, e.Docket)
	n.Withdrawn++
	voidDebt(tx, e, t, &n)
	putTally(tx, e.Docket, n)
	return eraseIf(tx, e, t, b.Erase)
}

func checkDisavow(e *machine.Entry, b *Disavow) error {
	_, err := docket.ParseTarget(b.Entry)
	return machine.First(machine.InDocket(e), err, machine.CheckParts(e, reasonNeeded...))
}

// applyDisavow believes two: a person behind whose key some body stands, and a
// moderator to whom the person has shown who they are. Anyone else could silence
// others with it.
func applyDisavow(tx *machine.Tx, e *machine.Entry, b *Disavow) error {
	t, err := retractable(tx, e, b.Entry)
	if err != nil {
		return err
	}
	if e.For != (publica.BodyID{}) {
		if _, err := docket.RequireModerator(tx, e); err != nil {
			return err
		}
	} else if !identity.Verified(tx, e.Author) {
		return publica.Problem(publica.Forbidden, "author", "is not a verified key: nobody vouches for the person behind it").
			WithHint("ask a body of the register to vouch for the key (identity/grant, role verified), or show a moderator of the docket who you are: they can sign it for you")
	}
	disavowed.Set(tx, e.Docket[:], t.Record.Seq, true)
	n := Counts(tx, e.Docket)
	n.Disavowed++
	count(&n, t.Kind, -1)
	voidDebt(tx, e, t, &n)
	putTally(tx, e.Docket, n)
	return eraseIf(tx, e, t, b.Erase)
}

func checkReinstate(e *machine.Entry, b *Reinstate) error {
	if b.Entry.IsZero() {
		return publica.Problem(publica.Invalid, "body/entry", "is missing").WithHint("the id of the contribution that was disavowed")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonNeeded...))
}

func applyReinstate(tx *machine.Tx, e *machine.Entry, b *Reinstate) error {
	s, err := docket.RequireReviewer(tx, e)
	if err != nil {
		return err
	}
	r, err := contribution(tx, e.Docket, "body/entry", b.Entry)
	if err != nil {
		return err
	}
	if s.BeforeCodification(tx, r) {
		return publica.Problem(publica.Late, "docket", "is codified: what counted before stands")
	}
	if !disavowed.Set(tx, e.Docket[:], r.Seq, false) {
		return publica.Problem(publica.Conflict, "body/entry", "is not disavowed")
	}
	n := Counts(tx, e.Docket)
	n.Disavowed--
	count(&n, r.Kind, 1)
	if voided.Set(tx, e.Docket[:], r.Seq, false) {
		openDebts.Set(tx, e.Docket[:], r.Seq, true)
		n.Open++
		n.Void--
	}
	putTally(tx, e.Docket, n)
	return nil
}

// retractable returns a contribution that has not been taken back yet.
func retractable(tx *machine.Tx, e *machine.Entry, raw []byte) (*docket.Target, error) {
	s, err := docket.Require(tx, e)
	if err != nil {
		return nil, err
	}
	t, err := docket.FindTarget(tx, e, raw)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Kind != ideaKind && t.Kind != commentKind:
		return nil, publica.Problem(publica.Invalid, "body/entry", "is a "+string(t.Kind)+", not an idea or a comment")
	case withdrawn.Get(tx, e.Docket[:], t.Record.Seq):
		return nil, publica.Problem(publica.Conflict, "body/entry", "is withdrawn already")
	case disavowed.Get(tx, e.Docket[:], t.Record.Seq):
		return nil, publica.Problem(publica.Conflict, "body/entry", "is disavowed already")
	case s.BeforeCodification(tx, t.Record):
		return nil, publica.Problem(publica.Late, "docket", "is codified: what was said before stands").
			WithHint("a moderator of the docket can still hide or redact its content")
	}
	return t, nil
}

// voidDebt ends what is owed to a contribution without an answer.
func voidDebt(tx *machine.Tx, e *machine.Entry, t *docket.Target, n *Tally) {
	if openDebts.Set(tx, e.Docket[:], t.Record.Seq, false) {
		voided.Set(tx, e.Docket[:], t.Record.Seq, true)
		n.Open--
		n.Void++
	}
}

func count(n *Tally, kind publica.Kind, by int64) {
	if kind == ideaKind {
		n.Ideas += by
	} else {
		n.Comments += by
	}
}

func eraseIf(tx *machine.Tx, e *machine.Entry, t *docket.Target, erase bool) error {
	if !erase {
		return nil
	}
	return docket.Erase(tx, e, t, nil)
}
