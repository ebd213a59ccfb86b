package importer

import (
	"encoding/json/v2"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"publica"
	"publica/cmd/publica/compare"
)

func theTracker(t *testing.T) *Tracker {
	t.Helper()
	tr, err := ReadTracker(os.DirFS(dataFolder(t, "us-nap5")))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// shownLast is a promise as another file of the source has it at the end.
type shownLast struct {
	ID     string `json:"commitment_id"`
	Part   string `json:"commitment_detail_sub_id"`
	Title  string `json:"title"`
	Detail string `json:"commitment_detail_sub"`
	Agency string `json:"commitment_agency"`
	Status string `json:"commitment_status"`
}

func (s *shownLast) name() string {
	if s.Part != "" {
		return s.Part
	}
	return s.ID
}

func lastShown(t *testing.T, name string) (all []shownLast) {
	t.Helper()
	raw, err := os.ReadFile(dataFolder(t, "us-nap5") + "/" + name)
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every event becomes a record, in order, and what the records say in the end is
// what the source's own lists say.
func TestTrackerIsWhole(t *testing.T) {
	tr := theTracker(t)
	texts, claims, next := map[string]map[string]string{}, map[string]string{}, 0
	for _, r := range tr.Records() {
		if r.Event > next || r.Event < next-1 {
			t.Fatalf("record of event %d where %d is next", r.Event, next)
		}
		next = r.Event + 1
		switch {
		case r.Kind == adoptKind && texts[r.Promise] == nil:
			texts[r.Promise] = map[string]string{}
		case r.Kind == adoptKind || texts[r.Promise] == nil:
			t.Errorf("event %d: %s of %s", r.Event, r.Kind, r.Promise)
		}
		for _, p := range r.Parts {
			if r.Kind != updateKind {
				texts[r.Promise][p.Name] = p.Text
			}
			if p.Text == "" || p.Name == "reason" {
				t.Errorf("event %d says %q as its %s", r.Event, p.Text, p.Name)
			}
		}
		if r.Claim != "" && r.Claim != unstated {
			claims[r.Promise] = r.Claim
		}
	}
	if next != len(tr.Events) {
		t.Errorf("%d of %d events became records", next, len(tr.Events))
	}
	words := map[string]string{"Complete": "complete", "In Progress": "in-progress", "Not Started": "not-started"}
	for _, list := range []string{"commitments.json", "subcommitments.json"} {
		for _, s := range lastShown(t, list) {
			said := texts[s.name()]
			if said == nil {
				t.Errorf("%s of %s was never adopted", s.name(), list)
				continue
			}
			for part, want := range map[string]string{"title": s.Title, "action": s.Detail, "author": s.Agency} {
				if compare.Letters(said[part]) != compare.Letters(want) {
					t.Errorf("%s of %s is %q, the source says %q", part, s.name(), said[part], want)
				}
			}
			if s.Status != "" && claims[s.name()] != words[s.Status] {
				t.Errorf("%s claims %q, the source says %q", s.name(), claims[s.name()], s.Status)
			}
		}
	}
}

// Each record names the commit, the file and the time of its event; parts name
// their whole, and the same history gives the same entries.
func TestTrackerStages(t *testing.T) {
	tr := theTracker(t)
	stages, err := tr.Stages(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	again, err := tr.Stages(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	seen, names := map[publica.EntryID]bool{}, map[string]publica.EntryID{}
	var last publica.Time
	n := 0
	for i, s := range stages {
		for j, sub := range s.Submissions {
			e, err := sub.Signed.Open()
			if err != nil {
				t.Fatal(err)
			}
			var b struct {
				Commitment publica.EntryID `json:"commitment"`
				Imported   Claim           `json:"imported"`
				Name       string          `json:"name"`
				Parent     publica.EntryID `json:"parent"`
			}
			if err := json.Unmarshal(e.Body, &b); err != nil {
				t.Fatal(err)
			}
			id := sub.Signed.ID()
			whole, _, part := strings.Cut(b.Name, ".")
			switch {
			case id != again[i].Submissions[j].Signed.ID() || seen[id]:
				t.Errorf("%s: not one entry, or not the same", b.Imported.Label)
			case e.Kind != adoptKind && !seen[b.Commitment]:
				t.Errorf("%s is about what is not adopted yet", b.Imported.Label)
			case part && b.Parent != names[whole]:
				t.Errorf("%s is no part of %s", b.Name, whole)
			case b.Imported.Made < last || b.Imported.Made != e.Made:
				t.Errorf("%s is out of order", b.Imported.Label)
			case !strings.Contains(b.Imported.Label, "commitments/") || len(b.Imported.Label) > 200 || !strings.HasPrefix(b.Imported.URL, "https://github.com/"):
				t.Errorf("a claim %+v", b.Imported)
			}
			seen[id], last = true, b.Imported.Made
			if b.Name != "" {
				names[b.Name] = id
			}
			n++
		}
	}
	if n != len(tr.Records()) {
		t.Errorf("%d statements", n)
	}
}

// A small history with every turn that a promise can take.
func TestTrackerTurns(t *testing.T) {
	file := func(title, more string) string {
		return "---\ntitle: " + title + "\ncommitment_detail_sub: \"We publish every road con- tract.\"\ncommitment_agency: Roads <br> Records\n" + more
	}
	tr := &Tracker{}
	for i, e := range []TrackerEvent{
		{Op: "A", Path: "_subcommitments/us0001.md", Text: file("Roads", "---\n")},
		{Op: "M", Path: "_subcommitments/us0001.md", Text: file("“Roads”", "permalink: /x\n---\n")},
		{Op: "A", Path: "_subcommitments/US0001-0.md", Text: file("Roads", "commitment_status: \"Complete\"\n---\nDone.\n\nEvidence:<br>\nhttps://roads.example\n")},
		{Op: "D", Path: "_subcommitments/us0001.md"},
		{Op: "M", Path: "_subcommitments/us0001-0.md", Text: file("All roads", "commitment_status: In Progress\n---\nDone.\n\nEvidence: none\n")},
		{Op: "D", Path: "_subcommitments/US0001-0.md"},
		{Op: "D", Path: "_subcommitments/us0001-0.md"},
		{Op: "A", Path: "_subcommitments/us0001-0.md", Text: file("All roads", "commitment_status: In Progress\n---\nDone.\n\nEvidence: none\n")},
		{Op: "M", Path: "_subcommitments/us0001-0.md", Text: "---\ntitle: All roads\ncommitment_detail_sub: We publish every road contract\n---\n"},
	} {
		e.Commit, e.Committed = strings.Repeat("a", 40), publica.Time(1000+i).Std()
		if err := tr.add("event", e); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range tr.Records() {
		line := string(r.Kind[len("commitment/"):]) + " " + r.Claim
		for _, p := range r.Parts {
			line += " | " + p.Name + ": " + strings.ReplaceAll(p.Text, "\n", "⏎")
		}
		got = append(got, line)
	}
	want := []string{
		"adopt  | title: Roads | action: We publish every road con- tract. | author: Roads⏎Records",
		"update unstated | note: Nothing that is promised or claimed changed. Typography alone changed in: title. The source changed: permalink.",
		"update complete | text: commitment_status: Complete⏎⏎Done.⏎⏎Evidence:<br>⏎https://roads.example | evidence: https://roads.example | note: Typography alone changed in: title.",
		"update unstated | note: Nothing that is promised or claimed changed. The source deleted the file _subcommitments/us0001.md; it shows the promise in _subcommitments/US0001-0.md.",
		"amend  | title: All roads",
		"update in-progress | text: commitment_status: In Progress⏎⏎Done.⏎⏎Evidence: none",
		"update unstated | note: Nothing that is promised or claimed changed. The source deleted the file _subcommitments/US0001-0.md; it shows the promise in _subcommitments/us0001-0.md.",
		"update removed | note: The source deleted the file _subcommitments/us0001-0.md: it no longer shows the promise.",
		"update in-progress | note: The source shows the promise again, in the file _subcommitments/us0001-0.md.",
		"update unstated | note: The source no longer says: commitment_agency.⏎⏎The source no longer says how far the promise has come.⏎⏎Typography alone changed in: commitment_detail_sub.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTrackerRefuses(t *testing.T) {
	const good = `{"commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","committed_at":"2023-06-27T02:08:41-04:00","op":"A","path":"_commitments/US0113.md","text":"---\ntitle: x\n---\n"}`
	for _, c := range []struct{ old, new, field string }{
		{`{`, `[`, "tracker-history.jsonl:2"},
		{`aaaaaa`, `a`, "tracker-history.jsonl:2"},
		{`"A"`, `"R"`, "tracker-history.jsonl:2/op"},
		{`"A"`, `"D"`, ""},
		{`US0113.md`, `readme.md`, "tracker-history.jsonl:2/path"},
		{`---\n`, `...\n`, "tracker-history.jsonl:2/text"},
		{`2023`, `2022`, "tracker-history.jsonl:2/committed_at"},
	} {
		text := good + "\n" + strings.Replace(good, c.old, c.new, 1) + "\n"
		_, err := ReadTracker(fstest.MapFS{trackerFile: {Data: []byte(text)}})
		var got *publica.Error
		if errors.As(err, &got); c.field == "" && err != nil || c.field != "" && (got == nil || got.Field != c.field) {
			t.Errorf("%s for %s: %v", c.new, c.old, err)
		}
	}
	if _, err := ReadTracker(fstest.MapFS{trackerFile: {Data: []byte(strings.Replace(good, `"A"`, `"D"`, 1))}}); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("deletes what was never added: %v", err)
	}
}
