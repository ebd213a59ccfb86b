package tender

import (
	"slices"
	"strconv"

	"publica"
	"publica/sealed"
)

// BoardSecrets are what an evaluator keeps of one key of a confidential tender.
type BoardSecrets struct {
	Boxes   []sealed.BoxSecret `json:"boxes"`   // by trustee, as announced
	Letters sealed.BoxSecret   `json:"letters"` // of the key for letters
}

// A BoardOpening is what one evaluator took out of the boxes that were sent to it.
// Whoever has it reads bids that the public may not; and checks by the records that
// they are what was sealed, for each part has its proof. An evaluator hands it to
// the buyer, who runs the rules and writes the memo.
type BoardOpening struct {
	Bids     []BoardBid       `json:"bids"`
	Docket   publica.DocketID `json:"docket"`
	Letters  []BoardLetter    `json:"letters,omitempty"`
	Register string           `json:"register"`

	// Unread are letters that do not open to this evaluator. It says so; to prove it
	// would take the secret that opens the others.
	Unread []publica.EntryID `json:"unread,omitempty"`
}

// BoardBid opens one envelope of a bid.
type BoardBid struct {
	Bid         publica.EntryID     `json:"bid"`
	Decryptions []sealed.Decryption `json:"decryptions"` // with their proofs
	Envelope    string              `json:"envelope"`
}

// BoardLetter opens one letter to the evaluators.
type BoardLetter struct {
	Key    sealed.LetterKey `json:"key"`
	Record publica.EntryID  `json:"record"`
}

// A WrongBox is what a trustee sent an evaluator that is no proven decryption.
// Complaint proves it to everyone.
type WrongBox struct {
	Complaint PartialComplain `json:"complaint"`
	Lot       string          `json:"lot,omitzero"`
	Record    publica.EntryID `json:"record"` // the trustee's
	Why       string          `json:"why"`
}

// OpenBoxes opens everything that is on record for an evaluator, its number from 1,
// with what it keeps of each key (nil: nothing). It returns what is proven, whether
// it is enough or not, and what is not.
func (p *Process) OpenBoxes(member int, keep func(lot, envelope string) *BoardSecrets, content Content) (*BoardOpening, []WrongBox, error) {
	o := &BoardOpening{Docket: p.Docket, Register: p.Register}
	if p.Terms() == nil || p.Terms().Mode != Confidential {
		return nil, nil, publica.Problem(publica.Invalid, "docket", "is no confidential tender: its bids open to everyone")
	}
	var wrong []WrongBox
	for _, b := range p.Bids {
		if b.Status != Counted {
			continue
		}
		for i, name := range p.Terms().EnvelopeNames() {
			secrets := keep(b.Lot, name)
			if secrets == nil || len(secrets.Boxes) != len(p.Terms().Trustees) {
				continue
			}
			opened, bad, err := p.openBox(b, i, member, secrets)
			if err != nil {
				return nil, nil, err
			}
			wrong = append(wrong, bad...)
			if len(opened) > 0 {
				o.Bids = append(o.Bids, BoardBid{b.ID, opened, name})
			}
		}
	}
	p.openLetters(o, member, keep, content)
	return o, wrong, nil
}

// openBox opens what trustees sent a member of one envelope.
func (p *Process) openBox(b *Bid, envelope, member int, secrets *BoardSecrets) (all []sealed.Decryption, wrong []WrongBox, err error) {
	name := p.Terms().EnvelopeNames()[envelope]
	made, err := p.Make(p.Key(b.Lot, name))
	if err != nil {
		return nil, nil, err
	}
	for _, x := range b.Partials {
		if x.Envelope != name || !x.Struck.IsZero() || x.Trustee < 1 || x.Trustee > len(secrets.Boxes) {
			continue
		}
		secret := secrets.Boxes[x.Trustee-1]
		d, err := made.OpenPartial(&sealed.Partial{Boxes: x.Boxes, Trustee: x.Trustee}, p.Context(b, envelope), &b.Envelopes[envelope], member, secret)
		if err != nil {
			wrong = append(wrong, WrongBox{PartialComplain{b.ID, name, secret, x.Trustee}, b.Lot, x.ID, err.Error()})
			continue
		}
		all = append(all, d)
	}
	return all, wrong, nil
}

// openLetters finds the keys of letters.
func (p *Process) openLetters(o *BoardOpening, member int, keep func(lot, envelope string) *BoardSecrets, content Content) {
	for _, l := range p.letters() {
		to, err := p.LetterReaders(l.lot)
		secrets := keep(l.lot, p.Terms().EnvelopeNames()[0])
		raw, ok := content(l.id, "sealed")
		if err != nil || secrets == nil || !ok {
			continue
		}
		key, err := sealed.LetterKeyOf(l.context, raw, to, member, secrets.Letters)
		if err == nil {
			_, err = sealed.OpenLetter(l.context, raw, to, key)
		}
		if err != nil {
			o.Unread = append(o.Unread, l.id)
			continue
		}
		o.Letters = append(o.Letters, BoardLetter{key, l.id})
	}
}

// OpenConfidential opens the bids that counted with what an evaluator handed over. It
// believes nothing of it: each decryption is checked against the trustee's key, and
// each letter against its commitment; it fails if one is not proven. Envelopes of
// which too few decryptions are there stay withheld.
func (p *Process) OpenConfidential(o *BoardOpening, content Content) ([]*OpenBid, error) {
	if p.Terms() == nil || p.Terms().Mode != Confidential {
		return nil, publica.Problem(publica.Invalid, "docket", "is no confidential tender: its bids open to everyone")
	}
	if o.Docket != p.Docket || o.Register != p.Register {
		return nil, publica.Problem(publica.Invalid, "opening", "is of another tender")
	}
	all, err := p.Open(content)
	if err != nil {
		return nil, err
	}
	letters, err := p.Letters(o, content)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		for i := range b.Opened {
			if err := p.openForBoard(b, i, o, content); err != nil {
				return nil, err
			}
		}
		b.Offer = nil
		b.gather()
		for _, l := range letters {
			if slices.ContainsFunc(b.cured, func(r Record) bool { return r.ID == l.Record }) {
				b.Letters = append(b.Letters, l)
			}
		}
	}
	return all, nil
}

func (p *Process) openForBoard(b *OpenBid, i int, o *BoardOpening, content Content) error {
	x, e := &b.Opened[i], &b.Envelopes[i]
	at := slices.IndexFunc(o.Bids, func(g BoardBid) bool { return g.Bid == b.ID && g.Envelope == x.Name })
	if at < 0 || x.Access != Shut && x.Access != Withheld {
		return nil
	}
	made, err := p.Make(p.Key(b.Lot, x.Name))
	if err != nil {
		return err
	}
	context, proven := p.Context(b.Bid, i), o.Bids[at].Decryptions
	seen := map[int]bool{}
	for _, d := range proven {
		if err := made.CheckDecryption(d, context, e); err != nil {
			return err
		}
		if seen[d.Trustee] {
			return publica.Problem(publica.Invalid, "opening", "has two decryptions of trustee "+strconv.Itoa(d.Trustee)+" of the bid "+b.ID.String())
		}
		seen[d.Trustee] = true
	}
	if len(proven) <= made.Threshold {
		return nil
	}
	bucket, ok := content(b.ID, x.Name)
	if !ok {
		x.Access = Lacking
		return nil
	}
	x.By = "partials"
	x.Text, err = made.OpenPartials(proven, context, e, bucket)
	if err == nil {
		x.Offer, err = ParseOffer(p.Terms(), x.Name, x.Text)
	}
	x.Access = Readable
	if err != nil {
		x.Access, x.Why, x.Offer = Unresponsive, err.Error(), nil
	}
	return nil
}

// Letters opens the letters to the evaluators on record with the keys that one of
// them handed over.
func (p *Process) Letters(o *BoardOpening, content Content) (all []OpenLetter, err error) {
	for _, l := range p.letters() {
		at := slices.IndexFunc(o.Letters, func(x BoardLetter) bool { return x.Record == l.id })
		raw, ok := content(l.id, "sealed")
		if slices.Contains(o.Unread, l.id) {
			all = append(all, OpenLetter{Record: l.id, Why: "does not open, as the evaluator says"})
			continue
		}
		if at < 0 || !ok {
			continue
		}
		to, err := p.LetterReaders(l.lot)
		if err != nil {
			return nil, err
		}
		plain, err := sealed.OpenLetter(l.context, raw, to, o.Letters[at].Key)
		if err != nil {
			return nil, err
		}
		x := OpenLetter{Record: l.id}
		if x.Letter, err = ParseLetter(plain); err != nil {
			x.Letter, x.Why = nil, err.Error()
		}
		all = append(all, x)
	}
	return all, nil
}

// unreadCure refuses to judge a bid whose cure nobody here has read.
func (b *OpenBid) unreadCure() error {
	for _, c := range b.cured {
		in := slices.ContainsFunc(c.Parts, func(x publica.Part) bool { return x.Name == "sealed" })
		if in && !slices.ContainsFunc(b.Letters, func(l OpenLetter) bool { return l.Record == c.ID }) {
			return publica.Problem(publica.Early, "bid "+b.ID.String(), "was cured by "+c.ID.String()+" in a letter that was not opened").
				WithHint("an evaluator opens it: publica evaluate open")
		}
	}
	return nil
}
