package tender

import (
	"slices"

	"publica"
)

func (p *Process) contract(r *Record, s *Step) error {
	var b struct {
		Award      publica.EntryID `json:"award"`
		Ends       publica.Time    `json:"ends"`
		Milestones []*Milestone    `json:"milestones"`
		Starts     publica.Time    `json:"starts"`
		Value      Money           `json:"value"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	for _, l := range p.Lots {
		if l.Award == nil || l.Award.ID != b.Award {
			continue
		}
		c := &Contract{Mark: r.mark(), Award: b.Award, Lot: l.Name, Starts: b.Starts, Ends: b.Ends, Signed: b.Value, Value: b.Value, Milestones: b.Milestones,
			Supplier: p.Bid(l.Award.Bid).Author, award: l.Award}
		c.ordered()
		p.Contracts, l.Contract, s.Subject = append(p.Contracts, c), c, b.Award
		p.signed()
		return nil
	}
	return r.unknown("the award " + b.Award.String())
}

// signed goes on when every lot that is not given up has its contract. That nothing
// is left to carry out a record of its own says.
func (p *Process) signed() {
	if p.Stage == Contracting && p.every(func(l *Lot) bool { return l.Contract != nil }) {
		p.Stage = Implementation
	}
}

// agreed returns the contract and the milestone that a record names.
func (p *Process) agreed(r *Record, s *Step) (*Contract, *Milestone, error) {
	var b struct {
		Contract  publica.EntryID `json:"contract"`
		Milestone string          `json:"milestone"`
	}
	if err := r.decode(&b); err != nil {
		return nil, nil, err
	}
	s.Subject, s.Text = b.Contract, b.Milestone
	for _, c := range p.Contracts {
		if c.ID != b.Contract {
			continue
		}
		if b.Milestone == "" {
			return c, nil, nil
		}
		if m := c.Milestone(b.Milestone); m != nil {
			return c, m, nil
		}
		return nil, nil, r.unknown("the milestone " + b.Milestone)
	}
	return nil, nil, r.unknown("the contract " + b.Contract.String())
}

// Milestone returns the milestone of that id, nil if there is none.
func (c *Contract) Milestone(id string) *Milestone {
	i := slices.IndexFunc(c.Milestones, func(m *Milestone) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return c.Milestones[i]
}

// ordered notes milestones that are new, in their order.
func (c *Contract) ordered() {
	for _, m := range c.Milestones {
		if !slices.Contains(c.order, m.ID) {
			c.order = append(c.order, m.ID)
		}
	}
}

// agreedOn returns all milestones that there ever were, each as it stands or as it
// was dropped.
func (c *Contract) agreedOn() (all []*Milestone) {
	for _, id := range c.order {
		m := c.Milestone(id)
		for _, x := range slices.Backward(c.dropped) {
			if m == nil && x.ID == id {
				m = x
			}
		}
		all = append(all, m)
	}
	return all
}

// Paid returns what was paid so far, in minor units.
func (c *Contract) Paid() (sum int64) {
	for _, x := range c.Payments {
		sum += x.Amount.Amount
	}
	return sum
}

// carriedOut notes that everything is accepted and paid.
func (c *Contract) carriedOut(r *Record) {
	open := func(m *Milestone) bool { return m.Accepted.IsZero() }
	if c.Terminated == nil && c.Completed.IsZero() && c.Paid() == c.Value.Amount && !slices.ContainsFunc(c.Milestones, open) {
		c.Completed = r.mark()
	}
}

func (p *Process) milestone(r *Record, s *Step) error {
	_, m, err := p.agreed(r, s)
	if err != nil {
		return err
	}
	m.Reached = r.mark()
	return nil
}

func (p *Process) accept(r *Record, s *Step) error {
	c, m, err := p.agreed(r, s)
	if err != nil {
		return err
	}
	var b struct {
		Refused bool `json:"refused"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	if b.Refused {
		m.Refused, m.Reached = append(m.Refused, r.mark()), Mark{}
		c.refused = append(c.refused, failure{r.mark(), m.ID})
		return nil
	}
	m.Accepted = r.mark()
	c.carriedOut(r)
	return nil
}

func (p *Process) payment(r *Record, s *Step) error {
	c, m, err := p.agreed(r, s)
	if err != nil {
		return err
	}
	x := &Payment{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	m.Paid += x.Amount.Amount
	c.Payments = append(c.Payments, x)
	c.carriedOut(r)
	return nil
}

func (p *Process) modify(r *Record, s *Step) error {
	c, _, err := p.agreed(r, s)
	if err != nil {
		return err
	}
	var b struct {
		Ends       publica.Time `json:"ends"`
		Milestones []*Milestone `json:"milestones"`
		Value      Money        `json:"value"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	before := c.Milestones
	c.Milestones = slices.DeleteFunc(slices.Clone(before), func(m *Milestone) bool { return m.Accepted.IsZero() })
	for _, m := range b.Milestones {
		c.Milestones = append(c.Milestones, carried(before, m))
	}
	for _, m := range before {
		if !slices.Contains(c.Milestones, m) {
			c.dropped = append(c.dropped, m)
		}
	}
	c.ordered()
	c.Changes = append(c.Changes, &Modification{r.mark(), b.Ends, c.Value, b.Value})
	c.Ends, c.Value = b.Ends, b.Value
	c.carriedOut(r)
	return nil
}

// carried returns a milestone with what was said of it before, if it did not change.
func carried(before []*Milestone, m *Milestone) *Milestone {
	for _, old := range before {
		if old.ID == m.ID && old.Due == m.Due && old.Value == m.Value {
			return old
		}
	}
	return m
}

func (p *Process) terminate(r *Record, s *Step) error {
	c, _, err := p.agreed(r, s)
	if err != nil {
		return err
	}
	c.Terminated = &Termination{Mark: r.mark()}
	err = r.decode(c.Terminated)
	s.Text = c.Terminated.Code
	return err
}
