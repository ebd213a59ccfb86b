package procurement

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
	"publica/tender/profile"
)

// Contract is the body of procurement/contract. Its value is the award's, and its
// milestones add up to it. Parts: text (required), attachment-1 ….
type Contract struct {
	Award      publica.EntryID `json:"award"`
	Ends       publica.Time    `json:"ends"`
	Milestones []Milestone     `json:"milestones"`
	Starts     publica.Time    `json:"starts"`
	Value      Money           `json:"value"`
}

// Milestone is what is delivered and paid together.
type Milestone struct {
	Due   publica.Time `json:"due"`
	ID    string       `json:"id"`
	Value int64        `json:"value"` // minor units of the contract's currency; 0: nothing is paid for it
}

// Agreement is a contract as it stands.
type Agreement struct {
	Award      publica.EntryID   `json:"award"`
	Ends       publica.Time      `json:"ends"`
	Lot        int               `json:"lot"`
	Milestones []AgreedMilestone `json:"milestones"`
	Modified   int64             `json:"modified,omitzero"`
	Over       AgreementEnd      `json:"over,omitzero"` // none while it runs
	Paid       int64             `json:"paid,omitzero"` // minor units
	Signed     int64             `json:"signed"`        // its value as it was awarded, minor units
	Starts     publica.Time      `json:"starts"`
	Supplier   publica.KeyID     `json:"supplier"`
	Value      int64             `json:"value"` // as modified, minor units
}

// AgreedMilestone is a milestone as it stands.
type AgreedMilestone struct {
	Milestone
	Accepted publica.EntryID `json:"accepted,omitzero"`
	Paid     int64           `json:"paid,omitzero"`
	Reached  publica.EntryID `json:"reached,omitzero"` // the latest record that says so, none once it is refused
}

// AgreementEnd is how a contract ended.
type AgreementEnd string

const (
	CarriedOut AgreementEnd = "complete"   // every milestone is accepted and paid
	Terminated AgreementEnd = "terminated" // what was accepted can still be paid
)

// MaxMilestones of a contract.
const MaxMilestones = 64

var agreements = machine.NewTable[Agreement]("procurement-contract") // docket ‖ entry

// AgreementOf returns a contract as it stands.
func AgreementOf(tx *machine.Tx, in publica.DocketID, id publica.EntryID) (Agreement, bool) {
	a, ok := agreements.Get(tx, machine.Key(in[:], id[:]))
	a.Milestones = slices.Clone(a.Milestones)
	return a, ok
}

func putAgreement(tx *machine.Tx, in publica.DocketID, id publica.EntryID, a Agreement) {
	agreements.Put(tx, machine.Key(in[:], id[:]), a)
}

func checkContract(e *machine.Entry, b *Contract) error {
	if err := checkTerm(b.Starts, b.Ends); err != nil {
		return err
	}
	if len(b.Milestones) == 0 {
		return publica.Problem(publica.Invalid, "body/milestones", "is missing").WithHint("one at least: the delivery of everything")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/award", b.Award), b.Value.check("body/value", 1), checkMilestones(b.Milestones), machine.CheckParts(e, textParts...))
}

func checkTerm(starts, ends publica.Time) error {
	switch {
	case starts <= 0 || starts >= docket.Year10000:
		return publica.Problem(publica.Invalid, "body/starts", "is missing or out of range").WithHint("a time before the year 10000")
	case ends <= starts || ends >= docket.Year10000:
		return publica.Problem(publica.Invalid, "body/ends", "is missing, out of range, or not after starts").WithHint("a time after starts")
	}
	return nil
}

func checkMilestones(all []Milestone) error {
	if len(all) > MaxMilestones {
		return publica.Problem(publica.TooLarge, "body/milestones", "are more than "+strconv.Itoa(MaxMilestones))
	}
	for i, m := range all {
		at := "body/milestones/" + strconv.Itoa(i)
		switch {
		case !idPattern.MatchString(m.ID) || slices.ContainsFunc(all[:i], func(o Milestone) bool { return o.ID == m.ID }):
			return publica.Problem(publica.Invalid, at+"/id", "is not an id, or stands twice").WithHint("1 to 32 of a-z, 0-9, dot, hyphen and underscore, for example delivery-1")
		case m.Due <= 0 || m.Due >= docket.Year10000:
			return publica.Problem(publica.Invalid, at+"/due", "is missing or out of range").WithHint("the first instant at which it is late")
		case m.Value < 0 || m.Value > maxAmount:
			return publica.Problem(publica.Invalid, at+"/value", "is not an amount in minor units").WithHint("a whole number of minor units: 12500 for 125.00")
		}
	}
	return nil
}

func applyContract(tx *machine.Tx, e *machine.Entry, b *Contract) error {
	_, s, err := officer(tx, e, Awarding, Contracting)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.Lots, func(l Lot) bool { return l.Award == b.Award })
	if i < 0 {
		return publica.Problem(publica.NotFound, "body/award", "is not an award of this tender that stands").WithHint("name it by the entry id of its procurement/award")
	}
	lot := &s.Lots[i]
	t, _ := TermsOf(tx, e.Docket)
	policy, err := t.Profile.Policy()
	if err != nil {
		return err
	}
	if err := machine.First(s.stayed(), s.require(Contracting), s.waited(&policy), b.Value.in(&t, "body/value")); err != nil {
		return err
	}
	a := Agreement{Award: b.Award, Ends: b.Ends, Lot: i, Signed: b.Value.Amount, Starts: b.Starts, Value: b.Value.Amount}
	for _, m := range b.Milestones {
		a.Milestones = append(a.Milestones, AgreedMilestone{Milestone: m})
	}
	switch {
	case !lot.Contract.IsZero():
		return publica.Problem(publica.Conflict, "body/award", "has its contract, "+lot.Contract.String())
	case b.Value.Amount != lot.Value:
		return publica.Problem(publica.Conflict, "body/value", "is not that of the award, "+strconv.FormatInt(lot.Value, 10)).WithHint("contract as awarded; procurement/modify changes it in the open")
	}
	if err := a.addsUp(); err != nil {
		return err
	}
	winner, _ := BidOf(tx, e.Docket, lot.Winner)
	a.Supplier = winner.Author
	putAgreement(tx, e.Docket, e.ID, a)
	lot.Contract = e.ID
	s.Running++
	s.signed(tx, e.Docket)
	put(tx, e.Docket, s)
	return nil
}

// waited refuses a contract while its award may be protested, where the law stays
// what comes after the award and knows no standstill before it.
func (s *State) waited(p *profile.Policy) error {
	if until := s.protestUntil(anyBid); p.ContractWaits() && until > 0 {
		return publica.Problem(publica.Early, "docket", "has an award that may be protested until "+until.String()+": no contract is recorded before").
			WithHint("record it then; a protest in time stays it (FAR 33.103(f)(3), 33.104(c))")
	}
	return nil
}

// signed goes on when every lot that is not given up has its contract.
func (s *State) signed(tx *machine.Tx, in publica.DocketID) {
	if s.Stage != Contracting || !s.every(func(l *Lot) bool { return !l.Contract.IsZero() }) {
		return
	}
	s.Stage = Implementation
	if s.Running == 0 {
		s.end(tx, in, Completed, "", publica.EntryID{})
	}
}

// addsUp refuses milestones that do not come to the contract's value.
func (a *Agreement) addsUp() error {
	var sum int64
	for _, m := range a.Milestones {
		sum += m.Value
	}
	if sum != a.Value {
		return publica.Problem(publica.Invalid, "body/milestones", "add up to "+strconv.FormatInt(sum, 10)+", the contract's value is "+strconv.FormatInt(a.Value, 10))
	}
	return nil
}

// running returns the contract that a record names, while it runs.
func running(tx *machine.Tx, e *machine.Entry, id publica.EntryID) (Agreement, error) {
	a, ok := AgreementOf(tx, e.Docket, id)
	switch {
	case !ok:
		return a, publica.Problem(publica.NotFound, "body/contract", "is not a contract of this tender").WithHint("name it by the entry id of its procurement/contract")
	case a.Over != "":
		return a, publica.Problem(publica.Late, "body/contract", "is over: "+string(a.Over))
	}
	return a, nil
}

// milestone returns the milestone of that id.
func (a *Agreement) milestone(id string) (*AgreedMilestone, error) {
	for i := range a.Milestones {
		if a.Milestones[i].ID == id {
			return &a.Milestones[i], nil
		}
	}
	return nil, publica.Problem(publica.NotFound, "body/milestone", "is not a milestone of this contract").WithHint("the contract, as modified, lists their ids")
}

// carriedOut reports whether everything is accepted and paid.
func (a *Agreement) carriedOut() bool {
	return a.Paid == a.Value && !slices.ContainsFunc(a.Milestones, func(m AgreedMilestone) bool { return m.Accepted.IsZero() })
}

// keep puts a contract on record, and ends it when everything is accepted and paid.
func keep(tx *machine.Tx, e *machine.Entry, s State, id publica.EntryID, a Agreement) {
	if a.Over == "" && a.carriedOut() {
		a.Over = CarriedOut
		s.over(tx, e.Docket)
	}
	putAgreement(tx, e.Docket, id, a)
	put(tx, e.Docket, s)
}

// over ends a contract, and the tender with the last of them.
func (s *State) over(tx *machine.Tx, in publica.DocketID) {
	s.Running--
	if s.Running == 0 && s.Stage == Implementation {
		s.end(tx, in, Completed, "", publica.EntryID{})
	}
}
