package docket

import (
	"encoding/binary"
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Erased is the body of the system record docket/erased: content of an entry
// has to go, on every node, with its salt. The entry stays where it stands.
type Erased struct {
	Act   publica.EntryID `json:"act"`   // the entry that had it done
	Entry publica.EntryID `json:"entry"` // whose content it was
	Parts []string        `json:"parts"` // names of its parts, in its order
}

const erasedKind publica.Kind = "docket/erased"

// An Erasure is one order to erase, as a node carries it out.
type Erasure struct {
	Act         publica.EntryID      `json:"act"`
	Commitments []publica.Commitment `json:"commitments"`
	Index       int64                `json:"index"` // of the act in the log
}

// Hold is a legal hold on a docket: nothing of it may be erased.
type Hold struct {
	By publica.EntryID `json:"by"`
}

// scar says why content is not shown, and by which act.
type scar struct {
	Act publica.EntryID `json:"act"`
}

var (
	erasures = machine.NewTable[Erasure]("docket-erasure")     // number, from 0, big-endian
	erasedBy = machine.NewTable[scar]("docket-erased")         // commitment
	hiddenBy = machine.NewTable[scar]("docket-hidden")         // commitment
	counts   = machine.NewTable[int64]("docket-erasure-count") // one row: how many erasures there are
	holds    = machine.NewTable[Hold]("docket-hold")           // docket
)

// A Target is an entry that an act of moderation is about, as the act carries
// it: the rules see what it commits to from its own bytes.
type Target struct {
	*publica.Entry
	ID     publica.EntryID
	Record machine.Record
}

// FindTarget returns the accepted entry of this docket whose canonical bytes
// are raw.
func FindTarget(tx *machine.Tx, e *machine.Entry, raw []byte) (*Target, error) {
	const field = "body/entry"
	t, err := ParseTarget(raw)
	if err != nil {
		return nil, err
	}
	r, ok := tx.Record(t.ID)
	switch {
	case !ok:
		return nil, publica.Problem(publica.NotFound, field, "is not on this register").WithHint("give the entry as it stands on the log, unchanged")
	case r.Docket != e.Docket:
		return nil, publica.Problem(publica.NotFound, field, "is not in this docket")
	case r.Refused:
		return nil, publica.Problem(publica.Invalid, field, "was refused and is shown nowhere")
	}
	t.Record = r
	return t, nil
}

// ParseTarget parses the entry that an act is about, without looking for it on
// the register.
func ParseTarget(raw []byte) (*Target, error) {
	const field = "body/entry"
	if len(raw) == 0 {
		return nil, publica.Problem(publica.Invalid, field, "is missing").WithHint("give the whole entry this is about, as it stands on the log")
	}
	t, err := publica.ParseEntry(raw)
	if err != nil {
		return nil, publica.Problem(publica.CodeOf(err), field, "is not an entry").WithHint("give the whole entry this is about, as it stands on the log")
	}
	return &Target{Entry: t, ID: publica.ID(raw)}, nil
}

// Choose returns the commitments of the parts named, of all parts if none is.
// The names are those of the target, in its order.
func (t *Target) Choose(parts []string) (names []string, all []publica.Commitment, err error) {
	for i, name := range parts {
		if _, ok := t.Part(name); !ok || slices.Contains(parts[:i], name) {
			return nil, nil, publica.Problem(publica.Invalid, "body/parts/"+strconv.Itoa(i), "is not a part of that entry, or stands twice")
		}
	}
	for i := range t.Content {
		if p := &t.Content[i]; len(parts) == 0 || slices.Contains(parts, p.Name) {
			names, all = append(names, p.Name), append(all, p.Commitment)
		}
	}
	if len(all) == 0 {
		return nil, nil, publica.Problem(publica.Invalid, "body/entry", "has no content: nothing of it can go")
	}
	return names, all, nil
}

// Erase orders every node to destroy parts of an entry, and says so in a system
// record. The entry being applied is what has it done.
func Erase(tx *machine.Tx, e *machine.Entry, t *Target, parts []string) error {
	if h, ok := holds.Get(tx, e.Docket[:]); ok {
		return publica.Problem(publica.Conflict, "docket", "is under a legal hold, by "+h.By.String()+": nothing of it may be erased").
			WithHint("hide it until the hold ends")
	}
	names, all, err := t.Choose(parts)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c publica.Commitment) bool { return !erasedBy.Has(tx, c[:]) }) {
		return publica.Problem(publica.Conflict, "body/entry", "is erased already")
	}
	for _, c := range all {
		hiddenBy.Delete(tx, c[:])
		erasedBy.Put(tx, c[:], scar{e.ID})
	}
	n := Erasures(tx)
	erasures.Put(tx, erasureKey(n), Erasure{Act: e.ID, Commitments: all, Index: e.Index})
	counts.Put(tx, nil, n+1)
	tx.Emit(erasedKind, e.Docket, Erased{Act: e.ID, Entry: t.ID, Parts: names})
	return nil
}

func erasureKey(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// Erasures returns how many orders to erase there are.
func Erasures(tx *machine.Tx) int64 {
	n, _ := counts.Get(tx, nil)
	return n
}

// ErasureAt returns the order of that number, from 0.
func ErasureAt(tx *machine.Tx, n int64) (Erasure, bool) { return erasures.Get(tx, erasureKey(n)) }

// Hide keeps content from being shown until [Show].
func Hide(tx *machine.Tx, e *machine.Entry, all []publica.Commitment) {
	for _, c := range all {
		if !erasedBy.Has(tx, c[:]) {
			hiddenBy.Put(tx, c[:], scar{e.ID})
		}
	}
}

// Show ends what act hid.
func Show(tx *machine.Tx, act publica.EntryID, all []publica.Commitment) {
	for _, c := range all {
		if h, ok := hiddenBy.Get(tx, c[:]); ok && h.Act == act {
			hiddenBy.Delete(tx, c[:])
		}
	}
}

// IsErased reports whether content has to be gone, and by which act.
func IsErased(tx *machine.Tx, c publica.Commitment) (act publica.EntryID, ok bool) {
	s, ok := erasedBy.Get(tx, c[:])
	return s.Act, ok
}

// IsHidden reports whether content must not be shown to the public, and by which
// act.
func IsHidden(tx *machine.Tx, c publica.Commitment) (act publica.EntryID, ok bool) {
	s, ok := hiddenBy.Get(tx, c[:])
	return s.Act, ok
}

// Held returns the legal hold on a docket, if there is one.
func Held(tx *machine.Tx, docket publica.DocketID) (Hold, bool) { return holds.Get(tx, docket[:]) }

// PutHold puts a docket under a legal hold.
func PutHold(tx *machine.Tx, docket publica.DocketID, by publica.EntryID) {
	holds.Put(tx, docket[:], Hold{by})
}

// EndHold ends a legal hold.
func EndHold(tx *machine.Tx, docket publica.DocketID) { holds.Delete(tx, docket[:]) }

// admit refuses entries that commit to what was erased: whoever has a copy must
// not bring it back.
func admit(tx *machine.Tx, e *machine.Entry) error {
	if Erasures(tx) == 0 {
		return nil
	}
	for i := range e.Content {
		if act, ok := IsErased(tx, e.Content[i].Commitment); ok {
			return publica.Problem(publica.Conflict, "content/"+strconv.Itoa(i)+"/commitment", "is to content that was erased, by "+act.String())
		}
	}
	return nil
}
