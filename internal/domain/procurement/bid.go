package procurement

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// SealBid is the body of procurement/bid. Its author is a key that the bidder uses
// for this tender alone: who bids stands inside the envelopes. The latest bid of a
// key for a lot counts. Parts: the sealed buckets, named as the envelopes are (bid;
// or technical and price), [sealed.BucketSize] bytes each; document-1 … for the
// ciphertext of what is too large for them.
type SealBid struct {
	Documents []Document        `json:"documents,omitempty"` // in the order of the parts
	Envelopes []sealed.Envelope `json:"envelopes"`           // in the order they open
	Lot       string            `json:"lot,omitzero"`
	Text      sealed.Hash       `json:"text"` // of the tender as the bidder read it
}

// Document is the ciphertext of a document.
type Document struct {
	Hash sealed.Hash `json:"hash"` // SHA-256
	Size int64       `json:"size"` // in bytes
}

// Bid is a bid as it stands.
type Bid struct {
	Author    publica.KeyID     `json:"author"`
	Cured     publica.EntryID   `json:"cured,omitzero"`  // the entry that cured it
	Curing    publica.EntryID   `json:"curing,omitzero"` // the request, while its clock runs
	Asked     bool              `json:"asked,omitzero"`  // for a cure, once
	Debriefed publica.EntryID   `json:"debriefed,omitzero"`
	Documents int64             `json:"documents,omitzero"`
	Entry     publica.EntryID   `json:"entry"`
	Envelopes []sealed.Envelope `json:"envelopes"`
	Holders   []publica.BodyID  `json:"holders,omitempty"` // bodies that hold its buckets and documents
	Index     int64             `json:"index"`             // in the log
	Lot       int               `json:"lot"`               // in State.Lots
	Rejected  publica.EntryID   `json:"rejected,omitzero"`
	Result    publica.EntryID   `json:"result,omitzero"`    // the latest compliance-result
	Passed    bool              `json:"passed,omitzero"`    // it says that every rule is met
	Revealed  []bool            `json:"revealed,omitempty"` // by envelope: its bidder opened it
	Round     int64             `json:"round,omitzero"`
	Status    BidStatus         `json:"status"`
	Stored    bool              `json:"stored,omitzero"` // the node that decides alone holds its documents, or it has none
	Text      sealed.Hash       `json:"text"`
}

// BidStatus says whether a bid counts.
type BidStatus string

const (
	Sealed     BidStatus = "sealed"     // the latest of its author for the lot, so far
	Superseded BidStatus = "superseded" // by a later bid, or by an amendment
	Withdrawn  BidStatus = "withdrawn"
	Unstored   BidStatus = "unstored" // no quorum held it at the deadline
	Counted    BidStatus = "counted"  // at the deadline
)

// live reports whether a bid counts and is not rejected.
func (b *Bid) live() bool { return b.Status == Counted && b.Rejected.IsZero() }

const (
	maxBids         = 32 // of a key for a lot: each is decided again at the deadline, and costs its author little
	maxDocuments    = 16
	maxDocumentSize = publica.MaxPartSize
)

var (
	bids   = machine.NewTable[Bid]("procurement-bid")                    // docket ‖ entry
	latest = machine.NewTable[publica.EntryID]("procurement-latest-bid") // docket ‖ lot ‖ author
	tries  = machine.NewTable[int64]("procurement-bids")                 // docket ‖ lot ‖ author: its bids so far
	points = machine.NewTable[publica.EntryID]("procurement-point")      // docket ‖ R: the bid that used it

	bidParts = []machine.PartRule{{Name: "bid"}, {Name: "technical"}, {Name: "price"}, {Name: "document", Numbered: true}}
)

func bidKey(in publica.DocketID, id publica.EntryID) []byte { return machine.Key(in[:], id[:]) }

func latestKey(in publica.DocketID, lot int, author publica.KeyID) []byte {
	return machine.Key(in[:], []byte{byte(lot)}, author[:])
}

// BidOf returns a bid of a tender as it stands.
func BidOf(tx *machine.Tx, in publica.DocketID, id publica.EntryID) (Bid, bool) {
	return bids.Get(tx, bidKey(in, id))
}

func putBid(tx *machine.Tx, in publica.DocketID, b Bid) { bids.Put(tx, bidKey(in, b.Entry), b) }

// Bids returns the bids of a tender that f picks, in the order of the log.
func Bids(tx *machine.Tx, in publica.DocketID, f func(*Bid) bool) (all []Bid) {
	for _, b := range bids.Scan(tx, in[:]) {
		if f(&b) {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Bid) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

// counted returns the bids of a lot that counted at the deadline.
func counted(tx *machine.Tx, in publica.DocketID, lot int) []Bid {
	return Bids(tx, in, func(b *Bid) bool { return b.Lot == lot && b.Status == Counted })
}

// aBid returns the bid that a record names, if it counts.
func aBid(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) (Bid, error) {
	b, ok := BidOf(tx, in, id)
	switch {
	case !ok:
		return b, publica.Problem(publica.NotFound, field, "is not a bid of this tender").WithHint("name it by the entry id of its procurement/bid")
	case b.Status != Counted:
		return b, publica.Problem(publica.Invalid, field, "is a bid that does not count: it is "+string(b.Status))
	}
	return b, nil
}

// liveBid is aBid for one that is not rejected.
func liveBid(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) (Bid, error) {
	b, err := aBid(tx, in, field, id)
	if err == nil && !b.live() {
		return b, publica.Problem(publica.Conflict, field, "was rejected by "+b.Rejected.String())
	}
	return b, err
}

func checkBid(e *machine.Entry, b *SealBid) error {
	if len(b.Envelopes) < 1 || len(b.Envelopes) > 2 {
		return publica.Problem(publica.Invalid, "body/envelopes", "are not one or two").WithHint("one for each envelope of the tender, in the order they open")
	}
	if b.Text == (sealed.Hash{}) {
		return publica.Problem(publica.Invalid, "body/text", "is missing").WithHint("the text hash of the tender: it changes with each amendment")
	}
	if e.For != (publica.BodyID{}) {
		return publica.Problem(publica.Invalid, "for", "must be absent: a bid does not say who sent it").WithHint("say who bids inside the envelope")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e, bidParts...), checkBuckets(e, b), checkDocuments(e, b.Documents))
}

// checkBuckets refuses buckets that are not one for each envelope, or of another
// size: a size would tell them apart.
func checkBuckets(e *machine.Entry, b *SealBid) error {
	names := envelopeNames(len(b.Envelopes))
	for i := range e.Content {
		p := &e.Content[i]
		at := "content/" + strconv.Itoa(i)
		switch {
		case strings.HasPrefix(p.Name, "document-"):
		case !slices.Contains(names, p.Name):
			return publica.Problem(publica.Invalid, at+"/part", p.Name+" is not an envelope of this bid").WithHint("its envelopes are: " + strings.Join(names, ", "))
		case p.Size != sealed.BucketSize:
			return publica.Problem(publica.Invalid, at+"/size", "the bucket "+p.Name+" is not "+strconv.Itoa(sealed.BucketSize)+" bytes").WithHint("every bucket has one size; larger documents go beside it")
		}
	}
	for _, name := range names {
		if _, ok := e.Part(name); !ok {
			return publica.Problem(publica.Invalid, "content", "lacks the part "+name).WithHint("add the sealed bucket as a content part of that name")
		}
	}
	return nil
}

func checkDocuments(e *machine.Entry, documents []Document) error {
	if len(documents) > maxDocuments {
		return publica.Problem(publica.TooLarge, "body/documents", "are more than "+strconv.Itoa(maxDocuments))
	}
	for i, d := range documents {
		at := "body/documents/" + strconv.Itoa(i)
		p, ok := e.Part("document-" + strconv.Itoa(i+1))
		switch {
		case d.Hash == sealed.Hash{}:
			return publica.Problem(publica.Invalid, at+"/hash", "is missing").WithHint("the SHA-256 of the ciphertext")
		case d.Size < 1 || d.Size > maxDocumentSize:
			return publica.Problem(publica.Invalid, at+"/size", "is not between 1 and "+strconv.Itoa(maxDocumentSize)+" bytes").WithHint("split larger documents")
		case !ok || p.Size != d.Size:
			return publica.Problem(publica.Invalid, at, "is not the content part document-"+strconv.Itoa(i+1)).WithHint("add the ciphertext as that part, in its size")
		}
	}
	for i := range e.Content {
		n, isDocument := strings.CutPrefix(e.Content[i].Name, "document-")
		if number, err := strconv.Atoi(n); isDocument && (err != nil || number > len(documents)) {
			return publica.Problem(publica.Invalid, "content/"+strconv.Itoa(i)+"/part", e.Content[i].Name+" is not among body/documents").WithHint("list each document with its hash and size, in the order of the parts")
		}
	}
	return nil
}

func applyBid(tx *machine.Tx, e *machine.Entry, b *SealBid) error {
	d, s, err := tender(tx, e)
	if err != nil {
		return err
	}
	if err := machine.First(s.require(Bidding), d.Spend(tx, e)); err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	lot, err := s.lot(b.Lot)
	if err != nil {
		return err
	}
	made, _ := tries.Get(tx, latestKey(e.Docket, lot, e.Author))
	switch {
	case b.Text != s.Text:
		return publica.Problem(publica.Conflict, "body/text", "is not that of the tender as it stands: it was amended").
			WithHint("read the amendments and seal anew for " + s.Text.String())
	case int64(len(b.Envelopes)) != t.Envelopes:
		return publica.Problem(publica.Invalid, "body/envelopes", "are "+strconv.Itoa(len(b.Envelopes))+", this tender has "+strconv.FormatInt(t.Envelopes, 10))
	case made >= maxBids:
		return publica.Problem(publica.Conflict, "author", "has bid "+strconv.Itoa(maxBids)+" times for this lot: the last of them counts")
	case t.knows(e.Author):
		return publica.Problem(publica.Forbidden, "author", "is a trustee or an evaluator of this tender").WithHint("bid with a key of your own, made for this tender")
	}
	bid := Bid{Author: e.Author, Documents: int64(len(b.Documents)), Entry: e.ID, Envelopes: b.Envelopes, Index: e.Index, Lot: lot,
		Status: Sealed, Stored: len(b.Documents) == 0, Text: b.Text, Revealed: make([]bool, len(b.Envelopes))}
	if err := s.sealedWell(tx, e, &t, &bid); err != nil {
		return err
	}
	tries.Put(tx, latestKey(e.Docket, lot, e.Author), made+1)
	supersede(tx, e.Docket, lot, e.Author)
	latest.Put(tx, latestKey(e.Docket, lot, e.Author), e.ID)
	putBid(tx, e.Docket, bid)
	return nil
}

// knows reports whether a key has another part in the tender.
func (t *Publish) knows(key publica.KeyID) bool {
	return slices.Contains(t.Evaluators, key) || slices.ContainsFunc(t.Trustees, func(t Trustee) bool { return t.Key == key })
}

// sealedWell refuses envelopes that are not their author's, for this lot and text,
// or that were seen before.
func (s *State) sealedWell(tx *machine.Tx, e *machine.Entry, t *Publish, b *Bid) error {
	for i := range b.Envelopes {
		at, envelope := "body/envelopes/"+strconv.Itoa(i), &b.Envelopes[i]
		point := machine.Key(e.Docket[:], envelope.Point[:])
		if by, ok := points.Get(tx, point); ok {
			return publica.Problem(publica.Conflict, at+"/point", "stands in the bid "+by.String()+" already: an envelope is made once").WithHint("seal anew")
		}
		k, _ := KeysOf(tx, e.Docket, Slot{s.Attempt, b.Lot, i})
		if k.Key == nil {
			return publica.Problem(publica.Conflict, at, "has no key") // cannot happen: bidding begins when all have
		}
		if err := k.Key.CheckEnvelope(s.ContextOf(e.Docket, t, b, i), envelope); err != nil {
			return under(at, err)
		}
		points.Put(tx, point, e.ID)
	}
	return nil
}

// supersede takes the author's bid before out of the count.
func supersede(tx *machine.Tx, in publica.DocketID, lot int, author publica.KeyID) {
	id, ok := latest.Get(tx, latestKey(in, lot, author))
	if !ok {
		return
	}
	if before, _ := BidOf(tx, in, id); before.Status == Sealed {
		before.Status = Superseded
		putBid(tx, in, before)
	}
}
