package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Section ids that do not come from a heading.
const (
	FrontMatter = "front-matter" // the block between two lines of three dashes at the very top
	Preamble    = "preamble"     // what stands before the first heading
)

// A Section is a piece of a Markdown document. The texts of all sections, one
// after the other, are the document, byte for byte.
type Section struct {
	ID    string // stable from version to version: see [Split]
	Title string // of the heading or list item, "" for the reserved sections
	Text  string // Markdown, with the heading line
	Issue int    // number of the issue a list item links to, 0 if none
}

// Split cuts a Markdown document (CommonMark) into sections. Every heading of
// the document itself, not one inside a quote or list, starts a section whose id is
// the slug of its words; equal ids are told apart by "-2", "-3" in reading
// order.
//
// Where itemised is not nil and true for the words of a heading, every item of
// the lists under it is a section of its own: "item-10" if the item links to
// issue 10 of a tracker, else the slug of its words. A nested item is a section
// beside, not in, the item around it.
func Split(document string, itemised func(heading string) bool) []Section {
	front := frontMatter(document)
	body := []byte(document[front:])
	cuts := findCuts(body, itemised)

	ids := newNames()
	var out []Section
	if front > 0 {
		out = append(out, Section{ID: ids.take(FrontMatter), Text: document[:front]})
	}
	first := len(body)
	if len(cuts) > 0 {
		first = cuts[0].at
	}
	if lead := string(body[:first]); strings.TrimSpace(lead) != "" || (front == 0 && lead != "") {
		out = append(out, Section{ID: ids.take(Preamble), Text: lead})
	} else if lead != "" {
		out[0].Text += lead
	}
	for i, c := range cuts {
		end := len(body)
		if i+1 < len(cuts) {
			end = cuts[i+1].at
		}
		out = append(out, Section{ID: ids.take(c.base), Title: c.title, Text: string(body[c.at:end]), Issue: c.issue})
	}
	return out
}

// frontMatter returns the length of the front matter with its closing line, 0
// if there is none.
func frontMatter(document string) int {
	const fence = "---\n"
	if !strings.HasPrefix(document, fence) {
		return 0
	}
	end := strings.Index(document[len(fence)-1:], "\n"+fence)
	if end < 0 {
		return 0
	}
	return len(fence) - 1 + end + 1 + len(fence)
}

// A cut is a place where a section starts.
type cut struct {
	at    int    // offset of the start of the line
	base  string // id before equal ids are told apart
	title string
	issue int
}

func findCuts(src []byte, itemised func(string) bool) []cut {
	doc := goldmark.DefaultParser().Parse(text.NewReader(src))
	var cuts []cut
	add := func(c cut) {
		if n := len(cuts); c.at < 0 || (n > 0 && c.at <= cuts[n-1].at) {
			return // two blocks on one line: the outer one has it
		}
		cuts = append(cuts, c)
	}
	under, split, listed := "", false, false
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			title := words(h, src)
			under, listed = slug(title), false
			split = itemised != nil && itemised(title)
			add(cut{at: lineOf(h, src), base: under, title: title})
			continue
		}
		if l, ok := n.(*ast.List); ok && split {
			addItems(l, src, add)
			listed = true
		} else if listed {
			add(cut{at: lineOf(n, src), base: clip(under, maxSlug-6) + "-after"})
			listed = false
		}
	}
	return cuts
}

func addItems(list ast.Node, src []byte, add func(cut)) {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		head := item.FirstChild()
		if head == nil {
			continue
		}
		title, issue := words(head, src), issueOf(head)
		base := slug(title)
		if issue > 0 {
			base = "item-" + strconv.Itoa(issue)
		}
		add(cut{at: lineOf(head, src), base: base, title: title, issue: issue})
		for n := head; n != nil; n = n.NextSibling() {
			if l, ok := n.(*ast.List); ok {
				addItems(l, src, add)
			}
		}
	}
}

// lineOf returns the offset of the start of the line on which n begins, -1 if
// the parser does not say.
func lineOf(n ast.Node, src []byte) int {
	at := n.Pos()
	if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
		at = n.Lines().At(0).Start
	}
	if at < 0 || at > len(src) {
		return -1
	}
	return bytes.LastIndexByte(src[:at], '\n') + 1
}

// words returns the text of a block's own inline content on one line.
func words(block ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the callback gives no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(src))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.List:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

var issuePattern = regexp.MustCompile(`/issues/([1-9][0-9]{0,8})/?$`)

// issueOf returns the number of the first issue that block links to, 0 if none.
func issueOf(block ast.Node) (number int) {
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the callback gives no error
		if _, ok := n.(*ast.List); ok {
			return ast.WalkSkipChildren, nil
		}
		if l, ok := n.(*ast.Link); ok && entering {
			if m := issuePattern.FindSubmatch(l.Destination); m != nil {
				number, _ = strconv.Atoi(string(m[1])) // nine digits at most
				return ast.WalkStop, nil
			}
		}
		return ast.WalkContinue, nil
	})
	return number
}

// maxSlug keeps "section:" + id within the 64 bytes of a part's name.
const maxSlug = 48

// slug makes an id of lower-case ASCII letters, digits and single hyphens.
// Words that leave nothing, such as those of another script, are named by
// their hash: the id stays the same as long as the words do.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := clip(b.String(), maxSlug); s != "" {
		return s
	}
	sum := sha256.Sum256([]byte(title))
	return "section-" + hex.EncodeToString(sum[:4])
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.TrimRight(s, "-")
}

// names hands out ids that differ.
type names map[string]bool

func newNames() names { return names{} }

func (n names) take(base string) string {
	id := base
	for i := 2; n[id]; i++ {
		id = base + "-" + strconv.Itoa(i)
	}
	n[id] = true
	return id
}
