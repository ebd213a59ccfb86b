package compare

import (
	"maps"
	"slices"
	"strings"
)

// A Table is an export of a public docket: rows by id, in its order.
type Table struct {
	Columns []string
	Rows    []Row
}

// A Row is one record of a table. Fields go by column.
type Row struct {
	ID        string
	Fields    map[string]string
	Text      string // of the comment
	Withdrawn bool
}

// Event is what happened to a record between two exports.
type Event string

// What can happen, the first that applies.
const (
	Vanished  Event = "vanished"  // it stands in the old export only
	Withdrawn Event = "withdrawn" // it is marked as withdrawn now
	Blanked   Event = "blanked"   // it had a text, and has none now
	Changed   Event = "changed"   // some field differs
	New       Event = "new"       // it stands in the new export only
)

// A Difference is one record that two exports do not agree on.
type Difference struct {
	Event  Event         `json:"event"`
	Fields []FieldChange `json:"fields,omitempty"`
	ID     string        `json:"id"`
}

// A FieldChange is one column's field of a record, before and after.
type FieldChange struct {
	After  string `json:"after"`
	Before string `json:"before"`
	Column string `json:"column"`
}

// Differences is all that two exports of one docket do not agree on.
type Differences struct {
	ColumnsGone []string      `json:"columns_gone,omitempty"` // only the old export has them; not compared
	ColumnsNew  []string      `json:"columns_new,omitempty"`  // only the new export has them; not compared
	Counts      map[Event]int `json:"counts"`
	Records     []Difference  `json:"records"`
	Same        int           `json:"same"` // records in which nothing differs
}

// Exports compares an older export with a newer one: first the records of the
// old in its order, then the new ones in theirs. A vanished or new record comes
// with all its fields that are not empty. Columns must be named the same.
func Exports(before, after *Table) *Differences {
	d := &Differences{Counts: map[Event]int{}, Records: []Difference{}}
	both := d.columns(before, after)
	now := map[string]*Row{}
	for i := range after.Rows {
		now[after.Rows[i].ID] = &after.Rows[i]
	}
	was := map[string]bool{}
	for i := range before.Rows {
		old := &before.Rows[i]
		was[old.ID] = true
		if next := now[old.ID]; next == nil {
			d.add(Vanished, old.ID, fieldChanges(before.Columns, old.Fields, nil))
		} else {
			d.compare(old, next, both)
		}
	}
	for i := range after.Rows {
		if next := &after.Rows[i]; !was[next.ID] {
			d.add(New, next.ID, fieldChanges(after.Columns, nil, next.Fields))
		}
	}
	return d
}

func (d *Differences) columns(before, after *Table) (both []string) {
	for _, c := range before.Columns {
		if slices.Contains(after.Columns, c) {
			both = append(both, c)
		} else {
			d.ColumnsGone = append(d.ColumnsGone, c)
		}
	}
	for _, c := range after.Columns {
		if !slices.Contains(before.Columns, c) {
			d.ColumnsNew = append(d.ColumnsNew, c)
		}
	}
	return both
}

func (d *Differences) compare(old, next *Row, columns []string) {
	changes := fieldChanges(columns, old.Fields, next.Fields)
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	switch {
	case next.Withdrawn && !old.Withdrawn:
		d.add(Withdrawn, old.ID, changes)
	case blank(next.Text) && !blank(old.Text):
		d.add(Blanked, old.ID, changes)
	case len(changes) > 0:
		d.add(Changed, old.ID, changes)
	default:
		d.Same++
	}
}

func (d *Differences) add(e Event, id string, changes []FieldChange) {
	d.Counts[e]++
	d.Records = append(d.Records, Difference{Event: e, ID: id, Fields: changes})
}

func fieldChanges(columns []string, before, after map[string]string) (out []FieldChange) {
	for _, c := range columns {
		if before[c] != after[c] {
			out = append(out, FieldChange{Column: c, Before: before[c], After: after[c]})
		}
	}
	return out
}

// Events are the events that happened, in a fixed order.
func (d *Differences) Events() []Event {
	order := []Event{Vanished, Withdrawn, Blanked, Changed, New}
	return slices.SortedFunc(maps.Keys(d.Counts), func(a, b Event) int { return slices.Index(order, a) - slices.Index(order, b) })
}
