package procurementview

import (
	"net/http"
	"slices"

	"publica"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// keysPage is keys.html: who keeps the bids shut, and every step of it.
type keysPage struct {
	web.Head
	*tenderView
	Alerts    []web.Alert
	Threshold string
	Trustees  []trusteeView
	Outside   int
	Board     int64         // evaluators who announce keys too, in confidential mode
	Now       string        // what is awaited, and until when
	Verb      string        // of the program, by which a trustee does it
	Missing   []string      // who still has to take the step that is going on
	Shares    []string      // of keys that may be opened now: how many shares are here
	Attempts  []attemptView // the latest first
	Openings  []openingView
	Breaches  []*tender.Breach
	Destroyed []destroyedView
	Awaited   []string // trustees who have not declared that they destroyed theirs
	Nothing   web.Empty
}

// A trusteeView is a trustee.
type trusteeView struct {
	Number  int
	Body    string
	Key     publica.KeyID
	Outside bool // its body is not the buyer
}

// A destroyedView is a trustee's word that it keeps nothing any more.
type destroyedView struct {
	tender.Mark
	Who string
}

// An attemptView is one attempt at making the keys.
type attemptView struct {
	*tender.Ceremony
	Last    bool
	Picture *ceremonyPicture
	Keys    []keyView
	Missing []string // of a failed one: who announced nothing
	Faults  []string
}

// A keyView is a key, and who did what for it.
type keyView struct {
	*tender.Key
	Name   string
	Faults []string
	Left   []string // trustees whose deals are no part of the key
}

func (p *pages) keys(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender/keys")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &keysPage{Head: t.head(l, l.T("Who keeps the bids shut")), tenderView: t, Breaches: t.Process.Breaches}
	page.Wide = true
	terms := t.Terms()
	if terms == nil {
		page.Nothing = web.Empty{Title: l.T("No keys yet"), Text: l.T("The buyer names the trustees when it publishes the tender. They then make the keys together, in the open.")}
		return page, nil
	}
	page.Lead = l.T("Bids are sealed to keys that no one holds alone. The trustees made them together, and only together can they open.")
	page.Threshold = t.threshold(l)
	for i, x := range terms.Trustees {
		page.Trustees = append(page.Trustees, trusteeView{i + 1, t.body(x.Body), x.Key, x.Body != t.Buyer})
		if x.Body != t.Buyer {
			page.Outside++
		}
	}
	if t.confidential() {
		page.Board = int64(len(terms.Evaluators))
	}
	page.Alerts = slices.DeleteFunc(t.alerts(l), func(a web.Alert) bool { return a.Kind == "info" })
	page.missing(l)
	page.shares(l)
	for i := len(t.Ceremonies) - 1; i >= 0; i-- {
		page.Attempts = append(page.Attempts, t.attempt(l, i))
	}
	for _, o := range t.Process.Openings {
		page.Openings = append(page.Openings, t.openingView(l, o))
	}
	for _, x := range t.Process.Destroyed {
		page.Destroyed = append(page.Destroyed, destroyedView{x.Mark, t.trustee(l, x.Trustee)})
	}
	for i := range terms.Trustees {
		if t.MayDestroy(i + 1) {
			page.Awaited = append(page.Awaited, t.trustee(l, i+1))
		}
	}
	return page, nil
}

// missing says who still has to take the step that is going on, and until when.
func (p *keysPage) missing(l *web.Locale) {
	c := p.Ceremony()
	if p.Stage != tender.InCeremony || c == nil || len(c.Steps) == 0 {
		return
	}
	until := c.Steps[len(c.Steps)-1].Ends
	if clock := p.Process.Clock(tender.CeremonyClock, publica.EntryID{}); clock != nil {
		until = clock.Ends
	}
	p.await(l, p.Step, "step", until)
	for i := range p.Trustees {
		if done, of := tally(c, p.Step, i); done < of {
			p.Missing = append(p.Missing, p.trustee(l, i+1))
		}
	}
	if p.Step == "announce" && p.Board > 0 {
		for i := range p.Terms().Evaluators {
			if p.unannounced(i + 1) {
				p.Missing = append(p.Missing, l.T("evaluator {n}", "n", i+1))
			}
		}
	}
}

// unannounced reports whether an evaluator, from 1, has yet to announce a key without
// which the ceremony of a confidential tender fails.
func (t *told) unannounced(evaluator int) bool {
	c := t.Ceremony()
	return c != nil && t.Stage == tender.InCeremony && t.Step == "announce" && slices.ContainsFunc(c.Keys, func(k *tender.Key) bool {
		return evaluator <= len(k.Board) && k.Board[evaluator-1].IsZero()
	})
}

// await says what is awaited until a time, or for as long as it takes if that is 0.
func (p *keysPage) await(l *web.Locale, step, verb string, until publica.Time) {
	p.Now, p.Verb = stepName(l, step), verb
	if until > 0 {
		p.Now = l.T("Step “{step}”, until {when}", "step", p.Now, "when", l.Moment(until))
	}
}

// shares says how many of the shares that open a key are here, of each that may be
// opened now.
func (p *keysPage) shares(l *web.Locale) {
	c := p.Ceremony()
	if c == nil {
		return
	}
	terms := p.Terms()
	for _, k := range c.Keys {
		if !p.MayOpen(k) {
			continue
		}
		here := 0
		for n := range terms.Trustees {
			if p.gave(k, n+1) {
				here++
			}
		}
		p.Shares = append(p.Shares, l.T("{envelope}: {n} of {all} shares that open it are here", "envelope", slotWords(l, k.Lot, k.Envelope), "n", here, "all", terms.Threshold+1))
	}
	if p.Shares != nil {
		p.await(l, "open", "open", max(p.ends(tender.SilenceClock), p.ends(tender.RevealClock)))
	}
}

// gave reports whether a trustee, from 1, published its share of a key; in
// confidential mode, whether it opened every bid to the evaluators.
func (t *told) gave(k *tender.Key, trustee int) bool {
	if t.confidential() {
		return !slices.ContainsFunc(t.Process.Counted(k.Lot), func(b *tender.Bid) bool { return !b.SentBy(trustee, k.Envelope) })
	}
	return slices.ContainsFunc(k.Shares, func(s *tender.Share) bool { return s.Trustee == trustee })
}

// stepName names a step of the ceremony.
func stepName(l *web.Locale, step string) string {
	switch step {
	case "announce":
		return l.T("Announce")
	case "commit":
		return l.T("Commit")
	case "deal":
		return l.T("Deal")
	case "complain":
		return l.T("Check")
	}
	return l.T("Opening")
}

// marks are those of a step, by trustee.
func marks(k *tender.Key, step string) []tender.Mark {
	switch step {
	case "announce":
		return k.Announced
	case "commit":
		return k.Committed
	case "deal":
		return k.Dealt
	}
	return k.Checked
}

// tally counts for how many keys a trustee, from 0, took a step.
func tally(c *tender.Ceremony, step string, trustee int) (done, of int) {
	for _, k := range c.Keys {
		if !marks(k, step)[trustee].IsZero() {
			done++
		}
	}
	return done, len(c.Keys)
}

// attempt shows one attempt of the ceremony.
func (t *tenderView) attempt(l *web.Locale, i int) attemptView {
	c := t.Ceremonies[i]
	v := attemptView{Ceremony: c, Last: i == len(t.Ceremonies)-1, Picture: t.picture(l, c, i == len(t.Ceremonies)-1)}
	var who []string
	for n := range t.Terms().Trustees {
		who = append(who, t.trustee(l, n+1))
	}
	for _, k := range c.Keys {
		x := keyView{Key: k, Name: slotWords(l, k.Lot, k.Envelope)}
		if k.Published != nil {
			x.Faults = t.faultWords(l, k.Published.Faults)
			for n := range who {
				if !slices.Contains(k.Published.Qualified, n+1) {
					x.Left = append(x.Left, who[n])
				}
			}
		}
		v.Keys = append(v.Keys, x)
	}
	if c.Failed != nil {
		for _, key := range c.Failed.Missing {
			v.Missing = append(v.Missing, t.actor(l, key, publica.BodyID{}))
		}
		for _, f := range t.failedFaults(c.Failed.ID) {
			for _, words := range t.faultWords(l, f.Faults) {
				v.Faults = append(v.Faults, slotWords(l, f.Lot, f.Envelope)+": "+words)
			}
		}
	}
	return v
}

// slotFaults is what went wrong with one key.
type slotFaults struct {
	Envelope string         `json:"envelope"`
	Lot      string         `json:"lot"`
	Faults   []sealed.Fault `json:"faults"`
}

// failedFaults are those that procurement/ceremony-failed names.
func (t *told) failedFaults(id publica.EntryID) []slotFaults {
	var b struct {
		Faults []slotFaults `json:"faults"`
	}
	t.decode(id, &b)
	return b.Faults
}

func (t *tenderView) faultWords(l *web.Locale, all []sealed.Fault) (words []string) {
	for _, f := range all {
		words = append(words, l.T("{trustee}: {what}", "trustee", t.trustee(l, f.Trustee), "what", causeOf(l, f.Cause)))
	}
	return words
}

// causeOf says what a trustee did or left undone.
func causeOf(l *web.Locale, c sealed.Cause) string {
	switch c {
	case sealed.NoCommitment:
		return l.T("committed to nothing in time")
	case sealed.NoDeal:
		return l.T("dealt nothing in time")
	case sealed.BadDeal:
		return l.T("dealt something that anyone can see is wrong")
	case sealed.BadShare:
		return l.T("sent somebody a wrong share; the complaint proves it")
	case sealed.FalseComplaint:
		return l.T("complained without reason")
	}
	return string(c)
}
