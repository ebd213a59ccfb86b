package procurementview

import (
	"encoding/json/v2"
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
	Few       string // what the threshold is against
	Trustees  []trusteeView
	Outside   int
	Board     int64 // evaluators who announce keys too, in confidential mode
	Now       string
	Missing   []string // who still has to take the step that is going on
	Until     publica.Time
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
	page.Few = l.N(int(terms.Threshold), "Even if {n} of them conspires, no bid can be read early.", "Even if {n} of them conspire, no bid can be read early.")
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
	p.Now, p.Until = stepName(l, p.Step), c.Steps[len(c.Steps)-1].Ends
	if clock := p.Process.Clock(tender.CeremonyClock, publica.EntryID{}); clock != nil {
		p.Until = clock.Ends
	}
	for i := range p.Trustees {
		if done, of := tally(c, p.Step, i); done < of {
			p.Missing = append(p.Missing, p.trustee(l, i+1))
		}
	}
	if p.Step == "announce" && p.Board > 0 {
		for i := range p.Terms().Evaluators {
			if slices.ContainsFunc(c.Keys, func(k *tender.Key) bool { return i < len(k.Board) && k.Board[i].IsZero() }) {
				p.Missing = append(p.Missing, l.T("evaluator {n}", "n", i+1))
			}
		}
	}
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
	for i := range t.input.Records {
		if t.input.Records[i].ID == id {
			var b struct {
				Faults []slotFaults `json:"faults"`
			}
			if json.Unmarshal(t.input.Records[i].Body, &b) == nil { // Read has read it
				return b.Faults
			}
		}
	}
	return nil
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
