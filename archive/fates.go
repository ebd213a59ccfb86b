package archive

import (
	"cmp"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"iter"
	"slices"
	"strconv"
	"strings"

	"publica"
)

var contributionColumns = words("position id kind time state hidden erased group response outcome answered")

// fates follow what becomes of each contribution, and keep all of them in memory.
type fates struct {
	list      []fate // by position
	at        map[publica.EntryID]int
	groups    []group
	groupAt   map[publica.EntryID]int
	responses []response
	hidden    map[publica.EntryID][]string
	erased    map[publica.EntryID][]string
}

type fate struct {
	position int64
	id       publica.EntryID
	idea     bool
	time     publica.Time
	state    state
	group    int // 1 + its index, 0 none
	response int // 1 + its index, 0 none
}

type state byte

const (
	stands state = iota
	withdrawn
	disavowed
)

var stateNames = [...]string{"stands", "withdrawn", "disavowed"}

type group struct {
	id      publica.EntryID
	ended   bool
	members []int // indexes of fates
}

type response struct {
	id      publica.EntryID
	outcome string
	time    publica.Time
}

// about is what the records that change a fate say.
type about struct {
	Entry    jsontext.Value    `json:"entry"`
	Extends  publica.EntryID   `json:"extends"`
	Groups   []publica.EntryID `json:"groups"`
	Members  []publica.EntryID `json:"members"`
	Outcome  string            `json:"outcome"`
	Parts    []string          `json:"parts"`
	Ranges   [][2]int64        `json:"ranges"`
	Replaces publica.EntryID   `json:"replaces"`
	Targets  []publica.EntryID `json:"targets"`
}

// take follows a record that took effect.
func (f *fates) take(r *record) error {
	switch r.kind {
	case "participation/idea", "participation/comment":
		if f.at == nil {
			f.at, f.groupAt = map[publica.EntryID]int{}, map[publica.EntryID]int{}
			f.hidden, f.erased = map[publica.EntryID][]string{}, map[publica.EntryID][]string{}
		}
		f.at[r.id] = len(f.list)
		f.list = append(f.list, fate{position: r.position, id: r.id, idea: r.kind == "participation/idea", time: r.leaf.Time})
		return nil
	case "participation/withdraw", "participation/disavow", "participation/reinstate", "participation/group", "participation/response",
		"docket/hidden", "docket/shown", "docket/erased":
	default:
		return nil
	}
	var b about
	if err := json.Unmarshal(r.body, &b); err != nil {
		return publica.Problem(publica.Malformed, "record "+r.id.String(), "has a body that its kind does not allow: "+err.Error())
	}
	switch r.kind {
	case "participation/group":
		f.gather(r, &b)
	case "participation/response":
		f.answer(r, &b)
	default:
		return f.mark(r, &b)
	}
	return nil
}

// mark follows what is about one contribution.
func (f *fates) mark(r *record, b *about) error {
	id := publica.ID(b.Entry)
	if b.Entry.Kind() == '"' {
		if err := json.Unmarshal(b.Entry, &id); err != nil {
			return publica.Problem(publica.Malformed, "record "+r.id.String(), "names no entry")
		}
	}
	i, ok := f.at[id]
	if !ok {
		return nil // a record that is no contribution
	}
	switch r.kind {
	case "participation/withdraw":
		f.list[i].state = withdrawn
	case "participation/disavow":
		f.list[i].state = disavowed
	case "participation/reinstate":
		f.list[i].state = stands
	case "docket/hidden":
		f.hidden[id] = plus(f.hidden[id], b.Parts)
	case "docket/shown":
		f.hidden[id] = minus(f.hidden[id], b.Parts)
	case "docket/erased":
		f.hidden[id], f.erased[id] = minus(f.hidden[id], b.Parts), plus(f.erased[id], b.Parts)
	}
	return nil
}

func plus(all, more []string) []string { return append(minus(all, more), more...) }

func minus(all, less []string) (left []string) {
	for _, a := range all {
		if !slices.Contains(less, a) {
			left = append(left, a)
		}
	}
	return left
}

// gather follows a group; one that is replaced has no members any more.
func (f *fates) gather(r *record, b *about) {
	if f.groupAt == nil {
		return // no contribution yet: no group can have taken effect
	}
	if i, ok := f.groupAt[b.Replaces]; ok {
		f.groups[i].ended = true
		for _, m := range f.groups[i].members {
			f.list[m].group = 0
		}
	}
	i, ok := f.groupAt[b.Extends]
	if !ok {
		i = len(f.groups)
		f.groupAt[r.id] = i
		f.groups = append(f.groups, group{id: r.id})
	}
	for m := range f.named(b.Members, b.Ranges, r.position) {
		f.groups[i].members = append(f.groups[i].members, m)
		f.list[m].group = i + 1
	}
}

// answer follows a response: what was answered already stays so.
func (f *fates) answer(r *record, b *about) {
	f.responses = append(f.responses, response{id: r.id, outcome: b.Outcome, time: r.leaf.Time})
	n := len(f.responses)
	settle := func(m int) {
		if f.list[m].response == 0 {
			f.list[m].response = n
		}
	}
	for m := range f.named(b.Targets, b.Ranges, r.position) {
		settle(m)
	}
	for _, id := range b.Groups {
		if i, ok := f.groupAt[id]; ok && !f.groups[i].ended {
			for _, m := range f.groups[i].members {
				settle(m)
			}
		}
	}
}

// named yields the contributions before a position that ids and ranges of
// positions name.
func (f *fates) named(ids []publica.EntryID, ranges [][2]int64, before int64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, id := range ids {
			if i, ok := f.at[id]; ok && !yield(i) {
				return
			}
		}
		for _, span := range ranges {
			i, _ := slices.BinarySearchFunc(f.list, span[0], func(c fate, at int64) int { return cmp.Compare(c.position, at) })
			for ; i < len(f.list) && f.list[i].position <= min(span[1], before); i++ {
				if !yield(i) {
					return
				}
			}
		}
	}
}

func (f *fates) write(t *table) error {
	for i := range f.list {
		c := &f.list[i]
		kind := "participation/comment"
		if c.idea {
			kind = "participation/idea"
		}
		row := []string{strconv.FormatInt(c.position, 10), c.id.String(), kind, c.time.String(), stateNames[c.state],
			strings.Join(f.hidden[c.id], " "), strings.Join(f.erased[c.id], " "), "", "", "", ""}
		if c.group > 0 {
			row[7] = f.groups[c.group-1].id.String()
		}
		if c.response > 0 {
			r := f.responses[c.response-1]
			row[8], row[9], row[10] = r.id.String(), Cell(r.outcome), r.time.String()
		}
		if err := t.row(row...); err != nil {
			return err
		}
	}
	return nil
}
