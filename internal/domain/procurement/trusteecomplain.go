package procurement

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Complain is the body of procurement/trustee-complain: for one key, the shares
// that a trustee was dealt and that are wrong, with the evidence; an empty list
// says that none is. There is no answer to a complaint: the evidence decides.
type Complain struct {
	Complaints []Complaint `json:"complaints"`
	Envelope   string      `json:"envelope"`
	Lot        string      `json:"lot,omitzero"`
}

// Complaint opens what one dealer sent.
type Complaint struct {
	Dealer int              `json:"dealer"` // its number, from 1
	Secret sealed.BoxSecret `json:"secret"` // of the key that the trustee announced for this dealer
}

func checkComplain(e *machine.Entry, b *Complain) error {
	if len(b.Complaints) > sealed.MaxTrustees {
		return publica.Problem(publica.TooLarge, "body/complaints", "are more than there can be trustees")
	}
	for i, x := range b.Complaints {
		if slices.ContainsFunc(b.Complaints[:i], func(o Complaint) bool { return o.Dealer == x.Dealer }) {
			return publica.Problem(publica.Invalid, "body/complaints/"+strconv.Itoa(i)+"/dealer", "stands twice").WithHint("complain about each dealer once")
		}
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyComplain(tx *machine.Tx, e *machine.Entry, b *Complain) error {
	s, t, w, k, err := atStep(tx, e, ComplainStep, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	i, err := t.trusteeOf(e)
	if err != nil {
		return err
	}
	if k.Checked[i-1] {
		return again("has checked its shares")
	}
	c, dealt := s.CeremonyOf(e.Docket, &t, w, &k), DealsOf(tx, e.Docket, w, len(t.Trustees))
	var mine []sealed.Complaint
	for j, x := range b.Complaints {
		at := "body/complaints/" + strconv.Itoa(j)
		if x.Dealer < 1 || x.Dealer > len(dealt) || dealt[x.Dealer-1] == nil {
			return publica.Problem(publica.Invalid, at+"/dealer", "has dealt nothing").WithHint("who dealt nothing is left out of the key anyway")
		}
		mine = append(mine, sealed.Complaint{Dealer: x.Dealer, Secret: x.Secret, Trustee: i})
	}
	if len(mine) > 0 {
		if j, err := c.CheckComplaints(dealt, mine); err != nil {
			return under("body/complaints/"+strconv.Itoa(j), err)
		}
		k.Complaints = append(k.Complaints, mine...)
	}
	k.Checked[i-1] = true
	return took(tx, e, &s, w, k)
}
