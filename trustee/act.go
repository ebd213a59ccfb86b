package trustee

import (
	"slices"

	"publica"
	"publica/tender"
)

// The steps that a trustee takes.
const (
	Announce = "announce"
	Commit   = "commit"
	Deal     = "deal"
	Complain = "complain"
	Open     = "open"
	Destroy  = "destroy"
)

// An Act is one step for one key of a tender, and where bids are opened in
// confidence, for one bid. Destroy is about all keys of every attempt.
type Act struct {
	Step     string          `json:"step"`
	Attempt  int64           `json:"attempt"` // of the ceremony
	Envelope string          `json:"envelope,omitzero"`
	Lot      string          `json:"lot,omitzero"`
	Bid      publica.EntryID `json:"bid,omitzero"`
}

// Kind returns the kind of the record by which it is taken.
func (a Act) Kind() publica.Kind { return publica.Kind("procurement/" + a.Words()) }

// Words names the record by which it is taken.
func (a Act) Words() string {
	if a.Step == Open {
		return "open-share"
	}
	return "trustee-" + a.Step
}

// Due returns the acts of a key's owner that are due by the records, in the order
// in which they are to be taken, none if the tender does not name it as a trustee.
// What is on record already is not due again. Openings are due when
// [tender.Process.MayOpen] says so, and never before; destroying, when
// [tender.Process.MayDestroy] does.
func Due(p *tender.Process, key publica.KeyID) (acts []Act) {
	t, c := p.Terms(), p.Ceremony()
	if t == nil || c == nil {
		return nil
	}
	number := t.Trustee(key)
	if number == 0 {
		return nil
	}
	if p.MayDestroy(number) {
		return []Act{{Step: Destroy, Attempt: c.Attempt}}
	}
	for _, k := range c.Keys {
		act := Act{Step: p.Step, Attempt: c.Attempt, Envelope: k.Envelope, Lot: k.Lot}
		switch {
		case p.Stage == tender.InCeremony && stepDue(k, p.Step, number-1):
			acts = append(acts, act)
		case p.MayOpen(k):
			act.Step = Open
			acts = append(acts, openings(p, k, act, number)...)
		}
	}
	return acts
}

// stepDue reports whether the i-th trustee has to take the step that is going on.
func stepDue(k *tender.Key, step string, i int) bool {
	switch step {
	case Announce:
		return k.Announced[i].IsZero()
	case Commit:
		return k.Committed[i].IsZero()
	case Deal:
		return k.Dealt[i].IsZero() && !k.Committed[i].IsZero()
	case Complain:
		return k.Checked[i].IsZero()
	}
	return false
}

// openings returns what a trustee has to send for a key whose time has come: its
// share, or of every bid a partial decryption for the evaluators. What was proven
// wrong cannot be sent again.
func openings(p *tender.Process, k *tender.Key, act Act, number int) (acts []Act) {
	if p.Terms().Mode == tender.Confidential {
		if slices.Contains(k.Struck, number) {
			return nil
		}
		for _, b := range p.Counted(k.Lot) {
			if !b.SentBy(number, k.Envelope) {
				act.Bid = b.ID
				acts = append(acts, act)
			}
		}
		return acts
	}
	if slices.ContainsFunc(k.Shares, func(s *tender.Share) bool { return s.Trustee == number }) {
		return nil
	}
	return []Act{act}
}
