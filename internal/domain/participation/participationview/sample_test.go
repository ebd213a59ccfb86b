package participationview

import (
	"fmt"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
)

// day is the unit of the sample's clock.
const day = 24 * time.Hour

// sample is a register with one lively docket: the river plan of an office of
// our own making, in all its turns.
type sample struct {
	*register
	ideas    []publica.EntryID
	comments []publica.EntryID
	drafts   []publica.EntryID
	answers  []publica.EntryID
	refused  publica.EntryID
}

func newSample(tb testing.TB) *sample {
	tb.Helper()
	s := &sample{register: newRegister(tb)}
	s.Open(docket.Charter{Contribute: docket.Anyone, Respond: true, NoticeDays: 14, MinDays: 7, MinBytes: 4, MaxBytes: 5000, MaxAttachments: 3, Periods: []string{"public-input"}, Retention: "standard"},
		"Open Rivers: action plan 2026–2028",
		"What the Office of Open Rivers will publish, measure and open up in the next two years. **Everything you write is answered, or the plan cannot be declared final.**")
	start := s.Now
	s.Do("coordinator", "participation/timeline", participation.Timeline{Stages: []participation.TimelineStage{
		{Name: "Ideas and comments", From: start.Add(20 * day), To: start.Add(120 * day)},
		{Name: "Second draft", From: start.Add(50 * day), To: start.Add(60 * day)},
		{Name: "Answers", From: start.Add(50 * day), To: start.Add(70 * day)},
		{Name: "Final plan", From: start.Add(75 * day), To: start.Add(76 * day)}}}, forBody)
	s.Do("coordinator", "docket/period", docket.Announce{Name: "public-input", Opens: start.Add(20 * day), Closes: start.Add(120 * day)}, forBody)
	s.refused = s.Refuse("early-bird", "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", "Am I too early with this?"))
	s.Wait(21 * day)
	s.contributions()
	s.firstDraft()
	s.sectionComments()
	s.secondDraft()
	s.respond()
	return s
}

// moderate hides one comment, erases another's name, and has people take theirs
// back.
func (s *sample) moderate() {
	for _, who := range []string{"moderator", "second"} {
		s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(who).ID(), Role: identity.Moderator}, forBody)
	}
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("neighbour-5").ID(), Role: identity.VerifiedBy}, forBody)
	hide := s.Do("moderator", "moderation/hide", moderation.Hide{Code: moderation.Abuse, Entry: s.Raw[s.comments[2]]}, forBody, part("reason", "Accuses *neighbours*."))
	appeal := s.Do("neighbour-2", "moderation/appeal", moderation.Appeal{Act: hide}, part("text", "I was there."))
	s.Do("moderator", "moderation/hide", moderation.Hide{Code: moderation.OffTopic, Entry: s.Raw[s.comments[5]]}, forBody, part("reason", "Not about the plan."))
	s.Do("second", "moderation/decide", moderation.Decide{Appeal: appeal, Entry: s.Raw[s.comments[2]], Outcome: moderation.Overturned}, forBody, part("reason", "They name nobody."))
	s.Do("moderator", "moderation/redact", moderation.Redact{Asked: moderation.BySubject, Basis: moderation.PersonalData, Entry: s.Raw[s.comments[7]], Parts: []string{"author"}},
		forBody, part("reason", "The person asked us to."))
	s.Do("moderator", "moderation/redact", moderation.Redact{Asked: moderation.ByCourt, Basis: moderation.Unlawful, Entry: s.Raw[s.comments[9]]}, forBody, part("reason", "By order of the court."))
	s.Do("neighbour-1", "participation/withdraw", participation.Withdraw{Entry: s.Raw[s.comments[1]]})
	s.Do("neighbour-5", "participation/disavow", participation.Disavow{Entry: s.Raw[s.comments[4]]}, part("reason", "My name was used."))
	group := s.Do("coordinator", "participation/group", participation.Group{Letter: s.comments[8], Members: []publica.EntryID{s.comments[8], s.comments[0]},
		Method: &participation.Method{Algorithm: "by-hand", Version: 1}}, forBody, part("reason", "Both ask for readings within the hour."))
	s.Do("coordinator", "participation/response", participation.Response{Outcome: participation.Noted, Groups: []publica.EntryID{group}}, forBody, part("reason", "The second draft says so."))
	s.Do("moderator", "moderation/hold", moderation.Hold{}, forBody, part("reason", "A court asked for the files."))
}

func (s *sample) contributions() {
	for i, idea := range [][3]string{
		{"Publish water quality every hour", "Readings are published once a quarter, as a PDF.", "Publish every sensor's reading within the hour, as open data."},
		{"A public ledger of discharge permits", "Nobody can see which permits were changed after they were granted.", "Keep permits on a register that shows every change."},
		{"Teach machine learning models to spot spills", "Spills are found days late.", "Train and publish a model with its test data."},
		{"Walking paths along all city rivers", "", "Open the banks."},
		{"Flood warnings by text message", "Warnings reach only those with a smartphone.", "Send plain text messages in five languages."},
	} {
		parts := []viewtest.Part{part("title", idea[0]), part("proposal", idea[2])}
		if idea[1] != "" {
			parts = append(parts, part("problem", idea[1]))
		}
		s.ideas = append(s.ideas, s.Do(fmt.Sprintf("citizen-%d", i), "participation/idea", participation.Idea{}, parts...))
		s.Wait(9 * time.Hour)
	}
	claimed := publica.TimeOf(time.Date(2025, 11, 3, 10, 0, 0, 0, time.UTC))
	for i, title := range []string{"Fish ladders at every weir", "Put the old mill archive online"} {
		s.ideas = append(s.ideas, s.Do("importer", "participation/idea", participation.Idea{Imported: &docket.Imported{
			Label: fmt.Sprintf("#%d", i+7), Made: claimed.Add(time.Duration(i) * 36 * time.Hour), Source: "town-hall-forum", URL: "https://forum.example.org/7"}},
			forBody, part("title", title), part("author", "river_friend"), part("text", "As posted on the forum of the town hall meeting.")))
	}
	for i, c := range []struct {
		on     int
		stance participation.Stance
		text   string
	}{
		{0, participation.Support, "Hourly data would have shown the spill in March two days earlier. My school's science class would use it."},
		{0, participation.Oppose, "Sensors fail. Publish corrected data daily instead; wrong numbers spread faster than corrections."},
		{1, participation.Support, "Yes. Two permits on our street were changed without anyone being told."},
		{2, participation.Neutral, "Which model, trained on what, checked by whom?"},
		{-1, participation.Support, "Thank you for asking in the open. Please publish how you decided, not only what."},
		{-1, participation.Neutral, "Is there a version of the draft in Spanish?"},
	} {
		b := participation.Comment{Stance: c.stance}
		if c.on >= 0 {
			b.Target = s.ideas[c.on]
		}
		s.comments = append(s.comments, s.Do(fmt.Sprintf("neighbour-%d", i), "participation/comment", b, part("text", c.text)))
		s.Wait(20 * time.Hour)
	}
	reply := s.Do("neighbour-9", "participation/comment", participation.Comment{Stance: participation.Neutral, Target: s.comments[1]}, part("text", "Could both be published, marked raw and corrected?"))
	s.comments = append(s.comments, reply)
	s.comments = append(s.comments, s.Do("intake", "participation/comment", participation.Comment{Stance: participation.Support, Target: reply}, part("text", "That is how the weather service does it."), part("author", "M. Okafor")))
	for i := range 7 {
		s.Do(fmt.Sprintf("neighbour-%d", i), "participation/endorse", participation.Endorse{Target: s.ideas[0]})
	}
	s.Do("neighbour-6", "participation/unendorse", participation.Unendorse{Target: s.ideas[0]})
}

func (s *sample) firstDraft() {
	s.drafts = append(s.drafts, s.Do("coordinator", "participation/draft", participation.Draft{Version: 1, Sections: []participation.Section{
		{ID: "water-data", Part: "s1", Ideas: s.ideas[:1]},
		{ID: "permit-ledger", Part: "s2", Ideas: s.ideas[1:2]},
		{ID: "spill-detection", Part: "s3", Ideas: s.ideas[2:3]},
		{ID: "flood-warnings", Part: "s4", Ideas: s.ideas[4:5]},
	}}, forBody, part("title", "First draft"),
		part("s1", "## Water quality data\n\nThe office will publish the reading of every water quality sensor **within 24 hours**, as open data with a stable address.\n\n- 40 sensors by December 2026\n- 120 sensors by December 2027"),
		part("s2", "## A public ledger of permits\n\nThe office will keep discharge permits on a public ledger that shows every change and who made it."),
		part("s3", "## Machine learning for spill detection\n\nThe office will fund a model that spots spills in sensor data and publish it with its test data."),
		part("s4", "## Flood warnings\n\nWarnings will be sent as plain text messages in five languages.")))
	s.Wait(2 * day)
}

func (s *sample) sectionComments() {
	for i, c := range []struct {
		section string
		stance  participation.Stance
		text    string
	}{
		{"water-data", participation.Oppose, "24 hours is too late to warn swimmers. The idea said within the hour."},
		{"water-data", participation.Support, "The targets are clear. Please add the baseline."},
		{"permit-ledger", participation.Support, "The most useful section of the plan. Keep it."},
		{"spill-detection", participation.Support, "Publish the model's errors as well."},
	} {
		s.comments = append(s.comments, s.Do(fmt.Sprintf("reader-%d", i), "participation/comment",
			participation.Comment{Section: c.section, Version: 1, Stance: c.stance, Range: &[2]int64{3, 40}}, part("text", c.text)))
		s.Wait(15 * time.Hour)
	}
	s.Wait(25 * day)
}

// secondDraft changes one section with a reason, and lets two go without.
func (s *sample) secondDraft() {
	s.drafts = append(s.drafts, s.Do("coordinator", "participation/draft", participation.Draft{Version: 2, Sections: []participation.Section{
		{ID: "water-data", Part: "s1", Ideas: s.ideas[:1]},
		{ID: "flood-warnings", Ideas: s.ideas[4:5]},
		{ID: "river-paths", Part: "s5"},
	}, Changes: []participation.Change{{Section: "water-data", Part: "why", Causes: []publica.EntryID{s.comments[1], s.comments[8]}}}},
		forBody, part("title", "Second draft"),
		part("s1", "## Water quality data\n\nThe office will publish the reading of every water quality sensor **within the hour**, marked as raw, and a corrected value within 7 days, as open data with a stable address.\n\n- 12 sensors today\n- 40 sensors by December 2026\n- 120 sensors by December 2027"),
		part("s5", "## River paths\n\nThe banks of three city rivers will be opened to walkers by 2028."),
		part("why", "Two of you showed that a day is too late for swimmers, and that raw and corrected values can both be published.")))
	s.Wait(day)
}

func (s *sample) respond() {
	s.answers = append(s.answers, s.Do("coordinator", "participation/response", participation.Response{Outcome: participation.AcceptedInPart,
		Targets: []publica.EntryID{s.ideas[0], s.comments[0], s.comments[1], s.comments[8]}, Sections: []string{"water-data"}}, forBody,
		part("reason", "You asked for readings **within the hour**. We will publish raw values at once and corrected values within seven days.")))
	s.Wait(3 * time.Hour)
	s.answers = append(s.answers, s.Do("coordinator", "participation/response", participation.Response{Outcome: participation.Noted,
		Targets: []publica.EntryID{s.comments[5]}}, forBody,
		part("reason", "A Spanish version of the second draft follows in two weeks.")))
	s.Refuse("coordinator", "participation/codify", participation.Codify{Version: 2}, forBody)
}

// finish answers and explains everything, and declares the plan final.
func (s *sample) finish() {
	s.TB.Helper()
	s.Do("coordinator", "participation/explain", participation.Explain{Version: 2, Sections: []string{"permit-ledger", "spill-detection"},
		Ideas: []publica.EntryID{s.ideas[1], s.ideas[2]}, Causes: []publica.EntryID{s.comments[3]}}, forBody,
		part("reason", "The ministry of works keeps permits; it declined to take part before 2028."))
	s.Do("coordinator", "participation/response", participation.Response{Outcome: participation.Declined, Ranges: [][2]int64{{1, s.Leaves() - 1}}}, forBody,
		part("reason", "We have read all of these. None of them changes the plan for 2026; they are kept for the next one."))
	s.Wait(90 * day)
	s.Do("coordinator", "participation/codify", participation.Codify{Version: 2}, forBody)
}
