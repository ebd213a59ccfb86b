package procurementview

import (
	"context"
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// Keeper says on the register what this node holds.
type Keeper interface {
	// Keeper returns the body whose node this is, zero if it decides alone; false
	// if it runs no validator.
	Keeper() (body publica.BodyID, keeps bool)
	// Keep signs and submits an entry in that body's name. What the rules would
	// refuse as things stand is refused here; the node's log says so.
	Keep(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any) error
}

// KeepBids has a node give its storage receipt for every bid that it holds, buckets
// and documents, while bids are taken: a bid counts only if a quorum held it before
// the deadline. It compares them with the hashes that the bid names, not with what
// anyone says. A node that decides alone says it of documents only.
func KeepBids(site *web.Site, model Reader, register string, k Keeper) {
	s := &store{pages: &pages{site: site, model: model, register: register, shelf: newShelf(register, site.Log())}, keeper: k}
	site.Work(s.run)
}

// A store gives receipts. Only its run uses it.
type store struct {
	*pages
	keeper  Keeper
	seen    int64 // log size up to which bids were looked for
	pending []aBid
}

// aBid is a bid that may want a receipt.
type aBid struct {
	docket publica.DocketID
	id     publica.EntryID
	again  time.Time     // not before, by the node's clock
	pause  time.Duration // since it was last looked for its content
}

// How often it is looked for bids, and how soon a receipt that was not taken is
// offered again.
const (
	lookEvery  = time.Second
	offerAgain = 30 * time.Second
	// Who sends a bid without its content has the node read all that is there of it
	// each time: so it looks less and less often.
	longestPause = 4 * time.Minute
)

func (s *store) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		of, keeps := s.keeper.Keeper()
		if !keeps {
			continue
		}
		if err := s.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			continue // the model is busy or being refilled: the next look sees the same
		}
		s.give(ctx, of)
	}
}

// look finds the bids that came since the last look.
func (s *store) look(ctx context.Context) error {
	return s.model.Read(ctx, func(v *readmodel.Snapshot) error {
		if v.Next < s.seen {
			s.seen, s.pending = 0, nil // refilled
		}
		found, err := readmodel.Collect(v, func(scan readmodel.Scan, b *aBid) error { return scan(&b.docket, &b.id) },
			`SELECT d.id, e.id FROM entry e JOIN docket d ON d.idx = e.docket LEFT JOIN refused r ON r.idx = e.idx
			WHERE e.kind = 'procurement/bid' AND e.idx >= ? AND r.idx IS NULL ORDER BY e.idx`, s.seen)
		if err != nil {
			return err
		}
		s.pending, s.seen = append(s.pending, found...), v.Next
		return nil
	})
}

// give gives the receipts that are due, and forgets the bids that want none.
func (s *store) give(ctx context.Context, of publica.BodyID) {
	now := s.site.Now().Std()
	var keep []aBid
	for _, b := range s.pending {
		if b.again.After(now) {
			keep = append(keep, b)
			continue
		}
		switch s.state(ctx, b, of) {
		case settled:
			continue
		case held:
			// What was not taken is offered again; the log has said why.
			_ = s.keeper.Keep(ctx, b.docket, "procurement/storage-receipt", procurement.Receipt{Bid: b.id})
			b.again = now.Add(offerAgain)
		case missing:
			b.pause = min(max(2*b.pause, lookEvery), longestPause)
			b.again = now.Add(b.pause)
		}
		keep = append(keep, b)
	}
	s.pending = keep
}

// A holding is what a node has to say of a bid.
type holding int

const (
	settled holding = iota // it has said it, or need not or cannot ever
	held                   // that it holds it
	missing                // nothing yet: some of it is not at hand
	unknown                // nothing yet: it could not look
)

// state looks whether a bid still waits for this node's receipt, and whether the node
// holds it.
func (s *store) state(ctx context.Context, b aBid, of publica.BodyID) holding {
	var t *told
	err := s.model.Read(ctx, func(v *readmodel.Snapshot) (err error) {
		t, err = s.tell(v, b.docket)
		return err
	})
	if faulty(err) {
		return settled // the log has said why
	} else if err != nil {
		return unknown // the model is busy or being refilled
	}
	bid := t.Bid(b.id)
	if bid == nil || len(bid.Documents) == 0 && of.IsZero() || bid.Status != tender.Sealed || t.Stage != tender.Bidding ||
		slices.ContainsFunc(bid.Receipts, func(r *tender.Receipt) bool { return r.Body == of }) {
		return settled
	}
	return holdingOf(bid, t.Terms().EnvelopeNames(), s.contentOf(ctx, t.input.Records))
}

// holdingOf compares the buckets and documents of a bid with what it says of them.
// The rules compare sizes alone, since they see no content: a bid of which something
// is another than it says never gets a receipt.
func holdingOf(b *tender.Bid, envelopes []string, content tender.Content) holding {
	hashes := map[string]sealed.Hash{}
	for i := range b.Envelopes {
		hashes[envelopes[i]] = b.Envelopes[i].Bucket
	}
	for i, d := range b.Documents {
		hashes["document-"+strconv.Itoa(i+1)] = d.Hash
	}
	all := held
	for name, hash := range hashes {
		raw, ok := content(b.ID, name)
		if !ok {
			all = missing
		} else if sealed.Hash(sha256.Sum256(raw)) != hash {
			return settled
		}
	}
	return all
}
