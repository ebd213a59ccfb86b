package web_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func subFS(f fs.FS) (fs.FS, error) { return fs.Sub(f, "testdata/views") }

// answer is a recorded response.
type answer struct{ *httptest.ResponseRecorder }

func get(t testing.TB, h http.Handler, path string) answer {
	t.Helper()
	return do(t, h, httptest.NewRequest("GET", path, nil))
}

func do(t testing.TB, h http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w}
}

// wants checks status and that the body matches each expression.
func (a answer) wants(t testing.TB, status int, patterns ...string) answer {
	t.Helper()
	if a.Code != status {
		t.Errorf("status %d, want %d\n%s", a.Code, status, a.Body)
	}
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(a.Body.String()) {
			t.Errorf("body does not match %q:\n%s", p, a.Body)
		}
	}
	return a
}

// lacks checks that the body holds none of the texts.
func (a answer) lacks(t testing.TB, texts ...string) answer {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(a.Body.String(), s) {
			t.Errorf("body holds %q:\n%s", s, a.Body)
		}
	}
	return a
}

func itoa(n int) string { return strconv.Itoa(n) }
