package tender

import (
	"publica"
	"publica/sealed"
)

func newCeremony(attempt int64, r *Record, t *Terms) *Ceremony {
	c := &Ceremony{Attempt: attempt, Publish: r.mark()}
	n := len(t.Trustees)
	for _, lot := range t.LotNames() {
		for _, envelope := range t.EnvelopeNames() {
			k := &Key{Envelope: envelope, Lot: lot, Announced: make([]Mark, n), Committed: make([]Mark, n), Dealt: make([]Mark, n), Checked: make([]Mark, n),
				boxes: make([]sealed.Announcement, n), records: sealed.Records{Commitments: make([]sealed.Hash, n), Deals: make([]*sealed.Deal, n)}}
			if t.Mode == Confidential {
				k.Board, k.boardBoxes, k.letters = make([]Mark, len(t.Evaluators)), make([]sealed.Announcement, len(t.Evaluators)), make([]sealed.BoxKey, len(t.Evaluators))
			}
			c.Keys = append(c.Keys, k)
		}
	}
	return c
}

// Ceremony returns the attempt that counts, nil before publish.
func (p *Process) Ceremony() *Ceremony {
	if len(p.Ceremonies) == 0 {
		return nil
	}
	return p.Ceremonies[len(p.Ceremonies)-1]
}

// Key returns the key of an envelope of a lot, nil if there is none.
func (p *Process) Key(lot, envelope string) *Key {
	c := p.Ceremony()
	if c == nil {
		return nil
	}
	for _, k := range c.Keys {
		if k.Lot == lot && k.Envelope == envelope {
			return k
		}
	}
	return nil
}

func (p *Process) turned(r *Record, s *Step) error {
	x := &CeremonyStep{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	c := p.Ceremony()
	if c == nil {
		return r.unknown("a ceremony")
	}
	c.Steps = append(c.Steps, x)
	p.Step, s.Text = x.Step, x.Step
	p.start(r, CeremonyClock, c.Publish.ID, none, x.Ends)
	return nil
}

func (p *Process) failed(r *Record, s *Step) error {
	x := &Failure{Mark: r.mark()}
	if err := r.decode(x); err != nil {
		return err
	}
	c := p.Ceremony()
	if c == nil {
		return r.unknown("a ceremony")
	}
	c.Failed = x
	p.stop(r, CeremonyClock, none)
	p.Stage, p.Step, s.Text = Draft, "", x.Step
	return nil
}

func (p *Process) published(r *Record, s *Step) error {
	var b struct {
		Deadline  publica.Time    `json:"deadline"`
		Enquiries publica.Time    `json:"enquiries"`
		Keys      []PublishedKey  `json:"keys"`
		Record    publica.EntryID `json:"record"`
		Text      sealed.Hash     `json:"text"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	c := p.Ceremony()
	if c == nil || c.Publish.ID != b.Record || b.Text != p.Text() {
		return r.unknown("a publish")
	}
	for i := range b.Keys {
		k := p.Key(b.Keys[i].Lot, b.Keys[i].Envelope)
		if k == nil {
			return r.unknown("a key")
		}
		k.Published = &b.Keys[i]
	}
	c.Published = r.mark()
	p.stop(r, CeremonyClock, none)
	p.Stage, p.Step, s.Subject = Bidding, "", b.Record
	if b.Deadline > 0 {
		p.Terms().Deadline, p.Terms().Enquiries = b.Deadline, b.Enquiries
	}
	p.dates(r, b.Record)
	return nil
}

// step returns the key that a record of a ceremony is about and the place of its
// author among the trustees.
func (p *Process) step(r *Record, s *Step, lot, envelope string) (*Key, int, error) {
	k := p.Key(lot, envelope)
	if k == nil {
		return nil, 0, r.unknown("the key of " + envelope)
	}
	s.Text = envelope
	return k, p.Terms().Trustee(r.Author) - 1, nil
}

func (p *Process) announced(r *Record, s *Step) error {
	var b Announce
	if err := r.decode(&b); err != nil {
		return err
	}
	k, i, err := p.step(r, s, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	a := sealed.Announcement{Boxes: b.Boxes}
	if j := p.Terms().Evaluator(r.Author) - 1; j >= 0 && j < len(k.Board) && (i < 0 || !k.Announced[i].IsZero()) {
		k.Board[j], k.boardBoxes[j], k.letters[j] = r.mark(), a, b.Letters
	} else if i >= 0 {
		k.Announced[i], k.boxes[i] = r.mark(), a
	}
	return nil
}

func (p *Process) committed(r *Record, s *Step) error {
	var b Commit
	if err := r.decode(&b); err != nil {
		return err
	}
	k, i, err := p.step(r, s, b.Lot, b.Envelope)
	if err != nil || i < 0 {
		return err
	}
	k.Committed[i], k.records.Commitments[i] = r.mark(), b.Commitment
	return nil
}

func (p *Process) dealt(r *Record, s *Step) error {
	var b Deal
	if err := r.decode(&b); err != nil {
		return err
	}
	k, i, err := p.step(r, s, b.Lot, b.Envelope)
	if err != nil || i < 0 {
		return err
	}
	k.Dealt[i], k.records.Deals[i] = r.mark(), &b.Deal
	return nil
}

func (p *Process) complained(r *Record, s *Step) error {
	var b Complain
	if err := r.decode(&b); err != nil {
		return err
	}
	k, i, err := p.step(r, s, b.Lot, b.Envelope)
	if err != nil || i < 0 {
		return err
	}
	k.Checked[i] = r.mark()
	for _, c := range b.Complaints {
		k.records.Complaints = append(k.records.Complaints, sealed.Complaint{Dealer: c.Dealer, Secret: c.Secret, Trustee: i + 1})
	}
	return nil
}

// destroy takes a trustee's word that it keeps nothing any more.
func (p *Process) destroy(r *Record, _ *Step) error {
	i := 0
	if t := p.Terms(); t != nil {
		i = t.Trustee(r.Author)
	}
	if i == 0 {
		return r.unknown("a trustee")
	}
	p.Destroyed = append(p.Destroyed, &Destroyed{r.mark(), i})
	return nil
}

func (p *Process) sharesDestroyed(r *Record, _ *Step) error {
	p.Gone = r.mark()
	return nil
}
