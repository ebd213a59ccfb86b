package participationview

import (
	"context"
	"encoding/json/jsontext"
	"slices"
	"strings"

	"publica"
	"publica/internal/readmodel"
)

// anAct is what the bodies of acts of moderation have between them.
type anAct struct {
	Act     publica.EntryID `json:"act"`
	Appeal  publica.EntryID `json:"appeal"`
	Hold    publica.EntryID `json:"hold"`
	Entry   jsontext.Value  `json:"entry"` // the entry it is about, whole, or its id
	Code    string          `json:"code"`
	Basis   string          `json:"basis"`
	Asked   string          `json:"asked"`
	Outcome string          `json:"outcome"`
}

// about returns the id of the entry that the act is about, zero if it names none.
func (a *anAct) about() publica.EntryID {
	if a.Entry.Kind() == '"' {
		id, _ := publica.ParseEntryID(strings.Trim(string(a.Entry), `"`)) // the rules have judged it
		return id
	}
	if len(a.Entry) == 0 {
		return publica.EntryID{}
	}
	return publica.ID(a.Entry)
}

// projectAct takes an act of moderation, or of somebody who takes a contribution
// back, into the moderation log.
func projectAct(r *row) error {
	var b anAct
	if err := r.Body(&b); err != nil {
		return err
	}
	of := b.Act
	for _, id := range []publica.EntryID{b.Appeal, b.Hold} {
		if !id.IsZero() {
			of = id
		}
	}
	on, err := r.tx.Index(of)
	if err != nil {
		return err
	}
	target, err := r.tx.Index(b.about())
	if err != nil {
		return err
	}
	if on != 0 && target == 0 { // of an appeal: what the act is about
		if _, err := r.tx.One("SELECT target FROM act WHERE idx = ?", readmodel.Args{on}, &target); err != nil {
			return err
		}
	}
	reason := r.Text("reason")
	if r.Kind() == "moderation/appeal" {
		reason = r.Text("text")
	}
	if err := r.tx.Document(r.Row, "", reason); err != nil {
		return err
	}
	if err := r.tx.Exec("INSERT INTO act (idx, docket, kind, target, acted_on, code, asked, outcome, author) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.Index, r.in, string(r.Kind()), null(target), null(on), b.Code+b.Basis, b.Asked, b.Outcome, r.Entry.Author); err != nil {
		return err
	}
	return r.consequence(&b, on, target)
}

// consequence notes what the act does to others and to the counts.
func (r *row) consequence(b *anAct, on, target int64) error {
	switch r.Kind() {
	case "moderation/restore", "moderation/confirm", "moderation/release":
		return r.tx.Exec("UPDATE act SET answered = ? WHERE idx = ?", r.Index, on)
	case "moderation/decide":
		if err := r.tx.Exec("UPDATE act SET answered = ?, outcome = ? WHERE idx = ?", r.Index, b.Outcome, on); err != nil || b.Outcome != "reversed" {
			return err
		}
		return r.tx.Exec("UPDATE act SET reversed = ? WHERE idx = (SELECT acted_on FROM act WHERE idx = ?) AND reversed IS NULL", r.Index, on)
	case "participation/withdraw":
		if err := r.tx.Exec("UPDATE contribution SET withdrawn = ?1, modified = ?1 WHERE idx = ?2", r.Index, target); err != nil {
			return err
		}
		if err := r.tx.Exec("UPDATE tally SET withdrawn = withdrawn + 1 WHERE docket = ?", r.in); err != nil {
			return err
		}
		return r.void(target)
	case "participation/disavow":
		if err := r.tx.Exec("UPDATE contribution SET disavowed = ?1, modified = ?1 WHERE idx = ?2", r.Index, target); err != nil {
			return err
		}
		if err := r.counted(target, -1); err != nil {
			return err
		}
		return r.void(target)
	case "participation/reinstate":
		if err := r.tx.Exec("UPDATE contribution SET disavowed = NULL, modified = ? WHERE idx = ?", r.Index, target); err != nil {
			return err
		}
		if err := r.counted(target, 1); err != nil {
			return err
		}
		n, err := r.tx.Change("UPDATE contribution SET owed = 1, void = 0 WHERE idx = ? AND void = 1", target)
		if err != nil {
			return err
		}
		return r.tx.Exec("UPDATE tally SET open = open + ?, void = void - ? WHERE docket = ?", n, n, r.in)
	}
	return nil
}

// void ends what is owed to a contribution without an answer.
func (r *row) void(target int64) error {
	n, err := r.tx.Change("UPDATE contribution SET owed = 0, void = 1 WHERE idx = ? AND owed = 1 AND answered IS NULL", target)
	if err != nil {
		return err
	}
	return r.tx.Exec("UPDATE tally SET open = open - ?, void = void + ? WHERE docket = ?", n, n, r.in)
}

// counted takes a disavowed contribution out of the totals, or back in.
func (r *row) counted(target int64, by int) error {
	return r.tx.Exec(`UPDATE tally SET disavowed = disavowed - ?1,
		ideas = ideas + ?1 * (SELECT kind = 'idea' FROM contribution WHERE idx = ?2),
		comments = comments + ?1 * (SELECT kind = 'comment' FROM contribution WHERE idx = ?2) WHERE docket = ?3`, by, target, r.in)
}

// projectContent follows what may be shown of a record's content. Where that is an
// idea or a comment, its text is written anew; of any other record too seldom to be
// worth more than filling everything again.
func projectContent(ctx context.Context, r *row) error {
	var b struct {
		Act   publica.EntryID `json:"act"`
		Entry publica.EntryID `json:"entry"`
		Parts []string        `json:"parts"`
	}
	if err := r.Body(&b); err != nil {
		return err
	}
	act, err := r.tx.Index(b.Act)
	if err != nil {
		return err
	}
	target, err := r.tx.Index(b.Entry)
	if err != nil {
		return err
	}
	kind := r.Kind()
	if kind == "docket/erased" {
		r.tx.Wipe()
	}
	var is string
	found, err := r.tx.One("SELECT kind FROM contribution WHERE idx = ?", readmodel.Args{target}, &is)
	if err != nil {
		return err
	}
	if !found {
		return r.tx.Refill(r.Row)
	}
	if err := r.scars(kind, act, target, b.Parts); err != nil {
		return err
	}
	again, err := r.tx.Again(ctx, target)
	if err != nil {
		return err
	}
	held := again.Content
	again.Content = func(part string) ([]byte, bool) { // what has to go may not be gone yet
		if kind != "docket/shown" && slices.Contains(b.Parts, part) {
			return nil, false
		}
		return held(part)
	}
	title, text := "", again.Text("text")
	if is == "idea" {
		title, text = again.Text("title"), ideaText(again)
	}
	if err := r.reworded(target, text); err != nil {
		return err
	}
	if err := r.tx.Rewrite(target, title, text); err != nil {
		return err
	}
	return r.tx.Exec("UPDATE contribution SET name = ?, modified = ? WHERE idx = ?", strings.TrimSpace(again.Text("author")), r.Index, target)
}

// scars notes by which act parts of a contribution are not shown.
func (r *row) scars(kind publica.Kind, act, target int64, parts []string) error {
	for _, part := range parts {
		var err error
		switch kind {
		case "docket/shown":
			err = r.tx.Exec("DELETE FROM scar WHERE target = ? AND part = ?", target, part)
		default:
			err = r.tx.Exec("INSERT OR REPLACE INTO scar (target, part, act, erased) VALUES (?, ?, ?, ?)", target, part, act, kind == "docket/erased")
		}
		if err != nil {
			return err
		}
	}
	return r.tx.Exec(`UPDATE contribution SET hidden = (SELECT max(act) FROM scar WHERE target = idx AND erased = 0),
		erased = (SELECT max(act) FROM scar WHERE target = idx AND erased = 1) WHERE idx = ?`, target)
}
