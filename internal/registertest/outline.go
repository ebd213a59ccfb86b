package registertest

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Outline is what a person finds on a page, as text for golden files: headings,
// text, lists, tables, links with where they lead, fields with their labels.
// Ids and roots of the log are numbered as they come.
func Outline(page string) (string, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return "", err
	}
	o := outline{labels: map[string]string{}}
	o.learn(root)
	o.walk(root)
	o.line()
	return o.number(strings.Join(o.lines, "\n") + "\n"), nil
}

type outline struct {
	labels map[string]string // of fields, by their id
	begin  string            // of the next line
	text   strings.Builder   // of the line so far
	lines  []string
}

var ids = regexp.MustCompile(`\b[0-9a-f]{8,64}\b|\b[0-9A-Za-z+/]{43}=|-?[0-9a-f]{20,}-?`)

func (o *outline) number(s string) string {
	seen := map[string]int{}
	return ids.ReplaceAllStringFunc(s, func(id string) string {
		if seen[id] == 0 {
			seen[id] = len(seen) + 1
		}
		return fmt.Sprintf("ID%d", seen[id])
	})
}

// learn notes the labels of fields.
func (o *outline) learn(n *html.Node) {
	if f := attr(n, "for"); n.Data == "label" && f != "" {
		o.labels[f] = words(n)
	}
	for c := range n.ChildNodes() {
		o.learn(c)
	}
}

// line ends the line.
func (o *outline) line() {
	if t := strings.Join(strings.Fields(o.text.String()), " "); t != "" {
		o.lines = append(o.lines, o.begin+t)
		o.begin = ""
	}
	o.text.Reset()
}

// begins are how lines begin that these elements stand on.
var begins = map[string]string{"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "li": "- ", "tr": "| ", "dt": ": ", "summary": "> ", "legend": "* ", "blockquote": "“ "}

// blocks stand on lines of their own.
var blocks = map[string]bool{"p": true, "div": true, "section": true, "article": true, "nav": true, "form": true, "fieldset": true, "ul": true, "ol": true, "dl": true, "dd": true,
	"table": true, "figure": true, "figcaption": true, "header": true, "footer": true, "main": true, "details": true, "pre": true, "aside": true, "svg": true, "caption": true}

func (o *outline) walk(n *html.Node) {
	if n.Type == html.TextNode {
		o.text.WriteString(n.Data)
		return
	}
	begin, own := begins[n.Data]
	if own || blocks[n.Data] {
		o.line()
		if own {
			o.begin = begin
		}
		defer o.line()
	}
	switch n.Data {
	case "head", "script", "style", "template", "label":
		return
	case "td", "th":
		defer o.text.WriteString(" | ")
	case "a":
		o.text.WriteString("[")
		defer o.text.WriteString("](" + attr(n, "href") + ")")
	case "button":
		o.text.WriteString("<")
		defer o.text.WriteString(">")
	case "input", "select", "textarea":
		o.field(n)
		return
	}
	if l := attr(n, "aria-label"); l != "" {
		o.text.WriteString("{" + l + "} ")
	}
	if attr(n, "hidden") != "" || has(n, "hidden") {
		o.text.WriteString("(hidden) ")
	}
	for c := range n.ChildNodes() {
		o.walk(c)
	}
}

func (o *outline) field(n *html.Node) {
	o.line()
	kind := n.Data
	if t := attr(n, "type"); t != "" {
		kind = t
	}
	fmt.Fprintf(&o.text, "_ %s %s", kind, attr(n, "name"))
	if l := o.labels[attr(n, "id")]; l != "" {
		fmt.Fprintf(&o.text, " (%s)", l)
	}
	if v := attr(n, "value"); v != "" {
		fmt.Fprintf(&o.text, " = %s", v)
	}
	for _, a := range []string{"checked", "required", "disabled"} {
		if has(n, a) {
			o.text.WriteString(" " + a)
		}
	}
	if n.Data != "input" {
		o.text.WriteString(": " + words(n))
	}
	o.line()
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
