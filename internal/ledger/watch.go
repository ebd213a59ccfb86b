package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cometbft/cometbft/mempool"

	"publica"
)

// wanted reports whether a block should be made.
func (l *Ledger[P]) wanted() bool { return l.clock.wanted() || l.pool.waiting() > 0 }

func (l *Ledger[P]) nudge() {
	select {
	case l.nudges <- struct{}{}:
	default:
	}
}

// wakeEngine puts a wake-up into the engine's mempool whenever a block is
// wanted. The mempool is locked while a block is committed, so this is not done
// by those who want it.
func (l *Ledger[P]) wakeEngine() {
	n := rand.Uint64() // so that peers' wake-ups differ
	for {
		select {
		case <-l.quit:
			return
		case <-l.nudges:
		}
		if !l.wanted() {
			continue
		}
		n++
		if err := l.engine.Mempool().CheckTx(wake(n), nil, mempool.TxInfo{}); err != nil {
			l.config.Log.Debug("wake-up not taken", "err", err) // watch tries again
		}
	}
}

// deadAfter is how many times Config.Stall must pass before a node that others
// could help is declared dead.
const deadAfter = 5

// watch looks whether blocks come while one is wanted. A wake-up may get lost
// (a full mempool, a peer's block at the wrong moment), so it sends another
// each second. What a missing block means depends on who is there, see
// [Status].
func (l *Ledger[P]) watch() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	height, since := int64(-1), time.Now()
	able := since // since when enough validators have been here to decide
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
		if until, waits := l.engine.guard.waits(); waits && publica.TimeOf(l.config.Now()) > until {
			l.Wake() // the block that a restored node waits for
		}
		now, _ := l.clock.last()
		if next, behind := l.leftBehind(); behind {
			why := fmt.Sprintf("peers no longer keep block %d; make this node anew: publicad join --anew", next)
			l.stalled.Store(&why)
			height, since = now, time.Now()
			continue
		}
		if now != height || !l.wanted() {
			height, since = now, time.Now()
			l.stalled.Store(nil)
			continue
		}
		l.nudge()
		ready := l.able()
		if !ready {
			able = time.Now()
		}
		without := time.Since(since)
		if without <= l.config.Stall {
			continue
		}
		why := l.diagnose(height, without)
		l.stalled.Store(&why)
		if alone := len(l.peers.all()) == 0; ready && (alone || min(without, time.Since(able)) > deadAfter*l.config.Stall) {
			l.dead(errors.New(why))
			return
		}
	}
}

// leftBehind returns the next block that this node needs, and whether more than
// a third of its peers, so not liars alone, have gone on and none of them keeps
// that block.
func (l *Ledger[P]) leftBehind() (next int64, behind bool) {
	next = l.engine.BlockStore().Height() + 1
	if state, err := l.engine.state().Load(); err == nil { // higher after Bootstrap
		next = max(next, state.LastBlockHeight+1)
	}
	ahead := 0
	for _, p := range l.exchange.connected() {
		switch s := p.keeps(); {
		case s.height < next:
		case s.base <= next:
			return next, false
		default:
			ahead++
		}
	}
	return next, 3*ahead > len(l.peers.all())
}

// able reports whether this node could decide with those who are here.
func (l *Ledger[P]) able() bool {
	_, quorum := l.standing()
	_, restored := l.engine.guard.waits()
	return quorum && !restored
}

// diagnose says why there has been no block for so long.
func (l *Ledger[P]) diagnose(height int64, without time.Duration) string {
	why := fmt.Sprintf("no block for %v after height %d, though one is wanted", without.Round(time.Second), height)
	peers, quorum := l.standing()
	_, restored := l.engine.guard.waits()
	switch {
	case !quorum:
		here := 0
		for _, p := range peers {
			if p.Connected {
				here++
			}
		}
		return why + fmt.Sprintf(": too few validators are connected, %d of %d peers", here, len(peers))
	case restored:
		return why + ": " + errRestored.Error()
	default:
		return why
	}
}
