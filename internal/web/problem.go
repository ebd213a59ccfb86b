package web

import (
	"encoding/json/v2"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"publica"
)

// statusOf is the one table from codes to HTTP statuses.
var statusOf = map[publica.Code]int{
	publica.Malformed:    http.StatusBadRequest,
	publica.Invalid:      http.StatusUnprocessableEntity,
	publica.TooLarge:     http.StatusRequestEntityTooLarge,
	publica.Unsupported:  http.StatusUnprocessableEntity,
	publica.BadSignature: http.StatusUnprocessableEntity,
	publica.Unverified:   http.StatusUnprocessableEntity,
	publica.Forbidden:    http.StatusForbidden,
	publica.NotFound:     http.StatusNotFound,
	publica.Conflict:     http.StatusConflict,
	publica.Early:        http.StatusConflict,
	publica.Late:         http.StatusConflict,
	publica.Owed:         http.StatusConflict,
	publica.Busy:         http.StatusServiceUnavailable,
	publica.Internal:     http.StatusInternalServerError,
}

// titleOf says each code in a few words that never change (RFC 9457, title).
var titleOf = map[publica.Code]string{
	publica.Malformed:    Msg("The request cannot be read"),
	publica.Invalid:      Msg("A field breaks a rule"),
	publica.TooLarge:     Msg("Too large"),
	publica.Unsupported:  Msg("Not taken here"),
	publica.BadSignature: Msg("The signature does not verify"),
	publica.Unverified:   Msg("The proof does not prove it"),
	publica.Forbidden:    Msg("Not allowed"),
	publica.NotFound:     Msg("Not on this register"),
	publica.Conflict:     Msg("Contradicts the register"),
	publica.Early:        Msg("The period is not open yet"),
	publica.Late:         Msg("The period is over"),
	publica.Owed:         Msg("Answers are still owed"),
	publica.Busy:         Msg("Over capacity"),
	publica.Internal:     Msg("A fault of this node"),
}

// The words of HTTP where it overrides the table.
var _ = []string{Msg("Method Not Allowed"), Msg("Unsupported Media Type"), Msg("Too Many Requests")}

// retryAfter is what a client over capacity is told to wait.
const retryAfter = 2 * time.Second

// An httpError overrides the table where HTTP itself speaks: 405, 415, 429.
type httpError struct {
	status int
	retry  time.Duration
	err    *publica.Error
}

func (e *httpError) Error() string { return e.err.Error() }
func (e *httpError) Unwrap() error { return e.err }

// withStatus returns err under another HTTP status than the table's.
func withStatus(status int, err *publica.Error) error { return &httpError{status: status, err: err} }

// A ProblemBody is the body of every error of the API: RFC 9457 with the
// register's code, the field at fault and a hint.
type ProblemBody struct {
	Type   string       `json:"type" doc:"where this kind of problem is explained" example:"/api#problem-invalid"`
	Title  string       `json:"title" doc:"the kind of problem in a few words"`
	Status int          `json:"status" doc:"HTTP status"`
	Detail string       `json:"detail" doc:"what is wrong with this request"`
	Code   publica.Code `json:"code" doc:"for programs to branch on"`
	Field  string       `json:"field,omitempty" doc:"the field at fault, as a path"`
	Hint   string       `json:"hint,omitempty" doc:"what to do about it"`

	retry time.Duration
}

// problemOf turns any error into what may be said about it. Faults keep their
// text to themselves.
func problemOf(err error) *ProblemBody {
	e, ok := errors.AsType[*publica.Error](err)
	if !ok || e.Code == publica.Internal {
		e = publica.Problem(publica.Internal, "", "this node could not answer; the fault is logged").
			WithHint("try again; if it stays, tell the operator the time and the address of this page")
	}
	status, ok := statusOf[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	p := &ProblemBody{Type: "/api#problem-" + string(e.Code), Title: titleOf[e.Code], Status: status,
		Detail: e.Message, Code: e.Code, Field: e.Field, Hint: e.Hint}
	if e.Code == publica.Busy {
		p.retry = retryAfter
	}
	if h, ok := errors.AsType[*httpError](err); ok {
		p.Status = h.status
		if h.retry > 0 {
			p.retry = h.retry
		}
		if h.status != statusOf[e.Code] {
			p.Title = http.StatusText(h.status)
		}
	}
	return p
}

// Error, GetStatus, ContentType and GetHeaders make a ProblemBody an error
// that the API library writes as it is.
func (p *ProblemBody) Error() string  { return p.Detail }
func (p *ProblemBody) GetStatus() int { return p.Status }

func (p *ProblemBody) ContentType(string) string { return "application/problem+json" }

func (p *ProblemBody) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	return h
}

// write answers with the problem as JSON.
func (p *ProblemBody) write(w http.ResponseWriter) {
	raw, err := json.Marshal(p)
	if err != nil {
		raw = []byte(`{"title":"A fault of this node","status":500,"code":"internal"}`)
	}
	p.headers(w)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	send(w, append(raw, '\n'))
}

func (p *ProblemBody) headers(w http.ResponseWriter) {
	w.Header().Del("ETag")
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
}

// fail answers a request with an error: a problem for programs, a page for
// people. Faults are logged here, once.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if to, ok := errors.AsType[*redirect](err); ok {
		w.Header().Del("ETag")
		if to.with != nil {
			err = to.with(w)
		}
		if to.with == nil || err == nil {
			http.Redirect(w, r, to.to, http.StatusSeeOther)
			return
		}
	}
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		s.log.LogAttrs(r.Context(), slog.LevelError, "request fault", slog.String("method", r.Method),
			slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	if forPrograms(r) {
		p.write(w)
		return
	}
	p.headers(w)
	l := LocaleOf(r)
	p.Title, p.Detail, p.Hint = l.T(p.Title), l.T(p.Detail), l.T(p.Hint)
	s.render(w, r, s.errorPage, &problemPage{
		Head:    Head{Title: p.Title, Kicker: l.T("Error {status}", "status", strconv.Itoa(p.Status)), Status: p.Status, Fresh: true},
		Problem: p, Back: backTo(r)})
}

// problemPage is problem.html.
type problemPage struct {
	Head
	Problem *ProblemBody
	Back    string
}

// backTo returns where a form came from, on this site only.
func backTo(r *http.Request) string {
	if r.Method != http.MethodPost {
		return ""
	}
	at, err := r.URL.Parse(r.Referer())
	if err != nil || at.Host != r.Host {
		return ""
	}
	return at.RequestURI()
}

// forPrograms reports whether a request wants problems as JSON rather than as
// a page.
func forPrograms(r *http.Request) bool {
	for _, prefix := range []string{"/api/", "/v4/", "/tile/", "/checkpoint", "/healthz", "/readyz", "/metrics"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return true
		}
	}
	return strings.HasSuffix(r.URL.Path, ".json")
}
