package evaluation

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// records draws small records, whose bids are often near each other.
func records(t *rapid.T) *Record {
	r := &Record{Method: Method{Kind: LowestPrice, Currency: "USD"}}
	if rapid.Bool().Draw(t, "best value") {
		r.Method = Method{Kind: BestValue, Currency: "USD", Price: rapid.Int64Range(0, 12).Draw(t, "price weight"), Rounding: HalfUp, Unit: rapid.SampledFrom([]int64{1, 10}).Draw(t, "precision")}
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "criteria") {
		c := Criterion{ID: fmt.Sprintf("c%d", i), Most: rapid.Int64Range(1, 6).Draw(t, "most")}
		c.Least = rapid.Int64Range(0, c.Most/2).Draw(t, "least")
		if r.Method.Kind == BestValue {
			c.Weight = rapid.Int64Range(0, 9).Draw(t, "weight")
		}
		r.Criteria = append(r.Criteria, c)
	}
	r.Evaluators = []string{"x", "y"}[:rapid.IntRange(1, 2).Draw(t, "evaluators")]
	for i := range rapid.IntRange(1, 4).Draw(t, "bids") {
		b := Bid{ID: string(rune('A' + i)), Price: rapid.Int64Range(1, 60).Draw(t, "price")}
		if rapid.IntRange(0, 9).Draw(t, "excluded") == 0 {
			b.Excluded = "late"
		}
		r.Bids = append(r.Bids, b)
		for _, c := range r.Criteria {
			for _, e := range r.Evaluators {
				r.Scores = append(r.Scores, Score{Bid: b.ID, Criterion: c.ID, Evaluator: e, Score: rapid.Int64Range(0, c.Most).Draw(t, "score")})
			}
		}
	}
	for _, b := range r.Bids {
		if rapid.Bool().Draw(t, "drawn") {
			r.Lots = append([]string{b.ID}, r.Lots...)
		}
	}
	r.sort()
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

func award(t *rapid.T, r *Record, c Change) string {
	out, err := r.Replay([]Change{c})
	if err != nil {
		t.Fatal(err)
	}
	return out.After.Award
}

// farPrice is where the prices of the brute force end; beyond it no part of a
// point of these records changes.
const farPrice = 15_000

// The smallest changes are those that trying every one finds.
func TestRobustIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := records(t)
		was := r.Rank().Award
		found, err := r.Robust()
		if was == "" {
			if err == nil {
				t.Fatal("no award, and yet it is robust")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !found.Complete || found.Award != was {
			t.Fatalf("%+v", found)
		}
		sameFlip(t, "score", found.Score, bruteScore(t, r, was))
		sameFlip(t, "price", found.Price, brutePrice(t, r, was))
		var without []string
		for _, b := range r.Rank().Ranks {
			if b.Rank > 0 && b.Bid != was && award(t, r, Change{Kind: Exclude, Bid: b.Bid}) != was {
				without = append(without, b.Bid)
			}
		}
		slices.Sort(without)
		var got []string
		for _, e := range found.Exclusions {
			got = append(got, e.Bid)
		}
		if !slices.Equal(got, without) {
			t.Fatalf("exclusions %v, want %v", got, without)
		}
	})
}

func sameFlip(t *rapid.T, what string, got, want *Flip) {
	if (got == nil) != (want == nil) || (got != nil && (got.compare(want) != 0 || got.To != want.To || got.Award != want.Award)) {
		t.Fatalf("%s: got %+v, want %+v", what, got, want)
	}
}

func bruteScore(t *rapid.T, r *Record, was string) (found *Flip) {
	for _, s := range r.Scores {
		if r.Bids[r.bid(s.Bid)].Excluded != "" {
			continue
		}
		for to := int64(0); to <= r.Criteria[r.criterion(s.Criterion)].Most; to++ {
			if a := award(t, r, Change{Kind: SetScore, Bid: s.Bid, Criterion: s.Criterion, Evaluator: s.Evaluator, To: to}); a != was {
				found = smaller(found, &Flip{Bid: s.Bid, Criterion: s.Criterion, Evaluator: s.Evaluator, From: s.Score, To: to, By: to - s.Score, Award: a})
			}
		}
	}
	return found
}

func brutePrice(t *rapid.T, r *Record, was string) (found *Flip) {
	tab := newTable(r)
	for b, bid := range r.Bids {
		if !tab.bids[b].in {
			continue
		}
		for to := int64(1); to <= farPrice; to++ {
			tab.bids[b].price = to
			if a, _ := tab.lead(); a != was {
				found = smaller(found, &Flip{Bid: bid.ID, From: bid.Price, To: to, By: to - bid.Price, Award: a})
			}
		}
		tab.bids[b].price = bid.Price
	}
	return found
}

// Raising a score of the award's bid, or lowering its price, never dethrones it;
// a score of another bid lowered, as long as it stays acceptable, neither.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := records(t)
		was := r.Rank().Award
		if was == "" {
			t.Skip("no award")
		}
		for _, s := range r.Scores {
			if s.Bid == was && s.Score < r.Criteria[r.criterion(s.Criterion)].Most {
				if a := award(t, r, Change{Kind: SetScore, Bid: s.Bid, Criterion: s.Criterion, Evaluator: s.Evaluator, To: s.Score + 1}); a != was {
					t.Fatalf("%s/%s/%s raised, and %q leads", s.Bid, s.Criterion, s.Evaluator, a)
				}
			}
		}
		price := r.Bids[r.bid(was)].Price
		for to := int64(1); to < price; to++ {
			if a := award(t, r, Change{Kind: SetPrice, Bid: was, To: to}); a != was {
				t.Fatalf("price %d lowered to %d, and %q leads", price, to, a)
			}
		}
	})
}

// Neither the order of bids, criteria and evaluators nor that of scores matters
// for the ranking.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := records(t)
		want, err := r.Rank().Canonical()
		if err != nil {
			t.Fatal(err)
		}
		o := r.clone()
		o.Bids = rapid.Permutation(o.Bids).Draw(t, "bids")
		o.Scores = rapid.Permutation(o.Scores).Draw(t, "scores")
		o.Criteria = rapid.Permutation(o.Criteria).Draw(t, "criteria")
		o.sort()
		ranking := o.Rank()
		for i := range ranking.Ranks {
			slices.Sort(ranking.Ranks[i].Below)
		}
		got, err := ranking.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

// share and leastPart are inverse.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points, whole := rapid.Int64Range(1, maxWeight*1000).Draw(t, "points"), rapid.Int64Range(1, maxAmount).Draw(t, "whole")
		part := rapid.Int64Range(1, whole).Draw(t, "part")
		n := share(points, part, whole)
		if n < 0 || n > points {
			t.Fatalf("share(%d, %d, %d) is %d", points, part, whole, n)
		}
		if n > 0 {
			if p := leastPart(points, n, whole); p > part || share(points, p, whole) != n || (p > 1 && share(points, p-1, whole) >= n) {
				t.Fatalf("leastPart(%d, %d, %d) is %d", points, n, whole, p)
			}
		}
	})
}

// FuzzParse: no text makes the reader fail otherwise than by a named error, and
// what it takes ranks, twice the same, and back from its canonical form.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add(lowest)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse([]byte(text))
		if err != nil {
			return
		}
		a, err := r.Rank().Canonical()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := back.Rank().Canonical(); err != nil || !bytes.Equal(a, b) {
			t.Fatalf("two rankings: %s and %s", a, b)
		}
		if len(r.Bids)*len(r.Criteria) > 20 || r.Method.Unit*r.Method.Price > 1000 {
			return
		}
		if _, err := r.Robust(); (err == nil) != (r.Rank().Award != "") {
			t.Fatal(err)
		}
	})
}
