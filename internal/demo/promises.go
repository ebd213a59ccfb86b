package demo

import (
	"context"
	"fmt"
	"time"

	"publica"
)

// ledgerOf is where the promises of the first plan stood before there was a
// register: they are imported, and their dates are the Ministry's claims.
const ledgerOf = "Ministry of Public Service, ledger of the first action plan"

// A promise is a commitment as the sample's texts have it. Days count from
// today, negative ones are past.
type promise struct {
	name, agency string
	texts        parts // title, problem, action, contact, indicator
	unit         string
	from, to     point
	values       []string
	milestones   []milestone
	reports      []report
}

type (
	point     struct{ day, value int }
	milestone struct {
		id, text string
		due      int
		done     int    // the day; 0: not yet
		evidence string // where it is
	}
	report struct {
		day, value int
		claim      string
		text       string
	}
)

// today is the midnight that began the day, and days from it.
func today(days int) publica.Time {
	return publica.TimeOf(time.Now().UTC().Truncate(day).AddDate(0, 0, days))
}

func (s *stage) firstPlan() scene {
	return scene{stage: s, docket: "open/firstplan", lead: "ministry"}
}

// firstPlanPromises brings the first action plan from the Ministry's ledger: the
// text, six promises, and what was reported on them in two years.
func (s *stage) firstPlanPromises(ctx context.Context) error {
	c := s.firstPlan()
	open := line{
		name: c.docket, by: c.lead, forBody: c.lead, kind: "docket/open",
		body: member{
			"type": "action-plan", "languages": []string{"en"},
			"charter": member{
				"contribute": "anyone", "respond": true, "min_bytes": 10, "max_bytes": 5000, "retention": "permanent",
				"moderators": []publica.EntryID{s.id("body/audit")}, "reviewers": []publica.EntryID{s.id("body/university")},
			},
		},
		parts: parts{
			"title":   "First Open Government Action Plan of the Republic of Maravel",
			"summary": "Six promises of two years ago, and what became of each. The plan was made before this register: its text, dates and reports are brought from the Ministry's ledger. The reviewer's judgement and the last reports were made here.",
		},
	}
	if err := c.say(ctx, open); err != nil {
		return err
	}
	draft := c.official("draft/1", "draft", member{
		"version": 1, "imported": claimed("plan as printed", -720),
		"sections": []member{{"id": "plan", "part": "section:plan"}},
	}, parts{"title": "First Open Government Action Plan", "section:plan": firstPlanText})
	if err := c.say(ctx, draft); err != nil {
		return err
	}
	if err := c.say(ctx, c.official("codify", "codify", member{"version": 1}, nil)); err != nil {
		return err
	}
	for i := range firstPromises {
		if err := c.promise(ctx, &firstPromises[i]); err != nil {
			return err
		}
	}
	return nil
}

func claimed(label string, days int) member {
	return member{"source": ledgerOf, "label": label, "made": today(days)}
}

// commitment returns a line about a promise.
func (c scene) commitment(name string, kind publica.Kind, body member, p parts) line {
	l := c.official(name, "", body, p)
	l.kind = "commitment/" + kind
	return l
}

// promise brings one promise and what was reported on it, in the order of the
// days.
func (c scene) promise(ctx context.Context, p *promise) error {
	body := member{"name": p.name, "agency": c.id("body/" + p.agency), "imported": claimed(p.name, -710), "sections": []string{"plan"}}
	texts := parts{}
	for name, text := range p.texts {
		texts[name] = text
	}
	if p.unit != "" {
		body["indicator"] = member{"unit": p.unit}
		body["baseline"] = member{"at": today(p.from.day), "value": p.from.value}
		body["target"] = member{"at": today(p.to.day), "value": p.to.value}
		body["values"] = p.values
	}
	var steps []member
	for _, m := range p.milestones {
		steps = append(steps, member{"id": m.id, "due": today(m.due), "part": "milestone:" + m.id})
		texts["milestone:"+m.id] = m.text
	}
	if steps != nil {
		body["milestones"] = steps
	}
	if err := c.say(ctx, c.commitment("promise/"+p.name, "adopt", body, texts)); err != nil {
		return err
	}
	of := c.id(c.docket + "/promise/" + p.name)
	var lines []line
	for _, m := range p.milestones {
		if m.done != 0 {
			lines = append(lines, c.commitment("done/"+p.name+"/"+m.id, "milestone-done",
				member{"at": today(m.done), "commitment": of, "milestone": m.id, "imported": claimed(p.name+" "+m.id, m.done)}, parts{"evidence": m.evidence}))
		}
	}
	for i, r := range p.reports {
		body := member{"at": today(r.day), "claim": r.claim, "commitment": of, "imported": claimed(fmt.Sprintf("%s, report %d", p.name, i+1), r.day)}
		if p.unit != "" {
			body["value"] = r.value
		}
		lines = append(lines, c.commitment(fmt.Sprintf("report/%s/%d", p.name, i+1), "update", body, parts{"text": r.text}))
	}
	return c.oneAfterTheOther(ctx, lines...)
}

// firstPlanReviews plays the term's end: one promise quietly narrowed, one moved
// with a reason, the government's judgement and the reviewer's drafts, what the
// public says of them, and a reply.
func (s *stage) firstPlanReviews(ctx context.Context) error {
	c := s.firstPlan()
	opens := s.soon(0)
	s.reviewed = opens.Add(max(10*time.Second, s.slowest))
	if err := c.say(ctx, c.period("review", opens, s.reviewed)); err != nil {
		return err
	}
	if err := c.oneAfterTheOther(ctx,
		c.commitment("amend/owners", "amend", member{"commitment": c.promised("1.3"), "imported": claimed("1.3, second edition", -200)},
			parts{"title": "Publish who owns the companies that bid for public contracts"}),
		c.commitment("amend/hearings", "amend", member{"commitment": c.promised("1.4"), "target": member{"at": today(230), "value": 6}},
			parts{"reason": "Two district councils are elected in spring and cannot call a hearing before. The number stays; the last hearing moves by thirty days."}),
		c.commitment("assess/land", "self-assess", member{"commitment": c.promised("1.1"), "phase": "end-of-term", "completion": "complete"},
			parts{"text": "All 48 municipalities are in the published land register. The interface answers 30,000 questions a day."}),
		c.commitment("assess/owners", "self-assess", member{"commitment": c.promised("1.3"), "phase": "end-of-term", "completion": "substantial"},
			parts{"text": "The law is in force and the register is built. What is missing is data entry."}),
		c.review("review/land", "1.1", landCoding, "period", "review",
			"We downloaded all 48 files and compared 200 parcels with the paper register: 198 agree. Whether it changed how land is sold cannot be told yet."),
		c.review("review/owners", "1.3", ownersCoding, "period", "review",
			"The law asks for all companies. The promise was narrowed to bidders without a reason on record. 38 of 100 companies are entered, and the register is not open."),
	); err != nil {
		return err
	}
	if err := until(ctx, opens); err != nil {
		return err
	}
	said := c.line("comment/owners", "comment")
	said.by, said.body = person(4), member{"stance": "support", "target": c.id(c.docket + "/review/owners")}
	said.parts = parts{"author": accountNames[4], "text": "I asked for an extract on eleven companies in May and was told that the register is internal. Please say so in the final review."}
	reply := c.commitment("reply/owners", "reply", member{"review": c.id(c.docket + "/review/owners")},
		parts{"text": "The narrowing was an editor's decision and should have carried a reason. The register opens when the first half of the companies is entered."})
	return c.oneAfterTheOther(ctx, said, reply)
}

var (
	landCoding   = member{"verifiable": true, "lens": true, "potential": "substantial", "completion": "complete", "results": "moderate"}
	ownersCoding = member{"verifiable": true, "lens": true, "potential": "substantial", "completion": "limited", "results": "no-notable"}
)

// promised is the commitment of that name.
func (c scene) promised(name string) publica.EntryID { return c.id(c.docket + "/promise/" + name) }

// review returns the university's coding of a commitment at the end of the term: a
// draft with its period, or what follows a draft.
func (c scene) review(name, on string, coding member, stands string, with any, text string) line {
	l := c.commitment(name, "review", member{
		"commitment": c.promised(on), "phase": "end-of-term", "coding": coding,
		"cites": []publica.EntryID{c.promised(on)}, stands: with,
	}, parts{"text": text})
	l.by, l.forBody = "university", "university"
	return l
}

// firstPlanEnd answers the comment, makes the reviews final when their period is
// over, and closes the promise that was kept.
func (s *stage) firstPlanEnd(ctx context.Context) error {
	c := s.firstPlan()
	if err := until(ctx, s.reviewed); err != nil {
		return err
	}
	answer := c.official("response/review", "response", member{"outcome": "noted", "targets": c.idsOf(c.docket + "/comment/owners")},
		parts{"reason": "The reviewer took it into the final text. We have told the office to answer such requests from now on."})
	if err := c.oneAfterTheOther(ctx, answer,
		c.review("final/land", "1.1", landCoding, "draft", c.id(c.docket+"/review/land"), "As in the draft; nobody objected in the comment period."),
		c.review("final/owners", "1.3", ownersCoding, "draft", c.id(c.docket+"/review/owners"),
			"As in the draft. A citizen adds that extracts are refused because the register is internal: it is not open, and we code completion as limited, where the government says substantial."),
	); err != nil {
		return err
	}
	return c.say(ctx, c.commitment("close/land", "close", member{"commitment": c.promised("1.1"), "how": "ended"},
		parts{"reason": "The target is reached, every milestone is done, and the reviewer has coded it."}))
}
