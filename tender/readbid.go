package tender

import (
	"cmp"
	"slices"

	"publica"
	"publica/sealed"
)

func (p *Process) bid(r *Record, s *Step) error {
	var b SealedBid
	if err := r.decode(&b); err != nil {
		return err
	}
	if p.Lot(b.Lot) == nil {
		return r.unknown("the lot " + b.Lot)
	}
	if len(b.Envelopes) != len(p.Terms().EnvelopeNames()) {
		return r.unknown("another number of envelopes")
	}
	for _, before := range p.Bids {
		if before.Author == r.Author && before.Lot == b.Lot && before.Status == Sealed {
			before.Status, before.Replaced = Superseded, r.mark()
		}
	}
	p.Bids = append(p.Bids, &Bid{Mark: r.mark(), Author: r.Author, Documents: b.Documents, Envelopes: b.Envelopes, Lot: b.Lot, Status: Sealed, Text: b.Text})
	s.Text = b.Lot
	return nil
}

// named returns the bid that a record names in its member bid.
func (p *Process) named(r *Record, s *Step) (*Bid, error) {
	var b struct {
		Bid publica.EntryID `json:"bid"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	bid := p.Bid(b.Bid)
	if bid == nil {
		return nil, r.unknown("the bid " + b.Bid.String())
	}
	s.Subject = b.Bid
	return bid, nil
}

func (p *Process) withdraw(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	bid.Status, bid.Replaced = Withdrawn, r.mark()
	return nil
}

func (p *Process) stored(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	bid.Receipts = append(bid.Receipts, &Receipt{r.mark(), r.For})
	return nil
}

func (p *Process) closed(r *Record, s *Step) error {
	var b struct {
		Record publica.EntryID `json:"record"`
		Lots   []closedLot     `json:"lots"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	total := int64(0)
	for _, c := range b.Lots {
		l := p.Lot(c.Lot)
		if l == nil {
			return r.unknown("the lot " + c.Lot)
		}
		if err := p.count(r, &c); err != nil {
			return err
		}
		l.Root = c.Root
		total += c.Bids
	}
	p.stop(r, EnquiriesClock, none)
	s.Subject = b.Record
	if total > 0 {
		p.Stage = Closed
		p.start(r, SilenceClock, b.Record, none, r.Time.Add(silence))
	}
	return nil
}

func (p *Process) openedLot(r *Record, s *Step) error {
	o := &Opening{Mark: r.mark()}
	if err := r.decode(o); err != nil {
		return err
	}
	l := p.Lot(o.Lot)
	i := p.envelope(o.Envelope)
	if l == nil || i < 0 {
		return r.unknown("the envelope " + o.Envelope)
	}
	p.Openings = append(p.Openings, o)
	l.Opened, s.Text = p.openUpTo(l.Name), o.Envelope
	p.openAll(r)
	return nil
}

// openUpTo is how many envelopes of a lot are open: those that follow each other.
func (p *Process) openUpTo(lot string) (n int64) {
	for _, name := range p.Terms().EnvelopeNames() {
		if !slices.ContainsFunc(p.Openings, func(o *Opening) bool { return o.Lot == lot && o.Envelope == name && o.Reclosed.IsZero() }) {
			break
		}
		n++
	}
	return n
}

// envelope returns the place of an envelope among a bid's, −1 if there is none.
func (p *Process) envelope(name string) int {
	if t := p.Terms(); t != nil {
		return slices.Index(t.EnvelopeNames(), name)
	}
	return -1
}

// every reports whether f holds for every lot that has bids left and is not given up.
func (p *Process) every(f func(*Lot) bool) bool {
	for _, l := range p.Lots {
		if l.GivenUp.IsZero() && len(p.Live(l.Name)) > 0 && !f(l) {
			return false
		}
	}
	return true
}

func (p *Process) leastOpen() int64 {
	least := int64(2)
	p.every(func(l *Lot) bool {
		least = min(least, l.Opened)
		return true
	})
	return least
}

// openAll goes on when an envelope is open for every lot that has bids left.
func (p *Process) openAll(r *Record) {
	least := p.leastOpen()
	if least <= p.opened {
		return
	}
	p.opened, p.Revealing = least, false
	p.stop(r, SilenceClock, none)
	p.stop(r, RevealClock, none)
	if p.Stage == Closed {
		p.Stage, p.resume = cmp.Or(p.resume, Opened), ""
	}
}

func (p *Process) reclosed(r *Record, s *Step) error {
	var b struct {
		Envelope string          `json:"envelope"`
		Lot      string          `json:"lot"`
		Record   publica.EntryID `json:"record"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	l, i := p.Lot(b.Lot), int64(p.envelope(b.Envelope))
	if l == nil || i < 0 {
		return r.unknown("the envelope " + b.Envelope)
	}
	for _, o := range p.Openings {
		if o.Lot == b.Lot && o.Envelope == b.Envelope && o.Reclosed.IsZero() {
			o.Reclosed = r.mark()
		}
	}
	l.Opened, p.opened = min(l.Opened, i), min(p.opened, i)
	if i == 0 && p.Stage != Closed {
		p.Stage, p.resume = Closed, p.Stage
	}
	s.Text, s.Subject = b.Envelope, b.Record
	p.start(r, SilenceClock, b.Record, none, r.Time.Add(silence))
	return nil
}

func (p *Process) share(r *Record, s *Step) error {
	var b OpenShare
	if err := r.decode(&b); err != nil {
		return err
	}
	k := p.Key(b.Lot, b.Envelope)
	if k == nil {
		return r.unknown("the key of " + b.Envelope)
	}
	s.Text = b.Envelope
	if b.Share != nil {
		k.Shares = append(k.Shares, &Share{r.mark(), sealed.Share{Trustee: b.Trustee, Value: *b.Share}})
		return nil
	}
	bid := p.Bid(b.Bid)
	if bid == nil {
		return r.unknown("the bid " + b.Bid.String())
	}
	s.Subject = b.Bid
	bid.Partials = append(bid.Partials, &Partial{Mark: r.mark(), Envelope: b.Envelope, Trustee: b.Trustee, Boxes: b.Boxes})
	return nil
}

// strike takes what a trustee sent for a key out of the count.
func (p *Process) strike(r *Record, s *Step) error {
	var b struct {
		Envelope string `json:"envelope"`
		Trustee  int    `json:"trustee"`
	}
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	k := p.Key(bid.Lot, b.Envelope)
	if k == nil {
		return r.unknown("the key of " + b.Envelope)
	}
	k.Struck, s.Text = append(k.Struck, b.Trustee), b.Envelope
	for _, x := range p.Counted(bid.Lot) {
		for _, partial := range x.Partials {
			if partial.Trustee == b.Trustee && partial.Envelope == b.Envelope && partial.Struck.IsZero() {
				partial.Struck = r.mark()
			}
		}
	}
	return nil
}

// breach takes the share out of those that open: it was not its time.
func (p *Process) breach(r *Record, s *Step) error {
	x := &Breach{Mark: r.mark(), AfterEnd: p.Stage == Cancelled || p.Stage == Unsuccessful}
	if err := r.decode(x); err != nil {
		return err
	}
	if k := p.Key(x.Lot, x.Envelope); k != nil {
		k.Shares = slices.DeleteFunc(k.Shares, func(s *Share) bool { return s.ID == x.Record })
	}
	p.Breaches = append(p.Breaches, x)
	s.Subject, s.Text = x.Record, x.Envelope
	return nil
}

func (p *Process) reveal(r *Record, s *Step) error {
	bid, err := p.named(r, s)
	if err != nil {
		return err
	}
	var b RevealBody
	if err := r.decode(&b); err != nil {
		return err
	}
	bid.Revealed = append(bid.Revealed, &Reveal{r.mark(), b.Envelope, b.Secret})
	s.Text = b.Envelope
	return nil
}
