package procurementview

import (
	"crypto/sha256"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"slices"
	"testing"
	"time"

	"publica"
	"publica/compliance"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/sealed"
	"publica/tender"
)

// day is the unit of the samples' clock.
const day = 24 * time.Hour

// saltRules are what the samples' bids are checked by.
const saltRules = `{"name":"salt","version":1,"about":"Salt in time.","language":"publica-cel-1","limits":{"rule":1000,"set":2000},"records":[],"inputs":[{"name":"days","type":"int"},{"name":"most_days","type":"int"}],"rules":[{"id":"quick","title":"Is it delivered in time?","law":["Specification 2"],"test":"days <= most_days","pass":"{days} days","fail":"{days} days are more than {most_days}"}]}`

// sample is a register with tenders.
type sample struct {
	*register
	trustees, evaluators []string
	terms                procurement.Publish
	bids                 map[string]publica.EntryID // by bidder
	all                  []publica.DocketID
}

// newSample founds a register with those who take part in every sample.
func newSample(tb testing.TB) *sample {
	tb.Helper()
	s := &sample{register: newRegister(tb), trustees: []string{"ana", "ben", "cai"}, evaluators: []string{"eva", "emil"}, bids: map[string]publica.EntryID{}}
	for i, name := range []string{"Court of Audit", "River University", "Clean Hands"} {
		s.Bodies[name] = publica.BodyID(s.Do("founder", "identity/body", identity.Body{Name: name, Type: identity.Oversight}))
		s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(s.trustees[i]).ID(), Role: identity.Member}, viewtest.ForThe(name))
	}
	s.Bodies["Protest Board"] = publica.BodyID(s.Do("founder", "identity/body", identity.Body{Name: "Protest Board", Type: identity.Oversight}))
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("judge").ID(), Role: identity.Reviewer}, viewtest.ForThe("Protest Board"))
	return s
}

// plan opens a docket of type tender with a plan.
func (s *sample) plan(title string) publica.DocketID {
	s.Docket = publica.DocketID{}
	c := docket.Charter{Contribute: docket.Anyone, Reviewers: []publica.BodyID{s.Bodies["Protest Board"]}, MaxAttachments: 2}
	s.Docket = publica.DocketID(s.Do("coordinator", "docket/open", docket.Open{Type: docket.Tender, Languages: []string{"en"}, Charter: c},
		viewtest.ForBody, viewtest.Said("title", title), viewtest.Said("summary", "Roads stay open in winter.")))
	s.all = append(s.all, s.Docket)
	s.Do("coordinator", "procurement/plan", procurement.Plan{Category: procurement.Goods, Budget: &procurement.Money{Amount: 1200000, Currency: "USD"}}, viewtest.ForBody, viewtest.Said("text", "Salt for two winters."))
	return s.Docket
}

// publish publishes a tender; change says what of its terms is otherwise.
func (s *sample) publish(change func(*procurement.Publish)) {
	deadline := s.Now.Add(60 * day)
	s.terms = procurement.Publish{Ceremony: 24, Currency: "USD", Deadline: deadline, Enquiries: deadline.Add(-20 * day), Envelopes: 2, Mode: procurement.Public, Profile: procurement.Open, Threshold: 1,
		Criteria: []procurement.Criterion{{ID: "quality", Max: 10, Method: procurement.Points, Weight: 40}, {ID: "price", Method: procurement.Price, Weight: 60}}}
	set, err := compliance.Parse([]byte(saltRules))
	if err != nil {
		s.TB.Fatal(err)
	}
	hash := sha256.Sum256(set.Canonical())
	s.terms.Rules = hash
	for i, name := range []string{"Court of Audit", "River University", "Clean Hands"} {
		s.terms.Trustees = append(s.terms.Trustees, procurement.Trustee{Body: s.Bodies[name], Key: registertest.Key(s.trustees[i]).ID()})
	}
	for _, e := range s.evaluators {
		s.terms.Evaluators = append(s.terms.Evaluators, registertest.Key(e).ID())
	}
	if change != nil {
		change(&s.terms)
	}
	s.send("coordinator", "procurement/publish", s.terms, true, text("text", "We buy road salt.\n\nDelivered within 20 days."), registertest.Text{Name: "rules", Media: "application/json", Data: string(set.Canonical())},
		registertest.Text{Name: "attachment-1", Media: tender.InputMedia, Data: `{"most_days":20}`})
}

func text(name, data string) registertest.Text {
	return registertest.Text{Name: name, Media: "text/markdown", Data: data}
}

// send has an actor send an entry to the docket, for the buyer or for nobody.
func (s *sample) send(actor string, kind publica.Kind, body any, buyer bool, parts ...registertest.Text) publica.EntryID {
	s.TB.Helper()
	id, err := s.trySend(actor, kind, body, buyer, parts...)
	if err != nil {
		s.TB.Fatalf("%s by %s: %v", kind, actor, err)
	}
	return id
}

func (s *sample) trySend(actor string, kind publica.Kind, body any, buyer bool, parts ...registertest.Text) (publica.EntryID, error) {
	s.TB.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		s.TB.Fatal(err)
	}
	e := publica.Entry{Kind: kind, Body: jsontext.Value(raw), Docket: s.Docket}
	if buyer {
		e.For = s.Body
	}
	return s.Send(actor, e, parts...)
}

// step has actors take a step of the ceremony for every key.
func (s *sample) step(step string, actors ...string) {
	s.TB.Helper()
	t := s.Tender(s.Docket)
	for _, actor := range actors {
		for i := range t.Slots {
			kind, body, err := t.Step(actor, step, i)
			if err != nil {
				s.TB.Fatal(err)
			}
			s.send(actor, kind, body, false)
		}
	}
}

// makeKeys takes the whole ceremony.
func (s *sample) makeKeys() {
	for _, step := range []string{"announce", "commit", "deal", "complain"} {
		who := s.trustees
		if step == "announce" && s.terms.Mode == procurement.Confidential {
			who = slices.Concat(who, s.evaluators)
		}
		s.step(step, who...)
	}
}

// offer is what a bidder says, in as many envelopes as the tender has.
func (s *sample) offer(name string, days, price int64) []string {
	facts, _ := json.Marshal(map[string]int64{"days": days})
	o := &tender.Offer{Format: tender.OfferFormat, Bidder: &tender.Bidder{Name: name}, Facts: facts, Price: &tender.Money{Amount: price, Currency: "USD"},
		Items: []tender.Item{{ID: "1", Description: "Salt", Quantity: 10, Unit: "t", Price: price / 10}}}
	names := []string{"bid"}
	if s.terms.Envelopes == 2 {
		names = []string{"technical", "price"}
	}
	var texts []string
	for _, n := range names {
		part, err := o.For(n).Canonical()
		if err != nil {
			s.TB.Fatal(err)
		}
		texts = append(texts, string(part))
	}
	return texts
}

// bid seals a bid and sends it.
func (s *sample) bid(actor string, texts []string) publica.EntryID {
	s.TB.Helper()
	t := s.Tender(s.Docket)
	body, parts, _, err := t.Seal(actor, "", t.State.Text, texts)
	if err != nil {
		s.TB.Fatal(err)
	}
	s.bids[actor] = s.send(actor, "procurement/bid", body, false, parts...)
	return s.bids[actor]
}

// until moves the clock to a time, stopping at every clock of a tender on the way,
// as a register does whose blocks go on.
func (s *sample) until(at publica.Time) {
	for {
		next := at
		for _, id := range s.all {
			for _, c := range s.Tender(id).State.Clocks {
				if c.Ends > s.Now && c.Ends < next {
					next = c.Ends
				}
			}
		}
		s.Now = next - publica.Time(time.Minute/time.Millisecond)
		s.Block()
		s.Now = next
		s.Block()
		if next == at {
			return
		}
	}
}

// open has trustees open an envelope.
func (s *sample) open(envelope int, trustees ...string) {
	s.TB.Helper()
	for _, actor := range trustees {
		body, err := s.Tender(s.Docket).Open(actor, envelope)
		if err != nil {
			s.TB.Fatal(err)
		}
		s.send(actor, "procurement/open-share", body, false)
	}
}

// openToBoard has trustees open every bid to the evaluators.
func (s *sample) openToBoard(envelope int, trustees ...string) {
	s.TB.Helper()
	var all []procurement.Bid
	s.Law.View(func(tx *machine.Tx) {
		all = procurement.Bids(tx, s.Docket, func(b *procurement.Bid) bool { return b.Status == procurement.Counted })
	})
	for _, actor := range trustees {
		for i := range all {
			body, err := s.Tender(s.Docket).Partial(actor, envelope, &all[i])
			if err != nil {
				s.TB.Fatal(err)
			}
			s.send(actor, "procurement/open-share", body, false)
		}
	}
}

// told reads the tender as its pages do.
func (s *sample) told() *tender.Process {
	s.TB.Helper()
	p, err := tender.Read(s.input())
	if err != nil {
		s.TB.Fatal(err)
	}
	return p
}

func (s *sample) input() *tender.Input {
	var c tender.Collector
	for _, leaf := range s.Log {
		if leaf.Docket != s.Docket {
			continue
		}
		parsed, err := publica.ParseLeaf(leaf.Bytes)
		if err != nil {
			s.TB.Fatal(err)
		}
		if err := c.Add(leaf.Seq, parsed); err != nil {
			s.TB.Fatal(err)
		}
	}
	return &tender.Input{Register: registertest.Register, Docket: s.Docket, Records: c.Records}
}

func (s *sample) content(id publica.EntryID, part string) ([]byte, bool) {
	for _, x := range s.Texts[id] {
		if x.Name == part {
			return []byte(x.Data), true
		}
	}
	return nil, false
}

// judge has the buyer put on record what the rules give for every open bid. In
// confidential mode, where the public cannot run them, it says that all pass.
func (s *sample) judge() {
	s.TB.Helper()
	p := s.told()
	open, err := p.Open(s.content)
	if err != nil {
		s.TB.Fatal(err)
	}
	set, err := p.Rules(s.content)
	if err != nil {
		s.TB.Fatal(err)
	}
	for _, b := range open {
		body := tender.ResultBody{Bid: b.ID, Input: sealed.Hash{1}, Rules: p.Terms().Rules, Verdicts: []tender.Verdict{{Rule: "quick", Verdict: compliance.Pass}}}
		if p.Terms().Mode == tender.Public {
			j, err := p.Judge(set, b, s.content)
			if err != nil {
				s.TB.Fatal(err)
			}
			body = j.Body()
		}
		if b.Rejected == nil && !b.Judged {
			s.send("coordinator", "procurement/compliance-result", body, true)
		}
	}
}

// scores are what an evaluator commits to, and reveals.
func (s *sample) scores(reasons string, points map[string]int64) procurement.Scores {
	c := procurement.Scores{Reasons: sha256.Sum256([]byte(reasons)), Salt: "00112233445566778899aabbccddeeff"}
	for _, b := range s.told().Live("") {
		for actor, n := range points {
			if s.bids[actor] == b.ID {
				c.Scores = append(c.Scores, procurement.Score{Bid: b.ID, Points: []int64{n}})
			}
		}
	}
	return c
}

// commit has an evaluator commit to scores.
func (s *sample) commit(evaluator string, c procurement.Scores) publica.EntryID {
	round := s.told().Round
	hash, err := c.Commitment(s.Docket, round, registertest.Key(evaluator).ID())
	if err != nil {
		s.TB.Fatal(err)
	}
	return s.send(evaluator, "procurement/score-commit", procurement.ScoreCommit{Commitment: hash, Round: round}, false)
}

func usd(n int64) procurement.Money { return procurement.Money{Amount: n, Currency: "USD"} }
