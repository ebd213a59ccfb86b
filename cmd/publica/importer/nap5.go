package importer

import (
	"encoding/json/v2"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"publica"
)

// NAP5 is the public record of the fifth U.S. National Action Plan for Open
// Government, 2022. The source says what it heard from the public in summaries
// of its own, and names no comment that any of them rests on; it gives no
// attendance of any meeting, no timeline with dates, and no day on which the
// plan before it ended. None of these are made up: the requirements that need
// them stay open.
type NAP5 struct {
	Plan       string  // nap5-plan.md
	Assessment string  // nap5-midterm-self-assessment.md
	Pairs      []Heard // reasoned-response.json
	Reasoned   string  // reasoned-response.md
	Tracker    *Tracker
}

// Heard is one pair of the reasoned response.
type Heard struct {
	ID       string `json:"id"` // of the heading, for example B1
	Theme    string `json:"theme"`
	Heard    string `json:"heard"`
	Response string `json:"response"`
}

// NAP5Setup says where the fifth U.S. plan goes on a register that has no place
// for it yet.
var NAP5Setup = Setup{
	Name:   "us-nap5",
	Body:   "U.S. Office of Science and Technology Policy (imported record)",
	Type:   "agency",
	Docket: "action-plan",
	Title:  "Fifth U.S. National Action Plan for Open Government, 2022 (imported record)",
	Summary: `The public record of the fifth U.S. National Action Plan as its government published it: the plan, the pairs of its reasoned response, what its self-assessment names of outreach and meetings, and every change of its progress tracker.

What the government heard is imported in the government's own summaries: no comment of any person is on record here. Imported from public sources. Dates and sources are claims of those sources; the importer's key signs for all of them.`,
}

const nap5Site = "https://open.usa.gov/national-action-plan/"

// ReadNAP5 reads five files of the folder.
func ReadNAP5(folder fs.FS) (*NAP5, error) {
	var n NAP5
	for name, to := range map[string]*string{
		"nap5-plan.md": &n.Plan, "nap5-midterm-self-assessment.md": &n.Assessment, "reasoned-response.md": &n.Reasoned,
	} {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read the import folder: %w", err)
		}
		if !utf8.Valid(text) {
			return nil, publica.Problem(publica.Malformed, name, "is not UTF-8 text")
		}
		*to = string(text)
	}
	const pairs = "reasoned-response.json"
	raw, err := fs.ReadFile(folder, pairs)
	if err != nil {
		return nil, fmt.Errorf("read the import folder: %w", err)
	}
	if err := json.Unmarshal(raw, &n.Pairs); err != nil {
		return nil, &publica.Error{Code: publica.Malformed, Field: pairs, Message: "is not a list of pairs", Err: err}
	}
	for i, h := range n.Pairs {
		if h.ID == "" || h.Heard == "" || h.Response == "" {
			return nil, publica.Problem(publica.Invalid, fmt.Sprintf("%s[%d]", pairs, i), "lacks its id, what was heard, or the response")
		}
	}
	n.Tracker, err = ReadTracker(folder)
	return &n, err
}

// nap5Made stands as the time of statements for which the source names no day:
// it says of the plan and of the reasoned response only that they are of
// December 2022.
var nap5Made = publica.TimeOf(time.Date(2022, time.December, 1, 0, 0, 0, 0, time.UTC))

type processBody struct {
	Channel  string       `json:"channel,omitzero"`
	Held     publica.Time `json:"held,omitzero"`
	Imported Claim        `json:"imported"`
	Topic    string       `json:"topic,omitzero"`
}

type responseBody struct {
	Outcome string            `json:"outcome"`
	Targets []publica.EntryID `json:"targets"`
}

type codifyBody struct {
	Version int64 `json:"version"`
}

// Stages signs every statement, in the order in which they must be sent: the plan
// first, for promises are adopted from a plan that is final.
func (n *NAP5) Stages(g Signer) ([]Stage, error) {
	var d Drafter
	body, parts := d.Next(Split(n.Plan, nil))
	body.Imported = &Claim{Label: "December 2022", Source: "GSA/open.usa.gov nap5-plan.md", URL: nap5Site + "5/"}
	heard := Stage{Name: "summaries of what was heard", Owes: len(n.Pairs)}
	answers := Stage{Name: "responses", Owes: -len(n.Pairs)}
	stages := []Stage{{Name: "plan as the draft"}, {Name: "record of outreach"}, {Name: "records of evidence"}, heard, answers, {Name: "declaration that the plan is final"}}
	add := func(stage int, s Statement) (publica.EntryID, error) {
		sub, err := g.Sign(s)
		if err != nil {
			return publica.EntryID{}, fmt.Errorf("%s: %w", s.Source, err)
		}
		stages[stage].Submissions = append(stages[stage].Submissions, sub)
		return sub.Signed.ID(), nil
	}
	if _, err := add(0, Statement{Source: "plan", Kind: "participation/draft", Made: nap5Made, Body: body, Parts: parts}); err != nil {
		return nil, err
	}
	for _, s := range n.outreach() {
		if _, err := add(1, s); err != nil {
			return nil, err
		}
	}
	for _, s := range n.evidence() {
		if _, err := add(2, s); err != nil {
			return nil, err
		}
	}
	for _, h := range n.Pairs {
		id, err := add(3, h.comment())
		if err != nil {
			return nil, err
		}
		if _, err := add(4, h.answer(id)); err != nil {
			return nil, err
		}
	}
	_, err := add(5, Statement{
		Source: "final", Kind: "participation/codify", Made: nap5Made, Body: codifyBody{Version: 1},
		Parts: []Part{{Name: "reason", Media: "text/plain", Text: "The source published this text as the plan in December 2022. The importer declares it final for the record."}},
	})
	if err != nil {
		return nil, err
	}
	tracked, err := n.Tracker.Stages(g)
	return append(stages, tracked...), err
}

func (h *Heard) comment() Statement {
	return Statement{
		Source: h.ID + ".1", Kind: "participation/comment", Made: nap5Made,
		Body: sectionCommentBody{
			Imported: Claim{
				Label:  clipLabel(h.ID + ".1 What We Heard: the government's summary, not a person's comment. " + h.Theme),
				Source: "GSA/open.usa.gov reasoned-response.md", URL: nap5Site + "reasonsed-response/",
			},
			Stance: "neutral", // the source records none
		},
		Parts: []Part{{Name: "text", Media: "text/markdown", Text: h.Heard}},
	}
}

// answer is "noted": the source says in words what it does, and gives none of
// the outcomes that a register knows.
func (h *Heard) answer(to publica.EntryID) Statement {
	return Statement{
		Source: h.ID + ".2", Kind: "participation/response", Made: nap5Made,
		Body: responseBody{Outcome: "noted", Targets: []publica.EntryID{to}},
		Parts: []Part{{Name: "reason", Media: "text/markdown", Text: h.Response +
			"\n\n*Imported: " + h.ID + ".2, Our Response, of the Reasoned Response of December 2022. The source gives no outcome; it stands as noted.*"}},
	}
}

// clipLabel cuts a label to the length that claims may have, 200 characters.
func clipLabel(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:198]) + " …"
	}
	return s
}

var (
	// The one public call that the self-assessment names with its day.
	namedRequest = regexp.MustCompile(`\[(Request for Information[^\]]*)\]\((https://[^)]+)\) on ([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})`)
	// The meetings in its footnotes: "October 27 and 28, 2022 Engagement Sessions. <a href=…".
	namedSession = regexp.MustCompile(`([A-Z][a-z]+) ([0-9]{1,2})(?: and ([0-9]{1,2}))?, ([0-9]{4}) Engagement Sessions?\. <a href="([^"]+)"`)
	posted       = regexp.MustCompile(`_Posted ([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})_`)
)

const assessmentSource = "GSA/open.usa.gov nap5-midterm-self-assessment.md"

func longDay(s string) (publica.Time, error) {
	t, err := time.Parse("January 2, 2006", s)
	return publica.TimeOf(t), err
}

// outreach is what the source names of how people were told, with a day.
func (n *NAP5) outreach() (out []Statement) {
	for _, m := range namedRequest.FindAllStringSubmatch(n.Assessment, -1) {
		held, err := longDay(m[3])
		if err != nil {
			continue // no day after all
		}
		out = append(out, Statement{
			Source: "outreach " + m[2], Kind: "participation/outreach", Made: held,
			Body:  processBody{Channel: "Federal Register", Held: held, Imported: Claim{Label: clipLabel(m[1]), Made: held, Source: assessmentSource, URL: m[2]}},
			Parts: []Part{{Name: "text", Media: "text/markdown", Text: n.paragraph(m[0])}},
		})
	}
	return out
}

// paragraph returns the line of the self-assessment in which words stand.
func (n *NAP5) paragraph(words string) string {
	for line := range strings.Lines(n.Assessment) {
		if strings.Contains(line, words) {
			return strings.TrimSpace(line)
		}
	}
	return words
}

// evidence is the reasoned response, the self-assessment, and each session that
// the source names. A session cannot stand as a meeting: the source does not
// say who was there.
func (n *NAP5) evidence() []Statement {
	statement := func(source, topic, label, url, text string, made publica.Time) Statement {
		s := Statement{
			Source: "evidence " + source, Kind: "participation/evidence", Made: made,
			Body:  processBody{Imported: Claim{Label: label, Made: made, Source: assessmentSource, URL: url}, Topic: topic},
			Parts: []Part{{Name: "text", Media: "text/markdown", Text: text}},
		}
		if made.IsZero() {
			s.Made = nap5Made
		}
		return s
	}
	reasoned := statement("reasoned response", "process", "Reasoned Response, December 2022", nap5Site+"reasonsed-response/", n.Reasoned, 0)
	b := reasoned.Body.(processBody)
	b.Imported.Source = "GSA/open.usa.gov reasoned-response.md"
	reasoned.Body = b
	out := []Statement{reasoned}
	var made publica.Time
	if m := posted.FindStringSubmatch(n.Assessment); m != nil {
		made, _ = longDay(m[1]) // zero, not claimed, if it is no day
	}
	out = append(out, statement("self-assessment", "implementation", "Mid-Term Self-Assessment Report", nap5Site+"5/NAP5-Self-Assessment/", n.Assessment, made))
	for _, m := range namedSession.FindAllStringSubmatch(n.Assessment, -1) {
		for _, d := range m[2:4] {
			held, err := longDay(m[1] + " " + d + ", " + m[4])
			if d == "" || err != nil {
				continue
			}
			on := m[1] + " " + d + ", " + m[4]
			out = append(out, statement("session "+on, "process", "Engagement Session of "+on, m[5],
				"The self-assessment names an engagement session of "+on+". It does not say who was there, so this is no record of a meeting.", held))
		}
	}
	return out
}
