package participationview

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
)

func TestPages(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	base := "/docket/" + s.Docket.String()
	at := func(id publica.EntryID) string { return "/contribution/" + id.String() }

	says(t, page(t, h, "/"), "Open now", "Open Rivers: action plan 2026–2028", "14 of 19 contributions are owed a response", "14 of 19 that the charters promise to answer", "Contributions are open until")
	says(t, page(t, h, "/dockets"), "Open Rivers", "Action plan · Office of Open Rivers")
	says(t, page(t, h, "/bodies"), "Office of Open Rivers", "coordinator", "importer")
	says(t, page(t, h, base), "Where it stands", "Public input", "version 2", "5 of 19", "Nobody can declare the outcome final", "changes of the text have no reason on record", "Ideas and comments Received per", "at the time their source claims")
	says(t, page(t, h, base+"/text"), "within the hour", "River paths", "2 comments Comment on this section", "On words of version 1:", "Taken out in this version", "A public ledger of permits – no reason on record", "unchanged since version 1")
	says(t, page(t, h, base+"/text?version=1"), "within 24 hours", "A public ledger of permits", "Carries: A public ledger of discharge permits")
	says(t, page(t, h, base+"/redline"), "What changed from version 1 to version 2", "24 hours", "Reason:", "Two of you showed", "These contributions moved it:", "Sensors fail", "1 section is the same and left out.", "Idea dropped", "No reason on record")
	says(t, page(t, h, base+"/redline?from=2&to=1"), "What changed from version 1 to version 2")
	says(t, page(t, h, base+"/redline?from=2&to=2"), "Nothing differs")
	says(t, page(t, h, base+"/ideas"), "Publish water quality every hour", "6 endorsements", "river_friend, as claimed by the importer", "3 November 2025, as claimed by the importer", "Answered: Accepted in part", "Owed a response")
	says(t, page(t, h, base+"/ideas?state=answered"), "Publish water quality every hour")
	says(t, page(t, h, base+"/comments"), "Thank you for asking in the open", "on Publish water quality every hour", "M. Okafor, signed by the node on their behalf", "on the section Water quality data, version 1")
	if p := text(page(t, h, base+"/comments?stance=oppose&section=water-data")); strings.Contains(p, "Thank you") || !strings.Contains(p, "24 hours is too late") {
		t.Error("the filter does not hold", p)
	}
	says(t, page(t, h, base+"/comments?q=spanish"), "Is there a version of the draft in Spanish?")
	says(t, page(t, h, base+"/comments?q=elephants"), "No comment fits")
	says(t, page(t, h, base+"/responses"), "What we heard", "Publish water quality every hour", "within the hour", "Accepted in part", "answers 4 contributions")
	says(t, page(t, h, base+"/debt"), "14 of 19 contributions are owed a response.", "publica respond", "A public ledger of discharge permits")
	says(t, page(t, h, base+"/ghosts"), "4 changes have no reason on record.", "Between version 1 and version 2", "A public ledger of permits", "Machine learning for spill detection", "Idea dropped", "What it said last")
	says(t, page(t, h, base+"/rules"), "Every idea and every comment is owed a reasoned response", "at least 14 days before it opens", "Public input", "Ideas and comments : 21 January 2026")
	says(t, page(t, h, base+"/refused"), "Comment", "early", "takes contributions from")
	says(t, page(t, h, at(s.ideas[0])), "What became of it", "We will publish raw values at once", "Carried by the section Water quality data from version 1 to version 2", "That is how the weather service does it.")
	says(t, page(t, h, at(s.ideas[1])), "It is owed a response", "Dropped in version 2", "No reason on record")
	says(t, page(t, h, at(s.ideas[5])), "Nobody here has checked that", "#7")
	says(t, page(t, h, at(s.comments[1])), "It moved the text Water quality data, version 2", "Could both be published")
	says(t, page(t, h, at(s.comments[8])), "Water quality data The office")
	says(t, page(t, h, "/search?q=spill"), "records", "Machine learning", "spill")
	says(t, page(t, h, "/search?q="), "Words, or a tracking number")
	says(t, page(t, h, "/entry/"+s.ideas[5].String()), "Imported from", "town-hall-forum", "See it with its discussion")
	for _, id := range append(append(append([]publica.EntryID{publica.EntryID(s.Docket), s.refused}, s.drafts...), s.answers...), s.comments...) {
		page(t, h, "/entry/"+id.String())
	}
	for _, path := range []string{base + "/text?version=9", base + "/redline?from=x", "/contribution/" + s.refused.String(), "/docket/" + strings.Repeat("0", 64), "/docket/xyz/debt", "/docket/" + strings.Repeat("a", 64) + "/ghosts"} {
		if code, _ := get(t, h, path); code != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, code)
		}
	}

	s.finish()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	says(t, page(t, h, base), "Final since", "Its record counts 7 ideas, 12 comments, 3 responses and 4 changes explained later")
	says(t, page(t, h, base+"/ghosts"), "All of these have been explained since", "Explained later", "The ministry of works keeps permits")
	says(t, page(t, h, base+"/debt"), "Every contribution has been answered: 19 of 19.")
	says(t, page(t, h, "/"), "No docket takes contributions at the moment.", "Final since")
	says(t, page(t, h, base+"/contribute"), "Nothing can be sent here now", "Final since")
}

func TestEmptyRegister(t *testing.T) {
	r := newRegister(t)
	h, _ := r.site()
	says(t, page(t, h, "/"), "No docket has been opened yet")
	says(t, page(t, h, "/dockets"), "No docket has been opened yet")
	page(t, h, "/search?q=nothing")
}

func TestHostileText(t *testing.T) {
	s := newSample(t)
	const evil = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> [x](javascript:alert(1)) \u202Egnirts ``` <style>*{}</style>"
	id := s.Do("mallory", "participation/idea", participation.Idea{}, part("title", evil), part("text", evil))
	s.Do("mallory", "participation/comment", participation.Comment{Stance: participation.Oppose, Target: id}, part("text", evil), part("author", evil))
	// Whoever takes the name of the lead body, with letters that look the same,
	// stands there with their key, and not as the body.
	twin := s.Do("mallory", "participation/idea", participation.Idea{}, part("title", "Trust us"), part("text", "We have decided."), part("author", "\u041effice of Open\u200b Rivers"))
	s.Do("coordinator", "participation/draft", participation.Draft{Version: 3, Sections: []participation.Section{{ID: "water-data", Part: "a", Ideas: []publica.EntryID{id}}}}, forBody, part("a", "## "+evil), part("title", evil))
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	says(t, page(t, h, "/contribution/"+twin.String()), "\u041effice of Open Rivers, key ")
	for _, path := range []string{"", "/text", "/redline", "/ideas", "/comments", "/debt", "/ghosts", "/contribute?on=" + id.String(), "/contribute?section=water-data&version=3"} {
		body := page(t, h, base+path)
		for _, bad := range []string{"<script>", "alert(1)</script", "<img src=x", "href=\"javascript:", "<style>", "\u202E"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s shows %q", path, bad)
			}
		}
	}
	page(t, h, "/contribution/"+id.String())
	for _, q := range []string{"script", "alert*", `"onerror alert"`} {
		if body := page(t, h, "/search?"+url.Values{"q": {q}}.Encode()); strings.Contains(body, "<script>") {
			t.Errorf("searching %q runs a script", q)
		}
	}
}

func TestContributeByForm(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	says(t, page(t, h, base+"/contribute"), "Comment on this docket", "Check it before you send it")
	check := url.Values{"text": {"Write to me at ada@example.org."}, "stance": {"support"}, "act": {"check"}}
	says(t, post(t, h, base+"/contribute", check).Body.String(), "This is what others will read", "This node signs on your behalf", "an e-mail address: ada@example.org")
	says(t, page(t, h, base+"/contribute?kind=idea"), "Suggest an idea")
	says(t, page(t, h, base+"/contribute?section=water-data&version=2"), "Comment on “Water quality data”", "within the hour")

	bad := []struct {
		form url.Values
		want string
	}{
		{url.Values{"stance": {"support"}}, "There is no text."},
		{url.Values{"text": {"I have kept this text."}}, "You have not said whether you support it."},
		{url.Values{"text": {"ab"}, "stance": {"support"}}, "at least 4"},
		{url.Values{"text": {strings.Repeat("long ", 2000)}, "stance": {"support"}}, "at most 5.0 kB"},
		{url.Values{"kind": {"idea"}, "text": {"No title."}}, "The idea has no title."},
	}
	for _, b := range bad {
		w := post(t, h, base+"/contribute", b.form)
		if w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("%v: %d %s", b.form, w.Code, w.Body)
		}
		says(t, w.Body.String(), "It was not sent", b.want)
		if x := b.form.Get("text"); x != "" {
			says(t, w.Body.String(), strings.TrimSpace(x))
		}
		if err := registertest.WellFormed(w.Body.String()); err != nil {
			t.Error(err)
		}
	}
	if w := post(t, h, base+"/contribute", url.Values{"text": {strings.Repeat("x", maxContribution+1)}, "stance": {"support"}}); w.Code != http.StatusRequestEntityTooLarge && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an oversized form: %d", w.Code)
	}
	w := post(t, h, base+"/contribute", url.Values{"text": {"Please keep the ledger."}, "stance": {"support"}, "on": {s.ideas[1].String()}, "name": {"Ada"}, "act": {"send"}})
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/received/") {
		t.Fatalf("%d %s %s", w.Code, to, w.Body)
	}
	says(t, page(t, h, to), "It is in the log", strings.TrimPrefix(to, "/received/"), "Download the receipt")
	says(t, page(t, h, "/contribution/"+s.ideas[1].String()), "Please keep the ledger.", "Ada, signed by the node on their behalf")
	page(t, h, "/received/"+strings.Repeat("a", 64))
	says(t, page(t, h, "/received/"+s.refused.String()), "The rules refused your contribution")
}

func TestReads(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	base := "/dockets/" + s.Docket.String()

	var dockets listOut[DocketStanding]
	read(t, h, "/dockets", &dockets)
	if len(dockets.Items) != 1 || dockets.Items[0].Counts.Open != 14 || dockets.Next != -1 || dockets.AsOf != s.Size() {
		t.Errorf("%+v", dockets)
	}
	var debt debtOut
	read(t, h, base+"/debt?limit=5", &debt)
	if debt.Owed != 19 || debt.Open != 14 || len(debt.Items) != 5 {
		t.Errorf("%+v", debt)
	}
	seen := len(debt.Items)
	for debt.Next >= 0 {
		read(t, h, fmt.Sprintf("%s/debt?limit=5&from=%d", base, debt.Next), &debt)
		seen += len(debt.Items)
	}
	if seen != 14 {
		t.Errorf("paging saw %d of 14", seen)
	}
	var comments listOut[Contribution]
	all := map[publica.EntryID]bool{}
	for next := int64(0); next >= 0; next = comments.Next {
		read(t, h, fmt.Sprintf("%s/comments?limit=3&since=%d", base, next), &comments)
		for _, c := range comments.Items {
			if all[c.Entry] || c.Entry.IsZero() || c.Index == 0 || c.Text == "" {
				t.Errorf("twice, or without id, index or text: %+v", c)
			}
			all[c.Entry] = true
		}
	}
	if len(all) != 12 {
		t.Errorf("paging saw %d of 12 comments", len(all))
	}
	var d Draft
	read(t, h, base+"/drafts/2", &d)
	if len(d.Text) != 3 || len(d.Changes) != 6 {
		t.Errorf("%d sections, %d changes", len(d.Text), len(d.Changes))
	}
	var found ghostsOut
	read(t, h, base+"/ghosts", &found)
	if found.Unexplained != 4 || len(found.Items) != 4 || found.Items[0].LastText == "" || found.Items[0].LastSeen != 1 {
		t.Errorf("%+v", found)
	}
	var became contributionOut
	read(t, h, "/contributions/"+s.comments[1].String(), &became)
	if len(became.Responses) != 1 || len(became.Causes) != 1 {
		t.Errorf("%+v", became)
	}
	var hits searchOut
	read(t, h, "/search?q=spill&docket="+s.Docket.String()+"&kind=participation%2Fcomment", &hits)
	if hits.Total != 1 || !hits.Ranked || len(hits.Items) != 1 {
		t.Errorf("%+v", hits)
	}
	for _, path := range []string{"", "/charter", "/periods", "/ideas", "/responses", "/drafts", "/refused"} {
		var v map[string]any
		read(t, h, base+path, &v)
	}
	var bodies map[string]any
	read(t, h, "/bodies", &bodies)
	for path, want := range map[string]int{base + "/comments?stance=angry": 400, base + "/drafts/99": 404, "/dockets/zz": 404, base + "/comments?limit=0": 400, "/search?q=x&docket=1": 404} {
		code, body := get(t, h, "/api/v1"+path)
		if code != want && !(want == 400 && code == 422) {
			t.Errorf("GET %s: %d %s", path, code, body)
		}
	}
}
