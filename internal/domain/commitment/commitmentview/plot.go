package commitmentview

import (
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// countsOf draws how many promises are in each state; here leads to the board
// narrowed to one.
func countsOf(l *web.Locale, items []Item, here func(ogp.PromiseState) string) web.Bars {
	counts := map[ogp.PromiseState]int64{}
	for i := range items {
		counts[items[i].Standing.State]++
	}
	b := web.Bars{ID: "states", Title: l.T("How the promises stand"), Desc: l.N(len(items), "{n} promise, by the state that its records show.", "{n} promises, each by the state that its records show."),
		Name: l.T("State"), Count: l.T("Promises")}
	for _, s := range states {
		if counts[s] > 0 {
			b.Rows = append(b.Rows, web.Bar{Link: web.Link{Text: stateWords(l, s), Href: here(s)}, Kind: stateKind(s), Value: counts[s], Note: stateMeans(l, s)})
		}
	}
	return b
}

// maxMoments bounds the points of a plot.
const maxMoments = 48

// A tally is how many promises were kept, and overdue, at a time.
type tally struct {
	At                     publica.Time
	Promises, Kept, Behind int64
}

// talliesOf evaluates promises at the end of every month, or of every few, from the
// first adoption to a time.
func talliesOf(promises []*promise, until publica.Time) (all []tally) {
	first := until
	for _, p := range promises {
		first = min(first, p.Adopted.When)
	}
	from, to := first.Std().UTC(), until.Std().UTC()
	months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	step := months/maxMoments + 1
	for m := 0; m < months; m += step {
		all = append(all, tallyAt(promises, publica.TimeOf(time.Date(from.Year(), from.Month()+time.Month(m+1), 1, 0, 0, 0, 0, time.UTC))-1))
	}
	return append(all, tallyAt(promises, until))
}

func tallyAt(promises []*promise, at publica.Time) tally {
	t := tally{At: at}
	for _, p := range promises {
		s, ok := p.At(at)
		if !ok {
			continue
		}
		t.Promises++
		switch s.State {
		case ogp.Kept:
			t.Kept++
		case ogp.Overdue, ogp.NotKept:
			t.Behind++
		}
	}
	return t
}

// historyOf draws promises kept, and promises overdue, over time.
func historyOf(l *web.Locale, tallies []tally, csv string) []web.Plot {
	if len(tallies) < 2 {
		return nil
	}
	kept := web.Plot{ID: "kept", Title: l.T("Promises kept"), Desc: l.T("At the end of each month: target reached and every milestone done."), Kind: "line", XName: l.T("Day"), YName: l.T("Kept"), CSV: csv}
	behind := web.Plot{ID: "behind", Title: l.T("Promises overdue"), Desc: l.T("At the end of each month: something promised for an earlier day is missing, or it was closed so."), Kind: "line", XName: l.T("Day"), YName: l.T("Overdue or not kept"), CSV: csv}
	for _, t := range tallies {
		kept.Points = append(kept.Points, web.Point{Label: l.Day(t.At), Value: t.Kept})
		behind.Points = append(behind.Points, web.Point{Label: l.Day(t.At), Value: t.Behind})
	}
	return []web.Plot{kept, behind}
}

// progressOf draws the values that were reported of a commitment beside what is
// promised; nil if there is nothing to draw.
func (d *dossier) progressOf(l *web.Locale) *web.TimePlot {
	t := d.terms
	p := &web.TimePlot{ID: "progress", Title: l.T("Progress against the target"), Unit: t.Unit(), Decimals: t.Decimals(), CSV: "/commitment/" + d.Entry.String() + "/progress.csv"}
	reported := web.Series{Name: l.T("reported by the government"), Kind: "line"}
	for i := range d.Reports {
		if r := &d.Reports[i]; r.Value != nil {
			reported.Points = append(reported.Points, web.TimePoint{At: r.At, Value: *r.Value, Href: "#r-" + r.ID.String()})
		}
	}
	way := web.Series{Name: l.T("promised: from baseline to target"), Kind: "way"}
	point := func(m *commitment.Measure, note string) {
		if m != nil && m.At != 0 {
			way.Points = append(way.Points, web.TimePoint{At: m.At, Value: m.Value, Note: note})
		}
	}
	point(t.Baseline, l.T("Baseline"))
	point(t.Target, l.T("Target"))
	for _, s := range []web.Series{way, sortedByTime(reported)} {
		if len(s.Points) > 0 {
			p.Series = append(p.Series, s)
		}
	}
	if len(p.Series) == 0 {
		return nil
	}
	for _, m := range t.Milestones {
		if m.Due != 0 {
			p.Dates = append(p.Dates, web.DateMark{At: m.Due, Label: l.T("Milestone {id} is due", "id", web.Apart(m.ID))})
		}
	}
	p.Dates = append(p.Dates, web.DateMark{At: d.Standing.At, Label: d.today(l), Kind: "now"})
	p.Desc = d.progressWords(l)
	return p
}

// progressWords says the plot in a sentence.
func (d *dossier) progressWords(l *web.Locale) string {
	t, s := d.terms, &d.Standing
	switch {
	case t.Target == nil && s.Value != nil:
		return l.T("Last reported: {value}. There is no target.", "value", measureWords(l, t, *s.Value))
	case t.Target == nil:
		return l.T("There is no target.")
	case s.Value == nil:
		return l.T("Promised: {target}. No value has been reported.", "target", atWords(l, t, t.Target))
	case s.Permille == nil:
		return l.T("Promised: {target}. Last reported: {value}.", "target", atWords(l, t, t.Target), "value", measureWords(l, t, *s.Value))
	}
	return l.T("Promised: {target}. Last reported: {value}, {share} of the way from the baseline.", "target", atWords(l, t, t.Target), "value", measureWords(l, t, *s.Value), "share", l.Percent(*s.Permille/10))
}

// today is the word for the time at which a page shows things.
func (d *dossier) today(l *web.Locale) string {
	if d.then {
		return l.Day(d.Standing.At)
	}
	return l.T("today")
}

// milestonesOf draws the milestones of a commitment.
func (d *dossier) milestonesOf(l *web.Locale) *web.Lanes {
	lanes := &web.Lanes{ID: "lanes", Title: l.T("Milestones by their days"), Desc: l.N(d.Standing.Milestones, "{done} of {n} milestone is done.", "{done} of {n} milestones are done.", "done", d.Standing.Done), From: d.Adopted, Now: d.Standing.At, Today: d.today(l)}
	for i := range d.Steps {
		m := &d.Steps[i]
		if m.Due == 0 {
			continue
		}
		lane := web.Lane{Label: strconv.Itoa(i + 1), Due: m.Due, Done: m.Done, Words: m.words(l)}
		if m.Late {
			lane.Kind = "late"
		}
		lanes.Lanes = append(lanes.Lanes, lane)
	}
	if len(lanes.Lanes) == 0 {
		return nil
	}
	return lanes
}

// now is the time at which pages evaluate: the clock of the site, which may run
// behind block time.
func (p *pages) now(s *readmodel.Snapshot) publica.Time { return max(p.site.Now(), s.Time) }
