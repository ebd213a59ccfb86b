package evaluation

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"publica"
)

// sample is an evaluation by two evaluators of three bids, of which the second
// leads by little and the third is excluded.
const sample = `{
 "tender": "night bus shelters",
 "method": {"kind": "best-value-weighted", "currency": "USD", "price": 40, "rounding": "half-up", "precision": 100},
 "criteria": [
  {"id": "quality", "title": "Quality of the design", "weight": 40, "most": 10, "least": 4},
  {"id": "delivery", "title": "Time of delivery", "weight": 20, "most": 5}
 ],
 "evaluators": ["ana", "ben"],
 "bids": [
  {"id": "A", "price": 1000000},
  {"id": "B", "price": 1100000},
  {"id": "C", "price": 900000, "excluded": "no bid bond"}
 ],
 "scores": [
  {"bid": "A", "criterion": "quality", "evaluator": "ana", "score": 7},
  {"bid": "A", "criterion": "quality", "evaluator": "ben", "score": 6, "reason": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"},
  {"bid": "A", "criterion": "delivery", "evaluator": "ana", "score": 4},
  {"bid": "A", "criterion": "delivery", "evaluator": "ben", "score": 4},
  {"bid": "B", "criterion": "quality", "evaluator": "ana", "score": 9},
  {"bid": "B", "criterion": "quality", "evaluator": "ben", "score": 8},
  {"bid": "B", "criterion": "delivery", "evaluator": "ana", "score": 3},
  {"bid": "B", "criterion": "delivery", "evaluator": "ben", "score": 4},
  {"bid": "C", "criterion": "quality", "evaluator": "ana", "score": 6},
  {"bid": "C", "criterion": "quality", "evaluator": "ben", "score": 6},
  {"bid": "C", "criterion": "delivery", "evaluator": "ana", "score": 5},
  {"bid": "C", "criterion": "delivery", "evaluator": "ben", "score": 5}
 ]
}`

// lowest is the same by price alone.
var lowest = strings.NewReplacer(
	`"kind": "best-value-weighted", "currency": "USD", "price": 40, "rounding": "half-up", "precision": 100`, `"kind": "lowest-price-technically-acceptable", "currency": "USD"`,
	`"weight": 40, `, ``, `"weight": 20, `, ``).Replace(sample)

func parse(t testing.TB, text string) *Record {
	t.Helper()
	r, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line is a ranking on one line: rank, bid, technical + price = total.
func line(r *Ranking) string {
	var all []string
	for _, rank := range r.Ranks {
		s := fmt.Sprintf("%d %s %d+%d=%d", rank.Rank, rank.Bid, rank.Technical, rank.PricePoints, rank.Total)
		if rank.Excluded != "" {
			s += " excluded"
		}
		if len(rank.Below) > 0 {
			s += " below " + strings.Join(rank.Below, " ")
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

func TestRank(t *testing.T) {
	tests := []struct{ name, from, old, new, award, tied, line string }{
		// A: quality 40·13/20 = 26, delivery 20·8/10 = 16, price 40.
		// B: quality 40·17/20 = 34, delivery 20·7/10 = 14, price 40·10/11 = 36.3636.
		{"best value", sample, "", "", "B", "", "1 B 4800+3636=8436; 2 A 4200+4000=8200; 0 C 4400+0=0 excluded"},
		{"half a part goes up", sample, `"price": 1100000`, `"price": 3200000`, "A", "", "1 A 4200+4000=8200; 2 B 4800+1250=6050; 0 C 4400+0=0 excluded"},
		{"half a point goes up", strings.Replace(sample, `"precision": 100`, `"precision": 1`, 1), `"price": 1100000`, `"price": 3200000`, "A", "", "1 A 42+40=82; 2 B 48+13=61; 0 C 44+0=0 excluded"},
		{"not acceptable", sample, `"ana", "score": 7`, `"ana", "score": 1`, "B", "", "1 B 4800+4000=8800; 0 A 3000+0=0 below quality; 0 C 4400+0=0 excluded"},
		{"just acceptable: the mean counts", sample, `"ana", "score": 7`, `"ana", "score": 2`, "B", "", "1 B 4800+3636=8436; 2 A 3200+4000=7200; 0 C 4400+0=0 excluded"},
		{"the lowest price sets the scale", sample, `, "excluded": "no bid bond"`, ``, "C", "", "1 C 4400+4000=8400; 2 B 4800+3273=8073; 3 A 4200+3600=7800"},
		{"lowest price", lowest, "", "", "A", "", "1 A 0+0=0; 2 B 0+0=0; 0 C 0+0=0 excluded"},
		{"lowest price, not acceptable", lowest, `"ana", "score": 7`, `"ana", "score": 1`, "B", "", "1 B 0+0=0; 0 A 0+0=0 below quality; 0 C 0+0=0 excluded"},
		{"tied", lowest, `"price": 1100000`, `"price": 1000000`, "", "A B", "1 A 0+0=0; 1 B 0+0=0; 0 C 0+0=0 excluded"},
		{"tied, drawn", strings.Replace(lowest, `"evaluators"`, `"lots": ["B", "A"], "evaluators"`, 1), `"price": 1100000`, `"price": 1000000`, "B", "", "1 B 0+0=0; 2 A 0+0=0; 0 C 0+0=0 excluded"},
		{"tied, drawn for one only", strings.Replace(lowest, `"evaluators"`, `"lots": ["B"], "evaluators"`, 1), `"price": 1100000`, `"price": 1000000`, "", "A B", "1 A 0+0=0; 1 B 0+0=0; 0 C 0+0=0 excluded"},
		{"nobody", lowest, `"least": 4`, `"least": 10`, "", "", "0 A 0+0=0 below quality; 0 B 0+0=0 below quality; 0 C 0+0=0 excluded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := parse(t, strings.Replace(test.from, test.old, test.new, 1)).Rank()
			if r.Award != test.award || strings.Join(r.Tied, " ") != test.tied || line(r) != test.line {
				t.Errorf("got  %q, tied %q, %s\nwant %q, tied %q, %s", r.Award, r.Tied, line(r), test.award, test.tied, test.line)
			}
		})
	}
}

// Equal points: the lower price leads.
func TestEqualPoints(t *testing.T) {
	text := strings.NewReplacer(`"price": 1100000`, `"price": 2000000`, `"weight": 40`, `"weight": 80`, `"weight": 20`, `"weight": 0`, `"ana", "score": 7`, `"ana", "score": 6`,
		`"ben", "score": 6`, `"ben", "score": 6`, `"ana", "score": 9`, `"ana", "score": 9`, `"ben", "score": 8`, `"ben", "score": 8`).Replace(sample)
	r := parse(t, text).Rank()
	// A: 80·12/20 = 48 and 40; B: 80·17/20 = 68 and 20.
	if r.Award != "A" || line(r) != "1 A 4800+4000=8800; 2 B 6800+2000=8800; 0 C 4800+0=0 excluded" {
		t.Errorf("got %q, %s", r.Award, line(r))
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, old, new, field, says, hint string }{
		{"not JSON", sample, `{`, "", "is not valid JSON", ""},
		{"unknown member", `"tender"`, `"tendre"`, "tendre", "is not a member known here", "spelling"},
		{"method", "best-value-weighted", "best", "method/kind", `"best" is not a method known here`, LowestPrice},
		{"rounding", "half-up", "banker", "method/rounding", "is not a rounding", HalfUp},
		{"precision", `"precision": 100`, `"precision": 7`, "method/precision", "is 7", "1, 10, 100 or 1000"},
		{"currency", `"USD"`, `"usd"`, "method/currency", "is not a currency", "ISO 4217"},
		{"fraction", `"price": 1000000`, `"price": 1000000.5`, "bids/0/price", "", ""},
		{"no price", `"price": 1000000`, `"price": 0`, "bids/0/price", "is 0", "minor units"},
		{"bid twice", `"id": "B"`, `"id": "A"`, "bids/1/id", `"A" stands twice`, ""},
		{"id", `"id": "B"`, `"id": "B/C"`, "bids/1/id", `"B/C" is not an id`, "letters"},
		{"criterion called price", `"id": "quality"`, `"id": "price"`, "criteria/0/id", "is what the price's weight is called", ""},
		{"too high", `"evaluator": "ana", "score": 7`, `"evaluator": "ana", "score": 11`, "scores/A/quality/ana", "is 11, not from 0 to 10", ""},
		{"missing", `{"bid": "A", "criterion": "quality", "evaluator": "ana", "score": 7},`, ``, "scores/A/quality/ana", "is missing", "every evaluator"},
		{"score twice", `"A", "criterion": "quality", "evaluator": "ben"`, `"A", "criterion": "quality", "evaluator": "ana"`, "scores/A/quality/ana", "stands twice", ""},
		{"score of nobody", `"A", "criterion": "quality", "evaluator": "ben"`, `"A", "criterion": "quality", "evaluator": "eve"`, "scores/A/quality/eve", `"eve" is no evaluator`, ""},
		{"reason", `"5f70bf18`, `"xx`, "scores/A/quality/ben", "no commitment", "SHA-256"},
		{"lots", `"evaluators"`, `"lots": ["Z"], "evaluators"`, "lots/0", `"Z" is no bid`, ""},
		{"least over most", `"least": 4`, `"least": 11`, "criteria/0/least", "is 11", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(strings.Replace(sample, test.old, test.new, 1)))
			e, ok := errors.AsType[*publica.Error](err)
			if !ok {
				t.Fatalf("got %v, want it refused", err)
			}
			if e.Field != test.field || !strings.Contains(e.Error(), test.says) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v (hint: %s)\nwant %s: %s (hint: %s)", e, e.Hint, test.field, test.says, test.hint)
			}
		})
	}
	for _, old := range []string{`"price": 40`, `"weight": 20`} {
		text := strings.Replace(lowest, `"currency": "USD"`, `"currency": "USD", `+old, 1)
		if old == `"weight": 20` {
			text = strings.Replace(lowest, `"most": 5`, `"most": 5, "weight": 20`, 1)
		}
		if _, err := Parse([]byte(text)); publica.CodeOf(err) != publica.Invalid {
			t.Errorf("%s with the lowest price: %v", old, err)
		}
	}
}

func TestReplay(t *testing.T) {
	tests := []struct {
		name    string
		changes []Change
		changed bool
		line    string
	}{
		{"nothing", nil, false, "1 B 4800+3636=8436; 2 A 4200+4000=8200; 0 C 4400+0=0 excluded"},
		{"a score", []Change{{Kind: SetScore, Bid: "A", Criterion: "quality", Evaluator: "ana", To: 9}}, true, "1 A 4600+4000=8600; 2 B 4800+3636=8436; 0 C 4400+0=0 excluded"},
		{"a score that changes nothing", []Change{{Kind: SetScore, Bid: "A", Criterion: "quality", Evaluator: "ana", To: 8}}, false, "1 B 4800+3636=8436; 2 A 4400+4000=8400; 0 C 4400+0=0 excluded"},
		{"an exclusion", []Change{{Kind: Exclude, Bid: "B"}}, true, "1 A 4200+4000=8200; 0 B 4800+0=0 excluded; 0 C 4400+0=0 excluded"},
		{"an admission", []Change{{Kind: Admit, Bid: "C"}}, true, "1 C 4400+4000=8400; 2 B 4800+3273=8073; 3 A 4200+3600=7800"},
		{"weights", []Change{{Kind: SetWeight, Criterion: "quality", To: 10}, {Kind: SetPriceWeight, To: 70}}, true, "1 A 2250+7000=9250; 2 B 2250+6364=8614; 0 C 2600+0=0 excluded"},
		{"a price", []Change{{Kind: SetPrice, Bid: "B", To: 1300000}}, true, "1 A 4200+4000=8200; 2 B 4800+3077=7877; 0 C 4400+0=0 excluded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := parse(t, sample)
			before, err := r.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.Replay(test.changes)
			if err != nil {
				t.Fatal(err)
			}
			if c.Changed != test.changed || line(c.After) != test.line || line(c.Before) != "1 B 4800+3636=8436; 2 A 4200+4000=8200; 0 C 4400+0=0 excluded" {
				t.Errorf("changed %v, %s\nwant %v, %s", c.Changed, line(c.After), test.changed, test.line)
			}
			if after, err := r.Canonical(); err != nil || string(after) != string(before) {
				t.Error("the replay changed the record")
			}
		})
	}
}

func TestReplayRefuses(t *testing.T) {
	for _, test := range []struct {
		change Change
		says   string
	}{
		{Change{Kind: SetScore, Bid: "A", Criterion: "quality", Evaluator: "eve", To: 1}, "the record has no score A/quality/eve"},
		{Change{Kind: SetScore, Bid: "A", Criterion: "quality", Evaluator: "ana", To: 11}, "scores/A/quality/ana: is 11, not from 0 to 10"},
		{Change{Kind: Exclude, Bid: "Z"}, `the record has no bid "Z"`},
		{Change{Kind: Exclude, Bid: "C"}, "is excluded already: no bid bond"},
		{Change{Kind: Admit, Bid: "A"}, "is not excluded"},
		{Change{Kind: SetWeight, Criterion: "cost", To: 1}, `the record has no criterion "cost"`},
		{Change{Kind: SetPrice, Bid: "A", To: 0}, "bids/0/price: is 0"},
		{Change{Kind: "wish", Bid: "A"}, "is not a change known here"},
	} {
		if _, err := parse(t, sample).Replay([]Change{test.change}); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %s", test.change, err, test.says)
		}
	}
}

func TestRobust(t *testing.T) {
	r, err := parse(t, sample).Robust()
	if err != nil {
		t.Fatal(err)
	}
	// A lacks 2.36 points: 2 of 20 on quality are 4, 1 of 10 on delivery is 2.
	if want := (Flip{Bid: "A", Criterion: "quality", Evaluator: "ana", From: 7, To: 9, By: 2, Award: "A"}); r.Score == nil || fmt.Sprint(*r.Score) != fmt.Sprint(want) {
		t.Errorf("score: got %+v, want %+v", r.Score, want)
	}
	// B has 34.00 points for its price, and so as many in all as A, if A's price is
	// the most that is below 34.005/40 of it: 935137. Of equals the lower price leads.
	if want := (Flip{Bid: "A", From: 1000000, To: 935137, By: -64863, Permille: 65, Award: "A"}); r.Price == nil || fmt.Sprint(*r.Price) != fmt.Sprint(want) {
		t.Errorf("price: got %+v, want %+v", r.Price, want)
	}
	if len(r.Exclusions) != 0 || !r.Complete || r.Award != "B" {
		t.Errorf("got %+v", r)
	}
	if _, err := parse(t, strings.Replace(lowest, `"price": 1100000`, `"price": 1000000`, 1)).Robust(); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("a tie has an award: %v", err)
	}
}
