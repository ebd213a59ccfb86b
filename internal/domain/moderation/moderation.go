package moderation

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Domain lists the kinds of moderation.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "moderation",
		Kinds: []machine.Kind{
			machine.Define("moderation/hide", "Takes content of a record out of sight, for now. By a moderator.", checkHide, applyHide),
			machine.Define("moderation/restore", "Shows again what was hidden. By a moderator.", checkRestore, applyRestore),
			machine.Define("moderation/redact", "Has content of a record erased on every node. By a moderator; by two where the charter says so.", checkRedact, applyRedact),
			machine.Define("moderation/confirm", "Confirms a redaction as the second person. By another moderator.", checkConfirm, applyConfirm),
			machine.Define("moderation/appeal", "Objects to an act of moderation. By anyone.", checkAppeal, applyAppeal),
			machine.Define("moderation/decide", "Decides an appeal. By a reviewer, or a moderator who had no part in the act.", checkDecide, applyDecide),
			machine.Define("moderation/hold", "Puts a docket under a legal hold: nothing of it may be erased. By a moderator.", checkHold, applyHold),
			machine.Define("moderation/release", "Ends a legal hold. By a moderator.", checkRelease, applyRelease),
		},
	}
}

// Stage says where an act stands.
type Stage string

const (
	Pending  Stage = "pending"  // waits for a second person
	Standing Stage = "standing" // holds
	Ended    Stage = "ended"    // restored, or reversed before it took effect
	Reversed Stage = "reversed" // an appeal found it wrong
)

// Act is an act of moderation as it stands.
type Act struct {
	Appeals int64            `json:"appeals,omitzero"` // that wait for a decision
	By      publica.KeyID    `json:"by"`
	Docket  publica.DocketID `json:"docket"`
	Entry   publica.EntryID  `json:"entry"` // that it is about
	Kind    publica.Kind     `json:"kind"`
	Second  publica.KeyID    `json:"second,omitzero"` // who confirmed it
	Stage   Stage            `json:"stage"`
}

// appealState is an appeal that waits for a decision, or had one.
type appealState struct {
	Act     publica.EntryID `json:"act"`
	By      publica.KeyID   `json:"by"`
	Decided publica.EntryID `json:"decided,omitzero"`
}

var (
	acts    = machine.NewTable[Act]("moderation-act")
	appeals = machine.NewTable[appealState]("moderation-appeal")
	objects = machine.NewTable[publica.EntryID]("moderation-objector") // act ‖ key: their appeal
)

// ActOf returns an act of moderation as it stands.
func ActOf(tx *machine.Tx, id publica.EntryID) (Act, bool) { return acts.Get(tx, id[:]) }

// find returns the act that a field of the body names, if it is in the docket.
func find(tx *machine.Tx, e *machine.Entry, field string, id publica.EntryID) (Act, error) {
	a, ok := ActOf(tx, id)
	if !ok || a.Docket != e.Docket {
		return a, publica.Problem(publica.NotFound, field, "is not an act of moderation of this docket").
			WithHint("the id of a moderation/hide or moderation/redact")
	}
	return a, nil
}

func put(tx *machine.Tx, id publica.EntryID, a Act) { acts.Put(tx, id[:], a) }

var reasonRequired = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

// checkAct is the shape that all acts of moderators share.
func checkAct(e *machine.Entry) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonRequired...))
}

func checkID(field string, id publica.EntryID, hint string) error {
	if id.IsZero() {
		return publica.Problem(publica.Invalid, field, "is missing").WithHint(hint)
	}
	return nil
}

// checkTarget refuses what cannot be an entry, before anything is looked up.
func checkTarget(raw []byte, parts []string) error {
	t, err := docket.ParseTarget(raw)
	if err != nil {
		return err
	}
	_, _, err = t.Choose(parts)
	return err
}
