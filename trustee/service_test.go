package trustee_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/sealed"
	"publica/tender"
	"publica/trustee"
)

// Five trustees make the key and open the bids by themselves. One is started again
// between the steps, one is away from the second step on.
func TestServicesCarryOutATender(t *testing.T) {
	s := newScene(t, nil)
	for _, actor := range five[:4] {
		s.start(actor, s.url, nil)
	}
	s.settle()
	s.wants(tender.InCeremony, "announce")
	s.start("t5", s.url, nil).Round(t.Context())
	s.stop("t5")
	s.start("t2", s.url, nil)
	s.settle()
	s.wants(tender.InCeremony, "commit")
	s.until(24 * time.Hour)
	s.start("t2", s.url, nil)
	s.settle()
	s.until(24 * time.Hour) // nobody waits for the one who did not commit for longer
	s.settle()
	s.until(24 * time.Hour)
	s.settle()
	p := s.wants(tender.Bidding, "")
	if q := p.Ceremony().Keys[0].Published.Qualified; !slices.Equal(q, []int{1, 2, 3, 4}) {
		t.Errorf("the key is made by %v", q)
	}
	s.bid("v1", "v2")
	s.settle()
	s.once("t1", 1, 1, 1, 1, 0)

	s.close()
	s.start("t2", s.url, nil)
	s.settle()
	p = s.wants(tender.Opened, "")
	if len(p.Openings) != 1 || p.Openings[0].By != "shares" || p.Openings[0].Bids != 2 {
		t.Errorf("it was opened as %+v", p.Openings)
	}
	for _, actor := range []string{"t1", "t2", "t3"} {
		s.once(actor, 1, 1, 1, 1, 1)
	}
	s.once("t4", 1, 1, 1, 1, 0) // three suffice
	s.once("t5", 1, 0, 0, 0, 0)
	status := s.running["t1"].Status()
	if status.Failing() || status.Taken() != 5 || status.Tenders[0].Last != "procurement/open-share" || status.Tenders[0].Stage != tender.Opened {
		t.Errorf("the first says of itself %+v", status)
	}
}

// inConfidence has a tender open its bids to two evaluators alone.
func inConfidence(terms map[string]any) {
	terms["mode"], terms["profile"], terms["envelopes"] = "confidential", "us-negotiated", 2
	terms["criteria"] = []map[string]any{{"id": "quality", "max": 10, "method": "points", "weight": 40}, {"id": "price", "method": "price", "weight": 60}}
	terms["evaluators"] = []publica.KeyID{registertest.Key("e1").ID(), registertest.Key("e2").ID()}
}

// In confidence trustees open each bid to the evaluators, for whose keys they wait.
func TestServicesOpenInConfidence(t *testing.T) {
	s := newScene(t, inConfidence)
	for _, actor := range append(five, "v1") {
		s.start(actor, s.url, nil)
	}
	s.settle()
	s.wants(tender.InCeremony, "announce")
	s.step("e1", "announce")
	s.step("e2", "announce")
	s.settle()
	s.wants(tender.Bidding, "")
	s.bid("v1", "v2")
	s.close()
	s.settle()
	p := s.wants(tender.Opened, "")
	if len(p.Openings) != 1 || p.Openings[0].By != "partials" || p.Openings[0].Envelope != "technical" || len(p.Breaches) > 0 {
		t.Errorf("it was opened as %+v, breaches %v", p.Openings, p.Breaches)
	}
	s.once("t1", 2, 2, 2, 2, 2) // technical and price; two bids
	s.once("v1", 0, 0, 0, 0, 0)
}

// Where nobody scores, the result of the last bid lets prices open; no other record
// says so.
func TestServicesOpenPricesAfterTheLastResult(t *testing.T) {
	s := newScene(t, func(terms map[string]any) { terms["envelopes"] = 2 })
	for _, actor := range five {
		s.start(actor, s.url, nil)
	}
	s.settle()
	s.wants(tender.Bidding, "")
	s.bid("v1")
	s.close()
	s.settle()
	p := s.wants(tender.Opened, "")
	s.do("carol", s.buyer, "procurement/compliance-result", procurement.Result{Bid: p.Bids[0].ID, Input: sealed.Hash{1}, Rules: p.Terms().Rules,
		Verdicts: []procurement.Verdict{{Rule: "quick", Verdict: procurement.Pass}}})
	s.settle()
	if p = s.wants(tender.Evaluating, ""); len(p.Openings) != 2 || p.Openings[1].Envelope != "price" {
		t.Errorf("it was opened as %+v", p.Openings)
	}
}

// When what a trustee sent the evaluators was no partial decryption, another opens,
// and the one who was found out sends nothing any more.
func TestServicesOpenAgain(t *testing.T) {
	s := newScene(t, inConfidence)
	for _, actor := range []string{"t1", "t2"} {
		s.start(actor, s.url, nil)
	}
	for _, step := range []string{"announce", "commit", "deal", "complain"} {
		for _, actor := range []string{"t3", "t4", "t5"} {
			s.step(actor, step)
		}
		if step == "announce" {
			s.step("e1", step)
			s.step("e2", step)
		}
		s.settle()
	}
	s.wants(tender.Bidding, "")
	s.bid("v1")
	s.close()
	s.settle()
	s.wants(tender.Closed, "") // two of three that it takes
	l := s.law.Tender(s.docket)
	bid := s.read().Bids[0]
	partial, err := l.Partial("t3", 0, &procurement.Bid{Author: bid.Author, Entry: bid.ID, Envelopes: bid.Envelopes, Text: bid.Text})
	if err != nil {
		t.Fatal(err)
	}
	for i := range partial.Boxes {
		partial.Boxes[i][40] ^= 1
	}
	s.do("t3", publica.BodyID{}, "procurement/open-share", partial)
	s.settle()
	s.wants(tender.Opened, "")
	secrets, _ := l.Boxes("e1", 0)
	s.do("e1", publica.BodyID{}, "procurement/partial-complain", procurement.PartialComplain{Bid: bid.ID, Envelope: "technical", Secret: secrets[2], Trustee: 3})
	p := s.wants(tender.Closed, "")
	if due := trustee.Due(p, registertest.Key("t3").ID()); len(due) > 0 {
		t.Errorf("who was found out is to do %v", due)
	}
	if due := trustee.Due(p, registertest.Key("t4").ID()); len(due) != 1 || due[0].Bid != bid.ID || due[0].Envelope != "technical" {
		t.Errorf("another is to do %v", due)
	}
	s.settle()
	s.once("t1", 2, 2, 2, 2, 1)
}

// A share that was dealt wrong is complained about, and the key made without it.
func TestServicesComplain(t *testing.T) {
	s := newScene(t, nil)
	for _, actor := range []string{"t1", "t2", "t4", "t5"} {
		s.start(actor, s.url, nil)
	}
	for _, step := range []string{"announce", "commit-badly", "deal", "complain"} {
		s.settle()
		s.step("t3", step)
	}
	s.settle()
	p := s.wants(tender.Bidding, "")
	if q := p.Ceremony().Keys[0].Published.Qualified; !slices.Equal(q, []int{1, 2, 4, 5}) {
		t.Errorf("the key is made by %v", q)
	}
}

// A trustee that has lost its secrets says so, again and again after longer pauses,
// and leaves other tenders alone.
func TestServiceSaysWhatFails(t *testing.T) {
	s := newScene(t, nil)
	for _, actor := range five {
		s.start(actor, s.url, nil)
	}
	for _, actor := range five {
		s.running[actor].Round(t.Context())
	}
	if err := os.Remove(filepath.Join(s.folder, "t1", s.docket.String()+".secrets")); err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	for range 9 {
		s.running["t1"].Round(t.Context())
		status := s.running["t1"].Status()
		if !status.Failing() || status.Tenders[0].Failures != int64(len(pauses)+1) {
			t.Fatalf("the status is %+v", status)
		}
		pause := time.Duration(status.Tenders[0].Again-s.now()) * time.Millisecond
		pauses = append(pauses, pause)
		s.running["t1"].Round(t.Context()) // too early to try again
		s.later += pause
	}
	if first, last := pauses[0], pauses[8]; first != 5*time.Second || last != 10*time.Minute || !slices.IsSorted(pauses) {
		t.Errorf("the pauses are %v", pauses)
	}
	s.once("t1", 1, 0, 0, 0, 0)
}

// Secrets that others can read are refused, and so is a folder that is used.
func TestServiceRefusesFolders(t *testing.T) {
	s := newScene(t, nil)
	s.start("t1", s.url, nil).Round(t.Context())
	folder, open := filepath.Join(s.folder, "t1"), filepath.Join(s.folder, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	refused := func(actor, folder string, want publica.Code) {
		t.Helper()
		service, err := trustee.NewService(trustee.Config{Node: s.url, Policy: s.policy, Key: registertest.Key(actor), Folder: folder, Now: s.now})
		if publica.CodeOf(err) != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
		if err == nil {
			service.Close()
		}
	}
	refused("t1", folder, publica.Conflict)
	refused("t2", open, publica.Forbidden)
	s.stop("t1")
	refused("t2", folder, publica.Conflict)
	refused("t1", folder, "")

	secrets := filepath.Join(folder, s.docket.String()+".secrets")
	info, err := os.Stat(secrets)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secrets have mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(secrets, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, actor := range five {
		s.start(actor, s.url, nil)
	}
	s.settle()
	if status := s.running["t1"].Status(); !status.Failing() {
		t.Error("secrets that others can read are used")
	}
}
