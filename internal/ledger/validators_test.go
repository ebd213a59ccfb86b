package ledger

import (
	"context"
	"testing"
	"time"

	"publica"
)

// votes says in how many of the blocks above a height the validator is counted,
// and how many of these it signed.
func (n *testNode) votes(key []byte, above int64) (counted, signed int) {
	for _, b := range n.app.history() {
		if s, ok := b.signed[Address(key)]; ok && b.height > above {
			if counted++; s {
				signed++
			}
		}
	}
	return counted, signed
}

func (w *network) power(key []byte, power int64) {
	w.t.Helper()
	e, c := makePower(w.t, key, power)
	if _, err := w.nodes[0].Submit(e, c); err != nil {
		w.t.Fatal(err)
	}
	w.decided([]publica.EntryID{e.ID})
}

// A validator that an entry admits votes two blocks later; one that is removed
// stops, and follows.
func TestValidatorsChange(t *testing.T) {
	w := newNetwork(t, 4)
	fifth := w.join()
	w.startAll()
	w.connected(4, 4)
	w.decided(w.submit(0, 0, 5))
	w.decided(w.submit(4, 10, 5)) // no validator, but a node
	if n, _ := fifth.votes(fifth.id.Validator, 0); n != 0 {
		t.Fatal("a node that is no validator is counted")
	}

	w.power(fifth.id.Validator, 10)
	admitted := fifth.Status().Height
	eventually(t, "votes of the new validator", func() bool {
		w.submit(1, 0, 1)
		_, signed := w.nodes[0].votes(fifth.id.Validator, 0)
		return signed > 2
	})
	for _, b := range w.nodes[0].app.history() {
		if _, counted := b.signed[Address(fifth.id.Validator)]; counted && b.height < admitted+2 {
			t.Errorf("counted in block %d, admitted about %d", b.height, admitted)
		}
	}
	eventually(t, "blocks of the new validator", func() bool {
		w.submit(1, 0, 1)
		return w.nodes[0].proposers()[Address(fifth.id.Validator)] > 0
	})

	gone := w.nodes[3]
	w.power(gone.id.Validator, 0)
	w.decided(w.submit(0, 100, 5))
	removed := w.nodes[0].Status().Height
	for i := range 3 {
		w.decided(w.submit(i, 200+i, 1))
	}
	if n, _ := w.nodes[0].votes(gone.id.Validator, removed+2); n != 0 {
		t.Error("a removed validator is still counted")
	}
	w.decided(w.submit(3, 300, 5))
	w.agree()
	if p := w.nodes[0].Status().Peers; len(p) != 4 {
		t.Errorf("%d peers", len(p))
	}
}

// A node that has the log and the state at some height, and no blocks, takes
// its place in the network, and can become a validator.
func TestBootstrap(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	w.decided(w.submit(0, 0, 50))
	w.agree()
	fifth := w.join()
	copied := w.nodes[1].app.copyOf()
	height, root, _ := copied.Position()
	anchor := Anchor{Height: height, Root: root}
	for _, v := range w.nodes[0].Validators {
		anchor.Validators = append(anchor.Validators, Power{v.Key, v.Power})
	}
	light := func(_ context.Context, height int64) ([]byte, error) { return w.nodes[2].LightBlock(height) }
	w.decided(w.submit(1, 100, 50)) // meanwhile

	short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for name, bad := range map[string]func(a *Anchor){
		"root":       func(a *Anchor) { a.Root = make([]byte, 32) },
		"missing":    func(a *Anchor) { a.Validators = a.Validators[:3] },
		"stranger":   func(a *Anchor) { a.Validators[1].Key = fifth.id.Validator },
		"power":      func(a *Anchor) { a.Validators[0].Power++ },
		"none":       func(a *Anchor) { a.Validators = nil },
		"other root": func(a *Anchor) { a.Height = 1 },
	} {
		a := anchor
		a.Validators = append([]Power(nil), a.Validators...)
		bad(&a)
		if err := Bootstrap(short, fifth.Config, a, light); publica.CodeOf(err) != publica.Unverified {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := fifth.Config
	other.Genesis = []byte(`{"register":"other"}`)
	if err := Bootstrap(short, other, anchor, light); publica.CodeOf(err) != publica.Unverified {
		t.Errorf("another register: %v", err)
	}
	late := anchor
	late.Height = 1_000_000
	if err := Bootstrap(short, fifth.Config, late, light); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("a height that is not there: %v", err)
	}

	if err := Bootstrap(t.Context(), fifth.Config, anchor, light); err != nil {
		t.Fatal(err)
	}
	if err := Bootstrap(t.Context(), fifth.Config, anchor, light); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("twice: %v", err)
	}
	copied.file = fifth.app.file
	fifth.app = copied
	// It dies before it has a block of its own.
	alone := fifth.Peers
	fifth.Peers = nil
	w.start(4)
	if err := fifth.Stop(); err != nil {
		t.Fatal(err)
	}
	fifth.Peers = alone
	w.start(4)
	w.decided(w.submit(4, 200, 1))
	w.agree()
	if n := fifth.app.count(); n != 101 {
		t.Errorf("%d entries", n)
	}
	if h := fifth.app.history(); h[0].height != height+1 {
		t.Errorf("the first block it executed is %d, want %d", h[0].height, height+1)
	}
	w.power(fifth.id.Validator, 10)
	eventually(t, "blocks of the new validator", func() bool {
		w.submit(1, 0, 1)
		return w.nodes[0].proposers()[Address(fifth.id.Validator)] > 0
	})
	w.stop(4)
	w.start(4)
	w.decided(w.submit(4, 300, 1))
}
