package viewtest

import (
	"encoding/json/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"publica/internal/registertest"
)

// Get asks for a page, and returns its status and text.
func Get(tb testing.TB, h http.Handler, path string) (int, string) {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// Page fetches a page that must be there, and checks the HTML of it.
func Page(tb testing.TB, h http.Handler, path string) string {
	tb.Helper()
	code, body := Get(tb, h, path)
	if code != http.StatusOK {
		tb.Fatalf("GET %s: %d\n%.2000s", path, code, body)
	}
	if err := registertest.WellFormed(body); err != nil {
		tb.Errorf("GET %s: %v", path, err)
	}
	return body
}

// Post sends a form, as a page of the site does.
func Post(tb testing.TB, h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	tb.Helper()
	return ask(h, "POST", path, form, nil)
}

// ask sends a form, and the cookie unless it is nil.
func ask(h http.Handler, method, path string, form url.Values, session *http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if session != nil {
		r.AddCookie(session)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Read fetches a read of the API into v.
func Read(tb testing.TB, h http.Handler, path string, v any) {
	tb.Helper()
	code, body := Get(tb, h, "/api/v1"+path)
	if code != http.StatusOK {
		tb.Fatalf("GET %s: %d %s", path, code, body)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		tb.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// Text drops tags and joins white space, so that a test reads what people read.
func Text(page string) string {
	var b strings.Builder
	in := false
	for _, r := range page {
		switch {
		case r == '<':
			in = true
			b.WriteByte(' ')
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	words := strings.Join(strings.Fields(b.String()), " ")
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&", " .", ".", " ,", ",", "\u2068", "", "\u2069", "").Replace(words)
}

// Says checks that a page says these things to its reader.
func Says(tb testing.TB, page string, want ...string) {
	tb.Helper()
	all := Text(page)
	for _, w := range want {
		if !strings.Contains(all, w) {
			tb.Errorf("the page does not say %q:\n%s", w, all)
		}
	}
}
