package participationview

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/golden"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// v4Sample is the sample with attachments, something taken back, and a second
// docket of another type.
type v4Sample struct {
	*sample
	filed, withdrawn, disavowed, erased publica.EntryID
	first, second                       publica.DocketID
}

func newV4Sample(tb testing.TB) *v4Sample {
	s := &v4Sample{sample: newSample(tb)}
	s.first = s.Docket
	s.filed = s.Do("reader-3", "participation/comment", participation.Comment{Stance: participation.Oppose}, part("text", "The table is attached."),
		part("attachment-1", "a,b"), part("attachment-2", "# Notes"))
	s.Wait(time.Hour)
	s.withdrawn = s.comments[4]
	s.Do("neighbour-4", "participation/withdraw", participation.Withdraw{Entry: s.whole(s.withdrawn)}, part("reason", "I moved away."))
	s.Wait(time.Hour)
	s.disavowed = s.comments[5]
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("neighbour-5").ID(), Role: identity.VerifiedBy}, forBody)
	s.Do("neighbour-5", "participation/disavow", participation.Disavow{Entry: s.whole(s.disavowed)}, part("reason", "Somebody else had my key."))
	s.Wait(time.Hour)
	s.erased = s.Do("reader-2", "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", "My address is 4 Mill Lane."), part("attachment-1", "A map of it."))
	s.Wait(time.Hour)
	s.Do("reader-2", "participation/withdraw", participation.Withdraw{Entry: s.whole(s.erased), Erase: true}, part("reason", "It says where I live."))
	s.Wait(time.Hour)
	s.second = s.Open(docket.Charter{Contribute: docket.Anyone}, "Shorter permits", "")
	return s
}

// whole returns an entry as it stands on the log.
func (s *v4Sample) whole(id publica.EntryID) jsontext.Value {
	for i := range s.Log {
		if s.Log[i].ID != id {
			continue
		}
		leaf, err := publica.ParseLeaf(s.Log[i].Bytes)
		if err != nil {
			s.TB.Fatal(err)
		}
		return leaf.Entry
	}
	s.TB.Fatalf("%s is not on the log", id)
	return nil
}

// v4Get reads an address and checks what every answer has.
func v4Get(tb testing.TB, h http.Handler, path string, status int) string {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/v4"+path, nil))
	if w.Code != status || w.Header().Get("Content-Type") != v4Media || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		tb.Fatalf("GET /v4%s: %d %s, not %d\n%.2000s", path, w.Code, w.Header(), status, w.Body)
	}
	return w.Body.String()
}

// v4Read is a list as a client reads it.
type v4ReadList struct {
	Data []struct {
		ID, Type   string
		Attributes struct {
			DocketID, LastModifiedDate, PostedDate, Title, HighlightedContent string
			Withdrawn                                                         bool
		} `json:"attributes,case:ignore"`
		Relationships struct {
			Attachments struct{ Data []v4Ref } `json:"attachments,case:ignore"`
		} `json:"relationships,case:ignore"`
	} `json:"data"`
	Included []struct{ ID string } `json:"included"`
	Links    map[string]string     `json:"links"`
	Meta     v4Meta                `json:"meta"`
}

func v4ListOf(tb testing.TB, h http.Handler, path string) (l v4ReadList) {
	tb.Helper()
	if err := json.Unmarshal([]byte(v4Get(tb, h, path, 200)), &l, json.MatchCaseInsensitiveNames(true)); err != nil {
		tb.Fatal(err)
	}
	if l.Meta.NumberOfElements != len(l.Data) {
		tb.Errorf("%s: %d elements said, %d given", path, l.Meta.NumberOfElements, len(l.Data))
	}
	return l
}

func (l *v4ReadList) ids() (all []string) {
	for _, r := range l.Data {
		all = append(all, r.ID)
	}
	return all
}

// TestV4Shapes compares whole answers with testdata/v4; ids are named by the order
// in which they come.
func TestV4Shapes(t *testing.T) {
	s := newV4Sample(t)
	h, _ := s.site()
	for name, path := range map[string]string{
		"dockets": "/dockets", "docket": "/dockets/" + s.first.String(), "documents": "/documents?filter[docketId]=" + s.first.String(), "document": "/documents/" + s.drafts[1].String(),
		"comments":           "/comments?page[size]=5&page[number]=2&sort=-postedDate&api_key=KEY&filter[docketId]=" + s.first.String(),
		"comment":            "/comments/" + s.comments[8].String(),
		"comment-files":      "/comments/" + s.filed.String() + "?include=attachments",
		"comment-erased":     "/comments/" + s.erased.String() + "?include=attachments",
		"comment-disavowed":  "/comments/" + s.disavowed.String(),
		"comment-withdrawn":  "/comments/" + s.withdrawn.String(),
		"idea":               "/comments/" + s.ideas[5].String(),
		"attachments":        "/comments/" + s.filed.String() + "/attachments",
		"documents-of-other": "/documents?filter[docketId]=" + s.second.String(),
		"search":             "/comments?filter[searchTerm]=spill",
	} {
		raw := []byte(v4Get(t, h, path, 200))
		if err := (*jsontext.Value)(&raw).Indent(); err != nil {
			t.Fatal(err)
		}
		names := map[string]string{}
		got := regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllStringFunc(string(raw), func(id string) string {
			if names[id] == "" {
				names[id] = "ID-" + string(rune('A'+len(names)))
			}
			return names[id]
		}) + "\n"
		golden.Compare(t, filepath.Join("testdata", "v4", name+".json"), []byte(got), "a change of what others read may be meant")
	}
}

// v4All reads everything there is of a list, five at a time, by the links.
func v4All(tb testing.TB, h http.Handler, path string) (all v4ReadList) {
	tb.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	for next := path + mark + "page[size]=5"; next != ""; {
		l := v4ListOf(tb, h, next)
		all.Data, all.Meta = append(all.Data, l.Data...), l.Meta
		_, next, _ = strings.Cut(l.Links["next"], "/v4")
	}
	if all.Meta.TotalElements != int64(len(all.Data)) || !all.Meta.LastPage {
		tb.Errorf("%s: %d said, %d given", path, all.Meta.TotalElements, len(all.Data))
	}
	return all
}

func TestV4Comments(t *testing.T) {
	s := newV4Sample(t)
	h, m := s.site()
	var all []Contribution
	modified, changed := map[publica.EntryID]publica.Time{}, map[publica.EntryID]int64{} // when, and by which record
	if err := m.Read(t.Context(), func(v *readmodel.Snapshot) error {
		d, err := standing(v, s.first)
		if err != nil {
			return err
		}
		if all, _, err = contributions(v, filter{docket: d.Index, limit: 1000}); err != nil {
			return err
		}
		return v.Each(func(scan readmodel.Scan) error {
			var id publica.EntryID
			var at publica.Time
			var by int64
			err := scan(&id, &at, &by)
			modified[id], changed[id] = at, by
			return err
		}, "SELECT e.id, m.time, m.idx FROM contribution c JOIN entry e ON e.idx = c.idx JOIN entry m ON m.idx = c.modified")
	}); err != nil {
		t.Fatal(err)
	}
	if modified[s.withdrawn] <= all[len(all)-2].Time || modified[s.erased] <= all[len(all)-1].Time {
		t.Error("a withdrawal is no modification")
	}
	eastern, err := time.LoadLocation(v4Zone)
	if err != nil {
		t.Fatal(err)
	}
	middle := all[len(all)/2].Time
	dayOf := func(d publica.Time) string { return d.Std().In(eastern).Format(time.DateOnly) }
	day, second := dayOf(middle), middle.Std().In(eastern).Format(time.DateTime)
	e := url.QueryEscape
	for _, k := range []struct {
		query string
		fits  func(*Contribution) bool
	}{
		{"", func(*Contribution) bool { return true }},
		{"filter[docketId]=" + s.first.String(), func(*Contribution) bool { return true }},
		{"filter[docketId]=" + s.second.String(), func(*Contribution) bool { return false }},
		{"filter[docketId]=" + strings.Repeat("ab", 32), func(*Contribution) bool { return false }},
		{"filter[agencyId]=" + publica.EntryID(s.Body).String(), func(*Contribution) bool { return true }},
		{"filter[agencyId]=" + s.first.String(), func(*Contribution) bool { return false }},
		{"filter[commentOnId]=" + s.drafts[0].String(), func(c *Contribution) bool { return c.Version == 1 }},
		{"filter[commentOnId]=" + s.drafts[1].String(), func(*Contribution) bool { return false }},
		{"filter[commentOnId]=" + s.ideas[0].String(), func(c *Contribution) bool { return c.Target == s.ideas[0] }},
		{"filter[commentOnId]=" + s.comments[1].String(), func(c *Contribution) bool { return c.Target == s.comments[1] }},
		{"filter[commentOnId]=" + s.first.String(), func(c *Contribution) bool { return c.Target.IsZero() && c.Version == 0 }},
		{"filter[commentOnId]=" + s.drafts[0].String() + "&filter[docketId]=" + s.second.String(), func(*Contribution) bool { return false }},
		{"filter[commentOnId]=" + s.answers[0].String(), func(*Contribution) bool { return false }},
		{"filter[postedDate]=" + day, func(c *Contribution) bool { return dayOf(c.Time) == day }},
		{"filter[postedDate][ge]=" + day, func(c *Contribution) bool { return dayOf(c.Time) >= day }},
		{"filter[postedDate][le]=" + day, func(c *Contribution) bool { return dayOf(c.Time) <= day }},
		{"filter[postedDate][le]=" + day + "&filter[docketId]=" + s.first.String(), func(c *Contribution) bool { return dayOf(c.Time) <= day }},
		{"filter[postedDate][ge]=" + day + "&filter[commentOnId]=" + s.drafts[0].String(), func(c *Contribution) bool { return dayOf(c.Time) >= day && c.Version == 1 }},
		{"filter[postedDate][ge]=2099-01-01&filter[docketId]=" + s.first.String(), func(*Contribution) bool { return false }},
		{"filter[lastModifiedDate]=" + e(second), func(c *Contribution) bool {
			return modified[c.Entry].Std().Truncate(time.Second).Equal(middle.Std().Truncate(time.Second))
		}},
		{"filter[lastModifiedDate][ge]=" + e(second), func(c *Contribution) bool { return !modified[c.Entry].Std().Before(middle.Std().Truncate(time.Second)) }},
		{"filter[lastModifiedDate][le]=" + e(middle.Std().Format("2006-01-02T15:04:05Z")), func(c *Contribution) bool {
			return !modified[c.Entry].Std().Truncate(time.Second).After(middle.Std().Truncate(time.Second))
		}},
		{"filter[searchTerm]=data", func(c *Contribution) bool { return strings.Contains(strings.ToLower(c.Title+" "+c.Text), "data") }},
		{"filter[searchTerm]=data&filter[docketId]=" + s.second.String(), func(*Contribution) bool { return false }},
		{"filter[searchTerm]=data&filter[postedDate][le]=" + day, func(c *Contribution) bool {
			return strings.Contains(strings.ToLower(c.Title+" "+c.Text), "data") && dayOf(c.Time) <= day
		}},
		{"filter[searchTerm]=" + s.ideas[3].String(), func(c *Contribution) bool { return c.Entry == s.ideas[3] }},
	} {
		for _, sort := range []string{"", "postedDate", "-postedDate", "documentId", "-documentId", "lastModifiedDate,documentId", "-lastModifiedDate", "-lastModifiedDate,documentId"} {
			var want []string
			list := slices.Clone(all)
			slices.SortStableFunc(list, func(a, b Contribution) int {
				by := func(c *Contribution) int64 { return changed[c.Entry] }
				if !strings.Contains(sort, "lastModifiedDate") {
					by = func(c *Contribution) int64 { return c.Index }
				}
				if strings.HasPrefix(sort, "-") {
					a, b = b, a
				}
				return int(by(&a) - by(&b))
			})
			for i := range list {
				if k.fits(&list[i]) {
					want = append(want, list[i].Entry.String())
				}
			}
			query := "/comments?" + k.query
			if sort != "" {
				query += "&sort=" + sort
			}
			got := v4All(t, h, query)
			if !slices.Equal(got.ids(), want) {
				t.Errorf("%s: %d, want %d: %.300v, not %.300v", query, len(got.Data), len(want), got.ids(), want)
			}
		}
	}
	for _, r := range v4All(t, h, "/comments?filter[searchTerm]=data").Data {
		if !strings.Contains(strings.ToLower(r.Attributes.HighlightedContent), "<mark>data</mark>") {
			t.Errorf("%s is marked %q", r.ID, r.Attributes.HighlightedContent)
		}
	}
	for _, r := range v4All(t, h, "/comments").Data {
		if r.Attributes.Withdrawn != (slices.Contains([]string{s.withdrawn.String(), s.erased.String()}, r.ID) || r.ID == s.disavowed.String()) {
			t.Errorf("%s: withdrawn is %v", r.ID, r.Attributes.Withdrawn)
		}
	}
	with := v4ListOf(t, h, "/comments?include=attachments&page[size]=250")
	if len(with.Included) != 3 || len(with.Data[len(with.Data)-2].Relationships.Attachments.Data) != 2 {
		t.Errorf("included are %v", with.Included)
	}
}

func TestV4DocumentsAndDockets(t *testing.T) {
	s := newV4Sample(t)
	s.Docket = s.first
	s.finish()
	h, _ := s.site()
	lead := publica.EntryID(s.Body).String()
	one, two, first, second := s.drafts[0].String(), s.drafts[1].String(), s.first.String(), s.second.String()
	for _, k := range []struct {
		path string
		want []string
	}{
		{"/documents", []string{one, two}},
		{"/documents?sort=-postedDate", []string{two, one}},
		{"/documents?sort=title", []string{one, two}},
		{"/documents?sort=-title,documentId", []string{two, one}},
		{"/documents?sort=-lastModifiedDate,documentId", []string{two, one}},
		{"/documents?sort=commentEndDate,-documentId", []string{two, one}},
		{"/documents?filter[docketId]=" + first, []string{one, two}},
		{"/documents?filter[docketId]=" + second, nil},
		{"/documents?filter[agencyId]=" + lead, []string{one, two}},
		{"/documents?filter[agencyId]=" + first, nil},
		{"/documents?filter[documentType]=Rule", []string{two}},
		{"/documents?filter[documentType]=Proposed+Rule", []string{one}},
		{"/documents?filter[searchTerm]=walkers", []string{two}},
		{"/documents?filter[searchTerm]=" + one, []string{one}},
		{"/documents?filter[searchTerm]=" + first, []string{one, two}},
		{"/documents?filter[postedDate][le]=2020-01-01", nil},
		{"/documents?filter[postedDate][ge]=2020-01-01", []string{one, two}},
		{"/documents?filter[lastModifiedDate][ge]=" + url.QueryEscape(s.Now.Std().Format(time.RFC3339)), []string{two}},
		{"/dockets", []string{first, second}},
		{"/dockets?sort=title", []string{first, second}},
		{"/dockets?sort=-title", []string{second, first}},
		{"/dockets?sort=lastModifiedDate", []string{second, first}},
		{"/dockets?sort=-docketId", []string{second, first}},
		{"/dockets?filter[agencyId]=" + lead, []string{first, second}},
		{"/dockets?filter[docketId]=" + second, []string{second}},
		{"/dockets?filter[docketType]=Rulemaking", nil},
		{"/dockets?filter[docketType]=Nonrulemaking", []string{first, second}},
		{"/dockets?filter[searchTerm]=permits", []string{second}},
		{"/dockets?filter[searchTerm]=" + second, []string{second}},
		{"/dockets?filter[lastModifiedDate][le]=" + url.QueryEscape("2020-01-01 00:00:00"), nil},
	} {
		if l := v4All(t, h, k.path); !slices.Equal(l.ids(), k.want) {
			t.Errorf("%s: %v, want %v", k.path, l.ids(), k.want)
		}
	}
}

func TestV4Errors(t *testing.T) {
	s := newV4Sample(t)
	h, _ := s.site()
	id := s.ideas[0].String()
	for _, k := range []struct {
		path   string
		status int
		names  string
	}{
		{"/comments?filter[subject]=x", 400, "filter[subject]"},
		{"/comments?filter[postedDate][gt]=2026-01-01", 400, "filter[postedDate][gt]"},
		{"/comments?filter[docketId]=EPA-1", 400, "filter[docketId]"},
		{"/comments?filter[agencyId]=EPA", 400, "filter[agencyId]"},
		{"/comments?filter[commentOnId]=09000064", 400, "filter[commentOnId]"},
		{"/comments?filter[postedDate]=01/02/2026", 400, "filter[postedDate]"},
		{"/comments?filter[postedDate][ge]=2026-13-01", 400, "filter[postedDate][ge]"},
		{"/comments?filter[lastModifiedDate][le]=yesterday", 400, "filter[lastModifiedDate][le]"},
		{"/comments?filter[searchTerm]=-", 400, "filter[searchTerm]"},
		{"/comments?filter[searchTerm]=" + strings.Repeat("a", 501), 400, "filter[searchTerm]"},
		{"/comments?sort=title", 400, "sort"},
		{"/comments?sort=", 400, "sort"},
		{"/comments?sort=postedDate&sort=documentId", 400, "sort"},
		{"/comments?page[size]=4", 400, "page[size]"},
		{"/comments?page[size]=251", 400, "page[size]"},
		{"/comments?page[size]=many", 400, "page[size]"},
		{"/comments?page[number]=0", 400, "page[number]"},
		{"/comments?page[number]=99999999999999999999", 400, "page[number]"},
		{"/comments?page[offset]=1", 400, "page[offset]"},
		{"/comments?include=author", 400, "include"},
		{"/comments?sorted=up", 400, "sorted"},
		{"/comments?%zz", 400, "query"},
		{"/dockets?filter[postedDate]=2026-01-01", 400, "filter[postedDate]"},
		{"/dockets?filter[docketType]=Other", 400, "filter[docketType]"},
		{"/documents?filter[documentType]=Notice", 400, "filter[documentType]"},
		{"/documents?filter[commentOnId]=" + id, 400, "filter[commentOnId]"},
		{"/comments/" + id + "?sort=postedDate", 400, "sort"},
		{"/dockets/" + s.first.String() + "?include=attachments", 400, "include"},
		{"/comments/x", 404, ""},
		{"/comments/" + s.drafts[0].String(), 404, ""},
		{"/comments/" + s.drafts[0].String() + "/attachments", 404, ""},
		{"/documents/" + id, 404, ""},
		{"/documents/" + id + "/attachments", 404, ""},
		{"/dockets/" + id, 404, ""},
	} {
		var out struct {
			Errors []v4Problem `json:"errors"`
		}
		if err := json.Unmarshal([]byte(v4Get(t, h, k.path, k.status)), &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Errors) != 1 || out.Errors[0].Status != map[int]string{400: "400", 404: "404"}[k.status] || out.Errors[0].Detail == "" {
			t.Errorf("%s: %+v", k.path, out)
			continue
		}
		named := ""
		if out.Errors[0].Source != nil {
			named = out.Errors[0].Source.Parameter
		}
		if named != k.names {
			t.Errorf("%s blames %q, not %q", k.path, named, k.names)
		}
	}
}

// A page of another site may send its key along, once it has asked.
func TestV4Preflight(t *testing.T) {
	s := newV4Sample(t)
	h, _ := s.site()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("OPTIONS", "/v4/comments", nil)
	r.Header.Set("Origin", "https://example.org")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "X-Api-Key") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	r = httptest.NewRequest("GET", "/v4/comments?api_key=DEMO_KEY", nil)
	r.Header.Set("X-Api-Key", "DEMO_KEY")
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "DEMO_KEY") {
		t.Errorf("%d with a key: %s", w.Code, w.Body)
	}
}

// TestV4Beyond5000 reads pages that Regulations.gov refuses, from both ends and by
// every order, and holds them to what the docket has.
func TestV4Beyond5000(t *testing.T) {
	const n = 5600
	m := newMany(t, n)
	model, err := readmodel.Open(filepath.Join(t.TempDir(), "model.db"), views)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	if err := model.Fill(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Config{Register: m.Face(model)})
	if err != nil {
		t.Fatal(err)
	}
	if err := Mount(site, model, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	h := site.Handler()
	var ids []string
	var draft publica.EntryID
	if err := model.Read(t.Context(), func(s *readmodel.Snapshot) error {
		if _, err := s.One("SELECT e.id FROM draft d JOIN entry e ON e.idx = d.idx", nil, &draft); err != nil {
			return err
		}
		return s.Each(func(scan readmodel.Scan) error {
			var id publica.EntryID
			err := scan(&id)
			ids = append(ids, id.String())
			return err
		}, "SELECT e.id FROM contribution c JOIN entry e ON e.idx = c.idx ORDER BY c.idx")
	}); err != nil {
		t.Fatal(err)
	}
	if len(ids) != n {
		t.Fatalf("the docket has %d", len(ids))
	}
	back := slices.Clone(ids)
	slices.Reverse(back)
	in := "&filter[docketId]=" + m.Docket.String()
	for query, want := range map[string][]string{"": ids, in: ids, in + "&sort=-postedDate": back, "&sort=-documentId": back, in + "&sort=lastModifiedDate,documentId": ids, "&sort=-lastModifiedDate": back} {
		var got []string
		for number := 1; ; number++ {
			l := v4ListOf(t, h, "/comments?page[size]=250&page[number]="+strconv.Itoa(number)+query)
			if l.Meta.TotalElements != n || l.Meta.TotalPages != 23 || l.Meta.PageNumber != int64(number) || l.Meta.FirstPage != (number == 1) || l.Meta.LastPage == l.Meta.HasNextPage {
				t.Fatalf("%s page %d: %+v", query, number, l.Meta)
			}
			got = append(got, l.ids()...)
			if !l.Meta.HasNextPage {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: the pages hold %d, not the %d of the docket in order", query, len(got), len(want))
		}
	}
	l := v4ListOf(t, h, "/comments?page[size]=250&page[number]=999999999"+in)
	if len(l.Data) != 0 || l.Meta.HasNextPage || !l.Meta.HasPreviousPage || !strings.Contains(l.Links["prev"], "page%5Bnumber%5D=23&") {
		t.Errorf("after the end: %+v %v", l.Meta, l.Links)
	}
	if on := v4ListOf(t, h, "/comments?page[size]=250&page[number]=18&filter[commentOnId]="+draft.String()); on.Meta.TotalElements != n*4/5 || len(on.Data) != 230 {
		t.Errorf("on the document: %+v", on.Meta)
	}
	v4Plans(t, model, m.Docket, m.Body, draft)
}

// v4Plans holds that what stands before a page is skipped in an index that has all
// of it, without sorting.
func v4Plans(t *testing.T, model *readmodel.Model, docket publica.DocketID, lead publica.BodyID, draft publica.EntryID) {
	t.Helper()
	day := v4Span{publica.TimeOf(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)), publica.TimeOf(time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC))}
	in, by, on := map[string]string{"docketId": docket.String()}, map[string]string{"agencyId": publica.EntryID(lead).String()}, map[string]string{"commentOnId": draft.String()}
	for _, k := range []struct {
		filters          map[string]string
		posted, modified v4Span
		sort, index      string
	}{
		{nil, v4Span{}, v4Span{}, "postedDate", "contribution_posted"},
		{nil, day, v4Span{}, "postedDate", "contribution_posted"},
		{nil, v4Span{}, v4Span{}, "lastModifiedDate", "contribution_changed"},
		{nil, v4Span{}, day, "lastModifiedDate", "contribution_changed"},
		{by, v4Span{}, v4Span{}, "postedDate", "contribution_posted"},
		{by, v4Span{}, day, "lastModifiedDate", "contribution_changed"},
		{in, v4Span{}, v4Span{}, "postedDate", "contribution_docket"},
		{in, day, v4Span{}, "documentId", "contribution_docket"},
		{in, v4Span{}, v4Span{}, "lastModifiedDate", "contribution_modified"},
		{in, v4Span{}, day, "lastModifiedDate", "contribution_modified"},
		{on, v4Span{}, v4Span{}, "postedDate", "contribution_version"},
		{on, day, v4Span{}, "postedDate", "contribution_version"},
		{on, v4Span{}, v4Span{}, "lastModifiedDate", "contribution_modified"},
		{map[string]string{"commentOnId": docket.String()}, v4Span{}, v4Span{}, "postedDate", "contribution_whole"},
	} {
		for _, down := range []bool{false, true} {
			q := &v4Query{filters: k.filters, posted: k.posted, modified: k.modified, sort: []v4Order{{k.sort, down}}, size: 250, number: 20}
			err := model.Read(t.Context(), func(s *readmodel.Snapshot) error {
				v, err := v4CommentsPlan(s, q)
				if err != nil {
					return err
				}
				steps, err := readmodel.Collect(s, func(scan readmodel.Scan, step *string) error {
					var id, parent, unused int64
					return scan(&id, &parent, &unused, step)
				}, "EXPLAIN QUERY PLAN SELECT "+v.idx+v.body()+v.order(q.sort, false)+" LIMIT ? OFFSET ?", append(v.args, 250, 4750)...)
				plan := strings.Join(steps, "\n")
				if !strings.Contains(plan, "INDEX "+k.index+" ") && !strings.HasSuffix(steps[0], "INDEX "+k.index) || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("%v %s is answered by\n%s\nnot by %s", k.filters, k.sort, plan, k.index)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
