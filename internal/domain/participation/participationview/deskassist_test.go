package participationview

import (
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"publica/internal/assist"
	"publica/internal/domain/participation"
	"publica/internal/registertest/viewtest"
)

// A model drafts an answer, a person signs it, and the record says so; where the
// person wrote it anew, or the model fails, nothing of it is on record and nothing
// is lost.
func TestDeskAssist(t *testing.T) {
	d := newDesk(t)
	d.Shown()
	carol := d.Enter("coordinator")
	answer := d.at("/answer")
	target := d.comments[0].String()
	form := func(act, reason string, more ...string) url.Values {
		f := url.Values{"target": {target}, "outcome": {"noted"}, "act": {act}, "reason": {reason}}
		for _, m := range more {
			f.Set(m, "yes")
		}
		return f
	}
	if strings.Contains(carol.Get(answer+"?target="+target), "Suggest a draft") {
		t.Error("a node without a model offers drafts")
	}
	carol.Page("POST", answer, form("draft", ""), http.StatusUnprocessableEntity)

	status, asked := http.StatusOK, ""
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		asked = string(raw)
		w.WriteHeader(status)
		io.WriteString(w, `{"choices":[{"message":{"content":"We have read <b>this</b> and [REASON]."}}]}`)
	}))
	defer model.Close()
	drafter, err := assist.New(assist.Config{URL: model.URL, Model: "small-1"})
	if err != nil {
		t.Fatal(err)
	}
	d.mount(drafter)
	carol = d.Enter("coordinator")
	says(t, carol.Get(answer+"?target="+target), "Suggest a draft", "which is sent what the contributions above say")

	status = http.StatusTooManyRequests
	page := carol.Page("POST", answer, form("draft", "My own beginning"), http.StatusUnprocessableEntity)
	says(t, page, "There is no draft.", "Try again in a minute", "My own beginning")
	status = http.StatusOK
	page = carol.Page("POST", answer, form("draft", "It is in hand"), 200)
	says(t, page, "A language model, small-1, wrote a draft of this.", "What the model was asked")
	if !strings.Contains(page, "We have read &lt;b&gt;this&lt;/b&gt; and [REASON].") {
		t.Error("the draft is not in the field")
	}
	c := struct {
		Messages []struct {
			Content string `json:"content"`
		} `json:"messages"`
	}{}
	if err := json.Unmarshal([]byte(asked), &c); err != nil || len(c.Messages) != 2 || !strings.Contains(c.Messages[1].Content, "It is in hand") {
		t.Fatalf("asked %s: %v", asked, err)
	}
	// It is kept, with the model's name, until the writer says that nothing of it is left.
	says(t, carol.Get(answer+"?target="+target), "A language model, small-1, wrote a draft of this.", "[REASON]")
	own := carol.Page("POST", answer, form("check", "Wholly mine", "own"), 200)
	if strings.Contains(own, "small-1") {
		t.Error("what a person wrote alone is said to be the model's")
	}
	carol.Page("POST", answer, form("draft", ""), 200)
	signed := carol.Signed(carol.Press(answer, form("check", "We have read this; the gauges are ordered.")))
	d.Shown()
	var body participation.Response
	entry := struct{ Body *participation.Response }{&body}
	if err := json.Unmarshal(d.Raw[signed], &entry, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if body.Drafted == nil || body.Drafted.Model != "small-1" || body.Drafted.Prompt.String() == strings.Repeat("0", 64) {
		t.Errorf("the record says %+v", body.Drafted)
	}
	const word = "A language model, small-1, wrote a draft of it."
	for _, path := range []string{"/contribution/" + target, "/docket/" + d.Docket.String() + "/responses"} {
		says(t, public(carol, path), word)
	}
	if csv := public(carol, "/docket/"+d.Docket.String()+"/responses.csv"); !strings.Contains(csv, "small-1,"+body.Drafted.Prompt.String()) {
		t.Error("the CSV does not name the model")
	}
}

// public reads a page as anybody does.
func public(c *viewtest.Clerk, path string) string {
	c.TB.Helper()
	code, body := get(c.TB, c.Site, path)
	if code != http.StatusOK {
		c.TB.Fatalf("%s: %d", path, code)
	}
	return body
}
