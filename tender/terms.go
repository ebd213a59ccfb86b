package tender

import (
	"crypto/sha256"
	"slices"
	"time"

	"publica"
	"publica/sealed"
	"publica/tender/profile"
)

// Money is an amount in minor units, cents for example, of an ISO 4217 currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Terms are what a tender's evaluation rests on: the body of procurement/publish,
// as it is amended.
type Terms struct {
	Ceremony   int64           `json:"ceremony_hours"`
	Criteria   []Criterion     `json:"criteria"`
	Currency   string          `json:"currency"`
	Deadline   publica.Time    `json:"deadline"`
	Embedded   bool            `json:"embedded,omitzero"` // the buyer's own trustees: not independent
	Enquiries  publica.Time    `json:"enquiries"`
	Envelopes  int64           `json:"envelopes"`
	Evaluators []publica.KeyID `json:"evaluators,omitempty"`
	Lots       []string        `json:"lots,omitempty"`
	Mode       Mode            `json:"mode"`
	Profile    string          `json:"profile"` // see package profile; to "practice" no law's periods apply
	Rules      sealed.Hash     `json:"rules"`   // SHA-256 of the compliance rule set
	Threshold  int64           `json:"threshold"`
	Trustees   []Trustee       `json:"trustees"`
}

// Trustee is one who keeps a share of the tender's keys.
type Trustee struct {
	Body publica.BodyID `json:"body"`
	Key  publica.KeyID  `json:"key"`
}

// Criterion is what bids are judged by.
type Criterion struct {
	ID     string `json:"id"`
	Least  int64  `json:"least,omitzero"` // mean of the points below which a bid is not acceptable
	Max    int64  `json:"max,omitzero"`   // of method points
	Method string `json:"method"`         // [Points] or [Price]
	Weight int64  `json:"weight"`         // per cent; none where least alone counts
}

// The methods.
const (
	Points = "points" // evaluators score it
	Price  = "price"  // it is computed
)

// Mode says who may read bids once they are open.
type Mode = profile.Mode

const (
	Public       = profile.Public
	Confidential = profile.Confidential // the evaluators alone
)

// A Version is a text of the tender: that of publish, or of an amendment.
type Version struct {
	Mark
	Terms Terms       `json:"terms"`
	Text  sealed.Hash `json:"text"` // what bids to it are bound to

	parts []publica.Part
}

// Practice reports whether the tender is held for practice: no law's periods apply
// to it, and whoever shows it says so.
func (t *Terms) Practice() bool { return t.Profile == string(profile.Practice) }

// EnvelopeNames returns the names of a bid's envelopes, in the order they open.
func (t *Terms) EnvelopeNames() []string {
	if t.Envelopes == 1 {
		return []string{"bid"}
	}
	return []string{"technical", "price"}
}

// LotNames returns the lots: one without a name if the tender has none.
func (t *Terms) LotNames() []string {
	if len(t.Lots) == 0 {
		return []string{""}
	}
	return t.Lots
}

// Scored returns the criteria that evaluators score, in order.
func (t *Terms) Scored() (all []Criterion) {
	for _, c := range t.Criteria {
		if c.Method == Points {
			all = append(all, c)
		}
	}
	return all
}

// Trustee returns the number of a trustee, from 1; 0 if the key is none.
func (t *Terms) Trustee(key publica.KeyID) int {
	return slices.IndexFunc(t.Trustees, func(x Trustee) bool { return x.Key == key }) + 1
}

// Evaluator returns the number of an evaluator, from 1; 0 if the key is none.
func (t *Terms) Evaluator(key publica.KeyID) int { return slices.Index(t.Evaluators, key) + 1 }

const day = 24 * time.Hour

// silence is how long trustees, and then bidders, have to open.
const silence = 72 * time.Hour

// policy is what the tender's profile asks; of one that is not known, nothing.
func (p *Process) policy() (x profile.Policy) {
	if t := p.Terms(); t != nil {
		x, _ = profile.Profile(t.Profile).Policy() // a tender of another profile was never published
	}
	return x
}

// protestable starts the time in which what a record decided can be protested.
func (p *Process) protestable(r *Record, record publica.EntryID) {
	p.start(r, ProtestClock, record, none, r.Time.Add(time.Duration(p.policy().ProtestDays)*day))
}

// textHash is what bids are bound to: a chain over publish and each amendment.
func textHash(before sealed.Hash, id publica.EntryID) sealed.Hash {
	h := sha256.New()
	h.Write([]byte("publica tender text v1\n"))
	h.Write(before[:])
	h.Write(id[:])
	return sealed.Hash(h.Sum(nil))
}
