package tender_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"publica/ocds"
	"publica/tender"
)

// TestReleasesGrow publishes each scenario's tender after every record and holds
// that what is published never changes: more records only add.
func TestReleasesGrow(t *testing.T) {
	for _, name := range []string{"audit", "reveal", "../../internal/domain/procurement/testdata/tender", "../../internal/domain/procurement/testdata/confidential"} {
		in, content := played(t, name)
		for i := range in.Records {
			in.Records[i].Index = int64(100 + i)
		}
		whole := lines(t, in, content)
		for n := range in.Records {
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
	for _, r := range releases {
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
	last := releases[len(releases)-1]
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
