package alerts

import (
	"net/http"
	"time"

	ics "github.com/arran4/golang-ical"

	"publica/internal/web"
)

// calendar is GET /docket/{id}/calendar.ics: the docket's times as RFC 5545 has
// them. An event that moves keeps its UID and takes the log index of the record
// that moved it as its SEQUENCE.
func (a *Alerts) calendar(w http.ResponseWriter, r *http.Request) error {
	d, err := a.docketOf(r)
	if err != nil {
		return err
	}
	events, err := a.Source.Events(r.Context(), d.ID)
	if err != nil {
		return err
	}
	base := a.base(r)
	c := ics.NewCalendarFor("Publica")
	c.SetMethod(ics.MethodPublish)
	c.SetName(web.OneLine(d.Title))
	c.SetXWRCalName(web.OneLine(d.Title))
	c.SetRefreshInterval("PT12H")
	for i := range events {
		ev := &events[i]
		e := c.AddEvent(ev.UID + "@" + a.Register)
		e.SetDtStampTime(ev.Set.Std())
		e.SetModifiedAt(ev.Set.Std())
		e.SetSequence(int(ev.Index))
		e.SetStartAt(ev.Start.Std())
		if !ev.End.IsZero() && ev.End > ev.Start {
			e.SetEndAt(ev.End.Std())
		}
		e.SetSummary(web.OneLine(ev.Title))
		if ev.Text != "" {
			e.SetDescription(web.OneLine(ev.Text))
		}
		e.SetURL(base + ev.Href)
		e.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy because of it
	}
	text := c.Serialize(ics.WithNewLineWindows)
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH")
	h.Set("Content-Disposition", `attachment; filename="docket-`+d.ID.String()[:8]+`.ics"`)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Last-Modified", newest(events, d).Format(http.TimeFormat))
	_, err = w.Write([]byte(text))
	return err
}

// newest is when the calendar last changed.
func newest(events []Event, d *Docket) time.Time {
	last := d.Opened
	for i := range events {
		last = max(last, events[i].Set)
	}
	return last.Std()
}
