package procurementview

import (
	"slices"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// A ceremonyPicture draws trustees by the steps they took: a row for each trustee,
// a column for each step. The table beside it says the same with the records.
type ceremonyPicture struct {
	ID     string
	Title  string
	Desc   string
	Heads  []pictureHead
	Rows   []pictureRow
	Height int
}

type pictureHead struct {
	X    int
	Text string
	Full string // said in the table: what the step is
}

type pictureRow struct {
	Y     int
	Label string
	Name  string
	Cells []pictureCell
}

// A pictureCell is what a trustee did in a step.
type pictureCell struct {
	X     int
	State string // done, part, missing, wait, spare
	Words string
	Marks []tender.Mark // the records
}

const (
	pictureTop  = 46
	pictureRowH = 40
	pictureLeft = 110
	pictureStep = 130
)

var ceremonySteps = []string{"announce", "commit", "deal", "complain", "open"}

// picture draws an attempt; last says whether it is the one that counts.
func (t *tenderView) picture(l *web.Locale, c *tender.Ceremony, last bool) *ceremonyPicture {
	terms := t.Terms()
	v := &ceremonyPicture{ID: "ceremony-" + l.Number(c.Attempt), Title: l.T("Who did what, attempt {n}", "n", c.Attempt),
		Desc:   l.T("A full dot: done. A ring with a dot: done for some keys. A thick ring: missed. A thin ring: not yet, or not needed."),
		Height: pictureTop + pictureRowH*len(terms.Trustees)}
	for i, step := range ceremonySteps {
		v.Heads = append(v.Heads, pictureHead{pictureLeft + pictureStep*i, stepName(l, step), stepMeans(l, step)})
	}
	for n := range terms.Trustees {
		row := pictureRow{Y: pictureTop + pictureRowH*n + pictureRowH/2 - 6, Label: l.T("No. {n}", "n", n+1), Name: t.trustee(l, n+1)}
		for i, step := range ceremonySteps {
			cell := t.cell(l, c, step, n, last)
			cell.X = pictureLeft + pictureStep*i
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// stepMeans says what a step of the ceremony is for.
func stepMeans(l *web.Locale, step string) string {
	switch step {
	case "announce":
		return l.T("Each gives an address for every other, to which secrets can be sent.")
	case "commit":
		return l.T("Each fixes its part of the key by a hash, before it sees anyone else’s.")
	case "deal":
		return l.T("Each shows the hash was true, and sends every other a share, encrypted.")
	case "complain":
		return l.T("Each looks at what it got, and says with evidence what is wrong, or that nothing is.")
	}
	return l.T("After the deadline, each publishes its share. Enough of them open everything.")
}

// cell says what a trustee, from 0, did in a step.
func (t *tenderView) cell(l *web.Locale, c *tender.Ceremony, step string, trustee int, last bool) pictureCell {
	var x pictureCell
	of := len(c.Keys)
	if step == "open" {
		x.Marks, of = t.openedBy(c, trustee+1)
	} else {
		for _, k := range c.Keys {
			if m := marks(k, step)[trustee]; !m.IsZero() {
				x.Marks = append(x.Marks, m)
			}
		}
	}
	over := last && t.Step != step && slices.Index(ceremonySteps, t.Step) > slices.Index(ceremonySteps, step) || !c.Published.IsZero() || c.Failed != nil && slices.Index(ceremonySteps, c.Failed.Step) >= slices.Index(ceremonySteps, step)
	switch done := len(x.Marks); {
	case done >= of && done > 0:
		x.State, x.Words = "done", l.T("done")
	case done > 0:
		x.State, x.Words = "part", l.T("{done} of {all}", "done", done, "all", of)
	case step == "open":
		x.State, x.Words = "wait", l.T("not opened")
	case over:
		x.State, x.Words = "missing", l.T("missed")
	default:
		x.State, x.Words = "wait", l.T("not yet")
	}
	return x
}

// openedBy are the records by which a trustee, from 1, opened, and of how many
// envelopes that count.
func (t *tenderView) openedBy(c *tender.Ceremony, trustee int) (all []tender.Mark, of int) {
	for _, k := range c.Keys {
		of++
		var first tender.Mark
		for _, s := range k.Shares {
			if s.Trustee == trustee {
				first = s.Mark
			}
		}
		for _, b := range t.Process.Counted(k.Lot) {
			for _, x := range b.Partials {
				if x.Trustee == trustee && x.Envelope == k.Envelope && x.Struck.IsZero() && first.ID == (publica.EntryID{}) {
					first = x.Mark
				}
			}
		}
		if !first.IsZero() {
			all = append(all, first)
		}
	}
	return all, of
}
