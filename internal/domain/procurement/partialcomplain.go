package procurement

import (
	"slices"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// PartialComplain is the body of procurement/partial-complain: the evidence that
// what a trustee sent an evaluator of a bid is not a proven partial decryption. The
// trustee's partials of the key count no more.
type PartialComplain struct {
	Bid      publica.EntryID  `json:"bid"`
	Envelope string           `json:"envelope"`
	Secret   sealed.BoxSecret `json:"secret"` // of the key announced for this trustee
	Trustee  int              `json:"trustee"`
}

// Reclosed is the body of the system record procurement/reclosed: too few trustees
// are left, so another has to open.
type Reclosed struct {
	Envelope string          `json:"envelope"`
	Lot      string          `json:"lot,omitzero"`
	Record   publica.EntryID `json:"record"` // the complaint
}

func checkPartialComplain(e *machine.Entry, b *PartialComplain) error {
	if b.Trustee < 1 || b.Trustee > sealed.MaxTrustees {
		return publica.Problem(publica.Invalid, "body/trustee", "is missing or not a trustee's number").WithHint("publish lists the trustees; the first is 1")
	}
	return machine.First(machine.InDocket(e), checkOne("body/bid", b.Bid), machine.CheckParts(e))
}

// struck refuses a trustee whose partials were proven wrong.
func (k *Keys) struck(trustee int) error {
	if slices.Contains(k.Struck, trustee) {
		return publica.Problem(publica.Conflict, "body/trustee", "was proven to have sent what opens nothing").WithHint("another trustee opens")
	}
	return nil
}

func applyPartialComplain(tx *machine.Tx, e *machine.Entry, b *PartialComplain) error {
	s, err := participant(tx, e, Closed, Opened, Compliance, Curing, Evaluation)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	member, err := t.evaluatorOf(e)
	if err != nil {
		return err
	}
	bid, err := aBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	w, err := s.slot(&t, s.Lots[bid.Lot].Name, b.Envelope)
	if err != nil {
		return err
	}
	k, _ := KeysOf(tx, e.Docket, w)
	if err := k.struck(b.Trustee); err != nil {
		return err
	}
	p, ok := partials.Get(tx, partialKey(e.Docket, w, b.Trustee-1, b.Bid))
	if !ok {
		return publica.Problem(publica.NotFound, "body/trustee", "sent nothing of this bid")
	}
	complaint := sealed.PartialComplaint{Member: member, Secret: b.Secret, Trustee: b.Trustee}
	if err := k.Key.CheckPartialComplaint(complaint, &sealed.Partial{Boxes: p.Boxes, Trustee: b.Trustee}, s.ContextOf(e.Docket, &t, &bid, w.Envelope), &bid.Envelopes[w.Envelope], k.Board); err != nil {
		return under("body", err)
	}
	opened, _ := s.openers(tx, e.Docket, &t, w, &k)
	k = k.copied()
	k.Struck = append(k.Struck, b.Trustee)
	keys.Put(tx, w.key(e.Docket), k)
	if left, _ := s.openers(tx, e.Docket, &t, w, &k); int64(len(opened)) > t.Threshold && int64(len(left)) <= t.Threshold {
		s.reclose(tx, e, &t, w)
	}
	put(tx, e.Docket, s)
	return nil
}

// reclose takes back that an envelope is open, for too few trustees are left who
// opened it: of prices, too, while the envelope before them is reclosed.
func (s *State) reclose(tx *machine.Tx, e *machine.Entry, t *Publish, w Slot) {
	lot := &s.Lots[w.Lot]
	lot.Opened = min(lot.Opened, int64(w.Envelope))
	s.Opened = min(s.Opened, int64(w.Envelope))
	if w.Envelope == 0 && s.Stage != Closed {
		s.Stage, s.Resume = Closed, s.Stage
	}
	s.await(tx, e.Docket, e.ID)
	tx.Emit(reclosedKind, e.Docket, Reclosed{t.EnvelopeNames()[w.Envelope], lot.Name, e.ID})
}
