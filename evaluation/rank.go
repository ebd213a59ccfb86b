package evaluation

import (
	"cmp"
	"slices"

	"publica"
)

// A Ranking is what follows from a record. Points are in parts of a point, as the
// method's precision says.
type Ranking struct {
	Award string   `json:"award,omitempty"` // the bid that leads; none if none is acceptable or the first are tied
	Tied  []string `json:"tied,omitempty"`  // bids that are first together: a lot is to be drawn
	Ranks []Rank   `json:"ranks"`           // the best first; then, by id, what does not take part
}

// A Rank is where a bid stands.
type Rank struct {
	Bid         string   `json:"bid"`
	Rank        int64    `json:"rank,omitzero"` // from 1; bids of one rank are tied; none if it does not take part
	Price       int64    `json:"price"`
	Technical   int64    `json:"technical,omitzero"` // points of the criteria
	PricePoints int64    `json:"price_points,omitzero"`
	Total       int64    `json:"total,omitzero"`
	Below       []string `json:"below,omitempty"`    // criteria on which it is not acceptable
	Excluded    string   `json:"excluded,omitempty"` // why it does not take part
}

// Canonical returns the ranking in its RFC 8785 form.
func (r *Ranking) Canonical() ([]byte, error) { return publica.Canonical(r) }

// Rank ranks the bids of a record that [Parse] read.
func (r *Record) Rank() *Ranking {
	t := newTable(r)
	out := &Ranking{Ranks: make([]Rank, 0, len(r.Bids))}
	low := t.lowest()
	for _, group := range t.groups(low) {
		first := int64(len(out.Ranks) + 1)
		for i, b := range group.bids {
			rank := Rank{Bid: r.Bids[b].ID, Rank: first, Price: t.bids[b].price, Technical: t.bids[b].technical, PricePoints: t.pricePoints(b, low), Total: t.total(b, low)}
			if group.drawn {
				rank.Rank += int64(i)
			}
			out.Ranks = append(out.Ranks, rank)
		}
	}
	out.Award, out.Tied = t.lead()
	var others []Rank
	for i, b := range r.Bids {
		if !t.bids[i].in {
			others = append(others, Rank{Bid: b.ID, Price: b.Price, Technical: t.bids[i].technical, Below: t.below(i), Excluded: b.Excluded})
		}
	}
	slices.SortFunc(others, func(a, b Rank) int { return cmp.Compare(a.Bid, b.Bid) })
	out.Ranks = append(out.Ranks, others...)
	return out
}

// A table is a record made ready to be ranked, and to be ranked again with one
// number changed.
type table struct {
	*Record
	lots []int // of each bid, its place among the lots drawn, -1 if none
	bids []standing
}

type standing struct {
	price     int64
	sums      []int64 // of each criterion, what all evaluators gave
	technical int64   // points of the criteria
	excluded  bool
	in        bool // not excluded, and acceptable
}

func newTable(r *Record) *table {
	t := &table{r, make([]int, len(r.Bids)), make([]standing, len(r.Bids))}
	for i, b := range r.Bids {
		t.lots[i] = slices.Index(r.Lots, b.ID)
		t.bids[i] = standing{price: b.Price, sums: make([]int64, len(r.Criteria)), excluded: b.Excluded != ""}
	}
	for _, s := range r.Scores {
		t.bids[r.bid(s.Bid)].sums[r.criterion(s.Criterion)] += s.Score
	}
	for i := range t.bids {
		t.settle(i)
	}
	return t
}

// settle computes what follows from a bid's sums.
func (t *table) settle(b int) {
	s := &t.bids[b]
	s.technical, s.in = 0, !s.excluded
	n := int64(len(t.Evaluators))
	for i, c := range t.Criteria {
		if s.sums[i] < c.Least*n {
			s.in = false
		}
		s.technical += share(t.Method.Unit*c.Weight, s.sums[i], c.Most*n)
	}
}

// below are the criteria on which a bid is not acceptable.
func (t *table) below(b int) (ids []string) {
	if t.bids[b].excluded {
		return nil
	}
	for i, c := range t.Criteria {
		if t.bids[b].sums[i] < c.Least*int64(len(t.Evaluators)) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// lowest is the lowest price of the bids that take part, 0 if none does.
func (t *table) lowest() (low int64) {
	for _, b := range t.bids {
		if b.in && (low == 0 || b.price < low) {
			low = b.price
		}
	}
	return low
}

// pricePoints is the share of the price's points that the lowest price is of this.
func (t *table) pricePoints(b int, low int64) int64 {
	return share(t.Method.Unit*t.Method.Price, low, t.bids[b].price)
}

func (t *table) total(b int, low int64) int64 { return t.bids[b].technical + t.pricePoints(b, low) }

// A merit is what bids are compared by: more points, then the lower price.
type merit struct{ total, price int64 }

func (t *table) merit(b int, low int64) merit {
	return merit{t.total(b, low), t.bids[b].price}
}

// compare is negative if a is the better.
func (a merit) compare(b merit) int {
	return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.price, b.price))
}

// A group is bids of equal merit. If a lot was drawn for each of them, they stand
// in its order.
type group struct {
	bids  []int
	drawn bool
}

// groups are the bids that take part, the best first.
func (t *table) groups(low int64) (groups []group) {
	var order []int
	for b := range t.bids {
		if t.bids[b].in {
			order = append(order, b)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(t.merit(a, low).compare(t.merit(b, low)), cmp.Compare(t.Bids[a].ID, t.Bids[b].ID))
	})
	for len(order) > 0 {
		n := 1
		for n < len(order) && t.merit(order[n], low) == t.merit(order[0], low) {
			n++
		}
		groups = append(groups, t.draw(order[:n]))
		order = order[n:]
	}
	return groups
}

func (t *table) draw(bids []int) group {
	g := group{bids, !slices.ContainsFunc(bids, func(b int) bool { return t.lots[b] < 0 })}
	if g.drawn {
		slices.SortFunc(bids, func(a, b int) int { return cmp.Compare(t.lots[a], t.lots[b]) })
	}
	return g
}

// lead is the award, or the bids that are tied for it.
func (t *table) lead() (award string, tied []string) {
	low := t.lowest()
	var best merit
	var first []int
	for b := range t.bids {
		if !t.bids[b].in {
			continue
		}
		m := t.merit(b, low)
		if c := m.compare(best); len(first) == 0 || c < 0 {
			best, first = m, append(first[:0], b)
		} else if c == 0 {
			first = append(first, b)
		}
	}
	if len(first) == 0 {
		return "", nil
	}
	if g := t.draw(first); len(first) == 1 || g.drawn {
		return t.Bids[first[0]].ID, nil
	}
	for _, b := range first {
		tied = append(tied, t.Bids[b].ID)
	}
	slices.Sort(tied)
	return "", tied
}
