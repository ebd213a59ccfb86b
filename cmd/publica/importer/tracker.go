package importer

import (
	"encoding/json/v2"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/cmd/publica/compare"
)

// Tracker is the history of the public progress tracker of the fifth U.S. plan:
// each change of a file that stands for one promise, in the order in which they
// were published.
type Tracker struct {
	Events []TrackerEvent
}

// A TrackerEvent is one line of tracker-history.jsonl: what a commit did to one
// file.
type TrackerEvent struct {
	Commit    string    `json:"commit"` // 40 hexadecimal digits
	Committed time.Time `json:"committed_at"`
	Message   string    `json:"message"`
	Op        string    `json:"op"`   // A: added, M: modified, D: deleted
	Path      string    `json:"path"` // for example _subcommitments/us0113-1.md
	Text      string    `json:"text"` // the whole file; absent where it was deleted
}

const trackerFile = "tracker-history.jsonl"

// ReadTracker reads the history from the folder.
func ReadTracker(folder fs.FS) (*Tracker, error) {
	raw, err := fs.ReadFile(folder, trackerFile)
	if err != nil {
		return nil, fmt.Errorf("read the import folder: %w", err)
	}
	t := &Tracker{}
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		at := fmt.Sprintf("%s:%d", trackerFile, n)
		var e TrackerEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, &publica.Error{Code: publica.Malformed, Field: at, Message: "is no event of the tracker", Err: err}
		}
		if err := t.add(at, e); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// add takes the next event, unless its order or form says that the file is not
// what it should be.
func (t *Tracker) add(at string, e TrackerEvent) error {
	switch {
	case len(e.Commit) != 40 || e.Committed.IsZero():
		return publica.Problem(publica.Invalid, at, "names no commit, or not its time")
	case e.Op != "A" && e.Op != "M" && e.Op != "D":
		return publica.Problem(publica.Invalid, at+"/op", "is none of A, M and D")
	case promiseOf(e.Path) == "":
		return publica.Problem(publica.Invalid, at+"/path", "is no file of a promise").WithHint("for example _commitments/US0113.md or _subcommitments/us0113-1.md")
	case e.Op == "D" && !slices.ContainsFunc(t.Events, func(b TrackerEvent) bool { return promiseOf(b.Path) == promiseOf(e.Path) }):
		return publica.Problem(publica.Invalid, at+"/op", "deletes what was never added")
	case e.Op != "D" && !strings.HasPrefix(e.Text, "---"):
		return publica.Problem(publica.Invalid, at+"/text", "does not begin with front matter")
	}
	if n := len(t.Events); n > 0 && e.Committed.Before(t.Events[n-1].Committed) {
		return publica.Problem(publica.Invalid, at+"/committed_at", "is before that of the line above: the history is not in order")
	}
	t.Events = append(t.Events, e)
	return nil
}

// A file stands for the promise that its name says, whatever its case: that of a
// commitment without numbered parts is its part 0, with or without the number.
var (
	wholePath = regexp.MustCompile(`^_commitments/(?i:us)([0-9]{4})\.md$`)
	partPath  = regexp.MustCompile(`^_subcommitments/(?i:us)([0-9]{4})(?:-([0-9]+))?\.md$`)
)

// promiseOf returns the name of the promise that a file stands for, "" for none.
func promiseOf(path string) string {
	if m := wholePath.FindStringSubmatch(path); m != nil {
		return "US" + m[1]
	}
	m := partPath.FindStringSubmatch(path)
	switch {
	case m == nil:
		return ""
	case m[2] == "":
		return "US" + m[1] + ".0"
	}
	return "US" + m[1] + "." + m[2]
}

// A page is a file of the tracker, read.
type page struct {
	fields map[string]string // of the front matter, without the quotes around them
	body   string
}

// pageFields are the names of the front matter, in the order of the source. It
// was written by hand and is not always YAML: a line that begins with none of
// these belongs to the field above.
var pageFields = []string{
	"layout", "title", "permalink", "c_permalink", "commitment_id", "commitment_link", "commitment_theme_name", "commitment_theme_slug",
	"commitment_detail_sub", "commitment_detail_sub_id", "commitment_agency", "commitment_status", "commitment_narrative", "aug_2023_progress", "commitment_evidence",
}

// progressFields are those that say how far the promise has come, beside the body.
var progressFields = []string{"commitment_status", "aug_2023_progress", "commitment_evidence"}

func readPage(text string) *page {
	p := &page{fields: map[string]string{}}
	last, end := "", false
	var body strings.Builder
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		name, value, _ := strings.Cut(line, ":")
		switch {
		case end:
			body.WriteString(line + "\n")
		case i == 0:
		case strings.TrimRight(line, " \t") == "---":
			end = true
		case slices.Contains(pageFields, name) && len(name) < len(line):
			last = name
			p.fields[last] = value
		default:
			p.fields[last] += "\n" + line
		}
	}
	for name, value := range p.fields {
		p.fields[name] = unquote(value)
	}
	p.body = strings.TrimSpace(body.String())
	return p
}

// unquote returns what stands between the quotes around a value, if it has any.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); n >= 2 && s[0] == s[n-1] {
		switch s[0] {
		case '"':
			return strings.TrimSpace(strings.ReplaceAll(s[1:n-1], `\"`, `"`))
		case '\'':
			return strings.TrimSpace(strings.ReplaceAll(s[1:n-1], `''`, `'`))
		}
	}
	return s
}

// progress is what the page says of how far the promise has come, under the
// names that the source has for it; "" if nothing.
func (p *page) progress() string {
	var parts []string
	if s := p.fields["commitment_status"]; s != "" {
		parts = append(parts, "commitment_status: "+s)
	}
	if p.body != "" {
		parts = append(parts, p.body)
	}
	for _, name := range progressFields[1:] {
		if s := p.fields[name]; s != "" {
			parts = append(parts, name+": "+s)
		}
	}
	return strings.Join(parts, "\n\n")
}

// claim is what the words of the status claim. "On Track" is in progress; words
// that say neither that nor an end ("Commitment …", "No Trackable …" in the
// first days) claim nothing.
func (p *page) claim() string {
	switch compare.Letters(p.fields["commitment_status"]) {
	case "complete":
		return "complete"
	case "inprogress", "progress", "ontrack":
		return "in-progress"
	case "notstarted":
		return "not-started"
	}
	return unstated
}

var evidenceHeading = regexp.MustCompile(`(?im)^[ \t]*(?:\*\*)?Evidence:?(?:\*\*)?:?[ \t]*(?:<br */?>)*`)

// evidence is what the page gives under that name; "" where it gives none, or
// says so.
func (p *page) evidence() string {
	var parts []string
	if all := evidenceHeading.FindAllStringIndex(p.body, -1); all != nil {
		parts = append(parts, p.body[all[len(all)-1][1]:])
	}
	parts = append(parts, p.fields["commitment_evidence"])
	text := strings.TrimSpace(strings.Join(parts, "\n\n"))
	switch compare.Letters(text) {
	case "", "none", "na":
		return ""
	}
	return text
}
