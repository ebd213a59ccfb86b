package procurementview

import (
	"slices"
	"strings"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// A bidView is a bid for a page, as far as everyone may read it.
type bidView struct {
	*tender.Bid
	Who      string // name, or key
	Tags     []web.Tag
	Price    string // "" if it cannot be read
	NoPrice  string // why it cannot, in a word
	Means    string // why it does not count, "" if it does
	Access   string // how far it can be read, in words
	Offer    *tender.Offer
	Why      string // it is no offer, in the words of the reader
	Rules    []ruleView
	Checked  *tender.Check // of the result of the rules
	CheckTag web.Tag
	Asked    []cureView
	Rejected *rejectView
	Told     said // the debrief
}

// A ruleView is a rule and what it says of a bid.
type ruleView struct {
	Rule  string
	Words string
	Said  web.Tag
	Found web.Tag // as computed again, if that differs
}

// A cureView is a request to cure, and what came.
type cureView struct {
	said
	Until publica.Time
}

// A rejectView is a rejection in words.
type rejectView struct {
	*tender.Rejection
	Words  string
	Reason string
}

// bidView shows a bid. a is nil while bids are taken.
func (t *tenderView) bidView(l *web.Locale, a *audited, b *tender.Bid) bidView {
	v := bidView{Bid: b, Who: t.bidder(l, b), Tags: []web.Tag{statusTag(l, b.Status)}, Means: statusMeans(l, b.Status)}
	if a == nil {
		return v
	}
	for _, x := range a.Bids {
		if x.ID == b.ID {
			t.readBid(l, &v, x)
		}
	}
	v.ruled(l, a)
	for i, q := range b.Requests {
		v.Asked = append(v.Asked, cureView{said{q.Mark, t.text(q.ID, "text")}, q.Until})
		if i < len(b.Cures) {
			v.Asked = append(v.Asked, cureView{said{b.Cures[i], t.text(b.Cures[i].ID, "text")}, 0})
		}
	}
	if x := b.Rejected; x != nil {
		v.Tags[0] = web.Tag{Kind: "error", Text: l.T("Rejected")} // it counted, and counts no more
		v.Rejected = &rejectView{x, rejectWords(l, x.Code), t.text(x.ID, "reason")}
	}
	if lot := t.Process.Lot(b.Lot); lot != nil && lot.Award != nil && lot.Award.Bid == b.ID {
		v.Tags = append(v.Tags, web.Tag{Kind: "success", Text: l.T("Got the award")})
	}
	if !b.Debriefed.IsZero() {
		v.Told = said{b.Debriefed, t.text(b.Debriefed.ID, "text")}
	}
	return v
}

// readBid says how far a bid that counted can be read.
func (t *tenderView) readBid(l *web.Locale, v *bidView, x *tender.OpenBid) {
	v.Offer = x.Offer
	if x.Offer != nil && x.Offer.Price != nil {
		v.Price = moneyWords(l, x.Offer.Price)
	}
	switch x.Opened[len(x.Opened)-1].Access { // the price is in the last envelope
	case tender.Shut:
		v.NoPrice = l.T("still sealed")
	case tender.Withheld:
		v.NoPrice = l.T("not public")
	case tender.Lacking:
		v.NoPrice = l.T("not at hand")
	default:
		v.NoPrice = l.T("none")
	}
	var words []string
	for _, e := range x.Opened {
		name := envelopeWords(l, e.Name)
		switch e.Access {
		case tender.Readable:
			words = append(words, l.T("{envelope}: open", "envelope", name))
		case tender.Shut:
			words = append(words, l.T("{envelope}: sealed", "envelope", name))
		case tender.Withheld:
			words = append(words, l.T("{envelope}: opened to the evaluators alone", "envelope", name))
		case tender.Lacking:
			words = append(words, l.T("{envelope}: open, but its bytes are not at hand here", "envelope", name))
		case tender.Unresponsive:
			words = append(words, l.T("{envelope}: open, and no offer", "envelope", name))
			v.Why = web.Excerpt(e.Why, longestWhy)
		}
	}
	v.Access = strings.Join(words, "; ")
	if v.Why != "" {
		v.Tags = append(v.Tags, web.Tag{Kind: "error", Text: l.T("Non-responsive")})
	}
}

// ruled shows what the rules say: as it is on record, and as they were run again.
func (v *bidView) ruled(l *web.Locale, a *audited) {
	result, found := v.Bid.Result(), a.judged[v.ID]
	if result == nil {
		return
	}
	if v.Checked = a.check("compliance", result.ID); v.Checked != nil {
		v.CheckTag = checkTag(l, v.Checked.State)
	}
	if !result.Passed() {
		v.Tags = append(v.Tags, web.Tag{Kind: "error", Text: l.T("Fails a rule")})
	}
	for _, x := range result.Verdicts {
		r := ruleView{Rule: x.Rule, Said: verdictTag(l, x.Verdict)}
		if x.Rule == tender.OpensRule {
			r.Words = l.T("It opens, and says something that is an offer")
		}
		if found == nil {
			v.Rules = append(v.Rules, r)
			continue
		}
		if i := slices.IndexFunc(found.Verdicts, func(y tender.Verdict) bool { return y.Rule == x.Rule }); i < 0 {
			r.Found = web.Tag{Kind: "warning", Text: l.T("Computed again: no such rule was run")}
		} else if y := found.Verdicts[i].Verdict; y != x.Verdict {
			r.Found = web.Tag{Kind: "error", Text: l.T("Computed again: {verdict}", "verdict", verdictTag(l, y).Text)}
		}
		if found.Result != nil {
			for _, f := range found.Result.Rules {
				if f.Rule == x.Rule {
					r.Words = f.Title + " " + f.Words
				}
			}
		}
		v.Rules = append(v.Rules, r)
	}
}
