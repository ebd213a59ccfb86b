package commitment

import (
	"publica"
	"publica/internal/domain/docket"
)

// Update is the body of commitment/update: what the government says of a
// commitment as of a day. By the agency, a supporting body, or the lead body of
// the docket. Parts: text (required), evidence, author, attachment-1 ….
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

// MilestoneDone is the body of commitment/milestone-done. By whom may update.
// Parts: evidence (required: where the deliverable is), attachment-1 ….
type MilestoneDone struct {
	At         publica.Time     `json:"at"` // when; not in the future
	Commitment publica.EntryID  `json:"commitment"`
	Imported   *docket.Imported `json:"imported,omitzero"`
	Milestone  string           `json:"milestone"`
}
