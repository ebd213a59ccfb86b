package docket

import (
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/machine"
)

// Announce is the body of docket/period. It announces a period, moves one
// that has not opened, or extends one that is open; the latter two need the
// part "reason".
type Announce struct {
	Closes publica.Time `json:"closes"` // first instant after the period
	Name   string       `json:"name"`
	Opens  publica.Time `json:"opens"`
}

// Period is a period as it stands: open from Opens up to, but not at, Closes.
type Period struct {
	Closes publica.Time    `json:"closes"`
	Entry  publica.EntryID `json:"entry"` // the entry that set these times
	Name   string          `json:"name"`
	Opens  publica.Time    `json:"opens"`
	Stage  Stage           `json:"stage"`
}

// Stage says where a period stands.
type Stage string

const (
	Announced Stage = "announced"
	Opened    Stage = "open"
	Closed    Stage = "closed"
)

func (p Period) open() bool { return p.Stage == Opened }

// Turn is the body of the system records docket/period-opened and
// docket/period-closed.
type Turn struct {
	Name   string          `json:"name"`
	Period publica.EntryID `json:"period"` // the entry that set the time
}

const (
	day           = 24 * time.Hour
	maxAnnounced  = 64
	latestInstant = publica.Time(253402300799999) // end of the year 9999
)

var reasonOptional = []machine.PartRule{{Name: "reason", Media: machine.Text}}

func checkPeriod(e *machine.Entry, b *Announce) error {
	if err := machine.First(machine.InDocket(e), machine.ForBody(e), checkName("body/name", b.Name)); err != nil {
		return err
	}
	switch {
	case b.Opens <= 0:
		return publica.Problem(publica.Invalid, "body/opens", "is missing")
	case b.Closes <= b.Opens:
		return publica.Problem(publica.Invalid, "body/closes", "is missing or not after opens")
	case b.Closes > latestInstant:
		return publica.Problem(publica.Invalid, "body/closes", "is out of range")
	}
	return machine.CheckParts(e, reasonOptional...)
}

func applyPeriod(tx *machine.Tx, e *machine.Entry, b *Announce) error {
	s, err := RequireLead(tx, e)
	if err != nil {
		return err
	}
	if s.Retained > 0 && b.Closes > s.Retained {
		return publica.Problem(publica.Late, "body/closes", "must not be after "+s.Retained.String()+": then what the public wrote has been kept as long as the charter says").
			WithHint("close it at " + s.Retained.String() + " or earlier")
	}
	now := Period{Closes: b.Closes, Entry: e.ID, Name: b.Name, Opens: b.Opens, Stage: Announced}
	before := s.Period(b.Name)
	if before != nil {
		now.Stage = before.Stage
		if p, _ := e.Part("reason"); p.Size == 0 {
			return publica.Problem(publica.Invalid, "content", "lacks the part reason: the period "+b.Name+" is announced already and changes only with a reason")
		}
	}
	if now.Stage == Announced {
		err = s.mayAnnounce(tx, b)
	} else {
		err = before.mayExtend(b)
	}
	if err != nil {
		return err
	}
	s.Periods = slices.Clone(s.Periods)
	if p := s.Period(b.Name); p != nil {
		*p = now
	} else {
		s.Periods = append(s.Periods, now)
	}
	states.Put(tx, e.Docket[:], s)
	if now.Stage == Announced {
		tx.Schedule(b.Opens, "docket/period-opened", e.Docket, Turn{b.Name, e.ID})
	}
	tx.Schedule(b.Closes, "docket/period-closed", e.Docket, Turn{b.Name, e.ID})
	return nil
}

// mayAnnounce holds a period that is not open yet to the charter.
func (s *State) mayAnnounce(tx *machine.Tx, b *Announce) error {
	if s.Period(b.Name) == nil && len(s.Periods) >= maxAnnounced {
		return publica.Problem(publica.TooLarge, "body/name", "is one period too many: a docket has at most "+strconv.Itoa(maxAnnounced))
	}
	if earliest := tx.Time().Add(time.Duration(s.Charter.NoticeDays) * day); b.Opens < earliest {
		return publica.Problem(publica.Late, "body/opens", "must be at least "+strconv.FormatInt(s.Charter.NoticeDays, 10)+" days after the block time "+tx.Time().String()+", by the charter's notice").
			WithHint("open it at " + earliest.String() + " or later")
	}
	if b.Closes < b.Opens.Add(time.Duration(s.Charter.MinDays)*day) {
		return publica.Problem(publica.Invalid, "body/closes", "must be at least "+strconv.FormatInt(s.Charter.MinDays, 10)+" days after opens, by the charter")
	}
	return nil
}

// mayExtend lets an open period end later, nothing else.
func (p *Period) mayExtend(b *Announce) error {
	switch {
	case p.Stage == Closed:
		return publica.Problem(publica.Late, "body/name", "the period "+p.Name+" is over").WithHint("announce another period under a new name")
	case b.Opens != p.Opens:
		return publica.Problem(publica.Conflict, "body/opens", "the period "+p.Name+" is open since "+p.Opens.String()+", which cannot change")
	case b.Closes <= p.Closes:
		return publica.Problem(publica.Conflict, "body/closes", "an open period may only be extended: "+p.Name+" closes at "+p.Closes.String())
	}
	return nil
}

// opened runs when a period is due to open. What a later record replaced does
// nothing.
func opened(tx *machine.Tx, d *machine.Due) bool { return turn(tx, d, Announced, Opened) }

// closed runs when a period is due to close.
func closed(tx *machine.Tx, d *machine.Due) bool { return turn(tx, d, Opened, Closed) }

func turn(tx *machine.Tx, d *machine.Due, from, to Stage) bool {
	var t Turn
	if err := publica.DecodeStrict(d.Body, &t, "body"); err != nil {
		return false // cannot happen: applyPeriod wrote it
	}
	s, _ := Get(tx, d.Docket)
	p := s.Period(t.Name)
	if p == nil || p.Entry != t.Period || p.Stage != from {
		return false
	}
	s.Periods = slices.Clone(s.Periods)
	s.Period(t.Name).Stage = to
	states.Put(tx, d.Docket[:], s)
	return true
}
