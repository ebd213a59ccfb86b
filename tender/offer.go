package tender

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/sealed"
)

// OfferFormat names the form of what stands inside an envelope; see spec/offer.md.
const OfferFormat = "publica-offer/v1"

// An Offer is what one envelope of a bid says, or all of them together.
type Offer struct {
	Bidder    *Bidder         `json:"bidder,omitzero"` // who bids, in the first envelope
	Documents []OfferDocument `json:"documents,omitempty"`
	Facts     jsontext.Value  `json:"facts,omitzero"` // an object: inputs of the pinned rules
	Format    string          `json:"format"`
	Items     []Item          `json:"items,omitempty"`  // beside the price
	Letters   *sealed.BoxKey  `json:"letters,omitzero"` // to which what the bidder alone may read is encrypted, in the first envelope
	Price     *Money          `json:"price,omitzero"`   // of everything, in the last envelope
}

// Bidder is who stands behind a pseudonym.
type Bidder struct {
	ID     string `json:"id,omitzero"` // in the scheme
	Name   string `json:"name"`
	Scheme string `json:"scheme,omitzero"` // of org-id.guide, for example US-SAM
}

// Item is a line of an offer.
type Item struct {
	Description string `json:"description,omitzero"`
	ID          string `json:"id"`
	Price       int64  `json:"price"` // of one unit, in minor units
	Quantity    int64  `json:"quantity"`
	Unit        string `json:"unit,omitzero"`
}

// OfferDocument is the key of a document beside the bid.
type OfferDocument struct {
	Blob  sealed.Blob `json:"blob"`
	Media string      `json:"media"`
	Name  string      `json:"name"`
}

const (
	maxItems = 500
	maxPrice = 1_000_000_000_000_000
)

// ParseOffer reads what one envelope of a tender says. What it refuses is
// non-responsive, for everyone and for ever.
func ParseOffer(t *Terms, envelope string, text []byte) (*Offer, error) {
	canonical := jsontext.Value(bytes.Clone(text))
	if canonical.Canonicalize() != nil || !bytes.Equal(canonical, text) {
		return nil, publica.Problem(publica.Malformed, "offer", "is not canonical JSON (RFC 8785)")
	}
	o := new(Offer)
	if err := publica.DecodeStrict(text, o, "offer"); err != nil {
		return nil, err
	}
	return o, o.check(t, envelope)
}

// Canonical returns the bytes that are sealed.
func (o *Offer) Canonical() ([]byte, error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "offer", err.Error())
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		return nil, publica.Problem(publica.Malformed, "offer", err.Error())
	}
	return text, nil
}

func (o *Offer) check(t *Terms, envelope string) error {
	first, last := envelope != "price", envelope != "technical"
	switch {
	case o.Format != OfferFormat:
		return publica.Problem(publica.Unsupported, "offer/format", "is "+strconv.Quote(o.Format)+", not "+OfferFormat)
	case (o.Bidder != nil) != first:
		return publica.Problem(publica.Invalid, "offer/bidder", "stands in the first envelope, and in no other")
	case first && strings.TrimSpace(o.Bidder.Name) == "":
		return publica.Problem(publica.Invalid, "offer/bidder/name", "is missing").WithHint("say who bids: it is read when bids are open")
	case !first && o.Letters != nil:
		return publica.Problem(publica.Invalid, "offer/letters", "stands in the first envelope")
	case !first && o.Facts != nil:
		return publica.Problem(publica.Invalid, "offer/facts", "stand in the first envelope")
	case o.Facts != nil && o.Facts.Kind() != '{':
		return publica.Problem(publica.Malformed, "offer/facts", "is not an object")
	case (o.Price != nil) != last:
		return publica.Problem(publica.Invalid, "offer/price", "stands in the last envelope, and in no other")
	case !last && len(o.Items) > 0:
		return publica.Problem(publica.Invalid, "offer/items", "have prices, which stand in the last envelope")
	}
	if !last {
		return nil
	}
	return o.checkPrice(t)
}

func (o *Offer) checkPrice(t *Terms) error {
	switch {
	case o.Price.Amount < 1 || o.Price.Amount > maxPrice:
		return publica.Problem(publica.Invalid, "offer/price/amount", "is not an amount").WithHint("a whole number of minor units: 12500 for 125.00")
	case o.Price.Currency != t.Currency:
		return publica.Problem(publica.Invalid, "offer/price/currency", "is not the tender's, "+t.Currency)
	case len(o.Items) > maxItems:
		return publica.Problem(publica.TooLarge, "offer/items", "are more than "+strconv.Itoa(maxItems))
	case len(o.Items) == 0:
		return nil
	}
	sum := new(big.Int)
	for i, x := range o.Items {
		if x.ID == "" || x.Quantity < 1 || x.Price < 0 {
			return publica.Problem(publica.Invalid, "offer/items/"+strconv.Itoa(i), "has no id, no quantity, or a price below zero")
		}
		sum.Add(sum, new(big.Int).Mul(big.NewInt(x.Quantity), big.NewInt(x.Price)))
	}
	if sum.Cmp(big.NewInt(o.Price.Amount)) != 0 {
		return publica.Problem(publica.Invalid, "offer/items", "add up to "+sum.String()+", the price is "+strconv.FormatInt(o.Price.Amount, 10))
	}
	return nil
}

// join adds what a later envelope says.
func (o *Offer) join(later *Offer) {
	o.Documents = slices.Concat(o.Documents, later.Documents)
	if later.Price != nil {
		o.Price, o.Items = later.Price, later.Items
	}
}
