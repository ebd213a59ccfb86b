package trustee_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/tender"
	"publica/trustee"
)

// kept is what a trustee keeps of the tender.
func (s *scene) kept(actor string) *trustee.Secrets {
	s.t.Helper()
	x := new(trustee.Secrets)
	if _, err := (&trustee.File{Path: filepath.Join(s.folder, actor, s.docket.String()+".secrets")}).Read(x); err != nil {
		s.t.Fatal(err)
	}
	return x
}

// cancelled makes a tender of which bids are sealed, and cancels it.
func cancelled(t *testing.T) *scene {
	s := newScene(t, nil)
	for _, actor := range five {
		s.start(actor, s.url, nil)
	}
	s.settle()
	s.bid("v1")
	s.do("carol", s.buyer, "procurement/cancel", procurement.Cancel{Code: procurement.NoFunds}, registertest.Text{Name: "reason", Media: "text/plain", Data: "no money"})
	return s
}

// When a tender is cancelled, trustees destroy what they keep, and say so once.
func TestServicesDestroy(t *testing.T) {
	s := cancelled(t)
	s.stop("t5") // acts by hand, and its service finds that out
	s.do("t5", publica.BodyID{}, "procurement/trustee-destroy", procurement.Destroy{})
	s.settle()
	if p := s.wants(tender.Cancelled, ""); len(p.Destroyed) != 5 || p.Gone.IsZero() || len(p.Breaches) > 0 {
		t.Errorf("declared are %+v, gone %v", p.Destroyed, p.Gone)
	}
	s.start("t5", s.url, nil)
	s.settle()
	for _, actor := range five {
		if taken, refused := s.said(actor, "procurement/trustee-destroy"); taken != 1 || refused != 0 {
			t.Errorf("%s declared it %d times, %d refused", actor, taken, refused)
		}
		if x := s.kept(actor); len(x.Keys) > 0 || x.Sending != nil {
			t.Errorf("%s keeps %+v", actor, x)
		}
	}
}

// A word is kept before it is given: whenever a trustee dies, what is on record holds.
func TestDestroysBeforeItSays(t *testing.T) {
	s := cancelled(t)
	if x := s.kept("t1"); len(x.Keys) != 1 || len(x.Keys[0].Boxes) != 5 {
		t.Fatalf("before it, the first keeps %+v", x)
	}
	c := new(cut)
	s.start("t1", s.url, c).Round(t.Context()) // nobody hears it
	x := s.kept("t1")
	if len(x.Keys) > 0 || x.Sending == nil || x.Sending.Act.Step != trustee.Destroy || c.lost != 1 {
		t.Errorf("after %d lost entries the first keeps %+v", c.lost, x)
	}
	if raw, err := os.ReadFile(filepath.Join(s.folder, "t1", s.docket.String()+".secrets")); err != nil || strings.Contains(string(raw), "boxes") {
		t.Errorf("its file is %s, %v", raw, err)
	}
	for range 2 {
		s.start("t1", s.url, c).Round(t.Context())
	}
	s.start("t1", s.url, nil).Round(t.Context())
	if taken, refused := s.said("t1", "procurement/trustee-destroy"); taken != 1 || refused != 0 {
		t.Errorf("it is said %d times, %d refused", taken, refused)
	}

	// Who never held anything, or lost it, declares nothing by this file.
	nothing := filepath.Join(t.TempDir(), "secrets")
	p := s.read()
	who, err := trustee.New(p, registertest.Key("t2"), trustee.NewSecrets(p, registertest.Key("t2").ID()), trustee.World{Now: s.now,
		Keep: func(x *trustee.Secrets) error { return (&trustee.File{Path: nothing}).Write(x) },
		Send: func(*publica.Submission) error { t.Error("it was sent"); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := who.Take(who.Due()[0]); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("to destroy nothing gives %v", err)
	}
}
