package docket

import (
	"encoding/binary"
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Changed is the body of the system records docket/hidden, docket/shown and
// docket/erased: content of an entry must not be shown, may be shown again, or has
// to go, on every node, with its salt. The entry stays where it stands.
type Changed struct {
	Act   publica.EntryID `json:"act"`   // the entry that had it done
	Entry publica.EntryID `json:"entry"` // whose content it is
	Parts []string        `json:"parts"` // names of its parts, in its order
}

const (
	hiddenKind publica.Kind = "docket/hidden"
	shownKind  publica.Kind = "docket/shown"
	erasedKind publica.Kind = "docket/erased"
)

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

// total counts what the rules ask for every entry.
type total struct {
	Erasures int64 `json:"erasures"`
	Hidden   int64 `json:"hidden"` // parts that are hidden now
}

// scar says why content is not shown, and by which act.
type scar struct {
	Act publica.EntryID `json:"act"`
}

var (
	erasures = machine.NewTable[Erasure]("docket-erasure")     // number, from 0, big-endian
	erasedBy = machine.NewTable[scar]("docket-erased")         // commitment
	hiddenBy = machine.NewTable[scar]("docket-hidden")         // commitment
	totals   = machine.NewTable[total]("docket-erasure-total") // one row
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
	order(tx, e.Docket, Erasure{Act: e.ID, Commitments: all, Index: e.Index}, t.ID, names)
	return nil
}

// order gives an order to erase parts of an entry, but for what is erased already.
func order(tx *machine.Tx, in publica.DocketID, o Erasure, entry publica.EntryID, parts []string) {
	n, _ := totals.Get(tx, nil)
	var names []string
	var all []publica.Commitment
	for i, c := range o.Commitments {
		if erasedBy.Has(tx, c[:]) {
			continue
		}
		if hiddenBy.Has(tx, c[:]) {
			hiddenBy.Delete(tx, c[:])
			n.Hidden--
		}
		erasedBy.Put(tx, c[:], scar{o.Act})
		names, all = append(names, parts[i]), append(all, c)
	}
	if len(all) == 0 {
		return
	}
	o.Commitments = all
	erasures.Put(tx, numberKey(n.Erasures), o)
	n.Erasures++
	totals.Put(tx, nil, n)
	tx.Emit(erasedKind, in, Changed{Act: o.Act, Entry: entry, Parts: names})
}

func numberKey(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// Erasures returns how many orders to erase there are.
func Erasures(tx *machine.Tx) int64 {
	n, _ := totals.Get(tx, nil)
	return n.Erasures
}

// Hidden returns how many parts are hidden now.
func Hidden(tx *machine.Tx) int64 {
	n, _ := totals.Get(tx, nil)
	return n.Hidden
}

// ErasureAt returns the order of that number, from 0.
func ErasureAt(tx *machine.Tx, n int64) (Erasure, bool) { return erasures.Get(tx, numberKey(n)) }

// Hide keeps parts of an entry from being shown until [Show], and says so in a
// system record. What is hidden or erased already stays as it is.
func Hide(tx *machine.Tx, e *machine.Entry, t *Target, parts []string) error {
	n, _ := totals.Get(tx, nil)
	names, all, err := t.Choose(parts)
	if err != nil {
		return err
	}
	var now []string
	for i, c := range all {
		if hiddenBy.Has(tx, c[:]) || erasedBy.Has(tx, c[:]) {
			continue
		}
		hiddenBy.Put(tx, c[:], scar{e.ID})
		now = append(now, names[i])
		n.Hidden++
	}
	if len(now) == 0 {
		return publica.Problem(publica.Conflict, "body/entry", "is hidden or erased already")
	}
	totals.Put(tx, nil, n)
	tx.Emit(hiddenKind, e.Docket, Changed{Act: e.ID, Entry: t.ID, Parts: now})
	return nil
}

// Show ends what act hid of an entry, and says so in a system record. The entry
// being applied is what has it done.
func Show(tx *machine.Tx, e *machine.Entry, t *Target, act publica.EntryID) {
	n, _ := totals.Get(tx, nil)
	var now []string
	for i := range t.Content {
		p := &t.Content[i]
		if h, ok := hiddenBy.Get(tx, p.Commitment[:]); ok && h.Act == act {
			hiddenBy.Delete(tx, p.Commitment[:])
			now = append(now, p.Name)
			n.Hidden--
		}
	}
	if len(now) == 0 {
		return // erased meanwhile
	}
	totals.Put(tx, nil, n)
	tx.Emit(shownKind, e.Docket, Changed{Act: e.ID, Entry: t.ID, Parts: now})
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

// EndHold ends a legal hold. What it kept beyond its time goes then.
func EndHold(tx *machine.Tx, docket publica.DocketID) {
	holds.Delete(tx, docket[:])
	resumeRetention(tx, docket)
}

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
