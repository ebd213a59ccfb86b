package ogp

import (
	"encoding/json/v2"
	"slices"

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

	said said
}

// said is what the body of any of PromiseKinds says: each has some of its
// members.
type said struct {
	Agency   publica.BodyID `json:"agency"`
	At       publica.Time   `json:"at"`
	Baseline *Point         `json:"baseline"`
	Claim    string         `json:"claim"`
	Coding   struct {
		Completion string `json:"completion"`
		Lens       bool   `json:"lens"`
		Potential  string `json:"potential"`
		Results    string `json:"results"`
		Verifiable bool   `json:"verifiable"`
	} `json:"coding"`
	Commitment publica.EntryID   `json:"commitment"`
	Draft      publica.EntryID   `json:"draft"`
	Dropped    []string          `json:"dropped"`
	Follows    []publica.EntryID `json:"follows"`
	How        string            `json:"how"`
	Imported   *struct {
		Made publica.Time `json:"made"`
	} `json:"imported"`
	Indicator *struct {
		Unit string `json:"unit"`
	} `json:"indicator"`
	Milestone  string           `json:"milestone"`
	Milestones []milestone      `json:"milestones"`
	Name       string           `json:"name"`
	Parent     publica.EntryID  `json:"parent"`
	Phase      string           `json:"phase"`
	Review     publica.EntryID  `json:"review"`
	Supporting []publica.BodyID `json:"supporting"`
	Target     *Point           `json:"target"`
	Value      *int64           `json:"value"`
	Values     []string         `json:"values"`
}

func (s Step) imported() bool { return s.said.Imported != nil }

type milestone struct {
	Due  publica.Time `json:"due"`
	ID   string       `json:"id"`
	Part string       `json:"part"`
}

// Promises returns the commitments of a docket in the order of their adoption.
// It fails with a [publica.Error] if a body cannot be read.
func Promises(records []Record) ([]*Promise, error) {
	b := book{promises: map[publica.EntryID]*Promise{}, reviews: map[publica.EntryID]publica.EntryID{}}
	for _, r := range records {
		if !slices.Contains(PromiseKinds, r.Kind) {
			continue
		}
		if err := b.take(r); err != nil {
			return nil, err
		}
	}
	return b.all, nil
}

// book is a docket's commitments while their records are read.
type book struct {
	all      []*Promise
	promises map[publica.EntryID]*Promise
	reviews  map[publica.EntryID]publica.EntryID // what each is about
}

func (b *book) take(r Record) error {
	s := Step{Record: r, When: r.Time}
	if err := json.Unmarshal(r.Body, &s.said); err != nil {
		return bad(r, err)
	}
	if s.imported() && s.said.Imported.Made != 0 {
		s.When = s.said.Imported.Made
	}
	s.As = s.When
	about := s.said.Commitment
	switch r.Kind {
	case "commitment/adopt":
		b.adopt(s)
		return nil
	case "commitment/update", "commitment/milestone-done":
		if s.said.At != 0 {
			s.As = s.said.At
		}
	case "commitment/review":
		b.reviews[r.ID] = about
	case "commitment/reply":
		about = b.reviews[s.said.Review]
	}
	p := b.promises[about]
	if p == nil {
		return publica.Problem(publica.Invalid, "record "+r.ID.String(), "is about a commitment that no record before it adopts: these are not all records of the docket")
	}
	p.Steps = append(p.Steps, s)
	return nil
}

func (b *book) adopt(s Step) {
	p := &Promise{Adopted: s, Name: s.said.Name, Parent: s.said.Parent}
	if whole := b.promises[p.Parent]; whole != nil {
		whole.Parts = append(whole.Parts, p)
	}
	b.promises[s.ID] = p
	b.all = append(b.all, p)
}

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

// A Rewording is one amendment of a promise.
type Rewording struct {
	Step
	Fields  []string // what it changed: content parts, and fields of the body
	Reason  bool     // a reason is on record
	Weakens bool     // target lower, later, or a milestone dropped or later
}
