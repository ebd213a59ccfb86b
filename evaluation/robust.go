package evaluation

import (
	"cmp"
	"slices"

	"publica"
)

// Robustness is how little would have to be otherwise for another award.
//
// What is searched, one number or bid changed and all else as it is: every score
// from 0 to the most of its criterion; every price of a bid that takes part, from 1
// to 2^53−1; the exclusion of every bid that takes part but the award's own, which
// always flips it. Scores, and the prices that move one bid alone, are searched by
// halving, which is exact: once they flip the award, a larger change in the same
// direction does too (spec/evaluation.md). A price that is the lowest moves the
// points of all others, whose rounding may go to and fro; there each price at
// which some bid's points change is tried in turn, up to [PriceSteps].
type Robustness struct {
	Award      string      `json:"award"`
	Score      *Flip       `json:"score,omitempty"`      // the smallest change of a score; none: no single score flips it
	Price      *Flip       `json:"price,omitempty"`      // the smallest change of a price
	Exclusions []Exclusion `json:"exclusions,omitempty"` // other bids without which it goes elsewhere, by id
	Complete   bool        `json:"complete"`             // whether all prices were searched
}

// A Flip is a change and the award it leads to.
type Flip struct {
	Bid       string   `json:"bid"`
	Criterion string   `json:"criterion,omitempty"`
	Evaluator string   `json:"evaluator,omitempty"`
	From      int64    `json:"from"` // score or price
	To        int64    `json:"to"`
	By        int64    `json:"by"`                // To − From
	Permille  int64    `json:"permille,omitzero"` // |By| of From, rounded up; of prices
	Award     string   `json:"award,omitempty"`   // none: tied, or nothing acceptable is left
	Tied      []string `json:"tied,omitempty"`
}

// An Exclusion is a bid and the award without it.
type Exclusion struct {
	Bid   string   `json:"bid"`
	Award string   `json:"award,omitempty"` // none: tied
	Tied  []string `json:"tied,omitempty"`
}

// PriceSteps bounds the search of prices at which the points of others change:
// how many times a bid is looked at, in all. It takes about a second, and is
// enough for ten bids and 100 points in hundredths.
const PriceSteps = 10_000_000

// Canonical returns the finding in its RFC 8785 form.
func (r *Robustness) Canonical() ([]byte, error) { return publica.Canonical(r) }

// Robust searches for the smallest changes that flip the award of a record that
// [Parse] read. It refuses a record without an award.
func (r *Record) Robust() (*Robustness, error) {
	s := &search{table: newTable(r), steps: PriceSteps}
	var tied []string
	if s.award, tied = s.lead(); s.award == "" {
		e := publica.Problem(publica.Invalid, "bids", "lead to no award that could change")
		if len(tied) > 0 {
			return nil, e.WithHint("the first are tied: draw lots and name their order in \"lots\"")
		}
		return nil, e.WithHint("no bid is acceptable and not excluded")
	}
	out := &Robustness{Award: s.award, Complete: true}
	for b := range s.bids {
		out.Score = smaller(out.Score, s.score(b))
		if s.bids[b].in {
			out.Price = smaller(out.Price, s.price(b))
		}
	}
	out.Exclusions = s.exclusions()
	out.Complete = s.steps > 0
	return out, nil
}

// smaller is the flip by less; of equals the first by bid, criterion, evaluator,
// downwards before upwards.
func smaller(a, b *Flip) *Flip {
	if a == nil || (b != nil && b.compare(a) < 0) {
		return b
	}
	return a
}

func (a *Flip) compare(b *Flip) int {
	return cmp.Or(cmp.Compare(abs(a.By), abs(b.By)), cmp.Compare(a.Bid, b.Bid), cmp.Compare(a.Criterion, b.Criterion),
		cmp.Compare(a.Evaluator, b.Evaluator), cmp.Compare(a.By, b.By))
}

func abs(n int64) int64 { return max(n, -n) }

// A search changes one number of the table and puts it back.
type search struct {
	*table
	award string
	steps int // bids that may still be looked at
}

// flips says whether the award is another, as the table stands.
func (s *search) flips() bool {
	award, _ := s.lead()
	return award != s.award
}

// least returns the least by from 1 to most that flips, 0 if none does, of
// changes that flip from some size on.
func least(most int64, flips func(by int64) bool) int64 {
	if most < 1 || !flips(most) {
		return 0
	}
	low, high := int64(0), most // high flips, low does not
	for high-low > 1 {
		if mid := low + (high-low)/2; flips(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// score is the smallest change of one score of a bid that flips.
func (s *search) score(b int) (found *Flip) {
	if s.bids[b].excluded {
		return nil
	}
	for c := range s.Criteria {
		for _, sign := range []int64{-1, 1} {
			found = smaller(found, s.scoreOf(b, c, sign))
		}
	}
	return found
}

// scoreOf finds by how much the sum of a criterion must change, and the first
// evaluator by id whose score has room for it.
func (s *search) scoreOf(b, c int, sign int64) *Flip {
	var most int64
	room := func(i int) int64 {
		if sign > 0 {
			return s.Criteria[c].Most - s.Scores[i].Score
		}
		return s.Scores[i].Score
	}
	scores := s.scoresOf(b, c)
	for _, i := range scores {
		most = max(most, room(i))
	}
	by := least(most, func(by int64) bool { return s.withSum(b, c, sign*by, s.flips) })
	if by == 0 {
		return nil
	}
	i := scores[slices.IndexFunc(scores, func(i int) bool { return room(i) >= by })]
	f := &Flip{Bid: s.Bids[b].ID, Criterion: s.Criteria[c].ID, Evaluator: s.Scores[i].Evaluator, From: s.Scores[i].Score, To: s.Scores[i].Score + sign*by, By: sign * by}
	s.withSum(b, c, sign*by, func() bool { f.Award, f.Tied = s.lead(); return true })
	return f
}

// scoresOf are the indices of a bid's scores on a criterion, by evaluator.
func (s *search) scoresOf(b, c int) (all []int) {
	first, _ := slices.BinarySearchFunc(s.Scores, []string{s.Bids[b].ID, s.Criteria[c].ID, ""}, func(s Score, key []string) int { return slices.Compare(s.key(), key) })
	for i := range s.Evaluators {
		all = append(all, first+i)
	}
	return all
}

func (s *search) withSum(b, c int, by int64, ask func() bool) bool {
	kept := s.bids[b]
	defer func() { s.bids[b] = kept }()
	s.bids[b].sums = slices.Clone(kept.sums)
	s.bids[b].sums[c] += by
	s.settle(b)
	return ask()
}

func (s *search) withPrice(b int, price int64, ask func() bool) bool {
	kept := s.bids[b].price
	defer func() { s.bids[b].price = kept }()
	s.bids[b].price = price
	return ask()
}

// price is the smallest change of a bid's price that flips.
func (s *search) price(b int) *Flip {
	if s.Bids[b].ID == s.award {
		return s.dearer(b)
	}
	others := s.lowestBut(b)
	found := s.cheaper(b, others)
	if s.bids[b].price < others {
		found = smaller(found, s.walk(b, others, 1))
	}
	return found
}

// dearer: the award's own bid loses by a higher price only.
func (s *search) dearer(b int) *Flip {
	from := s.bids[b].price
	return s.priceFlip(b, least(maxAmount-from, func(by int64) bool { return s.withPrice(b, from+by, s.flips) }))
}

// cheaper: another bid gains by a lower price, and below the lowest of the others
// takes points from all of them.
func (s *search) cheaper(b int, others int64) *Flip {
	from, floor := s.bids[b].price, int64(1)
	if s.weight() > 0 {
		floor = others
	}
	if by := least(from-floor, func(by int64) bool { return s.withPrice(b, from-by, s.flips) }); by > 0 {
		return s.priceFlip(b, -by)
	}
	if s.weight() > 0 {
		return s.walk(b, others, -1)
	}
	return nil
}

// weight is the points of the lowest price, in parts.
func (s *search) weight() int64 { return s.Method.Unit * s.Method.Price }

func (s *search) priceFlip(b int, by int64) *Flip {
	if by == 0 {
		return nil
	}
	from := s.bids[b].price
	f := &Flip{Bid: s.Bids[b].ID, From: from, To: from + by, By: by, Permille: (1000*abs(by) + from - 1) / from}
	s.withPrice(b, f.To, func() bool { f.Award, f.Tied = s.lead(); return true })
	return f
}

// lowestBut is the lowest price of the other bids that take part.
func (s *search) lowestBut(b int) int64 {
	s.bids[b].in = false
	defer func() { s.bids[b].in = true }()
	return s.lowest()
}

// walk tries, from where the price is no higher than that of others, each price
// at which the points of another bid change, while it is the lowest.
func (s *search) walk(b int, others, sign int64) *Flip {
	for price := min(s.bids[b].price, others); s.steps > 0; s.steps -= len(s.bids) {
		if sign < 0 {
			price = s.next(b, price, others)
		} else {
			price = min(s.nextAbove(b, price), others)
		}
		switch {
		case price < 1:
			return nil
		case s.withPrice(b, price, s.flips):
			return s.priceFlip(b, price-s.bids[b].price)
		case price == others:
			return nil
		}
	}
	return nil
}

// next is the highest price below this at which a comparison may come out
// otherwise: just under the others, or where another bid loses a part of a point.
func (s *search) next(b int, price, others int64) (next int64) {
	if price == others {
		return price - 1
	}
	for i := range s.bids {
		if n := s.partsAt(b, i, price); n > 0 {
			next = max(next, leastPart(s.weight(), n, s.bids[i].price)-1)
		}
	}
	return next
}

// nextAbove is the lowest price above this at which another bid gains a part of a
// point.
func (s *search) nextAbove(b int, price int64) (next int64) {
	next = maxAmount
	for i := range s.bids {
		if n := s.partsAt(b, i, price); n >= 0 && n < s.weight() {
			next = min(next, leastPart(s.weight(), n+1, s.bids[i].price))
		}
	}
	return next
}

// partsAt is what bid i gets for its price if that of b is the lowest, -1 if it
// does not take part.
func (s *search) partsAt(b, i int, price int64) int64 {
	if i == b || !s.bids[i].in {
		return -1
	}
	return share(s.weight(), price, s.bids[i].price)
}

// exclusions are the other bids whose exclusion alone flips, by id.
func (s *search) exclusions() (all []Exclusion) {
	for b := range s.bids {
		if !s.bids[b].in || s.Bids[b].ID == s.award {
			continue
		}
		s.bids[b].in = false
		if award, tied := s.lead(); award != s.award {
			all = append(all, Exclusion{s.Bids[b].ID, award, tied})
		}
		s.bids[b].in = true
	}
	slices.SortFunc(all, func(a, b Exclusion) int { return cmp.Compare(a.Bid, b.Bid) })
	return all
}
