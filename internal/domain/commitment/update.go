package commitment

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Update is the body of commitment/update: what the government says of a
// commitment as of a day. By the agency, a supporting body, or the lead body of
// the docket. Parts: text (required of all but imports), evidence, attachment-1 …;
// of imports author, and note: what the importer says of the source, in whose name
// it says nothing.
type Update struct {
	At         publica.Time     `json:"at"`    // as of when it is true; not in the future
	Claim      Claim            `json:"claim"` // what the government says of it
	Commitment publica.EntryID  `json:"commitment"`
	Imported   *docket.Imported `json:"imported,omitzero"`
	Value      *int64           `json:"value,omitzero"` // of the indicator
}

// Claim is what a government says about how far a commitment has come. It is
// shown as a claim, beside what is computed from the records.
type Claim string

const (
	Unstated   Claim = "unstated" // the source says nothing; imports only
	NotStarted Claim = "not-started"
	InProgress Claim = "in-progress"
	Complete   Claim = "complete"
	Removed    Claim = "removed" // the source no longer shows the promise; imports only
)

func checkUpdate(e *machine.Entry, b *Update) error {
	switch b.Claim {
	case NotStarted, InProgress, Complete:
	case Unstated, Removed:
		if b.Imported == nil {
			return publica.Problem(publica.Invalid, "body/claim", "is for imports alone").WithHint("one of not-started, in-progress, complete")
		}
	default:
		return publica.Problem(publica.Invalid, "body/claim", "is missing or not a claim").WithHint("one of not-started, in-progress, complete")
	}
	if b.Value != nil {
		if err := checkValue("body/value", *b.Value); err != nil {
			return err
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCommitment(b.Commitment), checkDay("body/at", b.At), b.Imported.Check(e),
		machine.CheckParts(e, updateParts(b.Imported != nil)...))
}

func updateParts(imported bool) []machine.PartRule {
	rules := []machine.PartRule{
		{Name: "text", Media: machine.Text, Required: !imported},
		{Name: "evidence", Media: machine.Text},
		{Name: "author", Media: machine.PlainText, Max: 1000},
		{Name: "attachment", Numbered: true},
	}
	if imported {
		rules = append(rules, machine.PartRule{Name: "note", Media: machine.Text})
	}
	return rules
}

func applyUpdate(tx *machine.Tx, e *machine.Entry, b *Update) error {
	s, err := requireOpen(tx, e, b.Commitment)
	if err != nil {
		return err
	}
	if err := machine.First(s.reports(tx, e, b.Imported), happened(tx, b.At)); err != nil {
		return err
	}
	if b.Value != nil && s.Indicator == nil {
		return publica.Problem(publica.Invalid, "body/value", "counts nothing: the commitment has no unit").
			WithHint("give it an indicator with commitment/amend, or leave the value out")
	}
	s.Updates++
	if b.At >= s.ClaimedAt {
		s.Claim, s.ClaimedAt = b.Claim, b.At
	}
	if b.Value != nil && b.At >= s.ValuedAt {
		s.Value, s.ValuedAt = b.Value, b.At
	}
	put(tx, b.Commitment, s)
	return nil
}
