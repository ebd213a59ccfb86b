package participation

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Comment is the body of participation/comment. Parts: text (required),
// author, attachment-1 …. Without target and section it is about the docket.
type Comment struct {
	Imported *docket.Imported `json:"imported,omitzero"`
	Range    *[2]int64        `json:"range,omitzero"`   // quoted characters of the section, from and up to, in Unicode code points
	Section  string           `json:"section,omitzero"` // id of a section of that version
	Stance   Stance           `json:"stance"`
	Target   publica.EntryID  `json:"target,omitzero"`  // idea, comment, commitment or review it is about
	Version  int64            `json:"version,omitzero"` // of the draft it is about
}

// Stance is what an author says of what they comment on; it is never assigned
// by anyone else.
type Stance string

const (
	Support Stance = "support"
	Oppose  Stance = "oppose"
	Neutral Stance = "neutral"
)

// MaxDepth is how deep replies go: a comment may have replies, these replies
// of their own, and those replies too.
const MaxDepth = 3

var commentParts = []machine.PartRule{
	{Name: "text", Media: machine.Text, Required: true},
	{Name: "author", Media: machine.PlainText, Max: 1000},
	{Name: "attachment", Numbered: true},
}

func checkComment(e *machine.Entry, b *Comment) error {
	switch {
	case b.Stance != Support && b.Stance != Oppose && b.Stance != Neutral:
		return publica.Problem(publica.Invalid, "body/stance", "is missing or not a stance").WithHint("one of support, oppose, neutral")
	case b.Version < 0:
		return publica.Problem(publica.Invalid, "body/version", "is negative")
	case b.Section != "" && b.Version == 0:
		return publica.Problem(publica.Invalid, "body/version", "is missing").WithHint("say which version of the draft has the section")
	case b.Section != "" && !sectionPattern.MatchString(b.Section):
		return publica.Problem(publica.Invalid, "body/section", "is not a section id")
	case b.Range != nil && b.Section == "":
		return publica.Problem(publica.Invalid, "body/range", "quotes a section, but body/section is missing")
	case b.Range != nil && (b.Range[0] < 0 || b.Range[1] <= b.Range[0] || b.Range[1] > publica.MaxPartSize):
		return publica.Problem(publica.Invalid, "body/range", "is not a range: from 0 or more, up to more than that")
	}
	return machine.First(machine.InDocket(e), b.Imported.Check(e), machine.CheckParts(e, commentParts...))
}

func applyComment(tx *machine.Tx, e *machine.Entry, b *Comment) error {
	s, err := admit(tx, e, b.Imported)
	if err != nil {
		return err
	}
	if err := sized(e, &s.Charter); err != nil {
		return err
	}
	t := Counts(tx, e.Docket)
	if err := placed(tx, e, b, t.Drafts); err != nil {
		return err
	}
	if !b.Target.IsZero() {
		depth, err := replyDepth(tx, e, b.Target)
		if err != nil {
			return err
		}
		depthLow.Set(tx, e.Docket[:], e.Seq, depth&1 != 0)
		depthHigh.Set(tx, e.Docket[:], e.Seq, depth&2 != 0)
	}
	t.Comments++
	received(tx, e, &s, &t)
	return nil
}

// placed refuses a version or section that the docket does not have.
func placed(tx *machine.Tx, e *machine.Entry, b *Comment, latest int64) error {
	if b.Version > latest {
		return publica.Problem(publica.NotFound, "body/version", "is not a version of this docket's draft")
	}
	if b.Section != "" && !StandsIn(tx, e.Docket, b.Section, b.Version) {
		return publica.Problem(publica.NotFound, "body/section", "is not a section of that version")
	}
	return nil
}

// replyDepth returns how deep a comment on target stands: one more than its
// target for a reply, 0 for a comment on anything else.
func replyDepth(tx *machine.Tx, e *machine.Entry, target publica.EntryID) (int, error) {
	r, err := commented(tx, e.Docket, "body/target", target)
	if err != nil || r.Kind != commentKind {
		return 0, err
	}
	depth := 1
	if depthLow.Get(tx, e.Docket[:], r.Seq) {
		depth++
	}
	if depthHigh.Get(tx, e.Docket[:], r.Seq) {
		depth += 2
	}
	if depth > MaxDepth {
		return 0, publica.Problem(publica.Invalid, "body/target", "is a reply three deep, which takes no replies").
			WithHint("reply to the comment above it")
	}
	return depth, nil
}
