package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/web"
)

// TestHeaders checks what every answer must carry, whatever it is.
func TestHeaders(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{}).Handler()
	for _, path := range []string{"/log", "/nothing", "/api/v1/kinds", "/api/v1/nothing", "/checkpoint", "/assets/own/publica.css", "/metrics", "/healthz", "/entry/x"} {
		a := get(t, h, path)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		csp := a.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content policy %q", path, csp)
		}
	}
}

// TestConditional checks that a tag holds exactly until the log grows.
func TestConditional(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{}).Handler()
	ask := func(path, tag string) answer {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", tag)
		return do(t, h, r)
	}
	for _, path := range []string{"/log", "/api/v1/entries", "/gallery"} {
		tag := get(t, h, path).wants(t, 200).Header().Get("ETag")
		if a := ask(path, `"other", `+tag).wants(t, 304); a.Body.Len() > 0 {
			t.Errorf("%s: 304 with a body", path)
		}
		f.block(time.Minute, statement(t, publica.KeyFromSeed([32]byte{4}), byte(90+len(path)), "sample/say", `{"stance":"neutral"}`, s.docket, "text", "text/plain", path))
		if got := ask(path, tag).wants(t, 200).Header().Get("ETag"); got == tag {
			t.Errorf("%s: the log grew, the tag did not change", path)
		}
	}
	f.status = func(st *web.Status) { st.Shown-- }
	before := get(t, h, "/gallery").Header().Get("ETag")
	f.status = nil
	if get(t, h, "/gallery").Header().Get("ETag") == before {
		t.Error("a page of a view that lags behind the log would be kept")
	}
}

// TestPanic checks that a fault answers as a problem and is logged, not told.
func TestPanic(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	var log bytes.Buffer
	h := newSite(t, f, s, web.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}).Handler()
	f.panics = true
	defer func() { f.panics = false }()
	for _, path := range []string{"/api/v1/entries", "/log"} {
		a := get(t, h, path).wants(t, 500, `"code":"internal"`).lacks(t, "on fire")
		if a.Header().Get("ETag") != "" || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a fault may be cached: %v", path, a.Header())
		}
	}
	if !strings.Contains(log.String(), "on fire") || !strings.Contains(log.String(), "stack=") {
		t.Errorf("the panic is not in the log: %s", log.String())
	}
}

// TestSlow checks the server against a client that sends one header and waits:
// its limits are set, and shorter ones of the same server close it.
func TestSlow(t *testing.T) {
	srv := web.NewServer(http.NotFoundHandler(), nil)
	for name, d := range map[string]time.Duration{"ReadHeaderTimeout": srv.ReadHeaderTimeout, "ReadTimeout": srv.ReadTimeout,
		"WriteTimeout": srv.WriteTimeout, "IdleTimeout": srv.IdleTimeout} {
		if d <= 0 || d > 5*time.Minute {
			t.Errorf("%s is %v", name, d)
		}
	}
	if srv.MaxHeaderBytes <= 0 || srv.MaxHeaderBytes > 64<<10 {
		t.Errorf("MaxHeaderBytes is %d", srv.MaxHeaderBytes)
	}
	srv.ReadHeaderTimeout = 50 * time.Millisecond
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go srv.Serve(ln)
	defer srv.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	must(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n")
	must(t, err)
	must(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
}

// TestNotReady checks what a load balancer is told.
func TestNotReady(t *testing.T) {
	f := newFake(t)
	h := newSite(t, f, f.fill(t), web.Config{}).Handler()
	f.status = func(st *web.Status) { st.Ready, st.NotReady = false, "catching up with the log" }
	get(t, h, "/readyz").wants(t, 503, "catching up")
	get(t, h, "/healthz").wants(t, 200)
}
