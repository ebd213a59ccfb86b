package document

import (
	"regexp"
	"strconv"
	"strings"
)

// A block is a paragraph or what is like one.
type block struct {
	kind    blockKind
	level   int // of a heading, from 1; of a list item, from 0
	ordered bool
	spans   []span
	rows    [][]string // of a table: its cells as Markdown
}

type blockKind int

const (
	paragraph blockKind = iota
	heading
	item
	table
)

// A span is some text of one look.
type span struct {
	text         string // "\n" breaks the line
	bold, italic bool
	link         string
}

// render writes blocks as Markdown.
func render(blocks []block) string {
	var b strings.Builder
	var l lists
	for i, x := range blocks {
		inList := x.kind == item
		if i > 0 && (!inList || blocks[i-1].kind != item) {
			b.WriteByte('\n')
		}
		if !inList {
			l = nil
		}
		switch x.kind {
		case heading:
			b.WriteString(strings.Repeat("#", min(max(x.level, 1), 6)) + " " + oneLine(inline(x.spans)) + "\n")
		case item:
			indent, marker := l.next(x.level, x.ordered)
			text := strings.ReplaceAll(inline(x.spans), "\n", "\n"+strings.Repeat(" ", indent+len(marker)))
			b.WriteString(strings.Repeat(" ", indent) + marker + text + "\n")
		case table:
			writeTable(&b, x.rows)
		default:
			b.WriteString(inline(x.spans) + "\n")
		}
	}
	return b.String()
}

// lists are the lists that are open, outermost first.
type lists []openList

type openList struct {
	ordered bool
	n       int
	width   int // of the marker
}

// next returns where the next item stands, and its marker. A level that skips
// one stands under the deepest there is.
func (l *lists) next(level int, ordered bool) (indent int, marker string) {
	level = min(level, len(*l))
	if len(*l) > level+1 {
		*l = (*l)[:level+1]
	}
	if len(*l) == level || (*l)[level].ordered != ordered {
		*l = append((*l)[:level], openList{ordered: ordered})
	}
	for _, o := range (*l)[:level] {
		indent += o.width
	}
	o := &(*l)[level]
	o.n++
	marker = "- "
	if ordered {
		marker = strconv.Itoa(o.n) + ". "
	}
	o.width = len(marker)
	return indent, marker
}

func writeTable(b *strings.Builder, rows [][]string) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	for i, r := range rows {
		for c := range width {
			cell := ""
			if c < len(r) {
				cell = r[c]
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", width) + "|\n")
		}
	}
}

// cell is the text of a table's cell.
func cell(spans []span) string {
	return strings.ReplaceAll(oneLine(inline(spans)), "|", `\|`)
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\\\n", " ") }

// inline writes spans as Markdown; neighbours of one look are one span.
func inline(spans []span) string {
	var joined []span
	for _, s := range spans {
		if n := len(joined); n > 0 && joined[n-1].bold == s.bold && joined[n-1].italic == s.italic && joined[n-1].link == s.link {
			joined[n-1].text += s.text
		} else if s.text != "" {
			joined = append(joined, s)
		}
	}
	var b strings.Builder
	for _, s := range joined {
		b.WriteString(s.markdown())
	}
	text := strings.TrimSpace(b.String())
	return leading.ReplaceAllString(text, `$1\$2`)
}

// leading is what at the start of a line would make it something else than text.
var leading = regexp.MustCompile(`(?m)^([ ]{0,3}[0-9]{0,9})([#+=>~.)-])`)

var special = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, "&", `\&`, "\n", "\\\n")

func (s span) markdown() string {
	core := strings.TrimSpace(s.text)
	if core == "" {
		return s.text
	}
	before, after, _ := strings.Cut(s.text, core)
	core = special.Replace(core)
	if s.italic {
		core = "*" + core + "*"
	}
	if s.bold {
		core = "**" + core + "**"
	}
	if s.link != "" {
		core = "[" + core + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "", `\`, "%5C").Replace(s.link) + ">)"
	}
	return strings.ReplaceAll(before, "\n", "\\\n") + core + strings.ReplaceAll(after, "\n", "\\\n")
}
