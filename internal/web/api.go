package web

import (
	"context"
	"encoding/json/v2"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"publica"
)

// apiPrefix is where the API lives.
const apiPrefix = "/api/v1"

// An Op describes one read of the API.
type Op struct {
	Path    string // below /api/v1, in http.ServeMux form: "/dockets/{id}"
	Name    string // unique operation id: "get-docket"
	Summary string // a few words
	Doc     string // more, in Markdown; may be empty
	Tag     string // groups operations in the reference
}

// API returns the API for operations that [Read] does not fit. Errors returned
// by such an operation must be made with [APIError].
func (s *Site) API() huma.API { return s.api }

// APIError turns an error into one the API writes as a problem; faults are
// logged.
func (s *Site) APIError(ctx context.Context, op string, err error) error {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		s.log.LogAttrs(ctx, slog.LevelError, "request fault", slog.String("operation", op), slog.Any("err", err))
	}
	return p
}

// reply is what the API library wants around a body.
type reply[O any] struct{ Body O }

// Read registers GET /api/v1 + op.Path. I is a struct of path and query
// parameters, O the JSON body. It panics if the path or name is taken.
func Read[I, O any](s *Site, op Op, f func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, huma.Operation{
		Method: http.MethodGet, Path: apiPrefix + op.Path, OperationID: op.Name, Summary: op.Summary,
		Description: op.Doc, Tags: []string{op.Tag}, Responses: problemResponses(s.api),
	}, func(ctx context.Context, in *I) (*reply[O], error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.APIError(ctx, op.Name, err)
		}
		return &reply[O]{*out}, nil
	})
}

// A Param is a parameter of a [Site.Program], as the reference shows it.
type Param struct{ Name, In, Doc string }

// Program registers a read with a form of its own, for programs written to
// somebody else's API. op.Path is the whole path, media the type of its answers
// and errors. Like the reads of [Read] it is open to all origins and answers 304
// when nothing was added; h writes its own errors, made with [Site.APIError].
func (s *Site) Program(op Op, params []Param, media string, h http.HandlerFunc) {
	s.handle("GET "+op.Path, s.conditional(openToAll(h)))
	content := map[string]*huma.MediaType{media: {}}
	o := &huma.Operation{Method: http.MethodGet, Path: op.Path, OperationID: op.Name, Summary: op.Summary, Description: op.Doc, Tags: []string{op.Tag},
		Responses: map[string]*huma.Response{"200": {Description: "The answer", Content: content}, "default": {Description: "What is wrong", Content: content}}}
	for _, p := range params {
		o.Parameters = append(o.Parameters, &huma.Param{Name: p.Name, In: p.In, Description: p.Doc, Required: p.In == "path", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	s.api.OpenAPI().AddOperation(o)
}

func problemResponses(api huma.API) map[string]*huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ProblemBody](), true, "Problem")
	return map[string]*huma.Response{"default": {
		Description: "A problem (RFC 9457)",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}}
}

// newAPI makes the API on the site's routes. Its documents are served by us:
// the library's own pages load scripts from elsewhere.
func (s *Site) newAPI(title, version string) huma.API {
	config := huma.DefaultConfig(title, version)
	config.Info.Description = "The public record of this register, and the way to add to it. " +
		"Reads need no key and may come from any origin. Whoever does not want to believe this server asks for a receipt and verifies it offline."
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", ""
	config.CreateHooks = nil
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	jsonFormat := huma.Format{Marshal: writeJSON, Unmarshal: func(data []byte, v any) error { return publica.DecodeStrict(data, v, "") }}
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	config.Transformers = []huma.Transformer{transformProblem}
	return humago.New(apiMux{s}, config)
}

func writeJSON(w io.Writer, v any) error {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = w.Write(append(raw, '\n'))
	return err
}

// apiMux registers operations on the site's mux, guarded like pages.
type apiMux struct{ site *Site }

func (m apiMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	if strings.HasPrefix(pattern, "GET ") {
		m.site.handle(pattern, m.site.conditional(openToAll(h)))
		return
	}
	m.site.handle(pattern, http.HandlerFunc(h))
}

func (m apiMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.site.mux.ServeHTTP(w, r) }

// transformProblem puts the library's own errors (parameters that do not
// parse) into our form. The value sent is not repeated.
func transformProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := publica.Problem(publica.Malformed, "", model.Detail)
	if model.Status == http.StatusUnprocessableEntity {
		e.Code = publica.Invalid
	}
	if len(model.Errors) > 0 {
		_, e.Field, _ = strings.Cut(model.Errors[0].Location, ".")
		e.Message = model.Errors[0].Message
	}
	return problemOf(withStatus(model.Status, e)), nil
}

// schemaName names the schema of a type. Types of different views may share a
// name, so a view's carry the view's.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "Body")
	at := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]
	if at == "" || at == "web" || at == "publica" {
		return name
	}
	at = strings.TrimSuffix(at, "view")
	return strings.ToUpper(at[:1]) + at[1:] + name
}

// problemsOf lists the codes in the order of the reference.
func problemsOf() []*ProblemBody {
	var all []*ProblemBody
	for _, c := range []publica.Code{publica.Malformed, publica.Invalid, publica.TooLarge, publica.Unsupported,
		publica.BadSignature, publica.Unverified, publica.Forbidden, publica.NotFound, publica.Conflict,
		publica.Early, publica.Late, publica.Owed, publica.Busy, publica.Internal} {
		all = append(all, problemOf(publica.Problem(c, "", "")))
	}
	return all
}

var errNotFound = publica.Problem(publica.NotFound, "", "there is nothing at this address").
	WithHint("check the address, or start from the home page; every record has a permanent address /entry/ and its id")

// bodyError tells a body over its limit from one that broke off.
func bodyError(err error, tooBig *publica.Error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooBig
	}
	return &publica.Error{Code: publica.Malformed, Message: "the request broke off", Err: err}
}
