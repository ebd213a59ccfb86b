package commitmentview

import (
	"testing"
	"time"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
)

// day is the unit of the sample's clock.
const day = 24 * time.Hour

// sample is a register with one final plan and what was promised in it: a promise
// with a history, one that is late, one that was imported, one of an older plan.
type sample struct {
	*register
	start   publica.Time
	idea    publica.EntryID
	water   publica.EntryID // measured, reworded, reviewed
	permits publica.EntryID // late
	forum   publica.EntryID // imported, changed without a reason
	kiosk   publica.EntryID // a part of water
	report  publica.EntryID
	draft   publica.EntryID // of the review
	remark  publica.EntryID // a comment on it
}

func newSample(tb testing.TB) *sample {
	tb.Helper()
	s := &sample{register: newRegister(tb)}
	s.start = s.Now
	for name, kind := range map[string]identity.BodyType{"Water Agency": identity.Agency} {
		s.Bodies[name] = publica.BodyID(s.Do("founder", "identity/body", identity.Body{Name: name, Type: kind}))
	}
	s.Bodies["River Watch"] = publica.BodyID(s.Do("founder", "identity/body", identity.Body{Name: "River Watch", Type: identity.CivilSociety}))
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("agent").ID(), Role: identity.Coordinator}, forThe("Water Agency"))
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("reviewer").ID(), Role: identity.Reviewer}, forThe("River Watch"))
	s.Open(docket.Charter{Contribute: docket.Anyone, MinDays: 7, Reviewers: []publica.BodyID{s.Bodies["River Watch"]}}, "Open Rivers: action plan 2026–2028", "What the Office of Open Rivers will publish and measure.")
	s.idea = s.Do("citizen", "participation/idea", participation.Idea{}, said("title", "Publish water quality every hour"), said("proposal", "Every sensor, within the hour."))
	s.Do("coordinator", "participation/draft", participation.Draft{Version: 1, Sections: []participation.Section{{ID: "water-data", Part: "s1"}}}, forBody,
		said("title", "The plan"), said("s1", "## Water quality data\n\nReadings within the hour."))
	s.Wait(day)
	s.Do("coordinator", "participation/codify", participation.Codify{Version: 1}, forBody)
	s.adopt()
	s.report1()
	s.reworded()
	s.review()
	return s
}

func (s *sample) at(days int) publica.Time { return s.start.Add(time.Duration(days) * day) }

func (s *sample) adopt() {
	agency := s.Bodies["Water Agency"]
	s.water = s.Do("coordinator", "commitment/adopt", commitment.Adopt{Name: "OR-1", Agency: agency, Supporting: []publica.BodyID{s.Body}, Indicator: &commitment.Indicator{Unit: "sensors"},
		Baseline: &commitment.Measure{At: s.at(-30), Value: 12}, Target: &commitment.Measure{At: s.at(700), Value: 120}, Values: []commitment.Value{commitment.AccessToInformation, commitment.TechnologyInnovation},
		Sections: []string{"water-data"}, Follows: []publica.EntryID{s.idea},
		Milestones: []commitment.Milestone{{ID: "portal", Due: s.at(90), Part: "portal"}, {ID: "half", Due: s.at(400), Part: "half"}}}, forBody,
		said("title", "Water quality readings within the hour"), said("problem", "Readings are published **once a quarter**, as a PDF."), said("action", "Publish every sensor's reading within the hour, as open data."),
		said("indicator", "Sensors whose readings were online within the hour on every day of the month."), said("contact", "Deputy Director for Data"),
		said("portal", "The portal answers at https://rivers.example.org"), said("half", "60 sensors are on the portal"))
	s.permits = s.Do("coordinator", "commitment/adopt", commitment.Adopt{Name: "OR-2", Agency: agency, Indicator: &commitment.Indicator{Unit: "%", Decimals: 1},
		Baseline: &commitment.Measure{At: s.at(-30), Value: 0}, Target: &commitment.Measure{At: s.at(120), Value: 1000}, Values: []commitment.Value{commitment.PublicAccountability},
		Milestones: []commitment.Milestone{{ID: "list", Due: s.at(60), Part: "list"}}}, forBody,
		said("title", "A public list of discharge permits"), said("problem", "Nobody sees which permits changed."), said("action", "Put all of them online."), said("indicator", "Share of permits online."),
		said("contact", "Head of Permits"), said("list", "The list is online"))
	s.kiosk = s.Do("coordinator", "commitment/adopt", commitment.Adopt{Name: "OR-1.1", Agency: agency, Parent: s.water, Indicator: &commitment.Indicator{Unit: "kiosks"},
		Baseline: &commitment.Measure{At: s.at(-30), Value: 0}, Target: &commitment.Measure{At: s.at(500), Value: 4}, Values: []commitment.Value{commitment.CivicParticipation},
		Milestones: []commitment.Milestone{{ID: "first", Due: s.at(300), Part: "first"}}}, forBody,
		said("title", "Readings on kiosks at the river"), said("problem", "Not everybody has a telephone."), said("action", "Put up kiosks."), said("indicator", "Kiosks in service."), said("contact", "Deputy Director for Data"), said("first", "One kiosk stands"))
	old := docket.Imported{Label: "f-1", Made: s.at(-400), Source: "old tracker", URL: "https://tracker.example.org/f-1"}
	s.forum = s.Do("importer", "commitment/adopt", commitment.Adopt{Name: "F-1", Imported: &old, Follows: []publica.EntryID{s.water}}, forBody, said("title", "Hold a forum"), said("action", "A forum is held every year with all who live at the river."), said("author", "Ministry of Rivers"))
	complete := old
	complete.Label, complete.Made = "f-1/2", s.at(-300)
	s.Do("importer", "commitment/update", commitment.Update{At: s.at(-300), Claim: commitment.Complete, Commitment: s.forum, Imported: &complete}, forBody, said("text", "Held."))
	back := old
	back.Label, back.Made = "f-1/3", s.at(-200)
	s.Do("importer", "commitment/update", commitment.Update{At: s.at(-200), Claim: commitment.InProgress, Commitment: s.forum, Imported: &back}, forBody, said("text", "Being held."))
	silent := old
	silent.Label, silent.Made = "f-1/4", s.at(-150)
	s.Do("importer", "commitment/amend", commitment.Amend{Commitment: s.forum, Imported: &silent}, forBody, said("action", "A forum is held with some who live at the river."))
}

func (s *sample) report1() {
	s.Wait(50 * day)
	value := func(n int64) *int64 { return &n }
	s.report = s.Do("agent", "commitment/update", commitment.Update{At: s.at(40), Claim: commitment.InProgress, Commitment: s.water, Value: value(31)}, forThe("Water Agency"),
		said("text", "31 sensors report within the hour."), said("evidence", "https://rivers.example.org/list"))
	s.Do("agent", "commitment/milestone-done", commitment.MilestoneDone{At: s.at(48), Commitment: s.water, Milestone: "portal"}, forThe("Water Agency"), said("evidence", "https://rivers.example.org"))
	s.Wait(80 * day)
	s.Do("agent", "commitment/update", commitment.Update{At: s.at(120), Claim: commitment.Complete, Commitment: s.water, Value: value(55)}, forThe("Water Agency"), said("text", "The work is done."))
}

func (s *sample) reworded() {
	s.Do("coordinator", "commitment/amend", commitment.Amend{Commitment: s.water, Target: &commitment.Measure{At: s.at(800), Value: 100}}, forBody,
		said("action", "Publish every sensor's reading within the day, as open data."), said("reason", "Twenty sensors are too old, and are replaced later."))
}

func (s *sample) review() {
	s.Do("coordinator", "docket/period", docket.Announce{Name: "on-the-review", Opens: s.Now.Add(day), Closes: s.Now.Add(15 * day)}, forBody)
	s.Do("agent", "commitment/self-assess", commitment.SelfAssess{Commitment: s.water, Completion: commitment.CompletionComplete, Phase: commitment.MidTerm}, forThe("Water Agency"), said("text", "All that we planned is there."))
	s.draft = s.Do("reviewer", "commitment/review", commitment.Review{Cites: []publica.EntryID{s.report}, Commitment: s.water, Phase: commitment.MidTerm, Period: "on-the-review",
		Coding: commitment.Coding{Completion: commitment.Limited, Lens: true, Potential: commitment.ModestPotential, Verifiable: true}}, forThe("River Watch"), said("text", "We counted **31** sensors, not 55."))
	s.Do("agent", "commitment/reply", commitment.Reply{Review: s.draft}, forThe("Water Agency"), said("text", "You counted in January."))
	s.Wait(2 * day)
	s.remark = s.Do("neighbour", "participation/comment", participation.Comment{Stance: participation.Support, Target: s.draft}, said("text", "The one at our bridge is silent since March."))
}

// finish ends the period for comments, and adds the final review.
func (s *sample) finish() {
	s.Wait(20 * day)
	s.Do("reviewer", "commitment/review", commitment.Review{Cites: []publica.EntryID{s.report, s.remark}, Commitment: s.water, Phase: commitment.MidTerm, Draft: s.draft,
		Coding: commitment.Coding{Completion: commitment.Substantial, Lens: true, Potential: commitment.ModestPotential, Verifiable: true}}, forThe("River Watch"), said("text", "We counted again: 48."))
}
