package participationview

import (
	"encoding/json/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest/viewtest"
)

// asTheLaw holds what the view counts to what the law counts.
func asTheLaw(t *testing.T, r *register, m *readmodel.Model) {
	t.Helper()
	var want participation.Tally
	var ghosts []participation.Ghost
	var open []int64
	r.Law.View(func(tx *machine.Tx) {
		want = participation.Counts(tx, r.Docket)
		ghosts = participation.Ghosts(tx, r.Docket)
		open = participation.OpenPositions(tx, r.Docket, 0, 1<<20)
	})
	err := m.Read(t.Context(), func(s *readmodel.Snapshot) error {
		var got participation.Tally
		if _, err := s.One("SELECT ideas, comments, owed, open, responses, drafts, ghosts, haunting, endorsed, withdrawn, disavowed, void, (SELECT count(*) FROM grp g WHERE g.Docket = t.docket AND g.ended IS NULL) FROM tally t JOIN docket d ON d.idx = t.docket WHERE d.id = ?",
			readmodel.Args{r.Docket}, &got.Ideas, &got.Comments, &got.Owed, &got.Open, &got.Responses, &got.Drafts, &got.GhostCount, &got.Haunting, &got.Endorsed, &got.Withdrawn, &got.Disavowed, &got.Void, &got.Groups); err != nil {
			return err
		}
		want.Timelines, want.Explained, want.Returned = 0, 0, 0
		if got != want {
			t.Errorf("the view counts %+v, the law %+v", got, want)
		}
		positions, err := readmodel.Collect(s, func(scan readmodel.Scan, n *int64) error { return scan(n) },
			"SELECT c.seq FROM contribution c JOIN docket d ON d.idx = c.Docket WHERE d.id = ? AND c.owed = 1 AND c.answered IS NULL ORDER BY c.seq", r.Docket)
		if err != nil {
			return err
		}
		if len(positions)+len(open) > 0 && !reflect.DeepEqual(positions, open) {
			t.Errorf("owed at %v, the law says %v", positions, open)
		}
		seen, err := readmodel.Collect(s, func(scan readmodel.Scan, g *participation.Ghost) error {
			var what, how string
			err := scan(&g.Version, &g.Section, &g.Idea, &what, &g.By, &how)
			g.What, g.How = participation.What(what), participation.How(how)
			return err
		}, `SELECT s.version, s.section, i.id, s.what, e.id, s.how FROM step s JOIN docket d ON d.idx = s.Docket
			LEFT JOIN entry i ON i.idx = s.idea AND s.idea > 0 LEFT JOIN entry e ON e.idx = s.ended
			WHERE d.id = ? AND s.ghost = 1 ORDER BY s.version, s.section != '', i.id, s.section`, r.Docket)
		if err != nil {
			return err
		}
		if len(seen)+len(ghosts) > 0 && !reflect.DeepEqual(seen, ghosts) {
			t.Errorf("ghosts %+v, the law says %+v", seen, ghosts)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestViewCountsAsTheLaw(t *testing.T) {
	s := newSample(t)
	m := s.Model()
	asTheLaw(t, s.register, m)
	s.finish()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	asTheLaw(t, s.register, m)
	live := dump(t, m)
	if err := m.Rebuild(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	if again := dump(t, m); again != live {
		t.Errorf("a replay differs from the live model: %s", differ(live, again))
	}
}

// TestReplayEqualsLiveRowForRow follows a register block by block and compares
// it with one filled at once.
func TestReplayEqualsLiveRowForRow(t *testing.T) {
	r := newSample(t)
	r.finish()
	m, err := readmodel.Open(filepath.Join(t.TempDir(), "live.db"), views)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	whole := r.Log
	for n := 1; n <= len(whole); n += 1 + n%5 {
		r.Law.Log = whole[:n]
		if err := m.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	r.Law.Log = whole
	if err := m.Fill(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	live, replay := dump(t, m), dump(t, r.Model())
	if live != replay {
		t.Errorf("a replay differs from the live model: %s", differ(live, replay))
	}
	for _, want := range []string{"refused\t", "body\t", "codification\t", "response_target\t", "cause\t", "section_text\t"} {
		if !strings.Contains(live, "\n"+want) {
			t.Errorf("no row of %s", want)
		}
	}
}

// TestDraftsComeBack removes, brings back and changes sections and ideas.
func TestDraftsComeBack(t *testing.T) {
	s := newSample(t)
	m := s.Model()
	draft := func(version int64, changes []participation.Change, parts []viewtest.Part, sections ...participation.Section) {
		t.Helper()
		s.Do("coordinator", "participation/draft", participation.Draft{Version: version, Sections: sections, Changes: changes}, append(parts, forBody)...)
		if err := m.Fill(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
		asTheLaw(t, s.register, m)
	}
	sec := func(id string, ideas ...publica.EntryID) participation.Section {
		return participation.Section{ID: id, Ideas: ideas}
	}
	with := func(id, p string, ideas ...publica.EntryID) participation.Section {
		return participation.Section{ID: id, Part: p, Ideas: ideas}
	}
	draft(3, nil, []viewtest.Part{part("a", "## Back")}, with("permit-ledger", "a", s.ideas[1]), sec("flood-warnings"))
	draft(4, []participation.Change{{Section: "permit-ledger", Part: "r"}, {Idea: s.ideas[1], Part: "r"}}, []viewtest.Part{part("r", "Not ours to promise.")}, sec("flood-warnings", s.ideas[4]))
	draft(5, nil, []viewtest.Part{part("b", "## Spills"), part("c", "## Floods")}, with("flood-warnings", "c", s.ideas[4]), with("spill-detection", "b", s.ideas[2]))
	draft(6, nil, nil)
	draft(7, nil, []viewtest.Part{part("b", "## Spills"), part("w", "## Water")}, with("spill-detection", "b", s.ideas[2], s.ideas[0]), with("water-data", "w"))
	s.Do("coordinator", "participation/explain", participation.Explain{Version: 6, Sections: []string{"flood-warnings", "spill-detection"}, Ideas: []publica.EntryID{s.ideas[2]}}, forBody, part("reason", "A slip."))
	s.Do("coordinator", "participation/explain", participation.Explain{Version: 6, Sections: []string{"flood-warnings"}}, forBody, part("reason", "Said better."))
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	asTheLaw(t, s.register, m)
}

// planIdea is one line of suggestions.jsonl.
type planIdea struct {
	Title    string
	Body     string
	URL      string
	Number   int64
	Comments []struct{ Author, Date, Body string }
}

func readLines[T any](t *testing.T, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "shared", "data", "us-nap4", name))
	if err != nil {
		t.Skipf("SKIPPED, the real action plan is not here: %v", err)
	}
	var all []T
	for line := range strings.Lines(string(raw)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}
