package ledger

import (
	"context"
	"slices"

	"publica"
	"publica/internal/machine"
)

// receive takes in what a peer sends.
func (x *exchange) receive(ctx context.Context, p *peer) {
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-p.inbox:
			x.takeIn(ctx, p, message)
		}
	}
}

// takeIn takes in a message of entries: those that are new here are opened,
// verified, and made durable together.
func (x *exchange) takeIn(ctx context.Context, p *peer, message []byte) {
	payloads, ok := parseEntries(message)
	if !ok {
		x.mute(p, "a message of entries that is none")
		return
	}
	var (
		known, all []publica.EntryID
		fresh      []*submission
	)
	for _, payload := range payloads {
		s, ok := parsePayload(payload)
		if !ok {
			x.mute(p, "an entry that is none")
			return
		}
		id := s.signed.ID()
		all = append(all, id)
		switch e, durable := x.pool.get(id); {
		case durable:
			known = append(known, id)
		case e != nil: // under way; the peer hears when it is durable
		case x.decided(id):
			known = append(known, id)
		default:
			// The message would live as long as any of its entries.
			s, _ = parsePayload(slices.Clone(payload))
			fresh = append(fresh, s)
		}
	}
	x.pool.confirmed(p.seat, all) // who sends an entry holds it
	p.have(known)

	var whole []*pooled
	for _, it := range x.verified(p, fresh) {
		lacks := len(it.Content) < len(it.Entry.Content)
		if lacks && !p.mayPull() {
			continue // the peer sends it again
		}
		e, isNew, err := x.pool.receive(it, p.id)
		fresh := err == nil && isNew // else there is no room, and the peer sends it again; or another peer was quicker
		if fresh && x.decided(it.ID) {
			x.pool.fail(e, errDecided) // a block was quicker
			p.have([]publica.EntryID{it.ID})
			fresh = false
		}
		switch {
		case !lacks && fresh:
			whole = append(whole, e)
		case lacks && fresh:
			x.work.Go(func() { x.pull(ctx, p, e) })
		case lacks:
			p.pulled()
		}
	}
	x.store(whole)
}

var errDecided = publica.Problem(publica.Conflict, "", "the entry has been decided meanwhile")

// verified returns those of the submissions that are what a submission must
// be, though large parts may be missing.
func (x *exchange) verified(p *peer, all []*submission) []Item {
	items := make([]Item, len(all))
	errs := make([]error, len(all))
	const step = 32
	parallel(len(all), step, func(from, to int) {
		for i := from; i < to; i++ {
			items[i].Content = all[i].content
			items[i].Entry, errs[i] = x.app.Open(all[i].signed)
			if errs[i] == nil {
				errs[i] = publica.CheckContent(items[i].Entry.Entry, items[i].Content)
			}
		}
	})
	var (
		good    []Item
		entries []*machine.Entry
	)
	for i := range items {
		switch {
		case errs[i] == nil:
			good, entries = append(good, items[i]), append(entries, items[i].Entry)
		case publica.CodeOf(errs[i]) == publica.Unsupported: // of rules that this node does not know yet
			p.log.Warn("an entry of an unknown kind is left to other nodes", "entry", all[i].signed.ID(), "err", errs[i])
		default:
			x.mute(p, "an entry that cannot be taken: "+errs[i].Error())
		}
	}
	valid := x.verifier.verifyAll(entries)
	items = good[:0]
	for i := range good {
		if !valid[i] {
			x.mute(p, "an entry whose signature does not verify")
			continue
		}
		items = append(items, good[i])
	}
	return items
}

// store makes whole entries durable, tells all peers so, and lets them wait
// for a block.
func (x *exchange) store(all []*pooled) {
	if len(all) == 0 {
		return
	}
	items := make([]Item, len(all))
	for i, e := range all {
		items[i] = e.item
	}
	var (
		held, gone []publica.EntryID
		late       []publica.Content
	)
	for i, err := range x.keep(items) {
		id := items[i].ID
		if err != nil {
			x.pool.fail(all[i], err) // no disk, no word; the peer sends it again
			continue
		}
		if held = append(held, id); !x.pool.admit(all[i], nil) {
			gone = append(gone, id) // a block decided it while the disk worked
			late = append(late, items[i].Content...)
		}
	}
	if err := x.app.Keep(late); err != nil {
		x.log.Error("content that came after its entry's block cannot be kept", "err", err)
		gone = nil // it stays in the intake
	}
	for _, p := range x.connected() {
		p.have(held)
	}
	x.forget(gone)
	x.added(held, false)
	x.arrived()
}
