package participation

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// step is the way from one version of a draft to the next: what changed, what
// is gone, what came back, and for which of it a reason is missing.
type step struct {
	docket publica.DocketID
	draft  DraftState
	before DraftState

	reasons  map[subject]bool
	sections map[string]SectionState // those whose state changes
	changed  []string                // changed sections, in order of the draft
	removed  []string                // removed sections, in order of the version before
	returned []Ghost                 // ghosts that end because their subject is back
	dropped  []publica.EntryID       // ideas no longer carried, in order
	carried  []publica.EntryID       // ideas newly carried, in order
}

// subject is what a ghost is about: a section or an idea.
type subject struct {
	section string
	idea    publica.EntryID
}

// compare refuses a draft that does not follow from the version before, and
// says how it differs.
func compare(tx *machine.Tx, e *machine.Entry, b *Draft) (*step, error) {
	before, _ := Latest(tx, e.Docket)
	s := &step{
		docket:   e.Docket,
		before:   before,
		draft:    DraftState{Entry: e.ID, Version: b.Version, Sections: make([]DraftSection, 0, len(b.Sections))},
		reasons:  make(map[subject]bool, len(b.Changes)),
		sections: make(map[string]SectionState),
	}
	if err := s.compareSections(tx, e, b); err != nil {
		return nil, err
	}
	if err := s.compareIdeas(tx, b); err != nil {
		return nil, err
	}
	return s, s.compareReasons(tx, b)
}

func (s *step) compareSections(tx *machine.Tx, e *machine.Entry, b *Draft) error {
	now := make(map[string]bool, len(b.Sections))
	was := make(map[string]DraftSection, len(s.before.Sections))
	for _, d := range s.before.Sections {
		was[d.ID] = d
	}
	for i, sec := range b.Sections {
		now[sec.ID] = true
		old, stood := was[sec.ID]
		next := DraftSection{ID: sec.ID, Ideas: sec.Ideas, Since: b.Version}
		if sec.Part == "" {
			if !stood {
				return publica.Problem(publica.Invalid, "body/sections/"+strconv.Itoa(i)+"/part", "is missing: the section "+sec.ID+" is not in the version before, so its text must be given")
			}
			next.Commitment, next.Since = old.Commitment, old.Since
		} else {
			p, _ := e.Part(sec.Part)
			next.Commitment = p.Commitment
			if stood && old.Commitment == p.Commitment {
				next.Since = old.Since
			}
		}
		s.draft.Sections = append(s.draft.Sections, next)
		s.arrive(tx, next, stood)
	}
	for _, d := range s.before.Sections {
		if !now[d.ID] {
			s.leave(tx, d.ID)
		}
	}
	return nil
}

// arrive notes a section of the new version. One that comes back is held to
// the text it left with: a new text is a change like any other.
func (s *step) arrive(tx *machine.Tx, next DraftSection, stood bool) {
	state, known := sections.Get(tx, sectionKey(s.docket, next.ID))
	if known && state.Commitment != next.Commitment {
		s.changed = append(s.changed, next.ID)
	}
	if stood && state.Commitment == next.Commitment {
		return
	}
	state.Commitment = next.Commitment
	if !stood {
		state.Spans = append(slices.Clone(state.Spans), Span{From: s.draft.Version})
		if state.Ghost != 0 {
			s.returned = append(s.returned, Ghost{Version: state.Ghost, Section: next.ID})
			state.Ghost = 0
		}
	}
	s.sections[next.ID] = state
}

func (s *step) leave(tx *machine.Tx, id string) {
	s.removed = append(s.removed, id)
	state, _ := sections.Get(tx, sectionKey(s.docket, id))
	state.Spans = slices.Clone(state.Spans)
	state.Spans[len(state.Spans)-1].To = s.draft.Version - 1
	s.sections[id] = state
}

func (s *step) compareIdeas(tx *machine.Tx, b *Draft) error {
	now := map[publica.EntryID]bool{}
	for i, sec := range b.Sections {
		for j, id := range sec.Ideas {
			now[id] = true
			state, known := carried.Get(tx, ideaKey(s.docket, id))
			if state.Carried {
				continue
			}
			if !known {
				if err := isIdea(tx, s.docket, "body/sections/"+strconv.Itoa(i)+"/ideas/"+strconv.Itoa(j), id); err != nil {
					return err
				}
			}
			if state.Ghost != 0 {
				s.returned = append(s.returned, Ghost{Version: state.Ghost, Idea: id})
			}
			s.carried = append(s.carried, id)
		}
	}
	for _, sec := range s.before.Sections {
		for _, id := range sec.Ideas {
			if !now[id] {
				s.dropped = append(s.dropped, id)
			}
		}
	}
	return nil
}

// compareReasons takes the reasons of the draft. A reason for what did not
// change would only confuse the record.
func (s *step) compareReasons(tx *machine.Tx, b *Draft) error {
	for i, c := range b.Changes {
		at := "body/changes/" + strconv.Itoa(i)
		if c.Section != "" && !s.moved(c.Section) {
			return publica.Problem(publica.Invalid, at+"/section", "the section "+c.Section+" is not new, changed or removed in this version")
		}
		if !c.Idea.IsZero() && !slices.Contains(s.dropped, c.Idea) && !slices.Contains(s.carried, c.Idea) {
			return publica.Problem(publica.Invalid, at+"/idea", "is neither newly carried nor dropped in this version")
		}
		if err := causes(tx, s.docket, at+"/causes", c.Causes); err != nil {
			return err
		}
		s.reasons[subject{c.Section, c.Idea}] = true
	}
	return nil
}

func (s *step) moved(section string) bool {
	_, ok := s.sections[section]
	return ok
}

// record puts the step into state, with a ghost for each missing reason.
func (s *step) record(tx *machine.Tx, t *Tally) {
	for _, g := range s.returned {
		comeBack(tx, s.docket, g, s.draft.Entry, t)
	}
	for _, id := range s.changed {
		if !s.reasons[subject{section: id}] {
			haunt(tx, s.docket, Ghost{Version: s.draft.Version, Section: id, What: Changed}, t)
		}
	}
	for _, id := range s.removed {
		if !s.reasons[subject{section: id}] {
			haunt(tx, s.docket, Ghost{Version: s.draft.Version, Section: id, What: Removed}, t)
			state := s.sections[id]
			state.Ghost = s.draft.Version
			s.sections[id] = state
		}
	}
	for id, state := range s.sections { // each under a key of its own: order does not matter
		sections.Put(tx, sectionKey(s.docket, id), state)
	}
	for _, id := range s.carried {
		carried.Put(tx, ideaKey(s.docket, id), ideaState{Carried: true})
	}
	for _, id := range s.dropped {
		var state ideaState
		if !s.reasons[subject{idea: id}] {
			haunt(tx, s.docket, Ghost{Version: s.draft.Version, Idea: id, What: Removed}, t)
			state.Ghost = s.draft.Version
		}
		carried.Put(tx, ideaKey(s.docket, id), state)
	}
	drafts.Put(tx, versionKey(s.docket, s.draft.Version), s.draft)
}
