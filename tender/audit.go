package tender

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"

	"crypto/sha256"

	"publica"
	"publica/evaluation"
	"publica/ocds"
	"publica/sealed"
)

// An Audit is a tender computed again from its records and content, beside what the
// records say.
type Audit struct {
	Register string           `json:"register"`
	Docket   publica.DocketID `json:"docket"`
	Stage    Stage            `json:"stage"`
	Until    publica.Time     `json:"until"`  // of the last record
	Agrees   bool             `json:"agrees"` // nothing differs
	Checks   []Check          `json:"checks"`
	Bids     []*OpenBid       `json:"bids"`
	Rankings []LotRanking     `json:"rankings,omitempty"`
	Flags    []ocds.Flag      `json:"flags"` // red flags of this process alone
}

// LotRanking is what the published formula gives for a lot.
type LotRanking struct {
	Lot     string              `json:"lot,omitzero"`
	Record  string              `json:"record"` // SHA-256 of the evaluation's record
	Ranking *evaluation.Ranking `json:"ranking"`
}

// Check is one thing that was computed again.
type Check struct {
	What    string            `json:"what"` // key, share, bucket, opening, compliance, score, reasons, memo, intent, award, contract, modification
	State   State             `json:"state"`
	Records []publica.EntryID `json:"records"` // that it is about
	Said    string            `json:"said,omitzero"`
	Found   string            `json:"found,omitzero"`
}

// State says how a check came out.
type State string

const (
	Agrees  State = "agrees"
	Differs State = "differs"
	Unknown State = "unknown" // what it takes is not at hand, or not public
)

// Audit computes everything again that the records and the content let anyone
// compute. It fails only if the bids cannot be opened as the register says that
// they are; all else is a check.
func (p *Process) Audit(content Content) (*Audit, error) {
	open, err := p.Open(content)
	if err != nil {
		return nil, err
	}
	return p.AuditOf(open, content)
}

// AuditOf is [Process.Audit] with bids that were opened before, for example by
// [Process.OpenConfidential]: then it computes what the public cannot.
func (p *Process) AuditOf(open []*OpenBid, content Content) (a *Audit, err error) {
	a = &Audit{Register: p.Register, Docket: p.Docket, Stage: p.Stage, Until: p.Until, Bids: open, Checks: []Check{}, Flags: []ocds.Flag{}}
	a.keys(p)
	a.buckets(p, content)
	a.openings(p)
	a.compliance(p, content)
	a.scores(p, content)
	a.rankings(p)
	a.contracts(p)
	if a.Flags, err = p.Flags(content); err != nil {
		return nil, err
	}
	a.Agrees = !slices.ContainsFunc(a.Checks, func(c Check) bool { return c.State == Differs })
	return a, nil
}

func (a *Audit) add(what string, said, found string, records ...publica.EntryID) {
	c := Check{What: what, State: Agrees, Records: records, Said: said, Found: found}
	if said != found {
		c.State = Differs
	}
	a.Checks = append(a.Checks, c)
}

func (a *Audit) unknown(what, why string, records ...publica.EntryID) {
	a.Checks = append(a.Checks, Check{What: what, State: Unknown, Records: records, Found: why})
}

// keys computes the keys again, and whether each share is one of its key.
func (a *Audit) keys(p *Process) {
	c := p.Ceremony()
	if c == nil || c.Published.IsZero() {
		return
	}
	for _, k := range c.Keys {
		made, err := p.Make(k)
		if err != nil {
			a.add("key", k.Published.Public.String(), err.Error(), c.Published.ID)
			continue
		}
		a.add("key", k.Published.Public.String(), made.Public.String(), c.Published.ID)
		for _, s := range k.Shares {
			found := "valid"
			if err := made.CheckShare(s.Share); err != nil {
				found = err.Error()
			}
			a.add("share", "valid", found, s.ID)
		}
	}
}

// buckets checks that what is at hand of a bid is what it commits to, once bids may be
// told of. Of a bid that counted and was erased, nobody can say any more that it was
// judged rightly: that is no agreement.
func (a *Audit) buckets(p *Process, content Content) {
	for _, b := range p.BidsTold() {
		for i, name := range p.Terms().EnvelopeNames() {
			bucket, ok := content(b.ID, name)
			if x := p.erasure(b.ID, name); x != nil && b.Status == Counted {
				a.add("bucket", b.Envelopes[i].Bucket.String(), "erased by "+x.Act.String(), b.ID, x.ID)
				continue
			}
			if !ok || i >= len(b.Envelopes) {
				a.unknown("bucket", "the envelope "+name+" is not at hand", b.ID)
				continue
			}
			a.add("bucket", b.Envelopes[i].Bucket.String(), sealed.Hash(sha256.Sum256(bucket)).String(), b.ID)
		}
	}
}

// openings compares which bids the register says are open with those that counted,
// or whose bidders revealed.
func (a *Audit) openings(p *Process) {
	for _, o := range p.Openings {
		if !o.Reclosed.IsZero() {
			continue
		}
		var ids []publica.EntryID
		for _, b := range p.Counted(o.Lot) {
			if o.By != "reveal" || b.revealed(o.Envelope) != nil && b.revealed(o.Envelope).Time <= o.Time {
				ids = append(ids, b.ID)
			}
		}
		a.add("opening", o.Root.String(), rootOf(ids).String(), o.ID)
	}
}

// compliance runs the pinned rules over every bid that has a result. Where nobody can
// have the rules, nobody agrees.
func (a *Audit) compliance(p *Process, content Content) {
	set, err := p.Rules(content)
	for _, b := range a.Bids {
		said := b.Result()
		switch {
		case said == nil:
			continue
		case publica.CodeOf(err) == publica.Unverified:
			a.add("compliance", verdictWords(said.Input, said.Verdicts), err.Error(), said.ID, b.ID)
			continue
		case err != nil:
			a.unknown("compliance", err.Error(), said.ID, b.ID)
			continue
		}
		found, err := p.Judge(set, b, content)
		if err != nil {
			a.unknown("compliance", err.Error(), said.ID, b.ID)
			continue
		}
		a.add("compliance", verdictWords(said.Input, said.Verdicts), verdictWords(found.Input, found.Verdicts), said.ID, b.ID)
	}
}

func verdictWords(input sealed.Hash, all []Verdict) string {
	words := []string{"input " + input.String()}
	for _, v := range all {
		words = append(words, v.Rule+" "+string(v.Verdict))
	}
	slices.Sort(words[1:])
	return strings.Join(words, ", ")
}

// scores checks that what evaluators revealed is what they committed to, and that the
// reasons beside it are those of which it has the hash: the rules see no content.
func (a *Audit) scores(p *Process, content Content) {
	for _, x := range p.Scorings {
		if x.Revealed == nil {
			continue
		}
		hash, err := Commitment(p.Docket, x.Round, x.Author, x.Lot, x.Revealed)
		if err != nil {
			a.unknown("score", err.Error(), x.ID)
			continue
		}
		a.add("score", x.Commitment.String(), hash.String(), x.ID, x.Revealed.ID)
		if text, ok := content(x.Revealed.ID, "reasons"); ok {
			a.add("reasons", x.Revealed.Reasons.String(), sealed.Hash(sha256.Sum256(text)).String(), x.ID, x.Revealed.ID)
		} else {
			a.unknown("reasons", "the reasons are not at hand", x.ID, x.Revealed.ID)
		}
	}
}

// Commitment returns what binds an evaluator to scores of a lot in a round
// (spec/kinds/procurement.md, procurement/score-commit).
func Commitment(in publica.DocketID, round int64, evaluator publica.KeyID, lot string, s *Scores) (sealed.Hash, error) {
	raw, err := json.Marshal(struct {
		Docket    publica.DocketID `json:"docket"`
		Evaluator publica.KeyID    `json:"evaluator"`
		Lot       string           `json:"lot,omitzero"`
		Reasons   sealed.Hash      `json:"reasons"`
		Round     int64            `json:"round"`
		Salt      string           `json:"salt"`
		Scores    []Score          `json:"scores"`
	}{in, evaluator, lot, s.Reasons, round, s.Salt, s.Scores})
	if err != nil {
		return sealed.Hash{}, err
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		return sealed.Hash{}, err
	}
	return sha256.Sum256(append([]byte("publica scores v2\n"), text...)), nil
}

// rankings compares memos, intents and awards with what the published formula gives.
func (a *Audit) rankings(p *Process) {
	for _, l := range p.Lots {
		if l.Memo == nil {
			continue
		}
		r, err := p.Evaluation(l.Name, a.Bids)
		if err != nil {
			a.unknown("memo", err.Error(), l.Memo.ID)
			continue
		}
		ranking := r.Rank()
		hash, _ := r.Hash() // Evaluation parsed it
		a.Rankings = append(a.Rankings, LotRanking{l.Name, hash, ranking})
		a.add("memo", orderOf(l.Memo.Ranking), orderOfRanks(ranking), l.Memo.ID)
		if l.Intent != nil {
			a.add("intent", l.Winner.String(), ranking.Award, l.Intent.ID)
		}
		if l.Award != nil {
			a.award(l)
		}
	}
}

// award compares a value with the price of the bid that won.
func (a *Audit) award(l *Lot) {
	for _, b := range a.Bids {
		if b.ID == l.Award.Bid && b.Offer != nil && b.Offer.Price != nil {
			a.add("award", moneyWords(l.Award.Value), moneyWords(*b.Offer.Price), l.Award.ID, b.ID)
		}
	}
}

// contracts compares what was signed with what was awarded, and what modifications
// made of it with the most that the profile allows.
func (a *Audit) contracts(p *Process) {
	policy := p.policy()
	for _, c := range p.Contracts {
		for _, x := range p.Awards {
			if x.ID == c.Award {
				a.add("contract", moneyWords(c.Signed), moneyWords(x.Value), c.ID, x.ID)
			}
		}
		most := policy.Most(c.Signed.Amount)
		for _, m := range c.Changes {
			a.add("modification", moneyWords(m.Value), moneyWords(Money{min(m.Value.Amount, most), c.Signed.Currency}), m.ID, c.ID)
		}
	}
}

func moneyWords(m Money) string { return fmt.Sprint(m.Amount, " ", m.Currency) }

func orderOf(ids []publica.EntryID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return strings.Join(words, " ")
}

func orderOfRanks(r *evaluation.Ranking) string {
	var words []string
	for _, x := range r.Ranks {
		if x.Rank > 0 {
			words = append(words, x.Bid)
		}
	}
	return strings.Join(words, " ")
}
