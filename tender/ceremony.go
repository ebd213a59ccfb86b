package tender

import (
	"publica"
	"publica/sealed"
)

// Ceremony is one attempt of the trustees at making the tender's keys.
type Ceremony struct {
	Attempt   int64           `json:"attempt"`
	Publish   Mark            `json:"publish"`
	Published Mark            `json:"published,omitzero"` // the keys stand
	Failed    *Failure        `json:"failed,omitzero"`
	Steps     []*CeremonyStep `json:"steps"`
	Keys      []*Key          `json:"keys"` // of each lot, of each envelope
}

// CeremonyStep is a step: announce, commit, deal, complain.
type CeremonyStep struct {
	Mark
	Ends publica.Time `json:"ends"` // at the latest
	Step string       `json:"step"`
}

// Failure is why there are no keys.
type Failure struct {
	Mark
	Missing []publica.KeyID `json:"missing,omitempty"` // who announced nothing
	Step    string          `json:"step"`
}

// Key is what an envelope of a lot is sealed to, and how it was made. Lists are by
// trustee, from the first; marks are zero where a trustee did not take the step.
type Key struct {
	Envelope string `json:"envelope"`
	Lot      string `json:"lot,omitzero"`

	Announced []Mark `json:"announced"`
	Committed []Mark `json:"committed"`
	Dealt     []Mark `json:"dealt"`
	Checked   []Mark `json:"checked"`
	Board     []Mark `json:"board,omitempty"` // announcements of evaluators

	Published *PublishedKey `json:"published,omitzero"` // as the register computed it
	Shares    []*Share      `json:"shares,omitempty"`   // that opened it
	Struck    []int         `json:"struck,omitempty"`   // trustees whose partials were proven wrong

	boxes      []sealed.Announcement
	boardBoxes []sealed.Announcement
	letters    []sealed.BoxKey // of the evaluators
	records    sealed.Records
}

// PublishedKey is the key of procurement/published.
type PublishedKey struct {
	Ceremony  sealed.Hash    `json:"ceremony"`
	Envelope  string         `json:"envelope"`
	Faults    []sealed.Fault `json:"faults,omitempty"`
	Lot       string         `json:"lot,omitzero"`
	Public    sealed.Point   `json:"public"`
	Qualified []int          `json:"qualified"`
}

// Share is a trustee's share on record.
type Share struct {
	Mark
	sealed.Share
}

// Destroyed is a trustee's declaration that it keeps nothing of the keys any more.
type Destroyed struct {
	Mark
	Trustee int `json:"trustee"` // its number, from 1
}

// Opening is an envelope of a lot that is open.
type Opening struct {
	Mark
	Bids     int64       `json:"bids"`
	By       string      `json:"by"` // shares, partials, reveal
	Envelope string      `json:"envelope"`
	Lot      string      `json:"lot,omitzero"`
	Root     sealed.Hash `json:"root"`
	Trustees []int       `json:"trustees,omitempty"`
	Reclosed Mark        `json:"reclosed,omitzero"` // a complaint left too few who opened
}
