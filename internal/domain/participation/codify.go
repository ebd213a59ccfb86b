package participation

import (
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Codify is the body of participation/codify: it declares the latest version
// of the draft final. Part: reason, if the lead body wants to say more.
type Codify struct {
	Version int64 `json:"version"`
}

// codified is the system record that follows a codification.
const codified publica.Kind = "participation/codified"

// Codified is the body of participation/codified: what the docket held just
// before the codification, which stands at position DocketSize.
type Codified struct {
	Comments        int64           `json:"comments"`
	DocketRoot      publica.Hash    `json:"docket_root"`
	DocketSize      int64           `json:"docket_size"`
	Draft           publica.EntryID `json:"draft"` // entry of the version
	Drafts          int64           `json:"drafts"`
	GhostsExplained int64           `json:"ghosts_explained"`
	Ideas           int64           `json:"ideas"`
	Responses       int64           `json:"responses"`
	Version         int64           `json:"version"`
}

func checkCodify(e *machine.Entry, b *Codify) error {
	if b.Version < 1 {
		return publica.Problem(publica.Invalid, "body/version", "is missing")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonOptional...))
}

func applyCodify(tx *machine.Tx, e *machine.Entry, b *Codify) error {
	s, err := docket.RequireLead(tx, e)
	if err != nil {
		return err
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Conflict, "docket", "is codified already, by "+s.Codified.String())
	}
	t := Counts(tx, e.Docket)
	draft, err := final(tx, e, b, t)
	if err != nil {
		return err
	}
	if err := settled(tx, e, &s, t); err != nil {
		return err
	}
	docket.Codify(tx, e.Docket, e.ID)
	head, _ := tx.Head(e.Docket)
	tx.Emit(codified, e.Docket, Codified{
		Comments:        t.Comments,
		DocketRoot:      head.Root,
		DocketSize:      head.Size,
		Draft:           draft.Entry,
		Drafts:          t.Drafts,
		GhostsExplained: t.GhostCount - t.Haunting,
		Ideas:           t.Ideas,
		Responses:       t.Responses,
		Version:         draft.Version,
	})
	return nil
}

// final returns the version to codify: the latest, and not an empty one.
func final(tx *machine.Tx, e *machine.Entry, b *Codify, t Tally) (DraftState, error) {
	if t.Drafts == 0 {
		return DraftState{}, publica.Problem(publica.NotFound, "body/version", "there is no draft to codify")
	}
	if b.Version != t.Drafts {
		return DraftState{}, publica.Problem(publica.Conflict, "body/version", "must be "+strconv.FormatInt(t.Drafts, 10)+", the latest version of the draft")
	}
	d, _ := DraftOf(tx, e.Docket, b.Version)
	if len(d.Sections) == 0 {
		return d, publica.Problem(publica.Invalid, "body/version", "version "+strconv.FormatInt(b.Version, 10)+" has no sections left")
	}
	return d, nil
}

// settled refuses a codification while anything is open, naming all of it.
func settled(tx *machine.Tx, e *machine.Entry, s *docket.State, t Tally) error {
	var open []string
	code := publica.Owed
	if words := owedWords(tx, e.Docket, t); words != "" {
		open = append(open, words)
	}
	if words := hauntingWords(tx, e.Docket, t); words != "" {
		open = append(open, words)
	}
	if len(open) == 0 {
		code = publica.Early
	}
	if name, ok := s.Unserved(); ok {
		open = append(open, "the period "+name+" has not closed yet")
	}
	for _, p := range s.Periods {
		if p.Stage != docket.Closed && !slices.Contains(s.Charter.Periods, p.Name) {
			open = append(open, "the period "+p.Name+" has not closed yet")
		}
	}
	if len(open) == 0 {
		return nil
	}
	return publica.Problem(code, "", "codify: "+strings.Join(open, "; and ")).
		WithHint("answer with participation/response, give reasons with participation/explain, and let every period of the charter close")
}
