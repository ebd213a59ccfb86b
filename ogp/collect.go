package ogp

import (
	"encoding/json/v2"
	"slices"

	"publica"
)

// A Collector takes what Evaluate needs from all leaves of a docket, in order.
// The zero value is ready.
type Collector struct {
	Records []Record

	owes bool // the charter owes responses now
	owed map[int64]bool
	at   map[publica.EntryID]int64 // position of contributions
}

// Owed is how many contributions are owed a response after the leaves so far.
func (c *Collector) Owed() int64 { return int64(len(c.owed)) }

// Add takes the leaf at a position of the docket, from 0. It fails with a
// [publica.Error] if the leaf's entry cannot be read.
func (c *Collector) Add(position int64, leaf *publica.Leaf) error {
	if leaf.Refused != nil || leaf.Seal != nil {
		return nil
	}
	r := Record{ID: leaf.ID(), Time: leaf.Time}
	if leaf.System != nil {
		r.Kind, r.Body = leaf.System.Kind, leaf.System.Body
	} else {
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil {
			return err
		}
		r.Kind, r.Body = e.Kind, e.Body
	}
	if slices.Contains(Kinds, r.Kind) {
		c.Records = append(c.Records, r)
	}
	return c.count(position, r)
}

// count keeps the answer debt as the register's rules do.
func (c *Collector) count(position int64, r Record) error {
	switch r.Kind {
	case "docket/open", "docket/amend-charter":
		var b struct {
			Charter charter `json:"charter"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return bad(r, err)
		}
		c.owes = b.Charter.Respond
	case "participation/idea", "participation/comment":
		if c.at == nil {
			c.at, c.owed = map[publica.EntryID]int64{}, map[int64]bool{}
		}
		c.at[r.ID] = position
		if c.owes {
			c.owed[position] = true
		}
	case "participation/response":
		var b struct {
			Ranges  [][2]int64        `json:"ranges"`
			Targets []publica.EntryID `json:"targets"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return bad(r, err)
		}
		for _, id := range b.Targets {
			if at, ok := c.at[id]; ok {
				delete(c.owed, at)
			}
		}
		for _, span := range b.Ranges {
			for at := span[0]; at <= min(span[1], position); at++ {
				delete(c.owed, at)
			}
		}
	}
	return nil
}

func bad(r Record, err error) error {
	return publica.Problem(publica.Malformed, "record "+r.ID.String(), "has a body that its kind "+string(r.Kind)+" does not allow: "+err.Error())
}
