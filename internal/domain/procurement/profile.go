package procurement

import (
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/tender/profile"
)

// What profiles differ in is told by package profile, to these rules and to whoever
// computes a tender again.
type (
	Profile = profile.Profile
	Mode    = profile.Mode
)

const (
	SealedBidding = profile.SealedBidding
	Negotiated    = profile.Negotiated
	Open          = profile.Open
	Practice      = profile.Practice

	Public       = profile.Public
	Confidential = profile.Confidential
)

// silenceHours pass, in every profile, until bidders may open their own envelopes,
// and then they have as many to do so.
const silenceHours = 72

// fit refuses terms that the profile does not know.
func fit(p *profile.Policy, b *Publish) error {
	switch {
	case !slices.Contains(p.Modes, b.Mode):
		return publica.Problem(publica.Invalid, "body/mode", "is not a mode of "+string(p.Profile)).WithHint("one of " + modes(p))
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

func modes(p *profile.Policy) string {
	names := make([]string, len(p.Modes))
	for i, m := range p.Modes {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
