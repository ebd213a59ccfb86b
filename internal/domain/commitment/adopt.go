package commitment

import (
	"publica"
	"publica/internal/domain/docket"
)

// Adopt is the body of commitment/adopt: a promise of a codified plan. Its id
// names the commitment. Parts: title (text/plain), problem, action, indicator
// (what is measured), contact (the role that answers for it, text/plain), the
// deliverable of each milestone under the name that the milestone gives, author
// (imports), attachment-1 ….
//
// What makes a promise checkable (ogp.Terms) is required of all but imports,
// which are taken as their source has them; what they lack is shown.
type Adopt struct {
	Agency     publica.BodyID    `json:"agency"`             // leads it
	Baseline   *Measure          `json:"baseline,omitzero"`  // where it started
	Follows    []publica.EntryID `json:"follows,omitempty"`  // commitments and ideas, of this docket or others, that it takes up again
	Imported   *docket.Imported  `json:"imported,omitzero"`  // as of which it was adopted
	Indicator  *Indicator        `json:"indicator,omitzero"` // in what it is measured
	Milestones []Milestone       `json:"milestones,omitempty"`
	Name       string            `json:"name"`                 // short, unique in the docket, for example "US0113.1"
	Parent     publica.EntryID   `json:"parent,omitzero"`      // the commitment that it is a part of
	Sections   []string          `json:"sections,omitempty"`   // ids of sections of the plan it comes from
	Supporting []publica.BodyID  `json:"supporting,omitempty"` // may report on it too
	Target     *Measure          `json:"target,omitzero"`      // what is promised
	Values     []Value           `json:"values,omitempty"`     // of open government that it serves
}

// Indicator says how values of a commitment are to be read: Value / 10^Decimals
// in units.
type Indicator struct {
	Decimals int64  `json:"decimals,omitzero"` // 0 to 6
	Unit     string `json:"unit"`              // 1 to 50 characters, for example "datasets" or "%"
}

// Measure is a value of the indicator at a time.
type Measure struct {
	At    publica.Time `json:"at"`
	Value int64        `json:"value"`
}

// Milestone is a step with a deliverable that anyone can look for.
type Milestone struct {
	Due  publica.Time `json:"due"`
	ID   string       `json:"id"`   // 1 to 64 of a-z, 0-9, dot, hyphen, underscore; the same for ever
	Part string       `json:"part"` // content part with its deliverable
}

// Value is one of the values of open government, as the OGP names them.
type Value string

const (
	AccessToInformation  Value = "access-to-information"
	CivicParticipation   Value = "civic-participation"
	PublicAccountability Value = "public-accountability"
	TechnologyInnovation Value = "technology-innovation"
)
