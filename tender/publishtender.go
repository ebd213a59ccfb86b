package tender

import (
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/compliance"
	"publica/ocds"
)

// decimal writes an amount of minor units in units of its currency.
func decimal(m Money) string {
	digits, text := compliance.MinorDigits(m.Currency), strconv.FormatInt(m.Amount, 10)
	if digits == 0 {
		return text
	}
	if short := digits + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

func value(m Money) *ocds.Node {
	return ocds.Object("amount", ocds.Number(decimal(m)), "currency", m.Currency)
}

func period(from, to publica.Time) *ocds.Node {
	return ocds.Object("startDate", from.String(), "endDate", to.String())
}

func (w *writer) planning() *ocds.Node {
	p, n := w.Plan(), ocds.Object()
	if p == nil {
		return n
	}
	setText(n, "rationale", w.text(p.ID, "text"))
	switch {
	case p.Budget != nil:
		n.Set("budget", ocds.Object("amount", value(*p.Budget)))
	case slices.ContainsFunc(w.Plans, func(x *Plan) bool { return x.Budget != nil }):
		// The schema allows no null for what has others in it.
		n.Set("budget", ocds.Object("amount", ocds.Object("amount", nil, "currency", nil)))
	}
	w.documents(n, inPlanning)
	return n
}

var statuses = map[Stage]string{Cancelled: "cancelled", Unsuccessful: "unsuccessful",
	Contracting: "complete", Implementation: "complete", Completed: "complete"}

func (w *writer) status() string {
	if s := statuses[w.Stage]; s != "" {
		return s
	}
	return "active"
}

// ended is what is told of a tender that ended before it invited anyone.
func (w *writer) ended() *ocds.Node {
	n := ocds.Object("id", w.Docket.String())
	setText(n, "title", w.text(w.Began.ID, "title"))
	n.Set("status", ocds.Value(w.status()))
	return n
}

func (w *writer) tender() *ocds.Node {
	t, n := w.Terms(), w.ended()
	for _, v := range w.Versions { // an amendment need not have a text: then the one before stands
		setText(n, "description", w.text(v.ID, "text"))
	}
	n.Set("procuringEntity", w.body(w.Buyer, "procuringEntity"))
	n.Set("procurementMethod", ocds.Value("open"))
	n.Set("procurementMethodDetails", ocds.Value(t.Profile))
	if t.Practice() {
		n.Set("procurementMethodRationale", ocds.Value("Held for practice: no law's periods apply to it."))
	}
	if p := w.Plan(); p != nil {
		n.Set("mainProcurementCategory", ocds.Value(p.Category))
	}
	n.Set("awardCriteria", ocds.Value("priceOnly"))
	if len(t.Scored()) > 0 {
		n.Set("awardCriteria", ocds.Value("ratedCriteria"))
	}
	n.Set("submissionMethod", ocds.Value([]string{"electronicSubmission"}))
	n.Set("submissionTerms", ocds.Object("electronicSubmissionPolicy", "required", "multipleBidsAllowed", false))
	w.periods(n)
	w.lots(n)
	w.criteria(n)
	w.enquiries(n)
	w.amendments(n)
	w.tenderers(n)
	w.documents(n, inTender)
	return n
}

// periods writes when questions and bids are taken, from the clocks.
func (w *writer) periods(n *ocds.Node) {
	from := w.Ceremony().Published.Time
	if due := w.deadline(); due > from {
		n.Set("tenderPeriod", period(from, due))
		opens := due
		if len(w.Openings) > 0 {
			opens = w.Openings[0].Time
		}
		n.Set("bidOpening", ocds.Object("date", opens.String(), "description", "by the trustees' shares, on the register"))
	}
	n.Set("enquiryPeriod", period(from, max(from, w.Terms().Enquiries))) // an amendment may end it at once
}

// deadline is when bids are due as the clock stands, or when it ran out.
func (w *writer) deadline() (due publica.Time) {
	due = w.Terms().Deadline
	for _, c := range w.Clocks {
		if c.Name == DeadlineClock && (c.Runs() || !c.Ran.IsZero()) {
			due = c.Ends
		}
	}
	return due
}

// lotID is how a lot is called where the tender has none.
func lotID(name string) string {
	if name == "" {
		return "all"
	}
	return name
}

func (w *writer) lots(n *ocds.Node) {
	var all []*ocds.Node
	for _, l := range w.Lots {
		lot := ocds.Object("id", lotID(l.Name), "status", w.lotStatus(l), "awardCriteria", w.awardCriteria())
		all = append(all, lot)
	}
	setList(n, "lots", all)
}

func (w *writer) lotStatus(l *Lot) string {
	s := w.status()
	decided := w.Stage != Draft && w.Stage != InCeremony && w.Stage != Bidding && w.Stage != Closed && s != "cancelled"
	switch {
	case decided && (len(w.Live(l.Name)) == 0 || !l.GivenUp.IsZero()):
		return "unsuccessful"
	case l.Award != nil && s == "active":
		return "complete"
	}
	return s
}

// awardCriteria writes the criteria with their weights.
func (w *writer) awardCriteria() *ocds.Node {
	var all []*ocds.Node
	for _, c := range w.Terms().Criteria {
		kind := "quality"
		if c.Method == Price {
			kind = "price"
		}
		number := ocds.Object("number", int(c.Weight), "weight", "percentageExact")
		all = append(all, ocds.Object("type", kind, "name", c.ID, "numbers", ocds.List(number)))
	}
	n := ocds.Object()
	setList(n, "criteria", all)
	return n
}

// criteria writes the pinned rules: what they require of a bid, and of who bids.
func (w *writer) criteria(n *ocds.Node) {
	n.Set("selectionCriteria", ocds.Object("description", "Compliance rules with the SHA-256 "+w.Terms().Rules.String()))
	if w.set == nil {
		return
	}
	requirements := ocds.List(ocds.Object("id", OpensRule, "title", "The bid opens and has the form of an offer", "dataType", "boolean", "expectedValue", true))
	at := map[string]*ocds.Node{}
	for _, v := range w.Versions {
		set, err := w.ruleSet(w.content, v.Terms.Rules)
		if err != nil {
			continue // not at hand: what it required is not known
		}
		for _, r := range set.Definition().Rules {
			n := at[r.ID]
			if n == nil {
				n = ocds.Object("id", r.ID)
				at[r.ID] = n
				requirements.Items = append(requirements.Items, n)
			}
			n.Set("title", ocds.Value(r.Title))
			n.Set("dataType", ocds.Value("boolean"))
			n.Set("expectedValue", ocds.Value(true))
		}
	}
	for id, n := range at {
		if !w.rule(id) {
			n.Set("description", ocds.Value("Required no more: an amendment dropped it."))
		}
	}
	group := ocds.Object("id", "rules", "requirements", requirements)
	n.Set("criteria", ocds.List(ocds.Object("id", "compliance", "title", "Compliance", "requirementGroups", ocds.List(group))))
}

func (w *writer) enquiries(n *ocds.Node) {
	var all []*ocds.Node
	for _, q := range w.Questions {
		x := ocds.Object("id", q.ID.String(), "date", q.Time.String())
		setText(x, "description", w.text(q.ID, "text"))
		if len(q.Answers) > 0 {
			last := q.Answers[len(q.Answers)-1]
			setText(x, "answer", w.text(last.ID, "text"))
			x.Set("dateAnswered", ocds.Value(last.Time.String()))
		}
		all = append(all, x)
	}
	n.Set("hasEnquiries", ocds.Value(len(all) > 0))
	setList(n, "enquiries", all)
}

func (w *writer) amendments(n *ocds.Node) {
	var all []*ocds.Node
	for _, v := range w.Versions[1:] {
		x := ocds.Object("id", v.ID.String(), "date", v.Time.String(), "releaseID", v.ID.String())
		setText(x, "rationale", w.text(v.ID, "reason"))
		all = append(all, x)
	}
	setList(n, "amendments", all)
}

// tenderers writes who bid, once it is known.
func (w *writer) tenderers(n *ocds.Node) {
	if w.Terms().Mode == Confidential || w.openedAt().IsZero() {
		return
	}
	var all []*ocds.Node
	seen := map[string]bool{}
	for _, b := range w.open {
		if k := w.bidder(b.Bid, "tenderer"); !seen[k.Get("id").Str()] {
			seen[k.Get("id").Str()] = true
			all = append(all, k)
		}
	}
	n.Set("numberOfTenderers", ocds.Value(len(all)))
	setList(n, "tenderers", all)
}
