package procurementview

import (
	"slices"
	"time"

	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// running are the contracts that are not over.
func (t *told) running() (all []*tender.Contract) {
	for _, c := range t.Contracts {
		if c.Terminated == nil && c.Completed.IsZero() {
			all = append(all, c)
		}
	}
	return all
}

// contractable are the awards that stand and have no contract.
func (t *told) contractable() (all []*tender.Award) {
	for _, a := range t.Awards {
		if a.Void.IsZero() && !slices.ContainsFunc(t.Contracts, func(c *tender.Contract) bool { return c.Award == a.ID }) {
			all = append(all, a)
		}
	}
	return all
}

// mayContract reports whether a contract can be put on record now.
func (d *tenderDesk) mayContract() bool {
	return d.T.Stage == tender.Contracting && len(d.T.openProtests()) == 0 && d.T.contractFrom() == 0
}

// contractTitle names a contract by its supplier.
func (t *tenderView) contractTitle(l *web.Locale, c *tender.Contract) string {
	for _, a := range t.Awards {
		if a.ID == c.Award {
			return t.bidderOf(l, a.Bid) + ", " + moneyWords(l, &c.Value)
		}
	}
	return c.ID.String()[:8]
}

// addMilestones adds lines for milestones, filled in with those that stand.
func (d *tenderDesk) addMilestones(l *web.Locale, hint, currency string, stand []*tender.Milestone) {
	n := max(len(stand), filled(&d.Form, "milestone", procurement.MaxMilestones)) + moreRows
	d.Form.AddRows(web.FormField{Name: "milestones", Label: l.T("Milestones"), Hint: hint}, min(n, procurement.MaxMilestones), func(i int) web.FormRow {
		var id, due, value string
		if i < len(stand) {
			id, due, value = stand[i].ID, web.MomentOf(stand[i].Due), moneyText(stand[i].Value, currency)
		}
		return web.FormRow{Legend: l.T("Milestone {n}", "n", i+1), Fields: []web.FormField{
			{Name: "milestone", Kind: "text", Label: l.T("Short id"), Hint: l.T("For example delivery-1."), Value: id},
			{Name: "due", Kind: "moment", Label: l.T("Late from (UTC)"), Value: due},
			{Name: "worth", Kind: "text", Label: l.T("Value, in {currency}", "currency", currency), Value: value}}}
	})
}

// milestones reads the lines of milestones, which with those that stay add up to a
// value.
func (d *tenderDesk) milestones(l *web.Locale, currency string, stay, value int64) (all []procurement.Milestone) {
	f, sum := &d.Form, stay
	for i := range f.Field("milestones").Rows {
		id := f.Cell("milestones", "milestone", i)
		if id == "" && f.Cell("milestones", "due", i) == "" && f.Cell("milestones", "worth", i) == "" {
			continue
		}
		m := procurement.Milestone{ID: id}
		if !idForm.MatchString(id) || slices.ContainsFunc(all, func(o procurement.Milestone) bool { return o.ID == id }) {
			f.RefuseCell("milestones", "milestone", i, l.T("This is no id, or stands twice: 1 to 32 of a-z, 0-9, dot, hyphen and underscore."))
		}
		var ok bool
		if m.Due, ok = web.ParseFormTime(f.Cell("milestones", "due", i)); !ok {
			f.RefuseCell("milestones", "due", i, l.T("This is no day and time. Write it as 2026-03-31T12:00."))
		}
		v, wrong := web.ReadNumber(l, f.Cell("milestones", "worth", i), minorDigits(currency))
		if m.Value = v; wrong != "" {
			f.RefuseCell("milestones", "worth", i, wrong)
		}
		all, sum = append(all, m), sum+v
	}
	if sum != value {
		f.Refuse("milestones", l.T("The milestones add up to {sum}, the contract’s value is {value}.", "sum", moneyWords(l, &tender.Money{Amount: sum, Currency: currency}), "value", moneyWords(l, &tender.Money{Amount: value, Currency: currency})))
	}
	return all
}

// milestoneWords say what a contract's milestones are.
func milestoneWords(l *web.Locale, all []procurement.Milestone, currency string) (says web.Facts) {
	for _, m := range all {
		says = append(says, web.Fact{Name: l.T("Milestone {id}", "id", m.ID), Value: l.T("{value}, late from {time}", "value", moneyWords(l, &tender.Money{Amount: m.Value, Currency: currency}), "time", l.Moment(m.Due))})
	}
	return says
}

func (d *tenderDesk) contractForm(l *web.Locale) {
	currency := d.T.Terms().Currency
	var all []web.Choice
	for _, a := range d.T.contractable() {
		all = append(all, web.Option(a.ID.String(), d.T.bidTitle(l, d.T.Process.Bid(a.Bid))+", "+moneyWords(l, &a.Value)))
	}
	d.pick(l, "award", l.T("Which award?"), l.T("The contract’s value is that of the award; it changes later by a modification that everyone can read."), all, "")
	d.Form.Add(web.FormField{Name: "starts", Kind: "date", Label: l.T("First day")}, "")
	d.Form.Add(web.FormField{Name: "ends", Kind: "date", Label: l.T("Last day")}, "")
	hint := l.T("What is delivered and paid together. They add up to the contract’s value. Leave lines empty that you do not need.")
	d.addMilestones(l, hint, currency, nil)
	d.write("text", l.T("The contract"), l.T("Its text, or what it is about. Everyone can read it."))
}

func (d *tenderDesk) contract(l *web.Locale) *web.Act {
	f, currency := &d.Form, d.T.Terms().Currency
	f.Want(l, "starts", "ends", "text")
	b := procurement.Contract{Award: d.pickedEntry(l, "award"), Starts: f.Day(l, "starts", false), Ends: f.Day(l, "ends", true), Value: procurement.Money{Currency: currency}}
	for _, a := range d.T.contractable() {
		if a.ID == b.Award {
			b.Value.Amount = a.Value.Amount
		}
	}
	if b.Ends != 0 && b.Ends <= b.Starts {
		f.Refuse("ends", l.T("It ends before it starts."))
	}
	b.Milestones = d.milestones(l, currency, 0, b.Value.Amount)
	if len(b.Milestones) == 0 {
		f.Refuse("milestones", l.T("Name one at least: the delivery of everything."))
	}
	says := web.Facts{{Name: l.T("Award"), Value: f.Chosen("award")}, {Name: l.T("First day"), Value: l.Day(b.Starts)}, {Name: l.T("Last day"), Value: l.Day(b.Ends)}}
	return &web.Act{Kind: "procurement/contract", Body: b, Says: append(says, milestoneWords(l, b.Milestones, currency)...), Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("The contract"))}}
}

// contractOf is the contract that is asked for, or else the first.
func (d *tenderDesk) contractOf() *tender.Contract {
	want, all := d.asks("contract"), d.T.running()
	if d.Form.WasSent() {
		want = d.Form.Sent("contract")
	}
	for _, c := range all {
		if c.ID.String() == want {
			return c
		}
	}
	return all[0]
}

// contractLinks let the buyer choose between contracts.
func (d *tenderDesk) contractLinks(l *web.Locale, do string, c *tender.Contract) {
	if all := d.T.running(); len(all) > 1 {
		d.Lots.Label = l.T("Contracts")
		for _, x := range all {
			d.Lots.Items = append(d.Lots.Items, web.SubNavItem{Link: web.Link{Text: d.T.contractTitle(l, x), Href: d.Base + "/tender?do=" + do + "&contract=" + x.ID.String()}, Current: x == c})
		}
	}
	d.Form.Add(web.FormField{Name: "contract", Kind: "hidden"}, c.ID.String())
	d.About = web.Alert{Kind: "info", Text: l.T("The contract with {supplier}.", "supplier", d.T.contractTitle(l, c))}
}

func (d *tenderDesk) modifyForm(l *web.Locale) {
	c := d.contractOf()
	d.contractLinks(l, "modify", c)
	var open []*tender.Milestone
	for _, m := range c.Milestones {
		if m.Accepted.IsZero() {
			open = append(open, m)
		}
	}
	d.Form.Add(web.FormField{Name: "value", Kind: "text", Label: l.T("Value, in {currency}", "currency", c.Value.Currency)}, moneyText(c.Value.Amount, c.Value.Currency))
	d.Form.Add(web.FormField{Name: "ends", Kind: "date", Label: l.T("Last day")}, c.Ends.Std().UTC().Format(time.DateOnly))
	d.addMilestones(l, l.T("All that are not accepted yet. Those that are accepted stay, worth {value}; all of them add up to the contract’s value.", "value", moneyWords(l, &tender.Money{Amount: accepted(c), Currency: c.Value.Currency})), c.Value.Currency, open)
	d.write("reason", l.T("Reason"), l.T("Everyone reads it beside what changed."))
}

// accepted is what the milestones that are accepted are worth.
func accepted(c *tender.Contract) (sum int64) {
	for _, m := range c.Milestones {
		if !m.Accepted.IsZero() {
			sum += m.Value
		}
	}
	return sum
}

func (d *tenderDesk) modify(l *web.Locale) *web.Act {
	f, c := &d.Form, d.contractOf()
	f.Want(l, "ends", "reason")
	b := procurement.Modify{Contract: c.ID, Ends: f.Day(l, "ends", true), Value: d.money(l, "value", c.Value.Currency)}
	if b.Ends != 0 && b.Ends <= c.Starts {
		f.Refuse("ends", l.T("It ends before it starts."))
	}
	policy, _ := procurement.Profile(d.T.Terms().Profile).Policy() // a tender has a profile
	if most := policy.Most(c.Signed.Amount); b.Value.Amount > most {
		f.Refuse("value", l.T("This is more than a contract may be raised to: at most {value}. Buy what is more in another tender.", "value", moneyWords(l, &tender.Money{Amount: most, Currency: c.Value.Currency})))
	}
	b.Milestones = d.milestones(l, c.Value.Currency, accepted(c), b.Value.Amount)
	for i, m := range b.Milestones {
		if old := c.Milestone(m.ID); old != nil && !old.Accepted.IsZero() {
			f.RefuseCell("milestones", "milestone", i, l.T("This milestone is accepted and stays: leave it out, or use another id."))
		}
	}
	says := web.Facts{{Name: l.T("Contract"), Value: d.T.contractTitle(l, c)}, {Name: l.T("Value"), Value: moneyWords(l, &c.Value) + " → " + moneyWords(l, shown(b.Value))}, {Name: l.T("Last day"), Value: l.Day(b.Ends)}}
	return &web.Act{Kind: "procurement/modify", Body: b, Says: append(says, milestoneWords(l, b.Milestones, c.Value.Currency)...), Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}

func (d *tenderDesk) terminateForm(l *web.Locale) {
	c := d.contractOf()
	d.contractLinks(l, "terminate", c)
	d.pick(l, "code", l.T("Why does it end?"), l.T("What was accepted can still be paid."), codes(l, terminationWords, procurement.Default, procurement.Convenience, procurement.Agreed), "")
	d.write("reason", l.T("Reason"), "")
}

func (d *tenderDesk) terminate(l *web.Locale) *web.Act {
	f, c := &d.Form, d.contractOf()
	f.Want(l, "reason")
	b := procurement.Terminate{Contract: c.ID, Code: procurement.TerminateCode(d.picked(l, "code"))}
	return &web.Act{Kind: "procurement/terminate", Body: b, Says: web.Facts{{Name: l.T("Contract"), Value: d.T.contractTitle(l, c)}, {Name: l.T("Why does it end?"), Value: f.Chosen("code")}}, Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}

// A line is a milestone of a contract.
type line struct {
	contract *tender.Contract
	*tender.Milestone
}

// lines are the milestones of contracts for which something can be done.
func (t *told) lines(what func(*tender.Contract, *tender.Milestone) bool) (all []line) {
	for _, c := range t.Contracts {
		for _, m := range c.Milestones {
			if what(c, m) {
				all = append(all, line{c, m})
			}
		}
	}
	return all
}

func toReach(c *tender.Contract, m *tender.Milestone) bool {
	return c.Terminated == nil && m.Accepted.IsZero() && m.Reached.IsZero()
}

func toAccept(c *tender.Contract, m *tender.Milestone) bool {
	return c.Terminated == nil && m.Accepted.IsZero() && !m.Reached.IsZero()
}

func toPay(_ *tender.Contract, m *tender.Milestone) bool {
	return !m.Accepted.IsZero() && m.Paid < m.Value
}

// pickLine adds a select of milestones.
func (d *tenderDesk) pickLine(l *web.Locale, all []line) {
	var out []web.Choice
	for _, x := range all {
		text := x.ID + " · " + d.T.contractTitle(l, x.contract) + " · " + l.T("{paid} of {value} paid", "paid", moneyWords(l, &tender.Money{Amount: x.Paid, Currency: x.contract.Value.Currency}), "value", moneyWords(l, &tender.Money{Amount: x.Value, Currency: x.contract.Value.Currency}))
		out = append(out, web.Option(x.contract.ID.String()+"/"+x.ID, text))
	}
	d.pick(l, "line", l.T("Which milestone?"), "", out, "")
}

// pickedLine returns the milestone that is chosen, nil if none is.
func (d *tenderDesk) pickedLine(l *web.Locale, all []line) *line {
	at := d.picked(l, "line")
	for i, x := range all {
		if at == x.contract.ID.String()+"/"+x.ID {
			return &all[i]
		}
	}
	d.Form.Refuse("line", l.T("This is missing."))
	return nil
}

func (d *tenderDesk) milestoneForm(l *web.Locale) {
	d.About = web.Alert{Kind: "info", Text: l.T("The supplier says so with the key of its bid. Where it cannot, you may: the record then says that it was you.")}
	d.pickLine(l, d.T.lines(toReach))
	d.write("text", l.T("What was delivered?"), "")
}

func (d *tenderDesk) milestone(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text")
	b := procurement.MilestoneReached{}
	if x := d.pickedLine(l, d.T.lines(toReach)); x != nil {
		b.Contract, b.Milestone = x.contract.ID, x.ID
	}
	return &web.Act{Kind: "procurement/milestone", Body: b, Says: web.Facts{{Name: l.T("Milestone"), Value: f.Chosen("line")}}, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("What was delivered?"))}}
}

func (d *tenderDesk) acceptForm(l *web.Locale) {
	d.pickLine(l, d.T.lines(toAccept))
	d.Form.Add(web.FormField{Name: "verdict", Kind: "select", Label: l.T("Is it as agreed?"), Options: []web.Choice{web.Option("", l.T("Choose")), web.Option("yes", l.T("It is: accept it")), web.Option("no", l.T("It is not: refuse it"))}}, "")
	d.write("reason", l.T("Reason"), l.T("Needed to refuse it: what is not as agreed."))
}

func (d *tenderDesk) accept(l *web.Locale) *web.Act {
	f := &d.Form
	b := procurement.Accept{Refused: d.picked(l, "verdict") == "no"}
	if x := d.pickedLine(l, d.T.lines(toAccept)); x != nil {
		b.Contract, b.Milestone = x.contract.ID, x.ID
	}
	if b.Refused {
		f.Want(l, "reason")
	}
	act := &web.Act{Kind: "procurement/accept", Body: b, Says: web.Facts{{Name: l.T("Milestone"), Value: f.Chosen("line")}, {Name: l.T("Is it as agreed?"), Value: f.Chosen("verdict")}}}
	if text := f.Get("reason"); text != "" {
		act.Parts = []web.ActPart{web.Part("reason", "text/markdown", text, l.T("Reason"))}
	}
	return act
}

func (d *tenderDesk) paymentForm(l *web.Locale) {
	all := d.T.lines(toPay)
	amount := ""
	if len(all) == 1 {
		amount = moneyText(all[0].Value-all[0].Paid, all[0].contract.Value.Currency)
	}
	d.pickLine(l, all)
	d.Form.Add(web.FormField{Name: "amount", Kind: "text", Label: l.T("Amount, in {currency}", "currency", d.T.Terms().Currency), Hint: l.T("As a number, for example 12500.00.")}, amount)
	d.Form.Add(web.FormField{Name: "paid", Kind: "moment", Label: l.T("When was it paid? (UTC)"), Hint: l.T("Not in the future.")}, "")
	d.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("Remark (optional)")}, "")
}

func (d *tenderDesk) payment(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "paid")
	b := procurement.Payment{Amount: d.money(l, "amount", d.T.Terms().Currency), Paid: f.Moment(l, "paid")}
	if x := d.pickedLine(l, d.T.lines(toPay)); x != nil {
		b.Contract, b.Milestone = x.contract.ID, x.ID
		if left := x.Value - x.Paid; b.Amount.Amount > left {
			f.Refuse("amount", l.T("This is more than is left of the milestone, {value}. A contract is raised by a modification, with a reason.", "value", moneyWords(l, &tender.Money{Amount: left, Currency: b.Amount.Currency})))
		}
	}
	if b.Paid > d.Now {
		f.Refuse("paid", l.T("This lies in the future."))
	}
	act := &web.Act{Kind: "procurement/payment", Body: b, Says: web.Facts{{Name: l.T("Milestone"), Value: f.Chosen("line")}, {Name: l.T("Amount"), Value: moneyWords(l, shown(b.Amount))}, {Name: l.T("Paid"), Time: b.Paid}}}
	if text := f.Get("text"); text != "" {
		act.Parts = []web.ActPart{web.Part("text", "text/markdown", text, l.T("Remark"))}
	}
	return act
}
