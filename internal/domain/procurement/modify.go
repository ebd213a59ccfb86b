package procurement

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Modify is the body of procurement/modify: what a contract is from here on.
// Milestones are all that are not accepted; those that are stay as they were. All
// modifications together raise a contract by no more than the profile says: what is
// more is another purchase. The part reason is required.
type Modify struct {
	Contract   publica.EntryID `json:"contract"`
	Ends       publica.Time    `json:"ends"`
	Milestones []Milestone     `json:"milestones"`
	Value      Money           `json:"value"`
}

func checkModify(e *machine.Entry, b *Modify) error {
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/contract", b.Contract), b.Value.check("body/value", 1), checkMilestones(b.Milestones), machine.CheckParts(e, reasonRequired...))
}

func applyModify(tx *machine.Tx, e *machine.Entry, b *Modify) error {
	_, s, err := officer(tx, e, Contracting, Implementation)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	if err := b.Value.in(&t, "body/value"); err != nil {
		return err
	}
	a, err := running(tx, e, b.Contract)
	if err != nil {
		return err
	}
	if err := machine.First(checkTerm(a.Starts, b.Ends), a.raised(&t, b.Value.Amount)); err != nil {
		return err
	}
	before := a.Milestones
	a.Milestones = slices.DeleteFunc(slices.Clone(before), func(m AgreedMilestone) bool { return m.Accepted.IsZero() })
	for i, m := range b.Milestones {
		if _, err := a.milestone(m.ID); err == nil {
			return publica.Problem(publica.Conflict, "body/milestones/"+strconv.Itoa(i)+"/id", "is accepted, or stands twice").WithHint("leave out what is accepted: it stays")
		}
		a.Milestones = append(a.Milestones, carried(before, m))
	}
	if len(a.Milestones) > MaxMilestones {
		return publica.Problem(publica.TooLarge, "body/milestones", "are more than "+strconv.Itoa(MaxMilestones)+", those accepted included").WithHint("put several deliveries into one")
	}
	a.Ends, a.Value = b.Ends, b.Value.Amount
	a.Modified++
	if err := a.addsUp(); err != nil {
		return err
	}
	keep(tx, e, s, b.Contract, a)
	return nil
}

// raised refuses a value too far over the one that was signed.
func (a *Agreement) raised(t *Publish, value int64) error {
	policy, _ := t.Profile.Policy() // publish checked it
	if most := policy.Most(a.Signed); value > most {
		return publica.Problem(publica.Conflict, "body/value", "is more than "+strconv.FormatInt(policy.RaisePercent, 10)+" per cent over the value that was signed, "+strconv.FormatInt(a.Signed, 10)).
			WithHint("at most " + strconv.FormatInt(most, 10) + "; buy what is more in another tender")
	}
	return nil
}

// carried returns a milestone with what was said of it before, if it did not change.
func carried(before []AgreedMilestone, m Milestone) AgreedMilestone {
	for _, old := range before {
		if old.Milestone == m {
			return old
		}
	}
	return AgreedMilestone{Milestone: m}
}
