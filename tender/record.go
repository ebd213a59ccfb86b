package tender

import (
	"encoding/json/v2"
	"strings"

	"publica"
)

// A Record is a record of the tender's docket, in the docket's order.
type Record struct {
	Author   publica.KeyID   // none of a system record
	Body     []byte          // canonical JSON, of the entry or of the system record
	For      publica.BodyID  // the body that the author acts for, if any
	Height   int64           // of the block
	ID       publica.EntryID // of the entry; of a system record, of its leaf
	Index    int64           // in the register's log; 0 if it is not known, as no docket's record is the first of a log
	Kind     publica.Kind
	Parts    []publica.Part
	Position int64            // in the docket, from 0
	Refused  *publica.Refusal // set if the rules refused it: it changed nothing
	Time     publica.Time     // of the block
}

// Content returns a content part of an entry, false if it is not at hand: erased,
// or left out of an export. Whoever gives it has checked it against its commitment.
type Content func(id publica.EntryID, part string) ([]byte, bool)

// Input is what [Read] reads.
type Input struct {
	Register string
	Docket   publica.DocketID
	Records  []Record // all of the docket; seals may be left out
}

// A Collector takes the records of a docket from its leaves, in order. The zero
// value is ready.
type Collector struct {
	Records []Record
}

// Add takes the leaf at a position of the docket, from 0. It fails with a
// [publica.Error] if the leaf's entry cannot be read.
func (c *Collector) Add(position int64, leaf *publica.Leaf) error {
	if leaf.Seal != nil {
		return nil
	}
	r := Record{Height: leaf.Height, ID: leaf.ID(), Position: position, Refused: leaf.Refused, Time: leaf.Time}
	if leaf.System != nil {
		r.Kind, r.Body = leaf.System.Kind, leaf.System.Body
	} else {
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil {
			return err
		}
		r.Author, r.Body, r.For, r.Kind, r.Parts = e.Author, e.Body, e.For, e.Kind, e.Content
	}
	c.Records = append(c.Records, r)
	return nil
}

// Mark is a record as a process names it.
type Mark struct {
	ID   publica.EntryID `json:"id"`
	Time publica.Time    `json:"time"`
}

// IsZero reports whether there is no such record.
func (m Mark) IsZero() bool { return m.ID.IsZero() }

func (r *Record) mark() Mark { return Mark{r.ID, r.Time} }

func (r *Record) decode(body any) error {
	if err := json.Unmarshal(r.Body, body); err != nil {
		return publica.Problem(publica.Malformed, "record "+r.ID.String(), "has a body that its kind "+string(r.Kind)+" does not allow: "+err.Error())
	}
	return nil
}

// unknown is the error of a record that names what is not on record.
func (r *Record) unknown(what string) error {
	return publica.Problem(publica.Invalid, "record "+r.ID.String(), "names "+what+" that no record before it made").
		WithHint("give all records of the docket, in its order")
}

// about says whether a kind is one of tenders.
func about(k publica.Kind) bool { return strings.HasPrefix(string(k), "procurement/") }
