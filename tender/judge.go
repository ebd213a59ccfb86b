package tender

import (
	"crypto/sha256"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"slices"
	"strings"

	"publica"
	"publica/compliance"
	"publica/sealed"
)

// InputMedia is the media type of an attachment that gives inputs of the pinned
// rules: of publish or an amendment, what the buyer gives; of a cure, facts in place
// of those of the offer.
const InputMedia = "application/vnd.publica.rule-inputs+json"

// OpensRule is the rule that a bid fails which is no offer; see spec/offer.md.
const OpensRule = "opens"

// Judgement is what the pinned rules give for a bid.
type Judgement struct {
	Bid      publica.EntryID    `json:"bid"`
	Input    sealed.Hash        `json:"input"` // as a compliance-result names it
	Rules    sealed.Hash        `json:"rules"`
	Verdicts []Verdict          `json:"verdicts"`
	Result   *compliance.Result `json:"result,omitzero"` // in words; none of what is no offer
}

// Passed reports whether every rule is met.
func (j *Judgement) Passed() bool { return (&Result{Verdicts: j.Verdicts}).Passed() }

// Rules returns the rule set that the tender pins, from its parts. It fails with
// NotFound if a part that may be it is not at hand, and with Unverified if nobody can
// have it: no part is of the hash that is pinned.
func (p *Process) Rules(content Content) (*compliance.Set, error) {
	if p.Terms() == nil {
		return nil, publica.Problem(publica.Early, "", "the tender is not published: it pins no rules")
	}
	return p.ruleSet(content, p.Terms().Rules)
}

// ruleSet returns the rules of a hash, if a version of the tender brought them.
func (p *Process) ruleSet(content Content, pinned sealed.Hash) (*compliance.Set, error) {
	if set := p.seen.set(pinned); set != nil {
		return set, nil
	}
	if set := compliance.FASTLane(); set.Hash() == pinned.String() {
		return p.seen.keepSet(pinned, set), nil
	}
	missing := publica.Problem(publica.Unverified, "rules", "of the hash "+pinned.String()+" are not among the parts of publish and its amendments")
	for _, v := range slices.Backward(p.Versions) {
		text, ok := content(v.ID, "rules")
		switch {
		case ok:
			if set, err := compliance.Parse(text); err == nil && set.Hash() == pinned.String() {
				return p.seen.keepSet(pinned, set), nil
			}
		case v.gives("rules") && p.erasure(v.ID, "rules") == nil:
			missing = publica.Problem(publica.NotFound, "rules", "of the hash "+pinned.String()+" are not at hand")
		}
	}
	return nil, missing
}

// gives reports whether the version has a part of that name.
func (v *Version) gives(part string) bool {
	return slices.ContainsFunc(v.parts, func(p publica.Part) bool { return p.Name == part })
}

// inputs are what an entry gives the rules, nil if it gives nothing.
func (p *Process) inputs(id publica.EntryID, parts []publica.Part, content Content) (map[string]jsontext.Value, error) {
	for _, x := range parts {
		if x.Media != InputMedia || !strings.HasPrefix(x.Name, "attachment-") {
			continue
		}
		text, ok := content(id, x.Name)
		if !ok {
			return nil, publica.Problem(publica.NotFound, "inputs", "of the rules, part "+x.Name+" of "+id.String()+", are not at hand")
		}
		return members(text, "inputs of "+id.String())
	}
	return nil, nil
}

func members(text []byte, at string) (all map[string]jsontext.Value, err error) {
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, publica.Problem(publica.Malformed, at, "is no JSON object: "+err.Error())
	}
	return all, nil
}

// Input returns what the rules are run on for a bid: the facts of its offer, those
// of its cures in their place, and what the buyer gives, which stands above both. What
// cures say in letters, the board reads: see [OpenBid.Letters].
func (p *Process) Input(b *Bid, facts []byte, content Content) ([]byte, error) {
	return p.input(b, nil, facts, content)
}

func (p *Process) input(b *Bid, letters []OpenLetter, facts []byte, content Content) ([]byte, error) {
	all := map[string]jsontext.Value{}
	lay := func(more map[string]jsontext.Value) {
		for name, v := range more {
			all[name] = v
		}
	}
	if len(facts) > 0 {
		own, err := members(facts, "offer/facts")
		if err != nil {
			return nil, err
		}
		lay(own)
	}
	if b != nil {
		for _, c := range b.cured {
			more, err := p.inputs(c.ID, c.Parts, content)
			for _, l := range letters {
				if l.Record == c.ID {
					more, err = l.inputs()
				}
			}
			if err != nil {
				return nil, err
			}
			lay(more)
		}
	}
	for _, v := range p.Versions {
		more, err := p.inputs(v.ID, v.parts, content)
		if err != nil {
			return nil, err
		}
		lay(more)
	}
	return json.Marshal(all, json.Deterministic(true))
}

// Judge runs the pinned rules over an open bid.
func (p *Process) Judge(set *compliance.Set, b *OpenBid, content Content) (*Judgement, error) {
	j := &Judgement{Bid: b.ID, Rules: p.Terms().Rules}
	first := &b.Opened[0]
	switch first.Access {
	case Readable:
	case Unresponsive:
		j.Input, j.Verdicts = first.Hash, []Verdict{{OpensRule, compliance.Fail}}
		return j, nil
	default:
		return nil, publica.Problem(publica.Early, "bid "+b.ID.String(), "cannot be judged: its envelope is "+string(first.Access))
	}
	if err := b.unreadCure(); err != nil {
		return nil, err
	}
	text, err := p.input(b.Bid, b.Letters, first.Offer.Facts, content)
	if err != nil {
		return nil, err
	}
	in, err := set.Read(text)
	if err != nil { // its facts are not of the types that the rules ask for
		j.Input, j.Verdicts = sha256.Sum256(first.Text), []Verdict{{OpensRule, compliance.Fail}}
		return j, nil
	}
	j.Result = set.Evaluate(in)
	j.Input = sha256.Sum256(in.Canonical())
	for _, f := range j.Result.Rules {
		j.Verdicts = append(j.Verdicts, Verdict{f.Rule, f.Verdict})
	}
	return j, nil
}
