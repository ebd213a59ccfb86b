package sealed

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/secretsharing"

	"publica"
)

// Records are what a register holds of a ceremony when its last period is over.
type Records struct {
	Commitments []Hash      // by dealer; zero where none came in time
	Deals       []*Deal     // by dealer; nil where none was revealed in time
	Complaints  []Complaint // in the order of the log
}

// A Fault is what went wrong at one trustee, for all to see.
type Fault struct {
	Cause   Cause `json:"cause"`
	Trustee int   `json:"trustee"`
}

// A Cause says what a trustee did or left undone. All but the last take its deal
// out of the key.
type Cause string

// The causes.
const (
	NoCommitment   Cause = "no-commitment"   // committed to no deal in time
	NoDeal         Cause = "no-deal"         // revealed no deal in time
	BadDeal        Cause = "bad-deal"        // revealed one that fails CheckDeal
	BadShare       Cause = "bad-share"       // sent somebody what is not the share: a complaint was justified
	FalseComplaint Cause = "false-complaint" // complained without reason
)

// A Key is the outcome of a ceremony. Everybody computes the same from the
// records.
type Key struct {
	Ceremony  Hash    `json:"ceremony"`
	Public    Point   `json:"public"`    // Y: envelopes are sealed to it
	Qualified []int   `json:"qualified"` // the dealers whose deals make the key
	Shares    []Point `json:"shares"`    // by trustee: what commits to its share of the key
	Threshold int     `json:"threshold"`
}

// Finish computes the key from what is on record, and what everyone did wrong,
// by trustee. It refuses if fewer dealers qualify than may conspire, threshold:
// then none of them might be honest.
func (c *Ceremony) Finish(r Records) (*Key, []Fault, error) {
	if err := c.Check(); err != nil {
		return nil, nil, under("ceremony", err)
	}
	if len(r.Commitments) != len(c.Trustees) || len(r.Deals) != len(c.Trustees) {
		return nil, nil, publica.Problem(publica.Invalid, "", "are not records of as many dealers as there are trustees")
	}
	k := &Key{Ceremony: c.ID(), Threshold: c.Threshold}
	faults := c.judge(r)
	for dealer := 1; dealer <= len(c.Trustees); dealer++ {
		if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Trustee == dealer && f.Cause != FalseComplaint }) {
			k.Qualified = append(k.Qualified, dealer)
		}
	}
	if len(k.Qualified) <= c.Threshold {
		return nil, faults, publica.Problem(publica.Conflict, "", "only "+strconv.Itoa(len(k.Qualified))+" dealers qualify, want more than "+strconv.Itoa(c.Threshold)).
			WithHint("begin the ceremony anew, without the trustees at fault")
	}
	return k, faults, c.sum(k, r.Deals)
}

// judge lists the faults, by trustee and then by cause, each once.
func (c *Ceremony) judge(r Records) (faults []Fault) {
	for i, d := range r.Deals {
		switch dealer := i + 1; {
		case r.Commitments[i] == Hash{}:
			faults = append(faults, Fault{NoCommitment, dealer})
		case d == nil:
			faults = append(faults, Fault{NoDeal, dealer})
		case c.CheckDeal(dealer, r.Commitments[i], d) != nil:
			faults = append(faults, Fault{BadDeal, dealer})
		}
	}
	out := slices.Clone(faults) // complaints about these change nothing
	for _, x := range r.Complaints {
		if x.checkIndexes(len(r.Deals)) != nil || slices.ContainsFunc(faults, func(f Fault) bool { return f.Trustee == x.Dealer }) {
			continue
		}
		if c.checkComplaint(r.Deals[x.Dealer-1], x) == nil {
			out = append(out, Fault{BadShare, x.Dealer})
		} else {
			out = append(out, Fault{FalseComplaint, x.Trustee})
		}
	}
	slices.SortFunc(out, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Trustee, b.Trustee), cmp.Compare(a.Cause, b.Cause))
	})
	return slices.Compact(out)
}

// sum adds the qualified deals up.
func (c *Ceremony) sum(k *Key, deals []*Deal) error {
	total := make([]group.Element, c.Threshold+1)
	for i := range total {
		total[i] = curve.Identity()
	}
	for _, dealer := range k.Qualified {
		points, err := c.points(deals[dealer-1])
		if err != nil {
			return err
		}
		for i, p := range points {
			total[i].Add(total[i], p)
		}
	}
	k.Public = pointOf(total[0])
	for i := range c.Trustees {
		k.Shares = append(k.Shares, pointOf(committedAt(total, i+1)))
	}
	return k.Check()
}

// Check checks that the key is one: its numbers, its points, and that what the
// shares commit to is a polynomial of degree threshold whose constant term is
// Public. That it belongs to a ceremony only [Ceremony.Finish] shows.
func (k *Key) Check() error {
	n := len(k.Shares)
	if n < MinTrustees || n > MaxTrustees || k.Threshold < 1 || k.Threshold >= n {
		return publica.Problem(publica.Invalid, "threshold", "does not fit the number of trustees")
	}
	for i, q := range k.Qualified {
		if q < 1 || q > n || i > 0 && q <= k.Qualified[i-1] {
			return publica.Problem(publica.Invalid, "qualified", "is not a list of trustees in order")
		}
	}
	if len(k.Qualified) <= k.Threshold {
		return publica.Problem(publica.Invalid, "qualified", "are not more than the threshold")
	}
	if _, err := k.Public.element("public"); err != nil {
		return err
	}
	return k.checkPolynomial()
}

func (k *Key) checkPolynomial() error {
	places, values := make([]int, len(k.Shares)), make([]group.Element, len(k.Shares))
	for i, s := range k.Shares {
		var err error
		if values[i], err = s.element("shares/" + strconv.Itoa(i)); err != nil {
			return err
		}
		places[i] = i + 1
	}
	first := k.Threshold + 1
	at := func(x int) Point { return pointOf(interpolate(places[:first], values[:first], x)) }
	if at(0) != k.Public {
		return publica.Problem(publica.Unverified, "public", "is not what the shares make")
	}
	for i := first; i < len(k.Shares); i++ {
		if at(i+1) != k.Shares[i] {
			return publica.Problem(publica.Unverified, "shares/"+strconv.Itoa(i), "does not belong to the others")
		}
	}
	return nil
}

// A Share is a trustee's share of the key. Publishing it is how a trustee opens;
// before the deadline that is a breach, which [Key.CheckShare] proves.
type Share struct {
	Trustee int    `json:"trustee"`
	Value   Scalar `json:"value"`
}

// Share adds up what the qualified dealers sent a trustee; secrets are those of
// its announcement. The records must be those that made the key.
func (c *Ceremony) Share(k *Key, trustee int, deals []*Deal, secrets []BoxSecret) (s Share, err error) {
	if err := checkIndex(trustee, len(c.Trustees), "trustee"); err != nil {
		return s, err
	}
	if len(deals) != len(c.Trustees) || len(secrets) != len(c.Trustees) {
		return s, publica.Problem(publica.Invalid, "", "are not deals and secrets of as many dealers as there are trustees")
	}
	if k.Ceremony != c.ID() {
		return s, publica.Problem(publica.Invalid, "ceremony", "is not the one that made the key")
	}
	sum := curve.NewScalar()
	for _, dealer := range k.Qualified {
		part, err := c.part(dealer, trustee, deals, secrets)
		if err != nil {
			return s, under("deals/"+strconv.Itoa(dealer-1), err)
		}
		sum.Add(sum, part)
	}
	s = Share{Trustee: trustee, Value: scalarOf(sum)}
	return s, k.CheckShare(s)
}

// part is what one dealer sent a trustee.
func (c *Ceremony) part(dealer, trustee int, deals []*Deal, secrets []BoxSecret) (group.Scalar, error) {
	if err := checkIndex(dealer, len(deals), ""); err != nil {
		return nil, err
	}
	if deals[dealer-1] == nil {
		return nil, publica.Problem(publica.Invalid, "", "is missing").WithHint("every deal that makes the key is on the register")
	}
	value, err := c.OpenShare(dealer, trustee, deals[dealer-1], secrets[dealer-1])
	if err != nil {
		return nil, err
	}
	return value.number("")
}

// CheckShare checks a published share against what commits to it.
func (k *Key) CheckShare(s Share) error {
	if err := checkIndex(s.Trustee, len(k.Shares), "trustee"); err != nil {
		return err
	}
	value, err := s.Value.number("value")
	if err != nil {
		return err
	}
	if pointOf(timesBase(value)) != k.Shares[s.Trustee-1] {
		return publica.Problem(publica.Unverified, "value", "is not the trustee's share of this key")
	}
	return nil
}

// Combine makes the opening of all envelopes from valid shares of t+1 trustees,
// or more. It refuses a share that is not valid, and one that stands twice.
func (k *Key) Combine(shares []Share) (*Opening, error) {
	var parts []secretsharing.Share
	for i, s := range shares {
		field := "shares/" + strconv.Itoa(i)
		if err := k.CheckShare(s); err != nil {
			return nil, under(field, err)
		}
		if slices.ContainsFunc(shares[:i], func(o Share) bool { return o.Trustee == s.Trustee }) {
			return nil, publica.Problem(publica.Conflict, field+"/trustee", "stands twice")
		}
		value, err := s.Value.number(field)
		if err != nil {
			return nil, err
		}
		parts = append(parts, secretsharing.Share{ID: small(s.Trustee), Value: value})
	}
	if len(parts) <= k.Threshold {
		return nil, tooFew(len(parts), k.Threshold)
	}
	x, err := secretsharing.Recover(uint(k.Threshold), parts)
	if err != nil {
		return nil, &publica.Error{Code: publica.Unverified, Field: "shares", Message: "do not combine", Err: err}
	}
	if pointOf(timesBase(x)) != k.Public {
		return nil, publica.Problem(publica.Unverified, "shares", "do not make the key")
	}
	return &Opening{key: k, secret: x}, nil
}

func tooFew(n, threshold int) error {
	return publica.Problem(publica.Unverified, "shares", "are of "+strconv.Itoa(n)+" trustees, and "+strconv.Itoa(threshold+1)+" open").
		WithHint("wait for more trustees, or have each bidder reveal the secret of its envelope")
}
