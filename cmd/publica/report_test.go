package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"publica/cmd/publica/promises"
)

// trackerLine is an event, as this test reads it for itself.
type trackerLine struct {
	Op     string `json:"op"`
	Path   string `json:"path"`
	Status string `json:"status"`
	Text   string `json:"text"`
	Commit string `json:"commit"`
}

// promise names the promise of the file: us0113-1 is US0113.1, a part without a
// number is number 0.
func (l *trackerLine) promise() string {
	name := strings.ReplaceAll(strings.ToUpper(strings.TrimSuffix(path.Base(l.Path), ".md")), "-", ".")
	if strings.HasPrefix(l.Path, "_sub") && !strings.Contains(name, ".") {
		name += ".0"
	}
	return name
}

// Each field ends where the next of the source begins.
var trackerTexts = map[string]*regexp.Regexp{
	"title":  regexp.MustCompile(`(?s)\ntitle:(.*?)\npermalink:`),
	"detail": regexp.MustCompile(`(?s)\ncommitment_detail_sub:(.*?)\n(?:commitment_detail_sub_id:|commitment_status:|---)`),
	"agency": regexp.MustCompile(`(?s)\ncommitment_agency:(.*?)\n(?:commitment_status:|---)`),
}

func (l *trackerLine) text(field string) string {
	m := trackerTexts[field].FindStringSubmatch(l.Text)
	if m == nil {
		return ""
	}
	text := strings.TrimSpace(m[1])
	if len(text) > 1 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	return text
}

// bare is a text without whatever is neither letter nor digit, nor markup.
func bare(text string) string {
	text = regexp.MustCompile(`<[a-zA-Z/][^<>]*>|https?://`).ReplaceAllString(text, "")
	return strings.ToLower(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), ""))
}

// tracked is what the lines say of one promise.
type tracked struct {
	first, last              map[string]string
	shown                    map[string]bool // files
	statuses                 []string
	reworded, typed, changed bool
	amendments               int
}

func readTrackerLines(t *testing.T, folder string) (lines int, commits map[string]bool, all map[string]*tracked) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "tracker-history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	commits, all = map[string]bool{}, map[string]*tracked{}
	for text := range strings.Lines(string(raw)) {
		var l trackerLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines++
		commits[l.Commit] = true
		p := all[l.promise()]
		if p == nil {
			p = &tracked{shown: map[string]bool{}}
			all[l.promise()] = p
		}
		p.take(&l)
	}
	return lines, commits, all
}

func (p *tracked) take(l *trackerLine) {
	if l.Op == "D" {
		delete(p.shown, l.Path)
		return
	}
	p.shown[l.Path] = true
	if l.Status != "" {
		p.statuses = append(p.statuses, l.Status)
	}
	now, words := map[string]string{}, false
	for _, field := range []string{"title", "detail", "agency"} {
		now[field] = l.text(field)
		if p.last == nil || p.last[field] == now[field] {
			continue
		}
		switch same := bare(p.last[field]) == bare(now[field]); {
		case same:
			p.typed = true
		case field == "agency":
			p.changed = true
		default:
			words = true
		}
	}
	if words {
		p.reworded = true
		p.amendments++
	}
	if p.last = now; p.first == nil {
		p.first = now
	}
}

// backwards reports whether a status was followed by a lower one.
func (p *tracked) backwards() bool {
	last := 0
	for _, s := range p.statuses {
		rank := map[string]int{"Not Started": 1, "In Progress": 2, "Progress": 2, "On Track": 2, "On Track -": 2, "On-Track": 2, "Complete": 3}[s]
		if rank > 0 && rank < last {
			return true
		}
		last = max(rank, last)
	}
	return false
}

func trackerFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(dataFolder, "us-nap5")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("SKIPPED: ../shared/data/us-nap5 is not beside the project")
	}
	return folder
}

func names(t *testing.T, file, field string) (out []string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	var list []map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		out = append(out, m[field].(string))
	}
	slices.Sort(out)
	return out
}

func output(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if status := run(t.Context(), args, strings.NewReader(""), &out, &stderr); status != 0 {
		t.Fatalf("%v: %d, %s", args, status, &stderr)
	}
	return out.String()
}

// What the report counts is what the data says, read here in another way.
func TestReportOnTheTracker(t *testing.T) {
	folder := trackerFolder(t)
	lines, commits, all := readTrackerLines(t, folder)
	wholes, parts := names(t, filepath.Join(folder, "commitments.json"), "commitment_id"), names(t, filepath.Join(folder, "subcommitments.json"), "commitment_detail_sub_id")
	if lines == 0 || len(wholes) == 0 || len(parts) == 0 {
		t.Fatal("the data is empty")
	}
	var want promises.Counts
	var reworded, back []string
	for name, p := range all {
		switch _, part := slices.BinarySearch(parts, name); {
		case !strings.Contains(name, "."):
			want.Commitments++
			continue
		case len(p.shown) == 0:
			want.Gone++
		case !part:
			t.Errorf("%s is shown, and in no list", name)
		case p.reworded:
			reworded = append(reworded, name)
			want.Rewordings += p.amendments
		case p.typed:
			want.Typography++
		}
		want.Promises++
		if len(p.shown) > 0 && bare(p.first["detail"]) != bare(p.last["detail"]) {
			want.Differ++
		}
		if len(p.shown) > 0 && p.changed {
			want.Reassigned++
		}
		if len(p.shown) > 0 && p.backwards() {
			back = append(back, name)
		}
	}
	want.Reworded, want.Backwards, want.Unexplained = len(reworded), len(back), want.Rewordings
	slices.Sort(reworded)
	slices.Sort(back)

	var r promises.Report
	if err := json.Unmarshal([]byte(output(t, "report", "us-nap5", folder, "--json")), &r); err != nil {
		t.Fatal(err)
	}
	got := r.Counts
	got.States, got.Claims = nil, nil
	if !equalJSON(t, got, want) {
		t.Errorf("the report counts %+v, the data %+v", got, want)
	}
	if want.Commitments != len(wholes) || want.Promises-want.Gone != len(parts) || want.Reworded == 0 || want.Differ == 0 || want.Differ >= want.Reworded || want.Backwards == 0 || want.Typography == 0 {
		t.Errorf("%+v of %d commitments and %d promises", want, len(wholes), len(parts))
	}
	var named []string
	for _, w := range r.Reworded {
		if !w.Whole && !w.Gone && w.OfWords() {
			named = append(named, w.Promise)
		}
		if !w.Unexplained {
			t.Errorf("%s has a reason that no source gives", w.Promise)
		}
		for _, c := range w.Texts {
			if c.Missing || !strings.Contains(c.Redline, "[-") && !strings.Contains(c.Redline, "{+") {
				t.Errorf("%s: no redline in %q", w.Promise, c.Redline)
			}
		}
	}
	if !slices.Equal(slices.Compact(named), reworded) {
		t.Errorf("reworded: %v, in the data %v", named, reworded)
	}
	if len(r.Backwards) != len(back) || r.Backwards[0].Promise != back[0] {
		t.Errorf("backwards: %+v, in the data %v", r.Backwards, back)
	}
	if r.Checkable.Of != len(wholes) || len(r.Checkable.Commitments) != len(wholes) {
		t.Errorf("%+v", r.Checkable)
	}
	claims := map[string]string{"complete": "Complete", "in-progress": "In Progress", "not-started": "Not Started"}
	statuses := names(t, filepath.Join(folder, "subcommitments.json"), "commitment_status")
	for _, c := range r.Counts.Claims {
		n := 0
		for _, s := range statuses {
			if s == claims[c.Name] {
				n++
			}
		}
		if n != c.Count {
			t.Errorf("%d claim %q, in the data %d", c.Count, c.Name, n)
		}
	}
	var stderr bytes.Buffer
	if run(t.Context(), []string{"report", "us-nap5", folder}, strings.NewReader(""), new(bytes.Buffer), &stderr); !strings.Contains(stderr.String(), counted(lines, len(commits))) {
		t.Errorf("%s does not say %s", &stderr, counted(lines, len(commits)))
	}
}

func counted(events, commits int) string {
	return "from " + strconv.Itoa(events) + " events of " + strconv.Itoa(commits) + " commits"
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

// On a day in the middle the report knows nothing of what came later.
func TestReportOnADay(t *testing.T) {
	folder := trackerFolder(t)
	var r promises.Report
	if err := json.Unmarshal([]byte(output(t, "report", "us-nap5", folder, "--json", "--at", "2023-07-01")), &r); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Promises {
		if p.At.String() != "2023-07-01T23:59:59.999Z" || p.Updated > p.At || !p.Whole && p.Amendments > 0 {
			t.Errorf("%+v", p)
		}
	}
	if len(r.Backwards) != 0 || r.Counts.Gone == 0 {
		t.Errorf("%+v", r.Counts)
	}
}

// The table has one row for each commitment, and a cell for each column.
func TestCommitmentsTable(t *testing.T) {
	folder := trackerFolder(t)
	rows, err := csv.NewReader(strings.NewReader(output(t, "report", "commitments", folder, "--csv", "--country", "United States", "--plan", "5", "--at", "2024-12-31"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	_, _, all := readTrackerLines(t, folder)
	if len(rows) != len(all)+1 {
		t.Errorf("%d rows for %d promises", len(rows)-1, len(all))
	}
	column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	for _, row := range rows[1:] {
		p := all[column(row, "Commitment Number")]
		if p == nil || bare(column(row, "Commitment Title")) != bare(p.last["title"]) || bare(column(row, "Full Text")) != bare(p.last["detail"]) ||
			column(row, "Country/Locality") != "United States" || column(row, "Action Plan Number") != "5" || column(row, "Verifiable") != "ND" {
			t.Errorf("%q", row)
		}
	}
	var objects []map[string]string
	if err := json.Unmarshal([]byte(output(t, "report", "commitments", folder, "--csv", "--json", "--at", "2024-12-31")), &objects); err != nil || len(objects) != len(all) || len(objects[0]) != len(rows[0]) {
		t.Errorf("%d objects, %v", len(objects), err)
	}
}
