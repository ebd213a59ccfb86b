package participation

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Explain is the body of participation/explain: the reason, given later, for
// ghosts of one version. The part "reason" is required.
type Explain struct {
	Causes   []publica.EntryID `json:"causes,omitempty"` // ideas and comments that moved them
	Ideas    []publica.EntryID `json:"ideas,omitempty"`
	Sections []string          `json:"sections,omitempty"`
	Version  int64             `json:"version"` // the version that changed or removed them
}

var explainParts = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkExplain(e *machine.Entry, b *Explain) error {
	if b.Version < 1 {
		return publica.Problem(publica.Invalid, "body/version", "is missing")
	}
	if len(b.Sections) == 0 && len(b.Ideas) == 0 {
		return publica.Problem(publica.Invalid, "body/sections", "is missing: name the sections or ideas the reason is for")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkSectionIDs("body/sections", b.Sections),
		checkIDs("body/ideas", b.Ideas), checkIDs("body/causes", b.Causes), machine.CheckParts(e, explainParts...))
}

func applyExplain(tx *machine.Tx, e *machine.Entry, b *Explain) error {
	if _, err := docket.RequireLead(tx, e); err != nil {
		return err
	}
	if err := causes(tx, e.Docket, "body/causes", b.Causes); err != nil {
		return err
	}
	t := Counts(tx, e.Docket)
	for i, id := range b.Sections {
		if err := lay(tx, e, "body/sections/"+strconv.Itoa(i), Ghost{Version: b.Version, Section: id}, &t); err != nil {
			return err
		}
	}
	for i, id := range b.Ideas {
		if err := lay(tx, e, "body/ideas/"+strconv.Itoa(i), Ghost{Version: b.Version, Idea: id}, &t); err != nil {
			return err
		}
	}
	t.Explained++
	putTally(tx, e.Docket, t)
	return nil
}

// lay gives a ghost its reason. A later reason replaces an earlier one; both
// stay on the record.
func lay(tx *machine.Tx, e *machine.Entry, field string, g Ghost, t *Tally) error {
	key := ghostKey(e.Docket, &g)
	state, ok := ghosts.Get(tx, key)
	if !ok {
		return publica.Problem(publica.NotFound, field, "is not a ghost of that version: it was not changed or removed in it, or a reason was given there").
			WithHint("GET /api/v1/dockets/{id}/ghosts lists what lacks a reason")
	}
	if state.By.IsZero() {
		t.Haunting--
	} else if state.How == ByReturn {
		t.Returned--
	}
	state.By, state.How = e.ID, ByReason
	ghosts.Put(tx, key, state)
	return nil
}
