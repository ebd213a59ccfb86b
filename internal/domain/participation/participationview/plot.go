package participationview

import (
	"strconv"
	"time"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A grain is how finely a plot divides time, and which kept counts it is drawn
// from.
type grain struct {
	name  string
	kept  int // one of the grains in activity
	floor func(time.Time) time.Time
	next  func(time.Time) time.Time
	label func(*web.Locale, time.Time) string
}

// The grains in which activity is counted. Coarser ones are added up from them:
// a plot of years reads a few hundred rows, however much was said.
const (
	byMinute = iota
	byHour
	byDay
	byMonth
	kept
)

// slot returns which minute, hour, day or month a time is in.
func slot(grain int, t publica.Time) int64 {
	switch grain {
	case byMinute:
		return int64(t) / 60_000
	case byHour:
		return int64(t) / 3_600_000
	case byDay:
		return int64(t) / 86_400_000
	}
	at := t.Std().UTC()
	return int64(at.Year())*12 + int64(at.Month()) - 1
}

// slotTime is the beginning of a slot.
func slotTime(grain int, slot int64) time.Time {
	switch grain {
	case byMinute:
		return time.Unix(slot*60, 0).UTC()
	case byHour:
		return time.Unix(slot*3600, 0).UTC()
	case byDay:
		return time.Unix(slot*86400, 0).UTC()
	}
	return time.Date(int(slot/12), time.Month(slot%12)+1, 1, 0, 0, 0, 0, time.UTC)
}

func truncated(name string, kept int, d time.Duration, label func(*web.Locale, time.Time) string) grain {
	return grain{name, kept, func(t time.Time) time.Time { return t.Truncate(d) }, func(t time.Time) time.Time { return t.Add(d) }, label}
}

func dayLabel(l *web.Locale, t time.Time) string { return l.Day(publica.TimeOf(t)) }

func hourLabel(l *web.Locale, t time.Time) string {
	return l.T("{day}, {time}", "day", dayLabel(l, t), "time", t.Format("15:04"))
}

func monthLabel(l *web.Locale, t time.Time) string {
	return l.T("{month} {year}", "month", l.T(t.Month().String()), "year", strconv.Itoa(t.Year()))
}

func yearLabel(_ *web.Locale, t time.Time) string { return strconv.Itoa(t.Year()) }

// grains, fine to coarse. The zero time was a Monday, so weeks truncate well.
var grains = []grain{
	truncated(web.Msg("minute"), byMinute, time.Minute, hourLabel),
	truncated(web.Msg("hour"), byHour, time.Hour, hourLabel),
	truncated(web.Msg("day"), byDay, 24*time.Hour, dayLabel),
	truncated(web.Msg("week"), byDay, 7*24*time.Hour, dayLabel),
	{web.Msg("month"), byMonth, func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) },
		func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }, monthLabel},
	{web.Msg("year"), byMonth, func(t time.Time) time.Time { return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) },
		func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }, yearLabel},
}

// maxPoints is how many points a plot has at most, so that its table can be
// read aloud.
const maxPoints = 60

// A history is a docket's contributions and answers over time.
type history struct {
	grain   grain
	claimed bool // some of the times are claims of importers
	points  []moment
}

// A moment is what happened in one division of a history.
type moment struct {
	start               time.Time
	received            int64 // ideas and comments
	owed, answered, due int64 // obligations that arose, that ended, that stood at the end
}

// historyOf reads a docket's history, nil if all of it was one moment: one bar
// shows nothing over time.
func historyOf(s *readmodel.Snapshot, docket int64) (*history, error) {
	var first, last int64
	if _, err := s.One("SELECT min(slot) FROM activity WHERE docket = ? AND grain = ?", readmodel.Args{docket, byMinute}, &first); err != nil || first == 0 {
		return nil, err
	}
	if _, err := s.One("SELECT max(slot) FROM activity WHERE docket = ? AND grain = ?", readmodel.Args{docket, byMinute}, &last); err != nil {
		return nil, err
	}
	h := &history{grain: grainFor(slotTime(byMinute, first), slotTime(byMinute, last))}
	if _, err := s.One("SELECT 1 FROM contribution WHERE docket = ? AND claimed IS NOT NULL LIMIT 1", readmodel.Args{docket}, &h.claimed); err != nil {
		return nil, err
	}
	var due int64
	err := s.Each(func(scan readmodel.Scan) error {
		var at, received, owed, answered int64
		if err := scan(&at, &received, &owed, &answered); err != nil {
			return err
		}
		start := h.grain.floor(slotTime(h.grain.kept, at))
		// Divisions in which nothing happened are there too.
		for n := len(h.points); n == 0 || h.points[n-1].start.Before(start); n = len(h.points) {
			next := start
			if n > 0 {
				next = h.grain.next(h.points[n-1].start)
			}
			h.points = append(h.points, moment{start: next, due: max(0, due)})
		}
		m := &h.points[len(h.points)-1]
		due += owed - answered
		m.received, m.owed, m.answered, m.due = m.received+received, m.owed+owed, m.answered+answered, max(0, due)
		return nil
	}, "SELECT slot, ideas + comments, owed, answered FROM activity WHERE docket = ? AND grain = ? ORDER BY slot", docket, h.grain.kept)
	if len(h.points) < 2 {
		return nil, err
	}
	return h, err
}

// plots draws a history.
func (h *history) plots(l *web.Locale, base string) []web.Plot {
	note := l.T("By block time.")
	if h.claimed {
		note = l.T("Imported contributions at the time their source claims, all else by block time.")
	}
	name := l.T(h.grain.name)
	received := web.Plot{ID: "received", Title: l.T("Ideas and comments"), Desc: l.T("Received per {grain}.", "grain", name) + " " + note, Kind: "bars", XName: name, YName: l.T("Ideas and comments"), CSV: base + "/history.csv"}
	debt := web.Plot{ID: "debt", Title: l.T("Answer debt"), Desc: l.T("Contributions owed a response and not answered, at the end of each {grain}.", "grain", name), Kind: "line", XName: l.T("End of the {grain}", "grain", name), YName: l.T("Owed a response"), CSV: base + "/history.csv"}
	var owed int64
	for _, m := range h.points {
		label := h.grain.label(l, m.start)
		received.Points = append(received.Points, web.Point{Label: label, Value: m.received})
		debt.Points = append(debt.Points, web.Point{Label: label, Value: m.due})
		owed += m.owed
	}
	if owed == 0 {
		return []web.Plot{received}
	}
	return []web.Plot{received, debt}
}

// grainFor returns the finest grain that keeps the plot short.
func grainFor(from, to time.Time) grain {
	for _, g := range grains {
		n := 0
		for t := g.floor(from); !t.After(to) && n <= maxPoints; t = g.next(t) {
			n++
		}
		if n <= maxPoints {
			return g
		}
	}
	return grains[len(grains)-1]
}
