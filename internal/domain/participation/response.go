package participation

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Response is the body of participation/response: one answer to one or many
// contributions. The part "reason" is required.
type Response struct {
	Drafted  *Drafted          `json:"drafted,omitzero"`
	Groups   []publica.EntryID `json:"groups,omitempty"` // every member of them
	Outcome  Outcome           `json:"outcome"`
	Ranges   [][2]int64        `json:"ranges,omitempty"`   // positions of the docket's tree, both ends included; what is no contribution is skipped
	Sections []string          `json:"sections,omitempty"` // what of the draft changed by it; needed if accepted
	Targets  []publica.EntryID `json:"targets,omitempty"`
}

// Drafted says that a language model wrote a draft of the reason. It is the word of
// the person who signed, and answers for it.
type Drafted struct {
	Model  string       `json:"model"`  // its name, 1 to 100 characters
	Prompt publica.Hash `json:"prompt"` // SHA-256 of what it was asked, by which whoever holds that can prove it
}

func (d *Drafted) check() error {
	switch {
	case d == nil:
		return nil
	case d.Prompt == publica.Hash{}:
		return publica.Problem(publica.Invalid, "body/drafted/prompt", "is missing").WithHint("the SHA-256 of what the model was asked")
	}
	return identity.CheckLabel("body/drafted/model", d.Model, 100)
}

// Outcome says what became of a contribution.
type Outcome string

const (
	AcceptedOutcome Outcome = "accepted"
	AcceptedInPart  Outcome = "accepted-in-part"
	Noted           Outcome = "noted"
	Declined        Outcome = "declined"
	OutOfScope      Outcome = "out-of-scope"
	DuplicateOf     Outcome = "duplicate"
)

const maxRanges = 256

var responseParts = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}}

func checkResponse(e *machine.Entry, b *Response) error {
	switch b.Outcome {
	case AcceptedOutcome, AcceptedInPart:
		if len(b.Sections) == 0 {
			return publica.Problem(publica.Invalid, "body/sections", "is missing: what is accepted names the sections of the draft it changed")
		}
	case Noted, Declined, OutOfScope, DuplicateOf:
	default:
		return publica.Problem(publica.Invalid, "body/outcome", "is missing or not an outcome").
			WithHint("one of accepted, accepted-in-part, noted, declined, out-of-scope, duplicate")
	}
	if len(b.Targets) == 0 && len(b.Ranges) == 0 && len(b.Groups) == 0 {
		return publica.Problem(publica.Invalid, "body/targets", "is missing: a response names what it answers, by targets, ranges or groups")
	}
	if len(b.Groups) > maxGroups {
		return publica.Problem(publica.TooLarge, "body/groups", "has more than "+strconv.Itoa(maxGroups)+" groups")
	}
	if len(b.Ranges) > maxRanges {
		return publica.Problem(publica.TooLarge, "body/ranges", "has more than "+strconv.Itoa(maxRanges)+" ranges")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), b.Drafted.check(), checkRanges(b.Ranges), checkIDs("body/targets", b.Targets), checkIDs("body/groups", b.Groups),
		checkSectionIDs("body/sections", b.Sections), machine.CheckParts(e, responseParts...))
}

// checkRanges holds ranges of positions to their form: ascending, and apart.
func checkRanges(ranges [][2]int64) error {
	for i, r := range ranges {
		if r[0] < 0 || r[1] < r[0] {
			return publica.Problem(publica.Invalid, "body/ranges/"+strconv.Itoa(i), "is not a range of positions: first, then last")
		}
		if i > 0 && r[0] <= ranges[i-1][1] {
			return publica.Problem(publica.Invalid, "body/ranges/"+strconv.Itoa(i), "does not come after the range before it")
		}
	}
	return nil
}

func checkSectionIDs(field string, ids []string) error {
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if !sectionPattern.MatchString(id) || seen[id] {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "is not a section id, or stands twice")
		}
		seen[id] = true
	}
	return nil
}

func applyResponse(tx *machine.Tx, e *machine.Entry, b *Response) error {
	if _, err := docket.RequireLead(tx, e); err != nil {
		return err
	}
	for i, id := range b.Sections {
		if !EverStood(tx, e.Docket, id) {
			return publica.Problem(publica.NotFound, "body/sections/"+strconv.Itoa(i), "is not a section of any version of the draft").
				WithHint("publish the draft that has it first")
		}
	}
	t := Counts(tx, e.Docket)
	for i, id := range b.Targets {
		r, err := contribution(tx, e.Docket, "body/targets/"+strconv.Itoa(i), id)
		if err != nil {
			return err
		}
		if openDebts.Set(tx, e.Docket[:], r.Seq, false) {
			t.Open--
		}
	}
	for i, r := range b.Ranges {
		if err := inRange(tx, e, i, r); err != nil {
			return err
		}
		t.Open -= openDebts.ClearRange(tx, e.Docket[:], r[0], r[1])
	}
	for i, id := range b.Groups {
		if err := answerGroup(tx, e, "body/groups/"+strconv.Itoa(i), id, &t); err != nil {
			return err
		}
	}
	t.Responses++
	putTally(tx, e.Docket, t)
	return nil
}

// inRange refuses a range that reaches past the docket or holds no
// contribution.
func inRange(tx *machine.Tx, e *machine.Entry, i int, r [2]int64) error {
	field := "body/ranges/" + strconv.Itoa(i)
	if r[1] >= e.Seq {
		return publica.Problem(publica.NotFound, field, "reaches past the docket, which has "+strconv.FormatInt(e.Seq, 10)+" entries so far")
	}
	for range contributions.Range(tx, e.Docket[:], r[0], r[1]) {
		return nil
	}
	return publica.Problem(publica.NotFound, field, "holds no idea or comment")
}
