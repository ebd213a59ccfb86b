package participation

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Outreach is the body of participation/outreach: how people were told that
// they can take part, and when. Parts: text (required), attachment-1 ….
type Outreach struct {
	Channel  string           `json:"channel"` // 1 to 200 characters, for example "regional radio"
	Held     publica.Time     `json:"held"`    // when it began; not in the future
	Imported *docket.Imported `json:"imported,omitzero"`
}

// Meeting is the body of participation/meeting. Parts: minutes (required),
// attachment-1 ….
type Meeting struct {
	Attendance []Attendance     `json:"attendance"` // by sector
	Held       publica.Time     `json:"held"`       // when it began; not in the future
	Imported   *docket.Imported `json:"imported,omitzero"`
	Period     string           `json:"period,omitzero"` // period of the docket in which the public comments on it
	Purpose    Purpose          `json:"purpose"`
}

// Attendance is how many people of a sector were there.
type Attendance struct {
	People int64  `json:"people"` // 1 or more
	Sector Sector `json:"sector"`
}

// Sector is where somebody who takes part comes from.
type Sector string

const (
	Government    Sector = "government"
	CivilSociety  Sector = "civil-society"
	Academia      Sector = "academia"
	PrivateSector Sector = "private-sector"
	OtherSector   Sector = "other"
)

// Purpose says what a meeting was for.
type Purpose string

const (
	Dialogue       Purpose = "dialogue"       // the space for dialogue between government and civil society
	Implementation Purpose = "implementation" // how the plan is carried out
)

// Evidence is the body of participation/evidence: it adds to the public
// repository of evidence of the process. Parts: text (required), attachment-1 ….
type Evidence struct {
	Held     publica.Time     `json:"held,omitzero"` // when the previous plan ended, for that topic
	Imported *docket.Imported `json:"imported,omitzero"`
	Topic    Topic            `json:"topic"`
}

// Topic says what a piece of evidence is about.
type Topic string

const (
	DialogueRules          Topic = "dialogue-rules"      // the rules of the space for dialogue
	ProcessEvidence        Topic = "process"             // how the plan came to be
	ImplementationEvidence Topic = "implementation"      // how it is carried out
	PreviousPlanEnded      Topic = "previous-plan-ended" // when the plan before this one ended
)

var (
	evidenceParts = []machine.PartRule{{Name: "text", Media: machine.Text, Required: true}, {Name: "attachment", Numbered: true}}
	meetingParts  = []machine.PartRule{{Name: "minutes", Media: machine.Text, Required: true}, {Name: "attachment", Numbered: true}}
)

func checkOutreach(e *machine.Entry, b *Outreach) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), identity.CheckLabel("body/channel", b.Channel, 200),
		checkHeld(b.Held), b.Imported.Check(e), machine.CheckParts(e, evidenceParts...))
}

func checkMeeting(e *machine.Entry, b *Meeting) error {
	switch {
	case b.Purpose != Dialogue && b.Purpose != Implementation:
		return publica.Problem(publica.Invalid, "body/purpose", "is missing or not a purpose").WithHint("one of dialogue, implementation")
	case len(b.Attendance) == 0:
		return publica.Problem(publica.Invalid, "body/attendance", "is missing").WithHint("say how many people of each sector were there")
	}
	seen := map[Sector]bool{}
	for i, a := range b.Attendance {
		at := "body/attendance/" + strconv.Itoa(i)
		switch a.Sector {
		case Government, CivilSociety, Academia, PrivateSector, OtherSector:
		default:
			return publica.Problem(publica.Invalid, at+"/sector", "is missing or not a sector").
				WithHint("one of government, civil-society, academia, private-sector, other")
		}
		if seen[a.Sector] {
			return publica.Problem(publica.Invalid, at+"/sector", "stands twice")
		}
		seen[a.Sector] = true
		if a.People < 1 || a.People > 1_000_000 {
			return publica.Problem(publica.Invalid, at+"/people", "is not between 1 and 1000000")
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkHeld(b.Held), b.Imported.Check(e), machine.CheckParts(e, meetingParts...))
}

func checkEvidence(e *machine.Entry, b *Evidence) error {
	switch b.Topic {
	case DialogueRules, ProcessEvidence, ImplementationEvidence:
		if b.Held != 0 {
			return publica.Problem(publica.Invalid, "body/held", "belongs to the topic previous-plan-ended alone")
		}
	case PreviousPlanEnded:
		if err := checkHeld(b.Held); err != nil {
			return err
		}
	default:
		return publica.Problem(publica.Invalid, "body/topic", "is missing or not a topic").
			WithHint("one of dialogue-rules, process, implementation, previous-plan-ended")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), b.Imported.Check(e), machine.CheckParts(e, evidenceParts...))
}

func checkHeld(t publica.Time) error {
	if t <= 0 || t >= docket.Year10000 {
		return publica.Problem(publica.Invalid, "body/held", "is missing or out of range").WithHint("when it was, for example 2026-11-22T10:00:00.000Z")
	}
	return nil
}

func applyOutreach(tx *machine.Tx, e *machine.Entry, b *Outreach) error {
	_, err := process(tx, e, b.Held, b.Imported)
	return err
}

func applyMeeting(tx *machine.Tx, e *machine.Entry, b *Meeting) error {
	s, err := process(tx, e, b.Held, b.Imported)
	if err == nil && b.Period != "" && s.Period(b.Period) == nil {
		return publica.Problem(publica.NotFound, "body/period", "is not a period of this docket").
			WithHint("announce it first with docket/period, or leave it out")
	}
	return err
}

func applyEvidence(tx *machine.Tx, e *machine.Entry, b *Evidence) error {
	_, err := process(tx, e, b.Held, b.Imported)
	return err
}

// process admits a record of the process: by the lead body or its members, of
// what has happened.
func process(tx *machine.Tx, e *machine.Entry, held publica.Time, m *docket.Imported) (docket.State, error) {
	s, err := docket.RequireLeadOrMember(tx, e)
	if m != nil && err == nil {
		s, err = docket.RequireImporter(tx, e)
	}
	if err == nil && held > tx.Time() {
		return s, publica.Problem(publica.Early, "body/held", "is in the future: only what has happened is recorded").
			WithHint("a timeline or a period announces what is to come")
	}
	return s, err
}
