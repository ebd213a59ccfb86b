package tender

import (
	"slices"

	"publica/ocds"
)

// Lists that grow and whose items keep their ids. What is in the first is told once,
// and again as a whole if it changes. Items of the second are referred to from other
// parts of a release, which must find them: one that did not change is there by its id
// alone. All other lists stand in each release as they are.
var (
	toldOnce  = []string{"documents", "enquiries", "criteria", "records"}
	toldByIDs = []string{"details", "evaluations"}
)

// since is a release without what an earlier one said and nothing has changed since,
// so that the releases of a tender do not weigh as the square of its records. What is
// said no more becomes null, as the standard's merge routine wants: merged in their
// order, releases tell what the last one tells as a whole.
func since(now, told *ocds.Node) *ocds.Node {
	if told == nil {
		return now
	}
	switch now.Kind {
	case '{':
		out := ocds.Object()
		for _, m := range now.Members {
			value := m.Value
			if list := told.Get(m.Name); list != nil && merged(value) && merged(list) {
				value = sinceList(m.Name, value, list)
			} else {
				value = since(value, list)
			}
			if value != nil {
				out.Members = append(out.Members, ocds.Member{Name: m.Name, Value: value})
			}
		}
		for _, m := range told.Members {
			if now.Get(m.Name) == nil && !composed(m.Value) {
				out.Set(m.Name, ocds.Value(nil))
			}
		}
		return out
	default:
		return now
	}
}

// sinceList is since of a list that is merged by the ids of its items, nil if none is
// left.
func sinceList(name string, now, told *ocds.Node) *ocds.Node {
	before := map[string]*ocds.Node{}
	for _, item := range told.Items {
		before[item.Get("id").ID()] = item
	}
	out := ocds.List()
	for _, item := range now.Items {
		old := before[item.Get("id").ID()]
		same := old != nil && ocds.Equal(item, old)
		switch {
		case same && slices.Contains(toldOnce, name):
		case same && slices.Contains(toldByIDs, name):
			out.Items = append(out.Items, ocds.Object("id", item.Get("id")))
		default:
			out.Items = append(out.Items, since(item, old))
		}
	}
	if len(out.Items) == 0 {
		return nil
	}
	return out
}

// merged reports whether a value is a list of objects with ids.
func merged(n *ocds.Node) bool {
	return n.Kind == '[' && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *ocds.Node) bool { return item.Get("id").ID() == "" })
}

// composed reports whether a value has objects in it, which null does not remove as a
// schema allows it.
func composed(n *ocds.Node) bool {
	return n.Kind == '{' || n.Kind == '[' && slices.ContainsFunc(n.Items, func(item *ocds.Node) bool { return item.Kind == '{' })
}
