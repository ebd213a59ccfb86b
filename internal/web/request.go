package web

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"publica"
)

// ParseEntry parses an entry id from a path or query; the error names field.
func ParseEntry(field, text string) (publica.EntryID, error) {
	id, err := publica.ParseEntryID(text)
	if err != nil {
		return id, publica.Problem(publica.NotFound, field, "is not an id: 64 hexadecimal digits are wanted").
			WithHint("copy the whole id from the page or the receipt")
	}
	return id, nil
}

// ParseDocket parses a docket id from a path or query; the error names field.
func ParseDocket(field, text string) (publica.DocketID, error) {
	id, err := ParseEntry(field, text)
	return publica.DocketID(id), err
}

// PathEntry returns the entry id in a path wildcard.
func PathEntry(r *http.Request, name string) (publica.EntryID, error) {
	return ParseEntry(name, r.PathValue(name))
}

// PathDocket returns the docket id in a path wildcard.
func PathDocket(r *http.Request, name string) (publica.DocketID, error) {
	return ParseDocket(name, r.PathValue(name))
}

// MaxLimit bounds how many items one page or read returns. There is no bound
// on how many pages one may read.
const MaxLimit = 1000

// A Cursor says where in a list to continue: with items of log index Since and
// after.
type Cursor struct {
	Since int64
	Limit int
}

// ReadCursor reads ?since= and ?limit= of a request.
func ReadCursor(r *http.Request, limit int) (Cursor, error) {
	return parseCursor(r.URL.Query(), limit)
}

func parseCursor(q url.Values, limit int) (Cursor, error) {
	c := Cursor{Limit: limit}
	if s := q.Get("since"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return c, publica.Problem(publica.Malformed, "since", "is not a log index").WithHint("use the next value of the page before")
		}
		c.Since = n
	}
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > MaxLimit {
			return c, publica.Problem(publica.Malformed, "limit", "is not a number from 1 to "+strconv.Itoa(MaxLimit))
		}
		c.Limit = n
	}
	return c, nil
}

// Pager makes the pager of a page that started at c. next is the cursor to
// continue with, -1 at the end; other query parameters are kept.
func (c Cursor) Pager(r *http.Request, next int64, shown int, noun string) Pager {
	p := Pager{Shown: shown, Noun: noun}
	if next >= 0 {
		p.Next = withQuery(r, "since", strconv.FormatInt(next, 10))
	}
	if r.URL.Query().Get("since") != "" {
		p.First = withQuery(r, "since", "")
	}
	return p
}

// withQuery returns the request's path and query with one parameter changed.
func withQuery(r *http.Request, name, value string) string {
	q := r.URL.Query()
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

// mediaType returns the request's media type without parameters, "" if there
// is none that can be read.
func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
