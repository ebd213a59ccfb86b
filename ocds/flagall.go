package ocds

import (
	"maps"
	"math/big"
	"slices"
	"unicode/utf8"
)

// A gap is how far the lowest losing bid of a process is above the winning one.
type gap struct {
	*process
	ratio         *big.Rat
	winner, loser spot
}

// priceGaps is R024 and R058. Tenderers have the value 0: it says only that
// their process is flagged.
func priceGaps(f *flagger, processes []*process) {
	var gaps []gap
	var ratios []*big.Rat
	for _, p := range processes {
		if g, ok := f.gapOf(p); ok {
			gaps, ratios = append(gaps, g), append(ratios, g.ratio)
		}
	}
	lower := f.fence("R024", Process, ratios, f.R024.Threshold, -1)
	upper := f.fence("R058", Process, ratios, f.R058.Threshold, +1)
	for _, g := range gaps {
		in := g.inputs(g.winner.at("value"), g.loser.at("value"))
		if lower.reached(g.ratio) {
			f.about(g.process, "R024", g.ratio, lower.bound, in)
			f.raise("R024", Tenderer, tenderers(g.winner)[0], zero, nil, in)
			f.raise("R024", Tenderer, tenderers(g.loser)[0], zero, nil, in)
		}
		if upper.reached(g.ratio) {
			f.about(g.process, "R058", g.ratio, upper.bound, in)
			f.raise("R058", Tenderer, tenderers(g.winner)[0], zero, nil, in)
		}
	}
}

// contest returns the valid bids of a process, each of one tenderer, and who
// won it; ok is false for a process in which bids cannot be set against each
// other.
func (p *process) contest() (bids []spot, winner string, ok bool) {
	active, final := p.active()
	if !final || len(active) != 1 || len(active[0].each("suppliers")) != 1 || len(suppliers(active...)) != 1 {
		return nil, "", false
	}
	bids = p.valid()
	for _, b := range bids {
		if len(b.each("tenderers")) != 1 || len(tenderers(b)) != 1 {
			return nil, "", false
		}
	}
	return bids, suppliers(active...)[0], true
}

func (f *flagger) gapOf(p *process) (g gap, ok bool) {
	bids, winner, ok := p.contest()
	if !ok || !f.comparesPrices(p) {
		return g, false
	}
	var won, lost *big.Rat
	for _, b := range bids {
		amount := price(b, f.report.Currency)
		if amount == nil {
			return g, false
		}
		best, at := &lost, &g.loser
		if tenderers(b)[0] == winner {
			best, at = &won, &g.winner
		}
		if *best == nil || amount.Cmp(*best) < 0 {
			*best, *at = amount, b
		}
	}
	if won == nil || lost == nil || won.Sign() <= 0 || lost.Cmp(won) < 0 {
		return g, false
	}
	g.process = p
	g.ratio = new(big.Rat).Sub(lost, won)
	g.ratio.Quo(g.ratio, won)
	return g, true
}

// A share is some of all, and the places where they stand.
type share struct {
	some, all int64
	inputs    []Input
}

type shares map[string]*share

func (s shares) add(id string, some, all int64, in []Input) {
	if id == "" {
		return
	}
	if s[id] == nil {
		s[id] = &share{}
	}
	s[id].some, s[id].all, s[id].inputs = s[id].some+some, s[id].all+all, append(s[id].inputs, in...)
}

// ids are those with at least so many, in order.
func (s shares) ids(least int) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(s)) {
		if s[id].all >= int64(least) && s[id].all > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *share) ratio() *big.Rat { return big.NewRat(s.some, s.all) }

func (s shares) ratios(ids []string) (r []*big.Rat) {
	for _, id := range ids {
		r = append(r, s[id].ratio())
	}
	return r
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// seldomWins is R025.
func seldomWins(f *flagger, processes []*process) {
	won := shares{}
	for _, p := range processes {
		bids, winner, ok := p.contest()
		if !ok {
			continue
		}
		own := map[string][]spot{}
		for _, b := range bids {
			own[tenderers(b)[0]] = append(own[tenderers(b)[0]], b)
		}
		for _, id := range tenderers(bids...) {
			won.add(id, count(id == winner), 1, p.inputs(own[id]...))
		}
	}
	ids := won.ids(1)
	var counts []*big.Rat
	for _, id := range ids {
		counts = append(counts, big.NewRat(won[id].all, 1))
	}
	lower := f.fence("R025", Tenderer, won.ratios(ids), f.R025.Threshold, -1)
	if lower == nil {
		return
	}
	top := quantile(counts, big.NewRat(int64(f.R025.Percentile), 100))
	for _, id := range ids {
		if r := won[id].ratio(); lower.reached(r) && big.NewRat(won[id].all, 1).Cmp(top) >= 0 {
			f.raise("R025", Tenderer, id, r, lower.bound, won[id].inputs)
		}
	}
}

// manyDisqualified is R038. Cardinal's documentation leaves out buyers with
// fewer than two processes, its vectors those with fewer than two bids; this
// is the latter.
func manyDisqualified(f *flagger, processes []*process) {
	all := map[Group]shares{Buyer: {}, ProcuringEntity: {}, Tenderer: {}}
	for _, p := range processes {
		bids := p.submitted()
		out := having(bids, "disqualified")
		in := p.inputs(bids...)
		if len(bids) > 0 {
			all[Buyer].add(p.At("buyer", "id").ID(), int64(len(out)), int64(len(bids)), in)
			all[ProcuringEntity].add(p.At("tender", "procuringEntity", "id").ID(), int64(len(out)), int64(len(bids)), in)
		}
		for _, b := range slices.DeleteFunc(bids, func(b spot) bool { return !f.vouched(b) }) {
			for _, id := range tenderers(b) {
				all[Tenderer].add(id, count(b.Get("status").Str() == "disqualified"), 1, p.inputs(b))
			}
		}
	}
	for _, g := range []Group{Buyer, ProcuringEntity, Tenderer} {
		least := f.R038.MinimumProcesses
		if g == Tenderer {
			least = f.R038.MinimumBids
		}
		ids := all[g].ids(least)
		upper := f.fence("R038", g, all[g].ratios(ids), f.R038.Threshold, +1)
		for _, id := range ids {
			if r := all[g][id].ratio(); upper != nil && r.Sign() > 0 && r.Cmp(upper.bound) >= 0 {
				f.raise("R038", g, id, r, upper.bound, all[g][id].inputs)
			}
		}
	}
}

// kinds are what was awarded to a supplier, in how many processes.
type kinds struct {
	codes     map[string]bool
	processes int
	inputs    []Input
}

// suppliesAll is R048.
func suppliesAll(f *flagger, processes []*process) {
	by := map[string]*kinds{}
	for _, p := range processes {
		seen := map[string]bool{}
		active, _ := p.active()
		for _, a := range active {
			if len(a.each("suppliers")) == 1 && len(suppliers(a)) == 1 {
				f.awarded(by, seen, p, a)
			}
		}
	}
	if len(by) == 0 && len(processes) > 0 && f.wants("R048") {
		f.report.Missing = append(f.report.Missing, Lack{"R048", "awards/items/classification"})
	}
	var ids []string
	var numbers []*big.Rat
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if by[id].processes >= f.R048.MinimumProcesses {
			ids, numbers = append(ids, id), append(numbers, big.NewRat(int64(len(by[id].codes)), 1))
		}
	}
	upper := f.fence("R048", Tenderer, numbers, f.R048.Threshold, +1)
	if upper == nil {
		return
	}
	upper.bound = ceil(upper.bound)
	for i, id := range ids {
		if upper.reached(numbers[i]) {
			f.raise("R048", Tenderer, id, numbers[i], upper.bound, by[id].inputs)
		}
	}
}

// awarded adds what an award to one supplier is of.
func (f *flagger) awarded(by map[string]*kinds, seen map[string]bool, p *process, a spot) {
	id := suppliers(a)[0]
	for _, item := range a.each("items") {
		c := item.at("classification", "id")
		if c.ID() == "" {
			continue
		}
		if by[id] == nil {
			by[id] = &kinds{codes: map[string]bool{}}
		}
		k := by[id]
		k.codes[prefix(c.ID(), f.R048.Digits)] = true
		k.inputs = append(k.inputs, p.inputs(c)...)
		if !seen[id] {
			seen[id] = true
			k.processes++
		}
	}
}

func prefix(code string, digits int) string {
	at := 0
	for range digits {
		_, size := utf8.DecodeRuneInString(code[at:])
		at += size
	}
	return code[:at]
}

// A limit is where outliers begin: below the bound for side -1, above it for
// side +1.
type limit struct {
	bound    *big.Rat
	quartile *big.Rat // the nearer one; nil if settings gave the bound
	side     int
}

// reached reports whether a value is an outlier: at the bound or beyond, and
// beyond the quartile, for where all values are the same none stands out.
func (l *limit) reached(value *big.Rat) bool {
	return l != nil && value.Cmp(l.bound)*l.side >= 0 && (l.quartile == nil || value.Cmp(l.quartile)*l.side > 0)
}

// fence returns the limit of outliers among values, or the threshold that
// settings give instead; nil if there are too few values.
func (f *flagger) fence(code string, g Group, values []*big.Rat, threshold *big.Rat, side int) *limit {
	if !f.wants(code) || len(values) == 0 || len(values) < f.Least {
		return nil
	}
	if threshold != nil {
		return &limit{bound: threshold, side: side}
	}
	q1, q3 := quantile(values, big.NewRat(1, 4)), quantile(values, big.NewRat(3, 4))
	quartile := q3
	if side < 0 {
		quartile = q1
	}
	bound := new(big.Rat).Sub(q3, q1)
	bound.Mul(bound, big.NewRat(int64(3*side), 2)).Add(bound, quartile)
	f.report.Fences = append(f.report.Fences, Fence{code, g, len(values), q1, q3, bound})
	return &limit{bound, quartile, side}
}

// quantile interpolates linearly between order statistics, at (n + 1/3) p +
// 1/3: the estimate that is about median-unbiased whatever the distribution
// (type 8 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The
// American Statistician 50, 1996).
func quantile(values []*big.Rat, p *big.Rat) *big.Rat {
	sorted := slices.SortedFunc(slices.Values(values), (*big.Rat).Cmp)
	third := big.NewRat(1, 3)
	h := big.NewRat(int64(len(sorted)), 1)
	h.Add(h, third).Mul(h, p).Add(h, third)
	whole := new(big.Int).Quo(h.Num(), h.Denom()).Int64()
	switch {
	case whole < 1:
		return sorted[0]
	case whole >= int64(len(sorted)):
		return sorted[len(sorted)-1]
	}
	below, above := sorted[whole-1], sorted[whole]
	part := h.Sub(h, big.NewRat(whole, 1))
	return part.Mul(part, new(big.Rat).Sub(above, below)).Add(part, below)
}

// ceil rounds up to a whole number.
func ceil(r *big.Rat) *big.Rat {
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return new(big.Rat).SetInt(whole)
}
