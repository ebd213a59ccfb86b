package commitment

import (
	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Adopt is the body of commitment/adopt: a promise of a codified plan. Its id
// names the commitment. Parts: title (text/plain), problem, action, indicator
// (what is measured), contact (the role that answers for it, text/plain), the
// deliverable of each milestone under the name that the milestone gives, author
// (imports: who leads it, in the words of the source), attachment-1 ….
//
// What makes a promise checkable (ogp.Terms) is required of all but imports,
// which are taken as their source has them; what they lack is shown.
type Adopt struct {
	Agency     publica.BodyID    `json:"agency,omitzero"`    // leads it; absent in imports alone
	Baseline   *Measure          `json:"baseline,omitzero"`  // where it started
	Follows    []publica.EntryID `json:"follows,omitempty"`  // commitments and ideas, of this docket or others, that it takes up again
	Imported   *docket.Imported  `json:"imported,omitzero"`  // as of which it was adopted
	Indicator  *Indicator        `json:"indicator,omitzero"` // in what it is measured
	Milestones []Milestone       `json:"milestones,omitempty"`
	Name       string            `json:"name"`                 // short, unique in the docket, for example "US0113.1"
	Parent     publica.EntryID   `json:"parent,omitzero"`      // the commitment that it is a part of
	Sections   []string          `json:"sections,omitempty"`   // ids of sections of the plan it comes from
	Supporting []publica.BodyID  `json:"supporting,omitempty"` // may report on it too
	Target     *Measure          `json:"target,omitzero"`      // what is promised
	Values     []Value           `json:"values,omitempty"`     // of open government that it serves
}

// Indicator says how values of a commitment are to be read: Value / 10^Decimals
// in units.
type Indicator struct {
	Decimals int64  `json:"decimals,omitzero"` // 0 to 6
	Unit     string `json:"unit"`              // 1 to 50 characters, for example "datasets" or "%"
}

// Measure is a value of the indicator at a time.
type Measure struct {
	At    publica.Time `json:"at"`
	Value int64        `json:"value"`
}

// Milestone is a step with a deliverable that anyone can look for.
type Milestone struct {
	Due  publica.Time `json:"due,omitzero"`  // absent in imports alone
	ID   string       `json:"id"`            // 1 to 64 of a-z, 0-9, dot, hyphen, underscore; the same for ever
	Part string       `json:"part,omitzero"` // content part with its deliverable; absent in imports alone
}

// Value is one of the values of open government, as the OGP names them.
type Value string

const (
	AccessToInformation  Value = "access-to-information"
	CivicParticipation   Value = "civic-participation"
	PublicAccountability Value = "public-accountability"
	TechnologyInnovation Value = "technology-innovation"
)

func checkAdopt(e *machine.Entry, b *Adopt) error {
	if !namePattern.MatchString(b.Name) {
		return publica.Problem(publica.Invalid, "body/name", "is missing or not a name").
			WithHint("1 to 64 letters, digits, dots, hyphens and underscores, for example US0113.1")
	}
	rules, err := milestoneParts(b.Milestones, promiseParts(true))
	if err != nil {
		return err
	}
	err = machine.First(machine.InDocket(e), machine.ForBody(e), checkIndicator(b.Indicator), checkMeasure("body/baseline", b.Baseline), checkMeasure("body/target", b.Target),
		checkValues(b.Values), checkList("body/supporting", b.Supporting, maxBodies), checkList("body/follows", b.Follows, maxFollows),
		checkIDs("body/sections", b.Sections, maxSections), b.Imported.Check(e), machine.CheckParts(e, rules...))
	if err != nil || b.Imported != nil {
		return err
	}
	s := b.state(e)
	return s.checkable()
}

// state is the commitment as the entry adopts it.
func (b *Adopt) state(e *machine.Entry) State {
	s := State{
		Agency: b.Agency, Baseline: b.Baseline, Docket: e.Docket, Imported: b.Imported != nil, Indicator: b.Indicator,
		Parts: withTexts(nil, e), Supporting: b.Supporting, Target: b.Target, Values: b.Values,
	}
	for _, m := range b.Milestones {
		s.Milestones = append(s.Milestones, MilestoneState{Deliverable: m.Part != "", Due: m.Due, ID: m.ID})
	}
	return s
}

func applyAdopt(tx *machine.Tx, e *machine.Entry, b *Adopt) error {
	d, err := lead(tx, e, b.Imported)
	if err != nil {
		return err
	}
	if d.Codified.IsZero() {
		return publica.Problem(publica.Early, "docket", "is not codified: a promise is adopted from a plan that is final").
			WithHint("declare the plan final with participation/codify first")
	}
	if err := machine.First(requireBodies(tx, b.Agency, b.Supporting), b.requireParent(tx, e), requireFollows(tx, "body/follows", b.Follows)); err != nil {
		return err
	}
	key := machine.Key(e.Docket[:], []byte(b.Name))
	if taken, ok := names.Get(tx, key); ok {
		return publica.Problem(publica.Conflict, "body/name", "is the name of a commitment of this docket already, "+taken.String()).
			WithHint("choose another name, or change that one with commitment/amend")
	}
	names.Put(tx, key, e.ID)
	put(tx, e.ID, b.state(e))
	return nil
}

func (b *Adopt) requireParent(tx *machine.Tx, e *machine.Entry) error {
	if b.Parent.IsZero() {
		return nil
	}
	if p, ok := Get(tx, b.Parent); !ok || p.Docket != e.Docket {
		return publica.Problem(publica.NotFound, "body/parent", "is not a commitment of this docket").
			WithHint("adopt the commitment that it is a part of first")
	}
	return nil
}
