package faulttest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"publica"
)

// onDisk is the size of a node's own disk, in bytes. Below promiseFree, the
// default, nothing is promised any more; below a quarter of it the node ends.
const (
	onDisk      = 2 << 30
	promiseFree = 512 << 20
)

func startOnDisk(t *testing.T) (*Register, *Node) {
	t.Helper()
	r := Start(t, Options{Validators: 4, Disk: map[int]int64{0: onDisk}})
	return r, r.nodes[0]
}

// TestPowerCuts cuts the power of one node's disk while it writes.
func TestPowerCuts(t *testing.T) {
	r, n := startOnDisk(t)
	for range r.often("POWER_CUTS", 5, "power cuts") {
		someTime(1500)
		if err := n.disk.cut(); err != nil {
			t.Fatal(err)
		}
		someTime(300) // the machine is not dead at once
		n.Kill()
		if err := n.disk.repair(); err != nil {
			t.Fatal(err)
		}
		n.Start()
		n.awaitReady()
		r.awaitGrowth()
	}
	r.Finish()
}

// TestFullDiskOfANode fills the disk of one node: first until it must promise nothing
// any more, then until it must end.
func TestFullDiskOfANode(t *testing.T) {
	r, n := startOnDisk(t)
	r.awaitGrowth()
	n.fill(promiseFree / 2)
	r.await("/readyz to name the disk", patience, func() string {
		if ready, why := n.readiness(); ready || !strings.Contains(why, "disk") {
			return why
		}
		return ""
	})
	if code := n.refusal(); code != publica.Busy {
		t.Errorf("a node with a full disk answered a submission with code %q, not busy", code)
	}
	r.awaitGrowth() // it follows all the same
	if err := n.disk.release(); err != nil {
		t.Fatal(err)
	}
	n.awaitReady()
	if code := n.refusal(); code != "" {
		t.Errorf("with room again the node refuses: %q", code)
	}

	n.fill(promiseFree / 8)
	n.awaitEnd()
	r.crowd.awaitPromise(patience)
	if err := n.disk.release(); err != nil {
		t.Fatal(err)
	}
	n.Start()
	n.awaitReady()
	r.note("disk of a node filled: promises refused and /readyz says why; then ended in good order, and back")
	r.Finish()
}

// TestNoRoomAtAll takes the last byte at once, before the node can look. What
// breaks in it must lose nothing.
func TestNoRoomAtAll(t *testing.T) {
	r, n := startOnDisk(t)
	for range r.often("FULL_DISKS", 3, "times no byte left on a node's disk") {
		someTime(1000)
		n.fill(0)
		n.awaitEnd()
		r.crowd.awaitPromise(patience)
		if err := n.disk.release(); err != nil {
			t.Fatal(err)
		}
		n.Start()
		n.awaitReady()
		r.awaitGrowth()
	}
	r.Finish()
}

// TestReadOnly has the disk of a node turn read-only, as a disk with errors
// does.
func TestReadOnly(t *testing.T) {
	r, n := startOnDisk(t)
	someTime(1000)
	if err := n.disk.breakdown(); err != nil {
		t.Fatal(err)
	}
	n.awaitEnd()
	r.crowd.awaitPromise(patience)
	if err := n.disk.repair(); err != nil {
		t.Fatal(err)
	}
	n.Start()
	n.awaitReady()
	r.note("disk of a node read-only: it ended, and back")
	r.Finish()
}

func (n *Node) fill(leave int64) {
	n.r.t.Helper()
	if err := n.disk.fill(leave); err != nil {
		n.r.t.Fatal(err)
	}
}

// awaitEnd waits until the node has ended itself: only then does a supervisor
// start it again.
func (n *Node) awaitEnd() {
	n.r.t.Helper()
	n.r.await(fmt.Sprintf("node %d to end", n.i+1), 2*healing, func() string {
		if n.ended() {
			return ""
		}
		_, why := n.readiness()
		return "it runs and says " + why
	})
}

// refusal submits a comment to the node and returns the code of its refusal,
// empty if it promises.
func (n *Node) refusal() publica.Code {
	n.r.t.Helper()
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		n.r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(n.r.t.Context(), giveUp) // else the client waits for better times
	defer cancel()
	_, err = n.client(n.r.policy).Submit(ctx, n.r.comment(key, nil))
	return publica.CodeOf(err)
}
