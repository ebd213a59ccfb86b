// Package profile is the one table of what differs between the profiles of
// tenders: the rules hold tenders to it, and package tender computes their clocks
// from it again. It is specified in spec/kinds/procurement.md.
//
// The package must not know a tender, a record or a register: rules import it, so
// it sees nothing but its own table.
package profile

import (
	"strings"

	"publica"
)

// Profile is the family of rules that a tender is held under.
type Profile string

const (
	SealedBidding Profile = "us-sealed-bidding" // FAR part 14: lowest responsive price, public opening
	Negotiated    Profile = "us-negotiated"     // FAR part 15: scored, losing offers never public
	Open          Profile = "ocds-open"         // an open tender as OCDS knows it

	// Practice is for training officers and vendors, and for demonstrations: the
	// whole of a tender within an hour. No law's periods apply to it, so nothing
	// may be bought under it that a law holds to periods.
	Practice Profile = "practice"
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

	BidDays        int64 // from the ceremony's last hour to the deadline, at least
	AmendDays      int64 // from an amendment, or a decision that reopens bidding, to the deadline, at least
	CureDays       int64 // to cure a bid, at most
	CureMinutes    int64 // and at least
	CommitHours    int64 // for evaluators to commit to scores; who does not is left out
	RevealHours    int64 // and then to reveal them
	StandstillDays int64 // from intent to award
	ProtestDays    int64 // from the intent, and again from an award, or an end without one
	DebriefDays    int64 // to protest, from the debriefing of one's own bid; 0: it starts no time
	RaisePercent   int64 // by which modifications may raise a contract over the value that was signed, together
	Embedded       bool  // trustees may be the buyer's own, if the tender says so
	NeedToKnow     bool  // how many bid, and who, is told to nobody while bids are taken
	Lawful         bool  // a law's periods apply; otherwise the dates need not leave time for a slow ceremony either
}

// ContractWaits reports whether no contract is made before the time to protest its
// award has run out. So it is where the law's stay comes after the award (FAR
// 33.103(f)(3), 33.104(c): performance is suspended), not as a standstill before it.
func (p *Policy) ContractWaits() bool { return p.Lawful && p.StandstillDays == 0 }

// Policies are the differences between the profiles. Sources: FAR 14.202-1 and
// 5.203 (30 days), 14.405 (minor informalities), 14.4 and 15.3; 4 CFR 21.2 (protests
// within ten days, of competitive proposals within ten after a debriefing); 14.401 and
// 15.207 (who bid, and how many, is need-to-know);
// Directive 2007/66/EC article 2a (ten days of standstill); Directive 2014/24/EU
// article 72(1)(b) and (c) (a modification raises no contract by more than half of its
// original value; here all of them together, for a sum cannot be split). FAR 43.103 and
// 6.001(c) ask that a modification stay within the scope of the contract and name no
// number: half is the bound beyond which no machine may take it to be. The hours of
// evaluators no law names, nor how long a bidder has at least to cure: two days are this
// project's, so that nothing is asked at a moment's notice. Practice has none: what it
// allows is what a lesson needs.
var Policies = []Policy{
	{SealedBidding, []Mode{Public}, 1, false, 30, 4, 5, 48 * 60, 0, 0, 0, 10, 0, 50, false, true, true},
	{Negotiated, []Mode{Confidential}, 2, true, 30, 4, 10, 48 * 60, 30 * 24, 7 * 24, 0, 10, 10, 50, false, true, true},
	{Open, []Mode{Public, Confidential}, 2, true, 10, 4, 10, 48 * 60, 30 * 24, 7 * 24, 10, 10, 0, 50, true, false, true},
	{Practice, []Mode{Public, Confidential}, 2, true, 0, 0, 10, 5, 24, 24, 0, 10, 0, 50, true, false, false},
}

// Most returns how much a contract may be worth at most after modifications, in the
// minor units in which the value that was signed is given.
func (p *Policy) Most(signed int64) int64 { return signed + signed*p.RaisePercent/100 }

// Policy returns what the profile asks.
func (p Profile) Policy() (Policy, error) {
	for _, policy := range Policies {
		if policy.Profile == p {
			return policy, nil
		}
	}
	return Policy{}, publica.Problem(publica.Invalid, "body/profile", "is missing or not a profile").WithHint("one of " + names())
}

func names() string {
	all := make([]string, len(Policies))
	for i := range Policies {
		all[i] = string(Policies[i].Profile)
	}
	return strings.Join(all, ", ")
}
