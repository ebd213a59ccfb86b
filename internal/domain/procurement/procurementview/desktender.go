package procurementview

import (
	"net/http"
	"net/url"
	"slices"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// tenderDesk is desktender.html: what the buyer may do about a tender now.
type tenderDesk struct {
	deskFrame
	Acts    web.SubNav
	About   web.Alert  // what to know before the chosen act, if anything
	Command string     // by which alone it can be done, "" if it can be done here
	Lots    web.SubNav // to choose from, if the act is about one
	Judged  []judged   // bids with what the rules say of them
	Nothing web.Empty
	Asked   string // the act that is asked for and cannot be done
	asked   url.Values
	keys    []holder // who may be trustee or evaluator, to publish

	moreKeys bool // there are others
}

// A deskAct is one thing that the buyer may do about a tender.
type deskAct struct {
	do    string
	text  func(*web.Locale) string
	may   func(*tenderDesk) bool
	shape func(*tenderDesk, *web.Locale)
	read  func(*tenderDesk, *web.Locale) *web.Act
}

// in is for acts that wait for a stage alone.
func in(stages ...tender.Stage) func(*tenderDesk) bool {
	return func(d *tenderDesk) bool { return slices.Contains(stages, d.T.Stage) }
}

// deskActs are the acts of the buyer, in the order of a tender's life.
func deskActs() []deskAct {
	return []deskAct{
		{"plan", func(l *web.Locale) string { return l.T("Plan") }, in(tender.Draft), (*tenderDesk).planForm, (*tenderDesk).plan},
		{"publish", func(l *web.Locale) string { return l.T("Publish") }, func(d *tenderDesk) bool { return d.T.Stage == tender.Draft && d.T.Plan() != nil }, (*tenderDesk).publishForm, (*tenderDesk).publish},
		{"answer", func(l *web.Locale) string { return l.T("Answer questions") }, func(d *tenderDesk) bool { return d.T.Stage == tender.Bidding && len(d.T.Questions) > 0 }, (*tenderDesk).answerForm, (*tenderDesk).answer},
		{"amend", func(l *web.Locale) string { return l.T("Amend") }, in(tender.Bidding), (*tenderDesk).amendForm, (*tenderDesk).amend},
		{"result", func(l *web.Locale) string { return l.T("Record results") }, func(d *tenderDesk) bool { return len(d.T.unjudged()) > 0 && d.judging() }, (*tenderDesk).resultForm, (*tenderDesk).result},
		{"cure", func(l *web.Locale) string { return l.T("Ask for a cure") }, func(d *tenderDesk) bool { return len(d.T.curable()) > 0 && d.judging() }, (*tenderDesk).cureForm, (*tenderDesk).cure},
		{"memo", func(l *web.Locale) string { return l.T("Memo") }, func(d *tenderDesk) bool { return in(tender.Evaluating, tender.Intended)(d) && len(d.T.memoable()) > 0 }, (*tenderDesk).memoForm, (*tenderDesk).memo},
		{"intent", func(l *web.Locale) string { return l.T("Intent to award") }, in(tender.Intended), (*tenderDesk).intentForm, (*tenderDesk).intent},
		{"award", func(l *web.Locale) string { return l.T("Award") }, func(d *tenderDesk) bool { return d.T.Stage == tender.Awarding && len(d.T.openProtests()) == 0 }, (*tenderDesk).awardForm, (*tenderDesk).award},
		{"contract", func(l *web.Locale) string { return l.T("Contract") }, (*tenderDesk).mayContract, (*tenderDesk).contractForm, (*tenderDesk).contract},
		{"accept", func(l *web.Locale) string { return l.T("Accept or refuse") }, func(d *tenderDesk) bool { return len(d.T.lines(toAccept)) > 0 }, (*tenderDesk).acceptForm, (*tenderDesk).accept},
		{"payment", func(l *web.Locale) string { return l.T("Payment") }, func(d *tenderDesk) bool { return len(d.T.lines(toPay)) > 0 }, (*tenderDesk).paymentForm, (*tenderDesk).payment},
		{"milestone", func(l *web.Locale) string { return l.T("Milestone reached") }, func(d *tenderDesk) bool { return len(d.T.lines(toReach)) > 0 }, (*tenderDesk).milestoneForm, (*tenderDesk).milestone},
		{"modify", func(l *web.Locale) string { return l.T("Modify a contract") }, func(d *tenderDesk) bool { return len(d.T.running()) > 0 }, (*tenderDesk).modifyForm, (*tenderDesk).modify},
		{"terminate", func(l *web.Locale) string { return l.T("End a contract") }, func(d *tenderDesk) bool { return len(d.T.running()) > 0 }, (*tenderDesk).terminateForm, (*tenderDesk).terminate},
		{"debrief", func(l *web.Locale) string { return l.T("Debrief") }, func(d *tenderDesk) bool { return len(d.T.undebriefed()) > 0 }, (*tenderDesk).debriefForm, (*tenderDesk).debrief},
		{"protest", func(l *web.Locale) string { return l.T("Answer a protest") }, func(d *tenderDesk) bool { return len(d.T.openProtests()) > 0 }, (*tenderDesk).stepForm, (*tenderDesk).step},
		{"reject", func(l *web.Locale) string { return l.T("Reject a bid") }, func(d *tenderDesk) bool { return len(d.T.rejectable()) > 0 }, (*tenderDesk).rejectForm, (*tenderDesk).reject},
		{"cancel", func(l *web.Locale) string { return l.T("Cancel the tender") }, (*tenderDesk).mayCancel, (*tenderDesk).cancelForm, (*tenderDesk).cancel},
	}
}

// judging reports whether bids are held against the rules now.
func (d *tenderDesk) judging() bool {
	return slices.Contains([]tender.Stage{tender.Opened, tender.Compliance, tender.Curing}, d.T.Stage)
}

func (p *pages) deskTender(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	f, err := p.deskAt(r, l.T("The buyer’s desk"), func(x *part) bool { return x.buys })
	if err != nil {
		return nil, err
	}
	page := &tenderDesk{deskFrame: f, asked: r.URL.Query()}
	page.Script = []string{"act.js"}
	if page.asked.Get("do") == "" {
		page.asked = page.due()
	}
	do, sent := page.asked.Get("do"), len(r.PostForm) > 0
	if sent {
		do = r.PostForm.Get("do")
		page.Form.Took(r.PostForm)
	}
	chosen := page.choose(l, do)
	switch {
	case chosen == nil && sent:
		page.late(l, do)
		return page, nil
	case chosen == nil && do != "":
		page.About, page.Asked = web.Alert{Kind: "info", Title: l.T("“{what}” cannot be done now", "what", actWords(l, do)), Text: l.T("The tender is at the stage “{stage}”.", "stage", stageWords(l, page.T.Stage))}, do
		return page, nil
	case chosen == nil:
		page.Nothing = web.Empty{Title: l.T("Nothing to do here now"), Text: l.T("The tender waits for others, or is over."), Next: web.Link{Text: l.T("The tender as the public sees it"), Href: page.T.Base() + "/tender"}}
		return page, nil
	}
	if chosen.do == "publish" {
		if err := page.loadKeys(r.Context(), p, r.PostForm); err != nil {
			return nil, err
		}
	}
	chosen.shape(page, l)
	page.Form.Do = chosen.do
	if r.PostForm.Get("act") != "check" || page.Command != "" {
		return page, nil
	}
	a := chosen.read(page, l)
	a.For, a.Next = page.T.Buyer, page.Base+"/tender"
	if do != "result" { // what the rules give is all there is to it
		a.Files = web.MostFiles
	}
	return page, page.ready(r, a)
}

// due is what the address of the act asks that waits for the buyer first, nothing if
// none does.
func (d *tenderDesk) due() url.Values {
	for _, w := range d.Waits {
		if at, err := url.Parse(w.Href); err == nil && at.Query().Has("do") {
			return at.Query()
		}
	}
	return nil
}

// choose offers the acts that are possible now, and returns the one that is asked
// for, the first if none is; nil if it is not possible.
func (d *tenderDesk) choose(l *web.Locale, do string) *deskAct {
	d.Acts = web.SubNav{Label: l.T("What do you want to do?")}
	var chosen *deskAct
	all := slices.DeleteFunc(deskActs(), func(a deskAct) bool { return !a.may(d) })
	for i := range all {
		if chosen == nil && do == "" || all[i].do == do {
			chosen = &all[i]
		}
	}
	for i := range all {
		d.Acts.Items = append(d.Acts.Items, web.SubNavItem{Link: web.Link{Text: all[i].text(l), Href: d.Base + "/tender?do=" + all[i].do}, Current: &all[i] == chosen})
	}
	return chosen
}

// actWords names an act of the buyer.
func actWords(l *web.Locale, do string) string {
	for _, a := range deskActs() {
		if a.do == do {
			return a.text(l)
		}
	}
	return web.Excerpt(do, 40)
}

// late says that an act that was sent can no longer be done.
func (d *tenderDesk) late(l *web.Locale, do string) {
	why := l.T("Meanwhile the tender has come to another stage, “{stage}”.", "stage", stageWords(l, d.T.Stage))
	if (do == "award" || do == "contract") && len(d.T.openProtests()) > 0 {
		why = l.T("A protest is open, and stays it until it is decided.")
	}
	d.gone(l, actWords(l, do), why)
}

// asks is what the address asks a field to hold first.
func (d *tenderDesk) asks(name string) string { return d.asked.Get(name) }

// pick adds a select whose first option chooses nothing, unless there is only one
// to choose.
func (d *deskFrame) pick(l *web.Locale, name, label, hint string, all []web.Choice, value string) {
	if len(all) == 1 && value == "" {
		value = all[0].Value
	}
	d.Form.Add(web.FormField{Name: name, Kind: "select", Label: label, Hint: hint, Options: append([]web.Choice{web.Option("", l.T("Choose"))}, all...)}, value)
}

// picked returns what a select holds if it is one of its options, and otherwise
// refuses it.
func (d *deskFrame) picked(l *web.Locale, name string) string {
	at := d.Form.Field(name)
	if at.Value == "" || !slices.ContainsFunc(at.Options, func(c web.Choice) bool { return c.Value == at.Value }) {
		d.Form.Refuse(name, l.T("This is missing."))
		return ""
	}
	return at.Value
}

// pickedEntry is picked for the id of a record.
func (d *deskFrame) pickedEntry(l *web.Locale, name string) (id publica.EntryID) {
	if text := d.picked(l, name); text != "" {
		var err error
		if id, err = publica.ParseEntryID(text); err != nil {
			d.Form.Refuse(name, l.T("This is missing."))
		}
	}
	return id
}

// write adds a field for a text that everyone will read.
func (d *deskFrame) write(name, label, hint string) {
	d.Form.Add(web.FormField{Name: name, Kind: "area", Label: label, Hint: hint}, "")
}

// bidChoices are bids to choose from, by their bidders.
func (d *tenderDesk) bidChoices(l *web.Locale, bids []*tender.Bid) (all []web.Choice) {
	for _, b := range bids {
		all = append(all, web.Option(b.ID.String(), d.T.bidTitle(l, b)))
	}
	return all
}

// bidTitle names a bid: its bidder, and its lot if there are lots.
func (t *tenderView) bidTitle(l *web.Locale, b *tender.Bid) string {
	if b.Lot == "" {
		return t.bidder(l, b)
	}
	return t.bidder(l, b) + " · " + lotWords(l, b.Lot)
}

// codes are the values of a code, to choose from.
func codes[T ~string](l *web.Locale, words func(*web.Locale, string) string, all ...T) (out []web.Choice) {
	for _, c := range all {
		out = append(out, web.Option(string(c), words(l, string(c))))
	}
	return out
}

// money reads a field's amount in a currency; at least one minor unit.
func (d *deskFrame) money(l *web.Locale, name, currency string) procurement.Money {
	v, ok := d.Form.Number(l, name, minorDigits(currency))
	if !ok {
		d.Form.Refuse(name, l.T("This is missing."))
	} else if v < 1 || v > maxAmount {
		d.Form.Refuse(name, l.T("This is no amount that the register takes."))
	}
	return procurement.Money{Amount: v, Currency: currency}
}

// maxAmount is the most that an amount may be, in minor units; by the rules.
const maxAmount = 1_000_000_000_000_000

// moneyText writes an amount as a form holds it.
func moneyText(amount int64, currency string) string {
	return web.FormDecimal(amount, minorDigits(currency))
}

// shown is an amount of the rules as the pages show it.
func shown(m procurement.Money) *tender.Money {
	return &tender.Money{Amount: m.Amount, Currency: m.Currency}
}
