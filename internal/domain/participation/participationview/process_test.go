package participationview

import (
	"encoding/json/v2"
	"maps"
	"testing"

	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
	"publica/ogp"
)

// The page shows the certificate that the records give, whoever collects them.
func TestRequirements(t *testing.T) {
	if !maps.Equal(requirementTitles, ogp.Titles) {
		t.Error("the pages name requirements otherwise than the certificate")
	}
	s := newSample(t)
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("mona").ID(), Role: identity.Member}, forBody)
	s.Do("mona", "participation/evidence", participation.Evidence{Topic: participation.DialogueRules}, forBody, part("text", "Who sits in the forum, and how it decides."))
	s.Wait(day)
	s.Do("coordinator", "participation/outreach", participation.Outreach{Channel: "regional radio", Held: s.Now.Add(-3 * day)}, forBody, part("text", "Four spots a day for a week."))
	s.Do("mona", "participation/meeting", participation.Meeting{Purpose: participation.Dialogue, Held: s.Now.Add(-day / 2),
		Attendance: []participation.Attendance{{People: 4, Sector: participation.Government}, {People: 9, Sector: participation.CivilSociety}}}, forBody, part("minutes", "The forum read the draft."))
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	says(t, page(t, h, base+"/requirements"), "Not due yet", "1 meeting with both sides", "1 record of outreach before input closed", "A minimum requirement is not met",
		"Outreach: regional radio", "government 4 · civil society 9", "The forum read the draft.", "publica ogp docket.jsonl")
	says(t, page(t, h, "/search?q=forum"), "The forum read the draft")

	var shown ogp.Certificate
	read(t, h, "/dockets/"+s.Docket.String()+"/certificate", &shown)
	var c ogp.Collector
	position := int64(0)
	for n := range s.Size() {
		rec, err := s.Face(nil).Records(t.Context(), n, 1)
		if err != nil {
			t.Fatal(err)
		}
		if rec[0].Docket != s.Docket {
			continue
		}
		if err := c.Add(position, rec[0].Leaf); err != nil {
			t.Fatal(err)
		}
		position++
	}
	own, err := ogp.Evaluate(&ogp.Input{Register: shown.Register, Docket: s.Docket, Records: c.Records, Owed: c.Owed(), Sealed: shown.Sealed, At: shown.At})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(&shown)
	b, _ := json.Marshal(own)
	if string(a) != string(b) {
		t.Errorf("the page says\n%s\nthe records\n%s", a, b)
	}
}
