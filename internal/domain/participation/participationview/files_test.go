package participationview

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"publica/internal/domain/participation"
)

// rows reads a CSV download, the names of its columns first.
func rows(t *testing.T, h http.Handler, path string) [][]string {
	t.Helper()
	code, body := get(t, h, path)
	if code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, code, body)
	}
	all, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return all
}

func column(all [][]string, name string) (cells []string) {
	for i, n := range all[0] {
		if n == name {
			for _, row := range all[1:] {
				cells = append(cells, row[i])
			}
		}
	}
	return cells
}

func TestFiles(t *testing.T) {
	s := newSample(t)
	s.Do("mallory", "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", "=HYPERLINK(\"http://evil.example\")"))
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	for path, want := range map[string]int{"/comments.csv": 13, "/comments.csv?stance=oppose&section=water-data": 1, "/ideas.csv": 7, "/owed.csv": 15, "/responses.csv": 2} {
		if got := len(rows(t, h, base+path)) - 1; got != want {
			t.Errorf("%s has %d rows, want %d", path, got, want)
		}
	}
	texts := column(rows(t, h, base+"/comments.csv"), "text")
	if last := texts[len(texts)-1]; last != "'=HYPERLINK(\"http://evil.example\")" {
		t.Errorf("a formula: %q", last)
	}
	history := rows(t, h, base+"/history.csv")
	received := 0
	for _, n := range column(history, "received") {
		v, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		received += v
	}
	if due := column(history, "owed_at_end"); received != 20 || due[len(due)-1] != "15" {
		t.Errorf("the history received %d and ends with %s owed", received, due[len(due)-1])
	}
	says(t, page(t, h, base+"/debt"), "Answer debt Contributions owed a response and not answered, at the end of each", "Download it as CSV")
	for _, path := range []string{"/docket/xyz/comments.csv", "/docket/" + strings.Repeat("a", 64) + "/history.csv"} {
		if code, _ := get(t, h, path); code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, code)
		}
	}
}
