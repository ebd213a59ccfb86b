package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// A vendor is one who bids in the sample. Its key is a pseudonym for one tender.
type vendor struct {
	key       string // its actor is vendor/key
	offer     func() *tender.Offer
	documents []file  // beside the bid, encrypted
	garbage   string  // sealed in place of an offer
	points    [][]int // by evaluator: of each criterion that is scored
	why       string  // evaluators say of it
}

func (v *vendor) actor() string { return "vendor/" + v.key }

const octets = "application/octet-stream"

// bid seals a vendor's bid to the tender as it stands.
func (t *tendering) bid(now *sight, v *vendor, name string) (line, error) {
	body := tender.SealedBid{Text: now.Text()}
	l := t.record(v.actor(), name, "bid", nil, nil)
	offer := new(tender.Offer)
	if v.garbage == "" {
		offer = v.offer()
	}
	for i, d := range v.documents {
		var cipher bytes.Buffer
		blob, err := sealed.SealBlob(&cipher, bytes.NewReader(d.bytes), rand.Reader)
		if err != nil {
			return l, err
		}
		offer.Documents = append(offer.Documents, tender.OfferDocument{Blob: *blob, Media: d.media, Name: d.name})
		body.Documents = append(body.Documents, tender.Document{Hash: blob.Hash, Size: int64(cipher.Len())})
		l.files = append(l.files, file{media: octets, bytes: cipher.Bytes(), name: fmt.Sprintf("document-%d", i+1)})
	}
	for i, envelope := range now.Terms().EnvelopeNames() {
		text, err := v.text(now, offer, envelope)
		if err != nil {
			return l, err
		}
		key, err := now.Make(now.Key("", envelope))
		if err != nil {
			return l, err
		}
		context := now.Context(&tender.Bid{Author: t.key(v.actor()).ID(), Text: body.Text}, i)
		e, bucket, _, err := key.Seal(context, text, rand.Reader)
		if err != nil {
			return l, err
		}
		body.Envelopes = append(body.Envelopes, *e)
		l.files = append(l.files, file{media: octets, bytes: bucket, name: envelope})
	}
	l.body = body
	return l, nil
}

// text is what a vendor seals in an envelope.
func (v *vendor) text(now *sight, o *tender.Offer, envelope string) ([]byte, error) {
	if v.garbage != "" {
		return []byte(v.garbage), nil
	}
	text, err := o.For(envelope).Canonical()
	if err != nil {
		return nil, err
	}
	_, err = tender.ParseOffer(now.Terms(), envelope, text)
	return text, err
}

// held waits until as many nodes say that they hold the bids as it takes: they say so
// by themselves, once they do. Where one decides alone, it says it of documents.
func (t *tendering) held(ctx context.Context) error {
	several := t.client.Policy().Holders()
	return t.sees(ctx, "nodes that hold all bids", func(now *sight) bool {
		return !slices.ContainsFunc(now.Bids, func(b *tender.Bid) bool {
			wants := b.Status == tender.Sealed && (several > 0 || len(b.Documents) > 0)
			return wants && len(b.Receipts) < max(1, several)
		})
	})
}

// vendorOf finds whom a bid is of by its key.
func (t *tendering) vendorOf(all []vendor, key publica.KeyID) *vendor {
	for i := range all {
		if t.key(all[i].actor()).ID() == key {
			return &all[i]
		}
	}
	return nil
}
