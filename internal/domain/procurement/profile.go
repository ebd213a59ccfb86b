package procurement

import (
	"slices"
	"strconv"
	"strings"

	"publica"
)

// Profile is the family of rules that a tender is held under.
type Profile string

const (
	SealedBidding Profile = "us-sealed-bidding" // FAR part 14: lowest responsive price, public opening
	Negotiated    Profile = "us-negotiated"     // FAR part 15: scored, losing offers never public
	Open          Profile = "ocds-open"         // an open tender as OCDS knows it
)

// Mode says who may read bids once they are open.
type Mode string

const (
	Public       Mode = "public"
	Confidential Mode = "confidential" // the evaluators alone
)

// Policy is what a profile asks. Days are 24 hours of block time. A change here
// changes the law: tenders under way would be held to it.
type Policy struct {
	Profile Profile
	Modes   []Mode
	Maximum int  // envelopes of a bid
	Scored  bool // evaluators score criteria; otherwise the price alone decides

	BidDays        int64 // from publication to the deadline, at least
	CureDays       int64 // to cure a bid, at most
	StandstillDays int64 // from intent to award
	ProtestDays    int64 // from the intent, and again from an award
	Embedded       bool  // trustees may be the buyer's own, if the tender says so
}

// Policies are the differences between the profiles. Sources: FAR 14.202-1 and
// 5.203 (30 days), 14.405 (minor informalities), 14.4 and 15.3; 4 CFR 21.2 (protests
// within ten days); Directive 2007/66/EC article 2a (ten days of standstill).
var Policies = []Policy{
	{SealedBidding, []Mode{Public}, 1, false, 30, 5, 0, 10, false},
	{Negotiated, []Mode{Confidential}, 2, true, 30, 10, 0, 10, false},
	{Open, []Mode{Public, Confidential}, 2, true, 10, 10, 10, 10, true},
}

// What holds in every profile.
const (
	amendDays    = 4  // from an amendment to the deadline, at least
	silenceHours = 72 // until bidders may open their own envelopes, and then for them to do so
)

// Policy returns what the profile asks.
func (p Profile) Policy() (Policy, error) {
	for _, policy := range Policies {
		if policy.Profile == p {
			return policy, nil
		}
	}
	return Policy{}, publica.Problem(publica.Invalid, "body/profile", "is missing or not a profile").
		WithHint("one of us-sealed-bidding, us-negotiated, ocds-open")
}

// check refuses terms that the profile does not know.
func (p *Policy) check(b *Publish) error {
	switch {
	case !slices.Contains(p.Modes, b.Mode):
		return publica.Problem(publica.Invalid, "body/mode", "is not a mode of "+string(p.Profile)).WithHint("one of " + p.modes())
	case b.Envelopes < 1 || b.Envelopes > int64(p.Maximum):
		return publica.Problem(publica.Invalid, "body/envelopes", "is not between 1 and "+strconv.Itoa(p.Maximum)+", which "+string(p.Profile)+" has").
			WithHint("1: one envelope; 2: technical, then price")
	case b.Embedded && !p.Embedded:
		return publica.Problem(publica.Invalid, "body/embedded", "is not for "+string(p.Profile)+": most trustees are outside the buyer").
			WithHint("leave it out and name trustees of other bodies")
	case !p.Scored && len(b.Evaluators) > 0:
		return publica.Problem(publica.Invalid, "body/evaluators", "score nothing in "+string(p.Profile)+": the price decides").WithHint("leave them out")
	}
	return nil
}

func (p *Policy) modes() string {
	names := make([]string, len(p.Modes))
	for i, m := range p.Modes {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
