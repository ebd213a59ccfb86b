package importer

import (
	"context"

	"publica"
)

// A Stage is some statements of an import that may be sent in any order, but
// after those of the stage before.
type Stage struct {
	Name        string // what they are, in words
	Submissions []*publica.Submission
	Sources     []string // what the source calls each of them, for [Signer.New]
	InOrder     bool     // each after the one before
	Owes        int      // how many responses they make owed; negative for those they give
}

// Stages sends stages one after the other.
func (u *Upload) Stages(ctx context.Context, stages []Stage) error {
	for _, s := range stages {
		send := u.All
		if s.InOrder {
			send = u.InOrder
		}
		if err := send(ctx, s.Submissions); err != nil {
			return err
		}
	}
	return nil
}

// sectionCommentBody is a comment on a section of the draft, or with none on
// the docket.
type sectionCommentBody struct {
	Imported Claim     `json:"imported"`
	Range    *[2]int64 `json:"range,omitzero"`
	Section  string    `json:"section,omitzero"`
	Stance   string    `json:"stance"`
	Version  int64     `json:"version,omitzero"`
}
