package importer

import (
	"bufio"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"publica"
)

// An OutsideComment is one line of a file of comments from anywhere.
type OutsideComment struct {
	ID      string `json:"id"`               // needed; unique in the file
	Text    string `json:"text"`             // needed; Markdown
	Author  string `json:"author,omitzero"`  // what the source calls them
	Made    string `json:"made,omitzero"`    // day or moment, RFC 3339
	Section string `json:"section,omitzero"` // of the docket's draft
	Version int64  `json:"version,omitzero"` // of the draft that has the section
	Stance  string `json:"stance,omitzero"`  // support, oppose or neutral; neutral if unset
	URL     string `json:"url,omitzero"`     // where it stood

	made publica.Time
}

// maxLine is the longest line that is read, in bytes: a part of content with
// room for its escapes.
const maxLine = 2 * publica.MaxPartSize

// ReadComments reads JSON lines. It fails with a [publica.Error] that names the
// line and the field.
func ReadComments(name string, file io.Reader) ([]OutsideComment, error) {
	var out []OutsideComment
	seen := map[string]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	at := 0
	for lines.Scan() {
		at++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		field := name + ":" + strconv.Itoa(at)
		var c OutsideComment
		if err := json.Unmarshal(lines.Bytes(), &c, json.RejectUnknownMembers(true)); err != nil {
			return nil, badLine(field, err)
		}
		if err := c.check(field); err != nil {
			return nil, err
		}
		if first := seen[c.ID]; first > 0 {
			return nil, publica.Problem(publica.Invalid, field+"/id", "repeats "+c.ID+", which stands in line "+strconv.Itoa(first))
		}
		seen[c.ID] = at
		out = append(out, c)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, publica.Problem(publica.TooLarge, name+":"+strconv.Itoa(at+1), "is longer than "+strconv.Itoa(maxLine)+" bytes")
	}
	if lines.Err() != nil {
		return nil, fmt.Errorf("read %s: %w", name, lines.Err())
	}
	if len(out) == 0 {
		return nil, publica.Problem(publica.Invalid, name, "holds no comment").WithHint("one JSON object a line, with id and text")
	}
	return out, nil
}

func badLine(field string, err error) error {
	var where jsontext.Pointer
	if s, ok := errors.AsType[*json.SemanticError](err); ok {
		where = s.JSONPointer
	} else if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		where = s.JSONPointer
	}
	words := "is no comment as JSON"
	if errors.Is(err, json.ErrUnknownName) {
		words = "is a field that comments do not have"
	}
	return (&publica.Error{Code: publica.Malformed, Field: field + string(where), Message: words, Err: err}).
		WithHint(`for example {"id":"7","text":"Yes, please.","author":"A. Reader","made":"2031-02-03","stance":"support"}`)
}

var webAddress = regexp.MustCompile(`^https?://[^\s]+$`)

func (c *OutsideComment) check(field string) error {
	bad := func(name, words string) *publica.Error {
		return publica.Problem(publica.Invalid, field+"/"+name, words)
	}
	switch {
	case c.ID == "" || len(c.ID) > 100 || strings.TrimSpace(c.ID) != c.ID || strings.ContainsFunc(c.ID, unicode.IsControl):
		return bad("id", "is missing, or not 1 to 100 bytes without white space around them")
	case strings.TrimSpace(c.Text) == "":
		return bad("text", "is missing")
	case len(c.Text) > publica.MaxPartSize:
		return bad("text", "is longer than "+strconv.Itoa(publica.MaxPartSize)+" bytes")
	case len(c.Author) > 1000:
		return bad("author", "is longer than 1000 bytes")
	case c.Section != "" && c.Version < 1:
		return bad("version", "is missing: the line names a section, and a section stands in a version of the draft")
	case c.Version < 0:
		return bad("version", "is negative")
	case c.URL != "" && (!webAddress.MatchString(c.URL) || len(c.URL) > 1000):
		return bad("url", "is not an http or https address of at most 1000 bytes")
	}
	switch c.Stance {
	case "":
		c.Stance = "neutral"
	case "support", "oppose", "neutral":
	default:
		return bad("stance", "is not one of support, oppose, neutral: "+strconv.Quote(clipWords(c.Stance, 40)))
	}
	if c.Made == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, c.Made); err == nil && publica.TimeOf(t) > 0 {
			c.made = publica.TimeOf(t)
			return nil
		}
	}
	return bad("made", "is neither a day nor a moment since 1970: "+strconv.Quote(clipWords(c.Made, 40))).
		WithHint("for example 2031-02-03, or 2031-02-03T10:00:00Z")
}

// SignComments signs comments of a source, which has a name of 1 to 200
// characters. Those without a date are dated undated.
func SignComments(g Signer, source string, undated publica.Time, comments []OutsideComment) (Stage, error) {
	stage := Stage{Name: "comments", Owes: len(comments)}
	for i := range comments {
		c := &comments[i]
		s := Statement{
			Source: "comments " + source + "\n" + c.ID, Kind: "participation/comment", Made: c.made,
			Body: sectionCommentBody{
				Imported: Claim{Label: c.ID, Made: c.made, Source: source, URL: c.URL},
				Section:  c.Section, Stance: c.Stance, Version: c.Version,
			},
			Parts: by(c.Author, []Part{{Name: "text", Media: "text/markdown", Text: c.Text}}),
		}
		if s.Made.IsZero() {
			s.Made = undated
		}
		sub, err := g.Sign(s)
		if err != nil {
			return stage, fmt.Errorf("comment %s: %w", c.ID, err)
		}
		stage.Submissions, stage.Sources = append(stage.Submissions, sub), append(stage.Sources, c.ID)
	}
	return stage, nil
}
