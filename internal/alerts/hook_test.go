package alerts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"publica"
)

const hookSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" // "01234567890123456789012345678901"

// receiver is the other side of a hook.
type receiver struct {
	*httptest.Server
	t      *testing.T
	status int
	got    []delivery
	ids    []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

// take verifies as any receiver does, from the headers and the raw body.
func (r *receiver) take(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	id, at := q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp")
	m := hmac.New(sha256.New, []byte("01234567890123456789012345678901"))
	m.Write([]byte(id + "." + at + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); q.Header.Get("webhook-signature") != want || q.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("headers %v, signature should be %s", q.Header, want)
	}
	if _, err := strconv.ParseInt(at, 10, 64); err != nil {
		r.t.Error(err)
	}
	var d delivery
	if err := json.Unmarshal(body, &d); err != nil {
		r.t.Error(err)
	}
	r.ids = append(r.ids, id)
	if w.Header().Set("Location", "/elsewhere"); r.status/100 == 2 {
		r.got = append(r.got, d)
	}
	w.WriteHeader(r.status)
}

func (r *receiver) titles() (all []string) {
	for _, d := range r.got {
		all = append(all, d.Data.Title)
	}
	return all
}

// What is wanted arrives once each and in order, though the other side fails and
// the node starts anew in between.
func TestHook(t *testing.T) {
	r := newReceiver(t)
	hook := Hook{Name: "archive", URL: r.URL, Secret: hookSecret, Kinds: []publica.Kind{"participation/draft", "governance/"}}
	b := newBench(t)
	b.source.add(true, "participation/draft", "Before the hook")
	b.open(hook)
	round := func() error {
		_, err := b.Alerts.hooks[0].round(t.Context())
		return err
	}
	b.source.add(true, "participation/draft", "One")
	b.source.add(true, "participation/comment", "Not wanted")
	b.source.add(false, "governance/propose", "Two")
	b.open(hook) // before anything was delivered
	if err := round(); err != nil {
		t.Fatal(err)
	}
	b.source.add(true, "participation/draft", "Three")
	b.source.add(true, "participation/draft", "Four")
	for _, status := range []int{500, 302, 410, 429} {
		r.status = status
		if err := round(); err == nil {
			t.Errorf("%d is taken for an answer", status)
		}
		b.open(hook)
	}
	r.status = http.StatusOK
	if err := round(); err != nil {
		t.Fatal(err)
	}
	b.open(hook)
	if err := round(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.titles(), " "); got != "One Two Three Four" {
		t.Errorf("delivered %s", got)
	}
	if n := len(slices.Compact(slices.Clone(r.ids))); n != 4 || len(r.ids) != 8 {
		t.Errorf("ids of attempts: %v", r.ids)
	}
	if d := r.got[1]; d.Type != "governance/propose" || d.Timestamp != "2026-12-01T22:00:03Z" || d.Data.Index != 3 || d.Data.URL != "https://rivers.example/entry/"+d.Data.ID.String() {
		t.Errorf("delivered %+v", d)
	}
}

func TestHookOfOneDocket(t *testing.T) {
	r := newReceiver(t)
	b := newBench(t)
	b.open(Hook{Name: "plan", URL: r.URL, Secret: hookSecret, Dockets: []publica.DocketID{b.source.docket.ID}})
	for range atOnceHooked {
		b.source.add(false, "participation/draft", "Elsewhere")
	}
	b.source.add(true, "participation/draft", "Here")
	for more := true; more; {
		var err error
		if more, err = b.Alerts.hooks[0].round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(r.titles(), " "); got != "Here" {
		t.Errorf("delivered %s", got)
	}
}

func TestHookSettings(t *testing.T) {
	good := Hook{Name: "archive", URL: "https://archive.example/x", Secret: hookSecret}
	if err := good.Check("webhooks.0."); err != nil {
		t.Error(err)
	}
	for field, spoil := range map[string]func(*Hook){
		"webhooks.0.name":        func(h *Hook) { h.Name = "../x" },
		"webhooks.0.url":         func(h *Hook) { h.URL = "http://archive.example/x" },
		"webhooks.0.secret_file": func(h *Hook) { h.Secret = "whsec_c2hvcnQ=" },
	} {
		h := good
		spoil(&h)
		if err := h.Check("webhooks.0."); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
