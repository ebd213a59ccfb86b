package tender_test

import (
	"bytes"
	"encoding/json/jsontext"
	"maps"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/internal/registertest"
	"publica/ocds"
	"publica/tender"
)

// TestMerged holds that what the releases of each tender of the scenarios merge to is
// what the last one would say if it said everything: nothing is left that is not so any
// more, and nothing is lost that was told once. Which record came first in ledgerProof
// and which party among the parties is the one difference; and where bids are taken
// again, what was told of those before stays told.
func TestMerged(t *testing.T) {
	seen, merged := map[publica.DocketID]int{}, map[publica.DocketID]bool{}
	for _, pattern := range []string{"testdata/*.txtar", "../internal/domain/procurement/testdata/*.txtar"} {
		registertest.WatchScenarios(t, pattern, registertest.Domains(), func(t *testing.T, l *registertest.Law) {
			for _, id := range dockets(l) {
				if in := timed(t, l, id); len(in.Records) > seen[id] {
					seen[id] = len(in.Records)
					merged[id] = mergesToWhole(t, in, contentOf(l)) || merged[id]
				}
			}
		})
	}
	maps.DeleteFunc(merged, func(_ publica.DocketID, ok bool) bool { return !ok })
	if len(merged) < 15 {
		t.Errorf("only %d tenders", len(merged))
	}
}

// mergesToWhole reports whether there was anything to merge.
func mergesToWhole(t *testing.T, in *tender.Input, content tender.Content) bool {
	t.Helper()
	releases, whole, err := tender.ReleasesAndWhole(in, content, publication)
	if err != nil {
		return false // nothing to publish, or no tender
	}
	var got [2]*ocds.Node
	for i, list := range [][]*ocds.Node{releases, {whole}} {
		if got[i], err = tender.Compile(list); err != nil {
			t.Fatal(err)
		}
		got[i].Delete("id")
		for _, list := range []*ocds.Node{got[i].At("ledgerProof", "records"), got[i].Get("parties")} {
			slices.SortFunc(list.Items, func(a, b *ocds.Node) int { return strings.Compare(a.Get("id").Str(), b.Get("id").Str()) })
		}
	}
	if p, err := tender.Read(in); err != nil {
		t.Fatal(err)
	} else if list := got[0].At("ledgerProof", "records"); list != nil {
		list.Items = slices.DeleteFunc(list.Items, func(r *ocds.Node) bool { return !p.Tells(publica.Kind(r.Get("kind").Str())) })
	}
	if !ocds.Equal(got[0], got[1]) {
		t.Fatalf("the releases merge to\n%s\nthe last says\n%s", ocds.Text(got[0]), ocds.Text(got[1]))
	}
	return true
}

// TestReleasesGrow publishes each scenario's tender after every block and holds
// that what is published never changes: more blocks only add. Each block has one
// release at most, later than those before it.
func TestReleasesGrow(t *testing.T) {
	for _, name := range []string{"audit", "reveal", "lots", "tied", "told", "../../internal/domain/procurement/testdata/tender", "../../internal/domain/procurement/testdata/confidential"} {
		in, content := played(t, name)
		for i := range in.Records {
			in.Records[i].Index = int64(100 + i)
		}
		whole := lines(t, in, content)
		for n := range in.Records {
			if n+1 < len(in.Records) && in.Records[n+1].Height == in.Records[n].Height {
				continue // within a block
			}
			part := *in
			part.Records = in.Records[:n+1]
			if _, err := tender.Releases(&part, content, publication); err != nil {
				continue // nothing to publish yet
			}
			got := lines(t, &part, content)
			if !slices.EqualFunc(got, whole[:len(got)], bytes.Equal) {
				t.Fatalf("%s: after %d records a release is not what it is after all", name, n+1)
			}
		}
		valid(t, in, content)
	}
}

func lines(t *testing.T, in *tender.Input, content tender.Content) (all [][]byte) {
	t.Helper()
	releases, err := tender.Releases(in, content, publication)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range releases {
		if i > 0 && r.Get("date").Str() <= releases[i-1].Get("date").Str() {
			t.Errorf("the release %s is not later than the one before", r.Get("id").Str())
		}
		if !slices.ContainsFunc(in.Records, func(x tender.Record) bool { return x.ID.String() == r.Get("id").Str() }) {
			t.Errorf("the release %s is of no record", r.Get("id").Str())
		}
		all = append(all, ocds.Line(r))
	}
	return all
}

// TestPapers holds that the story of seven vendors names its documents by their
// addresses, who protested, and each record's receipt.
func TestPapers(t *testing.T) {
	in, content := played(t, "../../internal/domain/procurement/testdata/tender")
	for i := range in.Records {
		in.Records[i].Index = int64(100 + i)
	}
	releases, err := tender.Releases(in, content, publication)
	if err != nil {
		t.Fatal(err)
	}
	last, err := tender.Compile(releases)
	if err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{"planning": "procurementPlan", "tender": "tenderNotice"} {
		first := last.At(path, "documents").Items[0]
		if first.Get("documentType").Str() != kind || !strings.HasPrefix(first.Get("url").Str(), publication.Base+"/entry/") || !strings.HasSuffix(first.Get("url").Str(), "/part/text") {
			t.Errorf("%s: %s", path, ocds.Line(first))
		}
	}
	text := string(ocds.Line(last))
	for _, kind := range []string{"clarifications", "eligibilityCriteria", "awardNotice", "contractNotice", "complaints", "physicalProgressReport", "evaluationReports"} {
		if !strings.Contains(text, `"documentType":"`+kind+`"`) {
			t.Errorf("no document is one of %s", kind)
		}
	}
	c := last.Get("complaints").Items[0].At("complainant", "id").Str()
	if c == "" || !strings.Contains(text, `"roles":["tenderer","supplier","payee","complainant"]`) && !strings.Contains(text, `"complainant"]`) {
		t.Errorf("nobody protested: %q", c)
	}
	first := last.At("ledgerProof", "records").Items[0]
	if first.Get("index").Text != "100" || !strings.HasSuffix(first.Get("receipt").Str(), "/receipt.json") {
		t.Errorf("%s", ocds.Line(first))
	}
	if tx := last.Get("contracts").Items[0].At("implementation", "transactions").Items[0]; !strings.HasPrefix(tx.Get("uri").Str(), publication.Base+"/entry/") {
		t.Errorf("%s", ocds.Line(tx))
	}
}

// One tender has too few values for a bound: what is computed by bounds is no flag of
// a tender alone, though a bid of it was disqualified.
func TestNoBoundFromOneTender(t *testing.T) {
	in, content := played(t, "audit")
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	flags, err := p.Flags(content)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flags {
		if slices.Contains([]string{"R024", "R025", "R038", "R048", "R058"}, f.Code) {
			t.Errorf("%s of %s %s", f.Code, f.Group, f.ID)
		}
	}
}

// TestTold holds what is told of what changed its mind: each line is a place in the
// compiled release of the scenario, and what stands there.
func TestTold(t *testing.T) {
	in, content := played(t, "told")
	releases, err := tender.Releases(in, content, publication)
	if err != nil {
		t.Fatal(err)
	}
	last, err := tender.Compile(releases)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/planning/rationale":     `"Salt, for what it costs"`,
		"/planning/budget/amount": `{}`,
		"/tender/description":     `"Salt for one winter, in time"`,
		"/tender/bidOpening/date": `"2026-02-01T12:00:00.002Z"`,
		"/tender/criteria/0/requirementGroups/0/requirements/1/description": `"Required no more: an amendment dropped it."`,
		"/tender/criteria/0/requirementGroups/0/requirements/2/description": ``,
		"/tender/numberOfTenderers":                                         `3`,
		"/bids/details/1/tenderers/0/id":                                    `"US-SAM-B2"`,
		"/bids/details/1/requirementResponses/0/value":                      `true`,
		"/bids/details/1/requirementResponses/1":                            ``,
		"/awards/0/status":                                                  `"cancelled"`,
		"/awards/0/standstill/status":                                       `"waived"`,
		"/awards/1/standstill/status":                                       `"ended"`,
		"/awards/1/standstill/relatedComplaints":                            ``,
		"/awards/1/items/0/quantity":                                        `10`,
		"/awards/1/suppliers/0/id":                                          `"US-SAM-B2"`,
		"/contracts/0/implementation/milestones/0/status":                   `"met"`,
		"/contracts/0/implementation/milestones/1/status":                   `"scheduled"`,
		"/contracts/0/implementation/milestones/2/status":                   `"notMet"`,
		"/contracts/0/implementation/milestones/3/status":                   `"notMet"`,
		"/contracts/0/implementation/performanceFailures/0/category":        `"refused milestone second"`,
		"/contracts/0/implementation/transactions/0/payee/id":               `"US-SAM-B2"`,
		"/complaints/1/status":                                              `"decided"`,
		"/complaints/1/suspends":                                            `false`,
		"/complaints/1/title":                                               `"Protest about the evaluation"`,
		"/complaints/3/status":                                              `"withdrawn"`,
	} {
		got := ""
		if n := last.Find(jsontext.Pointer(path)); n != nil {
			got = string(ocds.Line(n))
		}
		if got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	for i, c := range last.Get("complaints").Items {
		related := ""
		if n := c.Get("relatedAwards"); n != nil {
			related = n.Items[0].Str()
		}
		if i > 0 && related != last.Get("awards").Items[min(i-1, 1)].Get("id").Str() {
			t.Errorf("complaint %d is about %q", i, related)
		}
	}
	var party *ocds.Node
	for _, p := range last.Get("parties").Items {
		if p.Get("id").Str() == "US-SAM-B2" {
			party = p
		}
	}
	if p, err := tender.Read(in); err != nil || party.At("identifier", "id").Str() != "B2" || party.Get("additionalIdentifiers").Items[0].Get("id").Str() != p.Bids[1].Author.String() {
		t.Errorf("the supplier is %s, %v", ocds.Line(party), err)
	}
	tells(t, releases)
}

// tells holds what releases are tagged, and how the standstill of the second intent
// stood in each.
func tells(t *testing.T, releases []*ocds.Node) {
	t.Helper()
	var tags, still []string
	for i := range releases {
		for _, tag := range releases[i].Get("tag").Items {
			tags = append(tags, tag.Str())
		}
		c, err := tender.Compile(releases[:i+1])
		if err != nil {
			t.Fatal(err)
		}
		if n := c.Find("/awards/1/standstill"); n != nil {
			still = append(still, n.Get("status").Str())
		}
	}
	for _, tag := range []string{"planning", "planningUpdate", "tender", "tenderAmendment", "award", "awardCancellation", "contract", "contractAmendment", "implementation", "implementationUpdate", "contractTermination"} {
		if !slices.Contains(tags, tag) {
			t.Errorf("no release is tagged %s", tag)
		}
	}
	if got := strings.Join(slices.Compact(still), " "); got != "running suspended ended suspended ended" {
		t.Errorf("the standstill is %s", got)
	}
}

// A tender that is cancelled before it was published is not planned for ever.
func TestCancelledBeforePublish(t *testing.T) {
	ended := 0
	registertest.WatchScenarios(t, "testdata/told.txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		all := dockets(l)
		if len(all) == 0 {
			return
		}
		in := timed(t, l, all[0])
		if in.Records[len(in.Records)-1].Kind != "procurement/ended" {
			return
		}
		ended++
		releases, err := tender.Releases(in, contentOf(l), publication)
		if err != nil {
			t.Fatal(err)
		}
		last := releases[len(releases)-1]
		if len(releases) != 2 || last.At("tender", "status").Str() != "cancelled" || last.At("tender", "title").Str() != "Road sand" || last.Get("tag").Items[0].Str() != "tenderCancellation" {
			t.Errorf("%s", ocds.Line(last))
		}
		if ended == 1 {
			valid(t, in, contentOf(l))
		}
	})
	if ended == 0 {
		t.Error("none was cancelled")
	}
}
