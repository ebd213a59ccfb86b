package docket

import (
	"time"

	"publica"
	"publica/internal/machine"
)

// retained is the content of a contribution that has to go when its retention ends.
type retained struct {
	Commitments []publica.Commitment `json:"commitments"`
	Entry       publica.EntryID      `json:"entry"`
	Parts       []string             `json:"parts"`
}

// RetentionEnded is the body of the system record docket/retention-ended: what the
// public wrote has to go now, by the charter's retention_days. Under a legal hold
// it waits for the hold's end.
type RetentionEnded struct {
	Codified publica.EntryID `json:"codified"`      // since which the days count
	From     int64           `json:"from,omitzero"` // the first contribution that is left, by number; never logged
	More     bool            `json:"more,omitzero"` // goes on with what is left; never logged
}

const retentionKind publica.Kind = "docket/retention-ended"

// erasedAtOnce bounds what one block erases because its time has passed: an order
// and a record for each contribution.
const erasedAtOnce = 200

type keptCount struct {
	N int64 `json:"n"`
}

var (
	retention = machine.NewTable[retained]("docket-retained")        // docket ‖ number, from 0, big-endian
	kept      = machine.NewTable[keptCount]("docket-retained-count") // docket
	lapsed    = machine.NewTable[RetentionEnded]("docket-retention-lapsed")
)

func retainedKey(in publica.DocketID, n int64) []byte {
	return machine.Key(in[:], numberKey(n))
}

// Retain notes the content of a contribution, if the charter says when it has to go.
func (s *State) Retain(tx *machine.Tx, e *machine.Entry) {
	if s.Charter.RetentionDays == 0 || len(e.Content) == 0 {
		return
	}
	r := retained{Entry: e.ID}
	for i := range e.Content {
		r.Commitments, r.Parts = append(r.Commitments, e.Content[i].Commitment), append(r.Parts, e.Content[i].Name)
	}
	count, _ := kept.Get(tx, e.Docket[:])
	retention.Put(tx, retainedKey(e.Docket, count.N), r)
	kept.Put(tx, e.Docket[:], keptCount{count.N + 1})
}

// endRetentionLater has the retention of a codified docket end in its time.
func (s *State) endRetentionLater(tx *machine.Tx, id publica.DocketID) {
	if days := s.Charter.RetentionDays; days > 0 {
		s.Retained = tx.Time().Add(time.Duration(days) * day)
		tx.Schedule(s.Retained, retentionKind, id, RetentionEnded{Codified: s.Codified})
	}
}

// retentionEnded erases what the docket still has, a part of it in each block.
func retentionEnded(tx *machine.Tx, d *machine.Due) bool {
	var b RetentionEnded
	if err := publica.DecodeStrict(d.Body, &b, "body"); err != nil {
		return false // cannot happen: it was scheduled here
	}
	logged := !b.More
	b.More = true
	if _, held := Held(tx, d.Docket); held {
		lapsed.Put(tx, d.Docket[:], b)
		return logged
	}
	count, _ := kept.Get(tx, d.Docket[:])
	for end := min(count.N, b.From+erasedAtOnce); b.From < end; b.From++ {
		key := retainedKey(d.Docket, b.From)
		if r, ok := retention.Get(tx, key); ok {
			retention.Delete(tx, key)
			order(tx, d.Docket, Erasure{Act: b.Codified, Commitments: r.Commitments, Index: tx.LogSize()}, r.Entry, r.Parts)
		}
	}
	if b.From < count.N {
		soon(tx, d.Docket, b)
	}
	return logged
}

// soon has it go on in the next block: what is due at a block's own time counts as
// looked at.
func soon(tx *machine.Tx, id publica.DocketID, b RetentionEnded) {
	tx.Schedule(tx.Time().Add(time.Millisecond), retentionKind, id, b)
}

// resumeRetention goes on with what a legal hold kept.
func resumeRetention(tx *machine.Tx, id publica.DocketID) {
	if b, ok := lapsed.Get(tx, id[:]); ok {
		lapsed.Delete(tx, id[:])
		soon(tx, id, b)
	}
}
