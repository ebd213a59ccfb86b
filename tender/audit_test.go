package tender_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/evaluation"
	"publica/internal/registertest"
	"publica/tender"
)

// played plays a scenario and returns its only docket as an export would give it.
func played(t *testing.T, name string) (in *tender.Input, content tender.Content) {
	t.Helper()
	registertest.WatchScenarios(t, "testdata/"+name+".txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		if all := dockets(l); len(all) > 0 {
			in, content = timed(t, l, all[len(all)-1]), contentOf(l)
		}
	})
	if in == nil {
		t.Fatal("the scenario opens no docket")
	}
	return in, content
}

func TestAuditNamesWhatDiffers(t *testing.T) {
	in, content := played(t, "audit")
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Audit(content)
	if err != nil {
		t.Fatal(err)
	}
	if a.Agrees {
		t.Error("everything agrees, though the buyer said otherwise twice, and the evaluator's reasons are not those committed to")
	}
	got := map[string]int{}
	for _, c := range a.Checks {
		got[c.What+" "+string(c.State)]++
		if c.State == tender.Differs && (c.Said == "" || c.Found == "" || len(c.Records) == 0) {
			t.Errorf("the difference %v does not say what, or of which record", c)
		}
	}
	want := map[string]int{"key agrees": 2, "share agrees": 4, "bucket agrees": 6, "bucket differs": 2, "opening agrees": 2,
		"compliance agrees": 2, "compliance differs": 1, "score agrees": 1, "reasons differs": 1, "memo differs": 1}
	for what, n := range want {
		if got[what] != n {
			t.Errorf("%s: %d times, want %d; all: %v", what, got[what], n, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("checks %v, want %v", got, want)
	}
	opensAsSealed(t, a)
	replays(t, p, a)
	valid(t, in, content)
}

// opensAsSealed holds what was read to what was sealed.
func opensAsSealed(t *testing.T, a *tender.Audit) {
	t.Helper()
	names, prices := []string{"One", "Two", "Three", ""}, []int64{10000, 8000, 9000, 0}
	for i, b := range a.Bids {
		price := int64(0)
		if b.Offer != nil && b.Offer.Price != nil {
			price = b.Offer.Price.Amount
		}
		if b.Name() != names[i] || price != prices[i] || b.Responsive() != (i < 3) {
			t.Errorf("bid %d is of %q for %d, responsive %v", i, b.Name(), price, b.Responsive())
		}
	}
}

// replays asks what would change the award: by the formula Two leads.
func replays(t *testing.T, p *tender.Process, a *tender.Audit) {
	t.Helper()
	r, err := p.Evaluation("", a.Bids)
	if err != nil {
		t.Fatal(err)
	}
	one, two := p.Bids[0].ID.String(), p.Bids[1].ID.String()
	if got := r.Rank().Award; got != two {
		t.Fatalf("the formula gives %s, want %s", got, two)
	}
	c, err := r.Replay([]evaluation.Change{{Kind: evaluation.Exclude, Bid: two}})
	if err != nil || !c.Changed || c.After.Award != one {
		t.Errorf("without the first: %+v, %v", c, err)
	}
}

// TestWithoutContent reads a tender of which nothing but records is left.
func TestWithoutContent(t *testing.T) {
	in, _ := played(t, "audit")
	gone := func(publica.EntryID, string) ([]byte, bool) { return nil, false }
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Audit(gone)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range a.Bids {
		if b.Opened[0].Access != tender.Lacking || b.Offer != nil {
			t.Errorf("bid %s is %s without its bucket", b.ID, b.Opened[0].Access)
		}
	}
	if !a.Agrees {
		t.Errorf("what is not at hand is unknown, not different: %+v", a.Checks)
	}
	valid(t, in, gone)
}

// TestErased reads a tender of which a bid that counted was erased by order.
func TestErased(t *testing.T) {
	in, content := played(t, "../../internal/domain/procurement/testdata/judge")
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Audit(content)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(a.Checks, func(c tender.Check) bool { return c.State == tender.Differs })
	if a.Agrees || i < 0 || a.Checks[i].What != "bucket" || !strings.HasPrefix(a.Checks[i].Found, "erased by ") {
		t.Errorf("a bid that counted is erased, and the audit says %+v", a.Checks)
	}
}

// TestSecretRules reads a tender whose rules are not those it pins: nobody can say
// whether its results are right.
func TestSecretRules(t *testing.T) {
	in, content := played(t, "../../internal/domain/procurement/testdata/rejected")
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Rules(content); publica.CodeOf(err) != publica.Unverified {
		t.Errorf("the rules of which there is but a hash: %v", err)
	}
	results := func(a *tender.Audit) (differ, unknown int) {
		for _, c := range a.Checks {
			if c.What == "compliance" && c.State == tender.Differs {
				differ++
			}
			if c.What == "compliance" && c.State == tender.Unknown {
				unknown++
			}
		}
		return differ, unknown
	}
	a, err := p.Audit(content)
	if err != nil {
		t.Fatal(err)
	}
	if differ, _ := results(a); differ == 0 || a.Agrees {
		t.Errorf("secret rules agree: %+v", a.Checks)
	}
	a, err = p.Audit(func(id publica.EntryID, part string) ([]byte, bool) { return nil, false })
	if err != nil {
		t.Fatal(err)
	}
	if differ, unknown := results(a); differ > 0 || unknown == 0 {
		t.Errorf("rules that are not at hand are unknown, not different: %+v", a.Checks)
	}
}

// TestTampered changes records one by one: what they gave is refused or seen.
func TestTampered(t *testing.T) {
	in, content := played(t, "audit")
	for _, x := range []struct{ kind, old, new string }{
		{"procurement/closed", `"bids":4`, `"bids":3`},
		{"procurement/published", `"public":"`, `"public":"00`},
		{"procurement/open-share", `"trustee":3`, `"trustee":2`},
	} {
		bad := *in
		bad.Records = append([]tender.Record(nil), in.Records...)
		for i := range bad.Records {
			if r := &bad.Records[i]; string(r.Kind) == x.kind && strings.Contains(string(r.Body), x.old) {
				r.Body = []byte(strings.Replace(string(r.Body), x.old, x.new, 1))
			}
		}
		p, err := tender.Read(&bad)
		if err == nil {
			var a *tender.Audit
			if a, err = p.Audit(content); err == nil && a.Agrees {
				t.Errorf("%s with %s: nothing differs", x.kind, x.new)
			}
		}
		if err != nil && publica.CodeOf(err) == publica.Internal {
			t.Errorf("%s: %v", x.kind, err)
		}
	}
}

// TestOfferSpec holds the example of the specification to the code.
func TestOfferSpec(t *testing.T) {
	text, err := os.ReadFile("../spec/offer.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```json[^\n]*\n(.*?)\n```").FindSubmatch(text)
	terms := &tender.Terms{Currency: "USD", Envelopes: 1}
	o, err := tender.ParseOffer(terms, "bid", m[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, envelope := range []string{"technical", "price"} {
		part, err := o.For(envelope).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tender.ParseOffer(terms, envelope, part); err != nil {
			t.Errorf("%s: %v", envelope, err)
		}
		if _, err := tender.ParseOffer(terms, envelope, m[1]); err == nil {
			t.Errorf("the envelope %s takes what belongs into another", envelope)
		}
	}
	for _, bad := range [][2]string{{`"USD"`, `"EUR"`}, {`11000000`, `0`}, {`"quantity":1000`, `"quantity":999`}, {`"name":"Brine"`, `"name":" "`}, {`/v1`, `/v2`}, {`"format"`, ` "format"`}, {`"days":20`, `"days":20,"days":21`}} {
		if _, err := tender.ParseOffer(terms, "bid", []byte(strings.Replace(string(m[1]), bad[0], bad[1], 1))); err == nil {
			t.Errorf("%s is an offer", bad[1])
		}
	}
}

// TestContractsAreHeldToWhatWasSigned compares contracts with their awards and
// modifications with the most that the profile allows, as the rules do and though
// nobody did.
func TestContractsAreHeldToWhatWasSigned(t *testing.T) {
	var in *tender.Input
	var content tender.Content
	registertest.WatchScenarios(t, "../internal/domain/procurement/testdata/lots.txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		for _, d := range dockets(l) {
			if x := input(t, l, d); slices.ContainsFunc(x.Records, func(r tender.Record) bool { return r.Kind == "procurement/modify" }) {
				in, content = x, contentOf(l)
			}
		}
	})
	for _, x := range []struct{ kind, old, new, differs string }{
		{"procurement/modify", `"amount":1500`, `"amount":1501`, "modification"},
		{"procurement/contract", `"amount":500`, `"amount":501`, "contract"},
		{"", "", "", ""},
	} {
		other := *in
		other.Records = slices.Clone(in.Records)
		for i := range other.Records {
			if r := &other.Records[i]; string(r.Kind) == x.kind && r.Refused == nil {
				r.Body = []byte(strings.Replace(string(r.Body), x.old, x.new, 1))
			}
		}
		p, err := tender.Read(&other)
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Audit(content)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, c := range a.Checks {
			if c.State == tender.Differs && (c.What == "contract" || c.What == "modification") {
				got[c.What]++
			}
		}
		if x.differs == "" && len(got) > 0 || x.differs != "" && (got[x.differs] != 1 || len(got) != 1) {
			t.Errorf("with %s: %v", x.new, got)
		}
	}
}
