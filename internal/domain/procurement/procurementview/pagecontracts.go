package procurementview

import (
	"net/http"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// contractsPage is contracts.html: what was contracted, and how it is carried out.
type contractsPage struct {
	web.Head
	*tenderView
	Alerts []web.Alert
	All    []contractView
	Empty  web.Empty
}

// A contractView is a contract in words.
type contractView struct {
	*tender.Contract
	Tag      web.Tag
	Title    string
	Who      string
	Facts    web.Facts
	Text     string
	Paid     web.Progress
	Picture  *web.Lanes
	Stones   []stoneView
	Payments []paymentView
	Changes  []changeView
	Ended    *endedView
}

// A stoneView is a milestone.
type stoneView struct {
	*tender.Milestone
	Value    string
	Tag      web.Tag
	Reported string // what was said when it was reached
	Judged   string // why it was accepted
	Refusals []said
	Paid     string
}

// A paymentView is a payment.
type paymentView struct {
	*tender.Payment
	Value, Text string
}

// A changeView is a modification, before and after.
type changeView struct {
	*tender.Modification
	Before, After, Reason string
	More                  string // by how much the value changed
}

// An endedView is a termination.
type endedView struct {
	tender.Mark
	Words, Reason string
}

func (p *pages) contracts(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender/contracts")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &contractsPage{Head: t.head(l, l.T("Contracts, and how they are carried out")), tenderView: t}
	page.Wide = true
	page.Lead = l.T("What was agreed, what was delivered and accepted, what was paid, and every change with its reason.")
	now := max(p.site.Now(), t.Until)
	for _, c := range t.Process.Contracts {
		page.All = append(page.All, t.contractView(l, c, now))
	}
	if n := len(t.openProtests()); n > 0 && len(page.All) == 0 {
		page.Alerts = []web.Alert{{Kind: "warning", Title: l.N(n, "{n} protest is open: nothing is awarded", "{n} protests are open: nothing is awarded"), Text: l.T("While it is, no award passes and no contract is recorded.")}}
	}
	page.Empty = web.Empty{Title: l.T("No contract yet"), Text: l.T("A contract is recorded once its lot is awarded."), Next: web.Link{Text: l.T("Where the tender stands"), Href: t.Base() + "/tender"}}
	switch t.Stage {
	case tender.Cancelled:
		page.Empty.Title, page.Empty.Text = l.T("This tender is cancelled"), l.T("No contract follows.")
	case tender.Unsuccessful:
		page.Empty.Title, page.Empty.Text = l.T("This tender ended without an award"), l.T("No contract follows.")
	}
	return page, nil
}

func (t *tenderView) contractView(l *web.Locale, c *tender.Contract, now publica.Time) contractView {
	v := contractView{Contract: c, Who: web.Apart(short(c.Supplier)), Text: t.text(c.ID, "text"), Tag: contractTag(l, c)}
	for _, b := range t.Process.Bids {
		if b.Author == c.Supplier {
			v.Who = t.bidder(l, b)
		}
	}
	v.Title = l.T("Contract with {supplier}", "supplier", v.Who)
	if c.Lot != "" {
		v.Title += " · " + lotWords(l, c.Lot)
	}
	v.Facts = web.Facts{{Name: l.T("Value"), Value: moneyWords(l, &c.Value)}}
	if c.Signed != c.Value {
		v.Facts = append(v.Facts, web.Fact{Name: l.T("Value when it was signed"), Value: moneyWords(l, &c.Signed)})
	}
	v.Facts = append(v.Facts, web.Fact{Name: l.T("Starts"), Time: c.Starts}, web.Fact{Name: l.T("Ends"), Time: c.Ends},
		web.Fact{Name: l.T("Award it rests on"), Value: c.Award.String()[:8], Href: "/entry/" + c.Award.String(), Code: true})
	paid := tender.Money{Amount: c.Paid(), Currency: c.Value.Currency}
	v.Paid = web.Progress{Label: l.T("Paid: {paid} of {value}", "paid", moneyWords(l, &paid), "value", moneyWords(l, &c.Value)), Done: paid.Amount, Total: c.Value.Amount}
	v.Picture = &web.Lanes{ID: "stones-" + c.ID.String()[:8], Title: l.T("Milestones by their days"), Desc: l.T("What each is stands in the table below."), From: c.Time, Now: now, Today: l.T("today")}
	for _, m := range c.Milestones {
		v.Stones = append(v.Stones, t.stone(l, c, m, now))
		lane := web.Lane{Label: l.Number(int64(len(v.Stones))), Due: m.Due, Done: m.Accepted.Time, Words: m.ID}
		if lane.Done == 0 && now > m.Due {
			lane.Kind = "late"
		}
		v.Picture.Lanes = append(v.Picture.Lanes, lane)
	}
	for _, x := range c.Payments {
		v.Payments = append(v.Payments, paymentView{x, moneyWords(l, &x.Amount), t.text(x.ID, "text")})
	}
	for _, x := range c.Changes {
		v.Changes = append(v.Changes, changeView{Modification: x, Before: moneyWords(l, &x.Before), After: moneyWords(l, &x.Value), Reason: t.text(x.ID, "reason"), More: moreWords(l, x)})
	}
	if x := c.Terminated; x != nil {
		v.Ended = &endedView{x.Mark, terminationWords(l, x.Code), t.text(x.ID, "reason")}
	}
	return v
}

// moreWords says by how much a modification changed a value.
func moreWords(l *web.Locale, x *tender.Modification) string {
	diff := x.Value.Amount - x.Before.Amount
	words := moneyWords(l, &tender.Money{Amount: max(diff, -diff), Currency: x.Value.Currency})
	switch {
	case diff > 0:
		return l.T("{amount} more", "amount", words)
	case diff < 0:
		return l.T("{amount} less", "amount", words)
	}
	return l.T("the same value")
}

// contractTag marks how a contract stands.
func contractTag(l *web.Locale, c *tender.Contract) web.Tag {
	switch {
	case c.Terminated != nil:
		return web.Tag{Kind: "error", Text: l.T("Ended before its time")}
	case !c.Completed.IsZero():
		return web.Tag{Kind: "success", Text: l.T("Carried out")}
	}
	return web.Tag{Kind: "info", Text: l.T("Being carried out")}
}

func (t *tenderView) stone(l *web.Locale, c *tender.Contract, m *tender.Milestone, now publica.Time) stoneView {
	v := stoneView{Milestone: m, Value: moneyWords(l, &tender.Money{Amount: m.Value, Currency: c.Value.Currency})}
	if m.Paid > 0 {
		v.Paid = moneyWords(l, &tender.Money{Amount: m.Paid, Currency: c.Value.Currency})
	}
	if !m.Reached.IsZero() {
		v.Reported = t.text(m.Reached.ID, "text")
	}
	if !m.Accepted.IsZero() {
		v.Judged = t.text(m.Accepted.ID, "reason")
	}
	for _, x := range m.Refused {
		v.Refusals = append(v.Refusals, said{x, t.text(x.ID, "reason")})
	}
	switch {
	case !m.Accepted.IsZero() && m.Paid >= m.Value:
		v.Tag = web.Tag{Kind: "success", Text: l.T("Accepted and paid")}
	case !m.Accepted.IsZero():
		v.Tag = web.Tag{Kind: "success", Text: l.T("Accepted")}
	case !m.Reached.IsZero():
		v.Tag = web.Tag{Kind: "info", Text: l.T("Said to be reached")}
	case now > m.Due:
		v.Tag = web.Tag{Kind: "warning", Text: l.T("Overdue")}
	default:
		v.Tag = web.Tag{Text: l.T("Not yet due")}
	}
	return v
}
