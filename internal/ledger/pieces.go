package ledger

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"publica"
)

// mayPull reports whether the content of another entry of a peer may be pulled
// now.
func (p *peer) mayPull() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pulls == pullsSize {
		return false
	}
	p.pulls++
	return true
}

func (p *peer) pulled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulls--
}

// pull gets the parts of an entry that did not travel with it, from the peer p
// that sent it or any other that says it holds it. If they do not come, the
// entry is given up: whoever holds it sends it again. That is no fault of p,
// which may be slow, or have handed its content on meanwhile.
func (x *exchange) pull(ctx context.Context, p *peer, e *pooled) {
	defer p.pulled()
	content := slices.Clone(e.item.Content)
	for i := range e.item.Entry.Content {
		part := &e.item.Entry.Content[i]
		if slices.ContainsFunc(content, func(c publica.Content) bool { return c.Name == part.Name }) {
			continue
		}
		holders := slices.DeleteFunc(x.connected(), func(q *peer) bool { return q != p && !x.pool.holds(q.seat, e) })
		c, err := x.get(ctx, holders, part.Commitment, part.Size)
		if err != nil {
			x.pool.fail(e, errLater)
			return
		}
		c.Name = part.Name
		content = append(content, c)
	}
	x.pool.complete(e, content)
	x.store([]*pooled{e})
}

var errLater = publica.Problem(publica.Busy, "", "the entry's content is on its way from another node and has not come yet").
	WithHint("send the entry again in a few seconds")

// fetch asks all peers for content.
func (x *exchange) fetch(ctx context.Context, want publica.Commitment) (publica.Content, error) {
	return x.get(ctx, x.connected(), want, unknownSize)
}

// get asks peers for content, one after the other, in random order; last those
// that did not answer in time, and of these last the one that did so last.
func (x *exchange) get(ctx context.Context, peers []*peer, want publica.Commitment, size int64) (publica.Content, error) {
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	x.mu.Lock()
	slices.SortStableFunc(peers, func(a, b *peer) int { return x.late[a.ID()].Compare(x.late[b.ID()]) })
	x.mu.Unlock()
	for _, p := range peers {
		if x.isMuted(p) {
			continue
		}
		c, err := x.request(ctx, p, want, size)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return publica.Content{}, ctx.Err()
		}
	}
	return publica.Content{}, errNotHeld
}

const unknownSize = -1 // the first piece says it

// partWithin is when a part must have come.
func partWithin(size int64) time.Duration {
	return pieceWithin + time.Duration(size)*time.Second/slowestPull
}

// request asks one peer for content, piece by piece, and verifies it. The error
// is NotFound if the peer does not hold it, or does not answer in time: then
// others are asked before it for a while.
func (x *exchange) request(ctx context.Context, p *peer, want publica.Commitment, size int64) (c publica.Content, err error) {
	select {
	case p.asks <- struct{}{}:
		defer func() { <-p.asks }()
	case <-p.Quit():
		return c, errGone
	case <-ctx.Done():
		return c, ctx.Err()
	}
	number, answers := p.ask()
	defer p.forget(number)
	for began := time.Now(); ; {
		a := ask{number: number, commitment: want, from: uint32(len(c.Data))}
		if !p.send(wordChannel, a.word()) {
			return c, x.wasLate(p)
		}
		within := pieceWithin
		if size >= 0 {
			within = min(within, time.Until(began.Add(partWithin(size))))
		}
		var got piece
		select {
		case got = <-answers:
		case <-time.After(within):
			return c, x.wasLate(p)
		case <-p.Quit():
			return c, errGone
		case <-ctx.Done():
			return c, ctx.Err()
		}
		if !got.held {
			return c, errNotHeld
		}
		if c.Salt == nil {
			if size == unknownSize {
				size = int64(got.size)
			}
			c.Salt, c.Data = slices.Clone(got.salt), make([]byte, 0, min(size, pieceSize))
		}
		if int64(got.size) != size || !bytes.Equal(got.salt, c.Salt) || int64(len(got.data)) != min(size-int64(len(c.Data)), pieceSize) {
			x.mute(p, "a piece of content that is not the one asked for")
			return c, errNotHeld
		}
		if c.Data = append(c.Data, got.data...); int64(len(c.Data)) < size {
			continue
		}
		if c.Commitment() != want {
			x.mute(p, "content that does not fit its commitment")
			return c, errNotHeld
		}
		x.wasInTime(p)
		return c, nil
	}
}

var (
	errNotHeld = publica.Problem(publica.NotFound, "commitment", "is held by no connected node")
	errGone    = publica.Problem(publica.NotFound, "commitment", "was asked for, and no answer came")
)

// wasLate notes that a peer did not answer in time.
func (x *exchange) wasLate(p *peer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.late[p.ID()] = time.Now()
	return errGone
}

// wasInTime notes that a peer has answered.
func (x *exchange) wasInTime(p *peer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.late, p.ID())
}

// ask begins a request.
func (p *peer) ask() (number uint32, answers <-chan piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	c := make(chan piece, 1)
	p.requests[p.number] = c
	return p.number, c
}

func (p *peer) forget(number uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.requests, number)
}

// answered hands a piece to whoever asked for it; what nobody asked for is
// dropped.
func (p *peer) answered(got piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.requests[got.number] <- got:
	default:
	}
}

// serve answers a peer's requests for content, one at a time.
func (x *exchange) serve(ctx context.Context, p *peer) {
	var (
		at   publica.Commitment
		held publica.Content // what was asked for last, if more of it may be
	)
	for {
		var a ask
		select {
		case <-ctx.Done():
			return
		case a = <-p.asked:
		}
		if held.Salt == nil || a.commitment != at {
			c, err := x.content(a.commitment)
			if err != nil && publica.CodeOf(err) != publica.NotFound {
				x.log.Error("content that a peer asked for cannot be read", "commitment", a.commitment, "err", err)
			}
			if err != nil {
				c = publica.Content{}
			}
			at, held = a.commitment, c
		}
		answer := piece{number: a.number}
		if held.Salt != nil && int(a.from) <= len(held.Data) {
			rest := held.Data[a.from:]
			answer.held, answer.size, answer.salt, answer.data = true, uint32(len(held.Data)), held.Salt, rest[:min(len(rest), pieceSize)]
			if len(rest) <= pieceSize {
				held = publica.Content{}
			}
		}
		p.send(contentChannel, answer.bytes())
	}
}

// content returns content that waits beside its entry, or that the register
// holds.
func (x *exchange) content(c publica.Commitment) (publica.Content, error) {
	if part, ok := x.pool.committed(c); ok {
		return part, nil
	}
	return x.app.Content(c)
}
