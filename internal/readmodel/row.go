package readmodel

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"

	"publica"
)

// A Row is one leaf of the log on its way into the tables.
type Row struct {
	Index  int64 // position in the log
	Height int64
	Time   publica.Time // block time
	ID     publica.EntryID
	Docket publica.DocketID // whose tree holds the leaf; zero: none
	Seq    int64            // position in the docket's tree; -1: let the model count
	Leaf   *publica.Leaf
	Entry  *publica.Entry // nil for system records and seals

	// Content returns the bytes of a content part, false if the node does not
	// hold them. Nil for system records and seals.
	Content func(part string) (data []byte, ok bool)
}

// NewRow reads a leaf's bytes, which come from this node's own log and are
// therefore not checked again. The docket is derived from the leaf; the model
// counts the position in it. A refused entry that names a docket is taken to
// stand in that docket's tree if the register has such a docket.
func NewRow(index int64, leaf []byte, content func(publica.Commitment) ([]byte, bool)) (Row, error) {
	l := new(publica.Leaf)
	if err := json.Unmarshal(leaf, l); err != nil {
		return Row{}, fmt.Errorf("read leaf %d: %w", index, err)
	}
	r := Row{Index: index, Height: l.Height, Time: l.Time, Leaf: l, Seq: -1}
	switch {
	case l.Entry != nil:
		r.ID = publica.ID(l.Entry)
		r.Entry = new(publica.Entry)
		if err := json.Unmarshal(l.Entry, r.Entry); err != nil {
			return Row{}, fmt.Errorf("read entry of leaf %d: %w", index, err)
		}
		r.Docket = r.Entry.Docket
		if r.Entry.Kind == "docket/open" && l.Refused == nil {
			r.Docket = publica.DocketID(r.ID)
		}
		e := r.Entry
		r.Content = func(part string) ([]byte, bool) {
			p, ok := e.Part(part)
			if !ok || content == nil {
				return nil, false
			}
			return content(p.Commitment)
		}
	case l.System != nil:
		r.ID, r.Docket = publica.ID(leaf), l.System.Docket
	default:
		r.ID = publica.ID(leaf)
	}
	return r, nil
}

// Kind returns the record type: the entry's, or the system record's; "" for a
// seal.
func (r *Row) Kind() publica.Kind {
	switch {
	case r.Entry != nil:
		return r.Entry.Kind
	case r.Leaf.System != nil:
		return r.Leaf.System.Kind
	}
	return ""
}

// Refused reports whether the rules kept the entry from having an effect.
func (r *Row) Refused() bool { return r.Leaf.Refused != nil }

// Body decodes the body of the entry or system record into v. Unknown members
// are ignored: the rules have judged the body already.
func (r *Row) Body(v any) error {
	var raw jsontext.Value
	switch {
	case r.Entry != nil:
		raw = r.Entry.Body
	case r.Leaf.System != nil:
		raw = r.Leaf.System.Body
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("decode body of %s at %d: %w", r.Kind(), r.Index, err)
	}
	return nil
}

// Text returns a content part as valid UTF-8 text, "" if the entry has no such
// part or the node does not hold it.
func (r *Row) Text(part string) string {
	if r.Content == nil {
		return ""
	}
	data, _ := r.Content(part)
	return clean(data)
}

// A View is one domain's tables and how they are filled.
type View struct {
	Name   string
	Schema string // SQL that creates the tables; a change of it refills the model
	// Project takes one row into the tables. It is called in log order, for
	// accepted entries and system records, never for seals or refused entries:
	// those have no effect. The same rows must always give the same tables, so
	// it reads no clock and draws nothing. An error stops the model.
	Project func(ctx context.Context, tx *Tx, r *Row) error
}

// A Source is the log with its content, as the node has committed it. Both
// methods are safe for concurrent use. Rows returns at most limit rows from
// index from on, in order and without gaps, and at least one if from < Size.
type Source interface {
	Size() int64
	Rows(ctx context.Context, from int64, limit int) ([]Row, error)
}
