package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"publica"
	"publica/tender"
)

// A Holder speaks for a body that runs a validator: its governor, who says that the
// body's node holds the documents of a bid. URL is that of the node.
type Holder struct {
	Body publica.BodyID
	Key  *publica.PrivateKey
	URL  string
}

// hold has every holder say that it holds the documents of those bids that have
// some, once it has fetched them from its own node and compared them.
func (t *tendering) hold(ctx context.Context, bids []line) error {
	var all []line
	for _, b := range bids {
		body, _ := b.body.(tender.SealedBid)
		if len(body.Documents) == 0 {
			continue
		}
		_, v, err := t.client.Receipt(ctx, t.id(b.name), patience)
		if err != nil {
			return err
		}
		for i, h := range t.holders {
			if err := h.compare(ctx, t.client.Policy(), v.Entry, body.Documents); err != nil {
				return err
			}
			l := t.record(fmt.Sprintf("holder/%d", i), fmt.Sprintf("receipt/%d/%s", i, b.name), "storage-receipt", member{"bid": t.id(b.name)}, nil)
			l.ofBody = h.Body
			all = append(all, l)
		}
	}
	return t.say(ctx, all...)
}

// compare fetches documents from the holder's node, as long as they may be on their
// way there, and refuses those that are not what the bid says.
func (h *Holder) compare(ctx context.Context, policy *publica.Policy, bid *publica.Entry, documents []tender.Document) error {
	node, err := publica.NewClient(h.URL, policy)
	if err != nil {
		return err
	}
	for i, d := range documents {
		part, ok := bid.Part(fmt.Sprintf("document-%d", i+1))
		if !ok {
			return publica.Problem(publica.NotFound, "content", "the bid has no document "+fmt.Sprint(i+1))
		}
		c, err := arrived(ctx, node, part.Commitment)
		if err != nil {
			return err
		}
		if hash := sha256.Sum256(c.Data); !bytes.Equal(hash[:], d.Hash[:]) || int64(len(c.Data)) != d.Size {
			return publica.Problem(publica.Unverified, "content", "the document "+fmt.Sprint(i+1)+" is not what the bid says")
		}
	}
	return nil
}

// arrived fetches content from a node that other nodes may still be sending it to.
func arrived(ctx context.Context, node *publica.Client, of publica.Commitment) (publica.Content, error) {
	for begun := time.Now(); ; {
		c, err := node.Content(ctx, of)
		if publica.CodeOf(err) != publica.NotFound || time.Since(begun) > patience/2 {
			return c, err
		}
		if err := until(ctx, publica.TimeOf(time.Now().Add(-500*time.Millisecond))); err != nil {
			return c, err
		}
	}
}
