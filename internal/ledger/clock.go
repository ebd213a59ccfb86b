package ledger

import (
	"sync"

	"publica"
)

// blockClock keeps the time of the last block and the time the node wants a
// block to reach.
type blockClock struct {
	mu     sync.Mutex // guards all below
	height int64
	time   publica.Time
	wish   publica.Time // zero: none
	tries  int
}

// A wish is given up after so many blocks. The next block's time is that of
// the votes for the last one, so one block must pass before a fresh time comes;
// more than a few mean that the clocks of other validators are behind ours.
const maxTries = 4

func (c *blockClock) want(at publica.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at > c.time {
		c.wish, c.tries = at, 0
	}
}

func (c *blockClock) committed(height int64, at publica.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.height, c.time = height, at
	if c.tries++; at >= c.wish || c.tries >= maxTries {
		c.wish, c.tries = 0, 0
	}
}

func (c *blockClock) wanted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wish != 0
}

func (c *blockClock) last() (height int64, at publica.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height, c.time
}
