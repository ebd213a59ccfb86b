package ogp

import (
	"publica"
)

// PromiseKinds are the kinds of records that Promises reads.
var PromiseKinds = []publica.Kind{
	"commitment/adopt", "commitment/update", "commitment/milestone-done", "commitment/amend",
	"commitment/self-assess", "commitment/review", "commitment/reply", "commitment/close",
}

// A Promise is one commitment as its records tell it. The order of its records
// is that of the docket; When says at what time each counts.
type Promise struct {
	Adopted Step
	Name    string          // short, for example "US0113.1"
	Parent  publica.EntryID // zero: none
	Parts   []*Promise      // commitments that name it as their parent
	Steps   []Step          // all later records about it, in order
}

// A Step is one record about a promise.
type Step struct {
	Record
	When publica.Time // when it counts: the time the source claims for what is imported, else the block's
	As   publica.Time // as of when it is true, as its author says (updates, milestones done); else When
}

// Promises returns the commitments of a docket in the order of their adoption.
// It fails with a [publica.Error] if a body cannot be read.
func Promises(records []Record) ([]*Promise, error) { panic("not yet") }

// Standing is how a promise stood at a time, by the records up to then.
type Standing struct {
	At          publica.Time      `json:"at"`
	State       PromiseState      `json:"state"`             // the weightiest of Marks
	Marks       []PromiseState    `json:"marks"`             // all that hold, weightiest first
	Claim       string            `json:"claim,omitzero"`    // what the government said last
	Value       *int64            `json:"value,omitzero"`    // of the indicator, last reported
	Permille    *int64            `json:"permille,omitzero"` // of the way from baseline to target, may be below 0 or above 1000
	Done        int64             `json:"milestones_done"`
	Milestones  int64             `json:"milestones"`
	Next        publica.Time      `json:"next,omitzero"`     // the next date that something is promised for
	Overdue     []string          `json:"overdue,omitempty"` // milestones, and "target"
	Updated     publica.Time      `json:"updated,omitzero"`  // when the government last reported
	Amendments  int64             `json:"amendments"`
	Unexplained int64             `json:"unexplained"`    // of these, without a reason on record
	Back        []publica.EntryID `json:"back,omitempty"` // updates by which claim or value went backwards
}

// PromiseState is computed, never typed in.
type PromiseState string

const (
	Kept         PromiseState = "kept"      // target reached and every milestone done
	Overdue      PromiseState = "overdue"   // something promised for an earlier day is not there
	Regressed    PromiseState = "regressed" // it is behind what was reported before
	Stalled      PromiseState = "stalled"   // no report for 183 days
	DueSoon      PromiseState = "due-soon"  // something is promised for the next 60 days
	OnTime       PromiseState = "on-time"
	Unverifiable PromiseState = "unverifiable" // said to be complete, and nothing on record by which that could be checked
	Unmeasured   PromiseState = "unmeasured"   // neither target nor milestone with a date: nobody can tell
	NotKept      PromiseState = "not-kept"     // closed with something missing
	Gone         PromiseState = "gone"         // withdrawn, or no longer shown by its source
)

// At returns how the promise stood at a time; ok is false before its adoption.
func (p *Promise) At(at publica.Time) (s Standing, ok bool) { panic("not yet") }

// A Rewording is one amendment of a promise.
type Rewording struct {
	Step
	Fields  []string // what it changed: content parts, and fields of the body
	Reason  bool     // a reason is on record
	Weakens bool     // target lower, later, or a milestone dropped or later
}

// Rewordings returns the amendments of the promise, in order.
func (p *Promise) Rewordings() []Rewording { panic("not yet") }
