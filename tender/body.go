package tender

import (
	"publica"
	"publica/sealed"
)

// Bodies of the records that trustees and bidders make; spec/kinds/procurement.md
// says who may and when. Lot is absent where the tender has none.
type (
	// Announce is the body of procurement/trustee-announce.
	Announce struct {
		Boxes    []sealed.BoxKey `json:"boxes"`
		Envelope string          `json:"envelope"`
		Letters  sealed.BoxKey   `json:"letters,omitzero"` // of an evaluator
		Lot      string          `json:"lot,omitzero"`
	}

	// Commit is the body of procurement/trustee-commit.
	Commit struct {
		Commitment sealed.Hash `json:"commitment"`
		Envelope   string      `json:"envelope"`
		Lot        string      `json:"lot,omitzero"`
	}

	// Deal is the body of procurement/trustee-deal.
	Deal struct {
		Deal     sealed.Deal `json:"deal"`
		Envelope string      `json:"envelope"`
		Lot      string      `json:"lot,omitzero"`
	}

	// Complain is the body of procurement/trustee-complain.
	Complain struct {
		Complaints []Complaint `json:"complaints"`
		Envelope   string      `json:"envelope"`
		Lot        string      `json:"lot,omitzero"`
	}

	// Complaint opens what one dealer sent.
	Complaint struct {
		Dealer int              `json:"dealer"`
		Secret sealed.BoxSecret `json:"secret"`
	}

	// Destroy is the body of procurement/trustee-destroy.
	Destroy struct{}

	// OpenShare is the body of procurement/open-share.
	OpenShare struct {
		Bid      publica.EntryID `json:"bid,omitzero"`
		Boxes    []sealed.Box    `json:"boxes,omitempty"`
		Envelope string          `json:"envelope"`
		Lot      string          `json:"lot,omitzero"`
		Share    *sealed.Scalar  `json:"share,omitzero"`
		Trustee  int             `json:"trustee"`
	}

	// SealedBid is the body of procurement/bid.
	SealedBid struct {
		Documents []Document        `json:"documents,omitempty"`
		Envelopes []sealed.Envelope `json:"envelopes"`
		Lot       string            `json:"lot,omitzero"`
		Text      sealed.Hash       `json:"text"`
	}

	// PartialComplain is the body of procurement/partial-complain.
	PartialComplain struct {
		Bid      publica.EntryID  `json:"bid"`
		Envelope string           `json:"envelope"`
		Secret   sealed.BoxSecret `json:"secret"`
		Trustee  int              `json:"trustee"`
	}

	// ScoreCommit is the body of procurement/score-commit; [Commitment] makes it.
	ScoreCommit struct {
		Commitment sealed.Hash `json:"commitment"`
		Lot        string      `json:"lot,omitzero"`
		Round      int64       `json:"round"`
	}

	// ScoreReveal is the body of procurement/score-reveal.
	ScoreReveal struct {
		Commit  publica.EntryID `json:"commit"`
		Lot     string          `json:"lot,omitzero"`
		Reasons sealed.Hash     `json:"reasons"`
		Salt    string          `json:"salt"`
		Scores  []Score         `json:"scores"`
	}

	// MemoBody is the body of procurement/memo.
	MemoBody struct {
		Cites   []publica.EntryID `json:"cites"`
		Lot     string            `json:"lot,omitzero"`
		Ranking []publica.EntryID `json:"ranking"`
	}

	// AboutBid is the body of procurement/cure and procurement/debrief.
	AboutBid struct {
		Bid publica.EntryID `json:"bid"`
	}

	// RevealBody is the body of procurement/reveal.
	RevealBody struct {
		Bid      publica.EntryID `json:"bid"`
		Envelope string          `json:"envelope"`
		Secret   sealed.Scalar   `json:"secret"`
	}
)
