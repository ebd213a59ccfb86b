package procurement

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
	"publica/sealed"
	"publica/tender/currency"
	"publica/tender/profile"
)

// Publish is the body of procurement/publish: all that an evaluation will rest on.
// It takes effect when the trustees have made the keys; until then no bid can be
// sealed. From it on the docket's charter stands: who reviews, and who may take
// part. Parts: text (required), rules (what Rules is the hash of; required but for
// [BuiltInRules]), attachment-1 ….
type Publish struct {
	Ceremony   int64           `json:"ceremony_hours"` // of each step of the key ceremony, at most
	Criteria   []Criterion     `json:"criteria"`
	Currency   string          `json:"currency"` // ISO 4217; of every amount
	Deadline   publica.Time    `json:"deadline"` // the first instant at which no bid is taken
	Embedded   bool            `json:"embedded,omitzero"`
	Enquiries  publica.Time    `json:"enquiries"` // the first instant at which no question is taken
	Envelopes  int64           `json:"envelopes"` // 1, or 2: technical, then price
	Evaluators []publica.KeyID `json:"evaluators,omitempty"`
	Lots       []string        `json:"lots,omitempty"`
	Mode       Mode            `json:"mode"`
	Profile    Profile         `json:"profile"`
	Rules      sealed.Hash     `json:"rules"`     // SHA-256 of the compliance rule set
	Threshold  int64           `json:"threshold"` // so many trustees learn nothing, one more opens
	Trustees   []Trustee       `json:"trustees"`
}

// Trustee is one who keeps a share of the tender's keys.
type Trustee struct {
	Body publica.BodyID `json:"body"`
	Key  publica.KeyID  `json:"key"` // signs its records; holds some role for the body
}

// Criterion is what bids are judged by. Weights add up to 100.
type Criterion struct {
	ID     string `json:"id"`
	Least  int64  `json:"least,omitzero"` // mean of the points below which a bid is not acceptable
	Max    int64  `json:"max,omitzero"`   // points that an evaluator may give, of method points
	Method Method `json:"method"`
	Weight int64  `json:"weight,omitzero"` // per cent; may be absent where least is not
}

// Method is how a criterion is judged.
type Method string

const (
	Points Method = "points" // by evaluators, from the first envelope
	Price  Method = "price"  // computed, from the last envelope
)

// Limits of a tender.
const (
	MaxLots     = 8
	MaxCriteria = 20
	maxPoints   = 1000
	maxCeremony = 30 * 24 // hours
)

// BuiltInRules is the hash of the rule set after FASt Lane, which stands in package
// compliance for all to run: its text need not be given. These rules run no rule set,
// so they have no more of it.
const BuiltInRules = "f2b00e8864d9cbb47cb4c416f60b2ebbc00cd42ab5249a7c8fcd219d66ff7661"

var (
	idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

	publishParts = append([]machine.PartRule{{Name: "rules"}}, textParts...)
)

// EnvelopeNames returns the names of a bid's envelopes, in the order they open.
func (b *Publish) EnvelopeNames() []string { return envelopeNames(int(b.Envelopes)) }

func envelopeNames(n int) []string {
	if n == 1 {
		return []string{"bid"}
	}
	return []string{"technical", "price"}
}

// scored reports whether evaluators have something to score.
func (b *Publish) scored() bool {
	return slices.ContainsFunc(b.Criteria, func(c Criterion) bool { return c.Method == Points })
}

// points returns the criteria that evaluators score, in order.
func (b *Publish) points() (all []Criterion) {
	for _, c := range b.Criteria {
		if c.Method == Points {
			all = append(all, c)
		}
	}
	return all
}

func checkPublish(e *machine.Entry, b *Publish) error {
	policy, err := b.Profile.Policy()
	if err != nil {
		return err
	}
	if err := machine.First(machine.InDocket(e), machine.ForBody(e), fit(&policy, b), checkCriteria(b.Criteria), b.checkBoard(&policy), b.checkTrustees(), checkLots(b.Lots)); err != nil {
		return err
	}
	switch {
	case !currency.Known(b.Currency):
		return publica.Problem(publica.Invalid, "body/currency", "is missing or not a currency").WithHint("a code of ISO 4217 that open contracting data knows, for example USD")
	case b.Rules == sealed.Hash{}:
		return publica.Problem(publica.Invalid, "body/rules", "is missing").WithHint("the SHA-256 of the compliance rule set, which bidders run before they seal")
	case b.Ceremony < 1 || b.Ceremony > maxCeremony:
		return publica.Problem(publica.Invalid, "body/ceremony_hours", "is not between 1 and "+strconv.Itoa(maxCeremony))
	}
	return machine.First(checkDates(b.Enquiries, b.Deadline), machine.CheckParts(e, publishParts...), givesRules(e, b.Rules))
}

// givesRules refuses a rule set of which nothing is given but its hash: bidders run it
// before they seal, and anyone afterwards.
func givesRules(e *machine.Entry, pinned sealed.Hash) error {
	if p, _ := e.Part("rules"); p.Size == 0 && pinned.String() != BuiltInRules {
		return publica.Problem(publica.Invalid, "content", "lacks the part rules, of which body/rules is the hash: nobody could run them").
			WithHint("give the rule set as the part rules, or pin the built-in one, " + BuiltInRules)
	}
	return nil
}

func checkDates(enquiries, deadline publica.Time) error {
	switch {
	case deadline <= 0 || deadline >= docket.Year10000:
		return publica.Problem(publica.Invalid, "body/deadline", "is missing or out of range").WithHint("a time before the year 10000")
	case enquiries <= 0 || enquiries > deadline:
		return publica.Problem(publica.Invalid, "body/enquiries", "is missing or after the deadline").WithHint("questions end before the deadline, so that answers can still be read")
	}
	return nil
}

func checkCriteria(all []Criterion) error {
	sum, seen := int64(0), map[string]bool{}
	if len(all) == 0 || len(all) > MaxCriteria {
		return publica.Problem(publica.Invalid, "body/criteria", "are not 1 to "+strconv.Itoa(MaxCriteria))
	}
	for i, c := range all {
		at := "body/criteria/" + strconv.Itoa(i)
		switch {
		case !idPattern.MatchString(c.ID) || seen[c.ID]:
			return publica.Problem(publica.Invalid, at+"/id", "is not an id, or stands twice").WithHint("1 to 32 of a-z, 0-9, dot, hyphen and underscore, for example quality")
		case c.Method != Points && c.Method != Price:
			return publica.Problem(publica.Invalid, at+"/method", "is missing or not a method").WithHint("points: evaluators score it; price: it is computed")
		case c.Method == Points && (c.Max < 1 || c.Max > maxPoints), c.Method == Price && c.Max != 0:
			return publica.Problem(publica.Invalid, at+"/max", "is not what the method asks").WithHint("1 to " + strconv.Itoa(maxPoints) + " for points, absent for price")
		case c.Least < 0 || c.Least > c.Max:
			return publica.Problem(publica.Invalid, at+"/least", "is not between 0 and max")
		case c.Weight < 0 || c.Weight > 100 || c.Weight == 0 && c.Least == 0:
			return publica.Problem(publica.Invalid, at+"/weight", "is not between 1 and 100 per cent").WithHint("weights are whole per cent that add up to 100")
		}
		seen[c.ID] = true
		sum += c.Weight
	}
	if sum != 100 {
		return publica.Problem(publica.Invalid, "body/criteria", "have weights that add up to "+strconv.FormatInt(sum, 10)+", want 100").WithHint("change the weights")
	}
	return nil
}

// checkBoard refuses evaluators without points to give, and points without them.
func (b *Publish) checkBoard(p *profile.Policy) error {
	switch {
	case b.scored() && !p.Scored:
		return publica.Problem(publica.Invalid, "body/criteria", "are scored, and in "+string(p.Profile)+" the price decides").WithHint("one criterion of method price and weight 100")
	case len(b.Evaluators) == 0 && (b.scored() || b.Mode == Confidential):
		return publica.Problem(publica.Invalid, "body/evaluators", "is missing").WithHint("name the keys of those who score, or in confidential mode read, the bids")
	case len(b.Evaluators) > 0 && !b.scored() && b.Mode == Public:
		return publica.Problem(publica.Invalid, "body/evaluators", "have nothing to score").WithHint("give them a criterion of method points, or leave them out")
	}
	for i, k := range b.Evaluators {
		if !b.Embedded && slices.ContainsFunc(b.Trustees, func(t Trustee) bool { return t.Key == k }) {
			return publica.Problem(publica.Invalid, "body/evaluators/"+strconv.Itoa(i), "is a trustee too: who opens does not judge").WithHint("name somebody else")
		}
	}
	return checkIDs("body/evaluators", b.Evaluators, sealed.MaxMembers)
}

func (b *Publish) checkTrustees() error {
	n := len(b.Trustees)
	if n < sealed.MinTrustees || n > sealed.MaxTrustees {
		return publica.Problem(publica.Invalid, "body/trustees", "are "+strconv.Itoa(n)+", want "+strconv.Itoa(sealed.MinTrustees)+" to "+strconv.Itoa(sealed.MaxTrustees))
	}
	if b.Threshold < 1 || b.Threshold >= int64(n) {
		return publica.Problem(publica.Invalid, "body/threshold", "is not between 1 and "+strconv.Itoa(n-1)).
			WithHint("so many trustees learn nothing, and one more opens")
	}
	for i, t := range b.Trustees {
		at := "body/trustees/" + strconv.Itoa(i)
		held := int64(0)
		for _, other := range b.Trustees[:i+1] {
			if other.Body == t.Body {
				held++
			}
		}
		switch {
		case t.Key.IsZero() || slices.ContainsFunc(b.Trustees[:i], func(o Trustee) bool { return o.Key == t.Key }):
			return publica.Problem(publica.Invalid, at+"/key", "is missing or stands twice").WithHint("each trustee signs with a key of its own")
		case held > b.Threshold && !b.Embedded:
			return publica.Problem(publica.Invalid, at+"/body", "would have more trustees than the threshold: it could open alone").
				WithHint("name trustees of more bodies, or raise the threshold")
		}
	}
	return nil
}

func checkLots(lots []string) error {
	if len(lots) > MaxLots {
		return publica.Problem(publica.TooLarge, "body/lots", "are more than "+strconv.Itoa(MaxLots)).WithHint("each lot has keys of its own; publish further lots as another tender")
	}
	for i, l := range lots {
		if !idPattern.MatchString(l) || slices.Contains(lots[:i], l) {
			return publica.Problem(publica.Invalid, "body/lots/"+strconv.Itoa(i), "is not an id, or stands twice").
				WithHint("1 to 32 of a-z, 0-9, dot, hyphen and underscore, for example lot-1")
		}
	}
	return nil
}

func applyPublish(tx *machine.Tx, e *machine.Entry, b *Publish) error {
	d, s, err := officer(tx, e, Draft)
	if err != nil {
		return err
	}
	if s.Plan.IsZero() {
		return publica.Problem(publica.Early, "docket", "has no plan").WithHint("say first what is to be bought, with procurement/plan")
	}
	if err := machine.First(b.independent(tx, &d), b.inTime(tx), reviewed(&d, b.Embedded)); err != nil {
		return err
	}
	s = State{Attempt: s.Attempt + 1, Plan: s.Plan, Published: e.ID, Register: e.Register, Round: 1, Stage: Ceremony, Text: textHash(sealed.Hash{}, e.ID)}
	for _, name := range b.lots() {
		s.Lots = append(s.Lots, Lot{Name: name})
	}
	docket.Fix(tx, e.Docket, e.ID)
	terms.Put(tx, e.Docket[:], *b)
	s.begin(tx, e.Docket, b, AnnounceStep)
	put(tx, e.Docket, s)
	return nil
}

// lots returns the lots: one without a name if the tender has none.
func (b *Publish) lots() []string {
	if len(b.Lots) == 0 {
		return []string{""}
	}
	return b.Lots
}

// independent refuses trustees whom the register does not know, and trustees most
// of whom are the buyer's own, unless the tender says so.
func (b *Publish) independent(tx *machine.Tx, d *docket.State) error {
	own := 0
	for i, t := range b.Trustees {
		at := "body/trustees/" + strconv.Itoa(i)
		if err := identity.RequireBody(tx, at+"/body", t.Body); err != nil {
			return err
		}
		if len(identity.RolesOf(tx, t.Body, t.Key)) == 0 {
			return publica.Problem(publica.Forbidden, at+"/key", "holds no role for its body").WithHint("the body grants it one with identity/grant, for example member")
		}
		if t.Body == d.Lead {
			own++
		}
	}
	if !b.Embedded && 2*own >= len(b.Trustees) {
		return publica.Problem(publica.Invalid, "body/trustees", "are not for the most part outside the buyer").
			WithHint("name trustees of other bodies; ocds-open and practice may say embedded, and are then not independent")
	}
	return nil
}

// inTime refuses dates that leave too little time when every step of the ceremony
// takes as long as it may. Where no law's periods apply they need only be to come:
// if keys are made after the deadline, the tender ends without bids.
func (b *Publish) inTime(tx *machine.Tx) error {
	policy, err := b.Profile.Policy()
	if err != nil {
		return err
	}
	keys := tx.Time()
	if policy.Lawful {
		keys = keys.Add(time.Duration(len(steps)) * time.Duration(b.Ceremony) * time.Hour)
	}
	if earliest := keys.Add(days(policy.BidDays)); b.Deadline < earliest {
		return publica.Problem(publica.Invalid, "body/deadline", "must be at least "+strconv.FormatInt(policy.BidDays, 10)+" days after the ceremony's last hour, by "+string(b.Profile)).
			WithHint("set it to " + earliest.String() + " or later")
	}
	if b.Enquiries <= keys {
		return publica.Problem(publica.Invalid, "body/enquiries", "is before the ceremony's last hour: nobody could ask").WithHint("set it after " + keys.String())
	}
	return nil
}

// reviewed refuses a tender of which nobody but the buyer decides protests.
func reviewed(d *docket.State, embedded bool) error {
	if len(d.Charter.Reviewers) == 0 || !embedded && slices.Contains(d.Charter.Reviewers, d.Lead) {
		return publica.Problem(publica.Invalid, "docket", "has a charter without a review body other than the buyer").
			WithHint("name reviewers with docket/amend-charter: they decide protests")
	}
	return nil
}

// textHash is what bids are bound to: a chain over publish and each amendment.
func textHash(before sealed.Hash, id publica.EntryID) sealed.Hash {
	return digest("publica tender text v1", before[:], id[:])
}
