package ogp

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"publica"
)

const (
	halfYear = 183 * day
	year     = 365 * day
)

// dialogue is requirement 1.1.
func dialogue(h *history) Finding {
	const id = "1.1"
	var used []Record
	var held []publica.Time
	for _, m := range h.meetings {
		if m.purpose == "dialogue" && m.both {
			used, held = append(used, m.Record), append(held, m.held)
		}
	}
	i := slices.IndexFunc(h.evidence, func(e evidence) bool { return e.topic == "dialogue-rules" })
	switch {
	case len(held) == 0 && since(h.opened.Time, h.At) <= halfYear:
		return finding(id, Pending, "No meeting with both government and civil society is on record; the first half year is not over.").
			from(h.opened).lacks("participation/meeting with purpose dialogue and both sectors")
	case len(held) == 0:
		return finding(id, Unmet, "No meeting with both government and civil society is on record.").
			from(h.opened).lacks("participation/meeting with purpose dialogue and both sectors")
	case i < 0:
		return finding(id, Unmet, "The rules of the space for dialogue are not on record.").from(used...).lacks("participation/evidence with topic dialogue-rules")
	}
	rules := h.evidence[i]
	used = append([]Record{rules.Record}, used...)
	if rules.Time > held[0] {
		return finding(id, Unmet, "The rules of the space for dialogue came on record at "+rules.Time.String()+", after its first meeting of "+held[0].String()+".").from(used...)
	}
	gap, from := widest(append(slices.Clone(held), h.At))
	if gap > halfYear {
		return finding(id, Unmet, "After "+from.String()+" there was no meeting for "+days(gap)+"; 183 days are allowed.").from(used...).lacks("participation/meeting with purpose dialogue and both sectors")
	}
	return finding(id, Met, number(len(held), "meeting", "meetings")+" with both sides under rules that came before the first; the longest time without one: "+days(gap)+".").from(used...)
}

// widest returns the longest time between neighbours, and where it begins.
func widest(at []publica.Time) (gap time.Duration, from publica.Time) {
	for i := 1; i < len(at); i++ {
		if d := since(at[i-1], at[i]); d > gap {
			gap, from = d, at[i-1]
		}
	}
	return gap, from
}

// website is requirement 2.1: a register that seals.
func website(h *history) Finding {
	const id = "2.1"
	if age := since(h.Sealed, h.At); age > day {
		return finding(id, Unmet, "The last seal that is known is of "+h.Sealed.String()+", "+days(age)+" before the evaluation: nobody can tell from these records whether the register is still there.").
			from(h.opened).lacks("a fresh export")
	}
	return finding(id, Met, "The register sealed these records at "+h.Sealed.String()+", less than a day before the evaluation.").from(h.opened)
}

// repository is requirement 2.2: in every twelve months since the opening, two
// records of evidence. Minutes are evidence too.
func repository(h *history) Finding {
	const id, missing = "2.2", "participation/evidence with topic process or implementation"
	var all []Record
	for _, e := range h.evidence {
		if e.topic != "previous-plan-ended" {
			all = append(all, e.Record)
		}
	}
	for _, m := range h.meetings {
		all = append(all, m.Record)
	}
	slices.SortStableFunc(all, func(a, b Record) int { return cmp.Compare(a.Time, b.Time) })
	if age := since(h.opened.Time, h.At); age <= year {
		if len(all) >= 2 {
			return finding(id, Met, number(len(all), "record", "records")+" of evidence since the docket was opened.").from(all...)
		}
		return finding(id, Pending, number(len(all), "record", "records")+" of evidence since the docket was opened; two are due within a year.").from(append(all, h.opened)...).lacks(missing)
	}
	// From each update, and from the opening, the second next comes within a year.
	at := []publica.Time{h.opened.Time}
	for _, r := range all {
		at = append(at, r.Time)
	}
	for i, t := range at {
		until := h.At
		if i+2 < len(at) {
			until = at[i+2]
		}
		if since(t, until) > year {
			return finding(id, Unmet, "In the twelve months after "+t.String()+" there were fewer than two records of evidence.").from(all...).lacks(missing)
		}
	}
	return finding(id, Met, number(len(all), "record", "records")+" of evidence, at least two in every twelve months.").from(all...)
}

// start is when the first period opened, nil if none has.
func (h *history) start() (at publica.Time, opening *Record) {
	for _, p := range h.periods {
		if p.opened != nil && (opening == nil || p.opened.Time < at) {
			at, opening = p.opened.Time, p.opened
		}
	}
	return at, opening
}

// timelineFirst is requirement 3.1.
func timelineFirst(h *history) Finding {
	const id, missing = "3.1", "participation/timeline"
	start, opening := h.start()
	switch {
	case h.timeline == nil && opening != nil:
		return finding(id, Unmet, "The process started at "+start.String()+", and no timeline is on record.").from(*opening).lacks(missing)
	case h.timeline == nil && h.codified != nil:
		return finding(id, Unmet, "The plan was declared final, and no timeline is on record.").from(*h.codified).lacks(missing)
	case h.timeline == nil:
		return finding(id, Pending, "No timeline is on record, and no period has opened yet.").from(h.opened).lacks(missing)
	case opening == nil:
		return finding(id, Pending, "The timeline came on record at "+h.timeline.Time.String()+"; no period has opened yet.").from(*h.timeline)
	}
	if notice := since(h.timeline.Time, start); notice < 14*day {
		return finding(id, Unmet, "The timeline came on record at "+h.timeline.Time.String()+", less than 14 days before the process started at "+start.String()+".").from(*h.timeline, *opening)
	}
	return finding(id, Met, "The timeline came on record "+days(since(h.timeline.Time, start))+" before the process started.").from(*h.timeline, *opening)
}

// inputEnd is when the last period of the charter closed, or without such the
// plan became final; nil while input goes on.
func (h *history) inputEnd() (end publica.Time, last *Record) {
	for _, name := range h.required {
		p := h.period(name)
		if p == nil || p.closed == nil {
			last = nil
			break
		}
		if p.closed.Time >= end {
			end, last = p.closed.Time, p.closed
		}
	}
	if last == nil && h.codified != nil {
		return h.codified.Time, h.codified
	}
	return end, last
}

// outreachDone is requirement 3.2.
func outreachDone(h *history) Finding {
	const id, missing = "3.2", "participation/outreach"
	end, last := h.inputEnd()
	var before []Record
	for _, r := range h.outreach {
		if last == nil || r.Time <= end {
			before = append(before, r)
		}
	}
	switch {
	case len(before) > 0:
		return finding(id, Met, number(len(before), "record", "records")+" of outreach before input closed.").from(before...)
	case last == nil:
		return finding(id, Pending, "No outreach is on record; input has not closed yet.").from(h.opened).lacks(missing)
	}
	return finding(id, Unmet, "Input closed at "+end.String()+", and no outreach was on record by then.").from(*last).lacks(missing)
}

// inputOpen is requirement 3.3.
func inputOpen(h *history) Finding {
	const id = "3.3"
	if len(h.required) == 0 {
		return finding(id, Unmet, "The charter names no period for input: nobody was promised time.").from(h.opened).lacks("docket/amend-charter that names a period")
	}
	var used []Record
	for _, name := range h.required {
		p := h.period(name)
		if p == nil {
			return finding(id, Pending, "The period "+name+" of the charter is not announced yet.").from(h.opened).lacks("docket/period for " + name)
		}
		if p.opened == nil || p.closed == nil {
			return finding(id, Pending, "The period "+name+" is announced and has not run its course yet.").from(p.announced)
		}
		open := since(p.opened.Time, p.closed.Time)
		used = append(used, *p.opened, *p.closed)
		switch {
		case p.closed.Time < p.closes:
			return finding(id, Unmet, "The period "+name+" was announced until "+p.closes.String()+" and closed at "+p.closed.Time.String()+".").from(used...)
		case open < time.Duration(h.minDays)*day:
			return finding(id, Unmet, "The period "+name+" lasted "+days(open)+"; the charter promises "+strconv.FormatInt(h.minDays, 10)+" days.").from(used...)
		case open < day:
			return finding(id, Unmet, "The period "+name+" lasted less than a day.").from(used...)
		}
	}
	return finding(id, Met, number(len(h.required), "period", "periods")+" of the charter ran as announced.").from(used...)
}

// answered is requirement 4.1.
func answered(h *history) Finding {
	const id = "4.1"
	switch {
	case !h.respond:
		return finding(id, Unmet, "The charter does not owe contributions a response.").from(h.opened).lacks("docket/amend-charter with respond")
	case h.codified == nil && h.Owed > 0:
		return finding(id, Pending, number(int(h.Owed), "contribution is", "contributions are")+" owed a response.").from(h.opened).lacks("participation/response")
	case h.Owed > 0:
		return finding(id, Unmet, "The plan was declared final while "+number(int(h.Owed), "contribution was", "contributions were")+" owed a response.").from(*h.codified)
	case h.codified == nil:
		return finding(id, Pending, "Nothing is owed at the moment; the plan is not final yet.").from(h.opened)
	}
	return finding(id, Met, "Every contribution had its response when the plan was declared final.").from(*h.codified)
}

// implementation is requirement 5.1, for each calendar year that lies wholly
// after the plan became final.
func implementation(h *history) Finding {
	const id = "5.1"
	if h.codified == nil {
		return finding(id, Pending, "The plan is not final yet.").from(h.opened)
	}
	first, last := h.codified.Time.Std().UTC().Year()+1, h.At.Std().UTC().Year()-1
	if first > last {
		return finding(id, Pending, "No whole calendar year has passed since the plan became final.").from(*h.codified)
	}
	var used []Record
	for y := first; y <= last; y++ {
		n := 0
		for _, m := range h.meetings {
			if p := h.period(m.period); m.purpose == "implementation" && m.held.Std().UTC().Year() == y && p != nil && p.opened != nil {
				used, n = append(used, m.Record, *p.opened), n+1
			}
		}
		if n < 2 {
			return finding(id, Unmet, "In "+strconv.Itoa(y)+" there were "+strconv.Itoa(n)+" meetings on implementation with a period for comments; two are required.").
				from(append(used, *h.codified)...).lacks("participation/meeting with purpose implementation and a period")
		}
	}
	return finding(id, Met, "Two meetings or more in each year since the plan became final, each with a period for comments.").from(used...)
}

// noPlan is the first trigger.
func noPlan(h *history) Finding {
	const id = "no-plan"
	if h.lastEnded == nil {
		return finding(id, Unknown, "No record says when the plan before this one ended.").from(h.opened).lacks("participation/evidence with topic previous-plan-ended")
	}
	due := h.lastEnded.held.Add(year)
	used := []Record{h.lastEnded.Record}
	until := h.At
	if h.codified != nil {
		until, used = h.codified.Time, append(used, *h.codified)
	}
	switch {
	case until > due:
		return finding(id, Triggered, "The last plan ended at "+h.lastEnded.held.String()+", and no new one was final within twelve months.").from(used...)
	case h.codified == nil:
		return finding(id, Pending, "The last plan ended at "+h.lastEnded.held.String()+"; a new one is due by "+due.String()+".").from(used...)
	}
	return finding(id, Clear, "The new plan was final within twelve months after the last one ended.").from(used...)
}

// unmet is the second trigger.
func unmet(all []Finding) Finding {
	const id = "requirement-unmet"
	f := finding(id, Clear, "No requirement is unmet.")
	names := ""
	for _, r := range all {
		if r.State == Unmet {
			f.State, names = Triggered, names+", "+r.ID
			f.Records = append(f.Records, r.Records...)
		}
	}
	if names != "" {
		f.Why = "Not met: " + names[2:] + "."
	}
	slices.SortFunc(f.Records, func(a, b publica.EntryID) int { return slices.Compare(a[:], b[:]) })
	f.Records = slices.Compact(f.Records)
	return f
}

// since is how long after a time another is.
func since(from, to publica.Time) time.Duration { return time.Duration(to-from) * time.Millisecond }

func days(d time.Duration) string {
	if d < day {
		return "less than a day"
	}
	return number(int(d/day), "day", "days")
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
