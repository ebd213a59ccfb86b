package ocds

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"publica"
)

// A ListRule says what merging does with a list whose items have no id, or
// one id twice in a release, instead of what the standard's routine does.
type ListRule string

const (
	Append     ListRule = "append"      // keep every item
	ByPosition ListRule = "by-position" // merge items that stand at the same place
)

// A Merge follows the standard's merge routine
// (https://standard.open-contracting.org/1.1/en/schema/merging/): later
// releases replace values; null removes; lists of objects with an id are
// merged by it, all others replaced.
type Merge struct {
	Profile *Profile
	Lists   map[string]ListRule // by path without positions, as "tender/items"
}

// Compiled returns the compiled release: how a process stands after its
// releases. It fails with a [publica.Error] if they are of more than one
// process, or lack a date.
func (m Merge) Compiled(releases []*Node) (*Node, error) {
	sorted, err := sortReleases(releases)
	if err != nil {
		return nil, err
	}
	out, last := Object(), sorted[len(sorted)-1]
	for _, r := range sorted {
		c := compiler{Merge: m}
		c.object(out, r, rulesOf(m.Profile.schema), "")
	}
	ocid := last.Get("ocid").Str()
	date := last.Get("date").Str()
	head := Object("ocid", ocid, "id", ocid+"-"+date, "date", date, "tag", []string{"compiled"})
	return headed(head, out), nil
}

// Versioned returns the versioned release: for every value which release set
// it to what.
func (m Merge) Versioned(releases []*Node) (*Node, error) {
	sorted, err := sortReleases(releases)
	if err != nil {
		return nil, err
	}
	out := Object()
	for _, r := range sorted {
		stamp := Object("releaseID", r.Get("id"), "releaseDate", r.Get("date"), "releaseTag", r.Get("tag"))
		c := compiler{Merge: m, stamp: stamp}
		c.object(out, r, rulesOf(m.Profile.schema), "")
	}
	return headed(Object("ocid", sorted[0].Get("ocid")), out), nil
}

// headed puts what identifies a merged release before the rest of it.
func headed(head, rest *Node) *Node {
	for _, m := range rest.Members {
		if head.Get(m.Name) == nil {
			head.Set(m.Name, m.Value)
		}
	}
	return head
}

// sortReleases orders the releases of one process by date.
func sortReleases(releases []*Node) ([]*Node, error) {
	if len(releases) == 0 {
		return nil, publica.Problem(publica.Invalid, "releases", "there are none to merge")
	}
	dates := map[*Node]time.Time{}
	for i, r := range releases {
		field := fmt.Sprintf("releases/%d/", i)
		if a, b := r.Get("ocid").Str(), releases[0].Get("ocid").Str(); a != b || a == "" {
			return nil, publica.Problem(publica.Invalid, field+"ocid", fmt.Sprintf("is %q, of another process than %q", a, b)).WithHint("merge the releases of one process at a time")
		}
		t, err := time.Parse(time.RFC3339, r.Get("date").Str())
		if err != nil {
			return nil, publica.Problem(publica.Invalid, field+"date", fmt.Sprintf("%q is no date and time", r.Get("date").Str())).WithHint("releases are merged in the order of their dates: for example 2026-11-29T14:00:00Z")
		}
		dates[r] = t
	}
	sorted := slices.Clone(releases)
	slices.SortStableFunc(sorted, func(a, b *Node) int { return dates[a].Compare(dates[b]) })
	return sorted, nil
}

// A compiler merges one release into what there is. With a stamp it writes
// versions instead of values.
type compiler struct {
	Merge
	stamp *Node
}

// reserved are the fields that say which release this is.
var reserved = []string{"ocid", "id", "date", "tag"}

func (c compiler) object(out, in *Node, r rule, path string) {
	for _, m := range in.Members {
		field := r.of(m.Name)
		if path == "" && slices.Contains(reserved, m.Name) || field.omitted() {
			continue
		}
		c.member(out, m, field, strings.TrimPrefix(path+"/"+m.Name, "/"))
	}
}

func (c compiler) member(out *Node, m Member, r rule, path string) {
	old := out.Get(m.Name)
	switch {
	case m.Value.is(null):
		c.remove(out, m.Name, old)
	case m.Value.is(object) && c.entered(m.Value, r):
		if !old.is(object) {
			old = Object()
		}
		c.object(old, m.Value, r, path)
		// An object of nulls leaves an empty one behind, an empty object none.
		if len(old.Members) > 0 || len(m.Value.Members) > 0 {
			out.Set(m.Name, old)
		}
	case m.Value.is(array) && !r.whole(m.Value):
		list := c.list(old, m.Value, r, path)
		if len(list.Items) > 0 {
			out.Set(m.Name, list)
		}
	default:
		c.put(out, m.Name, old, m.Value)
	}
}

// entered reports whether an object is merged member by member. One that the
// schema does not describe further is versioned as a whole only if the schema
// knows it, as parties/details.
func (c compiler) entered(n *Node, r rule) bool {
	return c.stamp == nil || r.schema == nil || r.schema.Get("properties") != nil || r.schema.Get("type") == nil
}

// put sets a value, or adds a version of it if it is not the last one.
func (c compiler) put(out *Node, name string, old, value *Node) {
	if c.stamp == nil {
		out.Set(name, value.Clone())
		return
	}
	if !old.is(array) {
		old = List()
	}
	if len(old.Items) == 0 || !Equal(old.Items[len(old.Items)-1].Get("value"), value) {
		v := c.stamp.Clone()
		v.Set("value", value.Clone())
		old.Items = append(old.Items, v)
	}
	out.Set(name, old)
}

// remove takes a value away. Among versions null is one: of a value, or of
// every value within what was removed.
func (c compiler) remove(out *Node, name string, old *Node) {
	switch {
	case c.stamp == nil:
		out.Delete(name)
	case old.is(object):
		for _, m := range slices.Clone(old.Members) {
			c.remove(old, m.Name, m.Value)
		}
	case old.is(array) && !versions(old):
		for _, item := range old.Items {
			for _, m := range slices.Clone(item.Members) {
				if m.Name != "id" {
					c.remove(item, m.Name, m.Value)
				}
			}
		}
	case old.is(array) || old == nil:
		c.put(out, name, old, Value(nil))
	}
}

// versions reports whether a list holds versions, not objects of the process.
func versions(list *Node) bool {
	return slices.ContainsFunc(list.Items, func(n *Node) bool { return n.Get("releaseDate") != nil && n.Get("value") != nil })
}

// list merges objects into a list by their id.
func (c compiler) list(old, in *Node, r rule, path string) *Node {
	if !old.is(array) || c.stamp != nil && versions(old) {
		old = List()
	}
	how := c.Lists[path]
	find := finder(old, len(in.Items))
	for i, item := range in.Items {
		var place *Node
		switch {
		case how == ByPosition && i < len(old.Items):
			place = old.Items[i]
		case how == "" && item.Get("id").ID() != "":
			place = find(item)
		}
		if place == nil {
			place = Object()
			old.Items = append(old.Items, place)
		}
		if id := item.Get("id"); id != nil && !id.is(null) {
			place.Set("id", id.Clone())
		}
		c.element(place, item, r.item(), path)
	}
	return old
}

// element merges an object of a list, whose id is no value that changes.
func (c compiler) element(place, item *Node, r rule, path string) {
	for _, m := range item.Members {
		if m.Name == "id" {
			continue
		}
		if field := r.of(m.Name); !field.omitted() {
			c.member(place, m, field, path+"/"+m.Name)
		}
	}
}

// finder returns how to find the item of a list that has another's id. Long
// lists are indexed: looking through them would take the square of their length.
func finder(list *Node, searches int) func(*Node) *Node {
	if searches*(searches+len(list.Items)) < 1<<12 {
		return func(item *Node) *Node { return withID(list, item.Get("id")) }
	}
	index, indexed := map[string]*Node{}, 0
	return func(item *Node) *Node {
		for ; indexed < len(list.Items); indexed++ {
			if key := idKey(list.Items[indexed].Get("id")); index[key] == nil {
				index[key] = list.Items[indexed]
			}
		}
		return index[idKey(item.Get("id"))]
	}
}

// idKey tells ids apart: the number 1 is not the text "1".
func idKey(id *Node) string {
	if id.is(number) {
		return "0" + plain(id.Text)
	}
	return "t" + id.ID()
}

// withID finds the item that has an id, of the same type and value.
func withID(list, id *Node) *Node {
	for _, item := range list.Items {
		if other := item.Get("id"); other != nil && Equal(other, id) {
			return item
		}
	}
	return nil
}

// ByProcess groups releases by their ocid, in the order of first appearance.
func ByProcess(releases []*Node) (groups [][]*Node) {
	at := map[string]int{}
	for _, r := range releases {
		ocid := r.Get("ocid").Str()
		i, ok := at[ocid]
		if !ok {
			i = len(groups)
			at[ocid] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// compareDates orders releases as [Merge] does; what has no date comes first.
func compareDates(a, b *Node) int {
	s, t := moment(a.Get("date")), moment(b.Get("date"))
	return cmp.Or(s.Compare(t), strings.Compare(a.Get("id").ID(), b.Get("id").ID()))
}

// moment reads a date and time, the zero time if it is none.
func moment(n *Node) time.Time {
	t, err := time.Parse(time.RFC3339, n.Str())
	if err != nil {
		return time.Time{}
	}
	return t
}
