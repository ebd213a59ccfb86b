package participation

import (
	"encoding/binary"

	"publica"
	"publica/internal/machine"
)

// SectionState is the life of one section: in which versions it stands, and
// what its text is committed to.
type SectionState struct {
	Commitment publica.Commitment `json:"commitment"`     // to its latest text
	Ghost      int64              `json:"ghost,omitzero"` // version that removed it without a reason, until it returns
	Spans      []Span             `json:"spans"`          // ascending; the last one may still be going on
}

// Span is a run of versions, both ends included; To is 0 while it goes on.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitzero"`
}

// standsIn reports whether the section stands in a version.
func (s *SectionState) standsIn(version int64) bool {
	for _, p := range s.Spans {
		if p.From <= version && (p.To == 0 || version <= p.To) {
			return true
		}
	}
	return false
}

// DraftState is a published version.
type DraftState struct {
	Entry    publica.EntryID `json:"entry"`
	Sections []DraftSection  `json:"sections"` // in the order of the draft
	Version  int64           `json:"version"`
}

// DraftSection is a section as one version has it.
type DraftSection struct {
	Commitment publica.Commitment `json:"commitment"`
	ID         string             `json:"id"`
	Ideas      []publica.EntryID  `json:"ideas,omitempty"`
	Since      int64              `json:"since"` // version that has its text as content
}

// ideaState says whether an idea is carried by the latest draft, and which
// version dropped it without a reason.
type ideaState struct {
	Carried bool  `json:"carried,omitzero"`
	Ghost   int64 `json:"ghost,omitzero"`
}

var (
	sections = machine.NewTable[SectionState]("participation-section") // docket ‖ id
	carried  = machine.NewTable[ideaState]("participation-carried")    // docket ‖ idea
	drafts   = machine.NewTable[DraftState]("participation-draft")     // docket ‖ version
)

func versionKey(docket publica.DocketID, version int64) []byte {
	return binary.BigEndian.AppendUint64(machine.Key(docket[:]), uint64(version))
}

func sectionKey(docket publica.DocketID, id string) []byte { return machine.Key(docket[:], []byte(id)) }

func ideaKey(docket publica.DocketID, id publica.EntryID) []byte {
	return machine.Key(docket[:], id[:])
}

// DraftOf returns a version of a docket's draft, or none. Do not modify it.
func DraftOf(tx *machine.Tx, docket publica.DocketID, version int64) (DraftState, bool) {
	return drafts.Get(tx, versionKey(docket, version))
}

// Latest returns the latest version of a docket's draft, or none. Do not
// modify it.
func Latest(tx *machine.Tx, docket publica.DocketID) (DraftState, bool) {
	return DraftOf(tx, docket, Counts(tx, docket).Drafts)
}

// StandsIn reports whether a section stands in a version of the draft.
func StandsIn(tx *machine.Tx, docket publica.DocketID, id string, version int64) bool {
	s, ok := sections.Get(tx, sectionKey(docket, id))
	return ok && s.standsIn(version)
}

// EverStood reports whether any version of the draft has the section.
func EverStood(tx *machine.Tx, docket publica.DocketID, id string) bool {
	return sections.Has(tx, sectionKey(docket, id))
}
