package main

import (
	"crypto/sha256"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"os"
	"slices"
	"time"

	"publica"
	"publica/compliance"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/sealed"
	"publica/tender"
)

// vendors is how many bid in the tender whose memo is timed.
const vendors = 7

// memo measures machine time from offers to the pre-negotiation memo, beside the
// signatures of the tender's records alone: what anyone who checks them spends first.
// The rules are those of FASt Lane, the offers its worked example.
func memo(rounds int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = failed
		}
	}()
	t, err := playTender()
	if err != nil {
		return err
	}
	var signatures, opening, drafting []time.Duration
	for range max(3, rounds) {
		took, err := t.signatures()
		if err != nil {
			return err
		}
		signatures = append(signatures, took)
		open, draft, err := t.memo()
		if err != nil {
			return err
		}
		opening, drafting = append(opening, open), append(drafting, draft)
	}
	s, o, d := slices.Min(signatures), slices.Min(opening), slices.Min(drafting)
	fmt.Printf("\noffers of %d vendors to the pre-negotiation memo (parse, FASt Lane rules, evaluation, ranking, how firm, red flags, text): %.1f ms, %.1f ms an offer; "+
		"the signatures of the tender's %d entries alone: %.1f ms, ratio %.2f; making the keys again and opening the %d envelopes before: %.1f ms\n",
		vendors, milliseconds(d), milliseconds(d)/vendors, t.signed, milliseconds(s), float64(d)/float64(s), 2*vendors, milliseconds(o))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// failure is how a register without a test says what went wrong.
type failure struct{ error }

// failing is what the register takes for a test.
type failing struct{}

func (failing) Helper()                             {}
func (failing) Fatal(args ...any)                   { panic(failure{fmt.Errorf("%s", fmt.Sprint(args...))}) }
func (failing) Fatalf(format string, args ...any)   { panic(failure{fmt.Errorf(format, args...)}) }
func (f failing) Error(args ...any)                 { f.Fatal(args...) }
func (f failing) Errorf(format string, args ...any) { f.Fatalf(format, args...) }

// played is a tender that waits for its memo.
type played struct {
	in     *tender.Input
	leaves []*publica.Leaf // of entries
	texts  map[publica.EntryID][]registertest.Text
	signed int
}

// signatures verifies the signature of each entry, and reads it.
func (t *played) signatures() (time.Duration, error) {
	began := time.Now()
	for _, l := range t.leaves {
		if _, err := (&publica.Signed{Raw: l.Entry, Signature: *l.Signature}).Open(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func (t *played) content(id publica.EntryID, part string) ([]byte, bool) {
	for _, x := range t.texts[id] {
		if x.Name == part {
			return []byte(x.Data), true
		}
	}
	return nil, false
}

// memo opens the bids, then reads the offers again and drafts the memo.
func (t *played) memo() (opening, drafting time.Duration, err error) {
	p, err := tender.Read(t.in)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	bids, err := p.Open(t.content)
	if err != nil {
		return 0, 0, err
	}
	opening, began = time.Since(began), time.Now()
	for _, b := range bids {
		for _, x := range b.Opened {
			if _, err := tender.ParseOffer(p.Terms(), x.Name, x.Text); err != nil {
				return 0, 0, err
			}
		}
	}
	m, err := p.DraftMemo("", bids, t.content, tender.Proposal{})
	drafting = time.Since(began)
	if err == nil && len(m.Body.Ranking) != vendors {
		err = fmt.Errorf("the memo ranks %d of %d bids", len(m.Body.Ranking), vendors)
	}
	return opening, drafting, err
}

// example is the worked example of FASt Lane: what an offeror gives and what the
// buyer gives.
func example() (facts, buyer jsontext.Value, err error) {
	raw, err := os.ReadFile("../testdata/vectors/compliance.json")
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		Cases []struct {
			Name  string         `json:"name"`
			Input jsontext.Value `json:"input"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, err
	}
	for _, c := range file.Cases {
		if c.Name != "FASt Lane" {
			continue
		}
		var all map[string]jsontext.Value
		if err := json.Unmarshal(c.Input, &all); err != nil {
			return nil, nil, err
		}
		offer := map[string]jsontext.Value{"offer": all["offer"]}
		delete(all, "offer")
		if facts, err = json.Marshal(offer, json.Deterministic(true)); err == nil {
			buyer, err = json.Marshal(all, json.Deterministic(true))
		}
		return facts, buyer, err
	}
	return nil, nil, fmt.Errorf("compliance.json has no case FASt Lane")
}

// stageOf is a register on which one tender is played.
type stageOf struct {
	*registertest.Law
	buyer, board publica.BodyID
	trustees     []procurement.Trustee
	docket       publica.DocketID
	bids         []publica.EntryID
}

var (
	scorers = []string{"ev1", "ev2", "ev3"}
	keepers = []string{"tr1", "tr2", "tr3"}
)

// do has an actor say something, for a body or not.
func (s *stageOf) do(actor string, body publica.BodyID, kind publica.Kind, b any, parts ...registertest.Text) publica.EntryID {
	raw, err := json.Marshal(b, json.Deterministic(true))
	if err != nil {
		panic(failure{err})
	}
	e := publica.Entry{Kind: kind, Body: raw, Docket: s.docket, For: body}
	if kind.Domain() == "identity" {
		e.Docket = publica.DocketID{}
	}
	return s.Do(actor, e, parts...)
}

// playTender plays a tender with FASt Lane's rules until its scores are revealed.
func playTender() (*played, error) {
	facts, buyer, err := example()
	if err != nil {
		return nil, err
	}
	s := &stageOf{Law: registertest.NewLaw(failing{}, registertest.Domains())}
	s.people()
	s.docket = publica.DocketID(s.do("buyer", s.buyer, "docket/open", docket.Open{Charter: docket.Charter{Contribute: docket.Anyone, Reviewers: []publica.BodyID{s.board}}, Languages: []string{"en"}, Type: docket.Tender},
		registertest.Text{Name: "title", Media: "text/plain", Data: "Office chairs"}))
	s.publish(string(buyer))
	s.seal(facts)
	deadline := s.Tender(s.docket).Terms.Deadline
	s.Now = deadline.Add(-time.Minute) // no clock finds that blocks had stopped
	s.Block()
	s.Now = deadline
	s.Block()
	s.open(0)
	if err := s.evaluate(); err != nil {
		return nil, err
	}
	return s.collect()
}

func (s *stageOf) people() {
	s.buyer = publica.BodyID(s.do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Buyer", Type: identity.Agency}))
	s.board = publica.BodyID(s.do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Board", Type: identity.Oversight}))
	s.do("founder", s.buyer, "identity/grant", identity.Grant{Key: registertest.Key("buyer").ID(), Role: identity.Coordinator})
	s.do("founder", s.board, "identity/grant", identity.Grant{Key: registertest.Key("judge").ID(), Role: identity.Reviewer})
	for _, actor := range keepers {
		body := publica.BodyID(s.do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Trustee " + actor, Type: identity.OtherBody}))
		s.do("founder", body, "identity/grant", identity.Grant{Key: registertest.Key(actor).ID(), Role: identity.Member})
		s.trustees = append(s.trustees, procurement.Trustee{Body: body, Key: registertest.Key(actor).ID()})
	}
}

func text(name, words string) registertest.Text {
	return registertest.Text{Name: name, Media: "text/markdown", Data: words}
}

// publish publishes the tender and has its trustees make the keys.
func (s *stageOf) publish(buyer string) {
	s.do("buyer", s.buyer, "procurement/plan", procurement.Plan{Category: procurement.Goods}, text("text", "Chairs"))
	var rules sealed.Hash
	if err := rules.UnmarshalText([]byte(compliance.FASTLane().Hash())); err != nil {
		panic(failure{err})
	}
	deadline := s.Now.Add(80 * 24 * time.Hour)
	b := procurement.Publish{Ceremony: 24, Currency: "USD", Deadline: deadline, Enquiries: deadline.Add(-20 * 24 * time.Hour), Envelopes: 2, Mode: procurement.Public, Profile: procurement.Open,
		Rules: rules, Threshold: 1, Trustees: s.trustees, Criteria: []procurement.Criterion{{ID: "quality", Max: 10, Method: procurement.Points, Weight: 40}, {ID: "price", Method: procurement.Price, Weight: 60}}}
	for _, actor := range scorers {
		b.Evaluators = append(b.Evaluators, registertest.Key(actor).ID())
	}
	s.do("buyer", s.buyer, "procurement/publish", b, text("text", "Chairs"), registertest.Text{Name: "attachment-1", Media: tender.InputMedia, Data: buyer})
	for _, step := range []string{"announce", "commit", "deal", "complain"} {
		for _, actor := range keepers {
			for slot := range 2 {
				kind, body, err := s.Tender(s.docket).Step(actor, step, slot)
				if err != nil {
					panic(failure{err})
				}
				s.do(actor, publica.BodyID{}, kind, body)
			}
		}
	}
}

// seal has each vendor bid.
func (s *stageOf) seal(facts jsontext.Value) {
	for i := range vendors {
		t := s.Tender(s.docket)
		offer := &tender.Offer{Bidder: &tender.Bidder{Name: fmt.Sprint("Vendor ", i+1)}, Facts: facts, Format: tender.OfferFormat, Price: &tender.Money{Amount: int64(1_000_000 + 37_000*i), Currency: "USD"}}
		var texts []string
		for _, name := range t.Terms.EnvelopeNames() {
			raw, err := offer.For(name).Canonical()
			if err != nil {
				panic(failure{err})
			}
			texts = append(texts, string(raw))
		}
		actor := fmt.Sprint("vendor", i+1)
		body, parts, _, err := t.Seal(actor, "", t.State.Text, texts)
		if err != nil {
			panic(failure{err})
		}
		s.bids = append(s.bids, s.do(actor, publica.BodyID{}, "procurement/bid", body, parts...))
	}
}

func (s *stageOf) open(slot int) {
	for _, actor := range keepers[:2] {
		body, err := s.Tender(s.docket).Open(actor, slot)
		if err != nil {
			panic(failure{err})
		}
		s.do(actor, publica.BodyID{}, "procurement/open-share", body)
	}
}

// evaluate puts results on record, scores, and opens prices between.
func (s *stageOf) evaluate() error {
	t, err := s.collect()
	if err != nil {
		return err
	}
	p, err := tender.Read(t.in)
	if err != nil {
		return err
	}
	bids, err := p.Open(t.content)
	if err != nil {
		return err
	}
	for _, b := range bids {
		j, err := p.Judge(compliance.FASTLane(), b, t.content)
		if err != nil {
			return err
		}
		s.do("buyer", s.buyer, "procurement/compliance-result", j.Body())
	}
	commits := map[string]publica.EntryID{}
	for i, actor := range scorers {
		hash, err := s.scores(i).Commitment(s.docket, 1, registertest.Key(actor).ID())
		if err != nil {
			return err
		}
		commits[actor] = s.do(actor, publica.BodyID{}, "procurement/score-commit", procurement.ScoreCommit{Commitment: hash, Round: 1})
	}
	s.open(1)
	for i, actor := range scorers {
		s.do(actor, publica.BodyID{}, "procurement/score-reveal", procurement.ScoreReveal{Commit: commits[actor], Scores: *s.scores(i)}, text("reasons", "good"))
	}
	return nil
}

func (s *stageOf) scores(evaluator int) *procurement.Scores {
	c := &procurement.Scores{Reasons: sha256.Sum256([]byte("good")), Salt: "00112233445566778899aabbccddeeff"}
	for i, bid := range s.bids {
		c.Scores = append(c.Scores, procurement.Score{Bid: bid, Points: []int64{int64((3*i + evaluator) % 11)}})
	}
	return c
}

// collect takes the tender from the log, as an export would give it.
func (s *stageOf) collect() (*played, error) {
	t := &played{texts: s.Texts}
	var c tender.Collector
	for _, l := range s.Log {
		if l.Docket != s.docket {
			continue
		}
		leaf, err := publica.ParseLeaf(l.Bytes)
		if err != nil {
			return nil, err
		}
		if err := c.Add(l.Seq, leaf); err != nil {
			return nil, err
		}
		if leaf.Signature != nil {
			t.leaves = append(t.leaves, leaf)
		}
	}
	t.signed = len(t.leaves)
	t.in = &tender.Input{Register: registertest.Register, Docket: s.docket, Records: c.Records}
	return t, nil
}
