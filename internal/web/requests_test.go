package web_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"publica"
	"publica/internal/web"
)

// TestRequests runs the request scripts; testdata/requests/README.md says what
// they mean.
func TestRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/requests/*.txt")
	must(t, err)
	for _, file := range files {
		f := newFake(t)
		s := f.fill(t)
		h := newSite(t, f, s, web.Config{}).Handler()
		ar, err := txtar.ParseFile(file)
		must(t, err)
		names := sampleNames(t, f, s, h)
		for _, step := range ar.Files {
			t.Run(filepath.Base(file)+"/"+step.Name, func(t *testing.T) { runRequest(t, h, names.Replace(string(step.Data))) })
		}
	}
}

func sampleNames(t *testing.T, f *fakeRegister, s *sample, h http.Handler) *strings.Replacer {
	t.Helper()
	commitment := func(id publica.EntryID) string {
		e, err := publica.ParseEntry(f.leaves[f.byID[id]].Leaf.Entry)
		must(t, err)
		return e.Content[0].Commitment.String()
	}
	return strings.NewReplacer("$comment", s.comment.String(), "$docket", s.docket.String(), "$refused", s.refused.String(),
		"$erased", s.erased.String(), "$seal", s.seal.String(), "$waiting", s.waiting.String(),
		"$part", commitment(s.comment), "$gone", commitment(s.erased), "$etag", get(t, h, "/validators").Header().Get("ETag"))
}

// runRequest runs one step of a script.
func runRequest(t *testing.T, h http.Handler, script string) {
	method, path, body, headers, checks := parseRequest(t, script)
	r := httptest.NewRequest(method, "http://example.com/", strings.NewReader(body))
	if u, err := r.URL.Parse(path); err == nil {
		r.URL = u
	} else {
		r.URL.Path = path
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	a := do(t, h, r)
	for _, line := range checks {
		check(t, a, line)
	}
	if t.Failed() {
		t.Logf("%s %s: %d\n%v\n%.3000s", method, path, a.Code, a.Header(), a.Body)
	}
}

func parseRequest(t *testing.T, script string) (method, path, body string, headers, checks []string) {
	t.Helper()
	inBody := false
	for i, line := range strings.Split(strings.TrimSpace(script), "\n") {
		switch {
		case i == 0:
			method, path, _ = strings.Cut(line, " ")
		case line == "<<" || line == ">>":
			inBody = line == "<<"
		case inBody:
			body += line
		case strings.HasPrefix(line, "> "):
			headers = append(headers, line[2:])
		case line != "":
			checks = append(checks, line)
		}
	}
	return method, path, body, headers, checks
}

// check checks one line of a script.
func check(t *testing.T, a answer, line string) {
	t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "status":
		if got := http.StatusText(a.Code); got != "" && rest != itoa(a.Code) {
			t.Errorf("status %d, want %s", a.Code, rest)
		}
	case "header":
		name, pattern, _ := strings.Cut(rest, " ")
		if got := a.Header().Get(name); !regexp.MustCompile(pattern).MatchString(got) && !strings.Contains(got, pattern) {
			t.Errorf("header %s is %q, want %q", name, got, pattern)
		}
	case "body":
		if !regexp.MustCompile("(?m)" + rest).MatchString(a.Body.String()) {
			t.Errorf("body does not match %q", rest)
		}
	case "absent":
		if strings.Contains(a.Body.String(), rest) {
			t.Errorf("body holds %q", rest)
		}
	default:
		t.Errorf("script line %q is not understood", line)
	}
}
