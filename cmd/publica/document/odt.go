package document

import (
	"strconv"
	"strings"

	"publica"
)

// An openFile is what of an ODT the text refers to.
type openFile struct {
	*reading
	looks   map[string]look         // style → look
	counted map[string]map[int]bool // list style → level, from 0, → whether it counts
}

type look struct {
	bold, italic bool
	title        bool
	parent       string
}

func (r *reading) odt(p *pack) error {
	content, err := p.tree("content.xml")
	if err != nil {
		return err
	}
	styles, err := p.tree("styles.xml")
	if err != nil {
		return err
	}
	o := &openFile{reading: r, looks: map[string]look{}, counted: map[string]map[int]bool{}}
	for _, root := range []*element{styles, content} {
		if root != nil {
			o.readStyles(root.child("styles").orEmpty())
			o.readStyles(root.child("automatic-styles").orEmpty())
		}
	}
	text := content.at("body", "text")
	if text == nil {
		return publica.Problem(publica.Malformed, p.name+"/content.xml", "has no text").WithHint("only text documents (.odt) can be read")
	}
	o.body(text)
	return nil
}

func (o *openFile) readStyles(e *element) {
	for _, s := range e.children {
		name := s.get("name")
		switch s.name {
		case "style":
			t := s.child("text-properties")
			o.looks[name] = look{
				bold: t.get("font-weight") == "bold", italic: t.get("font-style") == "italic",
				title: name == "Title", parent: s.get("parent-style-name"),
			}
		case "list-style":
			o.counted[name] = map[int]bool{}
			for _, l := range s.children {
				if n, err := strconv.Atoi(l.get("level")); err == nil && l.name == "list-level-style-number" {
					o.counted[name][n-1] = true
				}
			}
		}
	}
}

// lookOf follows a style to those it is based on.
func (o *openFile) lookOf(style string) (out look) {
	for range 20 { // styles that are based on each other in a ring end here
		l, ok := o.looks[style]
		if !ok {
			break
		}
		out.bold, out.italic, out.title = out.bold || l.bold, out.italic || l.italic, out.title || l.title
		style = l.parent
	}
	return out
}

func (o *openFile) body(e *element) {
	for _, c := range e.children {
		switch c.name {
		case "h", "p":
			if b, ok := o.block(c); ok {
				o.blocks = append(o.blocks, b)
			}
		case "list":
			o.list(c, "", 0)
		case "table":
			o.table(c)
		case "section":
			o.body(c)
		case "", "sequence-decls", "variable-decls", "user-field-decls", "forms", "soft-page-break":
		case "tracked-changes":
			o.left["text that a tracked change takes out"] += len(c.children)
		case "table-of-content", "alphabetical-index", "illustration-index":
			o.left["indexes"]++
		default:
			o.left["element "+c.name]++
		}
	}
}

// block reads a heading or a paragraph; ok is whether it holds anything.
func (o *openFile) block(e *element) (b block, ok bool) {
	style := o.lookOf(e.get("style-name"))
	if e.name == "p" {
		b.spans = o.spans(e, span{bold: style.bold && !style.title, italic: style.italic})
	} else {
		b.spans = o.spans(e, span{})
	}
	if e.name == "h" || style.title || e.get("style-name") == "Title" {
		b.kind, b.level = heading, 1
		if n, err := strconv.Atoi(e.get("outline-level")); err == nil && n > 0 {
			b.level = n
		}
	}
	return b, strings.TrimSpace(textOf(b.spans)) != ""
}

func (o *openFile) list(e *element, style string, level int) {
	if s := e.get("style-name"); s != "" {
		style = s
	}
	for _, li := range e.children {
		if li.name != "list-item" && li.name != "list-header" {
			continue
		}
		first := true
		for _, c := range li.children {
			switch c.name {
			case "h", "p":
				b, ok := o.block(c)
				if !ok {
					continue
				}
				if b.kind == paragraph && first {
					b.kind, b.level, b.ordered = item, level, o.counted[style][level]
				} else if b.kind == paragraph && len(o.blocks) > 0 && o.blocks[len(o.blocks)-1].kind == item {
					last := &o.blocks[len(o.blocks)-1] // more of the same item
					last.spans = append(append(last.spans, span{text: "\n"}), b.spans...)
					continue
				}
				first = false
				o.blocks = append(o.blocks, b)
			case "list":
				o.list(c, style, level+1)
			case "", "number", "soft-page-break":
			default:
				o.left["element "+c.name]++
			}
		}
	}
}

// maxRepeat bounds how often a cell may say that it stands again.
const maxRepeat = 100

func (o *openFile) table(e *element) {
	t := block{kind: table}
	var rows func(e *element)
	rows = func(e *element) {
		for _, c := range e.children {
			switch c.name {
			case "table-header-rows", "table-rows", "table-row-group":
				rows(c)
			case "table-row":
				t.rows = append(t.rows, o.row(c))
			}
		}
	}
	rows(e)
	if len(t.rows) > 0 {
		o.blocks = append(o.blocks, t)
	}
}

func (o *openFile) row(e *element) (row []string) {
	for _, c := range e.children {
		switch c.name {
		case "table-cell", "covered-table-cell":
			if c.name == "covered-table-cell" {
				o.left["merged cells of a table, which stand once"]++
			}
			inner := openFile{reading: &reading{left: o.left}, looks: o.looks, counted: o.counted}
			inner.body(c)
			n, err := strconv.Atoi(c.get("number-columns-repeated"))
			if err != nil || n < 1 {
				n = 1
			}
			text := o.flat(inner.blocks)
			for range min(n, maxRepeat) {
				row = append(row, text)
			}
		}
	}
	return row
}

func (o *openFile) spans(e *element, s span) (out []span) {
	add := func(text string) {
		t := s
		t.text = text
		out = append(out, t)
	}
	for _, c := range e.children {
		switch c.name {
		case "":
			add(collapse(c.text))
		case "span":
			l, inner := o.lookOf(c.get("style-name")), s
			inner.bold, inner.italic = s.bold || l.bold, s.italic || l.italic
			out = append(out, o.spans(c, inner)...)
		case "a":
			inner := s
			inner.link = c.get("href")
			if strings.HasPrefix(inner.link, "#") {
				inner.link = "" // a place in the document itself
			}
			out = append(out, o.spans(c, inner)...)
		case "s", "tab":
			add(" ")
		case "line-break":
			add("\n")
		case "note":
			o.left["notes"]++
		case "annotation":
			o.left["remarks"]++
		case "frame", "object", "image":
			o.left["pictures and other objects"]++
		case "bookmark", "bookmark-start", "bookmark-end", "soft-page-break", "annotation-end", "change", "change-start",
			"change-end", "reference-mark", "reference-mark-start", "reference-mark-end", "toc-mark-start", "toc-mark-end":
		default: // fields, such as dates and page numbers, show their text
			out = append(out, o.spans(c, s)...)
		}
	}
	return out
}

// collapse is the white space of OpenDocument: any run of it is one space.
func collapse(text string) string {
	var b strings.Builder
	space := false
	for _, r := range text {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}
