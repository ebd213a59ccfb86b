package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// OpenShare is the body of procurement/open-share. In public mode a trustee gives
// its share, which together with the others' opens the envelope of all bids to the
// lot, or of none. In confidential mode it gives a partial decryption of one bid,
// encrypted to the evaluators. A valid share before its time, or in confidential
// mode at any time, is a breach, whoever publishes it.
type OpenShare struct {
	Bid      publica.EntryID `json:"bid,omitzero"` // with boxes
	Boxes    []sealed.Box    `json:"boxes,omitempty"`
	Envelope string          `json:"envelope"`
	Lot      string          `json:"lot,omitzero"`
	Share    *sealed.Scalar  `json:"share,omitzero"`
	Trustee  int             `json:"trustee"` // whose it is: its number, from 1
}

// Breach is the body of the system record procurement/breach: a share was published
// before its time, or when bids were to stay sealed for good.
type Breach struct {
	Envelope string          `json:"envelope"`
	Lot      string          `json:"lot,omitzero"`
	Record   publica.EntryID `json:"record"` // that published the share
	Trustee  publica.KeyID   `json:"trustee"`
}

const breachKind publica.Kind = "procurement/breach"

// partial is what a trustee sent to the board of one bid.
type partial struct {
	Boxes []sealed.Box    `json:"boxes"`
	Entry publica.EntryID `json:"entry"`
}

var (
	shares   = machine.NewTable[sealed.Scalar]("procurement-share") // slot ‖ trustee
	partials = machine.NewTable[partial]("procurement-partial")     // slot ‖ trustee ‖ bid

	exposed = machine.NewTable[publica.EntryID]("procurement-exposed") // slot ‖ trustee: the entry of a breach

	partialCounts = machine.NewTable[int64]("procurement-partial-count") // slot ‖ trustee
)

func partialKey(in publica.DocketID, w Slot, trustee int, bid publica.EntryID) []byte {
	return append(dealKey(in, w, trustee), bid[:]...)
}

// SharesOf returns the shares of a slot that are on record, by trustee.
func SharesOf(tx *machine.Tx, in publica.DocketID, w Slot) (all []sealed.Share) {
	for k, v := range shares.Scan(tx, w.key(in)) {
		all = append(all, sealed.Share{Trustee: int(k[len(k)-1]) + 1, Value: v})
	}
	return all
}

func checkShare(e *machine.Entry, b *OpenShare) error {
	switch {
	case b.Trustee < 1 || b.Trustee > sealed.MaxTrustees:
		return publica.Problem(publica.Invalid, "body/trustee", "is missing or not a trustee's number").WithHint("publish lists the trustees; the first is 1")
	case (b.Share == nil) == (len(b.Boxes) == 0):
		return publica.Problem(publica.Invalid, "body/share", "and boxes are one or the other").WithHint("share in public mode, boxes in confidential mode")
	case len(b.Boxes) > 0 && b.Bid.IsZero():
		return publica.Problem(publica.Invalid, "body/bid", "is missing").WithHint("name the bid that the boxes open")
	case b.Share != nil && !b.Bid.IsZero():
		return publica.Problem(publica.Invalid, "body/bid", "must be absent: a share opens all bids").WithHint("leave it out")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyShare(tx *machine.Tx, e *machine.Entry, b *OpenShare) error {
	_, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	if s.Stage == Draft || s.Stage == Ceremony {
		return s.require(Closed)
	}
	t, _ := TermsOf(tx, e.Docket)
	w, err := s.slot(&t, b.Lot, b.Envelope)
	if err != nil {
		return err
	}
	k, _ := KeysOf(tx, e.Docket, w)
	if k.Key == nil || b.Trustee > len(t.Trustees) {
		return publica.Problem(publica.Invalid, "body/trustee", "is not a trustee of this key").WithHint("publish lists the trustees; the first is 1")
	}
	if b.Share != nil {
		err := s.share(tx, e, &t, w, &k, b)
		if publica.CodeOf(err) == publica.Late {
			return s.afterEnd(tx, e, &t, w, b)
		}
		return err
	}
	return s.partial(tx, e, &t, w, &k, b)
}

// share takes a trustee's share of a key.
func (s *State) share(tx *machine.Tx, e *machine.Entry, t *Publish, w Slot, k *Keys, b *OpenShare) error {
	if err := k.Key.CheckShare(sealed.Share{Trustee: b.Trustee, Value: *b.Share}); err != nil {
		return publica.Problem(publica.Unverified, "body/share", "is not the share of trustee "+strconv.Itoa(b.Trustee)+" of this key").WithHint("it is computed from the deals on record and the trustee's own secrets")
	}
	err := s.mayOpen(t, w)
	early := publica.CodeOf(err) == publica.Early
	if early && s.Due { // it may have been on its way when a decision had scores given anew
		early, err = false, nil
	}
	if early || err == nil && t.Mode == Confidential {
		return s.breach(tx, e, t, b)
	}
	if err := machine.First(err, t.is(e, b.Trustee)); err != nil {
		return err
	}
	if shares.Has(tx, dealKey(e.Docket, w, b.Trustee-1)) {
		return again("has opened")
	}
	shares.Put(tx, dealKey(e.Docket, w, b.Trustee-1), *b.Share)
	s.opened(tx, e.Docket, t, w, k)
	put(tx, e.Docket, *s)
	return nil
}

// is refuses who is not the trustee of that number.
func (t *Publish) is(e *machine.Entry, trustee int) error {
	if t.Trustees[trustee-1].Key != e.Author {
		return publica.Problem(publica.Forbidden, "author", "is not trustee "+strconv.Itoa(trustee)+" of this tender").WithHint("sign with the key that publish names, or give the author's own number")
	}
	return nil
}

// mayOpen refuses what would open an envelope before its time, or once it is over.
func (s *State) mayOpen(t *Publish, w Slot) error {
	lot := &s.Lots[w.Lot]
	switch {
	case s.Stage == Cancelled || s.Stage == Unsuccessful:
		return publica.Problem(publica.Late, "docket", "is "+string(s.Stage)+": bids stay sealed")
	case s.Stage == Bidding:
		return publica.Problem(publica.Early, "docket", "takes bids: nothing is opened before the deadline").WithHint("send it when procurement/closed is on record")
	case lot.Bids == 0:
		return publica.Problem(publica.Invalid, "body/lot", "has no bids to open")
	case w.Envelope == 1 && !s.scoresStand(t):
		return publica.Problem(publica.Early, "docket", "does not have every evaluator's commitment: prices stay sealed").WithHint("prices open in the stage evaluation, when all scores are committed to")
	}
	return nil
}

// breach puts on record that a share was published before its time. Before
// contracts that aborts the tender: nobody can say what was read.
func (s *State) breach(tx *machine.Tx, e *machine.Entry, t *Publish, b *OpenShare) error {
	s.Breaches++
	tx.Emit(breachKind, e.Docket, Breach{b.Envelope, b.Lot, e.ID, t.Trustees[b.Trustee-1].Key})
	if s.Running == 0 && s.Stage != Completed {
		s.end(tx, e.Docket, Cancelled, "breach", e.ID)
	}
	w, _ := s.slot(t, b.Lot, b.Envelope)
	exposed.Put(tx, dealKey(e.Docket, w, b.Trustee-1), e.ID)
	put(tx, e.Docket, *s)
	return nil
}

// afterEnd puts on record that a valid share was published when the tender had ended:
// bids were to stay sealed for good, and to refuse it would hide that it is known
// now. A share that is known already is no breach a second time.
func (s *State) afterEnd(tx *machine.Tx, e *machine.Entry, t *Publish, w Slot, b *OpenShare) error {
	key := dealKey(e.Docket, w, b.Trustee-1)
	if shares.Has(tx, key) || exposed.Has(tx, key) {
		return publica.Problem(publica.Conflict, "body/share", "is on record already, and the tender is "+string(s.Stage))
	}
	s.Breaches++
	exposed.Put(tx, key, e.ID)
	tx.Emit(breachKind, e.Docket, Breach{b.Envelope, b.Lot, e.ID, t.Trustees[b.Trustee-1].Key})
	put(tx, e.Docket, *s)
	return nil
}

// partial takes a trustee's partial decryption of one bid.
func (s *State) partial(tx *machine.Tx, e *machine.Entry, t *Publish, w Slot, k *Keys, b *OpenShare) error {
	if t.Mode != Confidential {
		return publica.Problem(publica.Invalid, "body/boxes", "are for confidential mode").WithHint("publish the share")
	}
	if err := machine.First(t.is(e, b.Trustee), s.mayOpen(t, w), k.struck(b.Trustee)); err != nil {
		return err
	}
	bid, err := aBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	if bid.Lot != w.Lot {
		return publica.Problem(publica.Invalid, "body/bid", "is to another lot").WithHint("name the lot of the bid")
	}
	p := sealed.Partial{Boxes: b.Boxes, Trustee: b.Trustee}
	if err := k.Key.CheckPartial(&p, len(t.Evaluators)); err != nil {
		return under("body", err)
	}
	key := partialKey(e.Docket, w, b.Trustee-1, b.Bid)
	if partials.Has(tx, key) {
		return again("has opened this bid")
	}
	partials.Put(tx, key, partial{b.Boxes, e.ID})
	n, _ := partialCounts.Get(tx, dealKey(e.Docket, w, b.Trustee-1))
	partialCounts.Put(tx, dealKey(e.Docket, w, b.Trustee-1), n+1)
	s.opened(tx, e.Docket, t, w, k)
	put(tx, e.Docket, *s)
	return nil
}
