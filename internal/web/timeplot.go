package web

import (
	"math"
	"strings"

	"publica"
)

// TimePlot shows values by the time they are of: template "timeplot". Like a
// [Plot] it has a title, a description and a table, so that nobody needs to see
// the drawing.
type TimePlot struct {
	ID       string // unique on the page: letters, digits, hyphens
	Title    string
	Desc     string // what it shows, in a sentence
	Unit     string // of the values
	Decimals int64  // a value is divided by ten to the power of these
	Series   []Series
	Dates    []DateMark
	CSV      string // URL of the same numbers; "" if there is none
}

// Series are values that belong together.
type Series struct {
	Name   string
	Kind   string // "line": what was reported; "way": a dashed line between what is promised
	Points []TimePoint
}

// A TimePoint is a value at a time.
type TimePoint struct {
	At    publica.Time
	Value int64
	Note  string // more of it, in words; for the table
	Href  string // the record it is from
}

// A DateMark is a day that matters.
type DateMark struct {
	At    publica.Time
	Label string
	Kind  string // "", "now", "late"
}

// The drawing area of a time plot, in SVG units.
const (
	timeHeight = 260
	timeTop    = 26
	timeRight  = 14
)

// span returns the first and the last time that is drawn.
func (p *TimePlot) span() (from, to publica.Time) {
	take := func(t publica.Time) {
		if from == 0 || t < from {
			from = t
		}
		to = max(to, t)
	}
	for _, s := range p.Series {
		for _, q := range s.Points {
			take(q.At)
		}
	}
	for _, d := range p.Dates {
		take(d.At)
	}
	return from, to
}

// alongTime returns where a time is drawn between two others.
func alongTime(t, from, to publica.Time) float64 {
	width := float64(plotWidth - plotLeft - timeRight)
	if to <= from {
		return plotLeft + width/2
	}
	return plotLeft + width*float64(t-from)/float64(to-from)
}

// axis returns the ends of the value axis and the distance of its lines.
func (p *TimePlot) axis() (low, high, step int64) {
	for _, s := range p.Series {
		for _, q := range s.Points {
			low, high = min(low, q.Value), max(high, q.Value)
		}
	}
	step = niceStep(high - low)
	floor := func(v int64) int64 {
		n := v / step * step
		if n > v {
			n -= step
		}
		return n
	}
	low = floor(low)
	if top := floor(high); top < high || top == low {
		high = top + step
	}
	return low, high, step
}

// niceStep is a round number that divides a range into about four.
func niceStep(span int64) int64 {
	step := int64(math.Pow10(int(math.Log10(float64(max(1, span))))))
	for _, f := range []int64{1, 2, 5} {
		if d := step / f; d > 0 && span/d >= 4 {
			return d
		}
	}
	return max(1, step/10)
}

func (p *TimePlot) y(v int64) float64 {
	low, high, _ := p.axis()
	h := float64(timeHeight - timeTop - plotBottom)
	return float64(timeHeight-plotBottom) - h*float64(v-low)/float64(high-low)
}

// Grid returns the lines of the value axis.
func (p *TimePlot) Grid() (marks []Mark) {
	low, high, step := p.axis()
	for v := low; v <= high; v += step {
		marks = append(marks, Mark{Point: Point{Value: v}, Y: svgNumber(p.y(v))})
	}
	return marks
}

// A drawnSeries is a series with its place in the drawing.
type drawnSeries struct {
	Series
	Path string
	Dots []Mark
}

// Drawn returns the series placed in the drawing.
func (p *TimePlot) Drawn() (all []drawnSeries) {
	from, to := p.span()
	for _, s := range p.Series {
		d := drawnSeries{Series: s}
		var path strings.Builder
		for _, q := range s.Points {
			x, y := svgNumber(alongTime(q.At, from, to)), svgNumber(p.y(q.Value))
			path.WriteString(x + "," + y + " ")
			d.Dots = append(d.Dots, Mark{Point: Point{Value: q.Value}, X: x, Y: y})
		}
		d.Path = strings.TrimSpace(path.String())
		all = append(all, d)
	}
	return all
}

// A placedDate is a day placed in a drawing.
type placedDate struct {
	DateMark
	X      string
	Anchor string // of its label
}

func placeDates(dates []DateMark, from, to publica.Time) (all []placedDate) {
	for _, d := range dates {
		x := alongTime(d.At, from, to)
		anchor := "middle"
		switch {
		case x > plotWidth-90:
			anchor = "end"
		case x < plotLeft+90:
			anchor = "start"
		}
		all = append(all, placedDate{d, svgNumber(x), anchor})
	}
	return all
}

// Placed returns the days placed in the drawing.
func (p *TimePlot) Placed() []placedDate {
	from, to := p.span()
	return placeDates(p.Dates, from, to)
}

// Ends returns the first and the last day, written under the drawing.
func (p *TimePlot) Ends() [2]publica.Time {
	from, to := p.span()
	return [2]publica.Time{from, to}
}

// Lanes shows things that are due by when each is: template "lanes". What they
// are stands in the table that the page has beside it.
type Lanes struct {
	ID    string
	Title string
	Desc  string
	From  publica.Time // when they were promised
	Now   publica.Time
	Today string // the word for Now
	Lanes []Lane
}

// A Lane is one of them.
type Lane struct {
	Label string // short
	Due   publica.Time
	Done  publica.Time // zero: not yet
	Kind  string       // "", "done", "late"
	Words string       // all of it in words
}

const laneHeight = 30

// Height of the drawing, in SVG units.
func (p *Lanes) Height() int { return laneHeight*len(p.Lanes) + timeTop + plotBottom }

// Foot is where its last words stand.
func (p *Lanes) Foot() int { return p.Height() - 8 }

func (p *Lanes) span() (from, to publica.Time) {
	from, to = p.From, p.Now
	for _, l := range p.Lanes {
		for _, t := range []publica.Time{l.Due, l.Done} {
			if t != 0 {
				from, to = min(from, t), max(to, t)
			}
		}
	}
	return from, to
}

// Ends returns the first and the last day, written under the drawing.
func (p *Lanes) Ends() [2]publica.Time {
	from, to := p.span()
	return [2]publica.Time{from, to}
}

// Placed returns the day it is, placed in the drawing.
func (p *Lanes) Placed() []placedDate {
	from, to := p.span()
	return placeDates([]DateMark{{p.Now, p.Today, "now"}}, from, to)
}

// A drawnLane is a lane placed in the drawing.
type drawnLane struct {
	Lane
	Y, Below, Start, DueX, DoneX string // DoneX "" if it is not done
}

// Drawn returns the lanes placed in the drawing.
func (p *Lanes) Drawn() (all []drawnLane) {
	from, to := p.span()
	for i, l := range p.Lanes {
		y := float64(timeTop + laneHeight*i + laneHeight/2)
		d := drawnLane{Lane: l, Y: svgNumber(y), Below: svgNumber(y + 6), Start: svgNumber(alongTime(p.From, from, to)), DueX: svgNumber(alongTime(l.Due, from, to))}
		if l.Done != 0 {
			d.DoneX = svgNumber(alongTime(l.Done, from, to))
		}
		all = append(all, d)
	}
	return all
}

// Bars compares counts of named things: template "bars", a table whose rows
// have bars.
type Bars struct {
	ID    string
	Title string
	Desc  string
	Name  string // heads the names
	Count string // heads the counts
	Rows  []Bar
	CSV   string
}

// A Bar is one of them.
type Bar struct {
	Link         // where they are listed
	Kind  string // as of a [Tag]
	Value int64
	Note  string // what the name means
}

// Width is how long a bar is, in hundredths of the longest.
func (b *Bars) Width(v int64) int64 {
	most := int64(1)
	for _, r := range b.Rows {
		most = max(most, r.Value)
	}
	return v * 100 / most
}
