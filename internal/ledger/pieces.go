package ledger

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"publica"
)

// mayPull reports whether content of that size may be pulled from a peer now:
// not more at a time than the peer's share of the pool.
func (p *peer) mayPull(size, share int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pulls == pullsSize || p.pulling+size > share {
		return false
	}
	p.pulls++
	p.pulling += size
	return true
}

func (p *peer) pulled(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulls--
	p.pulling -= size
}

// pull gets the parts of an entry that did not travel with it from the peer
// that sent it.
func (x *exchange) pull(ctx context.Context, p *peer, e *pooled) {
	defer p.pulled(e.size)
	ctx, cancel := context.WithTimeout(ctx, pullWithin)
	defer cancel()
	content := slices.Clone(e.item.Content)
	for i := range e.item.Entry.Content {
		part := &e.item.Entry.Content[i]
		if slices.ContainsFunc(content, func(c publica.Content) bool { return c.Name == part.Name }) {
			continue
		}
		c, err := x.request(ctx, p, part.Commitment)
		if err != nil {
			x.pool.fail(e, errLater)
			if p.IsRunning() {
				x.mute(p, "an entry without its content, "+err.Error())
			}
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

// request asks one peer for content, piece by piece, and verifies it. The error
// is NotFound if the peer does not hold it.
func (x *exchange) request(ctx context.Context, p *peer, want publica.Commitment) (c publica.Content, err error) {
	select {
	case p.asks <- struct{}{}:
		defer func() { <-p.asks }()
	case <-ctx.Done():
		return c, ctx.Err()
	}
	number, answers := p.ask()
	defer p.forget(number)
	for {
		a := ask{number: number, commitment: want, from: uint32(len(c.Data))}
		if !p.send(wordChannel, a.word()) {
			return c, errGone
		}
		var got piece
		select {
		case got = <-answers:
		case <-time.After(pieceWithin):
			return c, errGone
		case <-p.Quit():
			return c, errGone
		case <-ctx.Done():
			return c, ctx.Err()
		}
		if !got.held {
			return c, errNotHeld
		}
		if c.Salt == nil {
			c.Salt, c.Data = slices.Clone(got.salt), make([]byte, 0, min(got.size, pieceSize))
		}
		c.Data = append(c.Data, got.data...)
		switch {
		case len(c.Data) < int(got.size) && len(got.data) > 0:
			continue
		case len(c.Data) == int(got.size) && c.Commitment() == want:
			return c, nil
		}
		x.mute(p, "content that does not fit its commitment")
		return c, errNotHeld
	}
}

var (
	errNotHeld = publica.Problem(publica.NotFound, "commitment", "is held by no connected node")
	errGone    = publica.Problem(publica.NotFound, "commitment", "was asked for, and no answer came")
)

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

// fetch asks the peers for content, one after the other, in random order.
func (x *exchange) fetch(ctx context.Context, want publica.Commitment) (publica.Content, error) {
	peers := x.connected()
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers {
		if x.isMuted(p) {
			continue
		}
		c, err := x.request(ctx, p, want)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return publica.Content{}, ctx.Err()
		}
	}
	return publica.Content{}, errNotHeld
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
