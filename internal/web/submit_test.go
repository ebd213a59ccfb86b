package web_test

import (
	"bytes"
	"encoding/json/v2"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/web"
)

func post(t testing.TB, h http.Handler, path string, body []byte) answer {
	t.Helper()
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return do(t, h, r)
}

func encoded(t testing.TB, s *publica.Submission) []byte {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	return raw
}

// TestSubmit follows an entry from its promise to a receipt that verifies, and
// sends it again.
func TestSubmit(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{}).Handler()
	policy, err := publica.ParsePolicy([]byte(f.Policy()))
	must(t, err)
	sub := statement(t, publica.KeyFromSeed([32]byte{3}), 77, "sample/say", `{"stance":"support"}`, s.docket, "text", "text/plain", "Well done.")
	body := encoded(t, sub)

	post(t, h, "/api/v1/check", body).wants(t, 200, `"ok":true`)
	a := post(t, h, "/api/v1/entries", body).wants(t, 202, `"promise":`)
	if got := a.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("a promise may be cached: %q", got)
	}
	again := post(t, h, "/api/v1/entries", body).wants(t, 200, `"proof":`)
	receipt, err := publica.ParseReceipt(again.Body.Bytes())
	must(t, err)
	v, err := receipt.Verify(policy, fakeName)
	must(t, err)
	if v.ID != sub.Signed.ID() {
		t.Errorf("the receipt is of %s, sent was %s", v.ID, sub.Signed.ID())
	}
	file := get(t, h, "/entry/"+v.ID.String()+"/receipt.json").wants(t, 200)
	if !bytes.Equal(file.Body.Bytes(), again.Body.Bytes()) {
		t.Error("the receipt file differs from the receipt of the API")
	}
	fromAPI, err := publica.ParseReceipt(get(t, h, "/api/v1/entries/"+v.ID.String()+"/receipt").wants(t, 200).Body.Bytes())
	must(t, err)
	if _, err := fromAPI.Verify(policy, fakeName); err != nil {
		t.Error(err)
	}
	get(t, h, "/entry/"+v.ID.String()).wants(t, 200, "Well done")
}

// TestSubmitRefused sends what cannot be taken.
func TestSubmitRefused(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{MaxSubmission: 8 << 10}).Handler()
	key := publica.KeyFromSeed([32]byte{3})
	good := statement(t, key, 78, "sample/say", `{"stance":"support"}`, s.docket, "text", "text/plain", "Well done.")
	body := encoded(t, good)

	forged := *good
	forged.Signed.Signature.Sig = bytes.Clone(good.Signed.Signature.Sig)
	forged.Signed.Signature.Sig[3] ^= 1
	post(t, h, "/api/v1/entries", encoded(t, &forged)).wants(t, 422, `"code":"bad-signature"`, `"hint":`)
	swapped := *good
	swapped.Content = []publica.Content{{Name: "text", Salt: good.Content[0].Salt, Data: []byte("Badly done")}}
	post(t, h, "/api/v1/entries", encoded(t, &swapped)).wants(t, 422, `"code":"unverified"`, `"field":"content/0/data"`)
	unknown := statement(t, key, 79, "sample/shout", `{}`, s.docket, "text", "text/plain", "x")
	post(t, h, "/api/v1/entries", encoded(t, unknown)).wants(t, 422, `"code":"unsupported"`, `"field":"kind"`)
	bare := statement(t, key, 80, "sample/say", `{}`, s.docket, "text", "text/plain", "x")
	post(t, h, "/api/v1/check", encoded(t, bare)).wants(t, 422, `"field":"body/stance"`)

	large := append(bytes.Repeat([]byte(" "), 9<<10), body...)
	post(t, h, "/api/v1/entries", large).wants(t, 413, `"code":"too-large"`, `8.2 kB`)
	r := httptest.NewRequest("POST", "/api/v1/entries", struct{ *bytes.Reader }{bytes.NewReader(large)}) // length not announced
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	do(t, h, r).wants(t, 413, `"code":"too-large"`)

	f.submit = publica.Problem(publica.Busy, "", "the register is over capacity").WithHint("try again in a moment")
	a := post(t, h, "/api/v1/entries", body).wants(t, 503, `"code":"busy"`)
	if a.Header().Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	f.submit = errors.New("disk sda1 failed at /var/lib/secret")
	post(t, h, "/api/v1/entries", body).wants(t, 500, `"code":"internal"`).lacks(t, "sda1", "secret")
	get(t, h, "/metrics").wants(t, 200, `publica_submissions_total\{outcome="busy"\} 1`, `outcome="bad-signature"\} 1`)
}

// TestRate sends more than one address may, and less from others.
func TestRate(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	now := fakeEpoch.Std().Add(time.Hour)
	h := newSite(t, f, s, web.Config{PostRate: 1, PostBurst: 3, Now: func() time.Time { return now }}).Handler()
	from := func(addr string) answer {
		r := httptest.NewRequest("POST", "/api/v1/entries", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "198.51.100.9") // from no proxy of ours: not believed
		r.RemoteAddr = addr
		return do(t, h, r)
	}
	for range 3 {
		from("192.0.2.1:1000").wants(t, 400)
	}
	a := from("192.0.2.1:2000").wants(t, 429, `"code":"busy"`)
	if got := a.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After is %q, want 1", got)
	}
	from("192.0.2.2:1000").wants(t, 400)
	for range 3 {
		from("[2001:db8::1]:1000").wants(t, 400)
	}
	from("[2001:db8::2]:1000").wants(t, 429) // the same subscriber's network
	r := httptest.NewRequest("POST", "/gallery/say", strings.NewReader("text=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "192.0.2.1:1000"
	do(t, h, r).wants(t, 429, "too many submissions|Too many submissions", "Wait as long")
	now = now.Add(2 * time.Second)
	from("192.0.2.1:3000").wants(t, 400)
}
