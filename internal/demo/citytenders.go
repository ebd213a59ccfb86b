package demo

import (
	"context"
	"fmt"
	"time"

	"publica"
	"publica/compliance"
	"publica/tender"
	"publica/tender/profile"
)

// cityTrustees keep the keys of the city's tenders where no node of the sample runs
// trustees.
var cityTrustees = []trusteeSeat{{actor: "trustee/parks", body: "city"}, {actor: "trustee/treasury", body: "city"}, {actor: "trustee/school", body: "university"}}

// plantingTender publishes a tender that stays open for bids. Trustees that the node
// runs make its keys by themselves, while other acts are played.
func (s *stage) plantingTender(ctx context.Context) error {
	t := &tendering{scene: scene{stage: s, docket: "open/planting", lead: "city"}, trustees: cityTrustees}
	s.planting = t
	summary := plantingSummary + plantingPlayed
	if len(s.embedded) > 0 {
		t.trustees, summary = nil, plantingSummary+plantingEmbedded
		for i := range s.embedded {
			t.trustees = append(t.trustees, trusteeSeat{actor: fmt.Sprintf("embedded/%d", i+1), body: "city"})
		}
		t.runs(s.embedded)
	}
	if err := t.openDocket(ctx, plantingTitle, summary); err != nil {
		return err
	}
	if err := t.seats(ctx); err != nil {
		return err
	}
	plan := t.office("plan", "plan", member{"category": "services", "budget": member{"amount": 9_600_000, "currency": "USD"}}, parts{"text": plantingPlan})
	if err := t.one(ctx, plan); err != nil {
		return err
	}
	terms, err := t.plantingTerms()
	if err != nil {
		return err
	}
	publish := t.office("publish", "publish", terms, parts{"text": plantingText})
	publish.files = []file{{media: "application/json", bytes: []byte(plantingRules), name: "rules"}, inputs(plantingInputs())}
	if err := t.one(ctx, publish); err != nil || len(s.embedded) > 0 {
		return err
	}
	return t.makeKeys(ctx)
}

// plantingTerms leave two weeks to bid. Its trustees are the city's own: the tender
// says so, and whoever shows it.
func (t *tendering) plantingTerms() (*tender.Terms, error) {
	set, err := compliance.Parse([]byte(plantingRules))
	if err != nil {
		return nil, err
	}
	noon := 12 * time.Hour
	terms := &tender.Terms{
		Ceremony: 1, Currency: "USD", Enquiries: today(9).Add(noon), Deadline: today(15).Add(noon), Embedded: true, Envelopes: 1, Mode: tender.Public,
		Profile: string(profile.Open), Threshold: int64(len(t.trustees)-1) / 2, Trustees: t.named(), Evaluators: []publica.KeyID{t.key("gardener/1").ID(), t.key("gardener/2").ID()},
		Criteria: []tender.Criterion{{ID: "care", Max: 10, Method: tender.Points, Weight: 40}, {ID: "price", Method: tender.Price, Weight: 60}},
	}
	return terms, terms.Rules.UnmarshalText([]byte(set.Hash()))
}

// plantingBids plays what has happened since the keys were made: questions, an
// answer, two bids.
func (s *stage) plantingBids(ctx context.Context) error {
	t := s.planting
	if err := t.reaches(ctx, tender.Bidding); err != nil {
		return err
	}
	if err := t.say(ctx,
		t.record(person(14), "ask/water", "ask", member{}, parts{"text": "Who pays for the water of the first two summers, and where is it drawn?"}),
		t.record("vendor/greenkeel", "ask/species", "ask", member{}, parts{"text": "May a bidder offer another species for a street if the nursery has none of the one that is listed?"}),
	); err != nil {
		return err
	}
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	all := []line{t.office("answer/water", "answer", member{"asks": t.idsOf(t.docket + "/ask/water")},
		parts{"text": "The city. Each watering round draws at the hydrants that the annex lists; the hours for it are part of the price, the water is not."})}
	for i := range plantingVendors {
		l, err := t.bid(now, &plantingVendors[i], "bid/"+plantingVendors[i].key)
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	return t.say(ctx, all...)
}

// cityBids plays the rest of the city's tenders.
func (s *stage) cityBids(ctx context.Context) error {
	if err := s.plantingBids(ctx); err != nil {
		return err
	}
	return s.fountainTender(ctx)
}

// fountainTender is cancelled before its deadline: what was sealed stays sealed.
func (s *stage) fountainTender(ctx context.Context) error {
	t := &tendering{scene: scene{stage: s, docket: "open/fountains", lead: "city"}, trustees: cityTrustees}
	if err := t.openDocket(ctx, "Drinking fountains for Customs Square", "Two fountains, bought for practice: no law's periods apply. The city cancelled it when the square's renewal was put off; the bid that was there stays sealed."); err != nil {
		return err
	}
	if err := t.seats(ctx); err != nil {
		return err
	}
	plan := t.office("plan", "plan", member{"category": "works"}, parts{"text": "Two drinking fountains, to be set when Customs Square is renewed."})
	if err := t.one(ctx, plan); err != nil {
		return err
	}
	terms := &tender.Terms{
		Ceremony: 1, Currency: "USD", Enquiries: today(6), Deadline: today(8), Embedded: true, Envelopes: 1, Mode: tender.Public, Profile: string(profile.Practice),
		Threshold: 1, Trustees: t.named(), Criteria: []tender.Criterion{{ID: "price", Method: tender.Price, Weight: 100}},
	}
	if err := terms.Rules.UnmarshalText([]byte(compliance.FASTLane().Hash())); err != nil {
		return err
	}
	if err := t.one(ctx, t.office("publish", "publish", terms, parts{"text": "Two fountains of cast iron with a bowl for dogs, connected and tested."})); err != nil {
		return err
	}
	if err := t.makeKeys(ctx); err != nil {
		return err
	}
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	bid, err := t.bid(now, &fountainVendor, "bid/"+fountainVendor.key)
	if err != nil {
		return err
	}
	if err := t.one(ctx, bid); err != nil {
		return err
	}
	if err := t.one(ctx, t.office("cancel", "cancel", member{"code": "no-funds"},
		parts{"reason": "The council has put off the renewal of Customs Square by two years, and the money with it. The bid that was sealed stays sealed; no share that opens it is taken any more."})); err != nil {
		return err
	}
	return t.destroyed(ctx)
}
