package importer

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"publica"
	"publica/cmd/publica/compare"
)

// SourceCodePolicy is the public record of the Federal Source Code Policy of
// 2016: its draft, the line edits that people asked for, and the final text.
// Every page of the document is a section whose id is the page's file name.
type SourceCodePolicy struct {
	Draft, Final []compare.Section
	Edits        []PullRequest // public-line-edits.jsonl
}

// A PullRequest is a line edit as its public tracker has it. The source names
// no author.
type PullRequest struct {
	Number      int       `json:"pull_request"`
	URL         string    `json:"url"`
	CommittedAt time.Time `json:"committed_at"`
	Subject     string    `json:"subject"`
	Merged      bool      `json:"merged_before_close"` // into the draft, while comments were open
	Base        string    `json:"base"`
	Diff        string    `json:"diff"` // unified

	edits []compare.LineEdit
}

// Folders of the two texts; they end in the day.
const (
	scpDraft = "draft-2016-04-19"
	scpFinal = "final-2016-08-08"
)

const scpSource, scpURL = "WhiteHouse/source-code-policy", "https://github.com/WhiteHouse/source-code-policy"

// SourceCodePolicySetup says where the policy goes on a register that has no
// place for it yet.
var SourceCodePolicySetup = Setup{
	Name:    "us-source-code-policy",
	Body:    "U.S. Office of Management and Budget (imported record)",
	Type:    "agency",
	Docket:  "consultation",
	Title:   "U.S. Federal Source Code Policy, 2016 (imported record)",
	Summary: "The public record of how the Federal Source Code Policy came to be: the draft of April 2016, the line edits that the public asked for, and the final text of August 2016.\n\nImported from a public source. Dates and sources are claims of that source; the importer's key signs for all of them.",
}

// ReadSourceCodePolicy reads the folder: two folders of Markdown pages, and the
// line edits as JSON lines.
func ReadSourceCodePolicy(folder fs.FS) (*SourceCodePolicy, error) {
	var p SourceCodePolicy
	var err error
	if p.Draft, err = readPages(folder, scpDraft); err != nil {
		return nil, err
	}
	if p.Final, err = readPages(folder, scpFinal); err != nil {
		return nil, err
	}
	const name = "public-line-edits.jsonl"
	if p.Edits, err = readLines[PullRequest](folder, name); err != nil {
		return nil, err
	}
	for i := range p.Edits {
		e := &p.Edits[i]
		if e.edits, err = compare.ParseDiff(e.Diff); err != nil {
			return nil, fmt.Errorf("%s: pull request %d: %w", name, e.Number, err)
		}
	}
	return &p, nil
}

// pageOrder is the reading order of the policy's pages.
var pageOrder = []string{
	"index", "introduction", "objectives", "scope", "procurement", "solutions-analysis", "reuse", "oss", "exceptions",
	"implementation", "appendixa", "appendixb",
}

func readPages(folder fs.FS, dir string) (out []compare.Section, err error) {
	names, err := fs.Glob(folder, dir+"/*.md")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, publica.Problem(publica.NotFound, dir, "is missing, or holds no page").WithHint("pages are Markdown files, *.md")
	}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read the import folder: %w", err)
		}
		if !utf8.Valid(text) {
			return nil, publica.Problem(publica.Malformed, name, "is not UTF-8 text")
		}
		out = append(out, compare.Section{ID: slug(strings.TrimSuffix(path.Base(name), ".md")), Text: string(text)})
	}
	at := func(s compare.Section) int {
		if i := slices.Index(pageOrder, s.ID); i >= 0 {
			return i
		}
		return len(pageOrder)
	}
	slices.SortStableFunc(out, func(a, b compare.Section) int { return at(a) - at(b) })
	return out, nil
}

// Stages signs every statement, in the order in which they must be sent.
func (p *SourceCodePolicy) Stages(g Signer) ([]Stage, error) {
	var d Drafter
	first, err := p.version(g, &d, scpDraft, p.Draft)
	if err != nil {
		return nil, err
	}
	comments := Stage{Name: "line edits"}
	for i := range p.Edits {
		s, err := g.Sign(p.comment(&p.Edits[i]))
		if err != nil {
			return nil, err
		}
		comments.Submissions = append(comments.Submissions, s)
	}
	second, err := p.version(g, &d, scpFinal, p.Final)
	if err != nil {
		return nil, err
	}
	comments.Owes = len(comments.Submissions)
	return []Stage{
		{Name: "draft", Submissions: []*publica.Submission{first}}, comments,
		{Name: "final version", Submissions: []*publica.Submission{second}},
	}, nil
}

func (p *SourceCodePolicy) version(g Signer, d *Drafter, dir string, pages []compare.Section) (*publica.Submission, error) {
	made, err := day(dayAtEnd.FindString(dir))
	if err != nil {
		return nil, err
	}
	sections := make([]Section, len(pages))
	for i, s := range pages {
		sections[i] = Section{ID: s.ID, Text: s.Text}
	}
	body, parts := d.Next(sections)
	body.Imported = &Claim{Label: dir, Made: made, Source: scpSource, URL: scpURL}
	return g.Sign(Statement{Source: dir, Kind: "participation/draft", Body: body, Made: made, Parts: parts})
}

// comment is a line edit as a comment on the page that it edits first.
func (p *SourceCodePolicy) comment(e *PullRequest) Statement {
	label := "pull request " + strconv.Itoa(e.Number)
	if e.Merged {
		label += ", merged into the draft before comments closed"
	}
	made := publica.TimeOf(e.CommittedAt)
	body := sectionCommentBody{Imported: Claim{Label: label, Made: made, Source: scpSource + " pull requests", URL: e.URL}, Stance: "neutral"} // the source records none
	body.Section, body.Range = p.quoted(e)
	if body.Section != "" {
		body.Version = 1
	}
	return Statement{
		Source: e.URL, Kind: "participation/comment", Made: made, Body: body,
		Parts: []Part{{Name: "text", Media: "text/markdown", Text: e.Subject + "\n\n" + compare.Fenced(e.Diff)}},
	}
}

// quoted returns the first page of the draft that an edit touches, and the
// characters of it that the edit is about: the first line it takes out or, as
// the draft has those edits already that were merged, the first it puts in. Of
// an edit made against an older text, neither side of which stands in the draft,
// it is the longest run of words that does.
func (p *SourceCodePolicy) quoted(e *PullRequest) (section string, span *[2]int64) {
	lines := append(diffLines(e.Diff, "-"), diffLines(e.Diff, "+")...)
	for _, look := range []func(string, []string) *[2]int64{findLine, findRun} {
		for _, one := range e.edits {
			i := slices.IndexFunc(p.Draft, func(s compare.Section) bool { return s.ID == one.ID() })
			if i < 0 {
				continue
			}
			if section == "" {
				section = p.Draft[i].ID
			}
			if span := look(p.Draft[i].Text, lines); span != nil {
				return p.Draft[i].ID, span
			}
		}
	}
	return section, nil
}

// diffLines returns the lines of a unified diff that begin with sign.
func diffLines(diff, sign string) (out []string) {
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(line, sign) && !strings.HasPrefix(line, "--- ") && !strings.HasPrefix(line, "+++ ") {
			out = append(out, strings.TrimSpace(line[1:]))
		}
	}
	return out
}

// findLine returns where the first of lines that stands in text stands, in
// characters (Unicode code points), from and up to; nil if none does.
func findLine(text string, lines []string) *[2]int64 {
	for _, line := range lines {
		if i := strings.Index(text, line); line != "" && i >= 0 {
			from := int64(utf8.RuneCountInString(text[:i]))
			return &[2]int64{from, from + int64(utf8.RuneCountInString(line))}
		}
	}
	return nil
}

// shortestRun is the fewest words that say which passage is meant.
const shortestRun = 5

// findRun is findLine for the longest run of words of any line.
func findRun(text string, lines []string) *[2]int64 {
	best, most := "", shortestRun-1
	for _, line := range lines {
		words := strings.Split(line, " ")
		for from := range words {
			for to := from + most + 1; to <= len(words); to++ {
				run := strings.Join(words[from:to], " ")
				if !strings.Contains(text, run) {
					break
				}
				best, most = run, to-from
			}
		}
	}
	return findLine(text, []string{best})
}
