package participation

import (
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Timeline is the body of participation/timeline: the whole timeline. One that
// replaces another needs the part "reason".
type Timeline struct {
	Stages []TimelineStage `json:"stages"`
}

// TimelineStage is one stage of the process, from a time up to another.
type TimelineStage struct {
	From publica.Time `json:"from"`
	Name string       `json:"name"` // 1 to 100 characters
	To   publica.Time `json:"to"`
}

const maxStages = 50

var reasonOptional = []machine.PartRule{{Name: "reason", Media: machine.Text}}

func checkTimeline(e *machine.Entry, b *Timeline) error {
	if len(b.Stages) == 0 || len(b.Stages) > maxStages {
		return publica.Problem(publica.Invalid, "body/stages", "is missing, or has more than "+strconv.Itoa(maxStages))
	}
	for i, s := range b.Stages {
		at := "body/stages/" + strconv.Itoa(i)
		if err := identity.CheckLabel(at+"/name", s.Name, 100); err != nil {
			return err
		}
		if slices.ContainsFunc(b.Stages[:i], func(t TimelineStage) bool { return t.Name == s.Name }) {
			return publica.Problem(publica.Invalid, at+"/name", "stands twice")
		}
		if s.From <= 0 || s.To < s.From || s.To >= docket.Year10000 {
			return publica.Problem(publica.Invalid, at, "needs a time from and a time to that is not before it")
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonOptional...))
}

// applyTimeline holds the first timeline to the notice of OGP requirement 3.1:
// it stands before the first opening by the charter's days.
func applyTimeline(tx *machine.Tx, e *machine.Entry, b *Timeline) error {
	s, err := docket.RequireLead(tx, e)
	if err != nil {
		return err
	}
	t := Counts(tx, e.Docket)
	if t.Timelines > 0 {
		if p, _ := e.Part("reason"); p.Size == 0 {
			return publica.Problem(publica.Invalid, "content", "lacks the part reason: a timeline is published already and changes only with a reason")
		}
	} else if err := precedes(tx, &s); err != nil {
		return err
	}
	t.Timelines++
	putTally(tx, e.Docket, t)
	return nil
}

func precedes(tx *machine.Tx, s *docket.State) error {
	days := s.Charter.NoticeDays
	earliest := tx.Time().Add(time.Duration(days) * 24 * time.Hour)
	for _, p := range s.Periods {
		if p.Stage != docket.Announced || p.Opens < earliest {
			return publica.Problem(publica.Late, "docket", "the timeline must stand at least "+strconv.FormatInt(days, 10)+" days before the first period opens, and "+p.Name+" opens at "+p.Opens.String()).
				WithHint("publish the timeline first, then announce periods")
		}
	}
	return nil
}
