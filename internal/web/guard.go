package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"publica"
)

// contentPolicy allows what this site serves itself and nothing else: no
// inline script or style, no other host, no frame.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// wasmPolicy allows WebAssembly of this site beside: 'wasm-unsafe-eval' lets a script
// compile it, and evaluates no text (CSP level 3, section 6.1.10.2).
var wasmPolicy = strings.Replace(contentPolicy, "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1)

// NewServer returns a server with the time limits that keep slow or silent
// clients from holding connections. Long responses (exports) extend their own
// deadline.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	if log != nil {
		srv.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	return srv
}

// guard wraps the whole site, outermost first: metrics, headers, panics,
// cross-origin forms, rate.
func (s *Site) guard(next http.Handler) http.Handler {
	csrf := http.NewCrossOriginProtection()
	// Submissions carry their own authority, a signature; no cookie adds any.
	csrf.AddInsecureBypassPattern("POST " + apiPrefix + "/entries")
	csrf.AddInsecureBypassPattern("POST " + apiPrefix + "/check")
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, publica.Problem(publica.Forbidden, "", "this form was sent from another site").
			WithHint("open the page on this site and send the form from there"))
	}))
	h := csrf.Handler(s.limitPosts(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		rec := &statusWriter{ResponseWriter: w}
		start := s.now()
		defer func() {
			if v := recover(); v != nil {
				s.recovered(rec, r, v)
			}
			s.metrics.observe(r, rec.status, s.now().Sub(start))
		}()
		h.ServeHTTP(rec, r)
	})
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// recovered answers a request whose handler panicked, and logs it.
func (s *Site) recovered(w *statusWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic in a request", slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if w.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	problemOf(fmt.Errorf("panic: %v", v)).write(w)
}

// statusWriter remembers the status and keeps errors from being cached as
// answers.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		if status >= 400 {
			w.Header().Del("ETag")
			w.Header().Set("Cache-Control", "no-store")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// send writes a whole body. What goes wrong here is the client's leaving, which
// nobody need act on.
func send(w http.ResponseWriter, body []byte) { _, _ = w.Write(body) }

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// conditional gives reads an ETag from the position of the log, and answers
// 304 when nothing was added since. The position is read before the answer is
// made, so an answer can only be newer than its tag says.
func (s *Site) conditional(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Cache-Control", "no-store")
			h(w, r)
			return
		}
		st := s.register.Status()
		tag := `W/"` + s.instance + "-" + strconv.FormatInt(st.Size, 36) + "-" + strconv.FormatInt(st.Shown, 36) + "-" + LocaleOf(r).Tag + `"`
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", "no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h(w, r)
	})
}

func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(t) == tag {
			return true
		}
	}
	return false
}

// openToAll lets pages of any origin read public data.
func openToAll(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		h(w, r)
	}
}

// limitPosts bounds what one address may send.
func (s *Site) limitPosts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		if wait := s.limit.take(s.clientIP(r)); wait > 0 {
			s.fail(w, r, &httpError{status: http.StatusTooManyRequests, retry: wait,
				err: publica.Problem(publica.Busy, "", "too many submissions from your address at once").
					WithHint("wait as long as Retry-After says; what was promised so far is kept")})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientIP returns the address a request comes from. Only a configured proxy
// may say that it speaks for another.
func (s *Site) clientIP(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

func (s *Site) trusted(a netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// maxClients bounds the limiter's memory: two generations of this many.
const maxClients = 8192

// A limiter keeps one token bucket per client network in two generations: when
// the young one is full it becomes the old one, and the old one is dropped.
// Whoever is active moves along.
type limiter struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu         sync.Mutex // guards young, old
	young, old map[netip.Prefix]*rate.Limiter
}

func newLimiter(r rate.Limit, burst int, now func() time.Time) *limiter {
	if r == 0 {
		r = 200
	}
	if burst <= 0 {
		burst = max(1, int(5*r))
	}
	return &limiter{rate: r, burst: burst, now: now, young: map[netip.Prefix]*rate.Limiter{}}
}

// take uses one token of the client and returns how long it must wait if there
// is none.
func (l *limiter) take(client netip.Addr) time.Duration {
	if l.rate < 0 {
		return 0
	}
	b := l.bucket(network(client))
	now := l.now()
	res := b.ReserveN(now, 1)
	wait := res.DelayFrom(now)
	if wait > 0 {
		res.CancelAt(now)
	}
	return wait
}

// network is what one bucket covers: an IPv4 address, or the /64 that one
// IPv6 subscriber holds.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func (l *limiter) bucket(p netip.Prefix) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.young[p]; b != nil {
		return b
	}
	b := l.old[p]
	if b == nil {
		b = rate.NewLimiter(l.rate, l.burst)
	}
	if len(l.young) >= maxClients {
		l.old, l.young = l.young, map[netip.Prefix]*rate.Limiter{}
	}
	l.young[p] = b
	return b
}
