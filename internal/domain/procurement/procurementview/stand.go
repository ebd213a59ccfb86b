package procurementview

import (
	"time"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// phases are the steps of the way that a tender goes, in the words of the page.
var phases = []struct {
	label  string
	stages []tender.Stage
}{
	{web.Msg("Plan"), []tender.Stage{tender.Draft}},
	{web.Msg("Keys"), []tender.Stage{tender.InCeremony}},
	{web.Msg("Bids"), []tender.Stage{tender.Bidding}},
	{web.Msg("Opening"), []tender.Stage{tender.Closed, tender.Opened}},
	{web.Msg("Rules"), []tender.Stage{tender.Compliance, tender.Curing}},
	{web.Msg("Evaluation"), []tender.Stage{tender.Evaluating, tender.Intended}},
	{web.Msg("Award"), []tender.Stage{tender.Standstill, tender.Awarding}},
	{web.Msg("Contract"), []tender.Stage{tender.Contracting, tender.Implementation}},
}

func phaseOf(s tender.Stage) int {
	for i := range phases {
		for _, x := range phases[i].stages {
			if x == s {
				return i
			}
		}
	}
	return len(phases)
}

// way draws how far the tender has come. One that ended early shows where.
func (t *told) way(l *web.Locale) web.Steps {
	at := phaseOf(t.Stage)
	began := map[int]publica.Time{}
	for i := range t.Process.Steps {
		s := &t.Process.Steps[i]
		if n := phaseOf(s.Stage); n < len(phases) && s.Refused == "" {
			if _, seen := began[n]; !seen {
				began[n] = s.Time
			}
			if t.Stage == tender.Cancelled || t.Stage == tender.Unsuccessful {
				at = n
			}
		}
	}
	w := web.Steps{Label: l.T("How far it has come")}
	for i := range phases {
		s := web.Step{Text: l.T(phases[i].label)}
		switch {
		case i < at:
			s.State = web.Done
		case i == at:
			s.State = web.Current
		}
		if when, ok := began[i]; ok && i <= at {
			s.Note = l.Day(when)
		}
		w.Steps = append(w.Steps, s)
	}
	return w
}

// A clockView is a clock that runs.
type clockView struct {
	*tender.Clock
	Name string
	Of   string // whose bid, "" if it is about the tender
	Left string // until then, as this page is asked for
	Then string // what happens when it ends
	Late string // that the rules moved it, "" if they did not
	Move tender.Mark
}

// clocks are those that run, first the one that ends first.
func (t *tenderView) clocks(l *web.Locale, now publica.Time) (all []clockView) {
	for _, c := range t.Process.Clocks {
		if !c.Runs() {
			continue
		}
		v := clockView{Clock: c, Name: clockWords(l, c.Name), Then: t.thenWords(l, c.Name)}
		if b := t.Process.Bid(c.Subject); b != nil {
			v.Of = t.bidder(l, b)
		}
		if c.Ends > now {
			v.Left = l.T("{time} left", "time", l.Duration(time.Duration(c.Ends-now)*time.Millisecond))
		} else {
			v.Left = l.T("ends with the next block")
		}
		if n := len(c.Moved); n > 0 {
			v.Move = c.Moved[n-1].Mark
			v.Late = l.T("Blocks had stopped, so the rules moved its end, which was {before}. Nobody decided that.", "before", l.Moment(c.Set))
		}
		at := len(all)
		for at > 0 && all[at-1].Ends > c.Ends {
			at--
		}
		all = append(all[:at], append([]clockView{v}, all[at:]...)...)
	}
	return all
}

// thenWords says what happens when a clock ends.
func (t *told) thenWords(l *web.Locale, clock string) string {
	switch clock {
	case tender.CeremonyClock:
		return l.T("Then the trustees’ next step begins. Who missed this one is left out of the key; if one announced nothing, the ceremony has failed.")
	case tender.EnquiriesClock:
		return l.T("Then no more questions are taken. The buyer may still answer.")
	case tender.DeadlineClock:
		return l.T("Then the box shuts by itself: a bid that comes later is refused, whoever sends it. Only then can trustees open.")
	case tender.SilenceClock:
		if t.confidential() {
			return l.T("Trustees may still open after it; nobody else can.")
		}
		return l.T("If too few trustees have opened by then, bidders may open their own bids.")
	case tender.RevealClock:
		return l.T("What is revealed by then is open. The rest stays shut.")
	case tender.CureClock:
		return l.T("Then the bid is judged as it is.")
	case tender.ScoreCommitClock:
		return l.T("Then the tender goes on without the evaluators who have not committed. If nobody has scored a lot, it waits until somebody does, or the buyer cancels.")
	case tender.ScoreRevealClock:
		return l.T("Then the tender goes on without the scores that are not revealed. If none of a lot is, it waits until one is, a decision has scores given anew, or the buyer cancels.")
	case tender.StandstillClock:
		return l.T("Until then nothing can be awarded.")
	case tender.ProtestClock:
		return l.T("Then no more protests are taken.")
	}
	return ""
}

// alerts are what nobody may miss.
func (t *tenderView) alerts(l *web.Locale) (all []web.Alert) {
	switch t.Stage {
	case tender.Cancelled:
		mark, text := t.Ended, causeWords(l, t.Cause)
		if !t.Process.Cancelled.IsZero() {
			mark = t.Process.Cancelled
			text += " " + web.Excerpt(t.text(mark.ID, "reason"), 400)
		}
		all = append(all, web.Alert{Kind: "error", Title: l.T("This tender is cancelled"), Text: text + " " + l.T("Bids that are sealed stay sealed."), Link: entryLink(l, mark.ID)})
	case tender.Unsuccessful:
		all = append(all, web.Alert{Kind: "warning", Title: l.T("This tender ended without an award"), Text: causeWords(l, t.Cause), Link: entryLink(l, t.Ended.ID)})
	}
	for _, x := range t.Breaches {
		who := short(x.Trustee)
		if n := t.Terms().Trustee(x.Trustee); n > 0 {
			who = t.trustee(l, n)
		}
		title := l.T("A share of the key came before its time")
		if x.AfterEnd {
			title = l.T("A share of the key came after the end, when bids were to stay sealed")
		}
		all = append(all, web.Alert{Kind: "error", Title: title,
			Text: l.T("It opens part of the {envelope}, and was published by {who}. Everyone can see it.", "envelope", slotWords(l, x.Lot, x.Envelope), "who", who), Link: entryLink(l, x.ID)})
	}
	if n := len(t.openProtests()); n > 0 {
		all = append(all, web.Alert{Kind: "warning", Title: l.N(n, "{n} protest is open: nothing is awarded", "{n} protests are open: nothing is awarded"),
			Text: l.T("While it is, no award passes and no contract is recorded."), Link: web.Link{Text: l.T("Read it"), Href: t.Base() + "/tender/bids#protests"}})
	}
	return append(all, t.cautions(l)...)
}

func entryLink(l *web.Locale, id publica.EntryID) web.Link {
	return web.Link{Text: l.T("See the record"), Href: "/entry/" + id.String()}
}

// cautions say how far the tender can be trusted, and what of it stays private.
func (t *tenderView) cautions(l *web.Locale) (all []web.Alert) {
	terms := t.Terms()
	if terms == nil {
		return nil
	}
	if terms.Embedded {
		bodies := map[publica.BodyID]bool{}
		for _, x := range terms.Trustees {
			bodies[x.Body] = true
		}
		all = append(all, web.Alert{Kind: "warning", Title: l.N(len(bodies), "Opened by {n} operator: not independent", "Opened by {n} operators: not independent"),
			Text: l.T("The trustees are the buyer’s own. Whoever runs them could read bids before the deadline, and nobody would see it.")})
	}
	if terms.Profile == "practice" {
		all = append(all, web.Alert{Kind: "info", Title: l.T("This is practice"), Text: l.T("No law’s periods apply to it. Everything else is as in a real tender.")})
	}
	if terms.Mode == tender.Confidential {
		all = append(all, web.Alert{Kind: "info", Title: l.T("Bids stay confidential"),
			Text: l.T("What bids say is opened to the evaluators alone, and losing bids are never public. Public are: that a bid is there, under a key made for this tender; the proofs that it was opened right; results of the rules, scores, decisions and reasons.")})
	}
	return all
}
