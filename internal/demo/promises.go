package demo

import (
	"context"
	"time"

	"publica"
)

// busPromises plays what became of the night buses: what the city promised when
// its plan was final, what it reported, one rewording, and the draft of a review
// that the public may comment on.
func (s *stage) busPromises(ctx context.Context) error {
	c := scene{stage: s, docket: firstLine, lead: "city"}
	charter := c.of("docket/amend-charter", "reviewers", member{"charter": member{"contribute": "anyone", "respond": true, "min_bytes": 20, "max_bytes": 5000, "max_attachments": 3, "retention": "ten-years",
		"reviewers": []publica.EntryID{s.id("body/university")}}}, parts{"reason": "The university counts what we promise."})
	opens := publica.TimeOf(time.Now().Add(2 * time.Second))
	if err := c.say(ctx, charter, c.period("on-the-review", opens, opens.Add(60*day))); err != nil {
		return err
	}
	if err := c.say(ctx, c.adoptions()...); err != nil {
		return err
	}
	if err := c.say(ctx, c.reports()...); err != nil {
		return err
	}
	review := c.of("commitment/review", "review/clock", member{"commitment": c.id(firstLine + "/promise/clock"), "phase": "mid-term", "period": "on-the-review", "cites": c.idsOf(firstLine + "/report/clock-2"),
		"coding": member{"completion": "limited", "lens": true, "potential": "modest", "verifiable": true}},
		parts{"text": "We rode every line for two weeks with a watch. **Of 412 departures 331 were within three minutes**: 80 in a hundred, not 86. The city counts arrivals at the last stop, where drivers wait."})
	review.by, review.forBody = "university", "university"
	if err := c.say(ctx, review); err != nil {
		return err
	}
	reply := c.of("commitment/reply", "reply/clock", member{"review": c.id(firstLine + "/review/clock")}, parts{"text": "We will count departures too, from next month on."})
	return c.say(ctx, reply)
}

// of returns a line of the lead body, of any kind.
func (c scene) of(kind publica.Kind, name string, body member, p parts) line {
	l := c.official(name, "", body, p)
	l.kind = kind
	return l
}

// ago is a time so many days before now; to come, if days are negative.
func ago(days int) publica.Time { return publica.TimeOf(time.Now()).Add(-time.Duration(days) * day) }

// a promise of the city in a few words.
type promise struct {
	key, name, title, problem, action, indicator, unit string
	baseline, target                                   int64
	began, by                                          int // days ago
	milestones                                         []member
	says                                               parts // deliverables
	values                                             []string
}

func (c scene) adoptions() (lines []line) {
	for _, p := range []promise{
		{"lines", "PL-1", "Three night lines run every night", "After 23:30 nobody gets home without a car.", "Run three night lines, every night of the year.", "Night lines that ran on every night of the month.", "lines",
			0, 3, 200, 30, []member{{"id": "first", "due": ago(120), "part": "first"}, {"id": "all", "due": ago(30), "part": "all"}},
			parts{"first": "Line N1 is in the timetable at lines.example.org", "all": "N1, N2 and N3 are in the timetable"}, []string{"civic-participation"}},
		{"clock", "PL-2", "Night buses leave on time", "One night bus in three comes late, and the next one an hour later.", "Give drivers time at the meeting point, and publish every departure.", "Departures within three minutes of the timetable, in a hundred.", "%",
			71, 95, 200, -300, []member{{"id": "feed", "due": ago(60), "part": "feed"}, {"id": "half", "due": ago(-120), "part": "half"}},
			parts{"feed": "Every departure is in an open feed at feed.example.org", "half": "Eighty-five departures of a hundred are on time"}, []string{"access-to-information", "public-accountability"}},
		{"signs", "PL-3", "Times at every stop, in three languages", "Half of the stops show no times at night.", "Put up signs that are lit, in English, Spanish and Arabic.", "Stops with a lit sign in three languages.", "stops",
			4, 61, 200, 20, []member{{"id": "harbour", "due": ago(90), "part": "harbour"}}, parts{"harbour": "The eleven stops at the harbour have their signs"}, []string{"access-to-information"}},
	} {
		texts := parts{"title": p.title, "problem": p.problem, "action": p.action, "indicator": p.indicator, "contact": "Head of Night Traffic"}
		for name, text := range p.says {
			texts[name] = text
		}
		lines = append(lines, c.of("commitment/adopt", "promise/"+p.key, member{"name": p.name, "agency": c.id("body/city"), "indicator": member{"unit": p.unit},
			"baseline": member{"at": ago(p.began), "value": p.baseline}, "target": member{"at": ago(p.by), "value": p.target}, "milestones": p.milestones, "values": p.values}, texts))
	}
	return lines
}

func (c scene) reports() (lines []line) {
	report := func(key, of, claim string, days int, value int64, text string) {
		lines = append(lines, c.of("commitment/update", "report/"+key, member{"commitment": c.id(firstLine + "/promise/" + of), "at": ago(days), "claim": claim, "value": value},
			parts{"text": text, "evidence": "https://lines.example.org/" + of}))
	}
	done := func(of, milestone string, days int, where string) {
		lines = append(lines, c.of("commitment/milestone-done", "done/"+of+"-"+milestone, member{"commitment": c.id(firstLine + "/promise/" + of), "milestone": milestone, "at": ago(days)}, parts{"evidence": where}))
	}
	report("lines-1", "lines", "in-progress", 125, 1, "Line N1 runs.")
	done("lines", "first", 125, "https://lines.example.org/n1")
	report("lines-2", "lines", "in-progress", 70, 2, "N2 runs since the bridge is open again.")
	report("lines-3", "lines", "complete", 35, 3, "All three lines run every night.")
	done("lines", "all", 35, "https://lines.example.org/timetable")
	report("clock-1", "clock", "in-progress", 110, 78, "Drivers now wait four minutes at the meeting point.")
	done("clock", "feed", 66, "https://feed.example.org")
	report("clock-2", "clock", "in-progress", 20, 86, "The feed counts 86 of a hundred.")
	report("signs-1", "signs", "not-started", 100, 4, "The maker of the signs went out of business; a new tender is being prepared.")
	return append(lines, c.of("commitment/amend", "reworded/clock", member{"commitment": c.id(firstLine + "/promise/clock"), "target": member{"at": ago(-400), "value": 92}},
		parts{"action": "Give drivers time at the meeting point, and publish every departure within a day.", "reason": "The works at the north bridge last half a year longer than planned."}))
}
