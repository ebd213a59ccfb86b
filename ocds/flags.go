package ocds

import (
	"cmp"
	"encoding/json/jsontext"
	"math/big"
	"slices"
)

// Group is what a flag is raised about.
type Group string

const (
	Process         Group = "OCID"
	Buyer           Group = "Buyer"
	ProcuringEntity Group = "ProcuringEntity"
	Tenderer        Group = "Tenderer"
)

// A Flag is a reason to look closer at a process or an organization. It is no
// finding of wrongdoing: Definition says what was computed, Inputs from what,
// so that anyone computes it again.
type Flag struct {
	Code       string   `json:"code"` // R003 …
	Title      string   `json:"title"`
	Group      Group    `json:"group"`
	ID         string   `json:"id"`               // of the process or organization
	Lot        string   `json:"lot,omitzero"`     // of the process, if bids name several
	Value      *big.Rat `json:"value"`            // exactly, as 1/6
	Decimal    string   `json:"decimal"`          // rounded to four places
	Against    *big.Rat `json:"against,omitzero"` // what the value was compared with, if it was
	Definition string   `json:"definition"`
	Inputs     []Input  `json:"inputs"`
}

// An Input is a place in the compiled release of a process.
type Input struct {
	OCID string           `json:"ocid"`
	Path jsontext.Pointer `json:"path"`
}

// A Fence is the bound beyond which a value is an outlier (Tukey): so many
// values, their quartiles, and the bound that follows.
type Fence struct {
	Code   string   `json:"code"`
	Group  Group    `json:"group"`
	Values int      `json:"values"`
	Q1     *big.Rat `json:"q1"`
	Q3     *big.Rat `json:"q3"`
	Bound  *big.Rat `json:"bound"`
}

// A FlagReport is what was computed from the processes of a file.
type FlagReport struct {
	Processes int     `json:"processes"` // that were looked at
	Excluded  int     `json:"excluded"`  // of them: cancelled, or of a kind that the settings leave out
	Currency  string  `json:"currency,omitzero"`
	Flags     []Flag  `json:"flags"` // by code, group, id, lot
	Fences    []Fence `json:"fences,omitempty"`
	Missing   []Lack  `json:"missing,omitempty"`
}

// A Lack is a flag that cannot be computed: no process looked at has the field that
// it is computed of. That it is not raised says nothing.
type Lack struct {
	Code  string `json:"code"`
	Field string `json:"field"`
}

// LotsApart says how flags take processes in lots; see [FlagInfo.Apart].
const LotsApart = "Where bids name lots, each lot is looked at by itself, as if it were a process."

// FlagInfo says what a flag is.
type FlagInfo struct {
	Code, Title, Definition, Why string
}

// Apart reports whether lots are looked at apart: it compares bids, and those to
// different lots compete for nothing.
func (i FlagInfo) Apart() bool {
	return slices.Contains([]string{"R024", "R025", "R028", "R030", "R035", "R036", "R058"}, i.Code)
}

// FlagInfos are the flags that are computed, by their code: those of the
// Open Contracting Partnership's red flags that Cardinal defines
// (https://cardinal.readthedocs.io), in our own words.
var FlagInfos = []FlagInfo{
	{"R003", "Little time to bid",
		"The time between start and end of the tender period is less than the threshold, 15 days unless settings say otherwise.",
		"Who knew before can bid in time; others cannot."},
	{"R018", "A single bid",
		"The number of tenderers is 1, and the procurement method is open or selective.",
		"Competition was asked for and did not come."},
	{"R024", "A losing price close to the winning one",
		"The lowest valid losing bid minus the winning bid, divided by the winning bid, is below Q1 and not above the lower fence Q1 - 1.5 (Q3 - Q1) of this ratio over all processes. Left out: processes with awards that are not final, with more than one award in force or more than one supplier, with bids of several tenderers together, without all prices in one currency, and those where the lowest bid did not win.",
		"A companion's bid may have been made only to look like competition."},
	{"R025", "A tenderer who seldom wins",
		"Of the processes in which a tenderer made valid bids, it won a share that is below Q1 and not above the lower fence Q1 - 1.5 (Q3 - Q1) of this share over all tenderers, and it took part in as many processes as the upper quarter of tenderers. Each process counts once. Left out: processes as in R024, but for prices.",
		"Bids may have been made to lose."},
	{"R028", "The same price twice",
		"Two submitted bids by different tenderers have the same amount and currency.",
		"Prices may have been agreed upon, or leaked."},
	{"R030", "A late bid won",
		"A valid bid is dated after the end of the tender period, and one of its tenderers is a supplier of an award in force.",
		"The deadline did not hold for everybody."},
	{"R035", "Everybody but the winner disqualified",
		"All valid bids are of one tenderer, who is the only supplier of the awards in force, and bids of at least one other tenderer, or as many as settings say, were disqualified. The value is the number of those others. Left out: processes with awards that are not final.",
		"Disqualification may have been the way to choose the winner."},
	{"R036", "The lowest bid disqualified",
		"An award is in force, and no submitted bid is lower than one that was disqualified. Left out: processes in which a submitted bid has no price in the main currency.",
		"Disqualification may have been the way around the lowest price."},
	{"R038", "Many bids disqualified",
		"Of the bids submitted to a buyer or a procuring entity, or by a tenderer, the share that was disqualified is above zero and not below the upper fence Q3 + 1.5 (Q3 - Q1) of this share over all of them. Left out: those with fewer than two bids, or as many as settings say.",
		"A buyer may choose winners by disqualifying others; a tenderer may bid to be disqualified."},
	{"R048", "A supplier of everything",
		"The number of kinds of things that were awarded to a supplier, by the first two digits of their classification, is above Q3 and not below the upper fence Q3 + 1.5 (Q3 - Q1), rounded up, of this number over all suppliers. Left out: awards to several suppliers together, and suppliers with awards in fewer than 20 processes, or as many as settings say.",
		"Who supplies everything may be no supplier of anything."},
	{"R058", "A winning price far below the next",
		"The lowest valid losing bid minus the winning bid, divided by the winning bid, is above Q3 and not below the upper fence Q3 + 1.5 (Q3 - Q1) of this ratio over all processes. Left out: processes as in R024.",
		"What was bought may not be what was asked for."},
}

// Flags computes red flags over the compiled releases of processes. The
// arithmetic is exact; the result does not depend on the machine.
func Flags(processes []*Node, s Settings) *FlagReport {
	r := &FlagReport{Flags: []Flag{}, Currency: s.Currency}
	f := &flagger{Settings: s, report: r, infos: map[string]FlagInfo{}}
	for _, info := range FlagInfos {
		f.infos[info.Code] = info
	}
	var looked []*process
	for _, n := range processes {
		p := &process{spot: spot{n, ""}, ocid: n.Get("ocid").Str()}
		r.Processes++
		if p.ocid == "" || s.excludes(p) {
			r.Excluded++
			continue
		}
		looked = append(looked, p)
	}
	if f.report.Currency == "" {
		f.report.Currency = firstCurrency(looked)
	}
	var lots []*process
	for _, p := range looked {
		shortTime(f, p)
		singleBid(f, p)
		lots = append(lots, p.lots()...)
	}
	for _, p := range lots {
		for _, one := range []func(*flagger, *process){samePrice, lateBid, othersOut, lowestOut} {
			one(f, p)
		}
	}
	priceGaps(f, lots)
	seldomWins(f, lots)
	manyDisqualified(f, looked)
	suppliesAll(f, looked)
	r.sort()
	return r
}

// sort puts flags in order and makes one of those about the same.
func (r *FlagReport) sort() {
	slices.SortStableFunc(r.Flags, func(a, b Flag) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Group, b.Group), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Lot, b.Lot))
	})
	out := r.Flags[:0]
	for _, f := range r.Flags {
		if n := len(out); n > 0 && out[n-1].Code == f.Code && out[n-1].Group == f.Group && out[n-1].ID == f.ID && out[n-1].Lot == f.Lot {
			out[n-1].Inputs = append(out[n-1].Inputs, f.Inputs...)
			continue
		}
		out = append(out, f)
	}
	r.Flags = out
	for i := range r.Flags {
		in := r.Flags[i].Inputs
		slices.SortStableFunc(in, func(a, b Input) int {
			return cmp.Or(cmp.Compare(a.OCID, b.OCID), cmp.Compare(a.Path, b.Path))
		})
		r.Flags[i].Inputs = slices.Compact(in)
	}
}

// A flagger raises flags into a report.
type flagger struct {
	Settings
	report *FlagReport
	infos  map[string]FlagInfo
}

func (f *flagger) raise(code string, g Group, id string, value, against *big.Rat, inputs []Input) {
	if !f.wants(code) || id == "" {
		return
	}
	info := f.infos[code]
	if info.Apart() {
		info.Definition += " " + LotsApart
	}
	f.report.Flags = append(f.report.Flags, Flag{
		Code: code, Title: info.Title, Group: g, ID: id, Value: value, Decimal: value.FloatString(4),
		Against: against, Definition: info.Definition, Inputs: inputs,
	})
}

// about raises a flag about a process, or about its lot.
func (f *flagger) about(p *process, code string, value, against *big.Rat, inputs []Input) {
	before := len(f.report.Flags)
	f.raise(code, Process, p.ocid, value, against, inputs)
	for i := range f.report.Flags[before:] {
		f.report.Flags[before+i].Lot = p.named
	}
}

// vouched reports whether a bid speaks for its tenderers: always, unless they name
// themselves; then if somebody found that it meets what is required.
func (f *flagger) vouched(b spot) bool {
	if !f.SelfDeclared || b.Get("status").Str() == "valid" {
		return true
	}
	responses := b.each("requirementResponses")
	return len(responses) > 0 && !slices.ContainsFunc(responses, func(r spot) bool { v := r.Get("value"); return v == nil || v.Kind != boolYes })
}

var (
	zero = new(big.Rat)
	one  = big.NewRat(1, 1)
)

// A process is the compiled release of one, or as much of it as is about a lot.
type process struct {
	spot
	ocid  string
	lot   string // that bids and awards are of; "" for all
	named string // lot, if it is not the only one
}

// lots are the parts of a process within which bids compete: the lots that bids name,
// in the order of the bids, or the process itself if they name none.
func (p *process) lots() (all []*process) {
	for _, b := range p.bids() {
		for _, id := range b.each("relatedLots") {
			if !slices.ContainsFunc(all, func(o *process) bool { return o.lot == id.ID() }) && id.ID() != "" {
				all = append(all, &process{spot: p.spot, ocid: p.ocid, lot: id.ID()})
			}
		}
	}
	if len(all) == 0 {
		return []*process{p}
	}
	for _, o := range all {
		if len(all) > 1 {
			o.named = o.lot
		}
	}
	return all
}

// ours are those of some bids or awards that are about the lot: those that name it,
// and those that name none.
func (p *process) ours(list []spot) []spot {
	return slices.DeleteFunc(list, func(s spot) bool {
		lots := s.Get("relatedLots")
		return p.lot != "" && len(lots.list()) > 0 && !lots.holds(p.lot)
	})
}

// inputs are places of the process.
func (p *process) inputs(spots ...spot) (in []Input) {
	for _, s := range spots {
		in = append(in, Input{p.ocid, s.path})
	}
	return in
}

func (p *process) bids() []spot { return p.ours(p.each("bids", "details")) }

// submitted are the bids that came: those invited or withdrawn did not.
func (p *process) submitted() []spot {
	return slices.DeleteFunc(p.bids(), func(b spot) bool {
		return !slices.Contains([]string{"pending", "valid", "disqualified"}, b.Get("status").Str())
	})
}

func (p *process) valid() []spot { return having(p.bids(), "valid") }

func having(list []spot, status string) (some []spot) {
	for _, s := range list {
		if s.Get("status").Str() == status {
			some = append(some, s)
		}
	}
	return some
}

// active are the awards in force. final says that no award can still change.
func (p *process) active() (awards []spot, final bool) {
	all := p.ours(p.each("awards"))
	final = !slices.ContainsFunc(all, func(a spot) bool {
		return !slices.Contains([]string{"active", "cancelled", "unsuccessful"}, a.Get("status").Str())
	})
	return having(all, "active"), final
}

// organizations are the ids in a list of references, each once, in order.
func organizations(list []spot) (ids []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if id := s.Get("id").ID(); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// tenderers are those of some bids.
func tenderers(bids ...spot) []string {
	var all []spot
	for _, b := range bids {
		all = append(all, b.each("tenderers")...)
	}
	return organizations(all)
}

// suppliers are those of some awards.
func suppliers(awards ...spot) []string {
	var all []spot
	for _, a := range awards {
		all = append(all, a.each("suppliers")...)
	}
	return organizations(all)
}

// price is the amount of a bid in a currency, nil if it has none.
func price(bid spot, currency string) *big.Rat {
	if bid.At("value", "currency").Str() != currency {
		return nil
	}
	r, _ := bid.At("value", "amount").Rat()
	return r
}

// firstCurrency is that of the first bid that has one.
func firstCurrency(processes []*process) string {
	for _, p := range processes {
		for _, b := range p.submitted() {
			if c := b.At("value", "currency").Str(); c != "" {
				return c
			}
		}
	}
	return ""
}
