package procurementview

import (
	"encoding/json/v2"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/commitment/commitmentview"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/ocds"
)

// dataScene is a register that a scenario drives, and the site that shows it.
type dataScene struct {
	*register
	h     http.Handler
	model *readmodel.Model
}

// dataOf shows a law.
func dataOf(tb testing.TB, l *registertest.Law) *dataScene {
	r := &register{viewtest.Of(tb, l, identityview.View(), docketview.View(), participationview.View(), commitmentview.View(), View())}
	s := &dataScene{register: r}
	s.h, s.model = r.site()
	return s
}

// dataPlayed plays a scenario to its end and shows what it left. edit changes its text.
func dataPlayed(t *testing.T, path string, edit func(string) string) *dataScene {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(copied, []byte(edit(string(raw))), 0o600); err != nil {
		t.Fatal(err)
	}
	var law *registertest.Law
	registertest.WatchScenarios(t, copied, registertest.Domains(), func(_ *testing.T, l *registertest.Law) { law = l })
	if t.Failed() || law == nil {
		t.FailNow()
	}
	law.T = t // the scenario's own test is over
	return dataOf(t, law)
}

func dataAsIs(s string) string { return s }

const (
	dataAudit  = "../../../../tender/testdata/audit.txtar"
	dataSeven  = "../testdata/tender.txtar"
	dataSecret = "../testdata/confidential.txtar"
)

// docket is that of the last tender.
func (s *dataScene) docket() (id publica.DocketID) {
	s.TB.Helper()
	err := s.model.Read(s.TB.Context(), func(x *readmodel.Snapshot) error {
		ids, err := tenderIDs(x)
		if err == nil {
			id = ids[len(ids)-1]
		}
		return err
	})
	if err != nil {
		s.TB.Fatal(err)
	}
	return id
}

// dataChecked checks what was fetched as `publica ocds check` does: offline, by its
// own schemas.
func dataChecked(t *testing.T, raw string) *ocds.Import {
	t.Helper()
	schemas, err := ocds.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	in := ocds.Read([]byte(raw))
	problems, err := ocds.Checker{Schemas: schemas, Prefixes: []string{ocidPrefix}}.Check(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s: %s", p.Path, p.Check, p.Message)
	}
	return in
}

// The page, the packages and the tables of a tender say what its records say.
func TestDataPage(t *testing.T) {
	s := dataPlayed(t, dataAudit, dataAsIs)
	base := "/docket/" + s.docket().String()
	page := viewtest.Page(t, s.h, base+"/tender/data")
	ocid := ocidPrefix + "-" + s.docket().String()
	viewtest.Says(t, page, ocid, "Yes. The package was just checked strictly", "A late bid won", "Something differs", "publica export docket "+s.docket().String(), "--exclude")
	if strings.Contains(page, "1970-") {
		t.Error("a time is missing")
	}
	server := httptest.NewServer(s.h)
	defer server.Close()
	for _, path := range []string{"/ocds/releases/" + ocid, "/ocds/records/" + ocid} {
		code, raw := viewtest.Get(t, s.h, path)
		if code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, code, raw)
		}
		in := dataChecked(t, raw)
		for _, url := range in.Documents[0].ExtensionsOf() {
			if own, ok := strings.CutPrefix(url, "http://example.com"); ok {
				dataResolves(t, s.h, own)
			}
		}
		for _, u := range dataURLs(in.Documents[0].Root, nil) {
			if own, ok := strings.CutPrefix(u, "http://example.com"); ok && !strings.HasSuffix(own, "/receipt.json") {
				if code, _ := viewtest.Get(t, s.h, own); code != http.StatusOK {
					t.Errorf("%s answers %d", own, code)
				}
			}
		}
	}
	for name, want := range map[string]string{"bids": ",Two,,,", "items": "unit_price", "clocks": "deadline,", "payments": "milestone"} {
		if code, text := viewtest.Get(t, s.h, base+"/tender/data/"+name+".csv"); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d\n%s", name, code, text)
		}
	}
}

// dataURLs are the addresses within a document.
func dataURLs(n *ocds.Node, all []string) []string {
	for _, m := range n.Members {
		if m.Name == "url" || m.Name == "uri" && m.Value.Str() != "" {
			all = append(all, m.Value.Str())
		}
		all = dataURLs(m.Value, all)
	}
	for _, x := range n.Items {
		all = dataURLs(x, all)
	}
	return all
}

// dataResolves follows the address of an extension to everything that it names.
func dataResolves(t *testing.T, h http.Handler, path string) {
	t.Helper()
	code, raw := viewtest.Get(t, h, path)
	about, err := ocds.Parse([]byte(raw))
	if code != http.StatusOK || err != nil {
		t.Fatalf("%s: %d %v", path, code, err)
	}
	dir := strings.TrimSuffix(path, "extension.json")
	files := []string{"README.md"}
	for _, f := range about.Get("schemas").Items {
		files = append(files, f.Str())
	}
	for _, f := range about.Get("codelists").Items {
		files = append(files, "codelists/"+f.Str())
	}
	for _, f := range files {
		want, err := fs.ReadFile(ocds.OwnExtensions(), strings.TrimPrefix(dir, "/ocds/extensions/")+f)
		if code, got := viewtest.Get(t, h, dir+f); err != nil || code != http.StatusOK || got != string(want) {
			t.Errorf("%s%s: %d, %v", dir, f, code, err)
		}
	}
}

// dataFeed is one page of the feed.
type dataFeed struct {
	Releases []struct{ ID, OCID string } `json:"releases"`
	Next     int64                       `json:"next"`
}

func (s *dataScene) feed(since int64, limit int) (f dataFeed) {
	s.TB.Helper()
	code, raw := viewtest.Get(s.TB, s.h, "/ocds/releases?since="+strconv.FormatInt(since, 10)+"&limit="+strconv.Itoa(limit))
	if code != http.StatusOK {
		s.TB.Fatalf("the feed answers %d: %s", code, raw)
	}
	if err := json.Unmarshal([]byte(raw), &f, json.MatchCaseInsensitiveNames(true)); err != nil {
		s.TB.Fatal(err)
	}
	return f
}

// A reader who follows the feed while the register grows, in small pages, sees
// every release once, in the order of the log.
func TestDataFeedGrows(t *testing.T) {
	var s *dataScene
	var followed []string
	var at int64
	follow := func(limit int) {
		for {
			f := s.feed(at, limit)
			for _, r := range f.Releases {
				followed = append(followed, r.ID)
			}
			if f.Next < at {
				t.Fatalf("the feed goes back from %d to %d", at, f.Next)
			}
			if at == f.Next || len(f.Releases) == 0 && f.Next >= s.Size() {
				at = f.Next
				return
			}
			at = f.Next
		}
	}
	blocks := 0
	registertest.WatchScenarios(t, dataSeven, registertest.Domains(), func(sub *testing.T, l *registertest.Law) {
		if s == nil {
			s = dataOf(t, l)
		}
		if err := s.model.Fill(t.Context(), s, nil); err != nil {
			sub.Fatal(err)
		}
		if blocks++; blocks%7 == 0 {
			follow(1 + blocks%3)
		}
	})
	follow(2)
	all := s.feed(0, 1000)
	var want []string
	for _, r := range all.Releases {
		want = append(want, r.ID)
	}
	if len(want) < 20 || !slices.Equal(followed, want) {
		t.Errorf("the reader saw %d releases, there are %d", len(followed), len(want))
	}
	_, raw := viewtest.Get(t, s.h, "/ocds/releases/"+ocidPrefix+"-"+s.docket().String())
	var pkg dataFeed
	if err := json.Unmarshal([]byte(raw), &pkg, json.MatchCaseInsensitiveNames(true)); err != nil || len(pkg.Releases) != len(want) {
		t.Errorf("the package has %d releases, the feed %d: %v", len(pkg.Releases), len(want), err)
	}
}

// Programs read tenders, their flags and audits; the list of records leads to packages.
func TestDataReads(t *testing.T) {
	s := dataPlayed(t, dataSeven, dataAsIs)
	id := s.docket().String()
	var list tendersOut
	viewtest.Read(t, s.h, "/tenders?stage=complete", &list)
	if len(list.Items) != 1 || list.Items[0].Docket.String() != id || list.Next != -1 {
		t.Errorf("%+v", list)
	}
	viewtest.Read(t, s.h, "/tenders?deadline_before=2020-01-01T00:00:00.000Z", &list)
	if len(list.Items) != 0 {
		t.Errorf("%+v", list)
	}
	if code, _ := viewtest.Get(t, s.h, "/api/v1/tenders?deadline_after=soon"); code != http.StatusBadRequest {
		t.Errorf("a time that is none answers %d", code)
	}
	for path, want := range map[string]string{"": `"stage":"complete"`, "/flags": `"flags":[`, "/audit": `"agrees":`} {
		if code, text := viewtest.Get(t, s.h, "/api/v1/tenders/"+id+path); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%q: %d %.500s", path, code, text)
		}
	}
	_, text := viewtest.Get(t, s.h, "/ocds/records")
	if !strings.Contains(text, "/ocds/records/"+ocidPrefix+"-"+id) {
		t.Errorf("%s", text)
	}
	for _, path := range []string{"/ocds/records/x", "/ocds/releases/" + ocidPrefix + "-" + strings.Repeat("0", 64), "/ocds/extensions/x/y", "/api/v1/flags?code=R1"} {
		if code, text := viewtest.Get(t, s.h, path); code < 400 || code >= 500 || !strings.Contains(text, `"hint"`) {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, httptest.NewRequest("GET", "/ocds/records/"+ocidPrefix+"-"+id, nil))
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("ETag") == "" {
		t.Errorf("%v", w.Header())
	}
}

// Two bids of one price are flagged, here and on the page of all flags, with the
// records that say so.
func TestDataFlags(t *testing.T) {
	s := dataPlayed(t, dataAudit, func(text string) string { return strings.Replace(text, `\"amount\":9000`, `\"amount\":8000`, 1) })
	for _, path := range []string{"/docket/" + s.docket().String() + "/tender/data", "/flags", "/flags?code=R028"} {
		page := viewtest.Page(t, s.h, path)
		viewtest.Says(t, page, "The same price twice", "Price of bid 2", "Prices may have been agreed upon, or leaked.")
	}
	viewtest.Says(t, viewtest.Page(t, s.h, "/flags?code=R018"), "No flag is raised")
	if _, text := viewtest.Get(t, s.h, "/flags.csv?code=R028"); !strings.Contains(text, "R028,") {
		t.Errorf("%s", text)
	}
	var out flagsOut
	viewtest.Read(t, s.h, "/flags?code=R028", &out)
	if len(out.Flags) == 0 || out.Processes != 1 {
		t.Errorf("%+v", out)
	}
	buyer := out.Flags[0].ID
	viewtest.Read(t, s.h, "/flags?buyer="+buyer[:10], &out)
	if len(out.Flags) != 0 {
		t.Errorf("flags of no buyer: %+v", out.Flags)
	}
}

// What stands in words here is what package ocds computes.
func TestDataFlagWords(t *testing.T) {
	for _, info := range ocds.FlagInfos {
		definition := info.Definition
		if info.Apart() {
			definition += " " + ocds.LotsApart
		}
		if got, want := flagWords(nil, info.Code), (flagWord{info.Code, info.Title, definition, info.Why}); got != want {
			t.Errorf("%s: %+v, want %+v", info.Code, got, want)
		}
	}
}

// Nothing that is served of a confidential tender has anything of an offer.
func TestDataConfidential(t *testing.T) {
	markers := []string{"QuietMarkerOne", "QuietMarkerTwo", "918273645", "546372819"}
	offer := func(name, price string) string {
		return `"{\"bidder\":{\"name\":\"` + name + `\"},\"format\":\"publica-offer/v1\",\"items\":[{\"id\":\"1\",\"price\":` + price + `,\"quantity\":1}],\"price\":{\"amount\":` + price + `,\"currency\":\"USD\"}}"`
	}
	s := dataPlayed(t, dataSecret, func(text string) string {
		for i, was := range []string{`seal "offer of v1"`, `seal "offer of v2"`} {
			if !strings.Contains(text, was) {
				t.Fatalf("the scenario has no %s", was)
			}
			text = strings.Replace(text, was, "seal "+offer(markers[i], markers[2+i]), 1)
		}
		return text
	})
	var ids []publica.DocketID
	if err := s.model.Read(t.Context(), func(x *readmodel.Snapshot) (err error) { ids, err = tenderIDs(x); return err }); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/flags", "/flags.csv", "/api/v1/flags", "/api/v1/tenders", "/ocds/releases?since=0&limit=1000", "/ocds/records"}
	for _, id := range ids {
		base, ocid := "/docket/"+id.String()+"/tender", ocidPrefix+"-"+id.String()
		paths = append(paths, base, base+"/data", base+"/data/bids.csv", base+"/data/items.csv", base+"/data/clocks.csv", base+"/data/payments.csv",
			"/ocds/releases/"+ocid, "/ocds/records/"+ocid, "/api/v1/tenders/"+id.String(), "/api/v1/tenders/"+id.String()+"/flags", "/api/v1/tenders/"+id.String()+"/audit")
	}
	for _, path := range paths {
		code, text := viewtest.Get(t, s.h, path)
		if code != http.StatusOK {
			t.Errorf("%s: %d %.300s", path, code, text)
		}
		for _, m := range markers {
			if strings.Contains(text, m) {
				t.Errorf("%s says %s", path, m)
			}
		}
		if strings.HasPrefix(path, "/ocds/releases/") {
			dataChecked(t, text)
		}
	}
	if page := viewtest.Page(t, s.h, "/docket/"+ids[0].String()+"/tender/data"); !strings.Contains(page, "This tender is confidential") {
		t.Error("the page does not say that the tender is confidential")
	}
}
