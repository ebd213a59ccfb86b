package demo_test

import (
	"encoding/json/v2"
	"testing"

	"publica"
	"publica/internal/demo"
	"publica/ocds"
	"publica/tender"
)

// tenders computes every tender of the sample again, from its export alone, and
// checks what is published of it as strictly as anyone will.
func tenders(t *testing.T, base string) {
	t.Helper()
	client, err := publica.NewClient(base, policyOf(t, base))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items []struct {
			ID   publica.DocketID `json:"docket"`
			Type string           `json:"type"`
		} `json:"items"`
	}
	if err := json.Unmarshal(fetch(t, base+"/api/v1/dockets"), &list); err != nil {
		t.Fatal(err)
	}
	stages := map[tender.Stage]int{}
	for _, d := range list.Items {
		if d.Type != "tender" {
			continue
		}
		now, err := demo.See(t.Context(), client, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		stages[now.Stage]++
		audit, err := now.Audit(now.Content())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range audit.Checks {
			if c.State != tender.Agrees {
				t.Errorf("%s of tender %s %s: the record says %q, computed is %q", c.What, d.ID, c.State, c.Said, c.Found)
			}
		}
		published(t, now.Input(), now.Content())
	}
	if stages[tender.Implementation] != 1 || stages[tender.Bidding] != 1 || stages[tender.Cancelled] != 1 {
		t.Errorf("the tenders are in the stages %v", stages)
	}
}

func published(t *testing.T, in *tender.Input, content tender.Content) {
	t.Helper()
	pub := &tender.Publication{Prefix: ocds.FictionalPrefix, Base: "https://demo.example", Name: "Demo"}
	for _, write := range []func(*tender.Input, tender.Content, *tender.Publication) (*ocds.Node, error){tender.ReleasePackage, tender.RecordPackage} {
		pkg, err := write(in, content, pub)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := tender.CheckPackage(pkg, pub.Prefix)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s: %s", p.Path, p.Check, p.Message)
		}
	}
}
