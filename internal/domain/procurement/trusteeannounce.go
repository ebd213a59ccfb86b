package procurement

import (
	"publica/internal/machine"
	"publica/sealed"

	"publica"
)

// Announce is the body of procurement/trustee-announce: for one key of the tender,
// an encryption key for each trustee, from the first, who will send its author
// something. An evaluator announces in confidential mode alone.
type Announce struct {
	Boxes    []sealed.BoxKey `json:"boxes"`
	Envelope string          `json:"envelope"`
	Lot      string          `json:"lot,omitzero"`
}

func checkAnnounce(e *machine.Entry, b *Announce) error {
	if len(b.Boxes) < sealed.MinTrustees || len(b.Boxes) > sealed.MaxTrustees {
		return publica.Problem(publica.Invalid, "body/boxes", "is not a key for each trustee").WithHint("draw a new X25519 key for each")
	}
	return machine.First(machine.InDocket(e), under("body", sealed.Announcement{Boxes: b.Boxes}.Check(len(b.Boxes))), machine.CheckParts(e))
}

func applyAnnounce(tx *machine.Tx, e *machine.Entry, b *Announce) error {
	s, t, w, k, err := atStep(tx, e, AnnounceStep, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	mine, err := k.place(&t, e)
	if err != nil {
		return err
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

// place returns where the author's announcement stands.
func (k *Keys) place(t *Publish, e *machine.Entry) (*sealed.Announcement, error) {
	i, err := t.trusteeOf(e)
	if err == nil {
		if mine := &k.Announced[i-1]; len(mine.Boxes) == 0 || !t.onBoard(e) {
			return mine, nil
		}
	}
	if !t.onBoard(e) {
		return nil, err
	}
	i, err = t.evaluatorOf(e)
	if err != nil {
		return nil, err
	}
	return &k.Board[i-1], nil
}

// onBoard reports whether the author is one to whom bids are opened in confidence.
func (t *Publish) onBoard(e *machine.Entry) bool {
	_, err := t.evaluatorOf(e)
	return err == nil && t.Mode == Confidential
}
