package ogp

import (
	"strconv"

	"publica"
)

// noProgress is the third trigger. A plan is over on the last day for which
// something is promised in it, or where nothing is, two years after its first
// commitment; half of that is its mid-term. A final review that finds nothing
// outweighs what the government said before it.
func noProgress(h *history) Finding {
	const id, missing = "no-progress", "commitment/update or commitment/milestone-done"
	if len(h.promises) == 0 {
		return finding(id, Unknown, "No commitment is on record: nobody can tell how the plan is carried out.").lacks("commitment/adopt")
	}
	var used, adopted []Record
	for _, p := range h.promises {
		adopted = append(adopted, p.Adopted.Record)
		if r := p.progress(h.At); r != nil {
			used = append(used, *r)
		}
	}
	all := number(len(h.promises), "commitment", "commitments")
	if len(used) > 0 {
		return finding(id, Clear, "Progress is on record for "+strconv.Itoa(len(used))+" of "+all+".").from(used...)
	}
	half, judged := midTerm(h.promises, h.At)
	switch {
	case judged != nil:
		return finding(id, Triggered, "The term of the plan was judged at "+judged.Time.String()+", and no progress is on record for any of "+all+".").
			from(append(adopted, *judged)...).lacks(missing)
	case h.At >= half:
		return finding(id, Triggered, "The mid-term of the plan was at "+half.String()+", and no progress is on record for any of "+all+".").from(adopted...).lacks(missing)
	}
	return finding(id, Pending, "No progress is on record for any of "+all+"; the mid-term of the plan is at "+half.String()+".").from(adopted...).lacks(missing)
}

// progress returns the record that shows progress last, nil if none does.
func (p *Promise) progress(at publica.Time) (shown *Record) {
	t := adopted(p.Adopted)
	for _, s := range p.until(at) {
		switch s.Kind {
		case "commitment/amend":
			t.amend(s)
		case "commitment/milestone-done":
			shown = &s.Record
		case "commitment/update":
			if s.said.Claim == "in-progress" || s.said.Claim == "complete" || t.advances(s.said.Value) {
				shown = &s.Record
			}
		case "commitment/review":
			switch completion := s.said.Coding.Completion; {
			case s.said.Draft.IsZero(): // a draft
			case completion == "no-evidence" || completion == "not-started":
				shown = nil
			default:
				shown = &s.Record
			}
		}
	}
	return shown
}

// advances reports whether a value is nearer to the target than the baseline.
func (t *terms) advances(value *int64) bool {
	return value != nil && t.baseline != nil && t.target != nil && t.missing(*value) < t.missing(t.baseline.Value)
}

// midTerm returns when half of the plan is over, and the first record that
// judges a phase of it.
func midTerm(promises []*Promise, at publica.Time) (half publica.Time, judged *Record) {
	start := promises[0].Adopted.When
	end := publica.Time(0)
	for _, p := range promises {
		start = min(start, p.Adopted.When)
		a := p.account(at)
		for _, m := range a.milestones {
			end = max(end, m.Due)
		}
		if a.target != nil {
			end = max(end, a.target.At)
		}
		for _, s := range p.Steps {
			final := s.Kind == "commitment/self-assess" || s.Kind == "commitment/review" && !s.said.Draft.IsZero()
			if final && (judged == nil || s.Time < judged.Time) {
				judged = &s.Record
			}
		}
	}
	if end <= start {
		end = start.Add(2 * year)
	}
	return start + (end-start)/2, judged
}
