package trustee

import (
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
)

// An Act is one step for one key of a tender, and where bids are opened in
// confidence, for one bid.
type Act struct {
	Step     string          `json:"step"`
	Attempt  int64           `json:"attempt"` // of the ceremony
	Envelope string          `json:"envelope"`
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
// in which they are to be taken: of a trustee all, of an evaluator of a confidential
// tender its announcements. What is on record already is not due again. Openings are
// due when [tender.Process.MayOpen] says so, and never before.
func Due(p *tender.Process, key publica.KeyID) (acts []Act) {
	t, c := p.Terms(), p.Ceremony()
	if t == nil || c == nil {
		return nil
	}
	trustee, evaluator := t.Trustee(key)-1, t.Evaluator(key)-1
	for _, k := range c.Keys {
		act := Act{Step: p.Step, Attempt: c.Attempt, Envelope: k.Envelope, Lot: k.Lot}
		switch {
		case p.Stage == tender.InCeremony && trustee >= 0 && stepDue(k, p.Step, trustee):
			acts = append(acts, act)
		case p.Stage == tender.InCeremony && trustee < 0 && boardDue(k, p.Step, evaluator):
			acts = append(acts, act)
		case trustee >= 0 && p.MayOpen(k):
			act.Step = Open
			acts = append(acts, openings(p, k, act, trustee+1)...)
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

// boardDue reports whether the i-th evaluator has to announce; only confidential
// tenders have boards.
func boardDue(k *tender.Key, step string, i int) bool {
	return step == Announce && i >= 0 && i < len(k.Board) && k.Board[i].IsZero()
}

// openings returns what a trustee has to send for a key whose time has come: its
// share, or of every bid a partial decryption for the evaluators. What was proven
// wrong cannot be sent again.
func openings(p *tender.Process, k *tender.Key, act Act, number int) (acts []Act) {
	if p.Terms().Mode == tender.Confidential {
		for _, n := range k.Struck {
			if n == number {
				return nil
			}
		}
		for _, b := range p.Counted(k.Lot) {
			if !b.SentBy(number, k.Envelope) {
				act.Bid = b.ID
				acts = append(acts, act)
			}
		}
		return acts
	}
	for _, s := range k.Shares {
		if s.Trustee == number {
			return nil
		}
	}
	return []Act{act}
}
