package trustee

import (
	"crypto/rand"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"slices"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// A World is what a trustee needs of it.
type World struct {
	Random io.Reader           // crypto/rand if nil
	Now    func() publica.Time // says when an entry was made, nothing else

	// Keep stores the secrets. When it returns nil they survive a crash.
	Keep func(*Secrets) error
	// Send hands an entry in, and returns nil once it is on the log and took
	// effect. Handing in the same entry again must be safe. Its error is a
	// [RefusedError] if the entry is on the log and never takes effect.
	Send func(*publica.Submission) error
}

// A Trustee is one who acts in a tender, as the tender stands on record.
type Trustee struct {
	p       *tender.Process
	key     *publica.PrivateKey
	secrets *Secrets
	world   World
}

// New returns the owner of a key, if the tender names it as a trustee. Secrets are
// those kept of this tender; they change with what is drawn.
func New(p *tender.Process, key *publica.PrivateKey, secrets *Secrets, w World) (*Trustee, error) {
	t := p.Terms()
	if t == nil {
		return nil, publica.Problem(publica.Early, "docket", "is not published: it names no trustees")
	}
	if t.Trustee(key.ID()) == 0 {
		return nil, publica.Problem(publica.Forbidden, "author", "is no trustee of this tender: "+key.ID().String()).WithHint("publish names the trustees by their keys")
	}
	if w.Random == nil {
		w.Random = rand.Reader
	}
	return &Trustee{p, key, secrets, w}, nil
}

// Due returns the acts that are due; see [Due].
func (t *Trustee) Due() []Act { return Due(t.p, t.key.ID()) }

// Taken is an act that is on record.
type Taken struct {
	Act
	ID    publica.EntryID // of the record
	Wrong []Wrong         // of Complain: dealers whose share it complained about
}

// Wrong is a share that was dealt wrong.
type Wrong struct {
	Dealer int // from 1
	Err    error
}

// Take takes an act that is due: it keeps what it draws and the signed entry, then
// sends it. Of Destroy it keeps the signed entry alone, and all secrets are gone
// before it is sent. After an error, the same act sends the same entry, unless the
// rules have refused it. An act that is not due is refused with code Early.
func (t *Trustee) Take(a Act) (*Taken, error) {
	if !slices.Contains(t.Due(), a) {
		return nil, publica.Problem(publica.Early, "docket", "does not ask this trustee now to "+a.what())
	}
	done := &Taken{Act: a}
	if s := t.secrets.Sending; s == nil || s.Act != a {
		if err := t.sign(a, done); err != nil {
			return nil, err
		}
	}
	entry := t.secrets.Sending.Entry
	done.ID = entry.Signed.ID()
	err := t.world.Send(entry)
	if _, refused := errors.AsType[*RefusedError](err); refused {
		t.secrets.Sending = nil
		err = errors.Join(err, t.world.Keep(t.secrets))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.what(), err)
	}
	return done, nil
}

// A RefusedError says that an entry is on record, where the rules refused it.
type RefusedError struct{ Why *publica.Error }

func (e *RefusedError) Error() string { return e.Why.Error() }

// Unwrap returns the refusal.
func (e *RefusedError) Unwrap() error { return e.Why }

// Refused returns a [RefusedError] if the rules refused the entry of a leaf.
func Refused(leaf *publica.Leaf) error {
	if leaf == nil || leaf.Refused == nil {
		return nil
	}
	r := leaf.Refused
	return &RefusedError{&publica.Error{Code: r.Code, Field: r.Field, Message: "the rules refuse the entry, which is on record and counts for nothing: " + r.Message}}
}

// sign makes the entry of an act and keeps it with all that it rests on.
func (t *Trustee) sign(a Act, done *Taken) error {
	body, err := t.body(a, done)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return err
	}
	entry, err := publica.NewSubmission(t.key, publica.Entry{Body: raw, Docket: t.p.Docket, Kind: a.Kind(), Made: t.world.Now(),
		Nonce: publica.NewNonce(t.world.Random), Register: t.p.Register})
	if err != nil {
		return err
	}
	was := *t.secrets
	t.secrets.Sending = &Sending{a, entry}
	if a.Step == Destroy {
		t.secrets.Keys = nil
	}
	if err := t.world.Keep(t.secrets); err != nil {
		*t.secrets = was
		return err
	}
	return nil
}

// what names an act in an error.
func (a Act) what() string {
	if a.Step == Destroy {
		return "destroy the secrets of the tender"
	}
	return a.Step + " of the key " + a.Envelope + suffix(a.Lot)
}

// body makes what an act says.
func (t *Trustee) body(a Act, done *Taken) (any, error) {
	if a.Step == Destroy {
		return t.destroy()
	}
	k := t.p.Key(a.Lot, a.Envelope)
	if a.Step == Announce {
		return t.announce(k)
	}
	mine := t.secrets.of(a.Attempt, a.Envelope, a.Lot)
	if mine == nil {
		return nil, publica.Problem(publica.NotFound, "", "the secrets hold nothing of the key "+a.Envelope+suffix(a.Lot)).
			WithHint("use the file that the step announce wrote; without it this trustee can neither deal nor open")
	}
	switch a.Step {
	case Commit:
		return t.commit(k, mine)
	case Deal:
		if mine.Deal == nil {
			return nil, publica.Problem(publica.NotFound, "", "the secrets do not hold the deal that was committed to")
		}
		return tender.Deal{Deal: *mine.Deal, Envelope: k.Envelope, Lot: k.Lot}, nil
	case Complain:
		return t.complain(k, mine, done), nil
	}
	return t.open(k, mine, a.Bid)
}

func (t *Trustee) announce(k *tender.Key) (any, error) {
	attempt := t.p.Ceremony().Attempt
	mine := t.secrets.of(attempt, k.Envelope, k.Lot)
	if mine == nil {
		secrets, _, err := sealed.Announce(len(t.p.Terms().Trustees), t.world.Random)
		if err != nil {
			return nil, err
		}
		mine = &KeySecrets{Attempt: attempt, Envelope: k.Envelope, Lot: k.Lot, Boxes: secrets}
		t.secrets.Keys = append(t.secrets.Keys, mine)
	}
	body := tender.Announce{Envelope: k.Envelope, Lot: k.Lot}
	for _, s := range mine.Boxes {
		body.Boxes = append(body.Boxes, s.Public())
	}
	return body, nil
}

// destroy refuses to declare what this file cannot make true.
func (t *Trustee) destroy() (any, error) {
	if len(t.secrets.Keys) == 0 {
		return nil, publica.Problem(publica.NotFound, "", "the secrets hold nothing that could be destroyed").
			WithHint("use the file that the step announce wrote; if it is lost, and no copy is left, publica submit procurement/trustee-destroy declares that")
	}
	return tender.Destroy{}, nil
}

// number returns the trustee's place, from 1.
func (t *Trustee) number() int { return t.p.Terms().Trustee(t.key.ID()) }

func (t *Trustee) commit(k *tender.Key, mine *KeySecrets) (_ any, err error) {
	c := t.p.CeremonyOf(k)
	if mine.Deal == nil {
		if mine.Deal, err = c.NewDeal(t.number(), t.world.Random); err != nil {
			return nil, err
		}
	}
	return tender.Commit{Commitment: c.Commitment(t.number(), mine.Deal), Envelope: k.Envelope, Lot: k.Lot}, nil
}

// complain says which of the shares that were dealt to it are wrong.
func (t *Trustee) complain(k *tender.Key, mine *KeySecrets, done *Taken) tender.Complain {
	body, c := tender.Complain{Complaints: []tender.Complaint{}, Envelope: k.Envelope, Lot: k.Lot}, t.p.CeremonyOf(k)
	for i, d := range k.Records().Deals {
		if d == nil {
			continue
		}
		if _, err := c.OpenShare(i+1, t.number(), d, mine.Boxes[i]); err != nil {
			done.Wrong = append(done.Wrong, Wrong{i + 1, err})
			body.Complaints = append(body.Complaints, tender.Complaint{Dealer: i + 1, Secret: mine.Boxes[i]})
		}
	}
	return body
}

// open makes what opens a key, or in confidence one bid.
func (t *Trustee) open(k *tender.Key, mine *KeySecrets, bid publica.EntryID) (any, error) {
	made, err := t.p.Make(k)
	if err != nil {
		return nil, err
	}
	share, err := t.p.CeremonyOf(k).Share(made, t.number(), k.Records().Deals, mine.Boxes)
	if err != nil {
		return nil, err
	}
	body := tender.OpenShare{Envelope: k.Envelope, Lot: k.Lot, Trustee: t.number()}
	if t.p.Terms().Mode != tender.Confidential {
		body.Share = &share.Value
		return body, nil
	}
	b, place := t.p.Bid(bid), slices.Index(t.p.Terms().EnvelopeNames(), k.Envelope)
	p, err := made.NewPartial(share, t.p.Context(b, place), &b.Envelopes[place], k.BoardKeys(), t.world.Random)
	if err != nil {
		return nil, err
	}
	body.Bid, body.Boxes = b.ID, p.Boxes
	return body, nil
}

func suffix(lot string) string {
	if lot == "" {
		return ""
	}
	return " of lot " + lot
}
