package procurement

import (
	"regexp"
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Result is the body of procurement/compliance-result: what the pinned rules say of
// a bid. The rules see no content, so they do not run them: whoever has the input
// computes the same, and whoever does not compares hashes.
type Result struct {
	Bid      publica.EntryID `json:"bid"`
	Input    sealed.Hash     `json:"input"` // SHA-256 of what the rules were run on
	Rules    sealed.Hash     `json:"rules"` // SHA-256 of the rule set: as the tender pins it
	Verdicts []Verdict       `json:"verdicts"`
}

// Verdict is what one rule says.
type Verdict struct {
	Rule    string `json:"rule"`
	Verdict Met    `json:"verdict"`
}

// Met says whether a rule is met.
type Met string

const (
	Pass          Met = "pass"
	Fail          Met = "fail"
	NotApplicable Met = "not-applicable"
	Errored       Met = "error"      // it cannot be decided from this input
	OverLimit     Met = "over-limit" // it would cost more than the rule set allows
)

const maxVerdicts = 100

var rulePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

func checkResult(e *machine.Entry, b *Result) error {
	switch {
	case b.Input == sealed.Hash{}:
		return publica.Problem(publica.Invalid, "body/input", "is missing").WithHint("the SHA-256 of what the rules were run on")
	case len(b.Verdicts) == 0 || len(b.Verdicts) > maxVerdicts:
		return publica.Problem(publica.Invalid, "body/verdicts", "are not 1 to "+strconv.Itoa(maxVerdicts))
	}
	for i, v := range b.Verdicts {
		at := "body/verdicts/" + strconv.Itoa(i)
		switch {
		case !rulePattern.MatchString(v.Rule) || slices.ContainsFunc(b.Verdicts[:i], func(o Verdict) bool { return o.Rule == v.Rule }):
			return publica.Problem(publica.Invalid, at+"/rule", "is not a rule's id, or stands twice").WithHint("give each rule of the set one verdict, under its id")
		case !slices.Contains([]Met{Pass, Fail, NotApplicable, Errored, OverLimit}, v.Verdict):
			return publica.Problem(publica.Invalid, at+"/verdict", "is missing or not a verdict").WithHint("one of pass, fail, not-applicable, error, over-limit")
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkOne("body/bid", b.Bid), machine.CheckParts(e, machine.PartRule{Name: "text", Media: machine.Text}))
}

func applyResult(tx *machine.Tx, e *machine.Entry, b *Result) error {
	_, s, err := officer(tx, e, Opened, Compliance, Curing)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	bid, err := liveBid(tx, e.Docket, "body/bid", b.Bid)
	if err != nil {
		return err
	}
	switch {
	case b.Rules != t.Rules:
		return publica.Problem(publica.Conflict, "body/rules", "are not the rules that the tender pins, "+t.Rules.String())
	case !bid.Curing.IsZero():
		return publica.Problem(publica.Early, "body/bid", "may still be cured").WithHint("wait for the cure, or for its clock to run out")
	case !bid.Result.IsZero():
		return publica.Problem(publica.Conflict, "body/bid", "has its result, "+bid.Result.String()).WithHint("a bid has another when it was cured, or a decision reopens")
	}
	bid.Result, bid.Passed = e.ID, !slices.ContainsFunc(b.Verdicts, fails)
	putBid(tx, e.Docket, bid)
	if bid.Passed {
		s.Lots[bid.Lot].Passed++
	}
	if s.Stage == Opened {
		s.Stage = Compliance
	}
	s.settle(tx, e)
	put(tx, e.Docket, s)
	return nil
}

// fails reports whether a bid does not pass for this: a rule that could not be
// decided is not met.
func fails(v Verdict) bool { return v.Verdict != Pass && v.Verdict != NotApplicable }

// settle goes on to the evaluation when every bid that is not rejected has passed,
// and ends the tender when all are rejected. What fails waits for a person.
func (s *State) settle(tx *machine.Tx, e *machine.Entry) {
	if s.every(func(*Lot) bool { return false }) {
		s.end(tx, e.Docket, Unsuccessful, "all-rejected", e.ID)
		return
	}
	if s.Stage == Compliance && s.every(func(l *Lot) bool { return l.Passed == l.Live }) {
		s.Stage = Evaluation
	}
	if s.Stage == Evaluation {
		s.awaitScores(tx, e.Docket, e.ID)
		s.pricesNext(tx, e.Docket, e.ID)
		s.ranked()
	}
}

// pricesNext starts the clock of the trustees' silence when prices may open.
func (s *State) pricesNext(tx *machine.Tx, in publica.DocketID, record publica.EntryID) {
	t, _ := TermsOf(tx, in)
	waited := s.Revealing || s.Clock(SilenceClock, publica.EntryID{}) != nil
	if !waited && s.Opened < t.Envelopes && s.scoresStand(&t) {
		s.await(tx, in, record)
	}
}
