package demo

import (
	"context"
	"time"

	"publica"
)

// lastLine is the last line of every take.
const lastLine = "open/plan/end"

const day = 24 * time.Hour

// ideasLast is how long the first period of the plan is open at least: real
// periods last weeks, but block time cannot be hurried. A slow machine gets
// longer.
const ideasLast = 35 * time.Second

func (s *stage) plan() scene { return scene{stage: s, docket: "open/plan", lead: "ministry"} }

// planIdeas opens the plan's docket, publishes its timeline and plays what is
// said in the first period. Others play until that period ends.
func (s *stage) planIdeas(ctx context.Context) error {
	c := s.plan()
	open := line{
		name: c.docket, by: c.lead, forBody: c.lead, kind: "docket/open",
		body: member{
			"type": "action-plan", "languages": []string{"en", "es", "ar"},
			"charter": member{
				"contribute": "anyone", "periods": []string{"ideas", "public-comment"}, "respond": true,
				"min_bytes": 10, "max_bytes": 5000, "max_attachments": 20, "retention": "permanent",
				"moderators": []publica.EntryID{s.id("body/audit")}, "reviewers": []publica.EntryID{s.id("body/university")},
			},
		},
		parts: parts{
			"title": "Second Open Government Action Plan of the Republic of Maravel",
			"summary": "What should government in Maravel open up in the next two years? First everybody brings ideas; then the Ministry of Public Service drafts commitments, and every change to the draft says what moved it. " +
				"Every idea and every comment is owed an answer before the plan can become final.",
		},
	}
	if err := c.say(ctx, open); err != nil {
		return err
	}
	opens := s.soon(2)
	closes := opens.Add(max(ideasLast, 3*s.slowest))
	comment := closes.Add(time.Second)
	stage := func(name string, from, to publica.Time) member { return member{"name": name, "from": from, "to": to} }
	timeline := c.official("timeline", "timeline", member{"stages": []member{
		stage("Walks and evenings in all six districts", opens.Add(-35*day), opens.Add(-7*day)),
		stage("Ideas from everybody", opens, closes),
		stage("Public comment on the draft", comment, comment.Add(60*day)),
		stage("Answers and final draft", comment.Add(60*day), comment.Add(90*day)),
		stage("Start of the plan", comment.Add(90*day), comment.Add(90*day+730*day)),
	}}, nil)
	if err := c.say(ctx, timeline); err != nil {
		return err
	}
	if err := c.say(ctx,
		c.official("evidence/rules", "evidence", member{"topic": "dialogue-rules"},
			parts{"text": "The Open Government Forum has twelve seats: four of ministries and agencies, six chosen by civil society among itself, two of universities. It meets every second month, in the open; minutes appear within a week. What it cannot agree on is put to a vote, and the vote is in the minutes."}),
		c.official("outreach/radio", "outreach", member{"channel": "Radio Maravel and three regional stations", "held": opens.Add(-30 * day)},
			parts{"text": "A spot twice a day for two weeks, in English, Spanish and Arabic: what the plan is, and how to write to it without a computer."}),
		c.official("outreach/evenings", "outreach", member{"channel": "Evenings in libraries of all six districts", "held": opens.Add(-21 * day)},
			parts{"text": "Six evenings, 214 people. Staff of the Ministry wrote down what people said and showed them how to send it under their own key."}),
	); err != nil {
		return err
	}
	if err := c.say(ctx,
		c.period("ideas", opens, closes),
		c.period("public-comment", comment, comment.Add(60*day)),
	); err != nil {
		return err
	}
	if err := until(ctx, opens); err != nil {
		return err
	}
	if err := c.ideas(ctx, planIdeas); err != nil {
		return err
	}
	if err := c.comments(ctx, ideaComments); err != nil {
		return err
	}
	s.drafting = comment
	return c.endorse(ctx, endorsements)
}

func (c scene) period(name string, opens, closes publica.Time) line {
	l := c.official("period/"+name, "", member{"name": name, "opens": opens, "closes": closes}, nil)
	l.kind = "docket/period"
	return l
}

// planDrafts publishes three versions, with comments between them.
func (s *stage) planDrafts(ctx context.Context) error {
	if err := until(ctx, s.drafting); err != nil {
		return err
	}
	c := s.plan()
	if err := c.say(ctx, c.official("meeting/forum", "meeting", member{
		"purpose": "dialogue", "held": publica.TimeOf(time.Now().Add(-time.Second)),
		"attendance": []member{{"sector": "government", "people": 4}, {"sector": "civil-society", "people": 6}, {"sector": "academia", "people": 2}},
	}, parts{"minutes": "The Forum read the twelve ideas one by one. It asks the Ministry to say in the first draft which office answers for each commitment, and to name a test that somebody outside can repeat. Agreed without a vote."})); err != nil {
		return err
	}
	var before *draft
	for i := range planDrafts {
		if err := c.draft(ctx, i+1, before, &planDrafts[i]); err != nil {
			return err
		}
		if err := c.comments(ctx, draftComments[i]); err != nil {
			return err
		}
		before = &planDrafts[i]
	}
	return nil
}

// planResponses answers some and leaves the rest owed. One silent change gets
// its reason later; the section on company owners stays a ghost.
func (s *stage) planResponses(ctx context.Context) error {
	c := s.plan()
	for _, r := range planAnswers {
		if err := c.respond(ctx, r); err != nil {
			return err
		}
	}
	explain := c.official("explain/follow-up", "explain", member{
		"version": 3, "sections": []string{"follow-up"}, "causes": c.idsOf(c.docket + "/comment/deadline"),
	}, parts{"reason": "The first report moves from month twelve to month six. This was missing from the reasons of version 3; a comment on version 2 had asked for it."})
	if err := c.say(ctx, explain); err != nil {
		return err
	}
	end := c.line("end", "comment")
	end.name = lastLine
	end.body = member{"stance": "neutral", "target": c.id(c.docket + "/comment/ghost")}
	end.parts = parts{"text": "Same question here. The section was in version 2 and is gone in version 3, and I find no reason on the record."}
	c.contributed(&end, 1, "", 0, "")
	return c.say(ctx, end)
}

// A response answers lines of the docket; rest adds all comments of a list
// that no other target names.
type response struct {
	name, outcome, reason string
	sections, targets     []string
	rest                  []comment
}

func (c scene) respond(ctx context.Context, r response) error {
	names := prefixed(c.docket+"/", r.targets)
	for _, m := range r.rest {
		if m.key == "" {
			names = append(names, c.docket+"/comment/"+m.called())
		}
	}
	body := member{"outcome": r.outcome, "targets": c.idsOf(names...)}
	if len(r.sections) > 0 {
		body["sections"] = r.sections
	}
	return c.say(ctx, c.official("response/"+r.name, "response", body, parts{"reason": r.reason}))
}
