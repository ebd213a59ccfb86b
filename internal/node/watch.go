package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"publica"
)

// watchdog looks after what kills a node without a word: a disk that fills, a
// clock that is wrong, a register that makes no blocks. What it finds stands in
// /readyz; a disk that is almost full ends promises while there is still room
// to keep those given, and then the process, before the engine breaks on it.
type watchdog struct {
	reg      *register
	dir      string
	least    int64         // bytes free below which nothing is promised
	skew     time.Duration // difference from other nodes' clocks that is too much
	findings atomic.Pointer[[]string]
	full     atomic.Bool // too little room on the disk
	stuck    atomic.Bool // no block can come
}

// lastRoom is the part of the least free space below which the process ends.
const lastRoom = 4

// errNoRoom ends the process in good order. A supervisor starts it again; it
// runs once there is room.
var errNoRoom = publica.Problem(publica.Busy, "", "the disk is almost full: the node stops before anything breaks").
	WithHint("make room on the disk and start the node again; nothing promised is lost")

// run looks each second until ctx ends, or there is no room left.
func (w *watchdog) run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := w.look(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look notes what is wrong. Its error means that the node must stop.
func (w *watchdog) look() error {
	var found []string
	free, err := freeBytes(w.dir)
	switch {
	case err != nil:
		found = append(found, "the free space of "+w.dir+" cannot be read: "+err.Error())
	case free < w.least/lastRoom:
		return errNoRoom
	case free < w.least:
		found = append(found, fmt.Sprintf("disk: %d MiB free in the data folder, below %d MiB nothing is promised", free>>20, w.least>>20))
	}
	w.full.Store(err == nil && free < w.least)
	if skew := w.clockSkew(); skew > w.skew || skew < -w.skew {
		found = append(found, fmt.Sprintf("clock: %v away from the other nodes' clocks (the median of them)", skew.Round(time.Second)))
	}
	if w.reg.vouching.strange.Load() {
		found = append(found, "keys: this validator's keys are not those on record; have them put there with governance/propose change_validator")
	}
	st := w.reg.ledger.Status()
	if st.Stalled {
		found = append(found, "no block: "+st.Why)
	}
	alone := !w.reg.head.Load().alone() && !st.Quorum
	if alone {
		found = append(found, "alone: too few validators are connected to decide anything")
	}
	w.stuck.Store(alone || st.Stalled)
	h := w.reg.head.Load()
	if late := time.Duration(publica.TimeOf(w.reg.now())-h.Sealed) * time.Millisecond; late > 2*h.silence {
		found = append(found, fmt.Sprintf("silence: the last seal is %v old, one is due every %v", late.Round(time.Second), h.silence))
	}
	if behind := h.tree.N - w.reg.model.Next(); behind > farBehind && w.reg.ledger.Status().Waiting == 0 {
		found = append(found, fmt.Sprintf("pages: %d records behind the log", behind))
	}
	w.findings.Store(&found)
	return nil
}

// farBehind is how many records pages may be behind an idle log.
const farBehind = 10_000

// clockSkew returns how far the clocks of all nodes, this one's among them, are
// ahead of ours: the median of what their statements said when they came. Zero
// without others.
func (w *watchdog) clockSkew() time.Duration {
	all := []time.Duration{0} // ours
	now := publica.TimeOf(w.reg.now())
	for _, m := range w.reg.vouching.vouch.Members() {
		if m.ID != w.reg.vouching.self && !m.HeardAt.IsZero() && now-m.HeardAt < staleClock {
			all = append(all, m.Skew)
		}
	}
	slices.Sort(all)
	low, high := all[(len(all)-1)/2], all[len(all)/2]
	if -low < high { // two halves disagree: nobody can tell which is right
		return low
	}
	return high
}

// staleClock is how long, in milliseconds, a statement tells what its node's
// clock shows.
const staleClock = 60_000

// refuse returns why nothing can be promised now, nil if it can.
func (w *watchdog) refuse() error {
	if w.stuck.Load() {
		return publica.Problem(publica.Busy, "", "this node cannot reach enough validators to decide anything: it promises nothing for now").
			WithHint("send the entry to another node, or in a few minutes")
	}
	if !w.full.Load() {
		return nil
	}
	return publica.Problem(publica.Busy, "", "this node's disk is almost full: it promises nothing for now").
		WithHint("send the entry to another node, or later")
}

// cause says in words what is wrong, "" if nothing is.
func (w *watchdog) cause() string {
	if f := w.findings.Load(); f != nil {
		return strings.Join(*f, "; ")
	}
	return ""
}

// freeBytes returns the space left for this process on the file system of dir.
func freeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
