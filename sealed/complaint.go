package sealed

import "publica"

// A Complaint is a trustee's word that what a dealer sent it is not its share,
// with the evidence: the secret of the one key that this dealer encrypted to.
// Everybody opens the box with it. It opens nothing else, so a false complaint
// costs its author one share of one dealer, in public, and its good name.
type Complaint struct {
	Dealer  int       `json:"dealer"`
	Secret  BoxSecret `json:"secret"`
	Trustee int       `json:"trustee"` // who complains
}

// CheckComplaint returns nil if the complaint is justified: the secret is that
// of the announced key, and what the dealer encrypted to it is not the share
// that the deal commits to. The deal must have passed [Ceremony.CheckDeal].
func (c *Ceremony) CheckComplaint(d *Deal, x Complaint) error {
	if err := c.Check(); err != nil {
		return under("ceremony", err)
	}
	return c.checkComplaint(d, x)
}

// CheckComplaints is [Ceremony.CheckComplaint] for many, of which each names a dealer
// whose deal is there; it checks the ceremony once. With an error it returns the place
// of the complaint that is not justified.
func (c *Ceremony) CheckComplaints(deals []*Deal, all []Complaint) (at int, err error) {
	if err := c.Check(); err != nil {
		return 0, under("ceremony", err)
	}
	for i, x := range all {
		if err := c.checkComplaint(deals[x.Dealer-1], x); err != nil {
			return i, err
		}
	}
	return 0, nil
}

func (c *Ceremony) checkComplaint(d *Deal, x Complaint) error {
	if err := x.checkIndexes(len(c.Trustees)); err != nil {
		return err
	}
	if x.Secret.Public() != c.Trustees[x.Trustee-1].Boxes[x.Dealer-1] {
		return publica.Problem(publica.Unverified, "secret", "is not that of the key which the trustee announced for this dealer")
	}
	if _, err := c.OpenShare(x.Dealer, x.Trustee, d, x.Secret); err == nil {
		return publica.Problem(publica.Unverified, "", "is false: what the dealer sent is the trustee's share")
	}
	return nil
}

func (x Complaint) checkIndexes(n int) error {
	if err := checkIndex(x.Dealer, n, "dealer"); err != nil {
		return err
	}
	return checkIndex(x.Trustee, n, "trustee")
}
