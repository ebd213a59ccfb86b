package moderation

import (
	"encoding/json/jsontext"
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Redact is the body of moderation/redact. The part "reason" is required. Without
// parts it is about all content of the entry.
type Redact struct {
	Asked Asker          `json:"asked"`
	Basis Code           `json:"basis"`
	Entry jsontext.Value `json:"entry"` // the entry it is about, whole
	Parts []string       `json:"parts,omitempty"`
}

// Asker says who asked for a redaction.
type Asker string

const (
	BySubject   Asker = "subject"   // the person the content is about
	ByAuthor    Asker = "author"    // the person who wrote it
	ByCourt     Asker = "court"     // a court
	ByAuthority Asker = "authority" // another public body, by law
	ByModerator Asker = "moderator" // nobody: the moderator found it
)

// Askers are all of them.
var Askers = []Asker{BySubject, ByAuthor, ByCourt, ByAuthority, ByModerator}

// Confirm is the body of moderation/confirm. The part "reason" is required.
type Confirm struct {
	Act   publica.EntryID `json:"act"`   // the moderation/redact that it confirms
	Entry jsontext.Value  `json:"entry"` // the entry that one is about, whole
}

// redactions are the parts that a redaction which waits for a second person is
// about.
var redactions = machine.NewTable[[]string]("moderation-redaction")

func checkRedact(e *machine.Entry, b *Redact) error {
	known := false
	for _, a := range Askers {
		known = known || a == b.Asked
	}
	if !known {
		return publica.Problem(publica.Invalid, "body/asked", "is missing or not known").WithHint("one of subject, author, court, authority, moderator")
	}
	return machine.First(checkCode("body/basis", b.Basis), checkTarget(b.Entry, b.Parts), checkAct(e))
}

func applyRedact(tx *machine.Tx, e *machine.Entry, b *Redact) error {
	s, err := docket.RequireModerator(tx, e)
	if err != nil {
		return err
	}
	t, err := docket.FindTarget(tx, e, b.Entry)
	if err != nil {
		return err
	}
	a := Act{By: e.Author, Docket: e.Docket, Entry: t.ID, Kind: e.Kind, Stage: Standing}
	if !s.Charter.TwoPersons {
		put(tx, e.ID, a)
		return docket.Erase(tx, e, t, b.Parts)
	}
	names, all, err := t.Choose(b.Parts)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c publica.Commitment) bool { _, gone := docket.IsErased(tx, c); return !gone }) {
		return publica.Problem(publica.Conflict, "body/entry", "is erased already")
	}
	// Out of sight while it waits: what may have to go is not shown meanwhile. It
	// may be hidden already.
	if err := docket.Hide(tx, e, t, b.Parts); err != nil && publica.CodeOf(err) != publica.Conflict {
		return err
	}
	redactions.Put(tx, e.ID[:], names)
	a.Stage = Pending
	put(tx, e.ID, a)
	return nil
}

func checkConfirm(e *machine.Entry, b *Confirm) error {
	return machine.First(checkID("body/act", b.Act, "the id of the moderation/redact that it confirms"), checkTarget(b.Entry, nil), checkAct(e))
}

func applyConfirm(tx *machine.Tx, e *machine.Entry, b *Confirm) error {
	if _, err := docket.RequireModerator(tx, e); err != nil {
		return err
	}
	a, err := find(tx, e, "body/act", b.Act)
	if err != nil {
		return err
	}
	switch {
	case a.Kind != "moderation/redact" || a.Stage != Pending:
		return publica.Problem(publica.Conflict, "body/act", "does not wait for a second person")
	case a.By == e.Author:
		return publica.Problem(publica.Forbidden, "author", "signed the redaction: another moderator has to confirm it")
	}
	t, err := docket.FindTarget(tx, e, b.Entry)
	if err != nil {
		return err
	}
	if t.ID != a.Entry {
		return publica.Problem(publica.Invalid, "body/entry", "is not the entry that the act is about")
	}
	parts, _ := redactions.Get(tx, b.Act[:])
	a.Stage, a.Second = Standing, e.Author
	put(tx, b.Act, a)
	redactions.Delete(tx, b.Act[:])
	return docket.Erase(tx, e, t, parts)
}
