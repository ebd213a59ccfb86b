package node

import (
	"context"
	"fmt"

	"publica"
	"publica/internal/content"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// never is where no order stands.
const never = int64(1<<63 - 1)

// orderAt returns the order to erase of that number, if the state has it.
func orderAt(m *machine.Machine, state machine.Reader, number int64) (order docket.Erasure, ok bool, err error) {
	err = m.View(state, 0, func(tx *machine.Tx) { order, ok = docket.ErasureAt(tx, number) })
	return order, ok, err
}

// carryOut has a content store carry out the orders that it has not yet. Purge does
// the same for what else holds content. It tells each of them.
func carryOut(ctx context.Context, m *machine.Machine, state machine.Reader, parts *content.Store, purge func(context.Context) error, done func(docket.Erasure)) error {
	for {
		number, err := parts.Carried()
		if err != nil {
			return err
		}
		order, ok, err := orderAt(m, state, number)
		if err != nil || !ok {
			return err
		}
		if err := purge(ctx); err != nil {
			return fmt.Errorf("erase what waits, by order of %s: %w", order.Act, err)
		}
		if err := parts.Erase(ctx, number, order.Commitments); err != nil {
			return fmt.Errorf("erase content by order of %s: %w", order.Act, err)
		}
		done(order)
	}
}

// erase carries out what the log orders to be erased. Until then this node does
// not say that it holds anything after the order: what it says means that too.
func (h *holding) erase(ctx context.Context) error {
	err := carryOut(ctx, h.chain.machine, h.chain.state, h.chain.content, h.purge, func(order docket.Erasure) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range order.Commitments {
			delete(h.missing, c) // nobody has it any more
		}
		h.log.Info("content erased", "by", order.Act, "parts", len(order.Commitments))
	})
	if err != nil {
		return err
	}
	return h.nextOrder()
}

// nextOrder looks where the first order stands that is not carried out yet.
func (h *holding) nextOrder() error {
	number, err := h.chain.content.Carried()
	if err != nil {
		return err
	}
	order, ok, err := orderAt(h.chain.machine, h.chain.state, number)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ordered = never
	if ok {
		h.ordered = order.Index
	}
	return nil
}

// shown returns content as the public may see it: not what is hidden.
func (c *chain) shown(p publica.Commitment) (publica.Content, error) {
	var act publica.EntryID
	var hidden bool
	if err := c.machine.View(c.state, 0, func(tx *machine.Tx) { act, hidden = docket.IsHidden(tx, p) }); err != nil {
		return publica.Content{}, err
	}
	if hidden {
		return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is to content that moderators have hidden, by "+act.String())
	}
	return c.content.Get(p)
}

// readable returns a function that returns content for the read model: what may be
// shown and is held, but for what has to be erased and is not yet.
func (c *chain) readable() (func(publica.Commitment) ([]byte, bool), error) {
	var orders, hidden int64
	if err := c.machine.View(c.state, 0, func(tx *machine.Tx) { orders, hidden = docket.Erasures(tx), docket.Hidden(tx) }); err != nil {
		return nil, err
	}
	get := c.content.Get
	if hidden > 0 {
		get = c.shown
	}
	number, err := c.content.Carried()
	if err != nil {
		return nil, err
	}
	pending := map[publica.Commitment]bool{}
	for ; number < orders; number++ {
		order, _, err := orderAt(c.machine, c.state, number)
		if err != nil {
			return nil, err
		}
		for _, p := range order.Commitments {
			pending[p] = true
		}
	}
	return func(p publica.Commitment) ([]byte, bool) {
		if pending[p] {
			return nil, false
		}
		got, err := get(p)
		return got.Data, err == nil
	}, nil
}
