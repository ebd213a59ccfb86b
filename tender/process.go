package tender

import (
	"slices"

	"publica"
	"publica/sealed"
)

// Stage says where a tender stands; see spec/kinds/procurement.md.
type Stage string

const (
	Draft          Stage = "draft"
	InCeremony     Stage = "ceremony"
	Bidding        Stage = "bidding"
	Closed         Stage = "closed"
	Opened         Stage = "opened"
	Compliance     Stage = "compliance"
	Curing         Stage = "cure"
	Evaluating     Stage = "evaluation"
	Intended       Stage = "intent"
	Standstill     Stage = "standstill"
	Awarding       Stage = "award"
	Contracting    Stage = "contract"
	Implementation Stage = "implementation"
	Completed      Stage = "complete"
	Cancelled      Stage = "cancelled"
	Unsuccessful   Stage = "unsuccessful"
)

// A Process is a tender as its records tell it. Lists are in the order of the
// records. What counts no more stays in them and says so.
type Process struct {
	Register string           `json:"register"`
	Docket   publica.DocketID `json:"docket"`

	Buyer     publica.BodyID   `json:"buyer"`
	Reviewers []publica.BodyID `json:"reviewers,omitempty"` // who decide protests
	Languages []string         `json:"languages,omitempty"`
	Began     Mark             `json:"began"` // docket/open, which has the title
	Until     publica.Time     `json:"until"` // of the last record

	Stage     Stage  `json:"stage"`
	Step      string `json:"step,omitzero"`  // of the ceremony that is going on
	Cause     string `json:"cause,omitzero"` // why it is cancelled or unsuccessful
	Ended     Mark   `json:"ended,omitzero"`
	Cancelled Mark   `json:"cancelled,omitzero"`
	Gone      Mark   `json:"gone,omitzero"`      // so many trustees declare that they destroyed their shares that the others can open nothing
	Round     int64  `json:"round,omitzero"`     // of scoring
	Revealing bool   `json:"revealing,omitzero"` // bidders open their own envelopes
	Committed bool   `json:"committed,omitzero"` // the commitments to scores of this round are those that count
	Disclosed bool   `json:"disclosed,omitzero"` // so are its scores

	Plans      []*Plan      `json:"plans,omitempty"` // the last one counts
	Versions   []*Version   `json:"versions,omitempty"`
	Ceremonies []*Ceremony  `json:"ceremonies,omitempty"` // attempts; the last one counts
	Clocks     []*Clock     `json:"clocks,omitempty"`
	Lots       []*Lot       `json:"lots,omitempty"`
	Questions  []*Question  `json:"questions,omitempty"`
	Answers    []*Answer    `json:"answers,omitempty"`
	Bids       []*Bid       `json:"bids,omitempty"`
	Openings   []*Opening   `json:"openings,omitempty"`
	Destroyed  []*Destroyed `json:"destroyed,omitempty"` // by trustees, as they declare
	Breaches   []*Breach    `json:"breaches,omitempty"`
	Scorings   []*Scoring   `json:"scorings,omitempty"`
	Missed     []*Missed    `json:"missed,omitempty"`
	Memos      []*Memo      `json:"memos,omitempty"`
	Intents    []*Intent    `json:"intents,omitempty"`
	Protests   []*Protest   `json:"protests,omitempty"`
	Awards     []*Award     `json:"awards,omitempty"`
	Contracts  []*Contract  `json:"contracts,omitempty"`

	Erased  []*Erasure `json:"erased,omitempty"`  // content that had to go
	Refused []*Refused `json:"refused,omitempty"` // what the rules refused; it stands on record
	Steps   []Step     `json:"steps"`             // everything, in order

	resume Stage // to which it goes back when what was reclosed is open again
	opened int64 // envelopes that are open, for every lot that has bids left
	seen   *seen
}

// Plan says what is to be bought.
type Plan struct {
	Mark
	Budget   *Money `json:"budget,omitzero"`
	Category string `json:"category"`
}

// A Lot as it stands. A tender without lots has one without a name.
type Lot struct {
	Name     string          `json:"name,omitzero"`
	Opened   int64           `json:"opened,omitzero"`   // envelopes that are open
	GivenUp  Mark            `json:"given_up,omitzero"` // its winner declined when another lot had its contract: nothing is bought for it
	Memo     *Memo           `json:"-"`
	Intent   *Intent         `json:"-"`
	Award    *Award          `json:"-"`
	Contract *Contract       `json:"-"`
	Root     sealed.Hash     `json:"root,omitzero"` // of the bids that count, from the deadline on
	Winner   publica.EntryID `json:"winner,omitzero"`
}

// Question and its answers.
type Question struct {
	Mark
	Author  publica.KeyID `json:"author"`
	Answers []*Answer     `json:"-"`
}

// Answer to one question or more.
type Answer struct {
	Mark
	Asks []publica.EntryID `json:"asks"`
}

// Breach is a share that was published before its time, or after the end, when bids
// were to stay sealed for good.
type Breach struct {
	Mark
	AfterEnd bool            `json:"after_end,omitzero"`
	Envelope string          `json:"envelope"`
	Lot      string          `json:"lot,omitzero"`
	Record   publica.EntryID `json:"record"` // that published it
	Trustee  publica.KeyID   `json:"trustee"`
}

// Erasure is content of a record that had to go, on every node.
type Erasure struct {
	Mark
	Act   publica.EntryID `json:"act"`   // the entry that had it done
	Entry publica.EntryID `json:"entry"` // whose content it was
	Parts []string        `json:"parts"`
}

// Refused is a record that the rules refused.
type Refused struct {
	Mark
	Author publica.KeyID    `json:"author"`
	Kind   publica.Kind     `json:"kind"`
	Why    *publica.Refusal `json:"why"`
}

// Step is one line of the timeline. It has no words: whoever shows it finds them by
// the kind.
type Step struct {
	Mark
	Author  publica.KeyID   `json:"author,omitzero"` // none of what the rules did by themselves
	For     publica.BodyID  `json:"for,omitzero"`
	Kind    publica.Kind    `json:"kind"`
	Refused publica.Code    `json:"refused,omitzero"`
	Stage   Stage           `json:"stage"`            // after it
	Subject publica.EntryID `json:"subject,omitzero"` // what it is about: a bid, a question, a protest, a contract, an award, a clock's record
	Text    string          `json:"text,omitzero"`    // what is said of it in one word: a clock, a step, an outcome, an id, an envelope
}

// Terms returns what the tender asks as it stands, nil before publish.
func (p *Process) Terms() *Terms {
	if len(p.Versions) == 0 {
		return nil
	}
	return &p.Versions[len(p.Versions)-1].Terms
}

// Text returns what bids are bound to as the tender stands.
func (p *Process) Text() sealed.Hash {
	if len(p.Versions) == 0 {
		return sealed.Hash{}
	}
	return p.Versions[len(p.Versions)-1].Text
}

// Plan returns the plan that counts, nil if there is none.
func (p *Process) Plan() *Plan {
	if len(p.Plans) == 0 {
		return nil
	}
	return p.Plans[len(p.Plans)-1]
}

// Lot returns the lot of that name, nil if there is none.
func (p *Process) Lot(name string) *Lot {
	i := slices.IndexFunc(p.Lots, func(l *Lot) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return p.Lots[i]
}

// Bid returns a bid, nil if there is none of that id.
func (p *Process) Bid(id publica.EntryID) *Bid {
	i := slices.IndexFunc(p.Bids, func(b *Bid) bool { return b.ID == id })
	if i < 0 {
		return nil
	}
	return p.Bids[i]
}

// Counted returns the bids to a lot that counted at the deadline.
func (p *Process) Counted(lot string) (all []*Bid) {
	for _, b := range p.Bids {
		if b.Lot == lot && b.Status == Counted {
			all = append(all, b)
		}
	}
	return all
}

// Live returns the bids to a lot that count and are not rejected.
func (p *Process) Live(lot string) []*Bid {
	return slices.DeleteFunc(p.Counted(lot), func(b *Bid) bool { return b.Rejected != nil })
}
