package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"publica"
	"publica/cmd/publica/compare"
)

// The columns of a Regulations.gov bulk download that are read; others are
// ignored. Their names are matched without regard to case, order, spaces and
// punctuation.
const (
	ColID          = "Document ID" // needed
	ColComment     = "Comment"     // needed
	ColDocket      = "Docket ID"
	ColType        = "Document Type"
	ColTitle       = "Title"
	ColFirst       = "First Name"
	ColLast        = "Last Name"
	ColOrg         = "Organization Name"
	ColCity        = "City"
	ColState       = "State/Province"
	ColCountry     = "Country"
	ColReceived    = "Received Date"
	ColPosted      = "Posted Date"
	ColWithdrawn   = "Is Withdrawn?"
	ColAttachments = "Attachment Files"
)

// A Regulations is one or more CSV files of a Regulations.gov docket.
type Regulations struct {
	Columns []string // as the first file spells them
	Rows    []RegulationsRow
}

// A RegulationsRow is one document of a docket: a comment, or what it is about.
type RegulationsRow struct {
	Source string // file and line, for messages
	Fields []string

	index map[string]int // plain column name → field
}

// Get returns the field of a column, "" if the file has no such column.
func (r *RegulationsRow) Get(column string) string {
	if i, ok := r.index[plain(column)]; ok {
		return r.Fields[i]
	}
	return ""
}

// plain is a column name without what spellings of it differ in.
func plain(column string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, column)
}

// Add reads a CSV file with a line of column names. It fails with a
// [publica.Error] that names the file, the line, and the column.
func (g *Regulations) Add(name string, file io.Reader) error {
	in := csv.NewReader(file)
	columns, err := in.Read()
	if errors.Is(err, io.EOF) {
		return publica.Problem(publica.Malformed, name+":1", "is empty").WithHint("the first line names the columns")
	}
	if err != nil {
		return badCSV(name, err)
	}
	columns[0] = strings.TrimPrefix(columns[0], "\ufeff")
	index := map[string]int{}
	for i, c := range columns {
		if at, twice := index[plain(c)]; twice {
			return publica.Problem(publica.Invalid, name+":1", "names the column "+strconv.Quote(c)+" twice: fields "+strconv.Itoa(at+1)+" and "+strconv.Itoa(i+1))
		}
		index[plain(c)] = i
	}
	for _, needed := range []string{ColID, ColComment} {
		if _, ok := index[plain(needed)]; !ok {
			return publica.Problem(publica.Invalid, name+":1", "has no column "+strconv.Quote(needed)).
				WithHint("the first line names the columns; ask Regulations.gov for the bulk download of the docket as CSV")
		}
	}
	if g.Columns == nil {
		g.Columns = columns
	}
	seen := map[string]*RegulationsRow{}
	for i := range g.Rows {
		seen[g.Rows[i].Get(ColID)] = &g.Rows[i]
	}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badCSV(name, err)
		}
		line, _ := in.FieldPos(0)
		row := RegulationsRow{Source: name + ":" + strconv.Itoa(line), Fields: fields, index: index}
		id := row.Get(ColID)
		if id == "" || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) || len(id) > 100 {
			return publica.Problem(publica.Invalid, row.Source, "has in column "+strconv.Quote(ColID)+" no id: "+strconv.Quote(id)).
				WithHint("for example EPA-HQ-2020-0001-0002")
		}
		if first := seen[id]; first != nil {
			return publica.Problem(publica.Invalid, row.Source, "repeats "+id+", which stands in "+first.Source)
		}
		g.Rows = append(g.Rows, row)
		seen[id] = &row
	}
}

func badCSV(name string, err error) error {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return &publica.Error{Code: publica.Malformed, Field: name + ":" + strconv.Itoa(p.Line), Message: "is not CSV as the first line announces it", Err: p.Err}
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// isComment: the bulk download holds rules and notices beside the comments.
func (r *RegulationsRow) isComment() bool {
	kind := plain(r.Get(ColType))
	return kind == "" || kind == "publicsubmission" || kind == "comment" || kind == "publiccomment"
}

// Withdrawn says whether the row says that it is.
func (r *RegulationsRow) Withdrawn() bool {
	return slices.Contains([]string{"true", "yes", "y", "1"}, strings.ToLower(strings.TrimSpace(r.Get(ColWithdrawn))))
}

var regulationsDays = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly, "1/2/2006", "Jan 2, 2006", "January 2, 2006"}

// made is when the comment was received, or as far as the source says posted;
// zero if it says neither.
func (r *RegulationsRow) made() (publica.Time, error) {
	for _, column := range []string{ColReceived, ColPosted} {
		text := strings.TrimSpace(r.Get(column))
		if text == "" {
			continue
		}
		for _, layout := range regulationsDays {
			if t, err := time.Parse(layout, text); err == nil && publica.TimeOf(t) > 0 {
				return publica.TimeOf(t), nil
			}
		}
		return 0, publica.Problem(publica.Invalid, r.Source, "has in column "+strconv.Quote(column)+" no date: "+strconv.Quote(clipWords(text, 40))).
			WithHint("for example 2020-06-30, 2020-06-30T04:00Z or 6/30/2020")
	}
	return 0, nil
}

// Comments signs every comment. Those without any date are dated undated. Left
// out, and counted, are rows that are no comments and those that hold neither
// text nor title.
func (g *Regulations) Comments(s Signer, undated publica.Time) (stage Stage, others, empty int, err error) {
	stage.Name = "comments"
	for i := range g.Rows {
		r := &g.Rows[i]
		if !r.isComment() {
			others++
			continue
		}
		st, ok, err := r.statement(undated)
		if err != nil {
			return stage, 0, 0, err
		}
		if !ok {
			empty++
			continue
		}
		sub, err := s.Sign(st)
		if err != nil {
			return stage, 0, 0, fmt.Errorf("%s: %w", r.Source, err)
		}
		stage.Submissions, stage.Sources = append(stage.Submissions, sub), append(stage.Sources, r.Get(ColID))
	}
	stage.Owes = len(stage.Submissions)
	return stage, others, empty, nil
}

func (r *RegulationsRow) statement(undated publica.Time) (s Statement, ok bool, err error) {
	id := r.Get(ColID)
	label, text := id, shown(r.Get(ColComment))
	if r.Withdrawn() {
		label += ", withdrawn"
	}
	if text == "" {
		label, text = label+", without text in the source: its title stands here", shown(r.Get(ColTitle))
	}
	if text == "" {
		return s, false, nil
	}
	if files := strings.TrimSpace(r.Get(ColAttachments)); files != "" {
		text += "\n\n" + ColAttachments + ": " + files
	}
	made, err := r.made()
	if err != nil {
		return s, false, err
	}
	source := "Regulations.gov"
	if docket := strings.TrimSpace(r.Get(ColDocket)); docket != "" {
		source += " docket " + strings.Join(strings.Fields(docket), " ")
	}
	s = Statement{
		Source: "regulations.gov " + id, Kind: "participation/comment", Made: made,
		Body: sectionCommentBody{
			Imported: Claim{Label: clipLabel(label), Made: made, Source: clipLabel(source), URL: "https://www.regulations.gov/comment/" + id},
			Stance:   "neutral", // the source records none
		},
		Parts: by(r.author(), []Part{{Name: "text", Media: "text/plain", Text: text}}),
	}
	if made.IsZero() {
		s.Made = undated
	}
	return s, true, nil
}

var lineBreak = regexp.MustCompile(`(?i)<br\s*/?>`)

// shown is a text as the site shows it: the download keeps its line breaks and
// signs as HTML.
func shown(text string) string {
	return strings.TrimSpace(html.UnescapeString(lineBreak.ReplaceAllString(text, "\n")))
}

// author is what the source says of who wrote.
func (r *RegulationsRow) author() string {
	join := func(sep string, columns ...string) string {
		var all []string
		for _, c := range columns {
			if v := strings.Join(strings.Fields(shown(r.Get(c))), " "); v != "" {
				all = append(all, v)
			}
		}
		return strings.Join(all, sep)
	}
	who := join(" ", ColFirst, ColLast)
	for _, more := range []string{join("", ColOrg), join(", ", ColCity, ColState, ColCountry)} {
		if more != "" && who != "" {
			who += "; "
		}
		who += more
	}
	return clipBytes(who, 1000)
}

// clipBytes cuts text to at most n bytes, at a character.
func clipBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-4], "") + " …"
}

// clipWords cuts text to at most n characters.
func clipWords(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}

// Table is the file for comparison with another of the same docket: columns go
// by the names that the bulk download gives them now, however a file spells
// them.
func (g *Regulations) Table() *compare.Table {
	t := &compare.Table{}
	for _, c := range g.Columns {
		t.Columns = append(t.Columns, spelled(c))
	}
	for i := range g.Rows {
		r := &g.Rows[i]
		row := compare.Row{ID: r.Get(ColID), Text: r.Get(ColComment), Withdrawn: r.Withdrawn(), Fields: map[string]string{}}
		for j, c := range t.Columns {
			row.Fields[c] = r.Fields[j]
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

var knownColumns = []string{
	ColID, ColComment, ColDocket, ColType, ColTitle, ColFirst, ColLast, ColOrg, ColCity, ColState, ColCountry, ColReceived,
	ColPosted, ColWithdrawn, ColAttachments, "Tracking Number", "Reason Withdrawn", "Duplicate Comments", "Agency ID",
}

func spelled(column string) string {
	for _, known := range knownColumns {
		if plain(known) == plain(column) {
			return known
		}
	}
	return strings.TrimSpace(column)
}
