package procurementview

import (
	"slices"
	"strconv"
	"strings"

	"publica/internal/domain/procurement"
	"publica/internal/web"
)

// moreRows is how many empty lines a list in a form ends with.
const moreRows = 3

// filled is how many lines of a list were sent with something in a column, at most
// so many.
func filled(f *web.Form, column string, most int) (n int) {
	for i := range most {
		if f.Sent(column+"-"+strconv.Itoa(i)) != "" {
			n = i + 1
		}
	}
	return n
}

// addCriteria adds lines for criteria, filled in with those that stand.
func (d *tenderDesk) addCriteria(l *web.Locale, stand []procurement.Criterion) {
	n := max(len(stand), filled(&d.Form, "criterion", procurement.MaxCriteria)) + moreRows
	d.Form.AddRows(web.FormField{Name: "criteria", Label: l.T("Criteria"), Hint: l.T("Weights add up to 100. Leave lines empty that you do not need.")}, min(n, procurement.MaxCriteria), func(i int) web.FormRow {
		return web.FormRow{Legend: l.T("Criterion {n}", "n", i+1), Fields: []web.FormField{
			{Name: "criterion", Kind: "text", Label: l.T("Short id"), Hint: l.T("For example quality or price."), Value: criterionText(stand, i, "criterion")},
			{Name: "method", Kind: "select", Label: l.T("How is it judged?"), Value: criterionText(stand, i, "method"), Options: []web.Choice{web.Option("", l.T("Choose")), web.Option("points", l.T("Scored by the evaluators")), web.Option("price", l.T("Computed from the price"))}},
			{Name: "weight", Kind: "text", Label: l.T("Weight in per cent"), Value: criterionText(stand, i, "weight")},
			{Name: "max", Kind: "text", Label: l.T("Most points"), Hint: l.T("Of a criterion that is scored: 1 to 1000."), Value: criterionText(stand, i, "max")},
			{Name: "least", Kind: "text", Label: l.T("Least mean of the points (optional)"), Hint: l.T("A bid below it is not acceptable."), Value: criterionText(stand, i, "least")},
		}}
	})
}

// criterionText is what stands in a column of a criterion.
func criterionText(stand []procurement.Criterion, i int, column string) string {
	if i >= len(stand) {
		return ""
	}
	c := stand[i]
	number := map[string]int64{"weight": c.Weight, "max": c.Max, "least": c.Least}[column]
	switch {
	case column == "criterion":
		return c.ID
	case column == "method":
		return string(c.Method)
	case number == 0:
		return ""
	}
	return strconv.FormatInt(number, 10)
}

// criteria reads the lines of criteria, and says at each what the rules would
// refuse.
func (d *tenderDesk) criteria(l *web.Locale) (all []procurement.Criterion) {
	f, sum := &d.Form, int64(0)
	for i := range f.Field("criteria").Rows {
		cell := func(column string) string { return f.Cell("criteria", column, i) }
		if cell("criterion") == "" && cell("method") == "" && cell("weight") == "" {
			continue
		}
		c := procurement.Criterion{ID: cell("criterion"), Method: procurement.Method(cell("method"))}
		c.Weight, c.Max, c.Least = d.whole(l, "weight", i), d.whole(l, "max", i), d.whole(l, "least", i)
		d.foreseeCriterion(l, i, &c, all)
		all, sum = append(all, c), sum+c.Weight
	}
	switch {
	case len(all) == 0:
		f.Refuse("criteria", l.T("Name one at least: the price, of weight 100."))
	case sum != 100:
		f.Refuse("criteria", l.T("The weights add up to {n}, not to 100.", "n", sum))
	}
	return all
}

// whole reads a whole number of a line of criteria.
func (d *tenderDesk) whole(l *web.Locale, column string, i int) int64 {
	text := d.Form.Cell("criteria", column, i)
	if text == "" {
		return 0
	}
	v, wrong := web.ReadNumber(l, text, 0)
	if wrong != "" {
		d.Form.RefuseCell("criteria", column, i, wrong)
	}
	return v
}

func (d *tenderDesk) foreseeCriterion(l *web.Locale, i int, c *procurement.Criterion, before []procurement.Criterion) {
	refuse := func(column, words string) { d.Form.RefuseCell("criteria", column, i, words) }
	if !idForm.MatchString(c.ID) || slices.ContainsFunc(before, func(o procurement.Criterion) bool { return o.ID == c.ID }) {
		refuse("criterion", l.T("This is no id, or stands twice: 1 to 32 of a-z, 0-9, dot, hyphen and underscore."))
	}
	switch {
	case c.Method != procurement.Points && c.Method != procurement.Price:
		refuse("method", l.T("This is missing."))
	case c.Method == procurement.Points && (c.Max < 1 || c.Max > 1000):
		refuse("max", l.T("What is scored has 1 to 1000 points."))
	case c.Method == procurement.Price && c.Max != 0:
		refuse("max", l.T("The price is computed: leave this empty."))
	case c.Least > c.Max:
		refuse("least", l.T("This is more than the most points."))
	case c.Weight < 0 || c.Weight > 100 || c.Weight == 0 && c.Least == 0:
		refuse("weight", l.T("This is not between 1 and 100."))
	}
}

// criteriaWords say what bids are judged by.
func criteriaWords(l *web.Locale, all []procurement.Criterion) string {
	var out []string
	for _, c := range all {
		text := l.T("{id}: {n} per cent, computed from the price", "id", c.ID, "n", c.Weight)
		if c.Method == procurement.Points {
			text = l.T("{id}: {n} per cent, up to {max} points", "id", c.ID, "n", c.Weight, "max", c.Max)
		}
		if c.Least > 0 {
			text += ", " + l.T("not below {n}", "n", c.Least)
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}
