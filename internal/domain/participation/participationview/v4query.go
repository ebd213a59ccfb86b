package participationview

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zone of dates below, also where the machine knows none

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A v4Query is what a reader asks for.
type v4Query struct {
	base     string // the address of this register, "https://register.example"
	at       *url.URL
	id       string
	filters  map[string]string // without dates
	posted   v4Span
	modified v4Span
	sort     []v4Order
	size     int64
	number   int64
	include  bool // attachments
}

// A v4Span is from one time up to, not including, another; zero is open.
type v4Span struct{ from, to publica.Time }

func (v v4Span) open() bool { return v.from == 0 && v.to == 0 }

// A v4Order is one key of a sort.
type v4Order struct {
	key  string
	down bool
}

const (
	v4DefaultSize = 25
	v4MinSize     = 5
	v4MaxSize     = 250
	v4MaxNumber   = 1 << 40 // far beyond any register; keeps the arithmetic sound
)

// readV4 reads the parameters of a request. One that is not understood is an
// error: an answer must not look narrower than it is.
func readV4(r *http.Request, takes []string, list *v4Collection) (*v4Query, error) {
	q := &v4Query{base: web.BaseURL(r), at: r.URL, id: r.PathValue("id"), filters: map[string]string{}, size: v4DefaultSize, number: 1}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "query", "cannot be read").WithHint("encode brackets and spaces in names and values")
	}
	for name, all := range values {
		if name == "api_key" {
			continue
		}
		if !slices.Contains(takes, name) {
			return nil, v4Unknown(name, takes)
		}
		if len(all) > 1 {
			return nil, publica.Problem(publica.Malformed, name, "is given more than once").WithHint("give it once")
		}
		if err := q.take(name, all[0], list); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func v4Unknown(name string, takes []string) error {
	hint := "this address takes no parameters"
	if len(takes) > 0 {
		hint = "this address takes " + strings.Join(takes, ", ")
	}
	return publica.Problem(publica.Malformed, name, "is not a parameter of this address").WithHint(hint)
}

// take reads one parameter.
func (q *v4Query) take(name, value string, list *v4Collection) (err error) {
	filter, isFilter := strings.CutPrefix(name, "filter[")
	filter = strings.TrimSuffix(filter, "]")
	filter, bound, _ := strings.Cut(filter, "][")
	switch {
	case name == "include":
		if q.include = value == "attachments"; !q.include {
			return publica.Problem(publica.Malformed, name, "is not something to include").WithHint("attachments is")
		}
	case name == "sort":
		q.sort, err = v4Sort(value, list)
	case name == "page[size]":
		if q.size, err = strconv.ParseInt(value, 10, 64); err != nil || q.size < v4MinSize || q.size > v4MaxSize {
			return publica.Problem(publica.Malformed, name, "is not a number from 5 to 250").WithHint("ask for the next page for more")
		}
	case name == "page[number]":
		if q.number, err = strconv.ParseInt(value, 10, 64); err != nil || q.number < 1 || q.number > v4MaxNumber {
			return publica.Problem(publica.Malformed, name, "is not the number of a page").WithHint("pages count from 1")
		}
	case filter == "postedDate":
		err = q.posted.read(name, bound, value)
	case filter == "lastModifiedDate":
		err = q.modified.read(name, bound, value)
	case isFilter:
		q.filters[filter], err = v4Filter(name, filter, value)
	}
	return err
}

// v4Filter checks the value of a filter that is no date.
func v4Filter(name, filter, value string) (string, error) {
	value = strings.TrimSpace(value)
	problem := func(message, hint string) (string, error) {
		return "", publica.Problem(publica.Malformed, name, message).WithHint(hint)
	}
	switch filter {
	case "docketId", "commentOnId", "agencyId":
		if _, ok := wholeID(value); !ok {
			return problem("is not an id: 64 hexadecimal digits are wanted", "ids here are entry ids; /v4/dockets has those of dockets and of their lead bodies (agencyId)")
		}
		value = strings.ToLower(value)
	case "searchTerm":
		if len(value) > 500 {
			return problem("is longer than 500 bytes", "look for fewer words")
		}
		if (readmodel.Search{Text: value}).Match() == "" {
			return problem("has no word to look for", "all words are required, \"quoted words\" stand together, word* finds words that begin so, -word leaves out")
		}
	case "documentType":
		if value != v4Draft && value != v4Final {
			return problem("is not a type of document here", "one of "+v4Draft+", "+v4Final)
		}
	case "docketType":
		if value != v4Rulemaking && value != v4Other {
			return problem("is not a type of docket", "one of "+v4Rulemaking+", "+v4Other)
		}
	}
	return value, nil
}

// v4Sort reads sort=a,-b.
func v4Sort(value string, list *v4Collection) (all []v4Order, err error) {
	for key := range strings.SplitSeq(value, ",") {
		o := v4Order{}
		o.key, o.down = strings.CutPrefix(strings.TrimSpace(key), "-")
		if _, ok := list.sorts[o.key]; !ok {
			return nil, publica.Problem(publica.Malformed, "sort", "names what this list cannot be sorted by").
				WithHint("by " + strings.Join(list.sortKeys(), ", ") + ", with - before it the other way round; several stand with commas between them")
		}
		all = append(all, o)
	}
	return all, nil
}

// v4Zone is where dates without a zone are meant, as at Regulations.gov.
const v4Zone = "America/New_York"

// v4Dates are the forms of a date, and what span one covers.
var v4Dates = []struct {
	layout string
	days   int
	span   time.Duration
	zoned  bool
}{
	{"2006-01-02", 1, 0, false},
	{time.DateTime, 0, time.Second, false},
	{time.RFC3339, 0, time.Second, true},
	{"2006-01-02T15:04:05.000Z07:00", 0, time.Millisecond, true},
}

// read takes a date as a bound: ge, le (both included), or "" for the day or
// second itself.
func (v *v4Span) read(name, bound, value string) error {
	from, to, ok := v4Moment(value)
	if !ok {
		return publica.Problem(publica.Malformed, name, "is not a date").
			WithHint("2026-03-01, 2026-03-01 13:45:00 (both Eastern time, " + v4Zone + ") or 2026-03-01T18:45:00Z")
	}
	if bound != "le" {
		v.from = max(v.from, from)
	}
	if bound != "ge" && (v.to == 0 || to < v.to) {
		v.to = to
	}
	return nil
}

func v4Moment(value string) (from, to publica.Time, ok bool) {
	zone, err := time.LoadLocation(v4Zone)
	if err != nil {
		zone = time.UTC // never: the zones are in the program
	}
	for _, d := range v4Dates {
		if d.zoned == (len(value) > len(time.DateTime)) && len(value) >= len(time.DateOnly) {
			if t, err := time.ParseInLocation(d.layout, value, zone); err == nil && t.Year() > 1970 && t.Year() < 9999 {
				return publica.TimeOf(t), publica.TimeOf(t.AddDate(0, 0, d.days).Add(d.span)), true
			}
		}
	}
	return 0, 0, false
}

// page returns the address of another page of the same list. A key that came in
// the address is not repeated.
func (q *v4Query) page(number int64) string {
	v := q.at.Query()
	v.Del("api_key")
	v.Set("page[number]", strconv.FormatInt(number, 10))
	return q.base + q.at.Path + "?" + v.Encode()
}

// listed puts a page of resources into an answer.
func (q *v4Query) listed(data []*v4Resource, total int64) *v4List {
	pages := (total + q.size - 1) / q.size
	m := &v4Meta{HasNextPage: q.number < pages, HasPreviousPage: q.number > 1, NumberOfElements: len(data), PageNumber: q.number, PageSize: q.size,
		TotalElements: total, TotalPages: pages, FirstPage: q.number == 1, LastPage: q.number >= pages}
	l := &v4Links{Self: q.page(q.number), First: q.page(1), Last: q.page(max(1, pages))}
	if m.HasNextPage {
		l.Next = q.page(q.number + 1)
	}
	if m.HasPreviousPage {
		l.Prev = q.page(min(q.number-1, max(1, pages)))
	}
	return &v4List{Data: data, Links: l, Meta: m}
}

// resource makes a resource of a collection of this register.
func (q *v4Query) resource(collection string, id publica.EntryID, attributes any) *v4Resource {
	return &v4Resource{ID: id.String(), Type: collection, Links: &v4Self{q.base + "/v4/" + collection + "/" + id.String()}, Attributes: attributes}
}
