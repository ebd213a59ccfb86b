package tender

import (
	"publica"
	"publica/sealed"
)

// Scoring is what an evaluator gave the bids of a lot: committed to, then revealed.
type Scoring struct {
	Mark                     // the commitment
	Author     publica.KeyID `json:"author"`
	Commitment sealed.Hash   `json:"commitment"`
	Lot        string        `json:"lot,omitzero"`
	Round      int64         `json:"round"`
	Revealed   *Scores       `json:"revealed,omitzero"`
}

// Scores are those of a score-reveal.
type Scores struct {
	Mark
	Reasons sealed.Hash `json:"reasons"`
	Salt    string      `json:"salt"`
	Scores  []Score     `json:"scores"`
}

// Score is what a bid got: points for each criterion of method points, in order.
type Score struct {
	Bid    publica.EntryID `json:"bid"`
	Points []int64         `json:"points"`
}

// Memo ranks the bids of a lot, the best first.
type Memo struct {
	Mark
	Author  publica.KeyID     `json:"author"`
	Cites   []publica.EntryID `json:"cites"`
	Lot     string            `json:"lot,omitzero"`
	Ranking []publica.EntryID `json:"ranking"`
}

// Intent says to whom the lots are to go.
type Intent struct {
	Mark
	Author publica.KeyID     `json:"author"`
	Awards []IntendedAward   `json:"awards"`
	Cites  []publica.EntryID `json:"cites"`
	Void   Mark              `json:"void,omitzero"` // a decision took it back
}

// IntendedAward is what a lot is to go for.
type IntendedAward struct {
	Bid   publica.EntryID `json:"bid"`
	Lot   string          `json:"lot,omitzero"`
	Value Money           `json:"value"`
}

// Protest is a protest as it stands.
type Protest struct {
	Mark
	About    publica.EntryID `json:"about"`
	Author   publica.KeyID   `json:"author"`
	Ground   string          `json:"ground"`
	Steps    []*ProtestStep  `json:"steps,omitempty"`
	Decision *Decision       `json:"decision,omitzero"` // none while it is open
}

// ProtestStep adds to a protest.
type ProtestStep struct {
	Mark
	Author   publica.KeyID  `json:"author"`
	For      publica.BodyID `json:"for,omitzero"`
	Withdraw bool           `json:"withdraw,omitzero"`
}

// Decision ends a protest.
type Decision struct {
	Mark
	By       publica.BodyID    `json:"by,omitzero"`
	Cites    []publica.EntryID `json:"cites,omitempty"`
	Deadline publica.Time      `json:"deadline,omitzero"`
	Outcome  string            `json:"outcome"` // dismissed, sustained, withdrawn
	Reopen   Stage             `json:"reopen,omitzero"`
}

// Award of a lot.
type Award struct {
	Mark
	Author publica.KeyID     `json:"author"`
	Bid    publica.EntryID   `json:"bid"`
	Cites  []publica.EntryID `json:"cites"`
	Lot    string            `json:"lot,omitzero"`
	Value  Money             `json:"value"`
	Void   Mark              `json:"void,omitzero"` // a decision took it back, or its bidder declined

	intent *Intent // that it carries out
}

// Contract as it stands.
type Contract struct {
	Mark
	Award      publica.EntryID `json:"award"`
	Lot        string          `json:"lot,omitzero"`
	Supplier   publica.KeyID   `json:"supplier"`
	Starts     publica.Time    `json:"starts"`
	Ends       publica.Time    `json:"ends"`
	Signed     Money           `json:"signed"` // its value as it was recorded
	Value      Money           `json:"value"`  // as modified
	Milestones []*Milestone    `json:"milestones"`
	Payments   []*Payment      `json:"payments,omitempty"`
	Changes    []*Modification `json:"changes,omitempty"`
	Terminated *Termination    `json:"terminated,omitzero"`
	Completed  Mark            `json:"completed,omitzero"` // everything is accepted and paid

	award   *Award
	dropped []*Milestone // by modifications, or replaced by others of the same id
	order   []string     // ids of all milestones there ever were, as they came
	refused []failure
}

// A failure is a milestone that was not accepted.
type failure struct {
	Mark
	milestone string
}

// Milestone of a contract as it stands.
type Milestone struct {
	ID       string       `json:"id"`
	Due      publica.Time `json:"due"`
	Value    int64        `json:"value"`
	Reached  Mark         `json:"reached,omitzero"`
	Accepted Mark         `json:"accepted,omitzero"`
	Refused  []Mark       `json:"refused,omitempty"`
	Paid     int64        `json:"paid,omitzero"`
}

// Payment for a milestone.
type Payment struct {
	Mark
	Amount    Money        `json:"amount"`
	Milestone string       `json:"milestone"`
	Paid      publica.Time `json:"paid"`
}

// Modification of a contract.
type Modification struct {
	Mark
	Ends   publica.Time `json:"ends"`
	Before Money        `json:"before"`
	Value  Money        `json:"value"`
}

// Termination of a contract before its time.
type Termination struct {
	Mark
	Code string `json:"code"`
}
