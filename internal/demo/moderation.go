package demo

import (
	"context"
	"encoding/json/jsontext"
	"time"

	"publica"
)

// planModeration shows what becomes of content that should not stand there: a
// telephone number is erased, a comment that was hidden comes back on appeal, a
// person disowns what somebody said in her name.
func (s *stage) planModeration(ctx context.Context) error {
	c := s.plan()
	said := func(name string, by int, stance, text, author string) line {
		l := c.line("comment/"+name, "comment")
		l.by, l.body, l.parts = person(by), member{"stance": stance}, parts{"text": text}
		if author != "" {
			l.parts["author"] = author
		}
		return l
	}
	if err := s.say(ctx,
		said("telephone", 21, "support", "The office for company owners never calls back. If you want to hear the whole story, ring my neighbour Edda Brisk on 0555 0142: she knows the clerk by name.", ""),
		said("harsh", 22, "oppose", "The Ministry counted the same tree twice and calls it progress. Whoever signed that report cannot count, or can count and hopes that we cannot.", ""),
		said("borrowed", 23, "oppose", "As chair of the Harbour School parents I am against the whole plan.", "Mira Oyelaran"),
	); err != nil {
		return err
	}
	telephone, err := s.whole(ctx, c.docket+"/comment/telephone")
	if err != nil {
		return err
	}
	harsh, err := s.whole(ctx, c.docket+"/comment/harsh")
	if err != nil {
		return err
	}
	borrowed, err := s.whole(ctx, c.docket+"/comment/borrowed")
	if err != nil {
		return err
	}
	vouched := line{name: "grant/verified", by: "founder", kind: "identity/grant", forBody: "coalition", body: member{"key": s.key(person(6)).ID(), "role": "verified"}, lasting: true}
	if err := s.say(ctx,
		vouched,
		c.act("redact/telephone", "audit", "moderation/redact", member{"asked": "subject", "basis": "personal-data", "entry": telephone, "parts": []string{"text"}},
			"Names a private person and her telephone number. She asked us to take it away; section 17 of the Data Protection Act gives her the right."),
		c.act("hide/harsh", "audit", "moderation/hide", member{"code": "abuse", "entry": harsh}, "Accuses an official of fraud."),
	); err != nil {
		return err
	}
	appeal := c.line("appeal/harsh", "appeal")
	appeal.kind, appeal.by, appeal.body = "moderation/appeal", person(22), member{"act": s.id(c.docket + "/hide/harsh")}
	appeal.parts = parts{"text": "I name no one. I say that a figure in a public report is wrong, and it is: the list of trees has 4,112 lines and 3,970 different numbers."}
	disavow := c.line("disavow/borrowed", "disavow")
	disavow.by, disavow.body = person(6), member{"entry": borrowed}
	disavow.parts = parts{"reason": "I chair the parents of Harbour School, and I did not write this. I support the plan."}
	if err := s.say(ctx, appeal, disavow); err != nil {
		return err
	}
	return s.say(ctx, c.act("decide/harsh", "university", "moderation/decide", member{"appeal": s.id(c.docket + "/appeal/harsh"), "outcome": "reversed", "entry": harsh},
		"It is sharp, and it is about a figure, not about a person. The text is shown again."))
}

// act is a line by which somebody moderates for a body.
func (c scene) act(name, body string, kind publica.Kind, b member, reason string) line {
	return line{name: c.docket + "/" + name, by: body, forBody: body, kind: kind, docket: c.docket, body: b, parts: parts{"reason": reason}}
}

// whole returns an entry that is in the log, as acts of moderation carry it.
func (s *stage) whole(ctx context.Context, name string) (jsontext.Value, error) {
	_, v, err := s.client.Receipt(ctx, s.id(name), time.Minute)
	if err != nil {
		return nil, err
	}
	return v.Leaf.Entry, nil
}
