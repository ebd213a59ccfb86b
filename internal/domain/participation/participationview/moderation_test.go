package participationview

import (
	"bytes"
	"encoding/json/v2"
	"net/http"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/machine"
	"publica/internal/readmodel"
)

// The counts of the pages are those of the law, whatever was moderated; what is
// hidden or erased is shown nowhere, and a model filled anew is the same.
func TestModeration(t *testing.T) {
	s := newSample(t)
	h, m := s.site()
	s.moderate()
	if err := m.Fill(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	var d *DocketStanding
	if err := m.Read(t.Context(), func(r *readmodel.Snapshot) (err error) { d, err = standing(r, s.Docket); return err }); err != nil {
		t.Fatal(err)
	}
	var law participation.Tally
	s.View(func(tx *machine.Tx) { law = participation.Counts(tx, s.Docket) })
	c := d.Counts
	if c.Comments != law.Comments || c.Open != law.Open || c.Answered != law.Answered() || c.Withdrawn != law.Withdrawn || c.Disavowed != law.Disavowed || law.Disavowed != 1 || law.Withdrawn != 1 {
		t.Errorf("the pages count %+v, the law %+v", c, law)
	}

	base := "/docket/" + s.Docket.String()
	hidden, named, erased := "Is there a version of the draft in Spanish", "M. Okafor", "The targets are clear"
	for _, path := range []string{base + "/comments", base + "/comments?limit=100", base + "/comments.csv", "/api/v1/dockets/" + s.Docket.String() + "/comments?limit=1000",
		"/search?q=Spanish", "/search?q=Okafor", "/search?q=baseline", "/contribution/" + s.comments[5].String(), "/contribution/" + s.comments[7].String(), "/contribution/" + s.comments[9].String()} {
		code, body := get(t, h, path)
		if code != http.StatusOK {
			t.Fatalf("%s: %d", path, code)
		}
		for _, w := range []string{hidden, named, erased} {
			if strings.Contains(body, w) {
				t.Errorf("%s shows %q", path, w)
			}
		}
	}
	if _, body := get(t, h, "/contribution/"+s.comments[2].String()); !strings.Contains(body, "Two permits on our street") || !strings.Contains(body, "Found wrong on appeal") {
		t.Error("what was hidden and restored is not shown with what was done about it")
	}
	if _, body := get(t, h, "/contribution/"+s.comments[7].String()); !strings.Contains(body, "That is how the weather service does it.") {
		t.Error("with the name the text went, too")
	}

	var log listOut[Act]
	read := func(query string) []Act {
		t.Helper()
		code, body := get(t, h, "/api/v1/dockets/"+s.Docket.String()+"/moderation"+query)
		if err := json.Unmarshal([]byte(body), &log); code != http.StatusOK || err != nil {
			t.Fatalf("%s: %d, %v", query, code, err)
		}
		return log.Items
	}
	for query, want := range map[string]int{"": 9, "?kind=moderation/redact": 2, "?code=abuse": 1, "?by=" + publica.KeyID{1}.String(): 0} {
		if n := len(read(query)); n != want {
			t.Errorf("%q finds %d acts, want %d", query, n, want)
		}
	}
	if code, _ := get(t, h, base+"/moderation?by=me"); code != http.StatusBadRequest {
		t.Errorf("a key that is none: %d", code)
	}
	_, csv := get(t, h, base+"/moderation.csv?kind=moderation/redact")
	if strings.Count(csv, "\n") != 3 {
		t.Errorf("the file has other lines than two acts: %s", csv)
	}

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

// When its retention ends, what the public wrote is shown nowhere; what the body
// wrote stays, and so do the records.
func TestRetention(t *testing.T) {
	r := newRegister(t)
	r.Open(docket.Charter{Contribute: docket.Anyone, RetentionDays: 30}, "A short consultation", "About the ferry.")
	h, m := r.site()
	said := r.Do("alice", "participation/comment", participation.Comment{Stance: participation.Support}, part("text", "I cross at seven, from Elm Street"), part("author", "A. Elm"))
	r.Do("coordinator", "participation/draft", participation.Draft{Version: 1, Sections: []participation.Section{{ID: "ferry", Part: "ferry"}}}, forBody, part("ferry", "# The ferry\n\nIt runs from six on."))
	r.Do("coordinator", "participation/codify", participation.Codify{Version: 1}, forBody)
	shown := func() string {
		t.Helper()
		if err := m.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		all := ""
		base := "/docket/" + r.Docket.String()
		for _, path := range []string{"/contribution/" + said.String(), base + "/comments", base + "/comments.csv", base + "/text", base + "/rules", "/search?q=Elm"} {
			code, body := get(t, h, path)
			if code != http.StatusOK {
				t.Fatalf("%s: %d", path, code)
			}
			all += body
		}
		return all
	}
	if before := shown(); !strings.Contains(before, "Elm Street") || !strings.Contains(before, "A. Elm") || !strings.Contains(before, "30 days after the outcome is final") {
		t.Error("before its time the text or the rule is not shown")
	}
	r.Wait(31 * day)
	after := shown()
	if strings.Contains(after, "Elm Street") || strings.Contains(after, "A. Elm") {
		t.Error("after its time the text is shown")
	}
	if !strings.Contains(after, "It runs from six on.") || !strings.Contains(after, "was erased on every node") {
		t.Error("the body's text is gone, or nothing says that the other was erased")
	}
}
