package registertest

import (
	"crypto/sha256"
	"encoding/json/v2"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/sealed"
)

// chance is a stream of bytes that is the same on every run, by name.
func chance(name string) io.Reader {
	return rand.NewChaCha8(sha256.Sum256([]byte("publica test chance " + name)))
}

// A Tender is what those who take part in a tender know of it: what stands on the
// register, and what each of them keeps secret, made from a name alone.
type Tender struct {
	Docket publica.DocketID
	State  procurement.State
	Terms  procurement.Publish
	Slots  []procurement.Slot
	keys   []procurement.Keys
	deals  [][]*sealed.Deal // of a slot, by trustee, as on record
}

// Tender returns a tender as it stands now.
func (l *Law) Tender(in publica.DocketID) *Tender {
	t := &Tender{Docket: in}
	l.View(func(tx *machine.Tx) {
		t.State, _ = procurement.Get(tx, in)
		t.Terms, _ = procurement.TermsOf(tx, in)
		t.Slots = t.State.Slots(&t.Terms)
		for _, w := range t.Slots {
			k, _ := procurement.KeysOf(tx, in, w)
			t.keys = append(t.keys, k)
			t.deals = append(t.deals, procurement.DealsOf(tx, in, w, len(t.Terms.Trustees)))
		}
	})
	return t
}

// Names returns lot and envelope of a slot.
func (t *Tender) Names(i int) (lot, envelope string) {
	w := t.Slots[i]
	return t.State.Lots[w.Lot].Name, t.Terms.EnvelopeNames()[w.Envelope]
}

// slot finds "ENVELOPE" or "LOT/ENVELOPE".
func (t *Tender) slot(name string) (int, error) {
	for i := range t.Slots {
		lot, envelope := t.Names(i)
		if name == strings.TrimPrefix(lot+"/"+envelope, "/") {
			return i, nil
		}
	}
	return 0, fmt.Errorf("the tender has no key %s", name)
}

// Trustee returns the number of an actor, from 1; 0 if it is none.
func (t *Tender) Trustee(actor string) int {
	id := Key(actor).ID()
	return slices.IndexFunc(t.Terms.Trustees, func(x procurement.Trustee) bool { return x.Key == id }) + 1
}

func (t *Tender) name(actor string, i int) string {
	return fmt.Sprintf("%s %s %d %d", actor, t.Docket, t.State.Attempt, i)
}

// Boxes are what an actor announces for a slot, and its secrets.
func (t *Tender) Boxes(actor string, i int) ([]sealed.BoxSecret, sealed.Announcement) {
	secrets, a, err := sealed.Announce(len(t.Terms.Trustees), chance("boxes "+t.name(actor, i)))
	if err != nil {
		panic(err)
	}
	return secrets, a
}

// Letters is the secret of an evaluator's key for letters, of a slot.
func (t *Tender) Letters(actor string, i int) sealed.BoxSecret {
	return must(sealed.NewLetterKey(chance("letters " + t.name(actor, i))))
}

func (t *Tender) ceremony(i int) *sealed.Ceremony {
	return t.State.CeremonyOf(t.Docket, &t.Terms, t.Slots[i], &t.keys[i])
}

// deal is what an actor deals for a slot; badly dealt, the next trustee's share is wrong.
func (t *Tender) deal(actor string, i int, badly bool) *sealed.Deal {
	n := t.Trustee(actor)
	d := must(t.ceremony(i).NewDeal(n, chance("deal "+t.name(actor, i))))
	if badly {
		d.Shares[n%len(d.Shares)][40] ^= 1
	}
	return d
}

// Step returns the body by which an actor takes a step for a slot.
func (t *Tender) Step(actor, step string, i int) (publica.Kind, any, error) {
	lot, envelope := t.Names(i)
	n := t.Trustee(actor)
	switch step {
	case "announce":
		_, a := t.Boxes(actor, i)
		body := procurement.Announce{Boxes: a.Boxes, Envelope: envelope, Lot: lot}
		if n == 0 { // no trustee: an evaluator
			body.Letters = t.Letters(actor, i).Public()
		}
		return "procurement/trustee-announce", body, nil
	case "commit", "commit-badly":
		d := t.deal(actor, i, step == "commit-badly")
		return "procurement/trustee-commit", procurement.Commit{Commitment: t.ceremony(i).Commitment(n, d), Envelope: envelope, Lot: lot}, nil
	case "deal":
		d := t.deal(actor, i, false)
		if t.ceremony(i).Commitment(n, d) != t.keys[i].Commitments[n-1] {
			d = t.deal(actor, i, true)
		}
		return "procurement/trustee-deal", procurement.Deal{Deal: *d, Envelope: envelope, Lot: lot}, nil
	case "complain":
		return "procurement/trustee-complain", procurement.Complain{Complaints: t.complaints(actor, i), Envelope: envelope, Lot: lot}, nil
	}
	return "", nil, fmt.Errorf("%s is no step of a ceremony", step)
}

// Lacks reports whether an actor still has to take the step that the ceremony is at.
func (t *Tender) Lacks(actor string, i int) bool {
	k, n := &t.keys[i], t.Trustee(actor)-1
	if n < 0 {
		member := slices.Index(t.Terms.Evaluators, Key(actor).ID())
		return t.State.Step == procurement.AnnounceStep && member >= 0 && member < len(k.Board) && len(k.Board[member].Boxes) == 0
	}
	switch t.State.Step {
	case procurement.AnnounceStep:
		return len(k.Announced[n].Boxes) == 0
	case procurement.CommitStep:
		return k.Commitments[n] == sealed.Hash{}
	case procurement.DealStep:
		return !k.Dealt[n]
	}
	return !k.Checked[n]
}

// complaints are about the shares that an actor was dealt and that are wrong.
func (t *Tender) complaints(actor string, i int) []procurement.Complaint {
	secrets, _ := t.Boxes(actor, i)
	all := []procurement.Complaint{}
	for dealer, d := range t.deals[i] {
		if d == nil {
			continue
		}
		if _, err := t.ceremony(i).OpenShare(dealer+1, t.Trustee(actor), d, secrets[dealer]); err != nil {
			all = append(all, procurement.Complaint{Dealer: dealer + 1, Secret: secrets[dealer]})
		}
	}
	return all
}

// Share returns an actor's share of a slot's key.
func (t *Tender) Share(actor string, i int) (sealed.Share, error) {
	secrets, _ := t.Boxes(actor, i)
	if t.keys[i].Key == nil {
		return sealed.Share{}, fmt.Errorf("there is no key")
	}
	return t.ceremony(i).Share(t.keys[i].Key, t.Trustee(actor), t.deals[i], secrets)
}

// Open returns the body by which an actor opens a slot.
func (t *Tender) Open(actor string, i int) (procurement.OpenShare, error) {
	lot, envelope := t.Names(i)
	share, err := t.Share(actor, i)
	return procurement.OpenShare{Envelope: envelope, Lot: lot, Share: &share.Value, Trustee: share.Trustee}, err
}

// Partial returns the body by which an actor opens a bid to the evaluators.
func (t *Tender) Partial(actor string, i int, b *procurement.Bid) (procurement.OpenShare, error) {
	body, err := t.Open(actor, i)
	if err != nil {
		return body, err
	}
	share, envelope := sealed.Share{Trustee: body.Trustee, Value: *body.Share}, t.Slots[i].Envelope
	p, err := t.keys[i].Key.NewPartial(share, t.State.ContextOf(t.Docket, &t.Terms, b, envelope), &b.Envelopes[envelope], t.keys[i].Board, chance("partial "+t.name(actor, i)))
	if err != nil {
		return body, err
	}
	body.Bid, body.Boxes, body.Share = b.Entry, p.Boxes, nil
	return body, nil
}

// Seal returns the body of a bid of an actor to a lot, with its buckets and the
// secret of each envelope. The texts are those of the envelopes.
func (t *Tender) Seal(actor, lot string, text sealed.Hash, texts []string) (body procurement.SealBid, parts []Text, secrets []sealed.Scalar, err error) {
	body.Lot, body.Text = lot, text
	for j, name := range t.Terms.EnvelopeNames() {
		i, err := t.slot(strings.TrimPrefix(lot+"/"+name, "/"))
		if err != nil {
			return body, nil, nil, err
		}
		if j >= len(texts) {
			return body, nil, nil, fmt.Errorf("seal wants a text for each envelope")
		}
		bid := procurement.Bid{Author: Key(actor).ID(), Lot: t.Slots[i].Lot, Text: text}
		if t.keys[i].Key == nil {
			return body, nil, nil, fmt.Errorf("there is no key")
		}
		e, bucket, r, err := t.keys[i].Key.Seal(t.State.ContextOf(t.Docket, &t.Terms, &bid, t.Slots[i].Envelope), []byte(texts[j]), chance("bid "+t.name(actor, i)+texts[j]))
		if err != nil {
			return body, nil, nil, err
		}
		body.Envelopes = append(body.Envelopes, *e)
		parts = append(parts, Text{Name: name, Media: "application/octet-stream", Data: string(bucket)})
		secrets = append(secrets, r)
	}
	return body, parts, secrets, nil
}

// secrets are what the actors of a script keep from the register.
type secrets struct {
	bids map[string]sealedBid // by the name of the entry
	next *sealedBid           // of the entry that is being read
}

type sealedBid struct {
	body    procurement.SealBid
	parts   []Text
	secrets []sealed.Scalar
}

func newSecrets() *secrets { return &secrets{bids: map[string]sealedBid{}} }

// named keeps what was sealed under the name of its entry.
func (s *secrets) named(name string) {
	if s.next != nil && name != "" {
		s.bids[name] = *s.next
	}
	s.next = nil
}

// ceremony runs "ceremony TENDER STEP ACTOR …".
func (s *script) ceremony(words []string) error {
	if len(words) < 3 {
		return fmt.Errorf("ceremony wants a tender, a step and actors")
	}
	id, err := s.id(words[0])
	if err != nil {
		return err
	}
	t := s.law.Tender(publica.DocketID(id))
	for _, actor := range words[2:] {
		for i := range t.Slots {
			kind, body, err := t.Step(actor, words[1], i)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(body, json.Deterministic(true))
			if err != nil {
				return err
			}
			e, err := s.law.Check(s.law.Sign(actor, publica.Entry{Kind: kind, Docket: t.Docket, Body: raw}))
			if err != nil {
				return err
			}
			s.queue = append(s.queue, pending{where: s.where, entry: e})
		}
	}
	return s.settle()
}

// held runs "held TENDER".
func (s *script) held(words []string) error {
	if len(words) != 1 {
		return fmt.Errorf("held wants a tender")
	}
	id, err := s.id(words[0])
	if err != nil {
		return err
	}
	in, n := publica.DocketID(id), 0
	var lacking []procurement.Bid
	s.law.View(func(tx *machine.Tx) {
		n = len(tx.Validators())
		lacking = procurement.Bids(tx, in, func(b *procurement.Bid) bool { return b.Status == procurement.Sealed })
	})
	for i := range n {
		of := MemberID(i + 1)
		for _, b := range lacking {
			if slices.Contains(b.Holders, of) {
				continue
			}
			raw, err := json.Marshal(procurement.Receipt{Bid: b.Entry})
			if err != nil {
				return err
			}
			e, err := s.law.Check(s.law.Sign(fmt.Sprintf("governor%d", i+1), publica.Entry{Kind: "procurement/storage-receipt", Docket: in, For: of, Body: raw}))
			if err != nil {
				return err
			}
			s.queue = append(s.queue, pending{where: s.where, entry: e})
		}
	}
	return s.settle()
}

// A maker makes the body of an entry from the words after its own, and returns
// those that are left.
type maker func(s *script, e *publica.Entry, parts *[]Text, words []string) ([]string, error)

var makers = map[string]maker{
	"seal":    makeSeal,
	"copy":    makeCopy,
	"share":   makeShare,
	"forge":   makeForged,
	"partial": makePartial,
	"spoil":   makeSpoiled,
	"object":  makeObjection,
	"reveal":  makeReveal,
	"commits": makeCommitment,
	"reveals": makeScores,
}

func (s *script) write(e *publica.Entry, body any) (err error) {
	e.Body, err = json.Marshal(body, json.Deterministic(true))
	return err
}

func makeSeal(s *script, e *publica.Entry, parts *[]Text, words []string) ([]string, error) {
	t, lot, garbage := s.law.Tender(e.Docket), "", false
	text := t.State.Text
	var texts []string
	for ; len(words) > 0 && (len(texts) == 0 || words[0][0] == '"'); words = words[1:] {
		switch w := words[0]; {
		case w == "stale":
			text[0] ^= 1
		case w == "garbage":
			garbage = true
		case w[0] == '"':
			plain, err := strconv.Unquote(w)
			if err != nil {
				return nil, err
			}
			texts = append(texts, plain)
		default:
			lot = w
		}
	}
	body, buckets, r, err := t.Seal(s.actor, lot, text, texts)
	if err != nil {
		return nil, err
	}
	if garbage {
		for i := range buckets {
			buckets[i].Data = strings.Repeat("x", sealed.BucketSize)
		}
	}
	*parts = append(*parts, buckets...)
	if len(words) > 0 && words[0] == "documents" {
		if words, err = addDocuments(&body, parts, words[1:]); err != nil {
			return nil, err
		}
	}
	s.secrets.next = &sealedBid{body, buckets, r}
	return words, s.write(e, body)
}

// addDocuments adds documents of these sizes to a bid.
func addDocuments(body *procurement.SealBid, parts *[]Text, words []string) ([]string, error) {
	for ; len(words) > 0 && words[0] != "!"; words = words[1:] {
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return nil, err
		}
		data := strings.Repeat("d", n)
		body.Documents = append(body.Documents, procurement.Document{Hash: sha256.Sum256([]byte(data)), Size: int64(n)})
		*parts = append(*parts, Text{Name: fmt.Sprintf("document-%d", len(body.Documents)), Media: "application/octet-stream", Data: data})
	}
	return words, nil
}

func makeCopy(s *script, e *publica.Entry, parts *[]Text, words []string) ([]string, error) {
	b, ok := s.secrets.bids[words[0]]
	if !ok {
		return nil, fmt.Errorf("no bid is named %s", words[0])
	}
	*parts = append(*parts, b.parts...)
	return words[1:], s.write(e, b.body)
}

func makeShare(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	t := s.law.Tender(e.Docket)
	i, err := t.slot(words[0])
	if err != nil {
		return nil, err
	}
	body, err := t.Open(s.actor, i)
	if err != nil {
		return nil, err
	}
	return words[1:], s.write(e, body)
}

func makeForged(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	t := s.law.Tender(e.Docket)
	i, err := t.slot(words[0])
	if err != nil {
		return nil, err
	}
	lot, envelope := t.Names(i)
	return words[1:], s.write(e, procurement.OpenShare{Envelope: envelope, Lot: lot, Share: &sealed.Scalar{7}, Trustee: max(1, t.Trustee(s.actor))})
}

// bid reads the name of a bid.
func (s *script) bid(in publica.DocketID, name string) (b procurement.Bid, err error) {
	id, err := s.id(name)
	if err != nil {
		return b, err
	}
	s.law.View(func(tx *machine.Tx) { b, _ = procurement.BidOf(tx, in, id) })
	b.Entry = id
	return b, nil
}

func makePartial(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	body, err := s.partial(e, words)
	if err != nil {
		return nil, err
	}
	return words[2:], s.write(e, body)
}

func makeSpoiled(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	body, err := s.partial(e, words)
	if err != nil {
		return nil, err
	}
	for i := range body.Boxes {
		body.Boxes[i][40] ^= 1
	}
	return words[2:], s.write(e, body)
}

func (s *script) partial(e *publica.Entry, words []string) (body procurement.OpenShare, err error) {
	t := s.law.Tender(e.Docket)
	i, err := t.slot(words[0])
	if err != nil {
		return body, err
	}
	b, err := s.bid(e.Docket, words[1])
	if err != nil {
		return body, err
	}
	return t.Partial(s.actor, i, &b)
}

func makeObjection(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	t := s.law.Tender(e.Docket)
	i, err := t.slot(words[0])
	if err != nil {
		return nil, err
	}
	b, err := s.bid(e.Docket, words[1])
	if err != nil {
		return nil, err
	}
	n := t.Trustee(words[2])
	secrets, _ := t.Boxes(s.actor, i)
	_, envelope := t.Names(i)
	return words[3:], s.write(e, procurement.PartialComplain{Bid: b.Entry, Envelope: envelope, Secret: secrets[n-1], Trustee: n})
}

func makeReveal(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	b, ok := s.secrets.bids[words[1]]
	if !ok {
		return nil, fmt.Errorf("no bid is named %s", words[1])
	}
	t := s.law.Tender(e.Docket)
	i := slices.Index(t.Terms.EnvelopeNames(), words[0])
	if i < 0 {
		return nil, fmt.Errorf("the tender has no envelope %s", words[0])
	}
	id, err := s.id(words[1])
	if err != nil {
		return nil, err
	}
	return words[2:], s.write(e, procurement.Reveal{Bid: id, Envelope: words[0], Secret: b.secrets[i]})
}

// scores reads the scores that a file of the archive holds.
func (s *script) scores(name string) (c procurement.Scores, err error) {
	raw, err := s.json(s.files[name])
	if err != nil {
		return c, fmt.Errorf("file %s: %w", name, err)
	}
	return c, json.Unmarshal(raw, &c, json.RejectUnknownMembers(true))
}

func makeCommitment(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	c, err := s.scores(words[0])
	if err != nil {
		return nil, err
	}
	round := s.law.Tender(e.Docket).State.Round
	hash, err := c.Commitment(e.Docket, round, Key(s.actor).ID())
	if err != nil {
		return nil, err
	}
	return words[1:], s.write(e, procurement.ScoreCommit{Commitment: hash, Lot: c.Lot, Round: max(1, round)})
}

func makeScores(s *script, e *publica.Entry, _ *[]Text, words []string) ([]string, error) {
	id, err := s.id(words[0])
	if err != nil {
		return nil, err
	}
	c, err := s.scores(words[1])
	if err != nil {
		return nil, err
	}
	return words[2:], s.write(e, procurement.ScoreReveal{Commit: id, Scores: c})
}
