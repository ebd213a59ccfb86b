package registertest_test

import (
	"encoding/json/v2"
	"fmt"
	"slices"
	"time"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/machine"
	"publica/internal/registertest"
)

// commitment promises, reports, rewords, judges and ends.
func (s *story) commitment(d *draft) {
	s.inDocket(d)
	for range s.pick(8) { // most dockets are not final
		if len(s.commitments[d.entry.Docket]) == 0 {
			s.inDocket(d)
		}
	}
	if s.finish(d) {
		return
	}
	id := one(s, s.commitments[d.entry.Docket])
	because, says := text("reason", "because"), text("text", "so it is")
	switch k := s.pick(27); {
	case k < 3 || id.IsZero():
		s.adopt(d)
	case k < 6:
		b := commitment.Update{At: s.law.Now - publica.Time(s.pick(1000)-20), Claim: one(s, claims), Commitment: id, Imported: s.imported()}
		if value := int64(s.pick(100)); s.pick(2) == 0 {
			b.Value = &value
		}
		s.set(d, "commitment/update", b, says)
	case k < 8:
		s.set(d, "commitment/milestone-done", commitment.MilestoneDone{At: s.law.Now, Commitment: id, Imported: s.imported(), Milestone: s.milestone(id)}, text("evidence", "there"))
	case k < 11:
		s.amend(d, id)
	case k < 12:
		s.set(d, "commitment/self-assess", commitment.SelfAssess{Commitment: id, Completion: commitment.Limited, Phase: one(s, phases)}, says)
	case k < 21 || len(s.reviews[d.entry.Docket]) == 0:
		s.review(d, id)
	case k < 24:
		s.set(d, "commitment/reply", commitment.Reply{Review: one(s, s.reviews[d.entry.Docket])}, says)
	default:
		b := commitment.Close{Commitment: id, How: one(s, endings)}
		if b.How == commitment.CarriedOver {
			b.Next = one(s, s.commitments[d.entry.Docket])
		}
		s.set(d, "commitment/close", b, because)
	}
}

// milestone returns the id of a milestone, mostly of that commitment.
func (s *story) milestone(id publica.EntryID) (name string) {
	name = one(s, ids)
	s.law.View(func(tx *machine.Tx) {
		c, _ := commitment.Get(tx, id)
		if m := one(s, c.Milestones); m.ID != "" && s.pick(4) > 0 {
			name = m.ID
		}
	})
	return name
}

// finish takes away what keeps a docket from being final; now and then somebody
// promises before.
func (s *story) finish(d *draft) bool {
	in, because := d.entry.Docket, text("reason", "because")
	var state docket.State
	var open []int64
	var latest participation.DraftState
	var ghost participation.Ghost
	s.law.View(func(tx *machine.Tx) {
		state, _ = docket.Get(tx, in)
		open = participation.OpenPositions(tx, in, 0, 1)
		latest, _ = participation.Latest(tx, in)
		for _, g := range participation.Ghosts(tx, in) {
			if g.Unexplained() {
				ghost = g
			}
		}
	})
	name, unserved := state.Unserved()
	switch {
	case !state.Codified.IsZero() || s.pick(8) == 0:
		return false
	case s.pick(3) > 0:
		s.participation(d)
	case len(latest.Sections) == 0:
		s.newDraft(d, latest)
	case len(open) > 0:
		s.set(d, "participation/response", participation.Response{Outcome: participation.Noted, Ranges: [][2]int64{{open[0], open[0]}}}, because)
	case ghost.Section != "":
		s.set(d, "participation/explain", participation.Explain{Version: ghost.Version, Sections: []string{ghost.Section}}, because)
	case ghost.Version > 0:
		s.set(d, "participation/explain", participation.Explain{Version: ghost.Version, Ideas: []publica.EntryID{ghost.Idea}}, because)
	case unserved && state.Period(name) == nil:
		s.announce(d, name, &state)
	default:
		s.set(d, "participation/codify", participation.Codify{Version: latest.Version})
	}
	return true
}

var (
	claims  = []commitment.Claim{commitment.NotStarted, commitment.InProgress, commitment.Complete, commitment.Removed}
	endings = []commitment.Ending{commitment.Ended, commitment.CarriedOver, commitment.Dropped}
	phases  = []commitment.Phase{commitment.MidTerm, commitment.EndOfTerm}
)

// adopt promises something, now and then something that nobody could check.
func (s *story) adopt(d *draft) {
	in := d.entry.Docket
	b := commitment.Adopt{
		Agency: one(s, s.bodies), Imported: s.imported(), Indicator: &commitment.Indicator{Unit: "%"},
		Baseline: &commitment.Measure{At: 1, Value: int64(s.pick(50))}, Target: &commitment.Measure{At: s.law.Now, Value: int64(s.pick(100))},
		Milestones: []commitment.Milestone{{Due: s.law.Now, ID: one(s, ids), Part: "there"}}, Name: fmt.Sprintf("P%d", s.pick(60)), Values: []commitment.Value{commitment.CivicParticipation},
	}
	if s.pick(3) == 0 {
		b.Parent, b.Supporting = one(s, s.commitments[in]), []publica.BodyID{one(s, s.bodies)}
	}
	if idea := one(s, s.contributions[in]); s.pick(3) == 0 && !idea.IsZero() {
		b.Follows = []publica.EntryID{idea}
	}
	if s.pick(6) == 0 {
		b.Baseline, b.Values = nil, nil
	}
	s.set(d, "commitment/adopt", b, text("problem", "a problem"), title, text("action", "an action"),
		registertest.Text{Name: "contact", Media: "text/plain", Data: "a role"}, text("indicator", "what is measured"), text("there", "a deliverable"))
}

func (s *story) amend(d *draft, id publica.EntryID) {
	b := commitment.Amend{Commitment: id, Imported: s.imported()}
	parts := []registertest.Text{text("reason", "because")}
	if b.Imported != nil && s.pick(2) == 0 {
		parts = nil
	}
	switch s.pick(5) {
	case 0:
		b.Target = &commitment.Measure{At: s.law.Now, Value: int64(s.pick(100))}
	case 1:
		b.Milestones = []commitment.Milestone{{Due: s.law.Now.Add(24 * time.Hour), ID: one(s, ids), Part: "there"}}
		parts = append(parts, text("there", "another deliverable"))
	case 2:
		b.Dropped = []string{s.milestone(id)}
	case 3:
		b.Supporting = []publica.BodyID{one(s, s.bodies)}
	case 4:
		parts = append(parts, text("action", "another action"))
	}
	s.set(d, "commitment/amend", b, parts...)
}

// review codes a promise, mostly by somebody who may. Where nobody may yet, or
// where nobody could comment on it, it has the lead body see to that.
func (s *story) review(d *draft, id publica.EntryID) {
	in, because := d.entry.Docket, text("reason", "because")
	b := commitment.Review{Cites: []publica.EntryID{id}, Commitment: id, Phase: one(s, phases),
		Coding: commitment.Coding{Completion: commitment.Limited, Potential: commitment.ModestPotential}}
	var state docket.State
	var reviewers []string
	s.law.View(func(tx *machine.Tx) {
		state, _ = docket.Get(tx, in)
		by := one(s, state.Charter.Reviewers)
		if draft := one(s, s.reviews[in]); s.pick(2) == 0 && !draft.IsZero() {
			r, _ := commitment.GetReview(tx, draft)
			b.Commitment, b.Draft, b.Phase, by = r.Commitment, draft, r.Phase, r.Body
		} else if i := slices.IndexFunc(state.Periods, func(p docket.Period) bool { return p.Stage != docket.Closed }); i >= 0 {
			b.Period = state.Periods[i].Name
		}
		for _, who := range people {
			if identity.HasRole(tx, by, registertest.Key(who).ID(), identity.Reviewer) {
				reviewers = append(reviewers, who)
			}
		}
		if len(reviewers) > 0 {
			d.entry.For = by
		}
	})
	if b.Phase == commitment.EndOfTerm {
		b.Coding.Results = commitment.ModerateResults
	}
	switch {
	case len(state.Charter.Reviewers) == 0:
		c := state.Charter
		for _, b := range s.bodies {
			if b != state.Lead && len(c.Reviewers) < 3 {
				c.Reviewers = append(c.Reviewers, b)
			}
		}
		s.set(d, "docket/amend-charter", docket.Amend{Charter: c}, because)
	case len(reviewers) == 0:
		d.actor, d.entry.Docket, d.entry.For = "founder", publica.DocketID{}, one(s, state.Charter.Reviewers)
		s.set(d, "identity/grant", identity.Grant{Key: registertest.Key(one(s, people)).ID(), Role: identity.Reviewer})
	case b.Draft.IsZero() && b.Period == "":
		s.announce(d, fmt.Sprintf("year-%d", s.pick(20)), &state)
	default:
		d.actor = one(s, reviewers)
		s.set(d, "commitment/review", b, text("text", "so it is"))
	}
}

// announce announces a period as soon and as short as the charter allows.
func (s *story) announce(d *draft, name string, state *docket.State) {
	opens := s.law.Now.Add(time.Duration(state.Charter.NoticeDays) * 24 * time.Hour)
	s.set(d, "docket/period", docket.Announce{Name: name, Opens: opens, Closes: opens.Add(time.Duration(1+state.Charter.MinDays) * 24 * time.Hour)})
}

// checkCommitments compares what the rules counted of each commitment with the
// accepted records of it on the log.
func (s *story) checkCommitments() {
	on := map[publica.EntryID]map[publica.Kind]int64{}
	for i := range s.law.Log {
		leaf, err := publica.ParseLeaf(s.law.Log[i].Bytes)
		if err != nil || leaf.Entry == nil || leaf.Refused != nil {
			continue
		}
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil || e.Kind.Domain() != "commitment" {
			continue
		}
		var b struct {
			Commitment publica.EntryID `json:"commitment"`
			Draft      publica.EntryID `json:"draft"`
		}
		if err := json.Unmarshal(e.Body, &b); err != nil {
			s.law.T.Fatal(err)
		}
		kind := e.Kind
		if on[b.Commitment] == nil {
			on[b.Commitment] = map[publica.Kind]int64{}
		}
		if e.Kind == "commitment/review" && b.Draft.IsZero() {
			kind = "a draft"
		}
		on[b.Commitment][kind]++
	}
	s.law.View(func(tx *machine.Tx) {
		for _, in := range s.dockets {
			for _, id := range s.commitments[in] {
				c, ok := commitment.Get(tx, id)
				done := int64(0)
				for _, m := range c.Milestones {
					if !m.Done.IsZero() {
						done++
					}
				}
				got := on[id]
				if !ok || c.Docket != in || c.Updates != got["commitment/update"] || c.Amendments != got["commitment/amend"] || c.Unexplained > c.Amendments ||
					c.Reviews != got["commitment/review"] || done != got["commitment/milestone-done"] || !c.Closed.IsZero() != (got["commitment/close"] == 1) {
					s.law.T.Fatalf("commitment %s: %+v, but %v", id, c, got)
				}
			}
		}
	})
}
