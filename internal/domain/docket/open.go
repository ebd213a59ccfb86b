package docket

import (
	"regexp"
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Open is the body of docket/open. The entry's "for" names the lead body; its
// id is the [publica.DocketID]. Parts: title (required), summary.
type Open struct {
	Charter   Charter  `json:"charter"`
	Languages []string `json:"languages"` // BCP 47 tags, the first is the main one
	Type      Type     `json:"type"`
}

// Type says what a docket is about.
type Type string

const (
	ActionPlan   Type = "action-plan"
	Consultation Type = "consultation"
	Petition     Type = "petition"
	Tender       Type = "tender"
)

const maxLanguages = 32

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

var openParts = []machine.PartRule{
	{Name: "title", Media: machine.PlainText, Required: true, Max: 1000},
	{Name: "summary", Media: machine.Text},
}

func checkOpen(e *machine.Entry, b *Open) error {
	switch b.Type {
	case ActionPlan, Consultation, Petition, Tender:
	default:
		return publica.Problem(publica.Invalid, "body/type", "is not a type of docket").
			WithHint("one of action-plan, consultation, petition, tender")
	}
	return machine.First(machine.NoDocket(e), machine.ForBody(e), checkLanguages(b.Languages),
		b.Charter.check("body/charter"), b.Charter.suits(b.Type), machine.CheckParts(e, openParts...))
}

func checkLanguages(tags []string) error {
	if len(tags) == 0 || len(tags) > maxLanguages {
		return publica.Problem(publica.Invalid, "body/languages", "is missing, or names more than "+strconv.Itoa(maxLanguages)).WithHint(`for example ["en","es"]`)
	}
	for i, tag := range tags {
		if !languagePattern.MatchString(tag) || slices.Contains(tags[:i], tag) {
			return publica.Problem(publica.Invalid, "body/languages/"+strconv.Itoa(i), "is not a language tag, or stands twice").WithHint(`for example "en" or "pt-BR"`)
		}
	}
	return nil
}

func applyOpen(tx *machine.Tx, e *machine.Entry, b *Open) error {
	if err := identity.RequireRole(tx, e, identity.Coordinator, identity.Importer); err != nil {
		return err
	}
	if err := b.Charter.requireBodies(tx, "body/charter"); err != nil {
		return err
	}
	tx.OpenDocket()
	states.Put(tx, e.ID[:], State{Charter: b.Charter, Languages: b.Languages, Lead: e.For, Type: b.Type})
	return nil
}
