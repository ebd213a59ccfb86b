package compliance

import (
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// goodOffer passes every rule of FASt Lane.
const goodOffer = `{
 "award": "2026-12-15",
 "benchmarks": [
  {"naics": "541512", "ratio": "current", "least": 1200, "source": "buyer's survey"},
  {"naics": "541512", "ratio": "quick", "least": 900, "source": "buyer's survey"},
  {"naics": "541512", "ratio": "debt-to-equity", "most": 2500, "source": "buyer's survey"},
  {"naics": "541512", "ratio": "net-margin", "least": 20, "source": "buyer's survey"},
  {"naics": "541511", "ratio": "current", "least": 9000, "source": "buyer's survey"}
 ],
 "comparables": [
  {"item": "dev-hour", "price": {"amount": 11000, "currency": "USD"}, "paid": "2026-03-01", "source": "contract A"},
  {"item": "dev-hour", "price": {"amount": 12501, "currency": "USD"}, "paid": "2026-05-01", "source": "contract B"},
  {"item": "dev-hour", "price": {"amount": 12000, "currency": "USD"}, "paid": "2026-06-01", "source": "contract C"},
  {"item": "dev-hour", "price": {"amount": 9000, "currency": "EUR"}, "paid": "2026-06-01", "source": "contract D"},
  {"item": "licence", "price": {"amount": 50000, "currency": "USD"}, "paid": "2026-06-01", "source": "list price"},
  {"item": "licence", "price": {"amount": 60000, "currency": "USD"}, "paid": "2026-06-02", "source": "contract E"}
 ],
 "offer": {
  "vendor": "Orchard Systems LLC",
  "naics": "541512",
  "submitted": "2026-11-02",
  "parts": ["technical", "prices", "statements"],
  "items": [
   {"id": "licence", "description": "one seat, one year", "quantity": 40, "price": {"amount": 55000, "currency": "USD"}},
   {"id": "dev-hour", "description": "hour of a developer", "quantity": 2000, "price": {"amount": 13000, "currency": "USD"}}
  ],
  "registration": {"uei": "ORCH12345678", "since": "2026-02-01", "until": "2027-01-31", "excluded": false, "checked": "2026-11-03"},
  "finance": {"year_end": "2025-12-31", "currency": "USD", "current_assets": 90000000, "inventory": 10000000, "current_liabilities": 60000000,
   "liabilities": 100000000, "equity": 50000000, "sales": 300000000, "net_income": 9000000}
 },
 "policy": {"parts": ["prices", "statements", "technical"], "currency": "USD", "statements_since": "2025-06-30", "comparables_least": 2, "price_tolerance": 100}
}`

func lane(t testing.TB, input string) *Result {
	t.Helper()
	in, err := FASTLane().Read([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return FASTLane().Evaluate(in)
}

// Each rule at both sides of its edge: what of the good offer is replaced, and
// what the rule says then.
func TestFASTLane(t *testing.T) {
	tests := []struct {
		rule, old, new string
		verdict        Verdict
		words          string
	}{
		{"parts", ``, ``, Pass, "All parts are there: prices, statements, technical."},
		{"parts", `"technical", "prices", "statements"`, `"prices"`, Fail, "Missing: statements, technical."},
		{"parts", `"parts": ["technical", "prices", "statements"],`, ``, Fail, "Missing: prices, statements, technical."},
		{"parts", `"parts": ["prices", "statements", "technical"], `, ``, NotApplicable, "The tender names no parts that must be handed in."},
		{"priced", ``, ``, Pass, "All 2 items have a quantity and a price."},
		{"priced", `"quantity": 40`, `"quantity": 0`, Fail, "Of 2 items these lack a quantity or a price: licence."},
		{"priced", `"quantity": 2000, "price": {"amount": 13000, "currency": "USD"}`, `"quantity": 2000`, Fail, "Of 2 items these lack a quantity or a price: dev-hour."},
		{"currency", ``, ``, Pass, "All prices are in USD."},
		{"currency", `{"amount": 55000, "currency": "USD"}`, `{"amount": 55000, "currency": "EUR"}`, Fail, "The tender asks for prices in USD; others are those of licence."},
		{"currency", `"currency": "USD", "statements_since"`, `"statements_since"`, NotApplicable, "The tender names no currency, or nothing is offered."},
		{"registered", ``, ``, Pass, "The registration of ORCH12345678 is active from 2026-02-01 to 2027-01-31, with the offer of 2026-11-02 and the award of 2026-12-15."},
		{"registered", `"2027-01-31"`, `"2026-12-15"`, Pass, "to 2026-12-15"},
		{"registered", `"2027-01-31"`, `"2026-12-14"`, Fail, "is active from 2026-02-01 to 2026-12-14; the offer is of 2026-11-02, the award of 2026-12-15."},
		{"registered", `"2026-02-01"`, `"2026-11-03"`, Fail, "is active from 2026-11-03"},
		{"registered", `"since": "2026-02-01", `, ``, Errored, "Not decided (the test): since of Registration is not given."},
		{"registered", `"price_tolerance": 100`, `"price_tolerance": 100, "registration_exception": "FAR 4.1102(a)(4)"`, NotApplicable, "No registration is asked for: FAR 4.1102(a)(4)."},
		{"not-excluded", ``, ``, Pass, "No active exclusion of ORCH12345678 was listed on 2026-11-03."},
		{"not-excluded", `"excluded": false`, `"excluded": true`, Fail, "An active exclusion of ORCH12345678 was listed on 2026-11-03."},
		{"not-excluded", `"excluded": false, `, ``, Errored, "Not decided (the test): excluded of Registration is not given."},
		{"statements-recent", `"2025-06-30"`, `"2025-12-31"`, Pass, "The statements go to 2025-12-31, wanted is 2025-12-31 or later."},
		{"statements-recent", `"2025-06-30"`, `"2026-01-01"`, Fail, "The statements go to 2025-12-31, wanted is 2026-01-01 or later."},
		{"statements-recent", `"statements_since": "2025-06-30", `, ``, NotApplicable, "The tender names no day to which statements must go."},
		{"statements-add-up", ``, ``, Pass, "Inventory is part of current assets, current liabilities are part of all liabilities, and none is negative."},
		{"statements-add-up", `"inventory": 10000000`, `"inventory": 90000001`, Fail, "inventory 90000001, current assets 90000000"},
		{"statements-add-up", `"liabilities": 100000000`, `"liabilities": 59999999`, Fail, "liabilities 59999999"},
		{"current-ratio", ``, ``, Pass, "The current ratio is 1.500; the benchmark of NAICS 541512 is at least 1.200."},
		{"current-ratio", `"current_assets": 90000000`, `"current_assets": 72000000`, Pass, "The current ratio is 1.200; the benchmark of NAICS 541512 is at least 1.200."},
		{"current-ratio", `"current_assets": 90000000`, `"current_assets": 71999999`, Fail, "The current ratio is 1.199; the benchmark of NAICS 541512 is at least 1.200."},
		{"current-ratio", `"current_liabilities": 60000000`, `"current_liabilities": 0`, NotApplicable, "The buyer gave no benchmark of the current ratio for NAICS 541512, or there are no current liabilities."},
		{"quick-ratio", ``, ``, Pass, "The quick ratio is 1.333; the benchmark of NAICS 541512 is at least 0.900."},
		{"quick-ratio", `"inventory": 10000000`, `"inventory": 36000001`, Fail, "The quick ratio is 0.899; the benchmark of NAICS 541512 is at least 0.900."},
		{"debt-to-equity", ``, ``, Pass, "Liabilities of 1000000.00 USD stand against equity of 500000.00 USD; the benchmark of NAICS 541512 is at most 2.500 to 1."},
		{"debt-to-equity", `"equity": 50000000`, `"equity": 39000000`, Fail, "Liabilities of 1000000.00 USD stand against equity of 390000.00 USD; the benchmark of NAICS 541512 is at most 2.500 to 1."},
		{"debt-to-equity", `"equity": 50000000`, `"equity": -1`, Fail, "equity of -0.01 USD"},
		{"debt-to-equity", `"ratio": "debt-to-equity"`, `"ratio": "debt"`, NotApplicable, "The buyer gave no benchmark of debt to equity for NAICS 541512."},
		{"net-margin", ``, ``, Pass, "Net income is 3.0 % of sales; the benchmark of NAICS 541512 is at least 2.0 %."},
		{"net-margin", `"net_income": 9000000`, `"net_income": -1`, Fail, "Net income is -0.1 % of sales; the benchmark of NAICS 541512 is at least 2.0 %."},
		{"comparables", ``, ``, Pass, "Every item has 2 comparable prices or more."},
		{"comparables", `"comparables_least": 2`, `"comparables_least": 3`, Fail, "Fewer than 3 comparable prices are known for licence."},
		{"comparables", `"comparables_least": 2, `, ``, NotApplicable, "The tender does not say how many comparable prices are wanted, or nothing is offered."},
		{"price-reasonable", ``, ``, Pass, "The price furthest above the median of comparable ones is 8.3 % above it; 10.0 % are tolerated."},
		{"price-reasonable", `"amount": 13000`, `"amount": 13200`, Pass, "is 10.0 % above it"},
		{"price-reasonable", `"amount": 13000`, `"amount": 13212`, Fail, "Too far above the median of comparable prices: dev-hour; the furthest by 10.1 %, where 10.0 % are tolerated."},
		{"price-reasonable", `"amount": 55000`, `"amount": 70000`, Fail, "Too far above the median of comparable prices: licence; the furthest by 27.2 %, where 10.0 % are tolerated."},
		{"price-reasonable", `"price_tolerance": 100`, `"price_tolerance": 82`, Fail, "comparable prices: dev-hour; the furthest by 8.3 %, where 8.2 % are tolerated."},
		{"price-reasonable", `, "price_tolerance": 100`, ``, NotApplicable, "The tender names no tolerance, or no comparable price is known."},
	}
	for _, test := range tests {
		t.Run(test.rule+" "+test.new, func(t *testing.T) {
			if test.old != "" && strings.Count(goodOffer, test.old) != 1 {
				t.Fatalf("%q stands %d times in the offer", test.old, strings.Count(goodOffer, test.old))
			}
			f := finding(t, lane(t, strings.Replace(goodOffer, test.old, test.new, 1)), test.rule)
			if f.Verdict != test.verdict || !strings.Contains(f.Words, test.words) {
				t.Errorf("got  %s: %s\nwant %s: %s", f.Verdict, f.Words, test.verdict, test.words)
			}
		})
	}
}

func finding(t testing.TB, r *Result, rule string) Finding {
	t.Helper()
	i := slices.IndexFunc(r.Rules, func(f Finding) bool { return f.Rule == rule })
	if i < 0 {
		t.Fatalf("no rule %s", rule)
	}
	return r.Rules[i]
}

// An offer fails by the rule that is broken, and by no other.
func TestFASTLaneGood(t *testing.T) {
	r := lane(t, goodOffer)
	if !r.Passed {
		t.Errorf("the good offer does not pass: %+v", r.Rules)
	}
	for _, f := range r.Rules {
		if f.Verdict != Pass {
			t.Errorf("%s: %s: %s", f.Rule, f.Verdict, f.Words)
		}
	}
	bad := lane(t, strings.Replace(goodOffer, `"excluded": false`, `"excluded": true`, 1))
	if bad.Passed || finding(t, bad, "not-excluded").Verdict != Fail {
		t.Error("an excluded offeror passes")
	}
	for i, f := range bad.Rules {
		if f.Rule != "not-excluded" && f.Verdict != r.Rules[i].Verdict {
			t.Errorf("%s changed too", f.Rule)
		}
	}
}

// An offer of another industry, for which the buyer gave no benchmark, is
// measured by none.
func TestFASTLaneOtherIndustry(t *testing.T) {
	r := lane(t, strings.Replace(goodOffer, "\"vendor\": \"Orchard Systems LLC\",\n  \"naics\": \"541512\"", "\"vendor\": \"Orchard Systems LLC\",\n  \"naics\": \"236220\"", 1))
	for _, rule := range []string{"current-ratio", "quick-ratio", "debt-to-equity", "net-margin"} {
		if f := finding(t, r, rule); f.Verdict != NotApplicable || !strings.Contains(f.Words, "236220") {
			t.Errorf("%s: %s: %s", rule, f.Verdict, f.Words)
		}
	}
	if !r.Passed {
		t.Error("what does not apply stops the offer")
	}
}

// An empty offer is refused by findings, not by accident.
func TestFASTLaneEmpty(t *testing.T) {
	r := lane(t, `{"award":"2026-12-15"}`)
	if r.Passed {
		t.Error("an empty offer passes")
	}
	if f := finding(t, r, "priced"); f.Verdict != Fail || f.Words != "Of 0 items these lack a quantity or a price: none." {
		t.Errorf("%s: %s", f.Verdict, f.Words)
	}
}

// bigOffer is one of n items, each with m comparable prices.
func bigOffer(t testing.TB, n, m int) string {
	t.Helper()
	var input map[string]any
	if err := json.Unmarshal([]byte(goodOffer), &input); err != nil {
		t.Fatal(err)
	}
	var items, comparables []any
	for i := range n {
		id := fmt.Sprintf("item-%03d", i)
		items = append(items, map[string]any{"id": id, "quantity": 1, "price": map[string]any{"amount": 1000 + i, "currency": "USD"}})
		for j := range m {
			comparables = append(comparables, map[string]any{"item": id, "price": map[string]any{"amount": 990 + i + j, "currency": "USD"}})
		}
	}
	input["offer"].(map[string]any)["items"], input["comparables"] = items, comparables
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// An offer of usual size stays far below the limits of the set.
func TestFASTLaneBig(t *testing.T) {
	r := lane(t, bigOffer(t, 30, 5))
	if !r.Passed {
		t.Errorf("%+v", r.Rules)
	}
	if f := finding(t, lane(t, bigOffer(t, 400, 10)), "price-reasonable"); f.Verdict != OverLimit {
		t.Errorf("4,000 prices for 400 items: %s: %s", f.Verdict, f.Words)
	}
}

// BenchmarkFASTLane is the machine time of one whole offer: reading it, all
// rules, and the result as bytes. "items" is one of 30 items with 5 comparable
// prices each; "set" is reading the rule set, which is done once.
func BenchmarkFASTLane(b *testing.B) {
	for _, c := range []struct{ name, input string }{{"offer", goodOffer}, {"items", bigOffer(b, 30, 5)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := lane(b, c.input).Canonical(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/offer")
		})
	}
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			if _, err := Parse(fastLaneText); err != nil {
				b.Fatal(err)
			}
		}
	})
}
