package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"publica"
)

// A Lead is a public body that leads a docket of the sample that is open.
type Lead struct {
	Body   publica.BodyID
	Docket string // what it leads, in a few words
}

// A Cast is whose keys the sample plays with beside those that it makes itself.
type Cast struct {
	Founder  *publica.PrivateKey   // registers the bodies
	Trustees []*publica.PrivateKey // of the city's open tender, run by the node at the register's address; none: the sample plays them
	Apart    []*publica.PrivateKey // of the ministry's tender, [ApartTrustees] of them, run by nodes of several operators; none: the sample plays them
}

// ApartTrustees is how many trustees the ministry's tender has.
const ApartTrustees = 5

// Run fills the register at base with the sample dockets, prints its progress
// to out, and returns who leads those that are open. A second run finds the dockets
// and does nothing; one that was cut off begins anew beside what is there.
func Run(ctx context.Context, base string, cast Cast, out io.Writer) ([]Lead, error) {
	if n := len(cast.Apart); n != 0 && n != ApartTrustees {
		return nil, publica.Problem(publica.Invalid, "cast", fmt.Sprintf("has %d trustees apart, not %d", n, ApartTrustees))
	}
	info, err := publica.Discover(ctx, nil, base)
	if err != nil {
		return nil, err
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		return nil, err
	}
	client, err := publica.NewClient(base, policy)
	if err != nil {
		return nil, err
	}
	s := &stage{client: client, founder: cast.Founder, given: map[string]*publica.PrivateKey{}, embedded: cast.Trustees, apart: cast.Apart, out: out, ids: map[string]publica.EntryID{}, logged: map[publica.Nonce]publica.EntryID{},
		drafts: map[string][]*draft{}, brought: map[string]int{}}
	if err := s.lookAround(ctx); err != nil {
		return nil, err
	}
	if !s.done("end") {
		if err := s.play(ctx); err != nil {
			return nil, err
		}
		return s.leads(), nil
	}
	if err := s.bodies(ctx); err != nil { // they are there: it recalls their ids
		return nil, err
	}
	return s.leads(), s.tell("the sample dockets are there already")
}

// play plays all acts.
func (s *stage) play(ctx context.Context) error {
	began := time.Now()
	for _, act := range []struct {
		words string
		play  func(context.Context) error
	}{
		{"registering the public bodies", s.bodies},
		{"a city's consultation, from first draft to codification", s.nightBuses},
		{"the republic's action plan: ideas while the first period is open", s.planIdeas},
		{"the promises of the first action plan, two years of them from a ledger", s.firstPlanPromises},
		{"a city's tree plan, ten weeks of it from paper", s.treePlan},
		{"a city's tender that stays open", s.plantingTender},
		{"a tender: its plan, the ceremony of its keys, an amendment", s.caseTender},
		{"seven bids, one of them late, and their opening", s.caseBids},
		{"what the rules say of the bids: a cure, and two rejections", s.caseCompliance},
		{"scores that were fixed before prices opened", s.caseScores},
		{"an intent, a protest, the award and its contract", s.caseAward},
		{"questions and sealed bids to the tender that stays open, and a tender that is cancelled", s.cityBids},
		{"three drafts, with what people say about them", s.planDrafts},
		{"what the reviewer and the public say of the first plan's promises", s.firstPlanReviews},
		{"a campaign: one letter in many wordings, answered as one", s.planCampaign},
		{"what is hidden, erased and disowned, and an appeal", s.planModeration},
		{"the first plan's promises judged for good, and one closed", s.firstPlanEnd},
		{"first responses", s.planResponses},
	} {
		if err := s.tell(act.words); err != nil {
			return err
		}
		start, waited := time.Now(), s.waited
		if err := act.play(ctx); err != nil {
			return fmt.Errorf("sample register, %s: %w", act.words, err)
		}
		s.slowest = max(s.slowest, time.Since(start)-(s.waited-waited))
	}
	return s.tell(fmt.Sprintf("the sample dockets are ready: %d records in %s", s.count, time.Since(began).Round(time.Second)))
}

// leads returns who leads what is open.
func (s *stage) leads() []Lead {
	return []Lead{
		{publica.BodyID(s.id("body/ministry")), "the action plan and the case management system"},
		{publica.BodyID(s.id("body/city")), "the tree plan and the planting tender"},
	}
}

// bodies registers who takes part, and gives their offices the roles they need.
func (s *stage) bodies(ctx context.Context) error {
	var all []line
	for _, b := range publicBodies {
		all = append(all, line{name: "body/" + b.key, by: "founder", kind: "identity/body", body: member{"name": b.name, "type": b.kind}, lasting: true})
	}
	if err := s.say(ctx, all...); err != nil {
		return err
	}
	all = nil
	for _, b := range publicBodies {
		for _, role := range b.roles {
			all = append(all, line{
				name: "grant/" + b.key + "/" + role, by: "founder", kind: "identity/grant", forBody: b.key,
				body: member{"key": s.key(b.key).ID(), "role": role}, lasting: true,
			})
		}
	}
	for i, name := range accountNames {
		all = append(all, line{name: fmt.Sprintf("account/%d", i), by: person(i), kind: "identity/account", body: member{}, parts: parts{"name": name}, lasting: true})
	}
	return s.say(ctx, all...)
}

// person names the i-th of the people.
func person(i int) string { return fmt.Sprintf("person/%d", i) }
