package demo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/compliance"
	"publica/sealed"
	"publica/tender"
	"publica/tender/profile"
)

// caseTrustees keep the keys of the tender: most of them are outside the buyer, and
// three of them open.
var caseTrustees = [ApartTrustees]trusteeSeat{
	{actor: "trustee/audit", body: "audit"}, {actor: "trustee/university", body: "university"}, {actor: "trustee/coalition", body: "coalition"},
	{actor: "trustee/city", body: "city"}, {actor: "trustee/ministry", body: "ministry"},
}

var caseEvaluators = []string{"evaluator/1", "evaluator/2", "evaluator/3"}

// caseTender begins the tender for a case management system: plan, publication, the
// trustees' ceremony, a question, and bids that an amendment supersedes.
func (s *stage) caseTender(ctx context.Context) error {
	t := &tendering{scene: scene{stage: s, docket: "open/cases", lead: "ministry"}, trustees: slices.Clone(caseTrustees[:])}
	if len(s.apart) > 0 {
		t.runs(s.apart)
	}
	s.cases = t
	began := time.Now()
	if err := t.openDocket(ctx, caseTitle, caseSummary); err != nil {
		return err
	}
	beat := time.Since(began) // of a record: how fast this register is now
	if err := t.seats(ctx); err != nil {
		return err
	}
	plan := t.office("plan", "plan", member{"category": "services", "budget": member{"amount": 45_000_000, "currency": "USD"}}, parts{"text": casePlan})
	if err := t.one(ctx, plan); err != nil {
		return err
	}
	least := 12 * time.Second
	if t.byThemselves() {
		least *= 3 // they look at the register once a second
	}
	deadline := publica.TimeOf(time.Now().Add(max(least, 40*beat)))
	publish := t.office("publish", "publish", t.terms(deadline), parts{"text": caseText})
	publish.files = []file{inputs(caseInputs(caseParts...))}
	if err := t.one(ctx, publish); err != nil {
		return err
	}
	began = time.Now()
	if err := t.makeKeys(ctx); err != nil {
		return err
	}
	return t.amendCase(ctx, deadline, max(15*time.Second, 6*time.Since(began)))
}

// terms are those of the tender for a case management system.
func (t *tendering) terms(deadline publica.Time) *tender.Terms {
	terms := &tender.Terms{
		Ceremony: 1, Currency: "USD", Deadline: deadline, Enquiries: deadline, Envelopes: 2, Mode: tender.Public, Profile: string(profile.Practice),
		Threshold: 2, Trustees: t.named(),
		Criteria: []tender.Criterion{
			{ID: "usability", Max: 10, Method: tender.Points, Weight: 25}, {ID: "delivery", Max: 10, Method: tender.Points, Weight: 20},
			{ID: "support", Max: 10, Method: tender.Points, Weight: 15}, {ID: "price", Method: tender.Price, Weight: 40},
		},
	}
	for _, e := range caseEvaluators {
		terms.Evaluators = append(terms.Evaluators, t.key(e).ID())
	}
	if err := terms.Rules.UnmarshalText([]byte(compliance.FASTLane().Hash())); err != nil {
		panic(err) // cannot happen: it is a hash
	}
	return terms
}

// amendCase plays a question, its answer, and the amendment that follows, which
// gives so much time; the bids of before count no more. In that time bids are sealed,
// and nodes say that they hold what is beside them.
func (t *tendering) amendCase(ctx context.Context, deadline publica.Time, more time.Duration) error {
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	early, err := t.bid(now, &caseVendors[1], "bid/early")
	if err != nil {
		return err
	}
	if err := t.say(ctx, t.record("vendor/saltmarsh", "ask", "ask", member{}, parts{"text": caseQuestion}), early); err != nil {
		return err
	}
	answer := t.office("answer", "answer", member{"asks": t.idsOf(t.docket + "/ask")}, parts{"text": caseAnswer})
	deadline = max(deadline, publica.TimeOf(time.Now()).Add(more))
	amend := t.office("amend", "amend", member{"deadline": deadline, "enquiries": deadline}, parts{"reason": caseReason, "text": caseAmended})
	amend.files = []file{inputs(caseInputs(allParts...))}
	return t.say(ctx, answer, amend)
}

// caseBids seals the bids to the text as amended, and one that is sent when the
// deadline has passed. A copy of another's envelopes is refused, and a trustee's forged
// share; then trustees open the first envelopes.
func (s *stage) caseBids(ctx context.Context) error {
	t := s.cases
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	var all []line
	for i := range caseVendors {
		l, err := t.bid(now, &caseVendors[i], "bid/"+caseVendors[i].key)
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	late, err := t.bid(now, &lateVendor, "bid/"+lateVendor.key)
	if err != nil {
		return err
	}
	copied := t.record("vendor/copyist", "bid/copied", "bid", all[0].body, nil)
	copied.files = all[0].files
	if err := t.say(ctx, all...); err != nil {
		return err
	}
	if err := t.refused(ctx, copied, publica.Conflict); err != nil {
		return err
	}
	if err := t.held(ctx); err != nil {
		return err
	}
	begun := time.Now()
	if err := until(ctx, now.Terms().Deadline); err != nil {
		return err
	}
	s.waited += time.Since(begun)
	late.refused = true
	if err := t.oneAfterTheOther(ctx, late); err != nil {
		return err
	}
	if err := t.reaches(ctx, tender.Closed); err != nil {
		return err
	}
	if err := t.refused(ctx, t.forged(2, now.Terms().EnvelopeNames()[0]), publica.Unverified); err != nil {
		return err
	}
	return t.opened(ctx, now.Terms().EnvelopeNames()[0])
}

// caseCompliance runs the pinned rules over every bid, lets one cure what it lacks,
// and has a person reject two.
func (s *stage) caseCompliance(ctx context.Context) error {
	t := s.cases
	if err := t.judge(ctx, ""); err != nil {
		return err
	}
	request := t.office("cure-request", "cure-request", member{"bid": t.bidOf("saltmarsh"), "until": publica.TimeOf(time.Now().Add(5 * day))}, parts{"text": caseCureAsked})
	if err := t.one(ctx, request); err != nil {
		return err
	}
	cure := t.record("vendor/saltmarsh", "cure", "cure", member{"bid": t.bidOf("saltmarsh")}, parts{"text": caseCured})
	cure.files = []file{inputs(saltmarsh.facts(allParts...))}
	all := []line{cure}
	for _, r := range caseRejections {
		all = append(all, t.office("reject/"+r.vendor, "reject", member{
			"bid": t.bidOf(r.vendor), "code": r.code, "cites": t.idsOf(t.docket+"/bid/"+r.vendor, t.docket+"/result/"+r.vendor),
		}, parts{"reason": r.reason}))
	}
	if err := t.say(ctx, all...); err != nil {
		return err
	}
	return t.judge(ctx, "/cured")
}

// bidOf is the bid of a vendor.
func (t *tendering) bidOf(key string) publica.EntryID { return t.id(t.docket + "/bid/" + key) }

// judge puts on record what the pinned rules give for every bid that lacks a result.
func (t *tendering) judge(ctx context.Context, round string) error {
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	set, err := now.Rules(now.content)
	if err != nil {
		return err
	}
	open, err := now.Open(now.content)
	if err != nil {
		return err
	}
	var all []line
	for _, b := range open {
		if b.Judged || b.Rejected != nil {
			continue
		}
		j, err := now.Judge(set, b, now.content)
		if err != nil {
			return err
		}
		all = append(all, t.office("result/"+t.called(b.Author)+round, "compliance-result", j.Body(), parts{"text": findings(j)}))
	}
	return t.say(ctx, all...)
}

// called is the key of the vendor whose key it is.
func (t *tendering) called(key publica.KeyID) string {
	return t.vendorOf(append(slices.Clone(caseVendors), lateVendor), key).key
}

// findings are a judgement in words.
func findings(j *tender.Judgement) string {
	if j.Result == nil {
		return "What the first envelope holds is no offer: no rule could be run on it.\n"
	}
	var b strings.Builder
	for _, f := range j.Result.Rules {
		fmt.Fprintf(&b, "- %s: **%s**. %s\n", f.Title, f.Verdict, f.Words)
	}
	return b.String()
}

// caseScores has every evaluator commit to scores, opens the prices, and has the
// scores revealed; then the buyer ranks the bids in a memo.
func (s *stage) caseScores(ctx context.Context) error {
	t := s.cases
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	var commits, reveals []line
	for i, actor := range caseEvaluators {
		scores, reasons := t.scored(now, i)
		commitment, err := tender.Commitment(now.Docket, now.Round, t.key(actor).ID(), "", scores)
		if err != nil {
			return err
		}
		commits = append(commits, t.record(actor, "commit/"+actor, "score-commit", member{"commitment": commitment, "round": now.Round}, nil))
		reveals = append(reveals, t.record(actor, "reveal/"+actor, "score-reveal",
			member{"reasons": scores.Reasons, "salt": scores.Salt, "scores": scores.Scores}, parts{"reasons": reasons}))
	}
	if err := t.say(ctx, commits...); err != nil {
		return err
	}
	if err := t.opened(ctx, now.Terms().EnvelopeNames()[1]); err != nil {
		return err
	}
	for i := range reveals {
		reveals[i].body.(member)["commit"] = t.id(commits[i].name)
	}
	if err := t.say(ctx, reveals...); err != nil {
		return err
	}
	return t.memo(ctx)
}

// scored is what the i-th evaluator gives, and why.
func (t *tendering) scored(now *sight, i int) (*tender.Scores, string) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails
	out := &tender.Scores{Salt: hex.EncodeToString(salt)}
	var why strings.Builder
	for _, b := range now.Live("") {
		v := t.vendorOf(append(slices.Clone(caseVendors), lateVendor), b.Author)
		x := tender.Score{Bid: b.ID}
		for _, n := range v.points[i] {
			x.Points = append(x.Points, int64(n))
		}
		out.Scores = append(out.Scores, x)
		fmt.Fprintf(&why, "- Bid `%s`: %s\n", b.ID.String()[:12], v.why)
	}
	out.Reasons = sealed.Hash(sha256.Sum256([]byte(why.String())))
	return out, why.String()
}

// memo ranks the bids as the published formula does, in words that cite the records.
func (t *tendering) memo(ctx context.Context) error {
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	open, err := now.Open(now.content)
	if err != nil {
		return err
	}
	draft, err := now.DraftMemo("", open, now.content, tender.Proposal{})
	if err != nil {
		return err
	}
	return t.one(ctx, t.office("memo", "memo", draft.Body, parts{"text": draft.Text}))
}

// caseAward plays an intent that passes over the first of the memo, and a protest that
// the audit court sustains; then an intent that follows the memo, a protest that it
// dismisses, the award, the contract with two milestones paid, and a debriefing.
func (s *stage) caseAward(ctx context.Context) error {
	t := s.cases
	now, err := t.look(ctx)
	if err != nil {
		return err
	}
	open, err := now.Open(now.content)
	if err != nil {
		return err
	}
	price := func(bid publica.EntryID) tender.Money {
		return *open[slices.IndexFunc(open, func(o *tender.OpenBid) bool { return o.ID == bid })].Offer.Price
	}
	memo := now.Memos[len(now.Memos)-1]
	first, cheapest := memo.Ranking[0], t.bidOf("harbour")
	value := price(first)
	winner := t.vendorOf(append(slices.Clone(caseVendors), lateVendor), now.Bid(first).Author)
	passedOver := member{"awards": []member{{"bid": cheapest, "value": price(cheapest)}}, "cites": []publica.EntryID{memo.ID}}
	if err := t.one(ctx, t.office("intent/cheapest", "intent", passedOver, parts{"reason": caseCheapest})); err != nil {
		return err
	}
	if err := t.dispute(ctx, winner.actor(), &casePassedOver); err != nil {
		return err
	}
	follows := member{"awards": []member{{"bid": first, "value": value}}, "cites": append(t.idsOf(t.docket+"/decide/cheapest"), memo.ID)}
	if err := t.one(ctx, t.office("intent", "intent", follows, nil)); err != nil {
		return err
	}
	if err := t.dispute(ctx, "vendor/harbour", &caseLowest); err != nil {
		return err
	}
	award := t.office("award", "award", member{"bid": first, "value": value, "cites": append(t.idsOf(t.docket+"/intent", t.docket+"/decide"), memo.ID)}, parts{"reason": caseAwardWords})
	if err := t.one(ctx, award); err != nil {
		return err
	}
	return t.carryOut(ctx, winner.actor(), value)
}

// A protest is what somebody holds against an intent, what the buyer says to it, and
// what the audit court decides.
type protest struct {
	of                   string // what the names of its lines, and of the intent's, end in
	text, step, decision string
	outcome, reopen      string
}

// dispute plays a protest from its first word to the decision.
func (t *tendering) dispute(ctx context.Context, by string, p *protest) error {
	line := t.record(by, "protest"+p.of, "protest", member{"about": t.id(t.docket + "/intent" + p.of), "ground": "evaluation"}, parts{"text": p.text})
	if err := t.one(ctx, line); err != nil {
		return err
	}
	about := t.id(t.docket + "/protest" + p.of)
	if err := t.one(ctx, t.office("step"+p.of, "protest-step", member{"protest": about}, parts{"text": p.step})); err != nil {
		return err
	}
	body := member{"protest": about, "outcome": p.outcome, "cites": t.idsOf(append(prefixed(t.docket+"/commit/", caseEvaluators), t.docket+"/memo", t.docket+"/step"+p.of)...)}
	if p.reopen != "" {
		body["reopen"] = p.reopen
	}
	decide := t.record("audit", "decide"+p.of, "decide", body, parts{"reason": p.decision})
	decide.forBody = "audit"
	return t.one(ctx, decide)
}

// carryOut records the contract, of which two milestones are accepted and paid.
func (t *tendering) carryOut(ctx context.Context, supplier string, value tender.Money) error {
	setup, pilot := value.Amount*35/100, value.Amount*5/100
	contract := t.office("contract", "contract", member{
		"award": t.id(t.docket + "/award"), "value": value, "starts": today(1), "ends": today(850),
		"milestones": []member{
			{"id": "setup", "due": today(60), "value": setup}, {"id": "pilot", "due": today(75), "value": pilot},
			{"id": "support", "due": today(850), "value": value.Amount - setup - pilot},
		},
	}, parts{"text": caseContract})
	debrief := t.office("debrief", "debrief", member{"bid": t.bidOf("harbour")}, parts{"text": caseDebrief})
	if err := t.say(ctx, contract, debrief); err != nil {
		return err
	}
	if err := t.paid(ctx, supplier, tender.Money{Amount: setup, Currency: value.Currency}, &caseSetup); err != nil {
		return err
	}
	return t.paid(ctx, supplier, tender.Money{Amount: pilot, Currency: value.Currency}, &casePilot)
}

// A delivery is what is said of a milestone of the contract.
type delivery struct{ id, reached, accepted, paid string }

// paid plays a milestone from what the supplier says to the payment.
func (t *tendering) paid(ctx context.Context, supplier string, amount tender.Money, d *delivery) error {
	of := func(more member) member {
		more["contract"], more["milestone"] = t.id(t.docket+"/contract"), d.id
		return more
	}
	reached := t.record(supplier, "reached/"+d.id, "milestone", of(member{}), parts{"text": d.reached})
	accepted := t.office("accept/"+d.id, "accept", of(member{}), parts{"reason": d.accepted})
	if err := t.one(ctx, reached); err != nil {
		return err
	}
	if err := t.one(ctx, accepted); err != nil {
		return err
	}
	return t.one(ctx, t.office("payment/"+d.id, "payment", of(member{"amount": amount, "paid": publica.TimeOf(time.Now().Add(-2 * time.Second))}), parts{"text": d.paid}))
}
