package participation

import (
	"regexp"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Draft is the body of participation/draft: the list of all sections of the
// version. A section with a part has new text, or text that changed; one
// without is carried unchanged. Parts: title, author, and whatever the
// sections and changes name (text/markdown for sections).
type Draft struct {
	Changes  []Change         `json:"changes,omitempty"`
	Imported *docket.Imported `json:"imported,omitzero"`
	Sections []Section        `json:"sections"`
	Version  int64            `json:"version"` // one more than the latest
}

// Section is one section of a draft, under an id that stays the same in every
// version.
type Section struct {
	ID    string            `json:"id"`
	Ideas []publica.EntryID `json:"ideas,omitempty"` // ideas of the docket it carries
	Part  string            `json:"part,omitzero"`   // content part with its text
}

// Change gives the reason for one section or idea that is not what it was.
// Exactly one of Section and Idea is set.
type Change struct {
	Causes  []publica.EntryID `json:"causes,omitempty"` // ideas and comments that moved it
	Idea    publica.EntryID   `json:"idea,omitzero"`
	Part    string            `json:"part"` // content part with the reason; changes may share one
	Section string            `json:"section,omitzero"`
}

var sectionPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func checkDraft(e *machine.Entry, b *Draft) error {
	if b.Version < 1 {
		return publica.Problem(publica.Invalid, "body/version", "is missing").WithHint("the first draft is version 1")
	}
	rules := []machine.PartRule{
		{Name: "title", Media: machine.PlainText, Max: 1000},
		{Name: "author", Media: machine.PlainText, Max: 1000},
	}
	rules, err := b.sectionParts(rules)
	if err != nil {
		return err
	}
	if rules, err = b.changeParts(rules); err != nil {
		return err
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), b.Imported.Check(e), machine.CheckParts(e, rules...))
}

func (b *Draft) sectionParts(rules []machine.PartRule) ([]machine.PartRule, error) {
	seen := make(map[string]bool, len(b.Sections))
	ideas := map[publica.EntryID]bool{}
	for i, s := range b.Sections {
		at := "body/sections/" + strconv.Itoa(i)
		if !sectionPattern.MatchString(s.ID) || seen[s.ID] {
			return nil, publica.Problem(publica.Invalid, at+"/id", "is missing, not a section id, or stands twice").
				WithHint("1 to 64 of a-z, 0-9, dot, hyphen and underscore, the same in every version")
		}
		seen[s.ID] = true
		for j, id := range s.Ideas {
			if id.IsZero() || ideas[id] {
				return nil, publica.Problem(publica.Invalid, at+"/ideas/"+strconv.Itoa(j), "is absent, or carried twice")
			}
			ideas[id] = true
		}
		if s.Part == "" {
			continue
		}
		if names(rules, s.Part) {
			return nil, publica.Problem(publica.Invalid, at+"/part", "names a part that is used already")
		}
		rules = append(rules, machine.PartRule{Name: s.Part, Media: machine.Markdown, Required: true})
	}
	return rules, nil
}

func (b *Draft) changeParts(rules []machine.PartRule) ([]machine.PartRule, error) {
	texts := rules
	seen := make(map[subject]bool, len(b.Changes))
	for i, c := range b.Changes {
		at := "body/changes/" + strconv.Itoa(i)
		on := subject{c.Section, c.Idea}
		switch {
		case (c.Section == "") == c.Idea.IsZero():
			return nil, publica.Problem(publica.Invalid, at, "must name either a section or an idea")
		case c.Section != "" && !sectionPattern.MatchString(c.Section):
			return nil, publica.Problem(publica.Invalid, at+"/section", "is not a section id")
		case seen[on]:
			return nil, publica.Problem(publica.Invalid, at, "gives a reason for the same thing twice")
		case c.Part == "" || names(texts, c.Part):
			return nil, publica.Problem(publica.Invalid, at+"/part", "is missing, or is the part of a section").
				WithHint("name a content part that holds the reason")
		}
		if err := checkIDs(at+"/causes", c.Causes); err != nil {
			return nil, err
		}
		seen[on] = true
		if !names(rules, c.Part) {
			rules = append(rules, machine.PartRule{Name: c.Part, Media: machine.Text, Required: true})
		}
	}
	return rules, nil
}

func names(rules []machine.PartRule, part string) bool {
	for i := range rules {
		if rules[i].Name == part {
			return true
		}
	}
	return false
}

func applyDraft(tx *machine.Tx, e *machine.Entry, b *Draft) error {
	lead := docket.RequireLead
	if b.Imported != nil {
		lead = docket.RequireImporter
	}
	s, err := lead(tx, e)
	if err != nil {
		return err
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Late, "docket", "is codified and takes no more drafts")
	}
	t := Counts(tx, e.Docket)
	if b.Version != t.Drafts+1 {
		return publica.Problem(publica.Conflict, "body/version", "must be "+strconv.FormatInt(t.Drafts+1, 10)+": versions follow each other without gaps")
	}
	if b.Version == 1 && len(b.Sections) == 0 {
		return publica.Problem(publica.Invalid, "body/sections", "is empty: the first draft needs a section")
	}
	step, err := compare(tx, e, b)
	if err != nil {
		return err
	}
	t.Drafts = b.Version
	step.record(tx, &t)
	putTally(tx, e.Docket, t)
	return nil
}
