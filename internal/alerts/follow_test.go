package alerts

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var linkIn = regexp.MustCompile(`https://rivers\.example(/follow/(confirm|end)/([0-9a-f]{64}))`)

// follow asks for letters about the docket, and returns the letter that asks.
func (b *bench) follow(address string, often string, topics ...string) received {
	b.t.Helper()
	w := b.post("/docket/"+b.source.docket.ID.String()+"/follow", url.Values{"address": {address}, "often": {often}, "topic": topics})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/follow/sent" {
		b.t.Fatalf("follow: %d %s", w.Code, w.Body)
	}
	got := b.letters()
	if len(got) != 1 || got[0].to != address {
		b.t.Fatalf("letters that ask: %+v", got)
	}
	return got[0]
}

// confirm follows the link of a letter and presses the button.
func (b *bench) confirm(l received) (token string) {
	b.t.Helper()
	link := linkIn.FindStringSubmatch(l.text)
	if link == nil || link[2] != "confirm" {
		b.t.Fatalf("no link in %s", l.text)
	}
	page := b.get(link[1])
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), `value="`+link[3]+`"`) {
		b.t.Fatalf("confirmation page: %d %s", page.Code, page.Body)
	}
	if w := b.post("/follow/confirm", url.Values{"token": {link[3]}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "You follow") {
		b.t.Fatalf("confirmed: %d %s", w.Code, w.Body)
	}
	return link[3]
}

// holds reports whether the bytes of any file hold an address, in the clear or
// as the store writes it.
func (b *bench) holds(address string) bool {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.dir, "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			b.t.Fatal(err)
		}
		texts := []string{string(raw)}
		for _, m := range regexp.MustCompile(`[A-Za-z0-9+/]{16,}={0,2}`).FindAllString(string(raw), -1) {
			if plain, err := base64.StdEncoding.DecodeString(m); err == nil {
				texts = append(texts, string(plain))
			}
		}
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, address) }) {
			return true
		}
	}
	return false
}

// From the form to the last letter, over a restart: nothing before the address
// is confirmed, what was chosen after, nothing and no trace once it has ended.
func TestFollow(t *testing.T) {
	b := newBench(t)
	b.source.add(true, "participation/draft", "Before")
	ask := b.follow("ada@example.org", "once", "drafts")
	if !strings.Contains(ask.head.Get("Subject"), "Please confirm") || ask.head.Get("Auto-Submitted") != "auto-generated" || !b.holds("ada@example.org") {
		t.Errorf("asked with %+v", ask)
	}
	b.source.add(true, "participation/draft", "Not yet")
	b.get(linkIn.FindStringSubmatch(ask.text)[1]) // a program that looks at every link confirms nothing
	if got := b.letters(); len(got) != 0 {
		t.Errorf("letters before confirmation: %+v", got)
	}
	token := b.confirm(ask)
	b.open()
	if got := b.letters(); len(got) != 0 {
		t.Errorf("letters without news: %+v", got)
	}
	b.source.add(true, "participation/comment", "Not asked for")
	b.source.add(false, "participation/draft", "Of no docket")
	b.source.add(true, "participation/draft", "Third draft")
	b.open()
	got := b.letters()
	if len(got) != 1 || got[0].to != "ada@example.org" || !strings.Contains(got[0].text, "Third draft") || strings.Contains(got[0].text, "Not") || strings.Contains(got[0].text, "Of no docket") {
		t.Fatalf("digest: %+v", got)
	}
	if url := "https://rivers.example/follow/end/" + token; got[0].head.Get("List-Unsubscribe") != "<"+url+">" || got[0].head.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" ||
		!strings.Contains(got[0].text, url) || !strings.Contains(got[0].text, "https://rivers.example"+b.source.items[4].Href()) || got[0].head.Get("Message-Id") == ask.head.Get("Message-Id") {
		t.Errorf("digest: %+v", got[0])
	}
	b.source.add(true, "participation/draft", "Fourth draft")
	if got := b.letters(); len(got) != 0 {
		t.Errorf("a second letter within ten minutes: %+v", got)
	}
	b.clock = b.clock.Add(gather)
	if got := b.letters(); len(got) != 1 || !strings.Contains(got[0].text, "Fourth") || strings.Contains(got[0].text, "Third") {
		t.Errorf("next digest: %+v", got)
	}

	// A mail program ends it: a form of several parts, no cookie, no page.
	r := httptest.NewRequest("POST", "/follow/end/"+token, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w := httptest.NewRecorder()
	b.site().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("one click: %d %s", w.Code, w.Body)
	}
	if b.holds("ada@example.org") || b.holds("ada") {
		t.Error("the address is still on the disk")
	}
	b.source.add(true, "participation/draft", "Fifth draft")
	b.clock = b.clock.Add(time.Hour)
	b.open()
	if got := b.letters(); len(got) != 0 {
		t.Errorf("letters after the end: %+v", got)
	}
	if w := b.get("/follow/end/" + token); w.Code != http.StatusNotFound {
		t.Errorf("page of what has ended: %d", w.Code)
	}
}

// The button of the page ends it too; whoever asks anew takes the place of the
// former wish.
func TestEndByPage(t *testing.T) {
	b := newBench(t)
	first := b.confirm(b.follow("ada@example.org", "daily", "drafts"))
	second := b.confirm(b.follow("Ada@example.org", "weekly", "drafts", "comments"))
	if w := b.get("/follow/end/" + first); w.Code != http.StatusNotFound {
		t.Errorf("the former wish: %d", w.Code)
	}
	page := b.get("/follow/end/" + second)
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), `action="/follow/end"`) {
		t.Errorf("%d %s", page.Code, page.Body)
	}
	for range 2 {
		if w := b.post("/follow/end", url.Values{"token": {second}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "have ended") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if b.holds("example.org") {
		t.Error("an address is still on the disk")
	}
}

// Digests leave at their hour, weekly ones on Mondays, and count what they do
// not list.
func TestDigestTimes(t *testing.T) {
	b := newBench(t) // Tuesday 22:00
	b.confirm(b.follow("day@example.org", "daily", "drafts"))
	b.confirm(b.follow("week@example.org", "weekly", "drafts"))
	for range maxTold + 2 {
		b.source.add(true, "participation/draft", "Draft")
	}
	to := func() (all []string) {
		for _, l := range b.letters() {
			all = append(all, l.to)
			if strings.Count(l.text, "• ") != maxTold || !strings.Contains(l.text, "There is more") {
				t.Errorf("letter %s", l.text)
			}
		}
		return all
	}
	for _, k := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 12, 2, 5, 59, 0, 0, time.UTC), ""},
		{time.Date(2026, 12, 2, 6, 0, 0, 0, time.UTC), "day@example.org"},
		{time.Date(2026, 12, 3, 6, 0, 0, 0, time.UTC), ""}, // nothing new
		{time.Date(2026, 12, 7, 6, 0, 0, 0, time.UTC), "week@example.org"},
	} {
		b.clock = k.at
		if got := strings.Join(to(), " "); got != k.want {
			t.Errorf("at %v: %q, want %q", k.at, got, k.want)
		}
	}
}

// Addresses go by themselves: unconfirmed after two days, confirmed when their
// time is over, refused after five letters.
func TestAddressesGo(t *testing.T) {
	b := newBench(t)
	b.follow("never@example.org", "once", "drafts")
	b.confirm(b.follow("month@example.org", "daily", "drafts"))
	b.confirm(b.follow("gone@example.org", "daily", "drafts"))
	b.clock = b.clock.Add(confirmWithin)
	b.letters()
	if b.holds("never@example.org") || !b.holds("month@example.org") {
		t.Error("after two days")
	}
	b.sink.mu.Lock()
	b.sink.deny["gone@example.org"] = "550 no such mailbox"
	b.sink.mu.Unlock()
	for i := range maxRefused {
		if !b.holds("gone@example.org") {
			t.Errorf("gone after %d refusals", i)
		}
		b.source.add(true, "participation/draft", "Draft")
		b.clock = b.clock.Add(24 * time.Hour)
		if got := b.letters(); len(got) != 1 || got[0].to != "month@example.org" {
			t.Errorf("day %d: %+v", i, got)
		}
	}
	if b.holds("gone@example.org") {
		t.Error("refused five times and still there")
	}
	b.clock = b.clock.Add(b.Mail.Keep)
	b.letters()
	if b.holds("example.org") {
		t.Error("an address outlived its time")
	}
}

// A mail server that is busy with one address, or away, loses nothing and holds
// nobody else up.
func TestMailServerInTrouble(t *testing.T) {
	b := newBench(t)
	b.confirm(b.follow("busy@example.org", "once", "drafts"))
	b.confirm(b.follow("ada@example.org", "once", "drafts"))
	b.sink.mu.Lock()
	b.sink.deny["busy@example.org"] = "451 later"
	b.sink.mu.Unlock()
	b.source.add(true, "participation/draft", "Draft")
	if got := b.letters(); len(got) != 1 || got[0].to != "ada@example.org" {
		t.Errorf("%+v", got)
	}
	port := b.Mail.Port
	b.Mail.Port = 1
	b.clock = b.clock.Add(2 * time.Hour)
	if _, err := b.Alerts.post.round(t.Context()); err == nil {
		t.Error("a mail server that is away is not noticed")
	}
	b.Mail.Port = port
	b.sink.mu.Lock()
	delete(b.sink.deny, "busy@example.org")
	b.sink.mu.Unlock()
	if got := b.letters(); len(got) != 1 || got[0].to != "busy@example.org" || !strings.Contains(got[0].text, "Draft") {
		t.Errorf("%+v", got)
	}
	b.Mail.TLS = "starttls" // which the sink does not have
	b.source.add(true, "participation/draft", "Secret draft")
	b.clock = b.clock.Add(2 * time.Hour)
	if _, err := b.Alerts.post.round(t.Context()); err == nil || len(b.sink.take()) > 0 {
		t.Errorf("a letter left in the open: %v", err)
	}
}

// The form refuses what it cannot use and says why; nobody learns who follows,
// and nobody's mailbox is flooded.
func TestFollowForm(t *testing.T) {
	b := newBench(t)
	good := url.Values{"address": {"ada@example.org"}, "often": {"daily"}, "topic": {"drafts"}}
	for _, k := range []struct{ field, value, says string }{
		{"address", "ada", "not an e-mail address"},
		{"address", "ada@example.org\r\nBcc: eve@example.org", "not an e-mail address"},
		{"address", "Ada <ada@example.org>", "not an e-mail address"},
		{"address", "ada@example.org,eve@example.org", "not an e-mail address"},
		{"address", "ada@localhost", "not an e-mail address"},
		{"often", "hourly", "how often"},
		{"topic", "gossip", "at least one"},
	} {
		form := url.Values{}
		for f, v := range good {
			form[f] = v
		}
		form.Set(k.field, k.value)
		if w := b.post("/follow", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), k.says) {
			t.Errorf("%s=%q: %d, want %q", k.field, k.value, w.Code, k.says)
		}
	}
	for range maxAsked + 2 {
		if w := b.post("/follow", good); w.Code != http.StatusSeeOther {
			t.Errorf("asked again: %d", w.Code)
		}
	}
	if got := b.letters(); len(got) != maxAsked {
		t.Errorf("%d letters to one address, want %d", len(got), maxAsked)
	}
	r := httptest.NewRequest("POST", "/follow", strings.NewReader(good.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if b.site().ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", w.Code)
	}
	for i := 0; ; i++ {
		if w := b.post("/follow", good); w.Code == http.StatusUnprocessableEntity && strings.Contains(w.Body.String(), "Too many") {
			break
		}
		if i > confirmationsAtOnce {
			t.Fatal("no end of confirmations")
		}
	}
	if w := b.get("/follow/confirm/" + strings.Repeat("0", 64)); w.Code != http.StatusNotFound {
		t.Errorf("a token that is none: %d", w.Code)
	}
}

// Letters speak the language of the page they were asked for on.
func TestLetterLanguage(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequest("POST", "/follow", strings.NewReader(url.Values{"address": {"ada@example.org"}, "often": {"once"}, "topic": {"drafts"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "es")
	b.site().ServeHTTP(httptest.NewRecorder(), r)
	if got := b.letters(); len(got) != 1 || got[0].head.Get("Content-Language") != "es" || !strings.Contains(got[0].text, "dirección") {
		t.Errorf("%+v", got)
	}
}

// Without a mail server the page says what there is, and takes no address.
func TestNoMail(t *testing.T) {
	b := newBench(t)
	path := "/docket/" + b.source.docket.ID.String() + "/follow"
	if w := b.get(path); !strings.Contains(w.Body.String(), `name="address"`) || !strings.Contains(w.Body.String(), "/calendar.ics") {
		t.Errorf("with mail: %s", w.Body)
	}
	b.Alerts.post = nil
	if w := b.get(path); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<form class=\"usa-form") || !strings.Contains(w.Body.String(), "sends no e-mail") {
		t.Errorf("without: %d %s", w.Code, w.Body)
	}
}
