package ogp

import (
	"cmp"
	"encoding/json/v2"
	"slices"
	"time"

	"publica"
)

// Kinds are the kinds of records that Evaluate reads. Others may be left out.
var Kinds = []publica.Kind{
	"docket/open", "docket/amend-charter", "docket/period", "docket/period-opened", "docket/period-closed",
	"participation/timeline", "participation/outreach", "participation/meeting", "participation/evidence", "participation/codify",
	"commitment/adopt", "commitment/update", "commitment/milestone-done", "commitment/amend",
	"commitment/self-assess", "commitment/review", "commitment/reply", "commitment/close",
}

// A Record is an accepted record of the docket, in the docket's order.
type Record struct {
	ID   publica.EntryID // of the entry; of a system record, of its leaf
	Kind publica.Kind
	Body []byte       // canonical JSON, of the entry or of the system record
	Time publica.Time // of the block

	// Parts names the content parts of the entry that are not empty, in its
	// order. What is promised rests on them; Evaluate does not.
	Parts []string
}

// Input is what a certificate rests on.
type Input struct {
	Register string
	Docket   publica.DocketID
	Records  []Record     // at least those of Kinds
	Owed     int64        // contributions that were owed a response when the records end; once the plan is final, of those from before
	Sealed   publica.Time // of the last seal that covers the records
	At       publica.Time // when it is evaluated; Sealed or later
}

const day = 24 * time.Hour

// history is what the records say, in order.
type history struct {
	*Input
	opened    Record
	respond   bool
	minDays   int64
	required  []string // periods of the charter
	periods   []*period
	timeline  *Record
	outreach  []Record
	meetings  []meeting
	evidence  []evidence
	codified  *Record
	lastEnded *evidence
	promises  []*Promise
}

type period struct {
	name           string
	announced      Record
	closes         publica.Time // as last announced
	opened, closed *Record
}

type meeting struct {
	Record
	held    publica.Time
	purpose string
	period  string
	both    bool // government and civil society were there
}

type evidence struct {
	Record
	topic string
	held  publica.Time
}

type charter struct {
	MinDays int64    `json:"min_days"`
	Periods []string `json:"periods"`
	Respond bool     `json:"respond"`
}

// read sorts the records out.
func read(in *Input) (*history, error) {
	h := &history{Input: in}
	for _, r := range in.Records {
		if err := h.take(r); err != nil {
			return nil, bad(r, err)
		}
	}
	if h.opened.Kind == "" {
		return nil, publica.Problem(publica.Invalid, "records", "hold no docket/open: this is no whole docket")
	}
	var err error
	if h.promises, err = Promises(in.Records); err != nil {
		return nil, err
	}
	slices.SortStableFunc(h.meetings, func(a, b meeting) int { return cmp.Compare(a.held, b.held) })
	return h, nil
}

func (h *history) take(r Record) error {
	switch r.Kind {
	case "docket/open", "docket/amend-charter":
		var b struct {
			Charter charter `json:"charter"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		if h.opened.Kind == "" {
			h.opened = r
		}
		h.respond, h.minDays, h.required = b.Charter.Respond, b.Charter.MinDays, b.Charter.Periods
	case "docket/period":
		var b struct {
			Name   string       `json:"name"`
			Closes publica.Time `json:"closes"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		p := h.period(b.Name)
		if p == nil {
			p = &period{name: b.Name, announced: r}
			h.periods = append(h.periods, p)
		}
		p.closes = b.Closes
	case "docket/period-opened", "docket/period-closed":
		var b struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		p := h.period(b.Name)
		if p == nil {
			return publica.Problem(publica.Invalid, "name", "is a period that was never announced")
		}
		if r.Kind == "docket/period-opened" {
			p.opened = &r
		} else {
			p.closed = &r
		}
	case "participation/timeline":
		if h.timeline == nil {
			h.timeline = &r
		}
	case "participation/outreach":
		h.outreach = append(h.outreach, r)
	case "participation/meeting":
		return h.takeMeeting(r)
	case "participation/evidence":
		var b struct {
			Topic string       `json:"topic"`
			Held  publica.Time `json:"held"`
		}
		if err := json.Unmarshal(r.Body, &b); err != nil {
			return err
		}
		e := evidence{r, b.Topic, b.Held}
		h.evidence = append(h.evidence, e)
		if e.topic == "previous-plan-ended" {
			h.lastEnded = &e
		}
	case "participation/codify":
		h.codified = &r
	}
	return nil
}

func (h *history) takeMeeting(r Record) error {
	var b struct {
		Attendance []struct {
			Sector string `json:"sector"`
		} `json:"attendance"`
		Held    publica.Time `json:"held"`
		Period  string       `json:"period"`
		Purpose string       `json:"purpose"`
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return err
	}
	m := meeting{Record: r, held: b.Held, purpose: b.Purpose, period: b.Period}
	there := map[string]bool{}
	for _, a := range b.Attendance {
		there[a.Sector] = true
	}
	m.both = there["government"] && there["civil-society"]
	h.meetings = append(h.meetings, m)
	return nil
}

func (h *history) period(name string) *period {
	for _, p := range h.periods {
		if p.name == name {
			return p
		}
	}
	return nil
}
