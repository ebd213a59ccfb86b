package docket

import (
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Domain lists the kinds of docket and the system records of its periods.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "docket",
		Kinds: []machine.Kind{
			machine.Define("docket/open", "Opens a docket with its charter. By a coordinator or importer of the lead body.", checkOpen, applyOpen),
			machine.Define("docket/amend-charter", "Changes a charter for what comes after, with a reason. By the lead body.", checkAmend, applyAmend),
			machine.Define("docket/period", "Announces, moves or extends a period. By the lead body.", checkPeriod, applyPeriod),
		},
		Systems: []machine.System{
			{Name: "docket/period-opened", Doc: "A period opened at its time.", Apply: opened},
			{Name: "docket/period-closed", Doc: "A period closed at its time.", Apply: closed},
			{Name: retentionKind, Doc: "What the public wrote has been kept as long as the charter says.", Apply: retentionEnded},
			{Name: hiddenKind, Doc: "Content of an entry must not be shown, for now.", Apply: neverDue},
			{Name: shownKind, Doc: "Content of an entry may be shown again.", Apply: neverDue},
			{Name: erasedKind, Doc: "Content of an entry has to go, on every node.", Apply: neverDue},
		},
		Admit: admit,
	}
}

// neverDue is for records that follow an entry at once and are not scheduled.
func neverDue(*machine.Tx, *machine.Due) bool { return false }

// State is a docket as it stands. What [Get] returns is shared: do not modify
// its slices.
type State struct {
	Charter   Charter         `json:"charter"`
	Codified  publica.EntryID `json:"codified,omitzero"` // the entry that declared its outcome final
	Fixed     publica.EntryID `json:"fixed,omitzero"`    // the entry since which its charter stands, in whatever stage
	Languages []string        `json:"languages"`
	Lead      publica.BodyID  `json:"lead"`
	Periods   []Period        `json:"periods,omitempty"` // in the order first announced
	Retained  publica.Time    `json:"retained,omitzero"` // of a codified docket: until when what the public wrote is kept; zero: for ever
	Type      Type            `json:"type"`
}

var states = machine.NewTable[State]("docket")

// Get returns a docket as it stands.
func Get(tx *machine.Tx, id publica.DocketID) (State, bool) { return states.Get(tx, id[:]) }

// Require returns the docket an entry belongs to.
func Require(tx *machine.Tx, e *machine.Entry) (State, error) {
	s, ok := Get(tx, e.Docket)
	if !ok {
		return s, publica.Problem(publica.NotFound, "docket", "is not a docket of this register")
	}
	return s, nil
}

// RequireLead returns the docket of an entry, if its author acts for the lead
// body as coordinator or importer.
func RequireLead(tx *machine.Tx, e *machine.Entry) (State, error) {
	return requireLead(tx, e, identity.Coordinator, identity.Importer)
}

// RequireLeadOrMember is RequireLead for members of the lead body too.
func RequireLeadOrMember(tx *machine.Tx, e *machine.Entry) (State, error) {
	return requireLead(tx, e, identity.Coordinator, identity.Importer, identity.Member)
}

// RequireImporter is RequireLead for importers only.
func RequireImporter(tx *machine.Tx, e *machine.Entry) (State, error) {
	return requireLead(tx, e, identity.Importer)
}

func requireLead(tx *machine.Tx, e *machine.Entry, roles ...identity.Role) (State, error) {
	s, err := Require(tx, e)
	if err != nil {
		return s, err
	}
	if e.For != s.Lead {
		return s, publica.Problem(publica.Forbidden, "for", "is not the lead body of this docket").
			WithHint("sign for the lead body, " + s.Lead.String())
	}
	return s, identity.RequireRole(tx, e, roles...)
}

// RequireModerator returns the docket of an entry, if its author acts as
// moderator for one of the docket's [State.Moderators].
func RequireModerator(tx *machine.Tx, e *machine.Entry) (State, error) {
	s, err := Require(tx, e)
	if err != nil {
		return s, err
	}
	return s, requireOneOf(tx, e, s.Moderators(), "moderates", identity.Moderator)
}

// RequireReviewer is RequireModerator for those who review: reviewers of the
// bodies that the charter names, or the moderators if it names none.
func RequireReviewer(tx *machine.Tx, e *machine.Entry) (State, error) {
	s, err := Require(tx, e)
	if err != nil {
		return s, err
	}
	if len(s.Charter.Reviewers) == 0 {
		return s, requireOneOf(tx, e, s.Moderators(), "moderates", identity.Moderator)
	}
	return s, requireOneOf(tx, e, s.Charter.Reviewers, "reviews", identity.Reviewer)
}

// Moderators returns the bodies whose moderators act in the docket. Those of a tender
// are its reviewers, once it names some: a buyer that may take content away may take
// away the bid that it does not want.
func (s *State) Moderators() []publica.BodyID {
	switch {
	case s.Type == Tender && len(s.Charter.Reviewers) > 0:
		return s.Charter.Reviewers
	case len(s.Charter.Moderators) == 0:
		return []publica.BodyID{s.Lead}
	}
	return s.Charter.Moderators
}

func requireOneOf(tx *machine.Tx, e *machine.Entry, bodies []publica.BodyID, does string, role identity.Role) error {
	if !slices.Contains(bodies, e.For) {
		return publica.Problem(publica.Forbidden, "for", "is not a body that "+does+" this docket").
			WithHint("sign for " + bodies[0].String())
	}
	return identity.RequireRole(tx, e, role)
}

// Codify marks a docket as final. What is said afterwards, in further periods, is
// about how the outcome is carried out.
func Codify(tx *machine.Tx, id publica.DocketID, by publica.EntryID) {
	s, _ := Get(tx, id)
	s.Codified = by
	s.endRetentionLater(tx, id)
	states.Put(tx, id[:], s)
}

// Fix has the charter of a docket stand as it is from an entry on: people act under
// it who must know who may judge them, and what may be asked of them.
func Fix(tx *machine.Tx, id publica.DocketID, by publica.EntryID) {
	s, _ := Get(tx, id)
	s.Fixed = by
	states.Put(tx, id[:], s)
}

// Contributing returns nil if the docket takes contributions at the time of
// the block, and otherwise an [publica.Error] with code Early or Late. A codified
// docket takes comments and endorsements alone, while a period is open.
func (s *State) Contributing() error {
	if len(s.Charter.Periods) == 0 && s.Codified.IsZero() || slices.ContainsFunc(s.Periods, Period.open) {
		return nil
	}
	for _, p := range s.Periods {
		if p.Stage == Announced {
			return publica.Problem(publica.Early, "docket", "takes contributions from "+p.Opens.String()+" on, when the period "+p.Name+" opens")
		}
	}
	if !s.Codified.IsZero() {
		return publica.Problem(publica.Late, "docket", "is codified and takes comments in further periods alone; none is announced").
			WithHint("follow the docket: its lead body may announce a period on how it is carried out")
	}
	if name, ok := s.Unserved(); ok {
		return publica.Problem(publica.Early, "docket", "takes no contributions before a period opens; "+name+" is not announced yet")
	}
	return publica.Problem(publica.Late, "docket", "takes no more contributions: its periods are over")
}

// BeforeCodification reports whether a record of a codified docket stands before
// its codification: what was said until then stands.
func (s *State) BeforeCodification(tx *machine.Tx, r machine.Record) bool {
	by, ok := tx.Record(s.Codified)
	return ok && r.Index < by.Index
}

// Unserved returns the first period of the charter that has not closed yet.
func (s *State) Unserved() (name string, ok bool) {
	for _, name := range s.Charter.Periods {
		if p := s.Period(name); p == nil || p.Stage != Closed {
			return name, true
		}
	}
	return "", false
}

// Period returns the period of that name, nil if none was announced.
func (s *State) Period(name string) *Period {
	for i := range s.Periods {
		if s.Periods[i].Name == name {
			return &s.Periods[i]
		}
	}
	return nil
}
