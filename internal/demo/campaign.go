package demo

import (
	"context"
	"fmt"
	"strings"

	"publica"
	"publica/grouping"
)

// letterParts make the letters of a campaign, no two of them equal: each takes one
// option of every segment.
var letterParts = [][]string{
	{"Dear Ministry,", "To the Ministry of Public Service,", "Good day,"},
	{"please keep the paper counters open", "we ask you to keep the paper counters open", "do not close the paper counters", "the paper counters must stay open"},
	{"in every district town", "in all six districts", "in each of the six districts"},
	{"when forms move to the screen next year.", "when all forms go online next year.", "once the forms are on the screen."},
	{"My mother is eighty-one and has never owned a computer.", "Many of our elders have never owned a computer.", "Half of our street has no connection that deserves the name."},
	{"A right that needs a password is not a right for them.", "A right that needs a password is no right for them.", "What needs a password is out of their reach."},
	{"Write into the plan that every service can be had at a counter, on paper, for at least ten years.", "Put into the plan that every service can be had on paper, at a counter, for ten years at least.", "Let the plan say that each service can be had at a counter, on paper, for at least ten years."},
	{"Thank you for reading this.", "With kind regards.", "We will read your answer."},
}

// ownWords are what some who sent the letter added to it.
var ownWords = map[int]string{
	3:  "I drive the library bus on Thursdays and fill in eleven forms a week for other people.",
	11: "At the counter in Saltmarsh there is one chair and a queue of twenty, so keep it open and send a second clerk.",
	19: "Last winter the connection was down for nine days and nobody could pay a fee.",
}

// campaignLetters is how many sent it.
const campaignLetters = 28

// counterLetter is the i-th letter: a mixed-radix number whose digits choose.
func counterLetter(i int) string {
	var chosen []string
	n := i * 37
	for _, options := range letterParts {
		chosen = append(chosen, options[n%len(options)])
		n = n/len(options) + i
	}
	text := strings.Join(chosen, " ")
	if own, ok := ownWords[i]; ok {
		text += "\n\n" + own
	}
	return text
}

// planCampaign has many people send varied copies of one letter. The Ministry
// finds them with the published method, says so on the record, and answers all of
// them at once.
func (s *stage) planCampaign(ctx context.Context) error {
	c := s.plan()
	g, err := grouping.New(grouping.Default())
	if err != nil {
		return err
	}
	var lines []line
	for i := range campaignLetters {
		l := c.line(fmt.Sprintf("comment/letter-%d", i), "comment")
		l.by, l.body, l.parts = person(30+i), member{"stance": "oppose"}, parts{"text": counterLetter(i)}
		lines = append(lines, l)
	}
	if err := c.say(ctx, lines...); err != nil {
		return err
	}
	for i := range lines {
		if err := g.Add(s.id(lines[i].name).String(), g.Sketch(lines[i].parts["text"])); err != nil {
			return err
		}
	}
	groups := g.Groups()
	if len(groups) != 1 {
		return fmt.Errorf("the letters make %d groups", len(groups)) // a mistake in the sample itself
	}
	var members []publica.EntryID
	for _, same := range groups[0].Texts {
		for _, id := range same {
			m, err := publica.ParseEntryID(id)
			if err != nil {
				return err
			}
			members = append(members, m)
		}
	}
	campaign := c.official("campaign/counters", "group", member{"letter": groups[0].Letter, "members": members, "method": g.Method()},
		parts{"reason": "Twenty-eight letters of one wording, each with words of its own. We read them together, and what three people added by itself."})
	if err := c.say(ctx, campaign); err != nil {
		return err
	}
	return c.say(ctx, c.official("response/counters", "response", member{"outcome": "noted", "groups": []publica.EntryID{s.id(campaign.name)}},
		parts{"reason": "Nothing in this plan closes a counter, and we agree that it should say so. The next draft will carry a sentence on it; the number of years is for parliament. The second clerk for Saltmarsh is a good point, and the district has it."}))
}
