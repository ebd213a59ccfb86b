package commitment

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
	"publica/ogp"
)

// Limits of one commitment.
const (
	MaxMilestones = 64
	maxBodies     = 32
	maxFollows    = 64
	maxSections   = 64
	maxDecimals   = 6
	maxValue      = 1_000_000_000_000_000 // integers that every reader of JSON keeps whole
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$`)
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`) // of milestones, and of sections as drafts have them
)

// texts are the content parts of a promise that its terms ask for.
var texts = []string{"contact", "problem", "action", "indicator"}

// promiseParts are the parts of what sets the words of a promise, before those
// that its milestones name.
func promiseParts(title bool) []machine.PartRule {
	return []machine.PartRule{
		{Name: "title", Media: machine.PlainText, Max: 2000, Required: title},
		{Name: "problem", Media: machine.Text},
		{Name: "action", Media: machine.Text},
		{Name: "indicator", Media: machine.Text},
		{Name: "contact", Media: machine.PlainText, Max: 1000},
		{Name: "author", Media: machine.PlainText, Max: 1000},
		{Name: "attachment", Numbered: true},
	}
}

func checkIndicator(b *Indicator) error {
	if b == nil {
		return nil
	}
	if b.Decimals < 0 || b.Decimals > maxDecimals {
		return publica.Problem(publica.Invalid, "body/indicator/decimals", "is not between 0 and "+strconv.Itoa(maxDecimals))
	}
	return identity.CheckLabel("body/indicator/unit", b.Unit, 50)
}

func checkMeasure(field string, m *Measure) error {
	if m == nil {
		return nil
	}
	return machine.First(checkDay(field+"/at", m.At), checkValue(field+"/value", m.Value))
}

func checkValue(field string, n int64) error {
	if n < -maxValue || n > maxValue {
		return publica.Problem(publica.Invalid, field, "is not between -"+strconv.FormatInt(maxValue, 10)+" and "+strconv.FormatInt(maxValue, 10)).
			WithHint("choose a larger unit")
	}
	return nil
}

func checkValues(values []Value) error {
	for i, v := range values {
		switch v {
		case AccessToInformation, CivicParticipation, PublicAccountability, TechnologyInnovation:
		default:
			return publica.Problem(publica.Invalid, "body/values/"+strconv.Itoa(i), "is not a value of open government").
				WithHint("one of access-to-information, civic-participation, public-accountability, technology-innovation")
		}
		if slices.Contains(values[:i], v) {
			return publica.Problem(publica.Invalid, "body/values/"+strconv.Itoa(i), "stands twice")
		}
	}
	return nil
}

// checkList refuses a list that is too long, or names something twice or not at
// all.
func checkList[T comparable](field string, list []T, max int) error {
	if len(list) > max {
		return publica.Problem(publica.TooLarge, field, "names more than "+strconv.Itoa(max))
	}
	var absent T
	for i, v := range list {
		if v == absent || slices.Contains(list[:i], v) {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "is absent or stands twice")
		}
	}
	return nil
}

func checkIDs(field string, ids []string, max int) error {
	for i, id := range ids {
		if !idPattern.MatchString(id) {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "is not an id").
				WithHint("1 to 64 of a-z, 0-9, dot, hyphen and underscore, for example portal-online")
		}
	}
	return checkList(field, ids, max)
}

// milestoneParts refuses milestones out of form, and adds the parts that they name
// to rules.
func milestoneParts(milestones []Milestone, rules []machine.PartRule) ([]machine.PartRule, error) {
	if len(milestones) > MaxMilestones {
		return nil, publica.Problem(publica.TooLarge, "body/milestones", "has more than "+strconv.Itoa(MaxMilestones))
	}
	seen := map[string]bool{}
	for i, m := range milestones {
		at := "body/milestones/" + strconv.Itoa(i)
		switch {
		case !idPattern.MatchString(m.ID) || seen[m.ID]:
			return nil, publica.Problem(publica.Invalid, at+"/id", "is not an id, or stands twice").
				WithHint("1 to 64 of a-z, 0-9, dot, hyphen and underscore, for example portal-online")
		case m.Due < 0 || m.Due >= docket.Year10000:
			return nil, publica.Problem(publica.Invalid, at+"/due", "is out of range")
		case strings.HasPrefix(m.Part, "attachment-") || slices.ContainsFunc(rules, func(r machine.PartRule) bool { return r.Name == m.Part }):
			return nil, publica.Problem(publica.Invalid, at+"/part", "names a part that is used already").
				WithHint("give each deliverable a content part of its own")
		}
		seen[m.ID] = true
		if m.Part != "" {
			rules = append(rules, machine.PartRule{Name: m.Part, Media: machine.Text, Required: true})
		}
	}
	return rules, nil
}

// given reports whether the entry has a content part that is not empty.
func given(e *machine.Entry, name string) bool {
	p, _ := e.Part(name)
	return p.Size > 0
}

// withTexts returns the terms' texts that stand once the entry's are added.
func withTexts(before []string, e *machine.Entry) (after []string) {
	for _, name := range texts {
		if slices.Contains(before, name) || given(e, name) {
			after = append(after, name)
		}
	}
	return after
}

// checkable refuses a promise that nobody could check, naming all that is missing.
func (s *State) checkable() error {
	t := ogp.Terms{
		Agency: s.Agency != publica.BodyID{}, Unit: s.Indicator != nil, Values: len(s.Values),
		Contact: slices.Contains(s.Parts, "contact"), Problem: slices.Contains(s.Parts, "problem"),
		Action: slices.Contains(s.Parts, "action"), Indicator: slices.Contains(s.Parts, "indicator"),
		Baseline: s.Baseline.point(), Target: s.Target.point(),
	}
	for _, m := range s.Milestones {
		t.Milestones = append(t.Milestones, ogp.Deliverable{ID: m.ID, Due: m.Due, Deliverable: m.Deliverable})
	}
	lacks := t.Lacks()
	if len(lacks) == 0 {
		return nil
	}
	var says, examples []string
	for _, l := range lacks {
		says = append(says, l.Says+" ("+l.Field+")")
		examples = append(examples, l.Field+" = "+l.Example)
	}
	return publica.Problem(publica.Invalid, lacks[0].Field, "nobody could check this promise: it lacks "+strings.Join(says, "; ")).
		WithHint("for example " + strings.Join(examples, "; "))
}

func (m *Measure) point() *ogp.Point {
	if m == nil {
		return nil
	}
	return &ogp.Point{At: m.At, Value: m.Value}
}

// requireFollows refuses what is neither a commitment nor an idea of the register.
func requireFollows(tx *machine.Tx, field string, ids []publica.EntryID) error {
	for i, id := range ids {
		r, ok := tx.Record(id)
		switch at := field + "/" + strconv.Itoa(i); {
		case !ok:
			return publica.Problem(publica.NotFound, at, "is not on this register")
		case r.Kind != adoptKind && r.Kind != ideaKind:
			return publica.Problem(publica.Invalid, at, "is a "+string(r.Kind)+", not a commitment or an idea")
		case r.Refused:
			return publica.Problem(publica.Invalid, at, "was refused and counts for nothing")
		}
	}
	return nil
}

func requireBodies(tx *machine.Tx, agency publica.BodyID, supporting []publica.BodyID) error {
	if agency != (publica.BodyID{}) {
		if err := identity.RequireBody(tx, "body/agency", agency); err != nil {
			return err
		}
	}
	for i, id := range supporting {
		if err := identity.RequireBody(tx, "body/supporting/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	return nil
}
