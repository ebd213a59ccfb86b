package commitment

import "publica"

// SelfAssess is the body of commitment/self-assess: the government's own
// judgement of a phase. By the agency or the lead body. Parts: text (required),
// attachment-1 ….
type SelfAssess struct {
	Commitment publica.EntryID `json:"commitment"`
	Completion Completion      `json:"completion"`
	Phase      Phase           `json:"phase"`
}

// Review is the body of commitment/review: the coding of the independent
// reviewer, as the IRM's procedures have it. By a reviewer of a body that the
// charter names, which neither leads the docket nor the commitment. A draft names
// the period of the docket in which the public comments on it; a final one
// follows it when that period is over. Parts: text (required), attachment-1 ….
type Review struct {
	Cites      []publica.EntryID `json:"cites"` // records it rests on, at least one
	Coding     Coding            `json:"coding"`
	Commitment publica.EntryID   `json:"commitment"`
	Draft      publica.EntryID   `json:"draft,omitzero"`  // of a final review: the draft it follows
	Period     string            `json:"period,omitzero"` // of a draft: the period for comments
	Phase      Phase             `json:"phase"`
}

// Coding is what the IRM codes of a commitment (IRM Guidebook). Completion and
// Results are of the phase end-of-term; at mid-term Results is absent.
type Coding struct {
	Completion Completion `json:"completion"`
	Lens       bool       `json:"lens"`             // it has an open-government lens
	Potential  Potential  `json:"potential"`        // for results
	Results    Results    `json:"results,omitzero"` // early results
	Verifiable bool       `json:"verifiable"`
}

// Phase is when a commitment is judged.
type Phase string

const (
	MidTerm   Phase = "mid-term"
	EndOfTerm Phase = "end-of-term"
)

// Completion is how far a commitment was carried out.
type Completion string

const (
	NoEvidence           Completion = "no-evidence"
	CompletionNotStarted Completion = "not-started"
	Limited              Completion = "limited"
	Substantial          Completion = "substantial"
	CompletionComplete   Completion = "complete"
)

// Potential is a commitment's potential for results.
type Potential string

const (
	UnclearPotential     Potential = "unclear"
	ModestPotential      Potential = "modest"
	SubstantialPotential Potential = "substantial"
)

// Results are early results of a commitment.
type Results string

const (
	NoNotableResults   Results = "no-notable"
	ModerateResults    Results = "moderate"
	SignificantResults Results = "significant"
)

// Reply is the body of commitment/reply: the government answers a review, draft
// or final. By the agency or the lead body. Parts: text (required),
// attachment-1 ….
type Reply struct {
	Review publica.EntryID `json:"review"`
}
