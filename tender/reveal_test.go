package tender_test

import (
	"bytes"
	"testing"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/ocds"
	"publica/tender"
)

func TestRevealedEnvelopesOpen(t *testing.T) {
	in, content := played(t, "reveal")
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Audit(content)
	if err != nil {
		t.Fatal(err)
	}
	want := []tender.Access{tender.Readable, tender.Shut, tender.Readable}
	for i, b := range a.Bids {
		if b.Opened[0].Access != want[i] {
			t.Errorf("bid %d is %s, want %s: %s", i, b.Opened[0].Access, want[i], b.Opened[0].Why)
		}
	}
	if a.Bids[0].Name() != "One" || a.Bids[2].Offer.Price.Amount != 9000 || !a.Agrees {
		t.Errorf("what was revealed is read wrongly: %+v", a.Checks)
	}
	valid(t, in, content)
}

// TestConfidentialStaysWithheld holds that nothing of a confidential tender's bids
// is read or published: the public has proofs, and the name of what was awarded.
func TestConfidentialStaysWithheld(t *testing.T) {
	opened := 0
	registertest.WatchScenarios(t, "../internal/domain/procurement/testdata/confidential.txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		for _, in := range dockets(l) {
			var s procurement.State
			l.View(func(tx *machine.Tx) { s, _ = procurement.Get(tx, in) })
			if s.Opened > 0 {
				opened++
				withheld(t, input(t, l, in), contentOf(l))
			}
		}
	})
	if opened == 0 {
		t.Error("no confidential tender was opened")
	}
}

func withheld(t *testing.T, in *tender.Input, content tender.Content) {
	t.Helper()
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	open, err := p.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	lost := map[publica.KeyID]bool{}
	for _, b := range open {
		lost[b.Author] = true
		if b.Offer != nil || b.Opened[0].Text != nil || b.Opened[0].Access != tender.Withheld && b.Opened[0].Access != tender.Shut {
			t.Errorf("bid %s is %s", b.ID, b.Opened[0].Access)
		}
	}
	for _, x := range p.Intents {
		for _, award := range x.Awards {
			delete(lost, p.Bid(award.Bid).Author)
		}
	}
	releases, err := tender.Releases(in, content, publication)
	if err != nil {
		t.Fatal(err)
	}
	text := ocds.Text(releases[len(releases)-1])
	for key := range lost {
		if bytes.Contains(text, []byte(key.String())) {
			t.Errorf("who bid and lost is published: %s", key)
		}
	}
}
