package ocds

import (
	"math/big"
	"slices"
	"time"
)

// shortTime is R003.
func shortTime(f *flagger, p *process) {
	start, end := p.at("tender", "tenderPeriod", "startDate"), p.at("tender", "tenderPeriod", "endDate")
	from, to := moment(start.Node), moment(end.Node)
	method := p.At("tender", "procurementMethod").Str()
	if from.IsZero() || to.IsZero() || len(f.R003.Methods) > 0 && !slices.Contains(f.R003.Methods, method) {
		return
	}
	days, ok := f.R003.ByDetails[p.At("tender", "procurementMethodDetails").Str()]
	if !ok {
		days = f.R003.Threshold
	}
	if to.Sub(from) < time.Duration(days)*24*time.Hour {
		f.about(p, "R003", one, big.NewRat(int64(days), 1), p.inputs(start, end))
	}
}

// singleBid is R018.
func singleBid(f *flagger, p *process) {
	count, method := p.at("tender", "numberOfTenderers"), p.at("tender", "procurementMethod")
	n, ok := count.Rat()
	if ok && n.Cmp(one) == 0 && slices.Contains(f.R018.Methods, method.Str()) {
		f.about(p, "R018", one, nil, p.inputs(count, method))
	}
}

// samePrice is R028.
func samePrice(f *flagger, p *process) {
	if !f.comparesPrices(p) {
		return
	}
	prices, order := map[string][]spot{}, []string{}
	for _, b := range p.submitted() {
		currency := b.At("value", "currency").Str()
		amount := price(b, currency)
		if amount == nil || currency == "" || len(tenderers(b)) == 0 {
			continue
		}
		key := amount.RatString() + " " + currency
		if prices[key] == nil {
			order = append(order, key)
		}
		prices[key] = append(prices[key], b)
	}
	for _, key := range order {
		f.samePriced(p, prices[key])
	}
}

// samePriced flags bids of one price that are not all of the same tenderers.
func (f *flagger) samePriced(p *process, bids []spot) {
	first := slices.Sorted(slices.Values(tenderers(bids[0])))
	if !slices.ContainsFunc(bids, func(b spot) bool {
		return !slices.Equal(slices.Sorted(slices.Values(tenderers(b))), first)
	}) {
		return
	}
	var values []spot
	for _, b := range bids {
		values = append(values, b.at("value"))
	}
	in := p.inputs(values...)
	f.about(p, "R028", one, nil, in)
	for _, id := range tenderers(slices.DeleteFunc(bids, func(b spot) bool { return !f.vouched(b) })...) {
		f.raise("R028", Tenderer, id, one, nil, in)
	}
}

// lateBid is R030.
func lateBid(f *flagger, p *process) {
	end := p.at("tender", "tenderPeriod", "endDate")
	due := moment(end.Node)
	active, _ := p.active()
	if due.IsZero() {
		return
	}
	for _, b := range p.valid() {
		date := b.at("date")
		if !moment(date.Node).After(due) {
			continue
		}
		for _, id := range tenderers(b) {
			for _, a := range active {
				if slices.Contains(suppliers(a), id) {
					in := p.inputs(end, date, a.at("suppliers"))
					f.about(p, "R030", one, nil, in)
					f.raise("R030", Tenderer, id, one, nil, in)
				}
			}
		}
	}
}

// othersOut is R035. A tenderer has the value 0: it says only that the process
// is flagged.
func othersOut(f *flagger, p *process) {
	active, final := p.active()
	valid := p.valid()
	winner := tenderers(valid...)
	if !final || len(winner) != 1 || !slices.Equal(suppliers(active...), winner) {
		return
	}
	out := having(p.bids(), "disqualified")
	others := slices.DeleteFunc(tenderers(out...), func(id string) bool { return id == winner[0] })
	if len(others) < f.R035.Threshold || len(others) == 0 {
		return
	}
	in := p.inputs(slices.Concat(valid, out, active)...)
	f.about(p, "R035", big.NewRat(int64(len(others)), 1), big.NewRat(int64(f.R035.Threshold), 1), in)
	f.raise("R035", Tenderer, winner[0], zero, nil, in)
}

// lowestOut is R036.
func lowestOut(f *flagger, p *process) {
	active, _ := p.active()
	if len(active) == 0 || !f.comparesPrices(p) {
		return
	}
	var lowest, lowestDisqualified *big.Rat
	var at spot
	for _, b := range p.submitted() {
		amount := price(b, f.report.Currency)
		if amount == nil {
			return
		}
		if lowest == nil || amount.Cmp(lowest) < 0 {
			lowest = amount
		}
		if b.Get("status").Str() == "disqualified" && (lowestDisqualified == nil || amount.Cmp(lowestDisqualified) < 0) {
			lowestDisqualified, at = amount, b
		}
	}
	if lowestDisqualified != nil && lowestDisqualified.Cmp(lowest) == 0 {
		f.about(p, "R036", one, nil, p.inputs(append(p.submitted(), at)...))
	}
}
