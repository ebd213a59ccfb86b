package tender

import (
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
	n.Set("standstill", w.standstill(x))
	w.documents(n, "intent/"+x.ID.String(), "award/"+awardID(x.ID, a.Lot))
	return n
}

// made is the award that an intent led to, nil if there is none.
func (w *writer) made(x *Intent, lot string) *Award {
	var next publica.Time // when another intent took its place
	for _, o := range w.Intents {
		if o.Time > x.Time && (next == 0 || o.Time < next) {
			next = o.Time
		}
	}
	for _, a := range w.Awards {
		if a.Lot == lot && a.Time >= x.Time && (next == 0 || a.Time < next) {
			return a
		}
	}
	return nil
}

func (w *writer) standstill(x *Intent) *ocds.Node {
	for _, c := range w.Clocks {
		if c.Name != StandstillClock || c.Record != x.ID {
			continue
		}
		n := ocds.Object("status", "running", "period", period(c.Started, c.Ends))
		if !c.Ran.IsZero() {
			n.Set("status", ocds.Value("ended"))
			n.Set("dateEnded", ocds.Value(c.Ran.Time.String()))
		} else if !c.Stopped.IsZero() {
			n.Set("status", ocds.Value("suspended"))
		}
		return n
	}
	return ocds.Object("status", "waived", "rationale", "The profile "+w.Terms().Profile+" has none.")
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
func (w *writer) awardOf(c *Contract) string {
	for _, x := range w.Intents {
		for i := range x.Awards {
			if a := w.made(x, x.Awards[i].Lot); a != nil && a.ID == c.Award {
				return awardID(x.ID, a.Lot)
			}
		}
	}
	return c.Award.String()
}

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
		payee := w.refer(c.Supplier.String(), "bidder "+c.Supplier.String()[:16], "payee")
		if l := w.Lot(c.Lot); l != nil && l.Award != nil {
			payee = w.bidder(w.Bid(l.Award.Bid), "payee")
		}
		transactions = append(transactions, ocds.Object("id", x.ID.String(), "date", x.Paid.String(), "value", value(x.Amount),
			"payer", w.body(w.Buyer, "payer"), "payee", payee, "relatedImplementationMilestone", ocds.Object("id", x.Milestone)))
		if w.Base != "" {
			transactions[len(transactions)-1].Set("uri", ocds.Value(w.entry(x.ID)))
		}
	}
	for _, m := range c.Milestones {
		x := ocds.Object("id", m.ID, "title", m.ID, "type", "delivery", "dueDate", m.Due.String(), "status", "scheduled")
		if !m.Accepted.IsZero() {
			x.Set("status", ocds.Value("met"))
			x.Set("dateMet", ocds.Value(m.Reached.Time.String()))
		}
		milestones = append(milestones, x)
		for _, f := range m.Refused {
			failures = append(failures, ocds.Object("id", f.ID.String(), "category", "refused milestone "+m.ID, "period", ocds.Object("startDate", f.Time.String())))
		}
	}
	setList(n, "transactions", transactions)
	setList(n, "milestones", milestones)
	setList(n, "performanceFailures", failures)
	w.documents(n, "implementation/"+c.ID.String())
	return n
}
