package procurementview

import (
	"slices"
	"time"

	"publica"
	"publica/compliance"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// A judged is a bid with what the pinned rules say of it, as anyone computes it.
type judged struct {
	Bid      *tender.Bid
	Title    string
	Passed   bool
	Findings []finding
	Why      string // it cannot be judged, in words
	Fault    string // the error of that, as the program says it
	body     *tender.ResultBody
}

// A finding is what one rule says of a bid.
type finding struct {
	Title, Words string
	Tag          web.Tag
}

// judge runs the pinned rules over bids.
func (d *tenderDesk) judge(l *web.Locale, bids []*tender.Bid) (all []judged) {
	open, err := d.T.bids()
	if err == nil {
		var set *compliance.Set
		if set, err = d.T.Rules(d.T.content); err == nil {
			for _, b := range bids {
				all = append(all, d.judgeOne(l, set, b, open))
			}
			return all
		}
	}
	for _, b := range bids {
		all = append(all, judged{Bid: b, Title: d.T.bidTitle(l, b), Why: l.T("This node could not run the rules over it."), Fault: faultWords(err)})
	}
	return all
}

func (d *tenderDesk) judgeOne(l *web.Locale, set *compliance.Set, b *tender.Bid, open []*tender.OpenBid) judged {
	out := judged{Bid: b, Title: d.T.bidTitle(l, b)}
	i := slices.IndexFunc(open, func(o *tender.OpenBid) bool { return o.ID == b.ID })
	if i < 0 {
		out.Why = l.T("It is not open.")
		return out
	}
	j, err := d.T.Judge(set, open[i], d.T.content)
	if err != nil {
		out.Why, out.Fault = l.T("This node could not run the rules over it."), faultWords(err)
		return out
	}
	out.Passed = j.Passed()
	body := j.Body()
	out.body = &body
	if j.Result == nil {
		out.Findings = []finding{{Title: l.T("It is an offer that can be read"), Words: l.T("What was sealed is no offer in the form that the register asks for: {why}", "why", web.Apart(web.Excerpt(open[i].Opened[0].Why, longestWhy))), Tag: verdictTag(l, compliance.Fail)}}
		return out
	}
	for _, x := range j.Result.Rules {
		out.Findings = append(out.Findings, finding{x.Title, x.Words, verdictTag(l, x.Verdict)})
	}
	return out
}

func (d *tenderDesk) resultForm(l *web.Locale) {
	d.About = web.Alert{Kind: "info", Text: l.T("The rules were run just now, over what the bids say. You put on record what they give; anyone runs them again and sees whether you did. What fails is rejected by no rule: that is for you, with a reason.")}
	if d.T.confidential() {
		d.sealedOnly(l, l.T("Only the evaluators can read the bids of this tender, so this page cannot run the rules. Run them with the program, over what an evaluator handed over to you:"),
			"publica tender comply "+d.T.Docket.String()+" --opened board --for "+d.T.Buyer.String()+" --key office.key")
		return
	}
	d.Judged = d.judge(l, d.T.unjudged())
	d.Form.Add(web.FormField{Name: "bid", Kind: "hidden"}, "")
}

func (d *tenderDesk) result(l *web.Locale) *web.Act {
	at := d.Form.Get("bid")
	for _, j := range d.Judged {
		if j.Bid.ID.String() != at || j.body == nil {
			continue
		}
		says := web.Facts{{Name: l.T("Bid"), Value: j.Title}, {Name: l.T("Result"), Value: passWords(l, j.Passed)}}
		for _, x := range j.Findings {
			says = append(says, web.Fact{Name: x.Title, Value: x.Tag.Text + ". " + x.Words})
		}
		return &web.Act{Kind: "procurement/compliance-result", Body: j.body, Says: says}
	}
	d.Form.Refuse("bid", l.T("This bid has its result, or cannot be judged now."))
	return &web.Act{}
}

func passWords(l *web.Locale, passed bool) string {
	if passed {
		return l.T("It meets every rule")
	}
	return l.T("It does not meet the rules")
}

// curable are the bids that fail and whose bidders were not asked to cure yet.
func (t *told) curable() []*tender.Bid {
	return slices.DeleteFunc(t.failing(), func(b *tender.Bid) bool {
		return len(b.Requests) > 0 && !t.judgedAnew(b)
	})
}

// judgedAnew reports whether a decision had a bid judged anew after it was last
// asked for a cure.
func (t *told) judgedAnew(b *tender.Bid) bool {
	last := b.Requests[len(b.Requests)-1].Time
	return slices.ContainsFunc(t.Protests, func(x *tender.Protest) bool {
		return x.Decision != nil && x.Decision.Reopen == tender.Compliance && x.Decision.Time > last
	})
}

// cureTimes are the first and the last moment until which a cure can be asked for.
func (d *tenderDesk) cureTimes() (least, most publica.Time) {
	policy := d.T.policy()
	return d.Now.Add(time.Duration(policy.CureMinutes) * time.Minute), d.Now.Add(time.Duration(policy.CureDays) * 24 * time.Hour)
}

func (d *tenderDesk) cureForm(l *web.Locale) {
	least, most := d.cureTimes()
	d.pick(l, "bid", l.T("Which bid?"), l.T("Its bidder is asked once."), d.bidChoices(l, d.T.curable()), d.asks("bid"))
	d.Form.Add(web.FormField{Name: "until", Kind: "moment", Label: l.T("Until when can it be cured? (UTC)"), Hint: l.T("Between {first} and {last}, by the profile.", "first", l.Moment(least), "last", l.Moment(most))}, web.MomentOf(most.Add(-time.Hour)))
	d.write("text", l.T("What does the bid lack, and what is to be sent?"), "")
}

func (d *tenderDesk) cure(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "until", "text")
	b := procurement.CureRequest{Bid: d.pickedEntry(l, "bid"), Until: f.Moment(l, "until")}
	if least, most := d.cureTimes(); b.Until != 0 && (b.Until < least || b.Until > most) {
		f.Refuse("until", l.T("This is not between {first} and {last}.", "first", l.Moment(least), "last", l.Moment(most)))
	}
	return &web.Act{Kind: "procurement/cure-request", Body: b, Says: web.Facts{{Name: l.T("Bid"), Value: f.Chosen("bid")}, {Name: l.T("Until"), Time: b.Until}}, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("What is asked for"))}}
}

// declinable are the bids to which a lot is to go, as long as they can be rejected
// because their bidders do not stand by them.
func (t *told) declinable() (all []*tender.Bid) {
	if !slices.Contains([]tender.Stage{tender.Standstill, tender.Awarding, tender.Contracting}, t.Stage) || len(t.openProtests()) > 0 {
		return nil
	}
	for _, b := range t.Bids {
		if l := t.Lot(b.Lot); l != nil && l.Winner == b.ID && l.Contract == nil && b.Rejected == nil {
			all = append(all, b)
		}
	}
	return all
}

// rejectable are the bids that a person may reject now.
func (t *told) rejectable() (all []*tender.Bid) {
	if all := t.declinable(); len(all) > 0 {
		return all
	}
	if !slices.Contains([]tender.Stage{tender.Opened, tender.Compliance, tender.Curing, tender.Evaluating, tender.Intended}, t.Stage) {
		return nil
	}
	for _, b := range t.Bids {
		if b.Status == tender.Counted && b.Rejected == nil && t.Clock(tender.CureClock, b.ID) == nil {
			all = append(all, b)
		}
	}
	return all
}

func (d *tenderDesk) rejectForm(l *web.Locale) {
	d.About = web.Alert{Kind: "warning", Text: l.T("No rule rejects a bid: you do, with your signature and a reason that its bidder may protest.")}
	d.pick(l, "bid", l.T("Which bid?"), "", d.bidChoices(l, d.T.rejectable()), d.asks("bid"))
	why, hint := procurement.RejectCodes, l.T("Which rule or which words of the text it does not meet, and what on record shows it.")
	if len(d.T.declinable()) > 0 { // an intent stands: the law takes no other
		d.About.Text = l.T("Reject the bid that won only if its bidder does not stand by it: then it is said anew to whom the award is to go.")
		if len(d.T.Contracts) > 0 {
			d.About.Text = l.T("Reject the bid that won only if its bidder does not stand by it: another lot has its contract, so this one is given up, and bought in another tender.")
		}
		why, hint = []procurement.RejectCode{procurement.Declined}, l.T("What its bidder said or did not do, and what on record shows it.")
	}
	d.pick(l, "code", l.T("Why?"), "", codes(l, rejectWords, why...), "")
	d.write("reason", l.T("Reason"), hint)
	var first []publica.EntryID
	for _, b := range d.T.failing() {
		if d.asks("bid") == b.ID.String() || len(d.T.failing()) == 1 {
			first = d.T.about(b)
		}
	}
	d.addCites(l, first...)
}

func (d *tenderDesk) reject(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "reason")
	b := procurement.Reject{Bid: d.pickedEntry(l, "bid"), Code: procurement.RejectCode(d.picked(l, "code"))}
	if bid := d.T.Process.Bid(b.Bid); bid == nil || !d.judging() {
		b.Cites = d.cites(l)
	} else if r := bid.Result(); r != nil {
		b.Cites = d.cites(l, r.ID)
	} else if b.Cites = d.cites(l); len(b.Cites) > 0 && !slices.ContainsFunc(b.Cites, d.T.opens) {
		f.Refuse("cites", l.T("This bid has no result. Record it first; if nobody can open the bid, tick a trustee’s share."))
	}
	return &web.Act{Kind: "procurement/reject", Body: b, Says: web.Facts{{Name: l.T("Bid"), Value: f.Chosen("bid")}, {Name: l.T("Why?"), Value: f.Chosen("code")}, {Name: l.T("Rests on"), Value: d.citesWords()}},
		Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}

// opens reports whether a record helped to open bids.
func (t *told) opens(id publica.EntryID) bool {
	return slices.ContainsFunc(t.Process.Steps, func(s tender.Step) bool {
		return s.ID == id && (s.Kind == "procurement/open-share" || s.Kind == "procurement/reveal")
	})
}

// sealedOnly says that something can be done with the program alone, and how.
func (d *tenderDesk) sealedOnly(_ *web.Locale, words, command string) {
	d.About, d.Command = web.Alert{Kind: "info", Text: words}, command
}
