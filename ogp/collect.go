package ogp

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"maps"
	"slices"

	"publica"
)

// A Collector takes what Evaluate needs from all leaves of a docket, in order.
// The zero value is ready.
type Collector struct {
	Records []Record

	owes bool // the charter owes responses now
	owed map[int64]bool
	void map[int64]bool            // what was owed until it was withdrawn or disavowed
	at   map[publica.EntryID]int64 // position of contributions

	final  int64                          // position of the codification, 0: none yet
	groups map[publica.EntryID][][2]int64 // positions of their members
}

// Owed is how many contributions are owed a response after the leaves so far; once
// the plan is final, how many of those from before.
func (c *Collector) Owed() (n int64) {
	for at := range c.owed {
		if c.final == 0 || at < c.final {
			n++
		}
	}
	return n
}

// Open returns the positions in the docket of all that are owed one, ascending.
func (c *Collector) Open() []int64 { return slices.Sorted(maps.Keys(c.owed)) }

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
		r.Kind, r.Body, r.Parts = e.Kind, e.Body, PartsOf(e)
	}
	return c.Take(position, r)
}

// PartsOf returns the names of the content parts of e that are not empty.
func PartsOf(e *publica.Entry) (names []string) {
	for _, p := range e.Content {
		if p.Size > 0 {
			names = append(names, p.Name)
		}
	}
	return names
}

// Take is Add for a record that took effect and is read already.
func (c *Collector) Take(position int64, r Record) error {
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
			c.at, c.owed, c.void = map[publica.EntryID]int64{}, map[int64]bool{}, map[int64]bool{}
		}
		c.at[r.ID] = position
		if c.owes {
			c.owed[position] = true
		}
	case "participation/withdraw", "participation/disavow", "participation/reinstate":
		return c.retract(r)
	case "participation/codify":
		c.final = position
	case "participation/group":
		return c.group(r)
	case "participation/response":
		var b struct {
			Groups  []publica.EntryID `json:"groups"`
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
			c.answer(span, position)
		}
		for _, id := range b.Groups {
			for _, span := range c.groups[id] {
				c.answer(span, position)
			}
		}
	}
	return nil
}

// answer ends what is owed in a range of positions. Whichever of the two is
// smaller is gone through: the range or what is owed.
func (c *Collector) answer(span [2]int64, position int64) {
	last := min(span[1], position)
	if last-span[0] < int64(len(c.owed)) {
		for at := span[0]; at <= last; at++ {
			delete(c.owed, at)
		}
		return
	}
	for at := range c.owed {
		if span[0] <= at && at <= last {
			delete(c.owed, at)
		}
	}
}

// group keeps the members of a group, as positions.
func (c *Collector) group(r Record) error {
	var b struct {
		Extends publica.EntryID   `json:"extends"`
		Members []publica.EntryID `json:"members"`
		Ranges  [][2]int64        `json:"ranges"`
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return bad(r, err)
	}
	id := r.ID
	if !b.Extends.IsZero() {
		id = b.Extends
	}
	if c.groups == nil {
		c.groups = map[publica.EntryID][][2]int64{}
	}
	c.groups[id] = append(c.groups[id], b.Ranges...)
	for _, m := range b.Members {
		if at, ok := c.at[m]; ok {
			c.groups[id] = append(c.groups[id], [2]int64{at, at})
		}
	}
	return nil
}

// retract ends what is owed to a contribution that was withdrawn or disavowed, or
// begins it again.
func (c *Collector) retract(r Record) error {
	var b struct {
		Entry jsontext.Value `json:"entry"` // whole; of participation/reinstate the id
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return bad(r, err)
	}
	id := publica.ID(b.Entry)
	if b.Entry.Kind() == '"' {
		if err := json.Unmarshal(b.Entry, &id); err != nil {
			return bad(r, err)
		}
	}
	at, known := c.at[id]
	switch {
	case !known:
	case r.Kind == "participation/reinstate":
		if c.void[at] {
			delete(c.void, at)
			c.owed[at] = true
		}
	case c.owed[at]:
		delete(c.owed, at)
		c.void[at] = true
	}
	return nil
}

func bad(r Record, err error) error {
	return publica.Problem(publica.Malformed, "record "+r.ID.String(), "has a body that its kind "+string(r.Kind)+" does not allow: "+err.Error())
}
