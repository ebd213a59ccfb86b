package demo

import (
	"context"
)

// firstLine is the first line of every take.
const firstLine = "open/buses"

// nightBuses plays a small consultation to its end: draft, comments, a second
// draft that says what moved it, an answer to everybody, codification, and one
// comment that comes a moment too late: it is on record, with the reason why it
// counts for nothing.
func (s *stage) nightBuses(ctx context.Context) error {
	c := scene{stage: s, docket: firstLine, lead: "city"}
	open := line{
		name: c.docket, by: c.lead, forBody: c.lead, kind: "docket/open",
		body: member{
			"type": "consultation", "languages": []string{"en"},
			"charter": member{"contribute": "anyone", "respond": true, "min_bytes": 20, "max_bytes": 5000, "max_attachments": 3, "retention": "ten-years"},
		},
		parts: parts{
			"title":   "Night buses in Port Linden",
			"summary": "From spring the city will run three night lines. Which routes, which hours, and where should they wait for each other?",
		},
	}
	if err := c.say(ctx, open); err != nil {
		return err
	}
	if err := c.ideas(ctx, busIdeas); err != nil {
		return err
	}
	if err := c.draft(ctx, 1, nil, &busDrafts[0]); err != nil {
		return err
	}
	if err := c.comments(ctx, busComments); err != nil {
		return err
	}
	if err := c.draft(ctx, 2, &busDrafts[0], &busDrafts[1]); err != nil {
		return err
	}
	for _, r := range busResponses {
		if err := c.respond(ctx, r); err != nil {
			return err
		}
	}
	codify := c.official("codify", "codify", member{"version": 2}, nil)
	late := c.line("comment/late", "comment")
	late.by, late.refused = person(21), true
	late.body, late.parts = member{"stance": "support"}, parts{"text": "I only heard of this today. Please let line N2 stop at the hospital as well."}
	return c.oneAfterTheOther(ctx, codify, late)
}

var busIdeas = []idea{
	{key: "hospital", by: 3, title: "Serve the hospital's shift change",
		problem: "Nurses whose shift ends at 23:30 miss the last bus by ten minutes and wait for the first one at 5:10.",
		propose: "Let one night line call at the hospital at 23:45 and at 5:45.",
		metric:  "Boardings at the hospital stop between 23:30 and 6:00, counted monthly."},
	{key: "meet", by: 11, title: "One meeting point for all night lines",
		problem: "With an hour between buses, a missed connection costs an hour.",
		propose: "All night lines wait for each other at Customs Square, five past every hour."},
	{key: "demand", by: 17, title: "Stop on request between stops after midnight",
		propose: "After midnight, drivers let people off anywhere along the route where it is safe to stop."},
}

var busDrafts = [2]draft{
	{title: "Night lines, first proposal", sections: []section{
		{id: "routes", text: "## Routes\n\nThree lines: N1 from the harbour to Upper Town, N2 along the river, N3 to the university and back.\n"},
		{id: "hours", ideas: []string{"hospital"}, text: "## Hours\n\nBuses run every hour from 0:00 to 4:00, on Fridays and Saturdays.\n"},
		{id: "connections", ideas: []string{"meet"}, text: "## Connections\n\nLines N1 and N2 meet at Customs Square.\n"},
		{id: "fares", text: "## Fares\n\nA night ticket costs twice the day fare.\n"},
	}},
	{title: "Night lines, second proposal", sections: []section{
		{id: "routes", text: "## Routes\n\nThree lines: N1 from the harbour to Upper Town, N2 along the river by way of the hospital, N3 to the university and back.\n"},
		{id: "hours", ideas: []string{"hospital"}, text: "## Hours\n\nBuses run every hour from 23:45 to 5:45, every night of the week. N2 calls at the hospital at 23:45 and at 5:45.\n"},
		{id: "connections", ideas: []string{"meet", "demand"}, text: "## Connections\n\nAll three lines wait for each other at Customs Square, five past every hour. After 1:00 drivers let people off between stops where it is safe.\n"},
		{id: "fares", text: "## Fares\n\nDay tickets and monthly passes are valid at night. There is no surcharge.\n"},
	}, changes: []change{
		{section: "routes", reason: "N2 now passes the hospital, at a cost of four minutes per round.", causes: []string{"idea/hospital", "comment/ward"}},
		{section: "hours", reason: "Shift work is not a weekend matter. The operator offers weekdays at marginal cost if buses are kept on the road until 5:45.", causes: []string{"idea/hospital", "comment/bakers"}},
		{section: "connections", reason: "One meeting point for all lines was asked for by most who wrote. Stops on request start at 1:00, when traffic allows.", causes: []string{"idea/meet", "idea/demand"}},
		{section: "fares", reason: "A surcharge would fall on those who work at night. The council covers the difference.", causes: []string{"comment/fare"}},
	}},
}

var busComments = []comment{
	{key: "ward", by: 4, on: "idea/hospital", stance: "support", text: "I work on ward 6. Ten of us share two taxis every night. A bus at 23:45 would end that. The roster is attached, without names.",
		files: []file{{media: "application/pdf", bytes: sheet("Ward 6, ends of shifts", "23:30 ten nurses, four of them from Upper Town", "5:45 eight nurses, two porters", "Last bus 23:20, first bus 5:10")}}},
	{key: "bakers", by: 12, section: "hours", version: 1, stance: "oppose", quote: "on Fridays and Saturdays", text: "Bakers, nurses and cleaners work on Tuesdays too. Why only Fridays and Saturdays?"},
	{key: "fare", by: 5, section: "fares", version: 1, stance: "oppose", quote: "twice the day fare", text: "Twice the fare for the same seat, paid by those who earn least. Please drop the surcharge."},
	{by: 18, section: "fares", version: 1, stance: "support", quote: "twice the day fare", text: "A higher price at night is fair if it means the line survives its first year."},
	{by: 19, on: "comment/fare", stance: "support", text: "The surcharge would bring in less than it costs to collect. See the trial of four years ago."},
	{by: 13, section: "routes", version: 1, stance: "neutral", quote: "from the harbour to Upper Town", text: "Will N1 stop at the ferry terminal? The draft says harbour, which could mean either end of it."},
	{by: 20, on: "idea/demand", stance: "oppose", text: "Letting people off anywhere on the river road is dangerous. There is no pavement for a kilometre."},
	{by: 14, section: "connections", version: 1, stance: "support", quote: "Lines N1 and N2 meet at Customs Square", text: "Customs Square is lit and has a night kiosk. A good place to wait."},
}

var busResponses = []response{
	{name: "hospital", outcome: "accepted", sections: []string{"routes", "hours"}, targets: []string{"idea/hospital", "comment/ward", "comment/bakers"},
		reason: "Accepted. N2 serves the hospital at both shift changes, and all lines run every night."},
	{name: "connections", outcome: "accepted-in-part", sections: []string{"connections"}, targets: []string{"idea/meet", "idea/demand"},
		reason: "All lines meet at Customs Square. Stops on request begin at 1:00, not at midnight, and not on the river road."},
	{name: "fares", outcome: "accepted", sections: []string{"fares"}, targets: []string{"comment/fare"}, reason: "Accepted. There is no surcharge."},
	{name: "others", outcome: "noted", rest: busComments,
		reason: "Thank you. N1 stops at the ferry terminal itself. The river road is excluded from stops on request. We report on income and boardings after one year."},
}
