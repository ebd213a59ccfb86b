package participationview

import (
	"bytes"
	"encoding/json/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
)

// When a plan is final its pages say so, and yet take comments while a further
// period is open: on the docket, on a commitment, and never an idea.
func TestImplementation(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	fill := func() {
		t.Helper()
		if err := m.Fill(t.Context(), s, nil); err != nil {
			t.Fatal(err)
		}
	}
	base := "/docket/" + s.Docket.String()
	s.finish()
	fill()
	if p := page(t, h, base); strings.Contains(p, base+"/contribute") || !strings.Contains(p, "Final since") {
		t.Error("a final docket without a period asks for contributions")
	}
	if p := page(t, h, base+"/contribute"); !strings.Contains(p, "Nothing can be sent here now") {
		t.Error("a final docket without a period has a form")
	}

	promise := s.promise()
	s.Do("coordinator", "docket/period", docket.Announce{Name: "first-year", Opens: s.Now.Add(14 * day), Closes: s.Now.Add(40 * day)}, forBody)
	fill()
	if p := page(t, h, base); !strings.Contains(p, "Comments on how it is carried out open on") || strings.Contains(p, base+"/contribute") {
		t.Error("an announced period is not told of, or takes comments")
	}
	s.Wait(14 * day)
	fill()
	p := page(t, h, base)
	for _, want := range []string{"Final since", "Comments on how it is carried out are open until", base + `/contribute"`, "Open for comments"} {
		if !strings.Contains(p+page(t, h, "/dockets"), want) {
			t.Errorf("the page of a final docket with an open period lacks %q", want)
		}
	}
	if strings.Contains(p+page(t, h, base+"/ideas"), "kind=idea") || !strings.Contains(page(t, h, base+"/contribute?kind=idea"), "no more ideas are taken") {
		t.Error("a final docket asks for ideas")
	}
	s.comments = s.comments[:0]
	s.commentOn(h, base, promise)
	fill()
	s.judgeComments(t, h, base, promise)

	var before, anew bytes.Buffer
	if err := m.Dump(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	if err := m.Rebuild(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Dump(t.Context(), &anew); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before.Bytes(), anew.Bytes()) {
		t.Error("filled anew it is another")
	}
}

// promise adopts a commitment of the plan.
func (s *sample) promise() publica.EntryID {
	s.TB.Helper()
	b := commitment.Adopt{
		Agency: s.Body, Baseline: &commitment.Measure{At: s.Now, Value: 4}, Indicator: &commitment.Indicator{Unit: "sensors"},
		Milestones: []commitment.Milestone{{Due: s.Now.Add(100 * day), ID: "site", Part: "site"}}, Name: "W1",
		Target: &commitment.Measure{At: s.Now.Add(300 * day), Value: 40}, Values: []commitment.Value{commitment.AccessToInformation},
	}
	raw, err := json.Marshal(b, json.Deterministic(true))
	if err != nil {
		s.TB.Fatal(err)
	}
	var texts []registertest.Text
	for _, name := range []string{"title", "contact", "problem", "action", "indicator", "site"} {
		media := "text/markdown"
		if name == "title" || name == "contact" {
			media = "text/plain"
		}
		texts = append(texts, registertest.Text{Name: name, Media: media, Data: "The " + name + " of hourly readings"})
	}
	id, err := s.Send("coordinator", publica.Entry{Kind: "commitment/adopt", Body: raw, Docket: s.Docket, For: s.Body}, texts...)
	if err != nil {
		s.TB.Fatal(err)
	}
	return id
}

// commentOn writes about a commitment with the form of the page, and sends what it
// made; then somebody replies.
func (s *sample) commentOn(h http.Handler, base string, promise publica.EntryID) {
	s.TB.Helper()
	on := base + "/contribute?on=" + promise.String()
	if p := page(s.TB, h, on); !strings.Contains(p, "Comment on a commitment") || !strings.Contains(p, "/commitment/"+promise.String()) {
		s.TB.Error("the form does not say what it is about")
	}
	checked := post(s.TB, h, base+"/contribute", url.Values{"kind": {"comment"}, "on": {promise.String()}, "stance": {"oppose"}, "text": {"My sensor is not there"}, "act": {"check"}}).Body.String()
	if body := `{&#34;stance&#34;:&#34;oppose&#34;,&#34;target&#34;:&#34;` + promise.String() + `&#34;}`; !strings.Contains(checked, body) {
		s.TB.Errorf("what would be signed is not %s", body)
	}
	first := s.Do("neighbour-1", "participation/comment", participation.Comment{Stance: participation.Oppose, Target: promise}, part("text", "My sensor is not there"))
	second := s.Do("neighbour-2", "participation/comment", participation.Comment{Stance: participation.Support, Target: first}, part("text", "Nor is mine"))
	s.comments = append(s.comments, first, second)
}

// judgeComments holds the pages of comments on a commitment to what they are.
func (s *sample) judgeComments(t *testing.T, h http.Handler, base string, promise publica.EntryID) {
	t.Helper()
	for i, id := range s.comments {
		_, body := get(t, h, "/api/v1/contributions/"+id.String())
		var c Contribution
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		if c.Depth != i || c.About != promise || c.AboutKind != "commitment/adopt" || !c.Idea.IsZero() {
			t.Errorf("comment %d: depth %d, about %s %s, idea %s", i, c.Depth, c.AboutKind, c.About, c.Idea)
		}
	}
	p := page(t, h, "/contribution/"+s.comments[0].String())
	for _, want := range []string{"a commitment", "Nor is mine", "The outcome was final before it came in", "Take it back", "Endorse it"} {
		if !strings.Contains(p, want) {
			t.Errorf("the page of the comment lacks %q", want)
		}
	}
	if p := page(t, h, base); !strings.Contains(p, "The outcome was final before they came in") || strings.Contains(p, "Nobody can declare the outcome final") {
		t.Error("the docket says of what is owed now that it keeps the outcome from being final")
	}
	if p := page(t, h, base+"/debt"); strings.Contains(p, "Nobody can declare the outcome final") {
		t.Error("the page of what is owed says that it keeps the outcome from being final")
	}
	if p := page(t, h, base+"/requirements"); !strings.Contains(p, "Every contribution had its response when the plan was declared final.") {
		t.Error("what came in later makes requirement 4.1 unmet")
	}
}
