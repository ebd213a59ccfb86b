package tender

import (
	"bytes"
	"crypto/sha256"
	"strconv"
	"sync"

	"publica"
	"publica/compliance"
	"publica/sealed"
)

// Access says how far an envelope can be read.
type Access string

const (
	Shut         Access = "sealed"         // nothing on record opens it
	Withheld     Access = "withheld"       // it is open to the evaluators; the public has proofs
	Lacking      Access = "lacking"        // it is open, but its bucket is not at hand
	Unresponsive Access = "non-responsive" // it is open, and is no offer
	Readable     Access = "open"
)

// OpenEnvelope is an envelope of a bid as far as it can be read.
type OpenEnvelope struct {
	Name   string      `json:"envelope"`
	Access Access      `json:"access"`
	By     string      `json:"by,omitzero"`  // what opens it: shares, reveal, partials
	Why    string      `json:"why,omitzero"` // it is no offer
	Hash   sealed.Hash `json:"hash"`         // of the bucket, as the bid says
	Text   []byte      `json:"-"`            // what was sealed
	Offer  *Offer      `json:"offer,omitzero"`
}

// OpenBid is a bid that counted, as far as it can be read.
type OpenBid struct {
	*Bid
	Opened []OpenEnvelope `json:"opened"`         // in the order they open
	Offer  *Offer         `json:"offer,omitzero"` // of all envelopes that are open; none if the first is not

	Letters []OpenLetter `json:"letters,omitempty"` // of its cures, as the board reads them
}

// Responsive reports whether no envelope is known to be no offer.
func (b *OpenBid) Responsive() bool {
	for _, x := range b.Opened {
		if x.Access == Unresponsive {
			return false
		}
	}
	return true
}

// Name returns who bids, "" as long as nobody can know.
func (b *OpenBid) Name() string {
	if b.Offer == nil || b.Offer.Bidder == nil {
		return ""
	}
	return b.Offer.Bidder.Name
}

// Context returns what an envelope of a bid is bound to.
func (p *Process) Context(b *Bid, envelope int) *sealed.Context {
	return &sealed.Context{Bidder: b.Author, Envelope: p.Terms().EnvelopeNames()[envelope], Lot: b.Lot, Register: p.Register, Tender: p.Docket, Text: b.Text}
}

// CeremonyOf returns the ceremony of a key as package sealed knows it.
func (p *Process) CeremonyOf(k *Key) *sealed.Ceremony {
	t := p.Terms()
	c := &sealed.Ceremony{Attempt: p.Ceremony().Attempt, Envelope: k.Envelope, Lot: k.Lot, Register: p.Register, Tender: p.Docket, Threshold: int(t.Threshold)}
	for i, x := range t.Trustees {
		c.Trustees = append(c.Trustees, sealed.Trustee{Boxes: k.boxes[i].Boxes, Key: x.Key})
	}
	return c
}

// Records returns what is on record of a key's ceremony.
func (k *Key) Records() sealed.Records { return k.records }

// Make computes a key from what its trustees put on record, as everyone can. It
// fails if it is not the one that the register published.
func (p *Process) Make(k *Key) (*sealed.Key, error) {
	if k.Published == nil {
		return nil, publica.Problem(publica.Early, "", "the key of the envelope "+k.Envelope+" is not made yet")
	}
	if made := p.seen.key(k.Published.Ceremony); made != nil && made.Public == k.Published.Public {
		return made, nil
	}
	made, _, err := p.CeremonyOf(k).Finish(k.records)
	if err != nil {
		return nil, err
	}
	if made.Public != k.Published.Public || made.Ceremony != k.Published.Ceremony {
		return nil, publica.Problem(publica.Unverified, "", "the key of the envelope "+k.Envelope+" is "+made.Public.String()+", the register published "+k.Published.Public.String())
	}
	p.seen.mu.Lock()
	defer p.seen.mu.Unlock()
	p.seen.keys[made.Ceremony] = made
	return made, nil
}

// seen is what was computed from records and content that do not change any more,
// so that a process that grows, or is asked again, need not compute it again.
type seen struct {
	mu   sync.Mutex                  // guards the maps, not the computing
	keys map[sealed.Hash]*sealed.Key // by their ceremony
	open map[opened]OpenEnvelope
	sets map[sealed.Hash]*compliance.Set // pinned rules, by their hash
}

type opened struct {
	bid      publica.EntryID
	envelope string
}

func newSeen() *seen {
	return &seen{keys: map[sealed.Hash]*sealed.Key{}, open: map[opened]OpenEnvelope{}, sets: map[sealed.Hash]*compliance.Set{}}
}

func (s *seen) key(ceremony sealed.Hash) *sealed.Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[ceremony]
}

func (s *seen) envelope(o opened) (OpenEnvelope, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.open[o]
	return x, ok
}

func (s *seen) set(hash sealed.Hash) *compliance.Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sets[hash]
}

func (s *seen) keepSet(hash sealed.Hash, set *compliance.Set) *compliance.Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets[hash] = set
	return set
}

// Open opens the bids that counted, as far as shares and reveals on record open
// them. Content gives the buckets, named as the envelopes are.
func (p *Process) Open(content Content) ([]*OpenBid, error) {
	var all []*OpenBid
	if p.Terms() == nil {
		return nil, nil
	}
	openers := map[[2]string]*opener{}
	for _, b := range p.Bids {
		if b.Status != Counted {
			continue
		}
		x := &OpenBid{Bid: b}
		for i, name := range p.Terms().EnvelopeNames() {
			slot := [2]string{b.Lot, name}
			if was, ok := p.seen.envelope(opened{b.ID, name}); ok {
				x.Opened = append(x.Opened, was)
				continue
			}
			if openers[slot] == nil {
				o, err := p.opener(b.Lot, name)
				if err != nil {
					return nil, err
				}
				openers[slot] = o
			}
			x.Opened = append(x.Opened, p.openOne(openers[slot], b, i, content))
		}
		x.gather()
		all = append(all, x)
	}
	return all, nil
}

// opener is what opens one envelope of a lot.
type opener struct {
	key     *sealed.Key
	opening *sealed.Opening // nil: shares do not open it
	open    bool            // on record
	by      string
}

func (p *Process) opener(lot, envelope string) (*opener, error) {
	o := &opener{}
	for _, x := range p.Openings {
		if x.Lot == lot && x.Envelope == envelope && x.Reclosed.IsZero() {
			o.open, o.by = true, x.By
		}
	}
	k := p.Key(lot, envelope)
	if !o.open || o.by == "partials" {
		return o, nil
	}
	var err error
	if o.key, err = p.Make(k); err != nil {
		return nil, err
	}
	if o.by != "shares" {
		return o, nil
	}
	shares := make([]sealed.Share, len(k.Shares))
	for i, s := range k.Shares {
		shares[i] = s.Share
	}
	o.opening, err = o.key.Combine(shares)
	return o, err
}

func (p *Process) openOne(o *opener, b *Bid, i int, content Content) OpenEnvelope {
	e := &b.Envelopes[i]
	x := OpenEnvelope{Name: p.Terms().EnvelopeNames()[i], Access: Shut, Hash: e.Bucket}
	revealed := b.revealed(x.Name)
	switch {
	case o.open && o.by == "partials":
		x.Access = Withheld
		return x
	case !o.open, o.opening == nil && revealed == nil:
		return x
	}
	bucket, ok := content(b.ID, x.Name)
	if !ok {
		x.Access = Lacking
		return x
	}
	var err error
	if x.By = o.by; o.opening != nil {
		x.Text, err = o.opening.Open(p.Context(b, i), e, bucket)
	} else {
		x.Text, err = o.key.OpenRevealed(revealed.Secret, p.Context(b, i), e, bucket)
	}
	if err == nil {
		x.Offer, err = ParseOffer(p.Terms(), x.Name, x.Text)
	}
	x.Access = Readable
	if err != nil {
		x.Access, x.Why, x.Offer = Unresponsive, err.Error(), nil
	}
	p.seen.mu.Lock()
	defer p.seen.mu.Unlock()
	p.seen.open[opened{b.ID, x.Name}] = x
	return x
}

// revealed returns the secret that a bidder published of an envelope.
func (b *Bid) revealed(envelope string) *Reveal {
	for _, r := range b.Revealed {
		if r.Envelope == envelope {
			return r
		}
	}
	return nil
}

// gather joins what the envelopes say.
func (b *OpenBid) gather() {
	for _, x := range b.Opened {
		switch {
		case x.Offer == nil:
			return
		case b.Offer == nil:
			first := *x.Offer
			b.Offer = &first
		default:
			b.Offer.join(x.Offer)
		}
	}
}

// Document decrypts a document of an offer, by its number from 1. What it returns
// is the whole, and what was sealed.
func (b *OpenBid) Document(n int, content Content) ([]byte, error) {
	if b.Offer == nil || n < 1 || n > len(b.Offer.Documents) {
		return nil, publica.Problem(publica.NotFound, "document", "is not one of the offer")
	}
	d := &b.Offer.Documents[n-1]
	for i, x := range b.Documents {
		if x.Hash != d.Blob.Hash {
			continue
		}
		cipher, ok := content(b.ID, "document-"+strconv.Itoa(i+1))
		if !ok {
			return nil, publica.Problem(publica.NotFound, "document", d.Name+" is not at hand")
		}
		if sealed.Hash(sha256.Sum256(cipher)) != x.Hash {
			return nil, publica.Problem(publica.Unverified, "document", d.Name+" is not what the bid commits to")
		}
		var plain bytes.Buffer
		err := sealed.OpenBlob(&plain, bytes.NewReader(cipher), &d.Blob)
		return plain.Bytes(), err
	}
	return nil, publica.Problem(publica.NotFound, "document", d.Name+" is not among the documents of the bid")
}
