package ocds

import (
	"encoding/json/jsontext"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samplePackage is a process of our own invention that uses every extension.
func samplePackage(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func check(t testing.TB, s *Schemas, raw []byte) []Problem {
	t.Helper()
	problems, err := Checker{Schemas: s, Prefixes: []string{FictionalPrefix}}.Check(Read(raw))
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

func TestSampleIsRight(t *testing.T) {
	for _, p := range check(t, builtinOf(t), samplePackage(t)) {
		t.Errorf("%+v", p)
	}
}

// Our own extensions are patches that the standard's own schemas take.
func TestSampleIsRightByTheStandard(t *testing.T) {
	s := loaded(t)
	for _, p := range check(t, s, samplePackage(t)) {
		t.Errorf("%+v", p)
	}
}

// put sets, or for null deletes, the value at a pointer of a document.
func put(t *testing.T, root *Node, at, value string) {
	t.Helper()
	path := jsontext.Pointer(at)
	parent := root.Find(path.Parent())
	if parent == nil {
		t.Fatalf("%s is not there", path.Parent())
	}
	v, err := Parse([]byte(value))
	if err != nil {
		t.Fatal(err)
	}
	switch name := path.LastToken(); {
	case parent.is(array) && name == "-":
		parent.Items = append(parent.Items, v)
	case parent.is(array):
		*root.Find(path) = *v
	case value == "null":
		parent.Delete(name)
	default:
		parent.Set(name, v)
	}
}

// Each change to the sample makes one check speak, of the place it is about.
// Paths are within the release, or within the package if they begin with it.
var wrongs = []struct{ at, value, check, path string }{
	{"/ocid", `"bridge-7"`, "ocid-prefix", "/ocid"},
	{"/ocid", `"ocds-abcdef-7"`, "ocid-prefix", "/ocid"},
	{"/id", `""`, "empty", "/id"},
	{"/date", `"2026-06-20"`, "format", "/date"},
	{"/date", `null`, "required", ""},
	{"/initiationType", `"auction"`, "codelist-closed", "/initiationType"},
	{"/tag", `[]`, "empty", "/tag"},
	{"/tag", `"award"`, "type", "/tag"},
	{"/tag", `["award","compiled"]`, "tag-compiled", "/tag"},
	{"/tag", `["planning","award"]`, "tag-content", "/tag/0"},
	{"/tag", `["tenderCancellation"]`, "tag-content", "/tag/0"},
	{"/tender/status", `"done"`, "codelist-closed", "/tender/status"},
	{"/tender/title", `7`, "type", "/tender/title"},
	{"/tender/titel", `"x"`, "unknown-field", "/tender/titel"},
	{"/tender/title_xyz123456789", `"x"`, "unknown-field", "/tender/title_xyz123456789"},
	{"/tender/amendment", `{"rationale":"x"}`, "deprecated", "/tender/amendment"},
	{"/tender/awardCriteria", `"beauty"`, "codelist-open", "/tender/awardCriteria"},
	{"/tender/submissionMethod/-", `"pigeon"`, "codelist-open", "/tender/submissionMethod/1"},
	{"/tender/documents/0/url", `"notice.pdf"`, "format", "/tender/documents/0/url"},
	{"/tender/documents/0/dateModified", `"2026-02-01T09:00:00Z"`, "date-order", "/tender/documents/0/dateModified"},
	{"/tender/tenderPeriod/endDate", `"2026-02-01T09:00:00Z"`, "period-order", "/tender/tenderPeriod/endDate"},
	{"/tender/tenderPeriod/durationInDays", `30000`, "period-duration", "/tender/tenderPeriod/durationInDays"},
	{"/tender/numberOfTenderers", `3`, "tenderers-count", "/tender/numberOfTenderers"},
	{"/tender/value/amount", `-1`, "amount-not-negative", "/tender/value/amount"},
	{"/tender/value/amount", `"250000"`, "type", "/tender/value/amount"},
	{"/tender/value/currency", `null`, "amount-currency", "/tender/value/amount"},
	{"/tender/value/currency", `"US Dollar"`, "codelist-closed", "/tender/value/currency"},
	{"/tender/items/-", `{"id":"1"}`, "id-unique", "/tender/items/1"},
	{"/tender/items/0/relatedLot", `"lot-9"`, "lot-exists", "/tender/items/0/relatedLot"},
	{"/tender/bidOpening/date", `"2026-03-01T10:00:00Z"`, "bid-opened-late", "/tender/bidOpening/date"},
	{"/tender/submissionTerms", `{}`, "empty", "/tender/submissionTerms"},
	{"/buyer/id", `"XI-9"`, "party-exists", "/buyer/id"},
	{"/buyer/id", `null`, "party-exists", "/buyer"},
	{"/buyer/id", `"XI-3"`, "party-role", "/buyer"},
	{"/parties/3/roles/-", `"supplier"`, "role-used", "/parties/3/roles/1"},
	{"/bids/details/0/date", `"2026-04-02T09:00:00Z"`, "bid-in-time", "/bids/details/0/date"},
	{"/bids/details/0/requirementResponses/0/requirement/id", `"r9"`, "requirement-exists", "/bids/details/0/requirementResponses/0/requirement/id"},
	{"/bids/details/0/status", `"late"`, "codelist-closed", "/bids/details/0/status"},
	{"/awards/0/relatedBid", `"b9"`, "bid-exists", "/awards/0/relatedBid"},
	{"/awards/0/date", `"2026-03-02T09:00:00Z"`, "tender-before-award", "/awards/0/date"},
	{"/awards/0/value", `null`, "award-complete", "/awards/0"},
	{"/contracts/0/awardID", `"a9"`, "award-exists", "/contracts/0/awardID"},
	{"/contracts/0/dateSigned", `"2026-04-20T09:00:00Z"`, "award-before-contract", "/contracts/0/dateSigned"},
	{"/contracts/0/dateSigned", `"2026-05-20T09:00:00Z"`, "standstill-kept", "/contracts/0/dateSigned"},
	{"/contracts/0/period/endDate", `"2026-05-31T00:00:00Z"`, "signed-before-end", "/contracts/0/period/endDate"},
	{"/contracts/0/dateSigned", `"2026-06-21T09:00:00Z"`, "date-order", "/date"},
	{"/contracts/0/implementation/milestones/0/dateMet", `null`, "milestone-met", "/contracts/0/implementation/milestones/0"},
	{"/contracts/0/implementation/transactions/0/relatedImplementationMilestone/id", `"m9"`, "milestone-exists", "/contracts/0/implementation/transactions/0/relatedImplementationMilestone/id"},
	{"/complaints/0/relatedAwards/0", `"a9"`, "complaint-related", "/complaints/0/relatedAwards/0"},
	{"/complaints/0/decision", `null`, "complaint-related", "/complaints/0"},
	{"/complaints/0/decision/outcome", `"won"`, "codelist-closed", "/complaints/0/decision/outcome"},
	{"/evaluations/0/scores/0/value", `11`, "evaluation-order", "/evaluations/0/scores/0/value"},
	{"/evaluations/0/dateRevealed", `"2026-04-01T09:00:00Z"`, "evaluation-order", "/evaluations/0/dateRevealed"},
	{"/ledgerProof/records/0/fields/0", `"/awards/7"`, "ledger-fields", "/ledgerProof/records/0/fields/0"},
	{"/ledgerProof/records/1/index", `3`, "ledger-fields", "/ledgerProof/records/1/index"},
	{"package/version", `"1.0"`, "version", "package/version"},
	{"package/version", `"one"`, "pattern", "package/version"},
	{"package/publisher/name", `null`, "required", "package/publisher"},
	{"package/publishedDate", `"2026-06-01T12:00:00Z"`, "published-last", "/date"},
	{"package/extensions/0", `"https://example.org/other/extension.json"`, "extension-unknown", "package/extensions/0"},
	{"package/releases", `[]`, "empty", "package/releases"},
}

func inPackage(path string) string {
	if rest, ok := strings.CutPrefix(path, "package"); ok {
		return rest
	}
	return "/releases/0" + path
}

func TestWrongs(t *testing.T) {
	spoke := map[string]bool{}
	for _, w := range wrongs {
		t.Run(w.check+w.at, func(t *testing.T) {
			root, err := Parse(samplePackage(t))
			if err != nil {
				t.Fatal(err)
			}
			put(t, root, inPackage(w.at), w.value)
			raw := Text(root)
			problems := check(t, builtinOf(t), raw)
			found := false
			for _, p := range problems {
				spoke[p.Check] = true
				if p.Check == w.check && string(p.Path) == inPackage(w.path) {
					found = true
					there := Read(raw).root().Find(p.Path)
					if there == nil || there.Line != p.Line || p.Message == "" {
						t.Errorf("%+v is not of its line", p)
					}
				}
			}
			if !found {
				t.Errorf("%s said nothing of %s: %+v", w.check, w.path, problems)
			}
		})
	}
	explained := map[string]bool{}
	for _, c := range Checks() {
		explained[c.ID] = true
		if c.Means == "" {
			t.Errorf("%s is not explained", c.ID)
		}
	}
	for id := range spoke {
		if !explained[id] {
			t.Errorf("%s is not among the checks", id)
		}
	}
}

// What only shows when there are several releases or records.
func TestTogether(t *testing.T) {
	pack := func(records string) []byte {
		return []byte(`{"uri":"https://demo.publica.example/r","version":"1.1","publishedDate":"2026-07-01T12:00:00Z","publisher":{"name":"City"},"records":[` + records + `]}`)
	}
	release := func(ocid, id, date string) string {
		return `{"ocid":"ocds-213czf-` + ocid + `","id":"` + id + `","date":"` + date + `","tag":["planning"],"initiationType":"tender","planning":{"rationale":"x"}}`
	}
	record := func(ocid, rest string) string {
		return `{"ocid":"ocds-213czf-` + ocid + `","releases":[` + rest + `]}`
	}
	one := release("1", "1", "2026-01-01T00:00:00Z")
	link := `{"url":"https://demo.publica.example/1","date":"2026-01-01T00:00:00Z","tag":["planning"]}`
	for _, c := range []struct{ check, path, records string }{
		{"", "", record("1", one)},
		{"", "", record("1", link)},
		{"release-id-unique", "/records/0/releases/1/id", record("1", one+","+release("1", "1", "2026-01-02T00:00:00Z"))},
		{"record-ocid", "/records/0/releases/0/ocid", record("2", one)},
		{"record-unique", "/records/1/ocid", record("1", one) + "," + record("1", release("1", "2", "2026-01-02T00:00:00Z"))},
		{"record-releases", "/records/0/releases", record("1", one+","+link)},
		{"required", "/records/0/releases/0", record("1", `{"url":"https://demo.publica.example/1"}`)},
		{"format", "/records/0/releases/0/url", record("1", `{"url":"here","date":"2026-01-01T00:00:00Z"}`)},
		{"record-compiled", "/records/0/compiledRelease/date", `{"ocid":"ocds-213czf-1","releases":[` + one + `],"compiledRelease":{"ocid":"ocds-213czf-1","id":"c","date":"2026-02-01T00:00:00Z","tag":["compiled"],"initiationType":"tender"}}`},
		{"required", "/records/0", `{"ocid":"ocds-213czf-1","compiledRelease":{}}`},
	} {
		problems := check(t, builtinOf(t), pack(c.records))
		found := c.check == "" && len(problems) == 0
		for _, p := range problems {
			found = found || p.Check == c.check && string(p.Path) == c.path
		}
		if !found {
			t.Errorf("%s %s: %+v", c.check, c.path, problems)
		}
	}
}
