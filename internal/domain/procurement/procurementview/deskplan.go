package procurementview

import (
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender/currency"
)

func (d *tenderDesk) planForm(l *web.Locale) {
	var category, amount, text string
	currency := "USD"
	if plan := d.T.Plan(); plan != nil {
		category, text = plan.Category, d.T.text(plan.ID, "text")
		if plan.Budget != nil {
			amount, currency = moneyText(plan.Budget.Amount, plan.Budget.Currency), plan.Budget.Currency
		}
		d.About = web.Alert{Kind: "info", Text: l.T("A plan is on record. Another one takes its place; the first stays readable.")}
	}
	d.pick(l, "category", l.T("What is bought?"), "", codes(l, categoryWords, procurement.Goods, procurement.Works, procurement.Services), category)
	d.Form.Add(web.FormField{Name: "budget", Kind: "text", Label: l.T("Budget (optional)"), Hint: l.T("As a number, for example 12500.00. Everyone can read it.")}, amount)
	d.Form.Add(web.FormField{Name: "currency", Kind: "text", Label: l.T("Currency"), Hint: l.T("Three capital letters of ISO 4217, for example USD.")}, currency)
	d.Form.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("What is to be bought, and why?"), Hint: l.T("Markdown. Everyone can read it at once.")}, text)
}

func (d *tenderDesk) plan(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text")
	b := procurement.Plan{Category: procurement.Category(d.picked(l, "category"))}
	says := web.Facts{{Name: l.T("What is bought?"), Value: f.Chosen("category")}}
	if f.Get("budget") != "" {
		if !currency.Known(f.Get("currency")) {
			f.Refuse("currency", l.T("This is no currency: three capital letters."))
		}
		m := d.money(l, "budget", f.Get("currency"))
		b.Budget = &m
		says = append(says, web.Fact{Name: l.T("Budget"), Value: moneyWords(l, shown(m))})
	}
	return &web.Act{Kind: "procurement/plan", Body: b, Says: says, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Plan"))}}
}
