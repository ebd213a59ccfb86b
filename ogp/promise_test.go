package ogp

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"publica"
)

// A promise is told as a docket is, in days; $C in a body stands for the id of
// the first commitment.
func (s *story) promise(d int, kind publica.Kind, body string, parts ...string) publica.EntryID {
	s.tell(d, kind, strings.ReplaceAll(body, "$C", publica.EntryID{1}.String()))
	r := &s.Records[len(s.Records)-1]
	r.Parts = parts
	return r.ID
}

func (s *story) promises() []*Promise {
	s.t.Helper()
	all, err := Promises(s.Records)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *story) stood(d int) Standing {
	s.t.Helper()
	st, ok := s.promises()[0].At(at(d))
	if !ok {
		s.t.Fatalf("on day %d there is no promise yet", d)
	}
	return st
}

const (
	// From 10 to 110 until day 300, and two milestones.
	measured = `{"name":"A.1","agency":"` + agencyHex + `","indicator":{"unit":"datasets"},"baseline":{"at":"$-10","value":10},"target":{"at":"$300","value":110},` +
		`"milestones":[{"due":"$100","id":"list","part":"deliverable-1"},{"due":"$200","id":"site","part":"deliverable-2"}],"values":["access-to-information"]}`
	agencyHex = "0700000000000000000000000000000000000000000000000000000000000000"
	vague     = `{"name":"B.1"}`
)

func update(claim, more string) string {
	return `{"commitment":"$C","claim":"` + claim + `"` + more + `}`
}

func done(id string) string { return `{"commitment":"$C","milestone":"` + id + `"}` }

// Every state, and which outweighs which.
func TestStates(t *testing.T) {
	type act struct {
		day   int
		kind  publica.Kind
		body  string
		parts []string
	}
	reported := func(d int, claim, more string) act { return act{d, "commitment/update", update(claim, more), nil} }
	achieved := func(d int, id string) act { return act{d, "commitment/milestone-done", done(id), []string{"evidence"}} }
	closed := func(d int, how string) act {
		return act{d, "commitment/close", `{"commitment":"$C","how":"` + how + `"}`, []string{"reason"}}
	}
	whole := []act{achieved(90, "list"), achieved(190, "site"), reported(250, "complete", `,"value":110`)}
	for _, c := range []struct {
		name  string
		terms string
		acts  []act
		day   int
		want  string // marks, weightiest first
	}{
		{"young", measured, nil, 1, "on-time"},
		{"a milestone nears", measured, nil, 40, "due-soon"},
		{"and is not yet near", measured, nil, 39, "on-time"},
		{"a milestone on its day", measured, nil, 100, "due-soon"},
		{"a milestone passed", measured, nil, 101, "overdue"},
		{"done in time, the next is far", measured, []act{achieved(90, "list")}, 101, "on-time"},
		{"done late", measured, []act{achieved(120, "list")}, 121, "on-time"},
		{"a target passed", measured, append(slices.Clone(whole[:2]), reported(250, "in-progress", `,"value":109`)), 301, "overdue"},
		{"kept", measured, whole, 250, "kept"},
		{"kept, and silent for years", measured, whole, 2000, "kept"},
		{"kept, then closed", measured, append(slices.Clone(whole), closed(400, "ended")), 401, "kept"},
		{"target reached, a milestone missing", measured, append(slices.Clone(whole[:1]), whole[2]), 199, "due-soon"},
		{"more than the target", measured, append(slices.Clone(whole[:2]), reported(250, "in-progress", `,"value":500`)), 251, "kept"},
		{"silent for 183 days", measured, []act{reported(1, "not-started", "")}, 184, "overdue due-soon"},
		{"and longer", measured, []act{reported(1, "not-started", "")}, 185, "overdue stalled due-soon"},
		{"a self-assessment breaks the silence", measured, []act{{150, "commitment/self-assess", `{"commitment":"$C","phase":"mid-term"}`, nil}}, 190, "overdue due-soon"},
		{"so do words alone", measured, []act{{150, "commitment/update", update("unstated", ""), []string{"text"}}}, 190, "overdue due-soon"},
		{"a source that only changed does not", measured, []act{reported(150, "unstated", "")}, 190, "overdue stalled due-soon"},
		{"who says complete has nothing to add", measured, []act{reported(1, "complete", "")}, 190, "overdue due-soon"},
		{"complete and back", measured, []act{reported(1, "complete", ""), reported(2, "in-progress", "")}, 3, "regressed"},
		{"made good", measured, []act{reported(1, "complete", ""), reported(2, "in-progress", ""), reported(3, "complete", "")}, 4, "on-time"},
		{"a value that falls", measured, []act{reported(1, "in-progress", `,"value":50`), reported(2, "in-progress", `,"value":40`), reported(3, "in-progress", `,"value":45`)}, 4, "regressed"},
		{"and rises", measured, []act{reported(1, "in-progress", `,"value":50`), reported(2, "in-progress", `,"value":40`), reported(3, "in-progress", `,"value":50`)}, 4, "on-time"},
		{"an older state told later is no step back", measured, []act{reported(20, "complete", `,"value":50,"at":"$19"`), reported(21, "in-progress", `,"value":20,"at":"$3"`)}, 22, "on-time"},
		{"back and overdue", measured, []act{reported(1, "complete", ""), reported(2, "in-progress", "")}, 101, "overdue regressed"},
		{"closed with something missing", measured, []act{achieved(90, "list"), closed(150, "ended")}, 200, "not-kept"},
		{"closed and overdue", measured, []act{closed(150, "carried-over")}, 151, "not-kept overdue"},
		{"withdrawn", measured, []act{closed(50, "withdrawn")}, 51, "gone"},
		{"no longer shown", vague, []act{reported(1, "complete", ""), reported(2, "removed", "")}, 300, "gone unmeasured"},
		{"shown again", vague, []act{reported(1, "in-progress", ""), reported(2, "removed", ""), reported(3, "unstated", "")}, 4, "unmeasured"},
		{"nobody can tell", vague, nil, 1, "unmeasured"},
		{"nobody can tell, and nobody says", vague, nil, 184, "stalled unmeasured"},
		{"said to be complete", vague, []act{reported(1, "complete", "")}, 400, "unverifiable unmeasured"},
		{"with evidence", vague, []act{{1, "commitment/update", update("complete", ""), []string{"text", "evidence"}}}, 400, "unmeasured"},
		{"all milestones, no target", `{"name":"C","milestones":[{"due":"$100","id":"list","part":"d"}]}`, whole[:1], 400, "kept"},
		{"a target without a baseline", `{"name":"D","target":{"at":"$100","value":5}}`, []act{reported(1, "in-progress", `,"value":6`)}, 101, "kept"},
		{"of which more is better", `{"name":"D","target":{"at":"$100","value":5}}`, []act{reported(1, "in-progress", `,"value":4`)}, 101, "overdue"},
		{"a milestone without a day", `{"name":"F","milestones":[{"id":"list"}]}`, nil, 150, "unmeasured"},
		{"that is there", `{"name":"F","milestones":[{"id":"list"}]}`, whole[:1], 150, "kept"},
		{"downwards", `{"name":"E","baseline":{"at":"$0","value":90},"target":{"at":"$100","value":30}}`, []act{reported(1, "in-progress", `,"value":20`)}, 101, "kept"},
		{"downwards, and up again", `{"name":"E","baseline":{"at":"$0","value":90},"target":{"at":"$100","value":30}}`, []act{reported(1, "in-progress", `,"value":50`), reported(2, "in-progress", `,"value":60`)}, 3, "regressed"},
		{"another unit forgets the values", measured, []act{reported(1, "in-progress", `,"value":110`),
			{2, "commitment/amend", `{"commitment":"$C","indicator":{"unit":"%"},"target":{"at":"$300","value":50}}`, nil}}, 3, "on-time"},
		{"all that was due is dropped", measured, []act{{2, "commitment/amend", `{"commitment":"$C","dropped":["list"]}`, []string{"reason"}}}, 130, "on-time"},
	} {
		s := &story{t: t}
		s.promise(0, "commitment/adopt", c.terms, "title")
		for _, a := range c.acts {
			s.promise(a.day, a.kind, a.body, a.parts...)
		}
		st := s.stood(c.day)
		var marks []string
		for _, m := range st.Marks {
			marks = append(marks, string(m))
		}
		if got := strings.Join(marks, " "); got != c.want || st.State != st.Marks[0] {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
}

// What a board shows beside the state.
func TestStanding(t *testing.T) {
	s := &story{t: t}
	s.promise(0, "commitment/adopt", measured, "title")
	s.promise(20, "commitment/update", update("in-progress", `,"value":35,"at":"$15"`), "text")
	s.promise(95, "commitment/milestone-done", done("list"), "evidence")
	s.promise(110, "commitment/amend", `{"commitment":"$C"}`, "action")
	s.promise(111, "commitment/amend", `{"commitment":"$C","target":{"at":"$310","value":110}}`, "reason")
	back := s.promise(120, "commitment/update", update("not-started", `,"value":0`), "text")
	st := s.stood(130)
	if st.Claim != "not-started" || *st.Value != 0 || *st.Permille != -100 || st.Done != 1 || st.Milestones != 2 || st.Next != at(200) ||
		st.Updated != at(120) || st.Amendments != 2 || st.Unexplained != 1 || !slices.Equal(st.Back, []publica.EntryID{back}) || st.Overdue != nil {
		t.Errorf("%+v", st)
	}
	if st = s.stood(320); !slices.Equal(st.Overdue, []string{"site", "target"}) || st.Next != 0 {
		t.Errorf("%+v", st)
	}
	if st = s.stood(30); *st.Permille != 250 || st.Amendments != 0 || st.At != at(30) {
		t.Errorf("as it stood earlier: %+v", st)
	}
	if _, ok := s.promises()[0].At(at(-1)); ok {
		t.Error("it stood before it was adopted")
	}
}

// An update that goes back is named once; what only restates it is not.
func TestBack(t *testing.T) {
	s := &story{t: t}
	s.promise(0, "commitment/adopt", vague)
	s.promise(1, "commitment/update", update("complete", ""))
	back := s.promise(2, "commitment/update", update("in-progress", ""))
	s.promise(3, "commitment/update", update("in-progress", ""))
	further := s.promise(4, "commitment/update", update("not-started", ""))
	if st := s.stood(5); !slices.Equal(st.Back, []publica.EntryID{back, further}) {
		t.Errorf("%v", st.Back)
	}
}

// What is imported counts as of the time that its source claims.
func TestClaimedTimes(t *testing.T) {
	s := &story{t: t}
	s.promise(1000, "commitment/adopt", `{"name":"A","imported":{"source":"x","made":"$10"}}`)
	s.promise(1000, "commitment/update", update("complete", `,"at":"$30","imported":{"source":"x","made":"$30"}`))
	s.promise(1000, "commitment/update", update("in-progress", `,"at":"$20","imported":{"source":"x","made":"$20"}`))
	for d, claim := range map[int]string{10: "", 20: "in-progress", 30: "complete"} {
		if st := s.stood(d); st.Claim != claim || st.Back != nil {
			t.Errorf("day %d: %+v", d, st)
		}
	}
	if _, ok := s.promises()[0].At(at(9)); ok {
		t.Error("it stood before its source says")
	}
}

func TestPermille(t *testing.T) {
	for _, c := range []struct{ from, to, value, want int64 }{
		{0, 3, 1, 333}, {0, 3, 2, 666}, {0, -3, -1, 333}, {10, 0, 12, -200}, {0, 10, 15, 1500},
		{math.MinInt64, math.MaxInt64, math.MaxInt64, 1000}, {math.MinInt64, math.MaxInt64, 0, 500}, {0, 1, math.MaxInt64, math.MaxInt64},
		{0, 1, math.MinInt64, -math.MaxInt64}, {-1, 0, math.MaxInt64 / 1000, math.MaxInt64},
	} {
		tt := terms{baseline: &Point{Value: c.from}, target: &Point{Value: c.to}}
		if got := tt.permille(c.value); got == nil || *got != c.want {
			t.Errorf("%d of %d to %d: %v", c.value, c.from, c.to, *got)
		}
	}
	flat := terms{baseline: &Point{Value: 4}, target: &Point{Value: 4}}
	if flat.permille(4) != nil || flat.missing(4) != 0 || flat.missing(3) != 1 {
		t.Error("there is no way from 4 to 4")
	}
}

func TestRewordings(t *testing.T) {
	s := &story{t: t}
	s.promise(0, "commitment/adopt", measured, "title", "problem", "action", "indicator", "contact", "deliverable-1", "deliverable-2")
	for i, c := range []struct {
		more    string
		parts   []string
		fields  string
		weakens bool
	}{
		{``, []string{"action", "title"}, "action title", false},
		{`,"target":{"at":"$300","value":120}`, []string{"reason"}, "target", false},
		{`,"target":{"at":"$300","value":119}`, []string{"reason"}, "target", true},
		{`,"target":{"at":"$301","value":119}`, []string{"attachment-1"}, "target", true},
		{`,"milestones":[{"due":"$90","id":"list","part":"deliverable-1"},{"due":"$250","id":"new","part":"deliverable-3"}]`, []string{"deliverable-3"}, "deliverable-3 milestones", false},
		{`,"milestones":[{"due":"$91","id":"list","part":"deliverable-1"}]`, nil, "milestones", true},
		{`,"dropped":["site"]`, nil, "dropped", true},
		{`,"dropped":["site"]`, nil, "dropped", false},
		{`,"indicator":{"unit":"%"},"target":{"at":"$301","value":1}`, nil, "unit target", false},
		{`,"agency":"` + agencyHex + `","baseline":{"at":"$0","value":0},"follows":["` + agencyHex + `"],"supporting":["` + agencyHex + `"],"values":["civic-participation"]`, nil, "agency baseline follows supporting values", false},
	} {
		s.promise(10+i, "commitment/amend", `{"commitment":"$C"`+c.more+`}`, c.parts...)
		all := s.promises()[0].Rewordings()
		got := all[len(all)-1]
		if len(all) != i+1 || strings.Join(got.Fields, " ") != c.fields || got.Weakens != c.weakens || got.Reason != slices.Contains(c.parts, "reason") || got.When != at(10+i) {
			t.Errorf("%s: %+v", c.more, got)
		}
	}
	terms, ok := s.promises()[0].Terms(at(100))
	if !ok || !terms.Agency || !terms.Contact || !terms.Problem || !terms.Action || !terms.Indicator || !terms.Unit || terms.Values != 1 ||
		terms.Baseline.Value != 0 || terms.Target.Value != 1 || fmt.Sprint(terms.Milestones) != fmt.Sprint([]Deliverable{{"list", at(91), true}, {"new", at(250), true}}) {
		t.Errorf("%+v", terms)
	}
	s.promise(10, "commitment/adopt", `{"name":"B","imported":{"source":"x"}}`, "author")
	if terms, ok := s.promises()[1].Terms(at(10)); !ok || !terms.Agency {
		t.Error("its source names who leads it")
	}
	if terms, _ = s.promises()[0].Terms(at(1)); len(terms.Milestones) != 2 || terms.Baseline.Value != 10 {
		t.Errorf("as it was adopted: %+v", terms)
	}
	if _, ok := s.promises()[0].Terms(at(-1)); ok {
		t.Error("it was promised before it was adopted")
	}
}

func TestPartsAndReplies(t *testing.T) {
	s := &story{t: t}
	whole := s.promise(0, "commitment/adopt", vague)
	s.promise(0, "commitment/adopt", `{"name":"B.1.1","parent":"`+whole.String()+`"}`)
	review := s.promise(1, "commitment/review", `{"commitment":"$C","phase":"mid-term"}`)
	s.promise(2, "commitment/reply", `{"review":"`+review.String()+`"}`)
	s.promise(2, "participation/comment", `{}`)
	all := s.promises()
	if len(all) != 2 || len(all[0].Parts) != 1 || all[0].Parts[0] != all[1] || all[1].Parent != whole || all[1].Name != "B.1.1" || len(all[0].Steps) != 2 {
		t.Errorf("%+v", all)
	}
	if _, err := Promises(s.Records[2:]); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("a review of nothing: %v", err)
	}
	s.promise(3, "commitment/update", `{"claim":7}`)
	if _, err := Promises(s.Records); publica.CodeOf(err) != publica.Malformed {
		t.Errorf("a claim that is none: %v", err)
	}
}

// The third trigger of acting contrary to process.
func TestNoProgress(t *testing.T) {
	review := func(draft, completion string) string {
		return `{"commitment":"$C","phase":"mid-term","draft":"` + draft + `","coding":{"completion":"` + completion + `"}}`
	}
	none, some := publica.EntryID{}.String(), publica.EntryID{9}.String()
	for _, c := range []struct {
		name  string
		terms string
		kind  publica.Kind
		body  string
		day   int
		want  string
	}{
		{"half of its time is not over", measured, "commitment/update", update("not-started", ""), 149, "pending"},
		{"half of its time is over", measured, "commitment/update", update("not-started", ""), 150, "triggered"},
		{"without dates it lasts two years", vague, "commitment/update", update("removed", ""), 364, "pending"},
		{"of which one is over", vague, "commitment/update", update("unstated", ""), 365, "triggered"},
		{"the government claims some", vague, "commitment/update", update("in-progress", ""), 700, "clear"},
		{"a value nearer to the target", measured, "commitment/update", update("not-started", `,"value":11`), 200, "clear"},
		{"a value as it was", measured, "commitment/update", update("not-started", `,"value":10`), 200, "triggered"},
		{"a milestone", measured, "commitment/milestone-done", done("list"), 200, "clear"},
		{"a judgement that finds none", measured, "commitment/review", review(some, "not-started"), 21, "triggered"},
		{"a draft of it", measured, "commitment/review", review(none, "not-started"), 21, "pending"},
		{"a judgement that finds some", measured, "commitment/review", review(some, "limited"), 200, "clear"},
		{"the government's own, without any", measured, "commitment/self-assess", `{"commitment":"$C","phase":"mid-term"}`, 21, "triggered"},
	} {
		s := &story{t: t}
		s.promise(0, "commitment/adopt", c.terms)
		s.tell(0, "docket/open", charterJSON)
		s.promise(20, c.kind, c.body)
		f := s.judge(c.day)["no-progress"]
		if string(f.State) != c.want || len(f.Records) == 0 {
			t.Errorf("%s: %s, not %s: %s", c.name, f.State, c.want, f.Why)
		}
	}
	s := &story{t: t}
	s.promise(0, "commitment/adopt", measured)
	s.tell(0, "docket/open", charterJSON)
	s.promise(20, "commitment/update", update("complete", ""))
	s.promise(30, "commitment/review", review(some, "no-evidence"))
	s.wants(s.judge(40), "no-progress=triggered")
	s.promise(50, "commitment/milestone-done", done("list"))
	s.wants(s.judge(60), "no-progress=clear")
}

func TestCollectorNamesParts(t *testing.T) {
	e := &publica.Entry{Content: []publica.Part{{Name: "title", Size: 3}, {Name: "reason"}, {Name: "action", Size: 1}}}
	if got := PartsOf(e); !slices.Equal(got, []string{"title", "action"}) {
		t.Errorf("%v", got)
	}
}
