package procurementview

import (
	"cmp"
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// memoForm asks for the order of a lot's bids, as the published formula has it
// unless the buyer says why not.
func (d *tenderDesk) memoForm(l *web.Locale) {
	lots := d.T.memoable()
	if d.T.confidential() {
		d.sealedOnly(l, l.T("The memo of this tender is a letter that the evaluators alone can read, and this browser cannot write one. The program writes the memo from the records, seals it to the evaluators and sends it:"),
			"publica tender memo "+d.T.Docket.String()+" --opened board --send --for "+d.T.Buyer.String()+" --key office.key")
		return
	}
	lot := d.lotOf(lots)
	if len(lots) > 1 {
		d.About = web.Alert{Kind: "info", Text: l.T("This is the memo of {lot}. Each lot has its own.", "lot", lotWords(l, lot))}
		for _, other := range lots {
			d.Lots.Items = append(d.Lots.Items, web.SubNavItem{Link: web.Link{Text: lotWords(l, other), Href: d.Base + "/tender?do=memo&lot=" + other}, Current: other == lot})
		}
		d.Lots.Label = l.T("Lots")
	}
	d.Form.Add(web.FormField{Name: "lot", Kind: "hidden"}, lot)
	order, words := d.formula(l, lot)
	d.Form.AddRows(web.FormField{Name: "order", Label: l.T("The order of the bids, the best first"), Hint: words}, len(order), func(i int) web.FormRow {
		b := order[i]
		return web.FormRow{Legend: d.T.bidTitle(l, b.bid), Fields: []web.FormField{
			{Name: "of", Kind: "hidden", Value: b.bid.ID.String()},
			{Name: "place", Kind: "text", Label: l.T("Place"), Hint: b.words, Value: strconv.Itoa(i + 1)}}}
	})
	d.write("why", l.T("Reason, if the order is not that of the formula, or the first are tied"), l.T("It becomes part of the memo, which is written from the records and shown to you before you sign."))
}

// lotOf is the lot that is asked for, or else the first.
func (d *tenderDesk) lotOf(lots []string) string {
	want := d.asks("lot")
	if d.Form.WasSent() {
		want = d.Form.Sent("lot")
	}
	if slices.Contains(lots, want) {
		return want
	}
	return lots[0]
}

// A placed is a bid with what the formula says of it.
type placed struct {
	bid   *tender.Bid
	words string
}

// formula returns the bids of a lot that are not rejected in the order of the
// published formula, and says where it came from.
func (d *tenderDesk) formula(l *web.Locale, lot string) (all []placed, words string) {
	words = l.T("As the published formula has it. Whoever reads the memo sees where you changed it.")
	place := map[string]int{}
	said := map[string]string{}
	open, err := d.T.bids()
	if err == nil {
		record, problem := d.T.Evaluation(lot, open)
		if err = problem; err == nil {
			for i, r := range record.Rank().Ranks {
				place[r.Bid] = i + 1
				said[r.Bid] = l.T("Price {price}", "price", moneyWords(l, &tender.Money{Amount: r.Price, Currency: d.T.Terms().Currency}))
				if r.Total > 0 {
					said[r.Bid] += ", " + l.T("{n} points", "n", l.Fixed(r.Total, 2))
				}
				if r.Rank == 0 {
					said[r.Bid] += ", " + l.T("takes no part")
				}
			}
		}
	}
	if err != nil {
		words = l.T("The formula cannot be computed: {problem}", "problem", err.Error())
	}
	for _, b := range d.T.Live(lot) {
		all = append(all, placed{b, said[b.ID.String()]})
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Compare(orLast(place[a.bid.ID.String()]), orLast(place[b.bid.ID.String()]))
	})
	return all, words
}

func orLast(place int) int {
	if place == 0 {
		return 1 << 20
	}
	return place
}

// ranking reads the order of the bids.
func (d *tenderDesk) ranking(l *web.Locale) (all []publica.EntryID) {
	f := &d.Form
	at := map[int64]publica.EntryID{}
	for i := range f.Field("order").Rows {
		id, err := publica.ParseEntryID(f.Cell("order", "of", i))
		if err != nil || d.T.Process.Bid(id) == nil {
			f.Refuse("order", l.T("The bids have changed: load the page again."))
			return nil
		}
		n, wrong := web.ReadNumber(l, f.Cell("order", "place", i), 0)
		if _, taken := at[n]; wrong != "" || taken || n < 1 || n > int64(len(f.Field("order").Rows)) {
			f.RefuseCell("order", "place", i, l.T("Each place from 1 to {n} stands once.", "n", len(f.Field("order").Rows)))
			continue
		}
		at[n] = id
	}
	for n := int64(1); n <= int64(len(at)); n++ {
		all = append(all, at[n])
	}
	return all
}

func (d *tenderDesk) memo(l *web.Locale) *web.Act {
	f := &d.Form
	ranking, lot := d.ranking(l), d.lotOf(d.T.memoable())
	if f.Wrong() > 0 {
		return &web.Act{}
	}
	open, err := d.T.bids()
	if err != nil {
		f.Refuse("order", err.Error())
		return &web.Act{}
	}
	draft, err := d.T.DraftMemo(lot, open, d.T.content, tender.Proposal{Ranking: ranking, Reason: f.Get("why")})
	if err != nil {
		f.Refuse("order", err.Error())
		return &web.Act{}
	}
	if len(draft.Blanks) > 0 {
		f.Refuse("why", l.T("Say why: the order is not that of the formula, or the first bids are tied."))
	}
	says := web.Facts{}
	if lot != "" {
		says = append(says, web.Fact{Name: l.T("Lots"), Value: lot})
	}
	for i, id := range draft.Body.Ranking {
		says = append(says, web.Fact{Name: l.T("Place {n}", "n", i+1), Value: d.T.bidderOf(l, id)})
	}
	return &web.Act{Kind: "procurement/memo", Body: draft.Body, Says: append(says, web.Fact{Name: l.T("Rests on"), Value: l.N(len(draft.Body.Cites), "{n} record", "{n} records")}),
		Parts: []web.ActPart{web.Part("text", "text/markdown", draft.Text, l.T("Memo"))}}
}

// intended are the lots that an intent has to name: those with bids.
func (t *told) intended() (all []*tender.Lot) {
	for _, lot := range t.Process.Lots {
		if len(t.Live(lot.Name)) > 0 {
			all = append(all, lot)
		}
	}
	return all
}

// priceOf is the price of a bid as its offer says it, 0 if nobody can read it.
func (t *tenderView) priceOf(id publica.EntryID) int64 {
	open, err := t.bids()
	if err != nil {
		return 0 // the page of bids says what is wrong
	}
	for _, b := range open {
		if b.ID == id && b.Offer != nil && b.Offer.Price != nil {
			return b.Offer.Price.Amount
		}
	}
	return 0
}

func (d *tenderDesk) intentForm(l *web.Locale) {
	lots, currency := d.T.intended(), d.T.Terms().Currency
	d.About = web.Alert{Kind: "info", Text: l.T("The standstill begins, and the time to protest. What is awarded later is what you say now.")}
	if d.T.policy().StandstillDays == 0 {
		d.About.Text = l.T("The time to protest begins. What is awarded later is what you say now.")
	}
	d.Form.AddRows(web.FormField{Name: "awards", Label: l.T("To whom is it to go?")}, len(lots), func(i int) web.FormRow {
		lot := lots[i]
		row := web.FormRow{Legend: cmp.Or(lotWords(l, lot.Name), l.T("The tender"))}
		first, price := "", ""
		if lot.Memo != nil && len(lot.Memo.Ranking) > 0 {
			first = lot.Memo.Ranking[0].String()
			if v := d.T.priceOf(lot.Memo.Ranking[0]); v > 0 {
				price = moneyText(v, currency)
			}
		}
		row.Fields = []web.FormField{
			{Name: "bid", Kind: "select", Label: l.T("Bid"), Options: append([]web.Choice{web.Option("", l.T("Choose"))}, d.bidChoices(l, d.T.Live(lot.Name))...), Value: first},
			{Name: "value", Kind: "text", Label: l.T("Value, in {currency}", "currency", currency), Hint: l.T("As a number, for example 12500.00."), Value: price}}
		return row
	})
	d.write("reason", l.T("Reason"), l.T("Needed where the bid is not the first of the memo."))
	d.addCites(l, d.memos()...)
}

// memos are the memos that count.
func (d *tenderDesk) memos() (all []publica.EntryID) {
	for _, lot := range d.T.Process.Lots {
		if lot.Memo != nil {
			all = append(all, lot.Memo.ID)
		}
	}
	return all
}

func (d *tenderDesk) intent(l *web.Locale) *web.Act {
	f := &d.Form
	b := procurement.Intent{Cites: d.cites(l, d.memos()...)}
	says := web.Facts{}
	for i, lot := range d.T.intended() {
		a := procurement.IntendedAward{Lot: lot.Name, Value: procurement.Money{Currency: d.T.Terms().Currency}}
		id, err := publica.ParseEntryID(f.Cell("awards", "bid", i))
		if bid := d.T.Process.Bid(id); err != nil || bid == nil || bid.Lot != lot.Name {
			f.RefuseCell("awards", "bid", i, l.T("This is missing."))
		}
		a.Bid = id
		v, wrong := web.ReadNumber(l, f.Cell("awards", "value", i), minorDigits(a.Value.Currency))
		if a.Value.Amount = v; wrong != "" || v < 1 || v > maxAmount {
			f.RefuseCell("awards", "value", i, l.T("This is no amount that the register takes."))
		}
		if lot.Memo != nil && len(lot.Memo.Ranking) > 0 && lot.Memo.Ranking[0] != a.Bid && f.Get("reason") == "" {
			f.Refuse("reason", l.T("The bid is not the first of the memo: say why."))
		}
		b.Awards = append(b.Awards, a)
		says = append(says, web.Fact{Name: cmp.Or(lotWords(l, lot.Name), l.T("To whom is it to go?")), Value: d.T.bidderOf(l, a.Bid) + ", " + moneyWords(l, shown(a.Value))})
	}
	act := &web.Act{Kind: "procurement/intent", Body: b, Says: append(says, web.Fact{Name: l.T("Rests on"), Value: d.citesWords()})}
	if text := f.Get("reason"); text != "" {
		act.Parts = []web.ActPart{web.Part("reason", "text/markdown", text, l.T("Reason"))}
	}
	return act
}

// awardable are the lots that are intended for a bid and not awarded.
func (t *told) awardable() (all []*tender.Lot) {
	for _, lot := range t.Process.Lots {
		if lot.Intent != nil && lot.Award == nil {
			all = append(all, lot)
		}
	}
	return all
}

// awardTo is what an intent says of a lot.
func awardTo(lot *tender.Lot) (a tender.IntendedAward) {
	for _, x := range lot.Intent.Awards {
		if x.Lot == lot.Name {
			a = x
		}
	}
	return a
}

func (d *tenderDesk) awardForm(l *web.Locale) {
	d.About = web.Alert{Kind: "info", Text: l.T("A person awards, and signs the reason. What is awarded is what the intent says: for anything else, an intent must be made anew.")}
	var all []web.Choice
	var first []publica.EntryID
	for _, lot := range d.T.awardable() {
		a := awardTo(lot)
		all = append(all, web.Option(a.Bid.String(), d.T.bidTitle(l, d.T.Process.Bid(a.Bid))+", "+moneyWords(l, &a.Value)))
		first = append(first, lot.Intent.ID)
	}
	d.pick(l, "bid", l.T("Which award?"), "", all, "")
	d.write("reason", l.T("Reason"), l.T("Why this bid, in your own words. It is public, with your signature."))
	d.addCites(l, append(first, d.memos()...)...)
}

func (d *tenderDesk) award(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "reason")
	b := procurement.Award{Bid: d.pickedEntry(l, "bid")}
	for _, lot := range d.T.awardable() {
		if a := awardTo(lot); a.Bid == b.Bid {
			b.Cites = d.cites(l, lot.Memo.ID)
			b.Lot, b.Value = lot.Name, procurement.Money{Amount: a.Value.Amount, Currency: a.Value.Currency}
		}
	}
	return &web.Act{Kind: "procurement/award", Body: b, Says: web.Facts{{Name: l.T("Award"), Value: f.Chosen("bid")}, {Name: l.T("Rests on"), Value: d.citesWords()}},
		Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}

func (d *tenderDesk) debriefForm(l *web.Locale) {
	if d.T.confidential() {
		d.sealedOnly(l, l.T("The debrief of this tender is a letter that its bidder alone can read, and this browser cannot write one. The program seals it and sends it:"),
			"publica tender debrief "+d.T.Docket.String()+" BID --part text=debrief.md --opened board/opening.json --for "+d.T.Buyer.String()+" --key office.key")
		return
	}
	d.pick(l, "bid", l.T("Which bidder?"), l.T("Each is told once. Everyone can read it."), d.bidChoices(l, d.T.undebriefed()), d.asks("bid"))
	d.write("text", l.T("Why did it not win?"), l.T("Its strengths and weaknesses, its scores and price beside those of the winner."))
}

func (d *tenderDesk) debrief(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text")
	b := procurement.Debrief{Bid: d.pickedEntry(l, "bid")}
	return &web.Act{Kind: "procurement/debrief", Body: b, Says: web.Facts{{Name: l.T("Bidder"), Value: f.Chosen("bid")}}, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Debrief"))}}
}
