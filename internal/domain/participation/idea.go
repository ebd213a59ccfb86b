package participation

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Idea is the body of participation/idea. Parts: title (required), problem,
// proposal, metric, text, author, attachment-1 ….
type Idea struct {
	Imported *docket.Imported `json:"imported,omitzero"`
}

var ideaParts = []machine.PartRule{
	{Name: "title", Media: machine.PlainText, Required: true, Max: 1000},
	{Name: "text", Media: machine.Text},
	{Name: "problem", Media: machine.Text},
	{Name: "proposal", Media: machine.Text},
	{Name: "metric", Media: machine.Text},
	{Name: "author", Media: machine.PlainText, Max: 1000},
	{Name: "attachment", Numbered: true},
}

func checkIdea(e *machine.Entry, b *Idea) error {
	return machine.First(machine.InDocket(e), b.Imported.Check(e), machine.CheckParts(e, ideaParts...))
}

func applyIdea(tx *machine.Tx, e *machine.Entry, b *Idea) error {
	s, err := admit(tx, e, b.Imported)
	if err != nil {
		return err
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Late, "docket", "is codified and takes no more ideas").
			WithHint("say it as a comment, or bring it to the docket of the next plan")
	}
	if err := sized(e, &s.Charter); err != nil {
		return err
	}
	t := Counts(tx, e.Docket)
	t.Ideas++
	received(tx, e, &s, &t)
	return nil
}
