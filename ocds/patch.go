package ocds

// Patch applies a JSON Merge Patch (RFC 7396) to a value and returns the
// result, which shares nothing with either: null removes a member, an object
// is merged into, everything else replaces.
func Patch(target, patch *Node) *Node {
	if !patch.is(object) {
		return patch.Clone()
	}
	out := Object()
	if target.is(object) {
		out = target.Clone()
	}
	for _, m := range patch.Members {
		if m.Value.is(null) {
			out.Delete(m.Name)
			continue
		}
		out.Set(m.Name, Patch(out.Get(m.Name), m.Value))
	}
	return out
}
