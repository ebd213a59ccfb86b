package procurement

import (
	"slices"

	"publica/internal/machine"
	"publica/sealed"

	"publica"
)

// Announce is the body of procurement/trustee-announce: for one key of the tender,
// an encryption key for each trustee, from the first, who will send its author
// something. An evaluator announces in confidential mode alone, and with it a key
// for letters: what only evaluators may read of cures and memos.
type Announce struct {
	Boxes    []sealed.BoxKey `json:"boxes"`
	Envelope string          `json:"envelope"`
	Letters  sealed.BoxKey   `json:"letters,omitzero"` // of an evaluator alone
	Lot      string          `json:"lot,omitzero"`
}

func checkAnnounce(e *machine.Entry, b *Announce) error {
	if len(b.Boxes) < sealed.MinTrustees || len(b.Boxes) > sealed.MaxTrustees {
		return publica.Problem(publica.Invalid, "body/boxes", "is not a key for each trustee").WithHint("draw a new X25519 key for each")
	}
	keys := b.Boxes
	if b.Letters != (sealed.BoxKey{}) {
		keys = append(slices.Clone(keys), b.Letters) // it is none of the others
	}
	return machine.First(machine.InDocket(e), under("body", sealed.Announcement{Boxes: keys}.Check(len(keys))), machine.CheckParts(e))
}

func applyAnnounce(tx *machine.Tx, e *machine.Entry, b *Announce) error {
	s, t, w, k, err := atStep(tx, e, AnnounceStep, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	mine, board, err := k.place(&t, e)
	if err != nil {
		return err
	}
	switch letters := b.Letters != (sealed.BoxKey{}); {
	case board && !letters:
		return publica.Problem(publica.Invalid, "body/letters", "is missing").WithHint("an evaluator draws one more X25519 key: what bidders and the buyer write is encrypted to it")
	case !board && letters:
		return publica.Problem(publica.Invalid, "body/letters", "is an evaluator's").WithHint("leave it out: nobody writes letters to trustees")
	}
	a := sealed.Announcement{Boxes: b.Boxes}
	if err := a.Check(len(t.Trustees)); err != nil {
		return under("body", err)
	}
	if len(mine.Boxes) > 0 {
		return again("has announced")
	}
	*mine = a
	return took(tx, e, &s, w, k)
}

// place returns where the author's announcement stands, and whether that is among
// the evaluators'.
func (k *Keys) place(t *Publish, e *machine.Entry) (mine *sealed.Announcement, board bool, err error) {
	i, err := t.trusteeOf(e)
	if err == nil {
		if mine := &k.Announced[i-1]; len(mine.Boxes) == 0 || !t.onBoard(e) {
			return mine, false, nil
		}
	}
	if !t.onBoard(e) {
		return nil, false, err
	}
	i, err = t.evaluatorOf(e)
	if err != nil {
		return nil, false, err
	}
	return &k.Board[i-1], true, nil
}

// onBoard reports whether the author is one to whom bids are opened in confidence.
func (t *Publish) onBoard(e *machine.Entry) bool {
	_, err := t.evaluatorOf(e)
	return err == nil && t.Mode == Confidential
}
