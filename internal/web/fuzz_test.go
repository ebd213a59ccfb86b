package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"publica/internal/web"
)

// fuzzSite is a site whose answers to anything must be an answer: no panic, no
// 500, nothing raw in a page.
func fuzzSite(f *testing.F) http.Handler {
	reg := newFake(f)
	return newSite(f, reg, reg.fill(f), web.Config{PostRate: -1, Now: func() time.Time { return fakeEpoch.Std() }}).Handler()
}

func FuzzTilePath(f *testing.F) {
	for _, s := range []string{"0/000", "0/000.p/27", "entries/000.p/1", "1/000.p/1", "60/000.p/1", "0/x999/x999/x999/x999/x999/x999/999", "-1/000", "8/0/000", "63/000", "0/x000/000"} {
		f.Add(s)
	}
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, path string) {
		r := httptest.NewRequest("GET", "http://example.com/", nil)
		r.URL = &url.URL{Path: "/tile/" + path}
		a := do(t, h, r)
		if a.Code >= 500 {
			t.Errorf("%q: %d %s", path, a.Code, a.Body)
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"text=a", "text=", "%zz", "a=b;c=d", "text=%00%ff", strings.Repeat("&", 1000)} {
		f.Add(s, "application/x-www-form-urlencoded")
	}
	f.Add("text=a", "multipart/form-data; boundary=x")
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, body, kind string) {
		r := httptest.NewRequest("POST", "/gallery/say", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		if a := do(t, h, r); a.Code >= 500 {
			t.Errorf("%q (%q): %d %s", body, kind, a.Code, a.Body)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"at=3", "before=-1", "kind=sample/say&at=99999999999999999999", "at=9223372036854775807", "before=9223372036854775807", "id=<script>"} {
		f.Add(s)
	}
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/log", "/verify", "/gallery", "/api/v1/entries", "/api/v1/changes"} {
			r := httptest.NewRequest("GET", "http://example.com"+path, nil)
			r.URL.RawQuery = query
			a := do(t, h, r)
			page := a.Body.String()
			foreign := strings.Count(page, "<script") - strings.Count(page, `<script type="module" src="/assets/`)
			if a.Code >= 500 || foreign > 0 {
				t.Errorf("%s?%s: %d %s", path, query, a.Code, a.Body)
			}
		}
	})
}

func FuzzSubmission(f *testing.F) {
	f.Add([]byte(`{"entry":{},"signature":{"alg":"ed25519","key":"","sig":""}}`))
	f.Add([]byte("\x00\xff{"))
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if a := post(t, h, "/api/v1/entries", body); a.Code < 400 || a.Code >= 500 {
			t.Errorf("%q: %d %s", body, a.Code, a.Body)
		}
	})
}
