package procurement

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// Destroy is the body of procurement/trustee-destroy: a trustee declares that it has
// destroyed all that it kept of the keys, of every attempt, when the tender is over
// and nothing can reopen it. It is a word: nobody can prove it, and of copies it
// says nothing.
type Destroy struct{}

// SharesDestroyed is the body of the system record procurement/shares-destroyed: so
// many have declared it that those who are left can open nothing.
type SharesDestroyed struct {
	Threshold int64 `json:"threshold"`
	Trustees  []int `json:"trustees"` // who declared it, sorted
}

const sharesDestroyedKind publica.Kind = "procurement/shares-destroyed"

func checkDestroy(e *machine.Entry, _ *Destroy) error {
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyDestroy(tx *machine.Tx, e *machine.Entry, _ *Destroy) error {
	s, err := participant(tx, e, Cancelled, Unsuccessful)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	i, err := t.trusteeOf(e)
	if err != nil {
		return err
	}
	switch {
	case s.Protests > 0 || s.protestUntil(anyBid) > 0:
		return publica.Problem(publica.Early, "docket", "may still be reopened: a protest is open, or can still come").
			WithHint("wait for the decision, or for the clock protest to run out")
	case slices.Contains(s.Destroyed, i):
		return publica.Problem(publica.Conflict, "author", "has declared it already")
	}
	s.Destroyed = slices.Sorted(slices.Values(append(slices.Clone(s.Destroyed), i)))
	if int64(len(t.Trustees)-len(s.Destroyed)) == t.Threshold {
		tx.Emit(sharesDestroyedKind, e.Docket, SharesDestroyed{t.Threshold, s.Destroyed})
	}
	put(tx, e.Docket, s)
	return nil
}
