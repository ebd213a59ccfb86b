package node

import (
	"strings"
	"testing"
	"time"

	"publica"
)

// A node without room for what it promises promises nothing, and says why.
func TestAFullDiskEndsPromises(t *testing.T) {
	nodes := network(t, 1)
	n := nodes[0]
	n.stop()
	free, err := freeBytes(n.folder.dir)
	if err != nil {
		t.Fatal(err)
	}
	n.folder.Config.Limits.PromiseFree = 2 * free // between the least and the last room
	n.start(t)
	within(t, time.Minute, "the node says that its disk is full", func() bool {
		st := n.reg.Status()
		return !st.Ready && strings.Contains(st.NotReady, "disk")
	})
	key, err := n.folder.Key("governor")
	if err != nil {
		t.Fatal(err)
	}
	s, err := publica.NewSubmission(key, publica.Entry{Register: "test.example", Kind: "identity/account", Made: publica.TimeOf(time.Now()),
		Nonce: publica.NewNonce(nil), Body: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.reg.Submit(t.Context(), s); publica.CodeOf(err) != publica.Busy {
		t.Errorf("a node with a full disk answers %v", err)
	}
	n.folder.Config.Limits.PromiseFree = 1
	n.stop()
	n.start(t)
	if _, err := n.reg.Submit(t.Context(), s); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// A node whose clock is minutes off finds out by what the others say.
func TestAWrongClockIsNoticed(t *testing.T) {
	nodes := network(t, 3)
	late := nodes[2]
	late.stop()
	late.now = func() time.Time { return time.Now().Add(90 * time.Second) }
	late.start(t)
	within(t, time.Minute, "the node knows that its clock is wrong", func() bool {
		return strings.Contains(late.reg.Status().NotReady, "clock")
	})
	within(t, time.Minute, "a node whose clock is right is ready", func() bool { return nodes[0].reg.Status().Ready })
}
