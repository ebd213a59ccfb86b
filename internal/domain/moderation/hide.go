package moderation

import (
	"encoding/json/jsontext"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Hide is the body of moderation/hide. The part "reason" is required. Without
// parts it is about all content of the entry.
type Hide struct {
	Code  Code           `json:"code"`
	Entry jsontext.Value `json:"entry"` // the entry it is about, whole
	Parts []string       `json:"parts,omitempty"`
}

// Code says in one word why content was hidden.
type Code string

const (
	Abuse         Code = "abuse"
	Spam          Code = "spam"
	PersonalData  Code = "personal-data"
	OffTopic      Code = "off-topic"
	Unlawful      Code = "unlawful"
	Impersonation Code = "impersonation"
	Copyright     Code = "copyright"
	Other         Code = "other"
)

// Codes are all of them.
var Codes = []Code{Abuse, Spam, PersonalData, OffTopic, Unlawful, Impersonation, Copyright, Other}

// Restore is the body of moderation/restore. The part "reason" is required.
type Restore struct {
	Act   publica.EntryID `json:"act"`   // the moderation/hide that it ends
	Entry jsontext.Value  `json:"entry"` // the entry that was hidden, whole
}

func checkHide(e *machine.Entry, b *Hide) error {
	return machine.First(checkCode("body/code", b.Code), checkTarget(b.Entry, b.Parts), checkAct(e))
}

func checkCode(field string, code Code) error {
	for _, c := range Codes {
		if code == c {
			return nil
		}
	}
	return publica.Problem(publica.Invalid, field, "is missing or not a reason code").
		WithHint("one of abuse, spam, personal-data, off-topic, unlawful, impersonation, copyright, other")
}

func applyHide(tx *machine.Tx, e *machine.Entry, b *Hide) error {
	if _, err := docket.RequireModerator(tx, e); err != nil {
		return err
	}
	t, err := docket.FindTarget(tx, e, b.Entry)
	if err != nil {
		return err
	}
	if err := docket.Hide(tx, e, t, b.Parts); err != nil {
		return err
	}
	put(tx, e.ID, Act{By: e.Author, Docket: e.Docket, Entry: t.ID, Kind: e.Kind, Stage: Standing})
	return nil
}

func checkRestore(e *machine.Entry, b *Restore) error {
	return machine.First(checkID("body/act", b.Act, "the id of the moderation/hide that it ends"), checkTarget(b.Entry, nil), checkAct(e))
}

func applyRestore(tx *machine.Tx, e *machine.Entry, b *Restore) error {
	if _, err := docket.RequireModerator(tx, e); err != nil {
		return err
	}
	a, err := find(tx, e, "body/act", b.Act)
	if err != nil {
		return err
	}
	if a.Kind != "moderation/hide" || a.Stage != Standing {
		return publica.Problem(publica.Conflict, "body/act", "hides nothing any more")
	}
	if err := show(tx, e, b.Act, a, b.Entry); err != nil {
		return err
	}
	a.Stage = Ended
	put(tx, b.Act, a)
	return nil
}

// show ends what an act hid of the entry it is about.
func show(tx *machine.Tx, e *machine.Entry, id publica.EntryID, a Act, raw []byte) error {
	t, err := docket.FindTarget(tx, e, raw)
	if err != nil {
		return err
	}
	if t.ID != a.Entry {
		return publica.Problem(publica.Invalid, "body/entry", "is not the entry that the act is about")
	}
	docket.Show(tx, e, t, id)
	return nil
}
