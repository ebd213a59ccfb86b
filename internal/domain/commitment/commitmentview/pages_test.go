package commitmentview

import (
	"strconv"
	"strings"
	"testing"
)

func says(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

// The board names every promise with the state that its records show.
func TestBoard(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	board := page(t, h, "/commitments")
	says(t, board, "Water quality readings within the hour", "Overdue", "Gone backwards", "The government says: complete.", "milestone", "4 promises", "Promises kept", "1 rewording without a reason on record")
	says(t, page(t, h, "/commitments?state=overdue"), "A public list of discharge permits", "1 promise")
	says(t, page(t, h, "/commitments?q=kiosk"), "Readings on kiosks", "1 promise")
	says(t, page(t, h, "/commitments?at=2001-01-01"), "No promise is found")
	says(t, page(t, h, "/docket/"+s.Docket.String()+"/commitments"), "Commitments of this plan", `aria-current="page">`)
	says(t, page(t, h, "/docket/"+s.Docket.String()), "/commitments\"", "Commitments")
	says(t, page(t, h, "/"), "Promises due", "A public list of discharge permits")
}

// Before a claimed day nothing is known; at that day the source's claim counts.
func TestBoardAtADay(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	before := page(t, h, "/commitments?at="+dateOf(s.at(-250)))
	says(t, before, "How it stood on", "Hold a forum", "The government says: complete.", "1 promise")
	if strings.Contains(before, "Water quality") {
		t.Error("a promise stands on the board before it was made")
	}
}

func TestCommitment(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	p := page(t, h, "/commitment/"+s.water.String())
	says(t, p, "Progress against the target", "55 \u2068sensors\u2069", "They differ", "<del>hour</del>", "<ins>day</ins>", "Twenty sensors are too old", "Promises less", "You counted in January", "The one at our bridge",
		"Publish water quality every hour", "Hold a forum", "Readings on kiosks at the river", "Deputy Director for Data", "Comment on this draft", "Draft, open to comment", "limited")
	f := page(t, h, "/commitment/"+s.forum.String())
	says(t, f, "No reason on record", "Gone backwards", "Went backwards", "Ministry of Rivers", "as claimed by the importer", "It does not say:", "what is measured")
	s.finish()
	h, _ = s.site()
	says(t, page(t, h, "/commitment/"+s.water.String()), "We counted again: 48.", "substantial")
}

func TestReads(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	var list listOut
	read(t, h, "/commitments?limit=2", &list)
	if len(list.Items) != 2 || list.Next < 0 {
		t.Fatalf("%+v", list)
	}
	var rest listOut
	read(t, h, "/commitments?since="+itoa(list.Next), &rest)
	if len(rest.Items) != 2 || rest.Next != -1 {
		t.Errorf("%+v", rest)
	}
	var one struct {
		Rewordings []struct {
			Explained bool `json:"explained"`
			Weakens   bool `json:"weakens"`
		} `json:"rewordings"`
		Reviews []struct {
			Differs bool `json:"differs"`
		} `json:"reviews"`
		Standing struct {
			State string `json:"state"`
		} `json:"standing"`
	}
	read(t, h, "/commitments/"+s.water.String(), &one)
	if len(one.Rewordings) != 1 || !one.Rewordings[0].Explained || !one.Rewordings[0].Weakens || len(one.Reviews) != 1 || !one.Reviews[0].Differs || one.Standing.State == "" {
		t.Errorf("%+v", one)
	}
	for path, want := range map[string]string{
		"/commitments.csv": "OR-2,", "/docket/" + s.Docket.String() + "/commitments.csv": "Hold a forum", "/commitments/history.csv": "overdue_or_not_kept",
		"/docket/" + s.Docket.String() + "/commitments/ogp.csv": "Water quality readings within the hour", "/docket/" + s.Docket.String() + "/commitments/ogp.json": "Water Agency",
		"/commitment/" + s.water.String() + "/progress.csv": "report,",
	} {
		if code, body := get(t, h, path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
