package procurement

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Slot names one key: that of an envelope of a lot, in one attempt at a ceremony.
type Slot struct {
	Attempt  int64
	Lot      int // in State.Lots
	Envelope int // in Publish.EnvelopeNames
}

// key is the slot's place in tables.
func (w Slot) key(in publica.DocketID) []byte {
	n := binary.BigEndian.AppendUint32(nil, uint32(w.Attempt))
	return machine.Key(in[:], n, []byte{byte(w.Lot), byte(w.Envelope)})
}

// Keys is a ceremony as it stands, by trustee.
type Keys struct {
	Announced   []sealed.Announcement `json:"announced"`
	Board       []sealed.Announcement `json:"board,omitempty"` // by evaluator, in confidential mode
	Checked     []bool                `json:"checked"`         // has said which shares are wrong, or that none is
	Commitments []sealed.Hash         `json:"commitments"`
	Complaints  []sealed.Complaint    `json:"complaints,omitempty"`
	Dealt       []bool                `json:"dealt"`
	Key         *sealed.Key           `json:"key,omitzero"`
	Struck      []int                 `json:"struck,omitempty"` // trustees whose partials were proven wrong
}

var (
	keys  = machine.NewTable[Keys]("procurement-keys")        // slot
	deals = machine.NewTable[sealed.Deal]("procurement-deal") // slot ‖ trustee
)

// KeysOf returns the ceremony of a slot as it stands.
func KeysOf(tx *machine.Tx, in publica.DocketID, w Slot) (Keys, bool) { return keys.Get(tx, w.key(in)) }

// DealsOf returns the deals of a slot, by trustee, nil where there is none.
func DealsOf(tx *machine.Tx, in publica.DocketID, w Slot, trustees int) []*sealed.Deal {
	all := make([]*sealed.Deal, trustees)
	for i := range all {
		if d, ok := deals.Get(tx, dealKey(in, w, i)); ok {
			all[i] = &d
		}
	}
	return all
}

func dealKey(in publica.DocketID, w Slot, trustee int) []byte {
	return append(w.key(in), byte(trustee))
}

func newKeys(t *Publish) Keys {
	n := len(t.Trustees)
	k := Keys{Announced: make([]sealed.Announcement, n), Checked: make([]bool, n), Commitments: make([]sealed.Hash, n), Dealt: make([]bool, n)}
	if t.Mode == Confidential {
		k.Board = make([]sealed.Announcement, len(t.Evaluators))
	}
	return k
}

// copied returns keys whose slices may be changed.
func (k Keys) copied() Keys {
	k.Announced, k.Board, k.Checked = slices.Clone(k.Announced), slices.Clone(k.Board), slices.Clone(k.Checked)
	k.Commitments, k.Complaints, k.Dealt, k.Struck = slices.Clone(k.Commitments), slices.Clone(k.Complaints), slices.Clone(k.Dealt), slices.Clone(k.Struck)
	return k
}

// CeremonyOf returns the ceremony of a slot as package sealed knows it.
func (s *State) CeremonyOf(in publica.DocketID, t *Publish, w Slot, k *Keys) *sealed.Ceremony {
	c := &sealed.Ceremony{Attempt: w.Attempt, Envelope: t.EnvelopeNames()[w.Envelope], Lot: s.Lots[w.Lot].Name,
		Register: s.Register, Tender: in, Threshold: int(t.Threshold)}
	for i, trustee := range t.Trustees {
		c.Trustees = append(c.Trustees, sealed.Trustee{Boxes: k.Announced[i].Boxes, Key: trustee.Key})
	}
	return c
}

// ContextOf returns what an envelope of a bid is bound to.
func (s *State) ContextOf(in publica.DocketID, t *Publish, b *Bid, envelope int) *sealed.Context {
	return &sealed.Context{Bidder: b.Author, Envelope: t.EnvelopeNames()[envelope], Lot: s.Lots[b.Lot].Name,
		Register: s.Register, Tender: in, Text: b.Text}
}

// Slots returns the slots of the tender: for each lot its envelopes.
func (s *State) Slots(t *Publish) (all []Slot) {
	for lot := range s.Lots {
		for envelope := range t.EnvelopeNames() {
			all = append(all, Slot{s.Attempt, lot, envelope})
		}
	}
	return all
}

// slot returns the slot that a record names.
func (s *State) slot(t *Publish, lot, envelope string) (Slot, error) {
	l, err := s.lot(lot)
	if err != nil {
		return Slot{}, err
	}
	names := t.EnvelopeNames()
	i := slices.Index(names, envelope)
	if i < 0 {
		return Slot{}, publica.Problem(publica.NotFound, "body/envelope", "is not an envelope of this tender").WithHint("one of " + strings.Join(names, ", "))
	}
	return Slot{s.Attempt, l, i}, nil
}

// trusteeOf returns the number of the author, from 1.
func (t *Publish) trusteeOf(e *machine.Entry) (int, error) {
	i := slices.IndexFunc(t.Trustees, func(t Trustee) bool { return t.Key == e.Author })
	if i < 0 {
		return 0, publica.Problem(publica.Forbidden, "author", "is not a trustee of this tender").WithHint("publish names the trustees by their keys")
	}
	return i + 1, nil
}

// evaluatorOf returns the number of the author, from 1.
func (t *Publish) evaluatorOf(e *machine.Entry) (int, error) {
	i := slices.Index(t.Evaluators, e.Author)
	if i < 0 {
		return 0, publica.Problem(publica.Forbidden, "author", "is not an evaluator of this tender").WithHint("publish names the evaluators by their keys")
	}
	return i + 1, nil
}

// under puts the place in the body before the field of a refusal of package sealed.
func under(at string, err error) error {
	e, ok := err.(*publica.Error)
	if !ok {
		return err
	}
	c := *e
	c.Field = at
	if e.Field != "" {
		c.Field += "/" + e.Field
	}
	return &c
}

// digest hashes parts of fixed size, the last excepted, under a label of their own.
func digest(label string, parts ...[]byte) sealed.Hash {
	h := sha256.New()
	h.Write([]byte(label + "\n"))
	for _, p := range parts {
		h.Write(p)
	}
	return sealed.Hash(h.Sum(nil))
}

// rootOf is the root of an RFC 6962 tree whose leaves are these ids.
func rootOf(ids []publica.EntryID) sealed.Hash {
	if len(ids) == 0 {
		return sha256.Sum256(nil)
	}
	return sealed.Hash(subtree(ids))
}

func subtree(ids []publica.EntryID) tlog.Hash {
	if len(ids) == 1 {
		return tlog.RecordHash(ids[0][:])
	}
	split := 1
	for 2*split < len(ids) {
		split *= 2
	}
	return tlog.NodeHash(subtree(ids[:split]), subtree(ids[split:]))
}
