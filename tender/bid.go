package tender

import (
	"publica"
	"publica/compliance"
	"publica/sealed"
)

// Bid is a sealed bid as it stands. What it says is in its [Offer], once it is open.
type Bid struct {
	Mark
	Author    publica.KeyID     `json:"author"` // a pseudonym for this tender
	Documents []Document        `json:"documents,omitempty"`
	Envelopes []sealed.Envelope `json:"envelopes"` // in the order they open
	Lot       string            `json:"lot,omitzero"`
	Status    Status            `json:"status"`
	Text      sealed.Hash       `json:"text"` // that it is bound to

	Receipts  []*Receipt   `json:"receipts,omitempty"`   // that it is held
	Replaced  Mark         `json:"replaced,omitzero"`    // the later bid or the amendment that superseded it, or its withdrawal
	Results   []*Result    `json:"results,omitempty"`    // the last one counts, if Judged
	Judged    bool         `json:"judged,omitzero"`      // has a result that counts
	Requests  []*Request   `json:"requests,omitempty"`   // for a cure
	Cures     []Mark       `json:"cures,omitempty"`      // by its bidder
	Rejected  *Rejection   `json:"rejected,omitzero"`    // none once a decision has it judged anew
	Rejects   []*Rejection `json:"rejections,omitempty"` // all
	Revealed  []*Reveal    `json:"revealed,omitempty"`   // by envelope: its bidder opened it
	Partials  []*Partial   `json:"partials,omitempty"`   // of the trustees, in confidential mode
	Debriefed Mark         `json:"debriefed,omitzero"`

	cured []Record // the cures
}

// Document is the ciphertext of a document, named document-1 … in content.
type Document struct {
	Hash sealed.Hash `json:"hash"`
	Size int64       `json:"size"`
}

// Status says whether a bid counts.
type Status string

const (
	Sealed     Status = "sealed"     // the latest of its author for the lot, so far
	Superseded Status = "superseded" // by a later bid, or by an amendment
	Withdrawn  Status = "withdrawn"
	Unstored   Status = "unstored" // no quorum held it at the deadline
	Counted    Status = "counted"  // at the deadline
)

// Receipt says that a body holds a bid, its buckets and its documents.
type Receipt struct {
	Mark
	Body publica.BodyID `json:"body"`
}

// Result is what the buyer says of a bid under the pinned rules.
type Result struct {
	Mark
	Input    sealed.Hash `json:"input"` // SHA-256 of what the rules were run on
	Rules    sealed.Hash `json:"rules"`
	Verdicts []Verdict   `json:"verdicts"`
}

// Verdict is what one rule says, in the words of compliance: pass, fail,
// not-applicable, error, over-limit.
type Verdict struct {
	Rule    string             `json:"rule"`
	Verdict compliance.Verdict `json:"verdict"`
}

// met reports whether a rule does not stop an offer: it passes, or is not about it.
func (v Verdict) met() bool {
	return v.Verdict == compliance.Pass || v.Verdict == compliance.NotApplicable
}

// Passed reports whether every rule is met.
func (r *Result) Passed() bool {
	for _, v := range r.Verdicts {
		if !v.met() {
			return false
		}
	}
	return true
}

// Request lets a bidder cure its bid.
type Request struct {
	Mark
	Until publica.Time `json:"until"`
}

// Rejection of a bid, by a person.
type Rejection struct {
	Mark
	Author publica.KeyID     `json:"author"`
	Cites  []publica.EntryID `json:"cites"`
	Code   string            `json:"code"`
}

// Reveal is the secret of one envelope, published by its bidder.
type Reveal struct {
	Mark
	Envelope string        `json:"envelope"`
	Secret   sealed.Scalar `json:"secret"`
}

// Partial is what a trustee sent to the evaluators of a bid.
type Partial struct {
	Mark
	Envelope string       `json:"envelope"`
	Trustee  int          `json:"trustee"`
	Boxes    []sealed.Box `json:"boxes"`
	Struck   Mark         `json:"struck,omitzero"` // a complaint proved it wrong
}

// Result returns the result that counts, nil if there is none.
func (b *Bid) Result() *Result {
	if !b.Judged || len(b.Results) == 0 {
		return nil
	}
	return b.Results[len(b.Results)-1]
}

// Passes reports whether the result that counts says that every rule is met.
func (b *Bid) Passes() bool { r := b.Result(); return r != nil && r.Passed() }
