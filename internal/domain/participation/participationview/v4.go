package participationview

import (
	"encoding/json/v2"
	"errors"
	"net/http"
	"strconv"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// The reads of Regulations.gov, version 4 (https://open.gsa.gov/api/regulationsgov/),
// over this register, so that a program written for them works here by another
// host alone: JSON:API (https://jsonapi.org/format/1.0/), the same paths,
// parameters and attributes. Dockets are dockets, documents are versions of the
// draft text, comments are comments and ideas; every id is an entry id. What
// Regulations.gov refuses, pages beyond the 5,000th result, is answered here.
//
// An attribute that this register does not know is null, as it is there.

// v4Media is the media type of JSON:API.
const v4Media = "application/vnd.api+json"

// A v4Resource is one record.
type v4Resource struct {
	ID            string       `json:"id"`
	Type          string       `json:"type"`
	Links         *v4Self      `json:"links,omitempty"`
	Attributes    any          `json:"attributes"`
	Relationships *v4Relations `json:"relationships,omitempty"`
}

type v4Self struct {
	Self string `json:"self"`
}

// v4Relations are the attachments of a record, as ids and where to get them.
type v4Relations struct {
	Attachments struct {
		Data  []v4Ref `json:"data"`
		Links struct {
			Related string `json:"related"`
		} `json:"links"`
	} `json:"attachments"`
}

type v4Ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// v4One is the answer about one record.
type v4One struct {
	Data     *v4Resource   `json:"data"`
	Included []*v4Resource `json:"included,omitempty"`
}

// v4List is one page of a list.
type v4List struct {
	Data     []*v4Resource `json:"data"`
	Included []*v4Resource `json:"included,omitempty"`
	Links    *v4Links      `json:"links,omitempty"`
	Meta     *v4Meta       `json:"meta,omitempty"`
}

type v4Links struct {
	Self  string `json:"self"`
	First string `json:"first"`
	Prev  string `json:"prev,omitzero"`
	Next  string `json:"next,omitzero"`
	Last  string `json:"last"`
}

type v4Meta struct {
	HasNextPage      bool  `json:"hasNextPage"`
	HasPreviousPage  bool  `json:"hasPreviousPage"`
	NumberOfElements int   `json:"numberOfElements"`
	PageNumber       int64 `json:"pageNumber"`
	PageSize         int64 `json:"pageSize"`
	TotalElements    int64 `json:"totalElements"`
	TotalPages       int64 `json:"totalPages"`
	FirstPage        bool  `json:"firstPage"`
	LastPage         bool  `json:"lastPage"`
}

// A v4Problem is one error of JSON:API.
type v4Problem struct {
	Status string    `json:"status"`
	Code   string    `json:"code"`
	Title  string    `json:"title"`
	Detail string    `json:"detail"`
	Source *v4Source `json:"source,omitempty"`
}

type v4Source struct {
	Parameter string `json:"parameter"`
}

// mountV4 registers the reads and their place in the reference.
func (p *pages) mountV4(site *web.Site) {
	for _, c := range v4Collections {
		for _, a := range c.addresses() {
			op := web.Op{Path: a.path, Name: a.name, Summary: a.summary, Doc: a.doc, Tag: "Regulations.gov"}
			site.Program(op, c.params(&a), v4Media, p.v4(a.read, a.takes, a.list))
		}
	}
	// A page of another site must ask before it may send its key along.
	site.Handle("OPTIONS /v4/", http.HandlerFunc(v4Preflight))
}

func v4Preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "X-Api-Key, Content-Type, Accept")
	w.WriteHeader(http.StatusNoContent)
}

// A v4Read answers a question from a snapshot.
type v4Read func(*pages, *readmodel.Snapshot, *v4Query) (any, error)

// v4 makes a handler of a read. Keys, in X-Api-Key or api_key, are taken and not
// looked at: reading needs none here.
func (p *pages) v4(read v4Read, takes []string, list *v4Collection) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := readV4(r, takes, list)
		var out any
		if err == nil {
			err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
				out, err = read(p, s, q)
				return err
			})
		}
		if err != nil {
			p.v4Fail(w, r, err)
			return
		}
		writeV4(w, http.StatusOK, out)
	}
}

func writeV4(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v, json.Deterministic(true), json.FormatNilSliceAsNull(true))
	if err != nil {
		panic(err) // types of our own: the site answers with a fault
	}
	w.Header().Set("Content-Type", v4Media)
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n')) // who left need not be told
}

// v4Fail answers with an error in the form of JSON:API. A parameter that is not
// understood is 400, as JSON:API has it.
func (p *pages) v4Fail(w http.ResponseWriter, r *http.Request, err error) {
	status, e := http.StatusInternalServerError, v4Problem{Detail: "this node could not answer", Code: string(publica.Internal)}
	if b, ok := errors.AsType[*web.ProblemBody](p.site.APIError(r.Context(), "v4", err)); ok {
		status, e.Code, e.Detail = b.Status, string(b.Code), b.Detail
		if b.Field != "" {
			e.Detail = b.Field + " " + e.Detail
		}
		if b.Hint != "" {
			e.Detail += ": " + b.Hint
		}
		if status == http.StatusBadRequest {
			e.Source = &v4Source{b.Field}
		}
		for name, values := range b.GetHeaders() {
			w.Header()[name] = values
		}
	}
	e.Status, e.Title = strconv.Itoa(status), http.StatusText(status)
	writeV4(w, status, struct {
		Errors []v4Problem `json:"errors"`
	}{[]v4Problem{e}})
}

// v4Date writes a time as Regulations.gov does: UTC, to the second.
func v4Date(t publica.Time) *string {
	if t.IsZero() {
		return nil
	}
	return v4Text(t.Std().Format("2006-01-02T15:04:05Z"))
}

// v4Text is a text, or null.
func v4Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// v4ID is an id, or null.
func v4ID(id publica.EntryID) *string {
	if id.IsZero() {
		return nil
	}
	return v4Text(id.String())
}
