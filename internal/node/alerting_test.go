package node

import (
	"bytes"
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"publica"
)

// What is put on a running register is told to its webhook in words, stands in
// its feed, and goes on being told when the node starts anew.
func TestTellsWhatIsNew(t *testing.T) {
	type call struct {
		Type string
		Data struct{ ID, Title string }
	}
	seen := map[string]bool{} // as a receiver must: a call may come twice if the node stops before it has its answer
	calls := make(chan call, 10)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var c call
		if err := json.Unmarshal(raw, &c, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Error(err)
		}
		if !seen[c.Data.ID] {
			seen[c.Data.ID] = true
			calls <- c
		}
	}))
	defer other.Close()
	dir := t.TempDir() + "/home"
	f, err := Found(dir, Config{Register: "test.example", Listen: "127.0.0.1:0", Webhooks: []Webhook{{Name: "other", URL: other.URL, SecretFile: "keys/other.secret", Kinds: []string{"identity/body"}}}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path("keys", "other.secret"), []byte("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	founder, err := f.Key("founder")
	if err != nil {
		t.Fatal(err)
	}
	body := func(base, name string) {
		t.Helper()
		s, err := publica.NewSubmission(founder, publica.Entry{Register: "test.example", Kind: "identity/body", Made: publica.TimeOf(time.Now()),
			Nonce: publica.NewNonce(nil), Body: []byte(`{"name":"` + name + `","type":"agency"}`)})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := s.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Post(base+"/api/v1/entries", "application/json", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		select {
		case c := <-calls:
			if c.Type != "identity/body" || !strings.Contains(c.Data.Title, name) {
				t.Errorf("told %+v, want %s", c, name)
			}
		case <-t.Context().Done():
			t.Fatal("nothing was told")
		}
		page, err := http.Get(base + "/feed.atom?kinds=all")
		if err != nil {
			t.Fatal(err)
		}
		feed, err := io.ReadAll(page.Body)
		page.Body.Close()
		if err != nil || page.StatusCode != http.StatusOK || !strings.Contains(string(feed), ">"+name) {
			t.Errorf("feed without %s: %s, %v\n%s", name, page.Status, err, feed)
		}
	}
	base, stop := start(t, dir)
	body(base, "Ministry of Tests")
	stop()
	base, stop = start(t, dir)
	body(base, "Office of Feeds")
	stop()
}
