package machine

import (
	"encoding/binary"
	"fmt"

	"publica"
)

// A Record is where an entry stands. Every entry on the log has one, refused
// ones too: the same entry twice is one entry.
type Record struct {
	Docket  publica.DocketID
	Index   int64 // position in the log
	Kind    publica.Kind
	Refused bool
	Seq     int64 // position in the docket's tree; 0 without docket
}

// recordPrefix keeps records apart from tables. There is one per entry, which
// is most of the state: they are stored as bytes, not as JSON.
const recordPrefix = "record\x00"

// The first byte of a stored record.
const (
	recordRefused = 1 << iota
	recordInDocket
)

// appendRecord writes flags, index, then docket and seq if there is a docket,
// then the kind. Numbers are unsigned varints.
func appendRecord(b []byte, r *Record) []byte {
	flags := byte(0)
	if r.Refused {
		flags |= recordRefused
	}
	if !r.Docket.IsZero() {
		flags |= recordInDocket
	}
	b = binary.AppendUvarint(append(b, flags), uint64(r.Index))
	if flags&recordInDocket != 0 {
		b = binary.AppendUvarint(append(b, r.Docket[:]...), uint64(r.Seq))
	}
	return append(b, r.Kind...)
}

func parseRecord(raw []byte) (r Record, ok bool) {
	if len(raw) == 0 {
		return r, false
	}
	flags, raw := raw[0], raw[1:]
	r.Refused = flags&recordRefused != 0
	n, size := binary.Uvarint(raw)
	if size <= 0 {
		return r, false
	}
	r.Index, raw = int64(n), raw[size:]
	if flags&recordInDocket != 0 {
		if len(raw) < len(r.Docket) {
			return r, false
		}
		raw = raw[copy(r.Docket[:], raw):]
		if n, size = binary.Uvarint(raw); size <= 0 {
			return r, false
		}
		r.Seq, raw = int64(n), raw[size:]
	}
	r.Kind = publica.Kind(raw)
	return r, true
}

func hasRecord(tx *Tx, id publica.EntryID) bool {
	return tx.find(tx.joined(recordPrefix, id[:]), false) != nil
}

func getRecord(tx *Tx, id publica.EntryID) (Record, bool) {
	c := tx.find(tx.joined(recordPrefix, id[:]), false)
	if c == nil {
		return Record{}, false
	}
	r, ok := parseRecord(c.raw)
	if !ok {
		tx.block.fail(fmt.Errorf("decode state: record of %s", id))
	}
	return r, ok
}

func putRecord(tx *Tx, id publica.EntryID, r *Record) {
	tx.put(tx.joined(recordPrefix, id[:]), appendRecord(make([]byte, 0, 72), r))
}
