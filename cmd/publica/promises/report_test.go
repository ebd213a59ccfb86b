package promises

import (
	"slices"
	"testing"
	"time"

	"publica"
	"publica/ogp"
)

var start = publica.TimeOf(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))

func on(day int) publica.Time { return start.Add(time.Duration(day) * 24 * time.Hour) }

// told is a docket of three commitments, of which R10 has no part and R2 has one.
func told() []Record {
	var out []Record
	tell := func(day int, kind publica.Kind, body string, texts map[string]string) {
		r := Record{Record: ogp.Record{ID: publica.EntryID{byte(len(out) + 1)}, Kind: kind, Body: []byte(body), Time: on(day)}, Texts: texts}
		for _, part := range []string{"title", "action", "author", "reason", "text"} {
			if _, ok := texts[part]; ok {
				r.Parts = append(r.Parts, part)
			}
		}
		out = append(out, r)
	}
	id := func(n byte) string { return publica.EntryID{n}.String() }
	tell(0, "commitment/adopt", `{"name":"R10"}`, map[string]string{"title": "Roads", "action": "We publish all roads."})
	tell(0, "commitment/adopt", `{"name":"R2"}`, map[string]string{"title": "Water"})
	tell(1, "commitment/adopt", `{"name":"R2.1","parent":"`+id(2)+`"}`, map[string]string{"title": "Wells", "author": "Water office"})
	tell(2, "participation/comment", `{"imported":7}`, nil)
	tell(3, "commitment/update", `{"commitment":"`+id(1)+`","claim":"complete"}`, map[string]string{"text": "Done."})
	tell(4, "commitment/update", `{"commitment":"`+id(1)+`","claim":"in-progress"}`, map[string]string{"text": "Not quite."})
	tell(5, "commitment/amend", `{"commitment":"`+id(1)+`"}`, map[string]string{"action": "We publish some roads.", "reason": "Money"})
	tell(6, "commitment/amend", `{"commitment":"`+id(3)+`","imported":{"label":"a line","url":"https://x.example"}}`, map[string]string{"author": "Health office"})
	tell(7, "commitment/amend", `{"commitment":"`+id(1)+`","target":{"at":"2027-01-01T00:00:00.000Z","value":5}}`, map[string]string{"action": ""})
	tell(8, "commitment/close", `{"commitment":"`+id(3)+`","how":"withdrawn"}`, map[string]string{"reason": "No money"})
	return out
}

func TestReport(t *testing.T) {
	b, err := Read(told())
	if err != nil {
		t.Fatal(err)
	}
	r := b.Report(b.Last(), true)
	c := r.Counts
	if c.Commitments != 2 || c.Promises != 2 || c.Gone != 1 || c.Reworded != 1 || c.Rewordings != 2 || c.Unexplained != 1 || c.Differ != 1 || c.Reassigned != 0 || c.Backwards != 1 {
		t.Errorf("%+v", c)
	}
	var names []string
	for _, p := range r.Promises {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"R2", "R2.1", "R10"}) || !r.Promises[0].Whole || r.Promises[1].Leads != "Health office" {
		t.Errorf("%+v", r.Promises)
	}
	if len(r.Reworded) != 3 || r.Reworded[0].From != "a line" || r.Reworded[0].OfWords() || !r.Reworded[0].Gone || r.Reworded[1].Unexplained || !r.Reworded[2].Unexplained {
		t.Fatalf("%+v", r.Reworded)
	}
	if got := r.Reworded[1].Texts[0].Redline; got != "We publish [-all-] {+some+} roads." {
		t.Error(got)
	}
	if w := r.Reworded[2]; !w.Texts[0].Missing || !w.Shows("action") || w.Shows("target") {
		t.Errorf("a text that is not at hand: %+v", w)
	}
	if len(r.Backwards) != 1 || r.Backwards[0].Before != "complete" || r.Backwards[0].After != "in-progress" || r.Backwards[0].Record != (publica.EntryID{6}) {
		t.Errorf("%+v", r.Backwards)
	}
	if events, places := b.Imported(); events != 1 || places != 1 {
		t.Errorf("%d events of %d places", events, places)
	}
}

// On an earlier day nothing of later days is known; without ids there are none.
func TestReportEarlier(t *testing.T) {
	b, err := Read(told())
	if err != nil {
		t.Fatal(err)
	}
	r := b.Report(on(0), false)
	if len(r.Promises) != 2 || r.Promises[0].Whole || r.Counts.Promises != 2 || len(r.Reworded) != 0 || !r.Promises[0].Record.IsZero() {
		t.Errorf("%+v", r)
	}
}

func TestCheckable(t *testing.T) {
	b, err := Read(told())
	if err != nil {
		t.Fatal(err)
	}
	c := b.Report(b.Last(), true).Checkable
	if c.Of != 2 || c.Pass != 0 || len(c.Commitments) != 2 || c.Commitments[1].Title != "Roads" {
		t.Errorf("%+v", c)
	}
	for field, want := range map[string]int{"content/action": 1, "body/target": 1, "body/baseline": 2} {
		i := slices.IndexFunc(c.Lacks, func(l Lacking) bool { return l.Field == field })
		if i < 0 || c.Lacks[i].Count != want {
			t.Errorf("%s: %+v", field, c.Lacks)
		}
	}
}

func TestNames(t *testing.T) {
	list := []string{"R10", "R2.1", "US0113", "R2", "US0113.10", "US0113.2", "7", "R2b"}
	slices.SortFunc(list, byNumbers)
	if want := []string{"7", "R2", "R2.1", "R2b", "R10", "US0113", "US0113.2", "US0113.10"}; !slices.Equal(list, want) {
		t.Error(list)
	}
}
