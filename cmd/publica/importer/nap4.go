package importer

import (
	"bufio"
	"bytes"
	"encoding/json/v2"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"publica"
)

// NAP4 is the public file of the fourth U.S. National Action Plan for Open
// Government, 2017 to 2018, as JSON lines.
type NAP4 struct {
	Suggestions []Suggestion   // suggestions.jsonl
	Workshops   []WorkshopIdea // emerging-tech-atlas-ideas.jsonl
	Versions    []DraftPage    // draft-page-versions.jsonl, in order of publication
}

// A Suggestion is an issue of the tracker on which the plan was discussed.
type Suggestion struct {
	Number   int       `json:"number"`
	URL      string    `json:"url"`
	Title    string    `json:"title"`
	Author   string    `json:"author"`  // pseudonym, "" if unknown
	Created  string    `json:"created"` // day, "" if unknown
	Body     string    `json:"body"`    // "" for a title only
	Labels   []string  `json:"labels"`
	Session  string    `json:"session"`
	Fidelity string    `json:"fidelity"` // how the text relates to the original
	Comments []Comment `json:"comments"`
}

// A Comment is one under a suggestion.
type Comment struct {
	Author string `json:"author"`
	Date   string `json:"date"`
	Body   string `json:"body"`
}

// A WorkshopIdea was collected at one of the workshops of 2017.
type WorkshopIdea struct {
	Page   string `json:"page"`
	Event  string `json:"event"` // ends in the day
	Source string `json:"source"`
	Topic  string `json:"topic"`
	N      int    `json:"n"`
	Text   string `json:"text"`
}

// A DraftPage is the text of the draft page as of one commit.
type DraftPage struct {
	Commit      string    `json:"commit"`
	CommittedAt time.Time `json:"committed_at"`
	Message     string    `json:"message"`
	Path        string    `json:"path"`
	Text        string    `json:"text"`
}

// ReadNAP4 reads the three files of the folder.
func ReadNAP4(folder fs.FS) (*NAP4, error) {
	var n NAP4
	var err error
	if n.Suggestions, err = readLines[Suggestion](folder, "suggestions.jsonl"); err != nil {
		return nil, err
	}
	if n.Workshops, err = readLines[WorkshopIdea](folder, "emerging-tech-atlas-ideas.jsonl"); err != nil {
		return nil, err
	}
	if n.Versions, err = readLines[DraftPage](folder, "draft-page-versions.jsonl"); err != nil {
		return nil, err
	}
	if len(n.Versions) == 0 {
		return nil, publica.Problem(publica.Invalid, "draft-page-versions.jsonl", "holds no version")
	}
	return &n, nil
}

func readLines[T any](folder fs.FS, name string) ([]T, error) {
	raw, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, fmt.Errorf("read the import folder: %w", err)
	}
	var out []T
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, len(raw)+1)
	for at := 1; lines.Scan(); at++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, &publica.Error{Code: publica.Malformed, Field: name + ":" + strconv.Itoa(at), Message: "is not a record of this file", Err: err}
		}
		out = append(out, v)
	}
	return out, lines.Err()
}

// Contributions returns how many ideas and comments the file holds: each is
// owed a response.
func (n *NAP4) Contributions() (ideas, comments int) {
	for _, s := range n.Suggestions {
		comments += len(s.Comments)
	}
	return len(n.Suggestions) + len(n.Workshops), comments
}

// Start returns the earliest time in the file. It stands as the time of
// statements for which the file gives none.
func (n *NAP4) Start() publica.Time {
	return publica.TimeOf(n.Versions[0].CommittedAt)
}

type ideaBody struct {
	Imported Claim `json:"imported"`
}

type commentBody struct {
	Imported Claim           `json:"imported"`
	Stance   string          `json:"stance"`
	Target   publica.EntryID `json:"target"`
}

// Plan is an import in the order in which it must be sent: each stage may go in
// any order, but after the one before. Drafts go one after the other.
type Plan struct {
	Ideas    []*publica.Submission
	Comments []*publica.Submission
	Drafts   []*publica.Submission
}

// Stages is Plan as stages.
func (n *NAP4) Stages(g Signer) ([]Stage, error) {
	p, err := n.Plan(g)
	if err != nil {
		return nil, err
	}
	return []Stage{
		{Name: "ideas", Submissions: p.Ideas, Owes: len(p.Ideas)},
		{Name: "comments", Submissions: p.Comments, Owes: len(p.Comments)},
		{Name: "versions of the draft", Submissions: p.Drafts, InOrder: true},
	}, nil
}

// Plan signs every statement of the file.
func (n *NAP4) Plan(g Signer) (*Plan, error) {
	p := new(Plan)
	ideaOf := make(map[int]publica.EntryID, len(n.Suggestions))
	add := func(to *[]*publica.Submission, s Statement) (publica.EntryID, error) {
		sub, err := g.Sign(s)
		if err != nil {
			return publica.EntryID{}, fmt.Errorf("%s: %w", s.Source, err)
		}
		*to = append(*to, sub)
		return sub.Signed.ID(), nil
	}
	for _, s := range n.Suggestions {
		st, err := n.suggestion(s)
		if err != nil {
			return nil, err
		}
		if ideaOf[s.Number], err = add(&p.Ideas, st); err != nil {
			return nil, err
		}
	}
	for _, w := range n.Workshops {
		if _, err := add(&p.Ideas, n.workshopIdea(w)); err != nil {
			return nil, err
		}
	}
	for _, s := range n.Suggestions {
		for i, c := range s.Comments {
			st, err := n.comment(s, i, c, ideaOf[s.Number])
			if err != nil {
				return nil, err
			}
			if _, err := add(&p.Comments, st); err != nil {
				return nil, err
			}
		}
	}
	d := Drafter{IdeaOf: func(issue int) (publica.EntryID, bool) { id, ok := ideaOf[issue]; return id, ok }}
	for _, v := range n.Versions {
		if _, err := add(&p.Drafts, n.draft(&d, v)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (n *NAP4) suggestion(s Suggestion) (Statement, error) {
	source := "GSA/participate-nap4 issues"
	for _, more := range []string{s.Session, s.Fidelity} {
		if more != "" {
			source += "; " + more
		}
	}
	label := "issue " + strconv.Itoa(s.Number)
	if len(s.Labels) > 0 {
		label += ": " + strings.Join(s.Labels, ", ")
	}
	made, err := day(s.Created)
	if err != nil {
		return Statement{}, fmt.Errorf("suggestion %d: %w", s.Number, err)
	}
	parts := []Part{{Name: "title", Media: "text/plain", Text: s.Title}}
	if s.Body != "" {
		parts = append(parts, Part{Name: "text", Media: "text/markdown", Text: s.Body})
	}
	return Statement{
		Source: s.URL, Kind: "participation/idea", Made: n.or(made), Parts: by(s.Author, parts),
		Body: ideaBody{Claim{Label: label, Made: made, Source: source, URL: s.URL}},
	}, nil
}

func (n *NAP4) comment(s Suggestion, i int, c Comment, on publica.EntryID) (Statement, error) {
	at := "comment " + strconv.Itoa(i+1) + " on issue " + strconv.Itoa(s.Number)
	made, err := day(c.Date)
	if err != nil {
		return Statement{}, fmt.Errorf("%s: %w", at, err)
	}
	return Statement{
		Source: s.URL + "#" + strconv.Itoa(i+1), Kind: "participation/comment", Made: n.or(made),
		Parts: by(c.Author, []Part{{Name: "text", Media: "text/markdown", Text: c.Body}}),
		Body: commentBody{
			Imported: Claim{Label: at, Made: made, Source: "GSA/participate-nap4 issues", URL: s.URL},
			Stance:   "neutral", // the source records none
			Target:   on,
		},
	}, nil
}

var dayAtEnd = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func (n *NAP4) workshopIdea(w WorkshopIdea) Statement {
	made, err := day(dayAtEnd.FindString(w.Event))
	if err != nil {
		made = 0 // the event names no day
	}
	source := "GSA/emerging-technology-atlas " + w.Page + "; " + w.Event
	if w.Source != "" && !strings.Contains(w.Source, w.Event) {
		source += "; " + w.Source
	}
	title, rest := titleOf(w.Text)
	parts := []Part{{Name: "title", Media: "text/plain", Text: title}}
	if rest {
		parts = append(parts, Part{Name: "text", Media: "text/markdown", Text: w.Text})
	}
	return Statement{
		Source: w.Page + "#" + w.Source + "#" + strconv.Itoa(w.N), Kind: "participation/idea", Made: n.or(made), Parts: parts,
		Body: ideaBody{Claim{Label: w.Topic + " " + strconv.Itoa(w.N), Made: made, Source: source}},
	}
}

func (n *NAP4) draft(d *Drafter, v DraftPage) Statement {
	body, parts := d.Next(Split(v.Text, isFramework))
	made := publica.TimeOf(v.CommittedAt)
	body.Imported = &Claim{
		Label: "commit " + v.Commit, Made: made, Source: "GSA/open.usa.gov " + v.Path,
		URL: "https://github.com/GSA/open.usa.gov/blob/" + v.Commit + "/" + v.Path,
	}
	if v.Message != "" {
		parts = append(parts, Part{Name: "title", Media: "text/plain", Text: v.Message})
	}
	return Statement{Source: "commit " + v.Commit, Kind: "participation/draft", Body: body, Made: made, Parts: parts}
}

// isFramework picks the heading under which the draft page lists its items.
func isFramework(heading string) bool { return strings.Contains(heading, "DRAFT Framework") }

// maxTitle is where the text of an idea that came without a title is cut to
// serve as one; in bytes.
const maxTitle = 120

// titleOf returns the words that stand as a title for text, and whether text
// holds more than them.
func titleOf(text string) (title string, more bool) {
	line := strings.Join(strings.Fields(text), " ")
	if len(line) <= maxTitle {
		return line, line != text
	}
	end := strings.LastIndexByte(line[:maxTitle], ' ')
	if end <= 0 {
		end = maxTitle
	}
	return strings.ToValidUTF8(line[:end], "") + " …", true
}

// by appends the original author's label, where the source has one.
func by(author string, parts []Part) []Part {
	if author == "" {
		return parts
	}
	return append(parts, Part{Name: "author", Media: "text/plain", Text: author})
}

func day(s string) (publica.Time, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	return publica.TimeOf(t), err
}

func (n *NAP4) or(made publica.Time) publica.Time {
	if made.IsZero() {
		return n.Start()
	}
	return made
}
