package tender

import (
	"slices"
	"strconv"

	"publica"
	"publica/ocds"
)

// awardID names an award from its intent on: an intent and what became of it are
// one award.
func awardID(intent publica.EntryID, lot string) string { return intent.String() + "/" + lotID(lot) }

// awards writes what was intended and awarded. What a decision took back is
// cancelled.
func (w *writer) awards() (all []*ocds.Node) {
	for _, x := range w.Intents {
		for i := range x.Awards {
			all = append(all, w.award(x, &x.Awards[i]))
		}
	}
	return all
}

func (w *writer) award(x *Intent, a *IntendedAward) *ocds.Node {
	made := w.made(x, a.Lot)
	status, date := "pending", x.Time
	if made != nil {
		status, date = "active", made.Time
	}
	if !x.Void.IsZero() || made != nil && !made.Void.IsZero() {
		status = "cancelled"
	}
	n := ocds.Object("id", awardID(x.ID, a.Lot), "status", status, "date", date.String(), "value", value(a.Value), "relatedLots", []string{lotID(a.Lot)})
	if b := w.Bid(a.Bid); b != nil {
		n.Set("suppliers", ocds.List(w.bidder(b, "supplier")))
		if w.Terms().Mode == Public {
			n.Set("relatedBid", ocds.Value(a.Bid.String()))
		}
	}
	if made != nil {
		setText(n, "description", w.text(made.ID, "reason"))
	}
	w.items(n, a)
	n.Set("standstill", w.standstill(x, made))
	w.documents(n, "intent/"+x.ID.String(), "award/"+awardID(x.ID, a.Lot))
	return n
}

// made is the award that an intent led to, nil if there is none.
func (w *writer) made(x *Intent, lot string) *Award {
	for _, a := range w.Awards {
		if a.Lot == lot && a.intent == x {
			return a
		}
	}
	return nil
}

// items writes what is awarded, as the offer lists it, once it is open.
func (w *writer) items(n *ocds.Node, a *IntendedAward) {
	var all []*ocds.Node
	seen := map[string]bool{}
	for _, b := range w.open {
		if b.ID != a.Bid || b.Offer == nil || b.Offer.Price == nil {
			continue
		}
		for _, x := range b.Offer.Items {
			if seen[x.ID] {
				return // an offer may call two lines the same; merging would make one of them
			}
			seen[x.ID] = true
			unit := ocds.Object("value", value(Money{x.Price, b.Offer.Price.Currency}))
			setText(unit, "name", x.Unit)
			item := ocds.Object("id", x.ID)
			setText(item, "description", x.Description)
			item.Set("quantity", ocds.Number(strconv.FormatInt(x.Quantity, 10)))
			item.Set("unit", unit)
			item.Set("relatedLot", ocds.Value(lotID(a.Lot)))
			all = append(all, item)
		}
	}
	setList(n, "items", all)
}

// standstill writes when the contract may be signed. The clock runs on while a protest
// is undecided, and nothing is awarded or signed all the same: so the time ends when
// both are over. Whoever protests after the contract holds nothing open.
func (w *writer) standstill(x *Intent, made *Award) *ocds.Node {
	i := slices.IndexFunc(w.Clocks, func(c *Clock) bool { return c.Name == StandstillClock && c.Record == x.ID })
	if i < 0 {
		return ocds.Object("status", "waived", "rationale", "The profile "+w.Terms().Profile+" has none.")
	}
	c := w.Clocks[i]
	n := ocds.Object("status", "running", "period", period(c.Started, c.Ends))
	ended, contract := c.Ran.Time, w.contractOf(made)
	var holding []string
	for _, p := range w.Protests {
		switch {
		case contract != nil && p.Time >= contract.Time:
		case p.Decision == nil:
			holding = append(holding, p.ID.String())
		case !c.Ran.IsZero():
			ended = max(ended, p.Decision.Time)
		}
	}
	switch {
	case !x.Void.IsZero():
		n.Set("status", ocds.Value("waived"))
		n.Set("rationale", ocds.Value("The intent was taken back: there is nothing to wait for."))
	case len(holding) > 0:
		n.Set("status", ocds.Value("suspended"))
		n.Set("relatedComplaints", ocds.Value(holding))
	case !c.Ran.IsZero():
		n.Set("status", ocds.Value("ended"))
		n.Set("dateEnded", ocds.Value(ended.String()))
	case !c.Stopped.IsZero():
		n.Set("status", ocds.Value("waived"))
		n.Set("rationale", ocds.Value("The tender ended: there is nothing to wait for."))
	}
	return n
}

// contractOf is the contract of an award, nil if there is none.
func (w *writer) contractOf(a *Award) *Contract {
	for _, c := range w.Contracts {
		if c.award == a {
			return c
		}
	}
	return nil
}

func (w *writer) contracts() (all []*ocds.Node) {
	for _, c := range w.Contracts {
		n := ocds.Object("id", c.ID.String(), "awardID", w.awardOf(c), "status", contractStatus(c), "period", period(c.Starts, c.Ends),
			"value", value(c.Value), "dateSigned", c.Time.String())
		setText(n, "description", w.text(c.ID, "text"))
		setSome(n, "implementation", w.implementation(c))
		setList(n, "amendments", w.changes(c))
		w.documents(n, "contract/"+c.ID.String())
		all = append(all, n)
	}
	return all
}

func contractStatus(c *Contract) string {
	if c.Terminated != nil || !c.Completed.IsZero() {
		return "terminated"
	}
	return "active"
}

// awardOf is the id of the award that a contract is of.
func (w *writer) awardOf(c *Contract) string { return awardID(c.award.intent.ID, c.Lot) }

func (w *writer) changes(c *Contract) (all []*ocds.Node) {
	for _, m := range c.Changes {
		n := ocds.Object("id", m.ID.String(), "date", m.Time.String(), "releaseID", m.ID.String())
		setText(n, "rationale", w.text(m.ID, "reason"))
		all = append(all, n)
	}
	return all
}

func (w *writer) implementation(c *Contract) *ocds.Node {
	n := ocds.Object()
	var transactions, milestones, failures []*ocds.Node
	for _, x := range c.Payments {
		payee := w.bidder(w.Bid(c.award.Bid), "payee")
		transactions = append(transactions, ocds.Object("id", x.ID.String(), "date", x.Paid.String(), "value", value(x.Amount),
			"payer", w.body(w.Buyer, "payer"), "payee", payee, "relatedImplementationMilestone", ocds.Object("id", x.Milestone)))
		if w.Base != "" {
			transactions[len(transactions)-1].Set("uri", ocds.Value(w.entry(x.ID)))
		}
	}
	for _, m := range c.agreedOn() {
		x := ocds.Object("id", m.ID, "title", m.ID, "type", "delivery", "dueDate", m.Due.String(), "status", "scheduled")
		switch {
		case !m.Accepted.IsZero():
			x.Set("status", ocds.Value("met"))
			x.Set("dateMet", ocds.Value(m.Reached.Time.String()))
		case c.Milestone(m.ID) == nil: // a modification dropped it
			x.Set("status", ocds.Value("notMet"))
		}
		milestones = append(milestones, x)
	}
	for _, f := range c.refused {
		failures = append(failures, ocds.Object("id", f.ID.String(), "category", "refused milestone "+f.milestone, "period", ocds.Object("startDate", f.Time.String())))
	}
	setList(n, "transactions", transactions)
	setList(n, "milestones", milestones)
	setList(n, "performanceFailures", failures)
	w.documents(n, "implementation/"+c.ID.String())
	return n
}
