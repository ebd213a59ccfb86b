package web

import (
	"html/template"
	"math"
	"strconv"
	"strings"

	"publica"
)

// A Link is a place to go.
type Link struct {
	Text string
	Href string
}

// Alert is a message that must not be missed: template "alert".
type Alert struct {
	Kind  string // info, warning, error, success
	Title string
	Text  string
	Link  Link // what to do about it; may be empty
}

// A StepState says where a step stands.
type StepState string

// The states of a [Step].
const (
	Done    StepState = "complete"
	Current StepState = "current"
	Ahead   StepState = ""
)

// Steps shows where a process stands: template "steps".
type Steps struct {
	Label string
	Steps []Step
}

// A Step is one stage of [Steps].
type Step struct {
	Text  string
	Note  string // a date or a count, shown below
	State StepState
}

// CurrentIndex returns the number of the current step, from 1; 0 if none.
func (s Steps) CurrentIndex() int {
	for i, step := range s.Steps {
		if step.State == Current {
			return i + 1
		}
	}
	return 0
}

// CurrentText returns the text of the current step.
func (s Steps) CurrentText() string {
	if i := s.CurrentIndex(); i > 0 {
		return s.Steps[i-1].Text
	}
	return ""
}

// Tag is a short mark: template "tag".
type Tag struct {
	Kind string // "", info, warning, error, success
	Text string
}

// Stats is a row of figures: template "stats".
type Stats []Stat

// A Stat is one figure.
type Stat struct {
	Value string
	Label string
	Note  string
	Kind  string // "", warning, error, success: colours the figure's edge
	Href  string
}

// Facts is a list of names and values: template "facts".
type Facts []Fact

// A Fact is one name with its value. Value is shown isolated, as text.
type Fact struct {
	Name  string
	Value string
	Href  string
	Code  bool // monospaced: hashes, keys
	Time  publica.Time
}

// Progress is a labelled bar: template "progress". No bar if Total is 0.
type Progress struct {
	Label string
	Done  int64
	Total int64
	Note  string
}

// Percent returns the part done, 0 to 100, rounded down.
func (p Progress) Percent() int64 {
	if p.Total <= 0 {
		return 0
	}
	return min(100, p.Done*100/p.Total)
}

// Empty is what a list shows when there is nothing: template "empty". Next
// says what one can do.
type Empty struct {
	Title string
	Text  string
	Next  Link
}

// SubNav links the pages of one thing: template "subnav".
type SubNav struct {
	Label string
	Items []SubNavItem
}

// A SubNavItem is one page of a [SubNav].
type SubNavItem struct {
	Link
	Count   string // shown beside the text; "" for none
	Current bool
}

// Table is a plain table: template "table". For richer cells write the table
// in the view's template inside <div class="usa-table-container--scrollable"
// tabindex="0">.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
	Empty   Empty // shown instead when there are no rows
}

// A Column heads a column.
type Column struct {
	Name    string
	Numeric bool
}

// A Cell is one cell of a [Table]; Text is shown isolated.
type Cell struct {
	Text string
	Href string
	Tag  Tag
	Time publica.Time // shown instead of Text if set
	Code bool
}

// Numeric reports whether column i holds numbers.
func (t Table) Numeric(i int) bool { return i < len(t.Columns) && t.Columns[i].Numeric }

// Pager leads through a list by cursor: template "pager". [Cursor.Pager] makes
// one.
type Pager struct {
	Shown int
	Noun  string // plural: "comments"
	Total string // "" if not known
	First string // URLs; "" if there is none
	Next  string
}

// Plot is a chart with its numbers beside it: template "plot". The drawing has
// a title and a description, and the table below holds every value, so nobody
// needs to see it to know what it says.
type Plot struct {
	ID     string // unique on the page: letters, digits, hyphens
	Title  string
	Desc   string // what it shows, in a sentence
	Kind   string // "bars" or "line"
	XName  string
	YName  string
	Points []Point
	CSV    string // URL of the same numbers; "" if there is none
}

// A Point is one value of a [Plot].
type Point struct {
	Label string
	Value int64
}

// The drawing area of a plot, in SVG units.
const (
	plotWidth  = 720
	plotHeight = 220
	plotLeft   = 56
	plotBottom = 28
	plotTop    = 12
)

// A Mark is a point placed in the drawing.
type Mark struct {
	Point
	X, Y, W, H string
}

// Top returns the upper end of the value axis: a number at or above the largest
// value that four grid lines divide evenly.
func (p Plot) Top() int64 {
	var most int64
	for _, q := range p.Points {
		most = max(most, q.Value)
	}
	if most <= 12 {
		return max(4, (most+3)/4*4)
	}
	step := int64(math.Pow10(len(strconv.FormatInt(most, 10)) - 1))
	for _, f := range []int64{2, 4, 6, 8} {
		if top := f * step; top >= most {
			return top
		}
	}
	return 10 * step
}

// Grid returns the lines of the value axis.
func (p Plot) Grid() []Mark {
	var marks []Mark
	top := p.Top()
	for i := range int64(5) {
		v := top * i / 4
		marks = append(marks, Mark{Point: Point{Value: v}, Y: svgNumber(p.y(v))})
	}
	return marks
}

func (p Plot) y(v int64) float64 {
	h := float64(plotHeight - plotTop - plotBottom)
	return float64(plotHeight-plotBottom) - h*float64(v)/float64(p.Top())
}

// Marks returns the values placed in the drawing.
func (p Plot) Marks() []Mark {
	marks := make([]Mark, len(p.Points))
	slot := float64(plotWidth-plotLeft) / float64(max(1, len(p.Points)))
	gap := min(slot*0.2, 8)
	for i, q := range p.Points {
		y := p.y(q.Value)
		marks[i] = Mark{
			Point: q,
			X:     svgNumber(float64(plotLeft) + slot*float64(i) + gap/2),
			Y:     svgNumber(y),
			W:     svgNumber(max(1, slot-gap)),
			H:     svgNumber(float64(plotHeight-plotBottom) - y),
		}
	}
	return marks
}

// Path returns the points attribute of the line.
func (p Plot) Path() string {
	var b strings.Builder
	slot := float64(plotWidth-plotLeft) / float64(max(1, len(p.Points)))
	for i, q := range p.Points {
		b.WriteString(svgNumber(float64(plotLeft)+slot*(float64(i)+0.5)) + "," + svgNumber(p.y(q.Value)) + " ")
	}
	return strings.TrimSpace(b.String())
}

// Ends returns the first and last label, written under the drawing.
func (p Plot) Ends() []string {
	switch len(p.Points) {
	case 0:
		return nil
	case 1:
		return []string{p.Points[0].Label}
	}
	return []string{p.Points[0].Label, p.Points[len(p.Points)-1].Label}
}

func svgNumber(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// componentFuncs make components inside templates.
func componentFuncs() template.FuncMap {
	return template.FuncMap{
		"problems": func() map[publica.Code]string { return titleOf },
		"tag":      func(kind, text string) Tag { return Tag{Kind: kind, Text: text} },
		"alert":    func(kind, title, text string) Alert { return Alert{Kind: kind, Title: title, Text: text} },
		"link":     func(text, href string) Link { return Link{Text: text, Href: href} },
	}
}
