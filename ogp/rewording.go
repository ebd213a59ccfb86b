package ogp

import (
	"slices"
	"strings"

	"publica"
)

// terms is what is promised, as amended so far.
type terms struct {
	agency           publica.BodyID
	parts            []string // of text, that say something
	unit             string
	baseline, target *Point
	milestones       []milestone
	values           []string
}

func adopted(s Step) terms {
	var t terms
	t.amend(s)
	return t
}

// amend replaces what a record names, and leaves the rest.
func (t *terms) amend(s Step) {
	if !s.said.Agency.IsZero() {
		t.agency = s.said.Agency
	}
	if s.said.Indicator != nil {
		t.unit = s.said.Indicator.Unit
	}
	if s.said.Baseline != nil {
		t.baseline = s.said.Baseline
	}
	if s.said.Target != nil {
		t.target = s.said.Target
	}
	if len(s.said.Values) > 0 {
		t.values = s.said.Values
	}
	t.milestones = slices.DeleteFunc(slices.Clone(t.milestones), func(m milestone) bool { return slices.Contains(s.said.Dropped, m.ID) })
	for _, m := range s.said.Milestones {
		if i := t.milestone(m.ID); i >= 0 {
			t.milestones[i] = m
		} else {
			t.milestones = append(t.milestones, m)
		}
	}
	t.parts = slices.Concat(t.parts, s.Parts)
}

func (t *terms) milestone(id string) int {
	return slices.IndexFunc(t.milestones, func(m milestone) bool { return m.ID == id })
}

// Terms returns what was promised at a time, as amended up to then; ok is false
// before the adoption. Of what is imported the agency may stand in words, as its
// source has it.
func (p *Promise) Terms(at publica.Time) (out Terms, ok bool) {
	if p.Adopted.When > at {
		return Terms{}, false
	}
	t := p.account(at).terms
	says := func(part string) bool { return slices.Contains(t.parts, part) }
	out = Terms{
		Agency:  !t.agency.IsZero() || p.Adopted.imported() && says("author"),
		Contact: says("contact"), Problem: says("problem"), Action: says("action"),
		Indicator: says("indicator"), Unit: t.unit != "", Baseline: t.baseline, Target: t.target, Values: len(t.values),
	}
	for _, m := range t.milestones {
		out.Milestones = append(out.Milestones, Deliverable{ID: m.ID, Due: m.Due, Deliverable: says(m.Part)})
	}
	return out, true
}

// Rewordings returns the amendments of the promise, in order.
func (p *Promise) Rewordings() (out []Rewording) {
	t := adopted(p.Adopted)
	for _, s := range p.Steps {
		if s.Kind != "commitment/amend" {
			continue
		}
		out = append(out, Rewording{Step: s, Fields: s.names(), Reason: s.has("reason"), Weakens: t.weakened(s)})
		t.amend(s)
	}
	return out
}

// names returns what an amendment replaces: content parts in its order, then
// fields of the body.
func (s Step) names() (fields []string) {
	for _, p := range s.Parts {
		if p != "reason" && !strings.HasPrefix(p, "attachment-") {
			fields = append(fields, p)
		}
	}
	for _, f := range []struct {
		name  string
		named bool
	}{
		{"agency", !s.said.Agency.IsZero()},
		{"baseline", s.said.Baseline != nil},
		{"dropped", len(s.said.Dropped) > 0},
		{"follows", len(s.said.Follows) > 0},
		{"unit", s.said.Indicator != nil},
		{"milestones", len(s.said.Milestones) > 0},
		{"supporting", len(s.said.Supporting) > 0},
		{"target", s.said.Target != nil},
		{"values", len(s.said.Values) > 0},
	} {
		if f.named {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// weakened reports whether an amendment promises less than the terms do:
// a target that is nearer to the baseline or later, a milestone that is dropped
// or later. Values of another unit are not compared.
func (t *terms) weakened(s Step) bool {
	for _, id := range s.said.Dropped {
		if t.milestone(id) >= 0 {
			return true
		}
	}
	for _, m := range s.said.Milestones {
		if i := t.milestone(m.ID); i >= 0 && m.Due > t.milestones[i].Due {
			return true
		}
	}
	if s.said.Target == nil || t.target == nil {
		return false
	}
	if s.said.Target.At > t.target.At {
		return true
	}
	return s.said.Indicator == nil && t.missing(s.said.Target.Value) > 0
}
