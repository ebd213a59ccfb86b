package ogp

import (
	"publica"
)

// Format names the format of certificates.
const Format = "publica-ogp-certificate/v1"

// A Certificate says for each requirement and trigger how the docket stands.
type Certificate struct {
	At           publica.Time     `json:"at"`       // when it was evaluated
	Contrary     []Finding        `json:"contrary"` // the triggers of acting contrary to process
	Docket       publica.DocketID `json:"docket"`
	Format       string           `json:"format"`
	Register     string           `json:"register"`
	Requirements []Finding        `json:"requirements"`
	Sealed       publica.Time     `json:"sealed"` // up to when records are known
}

// State is how a requirement, or a trigger, stands.
type State string

const (
	Met       State = "met"
	Unmet     State = "unmet"
	Pending   State = "pending"   // the process has not come so far, nothing is missed yet
	Triggered State = "triggered" // of a trigger
	Clear     State = "clear"     // of a trigger
	Unknown   State = "unknown"   // no record lets anyone tell
)

// A Finding is one line of a certificate.
type Finding struct {
	ID      string            `json:"id"`                // "1.1" to "5.1"; "no-plan", "requirement-unmet", "no-progress"
	Missing string            `json:"missing,omitzero"`  // the record that would settle it
	Records []publica.EntryID `json:"records,omitempty"` // what it rests on
	State   State             `json:"state"`
	Title   string            `json:"title"`
	Why     string            `json:"why"`
}

// Evaluate comes to a certificate. It fails with a [publica.Error] if the
// records are not those of one whole docket.
func Evaluate(in *Input) (*Certificate, error) {
	if in.At < in.Sealed {
		return nil, publica.Problem(publica.Invalid, "at", "is before the last seal of the records, "+in.Sealed.String())
	}
	h, err := read(in)
	if err != nil {
		return nil, err
	}
	c := &Certificate{At: in.At, Docket: in.Docket, Format: Format, Register: in.Register, Sealed: in.Sealed}
	for _, f := range []func(*history) Finding{dialogue, website, repository, timelineFirst, outreachDone, inputOpen, answered, implementation} {
		c.Requirements = append(c.Requirements, f(h))
	}
	c.Contrary = []Finding{noPlan(h), unmet(c.Requirements), noProgress(h)}
	return c, nil
}

// Titles are those of the requirements and triggers, by id, as the Standards
// put them.
var Titles = map[string]string{
	"1.1":               "A space for dialogue between government and civil society meets at least every six months, under public rules",
	"2.1":               "A public website shows the process",
	"2.2":               "A public repository of evidence is updated at least twice a year",
	"3.1":               "The timeline is published at least two weeks before the process starts",
	"3.2":               "People are told that they can take part",
	"3.3":               "A mechanism gathers input for an appropriate time",
	"4.1":               "The public gets a reasoned response to its input",
	"5.1":               "Two meetings a year tell the public how the plan is carried out, and take comments",
	"no-plan":           "No plan within twelve months after the last one ended",
	"requirement-unmet": "A minimum requirement is not met",
	"no-progress":       "No progress on any commitment",
}

func finding(id string, s State, why string) Finding {
	return Finding{ID: id, Title: Titles[id], State: s, Why: why}
}

func (f Finding) lacks(what string) Finding { f.Missing = what; return f }

func (f Finding) from(records ...Record) Finding {
	for _, r := range records {
		f.Records = append(f.Records, r.ID)
	}
	return f
}
