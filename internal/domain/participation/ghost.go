package participation

import (
	"encoding/binary"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Ghost is what one version of a draft changed or removed without a reason.
// It is about that step: it ends when a reason is given, or when what vanished
// is back in a later version.
type Ghost struct {
	Version int64           // the version that did it
	Section string          // one of Section
	Idea    publica.EntryID // and Idea is set
	What    What
	By      publica.EntryID // the entry that explained it, zero while unexplained
	How     How
}

// What a version did.
type What string

const (
	Changed What = "changed"
	Removed What = "removed"
)

// How a ghost was explained.
type How string

const (
	ByReason How = "reason" // a participation/explain names it
	ByReturn How = "return" // a later draft has it again
)

// Unexplained reports whether the ghost still blocks codification.
func (g *Ghost) Unexplained() bool { return g.By.IsZero() }

// ghostState is a ghost as stored; its key holds the rest.
type ghostState struct {
	By   publica.EntryID `json:"by,omitzero"`
	How  How             `json:"how,omitzero"`
	What What            `json:"what"`
}

var ghosts = machine.NewTable[ghostState]("participation-ghost") // docket ‖ version ‖ 'i' idea or 's' section

func ghostKey(docket publica.DocketID, g *Ghost) []byte {
	key := versionKey(docket, g.Version)
	if g.Section != "" {
		return append(append(key, 's'), g.Section...)
	}
	return append(append(key, 'i'), g.Idea[:]...)
}

func haunt(tx *machine.Tx, docket publica.DocketID, g Ghost, t *Tally) {
	ghosts.Put(tx, ghostKey(docket, &g), ghostState{What: g.What})
	t.GhostCount++
	t.Haunting++
}

// comeBack ends a ghost whose subject stands in a later draft, unless a reason
// has been given already.
func comeBack(tx *machine.Tx, docket publica.DocketID, g Ghost, by publica.EntryID, t *Tally) {
	key := ghostKey(docket, &g)
	state, ok := ghosts.Get(tx, key)
	if !ok || !state.By.IsZero() {
		return
	}
	state.By, state.How = by, ByReturn
	ghosts.Put(tx, key, state)
	t.Haunting--
	t.Returned++
}

// Ghosts returns all ghosts of a docket, explained ones too, by version, ideas
// before sections.
func Ghosts(tx *machine.Tx, docket publica.DocketID) []Ghost {
	var all []Ghost
	for key, state := range ghosts.Scan(tx, docket[:]) {
		rest := key[len(docket):]
		g := Ghost{Version: int64(binary.BigEndian.Uint64(rest)), What: state.What, By: state.By, How: state.How}
		if rest[8] == 's' {
			g.Section = string(rest[9:])
		} else {
			g.Idea = publica.EntryID(rest[9:])
		}
		all = append(all, g)
	}
	return all
}

// hauntingWords says in words what of a docket lacks a reason, "" for nothing.
func hauntingWords(tx *machine.Tx, docket publica.DocketID, t Tally) string {
	if t.Haunting == 0 {
		return ""
	}
	words := strconv.FormatInt(t.Haunting, 10) + " changes of the draft lack a reason"
	if t.Haunting == 1 {
		words = "1 change of the draft lacks a reason"
	}
	for _, g := range Ghosts(tx, docket) {
		if !g.Unexplained() {
			continue
		}
		name := "section " + g.Section
		if g.Section == "" {
			name = "idea " + g.Idea.String()
		}
		words += "; first in version " + strconv.FormatInt(g.Version, 10) + ": " + name + " " + string(g.What)
		break
	}
	return words
}
