package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"publica"
)

// A node that was away for longer than its peers keep blocks says so; Forget
// makes it one that can be set to another height.
func TestLeftBehind(t *testing.T) {
	w := newNetwork(t, 1)
	w.join()
	first, away := w.nodes[0], w.nodes[1]
	w.startAll()
	w.decided(w.submit(0, 0, 5))
	w.stop(1)
	// Only now does it make blocks as fast as it can, and keep few: who is slow to
	// meet such a node is left behind from the start.
	w.stop(0)
	first.Keep, first.Pace, first.Confirm = 20, -1, time.Millisecond
	w.start(0)
	height, _, err := Reached(away.Dir)
	if err != nil || height == 0 {
		t.Fatal(height, err)
	}
	for i := 0; first.engine.BlockStore().Base() <= height+1; i++ {
		e, c := makeEntry(t, testKey, 1000+i, 10)
		if _, err := first.Submit(e, c); err != nil && publica.CodeOf(err) != publica.Busy {
			t.Fatal(err)
		}
		eventually(t, "the entry", func() bool { return first.app.decided(e.ID) })
	}
	w.start(1)
	want := fmt.Sprintf("peers no longer keep block %d; make this node anew: publicad join --anew", height+1)
	eventually(t, "word of it", func() bool { s := away.Status(); return s.Stalled && s.Why == want })
	if s := first.Status(); s.Stalled || away.Err() != nil {
		t.Errorf("%+v, %v", s, away.Err())
	}
	w.stop(1)
	before, err := LoadIdentity(away.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Forget(away.Dir); err != nil {
		t.Fatal(err)
	}
	if now, _, err := Reached(away.Dir); now != 0 || err != nil {
		t.Errorf("the engine is still at %d, %v", now, err)
	}
	if now, err := LoadIdentity(away.Dir); err != nil || now.Peer != before.Peer || !bytes.Equal(now.Validator, before.Validator) {
		t.Errorf("it is another node: %v", err)
	}
}

// Too few validators are no fault of a node: it says so, lives, and goes on
// when they are back.
func TestTooFewValidators(t *testing.T) {
	w := newNetwork(t, 4)
	for _, node := range w.nodes {
		node.Stall = 6 * time.Second // deadAfter times as long is what three nodes have to decide on a busy machine
	}
	w.start(0, 1)
	e, c := makeEntry(t, testKey, 1, 10)
	if _, err := w.nodes[0].Submit(e, c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "word of the stall", func() bool { s := w.nodes[0].Status(); return s.Stalled && strings.Contains(s.Why, "1 of 3 peers") })
	if s := w.nodes[0].Status(); s.Quorum || errors.Is(w.nodes[0].Err(), errStopped) || w.nodes[0].Err() != nil {
		t.Errorf("%+v, %v", s, w.nodes[0].Err())
	}
	w.start(2)
	w.decided([]publica.EntryID{e.ID})
	eventually(t, "the end of the stall", func() bool { s := w.nodes[0].Status(); return !s.Stalled && s.Quorum })
	if err := w.nodes[0].Err(); err != nil {
		t.Errorf("the node died of a stall that was over: %v", err)
	}
}
