package ogp

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"publica"
)

const (
	silence = halfYear // after which a promise stalls
	soon    = 60 * day
)

// At returns how the promise stood at a time; ok is false before its adoption.
func (p *Promise) At(at publica.Time) (s Standing, ok bool) {
	if p.Adopted.When > at {
		return Standing{}, false
	}
	a := p.account(at)
	s = Standing{
		At: at, Claim: a.claim, Updated: a.reported, Back: a.back,
		Milestones: int64(len(a.milestones)), Amendments: a.amendments, Unexplained: a.unexplained,
	}
	for _, m := range a.milestones {
		switch {
		case slices.Contains(a.done, m.ID):
			s.Done++
		case m.Due == 0: // as imported: nobody knows for when it is promised
		case m.Due < at:
			s.Overdue = append(s.Overdue, m.ID)
		default:
			s.Next = earlier(s.Next, m.Due)
		}
	}
	s.Value = a.value
	if a.value != nil {
		s.Permille = a.permille(*a.value)
	}
	switch {
	case a.target == nil || a.reached():
	case a.target.At < at:
		s.Overdue = append(s.Overdue, "target")
	default:
		s.Next = earlier(s.Next, a.target.At)
	}
	s.Marks = a.marks(&s)
	s.State = s.Marks[0]
	return s, true
}

// marks returns what holds, weightiest first.
func (a *account) marks(s *Standing) (out []PromiseState) {
	dated := a.target != nil || slices.ContainsFunc(a.milestones, func(m milestone) bool { return m.Due != 0 })
	measured := dated || len(a.milestones) > 0
	kept := measured && s.Done == s.Milestones && (a.target == nil || a.reached())
	gone := a.removed || a.how == "withdrawn"
	over := kept || gone || a.how != ""
	for _, m := range []struct {
		state PromiseState
		holds bool
	}{
		{Kept, kept},
		{Gone, gone},
		{NotKept, a.how != "" && !gone && !kept},
		{Overdue, len(s.Overdue) > 0},
		{Regressed, a.behind},
		// Who says that all is done has nothing more to report; whether it is, others tell.
		{Stalled, !over && a.claim != "complete" && since(a.lastWord(), s.At) > silence},
		{DueSoon, !over && s.Next != 0 && since(s.At, s.Next) <= soon},
		{Unverifiable, a.claim == "complete" && !measured && !a.evidence},
		{Unmeasured, !dated && !kept},
	} {
		if m.holds {
			out = append(out, m.state)
		}
	}
	if len(out) == 0 {
		return []PromiseState{OnTime}
	}
	return out
}

// account is what the records of a promise say up to a time.
type account struct {
	terms
	adopted     publica.Time
	done        []string // milestones
	updates     []Step   // in the order of when they are true
	reported    publica.Time
	evidence    bool   // some is on record
	how         string // it was closed
	amendments  int64
	unexplained int64

	claim   string // the last that says how far it has come, or that it is removed
	removed bool   // by its source, which has not shown it again
	value   *int64 // the last
	behind  bool   // what was reported before
	back    []publica.EntryID
}

// until returns the steps that count at a time, in the order in which they do.
// What is imported may count before what was recorded earlier.
func (p *Promise) until(at publica.Time) []Step {
	steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.When > at })
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.When, b.When) })
	return steps
}

func (p *Promise) account(at publica.Time) *account {
	a := &account{terms: adopted(p.Adopted), adopted: p.Adopted.When}
	for _, s := range p.until(at) {
		a.take(s)
	}
	slices.SortStableFunc(a.updates, func(x, y Step) int { return cmp.Compare(x.As, y.As) })
	a.compareClaims()
	a.compareValues()
	return a
}

func (a *account) take(s Step) {
	switch s.Kind {
	case "commitment/update":
		a.updates = append(a.updates, s)
		a.evidence = a.evidence || s.has("evidence")
		if s.reports() {
			a.reported = s.When
		}
	case "commitment/milestone-done":
		a.done, a.evidence, a.reported = append(a.done, s.said.Milestone), true, s.When
	case "commitment/self-assess":
		a.reported = s.When
	case "commitment/amend":
		a.amendments++
		if !s.has("reason") {
			a.unexplained++
		}
		if s.said.Indicator != nil {
			a.forgetValues()
		}
		a.amend(s)
	case "commitment/close":
		a.how = s.said.How
	}
}

// forgetValues drops values of an indicator that is another now: nothing can be
// compared with them.
func (a *account) forgetValues() {
	for i := range a.updates {
		a.updates[i].said.Value = nil
	}
}

// reports says whether an update tells how far the promise has come, be it in words
// alone. An import's note on its source does not.
func (s Step) reports() bool { return rank(s.said.Claim) > 0 || s.said.Value != nil || s.has("text") }

func (s Step) has(part string) bool { return slices.Contains(s.Parts, part) }

// lastWord is when the government last reported, or promised.
func (a *account) lastWord() publica.Time { return max(a.reported, a.adopted) }

// rank orders claims; 0 says nothing of how far a promise has come.
func rank(claim string) int {
	return 1 + slices.Index([]string{"not-started", "in-progress", "complete"}, claim)
}

func (a *account) compareClaims() {
	last, best := 0, 0
	for _, u := range a.updates {
		a.removed = u.said.Claim == "removed"
		r := rank(u.said.Claim)
		if r == 0 {
			continue
		}
		if r < last {
			a.back = append(a.back, u.ID)
		}
		a.claim, last, best = u.said.Claim, r, max(best, r)
	}
	if a.removed {
		a.claim = "removed"
	}
	a.behind = last < best
}

func (a *account) compareValues() {
	var last, best uint64 = math.MaxUint64, math.MaxUint64
	for _, u := range a.updates {
		if u.said.Value == nil {
			continue
		}
		a.value = u.said.Value
		if a.target == nil {
			continue
		}
		d := a.missing(*a.value)
		if d > last && !slices.Contains(a.back, u.ID) {
			a.back = append(a.back, u.ID)
		}
		last, best = d, min(best, d)
	}
	a.behind = a.behind || last > best
}

func (a *account) reached() bool { return a.value != nil && a.missing(*a.value) == 0 }

// missing is how far a value is from the target, 0 where it is reached.
func (t *terms) missing(value int64) uint64 {
	if Reached(t.baseline, t.target, value) {
		return 0
	}
	return gap(value, t.target.Value)
}

// directed reports whether there is a way from the baseline to the target.
func (t *terms) directed() bool {
	return t.baseline != nil && t.target != nil && t.baseline.Value != t.target.Value
}

// gap is the distance of two values; it cannot overflow.
func gap(a, b int64) uint64 { return uint64(max(a, b)) - uint64(min(a, b)) }

// permille is how much of the way from the baseline to the target a value is,
// rounded towards the baseline; nil where there is no such way.
func (t *terms) permille(value int64) *int64 {
	if !t.directed() {
		return nil
	}
	from, to := t.baseline.Value, t.target.Value
	n := int64(math.MaxInt64)
	if high, low := bits.Mul64(gap(value, from), 1000); high < gap(to, from) {
		q, _ := bits.Div64(high, low, gap(to, from))
		n = int64(min(q, math.MaxInt64))
	}
	if (value < from) != (to < from) {
		n = -n
	}
	return &n
}

// earlier returns the earlier of two times, of which the first may be absent.
func earlier(a, b publica.Time) publica.Time {
	if a == 0 {
		return b
	}
	return min(a, b)
}
