package evaluation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"publica"
)

// Bounds of a record; with them every sum fits 64 bits.
const (
	maxSize   = 1 << 20 // bytes
	maxList   = 1000    // criteria, evaluators or bids
	maxWeight = 1000    // of one criterion, or of the price
	maxScore  = 10_000
	maxAmount = 1<<53 - 1
)

// A Record is all that a ranking follows from.
type Record struct {
	Tender     string      `json:"tender,omitempty"` // for the reader
	Method     Method      `json:"method"`
	Criteria   []Criterion `json:"criteria"`
	Evaluators []string    `json:"evaluators"`
	Bids       []Bid       `json:"bids"`
	Scores     []Score     `json:"scores"`
	Lots       []string    `json:"lots,omitempty"` // bids in the order in which lots were drawn for a tie
}

// A Method is how bids are compared.
type Method struct {
	Kind     string `json:"kind"`               // [LowestPrice] or [BestValue]
	Currency string `json:"currency"`           // of all prices
	Price    int64  `json:"price,omitzero"`     // weight of the price, of [BestValue]
	Rounding string `json:"rounding,omitempty"` // [HalfUp], of [BestValue]
	Unit     int64  `json:"precision,omitzero"` // parts into which a point is divided, of [BestValue]: 1, 10, 100 or 1000
}

// The methods.
const (
	// LowestPrice awards to the lowest price among technically acceptable bids
	// (FAR 15.101-2): those that reach the least of every criterion.
	LowestPrice = "lowest-price-technically-acceptable"
	// BestValue awards to the most points, of the criteria and of the price
	// (FAR 15.101-1): the lowest price gets all points of the price, others the
	// share that it is of theirs.
	BestValue = "best-value-weighted"
	// HalfUp rounds to the nearest part of a point, halves up.
	HalfUp = "half-up"
)

// A Criterion is what evaluators score from 0 to Most.
type Criterion struct {
	ID     string `json:"id"`
	Title  string `json:"title,omitempty"`
	Weight int64  `json:"weight,omitzero"` // points for full scores, of [BestValue]
	Most   int64  `json:"most"`
	Least  int64  `json:"least,omitzero"` // mean score below which a bid is not acceptable
}

// A Bid is what is offered for which price.
type Bid struct {
	ID       string `json:"id"`
	Price    int64  `json:"price"`              // in minor units of the method's currency, 1 or more
	Excluded string `json:"excluded,omitempty"` // why it does not take part; "" if it does
}

// A Score is what an evaluator gave a bid on a criterion.
type Score struct {
	Bid       string `json:"bid"`
	Criterion string `json:"criterion"`
	Evaluator string `json:"evaluator"`
	Score     int64  `json:"score"`
	Reason    string `json:"reason,omitempty"` // commitment to the reason: SHA-256 in hexadecimal
}

var (
	name       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	commitment = regexp.MustCompile(`^[0-9a-f]{64}$`)
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Parse reads a record and checks it. The error is a [publica.Error] that names
// the field and the cure.
func Parse(text []byte) (*Record, error) {
	if len(text) > maxSize {
		return nil, publica.Problem(publica.TooLarge, "", fmt.Sprintf("a record of an evaluation has at most %d bytes", maxSize))
	}
	r := &Record{}
	if err := publica.DecodeStrict(text, r, ""); err != nil {
		return nil, err
	}
	r.sort()
	return r, r.Check()
}

// sort brings scores into the order of bid, criterion and evaluator: their order
// in the text means nothing.
func (r *Record) sort() {
	slices.SortStableFunc(r.Scores, func(a, b Score) int { return slices.Compare(a.key(), b.key()) })
}

func (s Score) key() []string { return []string{s.Bid, s.Criterion, s.Evaluator} }

// Canonical returns the record in its RFC 8785 form: scores in order, and what is
// zero or empty left out.
func (r *Record) Canonical() ([]byte, error) { return publica.Canonical(r) }

// Check refuses a record from which no ranking follows.
func (r *Record) Check() error {
	for _, check := range []func() error{r.Method.check, r.checkCriteria, r.checkEvaluators, r.checkBids, r.checkLots, r.checkScores} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m Method) check() error {
	if !currency.MatchString(m.Currency) {
		return publica.Problem(publica.Invalid, "method/currency", fmt.Sprintf("%q is not a currency", m.Currency)).WithHint("want a code of ISO 4217, for example USD")
	}
	switch m.Kind {
	case LowestPrice:
		if m.Price != 0 || m.Rounding != "" || m.Unit != 0 {
			return publica.Problem(publica.Invalid, "method", "has a weight, rounding or precision, though only the price counts").WithHint("leave out price, rounding and precision")
		}
		return nil
	case BestValue:
		switch {
		case m.Price < 0 || m.Price > maxWeight:
			return publica.Problem(publica.Invalid, "method/price", fmt.Sprintf("is %d, not from 0 to %d", m.Price, maxWeight))
		case m.Rounding != HalfUp:
			return publica.Problem(publica.Unsupported, "method/rounding", fmt.Sprintf("%q is not a rounding known here", m.Rounding)).WithHint("want " + HalfUp)
		case !slices.Contains([]int64{1, 10, 100, 1000}, m.Unit):
			return publica.Problem(publica.Invalid, "method/precision", fmt.Sprintf("is %d", m.Unit)).WithHint("want 1, 10, 100 or 1000: the parts into which a point is divided")
		}
		return nil
	}
	return publica.Problem(publica.Unsupported, "method/kind", fmt.Sprintf("%q is not a method known here", m.Kind)).WithHint("want " + LowestPrice + " or " + BestValue)
}

// checkName refuses an id that is none, or stands twice.
func checkName(at, id string, seen []string) error {
	if !name.MatchString(id) {
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is not an id", id)).WithHint("want letters, digits, '.', '_' and '-', at most 64")
	}
	if slices.Contains(seen, id) {
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q stands twice", id))
	}
	return nil
}

func checkCount(at string, n int) error {
	if n < 1 || n > maxList {
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("are %d, not from 1 to %d", n, maxList))
	}
	return nil
}

func (r *Record) checkCriteria() error {
	if err := checkCount("criteria", len(r.Criteria)); err != nil {
		return err
	}
	var seen []string
	for i, c := range r.Criteria {
		at := fmt.Sprintf("criteria/%d", i)
		if err := checkName(at+"/id", c.ID, seen); err != nil {
			return err
		}
		seen = append(seen, c.ID)
		switch {
		case c.ID == "price":
			return publica.Problem(publica.Invalid, at+"/id", "is what the price's weight is called").WithHint("choose another id")
		case c.Most < 1 || c.Most > maxScore:
			return publica.Problem(publica.Invalid, at+"/most", fmt.Sprintf("is %d, not from 1 to %d", c.Most, maxScore))
		case c.Least < 0 || c.Least > c.Most:
			return publica.Problem(publica.Invalid, at+"/least", fmt.Sprintf("is %d, not from 0 to %d", c.Least, c.Most))
		case c.Weight < 0 || c.Weight > maxWeight:
			return publica.Problem(publica.Invalid, at+"/weight", fmt.Sprintf("is %d, not from 0 to %d", c.Weight, maxWeight))
		case r.Method.Kind == LowestPrice && c.Weight != 0:
			return publica.Problem(publica.Invalid, at+"/weight", "stands though only the price counts").WithHint("leave it out; \"least\" says what is acceptable")
		}
	}
	return nil
}

func (r *Record) checkEvaluators() error {
	if err := checkCount("evaluators", len(r.Evaluators)); err != nil {
		return err
	}
	for i, e := range r.Evaluators {
		if err := checkName(fmt.Sprintf("evaluators/%d", i), e, r.Evaluators[:i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Record) checkBids() error {
	if err := checkCount("bids", len(r.Bids)); err != nil {
		return err
	}
	var seen []string
	for i, b := range r.Bids {
		at := fmt.Sprintf("bids/%d", i)
		if err := checkName(at+"/id", b.ID, seen); err != nil {
			return err
		}
		seen = append(seen, b.ID)
		if b.Price < 1 || b.Price > maxAmount {
			return publica.Problem(publica.Invalid, at+"/price", fmt.Sprintf("is %d, not from 1 to %d", b.Price, int64(maxAmount))).WithHint("want minor units, for example cents")
		}
	}
	return nil
}

func (r *Record) checkLots() error {
	for i, id := range r.Lots {
		at := fmt.Sprintf("lots/%d", i)
		if r.bid(id) < 0 {
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is no bid of the record", id))
		}
		if slices.Contains(r.Lots[:i], id) {
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q stands twice", id))
		}
	}
	return nil
}

func (r *Record) bid(id string) int {
	return slices.IndexFunc(r.Bids, func(b Bid) bool { return b.ID == id })
}

func (r *Record) criterion(id string) int {
	return slices.IndexFunc(r.Criteria, func(c Criterion) bool { return c.ID == id })
}

// checkScores refuses scores out of range, twice given, of nobody, and missing
// ones of bids that take part.
func (r *Record) checkScores() error {
	for i, s := range r.Scores {
		at := "scores/" + s.place()
		switch c := r.criterion(s.Criterion); {
		case r.bid(s.Bid) < 0:
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is no bid of the record", s.Bid))
		case c < 0:
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is no criterion of the record", s.Criterion))
		case !slices.Contains(r.Evaluators, s.Evaluator):
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q is no evaluator of the record", s.Evaluator))
		case s.Score < 0 || s.Score > r.Criteria[c].Most:
			return publica.Problem(publica.Invalid, at, fmt.Sprintf("is %d, not from 0 to %d", s.Score, r.Criteria[c].Most))
		case s.Reason != "" && !commitment.MatchString(s.Reason):
			return publica.Problem(publica.Invalid, at, "has a reason that is no commitment").WithHint("want SHA-256 in hexadecimal, 64 digits")
		case i > 0 && slices.Equal(r.Scores[i-1].key(), s.key()):
			return publica.Problem(publica.Invalid, at, "stands twice")
		}
	}
	for _, b := range r.Bids {
		for _, c := range r.Criteria {
			for _, e := range r.Evaluators {
				if b.Excluded == "" && r.score(b.ID, c.ID, e) < 0 {
					return publica.Problem(publica.Invalid, "scores/"+Score{Bid: b.ID, Criterion: c.ID, Evaluator: e}.place(), "is missing").
						WithHint("every evaluator scores every criterion of every bid that is not excluded")
				}
			}
		}
	}
	return nil
}

// place names a score as bid/criterion/evaluator.
func (s Score) place() string { return strings.Join(s.key(), "/") }

// score is the index of a score, -1 if it is not there. Scores are sorted.
func (r *Record) score(bid, criterion, evaluator string) int {
	i, found := slices.BinarySearchFunc(r.Scores, []string{bid, criterion, evaluator}, func(s Score, key []string) int { return slices.Compare(s.key(), key) })
	if !found {
		return -1
	}
	return i
}
