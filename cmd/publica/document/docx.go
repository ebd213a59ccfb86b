package document

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"publica"
)

// A wordFile is what of a DOCX the text refers to.
type wordFile struct {
	*reading
	links    map[string]string // relation → address
	headings map[string]int    // style → level
	numbered map[string]bool   // number id and level → whether it counts
	listed   map[string]string // style → number id
}

func (r *reading) docx(p *pack) error {
	body, err := p.tree("word/document.xml")
	if err != nil {
		return err
	}
	if body = body.child("body"); body == nil {
		return publica.Problem(publica.Malformed, p.name+"/word/document.xml", "has no body")
	}
	w := &wordFile{reading: r, links: map[string]string{}, headings: map[string]int{}, numbered: map[string]bool{}, listed: map[string]string{}}
	for part, read := range map[string]func(*element){
		"word/_rels/document.xml.rels": w.readLinks, "word/styles.xml": w.readStyles, "word/numbering.xml": w.readNumbering,
	} {
		root, err := p.tree(part)
		if err != nil {
			return err
		}
		if root != nil {
			read(root)
		}
	}
	w.body(body)
	return nil
}

func (w *wordFile) readLinks(root *element) {
	for _, e := range root.children {
		if path.Base(e.get("Type")) == "hyperlink" {
			w.links[e.get("Id")] = e.get("Target")
		}
	}
}

var headingName = regexp.MustCompile(`(?i)^heading ?([1-9])$`)

func (w *wordFile) readStyles(root *element) {
	based := map[string]string{}
	for _, s := range root.children {
		id := s.get("styleId")
		if s.name != "style" || id == "" {
			continue
		}
		based[id] = s.child("basedOn").get("val")
		if m := headingName.FindStringSubmatch(s.child("name").get("val")); m != nil {
			w.headings[id], _ = strconv.Atoi(m[1]) // one digit
		} else if strings.EqualFold(s.child("name").get("val"), "title") {
			w.headings[id] = 1
		} else if n, err := strconv.Atoi(s.at("pPr", "outlineLvl").get("val")); err == nil && n >= 0 && n < 9 {
			w.headings[id] = n + 1
		}
		if num := s.at("pPr", "numPr", "numId").get("val"); num != "" {
			w.listed[id] = num
		}
	}
	for id := range based {
		base := id
		for range 20 { // styles that are based on each other in a ring end here
			if base = based[base]; base == "" {
				break
			}
			if level, ok := w.headings[base]; ok && w.headings[id] == 0 {
				w.headings[id] = level
			}
			if num, ok := w.listed[base]; ok && w.listed[id] == "" {
				w.listed[id] = num
			}
		}
	}
}

func (w *wordFile) readNumbering(root *element) {
	counts := map[string]bool{} // abstract id and level
	for _, a := range root.children {
		if a.name != "abstractNum" {
			continue
		}
		for _, l := range a.children {
			if f := l.child("numFmt").get("val"); l.name == "lvl" && f != "bullet" && f != "none" && f != "" {
				counts[a.get("abstractNumId")+"/"+l.get("ilvl")] = true
			}
		}
	}
	for _, n := range root.children {
		if n.name != "num" {
			continue
		}
		for level := range 9 {
			at := "/" + strconv.Itoa(level)
			w.numbered[n.get("numId")+at] = counts[n.child("abstractNumId").get("val")+at]
		}
	}
}

func (w *wordFile) body(e *element) {
	for _, c := range e.children {
		switch c.name {
		case "p":
			w.paragraph(c)
		case "tbl":
			w.table(c)
		case "sdt":
			w.body(c.at("sdtContent").orEmpty())
		case "ins", "customXml", "moveTo":
			w.body(c)
		case "", "sectPr", "bookmarkStart", "bookmarkEnd", "proofErr":
		case "del", "moveFrom":
			w.left["text that a tracked change takes out"]++
		default:
			w.left["element "+c.name]++
		}
	}
}

// orEmpty lets what may be missing be walked.
func (e *element) orEmpty() *element {
	if e == nil {
		return &element{}
	}
	return e
}

func (w *wordFile) paragraph(e *element) {
	spans := w.spans(e, "")
	if strings.TrimSpace(textOf(spans)) == "" {
		return
	}
	props := e.child("pPr")
	style := props.child("pStyle").get("val")
	b := block{spans: spans}
	level := w.headings[style]
	if m := headingName.FindStringSubmatch(style); level == 0 && m != nil {
		level, _ = strconv.Atoi(m[1]) // one digit
	}
	num, depth := props.at("numPr", "numId").get("val"), props.at("numPr", "ilvl").get("val")
	if num == "" {
		num = w.listed[style]
	}
	switch {
	case level > 0:
		b.kind, b.level = heading, level
	case num != "" && num != "0":
		b.kind = item
		if n, err := strconv.Atoi(depth); err == nil && n > 0 && n < 9 {
			b.level = n
		}
		b.ordered = w.numbered[num+"/"+strconv.Itoa(b.level)]
	}
	w.blocks = append(w.blocks, b)
}

func textOf(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	return b.String()
}

func (w *wordFile) table(e *element) {
	t := block{kind: table}
	for _, tr := range e.children {
		if tr.name != "tr" {
			continue
		}
		var row []string
		for _, tc := range tr.children {
			if tc.name != "tc" {
				continue
			}
			if tc.at("tcPr", "gridSpan") != nil || tc.at("tcPr", "vMerge") != nil {
				w.left["merged cells of a table, which stand once"]++
			}
			row = append(row, w.cell(tc))
		}
		t.rows = append(t.rows, row)
	}
	if len(t.rows) > 0 {
		w.blocks = append(w.blocks, t)
	}
}

// cell reads the blocks of a cell as one line.
func (w *wordFile) cell(tc *element) string {
	inner := wordFile{reading: &reading{left: w.left}, links: w.links, headings: w.headings, numbered: w.numbered, listed: w.listed}
	inner.body(tc.without("tcPr"))
	return w.flat(inner.blocks)
}

func (e *element) without(name string) *element {
	out := &element{name: e.name, attr: e.attr}
	for _, c := range e.children {
		if c.name != name {
			out.children = append(out.children, c)
		}
	}
	return out
}

// flat writes the blocks of a cell on one line.
func (r *reading) flat(blocks []block) string {
	var cells []string
	for _, b := range blocks {
		if b.kind == table {
			r.left["tables in a table"]++
			continue
		}
		cells = append(cells, cell(b.spans))
	}
	if len(cells) > 1 {
		r.left["cells with several paragraphs, which stand on one line"]++
	}
	return strings.Join(cells, " ")
}

func (w *wordFile) spans(e *element, link string) (out []span) {
	for _, c := range e.children {
		switch c.name {
		case "r":
			out = append(out, w.run(c, link)...)
		case "hyperlink":
			to := link
			if id := c.get("id"); id != "" {
				to = w.links[id]
			}
			out = append(out, w.spans(c, to)...)
		case "ins", "smartTag", "fldSimple", "customXml", "moveTo", "sdtContent":
			out = append(out, w.spans(c, link)...)
		case "sdt":
			out = append(out, w.spans(c.child("sdtContent").orEmpty(), link)...)
		case "del", "moveFrom":
			w.left["text that a tracked change takes out"]++
		case "", "pPr", "bookmarkStart", "bookmarkEnd", "proofErr", "commentRangeStart", "commentRangeEnd":
		default:
			w.left["element "+c.name]++
		}
	}
	return out
}

func (w *wordFile) run(e *element, link string) (out []span) {
	s := span{link: link, bold: on(e.at("rPr", "b")), italic: on(e.at("rPr", "i"))}
	for _, c := range e.children {
		switch c.name {
		case "t":
			for _, t := range c.children {
				s.text += t.text
			}
		case "tab":
			s.text += " "
		case "br", "cr":
			s.text += "\n"
		case "noBreakHyphen":
			s.text += "\u2011"
		case "", "rPr", "lastRenderedPageBreak", "softHyphen", "fldChar", "instrText", "annotationRef":
		case "drawing", "pict", "object", "AlternateContent":
			w.left["pictures and other objects"]++
		case "footnoteReference", "endnoteReference":
			w.left["notes"]++
		case "commentReference":
			w.left["remarks"]++
		default:
			w.left["element "+c.name]++
		}
	}
	return []span{s}
}

// on reads a switch of Office Open XML: there, and not "0", "false" or "off".
func on(e *element) bool {
	if e == nil {
		return false
	}
	switch e.get("val") {
	case "0", "false", "off":
		return false
	}
	return true
}
