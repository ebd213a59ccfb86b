package registertest_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/sealed"
)

// play is what those who take part in tenders know and keep.
type play struct {
	buyer, board publica.BodyID
	trustees     []procurement.Trustee
	asks         map[publica.DocketID][]publica.EntryID
	bids         map[publica.DocketID][]publica.EntryID
	protests     map[publica.DocketID][]publica.EntryID
	contracts    map[publica.DocketID][]publica.EntryID
	cited        map[publica.DocketID]publica.EntryID // some record
	scores       map[sealed.Hash]procurement.Scores
	secrets      map[sealed.Point]sealed.Scalar
	commits      map[publica.DocketID][]commit
	spoiled      map[publica.DocketID][]spoil
	running      []int // of the tenders, by number
}

type commit struct {
	actor string
	entry publica.EntryID
	hash  sealed.Hash
}

// spoil is what a trustee sent that opens nothing.
type spoil struct {
	slot    int
	bid     publica.EntryID
	trustee string
}

var (
	evaluators = []string{"ev1", "ev2"}
	trustees   = []string{"tr1", "tr2", "tr3"}
	vendors    = []string{"ven1", "ven2", "ven3"}
	cast       = slices.Concat([]string{"buyer", "judge"}, evaluators, trustees, vendors)
	rules      = sealed.Hash{0xab}
)

// stage registers the bodies that tenders are played by.
func (s *story) stage() {
	p := &s.play
	p.asks, p.bids, p.protests, p.contracts = map[publica.DocketID][]publica.EntryID{}, map[publica.DocketID][]publica.EntryID{}, map[publica.DocketID][]publica.EntryID{}, map[publica.DocketID][]publica.EntryID{}
	p.cited, p.scores, p.secrets = map[publica.DocketID]publica.EntryID{}, map[sealed.Hash]procurement.Scores{}, map[sealed.Point]sealed.Scalar{}
	p.commits, p.spoiled = map[publica.DocketID][]commit{}, map[publica.DocketID][]spoil{}
	do := func(actor string, body publica.BodyID, kind publica.Kind, b any) publica.EntryID {
		d := draft{actor: actor}
		s.set(&d, kind, b)
		d.entry.For = body
		return s.law.Do(actor, d.entry)
	}
	p.buyer = publica.BodyID(do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Buyer", Type: identity.Agency}))
	p.board = publica.BodyID(do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Review board", Type: identity.Oversight}))
	do("founder", p.buyer, "identity/grant", identity.Grant{Key: registertest.Key("buyer").ID(), Role: identity.Coordinator})
	do("founder", p.board, "identity/grant", identity.Grant{Key: registertest.Key("judge").ID(), Role: identity.Reviewer})
	for i, actor := range trustees {
		body := publica.BodyID(do("founder", publica.BodyID{}, "identity/body", identity.Body{Name: "Trustee " + actor, Type: identity.OtherBody}))
		do("founder", body, "identity/grant", identity.Grant{Key: registertest.Key(trustees[i]).ID(), Role: identity.Member})
		p.trustees = append(p.trustees, procurement.Trustee{Body: body, Key: registertest.Key(actor).ID()})
	}
}

// toNextDue lets time pass until something is due, with a block shortly before.
func (s *story) toNextDue() {
	next, err := machine.NextDue(s.law.State, s.law.Now)
	if err != nil {
		s.law.T.Fatal(err)
	}
	if next == 0 {
		return
	}
	if before := next.Add(-time.Second); before > s.law.Now {
		s.law.Now = before
		s.law.Block()
	}
	s.law.Now = next
}

// note keeps what a record of a tender is for others.
func (p *play) note(e *machine.Entry) {
	in := e.Docket
	switch b := e.Body.(type) {
	case *procurement.Ask:
		p.asks[in] = append(p.asks[in], e.ID)
	case *procurement.SealBid:
		p.bids[in] = append(p.bids[in], e.ID)
	case *procurement.Protest:
		p.protests[in] = append(p.protests[in], e.ID)
	case *procurement.Contract:
		p.contracts[in] = append(p.contracts[in], e.ID)
	case *procurement.Plan:
		p.cited[in] = e.ID
	case *procurement.ScoreCommit:
		for _, actor := range evaluators {
			if registertest.Key(actor).ID() == e.Author {
				p.commits[in] = append(p.commits[in], commit{actor, e.ID, b.Commitment})
			}
		}
	}
}

// tenderBlock lets some time pass, often until something is due, and runs one block
// of those who take part in tenders.
func (s *story) tenderBlock(max int) {
	if s.pick(3) == 0 {
		s.toNextDue()
	}
	s.run(s.pick(max+1), func() draft {
		d := draft{actor: "buyer"}
		d.entry.For = s.play.buyer
		s.tender(&d)
		return d
	})
}

// tender takes part in a tender: mostly as its stage asks.
func (s *story) tender(d *draft) {
	if len(s.play.running) < 4 && s.pick(3) == 0 || len(s.play.running) == 0 {
		c := docket.Charter{Contribute: docket.Anyone, Reviewers: []publica.BodyID{s.play.board}}
		s.set(d, "docket/open", docket.Open{Charter: c, Languages: []string{"en"}, Type: docket.Tender}, title)
		return
	}
	n := one(s, s.play.running)
	t := s.law.Tender(s.tenders[n])
	d.entry.Docket = t.Docket
	if t.State.Stage == "" {
		t.State.Stage = procurement.Draft
	}
	if slices.Contains([]procurement.Stage{procurement.Completed, procurement.Cancelled, procurement.Unsuccessful}, t.State.Stage) && s.pick(3) == 0 {
		s.play.running = slices.DeleteFunc(s.play.running, func(m int) bool { return m == n })
	}
	switch k := s.pick(40); {
	case k < 2 && t.State.Protests > 0 || k < 8 && t.State.Protests > 0 && t.State.Stage == procurement.Awarding:
		s.protestGoesOn(d, t)
	case k == 3:
		s.protest(d, t)
	case k == 4 && s.pick(12) == 0:
		s.set(d, "procurement/cancel", procurement.Cancel{Code: procurement.NoFunds}, text("reason", "because"))
	default:
		s.act(d, t, n)
	}
	if s.pick(40) == 0 { // somebody who may not
		d.actor = one(s, cast)
	}
}

func (s *story) act(d *draft, t *registertest.Tender, n int) {
	switch t.State.Stage {
	case procurement.Draft:
		s.announceTender(d, t, n)
	case procurement.Ceremony:
		s.ceremony(d, t)
	case procurement.Bidding:
		s.bidding(d, t)
	case procurement.Closed:
		s.opening(d, t, n)
	case procurement.Opened, procurement.Compliance, procurement.Curing:
		s.complying(d, t)
	case procurement.Evaluation:
		s.evaluating(d, t, n)
	case procurement.Intended, procurement.Standstill, procurement.Awarding:
		s.awarding(d, t)
	case procurement.Cancelled:
		d.actor, d.entry.For = one(s, trustees), publica.BodyID{}
		s.set(d, "procurement/trustee-destroy", procurement.Destroy{})
	default:
		s.carryingOut(d, t)
	}
}

func (s *story) announceTender(d *draft, t *registertest.Tender, n int) {
	if t.State.Plan.IsZero() || s.pick(10) == 0 {
		s.set(d, "procurement/plan", procurement.Plan{Category: procurement.Goods}, text("text", "what"))
		return
	}
	keys := []publica.KeyID{}
	for _, actor := range evaluators {
		keys = append(keys, registertest.Key(actor).ID())
	}
	deadline := s.law.Now.Add(80 * 24 * time.Hour)
	b := procurement.Publish{Ceremony: 240, Currency: "USD", Deadline: deadline, Enquiries: deadline.Add(-20 * 24 * time.Hour), Envelopes: 1,
		Mode: procurement.Public, Profile: procurement.SealedBidding, Rules: rules, Threshold: 1, Trustees: s.play.trustees,
		Criteria: []procurement.Criterion{{ID: "price", Method: procurement.Price, Weight: 100}}}
	scored := []procurement.Criterion{{ID: "quality", Max: 10, Method: procurement.Points, Weight: 50}, {ID: "price", Method: procurement.Price, Weight: 50}}
	switch n % 4 {
	case 0:
		b.Profile, b.Envelopes, b.Criteria, b.Evaluators = procurement.Open, 2, scored, keys
	case 2:
		b.Profile, b.Mode, b.Criteria, b.Evaluators = procurement.Negotiated, procurement.Confidential, scored, keys
	case 3:
		b.Lots = []string{"north", "south"}
	}
	s.set(d, "procurement/publish", b, text("text", "what"), text("rules", "{}"))
}

func (s *story) ceremony(d *draft, t *registertest.Tender) {
	type place struct {
		actor string
		slot  int
	}
	var lacking []place
	for _, actor := range slices.Concat(trustees, evaluators) {
		for i := range t.Slots {
			if t.Lacks(actor, i) {
				lacking = append(lacking, place{actor, i})
			}
		}
	}
	if len(lacking) == 0 || s.pick(30) == 0 {
		lacking = []place{{one(s, trustees), s.pick(len(t.Slots))}}
	}
	next, step := one(s, lacking), string(t.State.Step)
	d.actor, d.entry.For = next.actor, publica.BodyID{}
	if step == "commit" && s.pick(12) == 0 {
		step = "commit-badly"
	}
	kind, body, err := t.Step(d.actor, step, next.slot)
	if err != nil {
		s.law.T.Fatal(err)
	}
	s.set(d, kind, body)
}

func (s *story) bidding(d *draft, t *registertest.Tender) {
	in := t.Docket
	switch k := s.pick(24); {
	case k == 8 || k == 9:
		d.actor, d.entry.For = one(s, vendors), publica.BodyID{}
		s.set(d, "procurement/ask", procurement.Ask{}, text("text", "what?"))
	case k < 2:
		s.set(d, "procurement/answer", procurement.Answer{Asks: []publica.EntryID{one(s, s.play.asks[in])}}, text("text", "that"))
	case k == 2:
		b := procurement.Amend{Deadline: max(t.Terms.Deadline, s.law.Now.Add(5*24*time.Hour)), Enquiries: t.Terms.Enquiries}
		s.set(d, "procurement/amend", b, text("reason", "because"))
	case k == 3:
		b := one(s, s.bidsOf(t, func(b *procurement.Bid) bool { return b.Status == procurement.Sealed }))
		d.actor, d.entry.For = s.vendor(&b), publica.BodyID{}
		s.set(d, "procurement/withdraw-bid", procurement.Withdraw{Bid: b.Entry})
	case k == 4:
		s.receipt(d, 1+s.pick(4), one(s, s.play.bids[in]))
	case k == 7 && s.pick(40) == 0:
		s.share(d, t, s.pick(len(t.Slots)))
	default:
		if k > 9 && s.holdOne(d, t) {
			return
		}
		s.bid(d, t)
	}
}

func (s *story) receipt(d *draft, member int, bid publica.EntryID) {
	d.actor, d.entry.For = fmt.Sprintf("governor%d", member), registertest.MemberID(member)
	s.set(d, "procurement/storage-receipt", procurement.Receipt{Bid: bid})
}

// holdOne has a body say that it holds a bid of which too few have said it.
func (s *story) holdOne(d *draft, t *registertest.Tender) bool {
	for _, b := range s.bidsOf(t, func(b *procurement.Bid) bool { return b.Status == procurement.Sealed && len(b.Holders) < 3 }) {
		for m := 1; m <= 4; m++ {
			if !slices.Contains(b.Holders, registertest.MemberID(m)) {
				s.receipt(d, m, b.Entry)
				return true
			}
		}
	}
	return false
}

func (s *story) bid(d *draft, t *registertest.Tender) {
	d.actor, d.entry.For = one(s, vendors), publica.BodyID{}
	lot := one(s, t.State.Lots).Name
	body, parts, secrets, err := t.Seal(d.actor, lot, t.State.Text, []string{fmt.Sprintf("offer %d", s.pick(100)), "price"})
	if err != nil {
		s.law.T.Fatal(err)
	}
	for i, r := range secrets {
		s.play.secrets[body.Envelopes[i].Point] = r
	}
	if s.pick(6) == 0 {
		data := "ciphertext"
		body.Documents = []procurement.Document{{Hash: sha256.Sum256([]byte(data)), Size: int64(len(data))}}
		parts = append(parts, registertest.Text{Name: "document-1", Media: "application/octet-stream", Data: data})
	}
	s.set(d, "procurement/bid", body, parts...)
}

// bidsOf returns the bids of a tender that f picks.
func (s *story) bidsOf(t *registertest.Tender, f func(*procurement.Bid) bool) (all []procurement.Bid) {
	s.law.View(func(tx *machine.Tx) { all = procurement.Bids(tx, t.Docket, f) })
	return all
}

// vendor returns whose bid it is.
func (s *story) vendor(b *procurement.Bid) string {
	i := slices.IndexFunc(vendors, func(v string) bool { return registertest.Key(v).ID() == b.Author })
	return vendors[max(0, i)]
}

func counts(b *procurement.Bid) bool { return b.Status == procurement.Counted }

func live(b *procurement.Bid) bool { return counts(b) && b.Rejected.IsZero() }

func (s *story) share(d *draft, t *registertest.Tender, slot int) {
	d.actor, d.entry.For = one(s, trustees), publica.BodyID{}
	body, err := t.Open(d.actor, slot)
	if err != nil { // what it was dealt is not its share
		s.set(d, "procurement/open-share", procurement.OpenShare{})
		return
	}
	s.set(d, "procurement/open-share", body)
}

// opening opens the next envelope. The trustees of every fourth tender are silent.
func (s *story) opening(d *draft, t *registertest.Tender, n int) {
	slot := s.pick(len(t.Slots))
	if t.Terms.Envelopes == 2 {
		slot = int(t.State.Opened)
	}
	switch {
	case t.State.Revealing && n%4 == 1:
		b := one(s, s.bidsOf(t, counts))
		envelope := int(t.State.Opened)
		d.entry.For = publica.BodyID{}
		d.actor = s.vendor(&b)
		if len(b.Envelopes) > envelope {
			s.set(d, "procurement/reveal", procurement.Reveal{Bid: b.Entry, Envelope: t.Terms.EnvelopeNames()[envelope], Secret: s.play.secrets[b.Envelopes[envelope].Point]})
			return
		}
		s.share(d, t, slot)
	case n%4 == 1 && s.pick(20) > 0:
		s.protest(d, t)
	case t.Terms.Mode == procurement.Confidential:
		s.partial(d, t, slot)
	default:
		s.share(d, t, slot)
	}
}

func (s *story) partial(d *draft, t *registertest.Tender, slot int) {
	d.entry.For = publica.BodyID{}
	if spoiled := s.play.spoiled[t.Docket]; len(spoiled) > 0 && s.pick(2) == 0 {
		x := one(s, spoiled)
		d.actor = one(s, evaluators)
		secrets, _ := t.Boxes(d.actor, x.slot)
		number := t.Trustee(x.trustee)
		s.set(d, "procurement/partial-complain", procurement.PartialComplain{Bid: x.bid, Envelope: "bid", Secret: secrets[number-1], Trustee: number})
		return
	}
	d.actor = one(s, trustees)
	b := one(s, s.bidsOf(t, counts))
	body, err := t.Partial(d.actor, slot, &b)
	if err != nil {
		s.set(d, "procurement/open-share", procurement.OpenShare{})
		return
	}
	if s.pick(5) == 0 {
		body.Boxes[0][40] ^= 1
		s.play.spoiled[t.Docket] = append(s.play.spoiled[t.Docket], spoil{slot, b.Entry, d.actor})
	}
	s.set(d, "procurement/open-share", body)
}

// private is a part that only those it is for can read, in confidential mode.
func private(t *registertest.Tender) registertest.Text {
	if t.Terms.Mode == procurement.Confidential {
		return registertest.Text{Name: "sealed", Media: "application/octet-stream", Data: "x"}
	}
	return text("text", "because")
}

func (s *story) complying(d *draft, t *registertest.Tender) {
	b := one(s, s.bidsOf(t, live))
	switch {
	case len(s.play.spoiled[t.Docket]) > 0 && s.pick(3) == 0:
		s.partial(d, t, 0)
	case !b.Curing.IsZero():
		d.entry.For = publica.BodyID{}
		d.actor = s.vendor(&b)
		s.set(d, "procurement/cure", procurement.Cure{Bid: b.Entry}, private(t))
	case b.Result.IsZero():
		v := procurement.Verdict{Rule: "complete", Verdict: procurement.Pass}
		if s.pick(4) == 0 {
			v.Verdict = procurement.Fail
		}
		s.set(d, "procurement/compliance-result", procurement.Result{Bid: b.Entry, Input: sealed.Hash{1}, Rules: rules, Verdicts: []procurement.Verdict{v}})
	case !b.Passed && !b.Asked:
		s.set(d, "procurement/cure-request", procurement.CureRequest{Bid: b.Entry, Until: s.law.Now.Add(4 * 24 * time.Hour)}, text("text", "a page"))
	case !b.Passed:
		s.set(d, "procurement/reject", procurement.Reject{Bid: b.Entry, Cites: []publica.EntryID{b.Result}, Code: procurement.NonResponsive}, text("reason", "because"))
	default:
		s.protest(d, t)
	}
}

func (s *story) evaluating(d *draft, t *registertest.Tender, n int) {
	all := s.bidsOf(t, live)
	lot := 0
	if len(all) > 0 {
		lot = one(s, all).Lot
	}
	all = slices.DeleteFunc(all, func(b procurement.Bid) bool { return b.Lot != lot })
	d.actor = one(s, evaluators)
	commits := s.play.commits[t.Docket]
	l := &t.State.Lots[lot]
	switch {
	case len(t.Terms.Evaluators) > 0 && !t.State.Committed:
		s.score(d, t, lot, all)
	case t.State.Opened < t.Terms.Envelopes:
		s.opening(d, t, n)
	case len(t.Terms.Evaluators) > 0 && !t.State.Disclosed && l.Reveals < l.Commits && len(commits) > 0:
		x := commits[len(commits)-1-s.pick(min(4, len(commits)))]
		d.actor, d.entry.For = x.actor, publica.BodyID{}
		s.set(d, "procurement/score-reveal", procurement.ScoreReveal{Commit: x.entry, Scores: s.play.scores[x.hash]}, text("reasons", "good"))
	default:
		d.actor = "buyer"
		b := procurement.Memo{Cites: []publica.EntryID{s.play.cited[t.Docket]}, Lot: t.State.Lots[lot].Name}
		for _, bid := range all {
			b.Ranking = append(b.Ranking, bid.Entry)
		}
		s.set(d, "procurement/memo", b, private(t))
	}
}

func (s *story) score(d *draft, t *registertest.Tender, lot int, all []procurement.Bid) {
	c := procurement.Scores{Lot: t.State.Lots[lot].Name, Reasons: sha256.Sum256([]byte("good")), Salt: "00112233445566778899aabbccddeeff"}
	for _, b := range all {
		c.Scores = append(c.Scores, procurement.Score{Bid: b.Entry, Points: []int64{int64(s.pick(11))}})
	}
	d.entry.For = publica.BodyID{}
	hash, err := c.Commitment(t.Docket, t.State.Round, registertest.Key(d.actor).ID())
	if err != nil {
		s.law.T.Fatal(err)
	}
	s.play.scores[hash] = c
	s.set(d, "procurement/score-commit", procurement.ScoreCommit{Commitment: hash, Lot: c.Lot, Round: t.State.Round})
}

func usd(n int64) procurement.Money { return procurement.Money{Amount: n, Currency: "USD"} }

func (s *story) awarding(d *draft, t *registertest.Tender) {
	if t.State.Stage == procurement.Awarding {
		l := one(s, t.State.Lots)
		s.set(d, "procurement/award", procurement.Award{Bid: l.Winner, Cites: []publica.EntryID{l.Memo}, Lot: l.Name, Value: usd(max(1, l.Value))}, text("reason", "the best"))
		return
	}
	var b procurement.Intent
	for i := range t.State.Lots {
		if all := s.bidsOf(t, func(b *procurement.Bid) bool { return live(b) && b.Lot == i }); len(all) > 0 {
			b.Awards = append(b.Awards, procurement.IntendedAward{Bid: one(s, all).Entry, Lot: t.State.Lots[i].Name, Value: usd(1000)})
			b.Cites = append(b.Cites, t.State.Lots[i].Memo)
		}
	}
	s.set(d, "procurement/intent", b, text("reason", "because"))
}

func (s *story) protest(d *draft, t *registertest.Tender) {
	d.actor, d.entry.For = one(s, vendors), publica.BodyID{}
	ground := one(s, []procurement.Ground{procurement.TextGround, procurement.EvaluationGround})
	s.set(d, "procurement/protest", procurement.Protest{About: s.play.cited[t.Docket], Ground: ground}, text("text", "unfair"))
}

func (s *story) protestGoesOn(d *draft, t *registertest.Tender) {
	protest, cites := one(s, s.play.protests[t.Docket]), []publica.EntryID{s.play.cited[t.Docket]}
	if s.pick(3) == 0 {
		d.actor = one(s, append([]string{"buyer"}, vendors...))
		s.set(d, "procurement/protest-step", procurement.ProtestStep{Protest: protest, Withdraw: s.pick(2) == 0}, text("text", "well"))
		return
	}
	d.actor, d.entry.For = "judge", s.play.board
	b := procurement.Decide{Cites: cites, Outcome: procurement.Dismissed, Protest: protest}
	if s.pick(3) == 0 {
		b.Outcome = procurement.Sustained
		b.Reopen = one(s, []procurement.Stage{"", procurement.Bidding, procurement.Compliance, procurement.Evaluation, procurement.Intended})
		if b.Reopen == procurement.Bidding {
			b.Deadline = max(t.Terms.Deadline, s.law.Now.Add(5*24*time.Hour))
		}
	}
	s.set(d, "procurement/decide", b, text("reason", "because"))
}

func (s *story) carryingOut(d *draft, t *registertest.Tender) {
	if s.pick(6) == 0 {
		s.set(d, "procurement/debrief", procurement.Debrief{Bid: one(s, s.bidsOf(t, counts)).Entry}, private(t))
		return
	}
	id := one(s, s.play.contracts[t.Docket])
	if t.State.Stage == procurement.Contracting || id.IsZero() {
		l := one(s, t.State.Lots)
		due := s.law.Now.Add(24 * time.Hour)
		s.set(d, "procurement/contract", procurement.Contract{Award: l.Award, Starts: s.law.Now, Ends: due, Value: usd(max(1, l.Value)),
			Milestones: []procurement.Milestone{{Due: due, ID: "first", Value: l.Value / 2}, {Due: due, ID: "second", Value: l.Value - l.Value/2}}}, text("text", "contract"))
		return
	}
	var a procurement.Agreement
	s.law.View(func(tx *machine.Tx) { a, _ = procurement.AgreementOf(tx, t.Docket, id) })
	s.perform(d, id, &a)
}

// perform takes the next step of a contract.
func (s *story) perform(d *draft, id publica.EntryID, a *procurement.Agreement) {
	if len(a.Milestones) == 0 {
		return
	}
	m := one(s, a.Milestones)
	switch k := s.pick(30); {
	case k == 0:
		s.set(d, "procurement/terminate", procurement.Terminate{Code: procurement.Agreed, Contract: id}, text("reason", "because"))
	case k < 4:
		b := procurement.Modify{Contract: id, Ends: a.Ends.Add(24 * time.Hour), Value: usd(a.Value + 10)}
		for _, m := range a.Milestones {
			if m.Accepted.IsZero() {
				b.Milestones = append(b.Milestones, m.Milestone)
			}
		}
		if len(b.Milestones) > 0 {
			b.Milestones[0].Value += 10
		}
		s.set(d, "procurement/modify", b, text("reason", "more"))
	case m.Reached.IsZero():
		s.set(d, "procurement/milestone", procurement.MilestoneReached{Contract: id, Milestone: m.ID}, text("text", "done"))
	case m.Accepted.IsZero():
		s.set(d, "procurement/accept", procurement.Accept{Contract: id, Milestone: m.ID, Refused: s.pick(4) == 0}, text("reason", "because"))
	default:
		s.set(d, "procurement/payment", procurement.Payment{Amount: usd(max(1, m.Value-m.Paid)), Contract: id, Milestone: m.ID, Paid: s.law.Now})
	}
}
