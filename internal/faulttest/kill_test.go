package faulttest

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// TestKillOne kills one node after the other. The others go on, and it comes
// back.
func TestKillOne(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	for range r.often("KILLS", 50, "kills of one node") {
		someTime(600)
		n := r.any()
		n.Kill()
		r.crowd.awaitPromise(patience)
		n.Start()
		n.awaitReady()
	}
	r.Finish()
}

// TestKillAll kills all nodes at the same moment. Nothing promised is lost.
func TestKillAll(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	for range r.often("KILL_ALL", 10, "kills of all nodes") {
		someTime(1000)
		for _, n := range r.nodes {
			n.signal(syscall.SIGKILL)
		}
		for _, n := range r.nodes {
			n.Kill()
			n.Start()
		}
		r.allReady()
		r.awaitGrowth()
	}
	r.Finish()
}

// TestFreeze stops the process of a node, whose connections stand, and lets it
// go on later.
func TestFreeze(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	for range r.often("STOPS", 5, "nodes frozen") {
		someTime(600)
		n := r.any()
		n.stop()
		r.crowd.awaitPromise(patience)
		someTime(2000)
		n.resume()
		n.awaitReady()
		r.awaitGrowth()
	}
	r.Finish()
}

// any returns one of the nodes.
func (r *Register) any() *Node { return r.nodes[rand.IntN(len(r.nodes))] }

// allReady waits until all nodes work.
func (r *Register) allReady() {
	r.t.Helper()
	for _, n := range r.nodes {
		n.awaitReady()
	}
}

// awaitGrowth waits until every node has shown more of the log than any had
// when it was called: the register goes on, everywhere.
func (r *Register) awaitGrowth() {
	r.t.Helper()
	var had int64
	sizes := func() (least, most int64) {
		r.log.mu.Lock()
		defer r.log.mu.Unlock()
		least = r.log.seen[0].shown
		for _, v := range r.log.seen {
			least, most = min(least, v.shown), max(most, v.shown)
		}
		return least, most
	}
	_, had = sizes()
	r.await("the log to grow on all nodes", healing, func() string {
		if least, _ := sizes(); least > had {
			return ""
		}
		return "it does not"
	})
}

// someTime lets the register run for up to so many milliseconds: a fault may
// come at any moment.
func someTime(most int) { time.Sleep(time.Duration(rand.IntN(most)) * time.Millisecond) }
