package evaluation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"publica"
)

// A Change is one thing that is otherwise than in the record.
type Change struct {
	Kind      ChangeKind
	Bid       string
	Criterion string
	Evaluator string
	To        int64 // the new score, price or weight
}

// A ChangeKind says what is changed, and so which members a [Change] has.
type ChangeKind string

// The kinds of changes.
const (
	SetScore       ChangeKind = "score"        // bid, criterion, evaluator, to
	SetPrice       ChangeKind = "price"        // bid, to
	SetWeight      ChangeKind = "weight"       // criterion, to
	SetPriceWeight ChangeKind = "price-weight" // to
	Exclude        ChangeKind = "exclude"      // bid
	Admit          ChangeKind = "admit"        // bid
)

// String is the change in words, as a [Comparison] names it.
func (c Change) String() string {
	switch c.Kind {
	case SetScore:
		return fmt.Sprintf("score %s/%s/%s=%d", c.Bid, c.Criterion, c.Evaluator, c.To)
	case SetPrice:
		return fmt.Sprintf("price %s=%d", c.Bid, c.To)
	case SetWeight:
		return fmt.Sprintf("weight %s=%d", c.Criterion, c.To)
	case SetPriceWeight:
		return fmt.Sprintf("price-weight %d", c.To)
	}
	return string(c.Kind) + " " + c.Bid
}

// excludedByReplay is the reason of an exclusion that nobody recorded.
const excludedByReplay = "excluded by the replay"

// A Comparison is an evaluation as it was and as it would be.
type Comparison struct {
	Record  string   `json:"record"` // SHA-256 of the canonical record, in hexadecimal
	Changes []string `json:"changes"`
	Changed bool     `json:"changed"` // whether the award would be another
	Before  *Ranking `json:"before"`
	After   *Ranking `json:"after"`
	Rows    []Row    `json:"rows"` // in the order of the ranking after
}

// A Row is one bid before and after.
type Row struct {
	Bid    string `json:"bid"`
	Before Rank   `json:"before"`
	After  Rank   `json:"after"`
}

// Canonical returns the comparison in its RFC 8785 form.
func (c *Comparison) Canonical() ([]byte, error) { return publica.Canonical(c) }

// Hash is SHA-256 of the canonical record, in hexadecimal.
func (r *Record) Hash() (string, error) {
	raw, err := r.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Replay ranks a record as it is and with the changes, made in their order. The
// error says which change cannot be made.
func (r *Record) Replay(changes []Change) (*Comparison, error) {
	hash, err := r.Hash()
	if err != nil {
		return nil, err
	}
	other := r.clone()
	names := []string{}
	for _, c := range changes {
		if err := other.change(c, c.String()); err != nil {
			return nil, err
		}
		names = append(names, c.String())
	}
	if err := other.Check(); err != nil {
		return nil, err
	}
	out := &Comparison{Record: hash, Changes: names, Before: r.Rank(), After: other.Rank()}
	out.Changed = out.Before.Award != out.After.Award || !slices.Equal(out.Before.Tied, out.After.Tied)
	for _, after := range out.After.Ranks {
		i := slices.IndexFunc(out.Before.Ranks, func(b Rank) bool { return b.Bid == after.Bid })
		out.Rows = append(out.Rows, Row{after.Bid, out.Before.Ranks[i], after})
	}
	return out, nil
}

func (r *Record) clone() *Record {
	c := *r
	c.Criteria, c.Bids, c.Scores = slices.Clone(r.Criteria), slices.Clone(r.Bids), slices.Clone(r.Scores)
	return &c
}

func (r *Record) change(c Change, at string) error {
	switch c.Kind {
	case SetScore:
		i := r.score(c.Bid, c.Criterion, c.Evaluator)
		if i < 0 {
			return publica.Problem(publica.NotFound, at, fmt.Sprintf("the record has no score %s/%s/%s", c.Bid, c.Criterion, c.Evaluator)).
				WithHint("want bid/criterion/evaluator as the record names them")
		}
		r.Scores[i].Score = c.To
		return nil
	case SetWeight:
		i := r.criterion(c.Criterion)
		if i < 0 {
			return publica.Problem(publica.NotFound, at, fmt.Sprintf("the record has no criterion %q", c.Criterion)).WithHint("it has " + r.criteriaNames())
		}
		r.Criteria[i].Weight = c.To
		return nil
	case SetPriceWeight:
		r.Method.Price = c.To
		return nil
	case SetPrice, Exclude, Admit:
		return r.changeBid(c, at)
	}
	return publica.Problem(publica.Unsupported, at, fmt.Sprintf("%q is not a change known here", c.Kind))
}

func (r *Record) changeBid(c Change, at string) error {
	i := r.bid(c.Bid)
	if i < 0 {
		return publica.Problem(publica.NotFound, at, fmt.Sprintf("the record has no bid %q", c.Bid)).WithHint("it has " + r.bidNames())
	}
	b := &r.Bids[i]
	switch {
	case c.Kind == SetPrice:
		b.Price = c.To
	case c.Kind == Admit && b.Excluded == "":
		return publica.Problem(publica.Conflict, at, fmt.Sprintf("bid %q is not excluded", c.Bid))
	case c.Kind == Admit:
		b.Excluded = ""
	case b.Excluded != "":
		return publica.Problem(publica.Conflict, at, fmt.Sprintf("bid %q is excluded already: %s", c.Bid, b.Excluded))
	default:
		b.Excluded = excludedByReplay
	}
	return nil
}

func (r *Record) criteriaNames() (names string) {
	for i, c := range r.Criteria {
		names += comma(i) + c.ID
	}
	return names
}

func (r *Record) bidNames() (names string) {
	for i, b := range r.Bids {
		names += comma(i) + b.ID
	}
	return names
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}
