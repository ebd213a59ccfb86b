package participationview

import (
	"time"

	"publica/internal/readmodel"
	"publica/internal/web"
)

// A grain is how finely a plot divides time.
type grain struct {
	name  string
	floor func(time.Time) time.Time
	next  func(time.Time) time.Time
	label string // time layout
}

func truncated(name string, d time.Duration, label string) grain {
	return grain{name, func(t time.Time) time.Time { return t.Truncate(d) }, func(t time.Time) time.Time { return t.Add(d) }, label}
}

// grains, fine to coarse. The zero time was a Monday, so weeks truncate well.
var grains = []grain{
	truncated("minute", time.Minute, "2 Jan 15:04"),
	truncated("hour", time.Hour, "2 Jan 15:04"),
	truncated("day", 24*time.Hour, "2 Jan 2006"),
	truncated("week", 7*24*time.Hour, "2 Jan 2006"),
	{"month", func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) },
		func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }, "January 2006"},
	{"year", func(t time.Time) time.Time { return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) },
		func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }, "2006"},
}

// maxPoints is how many points a plot has at most, so that its table can be
// read aloud.
const maxPoints = 60

// activity is what happened in one minute.
type activity struct {
	at                          time.Time
	contributed, owed, answered int64
}

// plots draws a docket's contributions and answer debt over time.
func plots(s *readmodel.Snapshot, docket int64) ([]web.Plot, error) {
	var claimed bool
	if _, err := s.One("SELECT 1 FROM contribution WHERE docket = ? AND claimed IS NOT NULL LIMIT 1", readmodel.Args{docket}, &claimed); err != nil {
		return nil, err
	}
	all, err := readmodel.Collect(s, func(scan readmodel.Scan, a *activity) error {
		var minute int64
		err := scan(&minute, &a.contributed, &a.owed, &a.answered)
		a.at = time.Unix(minute*60, 0).UTC()
		return err
	}, "SELECT minute, ideas + comments, owed, answered FROM activity WHERE docket = ? ORDER BY minute", docket)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	g := grainFor(all[0].at, all[len(all)-1].at)
	note := "By block time."
	if claimed {
		note = "Imported contributions at the time their source claims, all else by block time."
	}
	received := web.Plot{ID: "received", Title: "Ideas and comments", Desc: "Received per " + g.name + ". " + note, Kind: "bars", XName: g.name, YName: "Ideas and comments"}
	debt := web.Plot{ID: "debt", Title: "Answer debt", Desc: "Contributions owed a response and not answered, at the end of each " + g.name + ".", Kind: "line", XName: "End of " + g.name, YName: "Owed a response"}
	var open, ever int64
	i := 0
	for t := g.floor(all[0].at); i < len(all); t = g.next(t) {
		var n int64
		for ; i < len(all) && all[i].at.Before(g.next(t)); i++ {
			n += all[i].contributed
			open += all[i].owed - all[i].answered
			ever += all[i].owed
		}
		label := t.Format(g.label)
		received.Points = append(received.Points, web.Point{Label: label, Value: n})
		debt.Points = append(debt.Points, web.Point{Label: label, Value: max(0, open)})
	}
	if len(received.Points) < 2 {
		return nil, nil // one bar shows nothing over time
	}
	if ever == 0 {
		return []web.Plot{received}, nil
	}
	return []web.Plot{received, debt}, nil
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
