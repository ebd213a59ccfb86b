package web

import (
	"encoding/json/v2"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// referencePage is reference.html: the API as a page, from the same document
// that programs read.
type referencePage struct {
	Head
	Groups   []opGroup
	Problems []*ProblemBody
	Base     string
	About    string
}

// An opGroup is the operations of one tag.
type opGroup struct {
	Name string
	Ops  []opView
}

// An opView is one operation as shown.
type opView struct {
	Method, Path, ID, Summary, Doc, Curl string
	Params                               []paramView
	Answers                              []answerView
	Takes                                string
}

type paramView struct {
	Name, In, Type, Doc string
	Required            bool
}

type answerView struct{ Status, Doc, Media string }

func (s *Site) referencePage(r *http.Request) (Page, error) {
	l := LocaleOf(r)
	return &referencePage{
		Head: Head{Title: l.T("API reference"), Nav: "/api", Lead: l.T("Everything on these pages, for programs. No key is needed to read.")},
		Base: BaseURL(r), Problems: problemsOf(), Groups: s.operations(BaseURL(r)), About: s.api.OpenAPI().Info.Description,
	}, nil
}

// operations lists all operations by tag, in alphabetical order of path.
func (s *Site) operations(base string) []opGroup {
	byTag := map[string][]opView{}
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op == nil {
				continue
			}
			tag := "Other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], describeOp(op, base))
		}
	}
	order := []string{"Register", "Entries", "Log"}
	var groups []opGroup
	for tag, ops := range byTag {
		slices.SortFunc(ops, func(a, b opView) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
		groups = append(groups, opGroup{tag, ops})
	}
	rank := func(g opGroup) int {
		if i := slices.Index(order, g.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(groups, func(a, b opGroup) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return groups
}

func describeOp(op *huma.Operation, base string) opView {
	v := opView{Method: op.Method, Path: op.Path, ID: op.OperationID, Summary: op.Summary, Doc: op.Description}
	for _, p := range op.Parameters {
		pv := paramView{Name: p.Name, In: p.In, Doc: p.Description, Required: p.Required}
		if p.Schema != nil {
			pv.Type = p.Schema.Type
			if pv.Doc == "" {
				pv.Doc = p.Schema.Description
			}
		}
		v.Params = append(v.Params, pv)
	}
	for status, resp := range op.Responses {
		a := answerView{Status: status, Doc: resp.Description}
		for media := range resp.Content {
			a.Media = media
		}
		v.Answers = append(v.Answers, a)
	}
	slices.SortFunc(v.Answers, func(a, b answerView) int { return strings.Compare(a.Status, b.Status) })
	v.Curl = "curl " + base + exampleID.ReplaceAllStringFunc(op.Path, func(name string) string { return strings.ToUpper(strings.Trim(name, "{}")) })
	if op.RequestBody != nil {
		v.Takes = "application/json"
		v.Curl = "curl --json @submission.json " + base + op.Path
	}
	return v
}

// exampleID finds what a reader must fill in.
var exampleID = regexp.MustCompile(`\{[a-z]+\}`)

// finishAPI serves the API document, once all operations are known.
func (s *Site) finishAPI() {
	if m := s.api.OpenAPI().Components.Schemas.Map(); m != nil {
		for _, t := range []reflect.Type{reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[huma.ErrorDetail]()} {
			delete(m, schemaName(t, "")) // the library's own form of problems, which we never send
		}
	}
	raw, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		raw, _ = json.Marshal(problemOf(err))
	}
	s.handle("GET "+apiPrefix+"/openapi.json", openToAll(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
		send(w, raw)
	}))
}
