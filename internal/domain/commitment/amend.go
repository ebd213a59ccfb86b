package commitment

import (
	"publica"
	"publica/internal/domain/docket"
)

// Amend is the body of commitment/amend: it replaces what it names and leaves the
// rest. By the lead body of the docket. Parts: those of the adoption whose text
// is new, deliverables of the milestones it names, and reason, required of all
// but imports, where its absence counts as unexplained.
type Amend struct {
	Agency     publica.BodyID    `json:"agency,omitzero"`
	Baseline   *Measure          `json:"baseline,omitzero"`
	Commitment publica.EntryID   `json:"commitment"`
	Dropped    []string          `json:"dropped,omitempty"` // milestones that are promised no more; none that is done
	Follows    []publica.EntryID `json:"follows,omitempty"` // more of them
	Imported   *docket.Imported  `json:"imported,omitzero"`
	Indicator  *Indicator        `json:"indicator,omitzero"`
	Milestones []Milestone       `json:"milestones,omitempty"` // new, or replaced; none that is done
	Supporting []publica.BodyID  `json:"supporting,omitempty"` // all of them
	Target     *Measure          `json:"target,omitzero"`
	Values     []Value           `json:"values,omitempty"` // all of them
}
