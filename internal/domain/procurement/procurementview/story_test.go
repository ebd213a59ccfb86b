package procurementview

import (
	"time"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/tender"
)

// salt plays a public tender of two envelopes as far as bids are taken: a question,
// an amendment, bids that count and bids that do not.
func (s *sample) salt() publica.DocketID {
	id := s.plan("Road salt for two winters")
	s.publish(nil)
	s.makeKeys()
	q := s.send("citizen", "procurement/ask", procurement.Ask{}, false, text("text", "May the salt be blue?"))
	s.send("coordinator", "procurement/answer", procurement.Answer{Asks: []publica.EntryID{q}}, true, text("text", "Any colour will do."))
	s.bid("one", s.offer("First Salt", 11, 10500)) // another text: an envelope is made once
	s.Do("coordinator", "procurement/amend", procurement.Amend{Deadline: s.terms.Deadline.Add(5 * day), Enquiries: s.terms.Enquiries}, viewtest.ForBody,
		viewtest.Said("reason", "A bidder asked what colour it may be."), viewtest.Said("text", "We buy road salt of any colour.\n\nDelivered within 20 days."))
	s.bid("one", s.offer("First Salt", 10, 10000))
	s.bid("two", s.offer("Second Salt", 19, 9000))
	s.bid("two", s.offer("Second Salt", 20, 8000))
	s.bid("three", s.offer("Third Salt", 30, 9000))
	s.bid("four", []string{"no offer", "no offer"})
	five := s.bid("five", s.offer("Fifth Salt", 1, 100))
	s.send("five", "procurement/withdraw-bid", procurement.Withdraw{Bid: five}, false)
	return id
}

// opened opens the technical envelopes, after a bid that came too late.
func (s *sample) opened() {
	t := s.Tender(s.Docket)
	body, parts, _, err := t.Seal("late", "", t.State.Text, s.offer("Late Salt", 1, 1))
	if err != nil {
		s.TB.Fatal(err)
	}
	s.until(t.Terms.Deadline)
	s.late(body, parts)
	s.open(0, "ana", "cai")
}

// judged runs the rules, has a bid cured and another rejected, and opens the prices
// once scores are committed to.
func (s *sample) judged() {
	s.judge()
	s.send("coordinator", "procurement/cure-request", procurement.CureRequest{Bid: s.bids["three"], Until: s.Now.Add(5 * day)}, true, text("text", "Say whether you can deliver sooner."))
	s.send("three", "procurement/cure", procurement.Cure{Bid: s.bids["three"]}, false, text("text", "We can."), registertest.Text{Name: "attachment-1", Media: tender.InputMedia, Data: `{"days":15}`})
	s.judge()
	s.send("coordinator", "procurement/reject", procurement.Reject{Bid: s.bids["four"], Cites: []publica.EntryID{s.told().Bid(s.bids["four"]).Result().ID}, Code: procurement.NonResponsive}, true, text("reason", "What was sealed is no offer."))
}

// awarded evaluates, says to whom it is to go, decides a protest and awards.
func (s *sample) awarded() {
	memo, intent := s.intended()
	p := s.send("one", "procurement/protest", procurement.Protest{About: intent, Ground: procurement.EvaluationGround}, false, text("text", "Our grain is better."))
	s.send("coordinator", "procurement/protest-step", procurement.ProtestStep{Protest: p}, true, text("text", "Both evaluators saw it so."))
	s.Do("judge", "procurement/decide", procurement.Decide{Cites: []publica.EntryID{memo}, Outcome: procurement.Dismissed, Protest: p}, viewtest.ForThe("Protest Board"), viewtest.Said("reason", "The scores follow the published criteria."))
	s.until(s.Now.Add(11 * day))
	s.send("coordinator", "procurement/award", procurement.Award{Bid: s.bids["two"], Cites: []publica.EntryID{memo}, Value: usd(8000)}, true, text("reason", "Most points by the published formula."))
	s.send("coordinator", "procurement/debrief", procurement.Debrief{Bid: s.bids["one"]}, true, text("text", "Your price was higher."))
}

// intended evaluates, and says to whom it is to go.
func (s *sample) intended() (memo, intent publica.EntryID) {
	eva, emil := s.scores("Good grain.", map[string]int64{"one": 7, "two": 6, "three": 5}), s.scores("Fine grain.", map[string]int64{"one": 8, "two": 6, "three": 6})
	c1, c2 := s.commit("eva", eva), s.commit("emil", emil)
	if s.told().Round == 1 {
		s.open(1, "ana", "ben")
	}
	s.send("eva", "procurement/score-reveal", procurement.ScoreReveal{Commit: c1, Scores: eva}, false, text("reasons", "Good grain."))
	r2 := s.send("emil", "procurement/score-reveal", procurement.ScoreReveal{Commit: c2, Scores: emil}, false, text("reasons", "Fine grain."))
	memo = s.send("coordinator", "procurement/memo", procurement.Memo{Cites: []publica.EntryID{r2}, Ranking: []publica.EntryID{s.bids["two"], s.bids["three"], s.bids["one"]}}, true, text("text", "Second Salt leads. Third Salt is placed before First Salt, for it is nearer."))
	intent = s.send("coordinator", "procurement/intent", procurement.Intent{Cites: []publica.EntryID{memo}, Awards: []procurement.IntendedAward{{Bid: s.bids["two"], Value: usd(8000)}}}, true)
	return memo, intent
}

// carriedOut contracts, delivers, refuses once, modifies and pays.
func (s *sample) carriedOut() {
	award := s.told().Awards[0].ID
	c := s.send("coordinator", "procurement/contract", procurement.Contract{Award: award, Starts: s.Now, Ends: s.Now.Add(300 * day), Value: usd(8000),
		Milestones: []procurement.Milestone{{ID: "first-winter", Due: s.Now.Add(20 * day), Value: 4000}, {ID: "second-winter", Due: s.Now.Add(280 * day), Value: 4000}}}, true, text("text", "Ten tonnes of salt."))
	s.until(s.Now.Add(15 * day))
	s.send("two", "procurement/milestone", procurement.MilestoneReached{Contract: c, Milestone: "first-winter"}, false, text("text", "Five tonnes are in your yard."))
	s.send("coordinator", "procurement/accept", procurement.Accept{Contract: c, Milestone: "first-winter", Refused: true}, true, text("reason", "One tonne is wet."))
	s.send("two", "procurement/milestone", procurement.MilestoneReached{Contract: c, Milestone: "first-winter"}, false, text("text", "It is replaced."))
	s.send("coordinator", "procurement/accept", procurement.Accept{Contract: c, Milestone: "first-winter"}, true, text("reason", "Dry."))
	s.send("coordinator", "procurement/payment", procurement.Payment{Contract: c, Milestone: "first-winter", Amount: usd(4000), Paid: s.Now}, true)
	s.send("coordinator", "procurement/modify", procurement.Modify{Contract: c, Ends: s.Now.Add(330 * day), Value: usd(8800), Milestones: []procurement.Milestone{{ID: "second-winter", Due: s.Now.Add(310 * day), Value: 4800}}}, true, text("reason", "The second winter is long."))
}

// late sends a bid that the rules refuse.
func (s *sample) late(body procurement.SealBid, parts []registertest.Text) {
	s.TB.Helper()
	id, err := s.trySend("late", "procurement/bid", body, false, parts...)
	if publica.CodeOf(err) != publica.Late {
		s.TB.Fatalf("the bid %s after the deadline: %v", id, err)
	}
}

// the markers that bids of the confidential sample say, and that no page may.
var markers = []string{"Quiet Advice Ltd", "Silent Counsel", "987650", "9,876.50", "876540", "8,765.40"}

// advice plays a confidential tender to its award.
func (s *sample) advice() publica.DocketID {
	id := s.plan("Advice on flood law")
	s.publish(func(b *procurement.Publish) {
		b.Mode, b.Profile, b.Envelopes = procurement.Confidential, procurement.Negotiated, 1
	})
	s.makeKeys()
	s.bid("quiet", s.offer(markers[0], 10, 987650))
	s.bid("silent", s.offer(markers[1], 12, 876540))
	s.until(s.Tender(s.Docket).Terms.Deadline)
	s.openToBoard(0, "ana", "ben")
	s.judge()
	c := s.scores("Sound.", map[string]int64{"quiet": 7, "silent": 6})
	c1, c2 := s.commit("eva", c), s.commit("emil", c)
	s.send("eva", "procurement/score-reveal", procurement.ScoreReveal{Commit: c1, Scores: c}, false, text("reasons", "Sound."))
	r := s.send("emil", "procurement/score-reveal", procurement.ScoreReveal{Commit: c2, Scores: c}, false, text("reasons", "Sound."))
	memo := s.send("coordinator", "procurement/memo", procurement.Memo{Cites: []publica.EntryID{r}, Ranking: []publica.EntryID{s.bids["quiet"], s.bids["silent"]}}, true, registertest.Text{Name: "sealed", Media: "application/octet-stream", Data: "\x01\x02"})
	s.send("coordinator", "procurement/intent", procurement.Intent{Cites: []publica.EntryID{memo}, Awards: []procurement.IntendedAward{{Bid: s.bids["quiet"], Value: usd(900000)}}}, true)
	s.send("coordinator", "procurement/award", procurement.Award{Bid: s.bids["quiet"], Cites: []publica.EntryID{memo}, Value: usd(900000)}, true, text("reason", "Best value."))
	return id
}

// bridge plays a sealed-bidding tender that takes bids: how many is need-to-know.
func (s *sample) bridge() publica.DocketID {
	id := s.plan("A bridge at the mill")
	s.publish(func(b *procurement.Publish) {
		b.Profile, b.Envelopes, b.Evaluators = procurement.SealedBidding, 1, nil
		b.Criteria = []procurement.Criterion{{ID: "price", Method: procurement.Price, Weight: 100}}
	})
	s.makeKeys()
	s.bid("mason", s.offer("Mason and Daughters", 10, 50000))
	s.bid("smith", s.offer("Smith Bridges", 12, 60000))
	return id
}

// boats plays a tender whose first attempt at keys fails, and whose second is at
// its second step, by trustees of the buyer's own.
func (s *sample) boats() publica.DocketID {
	id := s.plan("Two rescue boats")
	s.publish(nil)
	s.step("announce", "ana", "ben")
	s.until(s.Now.Add(25 * time.Hour))
	for _, actor := range s.trustees {
		s.Grant(actor, identity.Member)
	}
	s.publish(func(b *procurement.Publish) {
		b.Embedded = true
		for i := range b.Trustees {
			b.Trustees[i].Body = s.Body
		}
	})
	s.step("announce", s.trustees...)
	s.step("commit", "ana")
	return id
}
